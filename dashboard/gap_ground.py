"""Where on the road a running gap is measured, from when, and against what. Pure.

On a special stage a crew is measured against the fastest one, on a test or trial against the ideal time.
What a gap is measured on may not give a secret away: where the points of a trial are hidden, its ideal time
goes on behind the hidden finish up to the next control that everybody knows, and where the average changes at
a hidden point, the public gets no gap at all.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.board import hidden
from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.ideal_times import ideal_between
from timing.core.instant import Duration, Instant
from timing.core.itinerary import Control, Stage, StageKind
from timing.core.leg_road import LegRoad
from timing.core.preset import Unit
from timing.core.rally import Rally

#: A car is still on the stretch when it seems to be this far (m) in front of its start.
BEFORE_START = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stage on its leg's road: from `begin` m of the road book on, `length` m to its last line.

    The public sees it go on for `public_length` m; None where it may see no gap there.
    """

    stage: Stage
    begin: float
    length: float
    public_length: float | None
    neutral: tuple[tuple[float, float], ...] = ()

    def length_for(self, *, public: bool) -> float | None:
        """Return how many m of it an audience sees, or None."""
        return self.public_length if public else self.length


class GapGround:
    """The stretches of an event, and the cars on them."""

    def __init__(self, event: Event, roads: Mapping[int, LegRoad]) -> None:
        self.event = event
        self.stretches: dict[str, Stretch] = {}
        self._on_leg: dict[int, list[Stretch]] = defaultdict(list)
        for stage in event.itinerary.stages.values():
            stretch = _stretch(event, roads, stage)
            if stretch is not None:
                self.stretches[stage.id] = stretch
                self._on_leg[stage.leg].append(stretch)

    def under(
        self, rally: Rally, car: str, leg: int | None, metres: float | None, at: Instant
    ) -> Stretch | None:
        """Return the stretch that a car is on at a place of its leg, begun and not yet finished by `at`."""
        if leg is None or metres is None:
            return None
        for stretch in reversed(self._on_leg.get(leg, [])):
            longest = max(stretch.length, stretch.public_length or 0.0)
            if not stretch.begin - BEFORE_START <= metres <= stretch.begin + longest:
                continue
            start = started(rally, stretch.stage, car)
            if start is not None and start <= at:
                over = finished(rally, stretch.stage, car)
                return stretch if over is None or over > at or not self._open_end(stretch) else None
        return None

    def _open_end(self, stretch: Stretch) -> bool:
        return not hidden(self.event, self.event.itinerary.controls[stretch.stage.finish])

    def ideal(
        self, rally: Rally, stretch: Stretch, entry: Entry, *, public: bool
    ) -> tuple[tuple[float, Duration], ...] | None:
        """Return metres and ideal times of a test or trial for a crew, or None where there are none."""
        stage, itinerary = stretch.stage, self.event.itinerary
        if self.event.preset.unit is Unit.NONE or stage.kind is StageKind.SS:
            return None
        if stage.kind is StageKind.REG_TEST:
            target = rally.target(stage.id)
            return None if target is None else ((0.0, 0), (stretch.length, target))
        knots = [(0.0, 0)]
        for line in stage.lines[1:]:
            ideal = ideal_between(itinerary, stage, stage.start, line, entry.category)
            metres = itinerary.controls[line].metres
            if ideal is None or metres is None:
                return None
            knots.append((metres - stretch.begin, int(ideal)))
        # A trial that the public sees has one average: two knots say all of it, and not where points are.
        return (knots[0], knots[-1]) if public else tuple(knots)


def started(rally: Rally, stage: Stage, car: str) -> Instant | None:
    """Return the instant from which a car's time on a stage runs, or None where it is not known for sure."""
    sheet = rally.sheet(car)
    if stage.kind is StageKind.SS:
        start = sheet.drive.starts.get(stage.id)
        return None if start is None or start.assumed else start.at
    line = sheet.drive.chosen.get(stage.start)
    return None if line is None else line.at


def finished(rally: Rally, stage: Stage, car: str) -> Instant | None:
    """Return when a car was over the finish of a stage, or None."""
    line = rally.sheet(car).drive.chosen.get(stage.finish)
    return None if line is None else line.at


def leaders(rally: Rally, stage: Stage, until: Instant, count: int = 2) -> list[str]:
    """Return the cars that a stage is led by as of `until`: the fastest, else those that went first.

    Only those that have finished are fast; while nobody has, the gap is to who is on the road before.
    """
    ranked = sorted(
        (result.rank, result.order, car)
        for car, result in rally.stage_results(stage.id).items()
        if result.rank is not None and result.finish is not None and result.finish <= until
    )
    found = [car for _, _, car in ranked[:count]]
    if len(found) == count:
        return found
    crews = (car for car, entry in rally.event.entries.by_number.items() if not entry.course_car)
    begun = [(at, car) for car in crews if (at := started(rally, stage, car)) is not None and at <= until]
    return [*found, *(car for _, car in sorted(begun) if car not in found)][:count]


def _stretch(event: Event, roads: Mapping[int, LegRoad], stage: Stage) -> Stretch | None:
    road = roads.get(stage.leg)
    if road is None:
        return None
    place = {name: road.official(along) for along, name in road.controls}
    begin, end = place.get(stage.start), place.get(stage.finish)
    if begin is None or end is None or end <= begin:
        return None
    neutral = tuple(
        (place[into] - begin, place[out] - begin)
        for into, out in stage.neutral
        if into in place and out in place
    )
    finish = event.itinerary.controls[stage.finish]
    public: float | None = end - begin
    if hidden(event, finish):
        public = _to_open_control(event, road, place, finish, begin) if _one_average(event, stage) else None
    return Stretch(stage=stage, begin=begin, length=end - begin, public_length=public, neutral=neutral)


def _to_open_control(
    event: Event, road: LegRoad, place: Mapping[str, float], finish: Control, begin: float
) -> float | None:
    behind = (event.itinerary.controls[name] for _, name in road.controls)
    open_ = (control for control in behind if control.order > finish.order and not hidden(event, control))
    found = next(open_, None)
    return None if found is None else place[found.id] - begin


def _one_average(event: Event, stage: Stage) -> bool:
    """Whether nothing of the ideal time changes at a hidden point of a trial."""
    start, *points = (event.itinerary.controls[line] for line in stage.lines)
    return not start.pause and all(
        not point.pause
        and point.average in (None, start.average)
        and all(point.average_for(key) == start.average_for(key) for key in point.averages)
        for point in points
    )
