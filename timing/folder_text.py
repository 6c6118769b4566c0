"""Reading an organizer's text files so that every problem names its place.

An event folder is written in a spreadsheet and an editor, by people in a hurry. So nothing stops
at the first fault: each is collected as a `Problem` with file, line, what was found and what was
expected.
"""

import csv
import difflib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """Whether the event can be run with the problem."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of an event folder. `file` is relative to the folder; `line` counts from 1."""

    file: str
    line: int
    found: str
    expected: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Return `file:line: found …, expected …`, with a mark on warnings."""
        mark = "warning: " if self.severity is Severity.WARNING else ""
        return f"{self.file}:{self.line}: {mark}found {self.found}, expected {self.expected}"


@dataclass(slots=True)
class Problems:
    """Collects the problems of one file."""

    file: str
    found: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> bool:
        """Whether anything found keeps the event from running."""
        return any(problem.severity is Severity.ERROR for problem in self.found)

    def error(self, line: int, found: str, expected: str) -> None:
        """Note a fault that keeps the event from running."""
        self.found.append(Problem(self.file, line, found, expected))

    def warn(self, line: int, found: str, expected: str) -> None:
        """Note something that a person should look at before the start."""
        self.found.append(Problem(self.file, line, found, expected, Severity.WARNING))


@dataclass(frozen=True, slots=True)
class Row:
    """One data line of a CSV table: its line in the file and its trimmed cells by column name."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the cell of a column, empty where the table has no such column."""
        return self.cells.get(column, "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean X?)` for a near miss of a known word, else an empty text."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def read_text(folder: Path, name: str, problems: Problems) -> str | None:
    """Read a UTF-8 text file of the folder, with or without a byte order mark.

    Returns None, with the problem noted, when the file is missing, unreadable or not UTF-8.
    """
    path = folder / name
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        problems.error(1, "no such file", f"a file {name} in the event folder")
        return None
    except OSError as error:
        problems.error(1, f"a file that cannot be read ({error.strerror})", "a readable file")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.error(
            line, f"the byte 0x{raw[error.start]:02x}, which is not UTF-8", "a file saved as UTF-8 text"
        )
        return None


def read_table(
    text: str, columns: tuple[str, ...], required: tuple[str, ...], problems: Problems
) -> tuple[Row, ...]:
    """Read a CSV table with a header line; commas, semicolons (spreadsheets of Europe) or tabs.

    Unknown and missing columns are problems; empty lines are passed over; a line with more cells
    than the header is a problem (an unquoted separator inside a name).
    """
    if not text.strip():
        problems.error(1, "an empty file", f"a header line {','.join(columns)}")
        return ()
    first = text.lstrip("\r\n").splitlines()[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header: list[str] = []
    rows: list[Row] = []
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = [cell.strip().lower() for cell in cells]
                _check_header(header, columns, required, line, problems)
                continue
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                problems.error(
                    line,
                    f"{len(cells)} cells",
                    f"{len(header)} as in the header (put a text that holds {separator!r} in quotes)",
                )
            rows.append(Row(line, {k: v.strip() for k, v in zip(header, cells, strict=False)}))
    except csv.Error as error:
        problems.error(reader.line_num, f"a broken line ({error})", "cells in matching quotes")
    return tuple(rows)


def _check_header(
    header: list[str], columns: tuple[str, ...], required: tuple[str, ...], line: int, problems: Problems
) -> None:
    for name in header:
        if name not in columns:
            known = ", ".join(columns)
            problems.error(line, f"a column {name!r}{did_you_mean(name, columns)}", f"one of {known}")
        elif header.count(name) > 1:
            problems.error(line, f"the column {name!r} twice", "each column once")
    for name in required:
        if name not in header:
            problems.error(line, f"no column {name!r}", f"the columns {', '.join(required)}")
