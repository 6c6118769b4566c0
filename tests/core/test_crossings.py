"""Crossings of control lines: exact interpolation, one a pass, none by noise, none without proof."""

import math
import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.drives import (
    START,
    Course,
    Truth,
    control,
    event_on,
    fixes_of,
    hairpins,
    out_and_back,
    straight,
)
from timing.core.crossings import crossing_stamp, interpolate
from timing.core.event import Event
from timing.core.instant import HOUR, MINUTE, SECOND
from timing.core.positions import Tracking
from timing.core.readings import Fix, Source, Stamp
from timing.core.road_tracker import Placed

ROAD = straight(3_000)
COURSE = Course(ROAD)


def one_line(metres: int = 1_000) -> Event:
    return event_on(ROAD, controls=[control(1, metres, COURSE)])


def place(at: int, along: float, accuracy: float | None = None) -> Placed:
    fix = Fix(device="t1", at=at, lat=45.0, lon=11.0 + along / 78_846.8, accuracy=accuracy)
    return Placed(at, 1, along, 0.0, fix)


def standing(seconds: int, metres: float, start: int = START, speed: float = 0.0) -> list[Truth]:
    x, y, _ = COURSE.place(metres)
    return [Truth(start + i * SECOND, metres, x, y, speed, 0.0) for i in range(seconds)]


def crossings(event: Event, fixes: list[Fix]) -> list[Stamp]:
    tracking = Tracking(event)
    return [stamp for fix in fixes for stamp in tracking.add([("7", fix)]).stamps]


def test_a_car_between_two_fixes_is_dated_to_the_microsecond() -> None:
    # -8.4 m at 07.600 s, +14.1 m at 08.600 s: 8.4 / 22.5 of a second later.
    assert interpolate(7_600_000, 8_600_000, 8_400, 14_100) == 7_973_333
    stamp = crossing_stamp("7", "PC1", 1_000.0, place(7_600_000, 991.6), place(8_600_000, 1_014.1))
    assert stamp.at == 7_973_333
    assert (stamp.source, stamp.control, stamp.car, stamp.device) == (Source.G, "PC1", "7", "t1")
    assert stamp.crossing is not None
    assert (stamp.crossing.before_m, stamp.crossing.after_m) == (-8.4, 14.1)


def test_two_and_a_half_metres_at_22_and_a_half_metres_a_second_are_a_ninth_of_a_second() -> None:
    before, after = place(7_600_000, 991.6, accuracy=2.5), place(8_600_000, 1_014.1, accuracy=2.5)
    stamp = crossing_stamp("7", "PC1", 1_000.0, before, after)
    assert stamp.uncertainty == pytest.approx(111_000, abs=2_000)


@given(st.integers(0, 2**52), st.integers(1, 90 * SECOND), st.integers(0, 500_000), st.integers(0, 500_000))
def test_an_interpolated_instant_is_exact_and_between_its_fixes(
    at: int, gap: int, before: int, after: int
) -> None:
    if before + after == 0:
        return
    found = interpolate(at, at + gap, before, after)
    assert found == math.floor(at + Fraction(gap * before, before + after))
    assert at <= found <= at + gap


@pytest.mark.parametrize("speeds", [True, False], ids=["with speed", "places only"])
@pytest.mark.parametrize("speed", [5.0, 12.0, 22.5, 40.0])
def test_one_passing_is_one_crossing_at_the_true_time(speed: float, speeds: bool) -> None:
    for seed in range(10):
        drive = COURSE.drive(speed, end=1_500)
        (stamp,) = crossings(one_line(), fixes_of(drive, seed=seed, speeds=speeds))
        truth = START + round(1_000 / speed * SECOND)
        assert abs(stamp.at - truth) < 10.0 / speed * SECOND + 10_000
        assert stamp.uncertainty is not None
        assert abs(stamp.at - truth) < 3 * stamp.uncertainty


def test_a_tracker_whose_first_message_is_behind_the_line_proves_nothing() -> None:
    assert crossings(one_line(), fixes_of(COURSE.drive(15.0, begin=1_005, end=2_000))) == []


