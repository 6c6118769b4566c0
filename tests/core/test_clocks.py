"""Clocks against a reference, by hand: offset, drift, limits, and what is taken off a time."""

from fractions import Fraction

import pytest

from tests.core.rallies import at, regularity, stage_rally
from timing.core.clock_book import ClockBook, served_resolution
from timing.core.clocks import (
    ClockState,
    Limits,
    corrected,
    drift,
    limits_for,
    offset_at,
    say_length,
    say_offset,
    worst,
)
from timing.core.instant import MILLISECOND, MINUTE, SECOND
from timing.core.readings import SyncCheck
from timing.presets import load_preset

MORNING, EVENING = at("08:00:00"), at("17:00:00")
POINTS = ((MORNING, 4 * MILLISECOND), (EVENING, -18 * MILLISECOND))


def check(clock: str, offset: int, uncertainty: int = 100) -> SyncCheck:
    return SyncCheck(device="TIMY-1", at=at(clock), offset=offset, uncertainty=uncertainty)


def test_a_clock_4_ms_ahead_at_eight_and_18_ms_behind_at_five() -> None:
    # 3 h 42 min 17.396 s of 9 h: 4 - 22 x 13337.396 / 32400 = -5.05632 ms, floored to the µs.
    raw = at("11:42:17.396")
    assert offset_at(POINTS, raw) == -5_057
    assert corrected(POINTS, raw) == at("11:42:17.401057")
    assert (raw - at("11:36:00")) // 100_000 == 3773  # 6:17.3
    assert (corrected(POINTS, raw) - at("11:36:00")) // 100_000 == 3774  # 6:17.4


def test_the_drift_of_that_clock() -> None:
    found = drift(check("08:00:00", 4_000), check("17:00:00", -18_000))
    assert found is not None
    assert found.ppm == Fraction(-22_000, 9 * 3600)
    assert round(float(found.ppm), 2) == -0.68
    assert found.per_hour == Fraction(-22_000, 9)


def test_two_checks_at_one_instant_show_no_drift() -> None:
    assert drift(check("08:00:00", 4_000), check("08:00:00", -18_000)) is None


def test_nothing_is_drawn_on_beyond_what_was_measured() -> None:
    assert offset_at(POINTS, MORNING - MINUTE) == offset_at(POINTS, MORNING) == 4_000
    assert offset_at(POINTS, EVENING) == offset_at(POINTS, EVENING + MINUTE) == -18_000


def test_one_point_is_a_constant() -> None:
    assert corrected(((MORNING, 40 * SECOND),), EVENING) == EVENING - 40 * SECOND


def test_between_three_points_each_stretch_has_its_own_slope() -> None:
    points = ((0, 0), (10 * SECOND, 100), (20 * SECOND, 0))
    assert [offset_at(points, second * SECOND) for second in (5, 10, 15)] == [50, 100, 50]


@pytest.mark.parametrize(
    ("instant", "offset"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (-1, 0), (6, 2), (7, 2), (9, 2)]
)
def test_a_rising_offset_is_floored(instant: int, offset: int) -> None:
    assert offset_at(((0, 0), (6, 2)), instant) == offset


@pytest.mark.parametrize(("instant", "offset"), [(1, -1), (2, -1), (3, -1), (4, -2), (5, -2), (6, -2)])
def test_a_falling_offset_is_floored_too_so_that_a_corrected_time_is_never_early(
    instant: int, offset: int
) -> None:
    points = ((0, 0), (6, -2))
    assert offset_at(points, instant) == offset
    assert instant - offset_at(points, instant) >= instant - Fraction(-2 * instant, 6)


