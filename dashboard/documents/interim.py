"""The interim sheet: what the section that was driven last brought each crew, between two totals.

What is booked on no control at all counts as before.
"""

from collections.abc import Mapping, Sequence

from dashboard.amounts import amount, gap_text
from dashboard.board import result_row
from dashboard.documents.content import CAR, CLASS, CLASS_RANK, CREW, MARKS, RANK, class_ranks
from dashboard.documents.live import Seen, live_sheet
from dashboard.documents.sheet import Align, Block, Column, Sheet, table
from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.itinerary import Control, Stage
from timing.core.rally import Rally
from timing.core.results import ResultStatus, Standing, StandingStatus
from timing.core.scopes import OVERALL

_LISTED = (StandingStatus.CLASSIFIED, StandingStatus.NOT_CLASSIFIED)
#: So many stages stand beside each other; of more, the rest is in further tables.
_ACROSS = 8
_UPRIGHT = 3
_BEFORE = Column(key="previous", head="Before", align=Align.RIGHT, weak=True)
_CHARGED = Column(key="penalties", head="Penalties", align=Align.RIGHT)
_TOTAL = Column(key="total", head="Total", align=Align.RIGHT, strong=True)


def interim(seen: Seen, rally: Rally) -> Sheet:
    """Return for each crew the total before the section, its stages and penalties, and the total now.

    Total, position and order are those of the overall classification, so that the sheet is of the section
    that was driven last; for an earlier one it is asked for as of then.
    """
    event = rally.event
    scope, stages = _latest(rally)
    if scope is None:
        nothing = table("Results", (), (), empty="No crew has been seen yet.")
        return live_sheet(seen, "interim", "Interim results", (nothing,))
    overall, part = rally.classification(OVERALL).rows, rally.classification(scope).rows
    listed = [row for row in overall.values() if row.status in _LISTED]
    blocks = [_block(event, rally, _title(scope), stages[:_ACROSS], listed, part)]
    for first in range(_ACROSS, len(stages), _ACROSS):
        some = stages[first : first + _ACROSS]
        blocks.append(_further(rally, f"{_title(scope)}: {some[0].id} to {some[-1].id}", some, listed))
    marks = "".join(mark for row in listed for mark in row.marks)
    return live_sheet(
        seen,
        "interim",
        f"Interim results, {_title(scope).lower()}",
        tuple(blocks),
        marks=marks + "".join(cell for block in blocks for line in block.lines for cell in line[5:]),
        wide=len(stages) > _UPRIGHT,
    )


def _latest(rally: Rally) -> tuple[str | None, list[Stage]]:
    """The list of the section (the leg, where it has none) that a crew was seen on last, with its stages."""
    event = rally.event
    controls = event.itinerary.controls
    seen = [last for car in event.entries.by_number if (last := rally.sheet(car).last) is not None]
    if not seen:
        return None, []

    def scope_of(control: Control) -> str:
        section = f"section-{control.section}"
        return section if section in rally.scopes() else f"leg-{control.leg}"

    here = scope_of(max((controls[last.control] for last in seen), key=lambda control: control.order))
    stages = sorted(event.itinerary.stages.values(), key=lambda stage: stage.order)
    return here, [stage for stage in stages if scope_of(controls[stage.start]) == here]


def _title(scope: str) -> str:
    kind, _, name = scope.partition("-")
    return f"{kind.capitalize()} {name}"


def _block(
    event: Event,
    rally: Rally,
    title: str,
    stages: Sequence[Stage],
    listed: Sequence[Standing],
    part: Mapping[str, Standing],
) -> Block:
    columns = (
        RANK, CAR, CREW, CLASS, CLASS_RANK, _BEFORE, *map(_column, stages), _CHARGED, _TOTAL, MARKS,
    )  # fmt: skip
    entries = event.entries.by_number
    ranks = class_ranks(
        [{"car": r.car, "class": entries[r.car].class_, "rank": r.rank} for r in listed if r.rank is not None]
    )
    lines = []
    for row in listed:
        here = part.get(row.car)
        before = None
        if here is not None and here.total is not None and row.total is not None:
            before = row.total - here.total
        lines.append(
            (
                *_who(entries[row.car], row.rank, ranks.get(row.car)),
                gap_text(amount(event, before)),
                *(_cell(rally, stage, row.car) for stage in stages),
                gap_text(amount(event, here.penalties)) if here is not None and here.penalties else "",
                gap_text(amount(event, row.total)),
                "".join(row.marks),
            )
        )
    return table(title, columns, lines, empty="Nobody is classified yet.")


def _further(rally: Rally, title: str, stages: Sequence[Stage], listed: Sequence[Standing]) -> Block:
    entries = rally.event.entries.by_number
    lines = [
        (*_who(entries[row.car], row.rank, None), *(_cell(rally, stage, row.car) for stage in stages))
        for row in listed
    ]
    return table(title, (RANK, CAR, CREW, CLASS, CLASS_RANK, *map(_column, stages)), lines)


def _who(entry: Entry, rank: int | None, in_class: int | None) -> tuple[str, ...]:
    places = ["" if place is None else str(place) for place in (rank, in_class)]
    return places[0], entry.car_number, entry.crew, entry.class_, places[1]


def _column(stage: Stage) -> Column:
    return Column(key=stage.id, head=stage.id, align=Align.RIGHT)


def _cell(rally: Rally, stage: Stage, car: str) -> str:
    """A stage's time, a test's deviation, a trial's points; what is not done yet is said to be so."""
    result = rally.stage_result(stage.id, car)
    if result is None or result.status is ResultStatus.PENDING:
        return ""
    if result.status is not ResultStatus.DONE:
        return result.status.value.lower()
    row = result_row(rally.event, stage, result)
    shown = row.deviation or row.time or row.points
    return f"{gap_text(shown)} {row.marks}".strip()
