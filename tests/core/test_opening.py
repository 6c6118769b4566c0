"""When controls are manned: before they open and after they have closed; sections driven too fast."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.rallies import Pen, Road, at, crews, told
from timing.core.decisions import AllowDelay, ExtendLateness, Penalise, Role
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND
from timing.core.itinerary import ControlKind
from timing.core.opening import Hours, opening_hours
from timing.core.preset import SectionOrigin
from timing.core.rally import Rally
from timing.core.records import Record
from timing.presets import load_preset

UK_ROAD = load_preset("MSUK_HISTORIC_ROAD")
ACI = load_preset("ACI_REGULARITY")


def rows(rally: Rally, car: str = "1") -> list[tuple[str, str | None, object]]:
    return [(row.rule, row.control, row.amount) for row in rally.crew_state(car).penalties]


def road_rally(preset: str = "MSUK_HISTORIC_ROAD", last: dict[str, Any] | None = None, **rules: Any) -> Event:
    """Three crews a minute apart; a time control, a passage and two more time controls."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("CT", ControlKind.PASSAGE, "6", closes=rules.pop("closes", None))
    road.put("TC1", ControlKind.TC, "12", target="0:20:00")
    road.put("TC2", ControlKind.TC, "24", target="0:20:00", **(last or {}))
    return road.event(replace(load_preset(preset), **rules), crews("1", "2", "3"))


def card(pen: Pen, car: str, *clocks: str) -> list[Record]:
    controls = ("TC0", "CT", "TC1", "TC2")
    return [pen.stamp(c, clock, car) for c, clock in zip(controls, clocks, strict=False) if clock]


def test_a_control_opens_15_minutes_before_the_first_car_and_closes_30_after_the_last() -> None:
    hours = opening_hours(road_rally())
    assert hours["TC0"] == Hours(at("09:45"), at("10:32"))
    assert hours["TC1"] == Hours(at("10:05"), at("10:52"))
    assert hours["CT"] == Hours()


def test_a_control_closes_on_the_clerks_order_where_no_time_is_set() -> None:
    assert opening_hours(road_rally("FIA_STAGE"))["TC0"] == Hours(at("09:45"))


def test_what_follows_from_the_crews_own_times_has_no_printed_hours() -> None:
    assert opening_hours(road_rally(section_origin=SectionOrigin.PREVIOUS_TC))["TC1"] == Hours()


def test_the_itinerarys_own_hours_go_before_those_of_the_regulations() -> None:
    hours = opening_hours(road_rally(last={"opens": at("10:30"), "closes": at("11:00")}))
    assert hours["TC2"] == Hours(at("10:30"), at("11:00"), printed=True)


@pytest.mark.parametrize(("check_in", "closed"), [("11:12:59", False), ("11:13:00", True)])
def test_a_check_in_after_the_control_has_closed_counts_as_a_missed_control(
    check_in: str, closed: bool
) -> None:
    event = road_rally(max_late_total=None)
    rally = told(event, card(Pen(), "3", "10:02:00", "10:12:00", "10:22:00", check_in))
    missed = [("missed control", "TC2", 60 * SECOND)]
    assert rows(rally, "3") == (missed if closed else [("late", "TC2", 30 * 15 * SECOND)])
    if closed:
        (row,) = rally.crew_state("3").penalties
        assert row.text == "counts as not visited: after the control had closed"


def test_without_an_extension_the_limit_of_lateness_keeps_no_control_open() -> None:
    records = card(Pen(), "3", "10:02:00", "10:12:00", "10:22:00", "11:13:00")
    (row,) = told(road_rally(max_late_total=30), records).crew_state("3").penalties
    assert row.text == "counts as not visited: after the control had closed"


def test_a_control_waits_for_a_crew_whose_delay_an_official_allowed() -> None:
    pen = Pen()
    event = road_rally()
    records = card(pen, "3", "10:02:00", "10:12:00", "10:22:00", "11:17:59")
    allowed = pen.rule(AllowDelay("TC2", "3", 5), role=Role.CLERK)
    assert rows(told(event, [*records, allowed]), "3") == [("late", "TC2", 30 * 15 * SECOND)]
    extended = pen.rule(ExtendLateness("TC2", max_late_total=40), role=Role.CLERK)
    assert rows(told(event, [*records, extended]), "3") == [("late", "TC2", 35 * 15 * SECOND)]


