"""A replacement time can be worked out again from the pairs of hand and electronic times it rests on."""

import pytest

from tests.core.rallies import Pen, at, told
from tests.core.stops import accepted
from tests.core.test_proposed_replacements import event, finishes, hand
from timing.core.derivation import recompute
from timing.core.derivation_text import line
from timing.core.instant import SECOND
from timing.core.proposals import Proposal
from timing.core.records import Record


def proposed(pen: Pen, records: list[Record]) -> Proposal:
    (proposal,) = told(event(), records).proposals()
    return proposal


@pytest.mark.parametrize(
    ("hundredths", "mean"),
    [(None, 9), ([-9, -9, -8, -8, -9, -9, -8, -8, -9, -8], -9), ([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0)],
)
def test_each_pair_is_a_step_and_the_mean_is_rounded_half_up(hundredths: list[int] | None, mean: int) -> None:
    pen = Pen()
    records = finishes(pen, of=hundredths)
    records.append(accepted(pen, proposed(pen, records), "eet"))
    found = told(event(), records).derivation("SS1", "11")
    assert found.named("finish") == at("11:42:17.43") - mean * 10_000
    assert recompute(found) == found.value
    assert [step.what for step in found.steps if step.what.startswith("difference, ")] == [
        f"difference, pair {number}" for number in range(1, 11)
    ]
    assert len(found.records) >= 1 + 1 + 20
    assert "11:36:00 → 11:42:17" in line(found)


def test_what_changed_under_an_accepted_time_does_not_move_it() -> None:
    pen = Pen()
    records = finishes(pen)
    standing = accepted(pen, proposed(pen, records), "eet")
    first = records[2]
    moved = hand(Pen(first.seq - 1), "1", at("11:33:00") + 5 * SECOND)
    found = told(event(), [*records[:2], moved, *records[3:], standing]).derivation("SS1", "11")
    assert found.named("finish") == at("11:42:17.34")
    assert found.named("mean") is None
    assert recompute(found) == found.value
