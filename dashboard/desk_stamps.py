"""The desk's queue of stamps: those that are nobody's, those of no control, numbers that cannot be right."""

from collections.abc import Iterator, Mapping

from dashboard.desk_items import Choice, Item, Kind, Urgency
from timing.core.decisions import AssignCar, MarkSpurious, Reason, Role
from timing.core.instant import MINUTE, Duration, Instant, format_duration
from timing.core.itinerary import Control
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.results import AssignedBy, Chosen, ControlState, Disposition, StampState
from timing.core.stamps import LINES

#: So many stamps of no control are listed one by one; a wrong assignment makes hundreds.
_MOST_UNPLACED = 20
#: A car that lacks a time here was at the line before so recently that this stamp may be its.
_RECENT: Duration = 30 * MINUTE
_MOST_OWNERS = 5
_PERSONS = {Source.M.value: "the marshal's entry", Source.H.value: "the hand button"}

States = Mapping[str, ControlState]


def stamp_items(rally: Rally, states: States) -> Iterator[Item]:
    """Return the stamps that wait for somebody."""
    for control, state in states.items():
        found = rally.event.itinerary.controls[control]
        for stamp in state.stamps.values():
            if stamp.car is None and stamp.disposition is Disposition.RAW:
                yield _nobodys(rally, found, stamp)
        if found.kind in LINES:
            yield from _strangers(rally, found, state)
    waiting = [each for each in rally.unplaced_stamps().values() if each.disposition is Disposition.RAW]
    yield from (_unplaced(rally, state) for state in waiting[:_MOST_UNPLACED])


def is_stranger(rally: Rally, control: Control, car: str) -> bool:
    """Return whether a car with a time at a line was never seen before it on the leg: a number misread."""
    seen, leg = rally.sheet(car).drive.chosen, rally.event.itinerary.legs[control.leg].controls
    for other in leg:
        if other == control.id:
            return other != leg[0]
        if other in seen:
            return False
    return False


def device_of(state: StampState) -> str:
    """Return in words who or what made a stamp."""
    stamp = state.stamp
    if stamp.device.startswith("web-"):
        return _PERSONS.get(state.source, "an official")
    return f"{stamp.device} {stamp.channel}" if stamp.channel else stamp.device


def clock_of(rally: Rally, state: StampState) -> str:
    """Return a stamp's time as the device told it."""
    return rally.event.time.format(state.at, state.stamp.resolution)


def spurious(rally: Rally, state: StampState) -> Choice:
    """Return the choice to call a stamp a false trigger."""
    return Choice(
        label=f"False trigger: {state.source} {clock_of(rally, state)}",
        act=MarkSpurious(state.key),
        reason=Reason.SPURIOUS,
        why=f"{device_of(state)}; stays in the record and is never counted",
    )


def leads_to(other: Control, control: Control) -> bool:
    """Return whether one control comes before another on the same leg."""
    return other.leg == control.leg and other.order < control.order


def _nobodys(rally: Rally, control: Control, state: StampState) -> Item:
    choices = [
        Choice(
            label=f"Car {each.car}",
            act=AssignCar(state.key, each.car),
            reason=Reason.WRONG_NUMBER if state.stamp.car else Reason.MISSED_TRIGGER,
            why=f"{each.why} ({each.score} of 100)",
        )
        for each in state.candidates
    ]
    return Item(
        id=f"stamp-{state.key}",
        kind=Kind.UNASSIGNED,
        urgency=Urgency.WRONG if control.kind in LINES else Urgency.OPEN,
        office=Role.TIMEKEEPER,
        text=f"{control.id}: the stamp of {device_of(state)}, {clock_of(rally, state)}, belongs to no car",
        why=state.reason,
        at=state.at,
        stage=control.stage,
        control=control.id,
        stamp=state.key,
        records=(state.seq,),
        choices=(*choices, spurious(rally, state)),
        form="AssignCar",
    )


def _unplaced(rally: Rally, state: StampState) -> Item:
    return Item(
        id=f"stamp-{state.key}",
        kind=Kind.UNPLACED,
        urgency=Urgency.OPEN,
        office=Role.TIMEKEEPER,
        text=f"The stamp of {device_of(state)}, {clock_of(rally, state)}, belongs to no control",
        why=state.reason,
        at=state.at,
        stamp=state.key,
        records=(state.seq,),
        choices=(spurious(rally, state),),
    )


def _strangers(rally: Rally, control: Control, state: ControlState) -> Iterator[Item]:
    for car, chosen in state.arrived.items():
        ruled = chosen.corrected or chosen.assigned_by is AssignedBy.OFFICIAL
        if ruled or chosen.key not in state.stamps or not is_stranger(rally, control, car):
            continue
        # Nobody read the number of a tracker: it rides in that car.
        if chosen.source == Source.G:
            continue
        yield _stranger(
            rally, control, state.stamps[chosen.key], chosen, likely_owners(rally, control, chosen.at)
        )


def _stranger(
    rally: Rally, control: Control, state: StampState, chosen: Chosen, owners: list[tuple[str, str]]
) -> Item:
    choices = [
        Choice(label=f"Car {car}", act=AssignCar(state.key, car), reason=Reason.WRONG_NUMBER, why=why)
        for car, why in owners
    ]
    here = Choice(
        label=f"Car {chosen.car} it is",
        act=AssignCar(state.key, chosen.car),
        reason=Reason.MARSHAL_ENTRY,
        why="seen here although nowhere before",
    )
    return Item(
        id=f"stranger-{state.key}",
        kind=Kind.STRANGER,
        urgency=Urgency.WRONG,
        office=Role.TIMEKEEPER,
        text=f"{control.id}: car {chosen.car} at {clock_of(rally, state)}, and nowhere before on this leg",
        why=f"{device_of(state)} sent number {state.stamp.car}: misread?" if state.stamp.car else "",
        at=state.at,
        stage=control.stage,
        control=control.id,
        car=chosen.car,
        stamp=state.key,
        records=(state.seq,),
        choices=(*choices, here, spurious(rally, state)),
        form="AssignCar",
    )


def likely_owners(rally: Rally, control: Control, at: Instant) -> list[tuple[str, str]]:
    """Return the cars that lack a time at a line and were at the one before it not long before an instant.

    Each with the reason in words; the one that was there last comes first.
    """
    before = [each for each in rally.event.itinerary.controls.values() if leads_to(each, control)]
    if not before:
        return []
    previous = before[-1].id
    found: list[tuple[Duration, str]] = []
    for car in rally.event.entries.by_number:
        seen = rally.sheet(car).drive.chosen
        if control.id not in seen and previous in seen and 0 < at - seen[previous].at <= _RECENT:
            found.append((at - seen[previous].at, car))
    return [
        (car, f"was at {previous} {format_duration(apart, 10_000)} before and has no time here")
        for apart, car in sorted(found)[:_MOST_OWNERS]
    ]
