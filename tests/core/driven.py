"""Rallies driven at random: records for any event, with what happens on real ones."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from tests.core.rallies import Pen
from timing.core.decisions import (
    Act,
    AllowDelay,
    CancelStage,
    CorrectTime,
    MarkSpurious,
    Penalise,
    Retire,
    SetNotional,
)
from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND, Instant
from timing.core.itinerary import TIME_CONTROLS, Control, ControlKind
from timing.core.readings import Source, Stamp
from timing.core.records import Record
from timing.core.road import Road

_MANNED = TIME_CONTROLS | {
    ControlKind.SS_START,
    ControlKind.PASSAGE,
    ControlKind.RESTART,
    ControlKind.SELF_START,
}
_NOT_DRIVEN = frozenset({ControlKind.STOP, ControlKind.OFF_COURSE, ControlKind.TIME_CHECK})


def drive_all(event: Event, seed: int, *, clean: bool = False) -> list[Record]:
    """Every car over every leg: early, late, over lines twice, past some, and with rulings about it all.

    `clean` leaves out what is missing, doubled or ruled.
    """
    chance, pen, road = random.Random(seed), Pen(), Road(event)
    records: list[Record] = []
    for entry in event.entries.by_number.values():
        for leg in event.itinerary.legs:
            if clean or chance.random() > 0.03:
                records += _leg(road, entry, leg, chance, pen, clean=clean)
    if not clean:
        records += _rulings(event, records, chance, pen)
    return records


def _leg(road: Road, entry: Entry, leg: int, chance: random.Random, pen: Pen, *, clean: bool) -> list[Record]:
    records: list[Record] = []
    now: Instant | None = None
    before: Control | None = None
    for control in road.in_leg[leg]:
        now = _at(road, entry, control, before, now, chance)
        before = control
        if now is None or control.kind in _NOT_DRIVEN:
            continue
        manned = control.kind in _MANNED
        stamp = Stamp(
            device=f"{'M' if manned else 'A'}-{control.id}",
            at=now,
            control=control.id,
            source=Source.M if manned else Source.A,
            car=entry.car_number,
        )
        if clean or chance.random() > 0.03:
            records.append(pen.record(stamp, received=now))
        if not clean:
            records += _more(control, stamp, chance, pen)
    return records


def _at(
    road: Road,
    entry: Entry,
    control: Control,
    before: Control | None,
    now: Instant | None,
    chance: random.Random,
) -> Instant | None:
    """When the car is at the next control."""
    due = road.scheduled(control, entry)
    if now is None or before is None:
        return due
    usual = road.travel(before, control).usual
    arrives = (
        now + usual * chance.choice([99, 100, 100, 100, 101]) // 100 + chance.randrange(-300_000, 300_000)
    )
    if control.kind is ControlKind.SS_START:
        return -(-(max(now, arrives) + MINUTE) // MINUTE) * MINUTE
    if control.kind in TIME_CONTROLS:
        arrives = max(arrives, due or 0, now)
        if due is None and control.target is not None:
            arrives = max(arrives, now + control.target * 9 // 10)
        return arrives + chance.choice([0, 0, 0, 0, -1, 1, 2, 9]) * MINUTE
    return max(arrives, now + SECOND)


def _more(control: Control, stamp: Stamp, chance: random.Random, pen: Pen) -> list[Record]:
    """A second edge, another source, a wheel before the start, a stamp without a number."""
    found: list[Record] = []
    at = stamp.at
    if control.kind is ControlKind.SS_START:
        wheel = at + chance.choice([-400_000, 250_000, 300_000, 900_000])
        found.append(pen.record(replace(stamp, device=f"A-{control.id}", source=Source.A, at=wheel)))
    if chance.random() < 0.04:
        found.append(pen.record(replace(stamp, at=at + 200_000)))
    if chance.random() < 0.04:
        found.append(pen.record(replace(stamp, device="tracker", source=Source.G, at=at + 400_000)))
    if chance.random() < 0.01:
        found.append(pen.record(replace(stamp, car=None, at=at + 90 * SECOND)))
    if chance.random() < 0.01:
        found.append(pen.record(replace(stamp, cancelled=True)))
    return found


def _rulings(event: Event, records: Sequence[Record], chance: random.Random, pen: Pen) -> list[Record]:
    cars, stages = list(event.entries.by_number), list(event.itinerary.stages.values())
    stamps = [record for record in records if isinstance(record.body, Stamp)]
    found: list[Record] = []
    if stages and chance.random() < 0.3:
        found.append(pen.rule(CancelStage(chance.choice(stages).id)))
    for _ in range(4):
        car, stage = chance.choice(cars), chance.choice(stages)
        control = event.itinerary.controls[stage.finish]
        stamp = chance.choice(stamps)
        assert isinstance(stamp.body, Stamp)
        at = stamp.body.at
        acts: list[Act] = [
            MarkSpurious(stamp.key),
            CorrectTime(stamp.body.control or control.id, stamp.body.car or car, at + 120_000),
            Penalise(car, "speeding", time=20 * SECOND, points=Decimal("12.5"), control=control.id),
            SetNotional(stage.id, car, time=(stage.target or 400 * SECOND) + 330_000),
            SetNotional(stage.id, car, points=Decimal(17)),
            Retire(car, chance.choice([None, control.id])),
            AllowDelay(stage.start, car, 3),
        ]
        found.append(pen.rule(chance.choice(acts)))
    return found
