"""One car on its way along a leg's time controls: what each check-in is due, costs and leads to.

The walk may go back to any point that it has passed: where a check-in is new, what came before it stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias, assert_never

from timing.core.check_in_rows import check_in_rows, no_due_row, over_lateness_row
from timing.core.decisions import AssignStart
from timing.core.entries import Entry
from timing.core.instant import MINUTE, Duration, Instant, floor_to
from timing.core.itinerary import Control
from timing.core.preset import LatenessSpan, OtlEffect, Unit
from timing.core.rates import late_minutes
from timing.core.results import CheckIn, Chosen, PenaltyRow
from timing.core.rulings import CarRulings
from timing.core.stage_times import missed_stage
from timing.core.starts import StageStart
from timing.core.timetable import TimePoint


class Origin(NamedTuple):
    """From which minute the next target time runs; `assumed` where nobody saw it."""

    at: Instant
    assumed: bool = False


#: What a walk knows before a point: the fields of `Walk` that move, and how many rows, controls over the
#: lateness, rows held back and controls not visited there are so far.
Mark: TypeAlias = tuple[
    Origin | None, Instant | None, str, int, int, Duration, str | None, int, tuple[int, int, int, int]
]


@dataclass(slots=True)
class Walk:
    """One car on its way along the time controls of a leg.

    `left` is the minute in which the section really began, `lost` the finish from which it should have been
    counted where nobody saw the car; `taken` the minutes of lateness already
    taken on a schedule, `allowed` those of official delay; `moved` what an assigned start moved the
    printed schedule by (µs). `before` are the minutes late on the legs before, `in_all` all so far.
    """

    entry: Entry
    chosen: Mapping[str, Chosen]
    starts: Mapping[str, StageStart]
    rulings: CarRulings
    delays: Mapping[str, int]
    before: int = 0
    in_all: int = 0
    origin: Origin | None = None
    left: Instant | None = None
    lost: str = ""
    taken: int = 0
    allowed: int = 0
    moved: Duration = 0
    section: str | None = None
    check_ins: dict[str, CheckIn] = field(default_factory=dict)
    rows: list[PenaltyRow] = field(default_factory=list)
    over: list[Control] = field(default_factory=list)
    held_back: list[PenaltyRow] = field(default_factory=list)
    unvisited: dict[str, str] = field(default_factory=dict)

    def mark(self) -> Mark:
        """Return all that the walk knows now, to go back to."""
        booked = len(self.rows), len(self.over), len(self.held_back), len(self.unvisited)
        return (
            self.origin, self.left, self.lost, self.taken,
            self.allowed, self.moved, self.section, self.in_all, booked
        )  # fmt: skip

    def go_back(self, mark: Mark) -> None:
        """Forget what came after a mark; the check-ins there are booked anew on the way on."""
        (
            self.origin, self.left, self.lost, self.taken,
            self.allowed, self.moved, self.section, self.in_all, booked
        ) = mark  # fmt: skip
        rows, over, held_back, unvisited = booked
        del self.rows[rows:], self.over[over:], self.held_back[held_back:]
        while len(self.unvisited) > unvisited:
            self.unvisited.popitem()

    def pass_point(self, point: TimePoint) -> None:
        """Go on over the next point of the leg."""
        if point.timed:
            self._check_in(point)
        elif point.control.stage is not None:
            self._pass_stage(point, self.starts.get(point.control.stage))

    def _pass_stage(self, point: TimePoint, start: StageStart | None) -> None:
        """Move the origin of the next target time at the start, finish or stop of a special stage."""
        if point.starts_stage:
            if start is not None:
                self.origin = Origin(floor_to(start.at, MINUTE), start.assumed)
            return
        passed = self.chosen.get(point.control.id)
        if passed is not None and (point.finishes_stage or self.origin is None):
            # The card is written with the time of the flying finish: a stop's entry is a copy of it.
            self.origin = Origin(floor_to(passed.at, MINUTE), not point.finishes_stage)
            self.left, self.lost = self.origin.at, ""
        elif point.finishes_stage:
            self.origin = self.left = None
            # Where a missed stage has its price, that price settles it: nobody has to decide once more.
            settled = missed_stage(point.control.stage or "", point.rules) is not None
            self.lost = "" if settled else point.control.id

    def _check_in(self, point: TimePoint) -> None:
        """Book one check-in and go on from it."""
        control, preset = point.control, point.rules
        self._enter(point)
        allowed = self.delays.get(control.id, 0)
        self.allowed += allowed
        due, assumed = self._due(point, allowed)
        ruled = self.rulings.starts.get(control.id)
        if ruled is not None and isinstance(ruled.decision.act, AssignStart):
            due, assumed = self._assign(point, ruled.decision.act.at, due), False
        if point.first_car is not None or point.scheduled:
            allowed = self.allowed
        at = self.chosen.get(control.id)
        if at is None:
            self._unseen(control, due, allowed, assumed=assumed)
            return
        minute = floor_to(at.at, MINUTE)
        if due is None:
            self.check_ins[control.id] = CheckIn(
                control=control.id, due=None, at=minute, late=None, in_all=self.in_all
            )
            if self.lost and control.target is not None and point.unit is not Unit.NONE:
                self.rows.append(no_due_row(point, self.entry, at, self.lost))
            self.origin, self.left, self.lost = Origin(minute), minute, ""
            return
        late = late_minutes(at.at, due, preset.minute_rule)
        if late < 0 and control.early_allowed:
            minute, late = floor_to(due, MINUTE), 0
        in_all = self._so_far(point) + max(late, 0)
        over = point.limits.passed(late, in_all, still=preset.otl_effect is OtlEffect.NOT_VISITED)
        self.check_ins[control.id] = CheckIn(control.id, due, minute, late, assumed, over, in_all, allowed)
        gone = self._book(point, at, late, over)
        self._go_on(point, due, minute, late, gone=gone)

    def _enter(self, point: TimePoint) -> None:
        """Begin to count lateness anew where a new section begins and the regulations count by section."""
        if self.section != point.control.section:
            if self.section is not None and point.limits.over is LatenessSpan.SECTION:
                self.in_all = 0
            self.section = point.control.section

    def _assign(self, point: TimePoint, at: Instant, due: Instant | None) -> Instant:
        """Take the out minute that an official assigned: a new origin, whatever went before.

        The rest of a printed schedule moves with the crew; what it was late before is settled.
        """
        if due is not None and (point.first_car is not None or point.scheduled):
            late = self.allowed + (self.taken if point.carries else 0)
            self.moved += at - due + late * MINUTE
            self.allowed = 0
        self.taken = 0
        return at

    def _due(self, point: TimePoint, allowed: int) -> tuple[Instant | None, bool]:
        """When the crew is due, and whether that is assumed."""
        if point.first_car is not None:
            late = self.allowed + (self.taken if point.carries else 0)
            return point.first_car + self.entry.start_offset + self.moved + late * MINUTE, False
        if self.origin is None or point.control.target is None:
            return None, False
        return self.origin.at + point.control.target + allowed * MINUTE, self.origin.assumed

    def _so_far(self, point: TimePoint) -> int:
        if not point.scheduled:
            return self.in_all
        # On a printed schedule that does not move, the lateness at a control is already the whole of it.
        return self.before + self.taken if point.carries else 0

    def _unseen(self, control: Control, due: Instant | None, allowed: int, *, assumed: bool) -> None:
        self.check_ins[control.id] = CheckIn(
            control=control.id,
            due=due,
            at=None,
            late=None,
            assumed=assumed,
            in_all=self.in_all,
            allowed=allowed,
        )
        given = control.id in self.rulings.starts
        self.origin = None if due is None else Origin(floor_to(due, MINUTE), not given)
        self.left = floor_to(due, MINUTE) if given and due is not None else None

    def _go_on(self, point: TimePoint, due: Instant, minute: Instant, late: int, *, gone: bool) -> None:
        """Set from where the next section is counted; `gone`: the control counts as not visited."""
        self.left = minute
        if not point.scheduled:
            self.origin = Origin(minute)
            self.in_all += max(late, 0)
            return
        if point.carries and late > 0 and not gone:
            self.taken += late
            due += late * MINUTE
        if point.carries:
            self.in_all = self.before + self.taken
        self.origin = Origin(floor_to(due, MINUTE))

    def _book(self, point: TimePoint, at: Chosen, late: int, over: str) -> bool:
        """Book what a check-in costs; returns whether the control counts as not visited."""
        control = point.control
        if point.unit is not Unit.NONE and point.hours.too_late(at.at, self.allowed + point.extended):
            self.unvisited[control.id] = "after the control had closed"
            return True
        rows = check_in_rows(point, self.entry, at, late, self.left)
        match point.rules.otl_effect if over else OtlEffect.ALERT:
            case OtlEffect.RETIRE_LEG | OtlEffect.EXCLUDE:
                self.over.append(control)
                self.held_back += rows
            case OtlEffect.NOT_VISITED:
                self.unvisited[control.id] = over
                return True
            case OtlEffect.POINTS:
                self.rows.append(over_lateness_row(point, self.entry, at, over))
            case OtlEffect.ALERT:
                self.rows += rows
            case _ as never:
                assert_never(never)
        return False
