"""Official delays and assigned out minutes: what they move, what they settle and what they leave alone."""

import random
from dataclasses import replace

import pytest

from tests.core.rallies import Pen, Road, at, crews, everything, told
from tests.core.test_due_times import british, rows, targets
from timing.core.decisions import AllowDelay, AssignStart, CorrectTime, Role, TimeBasis, Withdraw
from timing.core.instant import MINUTE, SECOND
from timing.core.itinerary import ControlKind
from timing.core.preset import SectionOrigin
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.presets import load_preset

ACI = load_preset("ACI_REGULARITY")
UK_ROAD = load_preset("MSUK_HISTORIC_ROAD")


@pytest.mark.parametrize("control", ["CT", "TC1"])
def test_an_allowed_delay_moves_the_next_due_minute_and_the_rest_follows_from_there(control: str) -> None:
    pen = Pen()
    rally = told(
        targets(),
        [
            pen.stamp("TC0", "10:00:00", "1"),
            pen.rule(AllowDelay(control, "1", 6), "delay", Role.CLERK),
            pen.stamp("TC1", "10:26:30", "1"),
        ],
    )
    assert rally.sheet("1").check_ins["TC1"].due == at("10:26")
    assert rows(rally) == [("missed control", "CT", None)]
    assert rally.due("TC2", "1") == at("10:41")
    rally.add(pen.rule(Withdraw("delay"), role=Role.CLERK, clock="18:30"))
    assert ("late", "TC1", 300) in rows(rally)


def test_an_allowed_delay_moves_all_of_a_printed_schedule_behind_it() -> None:
    pen = Pen()
    records = [
        pen.stamp("MTC1", "09:55:00", "1", source=Source.M, device="m"),
        pen.rule(AllowDelay("TC1", "1", 5), role=Role.CLERK),
        pen.stamp("TC1", "10:10:00", "1"),
    ]
    rally = told(british(), records)
    assert rows(rally) == []
    assert (rally.due("TC2", "1"), rally.due("TC3", "1")) == (at("10:20"), at("10:30"))


def test_the_out_minute_of_a_regroup_is_assigned_and_a_new_origin() -> None:
    pen = Pen()
    rally = told(
        targets(),
        [
            pen.stamp("TC0", "10:00:00", "1"),
            pen.stamp("CT", "10:09:00", "1"),
            pen.stamp("TC1", "10:20:00", "1"),
            pen.rule(AssignStart("TC2", "1", at("10:50")), role=Role.CLERK),
        ],
    )
    assert (rally.due("TC2", "1"), rally.due("TC3", "1")) == (at("10:50"), at("11:10"))
    # An out minute is given, not stamped: nobody has missed anything.
    rally.add(pen.stamp("TC3", "11:10:00", "1"))
    assert rows(rally) == []
    rally.add(pen.stamp("TC2", "10:52:00", "1"))
    assert rows(rally) == [("late", "TC2", 200), ("early", "TC3", 200)]


def test_an_assigned_minute_settles_what_was_taken_before_on_a_schedule() -> None:
    pen = Pen()
    records = [
        pen.stamp("MTC1", "09:55:00", "1", source=Source.M, device="m"),
        pen.stamp("TC1", "10:10:00", "1"),
        pen.rule(AssignStart("TC2", "1", at("10:16")), role=Role.CLERK),
        pen.stamp("TC2", "10:16:00", "1"),
    ]
    rally = told(british(), records)
    assert rows(rally) == [("late", "TC1", 75 * SECOND)]
    assert rally.sheet("1").check_ins["TC2"].in_all == 0
    assert rally.due("TC3", "1") == at("10:26")


def test_an_assigned_minute_moves_the_printed_times_behind_it_also_where_none_is_printed_itself() -> None:
    pen = Pen()
    records = [
        pen.stamp("MTC1", "09:55:00", "1", source=Source.M, device="m"),
        pen.stamp("TC1", "10:12:00", "1"),  # 7 taken
        pen.rule(AssignStart("TC1", "1", at("10:13")), role=Role.CLERK),
    ]
    rally = told(british(), records)
    # Due at 10:05 by the print, sent off at 10:13: everything printed is 8 minutes later.
    assert (rally.due("TC1", "1"), rally.due("TC2", "1")) == (at("10:13"), at("10:23"))
    assert rally.due("TC3", "1") == at("10:33")


def test_a_leg_that_officials_send_off_before_its_printed_time_is_timed_from_there() -> None:
    pen = Pen()
    records = [pen.stamp("TC0", "09:00:10", "1"), pen.stamp("CT", "09:08:00", "1")]
    rally = told(targets(), records)
    assert rally.control_state("TC0").arrived == {}
    rally.add(pen.rule(AssignStart("TC0", "1", at("09:00")), role=Role.CLERK))
    assert set(rally.sheet("1").drive.chosen) == {"TC0", "CT"}
    assert rally.due("TC1", "1") == at("09:20")
    assert rows(rally) == []


