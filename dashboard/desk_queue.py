"""What needs a hand, most urgent first: a pure reading of the rally and of what is published.

Nothing here decides. Each item says what is the matter and offers the acts that would settle it, in the
office that may take them; the desk previews an act before it is recorded.
"""

from collections.abc import Iterator, Mapping

from dashboard.desk_items import Choice, Item, Kind, Urgency
from dashboard.desk_papers import paper_items
from timing.core.admission import Published
from timing.core.decisions import (
    Act,
    AssignCar,
    CorrectTime,
    MarkSpurious,
    Reason,
    Retire,
    Role,
    SetNotional,
)
from timing.core.instant import Instant
from timing.core.itinerary import Control, Stage
from timing.core.proposals import Proposal, ProposalKind
from timing.core.rally import Rally
from timing.core.results import Chosen, ControlState, Disposition, ResultStatus, StampState
from timing.core.sheet import Sheet
from timing.core.stamps import LINES

#: So many stamps of no control are listed one by one; a wrong assignment makes hundreds.
_MOST_UNPLACED = 20
_NOT_A_TIME = frozenset({Disposition.SPURIOUS, Disposition.WITHDRAWN, Disposition.DUPLICATE_EDGE})


def desk_queue(rally: Rally, published: Published | None, now: Instant) -> tuple[Item, ...]:
    """Return every open matter, most urgent first, then the one that arose first on the road.

    Args:
        rally: the rally.
        published: what is certified and issued; None where nothing can be.
        now: the present instant, for what runs out.
    """
    states = {control: rally.control_state(control) for control in rally.event.itinerary.controls}
    proposals = rally.proposals()
    items = [
        *_unassigned(rally, states),
        *_unplaced(rally),
        *_reviews(rally, states),
        *_unresolved(rally, states, proposals),
        *_undecided(rally),
        *_proposals(rally, proposals),
        *(paper_items(rally, published, now) if published is not None else ()),
    ]
    return tuple(sorted(items, key=lambda item: (item.urgency, item.until or item.at or now, item.id)))


