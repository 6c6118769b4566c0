"""What of a fix can be believed: small pure stages in one order, each with its reason.

==========  ====================================================  =========================================
stage       what it looks at                                      reasons
==========  ====================================================  =========================================
unit        the speed a device states against the way it goes     ``speed_unit``: told once, speed left out
time        the fix's instant against its arrival                 ``week_rollover`` ``future`` ``too_old``
                                                                  ``local_time``: refused, with an offer
duplicate   the last fix that was believed, said again            passes: ingest knows it by its key
order       two places at one instant                             ``two_places``
place       the area of the event                                 ``outside_event_area``
speed       the way from the last fix that was believed           ``impossible_speed``
accuracy    what the fix says of its own accuracy                 ``accuracy``
==========  ====================================================  =========================================

Before them, a decoder has read the bytes, with the units of its protocol; behind them, ingest finds what is
on record already. A stage looks at the fix and at what is remembered of its device, and changes neither: it
returns the fix, the same fix put right as the event's register asks, a `Doubt`, or `KNOWN`. A late fix is
believed, since phones and gates send their queues hours later; one from the future is not.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from timing.core.event import Event, FixChecks
from timing.core.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant, format_instant
from timing.core.readings import Fix

#: The week counter of the GPS signal has 10 bits: a receiver that lost count is off by this, or twice it.
WEEK_ROLLOVER: Duration = 1024 * 7 * DAY
_QUARTER: Duration = 15 * MINUTE
#: A clock in another zone is off by whole quarters of an hour, give or take the way here.
_QUARTER_SLACK: Duration = 30 * SECOND
_MOST_ZONE: Duration = 14 * HOUR
#: Less than this is no zone.
NO_ZONE: Duration = 7 * MINUTE
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


def event_area(points: Iterable[tuple[float, float]], margin_km: float) -> Area | None:
    """Return the box around all routes with its margin, None without a route."""
    places = list(points)
    if not places:
        return None
    margin = margin_km * 1_000 / _DEGREE_M
    lats, lons = [lat for lat, _ in places], [lon for _, lon in places]
    south, north = min(lats) - margin, max(lats) + margin
    wider = margin / max(math.cos(math.radians(max(abs(south), abs(north)))), 0.1)
    return Area(south=south, west=min(lons) - wider, north=north, east=max(lons) + wider)


def event_days(event: Event) -> tuple[Instant, Instant]:
    """Return from when until when readings can belong to the rally: a day before it to three days after."""
    days = [event.first_day, *(leg.day for leg in event.itinerary.legs.values())]
    return event.time.at(min(days), 0) - DAY, event.time.at(max(days), 0) + 4 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is asked of one device's fixes.

    `ahead` of our clock its own may be (µs); `oldest` is how late it may come (µs) outside the rally's own
    days (`since` to `until`); `fastest` m/s; `worst` accuracy m. `repair_weeks`, `shift` (µs taken off its
    times) and `speed_scale` are what an official has `decided` about it.
    """

    area: Area | None
    since: Instant
    until: Instant
    ahead: Duration
    oldest: Duration
    fastest: float
    worst: float
    repair_weeks: bool = False
    shift: Duration = 0
    speed_scale: float = 1.0
    decided: bool = False

    @classmethod
    def of(cls, event: Event, checks: FixChecks, ahead: Duration, area: Area | None) -> "Bounds":
        """Return the bounds by the register's word; `ahead` is what its protocol's clock deserves."""
        since, until = event_days(event)
        return cls(
            area=area,
            since=since,
            until=until,
            ahead=checks.ahead if checks.ahead is not None else ahead,
            oldest=checks.oldest,
            fastest=checks.top_speed_kmh / 3.6,
            worst=checks.worst_accuracy_m,
            repair_weeks=checks.repair_weeks,
            shift=checks.shift,
            speed_scale=checks.speed_scale,
            decided=bool(checks.shift) or checks.speed_scale != 1.0,
        )


@dataclass(slots=True)
class Seen:
    """What is remembered of one device: its bounds, its last believed fix, and those doubted since.

    `zone` is by how many quarters of an hour its last fixes were off, `zone_count` how many of them, since
    `zone_since`; `unit` by what its speeds are too small (0 while they are not).
    """

    bounds: Bounds
    received_at: Instant = 0
    believed: Fix | None = None
    doubted: list[Fix] = field(default_factory=list)
    zone: int = 0
    zone_since: Instant = 0
    zone_count: int = 0
    unit: float = 0.0


