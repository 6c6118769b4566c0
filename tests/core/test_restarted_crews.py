"""A crew that retires on one day and goes on with the next: what is proposed, and what that comes to."""

from dataclasses import replace

import pytest

from tests.core.rallies import Pen, at, ranks, span, told
from tests.core.stops import ICELAND, WORLD, accepted, all_accepted, driven, field, in_any_order, two_days
from timing.core.decisions import CorrectTime, NotionalMethod, Penalise, Retire, Role, Withdraw
from timing.core.preset import RestartReference
from timing.core.proposals import ProposalKind
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import StandingStatus

#: The fastest times of the crew's own group on the first day.
GROUP = {"SS1": "7:42.3", "SS2": "5:10.0", "SS3": "9:01.7"}
CLOCK = {"SS1": "10", "SS2": "11", "SS3": "12"}


def first_day(pen: Pen) -> list[Record]:
    """Car 1 sets the group's times and car 3 faster ones; both drive the second day's stage as well."""
    records: list[Record] = []
    for stage, time in GROUP.items():
        hour = CLOCK[stage]
        records += driven(pen, stage, "1", f"{hour}:03:00", time)
        records += driven(pen, stage, "3", f"{hour}:05:00", "5:00.0")
    records.append(pen.stamp("TC4", "13:00:00", "1"))
    records += driven(pen, "SS4", "1", "33:03:00", "6:00.0")
    records += driven(pen, "SS4", "3", "33:05:00", "5:00.0")
    return records


def second_day(pen: Pen) -> list[Record]:
    return [pen.stamp("TC5", "33:01:00", "2"), *driven(pen, "SS4", "2", "33:04:00", "6:10.0")]


def out_at_once(pen: Pen) -> list[Record]:
    """Car 2 breaks down on the way to the first stage, and is there again in the morning."""
    return [
        *first_day(pen),
        pen.stamp("TC0", "09:01:00", "2"),
        pen.rule(Retire("2", "TC0", "gearbox"), "out", Role.CLERK, clock="10:30"),
        *second_day(pen),
    ]


def restart_total(rally: Rally) -> int:
    """What of car 2's total its restart makes: all but the stage that it drove."""
    total = rally.classification("overall").rows["2"].total
    assert isinstance(total, int)
    return total - span("6:10.0")


def test_a_crew_seen_on_the_next_day_is_restarted_and_waits_for_its_times() -> None:
    pen = Pen()
    rally = in_any_order(two_days(field()), out_at_once(pen))
    row = rally.classification("overall").rows["2"]
    assert (row.status, row.complete, row.marks) == (StandingStatus.CLASSIFIED, False, ("R", "?"))
    assert ranks(rally)["2"] is None
    assert not rally.sheet("2").out


def test_each_missed_stage_is_offered_with_the_groups_fastest_and_seven_minutes() -> None:
    pen = Pen()
    rally = in_any_order(two_days(field()), out_at_once(pen))
    offers = rally.proposals()
    assert [(p.kind, p.stage, p.value) for p in offers] == [
        (ProposalKind.RESTART, "SS1", span("14:42.3")),
        (ProposalKind.RESTART, "SS2", span("12:10.0")),
        (ProposalKind.RESTART, "SS3", span("16:01.7")),
    ]
    assert offers[0].method is NotionalMethod.RESTART
    assert offers[0].text == "14:42.3 = 7:42.3 of car 1 + 7:00"


def test_three_missed_stages_accepted_come_to_42_54_0_and_the_crew_has_its_place() -> None:
    pen = Pen()
    rally = all_accepted(pen, two_days(field()), out_at_once(pen))
    assert restart_total(rally) == span("42:54.0")
    assert ranks(rally) == {"3": 1, "1": 2, "2": 3}
    assert rally.classification("overall").rows["2"].marks == ("R",)
    result = rally.stage_result("SS1", "2")
    assert result is not None
    assert result.marks == ("R",)
    assert rally.proposals() == ()


def test_only_the_last_stage_missed_comes_to_17_42_3() -> None:
    pen = Pen()
    event = two_days(field())
    # The long stage is the last one of the day here.
    records = [
        *driven(pen, "SS1", "1", "10:03:00", "5:10.0"),
        *driven(pen, "SS1", "2", "10:04:00", "5:20.0"),
        *driven(pen, "SS2", "1", "11:03:00", "9:01.7"),
        *driven(pen, "SS2", "2", "11:04:00", "9:10.0"),
        *driven(pen, "SS3", "1", "12:03:00", "7:42.3"),
        pen.rule(Retire("2", "SS2.FF"), "out", Role.CLERK),
        *second_day(pen),
    ]
    (proposal,) = in_any_order(event, records).proposals()
    assert (proposal.stage, proposal.value) == ("SS3", span("17:42.3"))
    assert proposal.text == "17:42.3 = 7:42.3 of car 1 + 10:00 (last stage of the leg)"


def test_iceland_with_two_road_sections_and_a_first_re_entry_comes_to_56_54_0() -> None:
    pen = Pen()
    event = two_days(field(), ICELAND)
    # At TC2 of the road to the second stage the crew is still there; SS1 it did not drive.
    records = [
        *first_day(pen),
        pen.stamp("TC2", "11:01:00", "2"),
        pen.rule(Retire("2", "TC2"), "out", Role.CLERK, clock="11:30"),
        *second_day(pen),
    ]
    charges = [p for p in told(event, records).proposals() if p.kind is ProposalKind.RESTART_CHARGE]
    assert [(p.control, p.value) for p in charges] == [
        ("TC3", span("5:00")),
        ("TC4", span("5:00")),
        ("TC5", span("10:00")),
    ]
    assert all(isinstance(p.act, Penalise) for p in charges)


