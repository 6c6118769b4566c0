"""A device is ready at a control when an impulse has shown it, there, this day, since it was put there."""

from tests.core.rallies import Pen, at, stage_rally, timer, told
from timing.core.device_acts import AssignDevice
from timing.core.device_tests import passes_at, untested
from timing.core.event import Assignment
from timing.core.instant import DAY
from timing.core.rally import Rally
from timing.core.records import Record

GATES = (
    timer("G1", Assignment(control="SS1.FF", channel="C1"), Assignment(control="SS1.FF", channel="C2")),
    timer("G2", Assignment(control="SS1.FF")),
    timer(
        "G3", Assignment(control="SS2.FF", until=at("09:00")), Assignment(control="SS1.FF", since=at("09:00"))
    ),
)


def rally_with(*records: Record) -> Rally:
    return told(stage_rally(devices=GATES), records)


def lacking(rally: Rally, clock: str = "09:30", days: int = 0) -> tuple[str, ...]:
    stamps = rally.control_state("SS1.FF").stamps.values()
    now = at(clock) + days * DAY
    return untested(passes_at(rally.clocks.table, "SS1.FF", stamps, rally.event.time, now))


def test_each_channel_of_each_device_has_to_show_itself() -> None:
    pen = Pen()
    assert lacking(rally_with()) == ("G1", "G2", "G3")
    one = pen.line("G1", "C1", "09:10:00")
    assert lacking(rally_with(one)) == ("G1", "G2", "G3"), "its other channel may be dead"
    rest = [pen.line("G1", "C2", "09:10:01"), pen.line("G2", "7", "09:10:02"), pen.line("G3", "", "09:10:03")]
    assert lacking(rally_with(one, *rest)) == ()


def test_an_impulse_from_where_it_stood_before_or_of_another_day_proves_nothing() -> None:
    pen = Pen()
    before = pen.line("G3", "", "08:59:00")
    assert "G3" in lacking(rally_with(before))
    here = pen.line("G3", "", "09:01:00")
    assert "G3" not in lacking(rally_with(before, here))
    assert "G3" in lacking(rally_with(before, here), days=1)


def test_who_does_not_serve_there_now_is_not_asked_for() -> None:
    assert lacking(rally_with(), "08:30") == ("G1", "G2")
    out = Pen().rule(AssignDevice("G2", at("09:00"), None), clock="09:00")
    assert lacking(rally_with(out)) == ("G1", "G3")


def test_a_false_trigger_and_a_withdrawn_one_show_the_sensor_too() -> None:
    pen = Pen()
    first = pen.line("G2", "1", "09:05:00")
    taken_back = pen.line("G2", "1", "09:05:00", cancelled=True)
    assert "G2" not in lacking(rally_with(first, taken_back))
