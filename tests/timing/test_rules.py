"""What an event changes in its preset: read whole, and refused where it cannot hold."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.timing.folders import SPECIAL_STAGES, event, line_of, make, said
from timing.core.instant import MINUTE, SECOND
from timing.core.preset import (
    ChampionshipPoints,
    FinisherRule,
    Rate,
    RestartReference,
    RestartRule,
    TimeAllowanceRule,
)
from timing.event_folder import load_event
from timing.presets.fields import field_names
from timing.presets.reliance import USED_BY

TSD = (
    "1,1,TC0,TC,,,0,,,,,08:00,,,,,,,",
    "1,1,R,RESTART,,,1,,,,,08:20,,,,,,,",
    "1,1,C,REG_TEST,,L,2,,,,40,,,,,,,,",
)


def stage_rally(folder: Path, rules: str, preset: str = "FIA_STAGE") -> Path:
    return make(folder, preset, *SPECIAL_STAGES, rules=rules)


def test_a_table_of_rates_changes_only_what_it_names(tmp_path: Path) -> None:
    rules = """
[scoring.rates.standard]
late_per_min = 20
[scoring.rates.service]
early_per_min = 30
early_cap = 90
"""
    rates = event(make(tmp_path, "MSUK_HISTORIC_ROAD", *SPECIAL_STAGES, rules=rules)).preset.rates
    assert rates["standard"] == Rate(late_per_min=20, early_per_min=60)
    assert rates["service"] == Rate(early_per_min=30, early_cap=90)
    assert rates["neutral"] == Rate(early_per_min=1800, early_cap=1800, early_fails=1)


def test_restart_allowance_and_championship_are_tables(tmp_path: Path) -> None:
    rules = """
[scoring.restart]
reference = "class"
per_stage = 420
last_of_leg = 600
reentry = [600, 300]
[scoring.championship]
overall = [10, 6, 4]
power_stage = []
"""
    preset = event(stage_rally(tmp_path, rules)).preset
    assert preset.restart == RestartRule(
        reference=RestartReference.CLASS, per_stage=420, last_of_leg=600, reentry=(600, 300)
    )
    assert preset.championship == ChampionshipPoints(
        overall=(10, 6, 4), final_leg=(5, 4, 3, 2, 1), power_stage=()
    )


def test_a_rule_is_lifted_by_the_word_none(tmp_path: Path) -> None:
    rules = '[scoring]\nrestart = "none"\nchampionship = "none"\nmax_late_control = "none"\nclose_after = 1'
    folder = stage_rally(tmp_path, rules.replace("\nclose_after = 1", ""))
    preset = event(folder).preset
    assert (preset.restart, preset.championship, preset.max_late_control) == (None, None, None)


def test_a_time_allowance_is_read_with_its_units(tmp_path: Path) -> None:
    rules = '[scoring.time_allowance]\nmost = "9.5 min"\nbudget = "10 min"\ncharge_per_min = 5'
    preset = event(make(tmp_path, "TSD_HUNDREDTH", *TSD, rules=rules)).preset
    assert preset.time_allowance == TimeAllowanceRule(
        first=30 * SECOND, step=MINUTE, most=570 * SECOND, budget=10 * MINUTE, charge_per_min=5
    )


def test_stages_may_have_bounds_and_resolutions_of_their_own(tmp_path: Path) -> None:
    rules = """
