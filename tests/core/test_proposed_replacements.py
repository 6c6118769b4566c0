"""A finish whose beam failed and whose observer pressed: the replacement time through the whole rally."""

from dataclasses import replace

import pytest

from tests.core.rallies import Pen, at, crews, span, told
from tests.core.stops import accepted, in_any_order, two_days
from timing.core.decisions import AssignCar, CorrectTime, MarkSpurious, Reason, TimeBasis, Withdraw
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.proposals import Proposal, ProposalKind
from timing.core.rally import Rally
from timing.core.readings import Source, Stamp
from timing.core.records import Record

HUNDREDTHS = [12, 5, -3, 18, 9, 11, 2, 15, 7, 14]
CARS = [str(number) for number in range(1, 14)]


def event() -> Event:
    return two_days(crews(*CARS))


def finishes(pen: Pen, *, of: list[int] | None = None, boot: int = 1) -> list[Record]:
    """Ten cars with both times; the eleventh starts at 11:36 and has the observer's 11:42:17.43 alone."""
    records: list[Record] = []
    for place, late in enumerate(HUNDREDTHS if of is None else of, 1):
        line = at("11:32:00") + place * 60 * SECOND
        records += [
            pen.stamp("SS1.START", f"11:{25 + place}:00", str(place)),
            pen.stamp("SS1.FF", "00:00", str(place), at=line, device="beam", boot=1, n=place),
            hand(pen, str(place), line + late * 10_000, boot),
        ]
    return [
        *records,
        pen.stamp("SS1.START", "11:36:00", "11"),
        hand(pen, "11", at("11:42:17.43"), boot),
    ]


def hand(pen: Pen, car: str, moment: int, boot: int = 1, device: str = "observer") -> Record:
    return pen.stamp(
        "SS1.FF", "00:00", car, at=moment, device=device, source=Source.H, boot=boot, n=int(car) + 100
    )


def only(rally: Rally) -> Proposal:
    (proposal,) = rally.proposals()
    return proposal


@pytest.mark.parametrize("seed", range(3))
def test_the_hand_time_11_42_17_43_is_offered_as_11_42_17_34_and_gives_6_17_3(seed: int) -> None:
    pen = Pen()
    records = finishes(pen)
    rally = in_any_order(event(), records, seed)
    proposal = only(rally)
    assert (proposal.kind, proposal.car, proposal.control) == (ProposalKind.REPLACEMENT, "11", "SS1.FF")
    assert proposal.value == at("11:42:17.34")
    assert proposal.reason is Reason.EET
    assert not proposal.low_confidence
    assert proposal.text.startswith(
        "11:42:17.34 = by hand 11:42:17.43 less +0.09, the mean of 10 pairs: car 1 +0.12, car 2 +0.05, "
        "car 3 -0.03"
    )
    assert len(proposal.basis) == 21
    result = rally.stage_result("SS1", "11")
    assert result is not None
    assert (result.time, result.marks) == (span("6:17.4"), ("?",))
    after = told(event(), [*records, accepted(pen, proposal, "yes")])
    result = after.stage_result("SS1", "11")
    assert result is not None
    assert (result.time, result.marks) == (span("6:17.3"), ("E",))
    assert after.proposals() == ()


def test_pairs_of_another_observer_or_after_a_restart_of_the_clock_do_not_count() -> None:
    pen = Pen()
    records = finishes(pen, of=[9, 9, 9])
    line = at("11:38:00")
    records += [
        pen.stamp("SS1.FF", "00:00", "5", at=line, device="beam", boot=1, n=5),
        hand(pen, "5", line + SECOND, device="other observer"),
        pen.stamp("SS1.FF", "00:00", "6", at=line + 60 * SECOND, device="beam", boot=2, n=6),
        hand(pen, "6", line + 61 * SECOND),
        pen.stamp("SS1.FF", "00:00", "7", at=line + 120 * SECOND, device="beam", boot=1, n=7),
        hand(pen, "7", line + 121 * SECOND, boot=2),
    ]
    proposal = next(p for p in told(event(), records).proposals() if p.car == "11")
    assert proposal.value == at("11:42:17.34")
    assert proposal.low_confidence
    assert proposal.text.endswith("the mean of 3 pairs: car 1 +0.09, car 2 +0.09, car 3 +0.09")


def test_fewer_than_three_pairs_offer_nothing() -> None:
    assert told(event(), finishes(Pen(), of=[9, 9])).proposals() == ()


def test_a_correction_of_a_pair_proposes_anew_and_leaves_the_accepted_time() -> None:
    pen = Pen()
    records = finishes(pen)
    yes = accepted(pen, only(told(event(), records)), "yes")
    # The pair of car 4 is gone: its hand time was a false press.
    press = next(r for r in records if r.key.startswith("S/observer/1/104"))
    spurious = pen.rule(MarkSpurious(press.key), "press", clock="19:00")
    rally = in_any_order(event(), [*records, yes, spurious])
    proposal = only(rally)
    assert (proposal.stale, proposal.standing) == (True, "yes")
    # 0.72 over nine pairs.
    assert (proposal.stands, proposal.value) == (at("11:42:17.34"), at("11:42:17.35"))
    assert proposal.low_confidence
    result = rally.stage_result("SS1", "11")
    assert result is not None
    assert result.time == span("6:17.3")


