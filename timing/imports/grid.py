"""A table as it came, before anybody said what its columns mean."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from timing.core.instant import Duration
from timing.folder_text import Severity


class ListKind(StrEnum):
    """What a list becomes in the event folder."""

    ENTRIES = "entries"
    ITINERARY = "itinerary"


class MisuseError(ValueError):
    """The command was given something that cannot be: no such sheet, no such column of ours."""


class UnreadableError(ValueError):
    """The file is nothing that can be read as a list; the text says what it is and what would do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a list. `place` is `file:line`, `sheet!row` or a waypoint of a road book."""

    place: str
    found: str
    expected: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Return `place: found …, expected …`, with a mark on warnings."""
        mark = "warning: " if self.severity is Severity.WARNING else ""
        return f"{self.place}: {mark}found {self.found}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Clock:
    """A time cell: µs since midnight or a span; hours may pass 24. `seconds_shown` is its format's."""

    value: Duration
    seconds_shown: bool = True


@dataclass(frozen=True, slots=True)
class Moment:
    """A date cell, with a time of day (µs since midnight) where it has one."""

    day: dt.date
    clock: Duration = 0


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell without a value: an error of the spreadsheet, or a formula that was never computed."""

    what: str


Cell: TypeAlias = str | Decimal | Clock | Moment | Broken | None


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the file or sheet, from 1, and its cells."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def filled(self) -> tuple[Cell, ...]:
        """The cells that hold something."""
        return tuple(cell for cell in self.cells if cell is not None and cell != "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table: a text file, or a sheet of a workbook. `mark` stands between its name and a row."""

    name: str
    lines: tuple[Line, ...]
    mark: str = ":"
    hidden: bool = False

    def place(self, number: int) -> str:
        """Return how a person finds a row: `list.csv:17` or `Entries!17`."""
        return f"{self.name}{self.mark}{number}"
