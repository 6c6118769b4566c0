from itertools import pairwise
from pathlib import Path

import pytest

from simulators.marshal import Entered, GivenUp, entries
from simulators.scenario import Scenario, draw
from timing.core.instant import MINUTE, floor_to
from timing.core.itinerary import TIME_CONTROLS, ControlKind
from timing.event_folder import load_event

EVENTS = Path(__file__).resolve().parents[2] / "simulators" / "events"


@pytest.fixture(scope="module")
def night() -> Scenario:
    loaded = load_event(EVENTS / "night-stages")
    assert loaded.event is not None
    return draw(loaded.event, 7)


def test_marshals_write_down_the_minute_of_each_check_in_and_nobody_for_course_cars(night: Scenario) -> None:
    stamps = [entry for entry in entries(night) if isinstance(entry, Entered)]
    written = {(stamp.control, stamp.car): stamp.at for stamp in stamps}
    controls = night.event.itinerary.controls
    for car, truth in night.truth.items():
        course_car = night.event.entries.by_number[car].course_car
        for ident, at in truth.crossings.items():
            if controls[ident].kind in TIME_CONTROLS:
                expected = None if course_car else floor_to(at, MINUTE)
                found = written.get((ident, car))
                assert (None if found is None else floor_to(found, MINUTE)) == expected


def test_the_assigned_minute_is_entered_at_a_stage_start(night: Scenario) -> None:
    for stamp in entries(night):
        if isinstance(stamp, Entered):
            control = night.event.itinerary.controls[stamp.control]
            if control.kind is ControlKind.SS_START:
                assert stamp.at == night.truth[stamp.car].starts[control.stage or ""]


def test_nothing_is_entered_before_it_has_happened(night: Scenario) -> None:
    made = entries(night)
    assert all(before.sent_at <= after.sent_at for before, after in pairwise(made))
    assert all(entry.sent_at > entry.at for entry in made if isinstance(entry, Entered))
    assert len({entry.key for entry in made}) == len(made)


def test_the_clerk_takes_out_exactly_the_cars_that_stopped(night: Scenario) -> None:
    out = {entry.car: entry for entry in entries(night) if isinstance(entry, GivenUp)}
    stopped = {car: truth.retired for car, truth in night.truth.items() if truth.retired is not None}
    assert stopped
    assert out.keys() == stopped.keys()
    for car, retired in stopped.items():
        assert out[car].control == retired.after
        assert out[car].sent_at > retired.at
