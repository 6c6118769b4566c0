"""The regulations as data."""

import pytest

from timing.core.preset import OtlEffect, SectionOrigin, Unit
from timing.presets import load_preset, preset_names
from timing.presets.fields import parse_length, read_fields


@pytest.mark.parametrize("name", preset_names())
def test_every_packaged_preset_reads_without_a_fault(name: str) -> None:
    preset = load_preset(name)
    assert preset.name == name
    assert preset.title
    assert preset.source
    assert "default" in preset.precedence


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


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [("0.1 s", 100_000), ("1/100 min", 600_000), ("2 min", 120_000_000), ("5 ms", 5_000), ("1 us", 1)],
)
def test_a_length_with_its_unit_is_exact(text: str, microseconds: int) -> None:
    assert parse_length(text) == microseconds


@pytest.mark.parametrize("text", ["", "5", "s", "1/3 us", "-1 s", "1 furlong"])
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
