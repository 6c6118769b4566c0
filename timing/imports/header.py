"""Where a list's column titles stand, and what each of its columns is."""

from collections.abc import Mapping
from dataclasses import dataclass

from timing.folder_entries import ENTRY_COLUMNS
from timing.folder_itinerary import ITINERARY_COLUMNS
from timing.folder_text import did_you_mean
from timing.imports.cells import shown
from timing.imports.columns import (
    ENTRY_PARTS,
    ENTRY_WORDS,
    ITINERARY_WORDS,
    meaning,
    normal,
    words_for,
)
from timing.imports.grid import Line, ListKind, MisuseError, Sheet

#: Titles, logos and addresses stand above a list, but not more than this many rows of them.
_LOOKED_AT = 60
#: Fewer understood titles than this is a coincidence, such as a "Start" in a letterhead.
_TITLES_AT_LEAST = 2

COLUMNS: Mapping[ListKind, tuple[str, ...]] = {
    ListKind.ENTRIES: (*ENTRY_COLUMNS, *ENTRY_PARTS),
    ListKind.ITINERARY: ITINERARY_COLUMNS,
}
_KNOWN = {
    ListKind.ENTRIES: words_for(COLUMNS[ListKind.ENTRIES], ENTRY_WORDS),
    ListKind.ITINERARY: words_for(COLUMNS[ListKind.ITINERARY], ITINERARY_WORDS),
}
#: What --map writes for "leave this column out".
LEFT_OUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The row of titles: its index in the sheet, our column by place, and the titles left over."""

    index: int
    columns: Mapping[int, str]
    titles: tuple[str, ...]
    left_over: tuple[str, ...]
    unsure: tuple[str, ...]
    """Titles that mean a column which another title has taken."""


def parse_maps(maps: tuple[str, ...], kind: ListKind) -> dict[str, str]:
    """Read `Their column=ours` (or `=-`, leave it out) into our column by normal title.

    Raises:
        MisuseError: no `=` in one, or a column that is none of ours.
    """
    found: dict[str, str] = {}
    for text in maps:
        title, sign, ours = text.rpartition("=")
        ours = ours.strip()
        if not sign or not normal(title):
            raise MisuseError(f'found --map {text!r}, expected "Their column=ours"')
        if ours != LEFT_OUT and ours not in COLUMNS[kind]:
            hint = did_you_mean(ours, COLUMNS[kind])
            raise MisuseError(
                f"found --map {text!r}{hint}, expected one of {', '.join(COLUMNS[kind])} after the ="
            )
        found[normal(title)] = ours
    return found


def find_header(sheet: Sheet, kind: ListKind, maps: Mapping[str, str]) -> Header | None:
    """Return the first row of most understood titles near the top; None where no row has two."""
    best: Header | None = None
    for index, line in enumerate(sheet.lines[:_LOOKED_AT]):
        header = _read(index, line, kind, maps)
        if len(header.columns) >= _TITLES_AT_LEAST and (
            best is None or len(header.columns) > len(best.columns)
        ):
            best = header
    return best


def matches(sheet: Sheet, kind: ListKind, maps: Mapping[str, str] | None = None) -> int:
    """Return how many titles of a sheet are understood as columns of a kind of list."""
    header = find_header(sheet, kind, maps or {})
    return len(header.columns) if header is not None else 0


def _read(index: int, line: Line, kind: ListKind, maps: Mapping[str, str]) -> Header:
    titles = tuple(shown(cell).strip() for cell in line.cells)
    wanted: list[tuple[int, int, str]] = []
    out: set[int] = set()
    for place, title in enumerate(titles):
        if not title:
            continue
        chosen = maps.get(normal(title))
        if chosen == LEFT_OUT:
            out.add(place)
        elif chosen is not None:
            wanted.append((-1, place, chosen))
        elif isinstance(line.cells[place], str) and (found := meaning(title, _KNOWN[kind])):
            wanted.append((found[1], place, found[0]))
    columns: dict[int, str] = {}
    unsure: list[str] = []
    for _, place, ours in sorted(wanted):
        if ours in columns.values():
            unsure.append(titles[place])
        else:
            columns[place] = ours
    return Header(
        index=index,
        columns=dict(sorted(columns.items())),
        titles=titles,
        left_over=tuple(t for place, t in enumerate(titles) if t and place not in columns),
        unsure=tuple(unsure),
    )
