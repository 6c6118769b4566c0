"""What following a car along the road costs a fix, against searching the whole line for each fix.

Run: python tests/bench/matching.py [--cars N] [--seconds N]
The road is 60 km of 20,000 points that cross themselves; all cars send once a second. The plain way is
numpy over all segments for the nearest place, without memory: its price, and how often it is wrong.
"""

import argparse
import math
import time

import numpy as np

from tests.core.drives import Course, Truth, control, event_on, fixes_of, to_route
from timing.core.positions import Tracking
from timing.core.readings import Fix

Rows = list[list[tuple[str, Fix]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cars", type=int, default=400)
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    plane = [spot(float(i)) for i in range(20_000)]
    course = Course(plane)
    cars = [str(number) for number in range(1, asked.cars + 1)]
    event = event_on(plane, controls=[control(i, 2_000 * i, course) for i in range(29)], cars=cars)
    drives = {car: drive(course, int(car), asked.seconds) for car in cars}
    fixes = {car: fixes_of(drives[car], seed=int(car)) for car in cars}
    rows = [[(car, fixes[car][second]) for car in cars] for second in range(asked.seconds)]
    single, wrong = follow(Tracking(event), rows, drives, course, 1)
    batch, _ = follow(Tracking(event), rows, drives, course, asked.cars)
    nearest, lost = whole_line(plane, rows[-1], drives)
    print(f"{asked.cars} cars, {asked.seconds} s, {len(plane)} points")
    print(f"one fix at a time    {single:7.1f} µs a fix   {wrong:3d} of {asked.cars} cars on the wrong part")
    print(f"batches of {asked.cars:4d}      {batch:7.1f} µs a fix")
    print(f"whole line, numpy    {nearest:7.1f} µs a fix   {lost:3d} of {asked.cars} cars on the wrong part")
    print(f"ratio {nearest / single:.1f}, {nearest / batch:.1f} in batches")


def spot(i: float) -> tuple[float, float]:
    """A road that winds through its own loops."""
    angle = i / 700.0
    radius = 1_600.0 * math.sin(2.3 * angle)
    return radius * math.cos(angle) + i * 0.12, radius * math.sin(angle)


def drive(course: Course, car: int, seconds: int) -> list[Truth]:
    """A car somewhere on the road at its own speed."""
    begin = (course.length - 2_500.0) * (car * 0.618 % 1.0)
    return course.drive(12.0 + car % 15, begin=begin)[:seconds]


def follow(
    tracking: Tracking, rows: Rows, drives: dict[str, list[Truth]], course: Course, size: int
) -> tuple[float, int]:
    """Return µs a fix, and how many cars end more than 30 m from the truth along the road."""
    began = time.perf_counter()
    for row in rows:
        for first in range(0, len(row), size):
            tracking.add(row[first : first + size])
    passed = time.perf_counter() - began
    scale = tracking.roads[1].line.length / course.length
    wrong = 0
    for car, truths in drives.items():
        position = tracking.position(car)
        sure = position is not None and position.metres is not None
        along = tracking.roads[1].along(position.metres or 0.0) if position is not None else 0.0
        wrong += sure and abs(along - truths[-1].along * scale) > 30.0
    return passed / sum(map(len, rows)) * 1e6, wrong


def whole_line(
    plane: list[tuple[float, float]], row: list[tuple[str, Fix]], drives: dict[str, list[Truth]]
) -> tuple[float, int]:
    """Return µs a fix of the nearest place on the whole line, and how many are the wrong part."""
    lats, lons = (np.array(side) for side in zip(*to_route(plane), strict=True))
    x, y = lons * 111_320.0, lats * 111_195.0
    cosine = math.cos(math.radians(float(lats.mean())))
    ax, ay = x[:-1] * cosine, y[:-1]
    ux, uy = np.diff(x) * cosine, np.diff(y)
    square = ux * ux + uy * uy
    length = np.sqrt(square)
    cum = np.concatenate(([0.0], np.cumsum(length)))
    scale = float(cum[-1]) / Course(plane).length
    wrong = 0
    began = time.perf_counter()
    for car, fix in row:
        px, py = fix.lon * 111_320.0 * cosine - ax, fix.lat * 111_195.0 - ay
        share = np.clip((px * ux + py * uy) / square, 0.0, 1.0)
        away = (px - share * ux) ** 2 + (py - share * uy) ** 2
        i = int(away.argmin())
        along = float(cum[i] + share[i] * length[i])
        wrong += abs(along - drives[car][-1].along * scale) > 30.0
    return (time.perf_counter() - began) / len(row) * 1e6, wrong


if __name__ == "__main__":
    main()
