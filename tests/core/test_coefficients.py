"""Coefficients of cars: where they come from, and what they multiply."""

from dataclasses import replace
from decimal import Decimal

from timing.core.coefficients import coefficient_of, seconds_of, weighed, year_coefficient
from timing.core.entries import Entry
from timing.core.instant import SECOND
from timing.core.preset import CoefficientMode, CoefficientSource, Preset, Unit
from timing.core.results import PenaltyRow

YEARS = Preset(
    name="YEARS",
    version="1",
    unit=Unit.POINTS,
    coefficient_mode=CoefficientMode.PENALTY_TIMES,
    coefficient_source=CoefficientSource.YEAR,
)
OM_SUPERBA = Decimal("1.80")


def crew(coefficient: Decimal | None = None, year: int | None = None) -> Entry:
    return Entry(car_number="1", order=0, start_offset=0, driver="Driver", coefficient=coefficient, year=year)


def test_the_coefficient_comes_from_the_list_or_the_year_and_is_one_without() -> None:
    listed = replace(YEARS, coefficient_source=CoefficientSource.ENTRY)
    assert coefficient_of(crew(OM_SUPERBA, 1927), listed) == OM_SUPERBA
    assert coefficient_of(crew(OM_SUPERBA, 1927), YEARS) == Decimal("1.27")
    assert coefficient_of(crew(None, None), listed) == coefficient_of(crew(), YEARS) == 1
    off = replace(YEARS, coefficient_mode=CoefficientMode.NONE)
    assert coefficient_of(crew(OM_SUPERBA, 1927), off) == 1
    assert [year_coefficient(year) for year in (1900, 2007)] == [1, Decimal("1.07")]


def test_the_coefficient_weighs_tests_and_controls_only_where_the_regulations_say_so() -> None:
    rows = [
        PenaltyRow(car="1", rule="late", amount=Decimal(100), control="TC1", text="1 min"),
        PenaltyRow(car="1", rule="missed control", amount=None, control="TC2"),
        PenaltyRow(car="1", rule="early", amount=Decimal(0), control="TC3"),
    ]
    entry = crew(year=1971)
    assert weighed(rows, entry, YEARS) == rows
    found = weighed(rows, entry, replace(YEARS, coefficient_on_controls=True))
    assert [row.amount for row in found] == [171, None, 0]
    assert found[0].text == "1 min, times 1.71"
    seconds = replace(YEARS, coefficient_on_controls=True, unit=Unit.SECONDS)
    timed = weighed([PenaltyRow(car="1", rule="late", amount=10 * SECOND)], entry, seconds)
    assert timed[0].amount == 17_100_000
    # Time stays whole microseconds, points stay exact.
    assert [type(row.amount) for row in (timed[0], found[0])] == [int, Decimal]


def test_the_coefficient_of_a_year_is_one_and_a_hundredth_for_each_year_of_its_century() -> None:
    found = [year_coefficient(year) for year in (1927, 1934, 1971, 1979)]
    assert found == [Decimal("1.27"), Decimal("1.34"), Decimal("1.71"), Decimal("1.79")]


def test_seconds_with_a_coefficient_are_cut_to_a_microsecond() -> None:
    assert seconds_of(Decimal(7)) == 7 * SECOND
    assert seconds_of(Decimal("1.2345678")) == 1_234_567