[timing.stage_resolution]
SS2 = "1 ms"
[scoring]
bogey = { SS1 = "200 s" }
stage_max = { SS1 = "8 min" }
finisher_rule = "share_of_distance"
finisher_share = "50 %"
min_time_steps = [1, 2, 5]
"""
    preset = event(stage_rally(tmp_path, rules)).preset
    assert (preset.bogey, preset.stage_max) == ({"SS1": 200 * SECOND}, {"SS1": 8 * MINUTE})
    assert preset.stage_resolution == {"SS2": 1000}
    assert (preset.finisher_rule, preset.finisher_share) == (FinisherRule.SHARE_OF_DISTANCE, Fraction(1, 2))
    assert preset.min_time_steps == (1, 2, 5)


@pytest.mark.parametrize(
    ("rules", "line", "problem"),
    [
        ("[scoring]\ntc_late_per_mn = 5", "tc_late_per_mn", "(did you mean tc_late_per_min?)"),
        ('[scoring]\nss_resolution = "0.1 m"', "ss_resolution", "expected a duration with its unit"),
        ('[scoring]\nname = "MINE"', "MINE", "[scoring] name = 'MINE', expected a field of the regulations"),
        ('[timing]\nunverified = { unit = "" }', "unverified", "expected a field of the regulations"),
        ("[scoring]\nrates = 5", "rates = 5", "[scoring] rates = 5, expected a table"),
        ("[scoring.rates.standard]\nlate_cap = -1", "late_cap", "rates.standard.late_cap = -1, expected"),
        ("[scoring.rates.standard]\nlate = 1", "late = 1", "expected one of late_per_min, early_per_min"),
        ("[scoring.rates]\nMtc = { late_per_min = 1 }", "Mtc", "expected a kind of section in small letters"),
        ("[scoring.rates.standrd]\nlate_per_min = 1", "standrd", "rates.standrd (did you mean standard?)"),
        ("[scoring]\nrestart.per_stage = '5'", "restart", "restart.per_stage = '5', expected a whole number"),
        ("[scoring]\nrestart = true", "restart", "restart = True, expected a table"),
        ('[scoring]\nfinisher_share = "3/2"', "finisher_share", "expected a part of the whole, at most 1"),
        ('[scoring]\neet_neighbours = "9"', "eet_neighbours", "expected one of 10_before, 5_5, nearest_10"),
        ('[scoring]\nbogey = { SS9 = "3 min" }', "SS9", "found bogey.SS9 (did you mean SS2?)"),
        (
            '[scoring]\nbogey = { SS1 = "9 min" }\nstage_max = { SS1 = "8 min" }',
            "bogey",
            "of SS1 above",
        ),
        ('[scoring]\nbetter = "highest"', "better", "better = highest with unit = seconds"),
        ("[scoring]\nscore_table = [420, 395]", "score_table", "a score_table with unit = seconds"),
        ("[scoring]\nscore_table = [395, 420]", "score_table", "expected scores that never rise (420 behind"),
        (
            '[scoring]\nunit = "score"\nbetter = "highest"',
            'preset = "',
            'unit = "score" without a score_table',
        ),
        ('[scoring]\nunit = "points"', 'preset = "', "a restart with unit = points, expected"),
        (
            "[scoring]\ntc_late_per_min = 0\ntc_late_cap = 60",
            "tc_late_cap",
            "= 60 without a rate",
        ),
        ("[scoring]\ntc_early_cap = 30", "tc_early_cap", "tc_early_cap = 30 below the 60 of one minute"),
        ("[scoring]\nrates.service.late_cap = 9", "rates", "rates.service.late_cap = 9 without a rate"),
        ("[scoring]\nfails = true", "fails", "fails = true where nothing books a fail"),
        (
            "[scoring]\nfinisher_share = 0.5",
            'preset = "',
            "finisher_share with finisher_rule =",
        ),
        ('[scoring]\nfinisher_rule = "share_of_controls"', 'preset = "', "without a finisher_share"),
        ('[scoring]\nss_resolution = "7 s"', "ss_resolution", "which does not divide a minute"),
        ('[scoring]\nstage_resolution.SS1 = "7 ms"', "stage_resolution", "stage_resolution.SS1 of 7000 µs"),
        ('[scoring]\ntest_unit = "0.03 s"\ntest_resolution = "0.02 s"', "test_unit", "one that divides the"),
        ("[scoring]\nmax_late_control = 45", "max_late_control", "above max_late_total = 30"),
        ("[scoring]\nfalse_start = [60, 10]", "false_start", "false_start = [60, 10] that falls"),
        ("[scoring]\nchampionship.overall = [1, 2]", "championship", "points that rise with the place"),
        ('[scoring]\notl_effect = "points"', 'preset = "', 'otl_effect = "points" without otl_points'),
        ("[scoring]\ncoefficient_on_controls = true", "coefficient_on", "without a coefficient_mode"),
        ('[scoring]\ncoefficient_mode = "score_times"', "coefficient_mode", "with unit = seconds"),
        ('[timing]\ndebounce = "1 s"\n[scoring]\ndebounce = "2 s"', "2 s", "in [timing] and [scoring]"),
        (
            "[scoring.time_allowance]\nfirst = '30 s'",
            "time_allowance",
            "a time allowance with unit = seconds",
        ),
    ],
)
def test_a_rule_that_cannot_hold_is_named_with_its_line(
    tmp_path: Path, rules: str, line: str, problem: str
) -> None:
    folder = stage_rally(tmp_path, rules)
    found = [text for text in said(folder).splitlines() if problem in text]
    assert found, said(folder)
    assert f"rally.toml:{line_of(folder, 'rally.toml', line)}: " in found[0]
    assert load_event(folder).event is None


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ('first = "2 min"\nmost = "1 min"', "found the first time allowance above the most"),
        ('most = "10 min"', "found a most that no number of steps reaches"),
        ('budget = "10 s"', "found a budget below the first step"),
    ],
)
def test_a_time_allowance_that_cannot_be_claimed_is_named(tmp_path: Path, rule: str, problem: str) -> None:
    folder = make(tmp_path, "TSD_HUNDREDTH", *TSD, rules=f"[scoring.time_allowance]\n{rule}")
    assert problem in said(folder)


def test_a_section_of_unknown_kind_is_named(tmp_path: Path) -> None:
    rows = [row.replace("standard", "standart") for row in SPECIAL_STAGES]
    folder = make(tmp_path, "MSUK_HISTORIC_ROAD", *rows)
    assert "itinerary.csv:5: found section_kind 'standart' (did you mean standard?)" in said(folder)


def test_an_unverified_rule_is_pointed_out_until_the_event_states_it(tmp_path: Path) -> None:
    folder = stage_rally(tmp_path, "[scoring]\nmax_late_total = 30")
    line = line_of(folder, "rally.toml", "preset =")
    assert f"rally.toml:{line}: warning: found max_late_control = 15 of FIA_STAGE, unverified" in said(folder)
    assert "max_late_total = 30" not in said(folder)
    assert load_event(folder).event is not None


def test_an_unverified_rule_that_the_road_does_not_use_is_left_alone(tmp_path: Path) -> None:
    folder = stage_rally(tmp_path, "")
    assert "championship" not in said(folder)
    rows = [row.replace("SS_START,,SS2,25,,,,,,,", "SS_START,,SS2,25,,,,,,,POWER") for row in SPECIAL_STAGES]
    (folder / "itinerary.csv").write_text(
        (folder / "itinerary.csv").read_text("utf-8").splitlines()[0] + "\n" + "\n".join(rows) + "\n", "utf-8"
    )
    assert "warning: found championship = { overall = [25, 18, 15" not in said(folder)
    assert "warning: found championship = { overall = [25, 17, 15" in said(folder)


def test_every_rule_that_hangs_on_a_kind_of_control_is_a_field() -> None:
    assert set(USED_BY) <= set(field_names())


def test_a_rule_left_to_an_official_is_no_unverified_rule(tmp_path: Path) -> None:
    rows = (*SPECIAL_STAGES[:1], "1,1,P,PASSAGE,,,1,,,,,,,,,,,,", *SPECIAL_STAGES[1:])
    assert "missed_passage" not in said(make(tmp_path, "MSUK_STAGE_TARGET", *rows))


@pytest.mark.parametrize(
    ("rules", "column", "problem"),
    [
        ('coefficient_mode = "penalty_times"', 7, "no coefficient of car 1, 2, 3, 4"),
        ('coefficient_mode = "penalty_times"\ncoefficient_source = "year"', 4, "no year of car 1, 2, 3, 4"),
        (
            'tie_breaks = ["older_car"]',
            4,
            "warning: found tie_breaks by the year, and no year of car 1, 2, 3, 4",
        ),
    ],
)
def test_a_rule_by_what_the_entry_list_lacks_is_pointed_out(
    tmp_path: Path, rules: str, column: int, problem: str
) -> None:
    folder = make(tmp_path, "TSD_SECOND", *TSD, rules=f"[scoring]\n{rules}")
    path = folder / "entries.csv"
    head, *rows = [line.split(",") for line in path.read_text("utf-8").splitlines()]
    emptied = [[*row[:column], "", *row[column + 1 :]] for row in rows]
    path.write_text("\n".join(",".join(row) for row in (head, *emptied)) + "\n", "utf-8")
    assert problem in said(folder)
    assert load_event(folder).event is not None


def test_a_stage_maximum_that_is_charged_but_not_given_is_pointed_out(tmp_path: Path) -> None:
    folder = make(tmp_path, "MSUK_STAGE_TARGET", *SPECIAL_STAGES, rules='[scoring]\nstage_max.SS1 = "8 min"')
    assert "warning: found no stage_max for SS2, expected stage_max for it" in said(folder)


def test_the_thousand_miles_need_the_score_table_of_the_event(tmp_path: Path) -> None:
    folder = make(tmp_path, "MILLE_MIGLIA", *TSD)
    line = line_of(folder, "rally.toml", "preset =")
    assert f'rally.toml:{line}: found unit = "score" without a score_table' in said(folder)
    assert load_event(folder).event is None


def test_a_score_table_comes_from_a_file_of_the_folder(tmp_path: Path) -> None:
    folder = make(tmp_path, "MILLE_MIGLIA", *TSD, rules='[scoring]\nscore_table = "score_table.csv"')
    (folder / "score_table.csv").write_text("penalties;score\n0;420\n1;395\n2;372,5\n", "utf-8")
    assert event(folder).preset.score_table == (Decimal(420), Decimal(395), Decimal("372.5"))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("penalties,score\n0,420\n2,370\n", "scores.csv:3: found penalties '2', expected 1: every step"),
        ("penalties,score\n1,395\n", "scores.csv:2: found penalties '1', expected 0: every step"),
        ("penalties,score\n0,395\n1,420\n", "scores.csv:3: found a score of 420 behind 395"),
        ("penalties,score\n0,many\n", "scores.csv:2: found score 'many', expected a decimal number"),
        ("penalties,scores\n0,1\n", "scores.csv:1: found a column 'scores' (did you mean score?)"),
        ("penalties,score\n", "scores.csv:1: found no score"),
        (None, "scores.csv:1: found no such file"),
    ],
)
def test_a_broken_score_table_is_named_in_its_own_file(
    tmp_path: Path, content: str | None, problem: str
) -> None:
    folder = make(tmp_path, "MILLE_MIGLIA", *TSD, rules='[scoring]\nscore_table = "scores.csv"')
    if content is not None:
        (folder / "scores.csv").write_text(content, "utf-8")
    assert problem in said(folder)
    assert load_event(folder).event is None


@pytest.mark.parametrize("name", ["../scores.csv", "scores.txt", "a/scores.csv"])
def test_a_score_table_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path, "MILLE_MIGLIA", *TSD, rules=f'[scoring]\nscore_table = "{name}"')
    assert "expected a CSV file of the event folder" in said(folder)
