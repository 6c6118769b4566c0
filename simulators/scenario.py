"""A whole rally as it was driven, and the truth about it: every crossing of every car, exactly.

The scenario is drawn from an event folder and a seed, and from nothing else: the same two give the
same rally to the byte, so that a fault seen once can be seen again. Its truth is what the results of a
service that only heard the timers, trackers and marshals are compared with.
"""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simulators.drivers import STAGE, TOURING, Pace, Zone, temper_of
from simulators.motion import Drive
from simulators.section import Ground, Lines, Way
from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.instant import MINUTE, Instant, format_instant
from timing.core.itinerary import PASSAGE_CONTROLS, TIME_CONTROLS, Control, ControlKind, StageKind
from timing.core.leg_road import LegRoad, lay_roads

#: How often a car does not see the end of a leg: on the road, and where stages are driven.
_RETIRES_ON_ROAD = 0.02
_RETIRES_ON_STAGES = 0.07
#: A retired car stands there, its tracker alive, until it is fetched.
_FETCHED_AFTER = 45 * MINUTE
#: Everybody slows for people at the road (m/s), this far (m) around them.
_WALKING = 4.0
_PEOPLE = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """Where (m along the line of a leg) and when a car stopped for good, and the last control it passed."""

    leg: int
    metres: float
    at: Instant
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarTruth:
    """What one car really did.

    `crossings` are the exact instants (µs) at which it was over each control's line; `starts` the
    instants at which special stages began for it, as they were assigned.
    """

    crossings: Mapping[str, Instant] = field(default_factory=dict)
    starts: Mapping[str, Instant] = field(default_factory=dict)
    retired: Retirement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A rally as driven: each car's drive of each leg it took part in, and the truth."""

    event: Event
    seed: int
    roads: Mapping[int, LegRoad]
    drives: Mapping[tuple[str, int], Drive]
    truth: Mapping[str, CarTruth]

    @property
    def begins(self) -> Instant:
        """When the first car is put on the road."""
        return min(drive.begins for drive in self.drives.values())

    @property
    def ends(self) -> Instant:
        """When the last car is parked."""
        return max(drive.ends for drive in self.drives.values())

    def spans(self) -> list[tuple[Instant, Instant]]:
        """Return, for each leg in order, from when until when cars are out."""
        return [
            (min(drive.begins for drive in on_leg), max(drive.ends for drive in on_leg))
            for leg in self.roads
            if (on_leg := [drive for (_, number), drive in self.drives.items() if number == leg])
        ]

    def passings(self, control: str) -> Iterator[tuple[Instant, str]]:
        """Yield when each car, course cars too, was over a control's line, in no order."""
        for car, truth in self.truth.items():
            if control in truth.crossings:
                yield truth.crossings[control], car

    def truth_json(self) -> str:
        """Write the truth as JSON lines' plain sister: one document, keys in order, instants RFC 3339."""
        cars = {}
        for car, truth in self.truth.items():
            row: dict[str, object] = {
                "crossings": {ident: format_instant(at) for ident, at in truth.crossings.items()},
                "starts": {ident: format_instant(at) for ident, at in truth.starts.items()},
            }
            if (out := truth.retired) is not None:
                row["retired"] = {
                    "leg": out.leg,
                    "metres": round(out.metres, 1),
                    "at": format_instant(out.at),
                    "after": out.after,
                }
            cars[car] = row
        return json.dumps({"event": self.event.id, "seed": self.seed, "cars": cars}, indent=1) + "\n"


