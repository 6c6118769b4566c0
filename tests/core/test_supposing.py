"""What is only supposed leaves nothing behind: the fold then answers as one that never heard of it."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.core.publishing import Book
from tests.core.rallies import Pen, at, everything
from tests.core.test_order_of_arrival import EVENTS
from timing.core.clock_acts import AcceptDevice, CorrectDevice, DropDevice
from timing.core.decisions import (
    Act,
    AllowDelay,
    AllowTime,
    AssignCar,
    AssignStart,
    CancelStage,
    CorrectTime,
    Decision,
    Disqualify,
    ExtendLateness,
    FailStage,
    Interrupt,
    MarkSpurious,
    Penalise,
    RefuseStart,
    Reinstate,
    Restore,
    Retire,
    Role,
    SetNotional,
    SetTarget,
    Withdraw,
)
from timing.core.device_acts import AssignDevice, AssignTracker
from timing.core.instant import SECOND
from timing.core.official_fold import OfficialFold
from timing.core.publication_acts import (
    AcceptAmendment,
    Certify,
    Finalise,
    Issue,
    Protest,
    RefuseAmendment,
    Suspend,
)
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.core.roles import may


def acts(records: list[Record], fold: OfficialFold, chance: random.Random) -> list[Act]:
    """One of each kind, about things of this rally."""
    itinerary = fold.event.itinerary
    car = chance.choice(list(fold.event.entries.by_number))
    stage = chance.choice(list(itinerary.stages.values()))
    control = chance.choice(list(itinerary.controls))
    stamped = chance.choice([record for record in records if isinstance(record.body, Stamp)])
    ruled = [record.body.id for record in records if isinstance(record.body, Decision)]
    stamp = stamped.body
    assert isinstance(stamp, Stamp)
    whole = CorrectDevice(stamp.device, None, None, ((stamp.at, -30 * SECOND),))
    return [
        AssignCar(stamped.key, car),
        MarkSpurious(stamped.key),
        Restore(stamped.key),
        CorrectTime(control, car, stamp.at + 7 * SECOND),
        Penalise(car, "noise", time=10 * SECOND, points=None),
        Penalise(car, "noise", points=Decimal(10)),
        SetNotional(stage.id, car, time=300 * SECOND),
        Retire(car, control),
        Reinstate(car),
        Disqualify(car),
        CancelStage(stage.id),
        SetTarget(stage.id, 20 * SECOND),
        AllowDelay(control, car, 3),
        AllowTime(stage.id, car, 30 * SECOND),
        AssignStart(stage.lines[0], car, stamp.at),
        RefuseStart(stage.id, car),
        FailStage(stage.id, car),
        Interrupt(stage.id, stamp.at),
        ExtendLateness(control, 60, 60),
        whole,
        AcceptDevice(stamp.device),
        DropDevice(stamp.device, None, None),
        AssignDevice(stamp.device, None, control),
        AssignTracker(stamp.device, stamp.at, car),
        *(Withdraw(ident) for ident in chance.sample(ruled, min(3, len(ruled)))),
    ]


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("seed", range(4))
def test_what_was_supposed_is_as_if_it_had_never_been(kind: str, seed: int) -> None:
    make, write = EVENTS[kind]
    event, pen, chance = make(), Pen(), random.Random(seed)
    records = write(pen)
    fold = OfficialFold(event)
    # Also between the records of a day, not only behind the last one.
    half = len(records) // 2
    fold.advance(records[:half])
    seen = 0
    for upto in (half, len(records)):
        fold.advance(records[:upto])
        before = everything(fold.rally)
        for act in acts(records[:upto], fold, chance):
            supposed = pen.rule(act, clock="23:00")
            told = OfficialFold(event)
            told.advance([*records[:upto], supposed])
            with fold.supposing(supposed) as changes:
                assert everything(fold.rally) == everything(told.rally), act
                seen += changes.standings
            assert everything(fold.rally) == before, act
    fresh = OfficialFold(event)
    fresh.advance(records)
    assert everything(fold.rally) == everything(fresh.rally)
    assert seen, "something was changed, or this proves nothing"


def published(fold: OfficialFold) -> tuple[object, ...]:
    now = fold.publications.published
    return (
        dict(now.stages), dict(now.lists), dict(now.certified), dict(now.issued),
        dict(fold.publications.verdicts), fold.place,
    )  # fmt: skip


def test_supposing_an_act_of_publication_publishes_nothing() -> None:
    book = Book()
    book.drive(1, 2)
    book.certify("SS1", "SS2")
    book.issue("leg-1")
    # Later news, so that an amendment waits.
    book.write(book.pen.stamp("SS1.FF", "10:05:58", "2"))
    fold, place = book.fold, book.place
    before, shown = published(fold), everything(fold.rally)
    changed = []
    for act in (
        AcceptAmendment("SS1", place, book.stage("SS1").digest),
        RefuseAmendment("SS1", place, book.name_of_difference("SS1")),
        Certify("SS3", place, book.stage("SS3").digest),
        Issue("leg-1", place, book.list("leg-1").digest, 2),
        Protest("leg-1", "1"),
        Suspend("leg-1"),
        Finalise("leg-1", 1),
    ):
        office = next(role for role in reversed(Role) if may(role, type(act)))
        record = book.pen.rule(act, "", office, "18:30", text="heard")
        assert isinstance(record.body, Decision)
        refused = fold.refusal(record.body)
        with fold.supposing(record):
            verdict = fold.publications.verdicts[record.body.id]
            assert verdict.refusal == refused
            assert (published(fold)[:4] == before[:4]) == bool(refused), act
            if not refused:
                changed.append(type(act).__name__)
        assert published(fold) == before
        assert everything(fold.rally) == shown
    assert changed == ["AcceptAmendment", "RefuseAmendment", "Protest", "Suspend"]


def test_supposing_what_is_recorded_already_changes_nothing_and_keeps_it() -> None:
    book = Book()
    book.drive(1)
    ruled = book.pen.rule(Retire("1"), "known", clock="10:30")
    book.write(ruled)
    before = everything(book.fold.rally)
    with book.fold.supposing(ruled) as changes:
        assert not changes.standings
        assert not changes.cars
    assert everything(book.fold.rally) == before


def test_the_closing_of_the_final_control_is_taken_back_with_what_told_the_time() -> None:
    book = Book()
    book.drive(1, 2)
    before = everything(book.fold.rally)
    heard = book.fold.rally.heard
    ruled = book.pen.rule(Penalise("1", "noise", time=SECOND), clock="47:59")
    late = replace(ruled, received_at=at("47:59"))
    with book.fold.supposing(late) as changes:
        assert book.fold.rally.heard > heard
        assert changes.standings
    assert book.fold.rally.heard == heard
    assert everything(book.fold.rally) == before
