"""When will a car be at a control? From its recent pace near by, from the road book further on."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from timing.core.event import Event
from timing.core.instant import SECOND, Duration, Instant
from timing.core.itinerary import TIME_CONTROLS, Control, ControlKind
from timing.core.leg_road import LegRoad

#: A car keeps its recent pace for about this many m; beyond, the road book's average is the better guess.
_NEAR_M = 3_000.0
#: Without any better knowledge: 50 km/h, the usual average of a road section on open roads.
USUAL_PACE = 13.9
_SLOWEST = 2.0


class Stretch(NamedTuple):
    """From `start` m along the line on, the road book's average pace in m/s."""

    start: float
    pace: float


def planned_paces(event: Event, road: LegRoad) -> tuple[Stretch, ...]:
    """Return a leg's planned paces in road order, from its target times and first cars' due times."""
    stretches: list[Stretch] = []
    before: tuple[float, Control] | None = None
    for along, name in road.controls:
        control = event.itinerary.controls[name]
        if control.kind not in TIME_CONTROLS and control.kind is not ControlKind.SS_START:
            continue
        if before is not None and (allowed := _allowed(before[1], control)) and along > before[0]:
            pace = (along - before[0]) * SECOND / allowed
            stretches.append(Stretch(before[0], min(max(pace, _SLOWEST), 3 * USUAL_PACE)))
        before = (along, control)
    return tuple(stretches)


def travel_time(start: float, end: float, recent: float | None, paces: Sequence[Stretch]) -> Duration:
    """Return the time (µs) a car will take from `start` to `end` (m along the line, end behind start).

    `recent` is its pace of late in m/s, None when unknown; a car that stands is expected to go on
    at the planned pace.
    """
    near = min(end, start + _NEAR_M) if recent is not None and recent >= _SLOWEST else start
    seconds = (near - start) / recent if recent is not None and near > start else 0.0
    place = near
    while place < end:
        i = bisect_right(paces, (place, float("inf")))
        to = min(end, paces[i].start if i < len(paces) else end)
        seconds += (to - place) / (paces[i - 1].pace if i else USUAL_PACE)
        place = to
    return round(seconds * SECOND)


def recent_pace(seen: Sequence[tuple[Instant, float]], now: Instant, within: Duration) -> float | None:
    """Return the pace in m/s over the newest part of `seen` (instants and m along, in order)."""
    newer = [(at, along) for at, along in seen if at >= now - within]
    if len(newer) < 2 or newer[-1][0] - newer[0][0] < 10 * SECOND:
        return None
    return max(newer[-1][1] - newer[0][1], 0.0) * SECOND / (newer[-1][0] - newer[0][0])


def _allowed(before: Control, control: Control) -> Duration | None:
    if control.target is not None:
        return control.target
    if before.first_car is not None and control.first_car is not None:
        return max(control.first_car - before.first_car, 0)
    return None
