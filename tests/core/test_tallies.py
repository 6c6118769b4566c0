"""One crew's sums: stages, penalties, fails, what is open and what is marked."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.core.rallies import regularity
from timing.core.drive import Drive
from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.finishers import Finish
from timing.core.preset import Better, CoefficientMode, FinisherRule, Unit
from timing.core.results import PenaltyRow, ResultStatus, StageResult, StandingStatus
from timing.core.road import Road
from timing.core.scopes import OVERALL, selections_of
from timing.core.sheet import Sheet
from timing.core.stage_sums import StageSums, without_coefficients
from timing.core.stopping import Stop
from timing.core.tallies import Counter, Tally

STAGES = ("PC1", "PC2", "PC3", "PM1")
ENTRY = Entry(car_number="1", order=0, start_offset=0, driver="", coefficient=Decimal("1.5"))


def event(**changes: Any) -> Event:
    return regularity(finisher_rule=FinisherRule.ANY, **changes)


def sheet(*points: int | None, rows: tuple[PenaltyRow, ...] = (), **more: Any) -> Sheet:
    """A sheet with points on the first stages; None is a result that waits for an official."""
    results = {stage: StageResult(stage=stage, car="1") for stage in STAGES}
    for stage, value in zip(STAGES, points, strict=False):
        status = ResultStatus.MISSING if value is None else ResultStatus.DONE
        given = None if value is None else Decimal(value)
        results[stage] = StageResult(stage=stage, car="1", points=given, score=given, status=status)
    return Sheet(entry=ENTRY, drive=Drive(), results=results, rows=rows, **more)


def row(amount: int | None, **more: Any) -> PenaltyRow:
    return PenaltyRow(car="1", rule="x", amount=None if amount is None else Decimal(amount), **more)


def tallied(of: Sheet, scope: str = OVERALL, **changes: Any) -> Tally:
    road = Road(event(**changes))
    selection = selections_of(road.event, frozenset())[scope]
    preset = road.preset if selection.weighed else without_coefficients(road.preset)
    sums = StageSums(road.stages, preset)
    sums.follow(of)
    return Counter(road, selection, Finish(road)).tally(of, sums, closed=False)


def test_the_penalty_list_and_the_stages_add_up_to_the_total() -> None:
    found = tallied(sheet(3, 4, rows=(row(100, control="TC1", leg=1), row(0))))
    assert (found.total, found.penalties, found.stages_done, found.marks) == (107, 100, 2, ("P",))


def test_a_coefficient_weighs_tests_and_not_penalties_and_the_raw_list_leaves_it_out() -> None:
    of = sheet(10, rows=(row(100),))
    changes = {"coefficient_mode": CoefficientMode.PENALTY_TIMES}
    assert tallied(of, **changes).total == 115
    assert tallied(of, "overall-raw", **changes).total == 110


def test_in_a_rally_of_scores_penalties_are_taken_off() -> None:
    changes = {"unit": Unit.SCORE, "better": Better.HIGHEST, "coefficient_mode": CoefficientMode.SCORE_TIMES}
    found = tallied(sheet(420, 395, rows=(row(300),)), **changes)
    assert found.total == Decimal("1.5") * 815 - 300
    assert found.merit(Better.HIGHEST)[3] == -(found.total or 0)


def test_a_score_that_no_table_gives_is_under_review_and_never_silently_nothing() -> None:
    of = sheet(420)
    results = {**of.results, "PM1": StageResult(stage="PM1", car="1", status=ResultStatus.DONE)}
    found = tallied(replace(of, results=results), unit=Unit.SCORE, better=Better.HIGHEST)
    assert (found.total, found.marks, found.complete) == (420, ("?",), True)


def test_the_worst_test_is_dropped_and_penalties_are_not() -> None:
    assert tallied(sheet(3, 40, 5, rows=(row(100),)), drop_worst=1).total == 108


def test_what_is_lacking_of_a_stage_leaves_a_crew_without_a_place() -> None:
    found = tallied(sheet(3, None))
    assert (found.ranks, found.complete, found.stages_done, found.marks) == (False, False, 1, ("?",))


def test_an_officials_penalty_stands_for_a_result_that_is_lacking() -> None:
    found = tallied(sheet(3, None, rows=(row(300, stage="PC2", leg=1),)))
    assert (found.ranks, found.total, found.stages_done) == (True, 303, 2)


def test_a_false_start_does_not_stand_for_the_time_that_is_lacking() -> None:
    found = tallied(sheet(3, None, rows=(row(10, stage="PC2", control="L1", leg=1),)))
    assert (found.ranks, found.stages_done) == (False, 1)


def test_an_undecided_row_of_a_stage_takes_the_place_and_one_of_a_control_only_marks() -> None:
    stage = tallied(sheet(3, rows=(row(None, stage="PC1"),)))
    control = tallied(sheet(3, rows=(row(None, control="TC1"),)))
    assert (stage.ranks, stage.marks) == (False, ("?",))
    assert (control.ranks, control.marks) == (True, ("?",))


def test_fails_are_counted_where_the_regulations_know_them() -> None:
    rows = (row(0, fails=1), row(0, fails=2))
    assert [tallied(sheet(3, rows=rows), fails=fails).fails for fails in (True, False)] == [3, 0]


def test_a_crew_that_fell_out_stands_in_its_group_and_says_where_and_why() -> None:
    stop = Stop(order=1, leg=1, cause="clutch", status=StandingStatus.RETIRED)
    of = sheet(3, standing=StandingStatus.RETIRED, cause="clutch", stop=stop)
    found = tallied(of)
    assert (found.status, found.stopped_at, found.cause, found.ranks) == ("RETIRED", "L0", "clutch", False)
