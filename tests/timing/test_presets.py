"""The regulations as data."""

import tomllib
from dataclasses import fields, replace
from decimal import Decimal
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.core.instant import MINUTE, SECOND
from timing.core.preset import (
    Better,
    ChampionshipPoints,
    CoefficientMode,
    FinisherRule,
    OtlEffect,
    PointOrigin,
    Preset,
    Rate,
    RestartReference,
    RestartRule,
    SectionOrigin,
    TimeAllowanceRule,
    Unit,
)
from timing.presets import load_preset, preset_names
from timing.presets.contradictions import contradictions
from timing.presets.fields import field_names, parse_length, read_fields
from timing.presets.shown import shown

ABOUT = {"name", "version", "title", "source", "sources", "unverified"}
EVERY_FIELD = sorted({f.name for f in fields(Preset)} - ABOUT)


def test_the_eight_kinds_of_rally_have_a_preset() -> None:
    assert preset_names() == (
        "ACI_REGULARITY",
        "FIA_STAGE",
        "MILLE_MIGLIA",
        "MSUK_HISTORIC_ROAD",
        "MSUK_STAGE_TARGET",
        "TOUR",
        "TSD_HUNDREDTH",
        "TSD_SECOND",
    )


@pytest.mark.parametrize("name", preset_names())
def test_every_packaged_preset_reads_without_a_fault(name: str) -> None:
    preset = load_preset(name)
    assert preset.name == name
    assert preset.title
    assert preset.source
    assert "default" in preset.precedence


@pytest.mark.parametrize("name", preset_names())
def test_each_number_of_a_preset_says_where_it_was_read_or_that_it_was_not(name: str) -> None:
    text = resources.files("timing.presets").joinpath(f"{name}.toml").read_text("utf-8")
    stated = set(tomllib.loads(text)) - ABOUT
    preset = load_preset(name)
    assert stated == set(preset.sources) | set(preset.unverified)
    assert not set(preset.sources) & set(preset.unverified)
    assert all(known.strip() for known in (*preset.sources.values(), *preset.unverified.values()))


@pytest.mark.parametrize("name", preset_names())
def test_no_preset_contradicts_itself(name: str) -> None:
    preset = load_preset(name)
    if name == "MILLE_MIGLIA":
        # Its score table is the event's own: only two of its rows are known to us.
        assert [fault.field for fault in contradictions(preset)] == ["score_table"]
        preset = replace(preset, score_table=(Decimal(420), Decimal(395)))
    assert contradictions(preset) == ()


@pytest.mark.parametrize("field", EVERY_FIELD)
def test_what_is_shown_of_a_field_is_what_an_event_would_write(field: str) -> None:
    assert field in field_names()
    for name in preset_names():
        preset = load_preset(name)
        values, faults = read_fields(tomllib.loads(f"{field} = {shown(preset, field)}"))
        assert faults == {}
        assert values == {field: getattr(preset, field)}


def test_the_stage_rally_has_the_numbers_of_its_source() -> None:
    preset = load_preset("FIA_STAGE")
    assert (preset.unit, preset.ss_resolution) == (Unit.SECONDS, 100_000)
    assert (preset.tc_late_per_min, preset.tc_early_per_min) == (10, 60)
    assert (preset.max_late_control, preset.max_late_total) == (15, 30)
    assert preset.otl_effect is OtlEffect.RETIRE_LEG
    assert preset.false_start == (10, 60, 180)
    assert preset.section_origin is SectionOrigin.A_TO_A


def test_italian_regularity_has_the_numbers_of_its_source() -> None:
    preset = load_preset("ACI_REGULARITY")
    assert (preset.tc_late_per_min, preset.tc_late_cap, preset.tc_early_cap) == (100, 300, None)
    assert (preset.test_unit, preset.test_cap, preset.avg_unit, preset.avg_cap) == (
        10_000,
        300,
        1_000_000,
        300,
    )


def test_a_restart_and_the_championship_points_are_those_of_the_world_championship() -> None:
    preset = load_preset("FIA_STAGE")
    assert preset.restart == RestartRule(reference=RestartReference.GROUP, per_stage=600)
    assert preset.championship == ChampionshipPoints(
        overall=(25, 17, 15, 12, 10, 8, 6, 4, 2, 1), final_leg=(5, 4, 3, 2, 1), power_stage=(5, 4, 3, 2, 1)
    )
    assert {"restart", "championship"} <= set(preset.unverified)


def test_the_thousand_miles_are_won_by_the_highest_score_times_coefficient() -> None:
    preset = load_preset("MILLE_MIGLIA")
    assert (preset.unit, preset.better) == (Unit.SCORE, Better.HIGHEST)
    assert preset.coefficient_mode is CoefficientMode.SCORE_TIMES
    assert (preset.tc_late_per_min, preset.missed_line, preset.score_table) == (100, 0, ())
    assert "420" in preset.unverified["score_table"]


