"""The penalties that follow from one car's own times and the rulings on it, before officials' own."""

from collections.abc import Sequence

from timing.core.check_ins import CheckIns
from timing.core.decisions import Reinstate
from timing.core.drive import Drive
from timing.core.entries import Entry
from timing.core.itinerary import Control
from timing.core.preset import Unit
from timing.core.results import Chosen, PenaltyRow
from timing.core.road import Road
from timing.core.rulings import CarRulings
from timing.core.stage_times import failed_stage
from timing.core.start_penalties import false_start_rows, refused_start_rows
from timing.core.visits import missed_rows, visit_rows


def automatic_rows(
    road: Road,
    entry: Entry,
    drive: Drive,
    counted: CheckIns,
    rulings: CarRulings,
    missed: Sequence[Control],
    cancelled: frozenset[str],
    last: Chosen | None,
) -> list[PenaltyRow]:
    """Return a crew's penalties at time controls, at start lines, and for what it missed or should not do.

    A course car drives beside the rally: nothing is charged to it, and nobody has to decide about it.

    Args:
        road: the event's look-ups.
        entry: the crew.
        drive: its times.
        counted: its check-ins.
        rulings: what officials ruled about it.
        missed: the controls it did not visit, or visited when that no longer counts.
        cancelled: stages that do not count.
        last: where it was seen last.
    """
    if entry.course_car:
        return []
    rows = list(counted.rows)
    if road.preset.unit is Unit.NONE:
        return rows
    ruled = rulings.competing
    if counted.held_back and ruled is not None and isinstance(ruled.decision.act, Reinstate):
        rows += counted.held_back
    if drive.wheels:
        rows += false_start_rows(road, entry, drive.wheels, drive.starts, cancelled)
    if rulings.refused:
        rows += refused_start_rows(road, entry, rulings.refused, cancelled)
    rows += missed_rows(road, entry, missed, counted.unvisited, drive.chosen, last)
    rows += visit_rows(road, entry, drive.chosen, drive.fates)
    rows += _failed_rows(road, entry, rulings, cancelled)
    return rows


def _failed_rows(
    road: Road, entry: Entry, rulings: CarRulings, cancelled: frozenset[str]
) -> list[PenaltyRow]:
    """Stages not performed as prescribed for which the regulations have no price: an official decides."""
    rows: list[PenaltyRow] = []
    for ident, ruled in rulings.failed.items():
        stage = road.event.itinerary.stages.get(ident)
        if stage is None or ident in cancelled or failed_stage(ident, road.rules_of(stage)) is not None:
            continue
        rows.append(
            PenaltyRow(
                car=entry.car_number,
                rule="not as prescribed",
                amount=None,
                stage=ident,
                leg=stage.leg,
                text=ruled.decision.text,
                records=(ruled.seq,),
            )
        )
    return rows
