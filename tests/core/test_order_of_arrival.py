"""The same records give the same answers, whatever the order in which they arrive."""

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.core.rallies import Pen, at, crews, everything, regularity, stage_rally, told
from tests.core.stories import nameless_story, stage_story
from tests.core.test_average_trials import trial
from tests.core.test_tsd import event as tsd_legs
from timing.core.decisions import (
    Act,
    AllowTime,
    AssignCar,
    AssignStart,
    CancelStage,
    CorrectTime,
    Interrupt,
    MarkSpurious,
    NotionalMethod,
    Penalise,
    Reinstate,
    Restore,
    Retire,
    SetNotional,
    SetTarget,
    TimeBasis,
    Withdraw,
)
from timing.core.event import Event
from timing.core.instant import DAY, SECOND
from timing.core.preset import TimeAllowanceRule
from timing.core.rally import Rally
from timing.core.readings import Source, Stamp
from timing.core.records import Record
from timing.presets import load_preset

EVENTS = {"stages": (stage_rally, stage_story), "tests": (regularity, nameless_story)}


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("seed", range(6))
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
        if place % 11 == 0:
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
        assert moved(before, after, "progress") <= changes.stages
        assert moved(before, after, "crews") <= changes.cars
        assert moved(before, after, "stamps") <= changes.controls
        assert changes.standings or before["lists"] == after["lists"]
        before = after


def snapshot(rally: Rally) -> dict[str, dict[str, object]]:
    event = rally.event
    return {
        "stages": {s: list(rally.stage_results(s).items()) for s in event.itinerary.stages},
        "progress": {s: (rally.stage_status(s), rally.stage_progress(s)) for s in event.itinerary.stages},
        "crews": {car: rally.crew_state(car) for car in event.entries.by_number},
        "stamps": {c: stamps_of(rally, c) for c in event.itinerary.controls},
        "lists": {s: list(rally.classification(s).rows.items()) for s in rally.scopes()},
    }


def moved(before: dict[str, dict[str, object]], after: dict[str, dict[str, object]], part: str) -> set[str]:
    return {name for name, value in after[part].items() if before[part][name] != value}


def stamps_of(rally: Rally, control: str) -> str:
    state = rally.control_state(control)
    return repr((state.arrived, {key: (s.car, s.disposition, s.reason) for key, s in state.stamps.items()}))


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


def tsd() -> Event:
    """Legs from restarts and in a chain, with time allowances that cost something."""
    rules = load_preset("TSD_HUNDREDTH")
    return tsd_legs(replace(rules, time_allowance=TimeAllowanceRule(charge_per_min=10)))


def british() -> Event:
    """Points measured from the one before, in seconds, with fails for missed controls."""
    return trial(replace(load_preset("MSUK_HISTORIC_ROAD"), fails=True), crews("1", "2", "3"))


def scored() -> Event:
    """Scores by a table, and the worst test dropped."""
    rules = load_preset("MILLE_MIGLIA")
    table = tuple(Decimal(score) for score in range(420, -1, -20))
    return replace(regularity(), preset=replace(rules, score_table=table, drop_worst=1))


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
            boot=1 if chance.random() < 0.2 else None,
            n=chance.randrange(30),
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
            SetNotional(stage, car, 400 * SECOND, method=chance.choice(list(NotionalMethod)), place=1),
            Interrupt(stage, at("10:00") + chance.randrange(9000) * SECOND, (car,)),
            CorrectTime(control.id, car, at("10:00"), TimeBasis.REPLACEMENT, (chance.choice(keys),)),
            Withdraw(f"d{chance.randrange(40)}"),
            Retire(car, chance.choice([None, control.id])),
            Reinstate(car),
            CancelStage(stage, chance.random() < 0.5),
            SetTarget(stage, chance.randrange(1, 900) * SECOND, chance.choice([None, control.id])),
            AllowTime(stage, car, chance.randrange(-1, 1200) * SECOND, exact=chance.random() < 0.3),
            AssignStart(control.id, car, at("10:00") + chance.randrange(9000) * SECOND),
        ]
        act = chance.choice(acts)
        supersedes = f"d{chance.randrange(40)}" if chance.random() < 0.3 else None
        clock = f"{chance.randrange(18, 20)}:{chance.randrange(3):02d}"
        records.append(pen.rule(act, f"d{number}", clock=clock, supersedes=supersedes))
    # Some keys come twice with other contents, as from a device that lost its counter.
    assert len({record.key for record in records}) < len(records)
    return records


@pytest.mark.parametrize("seed", range(16))
@pytest.mark.parametrize("make", [stage_rally, regularity, tsd, british, scored])
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
