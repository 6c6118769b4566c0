"""Whether a tracker that sends positions stands: a jitter of some metres is no movement."""

from math import cos, radians

from timing.core.instant import MINUTE, Duration, Instant
from timing.core.readings import Fix

#: A car in a parking place wanders so far (m) by the faults of its receiver alone.
_WANDERS_M = 60.0
#: So long at one place is standing; a red light is not.
_STANDS: Duration = 3 * MINUTE
_DEGREE_M = 111_195.0


class Standing:
    """One tracker: the place at which it was last seen to be, and since when."""

    __slots__ = ("_across", "_lat", "_lon", "_newest", "_since")

    def __init__(self) -> None:
        self._lat = self._lon = 0.0
        self._across = 1.0
        self._since: Instant | None = None
        self._newest: Instant = 0

    def see(self, fix: Fix) -> None:
        """Take a position; one that is older than the newest says nothing new."""
        if self._since is not None and fix.at <= self._newest:
            return
        self._newest = fix.at
        if self._since is not None:
            away, aside = abs(fix.lat - self._lat), abs(fix.lon - self._lon) * self._across
            if (away**2 + aside**2) ** 0.5 * _DEGREE_M <= _WANDERS_M:
                return
        self._lat, self._lon, self._across = fix.lat, fix.lon, cos(radians(fix.lat))
        self._since = fix.at

    def since(self, now: Instant) -> Instant | None:
        """Return since when it stands; None where it moves, or has not stood for long, or is not heard."""
        if self._since is None or self._newest - self._since < _STANDS or now - self._newest > _STANDS:
            return None
        return self._since
