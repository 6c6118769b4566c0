"""What a finished stage adds to a crew's total, in the unit of the scoring.

Stage rallies add up times, regularity rallies penalty points (times the car's coefficient where the
regulations say so). In 1000 Miglia each test's penalties give a falling score by a table that the
organizer publishes, times the coefficient, and the highest total wins: 0 penalties at 1.80 are
420 x 1.80 = 756.00, at 1.25 525.00; 1 penalty at 1.80 is 395 x 1.80 = 711.00 (Gazzetta dello Sport,
18 May 2017).
"""

from collections.abc import Sequence
from decimal import Decimal

from timing.core.coefficients import coefficient_of, seconds_of
from timing.core.entries import Entry
from timing.core.itinerary import Stage, StageKind
from timing.core.preset import Better, CoefficientMode, Preset, Unit
from timing.core.results import Amount, StageResult

_NOTHING = Decimal(0)


def table_score(penalties: Decimal, table: Sequence[Decimal]) -> Decimal | None:
    """Return the score of so many penalties; the table's last entry holds for all further ones.

    None: there is no table, and an official decides.
    """
    return table[min(int(penalties), len(table) - 1)] if table else None


def trial_score(penalties: Sequence[Decimal], table: Sequence[Decimal]) -> Decimal | None:
    """Return the score of an average trial: each of its points scores by itself. None without a table."""
    if not table:
        return None
    return sum((table_score(points, table) or _NOTHING for points in penalties), _NOTHING)


def stage_amount(stage: Stage, result: StageResult, entry: Entry, preset: Preset) -> Amount | None:
    """Return what a crew's result adds to its total; None where it adds nothing (yet).

    Args:
        stage: the stage.
        result: the result, with its time, points or score.
        entry: the crew, for its coefficient.
        preset: the event's regulations: unit and coefficient.
    """
    match preset.unit:
        case Unit.SECONDS:
            if stage.kind is StageKind.SS:
                return result.time
            return None if result.points is None else seconds_of(_penalties(result.points, entry, preset))
        case Unit.POINTS:
            if stage.kind is StageKind.SS or result.points is None:
                return None
            return _penalties(result.points, entry, preset)
        case Unit.SCORE:
            if result.score is None or preset.coefficient_mode is not CoefficientMode.SCORE_TIMES:
                return result.score
            return result.score * coefficient_of(entry, preset)
        case Unit.NONE:
            return None


def _penalties(points: Decimal, entry: Entry, preset: Preset) -> Decimal:
    if preset.coefficient_mode is not CoefficientMode.PENALTY_TIMES:
        return points
    return points * coefficient_of(entry, preset)


def without_worst(amounts: Sequence[Amount], count: int, better: Better) -> Sequence[Amount]:
    """Return the amounts of a crew's tests without the `count` worst ones that it may drop."""
    if not count:
        return amounts
    best_first = sorted(amounts, reverse=better is Better.HIGHEST)
    return best_first[: max(0, len(best_first) - count)]
