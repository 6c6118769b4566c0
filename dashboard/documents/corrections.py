"""The log of corrections: who, in which office, when, what stood before and after, and why.

Before and after are no official's words: they are what the results were when the decision came in, and what
they were with it, out of a fold of the records in the order of the journal.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from dashboard.amounts import amount, gap_text
from dashboard.board import result_row
from dashboard.documents.live import Seen, live_sheet
from dashboard.documents.sheet import Align, Column, Sheet, table
from timing.core.decisions import DURATION_FIELDS, INSTANT_FIELDS, Decision
from timing.core.event import Event
from timing.core.instant import MILLISECOND, SECOND, Instant, format_duration
from timing.core.publication import is_publication
from timing.core.rally import Rally
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.core.results import PenaltyRow, ResultStatus, StageResult
from timing.core.scopes import OVERALL
from timing.core.sheet import Sheet as CarSheet

_COLUMNS = (
    Column(key="seq", head="Record", align=Align.RIGHT, weak=True),
    Column(key="at", head="When", strong=True),
    Column(key="who", head="Who", share=3),
    Column(key="role", head="Office", weak=True),
    Column(key="what", head="What", share=4, strong=True),
    Column(key="before", head="Before", share=4),
    Column(key="after", head="After", share=4),
    Column(key="reason", head="Reason", share=4),
)
#: So many changed values are named one by one.
_NAMED = 5
_GRAINS = (SECOND, 100 * MILLISECOND, 10 * MILLISECOND, MILLISECOND)


def corrections(seen: Seen, records: Iterable[Record]) -> Sheet:
    """Return the log of all decisions about results.

    Args:
        seen: the event, and as of when the log is.
        records: the journal from its first record on, in its order, up to where the log is to go.
    """
    rally, lines = Rally(seen.event), []
    waiting: list[Record] = []
    stamps: dict[str, Stamp] = {}
    for record in records:
        body = record.body
        if isinstance(body, Stamp):
            stamps[record.key] = body
        if not isinstance(body, Decision) or is_publication(body):
            waiting.append(record)
            continue
        rally.add_many(waiting)
        waiting.clear()
        before, totals = {car: rally.sheet(car) for car in seen.event.entries.by_number}, _totals(rally)
        rally.add(record)
        after = _totals(rally)
        moved = [
            (car, *each)
            for car, old in before.items()
            for each in (
                *_differences(seen.event, old, rally.sheet(car)),
                *_changed("total", totals.get(car, ""), after.get(car, "")),
            )
        ]
        lines.append(_line(seen.event, record.seq, body, stamps, moved))
    block = table("Decisions", _COLUMNS, lines, empty="No corrections.", keep="before after reason")
    return live_sheet(seen, "corrections", "Log of corrections", (block,), wide=True)


def _line(
    event: Event,
    seq: int,
    decision: Decision,
    stamps: dict[str, Stamp],
    moved: list[tuple[str, str, str, str]],
) -> tuple[str, ...]:
    named = getattr(decision.act, "car", None)
    cars = ["" if car == named else f"car {car} " for car, *_ in moved]
    before = [f"{car}{what} {old or '–'}" for car, (_, what, old, _) in zip(cars, moved, strict=True)]
    after = [f"{car}{what} {new or '–'}" for car, (_, what, _, new) in zip(cars, moved, strict=True)]
    reason = " · ".join(part for part in (decision.reason, decision.text) if part)
    day = event.time.day_of(decision.at)
    return (
        str(seq),
        f"{day.day:02d}.{day.month:02d}. {event.time.format(decision.at)}",
        decision.author,
        decision.role.value,
        _what(event, decision, stamps),
        _listed(before),
        _listed(after),
        reason,
    )


def _listed(said: list[str]) -> str:
    if not said:
        return "no change"
    more = f"; and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    return "; ".join(said[:_NAMED]) + more


def _what(event: Event, decision: Decision, stamps: dict[str, Stamp]) -> str:
    """An act in words: its name and what it names, times in rally time."""
    act = decision.act
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(act).__name__).capitalize()
    said: list[str] = []
    for field in dataclasses.fields(act):
        value = getattr(act, field.name)
        if value == field.default or field.name.startswith("basis"):
            continue
        name = field.name.replace("_", " ")
        if value is None or value is False:
            said.append(f"{'no' if value is None else 'not'} {name}")
            continue
        if field.name == "stamp" and value in stamps:
            stamp = stamps[value]
            said.append(f"stamp {_clock(event, stamp.at)} of {stamp.device}")
        elif field.name in INSTANT_FIELDS and isinstance(value, int):
            said.append(f"{name} {_clock(event, value)}")
        elif field.name in DURATION_FIELDS and isinstance(value, int):
            said.append(f"{name} {format_duration(value, _grain(value))}")
        elif field.name in ("control", "stage", "rule"):
            said.append(str(value))
        elif isinstance(value, tuple):
            said.append(f"{name} {', '.join(str(each) for each in value)}")
        else:
            said.append(f"{name} {value}")
    if decision.supersedes:
        said.append("replaces an earlier decision")
    return f"{words}: {', '.join(said)}" if said else words


def _totals(rally: Rally) -> dict[str, str]:
    rows = rally.classification(OVERALL).rows
    return {car: gap_text(amount(rally.event, row.total)) for car, row in rows.items()}


def _changed(what: str, old: str, new: str) -> Iterator[tuple[str, str, str]]:
    if old != new:
        yield what, old, new


def _differences(event: Event, before: CarSheet, after: CarSheet) -> Iterator[tuple[str, str, str]]:
    """What differs in a car's results: (of what, before, after), results first."""
    if before is after:
        return
    for ident, result in after.results.items():
        yield from _changed(ident, _result(event, before.results[ident]), _result(event, result))
    ones, others = before.drive.chosen, after.drive.chosen
    for control in {**ones, **others}:
        one, other = ones.get(control), others.get(control)
        if (one and one.at) != (other and other.at):
            old, new = ("" if each is None else _clock(event, each.at) for each in (one, other))
            yield control, old, new
    gone, come = Counter(before.rows), Counter(after.rows)
    yield from _changed("penalties", _penalties(event, gone - come), _penalties(event, come - gone))
    yield from _changed("state", before.status.value, after.status.value)


def _result(event: Event, result: StageResult) -> str:
    if result.status is ResultStatus.PENDING:
        return ""
    row = result_row(event, event.itinerary.stages[result.stage], result)
    shown = [gap_text(each) for each in (row.time, row.deviation) if each is not None]
    if row.points is not None:
        shown.append(f"{row.points.text} p")
    said = " ".join(shown) or result.status.value
    return f"{said} {row.marks}".strip()


def _penalties(event: Event, rows: Iterable[PenaltyRow]) -> str:
    return ", ".join(
        f"{row.control or row.stage or ''} {row.rule} {gap_text(amount(event, row.amount)) or '?'}".strip()
        for row in rows
    )


def _clock(event: Event, at: Instant) -> str:
    return event.time.format(at, _grain(at))


def _grain(value: int) -> int:
    """The coarsest usual resolution (µs) that shows a value whole."""
    return next((grain for grain in _GRAINS if value % grain == 0), 1)
