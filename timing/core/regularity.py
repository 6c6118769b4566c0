"""Regularity tests and TSD legs: the time between two lines against a target.

Each test has its own two lines, or a start instant that was assigned; being late on one never
carries to the next (ACI Sport, RDS Auto Storiche Regolarita 2021, art. 8.20). In a chain the end of
one test is the start of the next: a line without a time spoils both.
"""

from decimal import Decimal
from typing import NamedTuple

from timing.core.deviations import cut_elapsed, scale_of_tests
from timing.core.instant import Duration, Instant, floor_to
from timing.core.itinerary import Stage
from timing.core.preset import Preset


class Measured(NamedTuple):
    """A test as measured: the elapsed time, cut; the deviation from the target (µs); the points."""

    time: Duration
    deviation: Duration
    points: Decimal


class TimedTest:
    """One test with the regulations in force on it, ready to measure crews."""

    __slots__ = ("_mode", "_points", "_resolution", "target")

    def __init__(self, stage: Stage, rules: Preset, target: Duration | None = None) -> None:
        """Make a test ready; `target` (µs) stands instead of the printed one.

        The target is cut like the elapsed time, so that both are in whole units.
        """
        wanted = target if target is not None else stage.target or 0
        self._resolution = rules.test_resolution
        self._mode = rules.test_truncate
        self._points = scale_of_tests(rules).points
        self.target: Duration = floor_to(wanted, rules.test_resolution)

    def measure(self, start: Instant, end: Instant, allowance: Duration = 0) -> Measured:
        """Measure one crew. The elapsed time is cut first and then compared: 14.996 s against 15 is early.

        `allowance` (µs) is taken off before the time is compared; the time shown is the driven one.
        """
        elapsed = cut_elapsed(start, end, self._resolution, self._mode)
        net = floor_to(elapsed - allowance, self._resolution) if allowance else elapsed
        deviation = net - self.target
        return Measured(elapsed, deviation, self._points(deviation))

    def judge(self, time: Duration) -> Measured:
        """Measure a time that an official gave instead of a driven one."""
        return Measured(time, time - self.target, self._points(time - self.target))
