from pathlib import Path

import pytest

from timing.core.event import FixChecks
from timing.core.instant import DAY, HOUR, SECOND
from timing.folder_fix_checks import read_fix_checks
from timing.folder_text import Problems
from timing.folder_toml import parse_toml


def read(checks: str) -> tuple[FixChecks, list[str]]:
    problems = Problems("rally.toml")
    table = parse_toml(f'[[devices]]\nid = "T1"\n{checks}', problems)
    assert table is not None
    [device] = table.tables("devices")
    return read_fix_checks(device), [str(problem) for problem in problems.found]


def test_a_device_without_checks_has_the_usual_ones() -> None:
    assert read("") == (FixChecks(), [])


def test_all_that_can_be_said_of_a_device() -> None:
    checks, problems = read(
        "[devices.checks]\nahead_s = 2.5\noldest_days = 30\nworst_accuracy_m = 50\ntop_speed_kmh = 300\n"
        'margin_km = 5\nshift = "+02:00"\nrepair_weeks = true\nspeed_scale = 1.944\n'
    )
    assert not problems
    assert checks == FixChecks(
        ahead=2_500_000,
        oldest=30 * DAY,
        worst_accuracy_m=50,
        top_speed_kmh=300,
        margin_km=5,
        shift=2 * HOUR,
        repair_weeks=True,
        speed_scale=1.944,
    )
    assert read("checks = { ahead_s = 0 }")[0].ahead == 0 * SECOND


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ahead_s = 61", "a number from 0 to 60"),
        ("ahead_s = -1", "a number from 0 to 60"),
        ("top_speed_kmh = 900", "a number from 5 to 320"),
        ('worst_accuracy_m = "far"', "a number"),
        ('shift = "local"', "by how much its clock is ahead, such as +02:00"),
        ('repair_weeks = "yes"', "true or false"),
        ("accuracy = 5", "one of ahead_s"),
        ("speed_scale = nan", "a number from 0.1 to 10"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_usual_taken(line: str, expected: str) -> None:
    checks, problems = read(f"\n[devices.checks]\n{line}\n")
    assert checks == FixChecks()
    [problem] = problems
    assert "rally.toml:5" in problem
    assert expected in problem


def test_checks_that_are_no_table_are_told() -> None:
    assert "a table" in read("checks = 5")[1][0]


def test_the_folder_of_an_event_gives_them_to_its_devices(tmp_path: Path) -> None:
    """Through the whole reader; see test_event_folder for the rest of the register."""
    from timing.event_folder import load_event
    from timing.folder_template import write_template

    folder = tmp_path / "event"
    write_template(folder)
    rally = folder / "rally.toml"
    rally.write_text(rally.read_text() + '\n[[devices]]\nid = "T9"\nchecks = { worst_accuracy_m = 30 }\n')
    event = load_event(folder).event
    assert event is not None
    assert event.devices["T9"].checks.worst_accuracy_m == 30
