"""Where one car is at every instant of a leg: exact at its anchors, at the road's own pace between them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from simulators.drivers import Pace
from timing.core.instant import SECOND, Instant
from timing.core.route_line import RouteLine

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A car was at a place (m along the line) at an instant. Two anchors at one place: it stood there."""

    metres: float
    at: Instant


@dataclass(frozen=True, slots=True)
class Where:
    """A car's true place: m along the line, degrees, speed m/s, course in degrees."""

    metres: float
    lat: float
    lon: float
    speed: float
    course: float


@dataclass(frozen=True, slots=True)
class Drive:
    """One car's way over one leg. `anchors` rise in time and never go back on the road."""

    car: str
    leg: int
    line: RouteLine
    pace: Pace
    anchors: tuple[Anchor, ...]
    _times: _Floats = field(init=False, repr=False, compare=False)
    _seconds: _Floats = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the look-up."""
        # Places need no exact instants; a float holds µs since the epoch to a quarter of one.
        times = np.array([anchor.at for anchor in self.anchors], dtype=np.float64)
        seconds = np.array([self.pace.seconds(anchor.metres) for anchor in self.anchors])
        object.__setattr__(self, "_times", times)
        object.__setattr__(self, "_seconds", seconds)

    @property
    def begins(self) -> Instant:
        """When the car is put on the road."""
        return self.anchors[0].at

    @property
    def ends(self) -> Instant:
        """When it is parked for good."""
        return self.anchors[-1].at

    def metres(self, at: Sequence[Instant]) -> list[float]:
        """Return the places (m along the line) at some instants; before and after it stands still."""
        reached = np.interp(np.array(at, dtype=np.float64), self._times, self._seconds)
        return [float(value) for value in self.pace.metres_at(reached)]

    def where(self, at: Instant) -> Where:
        """Return the true place at an instant; the speed is that of the second around it."""
        behind, here, ahead = self.metres((at - SECOND // 2, at, at + SECOND // 2))
        lat, lon = self.line.point_at(here)
        near = self.line.spots(lat, lon, here - 5.0, here + 5.0, 5.0)
        course = min(near, key=lambda spot: spot.off).course if near else 0.0
        return Where(here, lat, lon, ahead - behind, course)

    def reaches(self, metres: float) -> Instant | None:
        """Return when the car first is at a place, cut to µs; None if it never gets there."""
        after = bisect_left(self.anchors, metres, key=lambda anchor: anchor.metres)
        if after == len(self.anchors):
            return None
        end = self.anchors[after]
        if end.metres == metres or after == 0:
            return end.at
        start = self.anchors[after - 1]
        way = self.pace.seconds(end.metres) - self.pace.seconds(start.metres)
        share = (self.pace.seconds(metres) - self.pace.seconds(start.metres)) / way
        return start.at + int((end.at - start.at) * share)

    def cut(self, metres: float, stands: int) -> "Drive":
        """Return this drive ending at a place, where the car then stands for `stands` µs."""
        at = self.reaches(metres)
        if at is None:
            return self
        kept = self.anchors[: bisect_right(self.anchors, at - 1, key=lambda anchor: anchor.at)]
        here = (Anchor(metres, at), Anchor(metres, at + stands))
        return Drive(self.car, self.leg, self.line, self.pace, (*kept, *here))
