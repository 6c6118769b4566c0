"""From "this may have changed" to newly projected parts of the three documents, once a tick.

The projections of board.py are pure; here is remembered which of their rows may be out of date. What depends
on the clock alone (silent devices) and what a car's news may change at a far control is
looked at anew little by little, a few rows a tick, so that no tick is long.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from dashboard.board import (
    LIVE,
    CarFacts,
    Scene,
    car_facts,
    control_facts,
    hidden,
    hours_open,
    public_car,
    public_control,
    rally_row,
    result_rows,
    split_rows,
    stage_row,
)
from dashboard.board_officials import car_for_marshals, for_marshals, official_car, official_control
from dashboard.hub import Audience
from dashboard.messages import DeviceRow, Json, LinkRow, Notice, RefusedRow, RemarkRow, encode, plain
from dashboard.publication_rows import amendment_rows, publication_rows, rally_state
from dashboard.standings import board_scopes, standing_row
from timing.core.instant import Instant
from timing.core.results import Changes, CrewState, CrewStatus, Standing

_T = TypeVar("_T")

#: Rows looked at anew in each tick, although nothing says that they changed; cars, and controls.
_CARS_A_TICK = 5
_CONTROLS_A_TICK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What officials see besides the rally itself; asked for once a tick, cheap."""

    devices: Mapping[str, DeviceRow]
    links: Mapping[str, LinkRow]
    refused: Mapping[str, RefusedRow]
    refused_count: int
    notices: Mapping[str, Notice]
    """Alerts of crews: for officials only."""
    remarks: Mapping[str, Mapping[str, RemarkRow]] = field(default_factory=dict)
    """What marshals reported, by control and the record's key."""


class _Rows:
    """Rows of one part with their plain forms.

    A row that says the same again keeps its plain form, which a comparison then knows without a look inside.
    """

    __slots__ = ("_said", "plain")

    def __init__(self) -> None:
        self._said: dict[str, bytes] = {}
        self.plain: dict[str, Json] = {}

    def put(self, key: str, row: object) -> bool:
        """Take a row; return whether it says something else than before."""
        said = encode(row)
        if self._said.get(key) == said:
            return False
        self._said[key] = said
        self.plain[key] = plain(row)
        return True


@dataclass(slots=True)
class _Shown:
    """At which controls a car was last said to be missing or due next, and its status there."""

    status: CrewStatus | None = None
    missed: frozenset[str] = frozenset()
    due: frozenset[str] = frozenset()

    def moves(self, crew: CrewState) -> frozenset[str]:
        """Take up the crew's state; return the controls whose row it changes.

        A crew that stays missing where it was missing changes nothing there: with many controls behind it,
        looking at all of them for each of its stamps would cost more than the timing itself.
        """
        missed = frozenset(crew.missed)
        due = frozenset(() if crew.next_control is None else (crew.next_control,))
        if crew.status is self.status:
            touched = (missed ^ self.missed) | self.due | due
        else:
            touched = missed | self.missed | self.due | due
        self.status, self.missed, self.due = crew.status, missed, due
        return touched


