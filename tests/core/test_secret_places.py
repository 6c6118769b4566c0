"""What only officials may know of the road."""

from dataclasses import replace

import pytest

from tests.core.rallies import Road, crews, regularity
from timing.core.event import Event
from timing.core.itinerary import ControlKind, StageKind
from timing.core.secret_places import is_secret
from timing.presets import load_preset


def legs(preset: str = "TSD_HUNDREDTH") -> Event:
    road = Road()
    road.put("R1", ControlKind.RESTART, "0", first="10:00")
    road.put("CP1", ControlKind.REG_TEST, "5", stage="L1", target="325.00")
    road.put("SIGN", ControlKind.TIME_CHECK, "7")
    road.put("CP2", ControlKind.REG_TEST, "9", stage="L2", target="300.00")
    road.put("OC", ControlKind.OFF_COURSE, "10")
    road.put("GATE", ControlKind.SECRET, "11")
    road.time("L1", StageKind.REG_TEST, "R1", "CP1", target="325.00")
    road.time("L2", StageKind.REG_TEST, "CP1", "CP2", target="300.00")
    return road.event(load_preset(preset), crews("1"))


def secret(event: Event) -> list[str]:
    return [ident for ident, control in event.itinerary.controls.items() if is_secret(event, control)]


@pytest.mark.parametrize("preset", ["TSD_HUNDREDTH", "TSD_SECOND"])
def test_the_checkpoints_of_a_time_speed_distance_rally_are_secret_its_restarts_are_not(preset: str) -> None:
    assert secret(legs(preset)) == ["CP1", "CP2", "OC", "GATE"]


def test_the_lines_of_regularity_tests_are_in_the_road_book_elsewhere() -> None:
    assert secret(legs("ACI_REGULARITY")) == ["OC", "GATE"]


def test_a_bulletin_may_open_the_lines_from_a_control_on() -> None:
    event = legs()
    opened = replace(event.preset, secret_lines=False)
    order = event.itinerary.controls["CP2"].order
    assert secret(replace(event, rules_from=((order, opened),))) == ["CP1", "OC", "GATE"]


def test_of_an_average_trial_only_the_start_is_known() -> None:
    event = regularity(crews("1"))
    points = [c.id for c in event.itinerary.controls.values() if c.kind is ControlKind.AVG_TRIAL]
    assert secret(event) == points[1:]
