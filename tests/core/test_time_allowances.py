"""Lost time that a crew claims before it knows its time (Kitchener-Waterloo Rally Club, Time Allowance)."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rallies import Pen, at, everything, told
from tests.core.test_tsd import event, result
from timing.core.decisions import AllowTime, Role
from timing.core.instant import MINUTE
from timing.core.preset import TimeAllowanceRule, Unit
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.time_allowances import charge, raised, within
from timing.presets import load_preset

RULE = TimeAllowanceRule()
TSD = load_preset("TSD_HUNDREDTH")
HALF = MINUTE // 2


def minutes(text: str) -> int:
    return int(Decimal(text) * MINUTE)


@pytest.mark.parametrize(
    ("asked", "claimed"),
    [
        ("0.5", "0.5"),
        ("1.5", "1.5"),
        ("19.5", "19.5"),
        ("1.0", "1.5"),
        ("2.0", "2.5"),
        ("19.0", "19.5"),
        ("0.1", "0.5"),
        ("1.51", "2.5"),
        ("25.0", "19.5"),
    ],
)
def test_a_claim_is_half_a_minute_more_than_whole_minutes_and_raised_to_the_next(
    asked: str, claimed: str
) -> None:
    assert raised(minutes(asked), RULE) == minutes(claimed)


@pytest.mark.parametrize(
    ("claim", "left", "given"),
    [
        ("9.5", "19.5", "9.5"),
        ("19.5", "19.5", "19.5"),
        ("9.5", "6.5", "6.5"),
        ("9.5", "6.0", "5.5"),
        ("0.5", "0.4", "0"),
        ("1.5", "0", "0"),
    ],
)
def test_no_more_is_given_than_what_is_left_of_the_leg(claim: str, left: str, given: str) -> None:
    assert within(minutes(claim), minutes(left), RULE) == minutes(given)


@pytest.mark.parametrize(
    ("claimed", "cost"), [("0", 0), ("0.5", 10), ("1.0", 10), ("1.5", 20), ("19.5", 200)]
)
def test_where_a_claim_costs_something_begun_minutes_count_whole(claimed: str, cost: int) -> None:
    assert charge(minutes(claimed), replace(RULE, charge_per_min=10)) == cost


@given(st.integers(1, 60 * MINUTE), st.integers(0, 30 * MINUTE))
def test_what_is_given_is_a_step_and_within_the_budget(asked: int, left: int) -> None:
    found = within(raised(asked, RULE), left, RULE)
    assert found == 0 or found % MINUTE == HALF
    assert found <= min(left, RULE.most)
    if left >= RULE.most >= asked:
        assert 0 <= found - asked < MINUTE


# through a whole rally ----------------------------------------------------------------------------


def late(pen: Pen, *more: Record, car: str = "1") -> list[Record]:
    """A crew that takes 7.12 min where 5.42 are ideal: 1.70 late."""
    return [pen.stamp("START", "10:00:10", car), pen.stamp("CP1", "10:18:07.2", car), *more]


def claim(pen: Pen, time: str, ident: str = "ta", **more: object) -> Record:
    act = AllowTime("T1", "1", minutes(time), **more)  # type: ignore[arg-type]
    return pen.rule(act, ident, Role.CLERK, clock="10:50")


def told_shuffled(rally_event: object, records: list[Record]) -> Rally:
    mixed = list(records)
    random.Random(3).shuffle(mixed)
    rally = told(rally_event, records)  # type: ignore[arg-type]
    assert everything(told(rally_event, mixed)) == everything(rally)  # type: ignore[arg-type]
    return rally


@pytest.mark.parametrize(
    ("asked", "points", "note"),
    [
        ("1.5", 20, ""),
        ("2.5", 80, ""),
        ("2.0", 80, "asked 2:00 min: raised to the next step"),
    ],
)
def test_1_7_late_is_0_2_late_with_a_minute_and_a_half_and_0_8_early_with_two_and_a_half(
    asked: str, points: int, note: str
) -> None:
    pen = Pen()
    records = late(pen, claim(pen, asked))
    found = result(told_shuffled(event(), records), "T1")
    assert (found.points, found.reason, found.marks) == (Decimal(points), note, ())
    assert found.time == 712 * MINUTE // 100


def test_1_5_late_with_a_minute_and_a_half_is_on_time() -> None:
    pen = Pen()
    records = [pen.stamp("CP1", "10:17:55.2", "1"), claim(pen, "1.5")]
    assert result(told_shuffled(event(), records), "T1").points == 0


def test_a_claim_after_the_time_check_told_the_time_does_not_count_and_is_shown() -> None:
    pen = Pen()
    records = late(pen, pen.stamp("TIMES", "10:40:00", "1"), claim(pen, "1.5"))
    found = result(told_shuffled(event(), records), "T1")
    assert (found.points, found.allowance, found.marks) == (Decimal(170), 0, ("?",))
    assert found.reason == "declared at 10:50:00, after TIMES told the time at 10:40:00"
    for declared in ("10:39:00", "10:40:00"):
        in_time = late(pen, pen.stamp("TIMES", "10:40:00", "1"), claim(pen, "1.5", declared_at=at(declared)))
        assert result(told(event(), in_time), "T1").points == 20


def test_a_delay_that_a_marshal_saw_is_granted_exactly_and_spends_no_budget() -> None:
    pen = Pen()
    seen = claim(pen, "1.7", exact=True)
    found = result(told_shuffled(event(), late(pen, seen)), "T1")
    assert (found.points, found.allowance) == (Decimal(0), minutes("1.7"))
    without = replace(event(), preset=replace(TSD, time_allowance=None))
    assert result(told(without, late(pen, seen)), "T1").points == 0
    refused = result(told(without, late(pen, claim(pen, "1.5"))), "T1")
    assert (refused.points, refused.reason) == (
        Decimal(170),
        "these regulations know no time allowance",
    )


def test_when_the_budget_of_a_leg_is_used_up_the_next_claim_does_not_count() -> None:
    pen = Pen()
    second = pen.rule(AllowTime("T2", "1", minutes("1.5")), "ta2", Role.CLERK, clock="10:50")
    records = late(pen, claim(pen, "19.5"), pen.stamp("CP2", "10:36:00", "1"), second)
    rally = told_shuffled(event(), records)
    found = result(rally, "T2")
    assert result(rally, "T1").allowance == minutes("19.5")
    assert (found.allowance, found.reason) == (0, "the time allowance of the leg is used up")


def test_a_claim_that_costs_something_is_a_line_of_the_penalty_list() -> None:
    pen = Pen()
    priced = replace(TSD, time_allowance=replace(RULE, charge_per_min=10))
    rally = told_shuffled(replace(event(), preset=priced), late(pen, claim(pen, "1.5")))
    (row,) = rally.crew_state("1").penalties
    assert (row.rule, row.amount, row.control, row.text) == (
        "time allowance",
        Decimal(20),
        "CP1",
        "1:30 min claimed on T1",
    )
    assert rally.classification("overall").rows["1"].total == 40
    assert priced.unit is Unit.POINTS


def test_a_claim_on_something_that_is_no_test_or_of_nothing_does_not_count() -> None:
    pen = Pen()
    found = result(told(event(), late(pen, claim(pen, "0"))), "T1")
    assert (found.allowance, found.points) == (0, Decimal(170))
