"""Controls laid on the road in order, and the road book's distances."""

import random
from dataclasses import replace

import pytest

from tests.core.drives import START, Course, control, event_on, figure_eight, out_and_back, straight, to_route
from timing.core.instant import DAY, HOUR
from timing.core.leg_road import LegRoad, lay_roads, place_controls
from timing.core.route_line import RouteLine


def laid(plane: list[tuple[float, float]], metres: list[int], *, printed: bool = True) -> list[float]:
    course = Course(plane)
    controls = [control(i, m, course) for i, m in enumerate(metres)]
    if not printed:
        controls = [replace(one, metres=None) for one in controls]
    return [along for along, _ in place_controls(RouteLine.from_points(to_route(plane)), controls)]


def test_controls_on_a_road_driven_twice_are_each_laid_on_their_own_pass() -> None:
    plane = out_and_back(2_000)
    metres = [100, 700, 1_500, 2_600, 3_500, 4_000]
    assert laid(plane, metres) == [pytest.approx(m, abs=3) for m in metres]
    eight = figure_eight()
    metres = [0, 400, 950, 1_400, 1_829, 2_300, 3_600]
    assert laid(eight, metres) == [pytest.approx(m, abs=5) for m in metres]


def test_the_order_decides_where_the_road_book_gives_no_distance() -> None:
    plane = out_and_back(2_000)
    found = laid(plane, [100, 1_500, 2_600, 4_000], printed=False)
    assert found == sorted(found)


def test_distances_that_differ_from_the_line_still_choose_the_right_pass() -> None:
    plane = out_and_back(2_000)
    course = Course(plane)
    chance = random.Random(1)
    metres = [100, 700, 1_500, 2_600, 3_500, 4_000]
    printed = [
        replace(control(i, m, course), metres=round(1.02 * m) + chance.randrange(-30, 30))
        for i, m in enumerate(metres)
    ]
    found = place_controls(RouteLine.from_points(to_route(plane)), printed)
    assert [along for along, _ in found] == [pytest.approx(m, abs=5) for m in metres]


def test_without_coordinates_the_printed_distance_is_scaled_to_the_line() -> None:
    plane = straight(5_000)
    controls = [replace(control(i, 2_000 * i), lat=None, lon=None) for i in range(6)]
    found = place_controls(RouteLine.from_points(to_route(plane)), controls)
    assert [round(along, -1) for along, _ in found] == [0, 1_000, 2_000, 3_000, 4_000, 5_000]


def test_a_control_far_from_the_road_leaves_the_others_in_their_places() -> None:
    plane = straight(5_000)
    course = Course(plane)
    astray = replace(control(1, 1_000, course), lat=46.0, metres=None)
    controls = [control(0, 500, course), astray, control(2, 1_500, course)]
    found = place_controls(RouteLine.from_points(to_route(plane)), controls)
    assert [c.id for _, c in found] == ["PC0", "PC2"]


def test_the_road_books_metres_hold_at_the_controls_and_in_between() -> None:
    plane = straight(4_000)
    course = Course(plane)
    controls = [replace(control(i, 1_000 * i, course), metres=1_100 * i) for i in range(4)]
    (road,) = lay_roads(event_on(plane, controls=controls)).values()
    assert isinstance(road, LegRoad)
    assert road.official(2_000.0) == pytest.approx(2_200, abs=2)
    assert road.official(2_500.0) == pytest.approx(2_750, abs=2)
    assert road.official(3_500.0) == pytest.approx(3_800, abs=2)
    for along in (-20.0, 0.0, 777.0, 3_000.0, 3_900.0):
        assert road.along(road.official(along)) == pytest.approx(along, abs=0.01)


def test_a_leg_is_open_from_before_its_first_car_until_the_next_one_is_well_under_way() -> None:
    first, second = lay_roads(event_on(straight(1_000), straight(1_000))).values()
    assert first.first_due == START
    assert first.opens < START - HOUR
    assert START + DAY < first.closes < START + 2 * DAY
    assert second.opens < START + DAY < second.closes


def test_a_leg_without_a_route_has_no_road() -> None:
    assert lay_roads(replace(event_on(straight(1_000)), routes={})) == {}
    assert lay_roads(replace(event_on(straight(1_000)), routes={1: ((45.0, 11.0),)})) == {}
