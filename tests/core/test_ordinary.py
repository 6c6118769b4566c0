"""The short ways of the fold say exactly what the long ways say, and are taken where they may be."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.rallies import Pen, at, crews, regularity
from timing.core.drive import Drive, follow_leg, stamped
from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND
from timing.core.ordinary import OrdinaryLegs
from timing.core.ordinary_tests import OrdinaryTests
from timing.core.rally import Rally
from timing.core.readings import Source, Stamp, StampMark
from timing.core.records import Record
from timing.core.results import AssignedBy, ResultStatus
from timing.core.road import Road
from timing.core.rulings import NOTHING
from timing.core.scoring import Scorer
from timing.core.sheet import SheetMaker
from timing.core.stage_facts import StageFacts
from timing.core.stamps import Hit, place

EVENT = regularity(crews("1", "2", "3"))
ENTRY = EVENT.entries.by_number["2"]
ROAD = Road(EVENT)
#: Seconds after 10:00 at which car 2, a minute behind the first, is at each control.
USUAL = {"TC0": 60, "L0": 1265, "L1": 1280, "L2": 1301, "L3": 1313, "CT1": 1900, "TC1": 2760}
USUAL |= {"M0": 3000, "M1": 3450, "TC2": 6360}


def hits_of(event: Event, records: list[Record]) -> dict[str, tuple[Hit, ...]]:
    rally = Rally(event)
    rally.add_many(records)
    return {control: tuple(own) for control, own in rally.hits_of("2").items()}


def drive_of(offsets: dict[str, int], pen: Pen) -> list[Record]:
    """Car 2 past its controls, each so many µs off the usual instant."""
    return [
        pen.record(stamp(control, at("10:00") + USUAL[control] * SECOND + off))
        for control, off in offsets.items()
    ]


def stamp(control: str, moment: int, **more: object) -> Stamp:
    source = Source.M if control.startswith("TC") else Source.A
    values: dict[str, object] = {
        "device": f"d-{control}",
        "at": moment,
        "control": control,
        "source": source,
        "car": "2",
    }
    return Stamp(**(values | more))  # type: ignore[arg-type]


def plain(drive: Drive) -> tuple[dict[str, object], dict[str, object]]:
    return dict(drive.chosen), dict(drive.fates)


def at_lines(hits: Mapping[str, Sequence[Hit]]) -> list[Sequence[Hit] | None]:
    return [hits.get(control.id) for control in ROAD.in_leg[1]]


def test_a_clean_drive_takes_the_short_way_and_says_what_the_long_one_says() -> None:
    hits = hits_of(EVENT, drive_of(dict.fromkeys(USUAL, 0), Pen()))
    short = OrdinaryLegs(ROAD).follow(ENTRY, 1, at_lines(hits), NOTHING, {})
    assert short is not None
    assert list(short.lone) == list(USUAL)
    assert plain(short) == plain(follow_leg(ROAD, ENTRY, 1, hits, NOTHING))


def test_a_car_that_comes_to_its_next_line_goes_on_from_its_drive_so_far() -> None:
    legs = OrdinaryLegs(ROAD)
    hits = hits_of(EVENT, drive_of(dict.fromkeys(USUAL, 0), Pen()))
    for number in range(1, len(USUAL)):
        some = dict(list(hits.items())[:number])
        drive = legs.follow(ENTRY, 1, at_lines(some), NOTHING, {})
        more = dict(list(hits.items())[: number + 1])
        assert drive is not None
        on = legs.go_on(ENTRY, 1, drive, at_lines(some), at_lines(more), NOTHING)
        assert on is not None
        assert plain(on) == plain(follow_leg(ROAD, ENTRY, 1, more, NOTHING))
        assert list(on.lone) == list(more)


OFFSETS = st.one_of(st.integers(-2 * SECOND, 2 * SECOND), st.integers(-40 * MINUTE, 40 * MINUTE), st.just(0))
ODD = st.sampled_from(
    [
        {},
        {"source": Source.H},
        {"source": Source.G},
        {"source": Source.G, "uncertainty": 1000},
        {"source": Source.C},
        {"source": Source.M},
        {"marks": (StampMark.UNSYNCED,)},
        {"device": "second"},
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(USUAL)), st.tuples(OFFSETS, ODD), min_size=1),
    st.lists(st.tuples(st.sampled_from(sorted(USUAL)), OFFSETS, ODD), max_size=2),
)
def test_whatever_a_car_does_the_short_way_never_says_anything_else(
    once: dict[str, tuple[int, dict[str, object]]], more: list[tuple[str, int, dict[str, object]]]
) -> None:
    pen = Pen()
    noon = at("10:00")
    said = [(control, off, odd) for control, (off, odd) in once.items()] + more
    records = [
        pen.record(stamp(control, noon + USUAL[control] * SECOND + off, **odd)) for control, off, odd in said
    ]
    hits = hits_of(EVENT, records)
    short = OrdinaryLegs(ROAD).follow(ENTRY, 1, at_lines(hits), NOTHING, {})
    if short is not None:
        assert plain(short) == plain(follow_leg(ROAD, ENTRY, 1, hits, NOTHING))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(USUAL)), OFFSETS, ODD),
        min_size=2,
        max_size=8,
        unique_by=lambda s: s[0],
    ),
    st.booleans(),
)
def test_going_on_never_says_anything_but_what_the_long_way_says(
    said: list[tuple[str, int, dict[str, object]]], by_the_road: bool
) -> None:
    if by_the_road:
        said = sorted(said, key=lambda each: USUAL[each[0]])
    pen, legs, ids = Pen(), OrdinaryLegs(ROAD), [control.id for control in ROAD.in_leg[1]]
    records = [
        pen.record(stamp(control, at("10:00") + USUAL[control] * SECOND + off, **odd))
        for control, off, odd in said
    ]
    before, after = hits_of(EVENT, records[:-1]), hits_of(EVENT, records)
    drive = legs.follow(ENTRY, 1, at_lines(before), NOTHING, {})
    if drive is not None:
        on = legs.go_on(ENTRY, 1, drive, at_lines(before), at_lines(after), NOTHING)
        if on is not None:
            assert plain(on) == plain(follow_leg(ROAD, ENTRY, 1, after, NOTHING))
            assert list(on.lone) == [ident for ident in ids if ident in on.lone]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(-3_000_000, 40_000_000), st.integers(0, 2)), min_size=1, max_size=8))
def test_a_test_between_two_lone_stamps_scores_as_the_scorer_scores_it(
    drives: list[tuple[int, int]],
) -> None:
    scorer, stages = Scorer(ROAD), ["PC1", "PC2", "PC3"]
    tests = OrdinaryTests(ROAD, scorer)
    for took, which in drives:
        stage = EVENT.itinerary.stages[stages[which]]
        start, end = hit(stage.start, at("10:21")), hit(stage.finish, at("10:21") + took)
        facts = StageFacts(
            chosen=(stamped(stage.start, "2", start), stamped(stage.finish, "2", end)),
        )
        expected = scorer.result(ENTRY, stage, facts)
        for _ in range(2):
            assert tests.result(ENTRY, tests.plans[stage.id], start, end) == expected


def hit(control: str, moment: int) -> Hit:
    record = Pen().record(stamp(control, moment))
    assert isinstance(record.body, Stamp)
    return Hit(place(record, record.body, EVENT), AssignedBy.DEVICE)


def test_the_scorer_is_asked_once_for_each_deviation(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = Scorer(ROAD)
    asked: list[str] = []
    real = scorer.result

    def counted(entry: Entry, stage: object, facts: StageFacts) -> object:
        asked.append(entry.car_number)
        return real(entry, stage, facts)  # type: ignore[arg-type]

    monkeypatch.setattr(scorer, "result", counted)
    tests = OrdinaryTests(ROAD, scorer)
    plan = tests.plans["PC1"]
    for off in (0, 10_000, 0, 10_000, 0):
        result = tests.result(ENTRY, plan, hit("L0", at("10:21")), hit("L1", at("10:21:15") + off))
        assert result.status is ResultStatus.DONE
    assert len(asked) == 2


def sheet_anew(event: Event, rally: Rally, car: str, cancelled: frozenset[str] = frozenset()) -> object:
    """The sheet made from nothing, by the long way."""
    maker = SheetMaker(Road(event))
    maker.take_no_short_way()
    sheet = maker.make(event.entries.by_number[car], rally.hits_of(car), NOTHING, cancelled)
    return facts_of(sheet)


def facts_of(sheet: object) -> dict[str, object]:
    names = [name for name in type(sheet).__dataclass_fields__ if name != "drive"]  # type: ignore[attr-defined]
    drive = sheet.drive  # type: ignore[attr-defined]
    return {name: getattr(sheet, name) for name in names} | {
        "chosen": dict(drive.chosen),
        "fates": dict(drive.fates),
        "starts": dict(drive.starts),
        "wheels": dict(drive.wheels),
    }


@pytest.mark.parametrize("seed", range(8))
def test_after_every_stamp_the_sheets_are_those_made_from_nothing(seed: int) -> None:
    chance = random.Random(seed)
    pen = Pen()
    records: list[Record] = []
    for place_, car in enumerate(EVENT.entries.by_number):
        for control, seconds in USUAL.items():
            moment = at("10:00") + (seconds + 60 * (place_ - 1)) * SECOND + chance.randrange(-SECOND, SECOND)
            records.append(pen.record(stamp(control, moment, car=car)))
            if chance.random() < 0.15:
                records.append(pen.record(stamp(control, moment + 200_000, car=car, device="b")))
            if chance.random() < 0.1:
                records.append(pen.record(replace(records[-1].body, cancelled=True)))  # type: ignore[arg-type]
            if chance.random() < 0.1:
                records.append(pen.record(stamp(control, moment + 90 * SECOND, car=None, device="c")))
    chance.shuffle(records)
    rally = Rally(EVENT)
    for record in records:
        rally.add(record)
        for car in EVENT.entries.by_number:
            assert facts_of(rally.sheet(car)) == sheet_anew(EVENT, rally, car)
