"""An organizer's folder: read whole, and every fault named by file and line at once."""

from pathlib import Path

import pytest

from timing.core.event import Event
from timing.core.instant import DAY, HOUR, MINUTE, SECOND, format_instant
from timing.event_folder import load_event
from timing.folder_template import write_template
from timing.folder_text import Severity


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path)
    return tmp_path


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {name}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in load_event(folder).problems]


def event(folder: Path) -> Event:
    loaded = load_event(folder)
    assert loaded.event is not None, loaded.problems
    return loaded.event


def test_the_template_of_init_passes_its_own_check(folder: Path) -> None:
    loaded = load_event(folder)
    assert loaded.problems == ()
    assert loaded.event is not None
    assert loaded.event.preset.missed_passage == 100
    assert list(loaded.event.entries.by_number) == ["0", "1", "2", "3", "4"]
    assert loaded.event.entries.by_number["4"].start_offset == 3 * MINUTE
    assert loaded.event.entries.by_number["0"].course_car


def test_init_never_overwrites_a_file(folder: Path) -> None:
    (folder / "entries.csv").write_text("mine", "utf-8")
    with pytest.raises(FileExistsError):
        write_template(folder)
    assert (folder / "entries.csv").read_text("utf-8") == "mine"


def test_a_chained_test_starts_where_the_one_before_it_ends(folder: Path) -> None:
    stages = event(folder).itinerary.stages
    assert (stages["T1"].start, stages["T1"].finish, stages["T1"].target) == ("T1.0", "T1.1", 18 * SECOND)
    assert (stages["T2"].start, stages["T2"].finish) == ("T1.1", "T1.2")
    assert stages["A1"].between == ("A1.1",)


def test_two_lines_of_one_name_are_a_test_of_their_own(folder: Path) -> None:
    edit(folder, "itinerary.csv", "Test 1 start,,3.000", "Test 1 start,T1,3.000")
    stages = event(folder).itinerary.stages
    assert (stages["T1"].start, stages["T1"].finish) == ("T1.0", "T1.1")


def test_every_problem_of_every_file_is_named_at_once(folder: Path) -> None:
    edit(folder, "rally.toml", 'preset = "ACI_REGULARITY"', 'preset = "ACI_REGULARTY"')
    edit(folder, "rally.toml", "missed_line = 300", "mised_line = 300")
    edit(folder, "entries.csv", "\n3,", "\n2,")
    edit(folder, "itinerary.csv", "PASSAGE", "PASAGE")
    edit(folder, "itinerary.csv", "34.46992", "94.46992")
    found = "\n".join(problems(folder))
    assert "rally.toml:8: found preset = 'ACI_REGULARTY' (did you mean ACI_REGULARITY?)" in found
    assert "mised_line = 300 (did you mean missed_line?)" in found
    assert "entries.csv:5: found car number 2 again (first on line 4)" in found
    assert "itinerary.csv:6: found kind 'PASAGE' (did you mean PASSAGE?)" in found
    assert "itinerary.csv:4: found lat '94.46992', expected degrees from -90 to 90" in found
    assert load_event(folder).event is None


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("itinerary.csv", ",0:18.00,", ",,", "itinerary.csv:4: found test T1 without a target"),
        ("itinerary.csv", ",08:00", ",", "itinerary.csv:2: found no first_car at TC0"),
        ("itinerary.csv", ",08:00", ",8 o'clock", 'itinerary.csv:2: found first_car "8 o\'clock"'),
        ("itinerary.csv", "6.500", "2.500", "itinerary.csv:6: found km 2.5 behind km 3.41 of T1.2"),
        ("itinerary.csv", ",40,", ",,", "found average trial A1 without an average"),
        ("itinerary.csv", "T1.1,REG", "T1.0,REG", "itinerary.csv:4: found control T1.0 again (line 3)"),
        ("itinerary.csv", "0:40", "0:75", "found target '0:75', expected hours and minutes"),
        ("itinerary.csv", "kind", "knid", "found a column 'knid' (did you mean kind?)"),
        ("entries.csv", ",1927,", ",27,", "entries.csv:3: found year '27'"),
        ("entries.csv", ",1.27,", ",0,", "found coefficient '0', expected a number above zero"),
        ("entries.csv", "phone-2", "phone-1", "entries.csv:4: found tracker phone-1 again (line 3)"),
        ("entries.csv", "phone-2", "my phone", "found the tracker id 'my phone'"),
        ("entries.csv", ",A,,1.27", ",C,,1.27", "found the class 'C', expected one of A, B"),
        ("entries.csv", "08:02", "8 pm", "found start '8 pm'"),
        ("rally.toml", "America/Los_Angeles", "America/Los_Angles", "did you mean America/Los_Angeles?"),
        ("rally.toml", "first_day = 2026-06-06", "", "found no first_day in [rally]"),
        ("rally.toml", 'id = "my-rally"', 'id = "my rally"', "found id = 'my rally'"),
        ("rally.toml", "[public]", "[publik]", "unknown field 'publik' (did you mean public?)"),
        ("rally.toml", "position_delay = 0", "position_delay = -5", "found -5, expected seconds from 0"),
        (
            "rally.toml",
            "position_delay = 0",
            'position_delay = 0\nframes = ["https://club.example; script-src *"]',
            'expected "any", or a list of sites such as ["https://club.example"] ([]: none)',
        ),
        ("rally.toml", 'name = "My', "name = My", "rally.toml:4: found no TOML"),
    ],
)
def test_a_fault_is_named_with_its_place(folder: Path, name: str, old: str, new: str, said: str) -> None:
    edit(folder, name, old, new)
    assert any(said in problem for problem in problems(folder)), problems(folder)
    assert load_event(folder).event is None