def test_a_replacement_time_is_offered_to_be_taken_back_when_the_beams_time_turns_up() -> None:
    pen = Pen()
    records = finishes(pen)
    yes = accepted(pen, only(told(event(), records)), "yes")
    found = pen.stamp("SS1.FF", "11:42:17.36", "11", device="beam", boot=1, n=11)
    proposal = only(in_any_order(event(), [*records, yes, found]))
    assert proposal.act == Withdraw("yes")
    assert "the electronic time was found" in proposal.text


def test_a_replacement_time_whose_hand_time_is_another_cars_has_no_basis() -> None:
    pen = Pen()
    records = finishes(pen)
    yes = accepted(pen, only(told(event(), records)), "yes")
    moved = pen.rule(AssignCar(records[-1].key, "12"), "moved", clock="19:00")
    proposals = told(event(), [*records, yes, moved]).proposals()
    back = next(p for p in proposals if p.car == "11")
    assert back.act == Withdraw("yes")
    assert "its hand time is gone" in back.text


def test_a_measured_time_that_an_official_put_in_is_no_replacement_time() -> None:
    pen = Pen()
    records = [*finishes(pen), pen.rule(CorrectTime("SS1.FF", "11", at("11:42:17.40")), "slip")]
    rally = told(event(), records)
    assert rally.proposals() == ()
    result = rally.stage_result("SS1", "11")
    assert result is not None
    assert result.marks == ("*",)


def test_a_pair_is_named_by_the_car_that_an_official_put_to_its_stamp() -> None:
    pen = Pen()
    records = finishes(pen, of=[9, 9, 9])
    press = next(r for r in records if r.key.startswith("S/observer/1/102"))
    assert isinstance(press.body, Stamp)
    records[records.index(press)] = replace(press, body=replace(press.body, car=None))
    records.append(pen.rule(AssignCar(press.key, "2"), "whose"))
    proposal = next(p for p in in_any_order(event(), records).proposals() if p.car == "11")
    assert proposal.text.endswith("the mean of 3 pairs: car 1 +0.09, car 2 +0.09, car 3 +0.09")


def test_the_neighbours_are_those_who_started_before_on_this_stage() -> None:
    pen = Pen()
    records = finishes(pen)
    # Car 12 was sent off long before the others; its observer was half a second late.
    line = at("11:20:00")
    records += [
        pen.stamp("SS1.START", "11:13:00", "12"),
        pen.stamp("SS1.FF", "00:00", "12", at=line, device="beam", boot=1, n=12),
        hand(pen, "12", line + SECOND // 2),
        # Car 13 came after: it counts only where too few came before.
        pen.stamp("SS1.START", "11:40:00", "13"),
        pen.stamp("SS1.FF", "00:00", "13", at=at("11:47:00"), device="beam", boot=1, n=13),
        hand(pen, "13", at("11:47:00") + SECOND),
    ]
    assert only(in_any_order(event(), records)).value == at("11:42:17.34")
    fewer = [r for r in records if not r.key.startswith("S/observer/1/104")]
    # Without the pair of car 4 (+0.18) that of car 12 (+0.50) comes in: (0.90 - 0.18 + 0.50) / 10.
    assert only(told(event(), fewer)).value == at("11:42:17.31")


def test_a_replacement_time_given_without_its_pairs_is_held_against_the_cars_hand_time() -> None:
    pen = Pen()
    records = finishes(pen)
    right = CorrectTime("SS1.FF", "11", at("11:42:17.34"), TimeBasis.REPLACEMENT)
    assert told(event(), [*records, pen.rule(right, "right")]).proposals() == ()
    wrong = CorrectTime("SS1.FF", "11", at("11:42:17.40"), TimeBasis.REPLACEMENT)
    proposal = only(told(event(), [*records, pen.rule(wrong, "wrong")]))
    assert (proposal.stale, proposal.stands, proposal.value) == (
        True,
        at("11:42:17.40"),
        at("11:42:17.34"),
    )
    assert proposal.text.startswith("11:42:17.40 stands; now 11:42:17.34 = by hand 11:42:17.43")


def test_the_same_instant_out_of_other_pairs_is_offered_anew() -> None:
    pen = Pen()
    records = finishes(pen, of=[9] * 10)
    yes = accepted(pen, only(told(event(), records)), "yes")
    press = next(r for r in records if r.key.startswith("S/observer/1/104"))
    fewer = pen.rule(MarkSpurious(press.key), "press", clock="19:00")
    proposal = only(in_any_order(event(), [*records, yes, fewer]))
    assert (proposal.stale, proposal.stands, proposal.value) == (True, at("11:42:17.34"), at("11:42:17.34"))
    assert proposal.low_confidence
