from decimal import Decimal

import pytest

from devices.decoders.values import (
    check_place,
    epoch_instant,
    instant_of,
    known,
    micros_of,
    percent,
    resolution_of,
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
