"""Special stages: start instants, cut times, what cannot be believed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import Pen, at, ranks, span, stage_rally, told
from timing.core.decisions import CorrectTime, SetNotional
from timing.core.deviations import cut_elapsed
from timing.core.instant import MINUTE, SECOND, format_duration
from timing.core.preset import Truncate
from timing.core.rally import Rally
from timing.core.results import ResultStatus, StageResult
from timing.core.road import Road
from timing.core.stage_times import charged, held_reason
from timing.core.starts import assigned_start

TENTH = SECOND // 10


@pytest.mark.parametrize(
    ("start", "finish", "tenths", "seconds"),
    [
        ("11:36:00", "11:42:17.39", "6:17.3", "6:17"),
        ("23:58:00", "24:04:41.999", "6:41.9", "6:41"),
        ("10:00:00", "10:05:00.000", "5:00.0", "5:00"),
        ("10:00:00", "10:04:59.9999", "4:59.9", "4:59"),
        ("10:00:00", "10:07:19.9996", "7:19.9", "7:19"),
    ],
)
def test_a_stage_time_is_cut_never_rounded(start: str, finish: str, tenths: str, seconds: str) -> None:
    for resolution, text in ((TENTH, tenths), (SECOND, seconds)):
        time = cut_elapsed(at(start), at(finish), resolution, Truncate.ELAPSED)
        assert format_duration(time, resolution) == text


@pytest.mark.parametrize(
    ("start", "finish", "elapsed", "stamps"),
    [
        ("10:00:00.35", "10:04:33.42", "4:33.0", "4:33.1"),
        ("10:00:00.0871", "10:07:20.1712", "7:20.0", "7:20.1"),
        ("10:00:00.1", "10:00:00.2", "0:00.1", "0:00.1"),
    ],
)
def test_the_regulations_say_whether_readings_or_the_difference_are_cut(
    start: str, finish: str, elapsed: str, stamps: str
) -> None:
    for mode, text in ((Truncate.ELAPSED, elapsed), (Truncate.STAMPS, stamps)):
        assert format_duration(cut_elapsed(at(start), at(finish), TENTH, mode), TENTH) == text


@given(st.integers(0, 10**10), st.integers(0, 10**10), st.integers(0, 10**10))
def test_a_later_finish_never_lowers_a_stage_time(start: int, driven: int, later: int) -> None:
    for mode in Truncate:
        before = cut_elapsed(start, start + driven, TENTH, mode)
        assert before <= cut_elapsed(start, start + driven + later, TENTH, mode)


@pytest.mark.parametrize(("driven", "expected"), [(190, 200), (200, 200), (333, 333), (480, 480), (700, 480)])
def test_bogey_and_stage_maximum_bound_the_time_charged(driven: int, expected: int) -> None:
    preset = replace(stage_rally().preset, bogey={"SS1": 200 * SECOND}, stage_max={"SS1": 480 * SECOND})
    once = charged(driven * SECOND, "SS1", preset)
    assert once == expected * SECOND
    assert charged(once, "SS1", preset) == once
    assert charged(driven * SECOND, "SS2", preset) == driven * SECOND


@pytest.mark.parametrize(
    ("tapped", "interval", "start"),
    [
        ("10:00:00", MINUTE, "10:00:00"),
        ("10:00:30", MINUTE, "10:00:30"),
        ("09:59:58.9", MINUTE, "10:00:00"),
        ("10:00:03.2", MINUTE, "10:00:00"),
        ("10:00:28.0", 30 * SECOND, "10:00:30"),
    ],
)
def test_a_marshals_tap_at_the_start_means_the_assigned_instant(
    tapped: str, interval: int, start: str
) -> None:
    assert assigned_start(at(tapped), interval) == at(start)


def result(rally: Rally, car: str = "1", stage: str = "SS1") -> StageResult:
    found = rally.stage_result(stage, car)
    assert found is not None
    return found


def test_the_marshals_start_goes_before_the_arrival_and_the_schedule() -> None:
    pen = Pen()
    finish = pen.stamp("SS1.FF", "10:06:30.05", "1")
    rally = Rally(stage_rally())
    rally.add(finish)
    # TC1 is printed with a target only, so without any check-in nobody knows a start.
    assert result(rally).status is ResultStatus.MISSING
    rally.add(pen.stamp("TC1", "09:57:40", "1"))
    assert (result(rally).time, result(rally).marks) == (span("6:30"), ())
    rally.add(pen.stamp("SS1.START", "10:01:00", "1"))
    assert result(rally).time == span("5:30")
    rally.add(pen.rule(CorrectTime("SS1.START", "1", at("10:02:00"))))
    assert (result(rally).time, result(rally).marks) == (span("4:30"), ("*",))


def test_a_car_without_a_start_reading_starts_by_the_schedule_and_says_so() -> None:
    pen = Pen()
    rally = told(stage_rally(), [pen.stamp("SS3.S1", "33:08:00", "2")])
    found = result(rally, "2", "SS3")
    # The arrival control of leg 2 has the first car at 9:00; the second follows a minute later.
    assert found.start == at("33:04:00")
    assert found.marks == ("~",)
    assert [part.time for part in found.parts] == [span("4:00")]


def test_a_car_that_crosses_midnight_on_a_stage_has_its_plain_time() -> None:
    pen = Pen()
    records = [pen.stamp("SS1.START", "23:58:30", "1"), pen.stamp("SS1.FF", "24:03:10.5", "1")]
    rally = told(stage_rally(), records)
    assert result(rally).time == span("4:40.5")
    assert rally.stage_results("SS3") == {}


@pytest.mark.parametrize("finish", ["10:00:00.123", "10:00:38"])
def test_an_absurdly_fast_time_is_held_and_never_tops_the_list(finish: str) -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1", "2"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", finish, "1"),
        pen.stamp("SS1.START", "10:01:00", "2"),
        pen.stamp("SS1.FF", "10:08:00", "2"),
    ]
    rally = told(stage_rally(), records)
    held = result(rally)
    assert (held.status, held.rank, held.marks) == (ResultStatus.HELD, None, ("?",))
    assert held.reason == "faster than 200 km/h average"
    assert list(rally.stage_results("SS1")) == ["2", "1"]
    assert ranks(rally) == {"2": 1, "1": None, "3": None}
    assert not rally.classification("overall").rows["1"].complete


def test_an_official_can_let_a_held_time_stand() -> None:
    pen = Pen()
    records = [pen.stamp("SS1.START", "10:00:00", "1"), pen.stamp("SS1.FF", "10:02:30", "1")]
    rally = told(stage_rally(), records)
    assert result(rally).status is ResultStatus.HELD
    rally.add(pen.rule(CorrectTime("SS1.FF", "1", at("10:02:30"))))
    assert (result(rally).status, result(rally).time) == (ResultStatus.DONE, span("2:30"))


def test_a_time_of_days_is_held() -> None:
    event = stage_rally()
    road = Road(event)
    days = 17 * 24 * 60 * MINUTE + 23 * 60 * MINUTE + 17 * SECOND
    assert held_reason(road, event.itinerary.stages["SS1"], days) == "longer than 12 hours"
    assert held_reason(road, event.itinerary.stages["SS1"], 0) == "the finish is not after the start"


def test_a_stage_time_of_the_clerk_carries_its_letter_and_counts() -> None:
    pen = Pen()
    rally = told(
        stage_rally(),
        [pen.stamp("SS1.START", "10:00:00", "1"), pen.rule(SetNotional("SS1", "1", span("6:12")))],
    )
    assert (result(rally).time, result(rally).marks) == (span("6:12"), ("N",))
    assert rally.classification("overall").rows["1"].total == span("6:12")


def test_the_clock_of_a_stage_stops_at_the_finish() -> None:
    pen = Pen()
    records = [pen.stamp("SS1.START", "10:00:00", "1"), pen.stamp("SS1.FF", "10:07:20.3", "1")]
    found = result(told(stage_rally(), records))
    assert (found.status, found.finish, found.time) == (ResultStatus.DONE, at("10:07:20.3"), span("7:20.3"))
