"""Roads and drives made for tests: the truth is known, the fixes are noisy."""

import datetime as dt
import itertools
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from timing.core.entries import Entry, EntryList
from timing.core.event import Event
from timing.core.instant import DAY, SECOND, Instant, RallyTime
from timing.core.itinerary import Control, ControlKind, Itinerary, Leg
from timing.core.preset import Preset, Unit
from timing.core.readings import Fix

#: 08:00 UTC of the rally's first day.
START: Instant = 1_713_686_400 * SECOND
LAT0, LON0 = 45.0, 11.0
DEGREE = 111_131.0

Plane = Sequence[tuple[float, float]]
Pair = tuple[float, float]


def at_metres(x: float, y: float) -> Pair:
    """Turn metres east and north of the test country's corner into (lat, lon)."""
    lat = LAT0 + y / DEGREE
    return lat, LON0 + x / (111_412.0 * math.cos(math.radians((lat + LAT0) / 2)) * 1.000_8)


def to_route(plane: Plane) -> tuple[Pair, ...]:
    return tuple(at_metres(x, y) for x, y in plane)


def densify(plane: Plane, step: float = 5.0) -> list[Pair]:
    """Put points every `step` m at most on a polyline."""
    points = [plane[0]]
    for (x0, y0), (x1, y1) in itertools.pairwise(plane):
        pieces = max(1, math.ceil(math.hypot(x1 - x0, y1 - y0) / step))
        points += [(x0 + (x1 - x0) * i / pieces, y0 + (y1 - y0) * i / pieces) for i in range(1, pieces + 1)]
    return points


def straight(length: float) -> list[Pair]:
    return densify([(0.0, 0.0), (length, 0.0)])


def hairpins(arms: int, length: float = 200.0, spacing: float = 15.0) -> list[Pair]:
    """A mountain road: parallel arms, joined by half circles of `spacing` diameter."""
    points: list[Pair] = [(0.0, 0.0)]
    for arm in range(arms):
        x_end, y = (length if arm % 2 == 0 else 0.0), arm * spacing
        points += densify([(length - x_end, y), (x_end, y)])[1:]
        if arm < arms - 1:
            out = 1.0 if arm % 2 == 0 else -1.0
            for i in range(1, 9):
                angle = math.pi * i / 8
                points.append(
                    (x_end + out * spacing / 2 * math.sin(angle), y + spacing / 2 * (1 - math.cos(angle)))
                )
    return points


def out_and_back(length: float) -> list[Pair]:
    """To a turning point and back on the very same road."""
    there = densify([(0.0, 0.0), (length * 0.6, 300.0), (length, 0.0)])
    return there + there[-2::-1]


def figure_eight(radius: float = 300.0) -> list[Pair]:
    """Two loops through one crossing, driven twice round."""
    return [
        (radius * math.sin(angle), radius * math.sin(angle) * math.cos(angle))
        for angle in (2 * math.pi * i / 400 for i in range(801))
    ]


def winding(length: float, seed: int) -> list[Pair]:
    """A road that turns all the time and may cross itself."""
    chance = random.Random(seed)
    x = y = heading = turn = 0.0
    points = [(0.0, 0.0)]
    for _ in range(int(length / 5)):
        turn = 0.9 * turn + chance.gauss(0, 0.05)
        heading += turn
        x, y = x + 5 * math.cos(heading), y + 5 * math.sin(heading)
        points.append((x, y))
    return points


@dataclass(frozen=True)
class Truth:
    """Where the car really was at an instant: m along the road, m east and north, speed, course."""

    at: Instant
    along: float
    x: float
    y: float
    speed: float
    course: float


