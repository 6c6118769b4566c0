"""One car's sheet: everything that follows from its own records, before cars are compared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from timing.core.car_results import Circumstances, ResultMaker, ResultMemory
from timing.core.car_rows import automatic_rows
from timing.core.check_ins import CheckIns, Walked, fold_check_ins
from timing.core.coefficients import weighed
from timing.core.decisions import Interrupt
from timing.core.drive import Drive, Known, follow_leg
from timing.core.emergencies import Call, suspensions, waiting
from timing.core.entries import Entry
from timing.core.itinerary import Control, ControlKind
from timing.core.ordinary import OrdinaryLegs
from timing.core.penalties import in_order, ruled_rows, settled
from timing.core.preset import LatenessSpan
from timing.core.results import (
    CheckIn,
    Chosen,
    CrewStatus,
    PenaltyRow,
    StageResult,
    StandingStatus,
)
from timing.core.road import Road
from timing.core.rulings import NOTHING, CarRulings, Ruled
from timing.core.stamps import Hit
from timing.core.stopping import Stop, excused, find_stop, row_excused
from timing.core.time_allowances import allowance_rows, allowances_of
from timing.core.times import join
from timing.core.timetable import Timetable
from timing.core.visits import closed_passages
from timing.core.whereabouts import progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A car's own results; mappings are in road order."""

    entry: Entry
    drive: Drive
    results: Mapping[str, StageResult] = field(default_factory=dict)
    check_ins: Mapping[str, CheckIn] = field(default_factory=dict)
    rows: tuple[PenaltyRow, ...] = ()
    missed: tuple[str, ...] = ()
    status: CrewStatus = CrewStatus.ENTERED
    standing: StandingStatus = StandingStatus.CLASSIFIED
    cause: str = ""
    restarted: bool = False
    seen_after_stop: bool = False
    last: Chosen | None = None
    stop: Stop | None = None

    def excused(self, control: Control) -> bool:
        """Whether the crew is not expected at a control because it had stopped before."""
        return excused(control, self.stop, restarted=self.restarted)

    @property
    def out(self) -> bool:
        """Whether the crew no longer drives: nothing more is expected of it."""
        return self.standing is not StandingStatus.CLASSIFIED and not self.restarted

    @property
    def standing_facts(self) -> tuple[object, ...]:
        """What of it, besides its stage results, moves a classification."""
        return self.rows, self.standing, self.restarted, self.seen_after_stop


def moved_stages(before: Sheet, after: Sheet) -> set[str]:
    """Return the stages on which a crew's result differs. Most results are the very same objects."""
    return {
        stage
        for stage, result in after.results.items()
        if (known := before.results[stage]) is not result
        and (known.status is not result.status or known.finish != result.finish or known != result)
    }


#: What a leg was made of, the stamps at each of its controls among it, the drive and the check-ins.
_Leg: TypeAlias = tuple[tuple[object, ...], Sequence[Sequence[Hit] | None], Drive, CheckIns]


@dataclass(slots=True)
class _Memory:
    """What a car's last sheet was made of, so that the next one makes only what has changed."""

    legs: dict[int, _Leg] = field(default_factory=dict)
    walked: dict[int, Walked] = field(default_factory=dict)
    results: ResultMemory = field(default_factory=ResultMemory)
    controls: Known = field(default_factory=Known)