class Known:
    """The device said this before: it is as good as it was then."""


KNOWN: Final = Known()
Verdict: TypeAlias = Fix | Doubt | Known
Stage: TypeAlias = Callable[[Fix, Seen], Verdict]


def unit(fix: Fix, seen: Seen) -> Verdict:
    """Scale a speed as the register says; leave out one that is not in the unit of its protocol."""
    if seen.bounds.speed_scale != 1.0 and fix.speed is not None:
        return replace(fix, speed=fix.speed * seen.bounds.speed_scale)
    if seen.unit and fix.speed is not None:
        return replace(fix, speed=None)
    return fix


def time(fix: Fix, seen: Seen) -> Verdict:
    """Doubt an instant that cannot be, and offer what it may have been; put right what was decided."""
    bounds, received_at = seen.bounds, seen.received_at
    if bounds.shift:
        fix = replace(fix, at=fix.at - bounds.shift)
    at = fix.at
    # Never one inside the rally's own days for being late: queues take weeks.
    doubt = (
        None
        if bounds.since <= at < bounds.until and at <= received_at
        else doubt_time(at, received_at, bounds.ahead, bounds.oldest)
    )
    if doubt is None:
        return fix if seen.zone_count < _ENOUGH else _doubt_zone(fix, seen) or fix
    if doubt.reason == "week_rollover" and bounds.repair_weeks:
        return replace(fix, at=at - turns_of(at - received_at) * WEEK_ROLLOVER)
    return doubt


def not_ahead(fix: Fix, seen: Seen) -> Verdict:
    """Doubt an instant after its arrival only: a broker keeps the last place, however old."""
    if fix.at <= seen.received_at:
        return fix
    return doubt_time(fix.at, seen.received_at, seen.bounds.ahead, seen.bounds.oldest) or fix


def duplicate(fix: Fix, seen: Seen) -> Verdict:
    """Let pass what was believed a moment ago."""
    last = seen.believed
    if last is not None and last.at == fix.at and last.lat == fix.lat and last.lon == fix.lon:
        return KNOWN
    return fix


def order(fix: Fix, seen: Seen) -> Verdict:
    """Doubt a second place at the instant of the last one, further off than whole seconds explain."""
    last = seen.believed
    if last is None or last.at != fix.at or not too_fast(last, fix, seen.bounds.fastest):
        return fix
    return Doubt("two_places", f"{distance_m(last, fix):.0f} m from another fix of {format_instant(fix.at)}")


def place(fix: Fix, seen: Seen) -> Verdict:
    """Doubt a fix where the event is not; without a route, the one at 0, 0 that means "no idea"."""
    area = seen.bounds.area
    nowhere = abs(fix.lat) < 0.1 and abs(fix.lon) < 0.1
    if nowhere if area is None else not area.holds(fix.lat, fix.lon):
        return Doubt("outside_event_area", f"{fix.lat:.5f}, {fix.lon:.5f} is not where the event is")
    return fix


def speed(fix: Fix, seen: Seen) -> Verdict:
    """Doubt a jump, unless so many agree on the new place that the old one was the mistake."""
    last = seen.believed
    if last is None or not too_fast(last, fix, seen.bounds.fastest):
        return fix
    if len(seen.doubted) >= _AGREEING - 1 and not too_fast(seen.doubted[-1], fix, seen.bounds.fastest):
        return fix
    metres, seconds = distance_m(last, fix), abs(fix.at - last.at) / SECOND
    return Doubt("impossible_speed", f"{metres:.0f} m from the fix {seconds:.1f} s away")


def accuracy(fix: Fix, seen: Seen) -> Verdict:
    """Doubt a fix that is itself in doubt of where it is."""
    if fix.accuracy is not None and fix.accuracy > seen.bounds.worst:
        return Doubt("accuracy", f"accurate to {fix.accuracy:.0f} m only, expected {seen.bounds.worst:.0f} m")
    return fix


