"""An event folder on disk becomes an `Event`, or a list of every problem in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import HOUR
from timing.core.itinerary import Itinerary
from timing.core.preset import Preset
from timing.folder_bulletins import resolution_changes, rules_from
from timing.folder_cells import Calendar
from timing.folder_checks import check_road
from timing.folder_devices import check_assignments, read_devices
from timing.folder_entries import ENTRIES_FILE, StartRule, read_entries
from timing.folder_itinerary import ITINERARY_FILE, first_clock, read_itinerary
from timing.folder_rally import RALLY_FILE, RallyFile, rally_time, read_rally
from timing.folder_route import Point, read_route, route_file
from timing.folder_rule_checks import Places, check_rules
from timing.folder_score_table import score_table_reader
from timing.folder_text import Problem, Problems, Severity, read_text
from timing.presets.tables import TableFile


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
    table_file = score_table_reader(partial(_open, folder, notes))
    rally = read_rally(rally_text, notes[RALLY_FILE], table_file) if rally_text is not None else None
    event = _assemble(folder, rally, texts, notes, table_file) if rally is not None else None
    if rally is not None and event is not None:
        event = _with_devices(event, rally, decoders)
    found = sorted({problem for note in notes.values() for problem in note.found})
    if any(problem.severity is Severity.ERROR for problem in found):
        event = None
    return Loaded(event, tuple(found))


def _assemble(
    folder: Path,
    rally: RallyFile,
    texts: Mapping[str, str | None],
    notes: dict[str, Problems],
    table_file: TableFile,
) -> Event:
    itinerary_text = texts[ITINERARY_FILE] or ""
    clock = first_clock(itinerary_text, notes[ITINERARY_FILE])
    time = rally_time(rally.timezone, rally.first_day, clock if clock is not None else 8 * HOUR)
    calendar = Calendar(time, rally.legs, rally.first_day)
    itinerary = Itinerary(legs={}, controls={}, stages={})
    lines: dict[str, int] = {}
    regulations: tuple[tuple[int, Preset], ...] = ()
    if texts[ITINERARY_FILE] is not None:
        read = partial(read_itinerary, itinerary_text, calendar)
        if resolution_changes(rally.bulletins):
            # Where a bulletin takes effect is known from the road; ideal times are rounded as it says.
            road, _ = read(Problems(ITINERARY_FILE))
            regulations = rules_from(rally.bulletins, rally.rules, road, table_file)
        itinerary, lines = read(
            notes[ITINERARY_FILE], lambda order: _rules_at(order, rally.preset, regulations).test_resolution
        )
        if not resolution_changes(rally.bulletins):
            regulations = rules_from(rally.bulletins, rally.rules, itinerary, table_file)
    entries = EntryList({})
    entries_text = texts[ENTRIES_FILE]
    if entries_text is not None:
        rule = StartRule(clock if clock is not None else 8 * HOUR, rally.preset.start_interval)
        entries = read_entries(entries_text, rally.classes, rule, notes[ENTRIES_FILE])
    routes = _routes(folder, itinerary, notes)
    check_road(
        itinerary,
        routes,
        lines,
        notes[ITINERARY_FILE],
        lambda order: _rules_at(order, rally.preset, regulations),
    )
    places = Places(notes[RALLY_FILE], notes[ITINERARY_FILE], notes[ENTRIES_FILE], lines)
    check_rules(rally.rules, itinerary, entries, places)
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
        bulletins=tuple(item.bulletin for item in rally.bulletins),
        rules_from=regulations,
        team_rule=rally.team_rule,
        entries=entries,
        itinerary=itinerary,
        routes=routes,
    )


def _rules_at(order: int, preset: Preset, regulations: Sequence[tuple[int, Preset]]) -> Preset:
    return next((changed for first, changed in reversed(regulations) if order >= first), preset)


def _with_devices(event: Event, rally: RallyFile, decoders: Iterable[str]) -> Event:
    devices = read_devices(
        rally.devices, event.itinerary.controls, event.entries.by_number, event.time, decoders
    )
    event = replace(event, devices=devices)
    check_assignments(event, rally.devices[0] if rally.devices else None)
    return event


def _open(folder: Path, notes: dict[str, Problems], name: str) -> tuple[str | None, Problems]:
    """Read a further file that rally.toml names, with problems of its own."""
    problems = notes.setdefault(name, Problems(name))
    return read_text(folder, name, problems), problems


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