class Course:
    """A test road whose places can be asked for by metres along it."""

    def __init__(self, plane: Plane) -> None:
        self.plane = list(plane)
        self.cum = [0.0]
        for (x0, y0), (x1, y1) in itertools.pairwise(self.plane):
            self.cum.append(self.cum[-1] + math.hypot(x1 - x0, y1 - y0))

    @property
    def length(self) -> float:
        return self.cum[-1]

    def place(self, along: float) -> tuple[float, float, float]:
        """Return x, y in m and the course in degrees."""
        i = min(
            max(next((k for k in range(len(self.cum)) if self.cum[k] > along), 0) - 1, 0), len(self.cum) - 2
        )
        if along >= self.length:
            i = len(self.cum) - 2
        (x0, y0), (x1, y1) = self.plane[i], self.plane[i + 1]
        share = (along - self.cum[i]) / (self.cum[i + 1] - self.cum[i])
        course = math.degrees(math.atan2(x1 - x0, y1 - y0)) % 360
        return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, course

    def drive(
        self,
        speed: Callable[[float], float] | float = 15.0,
        start: Instant = START,
        begin: float = 0.0,
        end: float | None = None,
        interval: float = 1.0,
    ) -> list[Truth]:
        """Drive from `begin` to `end` m; `speed` in m/s, or a function of the metres along."""
        truths, along, step = [], begin, 0
        stop = self.length if end is None else end
        while along <= stop:
            now = speed(along) if callable(speed) else speed
            x, y, course = self.place(along)
            truths.append(Truth(start + round(step * interval * SECOND), along, x, y, now, course))
            along += now * interval
            step += 1
        return truths


def fixes_of(
    truths: Sequence[Truth],
    seed: int = 1,
    noise: float = 3.0,
    device: str = "t1",
    speeds: bool = True,
    accuracy: float | None = None,
) -> list[Fix]:
    """What a tracker would say: places with noise, and speed and course if it knows them."""
    chance = random.Random(seed)
    fixes = []
    for truth in truths:
        lat, lon = at_metres(truth.x + chance.gauss(0, noise), truth.y + chance.gauss(0, noise))
        fixes.append(
            Fix(
                device=device,
                at=truth.at,
                lat=lat,
                lon=lon,
                speed=abs(truth.speed + chance.gauss(0, 0.3)) if speeds else None,
                course=(truth.course + chance.gauss(0, 5)) % 360 if speeds else None,
                accuracy=accuracy,
            )
        )
    return fixes


def control(
    number: int,
    metres: int,
    course: Course | None = None,
    kind: ControlKind = ControlKind.PASSAGE,
    leg: int = 1,
) -> Control:
    """A control at `metres` of the road, with its coordinates when the course is given."""
    lat: float | None = None
    lon: float | None = None
    if course is not None:
        x, y, _ = course.place(float(metres))
        lat, lon = at_metres(x, y)
    return Control(
        id=f"PC{number}", order=number, leg=leg, section="1", kind=kind, name=f"Point {number}",
        metres=metres, lat=lat, lon=lon, first_car=START if number == 0 else None,
    )  # fmt: skip


def event_on(*roads: Plane, controls: Sequence[Control] = (), cars: Sequence[str] = ("7",)) -> Event:
    """A rally with one leg a road, a day apart from 08:00; `controls` name their legs."""
    controls = [*controls, *(_first(leg) for leg in range(1, len(roads) + 1) if not _led(leg, controls))]
    legs = {}
    for number in range(1, len(roads) + 1):
        ids = tuple(c.id for c in controls if c.leg == number)
        legs[number] = Leg(
            number=number, day=dt.date(2024, 4, 20) + dt.timedelta(days=number), name="", controls=ids
        )
    entries = {
        car: Entry(car_number=car, order=i, start_offset=0, driver=f"D{car}") for i, car in enumerate(cars)
    }
    return Event(
        id="test",
        name="Test",
        first_day=dt.date(2024, 4, 21),
        timezone="UTC",
        time=RallyTime(0),
        preset=Preset(name="T", version="1", unit=Unit.POINTS),
        entries=EntryList(entries),
        itinerary=Itinerary(legs=legs, controls={c.id: c for c in controls}, stages={}),
        routes={number: to_route(plane) for number, plane in enumerate(roads, start=1)},
    )


def _led(leg: int, controls: Sequence[Control]) -> bool:
    return any(control.leg == leg and control.first_car is not None for control in controls)


def _first(leg: int) -> Control:
    due = START + (leg - 1) * DAY
    return Control(
        id=f"TC{leg}", order=-1, leg=leg, section="1", kind=ControlKind.TC, name="Start", first_car=due
    )
