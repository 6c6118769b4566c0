import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.serve import main
from timing.core.entries import EntryList
from timing.core.instant import HOUR, MINUTE, RallyTime
from timing.core.itinerary import Itinerary
from timing.folder_cells import Calendar
from timing.folder_entries import StartRule, read_entries
from timing.folder_itinerary import read_itinerary
from timing.folder_text import Problems, Severity
from timing.imports.grid import ListKind
from timing.imports.target import FILES, LIST_COLUMNS, table_text

# Whatever people type into a cell, signs that XML cannot hold and texts that look like formulas among it.
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NASTY = st.sampled_from(
    [
        '=HYPERLINK("http://x","y")',
        "'=1+1",
        "''-x",
        "@SUM(A1)",
        "+cmd|' /C calc'!A0",
        "-",
        "#REF!",
        "_x0041_",
        "_x005F_x0041_",
        "a\r\nb",
        "\x07bell",
        "0,5",
        "2024-04-21",
        "0:18",
        "TRUE",
        "007",
        "1e5",
        'a "b", c; d',
        "Ørjan Bjørk ÄÖÜß Łódź 山田 🏁",
    ]
)
TEXT = ANY | NASTY
NAME = TEXT.filter(lambda text: bool(text.strip()))
NUMBER = st.from_regex(r"0{0,2}[0-9]{1,3}[A-Z]?", fullmatch=True)
IDENT = st.from_regex(r"[A-Z]{1,3}[0-9]{1,3}(\.[A-Z0-9]{1,4})?", fullmatch=True)
DECIMAL = st.decimals(1, 99, places=3).map(str) | st.decimals(1, 99, places=2).map(
    lambda value: str(value).replace(".", ",")
)
CLOCK = st.builds("{:02d}:{:02d}".format, st.integers(0, 47), st.integers(0, 59))

ENTRY = st.fixed_dictionaries(
    {"car_number": NUMBER, "driver": NAME},
    optional={
        "codriver": TEXT,
        "car": TEXT,
        "year": st.integers(1885, 2030).map(str),
        "class": st.sampled_from(["A", "B", "course", ""]),
        "category": TEXT,
        "coefficient": DECIMAL,
        "nationality": st.sampled_from(["ITA", "gbr", "USA", ""]),
        "start": st.sampled_from(["", "+3", "+1:30"]) | CLOCK,
    },
)
CONTROL = st.fixed_dictionaries(
    {"control": IDENT, "kind": st.sampled_from(["TC", "PASSAGE", "SECRET", "ATC", "PARC_FERME"])},
    optional={
        "section": TEXT,
        "name": TEXT,
        "lat": st.decimals(-89, 89, places=6).map(str),
        "lon": st.decimals(-179, 179, places=6).map(str),
        "target": st.builds("{}:{:02d}".format, st.integers(0, 9), st.integers(1, 59)),
    },
)


def entries_of(text: str) -> EntryList:
    problems = Problems("entries.csv")
    found = read_entries(text, (), StartRule(8 * HOUR, MINUTE), problems)
    assert not [problem for problem in problems.found if problem.severity is Severity.ERROR]
    return found


def itinerary_of(text: str) -> Itinerary:
    problems = Problems("itinerary.csv")
    found, _ = read_itinerary(text, Calendar(RallyTime(0), {}, dt.date(2024, 4, 21)), problems)
    assert not [problem for problem in problems.found if problem.severity is Severity.ERROR]
    return found


def out_and_back(folder: Path, kind: ListKind, text: str, form: str) -> str:
    """Export the folder's list, take the list away, and import the export again."""
    (folder / FILES[kind]).write_text(text, encoding="utf-8", newline="")
    out = folder / f"out.{form}"
    assert run("export", str(folder), kind.value, str(out)) == 0
    (folder / FILES[kind]).unlink()
    assert run("import", str(folder), str(out), "--as", kind.value, "--write") == 0
    return (folder / FILES[kind]).read_bytes().decode()


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    code = ended.value.code
    assert isinstance(code, int)
    return code


THROUGH_FILES = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@THROUGH_FILES
@given(rows=st.lists(ENTRY, min_size=1, max_size=6, unique_by=lambda row: row["car_number"]))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_entry_list_that_went_out_comes_back_the_same(
    tmp_path: Path, form: str, rows: list[dict[str, str]]
) -> None:
    text = table_text(LIST_COLUMNS[ListKind.ENTRIES], rows)
    assert entries_of(out_and_back(tmp_path, ListKind.ENTRIES, text, form)) == entries_of(text)


@THROUGH_FILES
@given(rows=st.lists(CONTROL, min_size=1, max_size=6, unique_by=lambda row: row["control"]))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_itinerary_that_went_out_comes_back_the_same(
    tmp_path: Path, form: str, rows: list[dict[str, str]]
) -> None:
    for number, row in enumerate(rows):
        row |= {"leg": "1", "km": f"{number * 3.25:.3f}"} | ({"first_car": "24:35"} if number == 0 else {})
    text = table_text(LIST_COLUMNS[ListKind.ITINERARY], rows)
    assert itinerary_of(out_and_back(tmp_path, ListKind.ITINERARY, text, form)) == itinerary_of(text)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", list(ListKind))
@pytest.mark.parametrize("event", ["california-mille", "night-stages"])
def test_the_example_events_come_back_word_for_word(
    tmp_path: Path, event: str, kind: ListKind, form: str
) -> None:
    events = Path(__file__).resolve().parents[2] / "simulators" / "events"
    text = (events / event / FILES[kind]).read_text(encoding="utf-8")
    back = out_and_back(tmp_path, kind, text, form)
    read = {ListKind.ENTRIES: entries_of, ListKind.ITINERARY: itinerary_of}[kind]
    assert read(back) == read(text)
    assert back.splitlines()[0] == text.splitlines()[0]
    assert len(back.splitlines()) == len(text.splitlines())