class SheetMaker:
    """Makes sheets for one event; remembers parts whose inputs have not changed, and only those."""

    def __init__(self, road: Road) -> None:
        self.road = road
        self._results = ResultMaker(road)
        self._ordinary: OrdinaryLegs | None = OrdinaryLegs(road)
        self._table = Timetable(road)
        self._ids = {leg: [control.id for control in controls] for leg, controls in road.in_leg.items()}
        self._memories: dict[str, _Memory] = {}
        self._targets: Mapping[str, tuple[Ruled, ...]] = {}
        self._stops: Mapping[str, tuple[Interrupt, ...]] = {}

    def take_no_short_way(self) -> None:
        """Judge every time and every result by itself: slower, and never different."""
        self._ordinary = None

    def extend_lateness(self, extensions: Sequence[Ruled]) -> None:
        """Take note of the clerk's extensions of the limits of lateness, in order of time."""
        if self._table.extensions != tuple(extensions):
            self._table = Timetable(self.road, extensions)

    def correct_targets(self, targets: Mapping[str, tuple[Ruled, ...]]) -> None:
        """Take note of the ideal times that officials put right, by test."""
        self._targets = targets

    def interrupt(self, stops: Mapping[str, tuple[Interrupt, ...]]) -> None:
        """Take note of the standing interruptions, by stage."""
        self._stops = stops

    def make(
        self,
        entry: Entry,
        hits: Mapping[str, Sequence[Hit]],
        rulings: CarRulings,
        cancelled: frozenset[str],
        calls: Sequence[Call] = (),
    ) -> Sheet:
        """Return the sheet that follows from a car's stamps, the rulings on it and its calls for help."""
        road = self.road
        memory = self._memories.setdefault(entry.car_number, _Memory())
        drive, counted = self._follow(entry, hits, rulings, memory)
        counted.unvisited.update(closed_passages(road, drive.chosen))
        last = _last(road, drive)
        last_order = road.by_id[last.control].order if last is not None else -1
        suspended = suspensions(road, drive, calls) if calls else ()
        over = [control for control in counted.over if not any(each.covers(control) for each in suspended)]
        if entry.course_car:
            over = []  # the sweep comes when it comes: no lateness takes it out of the rally
        stop, restarted = find_stop(road, drive, rulings, over, counted, last)
        missed = [
            control
            for control in road.missable
            if (
                control.id in counted.unvisited
                or (
                    control.order < last_order
                    and control.id not in drive.chosen
                    # An out minute that was assigned is given, not stamped.
                    and control.id not in rulings.starts
                )
            )
            and not excused(control, stop, restarted=restarted)
        ]
        given = ruled_rows(road.event, entry.car_number, rulings.penalties)
        rows = automatic_rows(road, entry, drive, counted, rulings, missed, cancelled, last)
        if suspended:
            held_back = [row for row in counted.held_back if row not in rows]
            rows = waiting([*rows, *held_back], road.by_id, suspended)
        if stop is not None:
            # Behind the place where a crew stopped it did not drive that leg, whatever was stamped there.
            rows = [row for row in rows if not row_excused(road, row, stop, restarted=restarted)]
        rows = weighed(settled(rows, given), entry, road.preset)
        allowances = allowances_of(road, rulings, drive.chosen, cancelled)
        rows = [*rows, *allowance_rows(road, entry.car_number, allowances), *given]
        around = Circumstances(
            rulings=rulings,
            cancelled=cancelled,
            charged={row.stage for row in rows if row.amount and row.stage is not None},
            targets=self._targets,
            stops=self._stops,
            allowances=allowances,
            last_order=last_order,
            restarted=restarted,
            excused=None if stop is None else partial(excused, stop=stop, restarted=restarted),
        )
        status, standing = progress(road, last, stop.status if stop else None, restarted=restarted)
        if restarted and road.preset.restart is not None:
            # Where a restart has its price the crew keeps its place in the list, once that is settled.
            standing = StandingStatus.CLASSIFIED
        return Sheet(
            entry=entry,
            drive=drive,
            results=self._results.make(entry, drive, around, memory.results),
            check_ins=counted.check_ins,
            rows=in_order(rows, road.by_id),
            missed=tuple(control.id for control in missed),
            status=status,
            standing=standing,
            cause=stop.cause if stop is not None else "",
            restarted=restarted,
            seen_after_stop=stop is not None and not restarted and last_order > stop.order,
            last=last,
            stop=stop,
        )

    def _follow(
        self, entry: Entry, hits: Mapping[str, Sequence[Hit]], rulings: CarRulings, memory: _Memory
    ) -> tuple[Drive, CheckIns]:
        """The car's times and check-ins, leg by leg; a leg where nothing is new is not walked again."""
        followed: list[Drive] = []
        counted = CheckIns()
        over_event = self.road.preset.late_total_over is LatenessSpan.EVENT
        for leg, controls in self.road.in_leg.items():
            late_before = counted.in_all if over_event else 0
            now = list(map(hits.get, self._ids[leg]))
            made_of: tuple[object, ...] = (
                self._table,
                late_before,
                now,
                rulings is NOTHING or [rulings.corrections.get(control.id) for control in controls],
                rulings is NOTHING
                or [(rulings.delays.get(control.id), rulings.starts.get(control.id)) for control in controls],
            )
            known = memory.legs.get(leg)
            if known is None or known[0] != made_of:
                drive = self._on_leg(entry, leg, hits, rulings, memory, now)
                walked = memory.walked.setdefault(leg, Walked())
                booked = fold_check_ins(self._table, entry, leg, drive, rulings, late_before, walked)
                known = memory.legs[leg] = (made_of, now, drive, booked)
            followed.append(known[2])
            counted.take_in(known[3])
        return join(entry.car_number, followed), counted

    def _on_leg(
        self,
        entry: Entry,
        leg: int,
        hits: Mapping[str, Sequence[Hit]],
        rulings: CarRulings,
        memory: _Memory,
        now: Sequence[Sequence[Hit] | None],
    ) -> Drive:
        """The car's times on one leg, by the shortest way that says what the long one would."""
        drive: Drive | None = None
        known = memory.legs.get(leg)
        if self._ordinary is not None:
            if known is not None:
                drive = self._ordinary.go_on(entry, leg, known[2], known[1], now, rulings)
            if drive is None:
                lone = {} if known is None else known[2].lone
                drive = self._ordinary.follow(entry, leg, now, rulings, lone)
        return drive or follow_leg(self.road, entry, leg, hits, rulings, memory.controls)


def _last(road: Road, drive: Drive) -> Chosen | None:
    """The time at the last control of the road where the crew was seen."""
    # Only that one time has to be written out.
    seen: Iterable[str] = drive.chosen
    if drive.lone and len(drive.lone) == len(drive.chosen):
        # Lone stamps are in road order.
        return drive.chosen[next(reversed(drive.lone))]
    if road.off_course:
        seen = [control for control in seen if road.by_id[control].kind is not ControlKind.OFF_COURSE]
    last = max(seen, key=lambda control: road.by_id[control].order, default=None)
    return None if last is None else drive.chosen[last]
