"""The desk's queue of times: sources that disagree, times that are lacking or cannot be believed."""

from collections.abc import Collection, Iterator, Mapping

from dashboard.desk_items import Choice, Item, Kind, Urgency
from dashboard.desk_stamps import States, clock_of, device_of, is_stranger, leads_to, likely_owners, spurious
from timing.core.decisions import Act, AssignCar, AssignStart, CorrectTime, Reason, Role, SetNotional
from timing.core.instant import SECOND, Instant
from timing.core.itinerary import Control, Stage
from timing.core.proposals import Proposal, ProposalKind
from timing.core.rally import Rally
from timing.core.results import Chosen, ControlState, Disposition, ResultStatus, StageResult, StampState
from timing.core.sheet import Sheet
from timing.core.stamps import LINES

#: The edges of one passing car follow each other within this (µs).
_ONE_PASSING = 2 * SECOND
#: What is proposed, where it is no notional time.
_METHODS: Mapping[type[Act], str] = {CorrectTime: "replacement time", AssignStart: "assigned start"}


def time_items(
    rally: Rally, states: States, proposals: tuple[Proposal, ...], clocks: Collection[str] = ()
) -> Iterator[Item]:
    """Return the times that the Official Timekeeper has to look at.

    `clocks` are the devices whose clock is a matter of its own: it settles the times that wait for it alone.
    """
    for control, state in states.items():
        found = rally.event.itinerary.controls[control]
        for car, chosen in state.arrived.items():
            # A course car has no result: whatever its sources say, nobody has to decide about it.
            if chosen.review and not rally.event.entries.by_number[car].course_car:
                offered = [p for p in proposals if p.car == car and p.control == control]
                item = _review(rally, found, state, car, chosen, offered)
                if len(item.choices) > 1 or not any(chosen.review.startswith(_clock_of(d)) for d in clocks):
                    yield item
    for car, entry in rally.event.entries.by_number.items():
        if not entry.course_car:
            yield from _lacking(rally, car, states, proposals)


def accepting(proposal: Proposal) -> Iterator[Choice]:
    """Return the act that accepts a proposal, and the others that would do."""
    for place, act in enumerate((proposal.act, *proposal.options)):
        method = act.method.value if isinstance(act, SetNotional) else _METHODS.get(type(act), "")
        said = "Accept the proposal" if place == 0 else "Instead"
        yield Choice(
            label=f"{said}: {method.replace('_', ' ').lower()}" if method else said,
            act=act,
            reason=proposal.reason,
            why=proposal.text if place == 0 else "",
            supersedes=proposal.supersedes,
            office=office_of(proposal),
        )


def office_of(proposal: Proposal) -> Role:
    """Return who accepts a proposal: what a clock should have shown is the Official Timekeeper's."""
    return Role.TIMEKEEPER if proposal.kind is ProposalKind.REPLACEMENT else Role.CLERK


def _clock_of(device: str) -> str:
    """How the doubt about a time begins that comes from its device's clock."""
    return f"the clock of {device} was "


def _lacks(result: StageResult) -> bool:
    """Whether a result stands open, or charges a crew for a time that nobody has."""
    if result.status in (ResultStatus.MISSING, ResultStatus.HELD):
        return True
    charged = result.points is not None and result.time is None and result.deviation is None
    return result.status is ResultStatus.DONE and charged and not result.source and not result.parts


def _review(
    rally: Rally, control: Control, state: ControlState, car: str, chosen: Chosen, offered: list[Proposal]
) -> Item:
    own = [stamp for stamp in state.stamps.values() if stamp.car == car and _may_count(control, stamp)]
    # The time that stands comes first: to confirm it is the usual answer.
    own.sort(key=lambda stamp: (stamp.key != chosen.key, stamp.at, stamp.key))
    take = [_take(rally, control, car, stamp, stands=stamp.key == chosen.key) for stamp in own]
    drop = [spurious(rally, stamp) for stamp in own] if len(own) > 1 else []
    here = state.stamps.get(chosen.key)
    clock = rally.event.time.format(chosen.at, 1) if here is None else clock_of(rally, here)
    return Item(
        id=f"review-{control.id}-{car}",
        kind=Kind.REVIEW,
        urgency=Urgency.WRONG,
        office=Role.TIMEKEEPER,
        text=f"{control.id}: car {car}, {chosen.review}",
        why=f"{clock} by {chosen.source} is shown until it is decided",
        at=chosen.at,
        stage=control.stage,
        control=control.id,
        car=car,
        records=tuple(sorted({chosen.seq, *(stamp.seq for stamp in own)})),
        # What is computed of it is better than the time itself: hand times come late.
        choices=(*(choice for each in offered for choice in accepting(each)), *take, *drop),
        form="CorrectTime",
    )


def _may_count(control: Control, stamp: StampState) -> bool:
    """Whether a stamp may be the time: where people check in, a second entry may be the right one."""
    if stamp.disposition in (Disposition.SPURIOUS, Disposition.WITHDRAWN):
        return False
    return stamp.disposition is not Disposition.DUPLICATE_EDGE or control.kind not in LINES


