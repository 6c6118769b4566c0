"""Instants, durations and their texts."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.core.instant import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    RallyTime,
    day_start,
    floor_to,
    format_duration,
    format_instant,
    parse_clock,
    parse_duration,
    parse_instant,
)

INSTANTS = st.integers(min_value=0, max_value=4_000_000_000 * SECOND)


@given(INSTANTS)
def test_an_instant_survives_its_text(at: int) -> None:
    assert parse_instant(format_instant(at)) == at


@given(st.integers(), st.integers(), st.integers(min_value=1, max_value=MINUTE))
def test_cutting_is_monotone_and_idempotent(a: int, b: int, resolution: int) -> None:
    low, high = sorted((a, b))
    assert floor_to(low, resolution) <= floor_to(high, resolution)
    assert floor_to(floor_to(a, resolution), resolution) == floor_to(a, resolution)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-04-22T16:03:07.250Z", "2024-04-22T16:03:07.250Z"),
        ("2026-09-20T10:00:00+02:00", "2026-09-20T08:00:00.000Z"),
        ("2026-09-20 10:00:00.1234567-0730", "2026-09-20T17:30:00.123456Z"),
        ("2026-12-31T23:59:60Z", "2026-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_is_read_exactly(text: str, expected: str) -> None:
    assert format_instant(parse_instant(text)) == expected


@pytest.mark.parametrize(
    "text", ["", "now", "2024-04-22", "2024-04-22T16:03:07", "2024-02-30T00:00:00Z", "2024-04-22T24:00:00Z"]
)
def test_a_text_that_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@pytest.mark.parametrize(
    ("value", "resolution", "expected"),
    [
        (272_180_000, 10_000, "4:32.18"),
        (439_999_600, 100_000, "7:19.9"),
        (59_960_000, 100_000, "0:59.9"),
        (3_761_300_000, 100_000, "1:02:41.3"),
        (101 * HOUR, SECOND, "101:00:00"),
        (0, 10_000, "0:00.00"),
        (45 * MINUTE, MINUTE, "0:45"),
    ],
)
def test_a_duration_prints_cut_and_never_rounded(value: int, resolution: int, expected: str) -> None:
    assert format_duration(value, resolution) == expected


@pytest.mark.parametrize(
    ("value", "resolution", "expected"),
    [
        (70_000, 10_000, "+0.07"),
        (-120_000, 10_000, "-0.12"),
        (3_600_000, 100_000, "+3.6"),
        (0, 10_000, "+0.00"),
    ],
)
def test_a_deviation_prints_with_its_sign(value: int, resolution: int, expected: str) -> None:
    assert format_duration(value, resolution, sign=True) == expected


def test_printed_hours_run_past_midnight() -> None:
    assert parse_clock("24:35") == DAY + 35 * MINUTE
    assert parse_clock("29:35:10") == DAY + 5 * HOUR + 35 * MINUTE + 10 * SECOND
    with pytest.raises(ValueError, match="does not exist"):
        parse_clock("48:00")


def test_durations_are_read_exactly() -> None:
    assert parse_duration("15.00") == 15 * SECOND
    assert parse_duration("0:15.00") == 15 * SECOND
    assert parse_duration("1:02:41.3") == HOUR + 2 * MINUTE + 41_300_000
    with pytest.raises(ValueError, match="past 59"):
        parse_duration("1:75")


def test_the_day_the_clocks_change_does_not_move_rally_time() -> None:
    """A start at 01:30 summer time and a finish at 03:10 winter time are 2:40 apart on the road."""
    rally = RallyTime(2 * HOUR)
    start = parse_instant("2026-10-25T01:30:00+02:00")
    finish = parse_instant("2026-10-25T03:10:00+01:00")
    assert format_duration(finish - start, SECOND) == "2:40:00"
    assert rally.format(finish) == "04:10:00"
    assert rally.day_of(finish) == dt.date(2026, 10, 25)


def test_a_car_over_midnight_needs_no_special_case() -> None:
    rally = RallyTime(0)
    day = dt.date(2026, 9, 20)
    start = rally.at(day, parse_clock("23:58:00"))
    finish = rally.at(day, parse_clock("24:04:41")) + 999_000
    assert format_duration(floor_to(finish - start, 100_000), 100_000) == "6:41.9"
    assert finish - day_start(day) > DAY


@pytest.mark.parametrize(
    ("seconds", "resolution", "sign", "text"),
    [
        ("325.2", 600_000, False, "5.42"),
        ("325.79", 600_000, False, "5.42"),
        ("720", 600_000, False, "12.00"),
        ("4500.6", 600_000, False, "75.01"),
        ("990", 6_000_000, False, "16.5"),
        ("4.8", 600_000, True, "+0.08"),
        ("-13.2", 600_000, True, "-0.22"),
        ("-0.3", 600_000, True, "+0.00"),
    ],
)
def test_hundredths_and_tenths_of_a_minute_are_printed_as_minutes(
    seconds: str, resolution: int, sign: bool, text: str
) -> None:
    value = int(Decimal(seconds) * SECOND)
    assert format_duration(value, resolution, sign=sign) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-04-22T16:03:07.250Z", 1_713_801_787_250_000),
        ("2024-04-22T23:59:60.000Z", 1_713_830_399_999_999),
        ("2024-04-22T16:03:07,250Z", 1_713_801_787_250_000),
        ("2024-04-22T24:00:00.000Z", None),
        ("2024-02-30T00:00:00.000Z", None),
        ("2024-04-22T16:03:07.25ZZ", None),
        ("2024-W17-1T16:03:07.250Z", None),
        ("2024-04-22T16:03:07.2-1Z", None),
        ("2024-04-22T16:03-07:00.Z", None),
    ],
)
def test_a_text_as_long_as_a_usual_one_is_read_by_the_same_rules(text: str, expected: int | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match=r"is not an instant|does not exist|out of range"):
            parse_instant(text)
    else:
        assert parse_instant(text) == expected
