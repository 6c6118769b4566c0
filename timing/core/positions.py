"""Where the cars are: from fixes to places on the road, crossings of control lines and arrivals.

Fixes may come late, twice or nonsensical. The newest place of a car only ever moves with newer fixes;
late ones fill gaps and may prove a crossing there; a retained one is a last known place, no more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from timing.core.car_track import CarTrack, Plain, all_from_plain, all_to_plain
from timing.core.eta import planned_paces, recent_pace, travel_time
from timing.core.event import Event
from timing.core.fix_checks import doubt_itself, event_area, is_finite, outvoted, reachable, too_far
from timing.core.instant import MINUTE, SECOND, Duration, Instant
from timing.core.leg_road import LegRoad, lay_roads
from timing.core.readings import Fix, Rejected, Stamp, reading_key
from timing.core.road_tracker import Found, RoadTracker, Step, Window

#: From this many cars at once a batch search pays.
BATCH = 8
_PACE_STEP: Duration = 10 * SECOND
_PACE_OVER: Duration = 5 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The newest known place of a car.

    `lat`, `lon` (degrees), `speed` (m/s), `course` (degrees), `battery` (percent), `accuracy` (m) and `at`
    are of its newest fix; `heard_at` says when anything last came from it. `leg` and `metres` (of the
    road book) are its last sure place on the road, taken at `placed_at` where
    the tracker saw it at `placed_where` (lat, lon); `off_m` how far from the line the
    newest fix is; `on_route` whether that is near enough. A `retained` place is from before.
    """

    car: str
    lat: float
    lon: float
    at: Instant
    heard_at: Instant
    leg: int | None = None
    metres: float | None = None
    placed_at: Instant | None = None
    placed_where: tuple[float, float] | None = None
    speed: float | None = None
    course: float | None = None
    battery: int | None = None
    accuracy: float | None = None
    on_route: bool = False
    off_m: float | None = None
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """What a batch of fixes did: cars whose position differs, G stamps by crossings, refused fixes."""

    cars: frozenset[str]
    stamps: tuple[Stamp, ...]
    refused: tuple[Rejected, ...]


