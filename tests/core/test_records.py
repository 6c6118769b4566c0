from timing.core.decisions import Decision, Restore, Role
from timing.core.readings import Stamp, reading_key
from timing.core.records import body_key

STAMP = Stamp(device="D", at=1, channel="C0")


def test_a_record_is_identified_by_what_was_said() -> None:
    assert body_key(STAMP) == reading_key(STAMP)


def test_a_decision_named_like_a_stamp_does_not_take_its_place() -> None:
    decision = Decision(id=reading_key(STAMP), act=Restore("x"), author="A", role=Role.TIMEKEEPER, at=1)
    assert body_key(decision) != body_key(STAMP)
