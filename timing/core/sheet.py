"""One car's sheet: everything that follows from its own records, before cars are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from timing.core.check_ins import CheckIns, fold_check_ins
from timing.core.decisions import Disqualify, Retire, SetNotional
from timing.core.drive import Drive, follow
from timing.core.entries import Entry
from timing.core.instant import Instant
from timing.core.itinerary import Control, Stage, StageKind
from timing.core.penalties import (
    can_be_missed,
    false_start_charge,
    in_order,
    is_false_start,
    missed_charge,
    ruled_rows,
    settled,
)
from timing.core.preset import OtlEffect, Unit
from timing.core.regularity import deviation_points, ideal_between, score_test, score_trial
from timing.core.results import (
    CORRECTED,
    NOTIONAL,
    PENALTY,
    UNDER_REVIEW,
    CheckIn,
    Chosen,
    CrewStatus,
    PenaltyRow,
    ResultStatus,
    StageResult,
    StandingStatus,
    in_mark_order,
)
from timing.core.road import Road
from timing.core.rulings import CarRulings
from timing.core.stage_times import StageStart, score_stage
from timing.core.stamps import Hit
from timing.core.whereabouts import progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where a crew's rally (or its leg) ended: nothing of that leg behind `order` was driven."""

    order: int
    leg: int
    cause: str
    status: StandingStatus


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

    @property
    def out(self) -> bool:
        """Whether the crew no longer drives: nothing more is expected of it."""
        return self.standing is not StandingStatus.CLASSIFIED and not self.restarted


