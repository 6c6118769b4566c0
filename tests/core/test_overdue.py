"""Who is overdue: by the limit of the regulations, seen or not, on the road or never started."""

from dataclasses import replace

from tests.core.rallies import Pen, Road, at, crews, told
from timing.core.decisions import Retire, Role
from timing.core.event import Event
from timing.core.instant import MINUTE
from timing.core.itinerary import ControlKind
from timing.core.overdue import Overdue, overdue
from timing.presets import load_preset


def tour() -> Event:
    """Departure at 08:00, lunch an hour and a half on, the hotel printed for 16:00; a passage between."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="08:00")
    road.put("CP1", ControlKind.PASSAGE, "30")
    road.put("TC1", ControlKind.TC, "80", first="09:30")
    road.put("TC2", ControlKind.TC, "200", first="16:00")
    return road.event(load_preset("TOUR"), crews("1", "2", "3", "0"))


def test_a_tours_car_is_overdue_when_more_than_45_minutes_have_run_out() -> None:
    pen = Pen()
    rally = told(
        tour(),
        [*(pen.stamp("TC0", f"08:0{n}:10", car) for n, car in enumerate(("1", "2", "3"))),
         *(pen.stamp("TC1", f"09:3{n}:00", car) for n, car in ((0, "1"), (2, "3")))],
    )  # fmt: skip
    assert overdue(rally, at("10:16:59.999")) == ()
    (late,) = overdue(rally, at("10:17:00"))
    assert late == Overdue(
        car="2", control="TC1", due=at("09:31"), minutes=46, last_control="TC0", last_at=at("08:01:10")
    )
    # It was seen further on after all; at the hotel it is not late yet.
    rally.add(pen.stamp("TC1", "10:20:00", "2"))
    assert overdue(rally, at("10:21:00")) == ()


def test_seen_at_a_passage_a_crew_is_still_looked_for_at_the_next_time_control() -> None:
    pen = Pen()
    rally = told(tour(), [pen.stamp("TC0", "08:01:10", "2"), pen.stamp("CP1", "08:40:00", "2")])
    late = {one.car: one for one in overdue(rally, at("10:30:00"))}
    assert (late["2"].control, late["2"].last_control) == ("TC1", "CP1")


def test_a_crew_that_never_left_is_missed_at_the_start_and_a_course_car_nowhere() -> None:
    late = overdue(told(tour(), []), at("08:47:00"))
    assert [(one.car, one.control, one.minutes, one.last_at) for one in late] == [
        ("1", "TC0", 47, None),
        ("2", "TC0", 46, None),
    ]


def test_nobody_looks_for_a_crew_that_has_retired_or_where_there_is_no_limit() -> None:
    pen = Pen()
    records = [pen.stamp("TC0", "08:01:10", "2"), pen.rule(Retire("2", "TC0", "gearbox"), role=Role.CLERK)]
    late = overdue(told(tour(), records), at("12:00:00"))
    assert {one.car for one in late} == {"1", "3"}
    free = replace(tour(), preset=replace(load_preset("TOUR"), max_late_total=None))
    assert overdue(told(free, records), at("12:00:00") + 600 * MINUTE) == ()
