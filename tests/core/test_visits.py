"""Controls that were missed, visited twice or should not have been visited; time checks."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.core.rallies import Pen, Road, crews, told
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.itinerary import ControlKind, StageKind
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.visits import missed_charge
from timing.presets import load_preset

UK_ROAD = load_preset("MSUK_HISTORIC_ROAD")


def rows(rally: Rally) -> list[tuple[str, str | None, object, int]]:
    return [(row.rule, row.control, row.amount, row.fails) for row in rally.crew_state("1").penalties]


def road_rally(**rules: Any) -> Event:
    """Three passages and a main time control between two time controls."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("CT", ControlKind.PASSAGE, "4")
    road.put("CODE", ControlKind.ROUTE_CHECK, "8")
    road.put("HIDDEN", ControlKind.SECRET, "10")
    road.put("MTC", ControlKind.MTC, "12", target="0:20:00")
    road.put("TC1", ControlKind.TC, "24", target="0:20:00")
    road.put("TC2", ControlKind.TC, "36", target="0:20:00")
    return road.event(replace(UK_ROAD, closes_after=None, **rules), crews("1"))


def to_the_end(pen: Pen, *controls: str) -> list[Record]:
    """A crew on time wherever it is seen; always at the first and the last control."""
    clocks = {
        "TC0": "10:00:00",
        "CT": "10:07:00",
        "CODE": "10:13:00",
        "HIDDEN": "10:17:00",
        "MTC": "10:20:00",
        "TC1": "10:40:00",
        "TC2": "11:00:00",
    }
    return [pen.stamp(c, clocks[c], "1") for c in ("TC0", *controls, "TC2")]


def test_a_minute_for_each_control_missed_and_a_quarter_of_an_hour_for_a_main_one() -> None:
    assert rows(told(road_rally(), to_the_end(Pen()))) == [
        ("missed control", "CT", 60 * SECOND, 0),
        ("missed control", "CODE", 60 * SECOND, 0),
        ("missed control", "HIDDEN", 60 * SECOND, 0),
        ("missed control", "MTC", 900 * SECOND, 0),
        ("missed control", "TC1", 60 * SECOND, 0),
    ]


def test_a_missed_control_names_what_proves_that_the_crew_has_passed_it() -> None:
    records = to_the_end(Pen(), "CT", "CODE", "HIDDEN", "TC1")
    (row,) = told(road_rally(), records).crew_state("1").penalties
    assert (row.text, row.records) == ("no time here, seen later at TC2", (records[-1].seq,))


def test_a_control_that_does_not_count_as_visited_names_the_time_there() -> None:
    pen = Pen()
    late = pen.stamp("TC1", "11:11:00", "1")
    records = [*to_the_end(pen, "CT", "CODE", "HIDDEN", "MTC")[:-1], late, pen.stamp("TC2", "11:31:00", "1")]
    rally = told(road_rally(max_late_control=30, max_late_total=None), records)
    (row,) = (row for row in rally.crew_state("1").penalties if row.control == "TC1")
    assert row.text == "counts as not visited: 31 min late, more than 30"
    assert row.records == (late.seq,)


def test_in_a_fails_system_a_fail_for_each_control_and_the_time_for_the_main_one() -> None:
    assert rows(told(road_rally(fails=True), to_the_end(Pen(), "CODE", "HIDDEN"))) == [
        ("missed control", "CT", 0, 1),
        ("missed control", "MTC", 900 * SECOND, 0),
        ("missed control", "TC1", 0, 1),
    ]
    assert missed_charge(
        road_rally().itinerary.controls["MTC"], replace(UK_ROAD, fails=True, missed_mtc_fails=3)
    ) == (0, 3)


def test_without_a_price_of_its_own_a_main_control_costs_what_the_others_do() -> None:
    rally = told(road_rally(missed_mtc=None), to_the_end(Pen(), "CT", "CODE", "HIDDEN", "TC1"))
    assert rows(rally) == [("missed control", "MTC", 60 * SECOND, 0)]
    undecided = road_rally(missed_mtc=None, missed_control=None)
    rally = told(undecided, to_the_end(Pen(), "CT", "CODE", "HIDDEN", "TC1"))
    assert rows(rally) == [("missed control", "MTC", None, 0)]


