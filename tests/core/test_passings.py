"""Times along a car's drive: which fit together and which are shown apart."""

from tests.core.rallies import Pen, Road, at, crews, regularity, stage_rally, told
from timing.core.decisions import CorrectTime
from timing.core.itinerary import ControlKind
from timing.core.passings import Passing, out_of_line
from timing.core.results import Disposition
from timing.presets import load_preset


def drive(*times: str, ruled: str = "") -> dict[str, str]:
    """A car past controls 1, 2, 3 ... which are 1 km apart."""
    road = Road()
    for number in range(len(times)):
        road.put(str(number + 1), ControlKind.PASSAGE, str(number + 1))
    passings = [
        Passing(control, at(clock), control.id == ruled)
        for control, clock in zip(road.controls.values(), times, strict=True)
        if clock
    ]
    return out_of_line(passings)


def test_times_that_rise_all_stand() -> None:
    assert drive("10:00:00", "10:05:00", "10:05:00", "10:20:00") == {}


def test_a_control_an_hour_off_is_set_aside_and_the_next_one_stays() -> None:
    assert drive("10:05:00", "11:12:00", "10:20:00") == {"2": "after the car was at 3"}


def test_a_car_that_drives_back_past_a_line_keeps_its_place_further_on() -> None:
    assert drive("10:00:00", "10:50:00", "10:20:00", "10:30:00") == {"2": "after the car was at 3"}


def test_a_wrong_number_far_ahead_takes_no_good_time_away() -> None:
    assert drive("10:00:00", "10:04:00", "10:08:00", "10:02:00") == {"4": "before the car was at 3"}


def test_a_ruled_time_stands_against_any_number_of_stamps() -> None:
    assert set(drive("10:00:00", "10:50:00", "10:20:00", "10:30:00", ruled="2")) == {"3", "4"}


def test_nobody_covers_forty_kilometres_in_five_minutes() -> None:
    road = Road()
    for ident, km in (("1", "0"), ("2", "5"), ("9", "45")):
        road.put(ident, ControlKind.PASSAGE, km)
    passings = [
        Passing(road.controls[ident], at(clock))
        for ident, clock in (("1", "10:00"), ("2", "10:07"), ("9", "10:08"))
    ]
    assert out_of_line(passings) == {"9": "does not fit the car's other times"}


def test_a_check_in_written_as_a_bare_minute_may_stand_before_its_line() -> None:
    road = Road()
    road.put("L", ControlKind.REG_TEST, "10")
    road.put("TC", ControlKind.TC, "10.1")
    passings = [Passing(road.controls["L"], at("10:15:40")), Passing(road.controls["TC"], at("10:15:00"))]
    assert out_of_line(passings) == {}


def test_a_stray_time_is_shown_with_its_reason_and_counts_nowhere() -> None:
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.stamp("CT1", "11:25:00", "1"),
        pen.stamp("TC1", "10:45:00", "1"),
        pen.stamp("M0", "10:50:00", "1"),
    ]
    rally = told(regularity(), records)
    (state,) = rally.control_state("CT1").stamps.values()
    assert (state.disposition, state.reason) == (Disposition.OUTSIDE_WINDOW, "after the car was at TC1")
    assert "CT1" not in rally.sheet("1").drive.chosen


def test_an_early_stray_gives_way_to_the_real_passing_of_the_same_line() -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="09:00")
    road.put("P1", ControlKind.PASSAGE, "10")
    road.put("P2", ControlKind.PASSAGE, "12")
    road.put("P3", ControlKind.PASSAGE, "14")
    pen = Pen()
    records = [
        pen.stamp("TC0", "09:00:00", "1"),
        pen.stamp("P1", "10:00:00", "1"),
        pen.stamp("P2", "09:30:00", "1"),
        pen.stamp("P2", "10:05:00", "1"),
        pen.stamp("P3", "10:10:00", "1"),
    ]
    rally = told(road.event(load_preset("ACI_REGULARITY"), crews("1")), records)
    assert rally.sheet("1").drive.chosen["P2"].at == at("10:05:00")
    assert [s.disposition for s in rally.control_state("P2").stamps.values()] == [
        "OUTSIDE_WINDOW",
        "ACCEPTED",
    ]


def test_two_rulings_that_contradict_each_other_both_stand() -> None:
    pen = Pen()
    records = [
        pen.rule(CorrectTime("TC1", "1", at("11:00"))),
        pen.rule(CorrectTime("TC2", "1", at("10:00"))),
    ]
    assert set(told(stage_rally(), records).sheet("1").drive.chosen) == {"TC1", "TC2"}
