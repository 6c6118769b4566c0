"""One car along the whole road: the time at each control, out of its stamps and the rulings on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from timing.core.decisions import CorrectTime, TimeBasis, decision_key
from timing.core.entries import Entry
from timing.core.instant import Instant
from timing.core.itinerary import Control, ControlKind
from timing.core.passings import Passing, out_of_line
from timing.core.preset import Unit
from timing.core.readings import Source
from timing.core.results import AssignedBy, Chosen, Disposition
from timing.core.road import Road
from timing.core.rulings import CarRulings, Ruled, later
from timing.core.stamps import SENSORS, Hit, choose
from timing.core.starts import StageStart, find_start, line_start, ruled_start

OFFICIAL = "official"

#: What is seen here proves no place along the road: a copy of the finish, a place off the course.
_OFF_THE_ROAD = frozenset({ControlKind.STOP, ControlKind.OFF_COURSE})


#: The assigned start and the correction at a start line, the times there and at the arrival control.
_StartFacts: TypeAlias = tuple[Ruled | None, Ruled | None, Chosen | None, Chosen | None]

#: What became of the stamps at a control, by key: the disposition and its reason.
Fates: TypeAlias = dict[str, tuple[Disposition, str]]


@dataclass(frozen=True, slots=True)
class Drive:
    """What is known of one car on the road, or on one leg of it, by control in road order.

    `starts` are the start instants by stage; `wheels` the sensor's times at start lines, which only
    show false starts; `lone` the stamps that are a car's only ones at their control, and its time there.
    """

    chosen: Mapping[str, Chosen] = field(default_factory=dict)
    fates: Mapping[str, Fates] = field(default_factory=dict)
    starts: Mapping[str, StageStart] = field(default_factory=dict)
    wheels: Mapping[str, Hit] = field(default_factory=dict)
    lone: dict[str, Hit] = field(default_factory=dict)


class Bound(NamedTuple):
    """Before when stamps at a control do not count, and why."""

    at: Instant | None
    why: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A car's time at one control, what became of its stamps, and the wheel at a start line."""

    chosen: Chosen | None
    fates: Fates
    wheel: Hit | None = None


@dataclass(slots=True)
class Known:
    """What a car's times came to, and what of: where nothing is new there is nothing to judge again.

    `outcomes` are by control, made of its stamps, the ruling and the bound; `starts` by start line, made
    of the rulings and of the times there and at the arrival control.
    """

    outcomes: dict[str, tuple[Sequence[Hit], Ruled | None, Bound, _Outcome]] = field(default_factory=dict)
    starts: dict[str, tuple[_StartFacts, StageStart | None]] = field(default_factory=dict)


def follow_leg(
    road: Road,
    entry: Entry,
    leg: int,
    hits: Mapping[str, Sequence[Hit]],
    rulings: CarRulings,
    known: Known | None = None,
) -> Drive:
    """Choose the time of a car at each control of a leg; what happens on other legs does not matter.

    `known` is what this car's earlier drives came to; it is brought up to date.
    """
    walk = _Walk(road, entry, hits, rulings, Known() if known is None else known)
    controls = road.in_leg[leg]
    concerned = [c for c in controls if c.id in hits or c.id in rulings.corrections]
    assigned = ruled_start(rulings.starts.get(controls[0].id)) if controls else None
    bound = on_leg = leg_opening(road, leg)
    if assigned is not None and bound.at is not None:
        # Officials may send a leg off before its printed time.
        bound = Bound(min(bound.at, assigned.at - road.preset.opens_before), bound.why)
    if concerned and concerned[0] is controls[0]:
        walk.judge(controls[0], bound)
    if controls:
        at_first = walk.chosen.get(controls[0].id)
        began = [start.at for start in (at_first, assigned) if start is not None]
        on_leg = leg_bound(road, entry, bound, controls[0], min(began, default=None))
    for control in concerned:
        if control is controls[0]:
            continue
        bound = on_leg
        if control.id in road.special_at:
            bound = _stage_bound(walk, control.id, bound)
        walk.judge(control, bound)
    _drop_strays(walk, concerned)
    starts: dict[str, StageStart] = {}
    for control in road.start_lines[leg]:
        start = _start(walk, control.id)
        if start is not None:
            starts.update((stage.id, start) for stage in road.begin_at[control.id])
    return Drive(walk.chosen, walk.fates, starts, walk.wheels)


@dataclass(frozen=True, slots=True)
class _Walk:
    """One car on its way along a leg."""

    road: Road
    entry: Entry
    hits: Mapping[str, Sequence[Hit]]
    rulings: CarRulings
    known: Known
    chosen: dict[str, Chosen] = field(default_factory=dict)
    fates: dict[str, Fates] = field(default_factory=dict)
    wheels: dict[str, Hit] = field(default_factory=dict)

    def judge(self, control: Control, bound: Bound, *, again: bool = False) -> None:
        """Set the car's time at a control, out of the stamps that do not lie before a bound."""
        ident = control.id
        own, ruled = self.hits.get(ident, ()), self.rulings.corrections.get(ident)
        known = self.known.outcomes.get(ident)
        if known is not None and known[0] is own and known[1] == ruled and known[2] == bound:
            outcome = known[3]
        else:
            outcome = _at_control(self.road, self.entry, control, own, ruled, bound)
            self.known.outcomes[ident] = own, ruled, bound, outcome
        self.fates[ident] = outcome.fates
        if again:
            self.chosen.pop(ident, None)
            self.wheels.pop(ident, None)
        if outcome.chosen is not None:
            self.chosen[ident] = outcome.chosen
        if outcome.wheel is not None:
            self.wheels[ident] = outcome.wheel


