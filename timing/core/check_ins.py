"""Time controls: the due minute, the minute of the check-in, and what follows from the two.

From where a target time runs is the regulations' choice: the start minute of the stage, the minute
of the flying finish (Motorsport UK NCR 2026 p489 7.1), the actual minute at the control before, or a
printed schedule. On a schedule a crew is due later by the lateness it has already taken (p464); it
is charged for new lateness only, and what it has lost it never wins back (p489 9.1a).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from timing.core.check_in_walk import Mark, Walk
from timing.core.decisions import AllowDelay
from timing.core.drive import Drive
from timing.core.entries import Entry
from timing.core.itinerary import Control
from timing.core.results import CheckIn, PenaltyRow
from timing.core.rulings import NOTHING, CarRulings, Ruled
from timing.core.times import as_kept
from timing.core.timetable import TimePoint, Timetable


@dataclass(slots=True)
class CheckIns:
    """A car's time controls: what was due and done, what it costs, where it was over its lateness.

    `held_back` are the rows of a crew that is out by its lateness, in case it is reinstated;
    `unvisited` the controls that count as not visited, with the reason; `in_all` the minutes late
    so far, which go on to the next leg where the regulations add them up over the event.
    """

    check_ins: dict[str, CheckIn] = field(default_factory=dict)
    rows: list[PenaltyRow] = field(default_factory=list)
    over: list[Control] = field(default_factory=list)
    held_back: list[PenaltyRow] = field(default_factory=list)
    unvisited: dict[str, str] = field(default_factory=dict)
    in_all: int = 0

    def take_in(self, other: "CheckIns") -> None:
        """Add those of a further leg."""
        self.check_ins.update(other.check_ins)
        self.rows.extend(other.rows)
        self.over.extend(other.over)
        self.held_back.extend(other.held_back)
        self.unvisited.update(other.unvisited)
        self.in_all = other.in_all


@dataclass(slots=True)
class Walked:
    """How one car was walked along one leg: each point's input, and what was known before it."""

    made_of: tuple[object, ...] = ()
    walk: Walk | None = None
    inputs: list[object] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def fold_check_ins(
    table: Timetable,
    entry: Entry,
    leg: int,
    drive: Drive,
    rulings: CarRulings,
    late_before: int = 0,
    known: Walked | None = None,
) -> CheckIns:
    """Walk a car along a leg's time controls: due minutes, lateness, penalties, limits of lateness.

    Args:
        table: what the regulations say at each control.
        entry: the crew.
        leg: the number of the leg.
        drive: the car's times by control and its start instants by stage.
        rulings: what officials ruled about it: delays and assigned starts matter here.
        late_before: minutes late on the legs before, where the regulations add them up over the event.
        known: how this car was walked along this leg before; it is brought up to date, and what comes
            before the first point where something is new is not walked again.
    """
    known = Walked() if known is None else known
    points = table.legs[leg]
    inputs = _inputs(points, drive)
    made_of = table, late_before, rulings is NOTHING or (rulings.delays, rulings.starts)
    walk, first = known.walk, 0
    if walk is not None and known.made_of == made_of:
        first = _first_new(known.inputs, inputs)
        walk.chosen, walk.starts, walk.rulings = drive.chosen, drive.starts, rulings
        if first < len(points):
            walk.go_back(known.marks[first])
    else:
        delays = _delays(table, leg, rulings.delays)
        walk = Walk(
            entry, drive.chosen, drive.starts, rulings, delays, before=late_before, in_all=late_before
        )
    del known.marks[first:]
    for point in points[first:]:
        known.marks.append(walk.mark())
        walk.pass_point(point)
    known.made_of, known.walk, known.inputs = made_of, walk, inputs
    return CheckIns(
        {**walk.check_ins}, [*walk.rows], [*walk.over], [*walk.held_back], {**walk.unvisited}, walk.in_all
    )


def _inputs(points: Sequence[TimePoint], drive: Drive) -> list[object]:
    """What the car brings to each point: its time as it is kept, or its start on a stage."""
    kept, starts = as_kept(drive.chosen), drive.starts
    return [
        starts.get(point.control.stage or "") if point.starts_stage else kept.get(point.control.id)
        for point in points
    ]


def _first_new(before: Sequence[object], now: Sequence[object]) -> int:
    """The place of the first input that is another one now."""
    for place, (one, other) in enumerate(zip(before, now, strict=True)):
        if one is not other and one != other:
            return place
    return len(now)


def _delays(table: Timetable, leg: int, delays: Mapping[str, Ruled]) -> dict[str, int]:
    """The minutes of official delay by the time control at which they first matter."""
    found: dict[str, int] = {}
    for control, ruled in delays.items():
        act, given = ruled.decision.act, table.road.by_id.get(control)
        if not isinstance(act, AllowDelay) or given is None or given.leg != leg:
            continue
        for point in table.legs[leg]:
            if point.timed and point.control.order >= given.order:
                found[point.control.id] = found.get(point.control.id, 0) + act.minutes
                break
    return found