def draw(event: Event, seed: int, legs: frozenset[int] | None = None) -> Scenario:
    """Drive the whole rally, or only some legs of it.

    Raises:
        ValueError: none of those legs has a route, so there is nothing to drive on.
    """
    roads = {leg: road for leg, road in lay_roads(event).items() if legs is None or leg in legs}
    if not roads:
        raise ValueError(f"{event.id} has no route to drive on")
    drives: dict[tuple[str, int], Drive] = {}
    found: dict[str, CarTruth] = {car: CarTruth() for car in event.entries.by_number}
    for leg, road in roads.items():
        ground = Ground(event=event, road=road, pace=_pace(event, road), lines=Lines())
        for entry in sorted(event.entries.by_number.values(), key=lambda e: (e.start_offset, e.order)):
            if found[entry.car_number].retired is None:
                drive, truth = _drive(ground, entry, seed)
                drives[entry.car_number, leg] = drive
                found[entry.car_number] = _joined(found[entry.car_number], truth)
    return Scenario(event=event, seed=seed, roads=roads, drives=drives, truth=found)


def _drive(ground: Ground, entry: Entry, seed: int) -> tuple[Drive, CarTruth]:
    leg = ground.road.leg
    chance = random.Random(f"{seed}/drive/{leg}/{entry.car_number}")
    way = Way(ground, entry, temper_of(seed, entry), chance)
    way.walk()
    drive = Drive(entry.car_number, leg, ground.road.line, ground.pace, tuple(way.anchors))
    retired_at = None if entry.course_car else _gives_up(ground, chance)
    if retired_at is not None:
        drive = drive.cut(retired_at, _FETCHED_AFTER)
    crossings: dict[str, Instant] = {}
    for along, control in ground.controls:
        at = way.exact.get(control.id)
        if at is None:
            at = drive.reaches(along)
        if at is not None and (retired_at is None or along < retired_at):
            crossings[control.id] = at
    starts = {
        stage: at
        for stage, at in way.starts.items()
        if ground.event.itinerary.stages[stage].start in crossings
    }
    retired = None
    if retired_at is not None and (at := drive.reaches(retired_at)) is not None:
        retired = Retirement(leg=leg, metres=retired_at, at=at, after=next(reversed(crossings), None))
    return drive, CarTruth(crossings=crossings, starts=starts, retired=retired)


def _gives_up(ground: Ground, chance: random.Random) -> float | None:
    """Return where on this leg the car stops for good, if it does."""
    stages = any(control.kind is ControlKind.SS_START for _, control in ground.controls)
    if chance.random() >= (_RETIRES_ON_STAGES if stages else _RETIRES_ON_ROAD):
        return None
    first, last = ground.road.controls[0][0], ground.road.controls[-1][0]
    return first + (last - first) * chance.uniform(0.1, 0.95)


def _joined(before: CarTruth, truth: CarTruth) -> CarTruth:
    return CarTruth(
        crossings={**before.crossings, **truth.crossings},
        starts={**before.starts, **truth.starts},
        retired=truth.retired,
    )


def _pace(event: Event, road: LegRoad) -> Pace:
    """Work out a leg's pace: stages driven for time, tests at their average, slowly past people."""
    along = {control: metres for metres, control in road.controls}
    zones: list[Zone] = []
    for stage in event.itinerary.stages.values():
        if stage.start not in along or stage.finish not in along:
            continue
        start, end = along[stage.start], along[stage.finish]
        if stage.kind is StageKind.SS:
            zones.append(Zone(start, end, manner=STAGE))
        elif stage.kind is StageKind.REG_TEST and stage.target:
            zones.append(Zone(start - 40.0, end, cap=(end - start) * 1_000_000 / stage.target))
        elif stage.kind is StageKind.AVG_TRIAL:
            average = event.itinerary.controls[stage.start].average
            zones.append(Zone(start - 40.0, end, cap=float(average or 50) / 3.6 * 1.15))
    for metres, control in road.controls:
        if _slow_at(event.itinerary.controls[control]):
            zones.append(Zone(metres - _PEOPLE, metres + _PEOPLE, cap=_WALKING))
    return Pace(road.line, TOURING, zones)


def _slow_at(control: Control) -> bool:
    stops = control.kind in TIME_CONTROLS or control.kind in PASSAGE_CONTROLS
    return stops or control.kind is ControlKind.STOP
