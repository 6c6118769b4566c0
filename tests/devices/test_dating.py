import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.dating import date_from_memory, date_time_of_day
from timing.core.instant import DAY, HOUR, parse_clock, parse_instant


@pytest.mark.parametrize(
    ("clock", "arrived", "offset", "expected"),
    [
        ("10:07:20", "2026-09-20T10:07:22+02:00", 2, "2026-09-20T10:07:20+02:00"),
        ("23:59:59", "2026-09-21T00:00:01+02:00", 2, "2026-09-20T23:59:59+02:00"),
        ("00:00:01", "2026-09-20T23:59:59+02:00", 2, "2026-09-21T00:00:01+02:00"),
        ("17:03:07", "2024-04-22T00:03:08Z", -7, "2024-04-21T17:03:07-07:00"),
        ("10:07:20", "2026-09-20T21:30:00+02:00", 2, "2026-09-20T10:07:20+02:00"),
        ("24:35:00", "2026-10-25T00:35:05+02:00", 2, "2026-10-25T00:35:00+02:00"),
    ],
)
def test_the_nearest_day_is_the_day(clock: str, arrived: str, offset: int, expected: str) -> None:
    at = date_time_of_day(parse_clock(clock), parse_instant(arrived), offset * HOUR)
    assert at == parse_instant(expected)


@given(
    at=st.integers(0, 4 * 10**15),
    late=st.integers(-DAY // 2 + 1, DAY // 2 - 1),
    offset=st.integers(-12, 14).map(lambda hours: hours * HOUR),
)
def test_whatever_arrives_within_twelve_hours_gets_its_own_day(at: int, late: int, offset: int) -> None:
    assert date_time_of_day((at + offset) % DAY, at + late, offset) == at


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        (dt.date(2026, 9, 18), "2026-09-18T21:00:00Z"),
        (dt.date(2026, 9, 20), "2026-09-19T21:00:00Z"),  # it would be ahead of its arrival
        (dt.date(2026, 8, 20), "2026-09-19T21:00:00Z"),  # a month off
        (None, "2026-09-19T21:00:00Z"),
    ],
)
def test_a_devices_date_is_believed_within_the_week_before_the_arrival(
    day: dt.date | None, wanted: str
) -> None:
    near = parse_instant("2026-09-20T08:00:00Z")
    assert date_from_memory(23 * HOUR, day, near, 2 * HOUR) == parse_instant(wanted)
