"""How amounts are printed."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from dashboard.amounts import amount, gap_text, points_of, resolution_of, stage_gap, stage_points
from tests.core.rallies import crews, regularity
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.fact import copy_with
from timing.core.instant import RallyTime
from timing.core.itinerary import Itinerary
from timing.core.preset import CoefficientMode, Preset
from timing.core.results import StageResult
from timing.presets import load_preset


def event(preset: Preset) -> Event:
    return Event(
        id="e",
        name="E",
        first_day=dt.date(2026, 6, 6),
        timezone="UTC",
        time=RallyTime(0),
        preset=preset,
        entries=EntryList({}),
        itinerary=Itinerary(legs={}, controls={}, stages={}),
    )


ACI = load_preset("ACI_REGULARITY")


@pytest.mark.parametrize(("value", "text"), [("6", "6.00"), ("6.12", "6.12"), ("49.58", "49.58")])
def test_totals_with_coefficients_all_have_two_decimals(value: str, text: str) -> None:
    weighed = event(replace(ACI, coefficient_mode=CoefficientMode.PENALTY_TIMES))
    assert gap_text(amount(weighed, Decimal(value))) == text


def test_penalties_of_a_test_are_whole_points() -> None:
    assert points_of(event(ACI), Decimal(7)).text == "7"
    assert gap_text(amount(event(ACI), Decimal(7), sign=True)) == "+7"


@pytest.mark.parametrize(
    ("preset", "value", "text"),
    [
        ("FIA_STAGE", 3_761_300_000, "1:02:41.3"),
        ("FIA_STAGE", 3_760_000_000, "1:02:40.0"),
        ("FIA_STAGE", 1_036_834_000, "17:16.834"),
        ("MSUK_STAGE_TARGET", 853_000_000, "14:13"),
        ("MSUK_STAGE_TARGET", 10_300_000, "0:10.3"),
        ("MSUK_STAGE_TARGET", 10_317_500, "0:10.317500"),
    ],
)
def test_seconds_are_shown_as_stages_are_timed_and_finer_where_a_penalty_is(
    preset: str, value: int, text: str
) -> None:
    assert gap_text(amount(event(load_preset(preset)), value)) == text


def test_what_is_not_known_has_no_text() -> None:
    assert gap_text(None) == ""


def test_a_test_in_a_rally_of_scores_shows_its_score_with_two_decimals() -> None:
    listed = crews("1").by_number["1"]
    om_superba = EntryList({"1": replace(listed, coefficient=Decimal("1.80"))})
    scored = replace(regularity(om_superba), preset=load_preset("MILLE_MIGLIA"))
    stage = scored.itinerary.stages["PC1"]
    result = StageResult(stage="PC1", car="1", points=Decimal(1), score=Decimal(395))
    assert gap_text(stage_points(scored, stage, result)) == "711.00"
    assert gap_text(stage_gap(scored, stage, Decimal("186.00"))) == "+186.00"
    assert gap_text(amount(scored, Decimal(756))) == "756.00"
    assert stage_points(scored, stage, copy_with(result, score=None)) is None
    plain = regularity(om_superba)
    assert gap_text(stage_points(plain, stage, result)) == "1"


def test_tenths_of_a_minute_are_printed_with_their_decimals() -> None:
    assert points_of(event(load_preset("TSD_HUNDREDTH")), Decimal("1.3")).text == "1.30"


def test_times_are_printed_in_the_resolution_in_force_on_their_stage() -> None:
    printed = regularity(crews("1"))
    order = printed.itinerary.controls["L1"].order
    changed = replace(printed, rules_from=((order, replace(ACI, test_resolution=100_000)),))
    stages = changed.itinerary.stages
    assert [resolution_of(changed, stages[stage]) for stage in ("PC1", "PC2", "PM1")] == [
        10_000,
        100_000,
        1_000_000,
    ]
