"""What of a decoded reading can be believed: small checks, each with its reason.

A fix that fails is kept with its bytes and shown, moves no car and times nothing. It says nothing about the
car's speed either: silence is not standing still. A late reading is believed, since phones and gates send
their queues hours later; a reading from the future is not.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from timing.core.event import Event
from timing.core.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant, format_instant
from timing.core.readings import Fix, Reading, Rejected, Stamp, StampMark

#: The week counter of the GPS signal has 10 bits: a receiver that lost count is off by this, or twice it.
WEEK_ROLLOVER: Duration = 1024 * 7 * DAY
#: Older than this is no queue of the event any more, but a clock that was not set.
OLDEST: Duration = 7 * DAY
#: A fix less certain than this (m) is a radio cell's, not a satellite's.
WORST_ACCURACY_M = 100.0
#: Faster than this (m/s, 250 km/h) no rally car goes between two fixes.
FASTEST_M_S = 250 / 3.6
#: How far around the routes a car may be: to the hotel, not to another country (degrees; 20 km north-south).
AREA_MARGIN_DEG = 0.18
_QUARTER: Duration = 15 * MINUTE
#: A clock in another zone is off by whole quarters of an hour, give or take the way here.
_QUARTER_SLACK: Duration = 30 * SECOND
_MOST_ZONE: Duration = 14 * HOUR
#: So many fixes in a row must be off by the same quarters, over this long, before we call it local time.
_ENOUGH = 10
_LONG_ENOUGH: Duration = 30 * SECOND
#: So many doubted fixes in a row that agree with one another were right; the one before them was wrong.
_AGREEING = 3
_EARTH_M = 6_371_008.8
#: A little more than a degree of a great circle.
_DEGREE_M = 111_200.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a reading is not believed; `suggestion` is what an official may want to do about it."""

    reason: str
    detail: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the earth, in degrees."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, lat: float, lon: float) -> bool:
        """Return whether a place lies inside."""
        return self.south <= lat <= self.north and self.west <= lon <= self.east


def event_area(points: Iterable[tuple[float, float]]) -> Area | None:
    """Return the box around all routes with its margin, None without a route."""
    places = list(points)
    if not places:
        return None
    lats, lons = [lat for lat, _ in places], [lon for _, lon in places]
    south, north = min(lats) - AREA_MARGIN_DEG, max(lats) + AREA_MARGIN_DEG
    wider = AREA_MARGIN_DEG / max(math.cos(math.radians(max(abs(south), abs(north)))), 0.1)
    return Area(south=south, west=min(lons) - wider, north=north, east=max(lons) + wider)


def event_days(event: Event) -> tuple[Instant, Instant]:
    """Return from when until when readings can belong to the rally: a day before it to three days after."""
    days = [event.first_day, *(leg.day for leg in event.itinerary.legs.values())]
    return event.time.at(min(days), 0) - DAY, event.time.at(max(days), 0) + 4 * DAY


def doubt_time(at: Instant, received_at: Instant, ahead: Duration) -> Doubt | None:
    """Doubt an instant far from its arrival: ahead of it, by whole rollovers, or too old.

    Rollovers are found by the distance from the arrival, because each receiver has its own week of trouble.
    """
    off = at - received_at
    turns = round(off / WEEK_ROLLOVER)
    if turns and abs(off - turns * WEEK_ROLLOVER) <= DAY:
        right = at - turns * WEEK_ROLLOVER
        detail = (
            f"{format_instant(at)} is {abs(turns) * 1024} weeks off: the receiver lost count of its weeks"
        )
        return Doubt("week_rollover", detail, f"{-turns * 7168:+d} days: {format_instant(right)}")
    if off > ahead:
        detail = f"{format_instant(at)} is {off / SECOND:.1f} s after its arrival"
        return Doubt("future", detail, local_time(off))
    if off < -OLDEST:
        return Doubt("too_old", f"{format_instant(at)} is {-off // DAY} days before its arrival")
    return None


def quarters_of(off: Duration) -> int:
    """Return by how many whole quarters of an hour a clock is off, 0 when it is not off by such."""
    quarters = round(off / _QUARTER)
    return quarters if abs(off - quarters * _QUARTER) <= _QUARTER_SLACK and abs(off) <= _MOST_ZONE else 0


def local_time(off: Duration) -> str:
    """Return the suggestion that a clock shows local time, empty unless it is off by whole quarter hours."""
    quarters = quarters_of(off)
    if not quarters:
        return ""
    minutes = abs(quarters) * 15
    return f"looks like local time ({'-' if off < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}), apply?"


def doubt_accuracy(fix: Fix) -> Doubt | None:
    """Doubt a fix that is itself in doubt of where it is."""
    if fix.accuracy is not None and fix.accuracy > WORST_ACCURACY_M:
        return Doubt("accuracy", f"accurate to {fix.accuracy:.0f} m only, expected {WORST_ACCURACY_M:.0f} m")
    return None


def doubt_place(fix: Fix, area: Area | None) -> Doubt | None:
    """Doubt a fix where the event is not; without a route, the one at 0, 0 that means "no idea"."""
    nowhere = abs(fix.lat) < 0.1 and abs(fix.lon) < 0.1
    if nowhere if area is None else not area.holds(fix.lat, fix.lon):
        return Doubt("outside_event_area", f"{fix.lat:.5f}, {fix.lon:.5f} is not where the event is")
    return None


