"""How amounts are printed."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from dashboard.amounts import amount, gap_text, points_of
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import RallyTime
from timing.core.itinerary import Itinerary
from timing.core.preset import CoefficientMode, Preset
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


def test_seconds_are_cut_to_the_resolution_of_the_stages() -> None:
    assert gap_text(amount(event(load_preset("FIA_STAGE")), 3_761_390_000)) == "1:02:41.3"
    assert gap_text(None) == ""
