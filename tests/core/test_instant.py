import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.core.instant import (
    DAY,
    HOUR,
    MILLISECOND,
    MINUTE,
    SECOND,
    Duration,
    Instant,
    RallyTime,
    day_start,
    decimals,
    floor_to,
    format_duration,
    format_instant,
    parse_clock,
    parse_duration,
    parse_instant,
)

HUNDREDTH = 10 * MILLISECOND
TENTH = 100 * MILLISECOND
NOON_UTC = 1_713_787_200 * SECOND  # 2024-04-22T12:00:00Z
# Years 1970 to 9999: what RFC 3339 can write.
instants = st.integers(min_value=-2_000 * 365 * DAY // 100, max_value=253_402_300_799 * SECOND + 999_999)
durations = st.integers(min_value=0, max_value=999 * HOUR + 59 * MINUTE)
resolutions = st.sampled_from([1, MILLISECOND, HUNDREDTH, TENTH, SECOND])


@pytest.mark.parametrize(
    ("value", "resolution", "cut"),
    [
        (272_189_999, HUNDREDTH, 272_180_000),
        (272_180_000, HUNDREDTH, 272_180_000),
        (272_189_999, TENTH, 272_100_000),
        (59_999_999, MINUTE, 0),
        (-1, SECOND, -SECOND),
    ],
)
def test_a_measured_time_is_cut_and_never_rounded(value: int, resolution: Duration, cut: int) -> None:
    assert floor_to(value, resolution) == cut


@given(value=st.integers(), resolution=st.integers(min_value=1, max_value=DAY))
def test_a_cut_is_a_multiple_at_most_one_resolution_below(value: int, resolution: int) -> None:
    cut = floor_to(value, resolution)
    assert cut % resolution == 0
    assert cut <= value < cut + resolution


@pytest.mark.parametrize(
    "text",
    [
        "2024-04-22T12:00:00Z",
        "2024-04-22T12:00:00.000Z",
        "2024-04-22t12:00:00z",
        "2024-04-22 14:00:00+02:00",
        "2024-04-22T14:00:00+0200",
        "2024-04-22T05:00:00.0-07:00",
        " 2024-04-22T12:00:00,000000999Z ",
        "2024-04-23T01:30:00+13:30",
    ],
)
def test_one_instant_has_many_spellings(text: str) -> None:
    assert parse_instant(text) == NOON_UTC


@pytest.mark.parametrize(
    ("fraction", "micros"), [(".1", 100_000), (".25", 250_000), (".000001", 1), (".9999999", 999_999)]
)
def test_a_fraction_of_a_second_is_read_exactly(fraction: str, micros: int) -> None:
    assert parse_instant(f"2024-04-22T12:00:00{fraction}Z") == NOON_UTC + micros


def test_a_leap_second_is_the_last_microsecond_before_the_next_minute() -> None:
    assert parse_instant("2016-12-31T23:59:60.5Z") == parse_instant("2017-01-01T00:00:00Z") - 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-04-22",
        "2024-04-22T12:00:00",
        "2024-04-22T24:00:00Z",
        "2024-04-22T12:60:00Z",
        "2024-04-22T12:00:61Z",
        "2024-02-30T12:00:00Z",
        "2024-04-22T12:00:00+24:00",
        "2024-04-22T12:00:00+01:60",
        "22.04.2024 12:00:00Z",
        "2024-04-22T12:00:00Z tomorrow",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"instant|does not exist|day is out of range"):
        parse_instant(text)


