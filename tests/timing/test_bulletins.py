"""Bulletins: a rule changes from a control on, and never before it."""

from pathlib import Path

import pytest

from tests.timing.folders import SPECIAL_STAGES, event, line_of, make, said
from timing.core.preset import Rate
from timing.event_folder import load_event
from timing.folder_bulletins import EVENT_WIDE
from timing.presets.fields import field_names

FIRST = """
[[bulletins]]
number = 1
text = "The last section is long: a minute early costs less."
effective_from = "TC1"
changes = { tc_early_per_min = 20 }
"""
SECOND = """
[[bulletins]]
number = 2
text = "Fog."
effective_from = "TC2"
[bulletins.changes]
max_late_total = 45
[bulletins.changes.rates.standard]
late_per_min = 5
"""


def folder_with(tmp_path: Path, text: str, preset: str = "MSUK_HISTORIC_ROAD") -> Path:
    folder = make(tmp_path, preset, *SPECIAL_STAGES)
    path = folder / "rally.toml"
    path.write_text(path.read_text("utf-8") + text, "utf-8")
    return folder


def test_a_bulletin_changes_the_rules_from_its_control_on(tmp_path: Path) -> None:
    rally = event(folder_with(tmp_path, FIRST + SECOND))
    controls = rally.itinerary.controls
    rules = {name: rally.rules_at(controls[name].order) for name in ("TC0", "SS1.F", "TC1", "SS2.F", "TC2")}
    assert [r.tc_early_per_min for r in rules.values()] == [60, 60, 20, 20, 20]
    assert [r.max_late_total for r in rules.values()] == [30, 30, 30, 30, 45]
    assert rules["TC1"].rates["standard"] == Rate(late_per_min=15, early_per_min=60)
    assert rules["TC2"].rates["standard"] == Rate(late_per_min=5, early_per_min=60)
    assert "neutral" in rules["TC2"].rates


WHOLE_SECONDS = """
[[bulletins]]
number = 3
text = "Ideal times of the afternoon are rounded to the second."
effective_from = "L3"
changes = { test_resolution = "1 s" }
"""
TWO_TESTS = (
    "1,,TC0,TC,,,0,,,,,8:00",
    "1,,L0,REG_TEST,,,1,,,,,",
    "1,,L1,REG_TEST,,A,1.333,,,,50,",
    "1,,L3,REG_TEST,,,3,,,,,",
    "1,,L4,REG_TEST,,B,3.333,,,,50,",
)


def test_an_ideal_time_from_an_average_is_rounded_as_the_bulletin_says_that_holds_at_its_start(
    tmp_path: Path,
) -> None:
    folder = make(tmp_path, "ACI_REGULARITY", *TWO_TESTS)
    before = event(folder).itinerary.stages
    path = folder / "rally.toml"
    path.write_text(path.read_text("utf-8") + WHOLE_SECONDS, "utf-8")
    after = event(folder)
    # 333 m at 50 km/h are 23.976 s.
    assert (before["A"].target, before["B"].target) == (23_980_000, 23_980_000)
    assert (after.itinerary.stages["A"].target, after.itinerary.stages["B"].target) == (
        23_980_000,
        24_000_000,
    )
    assert [preset.test_resolution for _, preset in after.rules_from] == [1_000_000]


@pytest.mark.parametrize(("start", "inside"), [("SS1.F", True), ("SS1.S", False), ("TC1", False)])
def test_a_bulletin_that_takes_effect_inside_a_stage_is_warned_about(
    tmp_path: Path, start: str, inside: bool
) -> None:
    loaded = load_event(folder_with(tmp_path, FIRST.replace('"TC1"', f'"{start}"')))
    assert loaded.event is not None
    warned = [str(problem) for problem in loaded.problems if "inside" in problem.found]
    assert len(warned) == inside
    if inside:
        assert "bulletin 1 from SS1.F, inside SS1" in warned[0]
        assert "SS1 keeps the rules that hold at its start SS1.S" in warned[0]


def test_in_a_chain_a_bulletin_may_take_effect_where_one_test_ends_and_the_next_begins(
    tmp_path: Path,
) -> None:
    folder = make(tmp_path, "ACI_REGULARITY", *TWO_TESTS[:3], "1,,L2,REG_TEST,,C,1.666,,,,50,")
    path = folder / "rally.toml"
    path.write_text(path.read_text("utf-8") + WHOLE_SECONDS.replace('"L3"', '"L1"'), "utf-8")
    loaded = load_event(folder)
    assert loaded.event is not None
    assert not [problem for problem in loaded.problems if "inside" in problem.found]
    assert loaded.event.itinerary.stages["C"].target == 24_000_000


def test_the_version_of_the_rules_names_the_bulletins_in_force(tmp_path: Path) -> None:
    rally = event(folder_with(tmp_path, FIRST + SECOND))
    assert [preset.version for _, preset in rally.rules_from] == ["1+B1", "1+B1+B2"]
    assert {preset.name for _, preset in rally.rules_from} == {rally.preset.name}
    assert rally.preset.version == "1"


