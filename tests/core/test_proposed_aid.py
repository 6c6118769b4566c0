"""After a call for help on a stage: what is proposed for the crews behind; nothing moves by itself."""

import random

import pytest

from tests.core.rallies import Pen, at, crews, everything, stage_rally, told
from tests.core.test_emergencies import alert
from timing.core.decisions import AllowDelay, Interrupt, NotionalMethod, Retire, Role, SetNotional, Withdraw
from timing.core.instant import MINUTE
from timing.core.proposals import Proposal, ProposalKind
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.roles import may

CARS = ("1", "2", "3", "4")


def day(pen: Pen, *, waits: int = 8, sos: str | None = "10:05:30") -> list[Record]:
    """Car 2 stands on SS1 and calls; 3 is behind it, waits and is late; 1 is through, 4 starts afterwards."""
    records = pen.to_first_stage(*CARS[:3])
    records += [pen.stamp("TC0", "09:43:10", "4"), pen.stamp("TC1", "10:00:10", "4")]
    for place, car in enumerate(CARS):
        records.append(pen.stamp("SS1.START", f"10:0{2 * place}:00", car))
    records += [
        pen.stamp("SS1.FF", "10:05:10", "1"),
        pen.stamp("SS1.FF", f"10:{10 + waits}:00", "3"),
        pen.stamp("SS1.FF", "10:12:30", "4"),
        pen.stamp("TC2", "11:00:10", "1"),
        pen.stamp("TC2", f"11:{4 + waits:02d}:10", "3"),
        pen.stamp("TC2", "11:06:10", "4"),
    ]
    return records if sos is None else [*records, alert(pen, sos, car="2")]


def rally_of(*records: Record) -> Rally:
    return told(stage_rally(crews(*CARS)), records)


def aid(rally: Rally) -> list[Proposal]:
    kinds = (ProposalKind.INTERRUPTION, ProposalKind.ALLOWANCE)
    return [proposal for proposal in rally.proposals() if proposal.kind in kinds]


def test_a_call_proposes_the_interruption_and_the_delay_of_those_behind_and_moves_nothing() -> None:
    calm, called = rally_of(*day(Pen(), sos=None)), rally_of(*day(Pen()))
    assert aid(calm) == []
    stop, delay = sorted(aid(called), key=lambda proposal: proposal.kind is ProposalKind.ALLOWANCE)
    assert stop.act == Interrupt("SS1", at("10:05:30"), ("2",), at("10:04:00"), at("10:04:00"))
    assert "car 3 behind it may have had to stop" in stop.text
    assert (delay.car, delay.act) == ("3", AllowDelay("TC2", "3", late(called)))
    assert "after the SOS of car 2 on SS1" in delay.text
    for proposal in (stop, delay):
        assert may(Role.CLERK, type(proposal.act))
        record = next(each for each in day(Pen()) if each.seq == proposal.records[0])
        assert record.body == alert(Pen(), "10:05:30", car="2").body
    for car in ("1", "3", "4"):
        assert called.crew_state(car).penalties == calm.crew_state(car).penalties, "never silently"
        assert called.stage_result("SS1", car) == calm.stage_result("SS1", car)


def late(rally: Rally, car: str = "3") -> int:
    minutes = rally.sheet(car).check_ins["TC2"].late
    assert minutes is not None
    assert minutes > 0
    return minutes


def test_the_interruption_once_accepted_proposes_a_notional_time_for_each_crew_it_met() -> None:
    pen = Pen()
    records = day(pen)
    rally = rally_of(*records)
    stop = next(proposal for proposal in aid(rally) if proposal.kind is ProposalKind.INTERRUPTION)
    ruled = pen.rule(stop.act, "stop", Role.CLERK, clock="10:30")
    rally.add(ruled)
    assert [proposal.kind for proposal in aid(rally)] == [ProposalKind.ALLOWANCE]
    given = [
        (each.act.car, each.act.time, each.act.method)
        for each in rally.proposals()
        if isinstance(each.act, SetNotional)
    ]
    assert ("3", 310_000_000, NotionalMethod.FASTEST_AT_STOP) in given
    assert {car for car, _, _ in given} <= {"3", "4"}
    rally.add(pen.rule(Withdraw("stop"), role=Role.CLERK, clock="10:40"))
    assert len(aid(rally)) == 2


