"""The bending and cutting of roads."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.road_line import RoadLine, Waypoint, build_line, distance

LAT, LON = 34.0, -117.0
NORTH, EAST = 110_922.0, 92_385.0  # metres a degree there


def place(east: float, north: float, name: str = "") -> Waypoint:
    """A waypoint some metres east and north of a fixed point."""
    return Waypoint(
        lat=LAT + north / NORTH,
        lon=LON + east / EAST,
        elevation=100.0,
        name=name,
    )


def offsets(line: RoadLine) -> list[tuple[float, float]]:
    return [((p.lon - LON) * EAST, (p.lat - LAT) * NORTH) for p in line.points]


def test_distances_agree_with_vincentys_geodesics() -> None:
    # One degree of latitude and of longitude at 34 N, from the tables of the WGS 84 ellipsoid.
    assert distance((33.5, 0.0), (34.5, 0.0)) == pytest.approx(110_922.0, abs=3.0)
    assert distance((34.0, 0.0), (34.0, 0.1)) == pytest.approx(9_238.5, abs=0.5)


def test_every_waypoint_lies_on_the_road() -> None:
    waypoints = [place(0, 0), place(900, 100), place(1400, 900), place(600, 1500), place(-200, 900)]
    points = [(p.lat, p.lon) for p in build_line(waypoints, 80).points]
    for waypoint in waypoints:
        assert min(distance((waypoint.lat, waypoint.lon), point) for point in points) < 0.2


def test_no_two_points_are_further_apart_than_a_fifth_over_the_spacing() -> None:
    line = build_line([place(0, 0), place(700, 500), place(2000, 300), place(2100, -900)], 80)
    assert max(b - a for a, b in itertools.pairwise(line.metres)) < 96


def test_a_town_corner_is_driven_near_the_corner() -> None:
    line = build_line([place(0, 0), place(1500, 0), place(1500, 1500)], 80)
    beyond = [max(x - 1500, -y) for x, y in offsets(line)]
    assert max(beyond) < 8


def test_a_road_out_and_back_lies_on_itself() -> None:
    out = [place(0, 0), place(600, 200), place(1300, 100), place(1900, 500)]
    line = build_line([*out, *out[-2::-1]], 80)
    half = len(line.points) // 2
    assert line.points[half] == max(line.points, key=lambda p: p.lon)
    for there, back in zip(line.points[:half], line.points[:half:-1], strict=True):
        assert distance((there.lat, there.lon), (back.lat, back.lon)) < 0.2


def test_places_know_their_distance_along_the_road() -> None:
    line = build_line([place(0, 0, "A"), place(1000, 0, "B"), place(2000, 0, "C")], 80)
    assert line.places["A"] == 0
    assert line.places["B"] == pytest.approx(1000, abs=2)
    assert line.places["C"] == line.length


def test_a_point_between_two_points_is_found_and_one_off_the_end_refused() -> None:
    line = build_line([place(0, 0), place(1000, 0)], 80)
    lat, lon = line.at(333.0)
    assert distance((lat, lon), (LAT, LON)) == pytest.approx(333.0, abs=0.2)
    with pytest.raises(ValueError, match="is not on a road"):
        line.at(line.length + 1)


def test_heights_are_met_and_never_overshot() -> None:
    waypoints = [
        Waypoint(lat=34.0, lon=-117.0, elevation=100),
        Waypoint(lat=34.01, lon=-117.0),
        Waypoint(lat=34.02, lon=-117.0, elevation=900),
        Waypoint(lat=34.03, lon=-117.0, elevation=300),
    ]
    heights = [p.elevation for p in build_line(waypoints, 80).points]
    top = heights.index(max(heights))
    assert (heights[0], heights[top], heights[-1]) == (100, 900, 300)
    assert heights == sorted(heights[: top + 1]) + sorted(heights[top + 1 :], reverse=True)


@pytest.mark.parametrize(
    ("waypoints", "message"),
    [
        ([place(0, 0)], "do not make a road"),
        ([place(0, 0, "A"), place(9, 0), place(500, 0, "A")], "two waypoints are named 'A'"),
        ([Waypoint(lat=1, lon=1), place(0, 0)], "need a height"),
        ([place(0, 0), place(9, 0), place(9, 0)], "two waypoints follow each other"),
    ],
)
def test_waypoints_that_make_no_road_are_refused_by_name(waypoints: list[Waypoint], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_line(waypoints, 80)


@given(
    st.lists(
        st.tuples(st.integers(-4000, 4000), st.integers(-4000, 4000)), min_size=2, max_size=12, unique=True
    )
)
def test_any_waypoints_give_a_line_that_only_goes_forward(corners: list[tuple[int, int]]) -> None:
    line = build_line([place(east, north) for east, north in corners], 80)
    assert all(math.isfinite(p.lat) and math.isfinite(p.lon) for p in line.points)
    assert all(b >= a for a, b in itertools.pairwise(line.metres))
    chord = sum(distance((a.lat, a.lon), (b.lat, b.lon)) for a, b in itertools.pairwise(line.points))
    assert line.length == pytest.approx(chord)
