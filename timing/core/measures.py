"""The tests and trials of one event, ready to measure crews: what is the same for many is made once."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

from timing.core.average_trials import TimedTrial
from timing.core.entries import Entry
from timing.core.instant import Duration
from timing.core.itinerary import Stage, StageKind
from timing.core.regularity import Measured, TimedTest
from timing.core.results import StageResult
from timing.core.road import Road
from timing.core.rulings import Ruled
from timing.core.stage_amounts import table_score, trial_score
from timing.core.stage_facts import corrected_targets

_TrialKey: TypeAlias = tuple[str, str, tuple[tuple[str, Duration], ...]]


class Measures:
    """Measures tests and trials by the regulations in force on each and the ideal times that stand."""

    def __init__(self, road: Road) -> None:
        self._itinerary = road.event.itinerary
        self._rules = {stage.id: road.rules_of(stage) for stage in road.stages}
        self._tests = {
            stage.id: TimedTest(stage, self._rules[stage.id])
            for stage in road.stages
            if stage.kind is StageKind.REG_TEST
        }
        self._corrected: dict[tuple[str, Duration], TimedTest] = {}
        self._trials: dict[_TrialKey, TimedTrial] = {}
        #: The trials in which the average depends on the crew's category.
        self._by_category = {
            stage.id for stage in road.stages if any(road.by_id[line].averages for line in stage.lines)
        }

    def test(self, stage: Stage, targets: Sequence[Ruled]) -> TimedTest:
        """Return a test with its target; `targets` are the standing corrections of it."""
        target = corrected_targets(stage, targets).get(stage.finish) if targets else None
        if target is None:
            return self._tests[stage.id]
        made = self._corrected.get((stage.id, target))
        if made is None:
            made = self._corrected[stage.id, target] = TimedTest(stage, self._rules[stage.id], target)
        return made

    def trial(self, entry: Entry, stage: Stage, targets: Sequence[Ruled]) -> TimedTrial:
        """Return a trial with the ideal times of a crew's category; `targets` are corrections of them."""
        category = entry.category if stage.id in self._by_category else ""
        corrected = corrected_targets(stage, targets)
        key = stage.id, category, tuple(corrected.items())
        made = self._trials.get(key)
        if made is None:
            made = TimedTrial(self._itinerary, stage, self._rules[stage.id], category, corrected)
            self._trials[key] = made
        return made

    def judge(self, entry: Entry, stage: Stage, targets: Sequence[Ruled], time: Duration) -> Measured | None:
        """Measure a time that an official gave for a test or a whole trial; None where that cannot be."""
        match stage.kind:
            case StageKind.SS:
                return None
            case StageKind.REG_TEST:
                return self.test(stage, targets).judge(time)
            case StageKind.AVG_TRIAL:
                return self.trial(entry, stage, targets).judge(time)

    def score(self, stage: Stage, result: StageResult) -> Decimal | None:
        """Return what a driven test or trial brings by the score table; None without a table or points."""
        rules = self._rules[stage.id]
        points = [part.points for part in result.parts if part.points is not None]
        if stage.kind is StageKind.AVG_TRIAL and points:
            return trial_score(points, rules.avg_score_table)
        table = rules.score_table if stage.kind is StageKind.REG_TEST else rules.avg_score_table
        return None if result.points is None else table_score(result.points, table)
