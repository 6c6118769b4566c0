"""Stamps without a number: given to a car only when one car fits."""

import pytest

from tests.core.rallies import Pen, at, regularity, told
from timing.core.decisions import AssignCar, MarkSpurious, Role
from timing.core.instant import MILLISECOND, SECOND
from timing.core.matching import Claim, Window, match
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.records import Record
from timing.core.results import AssignedBy, Disposition, ResultStatus
from timing.core.stamps import place

DEBOUNCE = 500 * MILLISECOND


def owners(rally: Rally, control: str) -> list[tuple[str | None, str | None]]:
    return [(s.car, s.assigned_by) for s in rally.control_state(control).stamps.values()]


def chain(pen: Pen, minute: str, car: str | None) -> list[Record]:
    """A car over the four lines of the chained tests."""
    lines = {"L0": "05.00", "L1": "20.07", "L2": "41.05", "L3": "52.98"}
    return [
        pen.stamp(line, f"10:{minute}:{second}", car if line == "L0" else None)
        for line, second in lines.items()
    ]


def test_cars_that_follow_each_other_over_test_lines_need_a_number_only_once() -> None:
    pen = Pen()
    rally = told(regularity(), [*chain(pen, "20", "1"), *chain(pen, "21", "2"), *chain(pen, "22", "3")])
    for stage, points in (("PC1", 7), ("PC2", 2), ("PC3", 7)):
        assert {car: r.points for car, r in rally.stage_results(stage).items()} == dict.fromkeys(
            "123", points
        )
    assert owners(rally, "L1") == [("1", "order"), ("2", "order"), ("3", "order")]


def test_a_car_is_not_guessed_where_two_are_due() -> None:
    pen = Pen()
    records = [
        pen.stamp("L0", "10:20:05", "1"),
        pen.stamp("L0", "10:20:12", "2"),
        pen.stamp("L1", "10:20:21"),
    ]
    rally = told(regularity(), records)
    (state,) = rally.control_state("L1").stamps.values()
    assert (state.car, state.disposition) == (None, Disposition.RAW)
    assert [candidate.car for candidate in state.candidates][:2] == ["1", "2"]


def test_nothing_is_concluded_by_elimination() -> None:
    # One false trigger, then both cars: whoever gives the false one to car 1 moves everybody.
    pen = Pen()
    records = [
        pen.stamp("L0", "10:20:05", "1"),
        pen.stamp("L0", "10:20:12", "2"),
        pen.stamp("L1", "10:20:14"),
        pen.stamp("L1", "10:20:20.1"),
    ]
    assert owners(told(regularity(), records), "L1") == [(None, None), (None, None)]


def test_a_second_stamp_that_fits_the_same_car_takes_the_first_ones_certainty_away() -> None:
    pen = Pen()
    rally = told(regularity(), [pen.stamp("L0", "10:20:05", "1"), pen.stamp("L1", "10:20:20.07")])
    assert owners(rally, "L1") == [("1", "order")]
    false = pen.stamp("L1", "10:20:24")
    rally.add(false)
    assert owners(rally, "L1") == [(None, None), (None, None)]
    rally.add(pen.rule(MarkSpurious(false.key)))
    assert owners(rally, "L1") == [("1", "order"), (None, None)]


def test_a_car_that_has_its_time_here_is_not_due_any_more() -> None:
    pen = Pen()
    records = [
        pen.stamp("L0", "10:20:05", "1"),
        pen.stamp("L1", "10:20:20", "1"),
        pen.stamp("L1", "10:20:25"),
    ]
    assert owners(told(regularity(), records), "L1") == [("1", "device"), (None, None)]


def test_a_car_that_missed_the_line_before_is_offered_not_taken() -> None:
    pen = Pen()
    rally = told(regularity(), [pen.stamp("TC0", "10:00:00", "1"), pen.stamp("L1", "10:12:20")])
    (state,) = rally.control_state("L1").stamps.values()
    assert state.car is None
    assert state.candidates[0].car == "1"


def test_the_tracker_of_a_car_says_whose_stamp_it_is() -> None:
    pen = Pen()
    records = [
        pen.stamp("L0", "10:20:05.8", "2", source=Source.G, device="t2", uncertainty=SECOND),
        pen.stamp("L0", "10:20:05.00"),
        pen.stamp("L0", "10:20:05.14"),
    ]
    rally = told(regularity(), records)
    chosen = rally.control_state("L0").arrived["2"]
    assert (chosen.at, chosen.source, chosen.assigned_by) == (at("10:20:05.00"), "A", AssignedBy.TRACKER)
    assert owners(rally, "L0")[1] == ("2", "tracker")