def test_the_changes_of_a_bulletin_are_kept_as_they_are_printed(tmp_path: Path) -> None:
    rally = event(folder_with(tmp_path, FIRST + SECOND))
    assert [bulletin.number for bulletin in rally.bulletins] == ["1", "2"]
    assert rally.bulletins[1].changes == {"max_late_total": "45", "rates.standard.late_per_min": "5"}


def test_two_bulletins_from_one_control_hold_together(tmp_path: Path) -> None:
    rally = event(folder_with(tmp_path, FIRST + SECOND.replace("TC2", "TC1")))
    ((order, preset),) = rally.rules_from
    assert order == rally.itinerary.controls["TC1"].order
    assert (preset.tc_early_per_min, preset.max_late_total, preset.version) == (20, 45, "1+B1+B2")


def test_a_bulletin_that_only_says_something_changes_nothing(tmp_path: Path) -> None:
    text = '\n[[bulletins]]\nnumber = "A"\ntext = "Lunch is at Ojai."\n'
    rally = event(folder_with(tmp_path, text))
    assert rally.rules_from == ()
    assert rally.bulletins[0].text == "Lunch is at Ojai."


def test_a_later_bulletin_that_takes_effect_earlier_is_pointed_out(tmp_path: Path) -> None:
    text = FIRST.replace("TC1", "TC2") + SECOND.replace("TC2", "TC1", 1)
    folder = folder_with(tmp_path, text)
    assert "warning: found bulletin 2 from TC1, before bulletin 1 from TC2" in said(folder)
    rally = event(folder)
    assert [preset.version for _, preset in rally.rules_from] == ["1+B2", "1+B1+B2"]
    assert [preset.tc_early_per_min for _, preset in rally.rules_from] == [60, 20]


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        (
            '"TC1"',
            '"TC9"',
            "effective_from",
            "'TC9' (did you mean TC2?), expected a control",
        ),
        (
            'effective_from = "TC1"\n',
            "",
            "[[bulletins]]",
            "changes but without effective_from",
        ),
        ("tc_early_per_min = 20", 'unit = "points"', "changes", "unit holds for the whole event"),
        ("tc_early_per_min = 20", "drop_worst = 1", "changes", "drop_worst holds for the whole event"),
        ("tc_early_per_min = 20", "restart.per_stage = 9", "changes", "restart holds for the whole event"),
        ("tc_early_per_min = 20", "tc_erly_per_min = 20", "changes", "(did you mean tc_early_per_min?)"),
        (
            "tc_early_per_min = 20",
            "tc_early_per_min = -1",
            "changes",
            "tc_early_per_min = -1, expected",
        ),
        ("tc_early_per_min = 20", "tc_early_cap = 5", "changes", "tc_early_cap = 5 below the 60 of one"),
        ("number = 1\n", "", "[[bulletins]]", "a bulletin without a number"),
        ('text = "The', 'txet = "The', "txet", "an unknown field 'txet' (did you mean text?)"),
    ],
)
def test_a_fault_of_a_bulletin_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: str, problem: str
) -> None:
    folder = folder_with(tmp_path, FIRST.replace(old, new))
    found = [text for text in said(folder).splitlines() if problem in text]
    assert found, said(folder)
    assert found[0].startswith(f"rally.toml:{line_of(folder, 'rally.toml', line)}: found ")
    assert load_event(folder).event is None


def test_a_bulletin_number_stands_once(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, FIRST + SECOND.replace("number = 2", "number = 1"))
    first = line_of(folder, "rally.toml", "number = 1")
    assert f"found bulletin 1 again (line {first}), expected each number once" in said(folder)


def test_a_fault_in_a_table_of_a_later_bulletin_has_its_own_line(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, FIRST + SECOND.replace("late_per_min = 5", "late_per_min = true"))
    line = line_of(folder, "rally.toml", "late_per_min = true")
    assert f"rally.toml:{line}: found changes.rates.standard.late_per_min = True" in said(folder)


def test_what_a_restart_costs_may_change_but_not_whether_crews_may_restart(tmp_path: Path) -> None:
    changed = FIRST.replace("tc_early_per_min = 20", "restart.per_stage = 420")
    rally = event(folder_with(tmp_path / "a", changed, preset="FIA_STAGE"))
    ((_, rules),) = rally.rules_from
    assert rules.restart is not None
    assert rally.preset.restart is not None
    assert (rally.preset.restart.per_stage, rules.restart.per_stage) == (600, 420)
    lifted = folder_with(tmp_path / "b", changed.replace(".per_stage = 420", ' = "none"'), preset="FIA_STAGE")
    assert "restart holds for the whole event" in said(lifted)


def test_what_holds_for_the_whole_event_is_a_field_of_the_regulations() -> None:
    assert set(EVENT_WIDE) <= set(field_names())
