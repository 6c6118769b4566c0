"""Penalties: the ladder of false starts, controls that were missed, rulings."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.core.rallies import Pen, at, regularity, span, stage_rally, told
from timing.core.decisions import CancelStage, Penalise, Role
from timing.core.instant import MILLISECOND, SECOND
from timing.core.penalties import false_start_charge, is_false_start, penalty_sum, settled
from timing.core.preset import Unit
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.records import Record
from timing.core.results import PenaltyRow
from timing.presets import load_preset

FIA = load_preset("FIA_STAGE")


@pytest.mark.parametrize(
    ("count", "early", "customary", "with_gain"),
    [(1, 300, 10_000, 10_300), (2, 50, 60_000, 60_000), (3, 50, 180_000, 180_000), (4, 50, None, None)],
)
def test_the_ladder_of_false_starts(
    count: int, early: int, customary: int | None, with_gain: int | None
) -> None:
    gain = replace(FIA, false_start_add_actual=True)
    for preset, thousandths in ((FIA, customary), (gain, with_gain)):
        expected = None if thousandths is None else thousandths * MILLISECOND
        assert false_start_charge(count, early * MILLISECOND, preset) == expected


@pytest.mark.parametrize(
    ("wheel", "false"),
    [("09:59:59.7", True), ("10:00:00", False), ("10:00:00.4", False), ("09:59:20", False)],
)
def test_crossing_just_at_the_start_instant_is_fair(wheel: str, false: bool) -> None:
    assert is_false_start(at(wheel), at("10:00:00")) == false


def jumped(pen: Pen, stage: str, start: str, wheel: str, finish: str) -> list[Record]:
    return [
        pen.stamp(f"{stage}.START", start, "1"),
        pen.stamp(f"{stage}.START", wheel, "1", source=Source.A, device="beam"),
        pen.stamp(f"{stage}.FF", finish, "1"),
    ]


def test_a_false_start_costs_by_its_number_in_the_event_and_leaves_the_stage_time() -> None:
    pen = Pen()
    records = [
        *jumped(pen, "SS2", "11:03:00", "11:02:59.8", "11:09:00"),
        *jumped(pen, "SS1", "10:00:00", "09:59:59.7", "10:06:00"),
    ]
    rally = told(stage_rally(), records)
    rows = [row for row in rally.crew_state("1").penalties if row.rule == "false start"]
    assert [(row.stage, row.amount) for row in rows] == [("SS1", 10 * SECOND), ("SS2", 60 * SECOND)]
    found = rally.stage_result("SS1", "1")
    assert found is not None
    assert (found.time, found.marks) == (span("6:00"), ("P",))
    rally.add(pen.rule(CancelStage("SS1"), role=Role.CLERK))
    rows = [row for row in rally.crew_state("1").penalties if row.rule == "false start"]
    assert [(row.stage, row.amount) for row in rows] == [("SS2", 10 * SECOND)]


def test_past_the_end_of_the_ladder_an_official_decides() -> None:
    pen = Pen()
    records = jumped(pen, "SS1", "10:00:00", "09:59:59.7", "10:06:00")
    rally = told(stage_rally(false_start=()), [*pen.to_first_stage("1"), *records])
    (row,) = rally.crew_state("1").penalties
    assert row.undecided
    assert not rally.classification("overall").rows["1"].complete


def missed(rally: Rally) -> list[tuple[str | None, object]]:
    return [
        (row.control, row.amount) for row in rally.crew_state("1").penalties if row.rule == "missed control"
    ]


def test_a_control_is_missed_only_once_the_car_is_seen_behind_it() -> None:
    pen = Pen()
    rally = told(regularity(), [pen.stamp("TC0", "10:00:00", "1"), pen.stamp("L3", "10:20:52", "1")])
    assert missed(rally) == []
    rally.add(pen.stamp("TC1", "10:45:00", "1"))
    assert missed(rally) == [("CT1", None)]
    assert rally.crew_state("1").missed == ("CT1",)
    assert rally.classification("overall").rows["1"].marks == ("?",)
    rally.add(pen.stamp("CT1", "10:35:00", "1"))
    assert missed(rally) == []


def test_a_missed_passage_costs_what_the_regulations_say() -> None:
    pen = Pen()
    rally = told(
        regularity(missed_passage=100), [pen.stamp("TC0", "10:00", "1"), pen.stamp("TC1", "10:45", "1")]
    )
    assert missed(rally) == [("CT1", 100)]


def test_a_ruling_settles_what_waited_for_one_also_with_nothing_to_pay() -> None:
    pen = Pen()
    rally = told(regularity(), [pen.stamp("TC0", "10:00", "1"), pen.stamp("TC1", "10:45", "1")])
    rally.add(
        pen.rule(Penalise("1", "seen by the tracker", points=Decimal(0), control="CT1"), role=Role.CLERK)
    )
    assert [(r.rule, r.amount) for r in rally.crew_state("1").penalties] == [("seen by the tracker", 0)]
    row = rally.classification("overall").rows["1"]
    # A penalty of 0 is shown, and is no reason for a mark; the tests are still lacking their times.
    assert "P" not in row.marks


def test_a_penalty_in_the_wrong_unit_waits_for_a_decision_and_is_never_converted() -> None:
    pen = Pen()
    rally = told(stage_rally(), [pen.rule(Penalise("1", "x", points=Decimal(5)), role=Role.CLERK)])
    (row,) = rally.crew_state("1").penalties
    assert row.undecided
    assert "not the unit" in row.text


def test_the_total_is_the_sum_of_the_stages_and_the_penalty_rows() -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:06:00.17", "1"),
        pen.stamp("TC2", "11:04:00", "1"),
        pen.stamp("SS2.START", "11:07:00", "1"),
        pen.stamp("SS2.FF", "11:14:10.99", "1"),
        pen.rule(Penalise("1", "speeding", time=15 * SECOND), role=Role.CLERK),
    ]
    rally = told(stage_rally(), records)
    row = rally.classification("overall").rows["1"]
    rows = rally.crew_state("1").penalties
    times = [rally.stage_results(stage)["1"].time for stage in ("SS1", "SS2")]
    assert row.total == sum(time or 0 for time in times) + sum(int(r.amount or 0) for r in rows)
    assert row.penalties == 55 * SECOND
    assert row.total == span("6:00.1") + span("7:10.9") + 55 * SECOND


def test_a_tour_has_no_penalties_but_knows_what_was_missed() -> None:
    pen = Pen()
    event = replace(regularity(), preset=load_preset("TOUR"))
    rally = told(event, [pen.stamp("TC0", "10:20:00", "1"), pen.stamp("TC1", "11:45:00", "1")])
    state = rally.crew_state("1")
    assert (state.penalties, state.missed) == ((), ("CT1",))


def test_sums_count_decided_rows_alone() -> None:
    rows = [PenaltyRow(car="1", rule="x", amount=Decimal(5)), PenaltyRow(car="1", rule="y", amount=None)]
    assert penalty_sum(rows, Unit.POINTS) == 5
    assert penalty_sum(rows, Unit.NONE) is None
    assert penalty_sum([], Unit.SECONDS) == 0
    assert settled(rows, []) == rows
