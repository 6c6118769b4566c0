"""One car along the whole road: the time at each control, out of its stamps and the rulings on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from timing.core.decisions import CorrectTime, decision_key
from timing.core.entries import Entry
from timing.core.instant import Instant
from timing.core.itinerary import Control, ControlKind
from timing.core.passings import Passing, out_of_line
from timing.core.preset import Unit
from timing.core.readings import Source
from timing.core.results import AssignedBy, Chosen, Disposition
from timing.core.road import Road
from timing.core.rulings import CarRulings, Ruled
from timing.core.stage_times import StageStart, find_start
from timing.core.stamps import SENSORS, Choice, Hit, choose

OFFICIAL = "official"


@dataclass(frozen=True, slots=True)
class Drive:
    """What is known of one car on the road, or on one leg of it, by control in road order.

    `starts` are the start instants by stage; `wheels` the sensor's times at start lines, which only
    show false starts.
    """

    chosen: dict[str, Chosen] = field(default_factory=dict)
    fates: dict[str, dict[str, tuple[Disposition, str]]] = field(default_factory=dict)
    starts: dict[str, StageStart] = field(default_factory=dict)
    wheels: dict[str, Hit] = field(default_factory=dict)

    def take_in(self, other: "Drive") -> None:
        """Add what is known of a further leg."""
        self.chosen.update(other.chosen)
        self.fates.update(other.fates)
        self.starts.update(other.starts)
        self.wheels.update(other.wheels)


@dataclass(slots=True)
class _Bound:
    """Before when stamps at a control do not count, and why."""

    at: Instant | None
    why: str


def follow_leg(
    road: Road, entry: Entry, leg: int, hits: Mapping[str, Sequence[Hit]], rulings: CarRulings
) -> Drive:
    """Choose the time of a car at each control of a leg; what happens on other legs does not matter."""
    drive = Drive()
    controls = road.in_leg[leg]
    concerned = [c for c in controls if c.id in hits or c.id in rulings.corrections]
    for control in concerned:
        bound = _bound(road, entry, leg, control, drive.chosen)
        _at_control(road, entry, control, hits, rulings, drive, bound)
    _drop_strays(road, entry, concerned, hits, rulings, drive)
    for control in controls:
        if control.id in road.starts_at:
            start = _start(road, entry, control.id, drive.chosen)
            if start is not None:
                drive.starts[road.starts_at[control.id].id] = start
    return drive


def _drop_strays(
    road: Road,
    entry: Entry,
    concerned: Sequence[Control],
    hits: Mapping[str, Sequence[Hit]],
    rulings: CarRulings,
    drive: Drive,
) -> None:
    """Take out the times that do not fit the car's drive, as long as there are any."""
    floors: dict[str, Instant] = {}
    while True:
        passings = [
            Passing(c, drive.chosen[c.id].at, drive.chosen[c.id].source == OFFICIAL)
            for c in concerned
            if c.id in drive.chosen and c.kind is not ControlKind.STOP
        ]
        strays = out_of_line(passings)
        # Two rulings that contradict each other both stand; only officials can settle that.
        strays = {control: why for control, why in strays.items() if drive.chosen[control].source != OFFICIAL}
        if not strays:
            return
        for control in concerned:
            if control.id in strays:
                # Perhaps an earlier passing was taken for the real one: try the next.
                stray = drive.chosen.pop(control.id)
                floors[control.id] = max(stray.at, floors.get(control.id, stray.at)) + 1
                bound = _Bound(floors[control.id], strays[control.id])
                _at_control(road, entry, control, hits, rulings, drive, bound)


def _bound(road: Road, entry: Entry, leg: int, control: Control, chosen: Mapping[str, Chosen]) -> _Bound:
    """Before when a car cannot be at a control: the leg's opening, its own start, its stage's start."""
    bound = _Bound(road.opens[leg], "before the leg opened")
    first = road.in_leg[leg][0]
    if control is not first and road.preset.unit is not Unit.NONE:
        due = road.scheduled(first, entry)
        starts = [at for at in (due, chosen[first.id].at if first.id in chosen else None) if at is not None]
        if starts and (bound.at is None or min(starts) > bound.at):
            bound = _Bound(min(starts), "before the car started the leg")
    stage = road.special_at.get(control.id)
    if stage is not None:
        start = _start(road, entry, stage.start, chosen)
        if start is not None and not start.assumed and (bound.at is None or start.at > bound.at):
            bound = _Bound(start.at, f"before the car started {stage.id}")
    return bound


