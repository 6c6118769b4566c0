"""The shipped events' roads, driven with noise from end to end: every line is crossed once, in order."""

import math
import random
from pathlib import Path

import pytest

from timing.core.instant import SECOND
from timing.core.positions import Tracking
from timing.core.readings import Fix
from timing.core.route_line import course_between
from timing.event_folder import load_event

EVENTS = Path(__file__).resolve().parents[2] / "simulators" / "events"
SPEED = 22.0


@pytest.mark.parametrize("name", ["california-mille", "night-stages"])
def test_a_drive_over_every_leg_is_followed_and_crosses_every_line_once(name: str) -> None:
    event = load_event(EVENTS / name).event
    assert event is not None
    tracking = Tracking(event)
    car = next(iter(event.entries.by_number))
    chance = random.Random(name)
    assert set(tracking.roads) == set(event.itinerary.legs)
    for road in tracking.roads.values():
        assert [control for _, control in road.controls] == list(event.itinerary.legs[road.leg].controls)
        crossed: dict[str, int] = {}
        unsure = 0
        steps = int(road.line.length / SPEED)
        for step in range(steps):
            along = step * SPEED
            lat, lon = road.line.point_at(along)
            fix = Fix(
                device="t1",
                at=road.first_due + step * SECOND,
                lat=lat + chance.gauss(0, 3) / 111_195,
                lon=lon + chance.gauss(0, 3) / 111_195 / math.cos(math.radians(lat)),
                speed=SPEED,
                course=course_between(*road.line.point_at(along - 2), *road.line.point_at(along + 2)),
            )
            for stamp in tracking.add([(car, fix)]).stamps:
                assert stamp.control is not None
                assert stamp.control not in crossed
                crossed[stamp.control] = stamp.at
            position = tracking.position(car)
            assert position is not None
            if position.placed_at != fix.at or position.metres is None:
                unsure += 1
                continue
            assert position.leg == road.leg
            assert abs(road.along(position.metres) - along) < 30.0
        assert unsure < steps / 200
        assert list(crossed) == [control for _, control in road.controls]
        for along, control in road.controls:
            assert abs((crossed[control] - road.first_due) / SECOND - along / SPEED) < 1.0