def _drop_strays(walk: _Walk, concerned: Sequence[Control]) -> None:
    """Take out the times that do not fit the car's drive, as long as there are any."""
    floors: dict[str, Instant] = {}
    chosen = walk.chosen
    while True:
        passings = [
            Passing(c, chosen[c.id].at, chosen[c.id].source == OFFICIAL)
            for c in concerned
            if c.id in chosen and c.kind not in _OFF_THE_ROAD
        ]
        strays = out_of_line(passings)
        # Two rulings that contradict each other both stand; only officials can settle that.
        strays = {control: why for control, why in strays.items() if chosen[control].source != OFFICIAL}
        if not strays:
            return
        for control in concerned:
            if control.id in strays:
                # Perhaps an earlier passing was taken for the real one: try the next.
                stray = chosen[control.id]
                floors[control.id] = max(stray.at, floors.get(control.id, stray.at)) + 1
                walk.judge(control, Bound(floors[control.id], strays[control.id]), again=True)


def leg_opening(road: Road, leg: int) -> Bound:
    """Return before when nothing on a leg can belong to the rally."""
    return Bound(road.opens[leg], "before the leg opened")


def leg_bound(road: Road, entry: Entry, opening: Bound, first: Control, at_first: Instant | None) -> Bound:
    """Before when a car cannot be on a leg behind its first control: its own start, early or late."""
    if road.preset.unit is Unit.NONE:
        return opening
    due = road.scheduled(first, entry)
    starts = [at for at in (due, at_first) if at is not None]
    if not starts or (opening.at is not None and min(starts) <= opening.at):
        return opening
    return Bound(min(starts), "before the car started the leg")


def _stage_bound(walk: _Walk, control: str, bound: Bound) -> Bound:
    """Before when a car cannot be inside a special stage: its start there, once somebody confirmed it."""
    stage = walk.road.special_at[control]
    start = _start(walk, stage.start)
    if start is None or start.assumed or (bound.at is not None and start.at <= bound.at):
        return bound
    return Bound(start.at, f"before the car started {stage.id}")


def _start(walk: _Walk, line: str) -> StageStart | None:
    """The start instant of the stages and tests that begin at a line; None: only the line tells it."""
    rulings, chosen, stage = walk.rulings, walk.chosen, walk.road.starts_at.get(line)
    control = None if stage is None else walk.road.arrival_control.get(stage.id)
    arrival = None if control is None else chosen.get(control)
    facts = rulings.starts.get(line), rulings.corrections.get(line), chosen.get(line), arrival
    known = walk.known.starts.get(line)
    if known is None or any(one is not other for one, other in zip(known[0], facts, strict=True)):
        known = walk.known.starts[line] = facts, _start_of(walk.road, walk.entry, line, *facts)
    return known[1]


def _start_of(
    road: Road,
    entry: Entry,
    line: str,
    assigned: Ruled | None,
    corrected: Ruled | None,
    seen: Chosen | None,
    arrival: Chosen | None,
) -> StageStart | None:
    if assigned is not None and (corrected is None or later(corrected) < later(assigned)):
        return ruled_start(assigned)
    stage = road.starts_at.get(line)
    if stage is None:
        return line_start(road, road.by_id[line], entry, seen)
    marshal = seen if seen is not None and seen.source in (Source.M, OFFICIAL) else None
    return find_start(road, stage, entry, marshal, arrival)


def _at_control(
    road: Road, entry: Entry, control: Control, own: Sequence[Hit], ruled: Ruled | None, bound: Bound
) -> _Outcome:
    """Choose at one control and note what became of the stamps there."""
    at_start = control.kind is ControlKind.SS_START
    choice = choose(
        control,
        own,
        (Source.M,) if at_start else road.precedence[control.id],
        road.tolerance[control.id],
        pass_gap=road.preset.pass_gap,
        not_before=bound.at,
        too_early=bound.why,
    )
    fates, hit = choice.fates, choice.hit
    wheel = _note_wheel(own, bound, fates) if at_start else None
    if ruled is not None:
        for key, (fate, _) in fates.items():
            if fate is Disposition.ACCEPTED:
                fates[key] = (Disposition.ASSIGNED, "an official's time stands before it")
        return _Outcome(_ruled(control, entry, ruled, own), fates, wheel)
    hit = hit or wheel
    chosen = None if hit is None else stamped(control.id, entry.car_number, hit, choice.review, own)
    return _Outcome(chosen, fates, wheel)


def _note_wheel(own: Sequence[Hit], bound: Bound, fates: Fates) -> Hit | None:
    """At a start line the sensor only tells that the wheel crossed; the assigned instant is the start."""
    wheels = [
        hit
        for hit in own
        if hit.placed.source in SENSORS
        and not hit.placed.no_time
        and (bound.at is None or hit.at >= bound.at)
    ]
    for hit in wheels:
        why = "the wheel on the line; the start is the assigned instant"
        fates[hit.placed.key] = (Disposition.ASSIGNED, why)
    return min(wheels, key=lambda hit: (hit.at, hit.placed.key), default=None)


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
        replacement=act.basis is TimeBasis.REPLACEMENT,
    )


def stamped(control: str, car: str, hit: Hit, review: str = "", own: Sequence[Hit] = ()) -> Chosen:
    """Return the time that a stamp gives a car at a control, next to the car's other stamps there."""
    placed = hit.placed
    return Chosen(
        control,
        car,
        placed.stamp.at,
        placed.source.value,
        placed.key,
        placed.seq,
        hit.by,
        False,
        review,
        tuple([other.placed.key for other in own if other is not hit]) if len(own) > 1 else (),
        False,
        placed.clock,
    )
