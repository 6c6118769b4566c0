"""The public board: a pure projection of rally, positions and the present instant to rows.

What spectators may not see never becomes a row here: secret controls, the hidden points of an average
trial, places in hidden zones or outside the published hours, speeds unless the organizer allows them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import cos, hypot, radians

from dashboard.amounts import resolution_of, stage_gap, stage_points
from dashboard.messages import (
    Dur,
    Health,
    LastTest,
    PublicCar,
    PublicControl,
    RallyRow,
    ResultRow,
    RunningGap,
    StageRow,
    Timekeeper,
    duration,
)
from timing.core.admission import Published
from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.instant import MINUTE, Duration, Instant, format_instant
from timing.core.itinerary import Control, Stage, StageKind
from timing.core.positions import Position, Tracking
from timing.core.preset import Unit
from timing.core.publication import times_of
from timing.core.rally import Rally
from timing.core.results import ControlState, CrewState, CrewStatus, ResultStatus, StageResult, StageStatus
from timing.core.secret_places import is_secret
from timing.core.sheet import Sheet

#: The state of times until they are certified, and of lists until they are issued.
LIVE = "LIVE"
#: A control whose devices have not been heard for so long is shown as silent.
SILENT_AFTER: Duration = 10 * MINUTE
_OUT = frozenset({CrewStatus.RETIRED, CrewStatus.DNS, CrewStatus.DSQ, CrewStatus.OTL})
_M_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What the projections read: the rally, the positions, and when each device was last heard."""

    event: Event
    rally: Rally
    tracking: Tracking
    heard: Mapping[str, Instant]
    published: Published | None = None
    """What is certified and issued; None where nothing can be."""
    gap: "Callable[[str, Position, Instant, bool], RunningGap | None]" = lambda car, place, now, public: None
    """The running gap of a car at its newest place, as everybody (True) or as officials see it."""


def hidden(event: Event, control: Control) -> bool:
    """Return whether a control's place is a secret of the organizer's."""
    return is_secret(event, control)


def names_hidden(event: Event, text: str) -> bool:
    """Return whether a sentence names a control whose place is a secret."""
    secret = (control.id for control in event.itinerary.controls.values() if hidden(event, control))
    return any(re.search(rf"(?<![\w.]){re.escape(name)}(?![\w]|\.\w)", text) for name in secret)


def rally_row(
    event: Event,
    now: Instant,
    *,
    simulated: bool = False,
    speed: float | None = None,
    publication: str = LIVE,
) -> RallyRow:
    """Return what stands above the board; the leg is that of the present rally day."""
    today = event.time.day_of(now)
    begun = [leg.number for leg in event.itinerary.legs.values() if leg.day <= today]
    preset = event.preset
    return RallyRow(
        id=event.id,
        name=event.name,
        edition=event.edition,
        preset=preset.name,
        unit=preset.unit.value,
        better=preset.better.value,
        timekeeper=Timekeeper(name=event.timekeeper, line=event.timekeeper_line),
        notice=event.notice,
        timezone=event.timezone,
        utc_offset=event.time.text,
        leg=begun[-1] if begun else min(event.itinerary.legs, default=1),
        publication=publication,
        simulated=simulated,
        speed=speed if simulated else None,
    )


def stage_row(scene: Scene, stage: Stage) -> StageRow:
    """Return a stage with its state and how many crews have a result."""
    event = scene.event
    done, expected = scene.rally.stage_progress(stage.id)
    start, finish = event.itinerary.controls[stage.start], event.itinerary.controls[stage.finish]
    open_start, open_finish = not hidden(event, start), not hidden(event, finish)
    length = None
    if open_start and open_finish and start.metres is not None and finish.metres is not None:
        length = (finish.metres - start.metres) / 1000
    target, wanted = None, scene.rally.target(stage.id)
    status = scene.rally.stage_status(stage.id)
    # The ideal time of a leg to a secret line tells how far it is; nobody asks once all have been there.
    told = (open_start and open_finish) or status is StageStatus.COMPLETE
    if wanted is not None and told and event.preset.unit is not Unit.NONE:
        target = duration(wanted, resolution_of(event, stage))
    average = start.average
    return StageRow(
        name=stage.name,
        kind=stage.kind.value,
        leg=stage.leg,
        order=stage.order,
        status=status.value,
        publication=_published(scene, stage),
        version=_version(scene, stage),
        done=done,
        expected=expected,
        start=stage.start if open_start else None,
        finish=stage.finish if open_finish else None,
        km=length,
        target=target,
        average=None if average is None else f"{float(average):g} km/h",
    )


def _published(scene: Scene, stage: Stage) -> str:
    """Return how far a stage's times are published; what is shown of a certified stage stands."""
    published = scene.published
    return LIVE if published is None else times_of(published, scene.rally, stage.id).value


