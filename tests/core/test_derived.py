"""Times computed from a crew's own other results."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import span
from timing.core.derived import Neighbour, average_assigned, derived_time

TENTH = 100_000


def test_a_ratio_of_sums_of_814_to_780_on_a_fastest_time_of_six_minutes_is_6_15_6() -> None:
    beside = [Neighbour(span("5:10"), span("5:00")), Neighbour(span("8:24"), span("8:00"))]
    assert derived_time(beside, span("6:00.0"), TENTH) == span("6:15.6")


def test_one_neighbour_is_enough() -> None:
    assert derived_time([Neighbour(span("5:10"), span("5:00"))], span("6:00"), TENTH) == span("6:12.0")
    assert derived_time([Neighbour(span("8:24"), span("8:00"))], span("6:00"), TENTH) == span("6:18.0")


def test_without_a_neighbour_the_clerk_decides() -> None:
    assert derived_time([], span("6:00"), TENTH) is None


def test_a_derived_time_is_cut_never_rounded() -> None:
    # 360 s x 1001 / 1000 = 360.36 s
    assert derived_time([Neighbour(1001, 1000)], span("6:00"), TENTH) == span("6:00.3")
    assert derived_time([Neighbour(1001, 1000)], span("6:00"), 10_000) == span("6:00.36")


@given(time=st.integers(1, 10**10), fastest=st.integers(1, 10**10))
def test_a_crew_as_fast_as_the_fastest_gets_the_fastest_time(time: int, fastest: int) -> None:
    assert derived_time([Neighbour(time, time)], fastest, 1) == fastest


def test_an_assigned_average_is_the_mean_of_the_other_tests_truncated() -> None:
    assert average_assigned([Decimal(7), Decimal(2), Decimal(7)]) == Decimal(5)
    assert average_assigned([Decimal(7), Decimal(2)]) == Decimal(4)
    assert average_assigned([Decimal(300)]) == Decimal(300)
    assert average_assigned([Decimal("0.5"), Decimal("0.4")]) == Decimal(0)


def test_a_crew_without_another_test_is_assigned_no_average() -> None:
    assert average_assigned([]) is None
