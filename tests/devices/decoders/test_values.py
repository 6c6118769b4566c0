from decimal import Decimal

import pytest

from devices.decoders.values import (
    car_number,
    check_place,
    device_id,
    epoch_instant,
    instant_of,
    is_imei,
    known,
    micros_of,
    percent,
    resolution_of,
    road_speed,
    time_of_day,
    unix_instant,
)


def test_a_time_is_read_from_text_or_from_microseconds_alike() -> None:
    assert instant_of("2024-04-22T16:03:07.250Z") == instant_of(1_713_801_787_250_000)


@pytest.mark.parametrize(
    "value", [-1, 10**30, "2024-04-22 16:03", "2024-13-01T00:00:00Z", "0001-01-01T00:00:00Z"]
)
def test_what_is_no_time_is_refused(value: str | int) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant_of(value)


def test_decimal_seconds_become_microseconds_without_a_float_between() -> None:
    assert micros_of(Decimal("0.0001")) == 100
    assert micros_of(Decimal("4.2")) == 4_200_000
    assert micros_of(Decimal("-1.0000019")) == -1_000_001
    assert epoch_instant(Decimal("1713801787.123456")) == 1_713_801_787_123_456


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1E+999999", "-1E+999999"])
def test_a_number_that_is_no_length_of_time_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="length of time"):
        micros_of(Decimal(value))
    with pytest.raises(ValueError, match="1970"):
        epoch_instant(Decimal(value))


def test_seconds_sent_as_milliseconds_are_refused() -> None:
    with pytest.raises(ValueError, match="outside the years"):
        epoch_instant(Decimal(1_713_801_787_123))


@pytest.mark.parametrize("value", ["0", "-0.1", "61", "0.0000001"])
def test_a_resolution_that_no_clock_has_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="resolution"):
        resolution_of(Decimal(value))


def test_minus_one_means_unknown_and_zero_means_zero() -> None:
    assert known(-1) is None
    assert known(None) is None
    assert known(0) == 0
    assert known(361, 360) is None
    assert (percent(-1), percent(101), percent(0), percent(77.9)) == (None, None, 0, 77)


@pytest.mark.parametrize(("lat", "lon"), [(90.1, 0), (-91, 0), (0, 180.5), (0, -181), (float("nan"), 0)])
def test_what_is_no_place_on_earth_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(ValueError, match="no place"):
        check_place(lat, lon)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1789898400", 1_789_898_400_000_000),
        ("1789898400.25", 1_789_898_400_250_000),
        ("1789898400250", 1_789_898_400_250_000),
        ("0", 0),
    ],
)
def test_a_count_of_seconds_or_milliseconds_is_an_instant(text: str, at: int) -> None:
    assert unix_instant(text) == at


@pytest.mark.parametrize("text", ["", "-1", "NaN", "17E3808793", "1e3", "9" * 15 + "0", " 1", "١"])
def test_what_is_no_plain_count_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unix_instant(text)


@pytest.mark.parametrize(
    ("text", "clock", "resolution"),
    [
        ("10:27:28.4172", 37_648_417_200, 100),
        ("28:44,2", 1_724_200_000, 100_000),
        ("1:02:03", 3_723_000_000, 1_000_000),
        ("10:27:28.123456789", 37_648_123_456, 1),
    ],
)
def test_a_time_of_day_has_the_resolution_it_is_printed_with(text: str, clock: int, resolution: int) -> None:
    assert time_of_day(text) == (clock, resolution)


@pytest.mark.parametrize("text", ["24:00:00", "10:60:00", "10:00:60", "10:0", "1:2:3", "10:27:28.", ""])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        time_of_day(text)


@pytest.mark.parametrize(("text", "number"), [("0012", "12"), ("   7", "7"), ("0000", None), ("", None)])
def test_a_number_in_columns_has_no_leading_zeros(text: str, number: str | None) -> None:
    assert car_number(text) == number


@pytest.mark.parametrize("text", ["", "a b", "a/b", "a+", "a#", "a\n", "x" * 65])
def test_an_id_that_cannot_stand_in_a_topic_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no id of a device"):
        device_id(text)


def test_an_id_is_taken_as_it_is() -> None:
    assert device_id("!479e21ea") == "!479e21ea"


@pytest.mark.parametrize("speed", [-0.1, 200.1, float("nan"), float("inf")])
def test_a_speed_that_no_road_knows_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="a speed of"):
        road_speed(speed)


@pytest.mark.parametrize(("digits", "right"), [("352093081452251", True), ("352093081452241", False)])
def test_an_imei_has_a_check_digit(digits: str, right: bool) -> None:
    assert is_imei(digits) is right
