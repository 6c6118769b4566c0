import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dashboard.serve import main
from timing.event_folder import load_event
from timing.folder_template import write_template

ENTRIES = "No;Pilota;Navigatore;Vettura;Anno;Cl.;Coeff.;Naz;Hotel\n"
ROW = "1;Mario Rossi;Luca Bianchi;Bugatti T37A;1927;A;1,27;ITA;Savoy\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "rally")
    return tmp_path / "rally"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any]]:
    code = run("import", *arguments, "--json")
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, answer


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def workbook(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def test_an_import_shows_and_writes_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert run("import", folder, put(tmp_path / "list.csv", ENTRIES + ROW)) == 0
    out = capsys.readouterr().out
    assert "Pilota      ->  driver" in out
    assert "left over: Hotel" in out
    assert "changed 1: driver 'First Driver' -> 'Mario Rossi'" in out
    assert "gone: 0, 2, 3, 4" in out
    assert "1 rows: 0 new, 1 changed, 0 as they were, 4 gone; 0 errors, 0 warnings" in out
    assert "nothing written: --write puts it into entries.csv" in out
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_writing_replaces_the_list_and_keeps_the_old_one_and_the_trackers(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = (folder / "entries.csv").read_bytes()
    code, answer = told(capsys, folder, put(tmp_path / "list.csv", ENTRIES + ROW), "--write")
    assert code == 0
    assert answer["kept"] == ["start", "tracker"]
    (name,) = [written["old"] for written in answer["written"]]
    assert name.startswith("entries.csv.")
    assert name.endswith(".bak")
    assert (folder / name).read_bytes() == old
    event = load_event(folder).event
    assert event is not None
    entry = event.entries.by_number["1"]
    assert (entry.driver, entry.tracker, str(entry.coefficient)) == ("Mario Rossi", "phone-1", "1.27")


def test_writing_the_same_list_again_keeps_no_second_old_one(folder: Path, tmp_path: Path) -> None:
    file = put(tmp_path / "list.csv", ENTRIES + ROW)
    assert run("import", folder, file, "--write") == 0
    assert run("import", folder, file, "--write") == 0
    assert len(list(folder.glob("*.bak"))) == 1


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_folders_own_list_exported_and_imported_unchanged_differs_in_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    # Numbers given out beforehand, with letters, leading zeros and gaps, are neither lost nor dealt anew.
    text = (folder / "entries.csv").read_text("utf-8").replace("\n2,", "\n007,").replace("\n4,", "\n112A,")
    put(folder / "entries.csv", text)
    before = load_event(folder).event
    assert before is not None
    assert {"007", "112A"} <= set(before.entries.by_number)
    out = tmp_path / f"out.{form}"
    assert run("export", folder, "entries", out) == 0
    capsys.readouterr()
    code, answer = told(capsys, folder, out, "--write")
    assert (code, answer["difference"]) == (
        0,
        {"new": [], "changed": [], "same": len(before.entries.by_number), "gone": [], "moved": False},
    )
    after = load_event(folder).event
    assert after is not None
    assert after.entries == before.entries


def test_a_list_with_an_error_names_its_line_and_is_never_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "entries.csv").read_bytes()
    text = (
        "Gara di prova;;;;;;;;\n\n" + ENTRIES + ROW + ROW.replace("1;Mario", "2;Mario").replace("1927", "27")
    )
    code, answer = told(capsys, folder, put(tmp_path / "list.csv", text), "--write")
    assert code == 1
    assert answer["written"] == []
    assert [(problem["place"], problem["found"]) for problem in answer["problems"]] == [
        ("list.csv:5", "year '27'")
    ]
    assert (folder / "entries.csv").read_bytes() == before


def test_lines_that_are_no_crew_are_named_not_dropped_in_silence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ENTRIES + "Classe A;;;;;;;;\n" + ROW + ENTRIES + ";;;;;;;;Totale 1\n"
    _, answer = told(capsys, folder, put(tmp_path / "list.csv", text))
    assert [(line["place"], line["why"]) for line in answer["passed_over"]] == [
        ("list.csv:2", "a line of one cell"),
        ("list.csv:4", "the titles again"),
        ("list.csv:5", "a line of one cell"),
    ]
    assert len(answer["rows"]) == 1


def test_a_crew_in_one_cell_and_names_in_parts_become_driver_and_codriver(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "Nr,Equipaggio,Marca,Modello\n1,Mario Rossi / Luca Bianchi,Alfa Romeo,6C 1750\n2,Ada Neri,Fiat,508\n"
    )
    _, answer = told(capsys, folder, put(tmp_path / "one.csv", text))
    crews = [(row["driver"], row["codriver"], row["car"]) for row in answer["rows"]]
    assert crews == [("Mario Rossi", "Luca Bianchi", "Alfa Romeo 6C 1750"), ("Ada Neri", "", "Fiat 508")]
    text = "Startnummer,Name,Vorname,Name Beifahrer,Vorname Beifahrer\n1,Weiß,Karl,Noll,Eva\n"
    _, answer = told(capsys, folder, put(tmp_path / "two.csv", text))
    assert [(row["driver"], row["codriver"]) for row in answer["rows"]] == [("Karl Weiß", "Eva Noll")]


def test_a_column_that_nobody_could_guess_is_mapped_by_hand(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = put(tmp_path / "list.csv", "Meldung,Wer,Hotel,Nat,Nat\n1,Karl Weiß,Savoy,GER,AUT\n")
    assert run("import", folder, file) == 1
    capsys.readouterr()
    code, answer = told(capsys, folder, file, "--map", "Meldung=car_number", "--map", "Wer=driver")
    assert code == 0
    assert answer["rows"][0]["driver"] == "Karl Weiß"
    assert answer["rows"][0]["nationality"] == "GER"
    assert ["Nat" in problem["found"] for problem in answer["problems"]] == [True]


@pytest.mark.parametrize(
    "options",
    [
        ("--map", "Pilota=drivr"),
        ("--map", "Pilota"),
        ("--sheet", "Entries"),
        ("--as", "entries", "--map", "Pilota=kind"),
    ],
)
def test_a_wish_that_cannot_be_is_misuse(folder: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    assert run("import", folder, put(tmp_path / "list.csv", ENTRIES + ROW), *options) == 2


def test_files_and_folders_that_are_not_there_are_misuse(folder: Path, tmp_path: Path) -> None:
    assert run("import", folder, tmp_path / "none.csv") == 2
    assert run("import", tmp_path / "none", put(tmp_path / "list.csv", ENTRIES + ROW)) == 2


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file"),
        (b"PK\x03\x04 nothing", "a damaged file"),
        (b"hello\nworld\n", "no row of column titles"),
        (b"", "an empty file"),
        (b"<gpx", "expected a GPX file"),
    ],
)
def test_a_file_that_is_no_list_is_said_to_be_none(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes, said: str
) -> None:
    file = tmp_path / ("road.gpx" if raw.startswith(b"<") else "list.bin")
    file.write_bytes(raw)
    assert run("import", folder, file) == 1
    assert said in capsys.readouterr().err


def test_of_several_sheets_the_best_match_is_read_and_a_hidden_one_only_by_name(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = workbook(
        tmp_path / "list.xlsx",
        Notes=[["Call the hotel"], ["No", "Car"]],
        Crews=[["My Rally"], [], ["No", "Driver", "Car", "Class"], [1.0, "Ada", "Fiat", "A"]],
        Old=[["No", "Driver", "Codriver", "Car", "Year", "Class"], ["001", "Bob", "", "BMW", 1938.0, "A"]],
    )
    book = openpyxl.load_workbook(file)
    book["Old"].sheet_state = "hidden"
    book.save(file)
    _, answer = told(capsys, folder, file)
    assert answer["source"] == "list.xlsx, sheet Crews"
    assert answer["other_sheets"] == ["Notes", "Old (hidden)"]
    assert [(row["place"], row["car_number"]) for row in answer["rows"]] == [("Crews!4", "1")]
    _, answer = told(capsys, folder, file, "--sheet", "Old")
    assert [(row["car_number"], row["year"]) for row in answer["rows"]] == [("001", "1938")]


def test_an_itinerary_with_words_for_kinds_times_as_cells_and_merged_legs(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = workbook(
        tmp_path / "road.xlsx",
        Tempi=[
            ["Tappa", "Controllo", "Tipo", "Località", "Prova", "Km totali", "Tempo imposto", "1ª vettura"],
            [1, "CO 1", "Controllo orario", "Scarperia", None, 0.05, None, dt.time(22, 0)],
            [None, "PC 1 A", "Prova cronometrata", "Giogo", None, 3.1, None, None],
            [None, "PC 1 B", "PC", "Giogo, fine", "PC1", 3.4, dt.time(0, 0, 18), None],
            [None, "CO 2", "CO", "Marradi", None, 40, dt.time(1, 5), None],
            [None, "CO 3", "CO", "Marradi", None, 40, None, dt.timedelta(hours=24, minutes=35)],
        ],
    )
    book = openpyxl.load_workbook(file)
    book["Tempi"].merge_cells("A2:A6")
    book["Tempi"]["G4"].number_format = "mm:ss.00"
    book.save(file)
    code, answer = told(capsys, folder, file, "--write")
    assert code == 0, answer["problems"]
    assert [row["control"] for row in answer["rows"]] == ["CO1", "PC1.A", "PC1.B", "CO2", "CO3"]
    assert [row["kind"] for row in answer["rows"]] == ["TC", "REG_TEST", "REG_TEST", "TC", "TC"]
    assert [row["first_car"] for row in answer["rows"]] == ["22:00", "", "", "", "24:35"]
    assert [row["target"] for row in answer["rows"]] == ["", "", "0:18", "01:05", ""]
    event = load_event(folder).event
    assert event is not None
    assert event.itinerary.stages["PC1"].target == 18_000_000


def test_a_target_in_hours_and_minutes_at_a_test_stops_the_writing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = workbook(
        tmp_path / "road.xlsx",
        Road=[
            ["Leg", "Control", "Kind", "Stage", "Target", "First car"],
            [1, "TC1", "TC", None, None, dt.time(8, 0)],
            [1, "T1.0", "REG_TEST", None, None, None],
            [1, "T1.1", "REG_TEST", "T1", dt.time(0, 18), None],
        ],
    )
    book = openpyxl.load_workbook(file)
    book["Road"]["E4"].number_format = "h:mm"  # what a spreadsheet gives a typed 0:18
    book.save(file)
    code, answer = told(capsys, folder, file, "--write")
    assert code == 1
    assert answer["problems"][0]["place"] == "Road!4"
    assert "00:18 in hours and minutes" in answer["problems"][0]["found"]


def test_legs_may_stand_as_lines_of_their_own(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "Control,Kind,Name,First car\nLeg 1 - Saturday,,,\nTC 1,TC,Start,08:00\nTC 2,TC,End,\n"
        "2. Etappe,,,\nTC 3,TC,Start,7.30\n"
    )
    code, answer = told(capsys, folder, put(tmp_path / "road.csv", text), "--as", "itinerary")
    assert code == 0, answer["problems"]
    assert [(row["leg"], row["control"], row["first_car"]) for row in answer["rows"]] == [
        ("1", "TC1", "08:00"),
        ("1", "TC2", ""),
        ("2", "TC3", "7:30"),
    ]


ROAD_BOOK = (
    '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"'
    ' xmlns:o="http://www.openrally.org/xmlschemas/GpxExtensions/v1.0.3">'
    '<wpt lat="34.448" lon="-119.243"><extensions><o:distance>0</o:distance>'
    '<o:timecontrol allowed="40"/></extensions></wpt>'
    '<wpt lat="34.449" lon="-119.242"><extensions><o:distance>1</o:distance><o:fuel/></extensions></wpt>'
    '<wpt lat="34.450" lon="-119.240"><extensions><o:distance>2</o:distance>'
    "<o:timecontrol/></extensions></wpt>"
    '<trk><trkseg><trkpt lat="34.448" lon="-119.243"/>'
    '<trkpt lat="34.450" lon="-119.240"/></trkseg></trk></gpx>'
)


def test_a_road_book_adds_its_leg_and_its_road_and_leaves_the_other_legs(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = put(tmp_path / "day2.gpx", ROAD_BOOK)
    code, answer = told(capsys, folder, file, "--leg", 2)
    assert code == 1
    assert "no first_car" in answer["problems"][0]["found"]
    code, answer = told(capsys, folder, file, "--leg", 2, "--first-car", "08:30", "--write")
    assert code == 0, answer["problems"]
    assert answer["left_over"] == ["fuel (1 times)"]
    assert [written["file"] for written in answer["written"]] == ["itinerary.csv", "route/leg-2.gpx"]
    event = load_event(folder).event
    assert event is not None
    assert [len(leg.controls) for leg in event.itinerary.legs.values()] == [9, 2]
    assert event.itinerary.legs[2].controls == ("TC2", "TC3")
    assert event.itinerary.controls["TC3"].target == 40 * 60_000_000
    assert event.routes[2] == ((34.448, -119.243), (34.45, -119.24))
    # Once more: the same leg again, not a third.
    code, answer = told(capsys, folder, file, "--leg", 2, "--first-car", "08:30")
    assert code == 0
    assert answer["difference"] == {"new": [], "changed": [], "same": 2, "gone": [], "moved": False}
    # And the leg before it, which leaves the leg behind.
    _, answer = told(capsys, folder, file, "--leg", 1, "--first-car", "08:30")
    assert [(row["leg"], row["control"]) for row in answer["rows"]] == [
        ("1", "TC1"),
        ("1", "TC4"),
        ("2", "TC2"),
        ("2", "TC3"),
    ]


def test_exporting_what_is_not_there_is_wrong_and_where_one_cannot_write_is_misuse(
    folder: Path, tmp_path: Path
) -> None:
    assert run("export", folder, "entries", tmp_path / "out.xlsx") == 0
    (folder / "itinerary.csv").unlink()
    assert run("export", folder, "itinerary", tmp_path / "out.csv") == 1
    assert run("export", folder, "entries", folder / "rally.toml" / "out.csv") == 2


def test_a_column_without_a_title_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, answer = told(capsys, folder, put(tmp_path / "list.csv", "No,Driver,,Hotel\n1,Ada,paid,Savoy\n"))
    assert answer["left_over"] == ["Hotel", "column 3, which has no title"]


def test_a_schedule_that_has_a_stage_on_one_line_is_told_what_is_missing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "TC/SS,Location,Total km,Target time,First car due\nTC 0,Scarperia,0,,08:00\nSS 1,Giogo,3.0,,08:11\n"
    )
    code, answer = told(capsys, folder, put(tmp_path / "road.csv", text + "TC 1A,End,17.9,0:24,08:35\n"))
    assert code == 1
    assert [(row["control"], row["kind"], row["stage"]) for row in answer["rows"]] == [
        ("TC0", "TC", ""),
        ("SS1.START", "SS_START", "SS1"),
        ("TC1A", "TC", ""),
    ]
    errors = [problem for problem in answer["problems"] if problem["severity"] == "error"]
    assert [(error["place"], error["found"]) for error in errors] == [
        ("road.csv:3", "1 SS_START and 0 FF in stage SS1")
    ]
    # The place of a TC1 of another road is none of this one's.
    assert [row.get("lat", "") for row in answer["rows"]] == ["", "", ""]
