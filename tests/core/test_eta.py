"""Arrivals foreseen from the recent pace and the road book."""

from dataclasses import replace

import pytest

from tests.core.drives import START, Course, control, event_on, straight
from timing.core.eta import USUAL_PACE, Stretch, planned_paces, recent_pace, travel_time
from timing.core.instant import MINUTE, SECOND
from timing.core.itinerary import Control, ControlKind
from timing.core.leg_road import lay_roads
from timing.core.positions import Tracking


def tc(number: int, metres: int, course: Course, target: int | None = None) -> Control:
    return replace(control(number, metres, course, kind=ControlKind.TC), target=target)


def test_near_by_the_recent_pace_holds_and_further_on_the_road_books() -> None:
    paces = (Stretch(0.0, 10.0), Stretch(10_000.0, 20.0))
    assert travel_time(0.0, 2_000.0, 25.0, paces) == 80 * SECOND
    assert travel_time(0.0, 14_000.0, 25.0, paces) == (120 + 700 + 200) * SECOND
    assert travel_time(0.0, 14_000.0, None, paces) == (1_000 + 200) * SECOND


def test_a_car_that_stands_is_expected_to_go_on_as_planned() -> None:
    assert travel_time(0.0, 1_000.0, 0.0, (Stretch(0.0, 10.0),)) == 100 * SECOND
    assert travel_time(0.0, 1_390.0, None, ()) == pytest.approx(1_390 / USUAL_PACE * SECOND, abs=1)


def test_the_planned_pace_comes_from_target_times_and_from_the_first_cars_schedule() -> None:
    course = Course(straight(30_000))
    controls = [
        control(0, 0, course, kind=ControlKind.TC),
        control(1, 5_000, course),
        tc(2, 12_000, course, target=20 * MINUTE),
        tc(3, 18_000, course),
    ]
    event = event_on(straight(30_000), controls=controls)
    (road,) = lay_roads(event).values()
    (stretch,) = planned_paces(event, road)
    assert stretch.start == pytest.approx(0, abs=1)
    assert stretch.pace == pytest.approx(10.0, abs=0.01)


def test_the_recent_pace_needs_ten_seconds_and_forgets_what_is_older() -> None:
    assert recent_pace([], START, MINUTE) is None
    assert recent_pace([(START, 0.0), (START + 5 * SECOND, 90.0)], START + 5 * SECOND, MINUTE) is None
    seen = [(START + i * 10 * SECOND, 200.0 * i if i < 10 else 2_000.0 + 100.0 * (i - 10)) for i in range(20)]
    assert recent_pace(seen, seen[-1][0], MINUTE) == pytest.approx(10.0)
    back = [(START, 500.0), (START + 20 * SECOND, 400.0)]
    assert recent_pace(back, START + 20 * SECOND, MINUTE) == 0.0


def test_nothing_is_foreseen_of_a_car_that_was_never_placed() -> None:
    tracking = Tracking(event_on(straight(3_000), controls=[control(1, 1_000, Course(straight(3_000)))]))
    assert tracking.eta("7", "PC1") is None
    assert tracking.next_control("7") is None
    tracking.heard("7", START)
    assert tracking.eta("7", "PC1") is None
    assert tracking.eta("7", "nowhere") is None
