"""A car along the road: windows before which its stamps do not count."""

from dataclasses import replace

import pytest

from tests.core.rallies import Pen, at, regularity, span, stage_rally, told
from timing.core.decisions import CorrectTime
from timing.core.drive import OFFICIAL, follow_leg
from timing.core.readings import Source
from timing.core.road import Road
from timing.core.rulings import CarRulings
from timing.presets import load_preset


def test_a_pass_before_the_stage_start_is_ignored_and_shown() -> None:
    pen = Pen()
    recce = pen.stamp("SS1.S1", "09:30:00", "1")
    records = [
        *pen.to_first_stage("1"),
        recce,
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.S1", "10:03:00", "1"),
        pen.stamp("SS1.FF", "10:06:00", "1"),
    ]
    rally = told(stage_rally(), records)
    found = rally.stage_result("SS1", "1")
    assert found is not None
    assert [part.time for part in found.parts] == [span("3:00")]
    state = rally.control_state("SS1.S1").stamps[recce.key]
    assert (state.disposition, state.reason) == ("OUTSIDE_WINDOW", "before the car started SS1")


@pytest.mark.parametrize("clock", ["08:30:00", "10:00:30"])
def test_a_pass_before_the_cars_own_start_is_ignored(clock: str) -> None:
    pen = Pen()
    early = pen.stamp("L0", clock, "3")
    rally = told(regularity(), [early, pen.stamp("TC0", "10:02:00", "3"), pen.stamp("L0", "10:22:05", "3")])
    assert rally.control_state("L0").arrived["3"].at == at("10:22:05")
    assert rally.control_state("L0").stamps[early.key].reason == "before the car started the leg"


@pytest.mark.parametrize(("clock", "counts"), [("09:44:59", False), ("09:45:00", True)])
def test_the_first_control_opens_a_quarter_of_an_hour_before_the_first_car(clock: str, counts: bool) -> None:
    pen = Pen()
    test_stamp = pen.stamp("TC0", clock, "1")
    rally = told(regularity(), [test_stamp])
    assert ("1" in rally.control_state("TC0").arrived) == counts
    reason = rally.control_state("TC0").stamps[test_stamp.key].reason
    assert reason == ("" if counts else "before the leg opened")


def test_a_crew_that_left_early_is_still_timed() -> None:
    pen = Pen()
    rally = told(regularity(), [pen.stamp("TC0", "09:58:00", "3"), pen.stamp("L0", "10:01:00", "3")])
    assert rally.control_state("L0").arrived["3"].at == at("10:01:00")


def test_on_a_tour_people_leave_when_they_are_ready() -> None:
    pen = Pen()
    event = replace(regularity(), preset=load_preset("TOUR"))
    rally = told(event, [pen.stamp("L0", "07:30:00", "3")])
    assert "3" in rally.control_state("L0").arrived
    assert "3" not in told(regularity(), [pen.stamp("L0", "07:30:00", "3")]).control_state("L0").arrived


def test_the_start_of_a_stage_is_the_assigned_instant_not_the_crossing() -> None:
    pen = Pen()
    wheel = pen.stamp("SS1.START", "10:00:00.6", "1", source=Source.A, device="beam")
    records = [*pen.to_first_stage("1"), wheel, pen.stamp("SS1.START", "10:00:00", "1")]
    rally = told(stage_rally(), records)
    start = rally.stage_start("SS1", "1")
    assert start is not None
    assert (start.at, start.source) == (at("10:00:00"), "M")
    state = rally.control_state("SS1.START").stamps[wheel.key]
    assert (state.disposition, state.reason) == (
        "ASSIGNED",
        "the wheel on the line; the start is the assigned instant",
    )


def test_a_wheel_alone_shows_that_the_car_has_started() -> None:
    pen = Pen()
    records = [*pen.to_first_stage("1"), pen.stamp("SS1.START", "10:00:00.6", "1", source=Source.A)]
    rally = told(stage_rally(), records)
    assert rally.crew_state("1").status == "ON_STAGE"
    start = rally.stage_start("SS1", "1")
    assert start is not None
    assert start.source == "ATC"


def test_a_ruled_time_stands_before_every_stamp_and_says_so() -> None:
    pen = Pen()
    stamp = pen.stamp("TC0", "09:44:00", "1")
    rally = told(stage_rally(), [stamp, pen.rule(CorrectTime("TC0", "1", at("09:40")), "fix")])
    chosen = rally.control_state("TC0").arrived["1"]
    assert (chosen.at, chosen.source, chosen.key, chosen.marks) == (at("09:40"), OFFICIAL, "D/fix", ("*",))
    assert chosen.others == (stamp.key,)
    assert rally.control_state("TC0").stamps[stamp.key].reason == "an official's time stands before it"
    assert rally.crew_state("1").penalties == ()


def test_what_happens_on_one_leg_does_not_matter_on_another() -> None:
    event = stage_rally()
    road = Road(event)
    entry = event.entries.by_number["1"]
    drive = follow_leg(road, entry, 2, {}, CarRulings())
    assert (drive.chosen, list(drive.starts)) == ({}, ["SS3"])
    assert drive.starts["SS3"].assumed