def _take(rally: Rally, control: Control, car: str, state: StampState, *, stands: bool) -> Choice:
    """The instant of one stamp, confirmed as the time."""
    return Choice(
        label=f"{'Keep' if stands else 'Take'} {state.source} {clock_of(rally, state)}",
        act=CorrectTime(control.id, car, state.at, basis_records=(state.key,)),
        reason=Reason.MARSHAL_ENTRY if control.kind not in LINES else Reason.DEVICE_FAULT,
        why=device_of(state),
    )


def _lacking(rally: Rally, car: str, states: States, proposals: tuple[Proposal, ...]) -> Iterator[Item]:
    """A crew's open results: one matter for each set of lines without a time, whatever tests it spoils."""
    sheet, controls = rally.sheet(car), rally.event.itinerary.controls
    open_: dict[tuple[str, ...], list[Stage]] = {}
    for stage in rally.event.itinerary.stages.values():
        if not _lacks(sheet.results[stage.id]):
            continue
        seen = [control for control in stage.lines if control in sheet.drive.chosen]
        # A number misread at one of the lines is a matter of its own.
        if not any(is_stranger(rally, controls[control], car) for control in seen):
            lines = tuple(control for control in stage.lines if control not in seen)
            open_.setdefault(lines or (stage.id,), []).append(stage)
    for lines, stages in open_.items():
        yield _open_result(
            rally, sheet, stages, [line for line in lines if line in controls], states, proposals
        )


def _open_result(
    rally: Rally,
    sheet: Sheet,
    stages: list[Stage],
    lines: list[str],
    states: States,
    proposals: tuple[Proposal, ...],
) -> Item:
    car, stage = sheet.entry.car_number, stages[0]
    result = sheet.results[stage.id]
    named = {each.id for each in stages}
    offered = [p for p in proposals if p.car == car and (p.stage in named or p.control in lines)]
    choices: list[Choice] = []
    # A stamp that is there goes before any computed time.
    for control in lines:
        choices += _stamps_for(rally, rally.event.itinerary.controls[control], states[control], car)
    choices += [choice for each in offered for choice in accepting(each)]
    held = result.status is ResultStatus.HELD
    where = f"no time at {', '.join(lines)}" if lines else result.reason or "a time that cannot be believed"
    return Item(
        id=f"{'held' if held else 'missing'}-{stage.id}-{car}",
        kind=Kind.HELD if held else Kind.MISSING,
        urgency=Urgency.WRONG,
        office=Role.TIMEKEEPER,
        text=f"{', '.join(each.id for each in stages)}: car {car}, {where}",
        why=_meanwhile(result),
        at=result.finish or result.start or _seen_before(rally, stage, sheet),
        stage=stage.id,
        control=lines[0] if lines else stage.finish,
        car=car,
        choices=tuple(choices),
        form="CorrectTime",
    )


def _meanwhile(result: StageResult) -> str:
    """What the boards say until it is decided."""
    if result.status is ResultStatus.HELD:
        return "shown, and not ranked until it is decided"
    if result.status is ResultStatus.DONE and result.points is not None:
        return f"charged {result.points:f} points ({result.reason}): a missed trigger?"
    return result.reason or "was seen later on"


def _stamps_for(rally: Rally, control: Control, state: ControlState, car: str) -> Iterator[Choice]:
    """The stamps at a line that may be the time a crew lacks: nobody's, or of a car never seen before."""
    seen, order = rally.sheet(car).drive.chosen, rally.event.itinerary.controls
    before = max((time.at for name, time in seen.items() if leads_to(order[name], control)), default=0)
    for stamp in state.stamps.values():
        if stamp.at <= before:
            continue
        why = ""
        if stamp.car is None and stamp.disposition is Disposition.RAW:
            why = next((each.why for each in stamp.candidates if each.car == car), "")
        elif (
            stamp.car is not None
            and control.kind in LINES
            and (is_stranger(rally, control, stamp.car) or _spare(rally, control, stamp))
        ):
            owners = dict(likely_owners(rally, control, stamp.at))
            why = f"read as car {stamp.car}; {owners[car]}" if car in owners else ""
        if why:
            yield Choice(
                label=f"Give it {stamp.source} {clock_of(rally, stamp)} at {control.id}",
                act=AssignCar(stamp.key, car),
                reason=Reason.MISSED_TRIGGER if stamp.car is None else Reason.WRONG_NUMBER,
                why=why,
            )


def _spare(rally: Rally, control: Control, stamp: StampState) -> bool:
    """Whether a stamp is a second one of its car at a line: the number of another may be meant."""
    car = stamp.car
    gone = stamp.disposition in (Disposition.SPURIOUS, Disposition.WITHDRAWN)
    if gone or car is None or car not in rally.event.entries.by_number:
        return False
    chosen = rally.sheet(car).drive.chosen.get(control.id)
    if chosen is None or chosen.key == stamp.key or stamp.source is not chosen.source:
        return False
    return abs(stamp.at - chosen.at) > _ONE_PASSING


def _seen_before(rally: Rally, stage: Stage, sheet: Sheet) -> Instant:
    """When a crew was last seen before a stage's end; 0 where it was not."""
    controls = rally.event.itinerary.controls
    order = controls[stage.finish].order
    seen = (time.at for name, time in sheet.drive.chosen.items() if controls[name].order <= order)
    return max(seen, default=0)