def _version(scene: Scene, stage: Stage) -> int | None:
    version = None if scene.published is None else scene.published.times(stage.id).version
    return None if version is None else version.number


def result_rows(scene: Scene, stage: Stage) -> dict[str, ResultRow]:
    """Return a stage's results, in the order of the sheet; crews that have nothing yet are left out."""
    return {
        car: result_row(scene.event, stage, result)
        for car, result in scene.rally.stage_results(stage.id).items()
        if result.status is not ResultStatus.PENDING
    }


def result_row(event: Event, stage: Stage, result: StageResult) -> ResultRow:
    """Return one line of a stage's results."""
    cut = resolution_of(event, stage)
    # The elapsed time over the hidden points of a trial would give their places away.
    timed = result.time is not None and stage.kind is not StageKind.AVG_TRIAL
    return ResultRow(
        order=result.order,
        marks="".join(result.marks),
        status=result.status.value,
        rank=result.rank,
        time=duration(result.time, cut) if timed and result.time is not None else None,
        driven=None if result.driven in (None, result.time) else duration(result.driven or 0, cut),
        deviation=None if result.deviation is None else duration(result.deviation, cut, sign=True),
        points=stage_points(event, stage, result),
        gap=stage_gap(event, stage, result.gap),
        to_previous=stage_gap(event, stage, result.to_previous),
        source=result.source or None,
    )


def split_rows(scene: Scene, stage: Stage) -> dict[str, dict[str, Dur]]:
    """Return the splits of a special stage by car and control; a trial's points are nobody's business."""
    if stage.kind is not StageKind.SS:
        return {}
    cut = resolution_of(scene.event, stage)
    splits: dict[str, dict[str, Dur]] = {}
    for car, result in scene.rally.stage_results(stage.id).items():
        times = {part.control: duration(part.time, cut) for part in result.parts if part.time is not None}
        if times:
            splits[car] = times
    return splits


@dataclass(frozen=True, slots=True)
class CarFacts:
    """What a car's row says besides its position; it holds until the sheet or newest result changes."""

    sheet: Sheet
    crew: CrewState
    result: tuple[Stage, StageResult] | None
    """The newest result of the crew on a stage or test, with the row that shows it."""
    last_test: LastTest | None

    def hold(self, scene: Scene) -> bool:
        """Return whether this is still what `car_facts` would say."""
        car = self.crew.car
        if scene.rally.sheet(car) is not self.sheet:
            return False
        return self.result is None or scene.rally.stage_result(self.result[0].id, car) is self.result[1]


def car_facts(scene: Scene, car: str) -> CarFacts:
    """Return what a car's row says besides its position."""
    newest = _newest_result(scene, car)
    return CarFacts(
        sheet=scene.rally.sheet(car),
        crew=scene.rally.crew_state(car),
        result=newest,
        last_test=None if newest is None else _last_test(scene.event, *newest),
    )


def public_car(scene: Scene, entry: Entry, now: Instant, facts: CarFacts | None = None) -> PublicCar:
    """Return a car as spectators may see it; `facts` are the car's where they are at hand."""
    event = scene.event
    facts = car_facts(scene, entry.car_number) if facts is None else facts
    crew = facts.crew
    place = scene.tracking.position(entry.car_number)
    shown = place if place is not None and may_show(event, place, now) else None
    # The last sure place on the road may be an earlier one, and as secret.
    placed = shown if shown is not None and may_place(event, shown) else None
    ahead = next_control(event, crew, public=True)
    return PublicCar(
        order=entry.order,
        driver=entry.driver,
        codriver=entry.codriver,
        crew=entry.crew,
        car=entry.car,
        class_=entry.class_,
        status=crew.status.value,
        year=entry.year,
        category=entry.category or None,
        nationality=entry.nationality or None,
        course_car=entry.course_car,
        leg=place.leg if place is not None and place.leg is not None else crew.leg,
        km=kilometres(placed),
        lat=None if shown is None else round(shown.lat, 5),
        lon=None if shown is None else round(shown.lon, 5),
        speed=tenths(shown.speed) if shown is not None and event.public.speed else None,
        course=degrees(shown),
        at=None if shown is None else format_instant(shown.at),
        heard=None if place is None else format_instant(place.heard_at),
        off_route=shown is not None and not shown.on_route,
        next=ahead,
        next_due=text_of(crew.due) if ahead is not None and ahead == crew.next_control else None,
        eta=text_of(scene.tracking.eta(entry.car_number, ahead)) if ahead and placed is not None else None,
        last_test=facts.last_test,
        gap=None if placed is None else scene.gap(entry.car_number, placed, now, True),
    )


def may_show(event: Event, place: Position, now: Instant) -> bool:
    """Return whether a position is for the public now.

    A car that was parked after hours is not shown there in the morning either: what counts is when it was
    seen and when it would be shown.
    """
    return hours_open(event, now) and is_public(event, place.lat, place.lon, place.at)


