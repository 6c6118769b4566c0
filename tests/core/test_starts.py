"""Start instants: assigned, entered, printed, self starts; and whose a nameless stamp behind one is."""

import random
from dataclasses import replace

import pytest

from tests.core.rallies import Pen, Road, at, crews, everything, span, stage_rally, told
from timing.core.decisions import AssignStart, CorrectTime, Role, Withdraw
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND
from timing.core.itinerary import ControlKind, StageKind
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.results import ResultStatus
from timing.core.starts import self_start
from timing.presets import load_preset


def start_of(rally: Rally, stage: str, car: str = "1") -> tuple[int, str] | None:
    start = rally.stage_start(stage, car)
    return None if start is None else (start.at, start.source)


def test_an_assigned_start_stands_before_the_marshals_stamp_and_can_be_taken_back() -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:07:00.25", "1"),
    ]
    rally = told(stage_rally(), records)
    rally.add(pen.rule(AssignStart("SS1.START", "1", at("10:00:30")), "assigned", Role.CLERK))
    assert start_of(rally, "SS1") == (at("10:00:30"), "assigned")
    found = rally.stage_results("SS1")["1"]
    assert (found.time, found.marks) == (span("6:30.2"), ())
    rally.add(pen.rule(Withdraw("assigned"), role=Role.CLERK, clock="18:30"))
    assert start_of(rally, "SS1") == (at("10:00:00"), "M")


@pytest.mark.parametrize(("correction", "expected"), [("17:00", "10:00:30"), ("19:00", "10:02:00")])
def test_of_an_assigned_and_a_corrected_start_the_later_decision_holds(
    correction: str, expected: str
) -> None:
    pen = Pen()
    records = [
        pen.rule(CorrectTime("SS1.START", "1", at("10:02:00")), clock=correction),
        pen.rule(AssignStart("SS1.START", "1", at("10:00:30")), role=Role.CLERK),
        pen.stamp("SS1.FF", "10:07:00", "1"),
    ]
    start = start_of(told(stage_rally(), records), "SS1")
    assert start is not None
    assert start[0] == at(expected)


def test_an_assigned_start_alone_does_not_say_that_the_crew_has_begun() -> None:
    ruling = Pen().rule(AssignStart("SS1.START", "1", at("10:05")), role=Role.CLERK)
    rally = told(stage_rally(), [ruling])
    assert rally.due("SS1.START", "1") == at("10:05")
    assert rally.stage_results("SS1") == {}


def test_the_arrival_control_gives_a_provisional_start_three_minutes_after_the_check_in() -> None:
    pen = Pen()
    rally = told(stage_rally(), [pen.stamp("TC0", "09:40:00", "1"), pen.stamp("TC1", "09:57:59", "1")])
    assert start_of(rally, "SS1") == (at("10:00"), "ATC")
    five = told(stage_rally(provisional_start_gap=5 * MINUTE), [pen.stamp("TC1", "09:57:59", "1")])
    assert start_of(five, "SS1") == (at("10:02"), "ATC")


def test_a_start_that_is_printed_itself_goes_before_the_printed_arrival() -> None:
    road = Road()
    road.put("TC0", ControlKind.ATC, "0", first="10:00")
    road.special("SS1", "0.1", split=False)
    event = road.event(load_preset("FIA_STAGE"), crews("1"))
    assert start_of(Rally(event), "SS1") == (at("10:03"), "schedule")
    line = replace(event.itinerary.controls["SS1.START"], first_car=at("10:07"))
    controls = {**event.itinerary.controls, "SS1.START": line}
    event = replace(event, itinerary=replace(event.itinerary, controls=controls))
    assert start_of(Rally(event), "SS1") == (at("10:07"), "schedule")


def test_head_to_head_cars_30_seconds_apart_start_on_the_half_minute() -> None:
    pen = Pen()
    event = stage_rally()
    event = replace(event, preset=replace(event.preset, start_interval=30 * SECOND))
    records = [
        pen.stamp("SS1.START", "10:00:01.2", "1"),
        pen.stamp("SS1.START", "10:00:31.4", "2"),
    ]
    rally = told(event, records)
    assert start_of(rally, "SS1", "1") == (at("10:00:00"), "M")
    assert start_of(rally, "SS1", "2") == (at("10:00:30"), "M")


@pytest.mark.parametrize(
    ("seen", "minute"),
    # A logger's place may run a little ahead of its clock.
    [("10:00:00", "10:00"), ("10:00:54", "10:00"), ("09:59:57", "10:00"), ("09:59:54", "09:59")],
)
def test_a_crew_starts_itself_at_the_whole_minute(seen: str, minute: str) -> None:
    assert self_start(at(seen)) == at(minute)


def section(**rules: object) -> Event:
    """A regularity section that crews start themselves, with two timed points."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="09:30")
    road.put("SELF", ControlKind.SELF_START, "6", stage="R1", average=48)
    road.put("R1.1", ControlKind.AVG_TRIAL, "12", stage="R1")
    road.time("R1", StageKind.AVG_TRIAL, "SELF", "R1.1")
    preset = replace(load_preset("ACI_REGULARITY"), **rules)  # type: ignore[arg-type]
    return road.event(preset, crews("1", "2"))


def test_a_section_that_crews_start_themselves_runs_from_the_whole_minute() -> None:
    pen = Pen()
    logger = pen.stamp("SELF", "10:00:02.6", "1", source=Source.G, device="t1", uncertainty=SECOND)
    point = pen.stamp("R1.1", "10:07:33.9", "1", source=Source.G, device="t1", uncertainty=SECOND)
    rally = told(section(), [logger, point])
    assert start_of(rally, "R1") == (at("10:00"), "G")
    found = rally.stage_results("R1")["1"]
    assert [found.deviation, found.points] == [3 * SECOND, 3]


def tsd() -> Event:
    """Two legs of a TSD: the first from a restart at 10:00 and the car's own minute, the next chained."""
    road = Road()
    road.put("OUT", ControlKind.RESTART, "0", first="10:00")
    road.put("CP1", ControlKind.REG_TEST, "6", stage="L1", target="10:00")
    road.put("CP2", ControlKind.REG_TEST, "10", stage="L2", target="6:00")
    road.time("L1", StageKind.REG_TEST, "OUT", "CP1", target="10:00")
    road.time("L2", StageKind.REG_TEST, "CP1", "CP2", target="6:00")
    return road.event(load_preset("TSD_SECOND"), crews("1", "2", "3"))


