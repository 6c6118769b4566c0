"""What really happened, for counterparts to tell in their own words: passings at a line, places of a car."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from timing.core.instant import SECOND, Duration, Instant

_METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A car over a line: `number` is a car's, a chip's or a card's; empty where the device cannot know."""

    at: Instant
    channel: str
    number: str = ""
    manual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A car at a place: degrees, m/s, degrees from north, m; `satellites` 0 means that it knows none."""

    at: Instant
    lat: float
    lon: float
    speed: float = 0.0
    course: float = 0.0
    altitude: float = 0.0
    satellites: int = 11
    accuracy: float = 4.0


def drive(
    begins: Instant,
    count: int,
    chance: random.Random,
    *,
    lat: float = 33.74,
    lon: float = -116.41,
    every: Duration = SECOND,
) -> Iterator[Place]:
    """Yield the places of a car that winds along a road, at 5 to 35 m/s."""
    course, speed, altitude = chance.uniform(0, 360), 18.0, 120.0
    for n in range(count):
        yield Place(
            at=begins + n * every, lat=lat, lon=lon, speed=speed, course=course, altitude=altitude,
        )  # fmt: skip
        metres = speed * every / SECOND
        lat += metres * math.cos(math.radians(course)) / _METRES_A_DEGREE
        lon += metres * math.sin(math.radians(course)) / _METRES_A_DEGREE / math.cos(math.radians(lat))
        course = (course + chance.gauss(0, 6)) % 360
        speed = min(35.0, max(5.0, speed + chance.gauss(0, 0.6)))
        altitude += chance.gauss(0, 0.8)