@pytest.mark.parametrize(
    ("resolution", "warn", "fail"),
    [
        (MINUTE, 500_000, 1_000_000),
        (SECOND, 100_000, 250_000),
        (600_000, 20_000, 50_000),
        (100_000, 20_000, 50_000),
        (10_000, 2_000, 5_000),
        (1_000, 500, 1_000),
        (100, 500, 1_000),
    ],
)
def test_a_clock_is_held_to_what_it_serves(resolution: int, warn: int, fail: int) -> None:
    assert limits_for(resolution, load_preset("FIA_STAGE")) == Limits(warn, fail)


@pytest.mark.parametrize(
    ("offset", "state"),
    [
        (0, ClockState.OK),
        (20_000, ClockState.OK),
        (20_001, ClockState.WARN),
        (-20_001, ClockState.WARN),
        (50_000, ClockState.WARN),
        (50_001, ClockState.FAIL),
        (-50_001, ClockState.FAIL),
    ],
)
def test_the_limits_themselves_are_still_good(offset: int, state: ClockState) -> None:
    assert Limits(20_000, 50_000).state(offset) is state


def test_a_check_less_exact_than_the_limit_vouches_for_nothing() -> None:
    limits = Limits(20_000, 50_000)
    assert limits.state(0, 15_000) is ClockState.OK
    assert limits.state(10_000, 15_000) is ClockState.WARN
    assert limits.state(0, 50_001) is ClockState.UNCHECKED
    assert limits.state(80_000, 60_000) is ClockState.UNCHECKED
    assert limits.state(3_600_000_000, 60_000) is ClockState.FAIL


def test_the_worst_of_several_states() -> None:
    assert worst() is ClockState.OK
    assert worst(ClockState.WARN, ClockState.UNCHECKED, ClockState.OK) is ClockState.UNCHECKED
    assert worst(ClockState.FAIL, ClockState.UNCHECKED) is ClockState.FAIL


@pytest.mark.parametrize(
    ("control", "resolution"),
    [
        ("TC1", MINUTE),
        ("SS1.START", 100_000),
        ("SS1.S1", 100_000),
        ("SS1.FF", 100_000),
        ("SS1.STOP", MINUTE),
        ("PK1", MINUTE),
    ],
)
def test_what_a_control_of_a_stage_rally_is_cut_to(control: str, resolution: int) -> None:
    event = stage_rally()
    assert served_resolution(event, event.itinerary.controls[control]) == resolution


def test_a_power_stage_asks_for_more_of_its_clocks() -> None:
    event = stage_rally(stage_resolution={"SS2": 1_000})
    book = ClockBook(event)
    assert book.limits["SS1.FF"] == Limits(20_000, 50_000)
    assert book.limits["SS2.FF"] == Limits(500, 1_000)
    assert book.limits["TC2"] == Limits(500_000, 1_000_000)


def test_what_a_line_of_a_regularity_rally_is_cut_to() -> None:
    event = regularity()
    found = {ident: served_resolution(event, c) for ident, c in event.itinerary.controls.items()}
    assert (found["L0"], found["L1"], found["M0"], found["TC0"]) == (10_000, 10_000, SECOND, MINUTE)


def test_an_event_sets_other_limits() -> None:
    event = stage_rally(clock_fail={**load_preset("FIA_STAGE").clock_fail, "tenth": 40_000})
    assert ClockBook(event).limits["SS1.FF"] == Limits(20_000, 40_000)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (0, "0 µs"),
        (5, "5 µs"),
        (1_500, "1.5 ms"),
        (62_000, "62 ms"),
        (SECOND, "1 s"),
        (18 * SECOND, "18 s"),
        (18_250_001, "18.250001 s"),
        (61_500_000, "61.5 s"),
        (2 * MINUTE, "2 min"),
        (60 * MINUTE, "1 h"),
    ],
)
def test_a_length_in_words(length: int, words: str) -> None:
    assert say_length(length) == words


def test_an_offset_in_words() -> None:
    assert [say_offset(each) for each in (62_000, -3600 * SECOND, 0)] == [
        "62 ms ahead",
        "1 h behind",
        "exact",
    ]
