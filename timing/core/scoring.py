"""One car on one stage: the result that follows from its times, the rulings and how far it has got."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from timing.core.decisions import SetNotional
from timing.core.entries import Entry
from timing.core.instant import Duration
from timing.core.itinerary import Stage, StageKind
from timing.core.regularity import deviation_points, ideal_between, score_test, score_trial
from timing.core.results import (
    CORRECTED,
    NOTIONAL,
    PENALTY,
    UNDER_REVIEW,
    Chosen,
    ResultStatus,
    StageResult,
    in_mark_order,
)
from timing.core.road import Road
from timing.core.rulings import Ruled
from timing.core.stage_times import StageStart, score_stage


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFacts:
    """All that one car's result on one stage depends on.

    `chosen` are the times at the stage's controls, start first, finish last; `arrived` says that the
    car checked in at the arrival control before; `passed` that it was seen behind the finish;
    `excused` that it had stopped before the finish, `restarted` that it went on with a later leg.
    """

    chosen: tuple[Chosen | None, ...]
    start: StageStart | None = None
    notional: Ruled | None = None
    arrived: bool = False
    cancelled: bool = False
    penalised: bool = False
    passed: bool = False
    excused: bool = False
    restarted: bool = False


class Scorer:
    """Scores stages of one event; holds the ideal times, which are the same for all cars."""

    def __init__(self, road: Road) -> None:
        self._road = road
        itinerary = road.event.itinerary
        self._ideals: dict[str, dict[str, Fraction | None]] = {
            stage.id: {
                control: ideal_between(itinerary, stage, stage.start, control)
                for control in (*stage.between, stage.finish)
            }
            for stage in road.stages
            if stage.kind is StageKind.AVG_TRIAL
        }

    def result(self, entry: Entry, stage: Stage, facts: StageFacts) -> StageResult:
        """Return a car's result on a stage."""
        controls = (stage.start, *stage.between, stage.finish)
        pairs = zip(controls, facts.chosen, strict=True)
        chosen = {control: at for control, at in pairs if at is not None}
        result = self._driven(entry, stage, facts, chosen)
        if result.status in (ResultStatus.PENDING, ResultStatus.RUNNING):
            if (facts.passed or facts.chosen[-1] is not None) and not facts.excused:
                result = self._missing(stage, result)
            elif facts.excused and facts.restarted:
                result = replace(result, status=ResultStatus.MISSING, reason="not driven: out of the leg")
        marks = set(result.marks) | _marks(stage, chosen, facts.start)
        if facts.notional is not None and isinstance(facts.notional.decision.act, SetNotional):
            result = self._notional(stage, result, facts.notional.decision.act)
            marks = {NOTIONAL}
        if result.status in (ResultStatus.MISSING, ResultStatus.HELD):
            marks.add(UNDER_REVIEW)
        if facts.penalised:
            marks.add(PENALTY)
        if facts.cancelled:
            result = replace(result, status=ResultStatus.CANCELLED)
        ordered = in_mark_order(marks)
        return result if ordered == result.marks else replace(result, marks=ordered)

    def _driven(
        self, entry: Entry, stage: Stage, facts: StageFacts, chosen: Mapping[str, Chosen]
    ) -> StageResult:
        car = entry.car_number
        match stage.kind:
            case StageKind.SS:
                started = bool(chosen) or facts.arrived
                return score_stage(self._road, stage, car, facts.start, chosen, started=started)
            case StageKind.REG_TEST:
                return score_test(
                    stage, car, chosen.get(stage.start), chosen.get(stage.finish), self._road.preset
                )
            case StageKind.AVG_TRIAL:
                return score_trial(stage, car, chosen, self._ideals[stage.id], self._road.preset)

    def _missing(self, stage: Stage, result: StageResult) -> StageResult:
        """A test with a line that was never crossed costs what the preset says, or waits for an official."""
        charge = self._road.preset.missed_line
        if stage.kind is StageKind.SS or charge is None:
            what = "no finish time" if result.finish is None else "a time is missing"
            return replace(result, status=ResultStatus.MISSING, reason=f"{what}, and the car was seen later")
        lines = 1
        if stage.kind is StageKind.AVG_TRIAL:
            lines = sum(1 for part in result.parts if part.points is None)
        points = (result.points or Decimal(0)) + charge * lines
        return replace(result, status=ResultStatus.DONE, points=points, reason="a line was missed")

    def _notional(self, stage: Stage, result: StageResult, act: SetNotional) -> StageResult:
        """The clerk's time instead of a driven one (Motorsport UK NCR 2026 p444 4.20)."""
        preset = self._road.rules_of(stage)
        time = act.time
        deviation: Duration | None = None
        points: Decimal | None = act.points
        if time is None:
            pass
        elif stage.kind is StageKind.REG_TEST:
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
