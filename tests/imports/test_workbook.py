import datetime as dt
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.chart import BarChart
from openpyxl.utils.datetime import MAC_EPOCH
from openpyxl.worksheet.worksheet import Worksheet

from timing.core.instant import HOUR, MINUTE, SECOND
from timing.imports.cells import cell_text
from timing.imports.grid import Broken, Cell, Clock, Moment, Sheet, UnreadableError
from timing.imports.workbook import read_workbook, write_workbook


def stored(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def first_sheet(book: openpyxl.Workbook) -> Sheet:
    return read_workbook(stored(book), "list.xlsx")[0][0]


def one_sheet() -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    return book, book.worksheets[0]


def came_back(value: object, form: str | None = None, *, mac: bool = False) -> Cell:
    book, sheet = one_sheet()
    if mac:
        book.epoch = MAC_EPOCH
    cell = sheet.cell(1, 1)
    cell.value = value  # type: ignore[assignment]
    if form is not None:
        cell.number_format = form
    return first_sheet(book).lines[0].cells[0]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (17.0, None, "17"),
        (17, None, "17"),
        ("001", None, "001"),
        ("0A", None, "0A"),
        ("0", None, "0"),
        (7, "000", "007"),
        (7.0, "00", "07"),
    ],
)
def test_a_car_number_is_what_the_list_shows(value: object, form: str | None, text: str) -> None:
    assert cell_text("car_number", came_back(value, form)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (12.345, "12.345"),
        (-117.27193, "-117.27193"),
        (1e-7, "0.0000001"),
        (1938.0, "1938"),
    ],
)
def test_numbers_have_the_digits_that_a_spreadsheet_shows(value: float, text: str) -> None:
    assert cell_text("km", came_back(value)) == text


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (dt.time(8, 30), "h:mm", "08:30"),
        (dt.time(8, 30, 15), "h:mm:ss", "08:30:15"),
        (dt.timedelta(hours=24, minutes=35), "[h]:mm", "24:35"),
        (dt.timedelta(hours=24, minutes=35), "h:mm", "24:35"),
        (dt.timedelta(hours=47, minutes=59, seconds=59), "h:mm:ss", "47:59:59"),
        (dt.timedelta(0), "h:mm", "00:00"),
        (8.5 / 24, "General", "08:30"),
        (24.5 / 24, "General", "24:30"),
        (
            dt.datetime(2024, 4, 21, 8, 30, tzinfo=dt.UTC).replace(tzinfo=None),
            "yyyy-mm-dd h:mm",
            "2024-04-21 08:30",
        ),
        ("24:35", "@", "24:35"),
    ],
)
@pytest.mark.parametrize("mac", [False, True])
def test_the_first_cars_time_is_read_from_every_kind_of_cell(
    value: object, form: str, text: str, mac: bool
) -> None:
    assert cell_text("first_car", came_back(value, form, mac=mac)) == text


@pytest.mark.parametrize("milliseconds", [1, 10, 67, 333, 999, 59_990, 3_599_999, 86_399_999])
def test_a_time_cell_is_exact_to_the_millisecond(milliseconds: int) -> None:
    # No binary fraction of a day hits these; 1 ms is the finest a spreadsheet's format prints.
    span = dt.timedelta(milliseconds=milliseconds)
    assert came_back(span, "[h]:mm:ss.000") == Clock(milliseconds * 1000)
    assert came_back(span, "mm:ss.000") == Clock(milliseconds * 1000)


def test_a_sum_of_times_that_misses_by_a_hair_is_the_time_it_shows() -> None:
    eight = 8 / 24
    for _ in range(137):
        eight += 1 / 1440
    assert came_back(eight, "h:mm") == Clock(8 * HOUR + 137 * MINUTE, seconds_shown=False)


def test_the_target_of_a_test_in_hours_and_minutes_is_refused_and_in_seconds_exact() -> None:
    assert cell_text("target", came_back(dt.time(0, 0, 18), "mm:ss.00"), span=True) == "0:18"
    assert cell_text("target", came_back(dt.timedelta(seconds=75.25), "mm:ss.00"), span=True) == "1:15.25"
    assert cell_text("target", came_back(18.5), span=True) == "18.5"
    # Typed as 0:18 a spreadsheet stores eighteen minutes, and shows 0:18.
    with pytest.raises(ValueError, match=r"^00:18 in hours and minutes"):
        cell_text("target", came_back(dt.time(0, 18), "h:mm"), span=True)
    assert cell_text("target", came_back(dt.time(0, 45), "h:mm")) == "00:45"


def test_letters_in_a_format_that_are_no_seconds_are_not_taken_for_them() -> None:
    assert came_back(dt.time(8, 30), '[$-sv-SE]h:mm" Uhr s"') == Clock(
        8 * HOUR + 30 * MINUTE, seconds_shown=False
    )
    assert came_back(dt.time(8, 30), "h:mm:ss") == Clock(8 * HOUR + 30 * MINUTE)