def test_a_leg_in_hundredths_of_a_minute_has_the_numbers_of_its_source() -> None:
    preset = load_preset("TSD_HUNDREDTH")
    hundredth = MINUTE // 100
    assert (preset.test_resolution, preset.test_unit, preset.test_cap) == (hundredth, hundredth, 500)
    assert (preset.missed_line, preset.missed_control, preset.missed_passage) == (1000, 1000, 1000)
    most = 19 * MINUTE + 30 * SECOND
    allowance = TimeAllowanceRule(first=30 * SECOND, step=MINUTE, most=most, budget=most, charge_per_min=0)
    assert preset.time_allowance == allowance


def test_a_leg_in_seconds_has_one_point_a_second_and_a_cap_of_our_own() -> None:
    preset = load_preset("TSD_SECOND")
    assert (preset.test_resolution, preset.test_unit, preset.test_cap) == (SECOND, SECOND, 300)
    assert (preset.missed_line, preset.time_allowance) == (None, None)
    assert "our own number" in preset.unverified["test_cap"]


def test_a_british_road_rally_has_the_numbers_of_its_source() -> None:
    preset = load_preset("MSUK_HISTORIC_ROAD")
    assert (preset.unit, preset.section_origin) == (Unit.SECONDS, SectionOrigin.SCHEDULED)
    assert (preset.avg_origin, preset.late_only_cap, preset.avg_cap) == (PointOrigin.PRECEDING, 60, None)
    assert preset.rates["standard"] == Rate(late_per_min=15, early_per_min=60)
    assert preset.rates["neutral"] == Rate(early_per_min=1800, early_cap=1800, early_fails=1)
    assert (preset.missed_control, preset.missed_passage, preset.visited_twice) == (60, 60, 60)
    assert (preset.missed_mtc, preset.max_late_total) == (900, 30)
    assert (preset.missed_control_fails, preset.missed_passage_fails, preset.fails) == (1, 1, False)


def test_a_british_stage_rally_has_the_numbers_of_its_source() -> None:
    preset = load_preset("MSUK_STAGE_TARGET")
    assert (preset.ss_resolution, preset.section_origin) == (SECOND, SectionOrigin.A_TO_B)
    assert (preset.tc_late_per_min, preset.tc_early_per_min) == (0, 60)
    assert preset.rates == {"MTC": Rate(late_per_min=10, early_per_min=10)}
    assert (preset.false_start, preset.false_start_add_actual) == ((10, 60, 180), True)
    assert (preset.refused_start, preset.charge_stage_max) == ((600,), True)
    assert (preset.max_late_total, preset.otl_effect) == (30, OtlEffect.NOT_VISITED)


def test_a_tour_ranks_nobody_and_penalises_nothing() -> None:
    preset = load_preset("TOUR")
    assert (preset.unit, preset.otl_effect, preset.tie_breaks) == (Unit.NONE, OtlEffect.ALERT, ())
    assert (preset.tc_late_per_min, preset.tc_early_per_min, preset.max_late_total) == (0, 0, 45)
    assert (preset.protest_minutes, preset.finisher_rule) == (None, FinisherRule.ANY)


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [("0.1 s", 100_000), ("1/100 min", 600_000), ("2 min", 120_000_000), ("5 ms", 5_000), ("1 us", 1)],
)
def test_a_length_with_its_unit_is_exact(text: str, microseconds: int) -> None:
    assert parse_length(text) == microseconds


@pytest.mark.parametrize("text", ["", "5", "s", "1/3 us", "-1 s", "1 furlong", "1/0 s"])
def test_a_length_without_a_sound_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a duration"):
        parse_length(text)


def test_wrong_values_are_named_by_field() -> None:
    values, faults = read_fields(
        {
            "unit": "metres",
            "ss_resolution_us": 0,
            "tc_late_cap": "lots",
            "truncate": "stamps",
            "precedence": {"FF": ["A", "Z"]},
            "tie_breaks": ["older_car", "coin"],
            "drop_worst": True,
        }
    )
    assert set(faults) == {
        "unit",
        "ss_resolution_us",
        "tc_late_cap",
        "precedence.FF",
        "tie_breaks",
        "drop_worst",
    }
    assert values == {"truncate": "stamps"}


TOML_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        ["none", "1/0 s", "0 s", "2/0", "1e9", "NaN", "Infinity", "50 %", "older_car", "seconds"]
    )
    | st.text(max_size=12)
    | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["standard", "MTC", "default", "SS1", "late_per_min", "per_stage", "first", "", "."]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(st.sampled_from((*field_names(), "unit", "nonsense")), TOML_VALUES)
def test_whatever_stands_for_a_field_is_a_value_or_a_fault_and_never_a_traceback(
    field: str, value: object
) -> None:
    for base in (None, load_preset("MSUK_HISTORIC_ROAD"), load_preset("TSD_HUNDREDTH")):
        values, faults = read_fields({field: value}, base)
        assert bool(values) != bool(faults)
        assert all(path.split(".")[0] == field and expected for path, expected in faults.items())
        if values and base is not None:
            contradictions(replace(base, **values))  # type: ignore[arg-type]