def test_what_was_taken_and_allowed_before_is_settled_by_an_assigned_minute_and_moves_nothing_twice() -> None:
    pen = Pen()
    records = [
        pen.stamp("MTC1", "09:55:00", "1", source=Source.M, device="m"),
        pen.rule(AllowDelay("TC1", "1", 5), role=Role.CLERK),
        pen.stamp("TC1", "10:13:00", "1"),  # printed 10:05, 5 allowed: 3 taken
    ]
    rally = told(british(), records)
    assert (rally.due("TC2", "1"), rally.due("TC4", "1")) == (at("10:23"), at("10:43"))
    rally.add(pen.rule(AssignStart("TC2", "1", at("10:30")), role=Role.CLERK))
    assert (rally.due("TC3", "1"), rally.due("TC4", "1")) == (at("10:40"), at("10:50"))
    booked = rally.sheet("1").check_ins
    assert [booked[c].allowed for c in ("MTC1", "TC1", "TC2", "TC3")] == [0, 5, 0, 0]


def test_an_assigned_minute_among_target_times_leaves_a_time_that_is_printed_for_itself() -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("TC1", ControlKind.REGROUP_OUT, "8", target="0:20:00")
    road.put("TC2", ControlKind.TC, "16", target="0:20:00")
    road.put("TC3", ControlKind.TC, "24", first="11:30")
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.rule(AssignStart("TC1", "1", at("10:50")), role=Role.CLERK),
    ]
    rally = told(road.event(ACI, crews("1")), records)
    assert (rally.due("TC2", "1"), rally.due("TC3", "1")) == (at("11:10"), at("11:30"))


def test_a_delay_matters_on_its_own_leg_and_one_at_no_control_of_the_rally_nowhere() -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("TC1", ControlKind.TC, "8", target="0:20:00")
    road.put("TC2", ControlKind.TC, "0", leg=2, first="09:00")
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.rule(AllowDelay("TC9", "1", 7), role=Role.CLERK),
        pen.rule(AllowDelay("TC1", "1", 5), role=Role.CLERK),
    ]
    rally = told(road.event(ACI, crews("1")), records)
    assert (rally.due("TC1", "1"), rally.due("TC2", "1")) == (at("10:25"), at("33:00"))


def test_a_section_is_timed_from_an_assigned_out_minute_and_from_no_minute_that_nobody_knows() -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("TC1", ControlKind.REGROUP_OUT, "8", target="0:20:00")
    road.put("TC2", ControlKind.TC, "16", target="0:20:00", minimum=15 * MINUTE)
    pen = Pen()
    records = [pen.stamp("TC0", "10:00:00", "1"), pen.stamp("TC2", "10:44:00", "1")]
    event = road.event(replace(UK_ROAD, section_origin=SectionOrigin.PREVIOUS_TC), crews("1"))
    rally = told(event, records)
    assert [row[0] for row in rows(rally)] == ["missed control", "late"]
    rally.add(pen.rule(AssignStart("TC1", "1", at("10:30")), role=Role.CLERK))
    assert rows(rally) == [("early", "TC2", 360 * SECOND), ("too fast", "TC2", None)]


def test_a_check_in_names_the_delay_that_its_own_due_minute_holds() -> None:
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.rule(AllowDelay("TC1", "1", 6), role=Role.CLERK),
        pen.stamp("TC1", "10:26:00", "1"),
        pen.stamp("TC2", "10:41:00", "1"),
    ]
    booked = told(targets(), records).sheet("1").check_ins
    assert [booked[c].allowed for c in ("TC0", "TC1", "TC2")] == [0, 6, 0]


def test_a_blocked_crew_is_booked_at_the_instant_of_the_officials_instruction() -> None:
    pen = Pen()
    blocked = CorrectTime("TC1", "1", at("10:20:40"), basis=TimeBasis.INSTRUCTION)
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.stamp("CT", "10:09:00", "1"),
        pen.stamp("TC1", "10:24:00", "1"),
    ]
    rally = told(targets(), records)
    assert rows(rally) == [("late", "TC1", 300)]
    rally.add(pen.rule(blocked, role=Role.TIMEKEEPER))
    assert rows(rally) == []
    assert rally.control_state("TC1").arrived["1"].marks == ("*",)


@pytest.mark.parametrize("seed", range(4))
def test_delays_and_assigned_minutes_may_arrive_in_any_order(seed: int) -> None:
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:02:00", "1"),
        pen.stamp("TC0", "10:01:00", "2"),
        pen.stamp("TC1", "10:31:00", "1"),
        pen.stamp("TC1", "10:22:00", "2"),
        pen.rule(AllowDelay("CT", "1", 6), "one", Role.CLERK),
        pen.rule(AllowDelay("CT", "1", 9), "two", Role.CLERK, supersedes="one"),
        pen.rule(AssignStart("TC2", "1", at("10:50")), role=Role.CLERK),
        pen.rule(AssignStart("TC2", "2", at("10:51")), "out", Role.CLERK),
        pen.rule(Withdraw("out"), role=Role.CLERK, clock="18:30"),
        pen.stamp("TC3", "11:11:00", "1"),
        pen.stamp("TC3", "11:12:00", "2"),
    ]
    wanted = everything(told(targets(), records))
    shuffled = records.copy()
    random.Random(seed).shuffle(shuffled)
    rally = Rally(targets())
    for record in shuffled:
        rally.add(record)
    assert everything(rally) == wanted
