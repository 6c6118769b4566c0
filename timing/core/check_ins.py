"""Time controls: the due minute, the minute of the check-in, and what lateness costs.

The minute in which the card is handed in counts: 09:59 is minute 09 (Motorsport UK NCR 2026 p488
3.6); "per minute or fraction of a minute" (ACI Sport, RDS Auto Storiche Regolarita 2021, art. 8.20)
is the same rule wherever the due time is a whole minute.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from timing.core.entries import Entry
from timing.core.instant import MINUTE, SECOND, Instant, floor_to
from timing.core.itinerary import TIME_CONTROLS, Control, ControlKind
from timing.core.preset import MinuteRule, OtlEffect, Preset, SectionOrigin, Unit
from timing.core.results import Amount, CheckIn, Chosen, PenaltyRow
from timing.core.road import Road
from timing.core.stage_times import StageStart


@dataclass(frozen=True, slots=True)
class Origin:
    """From which minute the next target time runs; `assumed` where nobody saw it."""

    at: Instant
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class CheckIns:
    """A car's time controls: what was due and done, what it costs, where it was over its lateness."""

    check_ins: dict[str, CheckIn] = field(default_factory=dict)
    rows: list[PenaltyRow] = field(default_factory=list)
    over: list[Control] = field(default_factory=list)
    unvisited: set[str] = field(default_factory=set)

    def take_in(self, other: "CheckIns") -> None:
        """Add those of a further leg."""
        self.check_ins.update(other.check_ins)
        self.rows.extend(other.rows)
        self.over.extend(other.over)
        self.unvisited.update(other.unvisited)


def amount(value: int | Decimal, unit: Unit) -> Amount:
    """Return a rate or cap of the preset in the unit of the scoring: µs of time, or points."""
    return int(value * SECOND) if unit is Unit.SECONDS else Decimal(value)


def late_minutes(at: Instant, due: Instant, rule: MinuteRule) -> int:
    """Return by how many minutes a check-in is late (early: negative)."""
    if rule is MinuteRule.FLOOR_MINUTE:
        return (floor_to(at, MINUTE) - floor_to(due, MINUTE)) // MINUTE
    # Each minute begun counts, away from the due instant on both sides.
    return -((due - at) // MINUTE) if at >= due else (at - due) // MINUTE


def lateness_charge(late: int, preset: Preset) -> int:
    """Return what so many minutes late (early: negative) cost, in the preset's own unit."""
    rate, cap = preset.tc_late_per_min, preset.tc_late_cap
    if late < 0:
        rate, cap = preset.tc_early_per_min, preset.tc_early_cap
    cost = abs(late) * rate
    return cost if cap is None else min(cost, cap)


def fold_check_ins(
    road: Road, entry: Entry, leg: int, chosen: Mapping[str, Chosen], starts: Mapping[str, StageStart]
) -> CheckIns:
    """Walk a car along a leg's time controls: due minutes, lateness, penalties, limits of lateness."""
    found = CheckIns()
    origin: Origin | None = None
    total_late = 0
    for control in road.in_leg[leg]:
        if control.kind in TIME_CONTROLS:
            at = chosen.get(control.id)
            origin, late = _check_in(road, entry, control, origin, at, found, total_late)
            total_late += late
        else:
            origin = _through_stage(road.preset, control, origin, chosen, starts)
    return found


def _through_stage(
    preset: Preset,
    control: Control,
    origin: Origin | None,
    chosen: Mapping[str, Chosen],
    starts: Mapping[str, StageStart],
) -> Origin | None:
    """Move the origin of the next target time at the start or the finish of a special stage."""
    mode = preset.section_origin
    if mode is SectionOrigin.A_TO_A and control.kind is ControlKind.SS_START:
        start = starts.get(control.stage or "")
        if start is None:
            return origin
        return Origin(floor_to(start.at, MINUTE), start.assumed)
    if mode is SectionOrigin.A_TO_B and control.kind is ControlKind.FF:
        finish = chosen.get(control.id)
        return Origin(floor_to(finish.at, MINUTE)) if finish is not None else None
    return origin


def _check_in(
    road: Road,
    entry: Entry,
    control: Control,
    origin: Origin | None,
    at: Chosen | None,
    found: CheckIns,
    total_late: int,
) -> tuple[Origin | None, int]:
    """Book one check-in; returns the next origin and the minutes added to the leg's lateness."""
    preset = road.preset
    due, assumed = road.scheduled(control, entry), False
    if due is None and origin is not None and control.target is not None:
        due, assumed = origin.at + control.target, origin.assumed
    if at is None:
        found.check_ins[control.id] = CheckIn(
            control=control.id, due=due, at=None, late=None, assumed=assumed
        )
        return (Origin(floor_to(due, MINUTE), True) if due is not None else None), 0
    minute = floor_to(at.at, MINUTE)
    if due is None:
        found.check_ins[control.id] = CheckIn(control=control.id, due=None, at=minute, late=None)
        return Origin(minute), 0
    late = late_minutes(at.at, due, preset.minute_rule)
    if late < 0 and control.early_allowed:
        minute, late = floor_to(due, MINUTE), 0
    over = _over_lateness(preset, late, total_late)
    found.check_ins[control.id] = CheckIn(
        control=control.id, due=due, at=minute, late=late, assumed=assumed, over_lateness=over
    )
    if over and preset.otl_effect is not OtlEffect.ALERT:
        _book_over_lateness(preset, entry, control, at, over, found)
    elif preset.unit is not Unit.NONE and (cost := lateness_charge(late, preset)):
        found.rows.append(
            PenaltyRow(
                car=entry.car_number,
                rule="late" if late > 0 else "early",
                amount=amount(cost, preset.unit),
                control=control.id,
                leg=control.leg,
                text=f"{abs(late)} min {'late' if late > 0 else 'early'}",
                records=(at.seq,),
            )
        )
    scheduled = preset.section_origin is SectionOrigin.SCHEDULED
    return Origin(floor_to(due, MINUTE) if scheduled else minute), max(late, 0)


def _over_lateness(preset: Preset, late: int, before: int) -> str:
    """Say which limit a lateness is beyond, strictly; being early never makes up for lateness.

    On a printed schedule the lateness at each control is already the whole of it.
    """
    if preset.max_late_control is not None and late > preset.max_late_control:
        return f"{late} min late, more than {preset.max_late_control}"
    whole = late if preset.section_origin is SectionOrigin.SCHEDULED else before + max(late, 0)
    if preset.max_late_total is not None and late > 0 and whole > preset.max_late_total:
        return f"{whole} min late in all, more than {preset.max_late_total}"
    return ""


def _book_over_lateness(
    preset: Preset, entry: Entry, control: Control, at: Chosen, over: str, found: CheckIns
) -> None:
    match preset.otl_effect:
        case OtlEffect.RETIRE_LEG | OtlEffect.EXCLUDE:
            found.over.append(control)
        case OtlEffect.NOT_VISITED:
            found.unvisited.add(control.id)
        case _:
            found.rows.append(
                PenaltyRow(
                    car=entry.car_number,
                    rule="over lateness",
                    amount=None if preset.otl_points is None else amount(preset.otl_points, preset.unit),
                    control=control.id,
                    leg=control.leg,
                    text=over,
                    records=(at.seq,),
                )
            )