@pytest.mark.parametrize(("reference", "fastest"), [("OVERALL", "5:00.0"), ("CLASS", "7:42.3")])
def test_the_reference_group_is_the_regulations(reference: str, fastest: str) -> None:
    pen = Pen()
    rule = replace(WORLD, reference=RestartReference[reference])
    proposal = told(two_days(field(), rule), out_at_once(pen)).proposals()[0]
    assert proposal.value == span(fastest) + span("7:00")


def test_where_the_event_knows_no_restart_a_retired_crew_stays_retired() -> None:
    pen = Pen()
    rally = told(two_days(field(), None), out_at_once(pen))
    row = rally.classification("overall").rows["2"]
    assert row.status is StandingStatus.RETIRED
    assert "R" not in row.marks
    assert rally.proposals() == ()


@pytest.mark.parametrize("seed", range(3))
def test_a_correction_of_the_fastest_proposes_the_restart_anew_and_leaves_what_stands(seed: int) -> None:
    pen = Pen()
    event = two_days(field())
    records = out_at_once(pen)
    taken = [accepted(pen, p, f"yes{p.stage}") for p in told(event, records).proposals()]
    # SS1 of car 1 took 7:40.3 in truth.
    correct = pen.rule(CorrectTime("SS1.FF", "1", at("10:10:40.3")), "correct", clock="19:00")
    rally = in_any_order(event, [*records, *taken, correct], seed)
    (proposal,) = rally.proposals()
    assert (proposal.stage, proposal.standing, proposal.stale) == ("SS1", "yesSS1", True)
    assert (proposal.stands, proposal.value) == (span("14:42.3"), span("14:40.3"))
    assert proposal.text == "14:42.3 stands; now 14:40.3 = 7:40.3 of car 1 + 7:00"
    assert restart_total(rally) == span("42:54.0")


def test_what_a_restart_cost_is_offered_to_be_taken_back_when_the_retirement_is() -> None:
    pen = Pen()
    event = two_days(field(), ICELAND)
    records = out_at_once(pen)
    taken = [accepted(pen, p, f"yes{n}") for n, p in enumerate(told(event, records).proposals())]
    back = pen.rule(Withdraw("out"), "back", Role.CLERK, clock="20:00")
    rally = in_any_order(event, [*records, *taken, back])
    acts = {p.act for p in rally.proposals()}
    assert acts == {Withdraw(f"yes{n}") for n in range(len(taken))}
    assert all(p.stale for p in rally.proposals())
    texts = [p.text for p in rally.proposals()]
    assert "12:42.3 stands as the time of a restart: no basis now" in texts
    assert "10:00 stands; now not due" in texts
    assert "5:00 stands; now not due" in texts
    where = {p.stage or p.control for p in rally.proposals()}
    assert where == {"SS1", "SS2", "SS3", "TC1", "TC2", "TC3", "TC4", "TC5"}


def test_other_penalties_of_a_restarted_crew_are_nobodys_restart() -> None:
    pen = Pen()
    event = two_days(field(), ICELAND)
    records = out_at_once(pen)
    speeding = pen.rule(Penalise("2", "speeding", time=span("0:30"), control="TC0"), "police", Role.CLERK)
    assert told(event, [*records, speeding]).proposals() == told(event, records).proposals()


def test_a_charge_accepted_at_another_amount_is_replaced_and_not_doubled() -> None:
    pen = Pen()
    event = two_days(field(), ICELAND)
    records = out_at_once(pen)
    wrong = pen.rule(
        Penalise("2", "restart: re-entry", time=span("5:00"), control="TC5"), "wrong", Role.CLERK
    )
    proposal = next(p for p in told(event, [*records, wrong]).proposals() if p.standing == "wrong")
    assert (proposal.stands, proposal.value, proposal.supersedes) == (span("5:00"), span("10:00"), "wrong")
    assert proposal.text == "5:00 stands; now 10:00 for re-entry number 1 at TC5"
    after = told(event, [*records, wrong, accepted(pen, proposal, "right", clock="19:00")])
    rows = [row.amount for row in after.crew_state("2").penalties if row.rule == "restart: re-entry"]
    assert rows == [span("10:00")]


def test_iceland_accepted_as_a_whole() -> None:
    pen = Pen()
    event = two_days(field(), ICELAND)
    rally = all_accepted(pen, event, out_at_once(pen))
    # Three stages at five minutes, four road sections (TC1 to TC4), the first re-entry.
    assert restart_total(rally) == span("21:54.0") + span("15:00") + span("20:00") + span("10:00")
    assert rally.proposals() == ()


def test_a_place_of_retirement_that_is_put_right_makes_no_second_restart() -> None:
    pen = Pen()
    event = two_days(field(), ICELAND)
    # First said to be out at TC1; in truth it drove on and stopped behind the second stage.
    records = [
        *first_day(pen),
        *driven(pen, "SS1", "2", "10:04:00", "8:00.0"),
        *driven(pen, "SS2", "2", "11:04:00", "6:00.0"),
        pen.rule(Retire("2", "TC1"), "wrong", Role.CLERK, clock="12:00"),
        pen.rule(Retire("2", "SS2.FF"), "right", Role.CLERK, clock="12:30"),
        *second_day(pen),
    ]
    offers = in_any_order(event, records).proposals()
    assert [p.stage or p.control for p in offers] == ["TC3", "SS3", "TC4", "TC5"]
