import struct

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.teltonika import TeltonikaDecoder, checksum
from timing.core.instant import parse_instant
from timing.core.readings import Fix, Rejected

ARRIVAL = parse_instant("2026-09-20T10:00:05Z")
AT = parse_instant("2026-09-20T10:00:00Z")
IO = {8: b"\x00\x00\x00\x00\x00\x00", 0x8E: bytes(14), 0x10: bytes(2 + 1 + 5)}
LOGIN = b"\x00\x0f352093081452251"


def packet(codec: int, *records: bytes, count: int | None = None) -> bytes:
    number = len(records) if count is None else count
    data = bytes([codec, number]) + b"".join(records) + bytes([number])
    return bytes(4) + len(data).to_bytes(4, "big") + data + checksum(data).to_bytes(4, "big")


def record(
    codec: int = 8, *, lat: float = 33.7, lon: float = -116.4, kmh: int = 90, satellites: int = 9
) -> bytes:
    head = struct.pack(
        ">QBiihHBH", AT // 1_000, 1, round(lon * 1e7), round(lat * 1e7), -4, 181, satellites, kmh
    )
    return head + IO[codec]


def decode(*packets: bytes) -> Decoded:
    return TeltonikaDecoder(DecoderContext(device="gateway")).feed(b"".join(packets), ARRIVAL)


@pytest.mark.parametrize("codec", [8, 0x8E, 0x10])
def test_a_record_becomes_a_fix_of_the_tracker_that_logged_in(codec: int) -> None:
    [fix] = decode(LOGIN, packet(codec, record(codec)))
    assert isinstance(fix, Fix)
    assert (fix.device, fix.at) == ("352093081452251", AT)
    assert (fix.lat, fix.lon, fix.altitude, fix.course) == (33.7, -116.4, -4.0, 181.0)
    assert fix.speed == pytest.approx(25.0)


def test_a_login_whose_check_digit_is_wrong_names_no_tracker() -> None:
    refused, fix = decode(LOGIN, LOGIN.replace(b"2251", b"2241"), packet(8, record()))
    assert isinstance(refused, Rejected)
    assert "is no IMEI" in refused.detail
    assert isinstance(fix, Fix)
    assert fix.device == "gateway"


def test_without_a_login_it_is_the_device_of_the_register() -> None:
    [fix] = decode(packet(8, record()))
    assert isinstance(fix, Fix)
    assert fix.device == "gateway"


def test_a_packet_holds_several_records_and_a_queue_keeps_its_times() -> None:
    assert len(decode(packet(8, record(), record(), record()))) == 3


@pytest.mark.parametrize("bad", [record(satellites=0), record(lat=0, lon=0)])
def test_a_record_without_a_place_says_nothing(bad: bytes) -> None:
    assert len(decode(packet(8, bad, record()))) == 1


def test_a_place_that_is_none_costs_its_record_only() -> None:
    refused, good = decode(packet(8, record(lat=91), record()))
    assert isinstance(refused, Rejected)
    assert isinstance(good, Fix)


def test_a_packet_whose_records_do_not_fill_it_is_of_another_layout() -> None:
    [refused] = decode(packet(8, record() + b"\x00"))
    assert isinstance(refused, Rejected)
    assert refused.reason == "length"


def test_a_wrong_checksum_costs_one_packet() -> None:
    bad = bytearray(packet(8, record()))
    bad[20] ^= 1
    refused, good = decode(bytes(bad), packet(8, record()))
    assert isinstance(refused, Rejected)
    assert refused.reason == "checksum"
    assert isinstance(good, Fix)


def test_commands_and_signs_of_life_say_nothing() -> None:
    assert decode(b"\xff", packet(0x0C, b"\x05abc"), b"\xff") == []


def test_the_checksum_of_a_captured_packet_is_its_own() -> None:
    data = "080100000140d4e3ec6e000cc661d01674a5e0fffc00000900000004020100f00002423223180000000001"
    assert checksum(bytes.fromhex(data)) == 0x7A04
