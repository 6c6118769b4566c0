"""Fixes that no car of the event can have sent."""

import math
from dataclasses import replace

import pytest

from tests.core.drives import START, event_on, straight
from timing.core.fix_checks import ANYWHERE, doubt_itself, event_area, outvoted, reachable, too_far
from timing.core.instant import DAY, MINUTE, SECOND
from timing.core.readings import Fix

HERE = Fix(device="t1", at=START, lat=45.0, lon=11.0)
AREA = event_area(event_on(straight(3_000)))


def test_the_area_is_the_routes_and_the_country_around_them() -> None:
    assert AREA.holds(45.3, 11.5)
    for lat, lon in ((0.0, 0.0), (0.01311, 0.01311), (45.0, -11.0), (-45.0, 11.0), (47.0, 11.0)):
        assert not AREA.holds(lat, lon)


def test_an_area_over_the_180th_meridian_is_small_and_whole() -> None:
    routes = {1: ((-17.0, 179.9), (-17.1, -179.9))}
    area = event_area(replace(event_on(straight(10)), routes=routes))
    assert area.holds(-17.0, 180.0)
    assert area.holds(-17.0, -179.5)
    assert area.holds(-17.0, 179.5)
    assert not area.holds(-17.0, 0.0)


def test_without_routes_any_place_on_earth_will_do() -> None:
    area = event_area(event_on())
    assert area == ANYWHERE
    assert area.holds(0.0, 0.0)
    assert area.holds(-90.0, 180.0)
    assert not area.holds(91.0, 0.0)


@pytest.mark.parametrize("field", ["lat", "lon", "speed", "course", "accuracy"])
@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_no_number_is_refused(field: str, number: float) -> None:
    refused = doubt_itself(replace(HERE, **{field: number}), AREA, START)  # type: ignore[arg-type]
    assert refused is not None
    assert refused.reason == "outside_event_area"


def test_a_minute_ahead_is_a_slow_clock_of_ours_and_more_is_the_future() -> None:
    assert doubt_itself(replace(HERE, at=START + MINUTE), AREA, START) is None
    for ahead in (MINUTE + 1, 334 * DAY):
        refused = doubt_itself(replace(HERE, at=START + ahead), AREA, START)
        assert refused is not None
        assert (refused.reason, refused.device, refused.reading) == (
            "future",
            "t1",
            replace(HERE, at=START + ahead),
        )
    assert doubt_itself(replace(HERE, at=START + DAY), AREA, None) is None


def test_how_far_a_car_may_be_grows_with_the_time_and_the_doubt() -> None:
    away = replace(HERE, lat=45.02)
    assert not reachable(HERE, replace(away, at=START + 10 * SECOND))
    assert reachable(HERE, replace(away, at=START + 30 * SECOND))
    assert reachable(replace(away, at=START + 30 * SECOND), HERE)
    assert reachable(HERE, replace(away, at=START + 13 * SECOND, accuracy=1_000.0))
    refused = too_far(HERE, replace(away, at=START + 10 * SECOND))
    assert refused.reason == "impossible_speed"
    assert refused.detail == "2224 m from the fix 10 s away from it in time"


def test_three_that_agree_outvote_and_three_that_do_not_do_not() -> None:
    there = [replace(HERE, lat=45.5, at=START + i * SECOND) for i in range(3)]
    refused: list[Fix] = []
    assert [outvoted(refused, fix) for fix in there] == [False, False, True]
    apart = [replace(HERE, lat=45.5 + i, at=START + i * SECOND) for i in range(5)]
    refused = []
    assert not any(outvoted(refused, fix) for fix in apart)
