import struct

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.ubx_tim_tm2 import UbxTimTm2Decoder, checksum
from timing.core.instant import parse_instant
from timing.core.readings import Rejected, Stamp, StampMark

ARRIVAL = parse_instant("2026-09-10T07:54:01Z")
RISING, FALLING, VALID, GNSS, UTC = 0x80, 0x04, 0x40, 0x08, 0x10


def packet(flags: int, *, count: int = 11, ms: int = 374_058_185, ns: int = 587_227, pin: int = 0) -> bytes:
    payload = struct.pack("<BBHHHIIIII", pin, flags, count, 2435, 2435, ms, ns, ms + 3, 500, 29)
    body = b"\x0d\x03" + len(payload).to_bytes(2, "little") + payload
    return b"\xb5\x62" + body + checksum(body)


def decode(*packets: bytes) -> Decoded:
    return UbxTimTm2Decoder(DecoderContext(device="gate")).feed(b"".join(packets), ARRIVAL)


def test_an_edge_becomes_a_stamp_to_the_microsecond_in_utc() -> None:
    [read] = decode(packet(RISING | VALID | GNSS))
    assert isinstance(read, Stamp)
    assert read.at == parse_instant("2026-09-10T07:54:00.185587Z")
    assert (read.channel, read.car, read.resolution, read.uncertainty, read.marks) == ("R0", None, 1, 1, ())


def test_both_edges_of_a_pulse_are_stamps_on_channels_of_their_own() -> None:
    rising, falling = decode(packet(RISING | FALLING | VALID | GNSS, pin=1))
    assert isinstance(rising, Stamp)
    assert isinstance(falling, Stamp)
    assert (rising.channel, falling.channel) == ("R1", "F1")
    assert falling.at - rising.at == 3_000 - 587


def test_utc_needs_no_leap_seconds_taken_off() -> None:
    [gnss], [utc] = decode(packet(RISING | VALID | GNSS)), decode(packet(RISING | VALID | UTC))
    assert isinstance(gnss, Stamp)
    assert isinstance(utc, Stamp)
    assert utc.at - gnss.at == 18_000_000


def test_a_receivers_own_time_base_is_not_a_set_clock() -> None:
    [read] = decode(packet(RISING | VALID))
    assert isinstance(read, Stamp)
    assert read.marks == (StampMark.UNSYNCED,)


@pytest.mark.parametrize("flags", [RISING | GNSS, RISING | VALID | GNSS | UTC])
def test_a_mark_without_a_valid_time_is_refused(flags: int) -> None:
    [bad] = decode(packet(flags))
    assert isinstance(bad, Rejected)
    assert bad.reason == "range"


def test_a_time_past_the_end_of_the_week_is_refused() -> None:
    [bad] = decode(packet(RISING | VALID | GNSS, ms=604_800_000))
    assert isinstance(bad, Rejected)


def test_nothing_new_says_nothing() -> None:
    assert decode(packet(VALID | GNSS)) == []


def test_crossings_that_were_not_reported_are_told() -> None:
    flags = RISING | VALID | GNSS
    first, told, second = decode(packet(flags, count=65_534), packet(flags, count=1, ms=374_059_000))
    assert isinstance(told, Rejected)
    assert (told.reason, "2 crossings" in told.detail) == ("lost_edges", True)
    assert isinstance(first, Stamp)
    assert isinstance(second, Stamp)


def test_a_receiver_that_began_anew_lost_nothing() -> None:
    flags = RISING | VALID | GNSS
    assert all(isinstance(item, Stamp) for item in decode(packet(flags, count=900), packet(flags, count=0)))


def test_a_wrong_checksum_costs_one_packet() -> None:
    bad = bytearray(packet(RISING | VALID | GNSS))
    bad[20] ^= 1
    refused, good = decode(bytes(bad), packet(RISING | VALID | GNSS))
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.raw) == ("checksum", bytes(bad))
    assert isinstance(good, Stamp)


def test_sentences_and_other_messages_on_the_same_wire_are_passed_over() -> None:
    other = b"\x01\x07\x02\x00\x05\x06"
    mixed = decode(
        b"$GNRMC,,V,,,,,,,,,,N*4D\r\n", b"\xb5\x62" + other + checksum(other), packet(RISING | VALID | GNSS)
    )
    assert [type(item) for item in mixed] == [Stamp]


def test_a_length_that_no_message_has_holds_nothing_up() -> None:
    [refused, good] = decode(b"\xb5\x62\x0d\x03\x1d\x00", packet(RISING | VALID | GNSS))
    assert isinstance(refused, Rejected)
    assert isinstance(good, Stamp)
