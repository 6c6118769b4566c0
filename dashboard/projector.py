"""From "this may have changed" to newly projected parts of the three documents, once a tick.

The projections of board.py are pure; here is remembered which of their rows may be out of date. What depends
on the clock alone (published hours, silent devices) and what a car's news may change at a far control is
looked at anew little by little, a few rows a tick, so that no tick is long.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from dashboard.board import (
    Scene,
    control_facts,
    hidden,
    public_car,
    public_control,
    rally_row,
    result_rows,
    split_rows,
    stage_row,
)
from dashboard.board_officials import for_marshals, official_car, official_control
from dashboard.hub import Audience
from dashboard.messages import DeviceRow, Json, LinkRow, Notice, RefusedRow, plain
from dashboard.standings import board_scopes, standing_rows
from timing.core.instant import Instant
from timing.core.results import Changes

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


@dataclass(slots=True)
class Projector:
    """Remembers what may have changed and projects it. `speed` is the pace of a simulated rally."""

    scene: Scene
    surroundings: Callable[[], Surroundings]
    simulated: bool = False
    speed: Callable[[], float | None] = lambda: None
    _cars: set[str] = field(default_factory=set)
    _stages: set[str] = field(default_factory=set)
    _controls: set[str] = field(default_factory=set)
    _standings: bool = True
    _rounds: tuple[Iterator[str], Iterator[str]] | None = None
    _public: dict[str, Json] = field(default_factory=dict)
    _official: dict[str, Json] = field(default_factory=dict)

    def changed(self, changes: Changes) -> None:
        """Note what a record may have changed."""
        self._cars |= changes.cars
        for car in changes.cars:
            # A car's news moves its due time at the next control, and may show where it was missed.
            crew = self.scene.rally.crew_state(car)
            self._controls.update(crew.missed)
            if crew.next_control is not None:
                self._controls.add(crew.next_control)
        self._stages |= changes.stages
        self._controls |= changes.controls
        self._standings |= changes.standings

    def moved(self, cars: Iterable[str]) -> None:
        """Note cars whose position may have changed."""
        self._cars.update(cars)

    def project(self, now: Instant) -> dict[Audience, dict[str, Json]]:
        """Return the top-level parts of each audience's document that may differ from the last ones."""
        self._mark_some()
        touched = self._shared(now)
        public, official = dict(touched), dict(touched)
        self._splits(public)
        self._splits(official)
        if self._cars:
            self._project_cars(public, official, now)
        if self._controls:
            self._project_controls(public, official, now)
        around = self.surroundings()
        official["devices"] = plain(around.devices)
        official["links"] = plain(around.links)
        official["proposals"] = self._proposals()
        official["quarantine"] = {"count": around.refused_count, "latest": plain(around.refused)}
        official["notices"] = {**self._notices(), **plain(around.notices)}
        public["notices"] = self._notices()
        self._cars, self._stages, self._controls, self._standings = set(), set(), set(), False
        marshal = for_marshals(official) | {"notices": public["notices"]}
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
        self._cars.update(itertools.islice(cars, _CARS_A_TICK))
        self._controls.update(itertools.islice(controls, _CONTROLS_A_TICK))

    def _shared(self, now: Instant) -> dict[str, Json]:
        scene = self.scene
        parts: dict[str, Json] = {
            "rally": plain(rally_row(scene.event, now, simulated=self.simulated, speed=self.speed()))
        }
        if self._stages:
            for stage in _of(scene.event.itinerary.stages, self._stages):
                self._keep("stages", stage.id, plain(stage_row(scene, stage)))
                self._keep("results", stage.id, plain(result_rows(scene, stage)))
                self._keep("splits", stage.id, plain(split_rows(scene, stage)))
            parts["stages"] = dict(self._public["stages"])
            parts["results"] = _filled(self._public["results"])
        if self._standings or self._stages:
            parts["standings"] = {
                scope: plain(standing_rows(scene.rally, scope))
                for scope in board_scopes(scene.rally.scopes())
            }
        return parts

    def _splits(self, parts: dict[str, Json]) -> None:
        if self._stages:
            parts["splits"] = _filled(self._public["splits"])

    def _project_cars(self, public: dict[str, Json], official: dict[str, Json], now: Instant) -> None:
        for entry in _of(self.scene.event.entries.by_number, self._cars):
            number = entry.car_number
            self._keep("cars", number, plain(public_car(self.scene, entry, now)))
            self._official.setdefault("cars", {})[number] = plain(official_car(self.scene, entry))
        public["cars"] = dict(self._public["cars"])
        official["cars"] = dict(self._official["cars"])

    def _project_controls(self, public: dict[str, Json], official: dict[str, Json], now: Instant) -> None:
        event = self.scene.event
        for control in _of(event.itinerary.controls, self._controls):
            facts = control_facts(self.scene, control)
            row = plain(official_control(self.scene, control, facts, now))
            self._official.setdefault("controls", {})[control.id] = row
            if not hidden(event, control):
                self._keep("controls", control.id, plain(public_control(self.scene, control, facts, now)))
        public["controls"] = dict(self._public.get("controls", {}))
        official["controls"] = dict(self._official["controls"])

    def _proposals(self) -> Json:
        """How many proposals wait for an official, and how many of them stand beside an older value."""
        open_ = self.scene.rally.proposals()
        return {"count": len(open_), "stale": sum(1 for proposal in open_ if proposal.stale)}

    def _notices(self) -> Json:
        return {}

    def _keep(self, part: str, key: str, row: Json) -> None:
        self._public.setdefault(part, {})[key] = row


def _of(known: Mapping[str, _T], names: set[str]) -> list[_T]:
    """Return those of the names that are known, in the event's own order."""
    return [value for name, value in known.items() if name in names]


def _filled(rows: Json) -> Json:
    """Leave out stages for which there is nothing yet."""
    return {key: row for key, row in rows.items() if row}
