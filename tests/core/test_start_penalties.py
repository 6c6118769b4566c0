"""Start lines: the ladder of false starts, and starts that were refused."""

from dataclasses import replace

import pytest

from tests.core.rallies import Pen, Road, at, crews, span, stage_rally, told
from timing.core.decisions import AssignStart, CancelStage, Penalise, RefuseStart, Role
from timing.core.instant import MILLISECOND, SECOND
from timing.core.itinerary import ControlKind
from timing.core.readings import Source
from timing.core.records import Record
from timing.core.start_penalties import false_start_charge, is_false_start, refused_start_charge
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


def test_a_wheel_is_compared_with_the_start_that_an_official_assigned() -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1"),
        *jumped(pen, "SS1", "10:00:00", "09:59:59.7", "10:06:00"),
        pen.rule(AssignStart("SS1.START", "1", at("09:59:30")), role=Role.CLERK),
    ]
    assert told(stage_rally(), records).crew_state("1").penalties == ()


@pytest.mark.parametrize(("adds", "cost"), [(False, 10 * SECOND), (True, 10 * SECOND + 300 * MILLISECOND)])
def test_three_tenths_early_cost_10_0_or_10_3_seconds(adds: bool, cost: int) -> None:
    pen = Pen()
    records = [*pen.to_first_stage("1"), *jumped(pen, "SS1", "10:00:00", "09:59:59.7", "10:06:00")]
    (row,) = told(stage_rally(false_start_add_actual=adds), records).crew_state("1").penalties
    assert (row.rule, row.amount, row.control) == ("false start", cost, "SS1.START")
    # The wheel and the marshal's start.
    assert row.records == (records[3].seq, records[2].seq)


def test_the_first_start_refused_costs_10_minutes_and_the_second_is_for_the_stewards() -> None:
    british = load_preset("MSUK_STAGE_TARGET")
    assert [refused_start_charge(count, british) for count in (1, 2)] == [600 * SECOND, None]
    assert refused_start_charge(1, FIA) is None
    pen = Pen()
    rally = told(stage_rally(refused_start=(600,)), [pen.rule(RefuseStart("SS2", "1"), "two", Role.CLERK)])
    assert [(r.rule, r.stage, r.amount) for r in rally.crew_state("1").penalties] == [
        ("start refused", "SS2", 600 * SECOND)
    ]
    rally.add(pen.rule(RefuseStart("SS1", "1"), "one", Role.CLERK, clock="18:10"))
    rows = [(r.stage, r.amount, r.text) for r in rally.crew_state("1").penalties]
    assert rows == [
        ("SS1", 600 * SECOND, "number 1 of the event"),
        ("SS2", None, "number 2 of the event"),
    ]
    rally.add(pen.rule(CancelStage("SS1"), role=Role.CLERK))
    assert [(r.stage, r.amount) for r in rally.crew_state("1").penalties] == [("SS2", 600 * SECOND)]


def test_a_ruling_on_the_stage_settles_a_start_past_the_end_of_the_ladder() -> None:
    pen = Pen()
    rally = told(stage_rally(), [pen.rule(RefuseStart("SS1", "1"), role=Role.CLERK)])
    assert [r.amount for r in rally.crew_state("1").penalties] == [None]
    rally.add(pen.rule(Penalise("1", "start refused", time=300 * SECOND, stage="SS1"), role=Role.STEWARD))
    assert [r.amount for r in rally.crew_state("1").penalties] == [300 * SECOND]


def test_a_row_says_whose_it_is_on_which_leg_and_what_it_rests_on() -> None:
    pen = Pen()
    records = jumped(pen, "SS1", "10:00:00", "09:59:59.7", "10:06:00")
    refused = pen.rule(RefuseStart("SS2", "1"), role=Role.CLERK)
    rows = told(stage_rally(), [*records, refused]).crew_state("1").penalties
    at_lines = [row for row in rows if row.rule != "missed control"]
    assert [(row.rule, row.car, row.leg, row.control, row.records) for row in at_lines] == [
        ("false start", "1", 1, "SS1.START", (records[1].seq, records[0].seq)),
        ("start refused", "1", 1, "SS2.START", (refused.seq,)),
    ]


def test_false_starts_are_counted_along_the_road_and_not_by_the_names_of_the_lines() -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="09:45")
    road.special("SS9", "10", split=False)
    road.special("SS10", "40", split=False)
    pen = Pen()
    records = [
        *jumped(pen, "SS9", "10:00:00", "09:59:59.7", "10:06:00"),
        *jumped(pen, "SS10", "11:03:00", "11:02:59.8", "11:09:00"),
    ]
    rows = told(road.event(FIA, crews("1")), records).crew_state("1").penalties
    assert [(row.stage, row.amount) for row in rows if row.rule == "false start"] == [
        ("SS9", 10 * SECOND),
        ("SS10", 60 * SECOND),
    ]
