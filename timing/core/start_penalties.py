"""Penalties at start lines: false starts, and starts that were refused.

Both cost by a ladder, by how often it happened to the crew in the event, counted in road order. The
stage time is never changed: it runs from the assigned instant (Motorsport UK NCR 2026 p466 (d), (e)).
"""

from collections.abc import Iterable, Mapping, Sequence

from timing.core.entries import Entry
from timing.core.instant import SECOND, Duration, Instant
from timing.core.itinerary import Stage
from timing.core.preset import Preset, Unit
from timing.core.rates import amount
from timing.core.results import Amount, PenaltyRow
from timing.core.road import Road
from timing.core.rulings import Ruled
from timing.core.stamps import Hit
from timing.core.starts import StageStart

#: A wheel on the line earlier than this before the assigned start is no start at all.
_STAGING: Duration = 30 * SECOND


def is_false_start(wheel: Instant, start: Instant) -> bool:
    """Return whether a wheel crossed the start line before the assigned instant; just on it is fair."""
    return start - _STAGING < wheel < start


def false_start_charge(count: int, early: Duration, preset: Preset) -> Amount | None:
    """Return what a crew's `count`-th false start (from 1) costs, `early` µs before its instant.

    The ladder is the preset's (Motorsport UK NCR 2026 p466 (e)): some add the time gained to the
    first. Past its end, or with none, an official decides (None).
    """
    base = _rung(preset.false_start, count, preset.unit)
    if base is not None and count == 1 and preset.false_start_add_actual and preset.unit is Unit.SECONDS:
        return base + early
    return base


def refused_start_charge(count: int, preset: Preset) -> Amount | None:
    """Return what a crew's `count`-th start (from 1) refused or not made ready costs.

    Motorsport UK NCR 2026 p466 (d): the first 10 minutes, the second disqualification, which is for
    the stewards (None).
    """
    return _rung(preset.refused_start, count, preset.unit)


def _rung(ladder: Sequence[int], count: int, unit: Unit) -> Amount | None:
    return None if count > len(ladder) else amount(ladder[count - 1], unit)


def false_start_rows(
    road: Road,
    entry: Entry,
    wheels: Mapping[str, Hit],
    starts: Mapping[str, StageStart],
    cancelled: frozenset[str],
) -> list[PenaltyRow]:
    """Return the rows of a crew's false starts.

    Args:
        road: the event's look-ups.
        entry: the crew.
        wheels: by start line, when a sensor saw the wheel.
        starts: its start instants by stage; one that is only assumed accuses nobody.
        cancelled: stages that do not count.
    """
    rows: list[PenaltyRow] = []
    for control in sorted(wheels, key=lambda ident: road.by_id[ident].order):
        stage, wheel = road.starts_at[control], wheels[control]
        start = starts.get(stage.id)
        if stage.id in cancelled or start is None or start.assumed or not is_false_start(wheel.at, start.at):
            continue
        count = len(rows) + 1
        seqs = tuple(seq for seq in (wheel.placed.seq, start.seq) if seq is not None)
        cost = false_start_charge(count, start.at - wheel.at, road.rules_of(stage))
        rows.append(_row(entry, stage, "false start", cost, f"number {count} of the event", seqs))
    return rows


def refused_start_rows(
    road: Road, entry: Entry, refused: Mapping[str, Ruled], cancelled: frozenset[str]
) -> list[PenaltyRow]:
    """Return the rows of the starts that a crew refused or was not ready for."""
    rows: list[PenaltyRow] = []
    for stage in _on_the_road(road, refused):
        if stage.id in cancelled:
            continue
        count = len(rows) + 1
        cost = refused_start_charge(count, road.rules_of(stage))
        seqs = (refused[stage.id].seq,)
        rows.append(_row(entry, stage, "start refused", cost, f"number {count} of the event", seqs))
    return rows


def _on_the_road(road: Road, named: Iterable[str]) -> list[Stage]:
    stages = road.event.itinerary.stages
    return sorted((stages[ident] for ident in named if ident in stages), key=lambda stage: stage.order)


def _row(
    entry: Entry, stage: Stage, rule: str, cost: Amount | None, text: str, records: tuple[int, ...]
) -> PenaltyRow:
    return PenaltyRow(
        car=entry.car_number,
        rule=rule,
        amount=cost,
        control=stage.start,
        stage=stage.id,
        leg=stage.leg,
        text=text,
        records=records,
    )
