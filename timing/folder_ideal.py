"""The ideal time of a regularity leg from its distances, averages and pauses (time-speed-distance)."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from timing.core.ideal_times import time_at
from timing.core.instant import Duration
from timing.core.itinerary import Control


def ideal_time(points: Sequence[Control]) -> Fraction | None:
    """Return the exact ideal time (µs) over a leg: sum of distance / average, plus the pauses.

    Args:
        points: the controls from the start of the leg to its end, in road order.

    An average given at the start or inside the leg holds from there on. One given at the end holds
    for the whole leg. None: no average, or no distance where the average changes.
    """
    end = points[-1]
    marks = [point for point in points if point is points[0] or point is end or point.average is not None]
    average = _backward(points)
    total = Fraction(sum(point.pause for point in points[:-1]))
    for here, after in pairwise(marks):
        average = _forward(here, points) or average
        if average is None or here.along is None or after.along is None:
            return None
        total += time_at(after.along - here.along, average)
    return total


def published(ideal: Fraction, resolution: Duration) -> Duration:
    """Return an ideal time (µs) as the organizer prints it: rounded to `resolution`, half up.

    3.25 miles at 36 mph take 5.41666 min and are printed as 5.42 (Porsche Club of America, Alpine
    and Rocky Mountain TSD General Instructions, part VII).
    """
    return int(ideal / resolution + Fraction(1, 2)) * resolution


def conflict(points: Sequence[Control]) -> Control | None:
    """Return the point whose average contradicts one given at the end of the leg, or None."""
    if _backward(points) is None:
        return None
    return next((point for point in points[:-1] if _forward(point, points) is not None), None)


def _backward(points: Sequence[Control]) -> Fraction | None:
    return points[-1].average


def _forward(point: Control, points: Sequence[Control]) -> Fraction | None:
    """The average that holds from a point on; a line that ends another test speaks of that one alone."""
    ends_another = point is points[0] and point.stage is not None and point.stage != points[-1].stage
    return None if ends_another else point.average
