"""The fold as a whole: the same records give the same answers, whatever the order of arrival."""

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.rallies import Pen, at, crews, everything, ranks, regularity, span, stage_rally, told
from timing.core.decisions import (
    Act,
    AssignCar,
    CancelStage,
    CorrectTime,
    Disqualify,
    MarkSpurious,
    Penalise,
    Reinstate,
    Restore,
    Retire,
    Role,
    SetNotional,
)
from timing.core.event import Event
from timing.core.instant import DAY, HOUR, SECOND
from timing.core.rally import Rally
from timing.core.readings import Heartbeat, Source, Stamp
from timing.core.records import Record, body_key
from timing.core.results import Changes, ResultStatus, StageStatus


def full_stage_rally(pen: Pen) -> list[Record]:
    """Three crews over both legs, with faults and rulings of every kind."""
    drive = pen.stamp
    records: list[Record] = []
    for place, car in enumerate(("1", "2", "3")):
        records += [
            drive("TC0", f"09:4{place}:10", car),
            drive("TC1", f"09:5{7 + place}:30" if place < 3 else "", car),
            drive("SS1.START", f"10:0{place}:00", car),
            drive("SS1.S1", f"10:0{place + 3}:10.2", car),
            drive("SS1.FF", f"10:0{place + 6}:1{place}.3{place}", car),
            drive("SS1.FF", f"10:0{place + 6}:1{place}.4{place}", car),
            drive("TC2", f"11:0{place}:05", car),
            drive("SS2.START", f"11:0{place + 3}:00", car),
            drive("SS2.FF", f"11:{10 + place}:00.{place}", car),
            drive("TC3", f"12:0{place + 5}:00", car),
            drive("TC4", f"33:0{place}:00", car),
            drive("SS3.START", f"33:0{place + 3}:00", car),
            drive("SS3.FF", f"33:1{place}:20.5", car),
            drive("TC5", f"33:4{place + 3}:00", car),
        ]
    stray = drive("SS2.FF", "11:30:00")
    nobody = drive("SS1.FF", "10:20:00", "99")
    withdrawn = drive("SS1.FF", "10:05:00", "2")
    back = drive("SS1.FF", "10:05:00", "2", cancelled=True)
    wheel = drive("SS2.START", "11:03:59.7", "2", source=Source.A, device="wheel")
    records += [stray, nobody, withdrawn, back, wheel]
    records += [
        pen.rule(MarkSpurious(stray.key), "spurious"),
        pen.rule(Restore(stray.key), "restore", clock="18:01"),
        pen.rule(AssignCar(nobody.key, "3"), "assign"),
        pen.rule(AssignCar(nobody.key, None), "unassign", supersedes="assign"),
        pen.rule(Penalise("1", "speeding", time=10 * SECOND, stage="SS1"), "pen", Role.CLERK),
        pen.rule(
            Penalise("1", "speeding", time=20 * SECOND, stage="SS1"), "pen2", Role.CLERK, supersedes="pen"
        ),
        pen.rule(SetNotional("SS3", "3", span("8:00")), "notional", Role.CLERK),
        pen.rule(CorrectTime("SS1.FF", "1", at("10:06:09.9")), "correct"),
        pen.rule(Retire("2", "TC4", "gearbox"), "retire", Role.CLERK),
        pen.rule(Reinstate("2"), "reinstate", Role.CLERK, clock="18:30"),
        pen.rule(CancelStage("SS2"), "cancel", Role.CLERK),
        pen.rule(CancelStage("SS2", cancelled=False), "count", Role.CLERK, supersedes="cancel"),
    ]
    return records


def nameless_regularity(pen: Pen) -> list[Record]:
    """Tests whose lines send no numbers: cars come by start order and by tracker."""
    records: list[Record] = []
    for place, car in enumerate(("1", "2", "3")):
        records.append(pen.stamp("TC0", f"10:0{place}:00", car))
        records.append(
            pen.stamp("L0", f"10:1{place}:05.4", car, source=Source.G, device=f"t{car}", uncertainty=SECOND)
        )
        records += [
            pen.stamp("L0", f"10:1{place}:05.00"),
            pen.stamp("L0", f"10:1{place}:05.11"),
            pen.stamp("L1", f"10:1{place}:20.07"),
            pen.stamp("L2", f"10:1{place}:41.05"),
            pen.stamp("L3", f"10:1{place}:52.98"),
            pen.stamp("TC1", f"10:4{place + 5}:30", car),
            pen.stamp("CT1", f"10:3{place + 5}:00", car),
            pen.stamp("M0", f"10:5{place}:00.5", car),
            pen.stamp("M1", f"10:5{place + 7}:33.9", car),
        ]
    false = pen.stamp("L1", "10:11:30")
    return [*records, false, pen.rule(MarkSpurious(false.key)), pen.rule(AssignCar(records[3].key, "1"))]


EVENTS = {"stages": (stage_rally, full_stage_rally), "tests": (regularity, nameless_regularity)}


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_arrival_with_any_repetition_gives_the_same_answers(kind: str, seed: int) -> None:
    make, write = EVENTS[kind]
    event: Event = make()
    pen = Pen()
    records = write(pen)
    expected = everything(told(event, records))
    chance = random.Random(seed)
    repeated = [replace(record, seq=record.seq + 1000) for record in chance.sample(records, 15)]
    shuffled = [*records, *repeated]
    chance.shuffle(shuffled)
    one_by_one = Rally(event)
    for place, record in enumerate(shuffled):
        one_by_one.add(record)
        # Asking in between must not leave anything behind.
        if place % 7 == 0:
            everything(one_by_one)
    assert everything(one_by_one) == expected
    assert everything(told(event, shuffled)) == expected


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("seed", range(4))
def test_changes_name_everything_that_moved(kind: str, seed: int) -> None:
    make, write = EVENTS[kind]
    event: Event = make()
    records = write(Pen())
    random.Random(seed).shuffle(records)
    rally = Rally(event)
    before = snapshot(rally)
    for record in records:
        changes = rally.add(record)
        after = snapshot(rally)
        assert moved(before, after, "stages") <= changes.stages
        assert moved(before, after, "crews") <= changes.cars
        assert moved(before, after, "stamps") <= changes.controls
        assert changes.standings or before["lists"] == after["lists"]
        before = after


