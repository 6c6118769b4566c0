"""Running gaps: in the live rows of the cars on a stage, and as curves for whoever asks.

A curve is made of the fixes that the journal keeps, matched to the road again, so that a restart changes
nothing; what is read is one car's minutes on one stage, in a thread, and then only what is new. In a live
row stands the gap at the car's newest place, against a table made beforehand: some microseconds a car.
"""

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.board import is_public
from dashboard.gap_ground import GapGround, Stretch, finished, leaders, started
from dashboard.messages import Dur, Json, RunningGap, duration, plain
from timing.core.entries import Entry
from timing.core.instant import MINUTE, SECOND, Instant, format_duration, format_instant
from timing.core.itinerary import StageKind
from timing.core.leg_road import LegRoad
from timing.core.live_gap import (
    Elapsed,
    Gap,
    Place,
    elapsed_of,
    gap_here,
    gaps,
    ideal_elapsed,
    place_error,
    way_of,
)
from timing.core.positions import Position
from timing.core.rally import Rally
from timing.core.road_tracker import RoadTracker
from timing.journal.journal import Journal
from timing.riders import Riders, fixes_of

log = logging.getLogger(__name__)

#: What a gap is measured against, where it is no car.
IDEAL = "ideal"
#: Estimates are shown to a tenth of a second; their errors are rounded up to it.
TENTH = SECOND // 10
#: A gap to a place older than this says nothing about now.
_TOO_OLD = 2 * MINUTE
#: The car's first fixes on the road are those before its start.
_LEAD_IN = 2 * MINUTE
#: Metres by which official crossings of the lines may be off a car's way.
_LINE = 1.0
#: Seconds of wall time: between two looks at who leads, two readings of a car, two readings from the start.
_LEADERS_EVERY, _READ_EVERY, _AFRESH_EVERY = 1.0, 2.0, 60.0
_DRIVES = 200
_ANSWERS = 400


@dataclass(slots=True)
class _Drive:
    """What one car's tracker said on one stage, placed on its road."""

    tracker: RoadTracker
    places: list[Place] = field(default_factory=list)
    read_to: Instant = 0
    begun_at: float = 0.0
    read_at: float = 0.0


