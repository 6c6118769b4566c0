"""The first leg of the example event as the scene drives it: its line, and when a car is where."""

import csv
import itertools
from dataclasses import dataclass
from math import cos, hypot, radians
from pathlib import Path
from xml.etree import ElementTree

_TIMED = ("REG_TEST", "AVG_TRIAL")


@dataclass(frozen=True)
class Road:
    """The line of a leg with the metres at each of its points."""

    points: list[tuple[float, float]]
    metres: list[float]

    @classmethod
    def read(cls, path: Path) -> "Road":
        """Read the track of our own example event."""
        tags = (element for element in ElementTree.parse(path).iter() if element.tag.endswith("trkpt"))
        points = [(float(tag.get("lat", "")), float(tag.get("lon", ""))) for tag in tags]
        steps = itertools.pairwise(points)
        return cls(points, [0.0, *itertools.accumulate(_distance(a, b) for a, b in steps)])

    def at(self, km: float) -> tuple[float, float]:
        """Return the place at a distance along the leg."""
        wanted = min(max(km * 1000, 0.0), self.metres[-1])
        after = next(i for i, metres in enumerate(self.metres) if metres >= wanted)
        before = max(0, after - 1)
        span = self.metres[after] - self.metres[before]
        share = (wanted - self.metres[before]) / span if span else 0.0
        (lat, lon), (next_lat, next_lon) = self.points[before], self.points[after]
        return round(lat + share * (next_lat - lat), 6), round(lon + share * (next_lon - lon), 6)


@dataclass(frozen=True)
class Schedule:
    """When a car that is on time comes to each control of a leg: minutes after its own start.

    Time controls by their target times; what lies between them by its distance.
    """

    minutes: dict[str, float]
    km: dict[str, float]
    timed: frozenset[str]

    @classmethod
    def read(cls, itinerary: Path, leg: str) -> "Schedule":
        """Read a leg of an event's itinerary."""
        with itinerary.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["leg"] == leg]
        km = {row["control"]: float(row["km"]) for row in rows}
        fixed, clock = {}, 0.0
        for row in rows:
            if row["kind"] == "TC":
                clock += _minutes(row["target"])
                fixed[row["control"]] = clock
        places = sorted((km[control], at) for control, at in fixed.items())
        minutes = {control: fixed.get(control, _between(places, km[control])) for control in km}
        return cls(minutes, km, frozenset(row["control"] for row in rows if row["kind"] in _TIMED))

    def km_at(self, minutes: float) -> float:
        """Return how far along the leg a car is so long after its start."""
        return _between(sorted((at, self.km[control]) for control, at in self.minutes.items()), minutes)


def _minutes(target: str) -> float:
    hours, _, minutes = target.partition(":")
    return 60 * float(hours) + float(minutes) if target else 0.0


def _between(points: list[tuple[float, float]], at: float) -> float:
    """Interpolate in a list of (x, y) that ascends; its ends hold beyond it."""
    if at <= points[0][0]:
        return points[0][1]
    for (x, y), (next_x, next_y) in itertools.pairwise(points):
        if x <= at < next_x:
            return y + (at - x) / (next_x - x) * (next_y - y)
    return points[-1][1]


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    east = (b[1] - a[1]) * cos(radians((a[0] + b[0]) / 2))
    return hypot(east, b[0] - a[0]) * 111_195.0
