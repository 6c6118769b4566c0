"""Crews that were tallied, compared: places, gaps, fails and ties."""

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.rallies import span
from timing.core.drive import Drive
from timing.core.entries import Entry
from timing.core.instant import SECOND, Duration
from timing.core.preset import Better, Preset, TieBreak
from timing.core.results import Classification, StandingStatus
from timing.core.sheet import Sheet
from timing.core.standings import classify
from timing.core.tallies import Tally
from timing.core.tie_breaks import TieKeys
from timing.presets import load_preset

FIA = load_preset("FIA_STAGE")


def car(number: int, year: int | None = None) -> Entry:
    return Entry(car_number=str(number), order=number, start_offset=0, driver="", year=year)


def one(number: int, total: Duration, done: int = 1, **more: object) -> Tally:
    values: dict[str, object] = {
        "entry": car(number),
        "status": StandingStatus.CLASSIFIED,
        "total": total,
        "penalties": 0,
        "done": (1 << done) - 1,
        "complete": True,
        **more,
    }
    return Tally(**values)  # type: ignore[arg-type]


def listed(*tallies: Tally, preset: Preset = FIA) -> Classification:
    return classify("overall", tallies, preset)


def test_gaps_are_differences_of_cut_totals() -> None:
    a, b, c = span("1:02:41.3"), span("1:02:44.9"), span("1:03:01.0")
    found = listed(one(1, a), one(2, b), one(3, c)).rows
    assert [r.gap for r in found.values()] == [0, 3_600_000, 19_700_000]
    assert [r.to_previous for r in found.values()] == [None, 3_600_000, 16_100_000]


def test_a_penalty_moves_a_crew_and_all_gaps_with_it() -> None:
    a, b, c = span("1:02:41.3") + 30 * SECOND, span("1:02:44.9"), span("1:03:01.0")
    found = listed(one(1, a), one(2, b), one(3, c)).rows
    assert list(found) == ["2", "3", "1"]
    assert (found["1"].rank, found["1"].total) == (3, span("1:03:11.3"))
    assert (found["1"].to_previous, found["1"].gap) == (10_300_000, 26_400_000)


def test_totals_are_ordered_as_numbers() -> None:
    times = ("59:59.9", "1:00:00.0", "1:40:00.0", "10.0", "99:00:00", "101:00:00")
    found = listed(*(one(n, span(t)) for n, t in enumerate(times))).rows
    assert list(found) == ["3", "0", "1", "2", "4", "5"]


def test_where_the_highest_wins_the_list_is_turned_round() -> None:
    preset = replace(FIA, better=Better.HIGHEST)
    found = listed(one(1, 10), one(2, 30), one(3, 20), preset=preset).rows
    assert [(car, r.rank, r.gap, r.to_previous) for car, r in found.items()] == [
        ("2", 1, 0, None),
        ("3", 2, 10, 10),
        ("1", 3, 20, 10),
    ]


tallies = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(0, 2),
        st.booleans(),
        st.sampled_from(StandingStatus),
        st.integers(0, 1),
        st.sampled_from((1930, 1931, None)),
    ),
    max_size=12,
)


def in_all(tally: Tally) -> tuple[object, ...]:
    """Everything by which two crews with a place are compared."""
    ties = tally.ties
    return tally.stages_done, tally.fails, tally.total, ties.keys if ties is not None else ()


@settings(max_examples=200)
@given(tallies, st.randoms(use_true_random=False))
def test_a_classification_is_a_preorder_and_shares_ranks_only_between_equals(
    drawn: list[tuple[int, int, bool, StandingStatus, int, int | None]], chance: Random
) -> None:
    crews_ = [
        one(
            n,
            total,
            done,
            complete=complete,
            status=status,
            fails=fails,
            ties=TieKeys(Sheet(entry=car(n, year), drive=Drive()), (), {}, (TieBreak.OLDER_CAR,)),
        )
        for n, (total, done, complete, status, fails, year) in enumerate(drawn)
    ]
    found = listed(*crews_)
    chance.shuffle(crews_)
    assert list(listed(*crews_).rows.items()) == list(found.rows.items())
    by_number = {tally.entry.car_number: tally for tally in crews_}
    placed = [(r.rank, by_number[number]) for number, r in found.rows.items() if r.rank is not None]
    assert {tally.entry.car_number for _, tally in placed} == {
        number for number, tally in by_number.items() if tally.ranks
    }
    for place, (rank, tally) in enumerate(placed):
        better = [other for other_rank, other in placed if other_rank < rank]
        assert rank == len(better) + 1
        for other_rank, other in placed[:place]:
            assert (in_all(other) == in_all(tally)) == (other_rank == rank)
            assert (-other.stages_done, other.fails, other.total) <= (
                -tally.stages_done,
                tally.fails,
                tally.total,
            )


def test_fewer_fails_stand_before_any_total_and_no_gap_is_given_between_them() -> None:
    found = listed(one(1, 10 * SECOND, fails=1), one(2, 90 * SECOND), one(3, 70 * SECOND, fails=1)).rows
    assert [(number, row.rank, row.fails, row.gap) for number, row in found.items()] == [
        ("2", 1, 0, 0),
        ("1", 2, 1, None),
        ("3", 3, 1, None),
    ]
    assert found["3"].to_previous == 60 * SECOND


def test_the_groups_stand_in_order_and_those_that_never_started_in_start_order() -> None:
    groups = list(StandingStatus)
    tallied = [one(n, 100 - n, status=status) for n, status in enumerate(reversed(groups))]
    tallied += [
        one(8, 1, done=3, status=StandingStatus.DNS),
        one(9, 1, done=3, status=StandingStatus.RETIRED),
    ]
    found = listed(*tallied).rows
    assert [row.status for row in found.values()] == sorted(
        (tally.status for tally in tallied), key=groups.index
    )
    retired = [number for number, row in found.items() if row.status == "RETIRED"]
    absent = [number for number, row in found.items() if row.status == "DNS"]
    # More stages first among the retired; nothing to compare among those that did not start.
    assert (retired[0], absent[-1]) == ("9", "8")


def ties(year: int | None) -> TieKeys:
    return TieKeys(Sheet(entry=car(1, year), drive=Drive()), (), {}, (TieBreak.OLDER_CAR,))


def test_a_row_names_the_tie_break_that_parted_it_from_its_neighbours() -> None:
    found = listed(
        one(1, SECOND, ties=ties(1938)),
        one(2, SECOND, ties=ties(1934)),
        one(3, 2 * SECOND, ties=ties(1930)),
        one(4, 3 * SECOND, ties=ties(1930)),
        one(5, 3 * SECOND, ties=ties(1930)),
    ).rows
    assert [(number, row.rank, row.tie) for number, row in found.items()] == [
        ("2", 1, "older_car"),
        ("1", 2, "older_car"),
        ("3", 3, ""),
        ("4", 4, ""),
        ("5", 4, ""),
    ]
