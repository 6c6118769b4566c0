"""One car on one stage: the result that follows from its times, the rulings and how far it has got."""

from decimal import Decimal

from timing.core.average_trials import points_of
from timing.core.decisions import NotionalMethod, SetNotional
from timing.core.entries import Entry
from timing.core.fact import copy_with
from timing.core.itinerary import Stage, StageKind
from timing.core.measures import Measures
from timing.core.notional import Run, stop_that_met
from timing.core.preset import Unit
from timing.core.results import (
    NOTIONAL,
    PENALTY,
    RESTARTED,
    UNDER_REVIEW,
    ResultStatus,
    StageResult,
    in_mark_order,
)
from timing.core.road import Road
from timing.core.stage_facts import StageFacts, marks_of_times
from timing.core.stage_times import failed_stage, missed_stage, score_stage

_OPEN = (ResultStatus.PENDING, ResultStatus.RUNNING)
_NOTIONAL = "notional"
_DOUBTFUL = (ResultStatus.MISSING, ResultStatus.HELD)


class Scorer:
    """Scores the stages of one event; what is the same for many cars is made ready once."""

    def __init__(self, road: Road) -> None:
        self._road = road
        self._rules = {stage.id: road.rules_of(stage) for stage in road.stages}
        self._scores = road.preset.unit is Unit.SCORE
        self._measures = Measures(road)
        self._printed_hours = {
            stage.id
            for stage in road.stages
            if stage.kind is not StageKind.SS
            and any(road.by_id[line].opens or road.by_id[line].closes for line in stage.lines[1:])
        }

    def result(self, entry: Entry, stage: Stage, facts: StageFacts) -> StageResult:
        """Return a car's result on a stage."""
        facts, shut = self._open_lines(stage, facts)
        match stage.kind:
            case StageKind.SS:
                result = self._special(entry, stage, facts)
            case StageKind.REG_TEST:
                result = self._test(entry, stage, facts)
            case StageKind.AVG_TRIAL:
                result = self._trial(entry, stage, facts)
        if result.status in _OPEN:
            if (facts.passed or shut == stage.finish or facts.chosen[-1] is not None) and not facts.excused:
                result = self._missing(stage, result, shut)
            elif facts.excused and facts.restarted:
                result = self._never_driven(stage, result, "not driven: out of the leg")
        if facts.notional is not None and isinstance(facts.notional.decision.act, SetNotional):
            result = self._notional(entry, stage, facts, result, facts.notional.decision.act)
        elif facts.stops and result.status is ResultStatus.DONE:
            result = self._shown_red(entry, facts, result)
        return self._finished(stage, facts, result)

    def _open_lines(self, stage: Stage, facts: StageFacts) -> tuple[StageFacts, str]:
        """Leave out the times at lines that were closed by the printed hours; say at which."""
        if stage.id not in self._printed_hours:
            return facts, ""
        chosen, shut = list(facts.chosen), ""
        for place, line in enumerate(stage.lines[1:], start=1):
            at, hours = chosen[place], self._road.hours[line]
            if at is not None and not at.corrected and (hours.too_early(at.at) or hours.too_late(at.at)):
                chosen[place], shut = None, line
        return (copy_with(facts, chosen=tuple(chosen)), shut) if shut else (facts, "")

    # as driven -------------------------------------------------------------------------------------

    def _special(self, entry: Entry, stage: Stage, facts: StageFacts) -> StageResult:
        chosen = {at.control: at for at in (*facts.chosen, *facts.neutral) if at is not None}
        started = bool(chosen) or facts.arrived
        result = score_stage(self._road, stage, entry.car_number, facts.start, chosen, started=started)
        cost = failed_stage(stage.id, self._rules[stage.id]) if facts.failed else None
        if cost is not None:
            why = "not performed as prescribed"
            result = copy_with(result, status=ResultStatus.DONE, time=cost, reason=why)
        more = marks_of_times(stage, facts)
        return copy_with(result, marks=in_mark_order({*result.marks, *more})) if more else result

    def _test(self, entry: Entry, stage: Stage, facts: StageFacts) -> StageResult:
        at_start, end = facts.chosen
        start = facts.begin
        marks = marks_of_times(stage, facts)
        if start is None or end is None:
            status = ResultStatus.PENDING if at_start is None else ResultStatus.RUNNING
            finish = end.at if end is not None else None
            return StageResult(
                stage=stage.id, car=entry.car_number, status=status, start=start, finish=finish, marks=marks
            )
        if end.at <= start:
            return StageResult(
                stage=stage.id,
                car=entry.car_number,
                status=ResultStatus.HELD,
                start=start,
                finish=end.at,
                marks=marks,
                reason="the end line was crossed before the start line",
            )
        allowance = facts.allowance
        off = allowance.time if allowance is not None else 0
        time, deviation, points = self._measures.test(stage, facts.targets).measure(start, end.at, off)
        return StageResult(
            stage.id,
            entry.car_number,
            None,
            0,
            time,
            deviation,
            points,
            None,
            None,
            end.source,
            marks,
            ResultStatus.DONE,
            start,
            end.at,
            "" if allowance is None else allowance.fault or allowance.note,
            (),
            None,
            off,
        )

    def _trial(self, entry: Entry, stage: Stage, facts: StageFacts) -> StageResult:
        start, (at_start, *points) = facts.begin, facts.chosen
        trial = self._measures.trial(entry, stage, facts.targets)
        parts = trial.parts(start, points)
        finish = points[-1]
        known = [part for part in parts if part.points is not None]
        status = ResultStatus.PENDING
        if at_start is not None or any(at is not None for at in points):
            status = ResultStatus.RUNNING
        if len(known) == len(parts):
            status = ResultStatus.DONE
        held = any(part.time is not None and part.time <= 0 for part in parts)
        return StageResult(
            stage=stage.id,
            car=entry.car_number,
            status=ResultStatus.HELD if held else status,
            time=trial.elapsed(start, finish.at) if start is not None and finish is not None else None,
            deviation=known[-1].deviation if known else None,
            points=points_of(parts),
            source=finish.source if finish is not None else "",
            start=start,
            finish=finish.at if finish is not None else None,
            marks=marks_of_times(stage, facts),
            reason="a point was passed before the one that it is measured from" if held else "",
            parts=parts,
        )

    # what is lacking, and what officials gave ------------------------------------------------------

    def _never_driven(self, stage: Stage, result: StageResult, reason: str) -> StageResult:
        """A stage without a time: an official decides, unless the regulations have a price for it."""
        cost = None
        if stage.kind is StageKind.SS and result.finish is None:
            cost = missed_stage(stage.id, self._rules[stage.id])
        if cost is None:
            return copy_with(result, status=ResultStatus.MISSING, reason=reason)
        return copy_with(result, status=ResultStatus.DONE, time=cost, reason=f"{reason}: charged as missed")

    def _missing(self, stage: Stage, result: StageResult, shut: str) -> StageResult:
        """A test with a line that was never crossed costs what the preset says, or waits for an official."""
        charge = self._rules[stage.id].missed_line
        why = f"{shut} was closed" if shut else ""
        if not shut and stage.finish in self._road.point_controls:
            # The points that were missed are on the penalty list, as controls.
            points = result.points or Decimal(0)
            return copy_with(result, status=ResultStatus.DONE, points=points, reason="a control was missed")
        if stage.kind is StageKind.SS or charge is None:
            what = "no finish time" if result.finish is None else "a time is missing"
            reason = why or f"{what}, and the car was seen later"
            return self._never_driven(stage, result, reason)
        lines = 1
        if stage.kind is StageKind.AVG_TRIAL:
            if any(part.ideal is None for part in result.parts):
                return copy_with(result, status=ResultStatus.MISSING, reason="no ideal time is known")
            lines = sum(1 for part in result.parts if part.points is None)
        missed, reason = Decimal(charge * lines), why or "a line was missed"
        if self._scores:
            # Where tests score, what a missed line brings is a score too: usually none.
            score = (self._measures.score(stage, result) or Decimal(0)) + missed
            return copy_with(result, status=ResultStatus.DONE, score=score, reason=reason)
        points = (result.points or Decimal(0)) + missed
        return copy_with(result, status=ResultStatus.DONE, points=points, reason=reason)

    def _shown_red(self, entry: Entry, facts: StageFacts, result: StageResult) -> StageResult:
        """A run that a red signal spoiled stays in doubt until the clerk gives the crew a time."""
        run = Run(car=entry.car_number, start=result.start, finish=result.finish)
        stop = stop_that_met(run.car, {run.car: run}, facts.stops)
        if stop is None:
            return result
        clock = self._road.event.time.format(stop.at)
        marks = in_mark_order({*result.marks, UNDER_REVIEW})
        return copy_with(result, marks=marks, reason=f"shown red at {clock}: the clerk gives a time")

    def _notional(
        self, entry: Entry, stage: Stage, facts: StageFacts, result: StageResult, act: SetNotional
    ) -> StageResult:
        """The clerk's time instead of a driven one (Motorsport UK NCR 2026 p444 4.20)."""
        judged = None
        if act.time is not None:
            judged = self._measures.judge(entry, stage, facts.targets, act.time)
        return copy_with(
            result,
            status=ResultStatus.DONE,
            time=act.time,
            deviation=None if judged is None else judged.deviation,
            points=act.points if judged is None else judged.points,
            source=_NOTIONAL,
            reason="",
            marks=(RESTARTED if act.method is NotionalMethod.RESTART else NOTIONAL,),
            parts=(),
            score=None,
            allowance=0,
        )

    def _finished(self, stage: Stage, facts: StageFacts, result: StageResult) -> StageResult:
        """Put on the score of a finished test, and the marks."""
        status, score, reason = result.status, result.score, result.reason
        if self._scores and status is ResultStatus.DONE and score is None and stage.kind is not StageKind.SS:
            score = self._measures.score(stage, result)
            if score is None and result.source == _NOTIONAL:
                # Without a table an official gives the score itself.
                score = result.points
            if score is None:
                status, reason = ResultStatus.MISSING, "no score table for such a test"
        marks = result.marks
        doubtful = status in _DOUBTFUL or (facts.allowance is not None and facts.allowance.fault)
        if doubtful or facts.penalised:
            more = ({UNDER_REVIEW} if doubtful else set()) | ({PENALTY} if facts.penalised else set())
            marks = in_mark_order({*marks, *more})
        if facts.cancelled:
            status = ResultStatus.CANCELLED
        if status is result.status and score is result.score and marks == result.marks:
            return result
        return copy_with(result, status=status, score=score, marks=marks, reason=reason)
