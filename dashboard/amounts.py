"""How a rally's amounts are printed: one place, so that no two views cut a value differently."""

from decimal import Decimal

from dashboard.messages import Amount, Dur, Points, duration, points
from timing.core.event import Event
from timing.core.instant import Duration
from timing.core.itinerary import Stage, StageKind
from timing.core.preset import CoefficientMode, Unit
from timing.core.results import StageResult
from timing.core.stage_amounts import stage_amount
from timing.core.stage_times import stage_resolution


def resolution_of(event: Event, stage: Stage) -> Duration:
    """Return the resolution (µs) in which times of a stage are official."""
    rules = event.rules_at(event.itinerary.controls[stage.start].order)
    match stage.kind:
        case StageKind.SS:
            return stage_resolution(stage.id, rules)
        case StageKind.REG_TEST:
            return rules.test_resolution
        case StageKind.AVG_TRIAL:
            return rules.avg_resolution


def amount(event: Event, value: Duration | Decimal | None, *, sign: bool = False) -> Amount | None:
    """Return an amount in the unit of the rally's scoring with its text; with `sign`, as a gap."""
    if value is None:
        return None
    if event.preset.unit is Unit.SECONDS and not isinstance(value, Decimal):
        return duration(value, _shown(value, event.preset.ss_resolution), sign=sign)
    # Sums that coefficients have been in are read in a column: all of them with the same decimals.
    weighed = event.preset.unit is Unit.SCORE or event.preset.coefficient_mode is not CoefficientMode.NONE
    if weighed:
        return points(Decimal(value), decimals=2, sign=sign)
    return points_of(event, Decimal(value), sign=sign)


def _shown(value: Duration, resolution: Duration) -> Duration:
    """Return in what resolution (µs) an amount of time is shown, so that nothing of it is lost.

    Penalties may be finer than the stage times: the time gained by a false start is charged as it is,
    and totals that look alike must be alike.
    """
    finer = (step for step in (100_000, 10_000, 1_000) if step < resolution)
    return next((step for step in (resolution, *finer) if value % step == 0), 1)


def points_of(event: Event, value: Decimal, *, sign: bool = False) -> Points:
    """Return points with their text: scores with two decimals, points whole where they are whole."""
    whole = event.preset.unit is not Unit.SCORE and value == value.to_integral_value()
    return points(value, decimals=0 if whole else 2, sign=sign)


def stage_points(event: Event, stage: Stage, result: StageResult) -> Points | None:
    """Return what a test brought: penalty points, or in a rally of scores the score with the coefficient."""
    if event.preset.unit is not Unit.SCORE:
        return None if result.points is None else points_of(event, result.points)
    score = stage_amount(stage, result, event.entries.by_number[result.car], event.preset)
    return None if score is None else points_of(event, Decimal(score))


def stage_gap(event: Event, stage: Stage, value: Duration | Decimal | None) -> Amount | None:
    """Return a gap on a stage: time where time ranks it, points else."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return points_of(event, value, sign=True)
    return duration(value, resolution_of(event, stage), sign=True)


def gap_text(value: Dur | Points | None) -> str:
    """Return the text of an amount, empty where there is none."""
    return "" if value is None else value.text