@pytest.mark.parametrize(
    ("fails", "row"),
    [
        (False, ("visited twice", "CT", 60 * SECOND, 0)),
        (True, ("visited twice", "CT", 0, 1)),
    ],
)
def test_a_passage_visited_twice_is_charged_once_and_another_edge_is_no_visit(
    fails: bool, row: tuple[str, str, int, int]
) -> None:
    pen = Pen()
    records = to_the_end(pen, "CT", "CODE", "HIDDEN", "MTC", "TC1")
    rally = told(road_rally(fails=fails), [*records, pen.stamp("CT", "10:07:20", "1")])
    assert rows(rally) == []
    rally.add(pen.stamp("CT", "10:09:00", "1"))
    rally.add(pen.stamp("CT", "10:11:00", "1"))
    assert rows(rally) == [row]


def test_a_second_visit_costs_nothing_where_the_regulations_do_not_say_so() -> None:
    pen = Pen()
    records = to_the_end(pen, "CT", "CODE", "HIDDEN", "MTC", "TC1")
    rally = told(road_rally(visited_twice=None), [*records, pen.stamp("CT", "10:11:00", "1")])
    assert rows(rally) == []


def tsd(**rules: Any) -> Event:
    """A TSD leg with an off-course checkpoint and a time check on the way."""
    road = Road()
    road.put("OUT", ControlKind.RESTART, "0", first="10:00")
    road.put("TRAP", ControlKind.OFF_COURSE, "3")
    road.put("CLOCK", ControlKind.TIME_CHECK, "4")
    road.put("CP1", ControlKind.REG_TEST, "6", stage="LEG1", target="10:00")
    road.put("CP2", ControlKind.REG_TEST, "9", stage="LEG2", target="5:00")
    road.time("LEG1", StageKind.REG_TEST, "OUT", "CP1", target="10:00")
    road.time("LEG2", StageKind.REG_TEST, "CP1", "CP2", target="5:00")
    return road.event(replace(load_preset("TSD_SECOND"), **rules), crews("1", "2"))


@pytest.mark.parametrize(("price", "amount"), [(200, Decimal(200)), (None, None)])
def test_an_off_course_checkpoint_costs_who_visits_it_and_nobody_else(
    price: int | None, amount: Decimal | None
) -> None:
    pen = Pen()
    event = tsd(off_course=price)
    rally = told(event, [pen.stamp("CP1", "10:10:00", "1"), pen.stamp("CP1", "10:11:00", "2")])
    assert rows(rally) == []
    rally.add(pen.stamp("TRAP", "10:04:00", "1"))
    assert rows(rally) == [("off course", "TRAP", amount, 0)]
    assert rally.crew_state("2").penalties == ()


def test_a_visit_off_the_course_says_nothing_about_where_the_crew_is_on_the_road() -> None:
    pen = Pen()
    rally = told(tsd(), [pen.stamp("TRAP", "10:20:00", "1"), pen.stamp("CP1", "10:10:00", "1")])
    assert rally.crew_state("1").last_control == "CP1"
    assert set(rally.sheet("1").drive.chosen) == {"TRAP", "CP1"}
    state = told(tsd(), [pen.stamp("TRAP", "10:04:00", "1")]).crew_state("1")
    assert (state.last_control, state.next_control) == (None, "OUT")


def test_a_crew_is_never_told_of_an_off_course_checkpoint() -> None:
    rally = told(tsd(), [Pen().stamp("OUT", "10:00:00", "1")])
    assert rally.crew_state("1").next_control == "CLOCK"


def test_a_time_check_is_never_scored() -> None:
    pen = Pen()
    records = [pen.stamp("CP1", "10:10:00", "1"), pen.stamp("CP2", "10:15:00", "1")]
    without = told(tsd(), records)
    with_check = told(tsd(), [*records, pen.stamp("CLOCK", "10:09:00", "1")])
    for rally in (without, with_check):
        assert rally.crew_state("1").penalties == ()
        assert rally.crew_state("1").missed == ()
        assert rally.classification("overall").rows["1"].total == 0