def test_a_date_where_a_number_belongs_is_named_as_the_spreadsheets_work() -> None:
    cell = came_back(dt.date(2024, 4, 3), "d-m")
    assert cell == Moment(dt.date(2024, 4, 3))
    with pytest.raises(ValueError, match="the date 2024-04-03"):
        cell_text("car_number", cell)


def test_the_stored_result_of_a_formula_is_read_and_its_absence_named() -> None:
    book, sheet = one_sheet()
    sheet["A1"] = 5
    sheet["B1"] = "=A1+1"
    raw = stored(book)
    assert read_workbook(raw, "x")[0][0].lines[0].cells[1] == Broken(
        "a formula without a stored result in B1 (open and save it once)"
    )
    with_result = _replaced(raw, "xl/worksheets/sheet1.xml", b"<f>A1+1</f><v />", b"<f>A1+1</f><v>6</v>")
    assert read_workbook(with_result, "x")[0][0].lines[0].cells[1] == Decimal(6)


def _replaced(raw: bytes, part: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old in content, content
                content = content.replace(old, new)
            target.writestr(name, content)
    return out.getvalue()


def test_a_stored_sum_that_misses_by_a_hair_is_the_number_it_shows() -> None:
    book, sheet = one_sheet()
    sheet["A1"] = 5
    raw = _replaced(stored(book), "xl/worksheets/sheet1.xml", b"<v>5</v>", b"<v>0.30000000000000004</v>")
    assert read_workbook(raw, "x")[0][0].lines[0].cells[0] == Decimal("0.3")


def test_an_error_of_the_spreadsheet_is_no_text() -> None:
    cell = came_back("#REF!")
    assert cell == Broken("#REF! in A1")
    with pytest.raises(ValueError, match="#REF! in A1\ta value"):
        cell_text("driver", cell)


def test_a_merged_cell_holds_for_all_its_rows_and_not_for_the_columns_beside_it() -> None:
    book, sheet = one_sheet()
    for row in ([1, "a", None], [None, "b", None], [None, "c", None]):
        sheet.append(row)
    sheet.merge_cells("A1:A3")
    sheet.merge_cells("B3:C3")
    assert [line.cells for line in first_sheet(book).lines] == [
        (Decimal(1), "a", None),
        (Decimal(1), "b", None),
        (Decimal(1), "c", None),
    ]


def test_hidden_sheets_are_marked_and_charts_are_none() -> None:
    book, sheet = one_sheet()
    sheet["A1"] = "x"
    book.create_sheet("Old list").sheet_state = "hidden"
    book.create_sheet("Older list").sheet_state = "veryHidden"
    book.create_chartsheet("Chart").add_chart(BarChart())
    sheets, _ = read_workbook(stored(book), "list.xlsx")
    assert [(sheet.name, sheet.hidden) for sheet in sheets] == [
        ("Sheet", False),
        ("Old list", True),
        ("Older list", True),
    ]


def test_one_cell_at_the_far_corner_of_a_sheet_costs_nothing_and_is_named() -> None:
    book, sheet = one_sheet()
    sheet["A1"] = "No"
    sheet["XFD1048576"] = "lost"
    (read,), findings = read_workbook(stored(book), "list.xlsx")
    assert read.lines[0].cells[0] == "No"
    assert [finding.place for finding in findings] == ["Sheet!5000"]


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
)


def test_entities_in_a_workbook_are_refused() -> None:
    book, sheet = one_sheet()
    sheet["A1"] = "x"
    raw = stored(book)
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        plain = packed.read("xl/worksheets/sheet1.xml")
    with pytest.raises(UnreadableError, match="EntitiesForbidden"):
        read_workbook(_replaced(raw, "xl/worksheets/sheet1.xml", plain, BOMB), "list.xlsx")


def test_a_workbook_that_unpacks_to_an_absurd_size_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * 101_000_000)
    assert len(out.getvalue()) < 200_000
    with pytest.raises(UnreadableError, match="101,000,000 bytes unpacked"):
        read_workbook(out.getvalue(), "list.xlsx")


@pytest.mark.parametrize("cut", [10, 400, -30])
def test_a_damaged_workbook_is_refused(cut: int) -> None:
    book, sheet = one_sheet()
    sheet["A1"] = "x"
    with pytest.raises(UnreadableError):
        read_workbook(stored(book)[:cut], "list.xlsx")


def test_every_cell_that_is_written_is_text_to_a_spreadsheet() -> None:
    rows = [["car_number", "driver"], ["007", '=HYPERLINK("http://x")'], ["1", "#REF!"], ["2", "@SUM(A1)"]]
    book = openpyxl.load_workbook(io.BytesIO(write_workbook("Entries", rows)))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()] == rows
    assert [cell.coordinate for cell in cells if cell.quotePrefix] == ["B2", "B4"]


def test_a_text_that_no_cell_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="found 32768 letters in row 2"):
        write_workbook("Entries", [["driver"], ["x" * 32_768]])


def test_a_number_of_seconds_is_a_whole_number_of_microseconds() -> None:
    assert came_back(dt.timedelta(seconds=0.1), "[ss].000") == Clock(SECOND // 10)