def test_a_crew_without_a_class_does_not_hold_up_the_event(folder: Path) -> None:
    edit(folder, "entries.csv", ",A,,1.27", ",,,1.27")
    loaded = load_event(folder)
    assert [problem.severity for problem in loaded.problems] == [Severity.WARNING]
    assert loaded.event is not None


def test_numbers_that_differ_only_by_zeros_are_pointed_out(folder: Path) -> None:
    edit(folder, "entries.csv", "\n2,", "\n01,")
    assert any("car 01 beside car 1" in problem for problem in problems(folder))
    entries = event(folder).entries
    assert entries.find("001") is None
    assert entries.find("01") == "01"
    assert entries.find("003") == "3"


def test_zero_and_double_zero_are_two_course_cars(folder: Path) -> None:
    edit(folder, "entries.csv", "\n1,", "\n00,Sweep,,Official car,,course,,,,phone-00,+0\n1,")
    entries = event(folder).entries
    assert entries.by_number["00"].course_car
    assert entries.find("0") == "0"
    assert entries.find("000") is None
    assert entries.by_number["1"].start_offset == 0


@pytest.mark.parametrize(
    ("first_car", "start", "offset"),
    [
        ("08:00", "07:45:00", -15 * MINUTE),  # a quarter of an hour early on the day, not a day off
        ("08:00", "20:30", 12 * HOUR + 30 * MINUTE),
        ("23:50", "00:02", 12 * MINUTE),
        ("23:50", "24:02", 12 * MINUTE),
        ("23:50", "23:35", -15 * MINUTE),
    ],
)
def test_a_start_by_the_clock_is_on_the_day_of_the_schedule(
    folder: Path, first_car: str, start: str, offset: int
) -> None:
    edit(folder, "itinerary.csv", ",08:00", f",{first_car}")
    edit(folder, "entries.csv", "phone-4,08:03", f"phone-4,{start}")
    assert event(folder).entries.by_number["4"].start_offset == offset


def test_a_spreadsheet_of_europe_reads_the_same(folder: Path) -> None:
    before = event(folder).entries
    path = folder / "entries.csv"
    text = path.read_text("utf-8").replace(".27", "§27").replace(",", ";").replace("§", ",")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert event(folder).entries == before


def test_a_file_that_is_not_utf8_is_named_with_its_line(folder: Path) -> None:
    path = folder / "entries.csv"
    path.write_bytes(path.read_bytes().replace(b"Third Driver", "Bj\xf6rn".encode("latin-1")))
    assert any("entries.csv:5: found the byte 0xf6, which is not UTF-8" in p for p in problems(folder))


