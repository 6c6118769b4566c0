"""Standing decisions: which of several holds, and what a superseded one still does (nothing)."""

import itertools

from tests.core.rallies import at, crews
from timing.core.decisions import (
    Act,
    AssignCar,
    CancelStage,
    CorrectTime,
    Decision,
    MarkSpurious,
    Penalise,
    Reinstate,
    Restore,
    Retire,
    Role,
    SetNotional,
    Withdraw,
)
from timing.core.instant import SECOND
from timing.core.rulings import Rulings, Subject


def ruling(ident: str, act: Act, clock: str = "12:00", supersedes: str | None = None) -> Decision:
    return Decision(id=ident, act=act, author="A", role=Role.TIMEKEEPER, at=at(clock), supersedes=supersedes)


def index(*decisions: Decision) -> Rulings:
    rulings = Rulings(crews("1", "12"))
    for seq, decision in enumerate(decisions, 1):
        rulings.add(decision, seq)
    return rulings


def car(rulings: Rulings, stamp: str = "s") -> str | None:
    ruled = rulings.car_put_to(stamp)
    assert ruled is None or isinstance(ruled.decision.act, AssignCar)
    return None if ruled is None else ruled.decision.act.car  # type: ignore[union-attr]


def test_of_several_rulings_on_a_thing_the_latest_holds_and_then_the_id() -> None:
    decisions = [
        ruling("b", AssignCar("s", "1"), "12:00"),
        ruling("a", AssignCar("s", "12"), "12:01"),
        ruling("c", AssignCar("s", "2"), "12:01"),
    ]
    for order in itertools.permutations(decisions):
        assert car(index(*order)) == "2"


def test_a_chain_of_replacements_leaves_its_last_link() -> None:
    decisions = [
        ruling("a", AssignCar("s", "1"), "12:05"),
        ruling("b", AssignCar("s", "2"), "12:04", supersedes="a"),
        ruling("c", AssignCar("s", "3"), "12:03", supersedes="b"),
    ]
    for order in itertools.permutations(decisions):
        rulings = index(*order)
        assert car(rulings) == "3"
        assert [rulings.stands(ident) for ident in "abc"] == [False, False, True]


def test_a_ruling_may_replace_one_that_has_not_arrived() -> None:
    rulings = index(ruling("b", Penalise("1", "x", time=0), supersedes="a"))
    rulings.add(ruling("a", Penalise("1", "x", time=SECOND)), 2)
    assert [r.decision.id for r in rulings.of_car("1").penalties] == ["b"]


def test_a_ruling_that_names_itself_still_stands() -> None:
    assert index(ruling("a", AssignCar("s", "1"), supersedes="a")).stands("a")


def test_replacing_touches_what_both_were_about() -> None:
    rulings = index(ruling("a", AssignCar("s1", "1")))
    touched = rulings.add(ruling("b", AssignCar("s2", "1"), supersedes="a"), 2)
    assert set(touched) == {Subject("stamp", "s1"), Subject("stamp", "s2")}


def test_spurious_and_restored_by_turns() -> None:
    rulings = index(ruling("a", MarkSpurious("s"), "12:00"))
    assert rulings.spurious("s") is not None
    rulings.add(ruling("b", Restore("s"), "12:01"), 2)
    assert rulings.spurious("s") is None
    rulings.add(ruling("c", MarkSpurious("s"), "12:02"), 3)
    assert rulings.spurious("s") is not None
    assert rulings.spurious("other") is None


def test_cancelling_a_stage_can_be_taken_back() -> None:
    rulings = index(ruling("a", CancelStage("SS1")))
    assert rulings.cancelled("SS1") is not None
    rulings.add(ruling("b", CancelStage("SS1", cancelled=False), "12:01"), 2)
    assert rulings.cancelled("SS1") is None
    assert rulings.cancelled("SS2") is None


def test_penalties_add_up_and_other_rulings_replace_each_other() -> None:
    found = index(
        ruling("p1", Penalise("1", "x", time=SECOND)),
        ruling("p2", Penalise("1", "x", time=SECOND)),
        ruling("t1", CorrectTime("TC1", "1", at("10:00"))),
        ruling("t2", CorrectTime("TC1", "1", at("10:01")), "12:01"),
        ruling("r1", Retire("1")),
        ruling("r2", Reinstate("1"), "12:01"),
    ).of_car("1")
    assert [r.decision.id for r in found.penalties] == ["p1", "p2"]
    assert found.corrections["TC1"].decision.id == "t2"
    assert found.competing is not None
    assert found.competing.decision.id == "r2"


def test_a_car_number_with_leading_zeros_is_the_same_car() -> None:
    rulings = index(ruling("p", Penalise("012", "x", time=SECOND)))
    assert len(rulings.of_car("12").penalties) == 1
    assert rulings.of_car("1").penalties == ()


def test_another_form_of_a_known_ruling_takes_its_place() -> None:
    rulings = index(ruling("a", AssignCar("s1", "1"), supersedes="z"), ruling("z", AssignCar("s0", "1")))
    rulings.add(ruling("a", AssignCar("s2", "1")), 1)
    assert (car(rulings, "s1"), car(rulings, "s2"), car(rulings, "s0")) == (None, "1", "1")


def _ruling(ident: str, act: Act, at: int, supersedes: str | None = None) -> Decision:
    return Decision(id=ident, act=act, author="A", role=Role.CLERK, at=at, supersedes=supersedes)


def test_what_a_withdrawn_decision_had_replaced_stands_again_in_any_order_of_arrival() -> None:
    decisions = (
        _ruling("first", SetNotional("SS1", "1", 60_000_000), 1),
        _ruling("second", SetNotional("SS1", "1", 70_000_000), 2, supersedes="first"),
        _ruling("back", Withdraw("second"), 3),
    )
    for order in itertools.permutations(decisions):
        rulings = Rulings(crews("1"))
        for decision in order:
            rulings.add(decision, decision.at)
        standing = rulings.of_car("1").notional["SS1"]
        assert standing.decision.id == "first"


def test_a_withdrawal_that_is_itself_withdrawn_changes_nothing() -> None:
    decisions = (
        _ruling("penalty", Penalise("1", "speeding", time=60_000_000), 1),
        _ruling("back", Withdraw("penalty"), 2),
        _ruling("no", Withdraw("back"), 3),
    )
    for order in itertools.permutations(decisions):
        rulings = Rulings(crews("1"))
        for decision in order:
            rulings.add(decision, decision.at)
        assert [ruled.decision.id for ruled in rulings.of_car("1").penalties] == ["penalty"]


def test_a_decision_replaced_by_way_of_another_stays_replaced() -> None:
    decisions = (
        _ruling("a", Penalise("1", "speeding", time=10), 1),
        _ruling("b", Penalise("1", "speeding", time=20), 2, supersedes="a"),
        _ruling("c", Penalise("1", "speeding", time=30), 3, supersedes="b"),
    )
    for order in itertools.permutations(decisions):
        rulings = Rulings(crews("1"))
        for decision in order:
            rulings.add(decision, decision.at)
        assert [ruled.decision.id for ruled in rulings.of_car("1").penalties] == ["c"]
