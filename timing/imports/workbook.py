"""Workbooks (XLSX): the one place that knows openpyxl. Bytes in, sheets out, and back.

openpyxl parses with defusedxml where that is installed, which it is with us: no entities, nothing external.
"""

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from decimal import Decimal

import openpyxl
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Font
from openpyxl.utils.datetime import WINDOWS_EPOCH
from openpyxl.worksheet.worksheet import Worksheet

from timing.core.instant import DAY, HOUR, MINUTE, SECOND, Duration
from timing.folder_text import Severity
from timing.imports.grid import Broken, Cell, Clock, Finding, Line, Moment, Sheet, UnreadableError
from timing.imports.safe_text import looks_like_formula

ROWS_AT_MOST, COLUMNS_AT_MOST = 5_000, 100
_UNPACKED_AT_MOST = 100_000_000
_CELL_AT_MOST = 32_767
_TEXT_FORMAT = "@"
#: Dates this near to the sheet's day zero are times that passed midnight: 24:35 is day 1, 00:35.
_NEAR_ZERO = dt.timedelta(days=60)

_ZEROS = re.compile(r"0{2,}")
_NO_FORMAT = re.compile(r'"[^"]*"|\\.|\[\$[^\]]*\]|\[[A-Za-z]{3,}\]')
# How SpreadsheetML writes signs that XML cannot hold (ECMA-376 part 1, ST_Xstring), and texts that look so.
_TO_ESCAPE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_workbook(raw: bytes, name: str) -> tuple[tuple[Sheet, ...], tuple[Finding, ...]]:
    """Read all sheets of a workbook: stored results of formulas, merged cells filled downwards.

    Raises:
        UnreadableError: it is no workbook, is damaged, or unpacks to an absurd size.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            size = sum(item.file_size for item in packed.infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableError(f"{name}: found a damaged file ({error}), expected an XLSX workbook") from error
    if size > _UNPACKED_AT_MOST:
        raise UnreadableError(
            f"{name}: found {size:,} bytes unpacked, expected at most {_UNPACKED_AT_MOST:,}"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it cannot keep (charts, validations) is nothing to us
            return _sheets(raw)
    except Exception as error:  # a damaged or hostile workbook raises nearly anything in there
        why: BaseException = error
        while why.__cause__ is not None:  # it wraps what happened in general advice
            why = why.__cause__
        raise UnreadableError(
            f"{name}: found a workbook that cannot be read ({type(why).__name__}: {why}), expected XLSX"
        ) from error


def _sheets(raw: bytes) -> tuple[tuple[Sheet, ...], tuple[Finding, ...]]:
    # The stored results are streamed, which makes no cells for the emptiness around them; the other reading
    # knows which cells hold formulas and which are merged.
    values = openpyxl.load_workbook(io.BytesIO(raw), data_only=True, read_only=True)
    try:
        formulas = openpyxl.load_workbook(io.BytesIO(raw), data_only=False)
        sheets = tuple(_sheet(sheet, formulas[sheet.title], values.epoch) for sheet in values.worksheets)
    finally:
        values.close()
    findings = tuple(
        Finding(
            f"{sheet.title}!{ROWS_AT_MOST}",
            f"{sheet.max_row} rows and {sheet.max_column} columns",
            f"{ROWS_AT_MOST} and {COLUMNS_AT_MOST}; what lies behind them was not looked at",
            Severity.WARNING,
        )
        for sheet in formulas.worksheets
        if sheet.max_row > ROWS_AT_MOST or sheet.max_column > COLUMNS_AT_MOST
    )
    return sheets, findings


def _sheet(values: Worksheet, formulas: Worksheet, epoch: dt.datetime) -> Sheet:
    width = min(formulas.max_column, COLUMNS_AT_MOST)
    rows = [
        [_cell(cell, epoch) for cell in row]
        for row in values.iter_rows(min_row=1, max_row=ROWS_AT_MOST, min_col=1, max_col=width)
    ]
    for row, written in zip(rows, formulas.iter_rows(max_row=max(len(rows), 1), max_col=width), strict=False):
        for place, cell in enumerate(written):
            if cell.data_type == "f" and row[place] is None:
                row[place] = Broken(
                    f"a formula without a stored result in {cell.coordinate} (open and save it once)"
                )
    for merged in formulas.merged_cells.ranges:
        if merged.min_col > width:
            continue
        for number in range(merged.min_row, min(merged.max_row, len(rows))):
            rows[number][merged.min_col - 1] = rows[merged.min_row - 1][merged.min_col - 1]
    return Sheet(
        name=formulas.title,
        lines=tuple(Line(number, tuple(row)) for number, row in enumerate(rows, start=1)),
        mark="!",
        hidden=formulas.sheet_state != "visible",
    )


def _cell(cell: BookCell | MergedCell, epoch: dt.datetime) -> Cell:
    if cell.value is None:
        return None
    form = str(cell.number_format or "")
    match cell.value:
        case bool() as truth:
            return "TRUE" if truth else "FALSE"
        case int() | float() as number:
            return _number(number, form)
        case dt.datetime() as moment:
            return _moment(moment, epoch, form)
        case dt.date() as day:
            return Moment(day)
        case dt.time() as clock:
            return Clock(_of_day(clock), _shows_seconds(form))
        case dt.timedelta() as span:
            return Clock(_micros(span), _shows_seconds(form))
        case value if cell.data_type == "e":
            return Broken(f"{value} in {cell.coordinate}")
        case value:
            return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value))


def _number(number: float, form: str) -> Cell:
    value = Decimal(number) if isinstance(number, int) else Decimal(f"{number:.15g}")
    if not value.is_finite():
        return Broken(str(number))
    if value == value.to_integral_value():
        value = value.quantize(Decimal(1)) if abs(value) < 10**15 else value
        if _ZEROS.fullmatch(form) and value >= 0:
            return f"{value:f}".zfill(len(form))  # the format 000 shows 7 as 007, and that is the number
    return value


def _moment(moment: dt.datetime, epoch: dt.datetime, form: str) -> Cell:
    since = moment - epoch
    if dt.timedelta() <= since < _NEAR_ZERO:
        # Day 60 of the first calendar never was (29 February 1900): openpyxl sets the days before it one on.
        passed = since - dt.timedelta(days=1) if epoch == WINDOWS_EPOCH and since.days > 0 else since
        return Clock(_micros(passed), _shows_seconds(form))
    return Moment(moment.date(), _of_day(moment.time()))


def _of_day(clock: dt.time) -> Duration:
    return clock.hour * HOUR + clock.minute * MINUTE + clock.second * SECOND + clock.microsecond


def _micros(span: dt.timedelta) -> Duration:
    return span.days * DAY + span.seconds * SECOND + span.microseconds


def _shows_seconds(form: str) -> bool:
    return "s" in _NO_FORMAT.sub("", form).lower()


def write_workbook(title: str, rows: Sequence[Sequence[str]]) -> bytes:
    """Return a workbook of one sheet, its first row the column titles.

    Every cell is text and formatted as text, so that no spreadsheet computes a name, drops the zeros of 007
    or takes 0:18 for eighteen minutes when somebody edits the list.

    Raises:
        ValueError: a cell holds more than a workbook can.
    """
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows, start=1):
        for place, text in enumerate(row, start=1):
            cell = sheet.cell(number, place)
            cell.number_format = _TEXT_FORMAT
            if not text:
                continue
            escaped = _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
            if len(escaped) > _CELL_AT_MOST:
                raise ValueError(
                    f"found {len(text)} letters in row {number}, expected at most {_CELL_AT_MOST} in a cell"
                )
            cell.value = escaped
            cell.data_type = "s"  # else a text that begins with = is stored as a formula
            cell.quotePrefix = looks_like_formula(text)
            if number == 1:
                cell.font = Font(bold=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
