"""Late fixes of a car: they never move it, but complete the drive where there was a gap.

After a tunnel a tracker may send its newest fix first and then the older ones in any order. Kept are
the newest places of the drive and the edges of its gaps, so that a late fix finds its neighbours.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping
from operator import attrgetter

from timing.core.instant import SECOND, Duration
from timing.core.leg_road import LegRoad
from timing.core.readings import Fix
from timing.core.road_tracker import ON_ROAD, SAME_PLACE, TOO_VAGUE, Placed
from timing.core.route_line import GRID_REACH, Spot

#: So many of the newest places are kept, for fixes that come some seconds late.
RECENT = 32
#: A pause of more than this between two places is a gap to be filled.
GAP: Duration = 15 * SECOND
_GAPS = 8
_FILLED = 600
_TOP_SPEED = 60.0
_CLEAR = 3.0
_AT = attrgetter("at")


class GapFill:
    """The places of one car's drive that late fixes may fall between."""

    __slots__ = ("gaps", "recent")

    def __init__(self) -> None:
        self.recent: list[Placed] = []
        self.gaps: list[list[Placed]] = []
        """Each gap with both edges and what has been filled in; the first may have no early edge."""

    def append(self, before: Placed | None, placed: Placed) -> None:
        """Take the newest place; `before` is the one before it."""
        if before is None or placed.at - before.at > GAP:
            self.gaps.append([placed] if before is None else [before, placed])
            if len(self.gaps) > _GAPS:
                # The shortest; what came before the first place may still be under way.
                shortest = min(self.gaps[1:], key=lambda gap: gap[-1].at - gap[0].at)
                self.gaps.remove(shortest)
        self.recent.append(placed)
        if len(self.recent) > RECENT:
            del self.recent[0]

    def insert(self, fix: Fix, roads: Mapping[int, LegRoad]) -> list[tuple[Placed, Placed]]:
        """Place a late fix; return the pairs of consecutive places that it makes, in order of time."""
        if fix.accuracy is not None and fix.accuracy > TOO_VAGUE:
            return []
        places = self._places_around(fix)
        if places is None:
            return []
        i = bisect_left(places, fix.at, key=_AT)
        before, after = (places[i - 1] if i else None), places[i]
        if after.at == fix.at:
            return []
        road = roads.get(after.leg)
        if road is None or (before is not None and before.leg != after.leg):
            return []
        spot = _fit(fix, before, after, road)
        if spot is None:
            return []
        placed = Placed(fix.at, after.leg, spot.along, spot.off, fix)
        places.insert(i, placed)
        if places is not self.recent and len(places) > _FILLED:
            # Dropped at the end where nothing is being filled in; the pairs there have been seen.
            del places[-1 if i < len(places) // 2 else 0]
        return [(placed, after)] if before is None else [(before, placed), (placed, after)]

    def _places_around(self, fix: Fix) -> list[Placed] | None:
        for places in reversed(self.gaps):
            early = places[0].at if len(places) > 1 and places is not self.gaps[0] else -math.inf
            if early < fix.at < places[-1].at:
                return places
        if self.recent and self.recent[0].at < fix.at < self.recent[-1].at:
            return self.recent
        return None


def _fit(fix: Fix, before: Placed | None, after: Placed, road: LegRoad) -> Spot | None:
    """Return where on the road a fix between two places is, or None when that is not clear."""
    vague = min(fix.accuracy or 0.0, TOO_VAGUE) / 2
    sigma = max(4.0, vague)
    found: list[tuple[float, Spot]] = []
    for spot in road.line.locate_all(fix.lat, fix.lon, min(ON_ROAD + vague, GRID_REACH)):
        if not _within(spot, fix, before, after):
            continue
        cost = spot.off**2 / (2 * sigma**2)
        if fix.course is not None and (fix.speed or 0.0) >= 3.0:
            cost += 2.5 * (1.0 - math.cos(math.radians(fix.course - spot.course)))
        found.append((cost, spot))
    found.sort()
    if not found:
        return None
    best = found[0]
    rivals = [cost for cost, spot in found[1:] if abs(spot.along - best[1].along) > SAME_PLACE]
    return best[1] if not rivals or rivals[0] - best[0] >= _CLEAR else None


def _within(spot: Spot, fix: Fix, before: Placed | None, after: Placed) -> bool:
    """Whether the car, on its way from one place to the other, can have been at a spot then."""
    ahead = _TOP_SPEED * (after.at - fix.at) / SECOND + SAME_PLACE
    if not after.along - ahead <= spot.along <= after.along + SAME_PLACE:
        return False
    if before is None:
        return True
    behind = _TOP_SPEED * (fix.at - before.at) / SECOND + SAME_PLACE
    return before.along - SAME_PLACE <= spot.along <= before.along + behind
