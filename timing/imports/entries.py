"""The rows of an entry list."""

import re
from collections.abc import Mapping

from timing.imports.columns import ENTRY_PARTS
from timing.imports.grid import Sheet
from timing.imports.header import Header
from timing.imports.rows import Gathered, ListRow, is_title_again, overlong, raw_cells, texts
from timing.imports.safe_text import looks_like_formula

# A crew in one cell: "Rossi / Bianchi", "Rossi - Bianchi", or one below the other.
_BETWEEN_CREW = re.compile(r"\s*(?:/|\n|;|\s[-–—]\s|\s&\s|\s\+\s)\s*")


def entry_rows(sheet: Sheet, header: Header) -> Gathered:
    """Read the lines under the titles as entries; names in parts are joined, a crew in one cell is split."""
    found = Gathered()
    for line in sheet.lines[header.index + 1 :]:
        place = sheet.place(line.number)
        if not line.filled:
            continue
        if is_title_again(line, header):
            found.leave(place, line, "the titles again")
            continue
        cells = raw_cells(line, header)
        ours = [cell for cell in cells.values() if cell not in (None, "")]
        if len(line.filled) == 1 and len(header.columns) > 1:
            found.leave(place, line, "a line of one cell")
            continue
        if not ours:
            found.leave(place, line, "nothing in the columns that are understood")
            continue
        overlong(sheet, line, header, found)
        row = _joined(texts(cells, place, found))
        for column, text in row.items():
            if "\n" in text:
                found.warn(place, f"{column} {text[:40]!r} on several lines", "one line")
            if looks_like_formula(text) and column != "start":
                found.warn(
                    place, f"{column} {text[:40]!r}, which a spreadsheet takes for a formula", "a plain text"
                )
        found.rows.append(ListRow(place, row))
    return found


def _joined(cells: Mapping[str, str]) -> dict[str, str]:
    row = {column: text for column, text in cells.items() if column not in ENTRY_PARTS}
    names = {
        "driver": _name(cells, "driver"),
        "codriver": _name(cells, "codriver"),
        "car": _together(cells, "car_make", "car_model"),
    }
    crew = cells.get("crew", "")
    if crew and not names["driver"]:
        names["driver"], *others = _BETWEEN_CREW.split(crew, maxsplit=1)
        names["codriver"] = names["codriver"] or "".join(others)
    for column, parts in (
        ("driver", ("driver_first", "driver_last", "crew")),
        ("codriver", ("codriver_first", "codriver_last", "crew")),
        ("car", ("car_make", "car_model")),
    ):
        if any(part in cells for part in parts):
            row[column] = names[column] if column != "car" else _car(cells, names["car"])
    return row


def _name(cells: Mapping[str, str], who: str) -> str:
    whole, first = cells.get(who, ""), cells.get(f"{who}_first", "")
    last = cells.get(f"{who}_last", "")
    # "Name" beside "Vorname" is the family name.
    return whole if whole and not first and not last else " ".join(p for p in (first, last or whole) if p)


def _together(cells: Mapping[str, str], *parts: str) -> str:
    return " ".join(text for part in parts if (text := cells.get(part, "")))


def _car(cells: Mapping[str, str], parts: str) -> str:
    whole = cells.get("car", "")
    return f"{parts} {whole}" if whole and parts and whole not in parts else (parts or whole)
