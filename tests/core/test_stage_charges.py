"""What a special stage costs beside its driven time: bounds, failed and missed stages, neutralised parts."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import Pen, Road, at, crews, span, stage_rally, told
from timing.core.decisions import AssignStart, CorrectTime, FailStage, Penalise, Role, SetNotional
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND
from timing.core.itinerary import ControlKind, StageKind
from timing.core.preset import Truncate
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import ResultStatus, StageResult
from timing.core.stage_times import charged, failed_stage, missed_stage, stage_resolution
from timing.presets import load_preset

BOUNDS = {"bogey": {"SS1": 200 * SECOND}, "stage_max": {"SS1": 480 * SECOND}}
FIA = load_preset("FIA_STAGE")


def result(rally: Rally, stage: str = "SS1") -> StageResult:
    found = rally.stage_result(stage, "1")
    assert found is not None
    return found


def over_ss1(pen: Pen, finish: str, start: str = "10:00:00") -> list[Record]:
    return [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", start, "1"),
        pen.stamp("SS1.FF", finish, "1"),
    ]


@pytest.mark.parametrize(
    ("finish", "driven", "cost"),
    [
        ("10:03:10.00", 190, 200),
        ("10:03:20.00", 200, 200),
        ("10:05:33.00", 333, 333),
        ("10:08:00.00", 480, 480),
        ("10:11:40.00", 700, 480),
    ],
)
def test_between_a_bogey_of_3_20_and_a_maximum_of_8_00_the_driven_time_stays_visible(
    finish: str, driven: int, cost: int
) -> None:
    found = result(told(stage_rally(**BOUNDS), over_ss1(Pen(), finish)))  # type: ignore[arg-type]
    assert (found.driven, found.time) == (driven * SECOND, cost * SECOND)


@given(st.integers(0, 10**10), st.integers(0, 10**10))
def test_charging_twice_charges_no_more_and_the_order_of_times_is_kept(one: int, other: int) -> None:
    preset = replace(FIA, **BOUNDS)  # type: ignore[arg-type]
    once = charged(one, "SS1", preset)
    assert charged(once, "SS1", preset) == once
    if one <= other:
        assert once <= charged(other, "SS1", preset)


def test_a_stage_not_performed_as_prescribed_costs_its_maximum() -> None:
    pen = Pen()
    rally = told(stage_rally(charge_stage_max=True, **BOUNDS), over_ss1(pen, "10:05:33"))  # type: ignore[arg-type]
    rally.add(pen.rule(FailStage("SS1", "1"), "fail", Role.CLERK))
    found = result(rally)
    assert (found.time, found.driven) == (480 * SECOND, 333 * SECOND)
    assert (found.status, found.reason) == (ResultStatus.DONE, "not performed as prescribed")
    assert rally.crew_state("1").penalties == ()
    assert rally.classification("overall").rows["1"].total == 480 * SECOND


def test_a_stage_that_was_never_finished_costs_its_maximum_where_it_was_failed() -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("TC2", "11:00:00", "1"),
        pen.rule(FailStage("SS1", "1"), role=Role.CLERK),
    ]
    found = result(told(stage_rally(charge_stage_max=True, **BOUNDS), records))  # type: ignore[arg-type]
    assert (found.time, found.driven, found.status) == (480 * SECOND, None, ResultStatus.DONE)


def test_a_failed_stage_without_a_price_waits_for_an_official() -> None:
    pen = Pen()
    assert failed_stage("SS1", FIA) is None
    assert failed_stage("SS1", replace(FIA, charge_stage_max=True)) is None
    rally = told(stage_rally(), over_ss1(pen, "10:05:33"))
    ruling = pen.rule(FailStage("SS1", "1"), role=Role.CLERK, text="cut the chicane")
    rally.add(ruling)
    (row,) = rally.crew_state("1").penalties
    assert (row.rule, row.amount, row.stage, row.text) == (
        "not as prescribed",
        None,
        "SS1",
        "cut the chicane",
    )
    assert row.records == (ruling.seq,)
    assert result(rally).time == 333 * SECOND
    rally.add(pen.rule(Penalise("1", "chicane", time=30 * SECOND, stage="SS1"), role=Role.STEWARD))
    assert [r.amount for r in rally.crew_state("1").penalties] == [30 * SECOND]


def test_a_missed_stage_costs_more_than_its_maximum() -> None:
    rules = replace(FIA, missed_stage_extra=900, **BOUNDS)  # type: ignore[arg-type]
    assert missed_stage("SS1", rules) == 480 * SECOND + 900 * SECOND
    assert missed_stage("SS2", rules) is None
    pen = Pen()
    records = [*pen.to_first_stage("1"), pen.stamp("TC2", "10:57:00", "1")]
    found = result(told(stage_rally(missed_stage_extra=900, **BOUNDS), records))  # type: ignore[arg-type]
    assert (found.time, found.driven, found.status) == (1380 * SECOND, None, ResultStatus.DONE)
    plain = result(told(stage_rally(**BOUNDS), records))  # type: ignore[arg-type]
    assert (plain.time, plain.status) == (None, ResultStatus.MISSING)


def test_a_finish_without_a_start_is_no_missed_stage() -> None:
    pen = Pen()
    rally = told(
        stage_rally(missed_stage_extra=900, **BOUNDS),  # type: ignore[arg-type]
        [pen.stamp("SS1.FF", "10:06:00", "1"), pen.stamp("TC2", "10:57:00", "1")],
    )
    assert result(rally).status is ResultStatus.MISSING


def test_a_notional_time_stands_before_what_a_missed_stage_costs() -> None:
    pen = Pen()
    records = [*pen.to_first_stage("1"), pen.stamp("TC2", "10:57:00", "1")]
    rally = told(stage_rally(missed_stage_extra=900, **BOUNDS), records)  # type: ignore[arg-type]
    rally.add(pen.rule(SetNotional("SS1", "1", span("6:12")), role=Role.CLERK))
    assert (result(rally).time, result(rally).marks) == (span("6:12"), ("N",))


def test_a_power_stage_is_timed_to_the_thousandth_beside_others_to_the_tenth() -> None:
    preset = replace(FIA, stage_resolution={"SS2": 1_000})
    assert (stage_resolution("SS1", preset), stage_resolution("SS2", preset)) == (100_000, 1_000)
    pen = Pen()
    records = [
        *over_ss1(pen, "10:06:17.3999"),
        pen.stamp("TC2", "11:00:00", "1"),
        pen.stamp("SS2.START", "11:03:00", "1"),
        pen.stamp("SS2.S1", "11:06:00.4567", "1"),
        pen.stamp("SS2.FF", "11:09:17.3999", "1"),
    ]
    rally = told(stage_rally(stage_resolution={"SS2": 1_000}), records)
    assert (result(rally).time, result(rally, "SS2").time) == (span("6:17.3"), span("6:17.399"))
    assert result(rally, "SS2").parts[0].time == span("3:00.456")


def test_a_bulletin_may_change_the_resolution_and_the_maximum_of_the_stages_behind_it() -> None:
    event = stage_rally(**BOUNDS)  # type: ignore[arg-type]
    later = replace(event.preset, ss_resolution=SECOND, stage_max={"SS1": 60 * SECOND, "SS2": 400 * SECOND})
    event = replace(event, rules_from=((event.itinerary.controls["TC2"].order, later),))
    pen = Pen()
    records = [
        *over_ss1(pen, "10:05:33.7"),
        pen.stamp("TC2", "11:00:00", "1"),
        pen.stamp("SS2.START", "11:03:00", "1"),
        pen.stamp("SS2.FF", "11:09:59.9", "1"),
    ]
    rally = told(event, records)
    assert result(rally).time == span("5:33.7")
    assert (result(rally, "SS2").driven, result(rally, "SS2").time) == (span("6:59"), span("6:40"))


# neutralised stretches ----------------------------------------------------------------------------


def neutralised(**rules: Any) -> Event:
    """SS1 of 10 km with a split at km 5 and a neutralised stretch from km 6 to km 8."""
    road = Road()
    road.put("TC0", ControlKind.ATC, "0", first="09:57")
    road.special("SS1", "0.1", neutral=True)
    road.put("TC1", ControlKind.TC, "30", target="1:00:00")
    return road.event(replace(FIA, **rules), crews("1"))


def through(pen: Pen, finish: str = "10:12:30.48") -> list[Record]:
    return [
        pen.stamp("TC0", "09:57:00", "1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.S1", "10:03:00.1", "1"),
        pen.stamp("SS1.IN", "10:03:40.26", "1"),
        pen.stamp("SS1.OUT", "10:10:05.51", "1"),
        pen.stamp("SS1.FF", finish, "1"),
    ]


@pytest.mark.parametrize(
    ("truncate", "time"),
    # 12:30.48 less 6:25.25 between the two ends; the readings cut first: 3:40.2 and 2:24.9 (30.4 - 5.5).
    [(Truncate.ELAPSED, "6:05.2"), (Truncate.STAMPS, "6:05.1")],
)
def test_the_time_in_a_neutralised_stretch_does_not_count_and_both_stamps_are_kept(
    truncate: Truncate, time: str
) -> None:
    rally = told(neutralised(truncate=truncate), through(Pen()))
    found = result(rally)
    assert (found.time, found.status) == (span(time), ResultStatus.DONE)
    assert found.finish == at("10:12:30.48")
    assert found.parts[0].time == span("3:00.1")
    assert list(rally.control_state("SS1.IN").arrived) == ["1"]
    assert list(rally.control_state("SS1.OUT").arrived) == ["1"]


def test_inside_a_stage_a_crew_is_on_the_stage_also_where_it_is_neutralised() -> None:
    rally = told(neutralised(), through(Pen())[:4])
    assert rally.crew_state("1").status == "ON_STAGE"
    assert result(rally).status is ResultStatus.RUNNING
    assert rally.crew_state("1").missed == ()


@pytest.mark.parametrize("lost", ["SS1.IN", "SS1.OUT"])
def test_without_one_end_of_the_neutralised_stretch_an_official_gives_the_time(lost: str) -> None:
    pen = Pen()
    records = [record for record in through(pen) if getattr(record.body, "control", "") != lost]
    rally = told(neutralised(), records)
    found = result(rally)
    assert (found.status, found.time) == (ResultStatus.MISSING, None)
    assert found.reason == f"no time at {lost}, where the stage is neutralised"
    clock = "10:03:40.26" if lost.endswith("IN") else "10:10:05.51"
    rally.add(pen.rule(CorrectTime(lost, "1", at(clock))))
    assert result(rally).time == span("6:05.2")


def test_a_neutralised_stretch_is_left_out_of_the_average_that_is_believed() -> None:
    pen = Pen()
    # 8 km in 2:20 of counted time are 206 km/h; the whole 10 km in 8:45 would pass for slow.
    records = [
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.IN", "10:01:45", "1"),
        pen.stamp("SS1.OUT", "10:08:10", "1"),
        pen.stamp("SS1.FF", "10:08:45", "1"),
    ]
    found = result(told(neutralised(), records))
    assert (found.status, found.reason) == (ResultStatus.HELD, "faster than 200 km/h average")


def test_a_time_that_is_fair_for_the_metres_that_counted_is_believed() -> None:
    pen = Pen()
    # 8 km in 2:40 are 180 km/h; the whole 10 km would have been 225 km/h.
    records = [
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.IN", "10:02:00", "1"),
        pen.stamp("SS1.OUT", "10:08:10", "1"),
        pen.stamp("SS1.FF", "10:08:50", "1"),
    ]
    found = result(told(neutralised(), records))
    assert (found.status, found.time) == (ResultStatus.DONE, span("2:40"))


def test_at_splits_inside_and_behind_a_neutralised_stretch_the_clock_had_stood_still_too() -> None:
    road = Road()
    road.put("TC0", ControlKind.ATC, "0", first="09:57")
    kinds = {
        "START": (ControlKind.SS_START, "0.1"),
        "IN": (ControlKind.NEUTRAL_IN, "4"),
        "S1": (ControlKind.SPLIT, "5"),
        "OUT": (ControlKind.NEUTRAL_OUT, "6"),
        "S2": (ControlKind.SPLIT, "8"),
        "FF": (ControlKind.FF, "10.1"),
    }
    for name, (kind, km) in kinds.items():
        road.put(f"SS1.{name}", kind, km, stage="SS1")
    road.time("SS1", StageKind.SS, "SS1.START", "SS1.FF", "SS1.S1", "SS1.S2")
    road.stages["SS1"] = replace(road.stages["SS1"], neutral=(("SS1.IN", "SS1.OUT"),))
    pen = Pen()
    clocks = {"START": "10:00:00", "IN": "10:03:00", "S1": "10:05:00", "OUT": "10:09:00", "S2": "10:11:00"}
    records = [pen.stamp(f"SS1.{name}", clock, "1") for name, clock in clocks.items()]
    rally = told(road.event(FIA, crews("1")), records)
    assert [part.time for part in result(rally).parts] == [span("3:00"), span("5:00")]
    rally.add(pen.stamp("SS1.FF", "10:12:30", "1"))
    assert result(rally).time == span("6:30")


def test_where_a_distance_is_not_known_no_average_is_doubted() -> None:
    event = stage_rally()
    for blind in (("SS1.START",), ("SS1.FF",), ("SS1.START", "SS1.FF")):
        changed = {ident: replace(event.itinerary.controls[ident], metres=None) for ident in blind}
        controls = {**event.itinerary.controls, **changed}
        bare = replace(event, itinerary=replace(event.itinerary, controls=controls))
        assert result(told(bare, over_ss1(Pen(), "10:01:10"))).status is ResultStatus.DONE
    assert result(told(event, over_ss1(Pen(), "10:01:10"))).status is ResultStatus.HELD


def test_splits_are_for_information_and_move_no_result() -> None:
    pen = Pen()
    without = result(told(stage_rally(), over_ss1(pen, "10:06:00")))
    with_split = told(stage_rally(), [*over_ss1(Pen(), "10:06:00"), Pen(90).stamp("SS1.S1", "10:02:59", "1")])
    found = result(with_split)
    assert (found.time, found.rank, found.marks) == (without.time, without.rank, without.marks)
    assert [part.time for part in found.parts] == [3 * MINUTE - SECOND]


# why ------------------------------------------------------------------------------------------------


def steps(rally: Rally, stage: str = "SS1") -> list[tuple[str, str]]:
    return [(step.what, step.value) for step in rally.explain(stage, "1").steps]


def test_the_explanation_gives_the_driven_time_and_what_was_charged_for_it() -> None:
    rally = told(stage_rally(**BOUNDS), over_ss1(Pen(), "10:03:10.00"))  # type: ignore[arg-type]
    found = steps(rally)
    assert ("time, subtracted, then cut at 1 decimals", "3:10.0") in found
    assert ("charged: at least the bogey time, at most the stage maximum", "3:20.0") in found
    plain = steps(told(stage_rally(), over_ss1(Pen(), "10:03:10.00")))
    assert not any(what.startswith("charged") for what, _ in plain)


def test_the_explanation_names_a_failed_stage_and_a_start_assigned_by_an_official() -> None:
    pen = Pen()
    records = [
        *over_ss1(pen, "10:05:33"),
        pen.rule(FailStage("SS1", "1"), role=Role.CLERK),
        pen.rule(AssignStart("SS1.START", "1", at("10:00:30")), role=Role.CLERK),
    ]
    found = steps(told(stage_rally(charge_stage_max=True, **BOUNDS), records))  # type: ignore[arg-type]
    assert found[0][0] == "start at SS1.START assigned by an official"
    assert ("time, subtracted, then cut at 1 decimals", "5:03.0") in found
    assert ("not performed as prescribed", "8:00.0") in found


def test_the_explanation_shows_what_was_neutralised_and_its_two_stamps() -> None:
    rally = told(neutralised(), through(Pen()))
    (step,) = (s for s in rally.explain("SS1", "1").steps if s.what.startswith("neutralised"))
    assert step.what == "neutralised from SS1.IN to SS1.OUT, 10:03:40.260000 to 10:10:05.510000"
    assert step.value == "-6:25.250000"
    assert step.records == (4, 5)


def test_only_a_stage_that_was_failed_costs_its_maximum_and_only_where_that_is_the_price() -> None:
    pen = Pen()
    driven = over_ss1(pen, "10:05:33")
    priced = stage_rally(charge_stage_max=True, **BOUNDS)  # type: ignore[arg-type]
    assert result(told(priced, driven)).time == 333 * SECOND
    failed = pen.rule(FailStage("SS1", "1"), "fail", Role.CLERK)
    free = result(told(stage_rally(**BOUNDS), [*driven, failed]))  # type: ignore[arg-type]
    assert (free.time, free.driven) == (333 * SECOND, 333 * SECOND)


def test_a_held_time_is_shown_as_it_was_driven() -> None:
    # 9 km in 20 s was no car; the time is there to be looked at.
    found = result(told(stage_rally(), over_ss1(Pen(), "10:00:20.19")))
    assert (found.status, found.stage) == (ResultStatus.HELD, "SS1")
    assert (found.time, found.driven) == (20_100_000, 20_100_000)
    assert found.reason


def test_a_split_says_whose_word_it_is() -> None:
    pen = Pen()
    split = pen.stamp("SS1.S1", "10:03:00.5", "1")
    (part,) = result(told(stage_rally(), [*over_ss1(pen, "10:06:00"), split])).parts
    assert (part.time, part.source, part.seq) == (180_500_000, "A", split.seq)
