"""From the lines under the titles to rows of ours; what is no row is named, never dropped in silence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from timing.folder_text import Severity
from timing.imports.cells import cell_text, shown
from timing.imports.grid import Cell, Finding, Line, Sheet
from timing.imports.header import Header


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of ours: where it stood, and its texts by our columns."""

    place: str
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A line that became no row: its place, what stands there, and why."""

    place: str
    text: str
    why: str


@dataclass(slots=True)
class Gathered:
    """What was made of the lines so far."""

    rows: list[ListRow] = field(default_factory=list)
    passed: list[PassedOver] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def error(self, place: str, found: str, expected: str) -> None:
        """Note a fault that keeps the list from being written."""
        self.findings.append(Finding(place, found, expected))

    def warn(self, place: str, found: str, expected: str) -> None:
        """Note something a person should look at."""
        self.findings.append(Finding(place, found, expected, Severity.WARNING))

    def leave(self, place: str, line: Line, why: str) -> None:
        """Note a line that is no row."""
        text = " ".join(" ".join(shown(cell).split()) for cell in line.filled)
        self.passed.append(PassedOver(place, text[:80], why))


def is_title_again(line: Line, header: Header) -> bool:
    """Whether a line repeats the column titles, as lists printed page by page do."""
    return [shown(cell).strip() for cell in line.filled] == [title for title in header.titles if title]


def raw_cells(line: Line, header: Header) -> dict[str, Cell]:
    """Return a line's cells by our columns."""
    return {
        ours: line.cells[place] if place < len(line.cells) else None for place, ours in header.columns.items()
    }


def texts(cells: Mapping[str, Cell], place: str, into: Gathered, *, span: bool = False) -> dict[str, str]:
    """Return the texts of a row's cells; a cell that fits no text of its column is noted and empty.

    `span` is for the column `target` of a line that is no time control.
    """
    found: dict[str, str] = {}
    for column, cell in cells.items():
        try:
            found[column] = cell_text(column, cell, span=span and column == "target")
        except ValueError as error:
            what, _, expected = str(error).partition("\t")
            into.error(place, f"{what} as {column}", expected)
            found[column] = ""
    return found


def overlong(sheet: Sheet, line: Line, header: Header, into: Gathered) -> None:
    """Note cells to the right of the last title: an unquoted separator inside a name shifts a whole line."""
    beyond = [shown(cell) for cell in line.cells[len(header.titles) :] if cell not in (None, "")]
    if beyond:
        into.error(
            sheet.place(line.number),
            f"{' '.join(beyond)[:40]!r} behind the last column",
            f"{len(header.titles)} cells as in the titles (a text that holds the separator stands in quotes)",
        )
