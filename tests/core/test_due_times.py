"""When a crew is due: target times, printed schedules, official delays, assigned starts, odd clocks."""

import datetime as dt
from dataclasses import replace

import pytest

from tests.core.rallies import DAY, Pen, Road, at, crews, told
from timing.core.decisions import AssignStart, Penalise, Role
from timing.core.derivation_text import line
from timing.core.event import Event
from timing.core.instant import HOUR, MINUTE, SECOND, RallyTime
from timing.core.itinerary import ControlKind
from timing.core.preset import MinuteRule, SectionOrigin
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.presets import load_preset

FIA = load_preset("FIA_STAGE")
ACI = load_preset("ACI_REGULARITY")
UK_STAGE = load_preset("MSUK_STAGE_TARGET")
UK_ROAD = load_preset("MSUK_HISTORIC_ROAD")


def rows(rally: Rally, car: str = "1") -> list[tuple[str, str | None, object]]:
    return [(row.rule, row.control, row.amount) for row in rally.crew_state(car).penalties]


# from where a target time runs --------------------------------------------------------------------


def over_a_stage(mode: SectionOrigin, target: str) -> Event:
    road = Road()
    road.put("TC0", ControlKind.ATC, "0", first="10:55")
    road.special("SS1", "0.1", length=4, split=False)
    road.put("TC1", ControlKind.TC, "20", target=target)
    return road.event(replace(FIA, section_origin=mode), crews("1"))


def test_a_to_a_counts_from_the_start_minute_whatever_the_stage_time() -> None:
    pen = Pen()
    rally = told(
        over_a_stage(SectionOrigin.A_TO_A, "0:22:00"),
        [pen.stamp("TC0", "10:57:10", "1"), pen.stamp("SS1.START", "11:00:00", "1")],
    )
    assert rally.due("TC1", "1") == at("11:22")
    rally.add(pen.stamp("SS1.FF", "11:04:40.7", "1"))
    assert rally.due("TC1", "1") == at("11:22")


def test_a_to_b_counts_from_the_minute_of_the_flying_finish_without_its_seconds() -> None:
    pen = Pen()
    rally = told(
        over_a_stage(SectionOrigin.A_TO_B, "0:09:00"),
        [
            pen.stamp("TC0", "10:55:10", "1"),
            pen.stamp("SS1.START", "11:00:00", "1"),
            pen.stamp("SS1.FF", "11:04:40.7", "1"),
        ],
    )
    assert rally.due("TC1", "1") == at("11:13")
    rally.add(pen.stamp("TC1", "11:15:59", "1"))
    assert rows(rally) == [("late", "TC1", 20 * SECOND)]


def test_a_section_from_a_finish_that_nobody_timed_has_no_due_time_and_an_official_decides() -> None:
    pen = Pen()
    rally = told(
        over_a_stage(SectionOrigin.A_TO_B, "0:09:00"),
        [
            pen.stamp("TC0", "10:55:10", "1"),
            pen.stamp("SS1.START", "11:00:00", "1"),
            pen.stamp("TC1", "11:45:30", "1"),
        ],
    )
    (row,) = [each for each in rally.crew_state("1").penalties if each.control == "TC1"]
    assert (row.rule, row.amount, row.text) == ("no due time", None, "no due time: no time at SS1.FF")
    (derived,) = [each for each in rally.derivations_of_penalties("1") if each.subject == "TC1"]
    assert line(derived) == "NO DUE TIME TC1: an official decides (no due time: no time at SS1.FF)"
    assert rally.sheet("1").check_ins["TC1"].due is None
    # The finish is found: now the section has its due time, and its price.
    rally.add(pen.stamp("SS1.FF", "11:35:40.7", "1"))
    assert rows(rally) == [("late", "TC1", 10 * SECOND)]


def test_an_official_settles_a_section_without_a_due_time() -> None:
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:55:10", "1"),
        pen.stamp("SS1.START", "11:00:00", "1"),
        pen.stamp("TC1", "11:45:30", "1"),
        pen.rule(Penalise("1", "by the card", time=0, control="TC1"), role=Role.CLERK),
    ]
    rally = told(over_a_stage(SectionOrigin.A_TO_B, "0:09:00"), records)
    assert [row for row in rows(rally) if row[1] == "TC1"] == [("by the card", "TC1", 0)]


