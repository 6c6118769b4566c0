"""The itinerary as the fold walks it: look-ups that are the same for every car, made once."""

from dataclasses import dataclass

from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.ideal_times import ideal_between
from timing.core.instant import HOUR, MINUTE, SECOND, Duration, Instant
from timing.core.itinerary import PASSAGE_CONTROLS, TIME_CONTROLS, Control, ControlKind, Stage, StageKind
from timing.core.opening import Hours, opening_hours
from timing.core.preset import PointOrigin, Preset, Unit
from timing.core.readings import Source

#: Where not every car on the road leaves a time of its own: elsewhere cars can be counted through.
_RECORD_FEW = PASSAGE_CONTROLS | {
    ControlKind.STOP,
    ControlKind.SELF_START,
    ControlKind.OFF_COURSE,
    ControlKind.TIME_CHECK,
}

#: Precedence where the preset names neither the kind nor a default (after FIS ICR 611.3.2).
_LINE_SOURCES = (Source.A, Source.B, Source.H, Source.G, Source.M)
_MANNED_SOURCES = (Source.M, Source.G, Source.A, Source.B, Source.H)


@dataclass(frozen=True, slots=True)
class Travel:
    """How long a car may take from one control to another, in µs."""

    least: Duration
    usual: Duration
    most: Duration


def family(kind: ControlKind) -> str:
    """Return under which name a preset's tables may speak of a kind it does not name itself."""
    if kind in TIME_CONTROLS:
        return "TC"
    return "PASSAGE" if kind in PASSAGE_CONTROLS else str(kind)


