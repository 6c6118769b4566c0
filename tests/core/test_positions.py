"""Matching drives with known truth: no car on the wrong part of the road, none moved by bad fixes."""

import dataclasses
import json
import math
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.drives import (
    START,
    Course,
    Plane,
    Truth,
    control,
    densify,
    event_on,
    figure_eight,
    fixes_of,
    hairpins,
    out_and_back,
    straight,
    winding,
)
from timing.core.instant import DAY, HOUR, MINUTE, SECOND
from timing.core.positions import Tracking
from timing.core.readings import Fix, Stamp

ROADS: dict[str, Callable[[], Plane]] = {
    "straight": lambda: straight(3_000),
    "hairpins 15 m apart": lambda: hairpins(12),
    "out and back": lambda: out_and_back(1_500),
    "figure of eight, twice": figure_eight,
    "small figure of eight, twice": lambda: figure_eight(80),
    "winding": lambda: winding(12_000, 3),
}


def errors(tracking: Tracking, course: Course, truths: list[Truth], fixes: list[Fix]) -> list[float | None]:
    """How far each place was from the truth (m along the road); None where the place was not sure."""
    scale = tracking.roads[1].line.length / course.length
    found: list[float | None] = []
    for truth, fix in zip(truths, fixes, strict=True):
        tracking.add([("7", fix)])
        position = tracking.position("7")
        assert position is not None
        sure = position.metres is not None and position.placed_at == fix.at
        found.append(abs((position.metres or 0.0) - truth.along * scale) if sure else None)
    return found


