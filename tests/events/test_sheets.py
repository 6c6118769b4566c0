"""Eight small rallies, one for each preset, against the result sheets that were worked out by hand."""

import csv
import io
import random
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.events.events import (
    FOLDED,
    HERE,
    NAMES,
    SOME,
    expected,
    load,
    narrowed,
    on_paper,
    records_of,
    said,
)
from timing.core.rally import Rally
from timing.event_folder import load_event

_ROOT = HERE.parents[1]
_ORDERS = 4


def rallykeeper(*arguments: str | Path) -> str:
    """What the command prints; fails the test where it ends in trouble."""
    called = [sys.executable, "-m", "dashboard.serve", *map(str, arguments)]
    done = subprocess.run(called, cwd=_ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_preset_has_its_example() -> None:
    presets = {load(name).preset.name for name in NAMES}
    assert presets == {path.stem for path in (_ROOT / "timing" / "presets").glob("*.toml")}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_clean_but_for_the_roads_that_it_does_not_need(name: str) -> None:
    loaded = load_event(HERE / name)
    assert loaded.event is not None
    assert "invented" in loaded.event.notice
    no_road = "warning: found no such file, expected the road of leg {} (cars cannot be placed without it)"
    roads = [f"route/leg-{leg}.gpx:1: {no_road.format(leg)}" for leg in loaded.event.itinerary.legs]
    assert [str(problem) for problem in loaded.problems] == roads


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_beside_a_sheet_are_those_on_the_sheet(name: str) -> None:
    assert on_paper(name) == expected(name)


@pytest.mark.parametrize("order", range(_ORDERS))
@pytest.mark.parametrize("name", NAMES)
def test_the_fold_says_what_the_sheet_says_in_any_order_of_arrival(name: str, order: int) -> None:
    event = load(name)
    records = records_of(name, event)
    random.Random(order).shuffle(records)
    rally = Rally(event)
    if order % 2:
        rally.add_many(records)
    else:
        for record in records:
            rally.add(record)
    for title, lines in expected(name).items():
        found = narrowed(said(rally, title), lines)
        if title == SOME:
            assert [line for line in lines if line not in found] == []
        else:
            assert found == lines, title


@pytest.mark.parametrize("name", NAMES)
def test_the_command_prints_the_sheet_from_a_journal_made_of_the_readings(name: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    rallykeeper("replay", HERE / name / "readings.jsonl", "--event", HERE / name, "--data", data)
    lists = expected(name)
    printed = [title for title in lists if title not in FOLDED]
    assert "overall" in printed
    for title in {"overall", printed[0]}:
        text = rallykeeper("results", HERE / name, title, "--format", "csv", "--data", data)
        assert narrowed(csv.DictReader(io.StringIO(text)), lists[title]) == lists[title]
    table = rallykeeper("results", HERE / name, "overall", "--data", data)
    assert _rows(table, lists["overall"][0].keys()) == [
        {column: cell for column, cell in line.items() if cell} for line in lists["overall"]
    ]


def test_the_command_reads_a_file_written_by_hand_without_any_journal() -> None:
    name = "aci-regularity"
    lines = expected(name)["overall"]
    readings = HERE / name / "readings.jsonl"
    text = rallykeeper("results", HERE / name, "overall", "--format", "csv", "--journal", readings)
    assert narrowed(csv.DictReader(io.StringIO(text)), lines) == lines


def _rows(table: str, columns: Collection[str]) -> list[dict[str, str]]:
    """Read an aligned table by the places of its headings; it has no columns that are empty throughout."""
    head, *lines = table.splitlines()
    titles = head.split()
    places = [head.index(f"{title} ") if f"{title} " in head else head.rindex(title) for title in titles]
    ends = [*places[1:], None]
    rows = []
    for line in lines:
        cells = {
            title: line[begin:end].strip() for title, begin, end in zip(titles, places, ends, strict=True)
        }
        rows.append({title: cell for title, cell in cells.items() if cell and title in columns})
    return rows