class Road:
    """Static look-ups over an event's itinerary. Holds no state of the rally."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.preset: Preset = event.preset
        self.controls: tuple[Control, ...] = tuple(
            sorted(event.itinerary.controls.values(), key=lambda control: control.order)
        )
        self.by_id = event.itinerary.controls
        self.stages: tuple[Stage, ...] = tuple(
            sorted(event.itinerary.stages.values(), key=lambda stage: stage.order)
        )
        self.in_leg: dict[int, tuple[Control, ...]] = {
            leg: tuple(control for control in self.controls if control.leg == leg)
            for leg in event.itinerary.legs
        }
        self.opens: dict[int, Instant | None] = {leg: self._opening(leg) for leg in self.in_leg}
        self.arrival_control: dict[str, str] = self._arrival_controls()
        self.starts_at: dict[str, Stage] = {
            stage.start: stage for stage in self.stages if stage.kind is StageKind.SS
        }
        self.special_at: dict[str, Stage] = {
            control: stage
            for stage in self.stages
            if stage.kind is StageKind.SS
            for control in (*stage.between, stage.finish, *(line for pair in stage.neutral for line in pair))
        }
        self.begin_at: dict[str, tuple[Stage, ...]] = self._begin_at()
        self.start_lines: dict[int, tuple[Control, ...]] = {
            leg: tuple(control for control in controls if control.id in self.begin_at)
            for leg, controls in self.in_leg.items()
        }
        self.hours: dict[str, Hours] = opening_hours(event)
        self._rules: dict[str, Preset] = {c.id: event.rules_at(c.order) for c in self.controls}
        self.precedence: dict[str, tuple[str, ...]] = {c.id: self._precedence(c.kind) for c in self.controls}
        self.tolerance: dict[str, Duration] = {c.id: self._tolerance(c.kind) for c in self.controls}
        self.point_controls: frozenset[str] = self._point_controls()
        self.missable: tuple[Control, ...] = tuple(
            c
            for c in self.controls
            if c.kind in TIME_CONTROLS or c.kind in PASSAGE_CONTROLS or c.id in self.point_controls
        )
        self.closing_passages: tuple[Control, ...] = tuple(
            c
            for c in self.controls
            if c.kind in PASSAGE_CONTROLS
            and self.hours[c.id].closes is not None
            and self.preset.unit is not Unit.NONE
        )
        self.off_course: tuple[Control, ...] = tuple(
            c for c in self.controls if c.kind is ControlKind.OFF_COURSE
        )
        #: Where a second visit is charged.
        self.once_only: tuple[Control, ...] = tuple(
            c
            for c in self.controls
            if c.kind in PASSAGE_CONTROLS and self._rules[c.id].visited_twice is not None
        )
        self.lines_of: dict[str, tuple[str, ...]] = {
            stage.id: (stage.start, *stage.between, stage.finish) for stage in self.stages
        }
        self._previous: dict[str, Control | None] = self._previous_recorders()
        self._travel: dict[tuple[str, str], Travel] = {}

    def _point_controls(self) -> frozenset[str]:
        """The points of average trials that are controls of their own: missed, they cost what controls cost.

        So on British road rallies, where each is measured from the one before (Motorsport UK NCR 2026
        p453 6.4, p464), unless the regulations give a price for a missed line.
        """
        return frozenset(
            control
            for stage in self.stages
            if stage.kind is StageKind.AVG_TRIAL
            and self._rules[stage.start].avg_origin is PointOrigin.PRECEDING
            and self._rules[stage.start].missed_line is None
            for control in stage.lines
        )

    def _begin_at(self) -> dict[str, tuple[Stage, ...]]:
        """For each control the stages and tests that begin there."""
        found: dict[str, tuple[Stage, ...]] = {}
        for stage in self.stages:
            found[stage.start] = (*found.get(stage.start, ()), stage)
        return found

    def _opening(self, leg: int) -> Instant | None:
        """The instant before which nothing at the leg's controls can belong to the rally."""
        if not self.in_leg[leg]:
            return None
        first = self.in_leg[leg][0]
        due = first.first_car
        if due is None:
            return None
        # A tour lets people leave when they are ready; only the day before is out of the question.
        if self.preset.unit is Unit.NONE:
            return self.event.time.at(self.event.itinerary.legs[leg].day, 0)
        return min(due, first.opens or due - self.event.rules_at(first.order).opens_before)

    def _arrival_controls(self) -> dict[str, str]:
        """For each special stage the ATC before its start, if there is one."""
        found: dict[str, str] = {}
        last: Control | None = None
        for control in self.controls:
            if control.kind is ControlKind.ATC:
                last = control
            elif control.kind is ControlKind.SS_START:
                if last is not None and last.leg == control.leg and control.stage is not None:
                    found[control.stage] = last.id
                last = None
        return found

    def _precedence(self, kind: ControlKind) -> tuple[str, ...]:
        table = self.preset.precedence
        manned = kind in TIME_CONTROLS or kind in PASSAGE_CONTROLS or kind is ControlKind.RESTART
        fallback = _MANNED_SOURCES if manned else _LINE_SOURCES
        named = table.get(str(kind)) or table.get(family(kind))
        return named or (fallback if manned else table.get("default") or fallback)

    def _tolerance(self, kind: ControlKind) -> Duration:
        table = self.preset.source_tolerance
        for name in (str(kind), family(kind), "default"):
            if name in table:
                return table[name]
        return MINUTE if kind in TIME_CONTROLS or kind in PASSAGE_CONTROLS else 50_000

    def _previous_recorders(self) -> dict[str, Control | None]:
        """For each control the nearest one before it on its leg that records every car."""
        found: dict[str, Control | None] = {}
        last: Control | None = None
        for control in self.controls:
            if last is not None and last.leg != control.leg:
                last = None
            found[control.id] = last
            if control.kind not in _RECORD_FEW:
                last = control
        return found

    def rules_at(self, control: str) -> Preset:
        """Return the regulations in force at a control (bulletins change them from a control on)."""
        return self._rules[control]

    def rules_of(self, stage: Stage) -> Preset:
        """Return the regulations in force on a stage: those at its start."""
        return self._rules[stage.start]

    def previous(self, control: str) -> Control | None:
        """Return the nearest control before this one on its leg that records every car."""
        return self._previous[control]

    def scheduled(self, control: Control, entry: Entry) -> Instant | None:
        """Return when the printed schedule has this car at a control with its own first-car time."""
        return None if control.first_car is None else control.first_car + entry.start_offset

    def travel(self, start: Control, end: Control) -> Travel:
        """Return the time from one control to a later one of the leg; from targets, averages, km."""
        found = self._travel.get((start.id, end.id))
        if found is None:
            found = self._travel[start.id, end.id] = self._estimate(start, end)
        return found

    def _estimate(self, start: Control, end: Control) -> Travel:
        for ident in self.event.itinerary.stages_at.get(end.id, ()):
            stage = self.event.itinerary.stages[ident]
            inside = (stage.start, *stage.between, *(line for pair in stage.neutral for line in pair))
            if start.id not in inside or end.id == stage.start:
                continue
            if stage.kind is StageKind.REG_TEST and stage.target is not None:
                return Travel(stage.target // 2, stage.target, 2 * stage.target + 30 * SECOND)
            if stage.kind is StageKind.AVG_TRIAL:
                ideal = ideal_between(self.event.itinerary, stage, start.id, end.id)
                if ideal is not None:
                    usual = int(ideal)
                    return Travel(usual * 6 // 10, usual, usual * 18 // 10 + 30 * SECOND)
            # Through a neutralised stretch a car drives as on an open road.
            neutral = start.kind is ControlKind.NEUTRAL_IN and end.kind is ControlKind.NEUTRAL_OUT
            if (
                stage.kind is StageKind.SS
                and not neutral
                and start.metres is not None
                and end.metres is not None
            ):
                metres = end.metres - start.metres
                fastest = self.preset.fastest_average_kmh
                return Travel(_drive(metres, fastest), _drive(metres, 90), _drive(metres, 25) + MINUTE)
        if end.target is not None and end.kind in TIME_CONTROLS and self.previous(end.id) is start:
            return Travel(end.target // 3, end.target, end.target + 30 * MINUTE)
        if start.metres is not None and end.metres is not None and end.metres >= start.metres:
            metres = end.metres - start.metres
            return Travel(_drive(metres, 130), _drive(metres, 50), _drive(metres, 15) + 20 * MINUTE)
        return Travel(0, 30 * MINUTE, 12 * HOUR)


def _drive(metres: int, kmh: int) -> Duration:
    """How long a distance takes at a speed, in µs."""
    return metres * 3600 * SECOND // (kmh * 1000)
