"""Deviations become points: units, caps and weights, with the numbers of the rule books."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import span
from timing.core.deviations import Scale, cut_elapsed, scale_of_tests, scale_of_trials
from timing.core.instant import MINUTE, SECOND
from timing.core.preset import Preset, Truncate, Unit

HUNDREDTH = SECOND // 100
HUNDREDTH_MINUTE = MINUTE // 100
ACI = Scale(HUNDREDTH, cap=300)
PLAIN = Preset(name="T", version="1", unit=Unit.POINTS)


def test_the_order_of_cutting_matters_where_the_start_is_no_whole_second() -> None:
    start, finish, tenth = span("10:00:00.35"), span("10:04:33.42"), SECOND // 10
    assert cut_elapsed(start, finish, tenth, Truncate.ELAPSED) == span("4:33.0")
    assert cut_elapsed(start, finish, tenth, Truncate.STAMPS) == span("4:33.1")


def test_both_orders_of_cutting_agree_where_the_start_is_a_whole_second() -> None:
    start, finish, tenth = span("11:36:00"), span("11:42:17.39"), SECOND // 10
    for mode in Truncate:
        assert cut_elapsed(start, finish, tenth, mode) == span("6:17.3")


def test_aci_one_point_for_each_hundredth_up_to_three_hundred() -> None:
    found = [ACI.points(n * HUNDREDTH) for n in (0, 7, -12, -1, 410, 300, 301, -299, -5000, 100_000)]
    assert found == [0, 7, 12, 1, 300, 300, 300, 299, 300, 300]


def test_without_a_cap_points_go_on_however_far_off_a_crew_is() -> None:
    plain = Scale(HUNDREDTH)
    units = (598, 599, 600, 601, 60_000)
    assert [plain.points(n * HUNDREDTH) for n in units] == list(units)
    assert [plain.points(-n * HUNDREDTH) for n in units] == list(units)


def test_motorsport_uk_seconds_late_capped_at_sixty_and_seconds_early_never() -> None:
    road = Scale(SECOND, late_cap=60)
    found = [road.points(s * SECOND) for s in (0, 7, -7, 60, 83, -83, -3000, 3000)]
    assert found == [0, 7, 7, 60, 60, 83, 3000, 60]


def test_pca_one_point_for_each_hundredth_of_a_minute_up_to_five_hundred() -> None:
    leg = Scale(HUNDREDTH_MINUTE, cap=500)
    found = [leg.points(n * HUNDREDTH_MINUTE) for n in (0, 8, -22, 658, -658)]
    assert found == [0, 8, 22, 500, 500]


def test_tenths_of_a_minute_scored_as_minutes() -> None:
    took, ideal = span("16:30"), span("15:12")
    assert Scale(MINUTE // 10, points=Decimal("0.1")).points(took - ideal) == Decimal("1.3")


def test_early_may_weigh_otherwise_than_late() -> None:
    double = Scale(SECOND, early_weight=Decimal(2), cap=300)
    assert [double.points(s * SECOND) for s in (-7, 7, -200, -10_000)] == [14, 7, 300, 300]
    half = Scale(SECOND, early_weight=Decimal("0.5"))
    assert half.points(-7 * SECOND) == Decimal("3.5")


def test_a_begun_unit_counts_when_early_and_not_when_late_for_times_are_cut() -> None:
    assert [ACI.points(micros) for micros in (9_999, -1, -10_000, -10_001)] == [0, 1, 1, 2]


def test_the_regulations_name_unit_cap_and_weight_of_tests_and_of_trials() -> None:
    rules = replace(PLAIN, test_unit=HUNDREDTH, test_cap=300, avg_unit=SECOND, avg_cap=100)
    assert scale_of_tests(rules).points(4 * SECOND) == 300
    assert scale_of_trials(rules).points(4 * SECOND) == 4
    assert scale_of_trials(rules).points(400 * SECOND) == 100
    weighed = replace(rules, early_weight=Decimal(3), late_only_cap=2, test_unit_points=Decimal(10))
    assert [scale_of_trials(weighed).points(s * SECOND) for s in (-2, 2, 50)] == [6, 2, 2]
    assert scale_of_tests(weighed).points(-HUNDREDTH) == 30


@given(
    st.integers(-(10**10), 10**10),
    st.sampled_from([HUNDREDTH, HUNDREDTH_MINUTE, SECOND]),
    st.none() | st.integers(0, 2000),
    st.none() | st.integers(0, 2000),
    st.sampled_from([Decimal(1), Decimal(2), Decimal("0.5")]),
)
def test_points_are_the_capped_count_of_units(
    deviation: int, unit: int, cap: int | None, late_cap: int | None, weight: Decimal
) -> None:
    found = Scale(unit, cap=cap, late_cap=late_cap, early_weight=weight).points(deviation)
    count = Decimal(abs(deviation // unit))
    limits = [
        Decimal(limit) for limit in ((cap, late_cap) if deviation >= 0 else (cap,)) if limit is not None
    ]
    expected = min([count * (weight if deviation < 0 else 1), *limits])
    assert found == expected
    assert min([found, *limits]) == found  # capping twice is capping once
    assert found >= 0


@given(st.integers(0, 10**12), st.integers(0, 10**9), st.sampled_from([0, 12 * 60, 24 * 60]))
def test_cut_readings_do_not_depend_on_the_day(start: int, driven: int, minutes: int) -> None:
    plain = cut_elapsed(start, start + driven, HUNDREDTH, Truncate.STAMPS)
    shift = minutes * MINUTE
    assert plain == cut_elapsed(start + shift, start + driven + shift, HUNDREDTH, Truncate.STAMPS)
