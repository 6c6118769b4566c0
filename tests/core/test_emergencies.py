"""A crew that calls for help on a stage: what the clock alone would charge it waits for the clerk."""

import random

import pytest

from tests.core.rallies import Pen, at, everything, stage_rally, statuses, told
from timing.core.decisions import Penalise, Role, Withdraw
from timing.core.device_acts import AssignTracker
from timing.core.instant import SECOND
from timing.core.rally import Rally
from timing.core.readings import Alert, AlertKind, Source
from timing.core.records import Record
from timing.core.results import StandingStatus


def alert(pen: Pen, clock: str, kind: AlertKind = AlertKind.SOS, car: str | None = "1") -> Record:
    return pen.record(Alert(device="t1", at=at(clock), kind=kind, car=car))


def late_behind_ss1(pen: Pen, check_in: str = "11:12:00") -> list[Record]:
    """On SS1 from 10:00 to 10:20, and 12 minutes late at the control behind it."""
    return [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:20:00", "1"),
        pen.stamp("TC2", check_in, "1"),
    ]


def amounts(rally: Rally) -> list[tuple[str, object]]:
    return [(row.rule, row.amount) for row in rally.crew_state("1").penalties]


@pytest.mark.parametrize(
    ("clock", "kind", "car", "amount"),
    [
        ("10:05:00", AlertKind.SOS, "1", None),
        ("10:05:00", AlertKind.SOS, "001", None),
        ("10:05:00", AlertKind.HAZARD, "1", 120 * SECOND),
        ("10:05:00", AlertKind.SOS, "2", 120 * SECOND),
        ("09:59:00", AlertKind.SOS, "1", 120 * SECOND),
        ("10:21:00", AlertKind.SOS, "1", 120 * SECOND),
    ],
)
def test_an_sos_from_the_stage_suspends_what_the_clock_would_charge(
    clock: str, kind: AlertKind, car: str, amount: int | None
) -> None:
    pen = Pen()
    rally = told(stage_rally(), [*late_behind_ss1(pen), alert(pen, clock, kind, car)])
    assert amounts(rally) == [("late", amount)]


def test_the_suspended_row_says_why_and_on_what_it_rests_until_the_clerk_decides() -> None:
    pen = Pen()
    records = late_behind_ss1(pen)
    call = alert(pen, "10:05:00")
    rally = told(stage_rally(), records)
    assert rally.add(call).cars == {"1"}
    (row,) = rally.crew_state("1").penalties
    assert row.text == "12 min late; SOS on SS1: the clerk decides"
    assert row.records == (records[-1].seq, call.seq)
    assert "?" in rally.classification("overall").rows["1"].marks
    rally.add(pen.rule(Penalise("1", "late", time=0, control="TC2"), role=Role.CLERK))
    assert amounts(rally) == [("late", 0)]


def test_nobody_is_out_by_lateness_after_a_call_for_help() -> None:
    pen = Pen()
    rally = told(stage_rally(), late_behind_ss1(pen, "11:40:00"))
    assert statuses(rally)["1"] is StandingStatus.OTL
    rally.add(alert(pen, "10:05:00"))
    assert statuses(rally)["1"] is StandingStatus.CLASSIFIED
    assert amounts(rally) == [("late", None)]


def test_what_was_charged_before_the_stage_and_on_later_legs_stands() -> None:
    pen = Pen()
    records = [
        pen.stamp("TC0", "09:42:00", "1"),
        pen.stamp("TC1", "09:59:00", "1"),
        pen.stamp("SS1.START", "10:02:00", "1"),
        alert(pen, "10:05:00"),
        pen.stamp("SS1.FF", "10:20:00", "1"),
        pen.stamp("TC4", "33:03:00", "1"),
    ]
    rally = told(stage_rally(), records)
    charged = [(row.control, row.amount) for row in rally.crew_state("1").penalties if row.rule == "late"]
    assert charged == [("TC0", 20 * SECOND), ("TC4", 30 * SECOND)]


def test_a_false_start_at_the_stage_itself_was_before_the_call() -> None:
    pen = Pen()
    wheel = pen.stamp("SS1.START", "09:59:59.7", "1", source=Source.A, device="wheel")
    rally = told(stage_rally(), [*late_behind_ss1(pen), wheel, alert(pen, "10:05:00")])
    assert amounts(rally) == [("false start", 10 * SECOND), ("late", None)]


@pytest.mark.parametrize("seed", range(3))
def test_a_call_may_arrive_before_or_after_everything_else(seed: int) -> None:
    pen = Pen()
    records = [*late_behind_ss1(pen, "11:40:00"), alert(pen, "10:05:00"), alert(pen, "10:04:00")]
    wanted = everything(told(stage_rally(), records))
    shuffled = records.copy()
    random.Random(seed).shuffle(shuffled)
    rally = Rally(stage_rally())
    for record in shuffled:
        rally.add(record)
    assert everything(rally) == wanted


@pytest.mark.parametrize("seed", range(6))
def test_a_call_belongs_to_the_car_into_which_its_tracker_is_said_to_have_been_put_however_late(
    seed: int,
) -> None:
    pen = Pen()
    call = pen.record(Alert(device="SPARE", at=at("10:05:00"), kind=AlertKind.SOS))
    put = pen.rule(AssignTracker("SPARE", at("09:00"), "1"), "put", clock="11:30")
    records = [*late_behind_ss1(pen), call, put]
    random.Random(seed).shuffle(records)
    rally = Rally(stage_rally())
    for record in records:
        rally.add(record)
    assert amounts(rally) == [("late", None)]
    assert everything(rally) == everything(told(stage_rally(), sorted(records, key=lambda r: r.seq)))


def test_a_call_goes_back_when_what_was_said_of_its_tracker_is_withdrawn() -> None:
    pen = Pen()
    own = alert(pen, "10:06:00")
    records = [*late_behind_ss1(pen), pen.record(Alert(device="t1", at=at("10:05:00"), kind=AlertKind.SOS))]
    rally = told(stage_rally(), records)
    assert amounts(rally) == [("late", 120 * SECOND)], "nobody knows whose it is"
    assert rally.add(pen.rule(AssignTracker("t1", None, "1"), "put", clock="11:30")).cars == {"1"}
    assert amounts(rally) == [("late", None)]
    assert "1" in rally.add(pen.rule(Withdraw("put"), "back", clock="11:40")).cars
    assert amounts(rally) == [("late", 120 * SECOND)]
    # What it announces itself counts where nobody has said anything else.
    rally.add(own)
    assert amounts(rally) == [("late", None)]
    rally.add(pen.rule(AssignTracker("t1", None, "2"), "other", clock="11:50"))
    assert amounts(rally) == [("late", 120 * SECOND)]
