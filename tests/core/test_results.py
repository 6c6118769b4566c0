"""The words of the answers."""

from timing.core.results import Changes, Chosen, PenaltyRow, in_mark_order


def test_marks_are_always_shown_in_one_order() -> None:
    assert in_mark_order({"?", "*", "N", "P", "~", "R", "E"}) == ("N", "E", "P", "R", "*", "?", "~")
    assert in_mark_order(set()) == ()


def test_changes_add_up() -> None:
    one = Changes(frozenset("1"), frozenset({"SS1"}), frozenset(), False)
    other = Changes(frozenset("2"), frozenset(), frozenset({"TC1"}), True)
    assert one | other == Changes(frozenset("12"), frozenset({"SS1"}), frozenset({"TC1"}), True)
    assert one | Changes() == one


def test_a_row_without_an_amount_is_undecided_and_one_of_nought_is_not() -> None:
    assert PenaltyRow(car="1", rule="x", amount=None).undecided
    assert not PenaltyRow(car="1", rule="x", amount=0).undecided


def test_a_time_shows_correction_and_doubt() -> None:
    chosen = Chosen(control="TC1", car="1", at=0, source="A", key="k", seq=1, corrected=True, review="why")
    assert chosen.marks == ("*", "?")
