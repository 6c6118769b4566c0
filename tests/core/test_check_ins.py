"""Time controls: minutes, origins of target times, caps, limits of lateness."""

from dataclasses import replace

import pytest

from tests.core.rallies import Pen, Road, at, crews, regularity, stage_rally, statuses, told
from timing.core.instant import MINUTE, SECOND
from timing.core.itinerary import ControlKind
from timing.core.preset import OtlEffect, Preset, SectionOrigin
from timing.core.results import StandingStatus
from timing.presets import load_preset

FIA = load_preset("FIA_STAGE")
ACI = load_preset("ACI_REGULARITY")


def origins(mode: SectionOrigin) -> dict[str, int | None]:
    """Due times with a start at 11:00 and a finish at 11:04:40.7."""
    road = Road()
    road.put("TC0", ControlKind.ATC, "0", first="10:55")
    road.special("SS1", "0.1", split=False)
    road.put("TC1", ControlKind.TC, "20", target="0:22:00")
    preset = replace(FIA, section_origin=mode)
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:57:10", "1"),
        pen.stamp("SS1.START", "11:00:00", "1"),
        pen.stamp("SS1.FF", "11:04:40.7", "1"),
    ]
    rally = told(road.event(preset, crews("1")), records)
    return {"TC1": rally.due("TC1", "1")}


@pytest.mark.parametrize(
    ("mode", "due"),
    [
        (SectionOrigin.A_TO_A, "11:22"),
        (SectionOrigin.A_TO_B, "11:26"),
        (SectionOrigin.PREVIOUS_TC, "11:19"),
        (SectionOrigin.SCHEDULED, "11:19"),
    ],
)
def test_the_next_due_time_runs_from_where_the_regulations_say(mode: SectionOrigin, due: str) -> None:
    assert origins(mode)["TC1"] == at(due)


def test_a_due_time_passes_midnight_without_ado() -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="23:58")
    road.put("TC1", ControlKind.TC, "5", target="0:09:00")
    rally = told(road.event(FIA, crews("1")), [Pen().stamp("TC0", "23:58:10", "1")])
    assert rally.due("TC1", "1") == at("24:07")


def lateness(preset: Preset, *minutes: str) -> tuple[StandingStatus, list[tuple[str, str | None]]]:
    """A car that checks in at four controls ten minutes apart."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    for number in (1, 2, 3):
        road.put(f"TC{number}", ControlKind.TC, str(number * 8), target="0:10:00")
    pen = Pen()
    records = [pen.stamp(f"TC{number}", clock, "1") for number, clock in enumerate(minutes)]
    rally = told(road.event(preset, crews("1")), records)
    rows = [(row.rule, row.control) for row in rally.crew_state("1").penalties]
    return statuses(rally)["1"], rows


def test_lateness_on_one_section_is_over_only_beyond_the_limit() -> None:
    assert lateness(FIA, "10:00:00", "10:25:59")[0] is StandingStatus.CLASSIFIED
    status, rows = lateness(FIA, "10:00:00", "10:26:00")
    assert status is StandingStatus.OTL
    assert rows == []


def test_lateness_adds_up_over_a_leg_and_being_early_never_makes_up_for_it() -> None:
    # 12, 10 and 9 minutes late: 31 in all, more than 30, at the third control.
    status, rows = lateness(FIA, "10:12:00", "10:32:00", "10:51:00")
    assert status is StandingStatus.OTL
    assert rows == [("late", "TC0"), ("late", "TC1")]
    # 5 minutes early in between do not bring 12 + 19 back under the limit.
    assert lateness(FIA, "10:12:00", "10:17:00", "10:46:00")[0] is StandingStatus.OTL


@pytest.mark.parametrize(("check_in", "over"), [("10:50:59", False), ("10:51:00", True)])
def test_a_limit_on_a_schedule_is_strict(check_in: str, over: bool) -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:20")
    preset = replace(FIA, max_late_control=None, section_origin=SectionOrigin.SCHEDULED)
    rally = told(road.event(preset, crews("1")), [Pen().stamp("TC0", check_in, "1")])
    assert (statuses(rally)["1"] is StandingStatus.OTL) == over


def test_lateness_is_not_added_twice_along_a_printed_schedule() -> None:
    preset = replace(FIA, max_late_control=None, section_origin=SectionOrigin.SCHEDULED)
    assert lateness(preset, "10:12:00", "10:22:00", "10:32:00")[0] is StandingStatus.CLASSIFIED


def test_what_over_lateness_does_is_a_setting() -> None:
    late = ("10:00:00", "10:40:00")
    points = replace(ACI, max_late_control=15, otl_effect=OtlEffect.POINTS, otl_points=1000)
    assert lateness(points, *late) == (StandingStatus.CLASSIFIED, [("over lateness", "TC1")])
    alert = replace(points, otl_effect=OtlEffect.ALERT)
    assert lateness(alert, *late) == (StandingStatus.CLASSIFIED, [("late", "TC1")])
    excluded = replace(points, otl_effect=OtlEffect.EXCLUDE)
    assert lateness(excluded, *late)[0] is StandingStatus.OTL
    unvisited = replace(points, otl_effect=OtlEffect.NOT_VISITED)
    assert lateness(unvisited, *late, "10:50:00")[1] == [("missed control", "TC1")]


@pytest.mark.parametrize(
    ("check_in", "minute", "rows"),
    [("09:50:00", "10:00", []), ("10:02:30", "10:02", [("late", 200)])],
)
def test_where_early_is_allowed_an_early_crew_gets_its_due_and_a_late_one_its_actual_minute(
    check_in: str, minute: str, rows: list[tuple[str, int]]
) -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="09:00")
    road.put("TC1", ControlKind.TC, "40", target="1:00:00", early_allowed=True)
    road.put("TC2", ControlKind.TC, "60", target="0:30:00")
    pen = Pen()
    records = [pen.stamp("TC0", "09:00:00", "1"), pen.stamp("TC1", check_in, "1")]
    rally = told(road.event(ACI, crews("1")), records)
    assert rally.sheet("1").check_ins["TC1"].at == at(minute)
    assert [(row.rule, row.amount) for row in rally.crew_state("1").penalties] == rows
    assert rally.due("TC2", "1") == at(minute) + 30 * MINUTE


def test_a_due_minute_behind_a_missing_check_in_is_assumed_from_the_card() -> None:
    pen = Pen()
    records = [pen.stamp("TC0", "10:00:00", "1"), pen.stamp("TC2", "11:46:00", "1")]
    rally = told(regularity(), records)
    booked = rally.sheet("1").check_ins
    assert booked["TC2"].assumed
    assert booked["TC2"].due == at("11:45")


def test_penalties_name_the_record_they_rest_on() -> None:
    pen = Pen()
    pen.record(pen.stamp("TC0", "09:00", "2").body)
    late = pen.stamp("TC0", "09:43:00", "1")
    rally = told(stage_rally(), [late])
    (row,) = rally.crew_state("1").penalties
    assert (row.rule, row.amount, row.control, row.leg) == ("late", 30 * SECOND, "TC0", 1)
    assert row.text == "3 min late"
    assert row.records == (late.seq,)
