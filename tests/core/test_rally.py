"""The fold as a whole: the same records give the same answers, whatever the order of arrival."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.rallies import Pen, at, crews, everything, ranks, regularity, span, stage_rally, told
from tests.core.stories import stage_story
from timing.core.decisions import (
    CancelStage,
    CorrectTime,
    Disqualify,
    MarkSpurious,
    Penalise,
    Restore,
    Retire,
    Role,
)
from timing.core.event import Event
from timing.core.instant import DAY, HOUR, SECOND
from timing.core.rally import Rally
from timing.core.readings import Heartbeat, Stamp
from timing.core.records import Record, body_key
from timing.core.results import Changes, ResultStatus, StageStatus


def test_a_record_known_already_changes_nothing() -> None:
    pen = Pen()
    rally = Rally(stage_rally())
    record = pen.stamp("TC0", "09:40:00", "1")
    assert rally.add(record).cars == {"1"}
    assert rally.add(record) == Changes()


def test_heartbeats_move_no_result() -> None:
    beat = Heartbeat(device="d", at=at("10:00"))
    rally = Rally(stage_rally())
    assert rally.add(Pen().record(beat)) == Changes()
    assert rally.record(body_key(beat)) is not None


def test_removing_a_stamp_as_spurious_and_restoring_it_gives_back_the_earlier_results() -> None:
    pen = Pen()
    records = stage_story(pen)
    finish = next(record for record in records if record.key.startswith("S/A-SS3.FF"))
    event = stage_rally()
    before = told(event, records)
    without = told(event, [*records, pen.rule(MarkSpurious(finish.key), clock="19:00")])
    assert without.stage_result("SS3", "1") != before.stage_result("SS3", "1")
    again = told(
        event,
        [
            *records,
            pen.rule(MarkSpurious(finish.key), clock="19:00"),
            pen.rule(Restore(finish.key), clock="19:01"),
        ],
    )
    assert everything(again)["lists"] == everything(before)["lists"]


@settings(max_examples=30, deadline=None)
@given(late=st.integers(min_value=0, max_value=5 * 60 * SECOND))
def test_a_correction_of_one_crew_never_changes_the_driven_time_of_another(late: int) -> None:
    pen = Pen()
    records = stage_story(pen)
    before = told(stage_rally(), records)
    after = told(
        stage_rally(), [*records, pen.rule(CorrectTime("SS3.FF", "1", at("33:10:20.5") + late), "x")]
    )
    for stage in ("SS1", "SS2", "SS3"):
        for car in ("2", "3"):
            one, other = before.stage_result(stage, car), after.stage_result(stage, car)
            assert one is not None
            assert other is not None
            assert one.time == other.time


@settings(max_examples=20, deadline=None)
@given(shift=st.sampled_from([-DAY, DAY, 14 * HOUR, 35 * DAY]))
def test_shifting_every_instant_changes_no_duration_and_no_penalty(shift: int) -> None:
    # Through midnight and over the end of summer time alike: rally time has one offset.
    event = stage_rally()
    records = stage_story(Pen())
    moved = told(shifted_event(event, shift), [shifted(record, shift) for record in records])
    plain = told(event, records)
    for stage in event.itinerary.stages:
        times = {car: (r.time, r.rank) for car, r in plain.stage_results(stage).items()}
        assert times == {car: (r.time, r.rank) for car, r in moved.stage_results(stage).items()}
    for car in event.entries.by_number:
        rows = [(row.rule, row.amount) for row in plain.crew_state(car).penalties]
        assert rows == [(row.rule, row.amount) for row in moved.crew_state(car).penalties]


def shifted(record: Record, shift: int) -> Record:
    body = record.body
    assert not isinstance(body, Heartbeat)
    changes: dict[str, object] = {"at": body.at + shift}
    if not isinstance(body, Stamp) and isinstance(getattr(body, "act", None), CorrectTime):
        act = body.act  # type: ignore[union-attr]
        changes["act"] = replace(act, at=act.at + shift)  # type: ignore[union-attr]
    # The keys stay: the rulings name them.
    return replace(record, body=replace(body, **changes))  # type: ignore[arg-type]


def shifted_event(event: Event, shift: int) -> Event:
    controls = {
        ident: replace(c, first_car=None if c.first_car is None else c.first_car + shift)
        for ident, c in event.itinerary.controls.items()
    }
    return replace(event, itinerary=replace(event.itinerary, controls=controls))


def test_a_penalty_counts_once_however_often_results_are_made() -> None:
    pen = Pen()
    records = [
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:06:00", "1"),
        pen.rule(Penalise("1", "speeding", time=10 * SECOND, stage="SS1"), role=Role.CLERK),
    ]
    rally = told(stage_rally(), records)
    for _ in range(3):
        assert rally.classification("overall").rows["1"].total == span("6:10")
    rally.add_many(records)
    rally.add_many([pen.stamp("SS2.START", "11:03:00", "1"), pen.stamp("SS2.FF", "11:10:00", "1")])
    assert rally.classification("overall").rows["1"].total == span("13:10")


def test_an_exclusion_survives_recomputation_and_never_becomes_a_time() -> None:
    pen = Pen()
    records = stage_story(pen)
    plain = told(stage_rally(), records).stage_result("SS1", "3")
    rally = told(stage_rally(), [*records, pen.rule(Disqualify("3"), role=Role.STEWARD, clock="20:00")])
    assert rally.classification("overall").rows["3"].status == "DSQ"
    again = told(stage_rally(), rally._records.values())  # noqa: SLF001 - what a restart replays
    assert again.classification("overall").rows["3"].status == "DSQ"
    after = again.stage_result("SS1", "3")
    assert plain is not None
    assert after is not None
    assert after.finish == plain.finish


def test_a_cancelled_stage_counts_for_nobody_and_comes_back_whole() -> None:
    pen = Pen()
    records = stage_story(pen)
    rally = told(stage_rally(), records)
    before = rally.classification("overall").rows
    changes = rally.add(pen.rule(CancelStage("SS1"), "c1", role=Role.CLERK))
    assert "SS1" in changes.stages
    assert changes.standings
    assert rally.stage_status("SS1") is StageStatus.CANCELLED
    assert {r.status for r in rally.stage_results("SS1").values()} == {ResultStatus.CANCELLED}
    assert all(row.stages_done == 2 for row in rally.classification("overall").rows.values())
    rally.add(pen.rule(CancelStage("SS1", cancelled=False), "c2", role=Role.CLERK, supersedes="c1"))
    assert rally.classification("overall").rows == before


def test_a_stage_goes_from_scheduled_to_complete() -> None:
    pen = Pen()
    rally = Rally(stage_rally(crews("1", "2")))
    assert rally.stage_status("SS1") is StageStatus.SCHEDULED
    rally.add_many([pen.stamp("SS1.START", "10:00:00", "1"), pen.stamp("SS1.FF", "10:06:00", "1")])
    assert rally.stage_status("SS1") is StageStatus.RUNNING
    assert rally.stage_progress("SS1") == (1, 2)
    rally.add(pen.rule(Retire("2", "TC0"), role=Role.CLERK))
    assert rally.stage_status("SS1") is StageStatus.COMPLETE


def test_the_lists_are_overall_legs_and_classes() -> None:
    rally = Rally(stage_rally(crews("1", "2", "3", classes="AB")))
    lists = ("overall", "leg-1", "leg-2", "final-leg", "class-A", "class-B", "class-missing")
    assert rally.scopes()[: len(lists)] == lists
    assert list(rally.classification("class-missing").rows) == ["3"]
    with pytest.raises(KeyError):
        rally.classification("class-Z")


def test_a_leg_list_holds_that_legs_stages_and_penalties_alone() -> None:
    rally = told(stage_rally(), stage_story(Pen()))
    overall, first, second = (rally.classification(s).rows["1"].total for s in ("overall", "leg-1", "leg-2"))
    assert first is not None
    assert second is not None
    assert overall == first + second


def test_a_crew_knows_what_is_next_and_when_it_is_due() -> None:
    pen = Pen()
    rally = Rally(stage_rally())
    fresh = rally.crew_state("2")
    assert (fresh.next_control, fresh.due) == ("TC0", at("09:41"))
    rally.add(pen.stamp("TC0", "09:41:20", "2"))
    state = rally.crew_state("2")
    assert (state.last_control, state.next_control, state.due) == ("TC0", "TC1", at("09:58"))
    rally.add(pen.stamp("TC1", "09:58:20", "2"))
    assert rally.crew_state("2").due == at("10:01")
    assert rally.due("TC2", "2") == at("11:01")
    started = rally.stage_start("SS1", "2")
    assert started is not None
    assert started.at == at("10:01")


def test_regularity_totals_are_points() -> None:
    pen = Pen()
    lines = {"L0": "05.00", "L1": "20.07", "L2": "41.05", "L3": "52.98"}
    records = [pen.stamp(line, f"10:20:{second}", "1") for line, second in lines.items()]
    rally = told(regularity(), [pen.stamp("TC0", "10:00:00", "1"), *records])
    assert rally.classification("overall").rows["1"].total == Decimal(16)
    assert ranks(rally) == {"1": 1, "2": None, "3": None}


def test_a_stamp_of_a_device_nobody_assigned_is_kept_and_shown() -> None:
    rally = told(stage_rally(), [Pen().line("unknown", "C1", "10:00:00", "1")])
    (state,) = rally.unplaced_stamps().values()
    assert state.reason == "no assignment of this device holds at this instant"
