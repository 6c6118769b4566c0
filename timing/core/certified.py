"""Results and lists that stand whatever later records say, until an official accepts what they say.

The fold goes on beside them: a sheet's own results are what the records say now; in every list that is
shown, a certified stage counts with its certified results.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from timing.core.fact import copy_with
from timing.core.results import Classification, ResultStatus, StageResult
from timing.core.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands: certified results by stage and car, issued lists by scope."""

    stages: Mapping[str, Mapping[str, StageResult]] = field(default_factory=dict)
    lists: Mapping[str, Classification] = field(default_factory=dict)


class Certified:
    """Puts certified results in the place of live ones; remembers for which cars the two differ."""

    def __init__(self) -> None:
        self._stages: dict[str, Mapping[str, StageResult]] = {}
        self.lists: Mapping[str, Classification] = {}
        self._known: dict[str, dict[str, tuple[StageResult, StageResult]]] = {}
        self._moved: dict[str, set[str]] = {}

    def stand(self, standing: Standing, sheets: Mapping[str, Sheet]) -> tuple[frozenset[str], frozenset[str]]:
        """Take what stands from now on; return for which stages and scopes, and for which cars, it is new."""
        new = {stage for stage, rows in standing.stages.items() if self._stages.get(stage) is not rows}
        new |= self._stages.keys() - standing.stages.keys()
        lists = {
            scope
            for scope in standing.lists.keys() | self.lists.keys()
            if standing.lists.get(scope) is not self.lists.get(scope)
        }
        cars = {car for stage in new for car in self._moved.get(stage, ())}
        self._stages = dict(standing.stages)
        self.lists = dict(standing.lists)
        for stage in new:
            self._known[stage] = {}
            self._moved[stage] = set()
            if stage in self._stages:
                for sheet in sheets.values():
                    self._result(sheet, stage)
                cars |= self._moved[stage]
        return frozenset(new | lists), frozenset(cars)

    def moved(self, stage: str) -> frozenset[str]:
        """Return the cars of whose certified result on a stage the records now say something else."""
        return frozenset(self._moved.get(stage, ()))

    def shown(self, sheet: Sheet) -> Sheet:
        """Return a sheet with the certified results in place; the very same one where nothing differs."""
        results = ((stage, self._result(sheet, stage)) for stage in self._stages)
        put = {stage: result for stage, result in results if result is not sheet.results[stage]}
        return replace(sheet, results={**sheet.results, **put}) if put else sheet

    def _result(self, sheet: Sheet, stage: str) -> StageResult:
        """The result that counts, worked out once for each live one; notes whether the two differ."""
        car, live = sheet.entry.car_number, sheet.results[stage]
        known = self._known[stage].get(car)
        if known is None or known[0] is not live:
            known = self._known[stage][car] = (live, _standing(self._stages[stage].get(car), live))
            (self._moved[stage].discard if known[1] is live else self._moved[stage].add)(car)
        return known[1]


def _standing(certified: StageResult | None, live: StageResult) -> StageResult:
    """The result that counts: the live one itself where it says what was certified."""
    if certified is None:
        # The crew is on no certified sheet: for it the stage stays as if it had not begun it.
        return live if live.status is ResultStatus.PENDING else StageResult(stage=live.stage, car=live.car)
    stands = _bare(certified)
    return live if _values(stands) == _values(live) else stands


def _bare(result: StageResult) -> StageResult:
    """A result without its place in a list."""
    return copy_with(result, rank=None, order=0, gap=None, to_previous=None)


def _values(result: StageResult) -> tuple[object, ...]:
    """What of a result is certified; why it is as it is may be put into other words."""
    return (
        result.status,
        result.time,
        result.driven,
        result.deviation,
        result.points,
        result.score,
        result.allowance,
        result.start,
        result.finish,
        result.source,
        result.marks,
        tuple(replace(part, seq=None) for part in result.parts),
    )
