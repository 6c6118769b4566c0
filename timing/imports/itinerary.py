"""The rows of an itinerary."""

import re
from collections import Counter
from collections.abc import Mapping

from timing.core.itinerary import TIME_CONTROLS, ControlKind
from timing.imports.cells import shown
from timing.imports.columns import LEG_TITLE, normal
from timing.imports.grid import Cell, Line, Sheet
from timing.imports.header import Header
from timing.imports.kinds import is_stage_name, kind_of, kind_of_control
from timing.imports.rows import Gathered, ListRow, is_title_again, overlong, raw_cells, texts

_NUMBERED = re.compile(r"\D{0,12}?(\d{1,2})(?:[.,]0)?\D{0,12}")
_LETTER_BLANK_DIGIT = re.compile(r"(?<=[^\W\d])\s+(?=\d)")


def itinerary_rows(sheet: Sheet, header: Header) -> Gathered:
    """Read the lines under the titles as controls in road order.

    A leg that stands once for many lines holds until the next: in its column, or as a line of its own
    ("Tappa 2 - domenica"). Words for kinds become ours, and each such reading is noted once.
    """
    found = Gathered()
    words: Counter[tuple[str, str]] = Counter()
    leg = _leg_above(sheet, header)
    carried = 0
    for line in sheet.lines[header.index + 1 :]:
        place = sheet.place(line.number)
        if not line.filled:
            continue
        if is_title_again(line, header):
            found.leave(place, line, "the titles again")
            continue
        cells = raw_cells(line, header)
        if titled := _leg_title(line, cells):
            leg = titled
            found.leave(place, line, f"the title of leg {leg}")
            continue
        if len(line.filled) == 1 or all(cell in (None, "") for cell in cells.values()):
            found.leave(place, line, "no control")
            continue
        overlong(sheet, line, header, found)
        row = _row(cells, place, found, words)
        own = _NUMBERED.fullmatch(row.get("leg", ""))
        if own:
            leg = row["leg"] = own[1]
        elif not row.get("leg"):
            row["leg"] = leg or "1"
            carried += "leg" in cells or not leg
        found.rows.append(ListRow(place, row))
    if carried:
        found.warn(
            sheet.place(sheet.lines[header.index].number),
            f"{carried} controls without a leg, read as of the leg above them or of leg 1",
            "the number of the leg in each line",
        )
    for (word, kind), count in words.items():
        where = sheet.place(sheet.lines[header.index].number)
        found.warn(where, f"{word}, read as {kind} ({count} times)", "look whether that is meant")
    return found


def _row(
    cells: Mapping[str, Cell], place: str, into: Gathered, words: Counter[tuple[str, str]]
) -> dict[str, str]:
    control = _control_id(shown(cells.get("control")))
    written = shown(cells.get("kind")).strip()
    kind: ControlKind | None
    stage = ""
    if not written and is_stage_name(control):
        # Schedules print a stage as one line, at its start; what the loader misses (the finish) it names.
        kind, stage, control = ControlKind.SS_START, control, f"{control}.START"
        words["a stage on one line", kind.value] += 1
    elif not written:
        kind = kind_of_control(control)
        if kind is not None:
            words["the kind told by the control's name", kind.value] += 1
    elif written.upper() in set(ControlKind):
        kind = ControlKind(written.upper())
    else:
        kind = kind_of(written)
        if kind is not None:
            words[f"the kind {written!r}", kind.value] += 1
    row = texts(cells, place, into, span=kind is not None and kind not in TIME_CONTROLS)
    if not isinstance(cells.get("control"), str):
        control = _control_id(row.get("control", ""))
    if stage and not row.get("stage"):
        row["stage"] = stage
    return row | {"control": control, "kind": kind.value if kind is not None else written}


def _control_id(text: str) -> str:
    """Return a control's id without blanks: `TC 4` is TC4, `SS1 START` is SS1.START."""
    return re.sub(r"\s+", ".", _LETTER_BLANK_DIGIT.sub("", text.strip()))


def _leg_title(line: Line, cells: Mapping[str, Cell]) -> str | None:
    """Return the leg that a line is the title of: few cells, and none in the columns that make a control."""
    if len(line.filled) > 2 or (cells.get("control") and cells.get("kind")):
        return None
    return _leg_in(line)


def _leg_above(sheet: Sheet, header: Header) -> str | None:
    """Return the leg that the lines above the titles name, if they name just one."""
    legs = {leg for line in sheet.lines[: header.index] if (leg := _leg_in(line))}
    return legs.pop() if len(legs) == 1 else None


def _leg_in(line: Line) -> str | None:
    for cell in line.filled:
        if isinstance(cell, str) and (title := LEG_TITLE.search(normal(cell))):
            return title[1] or title[2]
    return None
