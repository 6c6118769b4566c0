"""Check-ins that go on from where something is new say what a walk over the whole leg says."""

import random

import pytest

from tests.core.driven import drive_all
from tests.core.kinds import EVENTS
from tests.core.rallies import Pen, regularity, told
from timing.core.check_in_walk import Walk
from timing.core.check_ins import CheckIns, Walked, fold_check_ins
from timing.core.decisions import AllowDelay, AssignStart, ExtendLateness, Role
from timing.core.event import Event
from timing.core.instant import MINUTE
from timing.core.itinerary import TIME_CONTROLS
from timing.core.rally import Rally
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.core.road import Road
from timing.core.rulings import NOTHING
from timing.core.timetable import Timetable


def with_more_rulings(event: Event, records: list[Record], chance: random.Random) -> list[Record]:
    """Delays, assigned minutes and extensions, which move due times from the middle of a leg on."""
    pen = Pen(len(records))
    at_controls = [
        r.body for r in records if isinstance(r.body, Stamp) and not r.body.cancelled and r.body.car
    ]
    at_controls = [s for s in at_controls if event.itinerary.controls[s.control or ""].kind in TIME_CONTROLS]
    found = list(records)
    for stamp in chance.sample(at_controls, min(4, len(at_controls))):
        control, car = stamp.control or "", stamp.car or ""
        moment = stamp.at // MINUTE * MINUTE + chance.randrange(-5, 6) * MINUTE
        found.append(pen.rule(AllowDelay(control, car, chance.randrange(1, 9))))
        found.append(pen.rule(AssignStart(control, car, moment)))
        found.append(
            pen.rule(ExtendLateness(control, max_late_total=chance.randrange(5, 60)), role=Role.CLERK)
        )
    return found


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("seed", range(2))
def test_record_by_record_the_check_ins_are_those_of_one_walk_over_everything(name: str, seed: int) -> None:
    event, chance = EVENTS[name](), random.Random(seed)
    records = with_more_rulings(event, drive_all(event, seed), chance)
    chance.shuffle(records)
    looks = {*chance.sample(range(1, len(records)), 6), len(records)}
    rally = Rally(event)
    for number, record in enumerate(records, start=1):
        rally.add(record)
        if number not in looks:
            continue
        anew = told(event, records[:number])
        for car in event.entries.by_number:
            kept, fresh = rally.sheet(car), anew.sheet(car)
            assert kept.check_ins == fresh.check_ins
            assert list(kept.check_ins) == list(fresh.check_ins)
            assert (kept.rows, kept.missed, kept.stop) == (fresh.rows, fresh.missed, fresh.stop)


def walked_points(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The points that walks pass from now on."""
    passed: list[str] = []
    real = Walk.pass_point

    def noted(walk: Walk, point: object) -> None:
        passed.append(point.control.id)  # type: ignore[attr-defined]
        real(walk, point)  # type: ignore[arg-type]

    monkeypatch.setattr(Walk, "pass_point", noted)
    return passed


def test_what_comes_before_a_new_check_in_is_not_walked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    event, pen = regularity(), Pen()
    rally = told(event, [pen.stamp("TC0", "10:00:20", "1")])
    passed = walked_points(monkeypatch)
    rally.add(pen.stamp("L0", "10:21:05", "1"))
    assert passed == []
    rally.add(pen.stamp("TC1", "10:47:59", "1"))
    assert passed == ["TC1", "TC2"]
    rally.add(pen.rule(AllowDelay("TC1", "1", 2)))
    assert passed == ["TC1", "TC2", "TC0", "TC1", "TC2"]


def test_an_answer_given_once_is_not_changed_by_a_later_walk() -> None:
    event, pen = regularity(), Pen()
    table, entry, known = Timetable(Road(event)), event.entries.by_number["1"], Walked()
    answers: list[tuple[CheckIns, CheckIns]] = []
    records = [pen.stamp("TC0", "10:09:20", "1"), pen.stamp("TC1", "10:57:59", "1")]
    for number in (1, 2, 0):
        drive = told(event, records[:number]).sheet("1").drive
        answers.append(
            (
                fold_check_ins(table, entry, 1, drive, NOTHING, known=known),
                fold_check_ins(table, entry, 1, drive, NOTHING),
            )
        )
    assert all(kept == anew for kept, anew in answers)
    assert [len(kept.rows) for kept, _ in answers] == [1, 2, 0]