def too_fast(one: Fix, other: Fix) -> bool:
    """Return whether no car could be at both; a second and the accuracies are allowed for."""
    seconds = abs(other.at - one.at) / SECOND + 1
    unsure = (one.accuracy or 0) + (other.accuracy or 0)
    along_both = (abs(other.lat - one.lat) + abs(other.lon - one.lon)) * _DEGREE_M
    if along_both - unsure <= FASTEST_M_S * seconds:
        return False  # not even along a parallel and a meridian, at the equator
    return distance_m(one, other) - unsure > FASTEST_M_S * seconds


def distance_m(one: Fix, other: Fix) -> float:
    """Return the great-circle distance of two fixes in m."""
    lat1, lat2 = math.radians(one.lat), math.radians(other.lat)
    half_lat, half_lon = (lat2 - lat1) / 2, math.radians(other.lon - one.lon) / 2
    a = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(a)))


@dataclass(slots=True)
class _Tracker:
    """What is remembered of one device: its last believed fix, those doubted since, and its zone."""

    believed: Fix | None = None
    doubted: list[Fix] = field(default_factory=list)
    zone: int = 0
    """By how many quarters of an hour the last fixes were off; since when, and how many."""
    zone_since: Instant = 0
    zone_count: int = 0

    def doubt_speed(self, fix: Fix) -> Doubt | None:
        """Doubt a jump, unless so many agree on the new place that the old one was the mistake."""
        before = self.believed
        if before is None or not too_fast(before, fix):
            return None
        if self.doubted and too_fast(self.doubted[-1], fix):
            self.doubted.clear()
        self.doubted.append(fix)
        if len(self.doubted) >= _AGREEING:
            return None
        metres, seconds = distance_m(before, fix), abs(fix.at - before.at) / SECOND
        return Doubt("impossible_speed", f"{metres:.0f} m from the fix {seconds:.1f} s away")

    def doubt_zone(self, fix: Fix, received_at: Instant) -> Doubt | None:
        """Doubt a clock that for some time has been behind by the same quarters of an hour.

        A queue that is sent late is not that: its fixes arrive much faster than they were taken.
        """
        off = fix.at - received_at
        quarters = quarters_of(off)
        if quarters == 0 or quarters != self.zone:
            self.zone, self.zone_count, self.zone_since = quarters, 0, received_at
        self.zone_count += 1
        if quarters == 0 or self.zone_count < _ENOUGH or received_at - self.zone_since < _LONG_ENOUGH:
            return None
        return Doubt("local_time", f"{off / SECOND:+.0f} s off, fix after fix", local_time(off))

    def believe(self, fix: Fix) -> None:
        self.doubted.clear()
        if self.believed is None or fix.at >= self.believed.at:
            self.believed = fix


class Plausibility:
    """Checks the readings of one event as they come; remembers the last believed fix of each device."""

    def __init__(self, event: Event) -> None:
        self._area = event_area(point for points in event.routes.values() for point in points)
        self._days = event_days(event)
        self._trackers: dict[str, _Tracker] = {}

    def check(self, item: Reading | Rejected, received_at: Instant, ahead: Duration) -> Reading | Rejected:
        """Return the item as it is, marked, or as `Rejected` with the reason.

        Args:
            item: what a decoder gave.
            received_at: when it arrived here.
            ahead: how far the device's clock may be ahead of ours (µs).
        """
        match item:
            case Fix():
                doubt = self._doubt(item, received_at, ahead)
                return item if doubt is None else _rejected(item, doubt)
            case Stamp():
                return self._check_stamp(item, received_at, ahead)
            case _:
                return item

    def _doubt(self, fix: Fix, received_at: Instant, ahead: Duration) -> Doubt | None:
        tracker = self._trackers.get(fix.device)
        if tracker is None:
            tracker = self._trackers[fix.device] = _Tracker()
        if fix.retained:
            # Last known, however old: shown with its age, and no measure for what follows.
            return doubt_place(fix, self._area) or (
                doubt_time(fix.at, received_at, ahead) if fix.at > received_at else None
            )
        doubt = (
            self._doubt_time(fix.at, received_at, ahead)
            or tracker.doubt_zone(fix, received_at)
            or doubt_place(fix, self._area)
            or doubt_accuracy(fix)
            or tracker.doubt_speed(fix)
        )
        if doubt is None:
            tracker.believe(fix)
        return doubt

    def _doubt_time(self, at: Instant, received_at: Instant, ahead: Duration) -> Doubt | None:
        """Doubt an instant, but never one inside the rally's own days for being late: queues take weeks."""
        if self._days[0] <= at < self._days[1] and at <= received_at:
            return None
        return doubt_time(at, received_at, ahead)

    def _check_stamp(self, stamp: Stamp, received_at: Instant, ahead: Duration) -> Reading | Rejected:
        doubt = self._doubt_time(stamp.at, received_at, ahead)
        if doubt is None:
            return stamp
        if stamp.at > received_at:
            return _rejected(stamp, doubt)
        # A clock that was never set still measures: kept as it is, for the day its offset is known.
        marks = stamp.marks if StampMark.UNSYNCED in stamp.marks else (*stamp.marks, StampMark.UNSYNCED)
        return replace(stamp, marks=marks)


def _rejected(reading: Fix | Stamp, doubt: Doubt) -> Rejected:
    return Rejected(
        raw=b"",
        reason=doubt.reason,
        detail=doubt.detail,
        device=reading.device,
        reading=reading,
        suggestion=doubt.suggestion,
    )
