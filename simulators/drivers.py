"""How a road is driven: the pace its bends allow, and what tells one crew from another.

A leg's pace is worked out once: bends limit the speed by their lateral grip, and between them a car
brakes and accelerates as a car can. Crews then drive that pace a little slower or faster, and keep
their test times more or less exactly. Pure: the same road and seed give the same drive.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from timing.core.entries import Entry
from timing.core.instant import MILLISECOND, SECOND, Duration
from timing.core.route_line import RouteLine

#: Metres between two points of the pace.
STEP = 10.0
#: A bend is measured over this many metres: routes are drawn with a point every 80 m or so.
_BEND_OVER = 60.0
_SLOWEST = 2.0

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What limits the speed: top speed m/s, lateral grip, acceleration and braking in m/s²."""

    top: float
    grip: float
    accelerate: float
    brake: float


#: Old cars on open roads.
TOURING = Manner(top=24.0, grip=2.4, accelerate=1.0, brake=1.8)
#: A closed road, driven for the best time.
STAGE = Manner(top=42.0, grip=6.5, accelerate=3.0, brake=6.0)


@dataclass(frozen=True, slots=True)
class Zone:
    """From `start` to `end` metres of the line the road is driven in a manner of its own, or capped."""

    start: float
    end: float
    manner: Manner | None = None
    cap: float | None = None


@dataclass(frozen=True, slots=True)
class Temper:
    """One crew's way of driving.

    `pace` multiplies travelling times, `stage_pace` stage times (1 is the road's own pace, more is
    slower); `test_error` is the spread of its regularity times, `trial_error` of its average
    trials (µs); `blunder` how often (0 to 1) a test goes wrong.
    """

    pace: float
    stage_pace: float
    test_error: Duration
    trial_error: Duration
    blunder: float


def temper_of(seed: int, entry: Entry) -> Temper:
    """Return the temper of a crew: the same for a seed and a car number wherever it is asked for."""
    chance = random.Random(f"{seed}/temper/{entry.car_number}")
    practice = chance.random()
    return Temper(
        pace=1.0 + 0.15 * chance.random(),
        stage_pace=1.0 + 0.28 * chance.random() ** 1.3 + max(0, 1985 - (entry.year or 1985)) * 0.004,
        test_error=int((20 + 180 * practice**2) * MILLISECOND),
        trial_error=int((300 + 1500 * practice) * MILLISECOND),
        blunder=0.01 + 0.05 * practice,
    )


class Pace:
    """The driving time of a leg at the road's own pace: seconds to each of its metres, both ways."""

    def __init__(self, line: RouteLine, manner: Manner, zones: Sequence[Zone] = ()) -> None:
        steps = max(2, int(line.length / STEP) + 1)
        self._metres: _Floats = np.linspace(0.0, line.length, steps)
        self._seconds = _seconds(self._metres, _speeds(line, self._metres, manner, zones))

    def seconds(self, metres: float) -> float:
        """Return the seconds from the line's beginning to a place on it."""
        return float(np.interp(metres, self._metres, self._seconds))

    def between(self, start: float, end: float) -> Duration:
        """Return the driving time from one place to a later one, µs."""
        return int((self.seconds(end) - self.seconds(start)) * SECOND)

    def metres_at(self, seconds: Sequence[float] | _Floats) -> _Floats:
        """Return the places reached after so many seconds."""
        return np.interp(np.asarray(seconds, dtype=np.float64), self._seconds, self._metres)


def _speeds(line: RouteLine, metres: _Floats, manner: Manner, zones: Sequence[Zone]) -> list[float]:
    """Return the speed at each point: what the bend allows, then what braking and power allow."""
    bends = _curvature(line, metres)
    limit, power, brake = _limits(bends, manner, len(metres)), manner.accelerate, manner.brake
    powers, brakes = np.full(len(metres), power), np.full(len(metres), brake)
    for zone in zones:
        inside = (metres >= zone.start) & (metres <= zone.end)
        if zone.manner is not None:
            limit = np.where(inside, _limits(bends, zone.manner, len(metres)), limit)
            powers = np.where(inside, zone.manner.accelerate, powers)
            brakes = np.where(inside, zone.manner.brake, brakes)
        if zone.cap is not None:
            limit = np.where(inside, np.minimum(limit, max(zone.cap, _SLOWEST)), limit)
    step = float(metres[1] - metres[0])
    speeds: list[float] = limit.tolist()
    gains: list[float] = (2 * step * powers).tolist()
    losses: list[float] = (2 * step * brakes).tolist()
    for i in range(1, len(speeds)):
        speeds[i] = min(speeds[i], (speeds[i - 1] ** 2 + gains[i]) ** 0.5)
    for i in range(len(speeds) - 2, -1, -1):
        speeds[i] = min(speeds[i], (speeds[i + 1] ** 2 + losses[i]) ** 0.5)
    return speeds


def _limits(bends: _Floats, manner: Manner, count: int) -> _Floats:
    straight = np.full(count, manner.top)
    with np.errstate(divide="ignore"):
        limits: _Floats = np.clip(np.sqrt(manner.grip / bends), _SLOWEST, straight)
    return limits


def _curvature(line: RouteLine, metres: _Floats) -> _Floats:
    """Return 1/radius (1/m) at each point, from the turn of the road over a stretch around it."""
    places = [line.point_at(float(at)) for at in metres]
    lats, lons = np.array([lat for lat, _ in places]), np.array([lon for _, lon in places])
    north = np.gradient(lats)
    east = np.gradient(lons) * np.cos(np.radians(lats))
    heading = np.unwrap(np.arctan2(east, north))
    reach = max(1, round(_BEND_OVER / 2 / STEP))
    ahead, behind = np.roll(heading, -reach), np.roll(heading, reach)
    ahead[-reach:], behind[:reach] = heading[-1], heading[0]
    bends: _Floats = np.abs(ahead - behind) / _BEND_OVER
    return bends


def _seconds(metres: _Floats, speeds: list[float]) -> _Floats:
    speed = np.array(speeds)
    pieces = np.diff(metres) * 2 / (speed[1:] + speed[:-1])
    return np.concatenate(([0.0], np.cumsum(pieces)))
