"""The line of a road: lengths, nearest places, and numpy giving what plain Python gives."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.drives import (
    Course,
    at_metres,
    figure_eight,
    hairpins,
    out_and_back,
    straight,
    to_route,
    winding,
)
from timing.core.route_line import GRID_REACH, RouteLine, course_between, metres_between


def line_of(plane: list[tuple[float, float]]) -> RouteLine:
    return RouteLine.from_points(to_route(plane))


def test_a_degree_of_latitude_has_its_length_on_the_ellipsoid() -> None:
    # WGS 84: 111.132 km from 44.5 to 45.5 degrees north, 110.574 km at the equator.
    assert RouteLine.from_points([(44.5, 11.0), (45.5, 11.0)]).length == pytest.approx(111_132, abs=30)
    assert RouteLine.from_points([(-0.5, 11.0), (0.5, 11.0)]).length == pytest.approx(110_574, abs=30)
    assert RouteLine.from_points([(45.0, 11.0), (45.0, 12.0)]).length == pytest.approx(78_847, abs=30)


def test_repeated_points_are_left_out_and_one_point_is_no_road() -> None:
    one, two = (45.0, 11.0), (45.001, 11.0)
    assert RouteLine.from_points([one, one, two, two]).length == RouteLine.from_points([one, two]).length
    for points in ([], [one], [one, one]):
        with pytest.raises(ValueError, match="two different points"):
            RouteLine.from_points(points)


@given(st.floats(0, 1_000), st.floats(-40, 40))
def test_a_place_beside_a_straight_road_is_found_where_it_is(along: float, off: float) -> None:
    line = line_of([(0.0, 0.0), (1_000.0, 0.0)])
    lat, lon = at_metres(along, off)
    (spot,) = line.locate_all(lat, lon, 60.0)
    assert spot.along == pytest.approx(along, abs=0.5)
    assert spot.off == pytest.approx(abs(off), abs=0.1)
    assert spot.course == pytest.approx(90.0, abs=0.1)


def test_both_sides_of_a_turning_point_are_found_also_with_long_segments() -> None:
    line = line_of([(0.0, 0.0), (500.0, 0.0), (0.0, 0.0)])
    lat, lon = at_metres(450.0, 3.0)
    spots = line.spots(lat, lon, 0.0, 1_000.0, 50.0)
    assert [spot.along for spot in spots] == [pytest.approx(450, abs=0.5), pytest.approx(550, abs=0.5)]
    assert [spot.course for spot in spots] == [pytest.approx(90, abs=0.1), pytest.approx(270, abs=0.1)]


def test_the_outside_of_a_corner_is_nearest_to_the_corner() -> None:
    line = line_of([(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)])
    lat, lon = at_metres(110.0, -10.0)
    (spot,) = line.spots(lat, lon, 0.0, 200.0, 50.0)
    assert spot.along == pytest.approx(100.0, abs=0.1)
    assert spot.off == pytest.approx(math.hypot(10, 10), abs=0.1)
    assert spot.course == pytest.approx(45.0, abs=0.5)


def test_a_road_through_one_place_four_times_is_found_four_times() -> None:
    line = line_of(figure_eight())
    spots = line.locate_all(*at_metres(0.0, 0.0), 30.0)
    assert len({round(spot.along / 50) for spot in spots}) >= 4


def test_a_window_hides_the_other_pass() -> None:
    plane = out_and_back(1_000)
    line = line_of(plane)
    lat, lon = line.point_at(400.0)
    assert len(line.locate_all(lat, lon, 50.0)) >= 2
    (spot,) = line.spots(lat, lon, 300.0, 500.0, 50.0)
    assert spot.along == pytest.approx(400.0, abs=0.1)


def test_an_edge_of_the_window_is_no_nearest_place() -> None:
    line = line_of(straight(2_000))
    lat, lon = at_metres(520.0, 0.0)
    assert line.spots(lat, lon, 100.0, 500.0, 50.0) == []


def test_behind_the_ends_the_road_goes_on_for_a_little() -> None:
    line = line_of(straight(1_000))
    (spot,) = line.locate_all(*at_metres(1_040.0, 0.0), 60.0)
    assert spot.along == pytest.approx(1_040, abs=0.5)
    (spot,) = line.locate_all(*at_metres(-40.0, 0.0), 60.0)
    assert spot.along == pytest.approx(-40, abs=0.5)


@pytest.mark.parametrize("make", [lambda: hairpins(12), figure_eight, lambda: winding(8_000, 2)])
def test_the_batch_gives_exactly_what_single_searches_give(make: object) -> None:
    assert callable(make)
    plane = make()
    course = Course(plane)
    line = line_of(plane)
    chance = random.Random(7)
    lats, lons, los, his = [], [], [], []
    for _ in range(300):
        along = chance.uniform(-20, course.length + 20)
        x, y, _ = course.place(along)
        lat, lon = at_metres(x + chance.gauss(0, 15), y + chance.gauss(0, 15))
        lats.append(lat)
        lons.append(lon)
        los.append(along - chance.uniform(0, 200))
        his.append(along + chance.uniform(0, 400))
    batch = line.spots_batch(lats, lons, los, his, [50.0] * len(lats))
    assert batch == [line.spots(*asked, 50.0) for asked in zip(lats, lons, los, his, strict=True)]
    assert sum(len(spots) for spots in batch) > 300


def test_the_grid_finds_what_a_search_of_the_whole_line_finds() -> None:
    line = line_of(winding(20_000, 4))
    chance = random.Random(5)
    for _ in range(200):
        lat, lon = line.point_at(chance.uniform(0, line.length))
        lat, lon = lat + chance.gauss(0, 60) / 111_000, lon + chance.gauss(0, 60) / 79_000
        assert line.locate_all(lat, lon, GRID_REACH) == line.spots(lat, lon, -1e9, 1e9, GRID_REACH)


def test_the_grid_finds_roads_of_few_and_distant_points() -> None:
    line = line_of([(0.0, 0.0), (30_000.0, 4_000.0), (60_000.0, -9_000.0)])
    for along in range(50, 60_000, 997):
        lat, lon = line.point_at(float(along))
        spots = line.locate_all(lat + 100 / 111_000, lon, GRID_REACH)
        assert [spot.along for spot in spots] == [pytest.approx(along, abs=60)]


def test_a_road_over_the_180th_meridian_has_no_seam() -> None:
    line = RouteLine.from_points([(-17.0, 179.99), (-17.0, -179.99)])
    assert line.length == pytest.approx(2_130, abs=10)
    (spot,) = line.locate_all(-17.0, -179.999, 50.0)
    assert spot.along == pytest.approx(line.length * 11 / 20, abs=2)
    assert metres_between(-17.0, 179.99, -17.0, -179.99) == pytest.approx(2_127, abs=10)


def test_a_point_at_a_distance_is_on_the_line_and_held_to_its_ends() -> None:
    line = line_of(hairpins(4))
    for along in (0.0, 123.4, line.length / 2, line.length):
        lat, lon = line.point_at(along)
        assert any(
            spot.off < 0.01 and spot.along == pytest.approx(along, abs=0.1)
            for spot in line.locate_all(lat, lon, 20.0)
        )
    assert line.point_at(-5.0) == line.point_at(0.0)
    assert line.point_at(line.length + 5.0) == line.point_at(line.length)


def test_a_far_off_car_is_about_as_far_as_it_is() -> None:
    line = line_of(straight(5_000))
    assert line.rough_distance(*at_metres(2_500.0, 8_000.0)) == pytest.approx(8_000, rel=0.01)


def test_courses_are_from_true_north() -> None:
    assert course_between(45.0, 11.0, 45.01, 11.0) == pytest.approx(0.0)
    assert course_between(45.0, 11.0, 45.0, 11.01) == pytest.approx(90.0)
    assert course_between(45.0, 11.0, 44.99, 11.0) == pytest.approx(180.0)