def test_the_out_time_of_a_restart_is_the_schedule_of_the_first_car_and_the_cars_own_minutes() -> None:
    pen = Pen()
    rally = told(tsd(), [pen.stamp("CP1", "10:12:07", "3")])
    assert start_of(rally, "L1", "3") == (at("10:02"), "schedule")
    assert rally.due("OUT", "3") == at("10:02")
    found = rally.stage_results("L1")["3"]
    assert (found.status, found.deviation) == (ResultStatus.DONE, 7 * SECOND)
    rally.add(pen.rule(AssignStart("OUT", "3", at("10:03")), role=Role.CLERK))
    assert rally.stage_results("L1")["3"].deviation == -53 * SECOND


def test_a_marshal_who_enters_an_out_time_goes_before_the_schedule_and_a_passing_does_not() -> None:
    pen = Pen()
    passing = pen.stamp("OUT", "10:02:31", "3", source=Source.G, device="t3")
    rally = told(tsd(), [passing, pen.stamp("CP1", "10:12:00", "3")])
    assert start_of(rally, "L1", "3") == (at("10:02"), "schedule")
    rally.add(pen.stamp("OUT", "10:04:00", "3", source=Source.M, device="m"))
    assert start_of(rally, "L1", "3") == (at("10:04"), "M")


def test_a_nameless_stamp_behind_a_restart_is_the_car_that_is_due_by_its_out_time() -> None:
    pen = Pen()
    road = Road()
    road.put("OUT", ControlKind.RESTART, "0", first="10:00")
    road.put("CP1", ControlKind.REG_TEST, "6", stage="L1", target="10:00")
    road.time("L1", StageKind.REG_TEST, "OUT", "CP1", target="10:00")
    event = road.event(load_preset("TSD_SECOND"), crews("1", "2", interval=40 * MINUTE))
    rally = told(event, [pen.stamp("CP1", "10:50:12"), pen.stamp("CP1", "10:09:58")])
    arrived = {car: chosen.at for car, chosen in rally.control_state("CP1").arrived.items()}
    assert arrived == {"1": at("10:09:58"), "2": at("10:50:12")}


def test_cars_are_counted_through_past_controls_that_few_of_them_record() -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("SELF", ControlKind.SELF_START, "1")
    road.put("TRAP", ControlKind.OFF_COURSE, "2")
    road.put("CLOCK", ControlKind.TIME_CHECK, "3")
    road.put("S", ControlKind.REG_TEST, "6")
    road.put("E", ControlKind.REG_TEST, "6.2", stage="T", target="18.00")
    road.time("T", StageKind.REG_TEST, "S", "E", target="18.00")
    event = road.event(load_preset("ACI_REGULARITY"), crews("1", "2", interval=60 * MINUTE))
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.stamp("TC0", "11:00:00", "2"),
        pen.stamp("S", "10:07:12"),
        pen.stamp("S", "11:07:12"),
        pen.stamp("E", "10:07:30"),
    ]
    rally = told(event, records)
    assert list(rally.control_state("S").arrived) == ["1", "2"]
    assert list(rally.control_state("E").arrived) == ["1"]


def test_nameless_stamps_on_a_neutralised_stage_are_those_of_the_car_on_it() -> None:
    road = Road()
    road.put("TC0", ControlKind.ATC, "0", first="09:57")
    road.special("SS1", "0.1", neutral=True, split=False)
    pen = Pen()
    records = [
        pen.stamp("TC0", "09:57:00", "1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.IN", "10:03:40"),
        pen.stamp("SS1.OUT", "10:21:00"),
        pen.stamp("SS1.FF", "10:22:20"),
    ]
    rally = told(road.event(load_preset("FIA_STAGE"), crews("1", "2", interval=40 * MINUTE)), records)
    assert rally.stage_results("SS1")["1"].time == span("5:00")


@pytest.mark.parametrize("seed", range(4))
def test_assigned_starts_may_arrive_in_any_order(seed: int) -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1", "2"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:06:20.9", "1"),
        pen.stamp("SS1.FF", "10:00:10.9", "1"),
        pen.rule(AssignStart("SS1.START", "1", at("10:00:30")), "a", Role.CLERK),
        pen.rule(AssignStart("SS1.START", "1", at("10:01:00")), "b", Role.CLERK, supersedes="a"),
        pen.rule(AssignStart("SS1.START", "2", at("10:02:00")), "c", Role.CLERK),
        pen.rule(Withdraw("c"), "d", Role.CLERK, clock="18:20"),
        pen.stamp("SS1.FF", "10:09:20.9", "2"),
    ]
    wanted = everything(told(stage_rally(), records))
    shuffled = records.copy()
    random.Random(seed).shuffle(shuffled)
    rally = Rally(stage_rally())
    for record in shuffled:
        rally.add(record)
    assert everything(rally) == wanted
