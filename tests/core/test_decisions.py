from dataclasses import replace

from timing.core.decisions import Decision, MarkSpurious, Restore, Role, decision_key

SPURIOUS = Decision(
    id="7f3a",
    act=MarkSpurious("S/TIMY-1/2/57"),
    author="A. Rossi",
    role=Role.TIMEKEEPER,
    at=1_713_787_200_000_000,
)


def test_a_decision_sent_twice_by_the_page_is_one_decision() -> None:
    assert decision_key(replace(SPURIOUS, at=SPURIOUS.at + 1)) == decision_key(SPURIOUS)


def test_the_same_ruling_made_again_is_another_decision() -> None:
    assert decision_key(replace(SPURIOUS, id="7f3b")) != decision_key(SPURIOUS)


def test_taking_a_ruling_back_leaves_the_ruling_itself_as_it_was() -> None:
    back = replace(SPURIOUS, id="7f3c", act=Restore("S/TIMY-1/2/57"), supersedes=SPURIOUS.id)
    assert back.supersedes == SPURIOUS.id
    assert SPURIOUS.act == MarkSpurious("S/TIMY-1/2/57")