def offices(items: tuple[Item, ...]) -> Mapping[str, int]:
    """Return how many matters wait in each office."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.office.value] = counts.get(item.office.value, 0) + 1
    return counts


# stamps ----------------------------------------------------------------------------------------------


def _unassigned(rally: Rally, states: Mapping[str, ControlState]) -> Iterator[Item]:
    for control, state in states.items():
        found = rally.event.itinerary.controls[control]
        for stamp in state.stamps.values():
            if stamp.car is None and stamp.disposition is Disposition.RAW:
                yield _nobodys(rally, found, stamp)


def _nobodys(rally: Rally, control: Control, state: StampState) -> Item:
    urgent = control.kind in LINES
    choices = [
        Choice(
            label=f"Car {each.car}",
            act=AssignCar(state.key, each.car),
            reason=Reason.WRONG_NUMBER if state.stamp.car else Reason.MARSHAL_ENTRY,
            why=f"{each.score} of 100: {each.why}",
        )
        for each in state.candidates
    ]
    choices.append(_spurious(state))
    return Item(
        id=f"stamp-{state.key}",
        kind=Kind.UNASSIGNED,
        urgency=Urgency.WRONG if urgent else Urgency.OPEN,
        office=Role.TIMEKEEPER,
        text=f"The stamp of {_device(state)} at {control.id}, {_clock(rally, state)}, belongs to no car",
        why=state.reason,
        at=state.stamp.at,
        stage=control.stage,
        control=control.id,
        stamp=state.key,
        records=(state.seq,),
        choices=tuple(choices),
        form="AssignCar",
    )


def _unplaced(rally: Rally) -> Iterator[Item]:
    waiting = [each for each in rally.unplaced_stamps().values() if each.disposition is Disposition.RAW]
    for state in waiting[:_MOST_UNPLACED]:
        yield Item(
            id=f"stamp-{state.key}",
            kind=Kind.UNPLACED,
            urgency=Urgency.OPEN,
            office=Role.TIMEKEEPER,
            text=f"The stamp of {_device(state)}, {_clock(rally, state)}, belongs to no control",
            why=state.reason,
            at=state.stamp.at,
            stamp=state.key,
            records=(state.seq,),
            choices=(_spurious(state),),
        )


def _spurious(state: StampState) -> Choice:
    return Choice(
        label=f"{state.source} {_device(state)}: a false trigger",
        act=MarkSpurious(state.key),
        reason=Reason.SPURIOUS,
        why="stays in the record and is never counted",
    )


# times -----------------------------------------------------------------------------------------------


def _reviews(rally: Rally, states: Mapping[str, ControlState]) -> Iterator[Item]:
    for control, state in states.items():
        found = rally.event.itinerary.controls[control]
        for car, chosen in state.arrived.items():
            if chosen.review:
                yield _review(rally, found, state, car, chosen)


def _review(rally: Rally, control: Control, state: ControlState, car: str, chosen: Chosen) -> Item:
    own = [
        stamp for stamp in state.stamps.values() if stamp.car == car and stamp.disposition not in _NOT_A_TIME
    ]
    # The time that stands comes first: to confirm it is the usual answer.
    own.sort(key=lambda stamp: (stamp.key != chosen.key, stamp.stamp.at, stamp.key))
    take = [_take(rally, control, car, stamp, stands=stamp.key == chosen.key) for stamp in own]
    drop = [_spurious(stamp) for stamp in own] if len(own) > 1 else []
    return Item(
        id=f"review-{control.id}-{car}",
        kind=Kind.REVIEW,
        urgency=Urgency.WRONG,
        office=Role.TIMEKEEPER,
        text=f"Car {car} at {control.id}: {chosen.review}",
        why=f"{rally.event.time.format(chosen.at, 1)} by {chosen.source} is shown until it is decided",
        at=chosen.at,
        stage=control.stage,
        control=control.id,
        car=car,
        records=tuple(sorted({chosen.seq, *(stamp.seq for stamp in own)})),
        choices=(*take, *drop),
        form="CorrectTime",
    )


def _take(rally: Rally, control: Control, car: str, state: StampState, *, stands: bool) -> Choice:
    """The instant of one stamp, confirmed as the time."""
    return Choice(
        label=f"{'Keep' if stands else 'Take'} {state.source} {_clock(rally, state)}",
        act=CorrectTime(control.id, car, state.stamp.at, basis_records=(state.key,)),
        reason=Reason.DEVICE_FAULT,
        why=_device(state),
    )


def _unresolved(
    rally: Rally, states: Mapping[str, ControlState], proposals: tuple[Proposal, ...]
) -> Iterator[Item]:
    """Crews without a time that they should have, and times that cannot be believed."""
    for car, entry in rally.event.entries.by_number.items():
        sheet = rally.sheet(car)
        if entry.course_car:
            continue
        for stage in rally.event.itinerary.stages.values():
            status = sheet.results[stage.id].status
            if status in (ResultStatus.MISSING, ResultStatus.HELD):
                yield _lacking(rally, stage, sheet, states, proposals)


def _lacking(
    rally: Rally,
    stage: Stage,
    sheet: Sheet,
    states: Mapping[str, ControlState],
    proposals: tuple[Proposal, ...],
) -> Item:
    car, result = sheet.entry.car_number, sheet.results[stage.id]
    held = result.status is ResultStatus.HELD
    lines = [control for control in stage.lines if control not in sheet.drive.chosen]
    offers = [
        each for each in proposals if each.car == car and (each.stage == stage.id or each.control in lines)
    ]
    choices = [choice for each in offers for choice in _accept(each)]
    for control in lines:
        for state in states[control].stamps.values():
            fits = state.car is None and state.disposition is Disposition.RAW
            if fits and any(each.car == car for each in state.candidates):
                clock = rally.event.time.format(state.stamp.at, state.stamp.resolution)
                choices.append(
                    Choice(
                        label=f"Give it {state.source} {clock} at {control}",
                        act=AssignCar(state.key, car),
                        reason=Reason.MISSED_TRIGGER,
                        why=next(each.why for each in state.candidates if each.car == car),
                    )
                )
    where = lines[0] if lines else stage.finish
    text = f"Car {car} on {stage.id}: "
    text += result.reason if result.reason else "was seen later on and lacks a time"
    return Item(
        id=f"{'held' if held else 'missing'}-{stage.id}-{car}",
        kind=Kind.HELD if held else Kind.MISSING,
        urgency=Urgency.WRONG,
        office=Role.TIMEKEEPER,
        text=text,
        why=f"no time at {', '.join(lines)}" if lines else "shown, and not ranked until it is decided",
        at=result.finish or result.start or _seen_before(rally, stage, sheet),
        stage=stage.id,
        control=where,
        car=car,
        choices=tuple(choices),
        form="CorrectTime",
    )


def _seen_before(rally: Rally, stage: Stage, sheet: Sheet) -> Instant:
    """When a crew was last seen before a stage's end; 0 where it was not."""
    order = rally.event.itinerary.controls[stage.finish].order
    controls = rally.event.itinerary.controls
    return max(
        (time.at for name, time in sheet.drive.chosen.items() if controls[name].order <= order), default=0
    )