class Tracking:
    """The positions of all cars of an event."""

    def __init__(self, event: Event) -> None:
        self._roads = lay_roads(event)
        self._controls = {
            control: (road, along) for road in self._roads.values() for along, control in road.controls
        }
        self._paces = {leg: planned_paces(event, road) for leg, road in self._roads.items()}
        self._area = event_area(event)
        self._entries = event.entries.by_number
        self._cars: dict[str, CarTrack] = {}
        self._open: tuple[Instant, Instant, Mapping[int, LegRoad]] = (0, 0, {})
        """From when until when these legs are open."""

    @property
    def roads(self) -> Mapping[int, LegRoad]:
        """The legs' roads with their controls laid on them."""
        return self._roads

    def cars(self) -> tuple[str, ...]:
        """Return the cars of which anything was heard."""
        return tuple(self._cars)

    def add(self, fixes: Sequence[tuple[str, Fix]], heard_at: Instant | None = None) -> Moved:
        """Take fixes, each with its car, in the order they came in; `heard_at` is when they came."""
        moved: set[str] = set()
        stamps: list[Stamp] = []
        refused: list[Rejected] = []
        for wave in _waves(fixes):
            found = self._look_up(wave)
            for car, fix in wave:
                track = self._track(car)
                track.heard_at = max(track.heard_at, heard_at if heard_at is not None else fix.at)
                doubt = self._doubt(track, fix, heard_at)
                if doubt is not None:
                    refused.append(doubt)
                elif fix.retained:
                    if track.newest is None:
                        track.retained = fix
                        moved.add(car)
                elif track.newest is not None and fix.at <= track.newest.at:
                    stamps += self._late(car, track, fix)
                else:
                    stamps += self._next(car, track, fix, found.get(car))
                    moved.add(car)
        stamps.sort(key=lambda stamp: (stamp.at, reading_key(stamp)))
        return Moved(frozenset(moved), tuple(stamps), tuple(refused))

    def heard(self, car: str, at: Instant) -> None:
        """Note that something without a place came from a car's tracker."""
        track = self._track(car)
        track.heard_at = max(track.heard_at, at)

    def position(self, car: str) -> Position | None:
        """Return the newest known position of a car, or None when there never was one."""
        track = self._cars.get(car)
        fix = None if track is None else track.newest or track.retained
        if track is None or fix is None:
            return None
        place = track.place
        return Position(
            car=car,
            lat=fix.lat,
            lon=fix.lon,
            at=fix.at,
            heard_at=track.heard_at,
            leg=place.leg if place else None,
            metres=self._roads[place.leg].official(place.along) if place else None,
            placed_at=place.at if place else None,
            placed_where=(place.fix.lat, place.fix.lon) if place else None,
            speed=fix.speed,
            course=fix.course,
            battery=fix.battery,
            accuracy=fix.accuracy,
            on_route=track.road.on_road and not fix.retained,
            off_m=track.road.off,
            retained=fix.retained,
        )

    def eta(self, car: str, control: str) -> Instant | None:
        """Return when a car will probably be at a control of its leg, or None when that is unknown.

        None too when the control lies behind the car. Counted from its last sure place.
        """
        track, there = self._cars.get(car), self._controls.get(control)
        if track is None or there is None or track.place is None:
            return None
        road, line = there
        if track.place.leg != road.leg or line <= track.place.along:
            return None
        pace = recent_pace(track.paces, track.place.at, _PACE_OVER)
        return track.place.at + travel_time(track.place.along, line, pace, self._paces[road.leg])

    def next_control(self, car: str) -> str | None:
        """Return the next control on a car's way, by its last sure place."""
        track = self._cars.get(car)
        if track is None or track.place is None:
            return None
        controls = self._roads[track.place.leg].controls
        ahead = (control for along, control in controls if along > track.place.along)
        return next(ahead, None)

    def forget(self, car: str) -> None:
        """Forget a car's drive: its tracker was in another car, and the drive is followed anew."""
        self._cars.pop(car, None)

    def known_crossing(self, stamp: Stamp) -> None:
        """Take note of a crossing that is in the record already, so that it is not found again.

        Those before a car's newest fix are in its remembered drive, with what came after them.
        """
        if stamp.car is None or stamp.control is None or stamp.crossing is None:
            return
        track = self._track(stamp.car)
        if track.newest is None or stamp.at > track.newest.at:
            crossed = track.watch.crossed
            crossed[stamp.control] = max(stamp.at, crossed.get(stamp.control, stamp.at))

    def snapshot(self) -> Plain:
        """Return the cars' drives as JSON values, for a checkpoint."""
        return all_to_plain(self._cars)

    def restore(self, value: Plain) -> None:
        """Go on from what `snapshot` returned; places on legs that have no route any more are dropped.

        Raises:
            KeyError, TypeError, ValueError: the value is no such snapshot; nothing has changed.
        """
        self._cars = all_from_plain(value)
        for car, track in self._cars.items():
            track.road.start_offset = self._start_offset(car)
            if track.place is not None and track.place.leg not in self._roads:
                track.place = None

    def _track(self, car: str) -> CarTrack:
        track = self._cars.get(car)
        if track is None:
            track = self._cars[car] = CarTrack(self._start_offset(car))
        return track

    def _start_offset(self, car: str) -> Duration:
        entry = self._entries.get(car)
        return entry.start_offset if entry is not None else 0

    def _open_roads(self, at: Instant) -> Mapping[int, LegRoad]:
        since, until, roads = self._open
        if not since <= at < until:
            edges = {edge for road in self._roads.values() for edge in (road.opens, road.closes)}
            since = max((edge for edge in edges if edge <= at), default=at)
            until = min((edge for edge in edges if edge > at), default=at + 1)
            roads = {leg: road for leg, road in self._roads.items() if road.opens <= at < road.closes}
            self._open = since, until, roads
        return roads

    def _look_up(self, wave: Sequence[tuple[str, Fix]]) -> dict[str, Found]:
        """Search the road around many cars at once, where each has one window to be looked for in."""
        if len(wave) < BATCH:
            return {}
        by_leg: dict[int, list[tuple[str, Fix, Step, Window]]] = {}
        for car, fix in wave:
            track = self._cars.get(car)
            if track is None or fix.retained or not is_finite(fix):
                continue
            step = track.road.step(fix)
            if step is not None:
                window = track.road.window(step)
                by_leg.setdefault(window.leg, []).append((car, fix, step, window))
        found: dict[str, Found] = {}
        for leg, asked in by_leg.items():
            if len(asked) < BATCH:
                continue
            spots = self._roads[leg].line.spots_batch(
                [fix.lat for _, fix, _, _ in asked],
                [fix.lon for _, fix, _, _ in asked],
                [window.lo for _, _, _, window in asked],
                [window.hi for _, _, _, window in asked],
                [window.reach for _, _, _, window in asked],
            )
            found.update(
                (car, Found(step, near)) for (car, _, step, _), near in zip(asked, spots, strict=True)
            )
        return found

    def _doubt(self, track: CarTrack, fix: Fix, heard_at: Instant | None) -> Rejected | None:
        doubt = doubt_itself(fix, self._area, heard_at)
        if doubt is not None or track.newest is None or fix.retained or reachable(track.newest, fix):
            return doubt
        if fix.at > track.newest.at and outvoted(track.refused, fix):
            # It was the place before that was wrong, or the tracker was carried while switched off.
            track.road = RoadTracker(track.road.start_offset)
            return None
        return too_far(track.newest, fix)

    def _next(self, car: str, track: CarTrack, fix: Fix, found: Found | None) -> list[Stamp]:
        track.newest, track.retained = fix, None
        track.refused.clear()
        stamps: list[Stamp] = []
        for placed in track.road.follow(fix, self._open_roads(fix.at), found):
            before, track.place = track.place, placed
            track.gaps.append(before, placed)
            if before is not None:
                stamps += track.watch.drive(car, self._roads[placed.leg], before, placed)
            if before is None or before.leg != placed.leg:
                track.paces.clear()
            if not track.paces or placed.at - track.paces[-1][0] >= _PACE_STEP:
                track.paces.append((placed.at, placed.along))
        return stamps

    def _late(self, car: str, track: CarTrack, fix: Fix) -> list[Stamp]:
        stamps: list[Stamp] = []
        for before, after in track.gaps.insert(fix, self._roads):
            stamps += track.watch.fill(car, self._roads[after.leg], before, after)
        return stamps


def _waves(fixes: Sequence[tuple[str, Fix]]) -> Iterable[list[tuple[str, Fix]]]:
    """Split a batch so that each part holds at most one fix of a car, in the order they came."""
    waves: list[list[tuple[str, Fix]]] = []
    seen: dict[str, int] = {}
    for car, fix in fixes:
        i = seen[car] = seen.get(car, -1) + 1
        if i == len(waves):
            waves.append([])
        waves[i].append((car, fix))
    return waves