@pytest.mark.parametrize("speeds", [True, False], ids=["with speed and course", "places only"])
@pytest.mark.parametrize("speed", [4.0, 12.0, 25.0])
@pytest.mark.parametrize("road", ROADS)
def test_no_car_is_shown_more_than_thirty_metres_from_the_truth(
    road: str, speed: float, speeds: bool
) -> None:
    plane = ROADS[road]()
    course = Course(plane)
    truths = course.drive(speed)
    for seed in range(3):
        found = errors(Tracking(event_on(plane)), course, truths, fixes_of(truths, seed=seed, speeds=speeds))
        known = [error for error in found if error is not None]
        assert max(known) < 30.0
        assert len(found) - len(known) <= max(12, len(found) // 20)


def test_the_socal_captures_are_matched_where_they_were_driven(samples: Path) -> None:
    files = sorted(samples.glob("gpx/socal*.gpx"))
    assert files
    for file in files:
        found = re.findall(r'<trkpt lat="([-\d.]+)" lon="([-\d.]+)"', file.read_text(encoding="utf-8"))
        event = dataclasses.replace(
            event_on(straight(10)), routes={1: tuple((float(a), float(b)) for a, b in found)}
        )
        tracking = Tracking(event)
        line = tracking.roads[1].line
        chance = random.Random(file.name)
        placed, worst = 0, 0.0
        seconds = range(int(min(line.length, 40_000) / 22))
        for second in seconds:
            lat, lon = line.point_at(second * 22.0)
            lat, lon = lat + chance.gauss(0, 3) / 111_195, lon + chance.gauss(0, 3) / 93_000
            fix = Fix(device="t1", at=START + second * SECOND, lat=lat, lon=lon, speed=22.0)
            tracking.add([("7", fix)])
            position = tracking.position("7")
            assert position is not None
            if position.placed_at == fix.at and position.metres is not None:
                placed += 1
                worst = max(worst, abs(position.metres - second * 22.0))
        assert placed > 0.97 * len(seconds), file.name
        assert worst < 30.0, file.name


def test_a_car_that_turns_back_before_the_turning_point_is_not_put_on_the_way_back() -> None:
    plane = out_and_back(3_000)
    course = Course(plane)
    there = course.drive(15.0, end=1_500)
    back = [
        Truth(there[-1].at + (i + 1) * SECOND, t.along, t.x, t.y, t.speed, (t.course + 180) % 360)
        for i, t in enumerate(reversed(there))
    ]
    truths = there + back
    found = errors(Tracking(event_on(plane)), course, truths, fixes_of(truths))
    assert max(error for error in found if error is not None) < 30.0


def test_a_first_fix_where_the_road_passes_twice_waits_for_more() -> None:
    plane = out_and_back(3_000)
    tracking = Tracking(event_on(plane))
    course = Course(plane)
    truth = course.drive(0.1, begin=1_000, end=1_000.05)
    parked = fixes_of([Truth(START + i * SECOND, 1_000, truth[0].x, truth[0].y, 0.0, 0.0) for i in range(20)])
    for fix in parked:
        tracking.add([("7", fix)])
    position = tracking.position("7")
    assert position is not None
    assert position.metres is None
    assert position.lat == parked[-1].lat
    driving = course.drive(12.0, start=START + 60 * SECOND, begin=1_000, end=1_100)
    tracking.add([("7", fix) for fix in fixes_of(driving)])
    position = tracking.position("7")
    assert position is not None
    assert position.metres == pytest.approx(driving[-1].along, abs=15)


def test_a_car_off_the_road_shows_how_far_and_joins_again_further_on() -> None:
    plane = straight(8_000)
    course = Course(plane)
    tracking = Tracking(event_on(plane))
    truths = course.drive(20.0)
    for i, truth in enumerate(truths):
        away = 400.0 * math.sin(math.pi * (i - 100) / 60) if 100 <= i < 160 else 0.0
        shifted = Truth(truth.at, truth.along, truth.x, truth.y + away, truth.speed, truth.course)
        (fix,) = fixes_of([shifted], seed=i)
        tracking.add([("7", fix)])
        position = tracking.position("7")
        assert position is not None
        if away > 100:
            assert not position.on_route
            assert position.off_m == pytest.approx(away, rel=0.15)
        if i >= 165:
            assert position.on_route
            assert position.metres == pytest.approx(truth.along, abs=30)


def test_a_gap_of_a_minute_on_a_mountain_road_ends_at_the_right_arm() -> None:
    plane = hairpins(20)
    course = Course(plane)
    truths = course.drive(10.0)
    fixes = fixes_of(truths)
    seen = [(t, f) for i, (t, f) in enumerate(zip(truths, fixes, strict=True)) if not 100 <= i < 160]
    found = errors(Tracking(event_on(plane)), course, [t for t, _ in seen], [f for _, f in seen])
    assert max(error for error in found if error is not None) < 30.0
    assert found[-1] is not None


def test_fixes_every_thirty_seconds_are_matched_too() -> None:
    plane = winding(40_000, 5)
    course = Course(plane)
    truths = course.drive(18.0, interval=30.0)
    found = errors(Tracking(event_on(plane)), course, truths, fixes_of(truths))
    known = [error for error in found if error is not None]
    assert max(known) < 30.0
    assert len(known) > 0.9 * len(found)


def test_a_batch_gives_the_very_places_that_single_fixes_give() -> None:
    plane = winding(6_000, 8)
    course = Course(plane)
    cars = [str(number) for number in range(1, 25)]
    event = event_on(plane, controls=[control(i, 500 * i, course) for i in range(10)], cars=cars)
    drives = {car: fixes_of(course.drive(8.0 + int(car) / 3), seed=int(car)) for car in cars}
    one, many = Tracking(event), Tracking(event)
    singles: list[Stamp] = []
    batched: list[Stamp] = []
    for step in range(200):
        batch = [(car, drives[car][step]) for car in cars]
        for item in batch:
            singles += one.add([item]).stamps
        batched += many.add(batch).stamps
    assert sorted(singles, key=repr) == sorted(batched, key=repr)
    assert len(singles) > 100
    assert [one.position(car) for car in cars] == [many.position(car) for car in cars]


def test_each_leg_is_found_by_its_day_also_where_both_use_the_same_road() -> None:
    plane = straight(3_000)
    tracking = Tracking(event_on(plane, plane))
    course = Course(plane)
    tracking.add([("7", fix) for fix in fixes_of(course.drive(15.0))])
    position = tracking.position("7")
    assert position is not None
    assert position.leg == 1
    tracking.add([("7", fix) for fix in fixes_of(course.drive(15.0, start=START + DAY, end=600))])
    position = tracking.position("7")
    assert position is not None
    assert position.leg == 2
    assert position.metres == pytest.approx(600, abs=15)


def test_the_next_leg_in_the_same_night_begins_where_the_last_one_ended() -> None:
    first, second = straight(3_000), [(3_000.0 - x, y + 0.0) for x, y in straight(2_000)]
    points = densify([*second])
    event = event_on(first, points)
    tracking = Tracking(event)
    one, two = Course(first), Course(points)
    evening = START + DAY - HOUR
    tracking.add([("7", fix) for fix in fixes_of(one.drive(15.0, start=evening))])
    position = tracking.position("7")
    assert position is not None
    assert position.leg == 1
    tracking.add([("7", fix) for fix in fixes_of(two.drive(15.0, start=evening + 10 * MINUTE))])
    position = tracking.position("7")
    assert position is not None
    assert position.leg == 2
    assert position.metres == pytest.approx(2_000, abs=15)


def test_a_checkpoint_goes_on_where_it_was_taken() -> None:
    plane = hairpins(12)
    course = Course(plane)
    event = event_on(plane, controls=[control(i, 200 * i, course) for i in range(12)])
    fixes = fixes_of(course.drive(10.0))
    whole, first = Tracking(event), Tracking(event)
    expected = list(whole.add([("7", fix) for fix in fixes]).stamps)
    stamps = list(first.add([("7", fix) for fix in fixes[:117]]).stamps)
    second = Tracking(event)
    second.restore(json.loads(json.dumps(first.snapshot())))
    assert second.position("7") == first.position("7")
    stamps += second.add([("7", fix) for fix in fixes[117:]]).stamps
    assert stamps == expected
    assert len(stamps) == 11


def test_the_arrival_at_a_control_is_foreseen_within_a_tenth() -> None:
    plane = straight(20_000)
    course = Course(plane)
    event = event_on(plane, controls=[control(i, 2_000 * i, course) for i in range(11)])
    tracking = Tracking(event)
    truths = course.drive(15.0)
    tracking.add([("7", fix) for fix in fixes_of(truths)[:300]])
    assert tracking.next_control("7") == "PC3"
    left = 6_000 - truths[299].along
    eta = tracking.eta("7", "PC3")
    assert eta is not None
    assert (eta - truths[299].at) / SECOND == pytest.approx(left / 15.0, rel=0.1)
    assert tracking.eta("7", "PC1") is None
    assert tracking.eta("8", "PC3") is None