def test_where_the_finish_was_not_timed_the_time_written_at_the_stop_is_a_copy_of_it() -> None:
    pen = Pen()
    copy = pen.stamp("SS1.STOP", "11:04:40.7", "1")
    rally = told(
        over_a_stage(SectionOrigin.A_TO_B, "0:09:00"), [pen.stamp("SS1.START", "11:00:00", "1"), copy]
    )
    assert rally.due("TC1", "1") == at("11:13")
    assert rally.sheet("1").check_ins["TC1"].assumed
    rally.add(pen.stamp("SS1.FF", "11:05:01.2", "1"))
    assert rally.due("TC1", "1") == at("11:14")
    assert not rally.sheet("1").check_ins["TC1"].assumed


def test_a_start_that_was_moved_moves_what_is_counted_from_it() -> None:
    pen = Pen()
    rally = told(
        over_a_stage(SectionOrigin.A_TO_A, "0:22:00"),
        [
            pen.stamp("TC0", "10:57:10", "1"),
            pen.stamp("SS1.START", "11:00:00", "1"),
            pen.rule(AssignStart("SS1.START", "1", at("11:03")), role=Role.CLERK),
        ],
    )
    assert rally.due("TC1", "1") == at("11:25")


# printed schedules --------------------------------------------------------------------------------


def british(**changes: object) -> Event:
    """Five controls of a British road rally, ten minutes apart; every second one is printed."""
    road = Road()
    road.put("MTC1", ControlKind.MTC, "0", first="9:55")
    road.put("TC1", ControlKind.TC, "6", target="0:10:00", section_kind="standard")
    road.put("TC2", ControlKind.TC, "12", first="10:15", section_kind="standard")
    road.put("TC3", ControlKind.TC, "18", target="0:10:00", section_kind="neutral")
    road.put("TC4", ControlKind.TC, "24", first="10:35", section_kind="standard")
    # A field of one car: the controls would close half an hour after it is due.
    return road.event(
        replace(UK_ROAD, closes_after=None, **changes),  # type: ignore[arg-type]
        crews(*(str(number) for number in range(26))),
    )


def test_standard_time_9_55_and_car_25_at_a_minute_each_is_due_at_10_20() -> None:
    # Car 0 opens the road at the standard time; car n is due n minutes after it.
    event = british()
    entries = {
        car: replace(entry, start_offset=int(car) * MINUTE) for car, entry in event.entries.by_number.items()
    }
    event = replace(event, entries=replace(event.entries, by_number=entries))
    rally = Rally(event)
    assert rally.due("MTC1", "25") == at("10:20")
    assert rally.due("TC1", "25") == at("10:30")


def test_on_a_schedule_a_crew_is_due_later_by_the_lateness_it_has_already_taken() -> None:
    pen = Pen()
    records = [
        pen.stamp("MTC1", "09:55:00", "1", source=Source.M, device="m"),
        pen.stamp("TC1", "10:08:20", "1"),  # 3 late
        pen.stamp("TC2", "10:19:00", "1"),  # printed 10:15, 3 taken: 1 late
        pen.stamp("TC3", "10:29:00", "1"),  # printed 10:25, 4 taken: on time
    ]
    rally = told(british(), records)
    booked = rally.sheet("1").check_ins
    assert [booked[c].due for c in ("TC1", "TC2", "TC3")] == [at("10:05"), at("10:18"), at("10:29")]
    assert [booked[c].late for c in ("TC1", "TC2", "TC3")] == [3, 1, 0]
    assert [booked[c].in_all for c in ("TC1", "TC2", "TC3")] == [3, 4, 4]
    assert rows(rally) == [("late", "TC1", 45 * SECOND), ("late", "TC2", 15 * SECOND)]


def test_lateness_once_taken_is_never_won_back() -> None:
    pen = Pen()
    records = [
        pen.stamp("MTC1", "09:55:00", "1", source=Source.M, device="m"),
        pen.stamp("TC1", "10:08:00", "1"),
        pen.stamp("TC2", "10:16:00", "1"),  # a minute behind the print, two before its own minute
    ]
    rally = told(british(), records)
    assert rally.sheet("1").check_ins["TC2"].late == -2
    assert rows(rally) == [("late", "TC1", 45 * SECOND), ("early", "TC2", 120 * SECOND)]
    assert rally.due("TC3", "1") == at("10:28")


