"""A leg's road with its controls laid on it, and the hours in which cars may be on it.

A road may pass the same spot twice. The controls come in road order, so each is laid where the
order of all of them fits best, not simply where the line is nearest.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from timing.core.event import Event
from timing.core.instant import HOUR, Duration, Instant
from timing.core.itinerary import Control, Leg
from timing.core.route_line import GRID_REACH, RouteLine

#: Cars are looked for on a leg from this long before its first car is due …
OPENS_BEFORE: Duration = 6 * HOUR
#: … until this long after the next leg's first car is due (the late ones of a night leg).
CLOSES_AFTER: Duration = 6 * HOUR
#: The last leg stays open this long.
LAST_LEG: Duration = 36 * HOUR

#: A road book and a recorded line that differ by less than this share are taken as equally long.
_SAME_LENGTH = 0.03
#: One metre off the line costs as much as this many metres from the printed distance.
_OFF_WEIGHT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRoad:
    """One leg's line and the places of its controls on it.

    `controls` are (metres along the line, control id) in road order. `anchors` are pairs of metres
    along the line and metres of the road book, both rising: the road book's distances are official.
    Cars are looked for here from `opens` until `closes`.
    """

    leg: int
    line: RouteLine
    controls: tuple[tuple[float, str], ...]
    anchors: tuple[tuple[float, float], ...]
    opens: Instant
    first_due: Instant
    closes: Instant

    def official(self, along: float) -> float:
        """Turn metres along the line into metres of the road book."""
        return _between(self.anchors, along)

    def along(self, official: float) -> float:
        """Turn metres of the road book into metres along the line."""
        return _between([(book, line) for line, book in self.anchors], official)


def lay_roads(event: Event) -> Mapping[int, LegRoad]:
    """Lay every leg that has a route; legs without one are left out."""
    starts = [_first_due(event, leg) for leg in event.itinerary.legs.values()]
    roads = {}
    for i, leg in enumerate(event.itinerary.legs.values()):
        points = event.routes.get(leg.number, ())
        if len(set(points)) < 2:
            continue
        line = RouteLine.from_points(points)
        placed = place_controls(line, [event.itinerary.controls[control] for control in leg.controls])
        roads[leg.number] = LegRoad(
            leg=leg.number,
            line=line,
            controls=tuple((along, control.id) for along, control in placed),
            anchors=_anchors(line, placed),
            opens=starts[i] - OPENS_BEFORE,
            first_due=starts[i],
            closes=starts[i + 1] + CLOSES_AFTER if i + 1 < len(starts) else starts[i] + LAST_LEG,
        )
    return roads


def place_controls(line: RouteLine, controls: Sequence[Control]) -> list[tuple[float, Control]]:
    """Lay controls (in road order) on a line: pairs of metres along it and the control, in order.

    Each control may lie wherever the line passes it; the chosen places rise and together differ
    least from the coordinates and the printed distances. A control with neither is left out.
    """
    last = max((control.metres for control in controls if control.metres is not None), default=0)
    alike = last <= 0 or abs(line.length - last) < _SAME_LENGTH * line.length
    scale = 1.0 if alike else line.length / last
    chains: list[tuple[float, float, tuple[tuple[float, Control], ...]]] = [(0.0, 0.0, ())]
    for control in controls:
        choices = _choices(line, control, scale)
        grown = []
        for cost, along in choices:
            before = [chain for chain in chains if chain[1] <= along + 1.0]
            if before:
                total, _, placed = min(before, key=lambda chain: chain[0])
                grown.append((total + cost, along, (*placed, (along, control))))
        # A control that fits nowhere after the ones before it must not cost those their places.
        chains = grown or chains
    return list(min(chains, key=lambda chain: chain[0])[2])


def _choices(line: RouteLine, control: Control, scale: float) -> list[tuple[float, float]]:
    printed = None if control.metres is None else min(control.metres * scale, line.length)
    if control.lat is not None and control.lon is not None:
        spots = line.locate_all(control.lat, control.lon, GRID_REACH)
        if spots:
            # The printed distance only decides between passes: its share is small against a metre off.
            return [
                (
                    _OFF_WEIGHT * spot.off + (abs(spot.along - printed) if printed is not None else 0.0),
                    spot.along,
                )
                for spot in spots
            ]
    return [] if printed is None else [(0.0, printed)]


def _anchors(line: RouteLine, placed: Sequence[tuple[float, Control]]) -> tuple[tuple[float, float], ...]:
    anchors: list[tuple[float, float]] = []
    for along, control in placed:
        if control.metres is None:
            continue
        rises = not anchors or (along > anchors[-1][0] + 1.0 and control.metres > anchors[-1][1])
        if rises:
            anchors.append((along, float(control.metres)))
    if not anchors:
        return ((0.0, 0.0), (line.length, line.length))
    if len(anchors) == 1:
        along, book = anchors[0]
        return ((along, book), (along + 1.0, book + 1.0))
    return tuple(anchors)


def _between(pairs: Sequence[tuple[float, float]], value: float) -> float:
    i = bisect_right(pairs, (value, float("inf")))
    if i == 0:
        return pairs[0][1] - (pairs[0][0] - value)
    if i == len(pairs):
        return pairs[-1][1] + (value - pairs[-1][0])
    (x0, y0), (x1, y1) = pairs[i - 1], pairs[i]
    return y0 + (y1 - y0) * (value - x0) / (x1 - x0)


def _first_due(event: Event, leg: Leg) -> Instant:
    due = [event.itinerary.controls[control].first_car for control in leg.controls]
    return min((at for at in due if at is not None), default=event.time.at(leg.day, 0))
