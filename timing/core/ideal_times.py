"""Ideal times in an average trial: exact, from distances, averages and pauses.

The average given at a point holds from there on (ACI Sport, RDS Auto Storiche Regolarita 2021,
art. 8.20 c); it may depend on the crew's category, as in the Rallye Monte-Carlo Historique, where
year and engine size decide between a low, a middle and a high average. So an ideal time belongs to
a category and a point. Fractions are met here only, before the rally; a crew is scored with ints.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from timing.core.instant import HOUR, Duration, floor_to
from timing.core.itinerary import Itinerary, Stage
from timing.core.preset import PointOrigin


def time_at(metres: int | Fraction, average: Fraction) -> Fraction:
    """Return how long a distance takes at an average (km/h), exactly, in µs."""
    return Fraction(metres) / (average * 1000) * HOUR


def ideal_between(
    itinerary: Itinerary, stage: Stage, start: str, end: str, category: str = ""
) -> Fraction | None:
    """Return the ideal time (exact, in µs) between two points of an average trial, or None.

    The pauses prescribed on the way are part of it; distances are exact metres along the leg.
    """
    ids = list(stage.lines)
    if start not in ids or end not in ids or ids.index(end) <= ids.index(start):
        return None
    steps = _steps(itinerary, stage, category)[ids.index(start) : ids.index(end)]
    known = [step for step in steps if step is not None]
    return sum(known, Fraction(0)) if len(known) == len(steps) else None


def _steps(itinerary: Itinerary, stage: Stage, category: str) -> list[Fraction | None]:
    """The ideal time from each point of a trial to the next; None where it cannot be known."""
    points = [itinerary.controls[ident] for ident in stage.lines]
    average: Fraction | None = None
    steps: list[Fraction | None] = []
    for here, after in pairwise(points):
        given = here.average_for(category)
        average = given if given is not None else average
        if not average or here.along is None or after.along is None:
            steps.append(None)
        else:
            steps.append(time_at(after.along - here.along, average) + here.pause)
    return steps


@dataclass(frozen=True, slots=True)
class Ideal:
    """The ideal time to a point of a trial: exact to the microsecond below, and cut to whole units."""

    time: Duration
    cut: Duration


#: For each timed point of a trial, the ideal time from each point before it; None where unknown.
Ideals = tuple[tuple[Ideal | None, ...], ...]


def ideals_of(
    itinerary: Itinerary,
    stage: Stage,
    category: str,
    unit: Duration,
    origin: PointOrigin,
    corrected: Mapping[str, Duration],
) -> Ideals:
    """Return the ideal times of a trial for the crews of a category.

    Row i, column k is the time to the (i+1)-th line of the trial from its k-th. `corrected` are the
    ideal times (µs) that officials put right, by point, counted from where the regulations count
    them: the trial's start or the preceding point.

    Compared is the floor of the ideal time with the floor of the driven one: both in whole units.
    """
    steps = _steps(itinerary, stage, category)
    for place, control in enumerate(stage.lines[1:]):
        if control in corrected and origin is PointOrigin.PRECEDING:
            steps[place] = Fraction(corrected[control])
    rows: list[tuple[Ideal | None, ...]] = []
    for place, control in enumerate(stage.lines[1:]):
        row: list[Ideal | None] = []
        for first in range(place + 1):
            known = [step for step in steps[first : place + 1] if step is not None]
            exact = sum(known, Fraction(0)) if len(known) == place + 1 - first else None
            if first == 0 and origin is PointOrigin.START and control in corrected:
                exact = Fraction(corrected[control])
            row.append(None if exact is None else Ideal(int(exact), floor_to(int(exact), unit)))
        rows.append(tuple(row))
    return tuple(rows)
