"""An event folder on disk becomes an `Event`, or a list of every problem in it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import HOUR
from timing.core.itinerary import Control, ControlKind, Itinerary, StageKind
from timing.core.preset import Unit
from timing.folder_cells import Calendar
from timing.folder_devices import check_shared_lines, read_devices
from timing.folder_entries import ENTRIES_FILE, StartRule, read_entries
from timing.folder_itinerary import ITINERARY_FILE, first_clock, read_itinerary
from timing.folder_rally import RALLY_FILE, RallyFile, rally_time, read_rally
from timing.folder_route import Point, read_route, route_file
from timing.folder_text import Problem, Problems, Severity, read_text

#: Averages in regularity stay below this on open roads (30 mph in Britain, 50 km/h in Italy).
_OPEN_ROAD_AVERAGE_KMH = 50
#: A control further than this from its leg's line is likely on the wrong leg or mistyped.
_FAR_FROM_ROUTE_M = 2_000.0
_M_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """An event, or None when an error keeps it from running; and every problem found."""

    event: Event | None
    problems: tuple[Problem, ...]


def load_event(folder: Path, decoders: Iterable[str] = ()) -> Loaded:
    """Read an event folder: rally.toml, entries.csv, itinerary.csv and route/leg-N.gpx.

    Args:
        folder: the event folder.
        decoders: the decoder names that devices may use; any name when empty.

    Returns:
        The event with all problems, sorted by file and line; warnings do not keep it from running.
    """
    if not folder.is_dir():
        place = str(folder)
        return Loaded(None, (Problem(place, 1, "no such folder", "an event folder"),))
    notes = {name: Problems(name) for name in (RALLY_FILE, ENTRIES_FILE, ITINERARY_FILE)}
    texts = {name: read_text(folder, name, problems) for name, problems in notes.items()}
    rally_text = texts[RALLY_FILE]
    rally = read_rally(rally_text, notes[RALLY_FILE]) if rally_text is not None else None
    event = _assemble(folder, rally, texts, notes) if rally is not None else None
    if rally is not None and event is not None:
        event = _with_devices(event, rally, notes[RALLY_FILE], decoders)
    found = sorted({problem for note in notes.values() for problem in note.found})
    if any(problem.severity is Severity.ERROR for problem in found):
        event = None
    return Loaded(event, tuple(found))


def _assemble(
    folder: Path,
    rally: RallyFile,
    texts: Mapping[str, str | None],
    notes: dict[str, Problems],
) -> Event:
    itinerary_text = texts[ITINERARY_FILE] or ""
    clock = first_clock(itinerary_text, notes[ITINERARY_FILE])
    time = rally_time(rally.timezone, rally.first_day, clock if clock is not None else 8 * HOUR)
    calendar = Calendar(time, rally.legs, rally.first_day)
    itinerary = Itinerary(legs={}, controls={}, stages={})
    lines: dict[str, int] = {}
    if texts[ITINERARY_FILE] is not None:
        itinerary, lines = read_itinerary(
            itinerary_text, calendar, notes[ITINERARY_FILE], rally.preset.test_resolution
        )
    entries = EntryList({})
    entries_text = texts[ENTRIES_FILE]
    if entries_text is not None:
        rule = StartRule(clock if clock is not None else 8 * HOUR, rally.preset.start_interval)
        entries = read_entries(entries_text, rally.classes, rule, notes[ENTRIES_FILE])
    routes = _routes(folder, itinerary, notes)
    _check_itinerary(rally, itinerary, routes, lines, notes[ITINERARY_FILE])
    return Event(
        id=rally.id,
        name=rally.name,
        edition=rally.edition,
        first_day=rally.first_day,
        timezone=rally.timezone,
        time=time,
        preset=rally.preset,
        timekeeper=rally.timekeeper,
        timekeeper_line=rally.timekeeper_line,
        notice=rally.notice,
        classes=rally.classes,
        public=rally.public,
        bulletins=rally.bulletins,
        team_rule=rally.team_rule,
        entries=entries,
        itinerary=itinerary,
        routes=routes,
    )


def _with_devices(event: Event, rally: RallyFile, problems: Problems, decoders: Iterable[str]) -> Event:
    devices = read_devices(
        rally.devices, event.itinerary.controls, event.entries.by_number, event.time, decoders
    )
    check_shared_lines(devices, rally.devices[0] if rally.devices else None)
    for bulletin in rally.bulletins:
        if bulletin.effective_from and bulletin.effective_from not in event.itinerary.controls:
            problems.error(1, f"effective_from = {bulletin.effective_from!r}", "a control of itinerary.csv")
    return replace(event, devices=devices)


def _routes(folder: Path, itinerary: Itinerary, notes: dict[str, Problems]) -> dict[int, tuple[Point, ...]]:
    routes: dict[int, tuple[Point, ...]] = {}
    for leg in itinerary.legs:
        name = route_file(leg)
        problems = notes.setdefault(name, Problems(name))
        if not (folder / name).exists():
            problems.warn(1, "no such file", f"the road of leg {leg} (cars cannot be placed without it)")
            continue
        text = read_text(folder, name, problems)
        points = read_route(text, problems) if text is not None else ()
        if points:
            routes[leg] = points
    return routes


def _check_itinerary(
    rally: RallyFile,
    itinerary: Itinerary,
    routes: Mapping[int, tuple[Point, ...]],
    lines: Mapping[str, int],
    problems: Problems,
) -> None:
    lines_of = {leg: np.array(points) for leg, points in routes.items()}
    for control in itinerary.controls.values():
        route = lines_of.get(control.leg)
        if route is not None and control.lat is not None and control.lon is not None:
            off = _nearest_m(control.lat, control.lon, route)
            if off > _FAR_FROM_ROUTE_M:
                problems.warn(
                    lines[control.id],
                    f"{control.id} {off / 1000:.1f} km from the road of leg {control.leg}",
                    "a place on the road",
                )
        fast = control.kind is ControlKind.AVG_TRIAL and control.average is not None
        if fast and control.average is not None and control.average > _OPEN_ROAD_AVERAGE_KMH:
            _warn_fast(control, float(control.average), lines, problems)
    for stage in itinerary.stages.values():
        start, finish = itinerary.controls[stage.start], itinerary.controls[stage.finish]
        if stage.kind is StageKind.REG_TEST and stage.target and None not in (start.metres, finish.metres):
            metres = (finish.metres or 0) - (start.metres or 0)
            average = metres * 3.6 / (stage.target / 1_000_000)
            if average > _OPEN_ROAD_AVERAGE_KMH:
                _warn_fast(finish, average, lines, problems)
    kinds = {stage.kind for stage in itinerary.stages.values()}
    if rally.preset.unit is Unit.SECONDS and kinds and StageKind.SS not in kinds:
        problems.warn(1, "no special stage", f"special stages under the preset {rally.preset.name}")
    if rally.preset.unit is Unit.POINTS and StageKind.SS in kinds:
        problems.warn(1, "special stages", f"regularity tests under the preset {rally.preset.name}")


def _warn_fast(control: Control, average: float, lines: Mapping[str, int], problems: Problems) -> None:
    problems.warn(
        lines[control.id],
        f"an average of {average:.1f} km/h at {control.id}",
        f"at most {_OPEN_ROAD_AVERAGE_KMH} km/h on open roads",
    )


def _nearest_m(lat: float, lon: float, route: np.ndarray) -> float:
    """Return the distance (m) to the nearest segment of a route, flat-earth near the point.

    `route` has the shape (n, 2): latitude and longitude in degrees.
    """
    scale = np.array((_M_PER_DEGREE, math.cos(math.radians(lat)) * _M_PER_DEGREE))
    points = (route - (lat, lon)) * scale
    begin, step = points[:-1], np.diff(points, axis=0)
    length = np.maximum((step * step).sum(axis=1), 1e-9)
    along = np.clip(-(begin * step).sum(axis=1) / length, 0.0, 1.0)
    nearest = begin + step * along[:, None]
    return float(np.hypot(nearest[:, 0], nearest[:, 1]).min())
