"""The identity of a reading: equal for each delivery of it, different for anything else."""

from dataclasses import replace

from timing.core.readings import Fix, Stamp, StampMark, reading_key

STAMP = Stamp(device="timy", at=1_789_898_840_273_100, channel="C1", car="12")


def test_a_device_with_a_sequence_is_known_by_boot_and_sequence() -> None:
    first = replace(STAMP, boot=3, n=17)
    assert reading_key(first) == reading_key(replace(first, marks=(StampMark.MEMORY,)))
    assert reading_key(first) != reading_key(replace(first, boot=4))
    assert reading_key(first) != reading_key(replace(first, device="other"))


def test_a_sequence_without_a_boot_may_wrap_and_still_be_another_passing() -> None:
    early, later = replace(STAMP, n=1), replace(STAMP, n=1, at=STAMP.at + 1_000_000)
    assert reading_key(early) != reading_key(later)


def test_a_repeat_from_memory_is_the_same_stamp() -> None:
    assert reading_key(STAMP) == reading_key(replace(STAMP, marks=(StampMark.MEMORY,)))


def test_two_cars_at_one_instant_are_two_stamps() -> None:
    assert reading_key(STAMP) != reading_key(replace(STAMP, car="15"))


def test_a_withdrawal_is_a_reading_of_its_own() -> None:
    assert reading_key(STAMP) != reading_key(replace(STAMP, cancelled=True))
    numbered = replace(STAMP, boot=1, n=2)
    assert reading_key(numbered) != reading_key(replace(numbered, cancelled=True))


def test_a_fix_is_known_by_its_time_and_place() -> None:
    fix = Fix(device="t1", at=1, lat=33.7, lon=-116.4, boot=1, n=1)
    assert reading_key(fix) == reading_key(replace(fix, n=2, battery=5))
    assert reading_key(fix) != reading_key(replace(fix, lat=33.8))


def test_a_key_of_the_device_and_its_sensor_at_one_instant_are_two_stamps() -> None:
    beam = Stamp(device="g", at=10, channel="C1", car="12")
    by_key = replace(beam, marks=(StampMark.MANUAL,))
    assert reading_key(by_key) != reading_key(beam)
    assert reading_key(replace(by_key, marks=(StampMark.MEMORY, StampMark.MANUAL))) == reading_key(by_key)
