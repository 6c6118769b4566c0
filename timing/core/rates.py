"""What a minute early or late costs at a time control.

The minute in which the card is handed in counts: 09:59 is minute 09 (Motorsport UK NCR 2026 p488
3.6); "per minute or fraction of a minute" (ACI Sport, RDS Auto Storiche Regolarita 2021, art. 8.20)
is the same rule wherever the due time is a whole minute.
"""

from decimal import Decimal

from timing.core.instant import MINUTE, SECOND, Instant
from timing.core.itinerary import TIME_CONTROLS, Control
from timing.core.preset import MinuteRule, Preset, Rate, Unit
from timing.core.results import Amount


def amount(value: int | Decimal, unit: Unit) -> Amount:
    """Return a rate or cap of the preset in the unit of the scoring: µs of time, or points."""
    return int(value * SECOND) if unit is Unit.SECONDS else Decimal(value)


def plain_rate(preset: Preset) -> Rate:
    """Return what minutes cost where the regulations name neither the section's nor the control's kind."""
    return Rate(
        late_per_min=preset.tc_late_per_min,
        early_per_min=preset.tc_early_per_min,
        late_cap=preset.tc_late_cap,
        early_cap=preset.tc_early_cap,
    )


def rate_at(control: Control, preset: Preset) -> Rate:
    """Return what minutes cost at a control: by the kind of section that ends here, else by its own kind.

    On a British road rally a standard section costs 60 s a minute early and 15 s a minute late, a
    neutral one a fixed 30 min early (Motorsport UK NCR 2026 p464).
    """
    names = (control.section_kind, str(control.kind), "TC" if control.kind in TIME_CONTROLS else "")
    for name in names:
        if name and name in preset.rates:
            return preset.rates[name]
    return plain_rate(preset)


def late_minutes(at: Instant, due: Instant, rule: MinuteRule) -> int:
    """Return by how many minutes a check-in is late (early: negative)."""
    if rule is MinuteRule.FLOOR_MINUTE:
        return at // MINUTE - due // MINUTE
    # Each minute begun counts, away from the due instant on both sides.
    return -((due - at) // MINUTE) if at >= due else (at - due) // MINUTE


def lateness_charge(late: int, rate: Rate) -> int:
    """Return what so many minutes late (early: negative) cost, in the preset's own unit."""
    if late < 0:
        cost, cap = -late * rate.early_per_min, rate.early_cap
    else:
        cost, cap = late * rate.late_per_min, rate.late_cap
    return cost if cap is None else min(cost, cap)


def lateness_fails(late: int, preset: Preset, rate: Rate) -> int:
    """Return how many fails are booked, once, instead of the cost of so many minutes; 0: the cost is."""
    if not preset.fails or late == 0:
        return 0
    return rate.early_fails if late < 0 else rate.late_fails


def minimum_charge(short: int, preset: Preset) -> Amount | None:
    """Return what a section costs that was driven `short` whole minutes faster than its minimum.

    The preset's steps are minutes for the first, second, ... minute, the last for each further one
    (Motorsport UK NCR 2026 p491 10.5); where points are counted, a minute is a point. None: an
    official decides.
    """
    steps = preset.min_time_steps
    if not steps:
        return None
    minutes = sum(steps[:short]) + steps[-1] * max(0, short - len(steps))
    return minutes * MINUTE if preset.unit is Unit.SECONDS else Decimal(minutes)