def test_early_out_of_a_neutral_section_costs_half_an_hour_or_a_fail() -> None:
    pen = Pen()
    records = [
        pen.stamp("MTC1", "09:55:00", "1", source=Source.M, device="m"),
        pen.stamp("TC1", "10:05:00", "1"),
        pen.stamp("TC2", "10:15:00", "1"),
        pen.stamp("TC3", "10:20:00", "1"),
    ]
    assert rows(told(british(), records)) == [("early", "TC3", 1800 * SECOND)]
    (row,) = told(british(fails=True), records).crew_state("1").penalties
    assert (row.amount, row.fails, row.text) == (0, 1, "5 min early")


def test_a_control_beyond_the_limit_takes_no_lateness_with_it_on_a_schedule() -> None:
    pen = Pen()
    records = [
        pen.stamp("MTC1", "09:55:00", "1", source=Source.M, device="m"),
        pen.stamp("TC1", "10:25:00", "1"),  # 20 taken
        pen.stamp("TC2", "10:50:00", "1"),  # 35 past the print: not visited
        pen.stamp("TC3", "10:53:00", "1"),  # 28 past the print: 8 more than taken
    ]
    rally = told(british(), records)
    assert rows(rally) == [("late", "TC1", 300 * SECOND), ("missed control", "TC2", 60 * SECOND)]
    assert rally.sheet("1").check_ins["TC3"].in_all == 28


def test_a_tour_keeps_its_printed_times() -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("TC1", ControlKind.TC, "20", target="0:30:00")
    rally = told(road.event(load_preset("TOUR"), crews("1")), [Pen().stamp("TC0", "10:20:00", "1")])
    assert rally.due("TC1", "1") == at("10:30")


def targets(**changes: object) -> Event:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("CT", ControlKind.PASSAGE, "8")
    road.put("TC1", ControlKind.REGROUP_IN, "16", target="0:20:00")
    road.put("TC2", ControlKind.REGROUP_OUT, "16", target="0:15:00")
    road.put("TC3", ControlKind.TC, "32", target="0:20:00")
    return road.event(replace(ACI, **changes), crews("1", "2"))  # type: ignore[arg-type]


# odd clocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("check_in", "points"), [("10:15:50", 100), ("10:16:20", 100), ("10:16:21", 200)])
def test_where_the_due_time_has_seconds_each_minute_begun_counts_from_it(check_in: str, points: int) -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:15:20")
    event = road.event(replace(ACI, minute_rule=MinuteRule.STARTED_MINUTE), crews("1"))
    assert rows(told(event, [Pen().stamp("TC0", check_in, "1")])) == [("late", "TC0", points)]


def test_a_night_leg_is_printed_past_24_hours_and_counted_as_the_next_morning() -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="23:58")
    road.put("TC1", ControlKind.TC, "6", target="0:09:00")
    road.put("TC2", ControlKind.TC, "30", first="29:35")
    pen = Pen()
    rally = told(
        road.event(FIA, crews("1")),
        [pen.stamp("TC0", "23:58:10", "1"), pen.stamp("TC1", "24:07:59", "1")],
    )
    assert rally.sheet("1").check_ins["TC1"].due == at("00:07", DAY + dt.timedelta(days=1))
    assert rally.due("TC2", "1") == at("05:35", DAY + dt.timedelta(days=1))
    assert rows(rally) == []
    rally.add(pen.stamp("TC2", "29:37:00", "1"))
    assert rows(rally) == [("late", "TC2", 20 * SECOND)]


@pytest.mark.parametrize("shift", [0, 24 * HOUR, 35 * 24 * HOUR + 7 * HOUR])
def test_no_change_of_the_clocks_changes_a_penalty(shift: int) -> None:
    # 35 days after the 20 September the clocks of central Europe go back: rally time does not.
    event = targets()
    controls = {
        ident: replace(control, first_car=None if control.first_car is None else control.first_car + shift)
        for ident, control in event.itinerary.controls.items()
    }
    moved = replace(event, itinerary=replace(event.itinerary, controls=controls), time=RallyTime(2 * HOUR))
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:00:00", "1", at=at("10:00:00") + shift),
        pen.stamp("CT", "10:08:00", "1", at=at("10:08:00") + shift),
        pen.stamp("TC1", "10:21:00", "1", at=at("10:21:00") + shift),
        pen.stamp("TC2", "10:35:59", "1", at=at("10:35:59") + shift),
    ]
    assert rows(told(moved, records)) == [("late", "TC1", 100), ("early", "TC2", 100)]
