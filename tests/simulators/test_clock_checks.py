"""Comparisons of the simulated timers with the reference: when they are made, and that they are honest."""

from pathlib import Path

import pytest

from simulators.clock_checks import clock_checks
from simulators.scenario import Scenario, draw
from simulators.timers import Impulse, Mishaps, impulses
from timing.core.instant import MINUTE
from timing.event_folder import load_event

EVENTS = Path(__file__).resolve().parents[2] / "simulators" / "events"


@pytest.fixture(scope="module")
def night() -> tuple[Scenario, list[Impulse]]:
    loaded = load_event(EVENTS / "night-stages")
    assert loaded.event is not None
    scenario = draw(loaded.event, 20)
    return scenario, impulses(scenario, Mishaps())


def test_every_timer_is_compared_before_the_first_car_at_each_line_and_after_the_last(
    night: tuple[Scenario, list[Impulse]],
) -> None:
    scenario, printed = night
    checks = clock_checks(scenario, printed)
    for line in {(impulse.device, impulse.control) for impulse in printed}:
        times = [impulse.at for impulse in printed if (impulse.device, impulse.control) == line]
        own = [check.at for check in checks if check.device == line[0]]
        assert any(min(times) - 5 * MINUTE < at < min(times) for at in own), line
        assert any(max(times) < at < max(times) + 3 * MINUTE for at in own), line


def test_a_check_says_how_far_the_second_clock_is_from_the_truth(
    night: tuple[Scenario, list[Impulse]],
) -> None:
    scenario, printed = night
    checks = clock_checks(scenario, printed)
    assert {check.offset for check in checks if check.device == "finish-1a"} == {0}
    for device, control in (("finish-1b", "SS1.FF"), ("finish-1b", "SS4.FF")):
        off = [
            impulse.at - scenario.truth[impulse.car].crossings[control]
            for impulse in printed
            if (impulse.device, impulse.control) == (device, control)
            and impulse.car is not None
            and not impulse.second_edge
        ]
        first = min(
            impulse.at for impulse in printed if (impulse.device, impulse.control) == (device, control)
        )
        said = {c.offset for c in checks if c.device == device and abs(c.at - first) < 5 * MINUTE}
        assert len(said) == 1
        ahead = said.pop()
        # Impulses are cut to 1/10000 s.
        assert all(ahead - 100 < each <= ahead for each in off)
        assert 50 <= ahead <= 900
