"""The event folder that a list goes into: what is there, and what its own loader says to the new rows."""

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from timing.core.instant import HOUR, MINUTE, SECOND, Duration
from timing.folder_cells import Calendar, LegDay
from timing.folder_entries import ENTRIES_FILE, ENTRY_COLUMNS, StartRule, read_entries
from timing.folder_itinerary import ITINERARY_COLUMNS, ITINERARY_FILE, first_clock, read_itinerary
from timing.folder_rally import RALLY_FILE, rally_time, read_rally
from timing.folder_text import Problem, Problems, read_table, read_text
from timing.imports.grid import ListKind

FILES: Mapping[ListKind, str] = {ListKind.ENTRIES: ENTRIES_FILE, ListKind.ITINERARY: ITINERARY_FILE}
LIST_COLUMNS: Mapping[ListKind, tuple[str, ...]] = {
    ListKind.ENTRIES: ENTRY_COLUMNS,
    ListKind.ITINERARY: ITINERARY_COLUMNS,
}
REQUIRED: Mapping[ListKind, tuple[str, ...]] = {
    ListKind.ENTRIES: ("car_number", "driver"),
    ListKind.ITINERARY: ("leg", "control", "kind"),
}
_DEFAULT_CLOCK = 8 * HOUR


@dataclass(frozen=True, slots=True)
class Table:
    """A list of the folder as it is: its columns in the file's order, and its rows as texts."""

    columns: tuple[str, ...] = ()
    rows: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What of an event folder matters to a list: the lists there are, and the rally they belong to."""

    tables: Mapping[ListKind, Table]
    first_car: Duration = _DEFAULT_CLOCK
    classes: tuple[str, ...] = ()
    interval: Duration = MINUTE
    resolution: Duration = SECOND
    timezone: str = "UTC"
    first_day: dt.date = dt.date(2000, 1, 1)
    days: Mapping[int, LegDay]
    problems: tuple[Problem, ...] = ()
    """Why rally.toml could not be gone by."""


def read_target(folder: Path) -> Target:
    """Read what an event folder has. A missing list is an empty one; a faulty rally.toml is noted."""
    problems = Problems(RALLY_FILE)
    text = read_text(folder, RALLY_FILE, problems)
    rally = read_rally(text, problems) if text is not None else None
    tables = {kind: read_list(folder, kind)[0] for kind in ListKind}
    itinerary = tables[ListKind.ITINERARY]
    clock = first_clock(table_text(itinerary.columns, itinerary.rows), Problems(ITINERARY_FILE))
    if rally is None:
        return Target(tables=tables, days={}, problems=tuple(problems.found))
    return Target(
        tables=tables,
        first_car=clock if clock is not None else _DEFAULT_CLOCK,
        classes=tuple(rally.classes),
        interval=rally.preset.start_interval,
        resolution=rally.preset.test_resolution,
        timezone=rally.timezone,
        first_day=rally.first_day,
        days=rally.legs,
        problems=tuple(problems.found),
    )


def read_list(folder: Path, kind: ListKind) -> tuple[Table, tuple[Problem, ...]]:
    """Read a list of the folder as texts, with what is wrong with its form; no file is an empty list."""
    problems = Problems(FILES[kind])
    if not (folder / FILES[kind]).exists():
        return Table(), ()
    text = read_text(folder, FILES[kind], problems)
    if text is None:
        return Table(), tuple(problems.found)
    rows = read_table(text, LIST_COLUMNS[kind], REQUIRED[kind], problems)
    columns = tuple(dict.fromkeys(column for row in rows for column in row.cells))
    return Table(columns, tuple(dict(row.cells) for row in rows)), tuple(problems.found)


def check_rows(
    kind: ListKind, columns: Sequence[str], rows: Sequence[Mapping[str, str]], target: Target
) -> tuple[tuple[int | None, Problem], ...]:
    """Return what the event folder's own loader says to the rows, each with the row's index.

    The index is None where the loader speaks of the whole list.
    """
    text = table_text(columns, rows)
    problems = Problems(FILES[kind])
    if kind is ListKind.ENTRIES:
        read_entries(text, target.classes, StartRule(target.first_car, target.interval), problems)
    else:
        clock = first_clock(text, Problems(FILES[kind]))
        time = rally_time(target.timezone, target.first_day, clock if clock is not None else _DEFAULT_CLOCK)
        calendar = Calendar(time, target.days, target.first_day)
        read_itinerary(text, calendar, problems, lambda _: target.resolution)
    index_of: dict[int, int] = {}
    line = 2
    for index, row in enumerate(rows):
        for _ in io.StringIO(_text([[row.get(column, "") for column in columns]]), newline=""):
            index_of[line] = index
            line += 1
    return tuple((index_of.get(problem.line), problem) for problem in problems.found)


def table_text(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Return the CSV text of a list as the event folder has it."""
    return _text([list(columns), *([row.get(column, "") for column in columns] for row in rows)])


def _text(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    for row in rows:
        line = io.StringIO(newline="")
        # The writer quotes what holds a sign of its line end: with a bare \n it would leave a \r unquoted.
        csv.writer(line, lineterminator="\r\n").writerow(row)
        out.write(line.getvalue().removesuffix("\r\n") + "\n")
    return out.getvalue()
