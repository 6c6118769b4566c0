from dataclasses import replace

from timing.core.decisions import Decision, Restore, Role
from timing.core.readings import Stamp, StampMark, reading_key
from timing.core.records import body_key, first_key

STAMP = Stamp(device="D", at=1, channel="C0")


def test_a_record_is_identified_by_what_was_said() -> None:
    assert body_key(STAMP) == reading_key(STAMP)


def test_a_decision_named_like_a_stamp_does_not_take_its_place() -> None:
    decision = Decision(id=reading_key(STAMP), act=Restore("x"), author="A", role=Role.TIMEKEEPER, at=1)
    assert body_key(decision) != body_key(STAMP)


def test_the_first_journals_named_a_key_of_a_device_as_its_sensor() -> None:
    by_key = replace(STAMP, marks=(StampMark.MEMORY, StampMark.MANUAL))
    assert first_key(by_key) == body_key(STAMP) != body_key(by_key)
    assert first_key(STAMP) == body_key(STAMP)
