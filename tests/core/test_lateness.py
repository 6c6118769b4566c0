"""Limits of lateness: strict, cumulative, extended forward only, and what being over them does."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import Pen, Road, at, crews, everything, statuses, told
from timing.core.decisions import AllowDelay, ExtendLateness, Reinstate, Role, Withdraw
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.itinerary import ControlKind
from timing.core.lateness import Limits
from timing.core.preset import LatenessSpan, OtlEffect, SectionOrigin
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import StandingStatus
from timing.presets import load_preset

FIA = load_preset("FIA_STAGE")
ROAD = load_preset("MSUK_HISTORIC_ROAD")


@given(st.integers(-60, 60), st.integers(0, 120), st.integers(0, 60))
def test_a_limit_is_passed_only_by_more_than_it_says(late: int, before: int, limit: int) -> None:
    in_all = before + max(late, 0)
    assert bool(Limits(control=limit).passed(late, in_all)) == (late > limit)
    assert bool(Limits(total=limit).passed(late, in_all)) == (in_all > limit and late > 0)
    assert bool(Limits(early=limit).passed(late, in_all)) == (-late > limit)
    assert Limits().passed(late, in_all) == ""


def tens(preset: str = "FIA_STAGE", sections: str = "1111", legs: str = "1111", **changes: object) -> Event:
    """Four controls ten minutes apart from 10:00; leg 2 begins a day later at 10:00."""
    road = Road()
    for number, (section, leg) in enumerate(zip(sections, legs, strict=True)):
        begins = number == 0 or legs[number - 1] != leg
        road.put(
            f"TC{number}",
            ControlKind.TC,
            str(8 * number),
            leg=int(leg),
            section=section,
            first="10:00" if begins else "",
            target="" if begins else "0:10:00",
        )
    rules = replace(load_preset(preset), **changes)  # type: ignore[arg-type]
    return road.event(rules, crews("1"))


def drive(pen: Pen, *clocks: str) -> list[Record]:
    return [pen.stamp(f"TC{number}", clock, "1") for number, clock in enumerate(clocks) if clock]


def late_rows(rally: Rally) -> list[tuple[str, str | None, object]]:
    return [(row.rule, row.control, row.amount) for row in rally.crew_state("1").penalties]


def test_lateness_of_12_and_10_and_9_minutes_is_31_at_the_third_control() -> None:
    rally = told(tens(max_late_control=None), drive(Pen(), "10:12:00", "10:32:00", "10:51:00"))
    booked = rally.sheet("1").check_ins
    found = [(booked[f"TC{n}"].late, booked[f"TC{n}"].in_all) for n in range(3)]
    assert found == [(12, 12), (10, 22), (9, 31)]
    assert booked["TC2"].over_lateness == "31 min late in all, more than 30"
    assert statuses(rally)["1"] is StandingStatus.OTL


def test_an_early_5_minutes_at_the_second_control_does_not_make_it_26() -> None:
    rally = told(tens(max_late_control=None), drive(Pen(), "10:12:00", "10:17:00", "10:46:00"))
    booked = rally.sheet("1").check_ins
    assert [booked[f"TC{n}"].late for n in range(3)] == [12, -5, 19]
    assert booked["TC2"].in_all == 31


def test_by_sections_the_sum_begins_anew_behind_a_regroup() -> None:
    clocks = ("10:12:00", "10:32:00", "10:51:00", "11:02:00")
    by_section = tens(sections="1122", late_total_over=LatenessSpan.SECTION)
    rally = told(by_section, drive(Pen(), *clocks))
    assert rally.sheet("1").check_ins["TC2"].in_all == 9
    assert statuses(rally)["1"] is StandingStatus.CLASSIFIED
    assert statuses(told(tens(sections="1122"), drive(Pen(), *clocks)))["1"] is StandingStatus.OTL


@pytest.mark.parametrize(
    ("over", "status"),
    [(LatenessSpan.LEG, StandingStatus.CLASSIFIED), (LatenessSpan.EVENT, StandingStatus.OTL)],
)
def test_lateness_adds_up_over_a_leg_or_over_the_event(over: LatenessSpan, status: StandingStatus) -> None:
    event = tens(legs="1122", late_total_over=over)
    rally = told(event, drive(Pen(), "10:12:00", "10:32:00", "34:09:00", "34:19:00"))
    assert statuses(rally)["1"] is status


def test_on_a_schedule_too_lateness_adds_up_over_the_event_where_the_regulations_say_so() -> None:
    rules = {"section_origin": SectionOrigin.SCHEDULED, "late_total_over": LatenessSpan.EVENT}
    rally = told(
        tens(legs="1122", max_late_control=None, **rules),
        drive(Pen(), "10:12:00", "10:25:00", "34:04:00", "34:15:00"),
    )
    booked = rally.sheet("1").check_ins
    found = [(booked[f"TC{n}"].late, booked[f"TC{n}"].in_all) for n in range(4)]
    # The second day begins by its own schedule, and its lateness is counted on top of the first day's.
    assert found == [(12, 12), (3, 15), (4, 19), (1, 20)]


def test_a_crew_earlier_than_the_regulations_allow_is_time_barred() -> None:
    event = tens(max_early=5, otl_effect=OtlEffect.EXCLUDE)
    in_time = told(event, drive(Pen(), "10:00:00", "10:05:00"))
    assert statuses(in_time)["1"] is StandingStatus.CLASSIFIED
    early = told(event, drive(Pen(), "10:00:00", "10:04:59"))
    assert early.crew_state("1").cause == "6 min early, more than 5"
    assert statuses(early)["1"] is StandingStatus.OTL


def scheduled(check_in: str, *rulings: Record) -> Rally:
    """A crew due by the schedule at 10:20."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:20")
    preset = replace(FIA, max_late_control=None, section_origin=SectionOrigin.SCHEDULED)
    return told(road.event(preset, crews("1")), [Pen(9).stamp("TC0", check_in, "1"), *rulings])


