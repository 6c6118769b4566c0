"""Positions under bad fixes: late, twice, nonsensical, from the future, or from last week."""

import dataclasses
import math
import random

import pytest

from tests.core.drives import (
    START,
    Course,
    Truth,
    control,
    event_on,
    fixes_of,
    straight,
)
from timing.core.instant import DAY, SECOND
from timing.core.positions import Tracking
from timing.core.readings import Fix


def test_late_fixes_and_duplicates_never_move_a_car_back() -> None:
    plane = straight(3_000)
    fixes = fixes_of(Course(plane).drive(15.0))
    tracking = Tracking(event_on(plane))
    tracking.add([("7", fix) for fix in fixes])
    there = tracking.position("7")
    moved = tracking.add([("7", fix) for fix in random.Random(4).sample(fixes, len(fixes))])
    assert tracking.position("7") == there
    assert moved.cars == frozenset()
    assert moved.stamps == ()


def test_a_backlog_of_two_hundred_fixes_then_a_live_one_shows_the_live_place_at_once() -> None:
    plane = straight(6_000)
    fixes = fixes_of(Course(plane).drive(15.0))
    tracking = Tracking(event_on(plane))
    tracking.add([("7", fix) for fix in fixes[:200]])
    tracking.add([("7", fixes[380])])
    position = tracking.position("7")
    assert position is not None
    assert (position.lat, position.at) == (fixes[380].lat, fixes[380].at)
    tracking.add([("7", fix) for fix in fixes[200:380]])
    assert tracking.position("7") == position


def test_one_fix_in_the_other_hemisphere_is_refused_and_changes_nothing() -> None:
    plane = straight(3_000)
    fixes = fixes_of(Course(plane).drive(15.0))
    tracking = Tracking(event_on(plane))
    tracking.add([("7", fix) for fix in fixes[:50]])
    before = tracking.position("7")
    flipped = Fix(device="t1", at=fixes[50].at, lat=fixes[50].lat, lon=-fixes[50].lon, speed=15.0)
    moved = tracking.add([("7", flipped)])
    assert [rejected.reason for rejected in moved.refused] == ["outside_event_area"]
    assert moved.cars == frozenset()
    after = tracking.position("7")
    assert before is not None
    assert after == dataclasses.replace(before, heard_at=fixes[50].at)
    moved = tracking.add([("7", fix) for fix in fixes[51:]])
    assert moved.refused == ()


@pytest.mark.parametrize(("lat", "lon"), [(0.0, 0.0), (0.01311, 0.01311), (math.nan, 11.0), (45.0, math.inf)])
def test_nowhere_is_outside_the_event_also_as_the_first_fix_after_silence(lat: float, lon: float) -> None:
    tracking = Tracking(event_on(straight(3_000)))
    moved = tracking.add([("7", Fix(device="t1", at=START, lat=lat, lon=lon))])
    assert [rejected.reason for rejected in moved.refused] == ["outside_event_area"]
    assert tracking.position("7") is None


def test_an_impossible_jump_is_refused_and_still_counts_as_heard() -> None:
    plane = straight(9_000)
    fixes = fixes_of(Course(plane).drive(15.0))
    tracking = Tracking(event_on(plane))
    tracking.add([("7", fixes[0])], heard_at=fixes[0].at)
    jump = Fix(device="t1", at=fixes[1].at, lat=fixes[0].lat, lon=fixes[0].lon + 0.05, speed=15.0)
    moved = tracking.add([("7", jump)], heard_at=fixes[1].at)
    assert [rejected.reason for rejected in moved.refused] == ["impossible_speed"]
    position = tracking.position("7")
    assert position is not None
    assert position.at == fixes[0].at
    assert position.heard_at == fixes[1].at


def test_a_wrong_first_fix_is_outvoted_by_those_after_it() -> None:
    plane = straight(9_000)
    course = Course(plane)
    tracking = Tracking(event_on(plane))
    (wrong,) = fixes_of(course.drive(1.0, begin=8_000, end=8_000))
    good = fixes_of(course.drive(15.0, start=START + 5 * SECOND))
    tracking.add([("7", wrong)])
    tracking.add([("7", fix) for fix in good[:20]])
    position = tracking.position("7")
    assert position is not None
    assert position.metres == pytest.approx(19 * 15, abs=15)


