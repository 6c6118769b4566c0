"""Cars offered for a stamp that is nobody's: the likely one first, with a reason."""

from tests.core.rallies import Pen, crews, regularity, told
from timing.core.candidates import MOST
from timing.core.decisions import AssignCar
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.records import Record
from timing.core.results import Candidate


def offered(rally: Rally, stamp: Record, control: str = "L1") -> tuple[Candidate, ...]:
    return rally.control_state(control).stamps[stamp.key].candidates


def test_the_car_expected_next_comes_first() -> None:
    pen = Pen()
    stamp = pen.stamp("L1", "10:20:22")
    records = [pen.stamp("L0", "10:20:05", "1"), pen.stamp("L0", "10:20:09", "2"), stamp]
    found = offered(told(regularity(), records), stamp)
    assert [c.car for c in found][:2] == ["1", "2"]
    assert found[0].why == "expected 0:02.0 earlier, next in order"
    assert all(0 <= c.score <= 100 for c in found)


def test_what_the_tracker_saw_weighs_most() -> None:
    pen = Pen()
    stamp = pen.stamp("L0", "10:20:05")
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.stamp("L0", "10:20:02.9", "3", source=Source.G, device="t3"),
        pen.stamp("L0", "10:20:06", "2", source=Source.G, device="t2"),
        stamp,
    ]
    found = offered(told(regularity(), records), stamp, "L0")
    assert [c.car for c in found][:2] == ["2", "3"]
    assert "the tracker saw it 0:01.0 later" in found[0].why


def test_a_number_that_only_looks_like_one_is_pointed_out() -> None:
    pen = Pen()
    stamp = pen.stamp("L1", "10:20:22", "O12")
    rally = told(regularity(crews("7", "12")), [stamp])
    assert offered(rally, stamp)[0].car == "12"
    assert "'O12' looks like its number" in offered(rally, stamp)[0].why


def test_a_car_that_has_a_time_here_is_offered_last() -> None:
    pen = Pen()
    stamp = pen.stamp("L1", "10:20:40")
    records = [
        pen.stamp("L0", "10:20:05", "1"),
        pen.stamp("L1", "10:20:20", "1"),
        pen.stamp("L0", "10:20:23", "2"),
        pen.stamp("L0", "10:20:26", "3"),
        stamp,
    ]
    found = offered(told(regularity(), records), stamp)
    assert [c.car for c in found] == ["2", "3", "1"]
    assert "already has a time here" in found[-1].why


def test_how_long_the_cars_before_took_says_when_the_next_is_due() -> None:
    pen = Pen()
    records: list[Record] = []
    for place, car in enumerate(("1", "2", "3")):
        records += [pen.stamp("TC0", f"10:0{place}", car), pen.stamp("L0", f"10:3{place}:00", car)]
    stamp = pen.stamp("L0", "10:33:30")
    records += [pen.stamp("TC0", "10:03", "4"), stamp, pen.rule(AssignCar(stamp.key, None))]
    found = offered(told(regularity(crews("1", "2", "3", "4")), records), stamp, "L0")
    assert found[0].car == "4"
    # Half an hour from the time control, as the others; the kilometres alone would say ten minutes.
    assert "expected 0:30.0 earlier" in found[0].why


def test_no_more_are_offered_than_a_person_can_choose_from() -> None:
    pen = Pen()
    cars = [str(n) for n in range(1, 20)]
    stamp = pen.stamp("TC0", "10:10:00")
    found = offered(told(regularity(crews(*cars)), [stamp]), stamp, "TC0")
    assert len(found) == MOST
    assert found[0].car == "11"


def test_a_stamp_at_an_hour_when_nobody_can_be_there_is_offered_to_nobody() -> None:
    pen = Pen()
    stamp = pen.stamp("L1", "22:00:00")
    assert offered(told(regularity(), [stamp]), stamp) == ()


def test_a_car_that_was_still_at_an_earlier_line_later_on_is_not_offered() -> None:
    pen = Pen()
    stamp = pen.stamp("L1", "10:20:02")
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.stamp("TC0", "10:01:00", "2"),
        pen.stamp("L0", "10:20:05", "1"),
        stamp,
    ]
    cars = [each.car for each in offered(told(regularity(), records), stamp)]
    assert "2" in cars
    assert "1" not in cars
