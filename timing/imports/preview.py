"""What would become of a list, before anything is written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from timing.folder_route import route_file
from timing.folder_text import Severity
from timing.imports.delimited import decode_text, read_delimited
from timing.imports.difference import Difference, carried_over, compare
from timing.imports.entries import entry_rows
from timing.imports.grid import Finding, ListKind, MisuseError, Sheet, UnreadableError
from timing.imports.header import Header, find_header, matches, parse_maps
from timing.imports.itinerary import itinerary_rows
from timing.imports.openrally import read_road_book, road_gpx
from timing.imports.rows import Gathered, ListRow, PassedOver
from timing.imports.target import FILES, LIST_COLUMNS, REQUIRED, Target, check_rows, table_text
from timing.imports.workbook import read_workbook

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_GPX = re.compile(rb"<(?:\w+:)?gpx[\s>]")
_BYTES_AT_MOST = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a person wants a file to be read; what is None or empty is found out from the file."""

    kind: ListKind | None = None
    sheet: str | None = None
    maps: tuple[str, ...] = ()
    leg: int = 1
    first_car: str = ""


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


def preview(raw: bytes, name: str, wish: Wish, target: Target) -> Preview:
    """Read a file as a list for an event folder.

    Args:
        raw: the file: delimited text, an XLSX workbook or OpenRally GPX, told apart by its content.
        name: what findings call it.
        wish: what the person said about it.
        target: the folder it is for.

    Raises:
        UnreadableError: the file is none of these.
        MisuseError: the wish cannot be: no such sheet or column.
    """
    if len(raw) > _BYTES_AT_MOST:
        raise UnreadableError(f"{name}: found {len(raw) // 1_000_000} MB, expected at most 50")
    if raw.startswith(_OLD_EXCEL):
        raise UnreadableError(f"{name}: found an old Excel file (.xls), expected it saved anew as .xlsx")
    if raw.startswith(_ZIP):
        return _from_sheets(*read_workbook(raw, name), name, wish, target)
    if _GPX.search(raw[:4096]) or name.lower().endswith(".gpx"):
        return _from_road_book(raw, name, wish, target)
    if wish.sheet is not None:
        raise MisuseError(f"found --sheet {wish.sheet!r} with a text file, expected it with a workbook only")

    def understood(sheet: Sheet) -> int:
        return max(matches(sheet, kind, _maps(wish, kind)) for kind in _kinds(wish))

    sheet, findings = read_delimited(raw, name, understood)
    return _from_sheets((sheet,), findings, name, wish, target)


def _kinds(wish: Wish) -> tuple[ListKind, ...]:
    return (wish.kind,) if wish.kind is not None else tuple(ListKind)


def _maps(wish: Wish, kind: ListKind) -> dict[str, str]:
    if wish.kind is not None:
        return parse_maps(wish.maps, kind)
    try:
        return parse_maps(wish.maps, kind)
    except MisuseError:
        # A column of the other kind of list: then this list is of that kind, unless neither has it.
        others = [other for other in ListKind if other is not kind]
        for other in others:
            parse_maps(wish.maps, other)
        return {}


def _from_sheets(
    sheets: Sequence[Sheet], findings: Sequence[Finding], name: str, wish: Wish, target: Target
) -> Preview:
    looked_at = [sheet for sheet in sheets if not sheet.hidden]
    if wish.sheet is not None:
        looked_at = [sheet for sheet in sheets if sheet.name == wish.sheet]
        if not looked_at:
            raise MisuseError(
                f"found --sheet {wish.sheet!r}, expected one of {', '.join(sheet.name for sheet in sheets)}"
            )
    tries = [(sheet, kind, _maps(wish, kind)) for sheet in looked_at for kind in _kinds(wish)]
    headed = [
        (header, sheet, kind)
        for sheet, kind, maps in tries
        if (header := find_header(sheet, kind, maps)) is not None
    ]
    if not headed:
        raise UnreadableError(
            f"{name}: found no row of column titles, expected titles such as "
            f"{' or '.join(', '.join(REQUIRED[kind]) for kind in _kinds(wish))} (see --map)"
        )
    header, sheet, kind = max(headed, key=lambda found: _fit(found[0], found[2]))
    gathered = (entry_rows if kind is ListKind.ENTRIES else itinerary_rows)(sheet, header)
    place = sheet.place(sheet.lines[header.index].number)
    gathered.findings[:0] = [*findings, *_header_findings(header, kind, place)]
    source = f"{name}, sheet {sheet.name}" if sheet.name != name else name
    return _finished(
        source,
        tuple(f"{other.name}{' (hidden)' if other.hidden else ''}" for other in sheets if other is not sheet),
        kind,
        tuple((header.titles[column], ours) for column, ours in header.columns.items()),
        (*header.left_over, *_untitled(sheet, header)),
        gathered,
        target,
    )


