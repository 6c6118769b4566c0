"""The stages by themselves: what each says, their order, and that the quick look asks for more."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices import fix_stages
from devices.fix_stages import (
    KNOWN,
    STAGES,
    WEEK_ROLLOVER,
    Area,
    Bounds,
    Doubt,
    Seen,
    Verdict,
    doubt_time,
    event_area,
    local_time,
    nothing_to_doubt,
)
from timing.core.instant import DAY, HOUR, MINUTE, SECOND, Duration, parse_instant
from timing.core.readings import Fix

NOW = parse_instant("2026-09-20T10:00:00Z")
BOUNDS = Bounds(
    area=Area(south=46.8, west=10.7, north=47.5, east=11.8),
    since=NOW - DAY,
    until=NOW + 3 * DAY,
    ahead=5 * SECOND,
    oldest=7 * DAY,
    fastest=250 / 3.6,
    worst=100.0,
)


def fix(at: int = NOW, lat: float = 47.1, lon: float = 11.2, **more: Any) -> Fix:
    return Fix(device="T12", at=at, lat=lat, lon=lon, **more)


def seen(**more: Any) -> Seen:
    bounds = replace(BOUNDS, **{name: more.pop(name) for name in list(more) if hasattr(BOUNDS, name)})
    return Seen(bounds, **({"received_at": NOW} | more))


def said(verdict: Verdict) -> str:
    return verdict.reason if isinstance(verdict, Doubt) else "known" if verdict is KNOWN else "passes"


def test_the_order_of_the_stages_is_the_one_that_is_written_down() -> None:
    names = [stage.__name__ for stage in STAGES]
    assert names == ["unit", "time", "duplicate", "order", "place", "speed", "accuracy"]
    table = (fix_stages.__doc__ or "").splitlines()
    rows = [line.split()[0] for line in table if line.split()[:1] and line.split()[0] in names]
    assert rows == names


@pytest.mark.parametrize(
    ("stage", "bad", "remembered", "reason"),
    [
        (fix_stages.time, fix(NOW - WEEK_ROLLOVER), {}, "week_rollover"),
        (fix_stages.time, fix(NOW + 6 * SECOND), {}, "future"),
        (fix_stages.time, fix(NOW - 8 * DAY), {}, "too_old"),
        (
            fix_stages.time,
            fix(NOW - 2 * HOUR),
            {"zone": -8, "zone_count": 10, "zone_since": NOW - MINUTE},
            "local_time",
        ),
        (fix_stages.duplicate, fix(), {"believed": fix()}, "known"),
        (fix_stages.order, fix(lat=47.11), {"believed": fix()}, "two_places"),
        (fix_stages.place, fix(lat=0, lon=0), {}, "outside_event_area"),
        (fix_stages.speed, fix(lat=47.2), {"believed": fix(NOW - SECOND)}, "impossible_speed"),
        (fix_stages.accuracy, fix(accuracy=101.0), {}, "accuracy"),
    ],
)
def test_each_stage_says_why(
    stage: Callable[[Fix, Seen], Verdict], bad: Fix, remembered: dict[str, Any], reason: str
) -> None:
    verdict = stage(bad, seen(**remembered))
    assert said(verdict) == reason
    assert not isinstance(verdict, Doubt) or len(verdict.detail) > 10
    good = fix(NOW, 47.1001, 11.2)
    assert stage(good, seen(believed=fix(NOW - SECOND))) is good


def test_a_stage_changes_nothing_that_it_is_shown() -> None:
    remembered = seen(believed=fix(NOW - SECOND), doubted=[fix(lat=47.3)], zone=3, zone_count=20)
    before = replace(remembered, doubted=list(remembered.doubted))
    for stage in STAGES:
        stage(fix(lat=47.3001), remembered)
    assert remembered == before


def test_two_places_of_one_second_are_fine_as_far_as_a_car_drives_in_it() -> None:
    last = fix(lat=47.1)
    assert said(fix_stages.order(fix(lat=47.1005), seen(believed=last))) == "passes"
    assert said(fix_stages.order(fix(lat=47.1012), seen(believed=last))) == "two_places"


def test_lost_weeks_are_put_back_where_an_official_has_said_so() -> None:
    lost = fix(NOW - WEEK_ROLLOVER - SECOND)
    assert fix_stages.time(lost, seen(repair_weeks=True)) == fix(NOW - SECOND)
    assert said(fix_stages.time(fix(NOW + 30 * DAY), seen(repair_weeks=True))) == "future"


def test_a_clock_that_shows_local_time_is_put_right_where_an_official_has_said_so() -> None:
    assert fix_stages.time(fix(NOW + 2 * HOUR), seen(shift=2 * HOUR)) == fix(NOW)
    assert said(fix_stages.time(fix(NOW + 2 * HOUR + MINUTE), seen(shift=2 * HOUR))) == "future"


def test_a_speed_is_scaled_by_the_register_and_left_out_where_its_unit_is_wrong() -> None:
    assert fix_stages.unit(fix(speed=10.0), seen(speed_scale=0.5)) == fix(speed=5.0)
    assert fix_stages.unit(fix(speed=10.0), seen(unit=0.5144)) == fix(speed=None)
    assert fix_stages.unit(fix(speed=None), seen(unit=0.5144)) == fix(speed=None)


_SOMETIME = st.integers(NOW - 9 * DAY, NOW + DAY) | st.integers(NOW - 20 * SECOND, NOW + 10 * SECOND)
_FIXES = st.builds(
    fix,
    at=_SOMETIME,
    lat=st.floats(46.5, 48) | st.sampled_from([47.1, 47.1001, 47.1006]),
    lon=st.floats(10.5, 12) | st.sampled_from([11.2, 11.2001, 11.2006]),
    accuracy=st.none() | st.floats(0, 200),
    speed=st.none() | st.floats(0, 60),
)


@settings(max_examples=1_500, deadline=None)
@given(
    one=_FIXES,
    believed=st.none() | _FIXES,
    decided=st.sampled_from([{}, {"shift": HOUR, "decided": True}, {"speed_scale": 2.0, "decided": True}]),
    zone=st.sampled_from([0, 0, 0, 4]),
    unit=st.sampled_from([0.0, 0.0, 0.5144]),
)
def test_what_the_quick_look_lets_pass_every_stage_lets_pass_as_it_is(
    one: Fix, believed: Fix | None, decided: dict[str, Any], zone: int, unit: float
) -> None:
    remembered = seen(believed=believed, zone=zone, zone_count=20 * bool(zone), unit=unit, **decided)
    if nothing_to_doubt(one, remembered):
        assert [stage(one, remembered) is one for stage in STAGES] == [True] * len(STAGES)


def test_the_quick_look_is_enough_for_a_car_that_drives() -> None:
    for second in range(1, 50):
        before, here = (fix(NOW - n * SECOND, 47.1 - n * 0.0003) for n in (second + 1, second))
        assert nothing_to_doubt(here, seen(believed=before))


@pytest.mark.parametrize(
    ("off", "text"),
    [
        (2 * HOUR, "+02:00"),
        (5 * HOUR + 45 * MINUTE + 20 * SECOND, "+05:45"),
        (-3 * HOUR - 30 * MINUTE, "-03:30"),
        (10 * SECOND, ""),
        (15 * HOUR, ""),
        (2 * HOUR + 5 * MINUTE, ""),
    ],
)
def test_whole_quarters_of_an_hour_are_a_zone(off: Duration, text: str) -> None:
    assert local_time(off) == (f"looks like local time ({text}), apply?" if text else "")


def test_the_area_of_an_event_is_the_box_of_its_routes_and_a_margin() -> None:
    area = event_area([(47.0, 11.0), (47.3, 11.5)], 20)
    assert area is not None
    assert area.holds(46.9, 10.8)
    assert not area.holds(46.7, 11.2)
    assert event_area([], 20) is None


def test_a_time_is_doubted_for_one_reason_only() -> None:
    assert doubt_time(NOW, NOW, 5 * SECOND, 7 * DAY) is None
    doubt = doubt_time(NOW - WEEK_ROLLOVER, NOW, 5 * SECOND, 7 * DAY)
    assert doubt is not None
    assert doubt.reason == "week_rollover"
