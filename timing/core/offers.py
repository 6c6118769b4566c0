"""What may be given to a crew on one stage or test, by each method, and on what each value rests."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from timing.core.decisions import Interrupt, NotionalMethod, SetNotional
from timing.core.derived import Neighbour, average_assigned, derived_time
from timing.core.instant import Duration, format_duration
from timing.core.itinerary import Stage, StageKind
from timing.core.notional import LAST_PLACE, Found, Run, notional, stop_that_met
from timing.core.results import ResultStatus
from timing.core.road import Road
from timing.core.runs import Runs, run_of
from timing.core.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Offer:
    """A value by one method, and on what it rests."""

    act: SetNotional
    records: tuple[int, ...]
    why: str

    @property
    def value(self) -> Duration | Decimal | None:
        """The time (µs) or the penalty points."""
        return self.act.points if self.act.time is None else self.act.time


class Offers:
    """Computes the values that one crew's result on one stage may be given."""

    def __init__(self, road: Road, runs: Runs) -> None:
        self._road = road
        self._runs = runs
        self._special = [stage for stage in road.stages if stage.kind is StageKind.SS]
        self._place = {stage.id: place for place, stage in enumerate(self._special)}
        self._found: dict[str, tuple[int, dict[object, Found | None]]] = {}

    def rests_on(self, stage: Stage, sheet: Sheet) -> list[Stage]:
        """Return the stages whose field may move what is proposed on one: itself and its neighbours."""
        place = self._place.get(stage.id)
        if place is None:
            return [stage]
        before, after = self._special[:place], self._special[place + 1 :]
        return [*_up_to_counted(reversed(before), sheet), stage, *_up_to_counted(after, sheet)]

    def stop(self, stage: Stage, sheet: Sheet) -> Interrupt | None:
        """Return the interruption that met a crew on a stage, or None."""
        stops = self._runs.stops(stage)
        if not stops or sheet.excused(self._road.by_id[stage.finish]):
            return None
        return stop_that_met(sheet.entry.car_number, self._runs.of(stage), stops)

    def offers(self, stage: Stage, sheet: Sheet) -> Iterator[Offer]:
        """Return what may be given to a crew that has no notional time, the usual thing first."""
        stop = self.stop(stage, sheet)
        missing = sheet.results[stage.id].status is ResultStatus.MISSING and not sheet.out
        if stage.kind is not StageKind.SS:
            average = self._average(stage, sheet) if missing or stop is not None else None
            if average is not None:
                yield average
            return
        if stop is not None:
            usual = NotionalMethod.FASTEST_AT_STOP
            if self._by_method(stage, stop, usual, 1) is None:
                usual = NotionalMethod.FIRST_AFTER_RESTART
            slowest = self._after_stop(stage, sheet, stop, NotionalMethod.SLOWEST_BEFORE, None)
            for place in range(1, LAST_PLACE + 1):
                offer = self._after_stop(stage, sheet, stop, usual, place)
                if offer is not None:
                    yield offer
            if slowest is not None:
                yield slowest
        if stop is not None or missing:
            derived = self._derived(stage, sheet)
            if derived is not None:
                yield derived

    def now(self, stage: Stage, sheet: Sheet, act: SetNotional) -> tuple[Offer | None, str]:
        """Return what a standing value's method gives now; or None, and why it gives nothing."""
        stop = self.stop(stage, sheet)
        match act.method:
            case NotionalMethod.DERIVED:
                if stop is None and _has_times(self._road, stage, sheet):
                    return None, "its own time was found"
                return self._derived(stage, sheet), "no stage beside it has both times any more"
            case NotionalMethod.AVERAGE_ASSIGNED:
                if stop is None and _has_times(self._road, stage, sheet):
                    return None, "its own times were found"
                return self._average(stage, sheet), "the crew has no other test in this series any more"
            case _:
                if stop is None:
                    return None, "no interruption met this crew any more"
                found = self._after_stop(stage, sheet, stop, act.method, act.place)
                return found, "the time it was taken from is gone"

    def _after_stop(
        self, stage: Stage, sheet: Sheet, stop: Interrupt, method: NotionalMethod, place: int | None
    ) -> Offer | None:
        found = self._by_method(stage, stop, method, place or 1)
        if found is None:
            return None
        last = found.runs[-1]
        which = f" ({place})" if place is not None else ""
        clock = self._road.event.time.format(stop.at)
        why = f"{method}{which} at the stop of {clock}: car {last.car}"
        return self._offer(stage, sheet, method, found.runs, why, time=found.time, place=place)

    def _by_method(self, stage: Stage, stop: Interrupt, method: NotionalMethod, place: int) -> Found | None:
        """What a method gives; the same for every crew that was stopped."""
        version, known = self._found.get(stage.id, (-1, {}))
        if version != self._runs.version(stage):
            known = {}
            self._found[stage.id] = self._runs.version(stage), known
        asked = (stop, method, place)
        if asked not in known:
            known[asked] = notional(method, place, self._runs.valid(stage), stop.at, stop.restarted_at)
        return known[asked]

    def _derived(self, stage: Stage, sheet: Sheet) -> Offer | None:
        """The crew's ratio to the fastest on the special stages before and after."""
        fastest = self._runs.fastest(stage)
        if fastest is None or stage.kind is not StageKind.SS:
            return None
        beside: list[Neighbour] = []
        runs: list[Run] = []
        for other in self.rests_on(stage, sheet):
            if other is stage or _cancelled(other, sheet):
                continue
            own, best = self._runs.of(other).get(sheet.entry.car_number), self._runs.fastest(other)
            if own is not None and own.time is not None and best is not None and best.time is not None:
                beside.append(Neighbour(own.time, best.time))
                runs += [own, best]
        resolution = resolution_of(self._road, stage)
        time = derived_time(beside, fastest.time or 0, resolution)
        if time is None:
            return None
        own_sum, best_sum = sum(one.own for one in beside), sum(one.fastest for one in beside)
        why = (
            f"{format_duration(fastest.time or 0, resolution)} of car {fastest.car} x "
            f"{format_duration(own_sum, resolution)} / {format_duration(best_sum, resolution)}"
        )
        return self._offer(stage, sheet, NotionalMethod.DERIVED, [fastest, *runs], why, time=time)

    def _average(self, stage: Stage, sheet: Sheet) -> Offer | None:
        """The mean of the crew's own penalties in the other tests of the same section."""
        start = self._road.by_id[stage.start]
        runs: list[Run] = []
        penalties: list[Decimal] = []
        for other in self._road.stages:
            line = self._road.by_id[other.start]
            result = sheet.results[other.id]
            if (
                other is not stage
                and (other.kind, line.leg, line.section) == (stage.kind, start.leg, start.section)
                and result.status is ResultStatus.DONE
                and result.source != "notional"
                and result.time is not None
                and result.points is not None
            ):
                runs.append(run_of(self._road, other, sheet))
                penalties.append(result.points)
        points = average_assigned(penalties)
        if points is None:
            return None
        why = f"mean of {len(penalties)} tests: {sum(penalties)} / {len(penalties)}, truncated"
        return self._offer(stage, sheet, NotionalMethod.AVERAGE_ASSIGNED, runs, why, points=points)

    def _offer(
        self,
        stage: Stage,
        sheet: Sheet,
        method: NotionalMethod,
        runs: Sequence[Run],
        why: str,
        *,
        time: Duration | None = None,
        points: Decimal | None = None,
        place: int | None = None,
    ) -> Offer:
        keys = tuple(dict.fromkeys(key for run in runs for key in run.keys))
        seqs = tuple(dict.fromkeys(seq for run in runs for seq in run.seqs))
        act = SetNotional(
            stage.id,
            sheet.entry.car_number,
            time=time,
            points=points,
            method=method,
            place=place,
            basis=keys,
        )
        return Offer(act, seqs, why)


def resolution_of(road: Road, stage: Stage) -> Duration:
    """Return to what the times of a special stage are cut (µs)."""
    rules = road.rules_of(stage)
    return rules.stage_resolution.get(stage.id, rules.ss_resolution)


def _cancelled(stage: Stage, sheet: Sheet) -> bool:
    return sheet.results[stage.id].status is ResultStatus.CANCELLED


def _up_to_counted(stages: Iterable[Stage], sheet: Sheet) -> Iterator[Stage]:
    """The nearest stage that was not cancelled, and the cancelled ones on the way to it."""
    for stage in stages:
        yield stage
        if not _cancelled(stage, sheet):
            return


def _has_times(road: Road, stage: Stage, sheet: Sheet) -> bool:
    """Whether a crew's own times of a stage are all known, whatever an official gave instead."""
    if stage.kind is StageKind.SS:
        return stage.id in sheet.drive.starts and stage.finish in sheet.drive.chosen
    return all(line in sheet.drive.chosen for line in stage.lines)
