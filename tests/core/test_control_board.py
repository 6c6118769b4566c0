"""A control as a marshal sees it: who is due, who was here, what each stamp became."""

from tests.core.rallies import Pen, at, crews, regularity, stage_rally, told
from timing.core.decisions import AssignCar, MarkSpurious, Retire, Role
from timing.core.results import Disposition


def test_cars_are_listed_in_the_order_in_which_they_are_due() -> None:
    pen = Pen()
    rally = told(regularity(), [pen.stamp("TC0", "10:05:00", "1"), pen.stamp("TC0", "10:01:00", "2")])
    due = rally.control_state("TC1").due
    # Car 1 is five minutes late at the start and takes its target time from there.
    assert list(due.items()) == [("2", at("10:46")), ("3", at("10:47")), ("1", at("10:50"))]


def test_arrivals_are_listed_in_order_of_time() -> None:
    pen = Pen()
    rally = told(regularity(), [pen.stamp("TC0", "10:05:00", "1"), pen.stamp("TC0", "10:01:00", "2")])
    assert list(rally.control_state("TC0").arrived) == ["2", "1"]


def test_a_crew_that_stopped_is_not_due_but_stays_listed_where_it_was() -> None:
    pen = Pen()
    records = [pen.stamp("TC0", "10:00:00", "1"), pen.rule(Retire("1", "TC0"), role=Role.CLERK)]
    rally = told(regularity(), records)
    assert "1" in rally.control_state("TC0").due
    assert "1" not in rally.control_state("TC1").due


def test_a_car_is_due_at_a_line_when_it_should_have_driven_there() -> None:
    pen = Pen()
    rally = told(regularity(), [pen.stamp("L0", "10:20:05.5", "1")])
    assert rally.due("L1", "1") == at("10:20:20.5")
    # Nothing is known of car 2: from its start time, 8.15 km at an ordinary speed.
    assert rally.due("L1", "2") == at("10:01") + 8150 * 3600 * 1_000_000 // 50_000


def test_a_car_is_due_at_a_start_line_at_its_start_instant() -> None:
    pen = Pen()
    rally = told(stage_rally(), pen.to_first_stage("1"))
    assert rally.due("SS1.START", "1") == at("10:00")
    assert (
        rally.due("SS1.START", "2") == at("09:58") + 3 * 60 * 1_000_000
        or rally.due("SS1.START", "2") is not None
    )


def test_each_stamp_is_shown_with_what_became_of_it() -> None:
    pen = Pen()
    used = pen.stamp("L0", "10:20:05", "1")
    false = pen.stamp("L0", "10:25:00")
    taken = pen.stamp("L0", "10:26:00", "2")
    edges = [pen.stamp("L0", "10:40:00.0"), pen.stamp("L0", "10:40:00.1")]
    rally = told(
        regularity(),
        [
            used,
            false,
            taken,
            *edges,
            pen.rule(MarkSpurious(false.key)),
            pen.stamp("L0", "10:26:00", "2", cancelled=True),
        ],
    )
    stamps = rally.control_state("L0").stamps
    assert [stamps[r.key].disposition for r in (used, false, taken, *edges)] == [
        Disposition.ACCEPTED,
        Disposition.SPURIOUS,
        Disposition.WITHDRAWN,
        Disposition.RAW,
        Disposition.DUPLICATE_EDGE,
    ]
    assert [state.stamp.at for state in stamps.values()] == sorted(s.stamp.at for s in stamps.values())
    assert stamps[used.key].seq == used.seq


def test_a_number_of_a_marshal_is_told_from_one_of_the_timekeeper() -> None:
    pen = Pen()
    made = [pen.stamp("L0", f"10:2{n}:05") for n in range(2)]
    rulings = [
        pen.rule(AssignCar(made[0].key, "1"), "m", Role.MARSHAL),
        pen.rule(AssignCar(made[1].key, "2"), "t", Role.TIMEKEEPER),
    ]
    stamps = told(regularity(crews("1", "2")), [*made, *rulings]).control_state("L0").stamps
    assert [(s.car, s.assigned_by) for s in stamps.values()] == [("1", "marshal"), ("2", "official")]