def _fit(header: Header, kind: ListKind) -> tuple[int, int]:
    found = set(header.columns.values())
    if kind is ListKind.ENTRIES and found & {"driver_first", "driver_last", "crew"}:
        found.add("driver")
    return sum(column in found for column in REQUIRED[kind]), len(header.columns)


def _untitled(sheet: Sheet, header: Header) -> list[str]:
    """Name the columns that hold something and have no title."""
    titled = {place for place, title in enumerate(header.titles) if title}
    filled = {
        place
        for line in sheet.lines[header.index + 1 :]
        for place, cell in enumerate(line.cells[: len(header.titles)])
        if cell not in (None, "")
    }
    return [f"column {place + 1}, which has no title" for place in sorted(filled - titled)]


def _header_findings(header: Header, kind: ListKind, place: str) -> list[Finding]:
    found = [
        Finding(
            place,
            f"the title {title!r} for a column that another has",
            "--map, if this is the one",
            Severity.WARNING,
        )
        for title in header.unsure
    ]
    missing = set(REQUIRED[kind]) - set(header.columns.values())
    if set(header.columns.values()) & {"driver_first", "driver_last", "crew"}:
        missing.discard("driver")
    missing -= {"leg", "kind"}  # the lines themselves may tell
    found += [
        Finding(place, f"no column that means {column}", f'a title for it, or --map "Their column={column}"')
        for column in sorted(missing)
    ]
    return found


def _from_road_book(raw: bytes, name: str, wish: Wish, target: Target) -> Preview:
    if wish.kind is ListKind.ENTRIES or wish.sheet is not None or wish.maps:
        raise MisuseError(f"found a GPX file ({name}), expected a table with --as entries, --sheet or --map")
    text, findings = decode_text(raw, name)
    before = target.tables[ListKind.ITINERARY].rows
    others = [row for row in before if row.get("leg") != str(wish.leg)]
    taken = frozenset(row.get("control", "") for row in others)
    book = read_road_book(text, name, wish.leg, taken)
    rows = list(book.rows)
    if rows and wish.first_car:
        rows[0] = ListRow(rows[0].place, {**rows[0].cells, "first_car": wish.first_car})
    gathered = Gathered(rows=rows, findings=[*findings, *book.findings])
    road = {route_file(wish.leg): road_gpx(wish.leg, book.road)} if book.road else {}
    used = sorted({(row.cells["kind"]) for row in rows})
    return _finished(
        f"{name}, {book.waypoints} waypoints, {len(book.road)} points of the road",
        (),
        ListKind.ITINERARY,
        tuple((f"waypoints of kind {kind}", "controls") for kind in used),
        tuple(f"{element} ({count} times)" for element, count in book.left_over.items()),
        gathered,
        target,
        leg=wish.leg,
        files=road,
    )


def _finished(
    source: str,
    sheets: tuple[str, ...],
    kind: ListKind,
    understood: tuple[tuple[str, str], ...],
    left_over: tuple[str, ...],
    gathered: Gathered,
    target: Target,
    *,
    leg: int | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Preview:
    table = target.tables[kind]
    before = [row for row in table.rows if leg is None or row.get("leg") == str(leg)]
    fresh = [row.cells for row in gathered.rows]
    after, kept = carried_over(kind, before, fresh, by_name=leg is not None)
    places = [row.place for row in gathered.rows]
    difference = compare(kind, before, after)
    findings = gathered.findings
    if not after:
        findings.append(Finding(source, "no row", "a row under the titles"))
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
    if after and not _lacks_a_column(findings):
        for index, problem in check_rows(kind, columns, after, target):
            place = places[index] if index is not None else source
            findings.append(Finding(place, problem.found, problem.expected, problem.severity))
    findings += [Finding(str(p.file), p.found, f"{p.expected}", Severity.WARNING) for p in target.problems]
    return Preview(
        source=source,
        sheets=sheets,
        kind=kind,
        understood=understood,
        left_over=left_over,
        passed_over=tuple(gathered.passed),
        findings=tuple(dict.fromkeys(findings)),
        columns=columns,
        rows=tuple(after),
        places=tuple(places),
        difference=difference,
        kept=kept,
        files={FILES[kind]: table_text(columns, after).encode(), **(files or {})},
    )


def _lacks_a_column(findings: Sequence[Finding]) -> bool:
    return any(finding.found.startswith("no column that means") for finding in findings)


def _leg(row: Mapping[str, str]) -> int:
    text = row.get("leg", "")
    return int(text) if text.isdecimal() else 0
