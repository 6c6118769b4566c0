"""Equal totals: every comparator of the regulations, and the order they make together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import Road, span
from timing.core.drive import Drive
from timing.core.entries import Entry
from timing.core.fact import copy_with
from timing.core.itinerary import Control, ControlKind, Stage, StageKind
from timing.core.preset import TieBreak
from timing.core.results import PenaltyRow, ResultStatus, StagePart, StageResult
from timing.core.sheet import Sheet
from timing.core.tie_breaks import TieKeys

#: What a crew did: a time (special stage), points (test) or nothing, by stage.
Done = Mapping[str, str | Decimal | int]


def special_stages(count: int, *super_specials: str) -> tuple[tuple[Stage, ...], dict[str, Control]]:
    road = Road()
    for number in range(1, count + 1):
        road.special(f"SS{number}", str(20 * number), split=False)
    return (
        tuple(replace(stage, super_special=stage.id in super_specials) for stage in road.stages.values()),
        road.controls,
    )


def chained(count: int) -> tuple[tuple[Stage, ...], dict[str, Control]]:
    road = Road()
    road.put("L0", ControlKind.REG_TEST, "0")
    for number in range(1, count + 1):
        road.put(f"L{number}", ControlKind.REG_TEST, str(number))
        road.time(f"PC{number}", StageKind.REG_TEST, f"L{number - 1}", f"L{number}", target="15.00")
    return tuple(road.stages.values()), road.controls


def sheet(stages: Sequence[Stage], done: Done, car: str = "1", **of_car: object) -> Sheet:
    values: dict[str, object] = {
        "car_number": car,
        "order": int(car),
        "start_offset": 0,
        "driver": "",
        **of_car,
    }
    results = {stage.id: StageResult(stage=stage.id, car=car) for stage in stages}
    for ident, value in done.items():
        driven = span(value) if isinstance(value, str) else None
        points = None if isinstance(value, str) else Decimal(value)
        results[ident] = copy_with(results[ident], time=driven, points=points, status=ResultStatus.DONE)
    return Sheet(entry=Entry(**values), drive=Drive(), results=results)  # type: ignore[arg-type]


def keys(of: Sheet, road: tuple[tuple[Stage, ...], dict[str, Control]], *tie_breaks: TieBreak) -> TieKeys:
    return TieKeys(of, *road, tie_breaks)


def test_a_super_special_breaks_no_tie_and_the_first_other_stage_that_differs_does() -> None:
    # Both took 1:02:41.3 in all. SS1 is a super special, SS2 equal, SS3 better for the second.
    road = special_stages(3, "SS1")
    a = keys(
        sheet(road[0], {"SS1": "1:30.0", "SS2": "6:10.2", "SS3": "5:00.1"}),
        road,
        TieBreak.BEST_ON_STAGE_ORDER,
    )
    b = keys(
        sheet(road[0], {"SS1": "1:30.2", "SS2": "6:10.2", "SS3": "5:00.0"}),
        road,
        TieBreak.BEST_ON_STAGE_ORDER,
    )
    assert b < a
    assert b.reason(a) == "best_on_stage_order: SS3 5:00.0 against 5:00.1"


def test_a_crew_that_has_no_time_on_a_stage_is_behind_one_that_has() -> None:
    road = special_stages(2)
    has = keys(sheet(road[0], {"SS1": "9:00.0"}), road, TieBreak.BEST_ON_STAGE_ORDER)
    lacks = keys(sheet(road[0], {"SS2": "1:00.0"}), road, TieBreak.BEST_ON_STAGE_ORDER)
    assert has < lacks


def test_the_last_stage_counts_first_and_super_specials_last_where_the_rules_say_so() -> None:
    # SS4 is the last stage but a super special: it counts behind SS3, SS2 and SS1.
    road = special_stages(4, "SS4")
    times = {"SS1": "1:00.0", "SS2": "2:00.0", "SS3": "3:00.0", "SS4": "4:00.0"}
    rule = TieBreak.BEST_ON_LAST_STAGES
    base = keys(sheet(road[0], times), road, rule)
    assert keys(sheet(road[0], {**times, "SS3": "2:59.9", "SS4": "9:00.0"}), road, rule) < base
    assert base < keys(sheet(road[0], {**times, "SS2": "2:00.1", "SS1": "0:01.0"}), road, rule)
    assert keys(sheet(road[0], {**times, "SS4": "3:59.9"}), road, rule) < base


def test_behind_all_stages_the_start_number_may_decide() -> None:
    road = special_stages(1)
    rules = (TieBreak.BEST_ON_LAST_STAGES, TieBreak.START_ORDER)
    first = keys(sheet(road[0], {"SS1": "1:00.0"}, car="3"), road, *rules)
    second = keys(sheet(road[0], {"SS1": "1:00.0"}, car="4"), road, *rules)
    assert first < second
    assert (first.parted_by(second), first.reason(second)) == (TieBreak.START_ORDER, "start_order")


def test_of_two_cars_with_49_58_the_one_of_1934_is_ahead_of_the_one_of_1938() -> None:
    road = chained(1)
    older = keys(sheet(road[0], {"PC1": 37}, year=1934), road, TieBreak.OLDER_CAR)
    newer = keys(sheet(road[0], {"PC1": 37}, year=1938), road, TieBreak.OLDER_CAR)
    unknown = keys(sheet(road[0], {"PC1": 37}), road, TieBreak.OLDER_CAR)
    assert older < newer < unknown


def test_most_tests_without_a_penalty_are_ahead() -> None:
    road = chained(3)
    two = keys(sheet(road[0], {"PC1": 0, "PC2": 0, "PC3": 9}), road, TieBreak.MOST_ZEROS)
    other = keys(sheet(road[0], {"PC1": 0, "PC2": 4, "PC3": 5}), road, TieBreak.MOST_ZEROS)
    assert two < other
    assert two == keys(sheet(road[0], {"PC1": 3, "PC2": 0, "PC3": 0}), road, TieBreak.MOST_ZEROS)


@pytest.mark.parametrize(
    ("ahead", "behind"),
    [
        ((0, 0, 9, 9), (0, 1, 1, 1)),  # more zeros
        ((0, 1, 1, 7), (0, 1, 2, 6)),  # as many zeros, more ones
        ((0, 1, 2, 8), (0, 1, 3, 3)),  # as many zeros and ones, more twos
        ((5, 2, 0), (5, 3, 0)),
        ((9, 0, 0), (0, 1, 1)),  # whichever tests they were
    ],
)
def test_most_zeros_then_ones_then_twos(ahead: tuple[int, ...], behind: tuple[int, ...]) -> None:
    road = chained(len(ahead))
    one, other = (
        keys(
            sheet(road[0], {f"PC{n}": value for n, value in enumerate(values, 1)}),
            road,
            TieBreak.MOST_SMALLEST,
        )
        for values in (ahead, behind)
    )
    assert one < other


def test_the_better_on_the_first_test_is_ahead_then_on_the_second() -> None:
    road = chained(3)
    rule = TieBreak.BEST_ON_TEST_ORDER
    one = keys(sheet(road[0], {"PC1": 3, "PC2": 1, "PC3": 9}), road, rule)
    other = keys(sheet(road[0], {"PC1": 3, "PC2": 2, "PC3": 0}), road, rule)
    assert one < other
    assert one.reason(other) == "best_on_test_order: PC2 1 against 2"


def penalised(of: Sheet, control: str, **more: object) -> Sheet:
    values: dict[str, object] = {"car": "1", "rule": "x", "amount": Decimal(1), "control": control, **more}
    return replace(of, rows=(PenaltyRow(**values),))  # type: ignore[arg-type]


def test_who_went_furthest_without_a_penalty_is_ahead() -> None:
    road = chained(4)
    rule = TieBreak.FURTHEST_CLEANEST
    clean = {f"PC{n}": 0 for n in range(1, 5)}
    to_the_end = keys(sheet(road[0], clean), road, rule)
    at_four = keys(sheet(road[0], {**clean, "PC4": 9}), road, rule)
    at_two = keys(sheet(road[0], {**clean, "PC2": 1, "PC4": 8}), road, rule)
    assert to_the_end < at_four < at_two
    assert at_two == keys(penalised(sheet(road[0], clean), "L2"), road, rule)
    assert at_two == keys(penalised(sheet(road[0], clean), "L2", amount=Decimal(0), fails=1), road, rule)
    # What an official decided to be nothing costs no cleanness.
    assert to_the_end == keys(penalised(sheet(road[0], clean), "L2", amount=Decimal(0)), road, rule)


def test_inside_an_average_trial_the_first_point_that_cost_something_counts() -> None:
    stages, controls = chained(3)
    trial = Stage(
        id="PM",
        order=0,
        leg=1,
        kind=StageKind.AVG_TRIAL,
        name="PM",
        start="L0",
        finish="L3",
        between=("L1", "L2"),
    )
    result = StageResult(
        stage="PM",
        car="1",
        status=ResultStatus.DONE,
        points=Decimal(3),
        parts=tuple(
            StagePart(control=f"L{n}", time=1, points=Decimal(points))
            for n, points in enumerate((0, 3, 0), 1)
        ),
    )
    drove = replace(sheet((trial,), {}), results={"PM": result})
    at_two = keys(penalised(sheet(stages, {}), "L2"), (stages, controls), TieBreak.FURTHEST_CLEANEST)
    assert keys(drove, ((trial,), controls), TieBreak.FURTHEST_CLEANEST) == at_two


def test_crews_that_are_equal_to_the_end_of_the_list_are_equal() -> None:
    road = chained(2)
    rules = tuple(rule for rule in TieBreak if rule is not TieBreak.START_ORDER)
    one = keys(sheet(road[0], {"PC1": 3, "PC2": 1}, car="1", year=1950), road, *rules)
    other = keys(sheet(road[0], {"PC1": 3, "PC2": 1}, car="2", year=1950), road, *rules)
    assert one == other
    assert (one < other, other < one) == (False, False)
    assert (one.parted_by(other), one.reason(other)) == (None, "equal in everything")


results = st.dictionaries(
    st.sampled_from(("PC1", "PC2", "PC3")), st.integers(0, 2) | st.decimals(0, 2, places=1), max_size=3
)
crews = st.tuples(results, st.sampled_from((None, 1930, 1931)), st.sampled_from(("", "L1", "L3")))


@given(st.lists(crews, min_size=3, max_size=3), st.lists(st.sampled_from(TieBreak), max_size=4, unique=True))
def test_whatever_the_regulations_combine_the_order_is_a_total_preorder(
    drawn: list[tuple[Done, int | None, str]], rules: list[TieBreak]
) -> None:
    road = chained(3)
    made = []
    for car, (done, year, row) in enumerate(drawn):
        of = sheet(road[0], done, car=str(car), year=year)
        made.append(keys(penalised(of, row) if row else of, road, *rules))
    a, b, c = made
    assert (a < b) + (b < a) + (a == b) == 1
    if not b < a and not c < b:
        assert not c < a
    assert (a.parted_by(b) is None) == (a == b)
