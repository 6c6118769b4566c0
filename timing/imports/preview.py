"""From a file of any kind to a preview: which kind it is, which sheet, which titles."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from timing.folder_route import route_file
from timing.folder_text import Severity
from timing.imports.delimited import decode_text, read_delimited
from timing.imports.entries import entry_rows
from timing.imports.finish import Preview, Understood, finish, missing_column
from timing.imports.grid import Finding, ListKind, MisuseError, Sheet, UnreadableError
from timing.imports.header import Header, find_header, matches, parse_maps
from timing.imports.itinerary import itinerary_rows
from timing.imports.openrally import CONTROLS, read_road_book, road_gpx
from timing.imports.rows import Gathered, ListRow
from timing.imports.target import REQUIRED, Target
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
    read = Understood(
        source=source,
        sheets=tuple(_named(other) for other in sheets if other is not sheet),
        kind=kind,
        columns=tuple((header.titles[column], ours) for column, ours in header.columns.items()),
        left_over=(*header.left_over, *_untitled(sheet, header)),
        gathered=gathered,
    )
    return finish(read, target)


def _named(sheet: Sheet) -> str:
    return f"{sheet.name} (hidden)" if sheet.hidden else sheet.name


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
    found += [missing_column(place, column) for column in sorted(missing)]
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
    read = Understood(
        source=f"{name}, {book.waypoints} waypoints, {len(book.road)} points of the road",
        kind=ListKind.ITINERARY,
        columns=tuple(
            (f"{element} ({count} times)", CONTROLS[element].value) for element, count in book.mapped.items()
        ),
        left_over=tuple(f"{element} ({count} times)" for element, count in book.left_over.items()),
        gathered=gathered,
        leg=wish.leg,
        files=road,
    )
    return finish(read, target)
