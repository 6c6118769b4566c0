"""How a deviation from a target becomes points: units early or late, weights and caps.

ACI Sport, RDS Auto Storiche Regolarita 2021, art. 8.20: one point for each hundredth of a second
early or late in a test, one for each second in an average trial, each with a cap. Motorsport UK
NCR 2026 p464: seconds early, and seconds late up to a cap of their own. Porsche Club of America,
Alpine and Rocky Mountain TSD General Instructions, part VII: one point for each 0.01 min.
"""

from decimal import Decimal
from functools import lru_cache

from timing.core.instant import Duration, Instant, floor_to
from timing.core.preset import Preset, Truncate

#: A scale without a cap is laid out up to here; what is further off is computed.
_LAID_OUT = 600


def cut_elapsed(start: Instant, end: Instant, resolution: Duration, mode: Truncate) -> Duration:
    """Return the official time between two raw instants, cut to `resolution` (µs).

    `elapsed` subtracts and then cuts (FIS ICR 611.3.2); `stamps` cuts both clock readings first, as
    a person does who subtracts two printed slips.
    """
    if mode is Truncate.STAMPS:
        return floor_to(end, resolution) - floor_to(start, resolution)
    return floor_to(end - start, resolution)


class Scale:
    """Turns signed deviations (µs, late positive) into penalty points.

    The points of each number of units are laid out once: a rally asks tens of thousands of times.
    """

    __slots__ = ("_early", "_late", "_most", "_per_early", "_per_late", "unit")

    def __init__(
        self,
        unit: Duration,
        *,
        points: Decimal = Decimal(1),
        cap: int | None = None,
        late_cap: int | None = None,
        early_weight: Decimal = Decimal(1),
    ) -> None:
        """Lay out a scale.

        Args:
            unit: what is counted (µs), such as 0.01 s; a begun unit early counts, one late does not,
                because the time was cut before.
            points: what each unit costs.
            cap: the most that a deviation costs, early or late.
            late_cap: the most that a late one costs.
            early_weight: how much more a unit early costs.
        """
        self.unit = unit
        self._per_late, self._per_early = points, points * early_weight
        late_limits = [Decimal(limit) for limit in (cap, late_cap) if limit is not None]
        self._most: tuple[Decimal | None, Decimal | None] = (
            min(late_limits, default=None),
            None if cap is None else Decimal(cap),
        )
        self._late = _laid_out(self._per_late, self._most[0])
        self._early = _laid_out(self._per_early, self._most[1])

    def points(self, deviation: Duration) -> Decimal:
        """Return what a deviation costs."""
        units = deviation // self.unit
        if units >= 0:
            steps = self._late
        else:
            units, steps = -units, self._early
        return steps[units] if units < len(steps) else self._beyond(units, early=steps is self._early)

    def _beyond(self, units: int, *, early: bool) -> Decimal:
        points = units * (self._per_early if early else self._per_late)
        most = self._most[early]
        return points if most is None else min(points, most)


def _laid_out(step: Decimal, most: Decimal | None) -> list[Decimal]:
    """The points of 0, 1, 2, ... units."""
    steps = [step * units for units in range(_LAID_OUT)]
    return steps if most is None else [min(points, most) for points in steps]


@lru_cache(maxsize=256)
def _scale(
    unit: Duration, points: Decimal, cap: int | None, late_cap: int | None, early_weight: Decimal
) -> Scale:
    return Scale(unit, points=points, cap=cap, late_cap=late_cap, early_weight=early_weight)


def scale_of_tests(rules: Preset) -> Scale:
    """Return the scale of regularity tests and TSD legs."""
    return _scale(
        rules.test_unit, rules.test_unit_points, rules.test_cap, rules.late_only_cap, rules.early_weight
    )


def scale_of_trials(rules: Preset) -> Scale:
    """Return the scale of the points of average trials."""
    return _scale(rules.avg_unit, Decimal(1), rules.avg_cap, rules.late_only_cap, rules.early_weight)
