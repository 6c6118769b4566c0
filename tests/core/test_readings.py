from dataclasses import replace

import pytest

from timing.core.readings import (
    Alert,
    AlertKind,
    Fix,
    Heartbeat,
    Reading,
    Source,
    Stamp,
    StampMark,
    SyncCheck,
    reading_key,
)

BEAM = Stamp(device="TIMY-1", at=1_713_787_200_070_000, channel="C0", resolution=10_000)
NUMBERED = replace(BEAM, boot=2, n=57)
FIX = Fix(device="K-17", at=1_713_787_200_000_000, lat=33.7, lon=-116.4, speed=20.1)
ONE_OF_EACH: tuple[Reading, ...] = (
    BEAM,
    FIX,
    Heartbeat(device="TIMY-1", at=BEAM.at),
    SyncCheck(device="TIMY-1", at=BEAM.at, offset=1_200, uncertainty=500),
    Alert(device="TIMY-1", at=BEAM.at, kind=AlertKind.SOS),
)


def test_a_stamp_sent_again_from_memory_is_the_same_stamp() -> None:
    assert reading_key(replace(BEAM, marks=(StampMark.MEMORY,))) == reading_key(BEAM)


@pytest.mark.parametrize("stamp", [BEAM, NUMBERED])
def test_a_withdrawal_is_another_reading_than_what_it_withdraws(stamp: Stamp) -> None:
    assert reading_key(replace(stamp, cancelled=True)) != reading_key(stamp)


@pytest.mark.parametrize(
    "other",
    [
        replace(BEAM, device="TIMY-2"),
        replace(BEAM, at=BEAM.at + 10_000),
        replace(BEAM, channel="C1"),
        replace(BEAM, car="17"),
    ],
)
def test_stamps_of_different_content_are_different_readings(other: Stamp) -> None:
    assert reading_key(other) != reading_key(BEAM)


def test_two_cars_stamped_in_the_same_hundredth_by_a_marshal_are_two_readings() -> None:
    first = Stamp(device="phone", at=BEAM.at, control="TC1", source=Source.M, car="17")
    assert reading_key(first) != reading_key(replace(first, car="18"))
    assert reading_key(first) != reading_key(replace(first, control="TC2"))


def test_a_devices_own_number_is_its_identity_whatever_it_says() -> None:
    assert reading_key(replace(NUMBERED, at=0, car="3")) == reading_key(NUMBERED)


@pytest.mark.parametrize("other", [replace(NUMBERED, n=58), replace(NUMBERED, boot=3)])
def test_a_count_that_starts_again_after_a_reboot_makes_new_readings(other: Stamp) -> None:
    assert reading_key(other) != reading_key(NUMBERED)


def test_a_count_without_a_boot_number_is_not_trusted_as_identity() -> None:
    assert reading_key(replace(BEAM, n=57)) == reading_key(replace(BEAM, n=58))


def test_a_fix_sent_twice_with_another_count_or_speed_is_one_fix() -> None:
    again = replace(FIX, boot=4, n=9, speed=None, retained=True)
    assert reading_key(again) == reading_key(FIX)


@pytest.mark.parametrize("other", [replace(FIX, at=FIX.at + 1), replace(FIX, lon=-116.4000001)])
def test_a_fix_of_another_time_or_place_is_another_fix(other: Fix) -> None:
    assert reading_key(other) != reading_key(FIX)


def test_two_kinds_of_alert_at_one_instant_are_both_kept() -> None:
    sos = Alert(device="K-17", at=FIX.at, kind=AlertKind.SOS)
    assert reading_key(sos) != reading_key(replace(sos, kind=AlertKind.OK))


def test_readings_of_different_kinds_never_share_an_identity() -> None:
    assert len({reading_key(reading) for reading in ONE_OF_EACH}) == len(ONE_OF_EACH)
    counted = [replace(reading, boot=1, n=1) for reading in ONE_OF_EACH]
    assert len({reading_key(reading) for reading in counted}) == len(counted)
