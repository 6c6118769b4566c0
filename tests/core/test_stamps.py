"""Which control a stamp belongs to, and which of a car's stamps gives its time."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import Pen, at, crews, regularity, span, stage_rally, timer, told
from timing.core.decisions import AssignCar, Retire, Role
from timing.core.device_table import registered
from timing.core.event import Assignment, Event
from timing.core.instant import MILLISECOND, SECOND
from timing.core.rally import Rally
from timing.core.readings import Source, StampMark
from timing.core.records import Record
from timing.core.results import Disposition, StampState
from timing.core.stamps import place

GATE = timer(
    "G1",
    Assignment(control="SS1.FF", since=None, until=at("11:00")),
    Assignment(control="SS2.FF", since=at("11:00")),
    Assignment(control="SS1.FF", channel="C1", source=Source.B, until=at("11:00")),
)


def started(pen: Pen, *cars: str) -> list[Record]:
    return [pen.stamp("SS1.START", f"10:0{place}:00", car) for place, car in enumerate(cars)]


def fates(rally: Rally, control: str = "SS1.FF") -> list[tuple[str | None, str]]:
    return [(state.car, state.disposition) for state in rally.control_state(control).stamps.values()]


def states(rally: Rally, control: str = "SS1.FF") -> list[StampState]:
    return list(rally.control_state(control).stamps.values())


def time_of(rally: Rally, car: str = "1") -> int | None:
    found = rally.stage_result("SS1", car)
    return found.time if found is not None else None


def test_a_backlog_uploaded_after_the_gate_moved_belongs_to_where_the_gate_stood() -> None:
    event = stage_rally(devices=[GATE])
    pen = Pen()
    late = pen.line("G1", "C0", "10:55:00", "1")
    after = pen.line("G1", "C0", "11:10:00", "2")
    rally = told(event, [after, late, *started(pen, "1")])
    assert [s.key for s in states(rally)] == [late.key]
    assert [s.key for s in states(rally, "SS2.FF")] == [after.key]


def test_a_named_channel_goes_before_the_rest_of_the_device() -> None:
    event = stage_rally(devices=[GATE])
    for channel, source in (("C0", Source.A), ("C1", Source.B)):
        found = registered(event.devices.get("G1"), channel, at("10:00"))
        assert found is not None
        assert (found.control, found.source) == ("SS1.FF", source)
    assert registered(event.devices.get("other"), "C0", at("10:00")) is None


@pytest.mark.parametrize("marks", [(), (StampMark.MEMORY,)])
def test_a_result_given_out_for_retirement_is_in_doubt_when_the_finish_turns_up(
    marks: tuple[StampMark, ...],
) -> None:
    pen = Pen()
    records = [*pen.to_first_stage("1"), *started(pen, "1")]
    records.append(pen.rule(Retire("1", "SS1.START"), role=Role.CLERK, clock="10:30"))
    event = stage_rally(devices=[GATE])
    rally = told(event, records)
    assert rally.classification("overall").rows["1"].marks == ()
    rally.add(pen.line("G1", "C0", "10:07:00", "1", marks=marks))
    assert "?" in rally.classification("overall").rows["1"].marks
    assert time_of(rally) == span("7:00")


@pytest.mark.parametrize("typed", ["012", "12", " 12 "])
def test_a_number_from_a_device_means_the_car_of_that_value(typed: str) -> None:
    event = stage_rally(crews("1", "12"))
    record = Pen().stamp("SS1.FF", "10:07:00", typed)
    assert place(record, record.body, event).car == "12"  # type: ignore[arg-type]


def test_two_hits_of_one_car_are_one_passing_at_the_first_edge() -> None:
    pen = Pen()
    records = [
        *started(pen, "1", "2"),
        pen.stamp("SS1.FF", "10:07:20.273", "1"),
        pen.stamp("SS1.FF", "10:07:20.441"),
        pen.stamp("SS1.FF", "10:07:21.173", "2"),
    ]
    rally = told(stage_rally(), records)
    assert (time_of(rally, "1"), time_of(rally, "2")) == (span("7:20.2"), span("6:21.1"))
    assert fates(rally) == [("1", "ACCEPTED"), ("1", "DUPLICATE_EDGE"), ("2", "ACCEPTED")]


@pytest.mark.parametrize("debounce", [200 * MILLISECOND, SECOND, 2 * SECOND])
def test_the_time_is_the_first_edge_for_any_debounce(debounce: int) -> None:
    pen = Pen()
    edges = [pen.stamp("SS1.FF", clock, "1") for clock in ("10:07:20.441", "10:07:20.273", "10:07:21.9")]
    rally = told(stage_rally(debounce=debounce), [*started(pen, "1"), *edges])
    assert time_of(rally) == span("7:20.2")


@pytest.mark.parametrize("debounce", [500 * MILLISECOND, 2 * SECOND])
def test_a_second_car_close_behind_is_not_swallowed_once_its_number_is_entered(debounce: int) -> None:
    pen = Pen()
    second = pen.stamp("SS1.FF", "10:07:21.173")
    records = [*started(pen, "1", "2"), pen.stamp("SS1.FF", "10:07:20.273", "1"), second]
    rally = told(stage_rally(debounce=debounce), records)
    rally.add(pen.rule(AssignCar(second.key, "2"), role=Role.MARSHAL))
    assert (time_of(rally, "1"), time_of(rally, "2")) == (span("7:20.2"), span("6:21.1"))


def test_one_pulse_on_two_channels_is_one_instant_and_both_lines_are_kept() -> None:
    device = timer(
        "T",
        Assignment(control="SS1.FF", channel="C1"),
        Assignment(control="SS1.FF", channel="C2", source=Source.B),
    )
    pen = Pen()
    records = [
        *started(pen, "1"),
        pen.line("T", "C1", "10:07:20.2731", "1"),
        pen.line("T", "C2", "10:07:20.2733"),
    ]
    rally = told(stage_rally(devices=[device]), records)
    assert time_of(rally) == span("7:20.2")
    assert fates(rally) == [("1", "ACCEPTED"), ("1", "ASSIGNED")]


def test_the_backups_first_passing_beats_a_later_read_of_the_main_sensor() -> None:
    pen = Pen()
    backup = pen.stamp("SS1.FF", "10:30:00", "1", source=Source.B, device="B")
    back = pen.stamp("SS1.FF", "11:00:00", "1")
    rally = told(stage_rally(), [*started(pen, "1"), back, backup])
    assert time_of(rally) == span("30:00")
    later = rally.control_state("SS1.FF").stamps[back.key]
    assert (later.disposition, later.reason) == (
        Disposition.OUTSIDE_WINDOW,
        "a later passing of the same control",
    )


def test_sources_that_disagree_put_the_time_under_review_with_the_difference() -> None:
    pen = Pen()
    records = [
        *started(pen, "1"),
        pen.stamp("SS1.FF", "10:07:20.300", "1"),
        pen.stamp("SS1.FF", "10:07:22.400", "1", source=Source.M, device="m"),
    ]
    rally = told(stage_rally(), records)
    found = rally.stage_result("SS1", "1")
    assert found is not None
    # The sensor's time stands, is published, and says what speaks against it.
    assert (found.time, found.marks, found.source) == (span("7:20.3"), ("?",), "A")
    assert rally.control_state("SS1.FF").arrived["1"].review == "M and A differ by 2.100 s"
    assert fates(rally) == [("1", "ACCEPTED"), ("1", "ASSIGNED")]


@pytest.mark.parametrize(("second", "marks"), [("20.349", ()), ("20.351", ("?",))])
def test_two_sensors_may_differ_by_the_tolerance_of_the_control(second: str, marks: tuple[str, ...]) -> None:
    pen = Pen()
    records = [
        *started(pen, "1"),
        pen.stamp("SS1.FF", "10:07:20.300", "1"),
        pen.stamp("SS1.FF", f"10:07:{second}", "1", source=Source.B, device="B"),
    ]
    found = told(stage_rally(), records).stage_result("SS1", "1")
    assert found is not None
    assert found.marks == marks


@pytest.mark.parametrize("named", [True, False])
def test_a_car_that_stands_in_the_beam_for_four_minutes_has_one_time_and_gives_none_to_others(
    named: bool,
) -> None:
    pen = Pen()
    again = [
        pen.stamp("SS1.FF", f"10:{7 + n // 3:02}:{n % 3 * 20:02}", "1" if named or n == 1 else None)
        for n in range(1, 13)
    ]
    rally = told(stage_rally(), [*started(pen, "1", "2", "3"), *again])
    assert time_of(rally) == span("7:20")
    assert [state.disposition for state in states(rally)].count(Disposition.ACCEPTED) == 1
    assert (time_of(rally, "2"), time_of(rally, "3")) == (None, None)


def test_a_transponder_read_thirty_metres_before_the_line_neither_gives_the_time_nor_passes_unseen() -> None:
    pen = Pen()
    records = [
        *started(pen, "1"),
        # The loop of the transponders hears a car at 80 km/h 1.35 s before the beam does.
        pen.stamp("SS1.FF", "10:07:18.950", "1", source=Source.B, device="loop"),
        pen.stamp("SS1.FF", "10:07:20.300", None, device="beam"),
    ]
    rally = told(stage_rally(), records)
    found = rally.stage_result("SS1", "1")
    assert found is not None
    assert (found.time, found.marks, found.source) == (span("7:20.3"), ("?",), "A")
    assert rally.control_state("SS1.FF").arrived["1"].review == "B and A differ by 1.350 s"


@pytest.mark.parametrize(
    ("loop", "after"), [("10:16:19.300", "61.000"), ("10:16:00.300", "80.000"), ("10:07:20.300", "600.000")]
)
def test_a_car_that_the_loop_hears_long_before_the_beam_is_under_review(loop: str, after: str) -> None:
    # It waited near the loop of the transponders: that was no passing.
    pen = Pen()
    start = started(pen, "1")
    heard = pen.stamp("SS1.FF", loop, "1", source=Source.B, device="loop")
    seen = pen.stamp("SS1.FF", "10:17:20.300", "1", device="beam")
    for readings in ([heard, seen], [seen, heard]):
        rally = told(stage_rally(), [*start, *readings])
        found = rally.stage_result("SS1", "1")
        assert found is not None
        assert (found.source, found.marks) == ("B", ("?",))
        assert rally.control_state("SS1.FF").arrived["1"].review == f"A has it {after} s after B"


def test_a_second_passing_by_a_less_trusted_source_puts_nothing_in_doubt() -> None:
    pen = Pen()
    records = [
        *started(pen, "1"),
        pen.stamp("SS1.FF", "10:07:20.300", "1", device="beam"),
        pen.stamp("SS1.FF", "10:12:00", "1", source=Source.B, device="loop"),
    ]
    found = told(stage_rally(), records).stage_result("SS1", "1")
    assert found is not None
    assert (found.source, found.marks) == ("A", ())


def test_people_at_a_table_go_before_a_satellite_however_long_the_car_stood_there() -> None:
    pen = Pen()
    records = [
        pen.stamp("TC0", "09:36:10", "1", source=Source.G, device="t1"),
        pen.stamp("TC0", "09:40:05", "1"),
    ]
    rally = told(stage_rally(), records)
    assert rally.control_state("TC0").arrived["1"].at == at("09:40:05")
    assert rally.crew_state("1").penalties == ()


def test_two_entries_for_one_check_in_in_different_minutes_are_under_review() -> None:
    pen = Pen()
    records = [pen.stamp("TC0", "09:41:50", "1"), pen.stamp("TC0", "09:42:10", "1")]
    assert told(stage_rally(), records).control_state("TC0").arrived["1"].marks == ("?",)


FLAGGED = {
    StampMark.UNSYNCED: "the device's clock was not set: held until its offset is known",
    StampMark.UNKNOWN_FLAG: "a flag of the device whose meaning is not published",
    StampMark.DISQUALIFIED: "marked as disqualified on the device",
}


@pytest.mark.parametrize("mark", FLAGGED)
def test_a_stamp_that_its_device_doubts_is_kept_and_never_a_time(mark: StampMark) -> None:
    pen = Pen()
    records = [*started(pen, "1"), pen.stamp("SS1.FF", "10:07:20", "1", marks=(mark,))]
    rally = told(stage_rally(), records)
    assert time_of(rally) is None
    (state,) = states(rally)
    assert (state.car, state.reason) == ("1", FLAGGED[mark])


def test_a_crews_claim_is_evidence_and_never_a_time() -> None:
    pen = Pen()
    rally = told(stage_rally(), [*started(pen, "1"), pen.stamp("SS1.FF", "10:07:20", "1", source=Source.C)])
    assert time_of(rally) is None


def test_a_key_on_the_timer_is_a_hand_time_behind_the_sensor() -> None:
    pen = Pen()
    hand = pen.stamp("SS1.FF", "10:07:20.10", "1", marks=(StampMark.MANUAL,))
    rally = told(stage_rally(), [*started(pen, "1"), hand])
    found = rally.stage_result("SS1", "1")
    assert found is not None
    assert found.source == "H"
    rally.add(pen.stamp("SS1.FF", "10:07:20.27", "1"))
    assert time_of(rally) == span("7:20.2")


def test_a_withdrawn_stamp_is_kept_struck_out_whichever_arrives_first() -> None:
    pen = Pen()
    stamp = pen.stamp("SS1.FF", "10:07:20.2731", "1")
    back = pen.stamp("SS1.FF", "10:07:20.2731", "01", cancelled=True)
    for order in ([stamp, back], [back, stamp]):
        rally = told(stage_rally(), [*started(pen, "1"), *order])
        assert time_of(rally) is None
        (state,) = states(rally)
        assert state.disposition is Disposition.WITHDRAWN


def test_withdrawing_one_cars_stamp_leaves_another_of_the_same_instant() -> None:
    pen = Pen()
    records = [
        *started(pen, "1", "2"),
        pen.stamp("SS1.FF", "10:07:20", "1"),
        pen.stamp("SS1.FF", "10:07:20", "2"),
        pen.stamp("SS1.FF", "10:07:20", "1", cancelled=True),
    ]
    rally = told(stage_rally(), records)
    assert (time_of(rally, "1"), time_of(rally, "2")) == (None, span("6:20"))


@given(st.integers(1, 60 * SECOND))
def test_a_stamp_delivered_twice_counts_once(apart: int) -> None:
    pen = Pen()
    first = pen.stamp("SS1.FF", "10:07:20", "1", boot=1, n=9)
    again = replace(first, seq=first.seq + 50, received_at=apart)
    rally = told(stage_rally(), [*started(pen, "1"), first, again])
    assert len(rally.control_state("SS1.FF").stamps) == 1


def test_a_counter_that_wraps_does_not_hide_a_new_stamp() -> None:
    pen = Pen()
    old = pen.stamp("SS1.FF", "10:07:20", "1", boot=1, n=0)
    new = pen.stamp("SS1.FF", "10:08:30", "2", boot=2, n=0)
    rally = told(stage_rally(), [*started(pen, "1", "2"), old, new])
    assert (time_of(rally, "1"), time_of(rally, "2")) == (span("7:20"), span("7:30"))


def test_a_memory_repeat_under_another_number_of_the_device_is_one_passing() -> None:
    pen = Pen()
    first = pen.stamp("SS1.FF", "10:07:20.3", "1", boot=1, n=4)
    again = pen.stamp("SS1.FF", "10:07:20.3", "1", boot=2, n=1, marks=(StampMark.MEMORY,))
    rally = told(stage_rally(), [*started(pen, "1"), again, first])
    assert sorted(fates(rally)) == [("1", "ACCEPTED"), ("1", "DUPLICATE_EDGE")]


def test_a_stamp_at_an_unknown_control_belongs_nowhere() -> None:
    event: Event = regularity()
    record = Pen().stamp("NOWHERE", "10:00", "1")
    assert place(record, record.body, event).control is None  # type: ignore[arg-type]