def _start(road: Road, entry: Entry, start_line: str, chosen: Mapping[str, Chosen]) -> StageStart | None:
    """The start instant of the special stage that begins at a line."""
    stage = road.starts_at[start_line]
    marshal = chosen.get(start_line)
    if marshal is not None and marshal.source not in (Source.M, OFFICIAL):
        marshal = None
    arrival_control = road.arrival_control.get(stage.id)
    arrival = chosen.get(arrival_control) if arrival_control is not None else None
    return find_start(road, stage, entry, marshal, arrival)


def _at_control(
    road: Road,
    entry: Entry,
    control: Control,
    hits: Mapping[str, Sequence[Hit]],
    rulings: CarRulings,
    drive: Drive,
    bound: _Bound,
) -> None:
    """Choose at one control and note what became of the stamps there."""
    own = hits.get(control.id, ())
    precedence: tuple[str, ...] = road.precedence[control.id]
    if control.kind is ControlKind.SS_START:
        precedence = (Source.M,)
    choice = choose(
        control,
        own,
        precedence,
        road.tolerance[control.id],
        pass_gap=road.preset.pass_gap,
        not_before=bound.at,
        too_early=bound.why,
    )
    if control.kind is ControlKind.SS_START:
        choice = _with_wheel(control, own, choice, bound, drive)
    ruled = rulings.corrections.get(control.id)
    if ruled is not None:
        drive.chosen[control.id] = _ruled(control, entry, ruled, own)
        drive.fates[control.id] = {
            key: (Disposition.ASSIGNED, "an official's time stands before it") if fate is Disposition.ACCEPTED
            else (fate, why)
            for key, (fate, why) in choice.fates.items()
        }  # fmt: skip
        return
    drive.fates[control.id] = choice.fates
    if choice.hit is not None:
        drive.chosen[control.id] = _stamped(control, entry, choice.hit, choice.review, own)


def _with_wheel(control: Control, own: Sequence[Hit], choice: Choice, bound: _Bound, drive: Drive) -> Choice:
    """At a start line the sensor only tells that the wheel crossed; the assigned instant is the start."""
    wheels = [
        hit
        for hit in own
        if hit.placed.source in SENSORS
        and not hit.placed.no_time
        and (bound.at is None or hit.at >= bound.at)
    ]
    if not wheels:
        return choice
    wheel = min(wheels, key=lambda hit: (hit.at, hit.placed.key))
    drive.wheels[control.id] = wheel
    fates = dict(choice.fates)
    for hit in wheels:
        fates[hit.placed.key] = (
            Disposition.ASSIGNED,
            "the wheel on the line; the start is the assigned instant",
        )
    return Choice(choice.hit or wheel, fates, choice.review)


def _ruled(control: Control, entry: Entry, ruled: Ruled, own: Sequence[Hit]) -> Chosen:
    act = ruled.decision.act
    assert isinstance(act, CorrectTime)
    return Chosen(
        control=control.id,
        car=entry.car_number,
        at=act.at,
        source=OFFICIAL,
        key=decision_key(ruled.decision),
        seq=ruled.seq,
        assigned_by=AssignedBy.OFFICIAL,
        corrected=True,
        others=tuple(hit.placed.key for hit in own),
    )


def _stamped(control: Control, entry: Entry, hit: Hit, review: str, own: Sequence[Hit]) -> Chosen:
    return Chosen(
        control=control.id,
        car=entry.car_number,
        at=hit.at,
        source=hit.placed.source.value,
        key=hit.placed.key,
        seq=hit.placed.seq,
        assigned_by=hit.by,
        review=review,
        others=tuple(other.placed.key for other in own if other is not hit),
    )
