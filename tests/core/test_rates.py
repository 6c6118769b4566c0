"""What minutes cost: whole minutes, rates by kind of section and control, caps, fails, minimum times."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import at
from timing.core.instant import MINUTE, SECOND
from timing.core.itinerary import Control, ControlKind
from timing.core.preset import MinuteRule, Preset, Rate, Unit
from timing.core.rates import (
    amount,
    late_minutes,
    lateness_charge,
    lateness_fails,
    minimum_charge,
    plain_rate,
    rate_at,
)
from timing.presets import load_preset

FIA = load_preset("FIA_STAGE")
ACI = load_preset("ACI_REGULARITY")
ROAD = load_preset("MSUK_HISTORIC_ROAD")
TARGET = load_preset("MSUK_STAGE_TARGET")


@pytest.mark.parametrize(
    ("check_in", "late", "penalty"),
    [
        ("18:58:00", 0, 0),
        ("18:58:59.9", 0, 0),
        ("18:59:00", 1, 10),
        ("18:57:59.9", -1, 60),
        ("18:56:30", -2, 120),
        ("19:13:59", 15, 150),
        ("19:14:00", 16, 160),
    ],
)
def test_stage_rally_minutes_late_and_early(check_in: str, late: int, penalty: int) -> None:
    found = late_minutes(at(check_in), at("18:58"), MinuteRule.FLOOR_MINUTE)
    assert (found, lateness_charge(found, plain_rate(FIA))) == (late, penalty)


def test_the_early_rate_is_a_setting() -> None:
    assert lateness_charge(-2, plain_rate(replace(FIA, tc_early_per_min=20))) == 40


@pytest.mark.parametrize(
    ("check_in", "penalty"),
    [
        ("10:15:59", 0),
        ("10:16:00", 100),
        ("10:18:30", 300),
        ("10:25:00", 300),
        ("10:14:59", 100),
        ("10:11:10", 400),
    ],
)
def test_regularity_minutes_late_with_a_cap_and_early_without(check_in: str, penalty: int) -> None:
    late = late_minutes(at(check_in), at("10:15"), MinuteRule.FLOOR_MINUTE)
    assert lateness_charge(late, plain_rate(ACI)) == penalty


@pytest.mark.parametrize(
    ("check_in", "late"),
    [("10:15:20", 0), ("10:15:50", 1), ("10:16:20", 1), ("10:16:21", 2), ("10:15:19", -1), ("10:14:20", -1)],
)
def test_each_minute_begun_counts_where_the_regulations_say_so(check_in: str, late: int) -> None:
    assert late_minutes(at(check_in), at("10:15:20"), MinuteRule.STARTED_MINUTE) == late


@given(st.integers(0, 59_999_999), st.integers(0, 5 * 60 * 24))
def test_the_whole_due_minute_is_free_and_one_microsecond_outside_is_not(inside: int, minutes: int) -> None:
    due = minutes * MINUTE
    assert late_minutes(due + inside, due, MinuteRule.FLOOR_MINUTE) == 0
    for outside in (due - 1, due + MINUTE):
        assert lateness_charge(late_minutes(outside, due, MinuteRule.FLOOR_MINUTE), plain_rate(FIA)) > 0


def test_amounts_are_time_where_seconds_are_counted_and_points_elsewhere() -> None:
    assert amount(10, Unit.SECONDS) == 10 * SECOND
    assert amount(100, Unit.POINTS) == 100


def control(kind: ControlKind = ControlKind.TC, section_kind: str = "") -> Control:
    return Control(id="X", order=0, leg=1, section="1", kind=kind, name="X", section_kind=section_kind)


@pytest.mark.parametrize(
    ("kind", "section_kind", "late", "cost"),
    [
        (ControlKind.TC, "standard", 1, 15),
        (ControlKind.TC, "standard", 3, 45),
        (ControlKind.TC, "standard", 0, 0),
        (ControlKind.TC, "standard", -1, 60),
        (ControlKind.TC, "standard", -2, 120),
        (ControlKind.TC, "neutral", -1, 30 * 60),
        (ControlKind.TC, "neutral", -5, 30 * 60),
    ],
)
def test_on_a_british_road_rally_the_kind_of_section_says_what_a_minute_costs(
    kind: ControlKind, section_kind: str, late: int, cost: int
) -> None:
    assert lateness_charge(late, rate_at(control(kind, section_kind), ROAD)) == cost


def test_less_than_a_minute_over_in_a_standard_section_costs_nothing() -> None:
    late = late_minutes(at("10:20:59"), at("10:20"), MinuteRule.FLOOR_MINUTE)
    assert lateness_charge(late, rate_at(control(section_kind="standard"), ROAD)) == 0


@pytest.mark.parametrize("late", [-1, 1])
def test_out_of_a_main_time_control_early_and_late_cost_the_same(late: int) -> None:
    assert lateness_charge(late, rate_at(control(ControlKind.MTC), TARGET)) == 10


def test_a_section_kind_goes_before_the_kind_of_control_and_that_before_the_rest() -> None:
    rates = {"standard": Rate(late_per_min=1), "MTC": Rate(late_per_min=2), "TC": Rate(late_per_min=3)}
    preset = replace(FIA, rates=rates)
    assert rate_at(control(ControlKind.MTC, "standard"), preset).late_per_min == 1
    assert rate_at(control(ControlKind.MTC, "other"), preset).late_per_min == 2
    assert rate_at(control(ControlKind.REGROUP_IN), preset).late_per_min == 3
    assert rate_at(control(), replace(FIA, rates={})) == plain_rate(FIA)


@given(st.integers(0, 10_000), st.integers(0, 300))
def test_a_cap_is_never_passed_and_capping_twice_changes_nothing(late: int, cap: int) -> None:
    rate = Rate(late_per_min=100, late_cap=cap)
    once = lateness_charge(late, rate)
    assert once == min(100 * late, cap)
    assert min(once, cap) == once


def test_in_a_fails_system_a_fail_is_booked_once_instead_of_the_cost() -> None:
    rate = Rate(early_per_min=1800, early_cap=1800, early_fails=1, late_per_min=15)
    fails = replace(ROAD, fails=True)
    assert lateness_fails(-7, fails, rate) == 1
    assert lateness_fails(3, fails, rate) == 0
    assert lateness_fails(-7, replace(ROAD, fails=False), rate) == 0


@pytest.mark.parametrize(
    ("steps", "short", "minutes"), [((2, 1), 1, 2), ((2, 1), 2, 3), ((2, 1), 4, 5), ((1,), 3, 3)]
)
def test_each_minute_below_a_sections_minimum_has_its_price(
    steps: tuple[int, ...], short: int, minutes: int
) -> None:
    preset: Preset = replace(ROAD, min_time_steps=steps)
    assert minimum_charge(short, preset) == minutes * MINUTE
    assert minimum_charge(short, replace(preset, unit=Unit.POINTS)) == Decimal(minutes)
    assert minimum_charge(short, replace(preset, min_time_steps=())) is None
