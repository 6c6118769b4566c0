"""Penalties: the ladder of false starts, controls that were missed, rulings."""

from dataclasses import replace
from decimal import Decimal

from tests.core.rallies import Pen, regularity, span, stage_rally, told
from timing.core.decisions import Penalise, Role
from timing.core.instant import SECOND
from timing.core.penalties import penalty_sum, settled
from timing.core.preset import Unit
from timing.core.rally import Rally
from timing.core.results import PenaltyRow
from timing.presets import load_preset

FIA = load_preset("FIA_STAGE")


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
