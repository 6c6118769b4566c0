"""What holds of a rally whatever the order, the repetition and the taking back of its records."""

import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.core.driven import drive_all
from tests.core.kinds import EVENTS
from tests.core.rallies import Pen, told
from timing.core.decisions import MarkSpurious, Restore, Withdraw
from timing.core.event import Event
from timing.core.preset import Better, Unit
from timing.core.rally import Rally
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.core.results import Amount, ResultStatus, StandingStatus
from timing.core.stage_amounts import stage_amount, without_worst

MADE: Mapping[str, Event] = {name: make() for name, make in EVENTS.items()}


def answers(rally: Rally) -> dict[str, object]:
    """What a rally says to spectators, officials and timekeepers."""
    event = rally.event
    return {
        "stages": {s: [repr(r) for r in rally.stage_results(s).values()] for s in event.itinerary.stages},
        "progress": {s: (rally.stage_status(s), rally.stage_progress(s)) for s in event.itinerary.stages},
        "lists": {s: [repr(r) for r in rally.classification(s).rows.values()] for s in rally.scopes()},
        "crews": {car: repr(rally.crew_state(car)) for car in event.entries.by_number},
        "controls": {c: repr(rally.control_state(c)) for c in event.itinerary.controls},
    }


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("seed", range(3))
def test_any_order_with_any_repetition_comes_to_the_same(name: str, seed: int) -> None:
    event, chance = MADE[name], random.Random(seed)
    records = drive_all(event, seed)
    expected = answers(told(event, records))
    repeated = [replace(record, seq=record.seq + 10_000) for record in chance.sample(records, 10)]
    shuffled = [*records, *repeated]
    chance.shuffle(shuffled)
    rally = Rally(event)
    for start in range(0, len(shuffled), 7):
        rally.add_many(shuffled[start : start + 7])
        if start % 35 == 0:
            # Asking in between must not leave anything behind.
            rally.classification("overall")
            rally.stage_results(next(iter(event.itinerary.stages)))
    assert answers(rally) == expected


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("seed", range(4))
def test_stages_and_penalties_come_to_the_total_of_every_crew(name: str, seed: int) -> None:
    event = MADE[name]
    rally = told(event, drive_all(event, seed))
    for car, row in rally.classification("overall").rows.items():
        sheet, preset = rally.sheet(car), event.preset
        if row.total is None:
            assert preset.unit is Unit.NONE or not row.stages_done
            continue
        amounts = [
            stage_amount(event.itinerary.stages[stage], result, sheet.entry, preset)
            for stage, result in sheet.results.items()
            if result.status is ResultStatus.DONE
        ]
        counted: list[Amount] = [amount for amount in amounts if amount is not None]
        penalties = sum((Decimal(each.amount) for each in sheet.rows if each.amount is not None), Decimal(0))
        sign = -1 if preset.unit is Unit.SCORE else 1
        kept = without_worst(counted, preset.drop_worst, preset.better)
        assert row.total == sum((Decimal(each) for each in kept), Decimal(0)) + sign * penalties


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("seed", range(4))
def test_gaps_of_a_class_are_differences_of_the_overall_list(name: str, seed: int) -> None:
    event = MADE[name]
    rally = told(event, drive_all(event, seed))
    overall = rally.classification("overall").rows
    for scope in rally.scopes():
        if not scope.startswith("class-"):
            continue
        rows = list(rally.classification(scope).rows.values())
        for row in rows:
            assert row.total == overall[row.car].total
            assert row.status == overall[row.car].status
        ranked = [row for row in rows if row.rank is not None]
        for row in ranked:
            if row.gap is not None:
                leader = ranked[0]
                assert row.total is not None
                assert leader.total is not None
                worse = row.total - leader.total
                assert row.gap == (-worse if event.preset.better is Better.HIGHEST else worse)
        for ahead, behind in pairwise(ranked):
            one, other = overall[ahead.car], overall[behind.car]
            assert one.rank is not None
            assert other.rank is not None
            assert one.rank <= other.rank


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("seed", range(3))
def test_a_stamp_taken_out_and_put_back_leaves_no_trace(name: str, seed: int) -> None:
    event, chance, pen = MADE[name], random.Random(seed), Pen(50_000)
    records = drive_all(event, seed)
    rally = told(event, records)
    before = answers(rally)
    for number, record in enumerate(chance.sample([r for r in records if isinstance(r.body, Stamp)], 6)):
        ruled = any(
            record.key == getattr(getattr(other.body, "act", None), "stamp", None) for other in records
        )
        if ruled:
            continue
        out = pen.rule(MarkSpurious(record.key), f"out{number}", clock="19:00")
        rally.add(out)
        back: Record = (
            pen.rule(Restore(record.key), f"back{number}", clock="19:01")
            if chance.random() < 0.5
            else pen.rule(Withdraw(f"out{number}"), f"back{number}", clock="19:01")
        )
        rally.add(back)
        assert answers(rally) == before


@pytest.mark.parametrize("name", MADE)
def test_a_crew_that_is_out_never_ranks_and_a_ranked_crew_is_whole(name: str) -> None:
    event = MADE[name]
    rally = told(event, drive_all(event, 2))
    for row in rally.classification("overall").rows.values():
        if row.rank is not None:
            assert (row.status, row.complete) == (StandingStatus.CLASSIFIED, True)
