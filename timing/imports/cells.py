"""From a cell to the text the event folder holds.

A spreadsheet keeps times as binary fractions of a day, which hit no decimal exactly: they are rounded to the
millisecond, the finest that a spreadsheet's formats print, so that what is written is what was shown. Numbers
have the 15 digits a spreadsheet shows; 17.0 is 17.
"""

import re
from decimal import Decimal
from typing import assert_never

from timing.core.instant import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration
from timing.imports.grid import Broken, Cell, Clock, Moment

#: Columns of decimal numbers, where 1,27 is 1.27.
DECIMALS = frozenset({"coefficient", "km", "lat", "lon", "average"})
#: Columns of times of day and of spans of time, where a bare fraction is part of a day.
TIMES = frozenset({"start", "first_car", "target", "opens", "closes", "minimum", "pause"})
_WHOLE = frozenset({"car_number", "leg", "year"})

_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+")
_FLOATED = re.compile(r"(\d+)[.,]0+")
_HALF_DAY = re.compile(r"(\d{1,2})(:\d{2}(?::\d{2})?)\s*([ap])\.?m\.?", re.IGNORECASE)
_DOTTED_CLOCK = re.compile(r"(\d{1,2})[.h](\d{2})(?:[.m'](\d{2}))?")


def cell_text(column: str, cell: Cell, *, span: bool = False) -> str:
    """Return the text of a cell for one of our columns; `span` writes times as [H:]M:SS[.f], not H:MM.

    Raises:
        ValueError: the cell cannot stand in this column; the text says what was found and expected,
            separated by a tab.
    """
    match cell:
        case None:
            return ""
        case str():
            return _text(column, cell)
        case Decimal():
            return _number(column, cell, span)
        case Clock():
            return _clock(column, cell, span)
        case Moment():
            return _moment(column, cell)
        case Broken():
            raise ValueError(f"{cell.what}\ta value")
        case _:
            assert_never(cell)


def shown(cell: Cell) -> str:
    """Return a cell as a person would read it, whatever its column: for titles and lines left out."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case Broken():
            return cell.what
        case Clock():
            return clock_text(cell.value)
        case Moment():
            return cell.day.isoformat()
        case Decimal():
            return f"{cell:f}"
        case _:
            assert_never(cell)


def clock_text(value: Duration) -> str:
    """Write µs since midnight as H:MM, with seconds and their decimals only where there are any."""
    hours, rest = divmod(value, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    return f"{hours:02d}:{minutes:02d}" + (f":{_seconds(rest)}" if rest else "")


def span_text(value: Duration) -> str:
    """Write a span of time as [H:]M:SS[.f], exactly."""
    hours, rest = divmod(value, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02d}:{_seconds(rest)}" if hours else f"{minutes}:{_seconds(rest)}"


def _seconds(rest: Duration) -> str:
    seconds, micros = divmod(rest, SECOND)
    return f"{seconds:02d}" + (f".{micros:06d}".rstrip("0") if micros else "")


def _text(column: str, text: str) -> str:
    text = text.strip()
    if column in DECIMALS and _COMMA_NUMBER.fullmatch(text):
        return text.replace(",", ".")
    if column in _WHOLE and (floated := _FLOATED.fullmatch(text)):
        return floated[1]
    if column == "car_number":
        return text.lstrip("#").strip()
    if column in ("start", "first_car"):
        if half := _HALF_DAY.fullmatch(text):
            return f"{int(half[1]) % 12 + (12 if half[3] in 'pP' else 0):02d}{half[2]}"
        if dotted := _DOTTED_CLOCK.fullmatch(text):
            return ":".join(part for part in dotted.groups() if part)
    return text


def _number(column: str, value: Decimal, span: bool) -> str:
    if column in TIMES and 0 < value < 1:
        micros = (value * DAY / MILLISECOND).to_integral_value() * MILLISECOND
        return span_text(int(micros)) if span else clock_text(int(micros))
    if column in ("start", "first_car") and 1 <= value < 2:
        return clock_text(int((value * DAY / MILLISECOND).to_integral_value() * MILLISECOND))
    return f"{value:f}"


def _clock(column: str, cell: Clock, span: bool) -> str:
    if column not in TIMES:
        if column in DECIMALS or column in _WHOLE:
            raise ValueError(f"the time {clock_text(cell.value)}\ta number in {column}")
        return clock_text(cell.value)
    if cell.value < 0:
        raise ValueError("a time below zero\ta time")
    if not span:
        return clock_text(cell.value)
    if not cell.seconds_shown:
        # A spreadsheet takes a typed 0:18 for eighteen minutes, and shows 0:18 all the same.
        hours = clock_text(cell.value).lstrip("0")
        raise ValueError(
            f"{hours.rjust(5, '0')} in hours and minutes (the cell's format)\t"
            "a format with seconds such as mm:ss.00, or the cell as text"
        )
    return span_text(cell.value)


def _moment(column: str, cell: Moment) -> str:
    if column == "year":
        return str(cell.day.year)
    if column == "first_car":
        return f"{cell.day.isoformat()} {clock_text(cell.clock)}"
    if column in DECIMALS or column in TIMES or column in ("car_number", "leg", "section", "control"):
        raise ValueError(
            f"the date {cell.day.isoformat()} (a spreadsheet makes dates of texts like 3-4)\tthe cell as text"
        )
    return cell.day.isoformat() + (f" {clock_text(cell.clock)}" if cell.clock else "")
