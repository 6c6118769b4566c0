"""One car's results on all stages, out of its drive, the rulings on it and where it stopped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from timing.core.decisions import Interrupt
from timing.core.drive import Drive
from timing.core.entries import Entry
from timing.core.itinerary import Control, Stage
from timing.core.ordinary_tests import OrdinaryTests, Plan
from timing.core.results import StageResult
from timing.core.road import Road
from timing.core.rulings import NOTHING, CarRulings, Ruled
from timing.core.scoring import Scorer
from timing.core.stage_facts import StageFacts
from timing.core.stamps import Hit
from timing.core.time_allowances import Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What bears on a car's results besides its times.

    `charged` are the stages for which it was penalised, `last_order` the place along the road where it
    was last seen, `excused` tells where it is no longer expected (None: it never stopped).
    """

    rulings: CarRulings
    cancelled: frozenset[str]
    charged: set[str]
    targets: Mapping[str, tuple[Ruled, ...]]
    allowances: Mapping[str, Allowance]
    stops: Mapping[str, tuple[Interrupt, ...]]
    last_order: int
    restarted: bool
    excused: Callable[[Control], bool] | None


@dataclass(slots=True)
class ResultMemory:
    """What a car's results were made of: those of which nothing has changed are not made again."""

    stages: dict[str, tuple[StageFacts, StageResult]] = field(default_factory=dict)
    tests: dict[str, tuple[Hit | None, Hit | None, StageResult]] = field(default_factory=dict)
    """By test its stamps at the two lines; a test without one of them is one that the car has passed."""
    ahead: dict[str, StageResult] = field(default_factory=dict)
    """Tests that the car has not come to, and about which nothing was ruled."""


class ResultMaker:
    """Makes the results of the cars of one event."""

    def __init__(self, road: Road) -> None:
        self._road = road
        self._scorer = Scorer(road)
        self._tests = OrdinaryTests(road, self._scorer)
        plans = self._tests.plans
        self._plans: tuple[tuple[str, Stage, Plan | None, int], ...] = tuple(
            (stage.id, stage, plans.get(stage.id), road.by_id[stage.finish].order) for stage in road.stages
        )

    def make(
        self, entry: Entry, drive: Drive, around: Circumstances, memory: ResultMemory
    ) -> dict[str, StageResult]:
        """Return a car's results by stage in road order."""
        lone = drive.lone
        judge = self._judged
        if around.rulings is not NOTHING or around.excused is not None:
            return {ident: judge(entry, stage, drive, around, memory) for ident, stage, _, _ in self._plans}
        # Where nobody ruled anything and nothing is charged, a test is what its two stamps say.
        noted = {*around.cancelled, *around.charged, *around.targets, *around.stops}
        results: dict[str, StageResult] = {}
        tests, starts, chosen = memory.tests, drive.starts, drive.chosen
        for ident, stage, plan, finish in self._plans:
            start, end = lone.get(stage.start), lone.get(stage.finish)
            if plan is None or ident in starts or ident in noted:
                results[ident] = judge(entry, stage, drive, around, memory)
            elif start is not None and end is not None:
                before = tests.get(ident)
                if before is not None and before[0] is start and before[1] is end:
                    results[ident] = before[2]
                else:
                    result = results[ident] = self._tests.result(entry, plan, start, end)
                    tests[ident] = start, end, result
            elif finish < around.last_order:
                # Behind the car with a line missing: its lone stamps say all, or the scorer is asked.
                alone = (start is not None) is (stage.start in chosen)
                alone = alone and (end is not None) is (stage.finish in chosen) and not stage.neutral
                before = tests.get(ident) if alone else None
                if before is not None and before[0] is start and before[1] is end:
                    results[ident] = before[2]
                else:
                    results[ident] = judge(entry, stage, drive, around, memory)
                    if alone:
                        tests[ident] = start, end, results[ident]
            elif stage.start in chosen or stage.finish in chosen:
                results[ident] = judge(entry, stage, drive, around, memory)
            else:
                ahead = memory.ahead.get(ident)
                if ahead is None:
                    # What the scorer says of a test about which nothing is known yet; half of a replay
                    # would go into asking it that for every crew and every test.
                    ahead = memory.ahead[ident] = StageResult(ident, entry.car_number)
                results[ident] = ahead
        return results

    def _judged(
        self, entry: Entry, stage: Stage, drive: Drive, around: Circumstances, memory: ResultMemory
    ) -> StageResult:
        road, ident = self._road, stage.id
        chosen, rulings, finish = drive.chosen, around.rulings, road.by_id[stage.finish]
        facts = StageFacts(
            tuple([chosen.get(control) for control in road.lines_of[ident]]),
            drive.starts.get(ident),
            rulings.notional.get(ident),
            road.arrival_control.get(ident) in chosen,
            ident in around.cancelled,
            ident in around.charged,
            around.last_order > finish.order,
            around.excused is not None and around.excused(finish),
            around.restarted,
            ident in rulings.failed,
            tuple([chosen.get(line) for pair in stage.neutral for line in pair]),
            around.targets.get(ident, ()),
            around.allowances.get(ident),
            around.stops.get(ident, ()),
        )
        known = memory.stages.get(ident)
        if known is None or known[0] != facts:
            known = memory.stages[ident] = facts, self._scorer.result(entry, stage, facts)
        return known[1]