@dataclass(slots=True)
class Projector:
    """Remembers what may have changed and projects it. `speed` is the pace of a simulated rally."""

    scene: Scene
    surroundings: Callable[[], Surroundings]
    simulated: bool = False
    speed: Callable[[], float | None] = lambda: None
    _cars: set[str] = field(default_factory=set)
    _changed: set[str] = field(default_factory=set)
    """Cars of which there is more news than that they moved."""
    _stages: set[str] = field(default_factory=set)
    _controls: set[str] = field(default_factory=set)
    _standings: bool = True
    _open: bool | None = None
    """Whether positions were within the public hours when they were projected last."""
    _rounds: tuple[Iterator[str], Iterator[str]] | None = None
    _facts: dict[str, CarFacts] = field(default_factory=dict)
    _moves: dict[str, _Shown] = field(default_factory=dict)
    _public: dict[str, _Rows] = field(default_factory=lambda: defaultdict(_Rows))
    _official: dict[str, _Rows] = field(default_factory=lambda: defaultdict(_Rows))
    _marshals: dict[str, Json] = field(default_factory=dict)
    _lines: dict[str, dict[str, tuple[Standing, Json]]] = field(default_factory=dict)
    _devices: tuple[Mapping[str, DeviceRow], Json] | None = None

    def changed(self, changes: Changes) -> None:
        """Note what a record may have changed."""
        self._changed |= changes.cars
        self._stages |= changes.stages
        self._controls |= changes.controls
        self._standings |= changes.standings

    def moved(self, cars: Iterable[str]) -> None:
        """Note cars whose position may have changed."""
        self._cars.update(cars)

    def project(self, now: Instant) -> dict[Audience, dict[str, Json]]:
        """Return the top-level parts of each audience's document that may differ from the last ones."""
        self._mark_some()
        self._mark_hours(now)
        self._mark_controls()
        shared = self._shared(now)
        public, official = dict(shared), dict(shared)
        marshal = for_marshals(shared)
        if self._cars:
            self._project_cars(now)
            public["cars"] = dict(self._public["cars"].plain)
            official["cars"] = dict(self._official["cars"].plain)
            marshal["cars"] = dict(self._marshals)
        if self._controls:
            self._project_controls(now)
            public["controls"] = dict(self._public["controls"].plain)
            official["controls"] = marshal["controls"] = dict(self._official["controls"].plain)
        official |= self._around()
        marshal["remarks"] = official["remarks"]
        public["notices"] = marshal["notices"] = {}
        self._cars, self._changed, self._stages, self._controls = set(), set(), set(), set()
        self._standings = False
        return {Audience.PUBLIC: public, Audience.MARSHAL: marshal, Audience.OFFICIALS: official}

    def _mark_some(self) -> None:
        """Mark everything at first, then a few cars and controls in turn."""
        event = self.scene.event
        if self._rounds is None:
            self._cars.update(event.entries.by_number)
            self._controls.update(event.itinerary.controls)
            self._stages.update(event.itinerary.stages)
            self._rounds = (
                itertools.cycle(event.entries.by_number),
                itertools.cycle(event.itinerary.controls),
            )
            return
        cars, controls = self._rounds
        self._changed.update(itertools.islice(cars, _CARS_A_TICK))
        self._controls.update(itertools.islice(controls, _CONTROLS_A_TICK))

    def _mark_hours(self, now: Instant) -> None:
        """Mark all cars when the public hours begin or end: no place is shown a moment longer."""
        within = hours_open(self.scene.event, now)
        if within is not self._open:
            self._open = within
            self._cars.update(self.scene.event.entries.by_number)

    def _mark_controls(self) -> None:
        """Mark where a car's news shows: at the control where it is due next, and where it is missing."""
        for car in self._changed:
            facts = self._facts[car] = car_facts(self.scene, car)
            self._controls |= self._moves.setdefault(car, _Shown()).moves(facts.crew)
        self._cars |= self._changed

    def _shared(self, now: Instant) -> dict[str, Json]:
        scene = self.scene
        published = scene.published
        overall = LIVE if published is None else rally_state(published)
        row = rally_row(scene.event, now, simulated=self.simulated, speed=self.speed(), publication=overall)
        parts: dict[str, Json] = {
            "rally": plain(row),
            "publications": {} if published is None else publication_rows(published),
        }
        if self._stages:
            for stage in _of(scene.event.itinerary.stages, self._stages):
                self._public["stages"].put(stage.id, stage_row(scene, stage))
                self._public["results"].put(stage.id, result_rows(scene, stage))
                self._public["splits"].put(stage.id, split_rows(scene, stage))
            parts["stages"] = dict(self._public["stages"].plain)
            parts["results"] = _filled(self._public["results"].plain)
            parts["splits"] = _filled(self._public["splits"].plain)
        if self._standings or self._stages:
            parts["standings"] = {
                scope: self._standing(scope) for scope in board_scopes(scene.rally.scopes())
            }
        return parts

    def _standing(self, scope: str) -> Json:
        """Return a classification's lines; those that the rally did not make anew are as they were."""
        listed = self.scene.rally.classification(scope)
        known = self._lines.get(scope, {})
        lines: dict[str, tuple[Standing, Json]] = {}
        for name, row in listed.rows.items():
            line = known.get(name)
            if line is None or line[0] is not row:
                line = row, plain(standing_row(self.scene.event, listed, name, row))
            lines[name] = line
        self._lines[scope] = lines
        return {name: line for name, (_, line) in lines.items()}

    def _project_cars(self, now: Instant) -> None:
        public, official = self._public["cars"], self._official["cars"]
        for entry in _of(self.scene.event.entries.by_number, self._cars):
            car = entry.car_number
            facts = self._facts.get(car)
            if facts is None or not facts.hold(self.scene):
                facts = self._facts[car] = car_facts(self.scene, car)
            public.put(car, public_car(self.scene, entry, now, facts))
            if official.put(car, official_car(self.scene, entry, now, facts)):
                self._marshals[car] = car_for_marshals(official.plain[car])

    def _project_controls(self, now: Instant) -> None:
        event = self.scene.event
        for control in _of(event.itinerary.controls, self._controls):
            facts = control_facts(self.scene, control)
            self._official["controls"].put(control.id, official_control(self.scene, control, facts, now))
            if not hidden(event, control):
                self._public["controls"].put(control.id, public_control(self.scene, control, facts, now))

    def _around(self) -> dict[str, Json]:
        """Return what only officials see besides the rally."""
        around = self.surroundings()
        if self._devices is None or self._devices[0] is not around.devices:
            for name, row in around.devices.items():
                self._official["devices"].put(name, row)
            rows = self._official["devices"].plain
            self._devices = around.devices, {name: rows[name] for name in around.devices}
        return {
            "devices": self._devices[1],
            "links": plain(around.links),
            "proposals": self._proposals(),
            "amendments": amendment_rows(self.scene),
            "quarantine": {"count": around.refused_count, "latest": plain(around.refused)},
            "notices": plain(around.notices),
            "remarks": plain(around.remarks),
        }

    def _proposals(self) -> Json:
        """How many proposals wait for an official, and how many of them stand beside an older value."""
        open_ = self.scene.rally.proposals()
        return {"count": len(open_), "stale": sum(1 for proposal in open_ if proposal.stale)}


def _of(known: Mapping[str, _T], names: set[str]) -> list[_T]:
    """Return those of the names that are known, in the event's own order."""
    return [value for name, value in known.items() if name in names]


def _filled(rows: Json) -> Json:
    """Leave out stages for which there is nothing yet."""
    return {key: row for key, row in rows.items() if row}
