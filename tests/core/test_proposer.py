"""Proposals through the whole rally: they rest on other crews, wait for an official and move nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.core.rallies import Pen, at, regularity, span, told
from tests.core.stops import accepted, driven, in_any_order, offered, red_flag, two_days
from timing.core.decisions import (
    AssignCar,
    CancelStage,
    CorrectTime,
    Interrupt,
    NotionalMethod,
    Reason,
    Role,
    SetNotional,
    Withdraw,
)
from timing.core.proposals import ProposalKind
from timing.core.records import Record
from timing.core.results import ResultStatus

STOP = Interrupt("SS1", at("10:11:00"), caused_by=("5",))
FASTEST = NotionalMethod.FASTEST_AT_STOP


def test_every_crew_shown_red_is_offered_the_fastest_time_at_the_stop() -> None:
    pen = Pen()
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)]
    rally = in_any_order(two_days(), records)
    offers = offered(rally, "SS1")
    assert list(offers) == ["6", "7", "8", "9", "10"]
    for proposal in offers.values():
        assert (proposal.kind, proposal.method, proposal.place) == (ProposalKind.NOTIONAL, FASTEST, 1)
        assert proposal.value == span("6:10.2")
        assert not proposal.stale
        assert proposal.reason is Reason.NOTIONAL
    assert offers["6"].text == "6:10.2 by FASTEST_AT_STOP (1) at the stop of 10:11:00: car 1"


def test_a_proposal_names_the_records_it_rests_on() -> None:
    pen = Pen()
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)]
    rally = told(two_days(), records)
    proposal = offered(rally, "SS1")["6"]
    start, finish = records[0], records[1]
    assert proposal.basis == (start.key, finish.key)
    assert proposal.records == (start.seq, finish.seq)
    assert isinstance(proposal.act, SetNotional)
    assert proposal.act.basis == proposal.basis


def test_the_other_methods_are_there_to_choose_from() -> None:
    pen = Pen()
    rally = told(two_days(), [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)])
    options = [act for act in offered(rally)["6"].options if isinstance(act, SetNotional)]
    assert [(act.method, act.place, act.time) for act in options] == [
        (FASTEST, 2, span("6:12.0")),
        (FASTEST, 3, span("6:14.8")),
        (FASTEST, 4, span("6:40.5")),
        (NotionalMethod.SLOWEST_BEFORE, None, span("6:40.5")),
    ]


def test_a_proposal_moves_no_result_until_it_is_accepted() -> None:
    pen = Pen()
    records = red_flag(pen)
    before = told(two_days(), records)
    stopped = told(two_days(), [*records, pen.rule(STOP, "stop", Role.CLERK)])
    assert [r.time for r in stopped.stage_results("SS1").values()] == [
        r.time for r in before.stage_results("SS1").values()
    ]
    assert before.proposals() == ()
    six = stopped.stage_result("SS1", "6")
    assert six is not None
    assert (six.marks, six.reason) == (("?",), "shown red at 10:11:00: the clerk gives a time")
    five = stopped.stage_result("SS1", "5")
    assert five is not None
    assert five.marks == ()


def test_an_accepted_proposal_counts_with_its_mark_and_is_offered_no_more() -> None:
    pen = Pen()
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)]
    event = two_days()
    proposal = offered(told(event, records), "SS1")["6"]
    rally = in_any_order(event, [*records, accepted(pen, proposal, "yes")])
    result = rally.stage_result("SS1", "6")
    assert result is not None
    assert (result.time, result.marks, result.rank) == (span("6:10.2"), ("N",), 1)
    assert "6" not in offered(rally)


def test_the_crew_that_caused_the_stop_keeps_its_own_9_55_0() -> None:
    pen = Pen()
    rally = told(two_days(), [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)])
    result = rally.stage_result("SS1", "5")
    assert result is not None
    assert result.time == span("9:55.0")
    assert "5" not in offered(rally)


def test_the_clerks_own_value_for_a_crew_that_stopped_to_help_is_never_stale() -> None:
    pen = Pen()
    given = pen.rule(SetNotional("SS1", "9", span("6:14.8")), "help", Role.CLERK, text="stopped at the SOS")
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK), given]
    corrected = pen.rule(CorrectTime("SS1.FF", "1", at("10:07:20.2")), "correct")
    rally = in_any_order(two_days(), [*records, corrected])
    assert "9" not in offered(rally)
    result = rally.stage_result("SS1", "9")
    assert result is not None
    assert result.time == span("6:14.8")


@pytest.mark.parametrize("seed", range(4))
def test_when_the_fastest_time_is_corrected_a_new_proposal_stands_beside_the_accepted_value(
    seed: int,
) -> None:
    pen = Pen()
    event = two_days()
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)]
    records += [
        accepted(pen, proposal, f"yes{car}")
        for car, proposal in offered(told(event, records)).items()
        if car != "10"
    ]
    # The slip shows 6:20.2: now car 2 was the fastest at the stop.
    records.append(pen.rule(CorrectTime("SS1.FF", "1", at("10:07:20.2")), "correct", clock="18:10"))
    rally = in_any_order(event, records, seed)
    six = offered(rally, "SS1")["6"]
    assert (six.stale, six.standing) == (True, "yes6")
    assert (six.stands, six.value) == (span("6:10.2"), span("6:12.0"))
    assert six.text.startswith("6:10.2 stands; now 6:12.0 by FASTEST_AT_STOP (1)")
    ten = offered(rally, "SS1")["10"]
    assert (ten.stale, ten.standing, ten.value) == (False, None, span("6:12.0"))
    result = rally.stage_result("SS1", "6")
    assert result is not None
    assert result.time == span("6:10.2")
    # Accepting the new one settles it.
    again = told(event, [*records, accepted(pen, six, "again", clock="18:20")])
    result = again.stage_result("SS1", "6")
    assert result is not None
    assert result.time == span("6:12.0")
    assert "6" not in offered(again)


def test_a_notional_time_whose_interruption_is_taken_back_is_offered_to_be_taken_back() -> None:
    pen = Pen()
    event = two_days()
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)]
    records.append(accepted(pen, offered(told(event, records))["6"], "yes"))
    records.append(pen.rule(Withdraw("stop"), "back", Role.CLERK, clock="18:30"))
    rally = in_any_order(event, records)
    proposal = offered(rally, "SS1")["6"]
    assert proposal.act == Withdraw("yes")
    assert proposal.supersedes is None
    assert (proposal.stale, proposal.stands, proposal.value) == (True, span("6:10.2"), None)
    after = told(event, [*records, accepted(pen, proposal, "gone", clock="18:40")])
    result = after.stage_result("SS1", "6")
    assert result is not None
    assert result.time == span("14:03.3")


def test_two_interruptions_of_a_stage_are_each_their_own_crews() -> None:
    pen = Pen()
    records = red_flag(pen)
    first = replace(STOP, last=at("10:08:00"), restarted_at=at("10:09:00"))
    second = Interrupt("SS1", at("10:20:00"), caused_by=("9",), first=at("10:09:30"))
    rally = in_any_order(
        two_days(), [*records, pen.rule(first, "one", Role.CLERK), pen.rule(second, "two", Role.CLERK)]
    )
    offers = offered(rally, "SS1")
    assert list(offers) == ["6", "7", "8", "10"]
    assert "10:11:00" in offers["7"].text
    assert "10:20:00" in offers["10"].text


def test_on_a_cancelled_stage_nothing_is_offered() -> None:
    pen = Pen()
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)]
    assert offered(told(two_days(), [*records, pen.rule(CancelStage("SS1"), "c", Role.CLERK)])) == {}


# derived times -------------------------------------------------------------------------------------


def lost_finish(pen: Pen) -> list[Record]:
    """Car 1 is the fastest: 5:00, 6:00, 8:00; car 2 took 5:10 and 8:24 and has no finish on SS2."""
    return [
        *driven(pen, "SS1", "1", "10:03:00", "5:00"),
        *driven(pen, "SS1", "2", "10:04:00", "5:10"),
        *driven(pen, "SS2", "1", "11:03:00", "6:00"),
        *driven(pen, "SS2", "2", "11:04:00", None),
        *driven(pen, "SS3", "1", "12:03:00", "8:00"),
        *driven(pen, "SS3", "2", "12:04:00", "8:24"),
    ]


def test_a_lost_finish_is_offered_as_6_15_6_from_the_stages_around_it() -> None:
    pen = Pen()
    rally = in_any_order(two_days(), lost_finish(pen))
    proposal = offered(rally, "SS2")["2"]
    assert (proposal.kind, proposal.value) == (ProposalKind.DERIVED, span("6:15.6"))
    assert proposal.reason is Reason.DERIVED
    assert proposal.text == "6:15.6 by 6:00.0 of car 1 x 13:34.0 / 13:00.0"
    assert len(proposal.basis) == 10
    result = rally.stage_result("SS2", "2")
    assert result is not None
    assert (result.status, result.marks) == (ResultStatus.MISSING, ("?",))


def test_with_one_stage_beside_it_a_derived_time_rests_on_that_and_changes_with_the_next() -> None:
    pen = Pen()
    records = lost_finish(pen)
    last = records.pop()
    records.append(pen.stamp("TC4", "13:00:00", "2"))
    one = offered(told(two_days(), records), "SS2")["2"]
    assert one.value == span("6:12.0")
    yes = accepted(pen, one, "yes")
    both = offered(told(two_days(), [*records, yes, last]), "SS2")["2"]
    assert (both.stale, both.stands, both.value) == (True, span("6:12.0"), span("6:15.6"))


def test_a_derived_time_is_offered_to_be_taken_back_when_the_reading_turns_up() -> None:
    pen = Pen()
    records = lost_finish(pen)
    yes = accepted(pen, offered(told(two_days(), records))["2"], "yes")
    found = pen.stamp("SS2.FF", "11:10:14.9", "2")
    rally = in_any_order(two_days(), [*records, yes, found])
    proposal = offered(rally, "SS2")["2"]
    assert proposal.act == Withdraw("yes")
    assert "its own time was found" in proposal.text
    result = rally.stage_result("SS2", "2")
    assert result is not None
    assert result.time == span("6:15.6")


# average assigned ----------------------------------------------------------------------------------


def test_a_test_without_a_sound_time_is_offered_the_average_of_the_crews_others() -> None:
    pen = Pen()
    event = regularity(missed_line=None)
    records = [
        pen.stamp("TC0", "10:00:00", "1"),
        pen.stamp("L0", "10:10:05.00", "1"),
        pen.stamp("L1", "10:10:20.07", "1"),
        pen.stamp("L2", "10:10:41.05", "1"),
        pen.stamp("TC1", "10:45:30", "1"),
    ]
    rally = in_any_order(event, records)
    proposal = offered(rally, "PC3")["1"]
    # +7 and -2 in the two tests before: 9 / 2, truncated.
    assert (proposal.kind, proposal.value) == (ProposalKind.AVERAGE_ASSIGNED, Decimal(4))
    assert proposal.text == "4 points by mean of 2 tests: 9 / 2, truncated"
    after = told(event, [*records, accepted(pen, proposal, "yes")])
    result = after.stage_result("PC3", "1")
    assert result is not None
    assert (result.points, result.marks, result.status) == (Decimal(4), ("N",), ResultStatus.DONE)
    assert after.proposals() == ()
    # A number put right afterwards moves the proposal, not what stands.
    stale = told(
        event,
        [*records, accepted(pen, proposal, "yes"), pen.rule(CorrectTime("L2", "1", at("10:10:41.27")), "c")],
    )
    proposal = offered(stale, "PC3")["1"]
    assert (proposal.stands, proposal.value) == (Decimal(4), Decimal(13))


def test_a_stamp_taken_from_the_crew_takes_the_basis_from_its_average() -> None:
    pen = Pen()
    event = regularity(missed_line=None)
    one = pen.stamp("L1", "10:10:20.07", "1")
    records = [
        pen.stamp("L0", "10:10:05.00", "1"),
        one,
        pen.stamp("TC1", "10:45:30", "1"),
    ]
    yes = accepted(pen, offered(told(event, records), "PC2")["1"], "yes")
    gone = pen.rule(AssignCar(one.key, None), "gone")
    proposal = offered(in_any_order(event, [*records, yes, gone]), "PC2")["1"]
    assert proposal.act == Withdraw("yes")
    assert "no other test" in proposal.text


def test_the_explanation_names_the_method_and_the_records() -> None:
    pen = Pen()
    event = two_days()
    records = [*red_flag(pen), pen.rule(STOP, "stop", Role.CLERK)]
    proposal = offered(told(event, records), "SS1")["6"]
    rally = told(event, [*records, accepted(pen, proposal, "yes")])
    step = next(s for s in rally.explain("SS1", "6").steps if s.what.startswith("notional"))
    assert step.what == "notional time by An Official, FASTEST_AT_STOP (1)"
    assert [inner.value for inner in step.steps] == list(proposal.basis)