class SheetMaker:
    """Makes sheets for one event; holds what is the same for all cars."""

    def __init__(self, road: Road) -> None:
        self.road = road
        itinerary = road.event.itinerary
        self._ideals: dict[str, dict[str, Fraction | None]] = {
            stage.id: {
                control: ideal_between(itinerary, stage, stage.start, control)
                for control in (*stage.between, stage.finish)
            }
            for stage in road.stages
            if stage.kind is StageKind.AVG_TRIAL
        }

    def make(
        self,
        entry: Entry,
        hits: Mapping[str, Sequence[Hit]],
        rulings: CarRulings,
        cancelled: frozenset[str],
    ) -> Sheet:
        """Return the sheet that follows from a car's stamps and the rulings on it."""
        road = self.road
        drive = follow(road, entry, hits, rulings)
        counted = fold_check_ins(road, entry, drive.chosen, drive.starts)
        last = max(drive.chosen.values(), key=lambda c: road.by_id[c.control].order, default=None)
        last_order = road.by_id[last.control].order if last is not None else -1
        stop = _stop(road, drive, rulings, counted)
        restarted = stop is not None and stop.status is StandingStatus.OTL and _goes_on(road, last, stop)
        missed = [
            control
            for control in road.controls
            if control.order < last_order
            and (control.id not in drive.chosen or control.id in counted.unvisited)
            and can_be_missed(control)
            and not _excused(control, stop, restarted=restarted)
        ]
        given = ruled_rows(road.event, entry.car_number, rulings.penalties)
        rows = self._rows(entry, drive, counted, missed, cancelled, road.by_id, last)
        rows = [*settled(rows, given), *given]
        results = {
            stage.id: self._result(entry, stage, drive, rulings, cancelled, rows, last_order, stop, restarted)
            for stage in road.stages
        }
        status, standing = progress(road, last, stop.status if stop else None, restarted=restarted)
        return Sheet(
            entry=entry,
            drive=drive,
            results=results,
            check_ins=counted.check_ins,
            rows=in_order(rows, road.by_id),
            missed=tuple(control.id for control in missed),
            status=status,
            standing=standing,
            cause=stop.cause if stop is not None else "",
            restarted=restarted,
            seen_after_stop=stop is not None and not restarted and last_order > stop.order,
            last=last,
        )

    def _rows(
        self,
        entry: Entry,
        drive: Drive,
        counted: CheckIns,
        missed: Sequence[Control],
        cancelled: frozenset[str],
        controls: Mapping[str, Control],
        last: Chosen | None,
    ) -> list[PenaltyRow]:
        """The penalties that follow from times: at time controls, at start lines, for what was missed."""
        preset, car = self.road.preset, entry.car_number
        rows = list(counted.rows)
        if preset.unit is Unit.NONE:
            return rows
        false_starts = 0
        for control_id, wheel in sorted(drive.wheels.items(), key=lambda pair: controls[pair[0]].order):
            stage = self.road.starts_at[control_id]
            start = drive.starts.get(stage.id)
            if (
                stage.id in cancelled
                or start is None
                or start.assumed
                or not is_false_start(wheel.at, start.at)
            ):
                continue
            false_starts += 1
            rows.append(
                PenaltyRow(
                    car=car,
                    rule="false start",
                    amount=false_start_charge(false_starts, start.at - wheel.at, preset),
                    control=control_id,
                    stage=stage.id,
                    leg=stage.leg,
                    text=f"number {false_starts} of the event",
                    records=tuple(seq for seq in (wheel.placed.seq, start.seq) if seq is not None),
                )
            )
        rows.extend(
            PenaltyRow(
                car=car,
                rule="missed control",
                amount=missed_charge(control, preset),
                control=control.id,
                leg=control.leg,
                text=f"no time here, seen later at {last.control}" if last is not None else "",
                records=(last.seq,) if last is not None else (),
            )
            for control in missed
        )
        return rows

    def _result(
        self,
        entry: Entry,
        stage: Stage,
        drive: Drive,
        rulings: CarRulings,
        cancelled: frozenset[str],
        rows: Sequence[PenaltyRow],
        last_order: int,
        stop: Stop | None,
        restarted: bool,
    ) -> StageResult:
        result = self._driven(entry, stage, drive)
        finish = self.road.by_id[stage.finish]
        done_with = last_order > finish.order or (
            finish.id in drive.chosen and stage.start not in drive.starts
        )
        open_still = result.status in (ResultStatus.PENDING, ResultStatus.RUNNING)
        if open_still and done_with and not _excused(finish, stop, restarted=False):
            result = self._missing(stage, result)
        elif open_still and restarted and _excused(finish, stop, restarted=False):
            result = replace(result, status=ResultStatus.MISSING, reason="not driven: out of the leg")
        ruled = rulings.notional.get(stage.id)
        if ruled is not None and isinstance(ruled.decision.act, SetNotional):
            result = self._notional(stage, result, ruled.decision.act.time)
        marks = set(result.marks) | _marks(stage, drive.chosen, drive.starts.get(stage.id))
        if ruled is not None:
            marks = {NOTIONAL}
        if result.status in (ResultStatus.MISSING, ResultStatus.HELD):
            marks.add(UNDER_REVIEW)
        if any(row.stage == stage.id and row.amount for row in rows):
            marks.add(PENALTY)
        if stage.id in cancelled:
            result = replace(result, status=ResultStatus.CANCELLED)
        return replace(result, marks=in_mark_order(marks))

    def _driven(self, entry: Entry, stage: Stage, drive: Drive) -> StageResult:
        chosen, car = drive.chosen, entry.car_number
        match stage.kind:
            case StageKind.SS:
                inside = (stage.start, *stage.between)
                begun = any(control in chosen for control in inside)
                arrival = self.road.arrival_control.get(stage.id)
                return score_stage(
                    self.road,
                    stage,
                    car,
                    drive.starts.get(stage.id),
                    chosen,
                    started=begun or (stage.finish in chosen) or (arrival is not None and arrival in chosen),
                )
            case StageKind.REG_TEST:
                return score_test(
                    stage, car, chosen.get(stage.start), chosen.get(stage.finish), self.road.preset
                )
            case StageKind.AVG_TRIAL:
                return score_trial(stage, car, chosen, self._ideals[stage.id], self.road.preset)

    def _missing(self, stage: Stage, result: StageResult) -> StageResult:
        """A test with a line that was never crossed costs what the preset says, or waits for an official."""
        charge = self.road.preset.missed_line
        if stage.kind is StageKind.SS or charge is None:
            what = "no finish time" if result.finish is None else "no start time"
            return replace(result, status=ResultStatus.MISSING, reason=f"{what}, and the car was seen later")
        lines = 1
        if stage.kind is StageKind.AVG_TRIAL:
            lines = sum(1 for part in result.parts if part.points is None)
        points = (result.points or Decimal(0)) + charge * lines
        return replace(result, status=ResultStatus.DONE, points=points, reason="a line was missed")

    def _notional(self, stage: Stage, result: StageResult, time: int) -> StageResult:
        """The clerk's time instead of a driven one (Motorsport UK NCR 2026 p444 4.20)."""
        preset = self.road.preset
        deviation: int | None = None
        points: Decimal | None = None
        if stage.kind is StageKind.REG_TEST:
            deviation = time - (stage.target or 0)
            points = deviation_points(deviation, preset, preset.test_unit, preset.test_cap)
        elif stage.kind is StageKind.AVG_TRIAL:
            ideal = self._ideals[stage.id][stage.finish]
            if ideal is not None:
                deviation = time - int(ideal // preset.avg_unit) * preset.avg_unit
                points = deviation_points(deviation, preset, preset.avg_unit, preset.avg_cap)
        return replace(
            result,
            status=ResultStatus.DONE,
            time=time,
            deviation=deviation,
            points=points,
            source="notional",
            reason="",
        )


def _marks(stage: Stage, chosen: Mapping[str, Chosen], start: StageStart | None) -> set[str]:
    """The marks that a result takes over from the times it is made of."""
    marks = {CORRECTED} if start is not None and start.corrected else set()
    for control in (stage.start, *stage.between, stage.finish):
        # A split is for information; it puts no mark on the result of a special stage.
        if control in stage.between and stage.kind is StageKind.SS:
            continue
        if control in chosen:
            marks.update(chosen[control].marks)
    return marks


def _stop(road: Road, drive: Drive, rulings: CarRulings, counted: CheckIns) -> Stop | None:
    """Where the crew stopped competing: by a ruling, or by being over its lateness."""
    ruled = rulings.competing
    act = ruled.decision.act if ruled is not None else None
    if ruled is not None and isinstance(act, Retire | Disqualify):
        control = road.by_id.get(act.control) if isinstance(act, Retire) and act.control else None
        if control is None:
            control = _last_seen(road, drive, ruled.decision.at)
        status = StandingStatus.DSQ if isinstance(act, Disqualify) else StandingStatus.RETIRED
        if status is StandingStatus.RETIRED and not drive.chosen:
            status = StandingStatus.DNS
        cause = act.cause if isinstance(act, Retire) else ruled.decision.text
        order, leg = (control.order, control.leg) if control is not None else (-1, 0)
        return Stop(order=order, leg=leg, cause=cause, status=status)
    if act is None and counted.over:
        control = counted.over[0]
        cause = counted.check_ins[control.id].over_lateness
        return Stop(order=control.order, leg=control.leg, cause=cause, status=StandingStatus.OTL)
    return None


def _last_seen(road: Road, drive: Drive, until: Instant) -> Control | None:
    seen = [road.by_id[chosen.control] for chosen in drive.chosen.values() if chosen.at <= until]
    return max(seen, key=lambda control: control.order, default=None)


def _goes_on(road: Road, last: Chosen | None, stop: Stop) -> bool:
    """Whether a crew that fell out of a leg was seen on a later one, where the preset lets it restart."""
    if road.preset.otl_effect is not OtlEffect.RETIRE_LEG or last is None:
        return False
    return road.by_id[last.control].leg > stop.leg


def _excused(control: Control, stop: Stop | None, *, restarted: bool) -> bool:
    """Whether a crew is no longer expected at a control because it had stopped before."""
    if stop is None or control.order <= stop.order:
        return False
    return not restarted or control.leg == stop.leg
