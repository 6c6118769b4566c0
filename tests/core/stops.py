"""Rallies with red flags, retirements and failed clocks, told in any order."""

import random
from collections.abc import Sequence
from dataclasses import replace

from tests.core.rallies import Pen, Road, crews, span, told
from timing.core.decisions import Role
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import MINUTE
from timing.core.itinerary import ControlKind
from timing.core.preset import RestartReference, RestartRule
from timing.core.proposals import Proposal
from timing.core.rally import Rally
from timing.core.records import Record
from timing.presets import load_preset

WORLD = RestartRule(per_stage=420, last_of_leg=600)
ICELAND = RestartRule(reference=RestartReference.CLASS, per_stage=300, per_road=300, reentry=(600, 300))


def two_days(
    entries: EntryList | None = None, restart: RestartRule | None = WORLD, **changes: object
) -> Event:
    """TC0 09:00, then three stages with a time control before each, TC4; on the second day TC5, SS4, TC6."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="09:00")
    for number in (1, 2, 3):
        road.put(f"TC{number}", ControlKind.ATC, f"{40 * number}", target="1:00:00")
        road.special(f"SS{number}", f"{40 * number}.1", split=False)
    road.put("TC4", ControlKind.TC, "160", target="1:00:00")
    road.put("TC5", ControlKind.ATC, "0", first="09:00", leg=2)
    road.special("SS4", "0.1", leg=2, split=False)
    road.put("TC6", ControlKind.TC, "30", target="0:40:00", leg=2)
    # The stages take what they take: nobody is too late anywhere.
    calm: dict[str, object] = {"max_late_control": None, "max_late_total": None}
    preset = replace(
        load_preset("FIA_STAGE"), start_interval=MINUTE, restart=restart, **{**calm, **changes}  # type: ignore[arg-type]
    )  # fmt: skip
    return road.event(preset, entries or crews(*map(str, range(1, 11))))


def driven(pen: Pen, stage: str, car: str, start: str, time: str | None) -> list[Record]:
    """A run on a stage: the marshal's start and, where there is a time, the finish by the beam."""
    records = [pen.stamp(f"{stage}.START", start, car)]
    if time is not None:
        begin = records[0].body.at
        records.append(pen.stamp(f"{stage}.FF", "00:00", car, at=begin + span(time)))
    return records


def red_flag(pen: Pen) -> list[Record]:
    """SS1: four are through, car 5 blocks the road at 10:11 and limps home in 9:55.0, five are shown red."""
    times = {"1": "6:10.2", "2": "6:12.0", "3": "6:14.8", "4": "6:40.5", "5": "9:55.0", "6": "14:03.3"}
    records: list[Record] = []
    for number in range(1, 11):
        car = str(number)
        records += driven(pen, "SS1", car, f"10:{number:02d}:00", times.get(car))
    # Those who have no finish there were seen later on.
    records += [pen.stamp("TC2", f"11:{number:02d}:00", str(number)) for number in range(6, 11)]
    return records


def accepted(pen: Pen, proposal: Proposal, ident: str, clock: str = "18:00") -> Record:
    """An official takes a proposal as it is."""
    role = Role.CLERK if proposal.stage is not None else Role.TIMEKEEPER
    return pen.rule(
        proposal.act, ident, role, clock=clock, reason=proposal.reason, supersedes=proposal.supersedes
    )


def in_any_order(event: Event, records: Sequence[Record], seed: int = 1) -> Rally:
    """A rally told record by record in a mixed order, and asked in between; it agrees with a replay."""
    rally = Rally(event)
    mixed = list(records)
    random.Random(seed).shuffle(mixed)
    for place, record in enumerate(mixed):
        rally.add(record)
        if place % 5 == 0:
            rally.proposals()
    assert rally.proposals() == told(event, records).proposals()
    return rally


def offered(rally: Rally, stage: str | None = None) -> dict[str, Proposal]:
    """The proposals by car, those of one stage where it is named."""
    return {p.car: p for p in rally.proposals() if stage is None or p.stage == stage}


def field() -> EntryList:
    """Three crews: cars 1 and 2 are of the same group and class; car 3 is faster and of another."""
    entries = crews("1", "2", "3").by_number
    groups = {"1": "P2", "2": "P2", "3": "P1"}
    return EntryList(
        {car: replace(entry, group=groups[car], class_=groups[car]) for car, entry in entries.items()}
    )


def all_accepted(pen: Pen, event: Event, records: list[Record]) -> Rally:
    taken = [
        accepted(pen, proposal, f"yes{number}")
        for number, proposal in enumerate(told(event, records).proposals())
    ]
    return told(event, [*records, *taken])
