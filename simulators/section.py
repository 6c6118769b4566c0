"""One car's way over one leg: when it is at each control, by the clock and by its own temper.

A crew aims at its due minutes, waits before a control when it is early, keeps its test times with a
few hundredths of error, and starts a stage at the minute it is given. Due minutes are worked out here
from the regulations alone, not by the service that will be compared with them.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from simulators.drivers import Pace, Temper
from simulators.motion import Anchor
from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.instant import HOUR, MINUTE, SECOND, Duration, Instant, floor_to
from timing.core.itinerary import PASSAGE_CONTROLS, TIME_CONTROLS, Control, ControlKind, Stage, StageKind
from timing.core.leg_road import LegRoad
from timing.core.preset import SectionOrigin, Unit

#: Cars wait this far (m) before a control, and stand this far before a table or a stage's start line.
WAITS_BEFORE = 30.0
STANDS_BEFORE = 5.0
_AT_START_LINE = 2.0
#: Behind the last control the car is parked.
_PARKS_BEHIND = 60.0
#: Two cars do not drive over one line within this.
_LINE_GAP: Duration = 10 * SECOND
_FINISH_GAP: Duration = 6 * SECOND
_SLOWEST_CRUISE = 1.8


@dataclass(slots=True)
class Lines:
    """When each line of a leg is taken by cars that were planned before."""

    taken: dict[str, list[Instant]] = field(default_factory=dict)

    def free(self, control: str, at: Instant, gap: Duration) -> Instant:
        """Return the first instant from `at` on with no car within `gap`, and take it."""
        for other in sorted(self.taken.setdefault(control, [])):
            if abs(other - at) < gap:
                at = other + gap
        self.taken[control].append(at)
        return at


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is the same for every car of a leg."""

    event: Event
    road: LegRoad
    pace: Pace
    lines: Lines

    @property
    def controls(self) -> list[tuple[float, Control]]:
        """The controls in road order, with their metres along the line."""
        return [(along, self.event.itinerary.controls[ident]) for along, ident in self.road.controls]