def snapshot(rally: Rally) -> dict[str, dict[str, object]]:
    event = rally.event
    return {
        "stages": {s: list(rally.stage_results(s).items()) for s in event.itinerary.stages},
        "crews": {car: rally.crew_state(car) for car in event.entries.by_number},
        "stamps": {c: stamps_of(rally, c) for c in event.itinerary.controls},
        "lists": {s: list(rally.classification(s).rows.items()) for s in rally.scopes()},
    }


def moved(before: dict[str, dict[str, object]], after: dict[str, dict[str, object]], part: str) -> set[str]:
    return {name for name, value in after[part].items() if before[part][name] != value}


def stamps_of(rally: Rally, control: str) -> str:
    state = rally.control_state(control)
    return repr((state.arrived, {key: (s.car, s.disposition, s.reason) for key, s in state.stamps.items()}))


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


def test_the_finish_of_a_later_stage_may_arrive_before_that_of_an_earlier_one() -> None:
    pen = Pen()
    records = [
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:06:00.0", "1"),
        pen.stamp("SS2.START", "11:03:00", "1"),
        pen.stamp("SS2.FF", "11:09:30.0", "1"),
        pen.stamp("SS1.START", "10:01:00", "2"),
        pen.stamp("SS1.FF", "10:07:10.0", "2"),
    ]
    answers = set()
    for order in itertools.permutations(records):
        rally = told(stage_rally(), order)
        answers.add(tuple((car, row.total) for car, row in rally.classification("overall").rows.items()))
    assert len(answers) == 1


def test_removing_a_stamp_as_spurious_and_restoring_it_gives_back_the_earlier_results() -> None:
    pen = Pen()
    records = full_stage_rally(pen)
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
    records = full_stage_rally(pen)
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
    records = full_stage_rally(Pen())
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
    records = full_stage_rally(pen)
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
    records = full_stage_rally(pen)
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
    assert rally.scopes() == ("overall", "leg-1", "leg-2", "class-A", "class-B", "class-missing")
    assert list(rally.classification("class-missing").rows) == ["3"]
    with pytest.raises(KeyError):
        rally.classification("class-Z")


def test_a_leg_list_holds_that_legs_stages_and_penalties_alone() -> None:
    rally = told(stage_rally(), full_stage_rally(Pen()))
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


def chaos(seed: int, event: Event) -> list[Record]:
    """Stamps at random controls, instants and sources, and rulings on any of them."""
    chance = random.Random(seed)
    pen = Pen()
    controls = list(event.itinerary.controls.values())
    cars = [*event.entries.by_number, None, None, None, "99"]
    records: list[Record] = []
    for _ in range(120):
        control = chance.choice(controls)
        base = at("09:40") + control.order * 4 * 60 * SECOND + (control.leg - 1) * DAY
        moment = base + chance.randrange(-600, 1200) * SECOND + chance.choice([0, 0, 200_000, 170_003])
        stamp = Stamp(
            device=f"d{chance.randrange(3)}",
            at=moment,
            control=control.id,
            source=chance.choice(list(Source)),
            car=chance.choice(cars),
            cancelled=chance.random() < 0.05,
        )
        records.append(pen.record(stamp))
        if chance.random() < 0.3:
            same = chance.choice(records).body
            if isinstance(same, Stamp):
                records.append(pen.record(replace(same, cancelled=chance.random() < 0.5)))
    keys = [record.key for record in records]
    for number in range(40):
        car = chance.choice(list(event.entries.by_number))
        stage = chance.choice(list(event.itinerary.stages))
        control = chance.choice(controls)
        acts: list[Act] = [
            AssignCar(chance.choice(keys), chance.choice(cars)),
            MarkSpurious(chance.choice(keys)),
            Restore(chance.choice(keys)),
            CorrectTime(control.id, car, at("10:00") + chance.randrange(9000) * SECOND),
            Penalise(car, "rule", time=SECOND, points=Decimal(1), control=control.id),
            Penalise(car, "rule", time=SECOND, points=Decimal(1), stage=stage),
            SetNotional(stage, car, 400 * SECOND),
            Retire(car, chance.choice([None, control.id])),
            Reinstate(car),
            CancelStage(stage, chance.random() < 0.5),
        ]
        act = chance.choice(acts)
        supersedes = f"d{chance.randrange(40)}" if chance.random() < 0.3 else None
        clock = f"{chance.randrange(18, 20)}:{chance.randrange(3):02d}"
        records.append(pen.rule(act, f"d{number}", clock=clock, supersedes=supersedes))
    unique = {record.key: record for record in reversed(records)}
    return list(unique.values())


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("make", [stage_rally, regularity])
def test_even_nonsense_is_folded_the_same_in_any_order(make: Callable[[], Event], seed: int) -> None:
    event = make()
    records = chaos(seed, event)
    expected = everything(told(event, records))
    chance = random.Random(seed)
    for _ in range(2):
        chance.shuffle(records)
        rally = Rally(event)
        for start in range(0, len(records), 3):
            rally.add_many(records[start : start + 3])
        assert everything(rally) == expected