def nothing_to_doubt(fix: Fix, seen: Seen) -> bool:
    """Return whether no stage has a word to say, by one look: so it is with nearly every fix.

    It asks for more than the stages do, so that what it lets pass each of them lets pass as it is.
    """
    bounds, last, at = seen.bounds, seen.believed, fix.at
    area = bounds.area
    return (
        last is not None
        and last.at < at <= seen.received_at
        and bounds.since <= at < bounds.until
        and seen.received_at - at < NO_ZONE
        and (abs(fix.lat - last.lat) + abs(fix.lon - last.lon)) * _DEGREE_M
        <= bounds.fastest * ((at - last.at) / SECOND)
        and area is not None
        and area.south <= fix.lat <= area.north
        and area.west <= fix.lon <= area.east
        and (fix.accuracy is None or fix.accuracy <= bounds.worst)
        and not (seen.zone or seen.unit or bounds.decided)
    )


#: The order in which a fix is looked at.
STAGES: tuple[Stage, ...] = (unit, time, duplicate, order, place, speed, accuracy)
#: For what a broker kept: shown with its age, and no measure for what follows.
KEPT: tuple[Stage, ...] = (not_ahead, place)


def turns_of(off: Duration) -> int:
    """Return by how many whole rollovers of the week counter a clock is off, 0 when it is not off by such."""
    turns = round(off / WEEK_ROLLOVER)
    return turns if turns and abs(off - turns * WEEK_ROLLOVER) <= DAY else 0


def doubt_time(at: Instant, received_at: Instant, ahead: Duration, oldest: Duration) -> Doubt | None:
    """Doubt an instant far from its arrival: ahead of it, by whole rollovers, or too old.

    Rollovers are found by the distance from the arrival, because each receiver has its own week of trouble.
    """
    off = at - received_at
    if -oldest <= off <= ahead:
        return None
    if turns := turns_of(off):
        right = at - turns * WEEK_ROLLOVER
        detail = (
            f"{format_instant(at)} is {abs(turns) * 1024} weeks off: the receiver lost count of its weeks"
        )
        return Doubt("week_rollover", detail, f"{-turns * 7168:+d} days: {format_instant(right)}")
    if off > ahead:
        detail = f"{format_instant(at)} is {off / SECOND:.1f} s after its arrival"
        return Doubt("future", detail, local_time(off))
    return Doubt("too_old", f"{format_instant(at)} is {-off // DAY} days before its arrival")


def quarters_of(off: Duration) -> int:
    """Return by how many whole quarters of an hour a clock is off, 0 when it is not off by such."""
    quarters = (off + _QUARTER // 2) // _QUARTER
    return quarters if abs(off - quarters * _QUARTER) <= _QUARTER_SLACK and abs(off) <= _MOST_ZONE else 0


def local_time(off: Duration) -> str:
    """Return the suggestion that a clock shows local time, empty unless it is off by whole quarter hours."""
    quarters = quarters_of(off)
    if not quarters:
        return ""
    minutes = abs(quarters) * 15
    return f"looks like local time ({'-' if off < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}), apply?"


def _doubt_zone(fix: Fix, seen: Seen) -> Doubt | None:
    """Doubt a clock that for some time has been behind by the same quarters of an hour.

    A queue that is sent late is not that: its fixes arrive much faster than they were taken.
    """
    if seen.zone == 0 or seen.received_at - seen.zone_since < _LONG_ENOUGH:
        return None
    off = fix.at - seen.received_at
    return Doubt("local_time", f"{off / SECOND:+.0f} s off, fix after fix", local_time(off))


def too_fast(one: Fix, other: Fix, fastest: float) -> bool:
    """Return whether no car could be at both; a second and the accuracies are allowed for."""
    reach = fastest * (abs(other.at - one.at) / SECOND + 1) + (one.accuracy or 0) + (other.accuracy or 0)
    if (abs(other.lat - one.lat) + abs(other.lon - one.lon)) * _DEGREE_M <= reach:
        return False  # not even along a parallel and a meridian, at the equator
    return distance_m(one, other) > reach


def distance_m(one: Fix, other: Fix) -> float:
    """Return the great-circle distance of two fixes in m."""
    lat1, lat2 = math.radians(one.lat), math.radians(other.lat)
    half_lat, half_lon = (lat2 - lat1) / 2, math.radians(other.lon - one.lon) / 2
    a = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(a)))
