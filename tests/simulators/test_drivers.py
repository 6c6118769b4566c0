import math
from itertools import pairwise

import pytest

from simulators.drivers import STAGE, TOURING, Pace, Zone, temper_of
from timing.core.entries import Entry
from timing.core.instant import SECOND
from timing.core.route_line import RouteLine


def line(*metres: tuple[float, float]) -> RouteLine:
    """A road through points given in metres east and north, with a point every 20 m."""
    points = []
    for (x0, y0), (x1, y1) in pairwise(metres):
        pieces = max(1, round(math.hypot(x1 - x0, y1 - y0) / 20))
        points += [(x0 + (x1 - x0) * i / pieces, y0 + (y1 - y0) * i / pieces) for i in range(pieces)]
    points.append(metres[-1])
    return RouteLine.from_points([(44.0 + y / 111_100, 11.0 + x / 80_000) for x, y in points])


def crew(number: str) -> Entry:
    return Entry(car_number=number, order=0, start_offset=0, driver="N. N.", year=1970)


def test_a_straight_road_is_driven_at_top_speed_and_a_corner_slowly() -> None:
    straight, corner = line((0, 0), (4_000, 0)), line((0, 0), (2_000, 0), (2_000, 2_000))
    middle = Pace(straight, TOURING).between(1_000, 3_000) / SECOND
    round_it = Pace(corner, TOURING).between(1_900, 2_100) / SECOND
    assert middle == pytest.approx(2_000 / TOURING.top, rel=0.01)
    assert 200 / round_it < 0.6 * TOURING.top


def test_a_car_brakes_before_a_capped_zone_and_no_harder_than_it_can() -> None:
    pace = Pace(line((0, 0), (4_000, 0)), TOURING, [Zone(2_000, 2_200, cap=5.0)])
    inside = 200 / (pace.between(2_000, 2_200) / SECOND)
    assert inside == pytest.approx(5.0, rel=0.05)
    speeds = [10 / (pace.between(m, m + 10) / SECOND) for m in range(1_500, 2_000, 10)]
    braking = [(a**2 - b**2) / 20 for a, b in pairwise(speeds)]
    assert max(braking) <= TOURING.brake * 1.05


def test_a_stage_is_driven_faster_than_the_open_road() -> None:
    road = line((0, 0), (1_500, 0), (2_500, 1_000), (4_000, 1_000))
    length = road.length
    assert Pace(road, TOURING, [Zone(0, length, manner=STAGE)]).between(0, length) < Pace(
        road, TOURING
    ).between(0, length)


def test_seconds_and_metres_are_each_others_inverse() -> None:
    pace = Pace(line((0, 0), (1_000, 0), (1_000, 1_000)), TOURING)
    for metres in (0.0, 3.0, 555.5, 1_234.5, 1_990.0):
        assert float(pace.metres_at([pace.seconds(metres)])[0]) == pytest.approx(metres, abs=0.01)


def test_a_crew_drives_alike_whenever_asked_and_crews_differ() -> None:
    assert temper_of(3, crew("7")) == temper_of(3, crew("7"))
    assert temper_of(3, crew("7")) != temper_of(3, crew("8"))
    assert temper_of(3, crew("7")) != temper_of(4, crew("7"))