def test_a_car_parked_short_of_the_line_for_ten_minutes_arrives_once_when_it_drives_on() -> None:
    for seed in range(20):
        approach = COURSE.drive(10.0, end=996)
        parked = standing(600, 996, start=approach[-1].at + SECOND)
        away = COURSE.drive(10.0, begin=996, end=1_400, start=parked[-1].at + SECOND)
        fixes = fixes_of([*approach, *parked, *away], seed=seed, noise=6.0)
        found = crossings(one_line(), fixes)
        assert len(found) == 1
        assert abs(found[0].at - away[0].at) < 30 * SECOND


def test_a_parked_car_with_invented_speeds_arrives_once_at_most() -> None:
    for seed in range(20):
        chance = random.Random(seed)
        parked = [replace(truth, speed=chance.uniform(0.2, 4.0)) for truth in standing(600, 996)]
        fixes = fixes_of([*COURSE.drive(10.0, end=996, start=START - 100 * SECOND), *parked], seed, noise=6.0)
        assert len(crossings(one_line(), fixes)) <= 1


def test_waiting_across_the_line_for_four_minutes_is_one_crossing_at_the_arrival() -> None:
    for seed in range(10):
        approach = COURSE.drive(lambda along: 10.0 if along < 950 else 2.0, end=1_005)
        parked = standing(240, 1_005, start=approach[-1].at + SECOND)
        away = COURSE.drive(10.0, begin=1_005, end=1_400, start=parked[-1].at + SECOND)
        found = crossings(one_line(), fixes_of([*approach, *parked, *away], seed=seed))
        assert len(found) == 1
        assert abs(found[0].at - approach[-1].at) < 15 * SECOND


def test_driving_past_on_another_road_twenty_metres_away_from_a_control_off_the_route_is_nothing() -> None:
    # The route ends before the control's place: who drives by on the route has not been there.
    event = event_on(straight(900), controls=[replace(control(1, 1_000, COURSE), metres=None)])
    assert crossings(event, fixes_of(COURSE.drive(15.0, end=2_000))) == []


def test_a_gap_of_seven_seconds_still_proves_a_crossing() -> None:
    fixes = fixes_of(COURSE.drive(20.0, end=1_500))
    (stamp,) = crossings(one_line(), fixes[:47] + fixes[53:])
    assert stamp.note == ""
    assert abs(stamp.at - (START + 50 * SECOND)) < SECOND


def test_a_gap_of_twelve_seconds_is_noted_and_widens_the_uncertainty() -> None:
    fixes = fixes_of(COURSE.drive(20.0, end=1_500))
    (stamp,) = crossings(one_line(), fixes[:45] + fixes[56:])
    assert stamp.note == "gap of 12 s between the fixes"
    assert stamp.uncertainty is not None
    assert stamp.uncertainty > 2 * SECOND
    assert abs(stamp.at - (START + 50 * SECOND)) < stamp.uncertainty


def test_two_fixes_two_minutes_apart_prove_nothing() -> None:
    fixes = fixes_of(COURSE.drive(10.0, end=2_000))
    assert crossings(one_line(), fixes[:40] + fixes[160:]) == []


@pytest.mark.parametrize("interval", [1.0, 60.0])
def test_a_backlog_sent_newest_first_is_exactly_one_crossing_dated_by_interpolation(interval: float) -> None:
    speed = 15.0 if interval == 1.0 else 2.5
    fixes = fixes_of(COURSE.drive(speed, end=1_900, interval=interval))
    tunnel = range(3, len(fixes) - 1)
    event = one_line()
    tracking = Tracking(event)
    for fix in fixes[: tunnel.start]:
        tracking.add([("7", fix)])
    found = list(tracking.add([("7", fixes[-1])]).stamps)
    for i in reversed(tunnel):
        found += tracking.add([("7", fixes[i])]).stamps
    assert len(found) == 1
    assert abs(found[0].at - (START + round(1_000 / speed * SECOND))) < 0.2 * interval * SECOND + SECOND


@pytest.mark.parametrize("seed", range(5))
def test_a_backlog_in_any_order_with_repetitions_makes_no_storm(seed: int) -> None:
    fixes = fixes_of(COURSE.drive(15.0, end=2_500))
    event = event_on(ROAD, controls=[control(i, 400 * i, COURSE) for i in range(1, 6)])
    tracking = Tracking(event)
    late = random.Random(seed).choices(fixes[20:-1], k=600)
    stamps = [s for f in [*fixes[:20], fixes[-1], *late] for s in tracking.add([("7", f)]).stamps]
    controls = [stamp.control for stamp in stamps]
    assert len(controls) == len(set(controls))
    assert len(controls) >= 4


