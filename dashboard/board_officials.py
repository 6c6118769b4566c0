"""The officials' board: the same rally with what only officials may see."""

import msgspec

from dashboard.board import (
    CarFacts,
    ControlFacts,
    Scene,
    car_facts,
    degrees,
    health_of,
    kilometres,
    next_control,
    tenths,
    text_of,
)
from dashboard.messages import (
    CandidateRow,
    ExpectedCar,
    Health,
    Json,
    OfficialCar,
    OfficialControl,
    StampRow,
    duration,
)
from timing.core.device_tests import passes_at, untested
from timing.core.entries import Entry
from timing.core.instant import SECOND, Duration, Instant, format_instant
from timing.core.itinerary import Control, ControlKind
from timing.core.results import ControlState, Disposition, StampState

#: How much of a control its page shows, so that the document of a long rally stays small: the newest stamps,
#: those without a car, the cars that come next and those that came last. Everything is in the journal.
SHOWN_STAMPS = 20
SHOWN_WAITING = 40
SHOWN_EXPECTED = 40
SHOWN_ARRIVED = 15
#: The parts of the officials' document that marshals do not see.
_HEADQUARTERS = frozenset({"devices", "quarantine", "links", "notices", "proposals", "amendments"})
#: What a marshal's document leaves out of a car: without the public delay these are for headquarters.
_NOT_FOR_MARSHALS = frozenset(
    {"km", "lat", "lon", "speed", "course", "at", "off_route", "off_m", "battery", "tracker", "gap"}
)


def official_car(scene: Scene, entry: Entry, now: Instant, facts: CarFacts | None = None) -> OfficialCar:
    """Return a car as officials see it; `facts` are the car's where they are at hand."""
    facts = car_facts(scene, entry.car_number) if facts is None else facts
    crew = facts.crew
    place = scene.tracking.position(entry.car_number)
    ahead = next_control(scene.event, crew, public=False)
    return OfficialCar(
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
        km=kilometres(place),
        lat=None if place is None else round(place.lat, 5),
        lon=None if place is None else round(place.lon, 5),
        speed=None if place is None else tenths(place.speed),
        course=degrees(place),
        at=None if place is None else format_instant(place.at),
        heard=None if place is None else format_instant(place.heard_at),
        off_route=place is not None and not place.on_route,
        off_m=None if place is None or place.off_m is None else round(place.off_m),
        battery=None if place is None else place.battery,
        tracker=entry.tracker or None,
        next=ahead,
        next_due=text_of(crew.due) if ahead is not None else None,
        eta=text_of(scene.tracking.eta(entry.car_number, ahead)) if ahead is not None and place else None,
        last_test=facts.last_test,
        gap=None if place is None else scene.gap(entry.car_number, place, now, False),
    )


def official_control(scene: Scene, control: Control, facts: ControlFacts, now: Instant) -> OfficialControl:
    """Return a control with who is expected and its newest stamps."""
    rules = scene.event.rules_at(control.order)
    starting = control.kind in (ControlKind.ATC, ControlKind.SS_START)
    return OfficialControl(
        name=control.name,
        kind=control.kind.value,
        leg=control.leg,
        order=control.order,
        due=facts.due,
        arrived=facts.arrived,
        missing=facts.missing,
        health=_ready(scene, control, facts, now),
        km=None if control.metres is None else control.metres / 1000,
        lat=control.lat,
        lon=control.lon,
        stage=control.stage,
        first_car=text_of(control.first_car),
        start_gap=duration(rules.provisional_start_gap, SECOND) if control.kind is ControlKind.ATC else None,
        start_interval=duration(rules.start_interval, SECOND) if starting else None,
        opens=text_of(_opens(facts.state, rules.opens_before)),
        expected=_expected(facts.state),
        stamps={stamp.key: stamp_row(scene, stamp) for stamp in _shown(facts.state)},
    )


def _ready(scene: Scene, control: Control, facts: ControlFacts, now: Instant) -> Health:
    """Return whether a control's devices are heard: `untested` while one has not shown a test pass yet."""
    health = health_of(scene, control.id, now)
    if health.status != "ok":
        return health
    table, time = scene.rally.clocks.table, scene.event.time
    passes = passes_at(table, control.id, facts.state.stamps.values(), time, now)
    return msgspec.structs.replace(health, status="untested") if untested(passes) else health


def _opens(state: ControlState, before: Duration) -> Instant | None:
    """A control opens so long before its first car is due."""
    due = [at for at in state.due.values() if at is not None]
    return min(due) - before if due else None


def _expected(state: ControlState) -> dict[str, ExpectedCar]:
    """Return the cars that come next and those that came last, numbered in the order of the road."""
    order = {car: place for place, car in enumerate({**state.due, **state.arrived})}
    coming = [car for car in state.due if car not in state.arrived][:SHOWN_EXPECTED]
    came = sorted(state.arrived, key=lambda car: (state.arrived[car].at, car))[-SHOWN_ARRIVED:]
    return {
        car: ExpectedCar(
            order=order[car],
            due=text_of(state.due.get(car)),
            arrived=format_instant(state.arrived[car].at) if car in state.arrived else None,
        )
        for car in sorted((*coming, *came), key=order.__getitem__)
    }


def _shown(state: ControlState) -> list[StampState]:
    """Return the newest stamps, and the newest of those that still wait for somebody."""
    by_time = sorted(state.stamps.values(), key=lambda stamp: (stamp.at, stamp.key))
    waiting = [stamp for stamp in by_time if stamp.car is None and stamp.disposition is Disposition.RAW]
    kept = {stamp.key for stamp in (*by_time[-SHOWN_STAMPS:], *waiting[-SHOWN_WAITING:])}
    return [stamp for stamp in by_time if stamp.key in kept]


def stamp_row(scene: Scene, state: StampState) -> StampRow:
    """Return a stamp with what became of it, its time as the rally's clock showed it."""
    stamp = state.stamp
    return StampRow(
        at=format_instant(stamp.at),
        text=scene.event.time.format(stamp.at, stamp.resolution),
        disposition=state.disposition.value,
        seq=state.seq,
        device=stamp.device,
        source=state.source or None,
        channel=stamp.channel or None,
        car=state.car,
        assigned_by=None if state.assigned_by is None else state.assigned_by.value,
        note=stamp.note or state.reason or None,
        corrected=None if state.at == stamp.at else scene.event.time.format(state.at, 1),
        candidates={
            candidate.car: CandidateRow(candidate.score, candidate.why) for candidate in state.candidates
        },
    )


def for_marshals(parts: dict[str, Json]) -> dict[str, Json]:
    """Return what a marshal sees of newly projected parts of the officials' document, but for the cars."""
    return {key: part for key, part in parts.items() if key != "cars" and key not in _HEADQUARTERS}


def car_for_marshals(car: Json) -> Json:
    """Return what a marshal sees of a car's row in the officials' document."""
    seen = dict(car)
    for key in _NOT_FOR_MARSHALS:
        seen.pop(key, None)
    return seen
