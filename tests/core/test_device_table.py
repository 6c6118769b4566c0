"""Which device was where, and when; what an act changes, and what a late backlog belongs to."""

import random
from dataclasses import replace

from tests.core.rallies import Pen, at, crews, stage_rally, timer, told
from timing.core.decisions import Withdraw
from timing.core.device_acts import AssignDevice, AssignTracker
from timing.core.device_conflicts import ConflictKind, device_conflicts
from timing.core.device_table import DeviceTable
from timing.core.entries import EntryList
from timing.core.event import Assignment, DeviceConfig, Event, Ride
from timing.core.instant import SECOND
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.records import Record

GATE = timer("G1", Assignment(control="SS1.FF", channel="C1", until=None))


def entered(*trackers: str) -> EntryList:
    plain = crews("1", "2", "3")
    named = {
        car: replace(entry, tracker=tracker)
        for (car, entry), tracker in zip(plain.by_number.items(), (*trackers, "", "", ""), strict=False)
    }
    return replace(plain, by_number=named)


def places(rally: Rally) -> dict[str, str]:
    """The control of each stamp by its time of day, `-` for none."""
    found = {
        rally.event.time.format(stamp.at): control
        for control in rally.event.itinerary.controls
        for stamp in rally.control_state(control).stamps.values()
    }
    nowhere = {rally.event.time.format(state.at): "-" for state in rally.unplaced_stamps().values()}
    return found | nowhere


def moved_gate(pen: Pen) -> list[Record]:
    """A gate at SS1 until eleven, at SS2 afterwards; what it said at 10:55 arrives last of all."""
    moved = pen.rule(AssignDevice("G1", at("11:00"), "SS2.FF", "C1", Source.B), clock="10:30")
    return [moved, pen.line("G1", "C1", "11:05:00", "2"), pen.line("G1", "C1", "10:55:00", "1")]


def test_a_backlog_that_arrives_after_the_gate_has_moved_belongs_to_where_it_was() -> None:
    records = moved_gate(Pen())
    rally = told(stage_rally(devices=[GATE]), records)
    assert places(rally) == {"10:55:00": "SS1.FF", "11:05:00": "SS2.FF"}
    (late,) = (s for s in rally.control_state("SS2.FF").stamps.values())
    assert late.source == Source.B


def test_the_order_in_which_the_move_and_the_readings_arrive_makes_no_difference() -> None:
    records = moved_gate(Pen())
    wanted = places(told(stage_rally(devices=[GATE]), records))
    for seed in range(6):
        mixed = list(records)
        random.Random(seed).shuffle(mixed)
        rally = Rally(stage_rally(devices=[GATE]))
        for record in mixed:
            rally.add(record)
        assert places(rally) == wanted


def test_a_move_that_is_taken_back_leaves_everything_as_it_was() -> None:
    pen = Pen()
    records = moved_gate(pen)
    withdrawn = pen.rule(Withdraw("r1"), clock="12:00")
    rally = told(stage_rally(devices=[GATE]), [*records, withdrawn])
    assert places(rally) == {"10:55:00": "SS1.FF", "11:05:00": "SS1.FF"}


def test_one_channel_may_move_alone_and_a_device_may_be_taken_out_for_a_while() -> None:
    table = DeviceTable(stage_rally(devices=[timer("G1", Assignment(control="SS1.FF"))]))
    out = AssignDevice("G1", at("12:00"), None, until=at("13:00"))
    table.rule("G1", [AssignDevice("G1", at("11:00"), "SS2.FF", "C2"), out])
    where = {
        (channel, clock): (held.control if (held := table.place("G1", channel, at(clock))) else None)
        for channel in ("C1", "C2")
        for clock in ("10:59", "11:00", "12:00", "13:00")
    }
    assert where == {
        ("C1", "10:59"): "SS1.FF", ("C1", "11:00"): "SS1.FF", ("C1", "12:00"): None,
        ("C1", "13:00"): "SS1.FF", ("C2", "10:59"): "SS1.FF", ("C2", "11:00"): "SS2.FF",
        ("C2", "12:00"): None, ("C2", "13:00"): "SS2.FF",
    }  # fmt: skip


def test_a_tracker_is_swapped_with_its_date_by_the_register_or_by_an_act() -> None:
    spare = DeviceConfig(id="T9", decoder="native", rides=(Ride(car="2", since=at("11:00")),))
    table = DeviceTable(stage_rally(entered("T1", "T2"), [spare]))
    assert [table.car("T9", at(clock)) for clock in ("10:59", "11:00")] == [None, "2"]
    table.rule("T1", [AssignTracker("T1", at("12:00"), "3", until=at("13:00"))])
    assert [table.car("T1", at(clock)) for clock in ("11:59", "12:00", "13:00")] == ["1", "3", "1"]
    assert table.decided("T1", at("12:30"))
    assert not table.decided("T1", at("13:00"))
    assert table.cars("T1") == {"1", "3"}
    assert table.turned() == {"T1"}
    assert table.turned() == frozenset()


