"""Times taken by hand: good to three tenths of a second, so a place that rests on one waits for an official.

FIS ICR 611.2.1 and 611.3.2: hand timing counts only where the electronic systems failed.
"""

from collections.abc import Iterable

import pytest

from tests.core.rallies import Pen, at, crews, stage_rally, told
from timing.core.checklist import stage_blockers
from timing.core.decisions import CorrectTime
from timing.core.rally import Rally
from timing.core.readings import Source, StampMark
from timing.core.records import Record


def finishes(pen: Pen, *finish: Record) -> Iterable[Record]:
    starts = [pen.stamp("SS1.START", f"10:0{place}:00", str(place + 1)) for place in range(2)]
    return [*pen.to_first_stage("1", "2"), *starts, *finish]


def by_hand(pen: Pen, clock: str, car: str) -> Record:
    return pen.stamp("SS1.FF", clock, car, device="H-SS1.FF", source=Source.H)


def shown(rally: Rally) -> dict[str, tuple[int | None, tuple[str, ...]]]:
    return {car: (row.rank, row.marks) for car, row in rally.stage_results("SS1").items()}


def overall(rally: Rally, car: str) -> tuple[str, ...]:
    """The letters that a crew has in the overall list, which are those of its stages."""
    return rally.classification("overall").rows[car].marks


def in_the_way(rally: Rally) -> list[str]:
    """What of the crews keeps the stage from being certified."""
    return [each.text for each in stage_blockers(rally, "SS1") if each.kind == "under_review"]


def test_beside_a_beam_a_hand_time_decides_nothing() -> None:
    # By hand the second car would be ahead by a tenth; the beam has it behind by a tenth.
    pen = Pen()
    beams = [pen.stamp("SS1.FF", "10:07:20.31", "1"), pen.stamp("SS1.FF", "10:08:20.42", "2")]
    taps = [by_hand(pen, "10:07:20.45", "1"), by_hand(pen, "10:08:20.30", "2")]
    alone = told(stage_rally(), finishes(pen, *beams))
    for finish in ([*beams, *taps], [*taps, *beams]):
        rally = told(stage_rally(), finishes(pen, *finish))
        assert shown(rally) == shown(alone) == {"1": (1, ()), "2": (2, ())}
        assert list(rally.stage_results("SS1")) == ["1", "2"]


def test_what_lies_below_the_resolution_of_the_event_parts_nobody() -> None:
    # 20.3 by hand and 20.31 by beam are both 20.3: one rank, and the hand time says that it is one.
    pen = Pen()
    finish = [by_hand(pen, "10:07:20.30", "1"), pen.stamp("SS1.FF", "10:08:20.31", "2")]
    rally = told(stage_rally(), finishes(pen, *finish))
    assert shown(rally) == {"1": (1, ("?",)), "2": (1, ())}


@pytest.mark.parametrize(("hand", "order"), [("10:07:20.20", ["1", "2"]), ("10:07:20.45", ["2", "1"])])
def test_a_place_that_rests_on_a_hand_time_alone_is_shown_under_review_and_keeps_the_stage_uncertified(
    hand: str, order: list[str]
) -> None:
    pen = Pen()
    finish = [by_hand(pen, hand, "1"), pen.stamp("SS1.FF", "10:08:20.31", "2")]
    rally = told(stage_rally(crews("1", "2")), finishes(pen, *finish))
    assert list(rally.stage_results("SS1")) == order
    assert {car: marks for car, (_, marks) in shown(rally).items()} == {"1": ("?",), "2": ()}
    assert "?" in overall(rally, "1")
    assert "?" not in overall(rally, "2")
    assert in_the_way(rally) == ["car 1 is under review (by H alone, good to 0.300 s at SS1.FF)"]
    assert "by H alone, good to 0.300 s" in repr(rally.explain("SS1", "1"))
    # The Official Timekeeper takes the time as his own: it carries his mark from then on.
    rally.add(pen.rule(CorrectTime("SS1.FF", "1", at(hand))))
    assert shown(rally)["1"][1] == overall(rally, "1") == ("*",)
    assert in_the_way(rally) == []


def test_a_key_on_the_timer_is_a_hand_time_whatever_its_channel() -> None:
    pen = Pen()
    key = pen.stamp("SS1.FF", "10:07:20.30", "1", marks=frozenset({StampMark.MANUAL}))
    rally = told(stage_rally(), finishes(pen, key, pen.stamp("SS1.FF", "10:08:20.45", "2")))
    assert shown(rally) == {"1": (1, ("?",)), "2": (2, ())}
