"""Dated assignments in rally.toml: what is read, what is refused, and which doubles `check` names."""

from pathlib import Path

from tests.timing.folders import event, line_of, said
from timing.core.device_table import DeviceTable
from timing.core.instant import HOUR
from timing.folder_template import write_template

GATE = """
[[devices]]
id = "G1"
decoder = "alge_timy"
assignments = [
  { control = "T1.0", channel = "C1", until = "2026-06-06 11:00" },
  { control = "T1.1", channel = "C1", since = "2026-06-06 11:00" },
]
"""


def with_devices(folder: Path, text: str) -> Path:
    write_template(folder)
    register = folder / "rally.toml"
    register.write_text(register.read_text("utf-8") + text, "utf-8")
    return folder


def test_a_gate_that_moves_and_a_spare_tracker_are_dated_rows_of_the_register(tmp_path: Path) -> None:
    spare = '[[devices]]\nid = "T9"\nassignments = [{ car = "2", since = "2026-06-06 11:00" }]\n'
    read = event(with_devices(tmp_path / "rally", GATE + spare))
    table = DeviceTable(read)
    eleven = read.time.at(read.first_day, 11 * HOUR)
    where = [table.place("G1", "C1", at) for at in (eleven - 1, eleven)]
    assert [held.control for held in where if held] == ["T1.0", "T1.1"]
    assert [table.car("T9", at) for at in (eleven - 1, eleven)] == [None, "2"]


def test_what_cannot_be_is_refused_with_its_line(tmp_path: Path) -> None:
    wrong = """
[[devices]]
id = "T9"
assignments = [
  { car = "99" },
  { car = "1", control = "T1.0" },
  { car = "2", line = "B" },
]
"""
    folder = with_devices(tmp_path / "rally", wrong)
    text = said(folder)
    line = line_of(folder, "rally.toml", 'car = "99"') - 1  # the row of its list
    assert f"rally.toml:{line}:" in text
    assert "expected a car number of entries.csv" in text
    assert "found control and car 1 at once, expected either control or car" in text
    assert "found line and car 2 at once" in text
    assert "T9 in two cars" in text


def test_doubles_are_named_as_warnings_and_stop_nothing(tmp_path: Path) -> None:
    doubles = """
[[devices]]
id = "G2"
decoder = "alge_timy"
link = "serial:/dev/ttyUSB0?baud=9600"
assignments = [{ control = "T1.0", channel = "C4" }]

[[devices]]
id = "GATE-O1"
link = "serial:/dev/ttyUSB0"

[[devices]]
id = "GATE-01"
"""
    folder = with_devices(tmp_path / "rally", GATE + doubles)
    text = said(folder)
    assert "G1 and G2 both as line A of T1.0 until 11:00" in text
    assert "G2 and GATE-O1 both at serial:/dev/ttyUSB0" in text
    assert "GATE-O1 and GATE-01 are easily taken for one another" in text
    assert event(folder).devices["G2"].assignments