def test_missing_and_empty_files_are_problems_and_not_tracebacks(folder: Path) -> None:
    (folder / "entries.csv").write_text("", "utf-8")
    (folder / "itinerary.csv").unlink()
    found = problems(folder)
    assert any("entries.csv:1: found an empty file" in p for p in found)
    assert any("itinerary.csv:1: found no such file" in p for p in found)
    assert "found no such folder" in str(load_event(folder / "nowhere").problems[0])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<gpx>", "found no XML"),
        ("<gpx></gpx>", "found 0 points"),
        ('<gpx><trk><trkseg><trkpt lat="1" lon="x"/></trkseg></trk></gpx>', "lat and lon in degrees"),
        ('<!DOCTYPE g [<!ENTITY e SYSTEM "file:///etc/passwd">]><gpx>&e;</gpx>', "a document with entities"),
    ],
)
def test_a_broken_or_hostile_route_is_refused(folder: Path, content: str, said: str) -> None:
    (folder / "route" / "leg-1.gpx").write_text(content, "utf-8")
    assert any(said in problem for problem in problems(folder)), problems(folder)


def test_a_leg_without_a_route_is_a_warning(folder: Path) -> None:
    (folder / "route" / "leg-1.gpx").unlink()
    loaded = load_event(folder)
    assert loaded.event is not None
    assert "cars cannot be placed without it" in str(loaded.problems[0])


DEVICE = """
[[devices]]
id = "timer-1"
decoder = "alge_timy"
link = "serial:/dev/ttyUSB0?baud=9600"
assignments = [
  { control = "T1.0", channel = "c0", until = "2026-06-06 12:00" },
  { control = "T1.1", channel = "C0", line = "B", since = "2026-06-06 12:00" },
]
"""


def append(folder: Path, text: str) -> None:
    path = folder / "rally.toml"
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def test_device_assignments_are_dated_in_rally_time(folder: Path) -> None:
    append(folder, DEVICE)
    first, second = event(folder).devices["timer-1"].assignments
    assert first.channel == "C0"
    assert first.until == second.since
    assert first.until is not None
    assert format_instant(first.until) == "2026-06-06T19:00:00.000Z"


def test_a_channel_at_two_controls_at_once_is_refused(folder: Path) -> None:
    append(folder, DEVICE.replace('since = "2026-06-06 12:00"', 'since = "2026-06-06 11:59"'))
    assert any("C0 of timer-1 at T1.0 and T1.1 from 2026-06-06T18:59" in p for p in problems(folder))


def test_an_assignment_to_an_unknown_control_is_named(folder: Path) -> None:
    append(folder, DEVICE.replace('"T1.1"', '"T1.9"'))
    assert any("control = 'T1.9'" in problem for problem in problems(folder))


def test_an_unknown_decoder_is_named_where_the_service_knows_its_own(folder: Path) -> None:
    append(folder, DEVICE)
    found = [str(p) for p in load_event(folder, decoders=("native", "alge_timi")).problems]
    assert any("decoder = 'alge_timy' (did you mean alge_timi?)" in problem for problem in found)


def test_rally_time_keeps_the_offset_of_the_first_start(folder: Path) -> None:
    edit(folder, "rally.toml", "America/Los_Angeles", "Europe/Rome")
    edit(folder, "rally.toml", "first_day = 2026-06-06", "first_day = 2026-10-24")
    edit(folder, "rally.toml", "day = 2026-06-06", "day = 2026-10-24")
    edit(folder, "itinerary.csv", ",0:40,,", ",0:40,,29:30")
    loaded = event(folder)
    assert loaded.time.text == "+02:00"
    controls = loaded.itinerary.controls
    start, finish = controls["TC0"].first_car, controls["TC1"].first_car
    assert start is not None
    assert finish is not None
    assert format_instant(finish) == "2026-10-25T03:30:00.000Z"
    assert finish - start == 21 * HOUR + 30 * MINUTE < DAY


def test_an_average_above_fifty_on_open_roads_is_pointed_out(folder: Path) -> None:
    edit(folder, "itinerary.csv", ",40,", ",62,")
    assert any("an average of 62.0 km/h at A1.0" in problem for problem in problems(folder))


def test_a_leg_may_let_crews_check_in_early_at_its_end(folder: Path) -> None:
    assert not any(control.early_allowed for control in event(folder).itinerary.controls.values())
    edit(folder, "rally.toml", 'name = "Ojai and back" }', 'name = "Ojai and back", early_allowed = true }')
    early = [ident for ident, control in event(folder).itinerary.controls.items() if control.early_allowed]
    assert early == ["TC1"]
    edit(folder, "rally.toml", "early_allowed = true", 'early_allowed = "yes"')
    assert any("early_allowed" in problem for problem in problems(folder))
