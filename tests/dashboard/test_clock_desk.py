"""The desk's memory of clocks: looked at little by little, never different from a fresh look."""

import random

import pytest

from dashboard.clock_desk import ClockDesk
from tests.core.rallies import Pen, at, stage_rally
from timing.core.clock_acts import AcceptDevice, CorrectDevice, DropDevice
from timing.core.decisions import AssignCar, MarkSpurious, Withdraw
from timing.core.instant import HOUR, MINUTE
from timing.core.rally import Rally
from timing.core.readings import Source, SyncCheck
from timing.core.records import Record


def story(pen: Pen) -> list[Record]:
    """Three cars over a stage by two clocks, of which one is an hour off; checks, rulings, their ends."""
    records = pen.to_first_stage("1", "2", "3")
    for place, car in enumerate("123"):
        finish = at("10:08:11") + place * MINUTE
        records += [
            pen.stamp("SS1.START", f"10:0{place + 2}:00", car),
            pen.stamp("SS1.FF", "10:08", car, at=finish),
            pen.stamp("SS1.FF", "10:08", car, at=finish + HOUR, device="B-FF", source=Source.B),
        ]
    stray = pen.stamp("SS1.FF", "10:20", None)
    first = pen.rule(CorrectDevice("B-FF", None, None, ((at("10:00"), HOUR),)), "first", clock="15:00")
    return [
        *records,
        stray,
        pen.record(SyncCheck(device="A-SS1.FF", at=at("08:00"), offset=1_000, uncertainty=100)),
        pen.record(SyncCheck(device="A-SS1.FF", at=at("17:00"), offset=70_000, uncertainty=100)),
        first,
        pen.rule(Withdraw("first"), clock="16:00"),
        pen.rule(DropDevice("B-FF", at("11:09:00")), "drop"),
        pen.rule(AcceptDevice("M-SS1.START")),
        pen.rule(AssignCar(stray.key, "3")),
        pen.rule(MarkSpurious(stray.key), clock="19:00"),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_remembered_is_what_a_fresh_look_shows(seed: int) -> None:
    records = story(Pen())
    random.Random(seed).shuffle(records)
    rally = Rally(stage_rally())
    desk = ClockDesk(rally)
    for record in records:
        desk.note(rally.add(record), (record,))
        while not desk.look(1):
            pass
        fresh = ClockDesk(rally)
        fresh.look(1000)
        assert dict(desk.all()) == dict(fresh.all())


def test_only_a_few_controls_are_looked_at_in_one_go() -> None:
    rally = Rally(stage_rally())
    desk = ClockDesk(rally)
    steps = 0
    while not desk.look(2):
        steps += 1
    assert steps == (len(rally.event.itinerary.controls) - 1) // 2
    assert desk.look(1)
