"""The penalty list of a crew: what officials ruled, what that settles, sums and order.

Every row rests on named records. A row without an amount waits for an official; a penalty that an
official gives for the same control or stage settles it (an amount of 0 included).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from timing.core.decisions import Penalise
from timing.core.event import Event
from timing.core.itinerary import Control
from timing.core.preset import Unit
from timing.core.results import Amount, PenaltyRow
from timing.core.rulings import Ruled


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
