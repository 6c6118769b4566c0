"""Result sheets as CSV that a spreadsheet opens without running anything."""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from dashboard.messages import Json

#: A cell that begins with one of these is a formula to a spreadsheet (CWE-1236).
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?\d[\d:.]*")

STANDING_COLUMNS = (
    "rank", "car", "crew", "vehicle", "class", "total", "total_value", "gap", "to_previous", "penalties",
    "stages_done", "status", "marks", "fails", "stopped_at", "cause", "tie", "crews",
)  # fmt: skip
RESULT_COLUMNS = (
    "rank", "car", "crew", "vehicle", "class", "time", "time_us", "deviation", "deviation_us", "points",
    "gap", "to_previous", "source", "status", "marks",
)  # fmt: skip


def safe_cell(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula; signed numbers stay as they are."""
    if text.startswith(_FORMULA_START) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def write_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a CSV text with a header line (RFC 4180), every cell made safe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def standing_table(rows: Mapping[str, Json], cars: Mapping[str, Json]) -> list[list[str]]:
    """Return a classification's lines in display order, one cell for each of STANDING_COLUMNS."""
    return [
        [
            _text(row.get("rank")),
            car,
            *_who(cars.get(car, {})),
            _amount(row.get("total")),
            _value(row.get("total")),
            _amount(row.get("gap")),
            _amount(row.get("to_previous")),
            _amount(row.get("penalties")),
            *(_text(row.get(name)) for name in STANDING_COLUMNS[STANDING_COLUMNS.index("stages_done") :]),
        ]
        for car, row in _in_order(rows)
    ]


def result_table(rows: Mapping[str, Json], cars: Mapping[str, Json]) -> list[list[str]]:
    """Return a stage's lines in display order, one cell for each of RESULT_COLUMNS."""
    return [
        [
            _text(row.get("rank")),
            car,
            *_who(cars.get(car, {})),
            _amount(row.get("time")),
            _value(row.get("time")),
            _amount(row.get("deviation")),
            _value(row.get("deviation")),
            _amount(row.get("points")),
            _amount(row.get("gap")),
            _amount(row.get("to_previous")),
            _text(row.get("source")),
            _text(row.get("status")),
            _text(row.get("marks")),
        ]
        for car, row in _in_order(rows)
    ]


def text_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned table for a terminal; columns that are empty throughout are left out."""
    kept = [index for index in range(len(columns)) if any(row[index] for row in rows)]
    cells = [[columns[index] for index in kept], *([row[index] for index in kept] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(kept))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


def _in_order(rows: Mapping[str, Json]) -> list[tuple[str, Json]]:
    return sorted(rows.items(), key=lambda item: (item[1].get("order", 0), item[0]))


def _who(car: Json) -> list[str]:
    return [_text(car.get("crew")), _text(car.get("car")), _text(car.get("class"))]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _amount(value: Json | None) -> str:
    return "" if value is None else str(value["text"])


def _value(value: Json | None) -> str:
    return "" if value is None else str(value["us"] if "us" in value else value["points"])
