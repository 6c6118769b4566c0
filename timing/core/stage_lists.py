"""The results of one stage in their order: ranks, gaps to the best and to the row above.

Ranking uses official values only, which are already cut: what is shown as equal is equal. Held,
missing and cancelled results have no rank and stand behind those that have; so do course cars.
"""

from collections.abc import Iterable
from typing import NamedTuple

from timing.core.entries import Entry
from timing.core.fact import copy_with
from timing.core.itinerary import Stage
from timing.core.ordering import Manner, Merit, Order, Placed, Rows, Spot
from timing.core.preset import Better, Preset, Unit
from timing.core.results import Amount, ResultStatus, StageResult
from timing.core.stage_amounts import stage_amount
from timing.core.tie_breaks import ranking_value

_LISTED = (
    ResultStatus.DONE,
    ResultStatus.RUNNING,
    ResultStatus.HELD,
    ResultStatus.MISSING,
    ResultStatus.CANCELLED,
)


class Raced(NamedTuple):
    """A crew's result and the value that ranks it."""

    result: StageResult
    value: Amount | None


class _Manner(Manner[Raced, StageResult]):
    def gap(self, one: Raced, ahead: Raced, /) -> Amount | None:
        if one.value is None or ahead.value is None:
            return None
        behind = one.value - ahead.value
        return behind if behind >= 0 else -behind

    def row(self, item: Raced, spot: Spot, /) -> StageResult:
        return copy_with(
            item.result, rank=spot.rank, order=spot.order, gap=spot.gap, to_previous=spot.to_previous
        )


class StageList:
    """The results of one stage, kept in order while single results change."""

    def __init__(self, stage: Stage, preset: Preset) -> None:
        self._stage = stage
        self._preset = preset
        self._order: Order[Raced, StageResult] = Order(_Manner())

    def put(self, entry: Entry, result: StageResult) -> None:
        """Take in a crew's result instead of the one before; a crew that has not begun is left out."""
        line = self._line(entry, result)
        if line is None:
            self._order.drop(entry.car_number)
        else:
            self._order.put(line.name, line.merit, line.start, line.item)

    def fill(self, results: Iterable[tuple[Entry, StageResult]]) -> None:
        """Take in all results at once."""
        lines = [self._line(entry, result) for entry, result in results]
        self._order.fill([line for line in lines if line is not None])

    def rows(self) -> Rows[Raced, StageResult]:
        """Return the results by car in display order, with ranks and gaps."""
        return self._order.rows()

    def _line(self, entry: Entry, result: StageResult) -> Placed[Raced] | None:
        if result.status is ResultStatus.PENDING:
            return None
        value = self._value(entry, result)
        merit: Merit
        if result.status is ResultStatus.DONE and value is not None and not entry.course_car:
            highest = self._preset.unit is Unit.SCORE and self._preset.better is Better.HIGHEST
            merit = (0, -value if highest else value)
        else:
            merit = (1 + _LISTED.index(result.status), value if value is not None else 0)
        return Placed(merit, entry.order, entry.car_number, Raced(result, value))

    def _value(self, entry: Entry, result: StageResult) -> Amount | None:
        """What ranks: time, points, or in a rally of scores the score with the coefficient in it."""
        if self._preset.unit is Unit.SCORE:
            score = stage_amount(self._stage, result, entry, self._preset)
            return score if result.status is ResultStatus.DONE else None
        return ranking_value(self._stage.kind, result)


def rank_stage(
    stage: Stage,
    results: Iterable[tuple[Entry, StageResult]],
    preset: Preset,
) -> dict[str, StageResult]:
    """Rank the results of one stage; the mapping is in display order, pending crews left out.

    Args:
        stage: the stage.
        results: the crews with their results, in any order.
        preset: the event's regulations.
    """
    made = StageList(stage, preset)
    made.fill(results)
    return dict(made.rows().items())