def test_the_usual_car_of_entry_list_or_register_holds_until_the_first_dated_ride() -> None:
    moved = DeviceConfig(
        id="T1", decoder="native", rides=(Ride(car="3", since=at("11:00"), until=at("12:00")),)
    )
    listed, registered = entered("T1"), [replace(moved, car="1")]
    for table in (DeviceTable(stage_rally(listed, [moved])), DeviceTable(stage_rally(devices=registered))):
        assert [table.car("T1", at(clock)) for clock in ("10:00", "11:00", "12:00")] == ["1", "3", None]


def conflicts(event: Event, *acts: AssignDevice | AssignTracker) -> dict[ConflictKind, str]:
    table = DeviceTable(event)
    for act in acts:
        table.rule(act.device, [act])
    return {each.kind: each.text for each in device_conflicts(table, event)}


def test_every_double_is_named_with_its_span() -> None:
    gates = [
        timer("G1", Assignment(control="SS1.FF", channel="C1", until=at("11:00"))),
        timer("G2", Assignment(control="SS1.FF", channel="C4")),
    ]
    found = conflicts(stage_rally(entered("T1"), gates))
    assert found == {ConflictKind.SAME_LINE: "G1 and G2 both as line A of SS1.FF until 11:00"}
    moved = AssignDevice("G2", at("10:30"), "SS1.FF", "C4", Source.B)
    assert "until 10:30" in conflicts(stage_rally(entered("T1"), gates), moved)[ConflictKind.SAME_LINE]
    assert (
        "T1 and T9 both in car 1 from"
        in conflicts(stage_rally(entered("T1")), AssignTracker("T9", at("10:30"), "1"))[
            ConflictKind.TWO_TRACKERS
        ]
    )
    unit = DeviceConfig(id="T1", decoder="native", car="2")
    assert (
        "car 1 by the entry list and in car 2"
        in conflicts(stage_rally(entered("T1"), [unit]))[ConflictKind.TWO_CARS]
    )
    wired = [DeviceConfig(id=name, decoder="nmea", link="tcp:10.0.0.1:7000") for name in ("A", "C")]
    assert (
        "A and C both at tcp:10.0.0.1:7000" in conflicts(stage_rally(devices=wired))[ConflictKind.SAME_WIRE]
    )
    assert "O12 and 012" in conflicts(stage_rally(entered("O12", "012")))[ConflictKind.LOOK_ALIKE]
    assert conflicts(stage_rally(entered("T1", "T2", "T3"), [GATE])) == {}


def test_a_double_over_midnight_is_told_with_the_day_of_its_end() -> None:
    gates = [timer("G1", Assignment(control="SS1.FF")), timer("G2", Assignment(control="SS1.FF"))]
    spare = DeviceConfig(
        id="T9", decoder="native", rides=(Ride(car="1", since=at("22:30"), until=at("26:15")),)
    )
    found = conflicts(stage_rally(entered("T1"), [*gates, spare]))
    assert (
        found[ConflictKind.TWO_TRACKERS]
        == "T1 and T9 both in car 1 from 2026-09-20 22:30 until 2026-09-21 02:15"
    )
    assert found[ConflictKind.SAME_LINE] == "G1 and G2 both as line A of SS1.FF"


def test_two_devices_on_one_line_are_both_heard_and_both_times_stand() -> None:
    pen = Pen()
    both = [GATE, timer("G2", Assignment(control="SS1.FF", channel="C1"))]
    rally = told(
        stage_rally(devices=both),
        [pen.line("G1", "C1", "10:07:20", "1"), pen.line("G2", "C1", "10:07:21", "1")],
    )
    assert len(rally.control_state("SS1.FF").stamps) == 2


def test_a_trackers_call_for_help_is_of_the_car_that_it_was_put_into_whatever_it_announces() -> None:
    from timing.core.emergencies import Emergencies
    from timing.core.readings import Alert, AlertKind

    event = stage_rally(entered("T1"))
    calls = Emergencies(event.entries, DeviceTable(event))
    said = Alert(device="T1", at=at("10:30") + SECOND, kind=AlertKind.SOS, car="2")
    assert calls.hear(said, 1) == "1"
    assert calls.hear(replace(said, device="marshal-phone"), 2) == "2"
