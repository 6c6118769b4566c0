"""A crew's results kept by stage: the same as counted anew."""

from decimal import Decimal
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.rallies import regularity
from timing.core.drive import Drive
from timing.core.entries import Entry
from timing.core.preset import CoefficientMode, Preset, Unit
from timing.core.results import PenaltyRow, ResultStatus, StageResult
from timing.core.road import Road
from timing.core.sheet import Sheet
from timing.core.stage_sums import StageSums, without_coefficients

ROAD = Road(regularity(coefficient_mode=CoefficientMode.PENALTY_TIMES))
ENTRY = Entry(car_number="1", order=0, start_offset=0, driver="", coefficient=Decimal("1.5"))
STAGES = tuple(stage.id for stage in ROAD.stages)


def sums(preset: Preset, *sheets: Sheet) -> tuple[object, ...]:
    made = StageSums(ROAD.stages, preset)
    for sheet in sheets:
        made.follow(sheet)
    return made.amounts, made.done, made.lacking, made.notional, made.unknown, made.doubted


@cache
def result(stage: str, status: ResultStatus, points: int | None, mark: str = "") -> StageResult:
    """A result; the very same object for the same facts, as a sheet keeps what has not changed."""
    value = None if points is None else Decimal(points)
    return StageResult(stage=stage, car="1", status=status, points=value, score=value, marks=tuple(mark))


def sheet(*results: StageResult, ruled: tuple[str, ...] = ()) -> Sheet:
    rows = tuple(PenaltyRow(car="1", rule="x", amount=Decimal(9), stage=stage) for stage in ruled)
    by_stage = {stage: result(stage, ResultStatus.PENDING, None) for stage in STAGES}
    return Sheet(entry=ENTRY, drive=Drive(), results={**by_stage, **{r.stage: r for r in results}}, rows=rows)


def test_each_stage_has_a_bit_and_an_amount() -> None:
    of = sheet(
        result("PC1", ResultStatus.DONE, 4, "N"),
        result("PC2", ResultStatus.MISSING, None),
        result("PC3", ResultStatus.HELD, None),
        ruled=("PC3",),
    )
    assert sums(ROAD.preset, of) == ([6, None, None, None], 0b0101, 0b0010, 0b0001, 0, 0)
    assert sums(without_coefficients(ROAD.preset), of)[0] == [4, None, None, None]


def test_a_ruling_on_a_stage_counts_also_where_its_result_is_not_new() -> None:
    lacking = result("PC1", ResultStatus.MISSING, None)
    assert sums(ROAD.preset, sheet(lacking), sheet(lacking, ruled=("PC1",)))[1:3] == (0b0001, 0)
    assert sums(ROAD.preset, sheet(lacking, ruled=("PC1",)), sheet(lacking))[1:3] == (0, 0b0001)


marks = st.sampled_from(("", "N", "?"))
points = st.none() | st.integers(0, 3)
results = st.lists(
    st.tuples(st.sampled_from(STAGES), st.sampled_from(ResultStatus), points, marks), max_size=4
)
sheets = st.lists(st.tuples(results, st.sets(st.sampled_from(STAGES), max_size=2)), min_size=1)


@settings(max_examples=200)
@given(sheets, st.sampled_from((Unit.POINTS, Unit.SCORE, Unit.SECONDS)))
def test_new_sheets_leave_nothing_of_the_old_ones_behind(
    drawn: list[tuple[list[tuple[str, ResultStatus, int | None, str]], set[str]]], unit: Unit
) -> None:
    preset = Preset(name="X", version="1", unit=unit)
    made = [sheet(*(result(*each) for each in results), ruled=tuple(ruled)) for results, ruled in drawn]
    assert sums(preset, *made) == sums(preset, made[-1])