@dataclass(slots=True)
class Way:
    """One crew's way over one leg while it is being planned; `walk` fills it."""

    ground: Ground
    entry: Entry
    temper: Temper
    chance: random.Random
    anchors: list[Anchor] = field(default_factory=list)
    exact: dict[str, Instant] = field(default_factory=dict)
    """When the car is over the lines where the clock counts; the other controls follow from the drive."""
    starts: dict[str, Instant] = field(default_factory=dict)
    origin: Instant | None = None
    taken: Duration = 0
    """The lateness that moves the crew's printed schedule."""
    arrived: tuple[Control, Instant] | None = None

    def walk(self) -> None:
        """Plan the whole leg."""
        section: list[tuple[float, Control]] = []
        for along, control in self.ground.controls:
            section.append((along, control))
            if control.kind in TIME_CONTROLS:
                self._section(section)
                section = []
        if section:
            self._section(section)
        last = self.anchors[-1]
        parked = min(last.metres + _PARKS_BEHIND, self.ground.road.line.length)
        self._go(parked, last.at + 25 * SECOND)
        self._stand(8 * MINUTE)

    def _section(self, section: Sequence[tuple[float, Control]]) -> None:
        end_along, end = section[-1]
        if not self.anchors:
            first_due = self._due(end) or self.ground.road.first_due + self.entry.start_offset
            before = max(0.0, section[0][0] - WAITS_BEFORE)
            self.anchors.append(Anchor(before, first_due - 12 * MINUTE))
        stage_start = self._stage_start(section)
        timed = self._timed(section, stage_start)
        due = self._due_after(end, stage_start, timed) if end.kind in TIME_CONTROLS else None
        slack = self._slack(section, due, stage_start, timed)
        for along, control in section[:-1] if end.kind in TIME_CONTROLS else section:
            self._pass(along, control, slack, stage_start, timed)
        if end.kind in TIME_CONTROLS:
            self._check_in(end_along, end, due, slack)

    # what the regulations say ----------------------------------------------------------------------

    def _due(self, control: Control) -> Instant | None:
        if control.first_car is not None:
            return control.first_car + self.entry.start_offset + self.taken
        if self.origin is not None and control.target is not None:
            return self.origin + control.target
        return None

    def _due_after(
        self, control: Control, start: Instant | None, timed: Mapping[str, Duration]
    ) -> Instant | None:
        """Return when the crew is due; a stage on the way may move what the target runs from."""
        if start is not None and timed:
            mode = self.ground.event.preset.section_origin
            if mode is SectionOrigin.A_TO_A:
                self.origin = floor_to(start, MINUTE)
            elif mode is SectionOrigin.A_TO_B:
                self.origin = floor_to(start + max(timed.values()), MINUTE)
        return self._due(control)

    def _stage_start(self, section: Iterable[tuple[float, Control]]) -> Instant | None:
        """Return the minute this crew is given for the special stage of a section, if it has one."""
        for along, control in section:
            if control.kind is not ControlKind.SS_START:
                continue
            preset = self.ground.event.preset
            ready = self._now + self._road_time(along) + 40 * SECOND
            grid = MINUTE if preset.start_interval % MINUTE == 0 else 30 * SECOND
            given = -(-ready // grid) * grid
            if self.arrived is not None and self.arrived[0].kind is ControlKind.ATC:
                given = max(given, floor_to(self.arrived[1], MINUTE) + preset.provisional_start_gap)
            return self.ground.lines.free(control.id, given, preset.start_interval)
        return None

    # how the crew drives ---------------------------------------------------------------------------

    def _timed(self, section: Iterable[tuple[float, Control]], start: Instant | None) -> dict[str, Duration]:
        """Draw, for each line that is timed from a stage's start, the time this crew takes to it."""
        road = self.ground.event.itinerary
        found: dict[str, Duration] = {}
        for along, control in section:
            for stage in (road.stages[ident] for ident in road.stages_at.get(control.id, ())):
                if control.id == stage.start or (
                    control.id in stage.between and stage.kind is not StageKind.AVG_TRIAL
                ):
                    continue
                found[control.id] = self._time(stage, control, along)
                if control.kind is ControlKind.FF and start is not None:
                    # A car caught up with on the stage is followed over the line, not driven through.
                    at = self.ground.lines.free(control.id, start + found[control.id], _FINISH_GAP)
                    found[control.id] = at - start
        return found

    def _time(self, stage: Stage, control: Control, along: float) -> Duration:
        match stage.kind:
            case StageKind.REG_TEST:
                error = int(self.chance.gauss(0, self.temper.test_error))
                if self.chance.random() < self.temper.blunder:
                    error += self.chance.randint(300_000, 2_400_000)
                return max((stage.target or 0) + min(error, 2_500_000), SECOND)
            case StageKind.AVG_TRIAL:
                error = int(self.chance.gauss(0, self.temper.trial_error))
                return max(self._ideal(stage, control) + error, SECOND)
            case StageKind.SS:
                start = next(at for at, ident in self.ground.road.controls if ident == stage.start)
                form = self.temper.stage_pace * (1 + abs(self.chance.gauss(0, 0.015)))
                return int(self.ground.pace.between(start, along) * form)

    def _ideal(self, stage: Stage, end: Control) -> Duration:
        """Return the ideal time from an average trial's start to one of its points, cut to µs."""
        points = [
            self.ground.event.itinerary.controls[i] for i in (stage.start, *stage.between, stage.finish)
        ]
        average, total = Fraction(0), Fraction(0)
        for here, after in pairwise(points):
            average = here.average or average
            if average and here.metres is not None and after.metres is not None:
                total += Fraction((after.metres - here.metres) * HOUR) / (average * 1000)
            if after.id == end.id:
                break
        return int(total)

    def _slack(
        self,
        section: Sequence[tuple[float, Control]],
        due: Instant | None,
        start: Instant | None,
        timed: Mapping[str, Duration],
    ) -> float:
        """Return by how much the crew drives slower than it could, so as to be there a little early."""
        if due is None:
            return 1.15
        place, at = self.anchors[-1].metres, self._now
        free, bound = 0, 0
        for along, control in section:
            stage_ids = self.ground.event.itinerary.stages_at.get(control.id, ())
            if control.kind is ControlKind.FF and start is not None:
                at, free, bound = start + timed[control.id], 0, 0
            elif control.id in timed:
                bound += max(0, timed[control.id] - _before(timed, section, control, stage_ids))
            else:
                free += self._travel(place, along)
                bound += 30 * SECOND if control.kind in PASSAGE_CONTROLS | {ControlKind.STOP} else 0
            place = along
        early = self.chance.randint(100, 300) * SECOND
        return min(max((due - early - at - bound) / free, 1.0), _SLOWEST_CRUISE) if free else 1.0

    def _pass(
        self,
        along: float,
        control: Control,
        slack: float,
        start: Instant | None,
        timed: Mapping[str, Duration],
    ) -> None:
        road = self.ground.event.itinerary
        ids = road.stages_at.get(control.id, ())
        if control.kind is ControlKind.SS_START and start is not None and control.stage is not None:
            self._drive_to(along - _AT_START_LINE, 1.0)
            self._go(along - _AT_START_LINE, start)
            self.starts[control.stage] = start
            self._line(along, control, start + self.chance.randint(250_000, 900_000))
        elif control.id in timed:
            stage = next(road.stages[ident] for ident in ids if road.stages[ident].start != control.id)
            origin = self.starts[stage.id] if stage.id in self.starts else self.exact[stage.start]
            self._line(along, control, origin + timed[control.id])
        elif control.kind in (ControlKind.REG_TEST, ControlKind.AVG_TRIAL):
            at = self._now + int(self._road_time(along) * slack)
            self._line(along, control, self.ground.lines.free(control.id, at, _LINE_GAP))
        elif control.kind in PASSAGE_CONTROLS | {ControlKind.STOP}:
            self._drive_to(along - STANDS_BEFORE, slack)
            self._stand(self.chance.randint(15, 30) * SECOND)
            self._drive_to(along, 2.0)

    def _check_in(self, along: float, control: Control, due: Instant | None, slack: float) -> None:
        """Wait for the due minute before the control, then hand in the card."""
        self._drive_to(max(along - WAITS_BEFORE, self.anchors[-1].metres), slack)
        at = self._now + self.chance.randint(8, 25) * SECOND
        if due is not None:
            slip = self.chance.choice((-MINUTE, MINUTE)) if self.chance.random() < 0.01 else 0
            at = max(at, floor_to(due, MINUTE) + slip + self.chance.randint(4_000, 50_000) * 1_000)
        self._go(self.anchors[-1].metres, at - 6 * SECOND)
        self._line(along, control, at)
        self._drive_to(min(along + 15.0, self.ground.road.line.length), 1.5)
        self._stand(self.chance.randint(10, 40) * SECOND)
        preset = self.ground.event.preset
        self.origin = floor_to(at, MINUTE)
        if preset.section_origin is SectionOrigin.SCHEDULED and due is not None:
            late = max(0, self.origin - floor_to(due, MINUTE)) if preset.unit is not Unit.NONE else 0
            self.taken += late
            self.origin = floor_to(due, MINUTE) + late
        self.arrived = (control, at)

    # on the road -----------------------------------------------------------------------------------

    @property
    def _now(self) -> Instant:
        return self.anchors[-1].at

    def _travel(self, start: float, end: float) -> Duration:
        return int(self.ground.pace.between(start, end) * self.temper.pace) if end > start else 0

    def _road_time(self, along: float) -> Duration:
        return self._travel(self.anchors[-1].metres, along)

    def _drive_to(self, along: float, slack: float) -> None:
        """Drive on at leisure; on a long way something may happen."""
        here = self.anchors[-1].metres
        if along - here > 5_000 and self.chance.random() < 0.03:
            stop = here + (along - here) * self.chance.uniform(0.2, 0.8)
            self._go(stop, self._now + int(self._road_time(stop) * slack))
            self._stand(self.chance.randint(90, 360) * SECOND)
        self._go(along, self._now + int(self._road_time(along) * slack))

    def _stand(self, duration: Duration) -> None:
        self._go(self.anchors[-1].metres, self._now + duration)

    def _line(self, along: float, control: Control, at: Instant) -> None:
        self._go(along, at)
        self.exact[control.id] = self._now

    def _go(self, metres: float, at: Instant) -> None:
        """Add an anchor; neither place nor time ever goes back."""
        last = self.anchors[-1]
        self.anchors.append(Anchor(max(metres, last.metres), max(at, last.at)))


def _before(
    timed: Mapping[str, Duration],
    section: Sequence[tuple[float, Control]],
    control: Control,
    stage_ids: Iterable[str],
) -> Duration:
    """Return how much of a line's time lies before the line ahead of it on the same trial."""
    earlier = [c for _, c in section if c.order < control.order and c.stage == control.stage]
    same = control.kind is ControlKind.AVG_TRIAL and bool(list(stage_ids)) and bool(earlier)
    return timed.get(earlier[-1].id, 0) if same else 0
