"""To whom something is offered after a stop or a lost time, and to whom it is not."""

from decimal import Decimal

from tests.core.rallies import Pen, at, regularity, span, told
from tests.core.stops import accepted, driven, in_any_order, offered, red_flag, two_days
from timing.core.decisions import (
    CancelStage,
    CorrectTime,
    Interrupt,
    NotionalMethod,
    Retire,
    Role,
    SetNotional,
    Withdraw,
)
from timing.core.proposals import ProposalKind
from timing.core.records import Record

STOP = Interrupt("SS1", at("10:11:00"), caused_by=("5",))


def lost(pen: Pen) -> list[Record]:
    """Car 2 has no finish on SS2: 5:10 and 8:24 beside it, where the fastest took 5:00 and 8:00."""
    return [
        *driven(pen, "SS1", "1", "10:03:00", "5:00"),
        *driven(pen, "SS1", "2", "10:04:00", "5:10"),
        *driven(pen, "SS2", "1", "11:03:00", "6:00"),
        *driven(pen, "SS2", "2", "11:04:00", None),
        *driven(pen, "SS3", "1", "12:03:00", "8:00"),
        *driven(pen, "SS3", "2", "12:04:00", "8:24"),
    ]


def test_a_crew_that_had_retired_before_the_stage_is_offered_nothing_there() -> None:
    pen = Pen()
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)]
    records.append(pen.rule(Retire("8", "TC0", "gearbox"), "out", Role.CLERK))
    assert list(offered(in_any_order(two_days(), records), "SS1")) == ["6", "7", "9", "10"]


def test_the_missing_time_of_a_crew_that_retired_later_is_nobodys_concern() -> None:
    pen = Pen()
    records = lost(pen)
    assert list(offered(told(two_days(), records))) == ["2"]
    records.append(pen.rule(Retire("2", "SS3.FF"), "out", Role.CLERK, clock="13:00"))
    assert told(two_days(), records).proposals() == ()


def test_a_cancelled_stage_is_no_stage_beside_the_missing_one() -> None:
    pen = Pen()
    records = [
        *lost(pen),
        *driven(pen, "SS4", "1", "33:03:00", "5:00"),
        *driven(pen, "SS4", "2", "33:04:00", "5:30"),
        pen.rule(CancelStage("SS3"), "off", Role.CLERK),
    ]
    # 6:00.0 x (5:10 + 5:30) / (5:00 + 5:00)
    assert offered(in_any_order(two_days(), records), "SS2")["2"].value == span("6:24.0")


def test_a_crew_that_was_stopped_may_be_given_a_derived_time_as_well() -> None:
    pen = Pen()
    stop = Interrupt("SS2", at("11:09:30"), last=at("11:04:00"))
    records = [*lost(pen), pen.rule(stop, "stop", Role.CLERK)]
    proposal = offered(in_any_order(two_days(), records))["2"]
    assert (proposal.kind, proposal.value) == (ProposalKind.NOTIONAL, span("6:00"))
    options = [act for act in proposal.options if isinstance(act, SetNotional)]
    assert [(act.method, act.time) for act in options] == [
        (NotionalMethod.SLOWEST_BEFORE, span("6:00")),
        (NotionalMethod.DERIVED, span("6:15.6")),
    ]


def test_one_crew_through_at_the_stop_is_enough_for_the_fastest() -> None:
    pen = Pen()
    stop = Interrupt("SS1", at("10:08:00"), caused_by=("5",))
    rally = told(two_days(), [*red_flag(pen), pen.rule(stop, "stop", Role.CLERK)])
    six = offered(rally, "SS1")["6"]
    assert (six.method, six.place, six.value) == (NotionalMethod.FASTEST_AT_STOP, 1, span("6:10.2"))
    assert list(offered(rally, "SS1")) == ["2", "3", "4", "6", "7", "8", "9", "10"]


def test_a_value_given_without_a_place_or_a_basis_is_that_of_the_first() -> None:
    pen = Pen()
    method = NotionalMethod.FASTEST_AT_STOP
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)]
    right = pen.rule(SetNotional("SS1", "6", span("6:10.2"), method=method), "right", Role.CLERK)
    wrong = pen.rule(SetNotional("SS1", "7", span("6:12.0"), method=method), "wrong", Role.CLERK)
    offers = offered(told(two_days(), [*records, right, wrong]), "SS1")
    assert "6" not in offers
    assert (offers["7"].stale, offers["7"].value) == (True, span("6:10.2"))


def test_the_same_value_on_another_basis_is_offered_anew() -> None:
    pen = Pen()
    event = two_days()
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)]
    taken = accepted(pen, offered(told(event, records))["6"], "yes")
    # The slip says the very same time; now it is the slip on which the value rests.
    slip = pen.rule(CorrectTime("SS1.FF", "1", at("10:07:10.2")), "slip", clock="19:00")
    proposal = offered(in_any_order(event, [*records, taken, slip]))["6"]
    assert (proposal.stale, proposal.stands, proposal.value) == (True, span("6:10.2"), span("6:10.2"))
    assert slip.key in proposal.basis


def test_a_stopped_test_is_offered_the_average_and_it_is_taken_back_with_the_stop() -> None:
    pen = Pen()
    event = regularity(missed_line=None)
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.stamp("L0", "10:10:05.00", "1"),
        pen.stamp("L1", "10:10:20.07", "1"),
        pen.stamp("L2", "10:10:41.05", "1"),
        pen.stamp("L3", "10:11:52.98", "1"),
        pen.stamp("TC1", "10:45:30", "1"),
        pen.rule(Interrupt("PC3", at("10:10:45")), "stop", Role.CLERK),
    ]
    proposal = offered(in_any_order(event, records), "PC3")["1"]
    assert (proposal.kind, proposal.value) == (ProposalKind.AVERAGE_ASSIGNED, Decimal(4))
    records.append(accepted(pen, proposal, "yes"))
    assert told(event, records).proposals() == ()
    records.append(pen.rule(Withdraw("stop"), "back", Role.CLERK, clock="20:00"))
    proposal = offered(in_any_order(event, records), "PC3")["1"]
    assert proposal.act == Withdraw("yes")
    assert proposal.text == "4 points stands by AVERAGE_ASSIGNED: its own times were found"
