"""Which fixes can be of a car of this event at all: not nowhere, not tomorrow, not faster than any car.

What a refused fix was measured against may itself have been the mistake, so several that agree with
each other outvote it.
"""

from math import isfinite
from typing import NamedTuple

from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND, Duration, Instant
from timing.core.readings import Fix, Rejected
from timing.core.route_line import metres_between

#: No rally car is faster (m/s), and no fix further off (m) than this allows for.
TOP_SPEED = 90.0
_SLACK_M = 100.0
#: So many refused fixes that agree with each other outvote the place they were measured against.
_OUTVOTE = 3
#: Fixes may be this far (degrees, about 50 km) outside the box around all routes.
_MARGIN = 0.5
#: A device's clock may be this far ahead of ours.
_AHEAD: Duration = MINUTE


class Area(NamedTuple):
    """A box on the earth in degrees; the width runs east from `west`, also over the 180th meridian."""

    south: float
    west: float
    north: float
    width: float

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a place is in the box."""
        return self.south <= lat <= self.north and (lon - self.west) % 360.0 <= self.width


#: Where an event without routes may be.
ANYWHERE = Area(-90.0, -180.0, 90.0, 360.0)


def event_area(event: Event) -> Area:
    """Return the box around all routes with its margin."""
    points = [point for route in event.routes.values() for point in route]
    if not points:
        return ANYWHERE
    lats = [lat for lat, _ in points]
    first = points[0][1]
    easts = [(lon - first + 180.0) % 360.0 - 180.0 for _, lon in points]
    west = first + min(easts) - 2 * _MARGIN
    width = max(easts) - min(easts) + 4 * _MARGIN
    return Area(min(lats) - _MARGIN, west, max(lats) + _MARGIN, width)


def is_finite(fix: Fix) -> bool:
    """Whether the numbers that a place on the road is computed from are numbers."""
    return (
        isfinite(fix.lat)
        and isfinite(fix.lon)
        and isfinite(fix.speed or 0.0)
        and isfinite(fix.course or 0.0)
        and isfinite(fix.accuracy or 0.0)
    )


def doubt_itself(fix: Fix, area: Area, heard_at: Instant | None) -> Rejected | None:
    """Refuse a fix for what it says by itself; `heard_at` is when it came, None when nobody knows."""
    if not is_finite(fix) or not area.holds(fix.lat, fix.lon):
        detail = f"{fix.lat:.5f}, {fix.lon:.5f} is far from every leg of the event"
        return _refusal(fix, "outside_event_area", detail)
    if heard_at is not None and fix.at > heard_at + _AHEAD:
        return _refusal(fix, "future", f"dated {(fix.at - heard_at) // SECOND} s after it was received")
    return None


def reachable(one: Fix, other: Fix) -> bool:
    """Whether a car can have been at both."""
    vague = min((one.accuracy or 0.0) + (other.accuracy or 0.0), 1_000.0)
    reach = TOP_SPEED * abs(other.at - one.at) / SECOND + _SLACK_M + vague
    return metres_between(one.lat, one.lon, other.lat, other.lon) <= reach


def outvoted(refused: list[Fix], fix: Fix) -> bool:
    """Add a fix to those refused before it; whether there are now enough that agree with each other."""
    if refused and not reachable(refused[-1], fix):
        refused.clear()
    refused.append(fix)
    return len(refused) >= _OUTVOTE


def too_far(last: Fix, fix: Fix) -> Rejected:
    """Refuse a fix that no car reaches from the last one."""
    away = metres_between(last.lat, last.lon, fix.lat, fix.lon)
    seconds = abs(fix.at - last.at) / SECOND
    return _refusal(
        fix, "impossible_speed", f"{away:.0f} m from the fix {seconds:.0f} s away from it in time"
    )


def _refusal(fix: Fix, reason: str, detail: str) -> Rejected:
    return Rejected(raw=b"", reason=reason, detail=detail, device=fix.device, reading=fix)