@given(at=instants)
def test_an_instant_written_and_read_again_is_the_same(at: Instant) -> None:
    assert parse_instant(format_instant(at)) == at


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (NOON_UTC, "2024-04-22T12:00:00.000Z"),
        (NOON_UTC + 250_000, "2024-04-22T12:00:00.250Z"),
        (NOON_UTC + 1, "2024-04-22T12:00:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_shows_six_decimals_only_where_three_would_lose_something(at: Instant, text: str) -> None:
    assert format_instant(at) == text


@pytest.mark.parametrize(
    ("resolution", "places"), [(MINUTE, 0), (SECOND, 0), (TENTH, 1), (HUNDREDTH, 2), (MILLISECOND, 3), (1, 6)]
)
def test_a_resolution_tells_the_decimals_shown(resolution: Duration, places: int) -> None:
    assert decimals(resolution) == places


@pytest.mark.parametrize(
    ("value", "resolution", "text"),
    [
        (272_189_999, HUNDREDTH, "4:32.18"),
        (272_189_999, TENTH, "4:32.1"),
        (272_189_999, SECOND, "4:32"),
        (7_000_000, HUNDREDTH, "0:07.00"),
        (HOUR + 2 * MINUTE + 41 * SECOND + 300_000, TENTH, "1:02:41.3"),
        (25 * HOUR + 61 * SECOND, MINUTE, "25:01"),
        (-3_600_000, TENTH, "-0:03.6"),
    ],
)
def test_a_duration_is_printed_cut(value: Duration, resolution: Duration, text: str) -> None:
    assert format_duration(value, resolution) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (70_000, "+0.07"),
        (-12_509_999, "-12.50"),
        (0, "+0.00"),
        (-9_999, "+0.00"),
        (61_000_000, "+1:01.00"),
    ],
)
def test_a_deviation_has_a_sign_and_no_negative_zero(value: Duration, text: str) -> None:
    assert format_duration(value, HUNDREDTH, sign=True) == text


@given(value=durations)
def test_a_duration_printed_in_full_is_read_back_exactly(value: Duration) -> None:
    assert parse_duration(format_duration(value, 1)) == value


@given(value=durations, resolution=resolutions)
def test_a_printed_duration_never_exceeds_the_real_one(value: Duration, resolution: Duration) -> None:
    assert 0 <= value - parse_duration(format_duration(value, resolution)) < resolution


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("08:30", 8 * HOUR + 30 * MINUTE),
        ("8:30:05.25", 8 * HOUR + 30 * MINUTE + 5_250_000),
        ("24:35", 24 * HOUR + 35 * MINUTE),
        ("47:59:59", 2 * DAY - SECOND),
    ],
)
def test_a_time_of_day_may_pass_midnight(text: str, value: Duration) -> None:
    assert parse_clock(text) == value


@pytest.mark.parametrize("text", ["48:00", "08:60", "8:30:60", "8", "8.30", "-8:30", "08:30 pm"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time of day"):
        parse_clock(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15.00", 15_000_000),
        ("0:15.00", 15_000_000),
        ("75", 75_000_000),
        ("4:32,18", 272_180_000),
        ("1:02:41.3", HOUR + 161_300_000),
        ("90:00", 90 * MINUTE),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, value: Duration) -> None:
    assert parse_duration(text) == value


@pytest.mark.parametrize("text", ["", "4:60", "1:60:00", "1::2", "-5", "five", "0:15.0000001"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|past 59"):
        parse_duration(text)


def test_rally_time_is_one_offset_for_the_whole_event() -> None:
    pacific = RallyTime(-7 * HOUR)
    day = dt.date(2024, 4, 22)
    assert pacific.at(day, 5 * HOUR) == NOON_UTC
    assert pacific.text == "-07:00"
    assert RallyTime(5 * HOUR + 30 * MINUTE).text == "+05:30"


def test_a_time_past_midnight_belongs_to_the_next_day_of_the_calendar() -> None:
    rally = RallyTime(2 * HOUR)
    at = rally.at(dt.date(2024, 4, 22), 24 * HOUR + 35 * MINUTE)
    assert rally.day_of(at) == dt.date(2024, 4, 23)
    assert rally.format(at, MINUTE) == "00:35"


@given(at=instants, offset=st.integers(min_value=-14 * 60, max_value=14 * 60))
def test_day_and_clock_of_an_instant_give_the_instant_back(at: Instant, offset: int) -> None:
    rally = RallyTime(offset * MINUTE)
    try:
        day = rally.day_of(at)
    except OverflowError:
        return  # the last hours of the year 9999, east of Greenwich
    assert rally.at(day, rally.clock(at)) == at


@pytest.mark.parametrize(
    ("resolution", "text"),
    [(MINUTE, "05:00"), (SECOND, "05:00:07"), (HUNDREDTH, "05:00:07.98"), (1, "05:00:07.987654")],
)
def test_a_rally_time_is_printed_cut(resolution: Duration, text: str) -> None:
    assert RallyTime(-7 * HOUR).format(NOON_UTC + 7_987_654, resolution) == text


def test_a_day_starts_at_midnight_utc() -> None:
    assert day_start(dt.date(1970, 1, 2)) == DAY
    assert day_start(dt.date(1969, 12, 31)) == -DAY
