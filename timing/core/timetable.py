"""What the regulations say at each point of a leg where minutes matter: laid out once for all cars."""

from collections.abc import Sequence
from dataclasses import dataclass

from timing.core.instant import Instant
from timing.core.itinerary import TIME_CONTROLS, Control, ControlKind
from timing.core.lateness import Limits, limits_at
from timing.core.opening import Hours
from timing.core.preset import Preset, Rate, SectionOrigin, Unit
from timing.core.rates import rate_at
from timing.core.road import Road
from timing.core.rulings import Ruled


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePoint:
    """A time control, or a point of a special stage from which the next target time runs.

    `timed` marks the time controls; `scheduled` that due minutes follow a printed schedule and
    `carries` that lateness already taken moves it; `extended` are the minutes by which the clerk has
    extended the limit of lateness.
    """

    control: Control
    rules: Preset
    rate: Rate
    limits: Limits
    hours: Hours
    unit: Unit
    first_car: Instant | None
    timed: bool
    scheduled: bool
    carries: bool
    extended: int
    starts_stage: bool
    finishes_stage: bool


class Timetable:
    """The points of each leg in road order. `extensions` are the clerk's, in order of time."""

    def __init__(self, road: Road, extensions: Sequence[Ruled] = ()) -> None:
        self.road = road
        self.extensions = tuple(extensions)
        self.legs: dict[int, tuple[TimePoint, ...]] = {
            leg: tuple(self._point(control) for control in controls if self._matters(control))
            for leg, controls in road.in_leg.items()
        }

    def _matters(self, control: Control) -> bool:
        if control.kind in TIME_CONTROLS:
            return True
        mode = self.road.rules_at(control.id).section_origin
        if mode is SectionOrigin.A_TO_A:
            return control.kind is ControlKind.SS_START
        return mode is SectionOrigin.A_TO_B and control.kind in (ControlKind.FF, ControlKind.STOP)

    def _point(self, control: Control) -> TimePoint:
        road = self.road
        rules, unit = road.rules_at(control.id), road.preset.unit
        scheduled = rules.section_origin is SectionOrigin.SCHEDULED
        limits = limits_at(road, control, self.extensions)
        return TimePoint(
            control=control,
            rules=rules,
            rate=rate_at(control, rules),
            limits=limits,
            hours=road.hours[control.id],
            unit=unit,
            first_car=control.first_car,
            timed=control.kind in TIME_CONTROLS,
            scheduled=scheduled,
            # On a tour nobody is charged, so nothing is gained by moving the printed times.
            carries=scheduled and unit is not Unit.NONE,
            extended=max(0, (limits.total or 0) - (rules.max_late_total or 0)),
            starts_stage=control.kind is ControlKind.SS_START,
            finishes_stage=control.kind is ControlKind.FF,
        )