# the clerk's -----------------------------------------------------------------------------------------


def _undecided(rally: Rally) -> Iterator[Item]:
    for car in rally.event.entries.by_number:
        for row in rally.sheet(car).rows:
            if not row.undecided:
                continue
            where = row.control or row.stage or ""
            clerk = Retire(car, row.control, row.text or row.rule)
            yield Item(
                id=f"undecided-{row.rule}-{where}-{car}",
                kind=Kind.UNDECIDED,
                urgency=Urgency.WRONG,
                office=Role.CLERK,
                text=f"Car {car}{f' at {where}' if where else ''}: {row.text or row.rule}, to be decided",
                stage=row.stage,
                control=row.control,
                car=car,
                records=row.records,
                choices=(Choice(label="The crew has retired", act=clerk, reason=Reason.CLERK_DECISION),),
                form="Penalise",
            )


def _proposals(rally: Rally, proposals: tuple[Proposal, ...]) -> Iterator[Item]:
    for each in proposals:
        stale = each.stale
        where = each.stage or each.control or ""
        yield Item(
            id=f"proposal-{each.id}",
            kind=Kind.PROPOSAL,
            urgency=Urgency.WRONG if stale else Urgency.OPEN,
            office=Role.TIMEKEEPER if each.kind is ProposalKind.REPLACEMENT else Role.CLERK,
            text=f"Car {each.car}{f' at {where}' if where else ''}: {each.text}",
            why="what was accepted no longer follows from its basis" if stale else _confidence(each),
            stage=each.stage,
            control=each.control,
            car=each.car,
            records=each.records,
            choices=tuple(_accept(each)),
            form="CorrectTime" if each.control is not None and each.stage is None else "SetNotional",
        )


def _confidence(proposal: Proposal) -> str:
    return "rests on few crews: low confidence" if proposal.low_confidence else ""


def _accept(proposal: Proposal) -> Iterator[Choice]:
    """The act that accepts a proposal, and the others that would do."""
    for place, act in enumerate((proposal.act, *proposal.options)):
        yield Choice(
            label=("Accept" if place == 0 else "Instead") + f": {_method(act)}",
            act=act,
            reason=proposal.reason,
            why=proposal.text if place == 0 else "",
            supersedes=proposal.supersedes,
        )


def _method(act: Act) -> str:
    if isinstance(act, SetNotional):
        return act.method.value.replace("_", " ").lower()
    return type(act).__name__


def _device(state: StampState) -> str:
    stamp = state.stamp
    return f"{stamp.device} {stamp.channel}" if stamp.channel else stamp.device


def _clock(rally: Rally, state: StampState) -> str:
    return rally.event.time.format(state.stamp.at, state.stamp.resolution)
