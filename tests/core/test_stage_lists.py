"""The results of one stage in their order."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.rallies import span
from timing.core.entries import Entry
from timing.core.itinerary import Stage, StageKind
from timing.core.preset import Better, CoefficientMode, Preset, Unit
from timing.core.results import ResultStatus, StageResult
from timing.core.stage_lists import StageList, rank_stage

SPECIAL = Stage(id="SS1", order=0, leg=1, kind=StageKind.SS, name="SS1", start="S", finish="F")
TEST = replace(SPECIAL, id="PC1", kind=StageKind.REG_TEST)
SECONDS = Preset(name="X", version="1", unit=Unit.SECONDS)
SCORES = Preset(
    name="X",
    version="1",
    unit=Unit.SCORE,
    better=Better.HIGHEST,
    coefficient_mode=CoefficientMode.SCORE_TIMES,
    score_table=(Decimal(420), Decimal(395)),
)


def entry(number: int, coefficient: str = "1", *, course_car: bool = False) -> Entry:
    return Entry(
        car_number=str(number),
        order=number,
        start_offset=0,
        driver="",
        coefficient=Decimal(coefficient),
        course_car=course_car,
    )


def took(number: int, time: str, status: ResultStatus = ResultStatus.DONE) -> StageResult:
    return StageResult(stage="SS1", car=str(number), time=span(time), status=status)


def test_gaps_run_to_the_best_and_to_the_row_above() -> None:
    pairs = [(entry(n), took(n, time)) for n, time in ((1, "5:03.0"), (2, "5:00.0"), (3, "5:01.5"))]
    found = rank_stage(SPECIAL, pairs, SECONDS)
    assert [(car, row.rank, row.gap, row.to_previous) for car, row in found.items()] == [
        ("2", 1, 0, None),
        ("3", 2, 1_500_000, 1_500_000),
        ("1", 3, 3_000_000, 1_500_000),
    ]


def test_what_waits_for_an_official_and_course_cars_stand_behind_without_a_rank() -> None:
    pairs = [
        (entry(1), took(1, "4:00.0", ResultStatus.HELD)),
        (entry(2), took(2, "5:00.0")),
        (entry(3, course_car=True), took(3, "3:00.0")),
        (entry(4), StageResult(stage="SS1", car="4", status=ResultStatus.MISSING)),
        (entry(5), StageResult(stage="SS1", car="5", status=ResultStatus.RUNNING)),
        (entry(6), StageResult(stage="SS1", car="6")),
    ]
    found = rank_stage(SPECIAL, pairs, SECONDS)
    assert [(car, row.rank, row.order) for car, row in found.items()] == [
        ("2", 1, 0),
        ("3", None, 1),
        ("5", None, 2),
        ("1", None, 3),
        ("4", None, 4),
    ]
    assert found["1"].gap is None


def test_where_scores_count_a_penalty_in_the_better_coefficient_beats_none() -> None:
    """Gazzetta dello Sport, 18 May 2017: 395 x 1.80 = 711.00 in the OM, 420 x 1.25 = 525.00 in the Fiat."""

    def scored(number: int, penalties: int, score: int) -> StageResult:
        return StageResult(
            stage="PC1",
            car=str(number),
            points=Decimal(penalties),
            score=Decimal(score),
            status=ResultStatus.DONE,
        )

    pairs = [(entry(1, "1.25"), scored(1, 0, 420)), (entry(2, "1.80"), scored(2, 1, 395))]
    found = rank_stage(TEST, pairs, SCORES)
    assert [(car, row.rank, row.gap) for car, row in found.items()] == [
        ("2", 1, Decimal(0)),
        ("1", 2, Decimal("186.00")),
    ]


changes = st.lists(
    st.tuples(st.integers(1, 6), st.integers(3000, 3004), st.sampled_from(ResultStatus)), max_size=25
)


@settings(max_examples=100)
@given(changes)
def test_one_changed_result_gives_the_same_list_as_all_of_them_anew(
    drawn: list[tuple[int, int, ResultStatus]],
) -> None:
    live = StageList(SPECIAL, SECONDS)
    known: dict[int, StageResult] = {}
    for number, tenths, status in drawn:
        known[number] = took(number, f"{tenths // 10}.{tenths % 10}", status)
        live.put(entry(number), known[number])
        anew = rank_stage(SPECIAL, [(entry(n), result) for n, result in known.items()], SECONDS)
        assert list(live.rows().items()) == list(anew.items())