def test_two_trackers_at_one_stamp_leave_it_to_a_person() -> None:
    pen = Pen()
    records = [
        pen.stamp("L0", "10:20:05.8", "2", source=Source.G, device="t2"),
        pen.stamp("L0", "10:20:04.6", "3", source=Source.G, device="t3"),
        pen.stamp("L0", "10:20:05.00"),
    ]
    state = next(
        s for s in told(regularity(), records).control_state("L0").stamps.values() if s.source == "A"
    )
    assert state.car is None
    assert {c.car for c in state.candidates[:2]} == {"2", "3"}


def test_a_tracker_far_from_the_stamp_says_nothing() -> None:
    pen = Pen()
    records = [
        pen.stamp("L0", "10:20:15", "2", source=Source.G, device="t2"),
        pen.stamp("L0", "10:20:05.00"),
    ]
    assert owners(told(regularity(), records), "L0") == [(None, None), ("2", "tracker")]


def test_a_ruling_about_a_stamp_that_has_not_arrived_holds_when_it_does() -> None:
    pen = Pen()
    stamp = pen.stamp("L0", "10:20:05")
    ruling = pen.rule(AssignCar(stamp.key, "3"), role=Role.MARSHAL)
    rally = told(regularity(), [ruling])
    assert rally.add(stamp).cars == {"3"}
    assert owners(rally, "L0") == [("3", "marshal")]


def test_taking_a_number_off_a_stamp_leaves_it_to_people() -> None:
    pen = Pen()
    stamp = pen.stamp("L1", "10:20:20")
    rally = told(regularity(), [pen.stamp("L0", "10:20:05", "1"), stamp])
    assert owners(rally, "L1") == [("1", "order")]
    rally.add(pen.rule(AssignCar(stamp.key, None)))
    assert owners(rally, "L1") == [(None, None)]


@pytest.mark.parametrize("typed", ["99", "O1", "x"])
def test_an_unknown_number_is_never_replaced_by_a_guess(typed: str) -> None:
    pen = Pen()
    records = [pen.stamp("L0", "10:20:05", "1"), pen.stamp("L1", "10:20:20", typed)]
    (state,) = told(regularity(), records).control_state("L1").stamps.values()
    assert (state.car, state.reason) == (None, f"{typed!r} is no car of this rally")
    assert state.candidates[0].car == "1"


def test_edges_around_two_named_cars_go_to_the_one_before_them() -> None:
    event = regularity()
    pen = Pen()
    made = [
        pen.stamp("L0", "10:20:05.0", "1"),
        pen.stamp("L0", "10:20:05.2"),
        pen.stamp("L0", "10:20:05.4", "2"),
    ]
    placed = [place(record, record.body, event) for record in made]  # type: ignore[arg-type]
    claims = [Claim(p, p.car, AssignedBy.DEVICE) for p in placed]
    found = match(claims, dict, DEBOUNCE)
    assert {car: len(hits) for car, hits in found.hits.items()} == {"1": 2, "2": 1}
    assert found.open == ()


def test_windows_are_asked_for_only_when_a_stamp_has_no_name() -> None:
    event = regularity()
    record = Pen().stamp("L0", "10:20:05", "1")
    placed = place(record, record.body, event)  # type: ignore[arg-type]

    def never() -> dict[str, Window]:
        raise AssertionError

    assert match([Claim(placed, "1", AssignedBy.DEVICE)], never, DEBOUNCE).hits["1"][0].at == at("10:20:05")


def test_the_chain_of_tests_scores_after_one_number_put_to_its_first_line() -> None:
    pen = Pen()
    first, *others = chain(pen, "20", None)
    rally = told(regularity(), [first, *others])
    assert rally.stage_results("PC1") == {}
    rally.add(pen.rule(AssignCar(first.key, "2"), role=Role.MARSHAL))
    assert [rally.stage_results(s)["2"].status for s in ("PC1", "PC2", "PC3")] == [ResultStatus.DONE] * 3


def test_a_car_seen_here_by_another_source_still_counts_as_one_that_fits() -> None:
    # The marshal's entry of car 1 is 2.1 s off; the sensor's stamp must not fall to car 2 for that.
    pen = Pen()
    records = [
        pen.stamp("L0", "10:20:05", "1"),
        pen.stamp("L0", "10:20:09", "2"),
        pen.stamp("L1", "10:20:22.4", "1", source=Source.M, device="m"),
        pen.stamp("L1", "10:20:20.3"),
    ]
    rally = told(regularity(), records)
    assert owners(rally, "L1") == [(None, None), ("1", "marshal")]
    alone = told(regularity(), [records[0], *records[2:]])
    chosen = alone.control_state("L1").arrived["1"]
    assert (chosen.source, chosen.review) == ("A", "M and A differ by 2.100 s")


def test_where_two_trackers_were_seen_the_start_order_brings_in_no_third_car() -> None:
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.stamp("L0", "10:20:05.8", "2", source=Source.G, device="t2"),
        pen.stamp("L0", "10:20:04.6", "3", source=Source.G, device="t3"),
        pen.stamp("L0", "10:20:05.00"),
    ]
    assert (None, None) in owners(told(regularity(), records), "L0")
