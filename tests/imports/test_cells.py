from decimal import Decimal

import pytest

from timing.imports.cells import cell_text, clock_text, span_text
from timing.imports.grid import Cell


@pytest.mark.parametrize(
    ("column", "cell", "text"),
    [
        ("coefficient", "1,27", "1.27"),
        ("km", " 12,345 ", "12.345"),
        ("km", "3.25 mi", "3.25 mi"),
        ("average", "low=45,5 high=50", "low=45,5 high=50"),
        ("car", "Fiat 1,5", "Fiat 1,5"),
        ("car_number", "17.0", "17"),
        ("car_number", "#07", "07"),
        ("car_number", "0A", "0A"),
        ("leg", "2,0", "2"),
        ("first_car", "8.30", "8:30"),
        ("first_car", "8h05", "8:05"),
        ("first_car", "8:30 AM", "08:30"),
        ("first_car", "12:05 a.m.", "00:05"),
        ("start", "1:02:30 pm", "13:02:30"),
        ("start", "12:15 PM", "12:15"),
        ("start", "+3", "+3"),
        ("name", "8.30", "8.30"),
        ("year", Decimal(1927), "1927"),
        ("driver", Decimal("3.14"), "3.14"),
        ("driver", None, ""),
    ],
)
def test_a_cell_becomes_the_text_that_the_event_folder_reads(column: str, cell: Cell, text: str) -> None:
    assert cell_text(column, cell) == text


@pytest.mark.parametrize(
    ("micros", "clock", "span"),
    [
        (0, "00:00", "0:00"),
        (18_000_000, "00:00:18", "0:18"),
        (75_250_000, "00:01:15.25", "1:15.25"),
        (88_500_000_000, "24:35", "24:35:00"),
        (1, "00:00:00.000001", "0:00.000001"),
    ],
)
def test_times_are_written_exactly(micros: int, clock: str, span: str) -> None:
    assert clock_text(micros) == clock
    assert span_text(micros) == span
