"""The index of stamps: any order of stamp, withdrawal and ruling, carried along the road."""

import itertools

from tests.core.rallies import Pen, at, crews, regularity
from timing.core.decisions import AssignCar, Decision, MarkSpurious
from timing.core.line_book import LineBook
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.core.road import Road
from timing.core.rulings import Rulings
from timing.core.stamps import place


class Desk:
    """A book with its rulings, told records one by one."""

    def __init__(self) -> None:
        self.event = regularity(crews("1", "2", "3"))
        self.road = Road(self.event)
        self.rulings = Rulings(self.event.entries)
        self.book = LineBook(self.road, self.rulings)

    def hear(self, *records: Record) -> set[str]:
        for record in records:
            if isinstance(record.body, Stamp):
                self.book.add(place(record, record.body, self.event))
            elif isinstance(record.body, Decision):
                for subject in self.rulings.add(record.body, record.seq):
                    self.book.rule_on(subject.id)
        cars, _ = self.book.settle()
        return cars

    def owners(self, control: str) -> dict[str, list[int]]:
        hits = self.book.matched(control).hits
        return {car: [hit.at for hit in own] for car, own in hits.items()}


def test_a_car_found_at_one_line_is_found_at_the_next_ones_too() -> None:
    pen = Pen()
    desk = Desk()
    lines = [pen.stamp(line, f"10:20:{s}") for line, s in (("L1", "20"), ("L2", "41"), ("L3", "53"))]
    assert desk.hear(*lines) == set()
    assert desk.hear(pen.stamp("L0", "10:20:05", "2")) == {"2"}
    assert [list(desk.owners(line)) for line in ("L0", "L1", "L2", "L3")] == [["2"]] * 4
    assert desk.book.first_at("L3", "2") == at("10:20:53")


def test_taking_the_first_number_away_takes_the_others_with_it() -> None:
    pen = Pen()
    first = pen.stamp("L0", "10:20:05", "2")
    desk = Desk()
    desk.hear(first, pen.stamp("L1", "10:20:20"), pen.stamp("L2", "10:20:41"))
    assert desk.hear(pen.rule(MarkSpurious(first.key))) == {"2"}
    assert [desk.owners(line) for line in ("L0", "L1", "L2")] == [{}, {}, {}]


def test_stamp_ruling_and_withdrawal_may_come_in_any_order() -> None:
    pen = Pen()
    stamp = pen.stamp("L1", "10:20:20")
    records = [
        stamp,
        pen.stamp("L1", "10:20:20", cancelled=True),
        pen.rule(AssignCar(stamp.key, "3")),
        pen.stamp("L1", "10:20:25", "1"),
    ]
    for order in itertools.permutations(records):
        desk = Desk()
        for record in order:
            desk.hear(record)
        assert desk.owners("L1") == {"1": [at("10:20:25")]}
        assert desk.book.withdrawn(desk.book.stamps_at("L1")[stamp.key])


def test_the_windows_at_a_legs_first_control_come_from_the_start_list() -> None:
    desk = Desk()
    windows = desk.book.windows(desk.road.by_id["TC0"])
    assert windows["2"].usual == at("10:01")
    assert (windows["2"].least, windows["2"].most) == (at("09:46"), at("10:31"))


def test_only_cars_that_passed_the_control_before_are_due_at_a_line() -> None:
    pen = Pen()
    desk = Desk()
    desk.hear(
        pen.stamp("TC0", "10:00", "1"), pen.stamp("TC0", "10:01", "2"), pen.stamp("L0", "10:20:05", "2")
    )
    windows = desk.book.windows(desk.road.by_id["L1"])
    assert set(windows) == {"2"}
    assert windows["2"].usual == at("10:20:20")


def test_hits_and_spurious_marks_are_read_back_by_car_and_key() -> None:
    pen = Pen()
    desk = Desk()
    stamp = pen.stamp("L0", "10:20:05", "2")
    desk.hear(stamp)
    assert list(desk.book.hits_of("2")) == ["L0"]
    assert not desk.book.spurious(stamp.key)
    desk.hear(pen.rule(MarkSpurious(stamp.key)))
    assert desk.book.spurious(stamp.key)
    assert desk.book.hits_of("2") == {}