def test_a_late_fix_does_not_repeat_a_crossing_that_a_wider_pair_proved() -> None:
    fixes = fixes_of(COURSE.drive(20.0, end=1_500))
    tracking = Tracking(one_line())
    found = list(tracking.add([("7", fix) for fix in fixes[:47] + fixes[53:]]).stamps)
    assert len(found) == 1
    assert tracking.add([("7", fix) for fix in fixes[47:53]]).stamps == ()


def test_a_second_run_counts_again_and_going_back_does_not() -> None:
    first = COURSE.drive(15.0, end=1_200)
    back = [
        Truth(first[-1].at + (i + 1) * SECOND, t.along, t.x, t.y, t.speed, (t.course + 180) % 360)
        for i, t in enumerate(reversed(first[40:]))
    ]
    again = COURSE.drive(15.0, begin=back[-1].along, end=1_500, start=back[-1].at + SECOND)
    found = crossings(one_line(), fixes_of([*first, *back, *again]))
    assert len(found) == 2
    assert found[1].at - found[0].at > 30 * SECOND


def test_each_pass_of_a_road_driven_out_and_back_belongs_to_its_own_control() -> None:
    plane = out_and_back(2_000)
    course = Course(plane)
    length = round(course.length)
    controls = [control(1, 500, course), control(2, length // 2, course), control(3, length - 500, course)]
    found = crossings(event_on(plane, controls=controls), fixes_of(course.drive(15.0)))
    assert [stamp.control for stamp in found] == ["PC1", "PC2", "PC3"]
    for stamp, metres in zip(found, (500, length // 2, length - 500), strict=True):
        assert abs(stamp.at - (START + round(metres / 15.0 * SECOND))) < 2 * SECOND


def test_the_arms_of_a_hairpin_road_do_not_trigger_each_others_lines() -> None:
    plane = hairpins(10)
    course = Course(plane)
    controls = [control(i, 215 * i + 60, course) for i in range(10)]
    for seed in range(5):
        found = crossings(event_on(plane, controls=controls), fixes_of(course.drive(10.0), seed=seed))
        assert [stamp.control for stamp in found] == [c.id for c in controls]


def test_two_equal_places_and_two_of_equal_latitude_give_no_nonsense() -> None:
    (fix, *_) = fixes_of(COURSE.drive(10.0, begin=1_000, end=1_001), noise=0.0)
    same = [replace(fix, at=START + i * SECOND, lat=fix.lat, lon=fix.lon) for i in range(10)]
    assert crossings(one_line(), same) == []
    along = [replace(f, lat=fix.lat) for f in fixes_of(COURSE.drive(10.0, end=1_200), noise=0.0)]
    assert len(crossings(one_line(), along)) == 1


def test_a_control_at_the_very_end_of_the_road_can_be_crossed() -> None:
    longer = Course(straight(4_000))
    fixes = fixes_of(longer.drive(15.0, end=3_060))
    (stamp,) = crossings(one_line(3_000), fixes)
    assert abs(stamp.at - (START + 200 * SECOND)) < SECOND


def test_who_stops_behind_the_line_for_good_has_arrived() -> None:
    approach = COURSE.drive(lambda along: 10.0 if along < 980 else 1.5, end=1_006)
    parked = standing(120, 1_006, start=approach[-1].at + SECOND)
    (stamp,) = crossings(one_line(), fixes_of([*approach, *parked], speeds=True))
    assert abs(stamp.at - approach[-1].at) < 20 * SECOND


def test_an_old_passing_in_a_backlog_does_not_bring_a_second_arrival_today() -> None:
    fixes = fixes_of(COURSE.drive(15.0, end=1_500))
    tracking = Tracking(one_line())
    stamps = list(tracking.add([("7", fix) for fix in fixes]).stamps)
    old = [replace(fix, at=fix.at - 30 * MINUTE) for fix in fixes]
    stamps += tracking.add([("7", fix) for fix in old]).stamps
    assert len(stamps) == 1
    assert abs(stamps[0].at - START) < HOUR
