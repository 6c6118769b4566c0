"""The last step of every kind of import: what would become of a list, before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from timing.folder_text import Severity
from timing.imports.difference import Difference, carried_over, compare
from timing.imports.grid import Finding, ListKind
from timing.imports.rows import Gathered, PassedOver
from timing.imports.target import FILES, LIST_COLUMNS, REQUIRED, Target, check_rows, table_text

_MISSING = "no column that means"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A list that has been read: what its titles mean, and its rows.

    `leg` is set where the list is of that leg of the itinerary only; `files` are further files of the folder
    that come with it.
    """

    source: str
    sheets: tuple[str, ...] = ()
    kind: ListKind
    columns: tuple[tuple[str, str], ...]
    left_over: tuple[str, ...]
    gathered: Gathered
    leg: int | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A list understood, not yet written.

    `understood` pairs their titles with our columns; `rows` are the new list, `kept` the columns whose texts
    were taken over from the list there was; `files` holds what would be written, by name in the folder.
    """

    source: str
    sheets: tuple[str, ...]
    kind: ListKind
    understood: tuple[tuple[str, str], ...]
    left_over: tuple[str, ...]
    passed_over: tuple[PassedOver, ...]
    findings: tuple[Finding, ...]
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    places: tuple[str, ...]
    difference: Difference
    kept: tuple[str, ...]
    files: Mapping[str, bytes]

    @property
    def sound(self) -> bool:
        """Whether nothing found keeps the list from being written."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def missing_column(place: str, column: str) -> Finding:
    """Return the finding that no title of the list means a column which every row must have."""
    return Finding(place, f"{_MISSING} {column}", f'a title for it, or --map "Their column={column}"')


def finish(read: Understood, target: Target) -> Preview:
    """Compare what was read with the folder's own list, and have the folder's own loader check it."""
    table, kind, leg = target.tables[read.kind], read.kind, read.leg
    before = [row for row in table.rows if leg is None or row.get("leg") == str(leg)]
    fresh = [row.cells for row in read.gathered.rows]
    after, kept = carried_over(kind, before, fresh)
    places = [row.place for row in read.gathered.rows]
    difference = compare(kind, before, after)
    findings = list(read.gathered.findings)
    if not after:
        findings.append(Finding(read.source, "no row", "a row under the titles"))
    if leg is not None:
        # A road book is one leg's: the other legs stay as they are, in their order.
        ahead = [dict(row) for row in table.rows if _leg(row) < leg]
        behind = [dict(row) for row in table.rows if _leg(row) > leg]
        after = [*ahead, *after, *behind]
        places = [*(FILES[kind] for _ in ahead), *places, *(FILES[kind] for _ in behind)]
    columns = tuple(
        column
        for column in LIST_COLUMNS[kind]
        if column in REQUIRED[kind] or column in table.columns or any(column in row for row in after)
    )
    if after and not any(finding.found.startswith(_MISSING) for finding in findings):
        for index, problem in check_rows(kind, columns, after, target):
            place = places[index] if index is not None else read.source
            findings.append(Finding(place, problem.found, problem.expected, problem.severity))
    findings += [Finding(p.file, p.found, p.expected, Severity.WARNING) for p in target.problems]
    return Preview(
        source=read.source,
        sheets=read.sheets,
        kind=kind,
        understood=read.columns,
        left_over=read.left_over,
        passed_over=tuple(read.gathered.passed),
        findings=tuple(dict.fromkeys(findings)),
        columns=columns,
        rows=tuple(after),
        places=tuple(places),
        difference=difference,
        kept=kept,
        files={FILES[kind]: table_text(columns, after).encode(), **read.files},
    )


def _leg(row: Mapping[str, str]) -> int:
    text = row.get("leg", "")
    return int(text) if text.isdecimal() else 0