def test_printed_closing_times_wait_for_nobody() -> None:
    pen = Pen()
    event = road_rally(last={"closes": at("10:50")})
    records = card(pen, "3", "10:02:00", "10:12:00", "10:22:00", "10:51:00")
    allowed = pen.rule(AllowDelay("TC2", "3", 10), role=Role.CLERK)
    assert rows(told(event, [*records, allowed]), "3") == [("missed control", "TC2", 60 * SECOND)]


@pytest.mark.parametrize(("clock", "missed"), [("10:40:30", False), ("10:41:00", True)])
def test_a_passage_closes_too(clock: str, missed: bool) -> None:
    event = road_rally(closes=at("10:40"), max_late_total=None, closes_after=None)
    rally = told(event, card(Pen(), "1", "10:00:00", clock, "10:45:00"))
    assert (("missed control", "CT", 60 * SECOND) in rows(rally)) == missed


def test_a_check_in_before_the_control_opens_waits_for_an_official() -> None:
    pen = Pen()
    event = road_rally(last={"opens": at("10:30")})
    rally = told(event, card(pen, "1", "10:00:00", "10:10:00", "10:20:00", "10:29:59"))
    (row,) = rally.crew_state("1").penalties
    assert (row.rule, row.amount) == ("before opening", None)
    assert row.text == "11 min early, before the control opened"
    rally.add(pen.rule(Penalise("1", "early", time=660 * SECOND, control="TC2"), role=Role.CLERK))
    assert rows(rally) == [("early", "TC2", 660 * SECOND)]


@pytest.mark.parametrize(
    ("check_in", "row"),
    [("10:30:00", ("early", "TC2", 600 * SECOND)), ("10:29:59", ("before opening", "TC2", None))],
)
def test_a_control_is_open_from_the_first_instant_of_its_opening_minute(
    check_in: str, row: tuple[str, str, int | None]
) -> None:
    event = road_rally(last={"opens": at("10:30:30")})
    rally = told(event, card(Pen(), "1", "10:00:00", "10:10:00", "10:20:00", check_in))
    assert rows(rally) == [row]


def test_where_early_is_allowed_a_crew_before_the_opening_gets_its_due_minute() -> None:
    event = road_rally(last={"opens": at("10:30"), "early_allowed": True})
    rally = told(event, card(Pen(), "1", "10:00:00", "10:10:00", "10:20:00", "10:29:59"))
    assert rows(rally) == []
    assert rally.sheet("1").check_ins["TC2"].at == at("10:40")


@pytest.mark.parametrize(("target", "floor"), [(9, 6), (10, 7), (11, 8), (12, 9)])
@pytest.mark.parametrize(("short", "charge"), [(0, 0), (1, 60), (2, 120)])
def test_a_9_minute_section_may_not_be_driven_in_less_than_6(
    target: int, floor: int, short: int, charge: int
) -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("TC1", ControlKind.TC, "4", target="0:20:00")
    road.put("TC2", ControlKind.TC, "8", target=f"0:{target}:00", minimum=floor * MINUTE)
    rules = replace(UK_ROAD, closes_after=None, min_time_steps=(1, 1), tc_early_per_min=0)
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.stamp("TC1", "10:20:30", "1"),
        pen.stamp("TC2", f"10:{20 + floor - short}:59", "1"),
    ]
    rally = told(road.event(rules, crews("1")), records)
    assert rows(rally) == ([("too fast", "TC2", charge * SECOND)] if charge else [])


def test_a_section_driven_too_fast_for_which_no_price_is_set_waits_for_an_official() -> None:
    event = road_rally("ACI_REGULARITY", {"minimum": 18 * MINUTE, "early_allowed": True})
    rally = told(event, card(Pen(), "1", "10:00:00", "10:10:00", "10:20:00", "10:37:00"))
    (row,) = rally.crew_state("1").penalties
    assert (row.rule, row.amount, row.text) == ("too fast", None, "17 min, at least 18")
