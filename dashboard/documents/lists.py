"""Lists for the notice board that are no results: start lists, penalties, retirements, results by class."""

from collections.abc import Callable
from functools import partial

from dashboard.board import hidden, names_hidden
from dashboard.document_rows import penalty_rows
from dashboard.documents.content import CAR, CLASS, CREW, PENALTIES, VEHICLE, penalty_cells, sheet_of
from dashboard.documents.interim import interim
from dashboard.documents.live import Seen, live_list, live_sheet
from dashboard.documents.sheet import Align, Block, Column, Sheet, table
from dashboard.documents.titles import day_text, named
from dashboard.messages import plain
from dashboard.standings import standing_rows
from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND
from timing.core.rally import Rally
from timing.core.results import CrewStatus
from timing.core.scopes import OVERALL

_STARTS = (
    Column(key="place", head="Place", align=Align.RIGHT, weak=True),
    Column(key="due", head="Time", align=Align.RIGHT, strong=True),
    CAR, CREW, VEHICLE, CLASS,
    Column(key="rank", head="Position", align=Align.RIGHT),
)  # fmt: skip
_OUT = (
    CAR, CREW, VEHICLE, CLASS,
    Column(key="status", head="State"),
    Column(key="leg", head="Leg", align=Align.RIGHT),
    Column(key="at", head="Seen last at"),
    Column(key="clock", head="Time", align=Align.RIGHT),
    Column(key="cause", head="Cause", share=3),
)  # fmt: skip
_GONE = {
    CrewStatus.RETIRED: "retired",
    CrewStatus.OTL: "over time limit",
    CrewStatus.DNS: "did not start",
    CrewStatus.DSQ: "disqualified",
}

Build = Callable[[Seen, Rally], Sheet]


def list_names(event: Event) -> dict[str, Build]:
    """Return what makes each list that an event has, by name."""
    made: dict[str, Build] = {
        f"start-list-{leg}": partial(start_list, leg=leg) for leg in event.itinerary.legs
    }
    return {
        **made,
        "interim": interim,
        "penalties": penalties,
        "retirements": retirements,
        "classes": classes,
    }


def start_list(seen: Seen, rally: Rally, leg: int) -> Sheet:
    """Return who starts a leg, when, and in which position of the classification.

    Raises:
        KeyError: there is no such leg, or it has no control.
    """
    event = seen.event
    first = event.itinerary.controls[event.itinerary.legs[leg].controls[0]]
    state = rally.control_state(first.id)
    ranks = {car: row.rank for car, row in rally.classification(OVERALL).rows.items()}
    due = [(at, car) for car, at in state.due.items() if car in event.entries.by_number]
    ordered = sorted(due, key=lambda each: (each[0] is None, each[0] or 0, _entry(seen, each[1]).order))
    whole = all(at is None or at % MINUTE == 0 for at, _ in ordered)
    lines: list[tuple[str, ...]] = []
    for at, car in ordered:
        entry = _entry(seen, car)
        if leg > min(event.itinerary.legs) and rally.sheet(car).out:
            continue
        place = "" if entry.course_car else str(1 + sum(bool(line[0]) for line in lines))
        clock = "" if at is None else event.time.format(at, MINUTE if whole else SECOND)
        rank = ranks.get(car) if leg > min(event.itinerary.legs) else None
        lines.append((place, clock, *_who(entry), "" if rank is None else str(rank)))
    block = table(named(first.id, first.name), _STARTS, lines, empty="No crew is due.")
    facts = (("Day", day_text(event.itinerary.legs[leg].day)),)
    return live_sheet(seen, f"start-list-{leg}", f"Start list of leg {leg}", (block,), facts=facts)


def penalties(seen: Seen, rally: Rally) -> Sheet:
    """Return all penalties with their rules, by car in start order; what is secret stays out."""
    lines = [
        penalty_cells(entry.car_number, entry.crew, penalty)
        for entry in seen.event.entries.by_number.values()
        for penalty in penalty_rows(seen.event, rally.crew_state(entry.car_number).penalties)
    ]
    block = table("Penalties", PENALTIES, lines, empty="No penalties.")
    undecided = any("?" in line[-2] for line in lines)
    return live_sheet(seen, "penalties", "Penalties", (block,), marks="?" if undecided else "")


def retirements(seen: Seen, rally: Rally) -> Sheet:
    """Return the crews that are out: where they were seen last, when, and why."""
    event, lines = seen.event, []
    for entry in event.entries.by_number.values():
        crew = rally.crew_state(entry.car_number)
        if entry.course_car or crew.status not in _GONE:
            continue
        place = event.itinerary.controls.get(crew.last_control or "")
        open_place = place is not None and not hidden(event, place)
        lines.append(
            (
                *_who(entry),
                _GONE[crew.status],
                "" if crew.leg is None else str(crew.leg),
                place.id if place is not None and open_place else "",
                event.time.format(crew.last_at, SECOND) if open_place and crew.last_at is not None else "",
                "" if names_hidden(event, crew.cause) else crew.cause,
            )
        )
    block = table("Out", _OUT, lines, empty="Nobody has retired.")
    return live_sheet(seen, "retirements", "Retirements", (block,))


def classes(seen: Seen, rally: Rally) -> Sheet:
    """Return the classification of each class, one after the other."""
    blocks: list[Block] = []
    marks = ""
    for scope in rally.scopes():
        if not scope.startswith("class-"):
            continue
        part = sheet_of(live_list(seen, scope, plain(standing_rows(rally, scope))))
        name = scope.removeprefix("class-")
        title = "No class" if name == "missing" else f"Class {name}"
        named = seen.event.classes.get(name, "")
        if named and named != name:
            title += f": {named}"
        blocks += [
            Block(
                title=title if index == 0 else f"{title}: {block.title.lower()}",
                columns=block.columns,
                lines=block.lines,
                empty=block.empty,
            )
            for index, block in enumerate(part.blocks)
        ]
        marks += "".join(mark for mark, _ in part.legend)
    return live_sheet(seen, "classes", "Live classification by class", tuple(blocks), marks=marks)


def _who(entry: Entry) -> tuple[str, str, str, str]:
    return entry.car_number, entry.crew, entry.car, entry.class_


def _entry(seen: Seen, car: str) -> Entry:
    return seen.event.entries.by_number[car]
