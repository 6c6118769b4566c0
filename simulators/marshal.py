"""What people enter: marshals at their tables, the marshal at a stage start, the clerk of the course.

Pure: who enters what, and when. How it gets to the service is `officials.py`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from simulators.scenario import Scenario
from timing.core.instant import MILLISECOND, MINUTE, SECOND, Duration, Instant, floor_to
from timing.core.itinerary import PASSAGE_CONTROLS, TIME_CONTROLS, ControlKind

#: How often a marshal's telephone has no network, and for how long (shortest, longest).
_OFFLINE = 0.01
_OFFLINE_FOR: tuple[Duration, Duration] = (3 * MINUTE, 8 * MINUTE)
#: The clerk of the course takes a stopped car out after so long.
_CLERK_AFTER: Duration = 25 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A stamp that a marshal enters: a car at a control at an instant, sent at `sent_at`."""

    sent_at: Instant
    control: str
    car: str
    at: Instant

    @property
    def key(self) -> str:
        """The telephone's own identity of the entry: sent twice, it is one."""
        return f"sim/{self.control}/{self.car}/{self.at}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """The clerk of the course declares a crew retired, after the last control it passed."""

    sent_at: Instant
    car: str
    control: str | None

    @property
    def key(self) -> str:
        """The decision's own identity."""
        return f"sim/retired/{self.car}"


Entry: TypeAlias = Entered | GivenUp


def entries(scenario: Scenario) -> list[Entry]:
    """Return everything that people enter, in the order in which they send it."""
    found: list[Entry] = [*_stamps(scenario), *_retirements(scenario)]
    return sorted(found, key=lambda entry: (entry.sent_at, entry.key))


def _stamps(scenario: Scenario) -> Iterator[Entered]:
    itinerary = scenario.event.itinerary
    for car, truth in scenario.truth.items():
        if scenario.event.entries.by_number[car].course_car:
            continue
        chance = random.Random(f"{scenario.seed}/marshal/{car}")
        for ident, crossed in truth.crossings.items():
            control = itinerary.controls[ident]
            at = floor_to(crossed, MILLISECOND)
            given = truth.starts.get(control.stage or "")
            if control.kind is ControlKind.SS_START and given is not None:
                # What is written down is the minute that was assigned, not when the wheels moved.
                at = given
            elif control.kind not in TIME_CONTROLS and control.kind not in PASSAGE_CONTROLS:
                continue
            delay = chance.randint(3, 12) * SECOND
            if chance.random() < _OFFLINE:
                delay = chance.randint(*_OFFLINE_FOR)
            yield Entered(sent_at=at + delay, control=ident, car=car, at=at)


def _retirements(scenario: Scenario) -> Iterator[GivenUp]:
    for car, truth in scenario.truth.items():
        if truth.retired is not None:
            yield GivenUp(sent_at=truth.retired.at + _CLERK_AFTER, car=car, control=truth.retired.after)
