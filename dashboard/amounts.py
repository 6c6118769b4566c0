"""How a rally's amounts are printed: one place, so that no two views cut a value differently."""

from decimal import Decimal

from dashboard.messages import Amount, Dur, Points, duration, points
from timing.core.event import Event
from timing.core.instant import Duration
from timing.core.itinerary import StageKind
from timing.core.preset import CoefficientMode, Preset, Unit


def resolution_of(preset: Preset, kind: StageKind) -> Duration:
    """Return the resolution (µs) in which times of a kind of stage are official."""
    match kind:
        case StageKind.SS:
            return preset.ss_resolution
        case StageKind.REG_TEST:
            return preset.test_resolution
        case StageKind.AVG_TRIAL:
            return preset.avg_resolution


def amount(event: Event, value: Duration | Decimal | None, *, sign: bool = False) -> Amount | None:
    """Return an amount in the unit of the rally's scoring with its text; with `sign`, as a gap."""
    if value is None:
        return None
    if event.preset.unit is Unit.SECONDS and not isinstance(value, Decimal):
        return duration(value, event.preset.ss_resolution, sign=sign)
    # Sums that coefficients have been in are read in a column: all of them with the same decimals.
    weighed = event.preset.unit is Unit.SCORE or event.preset.coefficient_mode is not CoefficientMode.NONE
    if weighed:
        return points(Decimal(value), decimals=2, sign=sign)
    return points_of(event, Decimal(value), sign=sign)


def points_of(event: Event, value: Decimal, *, sign: bool = False) -> Points:
    """Return points with their text: scores with two decimals, points whole where they are whole."""
    whole = event.preset.unit is not Unit.SCORE and value == value.to_integral_value()
    return points(value, decimals=0 if whole else 2, sign=sign)


def stage_gap(event: Event, kind: StageKind, value: Duration | Decimal | None) -> Amount | None:
    """Return a gap on a stage: time where time ranks it, points else."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return points_of(event, value, sign=True)
    return duration(value, resolution_of(event.preset, kind), sign=True)


def gap_text(value: Dur | Points | None) -> str:
    """Return the text of an amount, empty where there is none."""
    return "" if value is None else value.text