def test_a_fix_from_the_future_is_refused_and_the_next_good_one_moves_the_car() -> None:
    plane = straight(3_000)
    fixes = fixes_of(Course(plane).drive(15.0))
    tracking = Tracking(event_on(plane))
    for days in (7, 334):
        future = Fix(device="t1", at=START + days * DAY, lat=fixes[0].lat, lon=fixes[0].lon)
        moved = tracking.add([("7", future)], heard_at=START)
        assert [rejected.reason for rejected in moved.refused] == ["future"]
    for fix in fixes[:100]:
        tracking.add([("7", fix)], heard_at=fix.at)
    position = tracking.position("7")
    assert position is not None
    assert position.at == fixes[99].at


def test_a_message_without_a_place_ages_the_place_and_refreshes_heard() -> None:
    plane = straight(3_000)
    (fix, *_) = fixes_of(Course(plane).drive(15.0))
    tracking = Tracking(event_on(plane))
    tracking.add([("7", fix)], heard_at=START)
    tracking.heard("7", START + 40 * SECOND)
    position = tracking.position("7")
    assert position is not None
    assert (position.at, position.heard_at) == (START, START + 40 * SECOND)


def test_a_retained_place_of_last_week_is_shown_as_last_known_only() -> None:
    plane = straight(3_000)
    fixes = fixes_of(Course(plane).drive(15.0))
    tracking = Tracking(event_on(plane))
    old = Fix(device="t1", at=START - 6 * DAY, lat=fixes[50].lat, lon=fixes[50].lon, retained=True)
    tracking.add([("7", old)], heard_at=START)
    position = tracking.position("7")
    assert position is not None
    assert (position.retained, position.on_route, position.metres) == (True, False, None)
    tracking.add([("7", fixes[0])], heard_at=START)
    tracking.add([("7", old)], heard_at=START + SECOND)
    position = tracking.position("7")
    assert position is not None
    assert (position.retained, position.at) == (False, START)


def test_a_parked_car_does_not_wander_along_the_road() -> None:
    plane = straight(3_000)
    tracking = Tracking(event_on(plane))
    x, y, _ = Course(plane).place(1_000)
    parked = [Truth(START + i * SECOND, 1_000, x, y, 2.0, float(i * 37 % 360)) for i in range(1_800)]
    for fix in fixes_of(parked, noise=5.0):
        tracking.add([("7", fix)])
        position = tracking.position("7")
        assert position is not None
        assert position.metres == pytest.approx(1_000, abs=25)


def test_a_faulty_checkpoint_is_refused_and_changes_nothing() -> None:
    tracking = Tracking(event_on(straight(3_000)))
    tracking.add([("7", fix) for fix in fixes_of(Course(straight(3_000)).drive(15.0))])
    before = tracking.position("7")
    for faulty in ({"v": 2, "cars": {}}, {}, {"v": 1, "cars": {"7": {}}}):
        with pytest.raises((KeyError, TypeError, ValueError)):
            tracking.restore(faulty)
        assert tracking.position("7") == before


def test_a_rally_without_routes_still_shows_where_cars_are() -> None:
    tracking = Tracking(event_on())
    (fix, *_) = fixes_of(Course(straight(100)).drive(15.0))
    tracking.add([("7", fix)])
    position = tracking.position("7")
    assert position is not None
    assert (position.lat, position.leg, position.metres) == (fix.lat, None, None)


def test_retained_places_across_a_line_time_nothing_and_are_no_start_of_a_drive() -> None:
    course = Course(straight(3_000))
    tracking = Tracking(event_on(straight(3_000), controls=[control(1, 1_000, course)]))
    fixes = fixes_of(course.drive(15.0, end=1_500))
    moved = tracking.add([("7", dataclasses.replace(fix, retained=True)) for fix in fixes])
    assert moved.stamps == ()
    position = tracking.position("7")
    assert position is not None
    assert (position.metres, position.on_route) == (None, False)
    (stamp,) = tracking.add([("7", fix) for fix in fixes]).stamps
    assert stamp.control == "PC1"


def test_a_crossing_that_is_on_record_is_not_found_a_second_time() -> None:
    course = Course(straight(3_000))
    event = event_on(straight(3_000), controls=[control(1, 1_000, course), control(2, 1_400, course)])
    fixes = fixes_of(course.drive(15.0, end=1_500))
    first, _second = Tracking(event).add([("7", fix) for fix in fixes]).stamps
    again = Tracking(event)
    again.known_crossing(first)
    (found,) = again.add([("7", fix) for fix in fixes]).stamps
    assert found.control == "PC2"
