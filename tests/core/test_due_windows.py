"""When cars may come to a control, kept up to date, and who is the one car that may have made a stamp."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.driven import drive_all
from tests.core.kinds import EVENTS
from tests.core.rallies import Pen, at, regularity
from timing.core.instant import MILLISECOND, SECOND
from timing.core.line_book import LineBook
from timing.core.matching import Claim, Window, match
from timing.core.readings import Source, Stamp
from timing.core.records import Record
from timing.core.results import AssignedBy
from timing.core.road import Road
from timing.core.rulings import Rulings
from timing.core.stamps import place

EVENT = regularity()
NOON = at("12:00")


@pytest.mark.parametrize("name", EVENTS)
def test_windows_kept_up_to_date_are_those_made_from_nothing(name: str) -> None:
    """Some stamps lose their numbers, so that lines are matched, and cars move between them."""
    event, chance = EVENTS[name](), random.Random(5)
    stamps = [record.body for record in drive_all(event, 5) if isinstance(record.body, Stamp)]
    pen = Pen()
    records = [
        pen.record(stamp if chance.random() < 0.7 else nameless(stamp)) for stamp in stamps if stamp.control
    ]
    chance.shuffle(records)
    road = Road(event)
    kept = LineBook(road, Rulings(event.entries))
    looks = {*chance.sample(range(len(records)), 4), len(records) - 1}
    for number, record in enumerate(records):
        hear(kept, record, road)
        kept.settle()
        chosen = chance.choice(road.controls)
        kept.windows(chosen)
        if number not in looks:
            continue
        anew = LineBook(road, Rulings(event.entries))
        for known in records[: number + 1]:
            hear(anew, known, road)
        anew.settle()
        for control in road.controls:
            assert kept.windows(control) == anew.windows(control)
            assert kept.matched(control.id) == anew.matched(control.id)


def nameless(stamp: Stamp) -> Stamp:
    return Stamp(device=stamp.device, at=stamp.at, control=stamp.control, source=stamp.source)


def hear(book: LineBook, record: Record, road: Road) -> None:
    assert isinstance(record.body, Stamp)
    book.add(place(record, record.body, road.event))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from("AH")), max_size=10, unique_by=lambda s: s[0]),
    st.dictionaries(
        st.sampled_from("123456789"), st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=9
    ),
    st.sets(st.sampled_from("123456789"), max_size=3),
)
def test_a_stamp_is_given_to_the_only_car_that_fits_where_it_is_the_only_stamp_that_fits_it(
    lines: list[tuple[int, str]], due: dict[str, tuple[int, int]], timed: set[str]
) -> None:
    """By definition, pair by pair: whose window has the stamp in it, and lacks a time of its source."""
    pen = Pen()
    claims = [claim(pen, NOON + second * SECOND, source, None) for second, source in lines]
    # Cars with a time of the sensor already, far from all others.
    claims += [claim(pen, NOON + (1000 + 10 * int(car)) * SECOND, "A", car) for car in timed]
    windows = {
        car: Window(NOON + begin * SECOND, NOON + begin * SECOND, NOON + (begin + long) * SECOND)
        for car, (begin, long) in due.items()
    }
    fits = {
        (second, source): [
            car
            for car, (begin, long) in due.items()
            if begin <= second <= begin + long and not (source == "A" and car in timed)
        ]
        for second, source in lines
    }
    wanted: dict[str, set[int]] = {}
    for (second, _), cars in fits.items():
        if len(cars) == 1 and sum(cars[0] in others for others in fits.values()) == 1:
            wanted.setdefault(cars[0], set()).add(NOON + second * SECOND)
    found = match(claims, lambda: windows, 500 * MILLISECOND)
    given_by_order = {
        car: {hit.at for hit in hits if hit.by is AssignedBy.ORDER} for car, hits in found.hits.items()
    }
    assert {car: ats for car, ats in given_by_order.items() if ats} == wanted


def claim(pen: Pen, moment: int, source: str, car: str | None) -> Claim:
    record = pen.record(Stamp(device=source, at=moment, control="L1", source=Source(source), car=car))
    assert isinstance(record.body, Stamp)
    return Claim(place(record, record.body, EVENT), car, AssignedBy.DEVICE)