def may_place(event: Event, place: Position) -> bool:
    """Return whether a car's last sure place on the road, as it was seen then, is for the public."""
    at, where = place.placed_at, place.placed_where
    return at is None or where is None or is_public(event, *where, at)


def is_public(event: Event, lat: float, lon: float, at: Instant) -> bool:
    """Return whether a place (degrees) where a car was seen at `at` is for the public at all."""
    if not hours_open(event, at):
        return False
    for zone in event.public.hidden_zones:
        east = (lon - zone.lon) * cos(radians(zone.lat)) * _M_PER_DEGREE
        north = (lat - zone.lat) * _M_PER_DEGREE
        if hypot(east, north) <= zone.radius_m:
            return False
    return True


def hours_open(event: Event, at: Instant) -> bool:
    """Return whether an instant is within the hours in which positions are shown."""
    if event.public.hours is None:
        return True
    opens, closes = event.public.hours
    clock = event.time.clock(at)
    return opens <= clock < closes if opens <= closes else (clock >= opens or clock < closes)


def next_control(event: Event, crew: CrewState, *, public: bool) -> str | None:
    """Return the control a crew comes to next; for the public the next one that is no secret."""
    if crew.next_control is None:
        return None
    control = event.itinerary.controls[crew.next_control]
    if not public or not hidden(event, control):
        return control.id
    leg = event.itinerary.legs[control.leg].controls
    later = (event.itinerary.controls[name] for name in leg[leg.index(control.id) + 1 :])
    return next((other.id for other in later if not hidden(event, other)), None)


def _newest_result(scene: Scene, car: str) -> tuple[Stage, StageResult] | None:
    """Return the newest result of a car on a stage or test."""
    for stage in reversed(tuple(scene.event.itinerary.stages.values())):
        result = scene.rally.stage_result(stage.id, car)
        if result is not None and result.status is ResultStatus.DONE:
            return stage, result
    return None


def _last_test(event: Event, stage: Stage, result: StageResult) -> LastTest:
    row = result_row(event, stage, result)
    shown = row.deviation or row.time or row.points
    return LastTest(stage=stage.id, text="" if shown is None else shown.text, points=row.points)


@dataclass(frozen=True, slots=True)
class ControlFacts:
    """A control's state with how many crews are still to come, have been, and were missed there."""

    state: ControlState
    due: int
    arrived: int
    missing: int


def control_facts(scene: Scene, control: Control) -> ControlFacts:
    """Return a control's state and counts; course cars are not counted."""
    state = scene.rally.control_state(control.id)
    entries = scene.event.entries.by_number
    known = {**state.due, **state.arrived}
    arrived = missing = to_come = 0
    for car in known:
        if car not in entries or entries[car].course_car:
            continue
        if car in state.arrived:
            arrived += 1
            continue
        sheet = scene.rally.sheet(car)
        if control.id in sheet.missed:
            missing += 1
        elif sheet.status not in _OUT:
            to_come += 1
    return ControlFacts(state, to_come, arrived, missing)


def public_control(scene: Scene, control: Control, facts: ControlFacts, now: Instant) -> PublicControl:
    """Return a control with its counts. Never asked for a hidden one."""
    return PublicControl(
        name=control.name,
        kind=control.kind.value,
        leg=control.leg,
        order=control.order,
        due=facts.due,
        arrived=facts.arrived,
        missing=facts.missing,
        health=health_of(scene, control.id, now),
        km=None if control.metres is None else control.metres / 1000,
        lat=control.lat,
        lon=control.lon,
        stage=control.stage,
        first_car=text_of(control.first_car),
    )


def health_of(scene: Scene, control: str, now: Instant) -> Health:
    """Return whether a control's devices are heard: `none` where it has none or none ever spoke."""
    heard = [
        scene.heard[device.id]
        for device in scene.event.devices.values()
        if device.id in scene.heard and any(held.control == control for held in device.assignments)
    ]
    if not heard:
        return Health(status="none")
    latest = max(heard)
    return Health(status="ok" if now - latest <= SILENT_AFTER else "silent", heard=format_instant(latest))


def text_of(at: Instant | None) -> str | None:
    """Return an instant as RFC 3339 UTC, or None."""
    return None if at is None else format_instant(at)


def kilometres(place: Position | None) -> float | None:
    """Return a car's distance along its leg in km, to ten metres."""
    return None if place is None or place.metres is None else round(place.metres / 1000, 2)


def tenths(speed: float | None) -> float | None:
    """Return a speed in m/s to a tenth."""
    return None if speed is None else round(speed, 1)


def degrees(place: Position | None) -> int | None:
    """Return a car's course in whole degrees."""
    return None if place is None or place.course is None else round(place.course) % 360
