"""Replacement times: the correction over ten neighbours, its rounding, and when there is none."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import at, span
from timing.core.instant import SECOND, floor_to
from timing.core.replacement_time import GRAIN, Pair, mean_correction, neighbours, replacement_time

HUNDREDTHS = [12, 5, -3, 18, 9, 11, 2, 15, 7, 14]


def pair(place: int, hundredths: int = 9) -> Pair:
    line = at("11:00:00") + place * 60 * SECOND
    return Pair(car=str(place), place=place, hand=line + hundredths * GRAIN, electronic=line)


def test_ten_differences_that_sum_to_0_90_take_0_09_off_the_hand_time() -> None:
    pairs = [pair(place, value) for place, value in enumerate(HUNDREDTHS, 1)]
    found = replacement_time(at("11:42:17.43"), 11, pairs, "10_before")
    assert found is not None
    assert found.correction == 90_000
    assert found.at == at("11:42:17.34")
    assert found.at - at("11:36:00") == span("6:17.34")
    assert floor_to(found.at - at("11:36:00"), 100_000) == span("6:17.3")
    assert not found.low_confidence
    assert len(found.pairs) == 10


@pytest.mark.parametrize(
    ("sum_hundredths", "correction"),
    [(44, 40_000), (45, 50_000), (-45, -50_000), (-44, -40_000), (0, 0), (4, 0), (5, 10_000), (-5, -10_000)],
)
def test_the_correction_is_rounded_half_up_and_away_from_zero(sum_hundredths: int, correction: int) -> None:
    assert mean_correction([sum_hundredths * GRAIN, *[0] * 9]) == correction


def test_the_mean_is_taken_before_it_is_rounded() -> None:
    assert mean_correction([4_999, 4_999, 5_002]) == 10_000
    assert mean_correction([4_999, 4_999, 5_001]) == 0


def places(pairs: tuple[Pair, ...]) -> list[int]:
    return [one.place for one in pairs]


def test_the_ten_before_are_taken_and_filled_up_with_those_after() -> None:
    everybody = [pair(place) for place in range(1, 31) if place != 20]
    assert places(neighbours(everybody, 20, "10_before")) == list(range(10, 20))
    assert places(neighbours(everybody, 4, "10_before")) == [1, 2, 3, 5, 6, 7, 8, 9, 10, 11]


def test_five_before_and_five_after_are_filled_up_from_the_other_side() -> None:
    everybody = [pair(place) for place in range(1, 31)]
    assert places(neighbours(everybody, 20, "5_5")) == [15, 16, 17, 18, 19, 21, 22, 23, 24, 25]
    assert places(neighbours(everybody, 3, "5_5")) == [1, 2, 4, 5, 6, 7, 8, 9, 10, 11]
    assert places(neighbours(everybody, 29, "5_5")) == [20, 21, 22, 23, 24, 25, 26, 27, 28, 30]


def test_the_ten_nearest_may_lie_on_one_side() -> None:
    some = [pair(place) for place in (1, 2, 10, 20, 21, 22, 23, 24, 25, 26, 27, 28)]
    assert places(neighbours(some, 19, "nearest_10")) == [10, 20, 21, 22, 23, 24, 25, 26, 27, 28]


def test_a_mode_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 10_before"):
        neighbours([pair(1)], 2, "some")


def test_fewer_than_ten_pairs_divide_by_their_number_and_say_so() -> None:
    found = replacement_time(at("11:42:17.43"), 9, [pair(1, 3), pair(2, 6), pair(3, 9)], "10_before")
    assert found is not None
    assert found.correction == 60_000
    assert found.low_confidence


def test_fewer_than_three_pairs_give_no_replacement_time() -> None:
    assert replacement_time(at("11:42:17.43"), 9, [pair(1), pair(2)], "10_before") is None


@given(constant=st.integers(-200, 200), order=st.randoms(), count=st.integers(3, 14))
def test_equal_differences_come_off_as_they_are_in_any_order(
    constant: int, order: random.Random, count: int
) -> None:
    pairs = [pair(place, constant) for place in range(1, count + 1)]
    order.shuffle(pairs)
    hand = at("12:00:00")
    for mode in ("10_before", "5_5", "nearest_10"):
        found = replacement_time(hand, 20, pairs, mode)
        assert found is not None
        assert found.at == hand - constant * GRAIN


@given(st.permutations(HUNDREDTHS))
def test_the_order_of_the_ten_pairs_does_not_matter(differences: list[int]) -> None:
    assert mean_correction([value * GRAIN for value in differences]) == 90_000
