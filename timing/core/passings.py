"""One car along its leg: which of its passings make one drive, and which do not fit it.

A car moves along the road, so its times rise with the order of the controls. Where they do not,
the longest series of passings that does stands, and the others are ignored but shown: a car that
drives back past a line, a control whose clock is an hour off, a wrong number typed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from timing.core.instant import HOUR, MINUTE, Duration, Instant
from timing.core.itinerary import TIME_CONTROLS, Control

#: Between two controls at least this far apart (m) a car faster than this (km/h) was not this car.
_FAR = 2_000
_ABSURD_KMH = 250


@dataclass(frozen=True, slots=True)
class Passing:
    """A car at a control. `ruled` marks a time that an official gave: it always stands."""

    control: Control
    at: Instant
    ruled: bool = False


def out_of_line(passings: Sequence[Passing]) -> dict[str, str]:
    """Return the controls whose passing does not fit the car's drive, with the reason.

    `passings` are those of one car on one leg in road order.
    """
    if all(_follows(before, after) for before, after in pairwise(passings)):
        return {}
    kept = _longest_drive(passings)
    return {
        passing.control.id: _reason(place, kept, passings)
        for place, passing in enumerate(passings)
        if place not in kept
    }


def shortest(one: Control, two: Control) -> Duration:
    """Return how long (µs) a car needs at least from one control to a later one of its leg."""
    # A check-in is often written as a bare minute, so it may stand a little before its own line.
    slack = MINUTE if one.kind in TIME_CONTROLS or two.kind in TIME_CONTROLS else 0
    # Inside a stage an absurd speed is a held result, which an official looks at, not a stray stamp.
    if one.stage is not None and one.stage == two.stage:
        return -slack
    if one.metres is None or two.metres is None or two.metres - one.metres < _FAR:
        return -slack
    return -((one.metres - two.metres) * HOUR // (_ABSURD_KMH * 1000)) - slack


def _follows(before: Passing, after: Passing) -> bool:
    """Whether one car can have made both passings, in this order."""
    return after.at - before.at >= shortest(before.control, after.control)


def _longest_drive(passings: Sequence[Passing]) -> set[int]:
    """The places of the longest series that one car can have driven.

    Ruled times weigh more than any number of stamps. Of series equally long the one that ends
    earlier stands: a car seen further along the road was not here afterwards.
    """
    many = len(passings) + 1
    best: list[tuple[int, int | None]] = []
    for place, passing in enumerate(passings):
        weight = 0
        link: int | None = None
        for earlier in range(place):
            if best[earlier][0] > weight and _follows(passings[earlier], passing):
                weight, link = best[earlier][0], earlier
        best.append((weight + (many if passing.ruled else 1), link))
    link = max(range(len(best)), key=lambda index: (best[index][0], -passings[index].at, index))
    kept: set[int] = set()
    while link is not None:
        kept.add(link)
        link = best[link][1]
    return kept


def _reason(place: int, kept: set[int], passings: Sequence[Passing]) -> str:
    later = [other for other in kept if other > place and passings[other].at < passings[place].at]
    if later:
        return f"after the car was at {passings[min(later)].control.id}"
    earlier = [other for other in kept if other < place and passings[other].at > passings[place].at]
    if earlier:
        return f"before the car was at {passings[max(earlier)].control.id}"
    return "does not fit the car's other times"
