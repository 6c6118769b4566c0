"""The field on each stage, as driven: what notional, derived and restart times are taken from.

What an official gave a crew is no driven time: nothing rests on it, so that no proposal rests on another.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet

from timing.core.decisions import Interrupt
from timing.core.entries import Entry
from timing.core.itinerary import Stage, StageKind
from timing.core.notional import Run, sound
from timing.core.results import ResultStatus
from timing.core.road import Road
from timing.core.rulings import Rulings
from timing.core.sheet import Sheet


class Runs:
    """The runs of all crews by stage; made anew crew by crew where something changes."""

    def __init__(self, road: Road, rulings: Rulings, sheets: Mapping[str, Sheet]) -> None:
        self._road = road
        self._rulings = rulings
        self._sheets = sheets
        self._runs: dict[str, dict[str, Run]] = {}
        self._stops: dict[str, tuple[Interrupt, ...]] = {}
        self._sound: dict[str, tuple[Run, ...]] = {}
        self._fastest: dict[str, Run | None] = {}
        self._versions: Counter[str] = Counter()

    def renew(self, stages: Iterable[str], cars: AbstractSet[str]) -> None:
        """Take note that something on these stages changed: times of these cars, or interruptions."""
        for ident in stages:
            self._versions[ident] += 1
            for made in (self._stops, self._sound, self._fastest):
                made.pop(ident, None)
            known = self._runs.get(ident)
            if known is not None:
                stage = self._road.event.itinerary.stages[ident]
                known.update(
                    (car, run_of(self._road, stage, self._sheets[car])) for car in cars & known.keys()
                )

    def version(self, stage: Stage) -> int:
        """Return a number that grows with every change on a stage."""
        return self._versions[stage.id]

    def of(self, stage: Stage) -> Mapping[str, Run]:
        """Return the run of every competing crew on a stage, whether it has begun it or not."""
        found = self._runs.get(stage.id)
        if found is None:
            found = self._runs[stage.id] = {
                car: run_of(self._road, stage, sheet)
                for car, sheet in self._sheets.items()
                if not sheet.entry.course_car
            }
        return found

    def stops(self, stage: Stage) -> tuple[Interrupt, ...]:
        """Return the standing interruptions of a stage in order of decision."""
        found = self._stops.get(stage.id)
        if found is None:
            found = self._stops[stage.id] = self._rulings.stops(stage.id)
        return found

    def valid(self, stage: Stage) -> tuple[Run, ...]:
        """Return the runs whose time no interruption spoiled."""
        found = self._sound.get(stage.id)
        if found is None:
            found = self._sound[stage.id] = sound(self.of(stage), self.stops(stage))
        return found

    def fastest(self, stage: Stage, among: Callable[[Entry], bool] | None = None) -> Run | None:
        """Return the run with the fastest valid time, of some crews only where `among` is given.

        Of equal times that of the first to start.
        """
        if among is not None:
            return _first(run for run in self.valid(stage) if among(self._sheets[run.car].entry))
        if stage.id not in self._fastest:
            self._fastest[stage.id] = _first(self.valid(stage))
        return self._fastest[stage.id]


def _first(runs: Iterable[Run]) -> Run | None:
    return min(runs, key=lambda run: (run.time or 0, run.order), default=None)


def run_of(road: Road, stage: Stage, sheet: Sheet) -> Run:
    """Return one crew's run on a stage; without a time where none was driven to the end."""
    result = sheet.results[stage.id]
    driven = result.status is ResultStatus.DONE and result.source != "notional"
    begin = stage.start
    if begin not in sheet.drive.chosen:
        # Where no start was entered it follows from the check-in before.
        begin = road.arrival_control.get(stage.id, begin)
    inside = () if stage.kind is StageKind.SS else stage.between
    lines = (begin, *inside, stage.finish)
    chosen = [sheet.drive.chosen[line] for line in lines if line in sheet.drive.chosen]
    return Run(
        car=sheet.entry.car_number,
        order=sheet.entry.order,
        start=result.start,
        finish=result.finish,
        time=result.time if driven else None,
        keys=tuple(at.key for at in chosen),
        seqs=tuple(at.seq for at in chosen),
    )
