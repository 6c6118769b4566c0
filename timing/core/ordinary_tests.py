"""Regularity tests between two lone stamps: what the scorer says of one, it says of all like it.

A test that was driven from line to line has a time, a deviation and what follows from the deviation.
The first result with a deviation is the scorer's; those of other crews with the same deviation under
the same regulations differ from it in the crew and the instants alone. Whether they do is tried on
the first one itself: where the scorer's result holds more, it is asked each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from timing.core.drive import stamped
from timing.core.entries import Entry
from timing.core.instant import Duration, floor_to
from timing.core.itinerary import Stage, StageKind
from timing.core.preset import Truncate
from timing.core.readings import Source
from timing.core.results import CORRECTED, ResultStatus, StageResult
from timing.core.road import Road
from timing.core.scoring import Scorer
from timing.core.stage_facts import StageFacts
from timing.core.stamps import Hit

_DONE = ResultStatus.DONE
_LETTER: Mapping[str, str] = {source: source.value for source in Source}

#: What a test brings: its points, and where scores are counted its score.
_Price: TypeAlias = tuple[Decimal, Decimal | None]
#: By deviation.
_Prices: TypeAlias = dict[Duration, _Price]


@dataclass(frozen=True, slots=True)
class Plan:
    """One test: how its time is cut, against what it is compared; the prices of all tests priced alike."""

    stage: Stage
    resolution: Duration
    both_cut: bool
    target: Duration
    prices: _Prices


class OrdinaryTests:
    """Scores tests of one event that were driven between two lone stamps."""

    def __init__(self, road: Road, scorer: Scorer) -> None:
        self._scorer = scorer
        rules = {stage.id: road.rules_of(stage) for stage in road.stages}
        prices: dict[int, _Prices] = {}
        self.plans: dict[str, Plan] = {
            stage.id: Plan(
                stage=stage,
                resolution=rules[stage.id].test_resolution,
                both_cut=rules[stage.id].test_truncate is Truncate.STAMPS,
                target=floor_to(stage.target or 0, rules[stage.id].test_resolution),
                prices=prices.setdefault(id(rules[stage.id]), {}),
            )
            for stage in road.stages
            if stage.kind is StageKind.REG_TEST and not stage.between and not _has_hours(road, stage)
        }

    def result(self, entry: Entry, test: Plan, start: Hit, end: Hit) -> StageResult:
        """Return a crew's result in a test, out of its only stamps at the two lines."""
        begin, finish = start.placed.stamp.at, end.placed.stamp.at
        cut = test.resolution
        time = finish // cut * cut - begin // cut * cut if test.both_cut else (finish - begin) // cut * cut
        deviation = time - test.target
        price = test.prices.get(deviation)
        if price is None or finish <= begin:
            return self._asked(entry, test, start, end, deviation)
        return StageResult(
            test.stage.id,
            entry.car_number,
            None,
            0,
            time,
            deviation,
            price[0],
            None,
            None,
            _LETTER[end.placed.source],
            () if start.placed.clock is end.placed.clock is None else _marks(start, end),
            _DONE,
            begin,
            finish,
            "",
            (),
            price[1],
        )

    def _asked(self, entry: Entry, test: Plan, start: Hit, end: Hit, deviation: Duration) -> StageResult:
        """Have the scorer say it, and keep what that says about others."""
        stage, car = test.stage, entry.car_number
        times = stamped(stage.start, car, start), stamped(stage.finish, car, end)
        asked = self._scorer.result(entry, stage, StageFacts(chosen=times))
        if asked.points is not None and end.at > start.at:
            test.prices[deviation] = asked.points, asked.score
            if self.result(entry, test, start, end) != asked:
                del test.prices[deviation]
        return asked


def _marks(start: Hit, end: Hit) -> tuple[str, ...]:
    """The mark of a correction, where the clock of one of the lines was put right."""
    clocks = (start.placed.clock, end.placed.clock)
    put_right = any(clock is not None and clock.corrected is not None for clock in clocks)
    return (CORRECTED,) if put_right else ()


def _has_hours(road: Road, stage: Stage) -> bool:
    """Whether a line of the test opens or closes by the clock: then not every passing counts."""
    controls = [road.by_id[line] for line in stage.lines]
    return any(control.opens is not None or control.closes is not None for control in controls)
