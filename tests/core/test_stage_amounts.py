"""What a stage adds to the total: points, score tables, coefficients. The numbers are published ones."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timing.core.entries import Entry
from timing.core.instant import SECOND
from timing.core.itinerary import Stage, StageKind
from timing.core.preset import Better, CoefficientMode, CoefficientSource, Preset, Unit
from timing.core.results import Amount, StageResult
from timing.core.stage_amounts import stage_amount, table_score, trial_score, without_worst

TEST = Stage(id="PC1", order=0, leg=1, kind=StageKind.REG_TEST, name="PC1", start="L0", finish="L1")
TRIAL = replace(TEST, kind=StageKind.AVG_TRIAL)
SPECIAL = replace(TEST, kind=StageKind.SS)
MILLE_MIGLIA = Preset(
    name="TABLE",
    version="1",
    unit=Unit.SCORE,
    better=Better.HIGHEST,
    coefficient_mode=CoefficientMode.SCORE_TIMES,
    score_table=(Decimal(420), Decimal(395), Decimal(370), Decimal(0)),
    avg_score_table=(Decimal(100), Decimal(90), Decimal(0)),
)
YEARS = Preset(
    name="YEARS",
    version="1",
    unit=Unit.POINTS,
    coefficient_mode=CoefficientMode.PENALTY_TIMES,
    coefficient_source=CoefficientSource.YEAR,
)
OM_SUPERBA = Decimal("1.80")
FIAT_750_ZAGATO = Decimal("1.25")


def crew(coefficient: Decimal | None = None, year: int | None = None) -> Entry:
    return Entry(car_number="1", order=0, start_offset=0, driver="Driver", coefficient=coefficient, year=year)


def amount(penalties: int, entry: Entry, preset: Preset, stage: Stage = TEST) -> Amount | None:
    table = preset.score_table if stage is TEST else preset.avg_score_table
    score = table_score(Decimal(penalties), table)
    result = StageResult(stage=stage.id, car="1", time=90 * SECOND, points=Decimal(penalties), score=score)
    return stage_amount(stage, result, entry, preset)


@pytest.mark.parametrize(
    ("penalties", "coefficient", "score"),
    [(0, OM_SUPERBA, "756.00"), (0, FIAT_750_ZAGATO, "525.00"), (1, OM_SUPERBA, "711.00")],
)
def test_1000_miglia_one_penalty_in_the_om_superba_beats_none_in_the_fiat(
    penalties: int, coefficient: Decimal, score: str
) -> None:
    found = amount(penalties, crew(coefficient), MILLE_MIGLIA)
    assert str(found) == score


def test_the_last_entry_of_the_score_table_holds_for_all_further_penalties() -> None:
    assert [amount(n, crew(), MILLE_MIGLIA) for n in (2, 3, 4, 5000)] == [370, 0, 0, 0]


def test_without_a_score_table_an_official_decides_and_nothing_is_invented() -> None:
    assert amount(0, crew(OM_SUPERBA), replace(MILLE_MIGLIA, score_table=())) is None
    assert amount(0, crew(OM_SUPERBA), replace(MILLE_MIGLIA, avg_score_table=()), TRIAL) is None


def test_each_point_of_an_average_trial_scores_by_its_own_table() -> None:
    points = [Decimal(0), Decimal(1), Decimal(700)]
    assert trial_score(points, MILLE_MIGLIA.avg_score_table) == 190
    assert trial_score(points, ()) is None


@pytest.mark.parametrize(
    ("penalties", "year", "charged"),
    [(100, 1971, "171.00"), (37, 1934, "49.58"), (30, 1979, "53.70")],
)
def test_penalties_times_one_and_a_hundredth_for_each_year_of_the_century(
    penalties: int, year: int, charged: str
) -> None:
    found = amount(penalties, crew(year=year), YEARS)
    assert str(found) == charged


def test_thirty_seven_penalties_of_1934_beat_thirty_of_1979() -> None:
    old, young = amount(37, crew(year=1934), YEARS), amount(30, crew(year=1979), YEARS)
    assert old is not None
    assert young is not None
    assert old < young


def test_seconds_of_a_regularity_add_up_with_stage_times() -> None:
    road = replace(YEARS, unit=Unit.SECONDS, coefficient_mode=CoefficientMode.NONE)
    assert amount(7, crew(), road, TRIAL) == 7 * SECOND
    assert amount(7, crew(), road, SPECIAL) == 90 * SECOND
    weighed_road = replace(road, coefficient_mode=CoefficientMode.PENALTY_TIMES)
    assert amount(7, crew(year=1971), weighed_road, TRIAL) == 11_970_000
    assert amount(7, crew(year=1971), weighed_road, SPECIAL) == 90 * SECOND


def test_a_special_stage_adds_nothing_where_points_are_counted_and_a_tour_counts_nothing() -> None:
    assert amount(7, crew(), YEARS, SPECIAL) is None
    unscored = StageResult(stage="SS1", car="1", time=90 * SECOND)
    assert stage_amount(SPECIAL, unscored, crew(), MILLE_MIGLIA) is None
    assert amount(7, crew(), replace(YEARS, unit=Unit.NONE)) is None


def test_the_worst_tests_are_dropped_whichever_end_is_the_worst() -> None:
    points = [Decimal(n) for n in (3, 300, 0, 12)]
    assert without_worst(points, 0, Better.LOWEST) == points
    assert sum(without_worst(points, 1, Better.LOWEST)) == 15
    assert sum(without_worst(points, 1, Better.HIGHEST)) == 315
    assert list(without_worst(points[:1], 2, Better.LOWEST)) == []


@given(
    st.lists(st.integers(0, 420), min_size=1, max_size=400),
    st.integers(0, 1000),
    st.decimals("1.00", "1.80", places=2),
)
def test_no_score_is_above_that_of_a_perfect_test(
    falls: list[int], penalties: int, coefficient: Decimal
) -> None:
    table = tuple(Decimal(score) for score in sorted(falls, reverse=True))
    preset = replace(MILLE_MIGLIA, score_table=table)
    found = amount(penalties, crew(coefficient), preset)
    assert found is not None
    assert found <= table[0] * coefficient
    assert found == (table_score(Decimal(penalties), table) or 0) * coefficient
