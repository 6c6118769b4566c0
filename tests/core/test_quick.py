"""Values made the quick way are the very values that the slow way makes."""

from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from timing.core.quick import quick
from timing.core.results import StageResult


@dataclass(frozen=True, slots=True)
class Pair:
    one: int
    others: list[int] = field(default_factory=list)


def test_a_quick_value_is_equal_frozen_and_of_the_class() -> None:
    made, slow = (
        quick(StageResult)("SS1", "7", 1, 0, 5),
        StageResult(stage="SS1", car="7", rank=1, order=0, time=5),
    )
    assert (made, hash(made), repr(made)) == (slow, hash(slow), repr(slow))
    assert type(made) is StageResult
    with pytest.raises(FrozenInstanceError):
        made.time = 6  # type: ignore[misc]


def test_what_is_left_out_is_the_default_a_new_one_each_time() -> None:
    make = quick(Pair)
    assert make(1) == Pair(1)
    assert make(1).others is not make(1).others


def test_a_field_without_default_has_to_be_given() -> None:
    with pytest.raises(TypeError):
        quick(Pair)()