@pytest.mark.parametrize(
    ("check_in", "allowed", "late", "over"),
    [
        ("10:50:59", 0, 30, False),
        ("10:51:00", 0, 31, True),
        ("10:55:59", 5, 30, False),
        ("10:56:00", 5, 31, True),
    ],
)
def test_a_limit_of_30_past_10_20_counts_a_delay_that_was_allowed(
    check_in: str, allowed: int, late: int, over: bool
) -> None:
    allowance = [Pen().rule(AllowDelay("TC0", "1", allowed), role=Role.CLERK)] if allowed else []
    rally = scheduled(check_in, *allowance)
    booked = rally.sheet("1").check_ins["TC0"]
    assert (booked.late, booked.allowed, bool(booked.over_lateness)) == (late, allowed, over)
    assert (statuses(rally)["1"] is StandingStatus.OTL) == over


def test_the_clerk_extends_a_limit_for_the_part_still_to_come_never_backwards() -> None:
    pen = Pen()
    clocks = ("10:00:00", "10:26:00", "10:52:00")
    stay_over = pen.rule(ExtendLateness("TC2", max_late_control=20), "late", Role.CLERK)
    rally = told(tens(), [*drive(pen, *clocks), stay_over])
    assert rally.crew_state("1").cause == "16 min late, more than 15"
    assert rally.sheet("1").check_ins["TC2"].over_lateness == "32 min late in all, more than 30"
    rally.add(pen.rule(ExtendLateness("TC1", 20, 60), "early", Role.CLERK, clock="18:10"))
    assert statuses(rally)["1"] is StandingStatus.CLASSIFIED
    assert late_rows(rally) == [("late", "TC1", 160 * SECOND), ("late", "TC2", 160 * SECOND)]
    rally.add(pen.rule(Withdraw("early"), role=Role.CLERK, clock="18:20"))
    assert statuses(rally)["1"] is StandingStatus.OTL


def test_an_extension_from_no_control_of_the_rally_extends_nothing() -> None:
    pen = Pen()
    nowhere = pen.rule(ExtendLateness("TC9", max_late_control=60, max_late_total=60), role=Role.CLERK)
    rally = told(tens(), [*drive(pen, "10:00:00", "10:26:00"), nowhere])
    assert statuses(rally)["1"] is StandingStatus.OTL


