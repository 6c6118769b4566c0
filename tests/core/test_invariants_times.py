"""What holds of times and penalties under any regulations, whatever the cars do."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.driven import drive_all
from tests.core.kinds import EVENTS
from tests.core.rallies import Pen, at, told
from timing.core.decisions import CorrectTime, Decision
from timing.core.event import Event
from timing.core.instant import DAY, HOUR, MINUTE, Instant
from timing.core.itinerary import StageKind
from timing.core.preset import MinuteRule, Unit
from timing.core.rally import Rally
from timing.core.readings import Source, Stamp
from timing.core.records import Record
from timing.core.results import ResultStatus
from timing.core.road import Road

MADE: Mapping[str, Event] = {name: make() for name, make in EVENTS.items()}
WITH_STAGES = [
    name
    for name, event in MADE.items()
    if any(stage.kind is StageKind.SS for stage in event.itinerary.stages.values())
]
CHARGED = [
    name
    for name, event in MADE.items()
    if event.preset.minute_rule is MinuteRule.FLOOR_MINUTE
    and event.preset.tc_late_per_min
    and event.preset.tc_early_per_min
    and {"TC0", "TC1"} <= event.itinerary.controls.keys()
]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(WITH_STAGES),
    st.integers(0, 20 * MINUTE),
    st.integers(0, 3 * MINUTE),
    st.integers(-MINUTE, MINUTE),
)
def test_a_later_finish_never_gives_a_shorter_stage(name: str, driven: int, later: int, start: int) -> None:
    event = MADE[name]
    stage = next(stage for stage in event.itinerary.stages.values() if stage.kind is StageKind.SS)
    begin = at("14:00") + start
    times: list[int | None] = []
    for finish in (begin + driven, begin + driven + later):
        pen = Pen()
        rulings = [
            pen.rule(CorrectTime(stage.start, "1", begin)),
            pen.rule(CorrectTime(stage.finish, "1", finish)),
        ]
        times.append(told(event, rulings).sheet("1").results[stage.id].time)
    if times[0] is not None and times[1] is not None:
        assert times[0] <= times[1]


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(CHARGED),
    st.one_of(st.sampled_from([-1, 0, MINUTE - 1, MINUTE]), st.integers(-3 * MINUTE, 4 * MINUTE)),
)
def test_only_the_whole_due_minute_is_free(name: str, off: int) -> None:
    event, pen = MADE[name], Pen()
    entry = event.entries.by_number["1"]
    first, control = event.itinerary.controls["TC0"], event.itinerary.controls["TC1"]
    left = Road(event).scheduled(first, entry)
    assert left is not None
    rally = told(event, [pen.record(check_in("TC0", left, "1"))])
    due = rally.due("TC1", "1")
    assert due is not None
    assert due % MINUTE == 0
    rally.add(pen.record(check_in("TC1", due + off, "1")))
    rows = [row for row in rally.sheet("1").rows if row.control == "TC1"]
    free = 0 <= off < MINUTE or (off < 0 and control.early_allowed)
    assert bool(rows) is not free
    assert all(row.amount is None or row.amount > 0 or row.fails for row in rows)


def check_in(control: str, moment: Instant, car: str) -> Stamp:
    return Stamp(device="table", at=moment, control=control, source=Source.M, car=car)


#: A tour opens with its day: at another hour it is another tour.
SHIFTS = [
    (name, shift)
    for name, event in MADE.items()
    for shift in (DAY, -DAY, 35 * DAY, 182 * DAY, 9 * HOUR)
    if event.preset.unit is not Unit.NONE or shift % DAY == 0
]


@pytest.mark.parametrize(("name", "shift"), SHIFTS)
def test_a_rally_on_another_day_or_through_midnight_comes_to_the_same(name: str, shift: int) -> None:
    event = MADE[name]
    records = drive_all(event, seed=shift // HOUR % 5)
    moved = told(shifted_event(event, shift), [shifted(record, shift) for record in records])
    assert timeless(moved) == timeless(told(event, records))


def shifted(record: Record, shift: int) -> Record:
    body = record.body
    changes: dict[str, object] = {"at": body.at + shift}
    if isinstance(body, Decision) and isinstance(body.act, CorrectTime):
        changes["act"] = replace(body.act, at=body.act.at + shift)
    # The keys stay: the rulings name them.
    return replace(record, body=replace(body, **changes))  # type: ignore[arg-type]


def shifted_event(event: Event, shift: int) -> Event:
    def later(moment: Instant | None) -> Instant | None:
        return None if moment is None else moment + shift

    days = dt.timedelta(days=shift // DAY)
    controls = {
        ident: replace(c, first_car=later(c.first_car), opens=later(c.opens), closes=later(c.closes))
        for ident, c in event.itinerary.controls.items()
    }
    legs = {number: replace(leg, day=leg.day + days) for number, leg in event.itinerary.legs.items()}
    return replace(event, itinerary=replace(event.itinerary, controls=controls, legs=legs))


def timeless(rally: Rally) -> dict[str, object]:
    """Everything that is counted; no instants."""
    found: dict[str, object] = {}
    for car in rally.event.entries.by_number:
        sheet = rally.sheet(car)
        found[f"results {car}"] = [
            (r.stage, r.status, r.time, r.deviation, r.points, r.score, r.marks)
            for r in sheet.results.values()
        ]
        found[f"rows {car}"] = [(r.rule, r.amount, r.control, r.fails, r.text) for r in sheet.rows]
        found[f"late {car}"] = [(c.control, c.late, c.in_all) for c in sheet.check_ins.values()]
        found[f"state {car}"] = (sheet.status, sheet.standing, sheet.missed)
    for scope in rally.scopes():
        rows = rally.classification(scope).rows.values()
        found[scope] = [(row.car, row.rank, row.total, row.gap, row.to_previous) for row in rows]
    return found


def test_the_generated_rallies_hold_what_they_are_to_prove() -> None:
    # A property over rallies in which nothing happens would prove nothing.
    seen: set[object] = set()
    for name, event in MADE.items():
        rally = told(event, drive_all(event, 1))
        for car in event.entries.by_number:
            sheet = rally.sheet(car)
            seen |= {row.rule for row in sheet.rows} | {result.status for result in sheet.results.values()}
            seen |= {mark for result in sheet.results.values() for mark in result.marks}
            seen.add(sheet.standing)
        assert any(row.total for row in rally.classification("overall").rows.values()) or name == "tour"
    assert {"late", "early", "false start", "missed control", "speeding", "?", "N", "*"} <= seen
    assert {ResultStatus.DONE, ResultStatus.MISSING} <= seen