class Gaps:
    """The running gaps of one rally. All of it runs on the service's loop but the reading of fixes."""

    def __init__(self, rally: Rally, roads: Mapping[int, LegRoad], journal: Journal, riders: Riders) -> None:
        self.ground = GapGround(rally.event, roads)
        self._rally, self._roads, self._journal, self._riders = rally, roads, journal, riders
        self._drives: OrderedDict[tuple[str, str], _Drive] = OrderedDict()
        self._locks: dict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._answers: OrderedDict[tuple[str, str, bool], tuple[float, Json]] = OrderedDict()
        self._leading: dict[str, tuple[float, list[str]]] = {}
        self._tables: dict[tuple[str, str], tuple[float, Elapsed | None]] = {}
        self._ideals: dict[object, Elapsed | None] = {}
        self._building: dict[tuple[str, str], asyncio.Task[None]] = {}

    def here(self, car: str, place: Position, now: Instant, public: bool) -> RunningGap | None:
        """Return the gap of a car at its newest place, for its live row; None where there is none."""
        at = place.placed_at
        if at is None or place.retained or now - at > _TOO_OLD or not place.on_route:
            return None
        stretch = self.ground.under(self._rally, car, place.leg, place.metres, at)
        entry = self._rally.event.entries.by_number[car]
        if stretch is None or place.metres is None or stretch.neutral or entry.course_car:
            return None
        against, table = self._reference(stretch, entry, now, public=public)
        start = started(self._rally, stretch.stage, car)
        if table is None or start is None:
            return None
        metres = place.metres - stretch.begin
        spot = Place(at, max(metres, 0.0), place_error(place.accuracy, place.off_m or 0.0))
        gap = gap_here(spot, place.speed, start, table, now)
        return None if gap is None else running_gap(stretch.stage.id, against, metres, gap)

    async def curve(
        self, car: str, stage: str, until: Instant, now: float, *, public: bool, rally: Rally | None = None
    ) -> Json:
        """Return a car's gap over a stage as of rally instant `until`, without points where there is none.

        `now` is the loop's time: an answer some seconds old is given again. `rally` is what the asker may
        know of the times, where that is not all that is known now.
        """
        key = (stage, car, public)
        kept = self._answers.get(key)
        if kept is not None and now - kept[0] < _READ_EVERY:
            return kept[1]
        stretch = self.ground.stretches.get(stage)
        answer: Json = {"estimate": True, "stage": stage, "car": car}
        answer |= {"metres": [], "gap": [], "plus_minus": [], "until": format_instant(until)}
        if stretch is not None and stretch.length_for(public=public) is not None:
            answer |= await self._points(car, stretch, until, now, public, rally or self._rally)
        self._answers[key] = now, answer
        self._answers.move_to_end(key)
        while len(self._answers) > _ANSWERS:
            self._answers.popitem(last=False)
        return answer

    async def _points(
        self, car: str, stretch: Stretch, until: Instant, now: float, public: bool, rally: Rally
    ) -> Json:
        stage = stretch.stage
        entry = self._rally.event.entries.by_number[car]
        against, reference = IDEAL, None
        if stage.kind is not StageKind.SS:
            reference = self._ideal(stretch, entry, public=public)
        else:
            against = next((other for other in leaders(rally, stage, until) if other != car), "")
            if against:
                reference = await self._elapsed(against, stretch, until, now, public, rally)
        own = None if reference is None else await self._elapsed(car, stretch, until, now, public, rally)
        points = [] if own is None or reference is None else gaps(own, reference)
        if not points:
            return {}
        return {
            "against": against,
            "length": round(stretch.length_for(public=public) or 0.0),
            "metres": [metres for metres, _ in points],
            "gap": [gap.gap for _, gap in points],
            "plus_minus": [_up(gap.error) for _, gap in points],
            "newest": plain(running_gap(stage.id, against, *points[-1])),
        }

    def _reference(
        self, stretch: Stretch, entry: Entry, now: Instant, *, public: bool
    ) -> tuple[str, Elapsed | None]:
        """Return what a car is measured against, from what is known at once; what is not is fetched."""
        if stretch.stage.kind is not StageKind.SS:
            return IDEAL, self._ideal(stretch, entry, public=public)
        wall = asyncio.get_running_loop().time()
        seen = self._leading.get(stretch.stage.id)
        if seen is None or wall - seen[0] >= _LEADERS_EVERY:
            seen = wall, leaders(self._rally, stretch.stage, now)
            self._leading[stretch.stage.id] = seen
        leader = next((car for car in seen[1] if car != entry.car_number), "")
        if not leader:
            return "", None
        known = self._tables.get((stretch.stage.id, leader))
        done = finished(self._rally, stretch.stage, leader) is not None
        if known is None or wall - known[0] >= (_AFRESH_EVERY if done else _READ_EVERY):
            self._fetch(leader, stretch, now, wall)
        return leader, None if known is None else known[1]

    def _fetch(self, car: str, stretch: Stretch, now: Instant, wall: float) -> None:
        key = (stretch.stage.id, car)
        if key in self._building:
            return

        async def fetch() -> None:
            try:
                # A public row of the board is built now and shown late: the table may hold what is known now.
                table = await self._elapsed(car, stretch, now, wall, True, self._rally)
                self._tables[key] = wall, table
            except Exception:
                log.exception("the way of car %s on %s cannot be read", car, stretch.stage.id)
            finally:
                del self._building[key]

        self._building[key] = asyncio.create_task(fetch(), name=f"gap:{stretch.stage.id}")

    def _ideal(self, stretch: Stretch, entry: Entry, *, public: bool) -> Elapsed | None:
        length = stretch.length_for(public=public)
        if length is None:
            return None
        key = stretch.stage.id, entry.category, self._rally.target(stretch.stage.id), public
        if key not in self._ideals:
            knots = self.ground.ideal(self._rally, stretch, entry, public=public)
            self._ideals[key] = None if knots is None else ideal_elapsed(knots, length)
        return self._ideals[key]

    async def _elapsed(
        self, car: str, stretch: Stretch, until: Instant, now: float, public: bool, rally: Rally
    ) -> Elapsed | None:
        start = started(rally, stretch.stage, car)
        length = stretch.length_for(public=public)
        if start is None or start > until or length is None:
            return None
        over = finished(rally, stretch.stage, car)
        key = (stretch.stage.id, car)
        async with self._locks[key]:
            drive = self._drives.get(key)
            if drive is None or now - drive.begun_at >= _AFRESH_EVERY:
                entry = self._rally.event.entries.by_number[car]
                drive = _Drive(RoadTracker(entry.start_offset), read_to=start - _LEAD_IN, begun_at=now)
            if now - drive.read_at >= _READ_EVERY or drive.read_at == 0.0:
                drive.read_at = now
                await asyncio.to_thread(self._read, drive, car, stretch)
            self._drives[key] = drive
            self._drives.move_to_end(key)
            while len(self._drives) > _DRIVES:
                old, _ = self._drives.popitem(last=False)
                self._locks.pop(old, None)
        places = [place for place in drive.places if start < place.at <= min(until, over or until)]
        if len(places) < 2:
            return None  # the two lines alone say nothing of what was between them
        if stretch.stage.kind is not StageKind.AVG_TRIAL or not public:
            places += [Place(over, stretch.length, _LINE)] if over is not None and over <= until else []
        places = [place if place.shown or public else place._replace(shown=True) for place in places]
        way = way_of([Place(start, 0.0, _LINE), *places])
        return None if way is None else elapsed_of(way, start, length, stretch.neutral)

    def _read(self, drive: _Drive, car: str, stretch: Stretch) -> None:
        """Take in the fixes that came since, also those that not everybody may see yet; runs in a thread."""
        event, road = self._rally.event, self._roads[stretch.stage.leg]
        fixes = [
            stored.fix
            for stored in fixes_of(self._journal, self._riders, car, since=drive.read_to)
            if not stored.fix.retained
        ]
        fixes.sort(key=lambda fix: fix.at)
        for fix in fixes:
            for placed in drive.tracker.follow(fix, {road.leg: road}):
                metres = road.official(placed.along) - stretch.begin
                shown = is_public(event, placed.fix.lat, placed.fix.lon, placed.at)
                error = place_error(placed.fix.accuracy, placed.off)
                drive.places.append(Place(placed.at, metres, error, shown))
        if fixes:
            drive.read_to = fixes[-1].at + 1


def running_gap(stage: str, against: str, metres: float, gap: Gap) -> RunningGap:
    """Return a gap as a row of the board."""
    error = _up(gap.error)
    return RunningGap(
        stage=stage,
        against=against,
        km=round(max(metres, 0.0) / 1000, 2),
        gap=duration(gap.gap, TENTH, sign=True),
        plus_minus=Dur(error, f"±{format_duration(error, TENTH, sign=True).removeprefix('+')}"),
    )


def _up(error: int) -> int:
    """Round an error up to a tenth of a second: it never looks smaller than it is."""
    return -(-error // TENTH) * TENTH