@pytest.mark.parametrize("seed", range(4))
def test_extensions_and_delays_may_arrive_in_any_order(seed: int) -> None:
    pen = Pen()
    records = [
        *drive(pen, "10:03:00", "10:36:00", "10:52:00", "11:05:00"),
        pen.rule(AllowDelay("TC1", "1", 4), "delay", Role.CLERK),
        pen.rule(AllowDelay("TC1", "1", 6), "delay2", Role.CLERK, supersedes="delay"),
        pen.rule(ExtendLateness("TC1", 25, 45), "extend", Role.CLERK),
        pen.rule(ExtendLateness("TC3", 15, 30), "back", Role.CLERK, clock="18:10"),
        pen.rule(Withdraw("back"), "undo", Role.CLERK, clock="18:20"),
    ]
    wanted = everything(told(tens(), records))
    shuffled = records.copy()
    random.Random(seed).shuffle(shuffled)
    one_by_one = Rally(tens())
    for record in shuffled:
        one_by_one.add(record)
    assert everything(one_by_one) == wanted


def test_a_reinstated_crew_pays_for_the_lateness_that_had_put_it_out() -> None:
    pen = Pen()
    rally = told(tens(), drive(pen, "10:00:00", "10:26:00"))
    assert late_rows(rally) == []
    rally.add(pen.rule(Reinstate("1"), role=Role.CLERK))
    assert statuses(rally)["1"] is StandingStatus.CLASSIFIED
    assert late_rows(rally) == [("late", "TC1", 160 * SECOND)]


def test_what_is_stamped_behind_the_place_where_a_crew_is_out_of_the_leg_costs_nothing() -> None:
    clocks = ("10:00:00", "10:26:00", "34:02:00", "34:12:00")
    rally = told(tens(legs="1122", restart=None), drive(Pen(), *clocks))
    assert rally.sheet("1").restarted
    assert late_rows(rally) == [("late", "TC2", 20 * SECOND)]
    behind = told(tens(), drive(Pen(), "10:00:00", "10:26:00", "10:40:00"))
    assert statuses(behind)["1"] is StandingStatus.OTL
    assert late_rows(behind) == []


def test_a_control_beyond_the_limit_counts_as_not_visited_also_at_the_very_end() -> None:
    rules = {"otl_effect": OtlEffect.NOT_VISITED, "max_late_total": 30, "missed_control": 60}
    rally = told(tens(max_late_control=None, **rules), drive(Pen(), "10:00:00", "10:41:00"))  # type: ignore[arg-type]
    (row,) = rally.crew_state("1").penalties
    assert (row.rule, row.control, row.amount) == ("missed control", "TC1", 60 * SECOND)
    assert row.text == "counts as not visited: 31 min late in all, more than 30"
    # On its target time from there, the crew is still as late as it was.
    rally.add(Pen(50).stamp("TC2", "10:51:00", "1"))
    assert [row.control for row in rally.crew_state("1").penalties] == ["TC1", "TC2"]


def test_an_alert_calls_a_crew_overdue_and_charges_what_it_would_have() -> None:
    rally = told(tens(otl_effect=OtlEffect.ALERT), drive(Pen(), "10:00:00", "10:26:00"))
    assert rally.sheet("1").check_ins["TC1"].over_lateness == "16 min late, more than 15"
    assert late_rows(rally) == [("late", "TC1", 160 * SECOND)]


def test_points_for_lateness_over_the_limit_stand_instead_of_the_minutes() -> None:
    rules = {"otl_effect": OtlEffect.POINTS, "max_late_control": 15}
    event = tens("ACI_REGULARITY", otl_points=1000, **rules)  # type: ignore[arg-type]
    assert late_rows(told(event, drive(Pen(), "10:00:00", "10:26:00"))) == [("over lateness", "TC1", 1000)]
    undecided = tens("ACI_REGULARITY", otl_points=None, **rules)  # type: ignore[arg-type]
    (row,) = late_rows(told(undecided, drive(Pen(), "10:00:00", "10:26:00")))
    assert row == ("over lateness", "TC1", None)


def test_a_bulletin_changes_rates_and_limits_from_its_control_on() -> None:
    event = tens()
    harder = replace(event.preset, tc_late_per_min=20, max_late_control=5)
    event = replace(event, rules_from=((2, harder),))
    clocks = ("10:00:00", "10:16:00", "10:30:00")
    rally = told(event, drive(Pen(), *clocks))
    assert late_rows(rally) == [("late", "TC1", 60 * SECOND), ("late", "TC2", 80 * SECOND)]
    over = told(event, drive(Pen(), *clocks[:2], "10:32:00"))
    assert over.crew_state("1").cause == "6 min late, more than 5"
    assert at("10:26") == rally.due("TC2", "1")
