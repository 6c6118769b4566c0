"""When did a car drive over a control's line? Two fixes that straddle it prove it.

The instant is interpolated in integers: a car 8.4 m before the line at 07.600 s and 14.1 m behind it
at 08.600 s crossed at 07.973333 s. Such a time is good for whole seconds and as a backup for tenths,
since 2.5 m of position error are 0.11 s at 22.5 m/s. A car that waits at a line makes one crossing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import isqrt

from timing.core.instant import SECOND, Duration, Instant
from timing.core.leg_road import LegRoad
from timing.core.readings import Crossing, Source, Stamp
from timing.core.road_tracker import Placed
from timing.core.route_line import metres_between

#: Two fixes this far apart in time prove a crossing without remark.
CLOSE: Duration = 10 * SECOND
#: Up to here they still prove that the car passed, with the gap noted and a wide uncertainty.
WIDEST: Duration = 90 * SECOND
#: A waiting car has crossed for sure when it is this far (m) behind the line, moving or standing.
CLEAR_M = 10.0
FAR_CLEAR_M = 30.0
#: A car that is seen this far (m) before a line it has crossed may cross it once more.
REARM_M = 75.0

#: So many fixes of a waiting car, on average this far (m) behind the line, show that it has crossed.
_SETTLED = 20
_BEHIND_M = 2.0
_MOVING = 3.0
_STANDING = 1.0
_FAR_APART_M = 20.0
_USUAL_ACCURACY_MM = 5_000
#: A car changes its speed by this much at most between two fixes: 3 m/s², in mm.
_BEND_MM = 3_000


def interpolate(before_at: Instant, after_at: Instant, before_mm: int, after_mm: int) -> Instant:
    """Return when a car was at the line, driving evenly from one fix to the other.

    `before_mm` is its way left to the line at `before_at`, `after_mm` its way behind the line at
    `after_at`, both in mm and not below zero, and not both zero. The result is cut to whole µs.
    """
    return before_at + (after_at - before_at) * before_mm // (before_mm + after_mm)


def crossing_stamp(car: str, control: str, line: float, before: Placed, after: Placed) -> Stamp:
    """Make the G stamp of a crossing, with the two fixes that prove it.

    Its uncertainty is the position error, and what an uneven speed between the fixes may do, over
    the speed; never more than the time between the fixes.
    """
    before_mm, after_mm = round((line - before.along) * 1000), round((after.along - line) * 1000)
    gap, way_mm = after.at - before.at, max(before_mm + after_mm, 1)
    at = interpolate(before.at, after.at, before_mm, after_mm) if before_mm + after_mm else after.at
    known = [fix.accuracy for fix in (before.fix, after.fix) if fix.accuracy is not None]
    accuracy_mm = round(max(known) * 1000) if known else _USUAL_ACCURACY_MM
    bend_mm = _BEND_MM * gap * gap // (8 * SECOND * SECOND)
    uncertainty = isqrt(accuracy_mm**2 + bend_mm**2) * gap // _driven_mm(before, after, way_mm)
    return Stamp(
        device=after.fix.device,
        at=at,
        control=control,
        source=Source.G,
        car=car,
        uncertainty=min(uncertainty, gap),
        crossing=Crossing(
            before=before.fix, after=after.fix, before_m=-before_mm / 1000, after_m=after_mm / 1000
        ),
        note=f"gap of {gap // SECOND} s between the fixes" if gap > CLOSE else "",
    )


def _driven_mm(before: Placed, after: Placed, way_mm: int) -> int:
    """Return the way (mm) for the uncertainty: at walking pace two noisy fixes look far too fast."""
    speeds = [fix.speed for fix in (before.fix, after.fix) if fix.speed is not None]
    if not speeds:
        return way_mm
    by_speed = round(sum(speeds) / len(speeds) * 1000) * (after.at - before.at) // SECOND
    return max(min(way_mm, by_speed), 1)


class LineWatch:
    """Which lines one car has crossed, and at which it is waiting."""

    __slots__ = ("crossed", "waiting")

    def __init__(self) -> None:
        self.crossed: dict[str, Instant] = {}
        """The control ids and when; a control leaves when the car is seen well before it again."""
        self.waiting: dict[str, Wait] = {}

    def drive(self, car: str, road: LegRoad, before: Placed, after: Placed) -> list[Stamp]:
        """Take two consecutive fixes of the newest part of a drive; return the crossings they prove."""
        if self.crossed:
            self._rearm(road, after)
        stamps = self._leave(car, after) if self.waiting else []
        lines = _lines_between(road, before.along, after.along)
        if not lines and not self.waiting:
            return stamps  # nearly always so: a leg has some dozens of lines
        driving = False
        if _is_pair(before, after):
            driving = _surely_driving(before, after)
            for line, control in lines:
                if control in self.waiting:
                    self.waiting[control].last = (before, after)
                elif control not in self.crossed:
                    self.waiting[control] = Wait(road.leg, line, (before, after))
        return stamps + self._resolve(car, after, driving=driving)

    def fill(self, car: str, road: LegRoad, before: Placed, after: Placed) -> list[Stamp]:
        """Take two consecutive fixes of which one came late: only a clear crossing not yet known counts."""
        if not (_is_pair(before, after) and _surely_driving(before, after)):
            return []
        stamps = []
        for line, control in _lines_between(road, before.along, after.along):
            if control not in self.crossed:
                self.waiting.pop(control, None)
                stamps += self._cross(car, control, line, before, after)
        return stamps

    def _resolve(self, car: str, seen: Placed, *, driving: bool) -> list[Stamp]:
        stamps = []
        for control, wait in list(self.waiting.items()):
            # A car that is being driven over the line need not be far behind it; one that stands is not
            # behind it because a single fix says so.
            standing = seen.fix.speed is not None and seen.fix.speed < _STANDING
            clear_m = 0.0 if driving else FAR_CLEAR_M if standing else CLEAR_M
            clear = seen.along >= wait.line + clear_m
            if clear or wait.settled_behind(_SETTLED):
                del self.waiting[control]
                stamps += self._cross(car, control, wait.line, *wait.pair())
            else:
                wait.note(seen)
        return stamps

    def _leave(self, car: str, seen: Placed) -> list[Stamp]:
        """Give up waiting for a car that turned back, or that is on another leg by now."""
        stamps = []
        for control, wait in list(self.waiting.items()):
            if seen.leg != wait.leg and wait.settled_behind(1):
                stamps += self._cross(car, control, wait.line, *wait.first)
            if seen.leg != wait.leg or seen.along < wait.line - REARM_M:
                del self.waiting[control]
        return stamps

    def _cross(self, car: str, control: str, line: float, before: Placed, after: Placed) -> list[Stamp]:
        stamp = crossing_stamp(car, control, line, before, after)
        self.crossed[control] = stamp.at
        return [stamp]

    def _rearm(self, road: LegRoad, seen: Placed) -> None:
        controls = road.controls
        for i in range(bisect_right(controls, (seen.along + REARM_M, "")), len(controls)):
            line, control = controls[i]
            if line > seen.along + 2_000.0:
                break
            if self.crossed.get(control, seen.at) < seen.at:
                del self.crossed[control]


class Wait:
    """A slow car at a line: it may have crossed, or it may only seem so by the noise of its fixes."""

    __slots__ = ("first", "last", "leg", "line", "places", "total")

    def __init__(self, leg: int, line: float, pair: tuple[Placed, Placed]) -> None:
        self.leg, self.line = leg, line
        self.first = self.last = pair
        self.total, self.places = 0.0, 0

    def note(self, seen: Placed) -> None:
        """Take a place at which the car was seen while it waited."""
        self.total += seen.along
        self.places += 1

    def settled_behind(self, places: int) -> bool:
        """Whether the car has waited for so many fixes, and on average well behind the line."""
        return self.places >= places and self.total >= self.places * (self.line + _BEHIND_M)

    def pair(self) -> tuple[Placed, Placed]:
        """Return the pair that counts once the car is clear of the line.

        A car that waited behind the line had crossed at first; one that waited before it, at last.
        """
        return self.first if self.total >= self.places * self.line else self.last


def _is_pair(before: Placed, after: Placed) -> bool:
    """Whether a car can have driven from one fix to the other along the road."""
    gap = after.at - before.at
    if before.leg != after.leg or not 0 < gap <= WIDEST:
        return False
    way = after.along - before.along
    straight = metres_between(before.fix.lat, before.fix.lon, after.fix.lat, after.fix.lon)
    speeds = [fix.speed for fix in (before.fix, after.fix) if fix.speed is not None]
    driven = max(speeds) * gap / SECOND if speeds else 0.0
    # In a longer gap the road may wind and the speed change more than the two fixes show.
    slack = 15.0 + 15.0 * max(0, gap - 2 * SECOND) / SECOND
    return way <= 1.5 * max(straight, driven) + slack


def _surely_driving(before: Placed, after: Placed) -> bool:
    seconds = (after.at - before.at) / SECOND
    way = after.along - before.along
    if before.fix.speed is not None and after.fix.speed is not None and seconds <= CLOSE / SECOND:
        slower = min(before.fix.speed, after.fix.speed)
        return slower >= _MOVING and way >= 0.3 * slower * seconds
    return way >= _FAR_APART_M and way >= 2.0 * seconds


def _lines_between(road: LegRoad, before: float, after: float) -> Sequence[tuple[float, str]]:
    """Return the controls in (before, after]: a fix right on a line is behind it."""
    if after <= before:
        return ()
    first = bisect_right(road.controls, (before, "\U0010ffff"))
    return road.controls[first : bisect_left(road.controls, (after, "\U0010ffff"))]
