"""Sheets as CSV and as JSON: the same tables, marks and heads as on paper."""

from dashboard.documents.sheet import Sheet
from dashboard.messages import Json
from dashboard.tables import write_csv
from timing.core.instant import format_instant


def sheet_csv(sheet: Sheet) -> str:
    """Return the tables of a sheet as one CSV table (RFC 4180), safe for spreadsheets.

    The first column names the part of the sheet that a line is of; every line says what state it is in.
    """
    keys = list(dict.fromkeys(column.key for block in sheet.blocks for column in block.columns))
    rows = []
    for block in sheet.blocks:
        for line in block.lines:
            said = dict(zip((column.key for column in block.columns), line, strict=True))
            rows.append([block.title, *(said.get(key, "") for key in keys), sheet.state_text, sheet.at_text])
    return write_csv(["part", *keys, "publication", "as_of"], rows)


def sheet_json(sheet: Sheet) -> Json:
    """Return a sheet as JSON: what is printed, by the keys of its columns."""
    return {
        "id": sheet.id,
        "event": {"name": sheet.event, "edition": sheet.edition},
        "title": sheet.title,
        "state": sheet.state.value,
        **({} if sheet.version is None else {"version": sheet.version}),
        "at": format_instant(sheet.at),
        "at_text": sheet.at_text,
        "official_timekeeper": sheet.timekeeper,
        "simulated": sheet.simulated,
        "facts": dict(sheet.facts),
        "parts": [
            {
                "title": block.title,
                "rows": [
                    {column.key: cell for column, cell in zip(block.columns, line, strict=True) if cell}
                    for line in block.lines
                ],
            }
            for block in sheet.blocks
        ],
        "legend": dict(sheet.legend),
        "notes": list(sheet.notes),
    }
