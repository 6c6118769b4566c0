"""Penalties: false starts, controls that were missed, and what officials ruled.

Every row rests on named records. A row without an amount waits for an official; a penalty that an
official gives for the same control or stage settles it (an amount of 0 included).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from timing.core.check_ins import amount
from timing.core.decisions import Penalise
from timing.core.event import Event
from timing.core.instant import SECOND, Duration, Instant
from timing.core.itinerary import PASSAGE_CONTROLS, Control
from timing.core.preset import Preset, Unit
from timing.core.results import Amount, PenaltyRow
from timing.core.rulings import Ruled

#: A wheel on the line earlier than this before the assigned start is no start at all.
_STAGING: Duration = 30 * SECOND


def false_start_charge(count: int, early: Duration, preset: Preset) -> Amount | None:
    """Return what a crew's `count`-th false start (from 1) costs, `early` µs before its instant.

    The ladder is the preset's (Motorsport UK NCR 2026 p466 (e)); past its end, or with none, an
    official decides (None). The stage time is never changed.
    """
    if count > len(preset.false_start):
        return None
    base = amount(preset.false_start[count - 1], preset.unit)
    if preset.false_start_add_actual and count == 1 and preset.unit is Unit.SECONDS:
        return base + early
    return base


def is_false_start(wheel: Instant, start: Instant) -> bool:
    """Return whether a wheel crossed the start line before the assigned instant; just on it is fair."""
    return start - _STAGING < wheel < start


def missed_charge(control: Control, preset: Preset) -> Amount | None:
    """Return what a control that a crew never visited costs; None where an official decides."""
    value = preset.missed_passage if control.kind in PASSAGE_CONTROLS else preset.missed_control
    return None if value is None else amount(value, preset.unit)


def ruled_rows(event: Event, car: str, penalties: Sequence[Ruled]) -> list[PenaltyRow]:
    """Return the rows of the penalties that officials gave, each decision once."""
    return [_ruled_row(event, car, ruled, act) for ruled in penalties if (act := _act(ruled)) is not None]


def _act(ruled: Ruled) -> Penalise | None:
    act = ruled.decision.act
    return act if isinstance(act, Penalise) else None


def _ruled_row(event: Event, car: str, ruled: Ruled, act: Penalise) -> PenaltyRow:
    leg: int | None = None
    control = event.itinerary.controls.get(act.control or "")
    stage = event.itinerary.stages.get(act.stage or "")
    if control is not None:
        leg = control.leg
    elif stage is not None:
        leg = stage.leg
    value: Amount | None = act.points
    if event.preset.unit is Unit.SECONDS:
        value = act.time
    text = ruled.decision.text
    if value is None:
        given = "points" if act.points is not None else "a time"
        text = f"{text} (given as {given}: not the unit of this scoring)".strip()
    return PenaltyRow(
        car=car,
        rule=act.rule,
        amount=value,
        control=act.control,
        stage=act.stage,
        leg=leg,
        text=text,
        records=(ruled.seq,),
    )


def settled(rows: Iterable[PenaltyRow], ruled: Sequence[PenaltyRow]) -> list[PenaltyRow]:
    """Return the rows without those that waited for a decision which has been taken."""
    controls = {row.control for row in ruled if row.amount is not None and row.control is not None}
    stages = {row.stage for row in ruled if row.amount is not None and row.stage is not None}
    return [row for row in rows if not (row.undecided and (row.control in controls or row.stage in stages))]


def penalty_sum(rows: Iterable[PenaltyRow], unit: Unit) -> Amount | None:
    """Return the sum of the decided rows in the unit of the scoring; None where nothing is counted."""
    if unit is Unit.NONE:
        return None
    amounts = [row.amount for row in rows if row.amount is not None]
    if unit is Unit.SECONDS:
        return sum(int(value) for value in amounts)
    return sum((Decimal(value) for value in amounts), Decimal(0))


def in_order(rows: Iterable[PenaltyRow], controls: Mapping[str, Control]) -> tuple[PenaltyRow, ...]:
    """Return penalty rows in the one order in which they are listed: by the road, then by rule."""
    last = len(controls)

    def place(row: PenaltyRow) -> tuple[int, str, str, str]:
        control = controls.get(row.control or "")
        return control.order if control else last, row.stage or "", row.rule, f"{row.amount}|{row.text}"

    return tuple(sorted(rows, key=place))