def test_the_delay_once_accepted_takes_the_lateness_away_and_is_proposed_no_more() -> None:
    pen = Pen()
    rally = rally_of(*day(pen))
    (delay,) = (proposal for proposal in aid(rally) if proposal.kind is ProposalKind.ALLOWANCE)
    assert [row.rule for row in rally.crew_state("3").penalties] == ["late"]
    rally.add(pen.rule(delay.act, "delay", Role.CLERK, clock="11:30"))
    assert rally.crew_state("3").penalties == ()
    assert [proposal.kind for proposal in aid(rally)] == [ProposalKind.INTERRUPTION]
    rally.add(pen.rule(Withdraw("delay"), "back", Role.CLERK, clock="11:40"))
    (again,) = (proposal for proposal in aid(rally) if proposal.kind is ProposalKind.ALLOWANCE)
    assert again == delay
    # The clerk had given three minutes already: proposed is the whole, in the place of what stands.
    rally.add(pen.rule(AllowDelay("TC2", "3", 3), "three", Role.CLERK, clock="11:50"))
    (more,) = (proposal for proposal in aid(rally) if proposal.kind is ProposalKind.ALLOWANCE)
    assert (more.act, more.standing, more.value) == (AllowDelay("TC2", "3", 8), "three", 5 * MINUTE)


def test_a_crew_that_lost_no_time_is_asked_about_no_interruption() -> None:
    pen = Pen()
    quick = [each for each in day(pen, waits=0) if not _is(each, "TC2")]
    quick.append(pen.stamp("SS1.FF", "10:20:00", "2"))
    # Car 1 took 5:10, car 3 took 6:00 behind the call: longer than any before it.
    assert [proposal.kind for proposal in aid(rally_of(*quick))] == [ProposalKind.INTERRUPTION]
    slower = [each for each in quick if not (_is(each, "SS1.FF") and each.body.car == "1")]  # type: ignore[union-attr]
    slower.append(pen.stamp("SS1.FF", "10:06:10", "1"))
    slower = [each for each in slower if not (_is(each, "SS1.FF") and each.body.car == "3")]  # type: ignore[union-attr]
    slower.append(pen.stamp("SS1.FF", "10:10:05", "3"))
    assert aid(rally_of(*slower)) == []


def _is(record: Record, control: str) -> bool:
    return getattr(record.body, "control", None) == control


@pytest.mark.parametrize("sos", ["09:59:00", "10:30:00"])
def test_a_call_from_elsewhere_proposes_nothing(sos: str) -> None:
    pen = Pen()
    records = [*day(pen, sos=None), pen.stamp("SS1.FF", "10:20:00", "2"), alert(pen, sos, car="2")]
    assert aid(rally_of(*records)) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_all_of_it_arrives_does_not_matter(seed: int) -> None:
    pen = Pen()
    records = [*day(pen), alert(pen, "10:05:45", car="3"), alert(pen, "10:05:30", car="2")]
    expected = everything(rally_of(*records))
    random.Random(seed).shuffle(records)
    one_by_one = Rally(stage_rally(crews(*CARS)))
    for record in records:
        one_by_one.add(record)
        one_by_one.proposals()
    assert everything(one_by_one) == expected


def test_a_retired_crew_behind_is_left_alone() -> None:
    pen = Pen()
    records = [each for each in day(pen) if not (_is(each, "TC2") or _is(each, "SS1.FF"))]
    rally = rally_of(*records, *(pen.rule(Retire(car), role=Role.CLERK) for car in ("3", "4")))
    assert aid(rally) == []
