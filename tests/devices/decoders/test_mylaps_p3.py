import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.mylaps_p3 import MylapsP3Decoder, checksum, unescaped
from timing.core.instant import HOUR, MINUTE, parse_instant
from timing.core.readings import Heartbeat, Rejected, Stamp

ARRIVAL = parse_instant("2019-03-02T16:06:50Z")


def record(kind: int, *fields: tuple[int, bytes]) -> bytes:
    body = b"".join(bytes([name, len(value)]) + value for name, value in fields)
    size = 10 + len(body) + 1
    plain = bytearray(
        b"\x8e\x02"
        + size.to_bytes(2, "little")
        + b"\x00\x00\x00\x00"
        + kind.to_bytes(2, "little")
        + body
        + b"\x8f"
    )
    plain[4:6] = checksum(bytes(plain)).to_bytes(2, "little")
    inner = b"".join(
        bytes([0x8D, sign + 0x20]) if 0x8D <= sign <= 0x8F else bytes([sign]) for sign in plain[1:-1]
    )
    return b"\x8e" + inner + b"\x8f"


def passing(*more: tuple[int, bytes], transponder: int = 5_691_251) -> bytes:
    rtc = parse_instant("2019-03-02T16:06:48.933Z")
    return record(1, (3, transponder.to_bytes(4, "little")), (4, rtc.to_bytes(8, "little")), *more)


STATUS = record(2, (1, b"\x28\x00"))


def decode(*records: bytes, cars: dict[str, str] | None = None, offset: int = 0) -> Decoded:
    context = DecoderContext(device="loop", cars=cars or {}, clock_offset=offset)
    return MylapsP3Decoder(context).feed(b"".join(records), ARRIVAL)


def stamp(data: bytes, cars: dict[str, str] | None = None, offset: int = 0) -> Stamp:
    [item] = decode(data, cars=cars, offset=offset)
    assert isinstance(item, Stamp)
    return item


def test_a_passing_becomes_a_stamp_of_its_decoder() -> None:
    read = stamp(passing((0x81, (0x41813).to_bytes(4, "little"))), cars={"5691251": "12"})
    assert read.at == parse_instant("2019-03-02T16:06:48.933Z")
    assert (read.channel, read.car, read.resolution) == ("00041813", "12", 1_000)
    assert read.note == "transponder 5691251"


def test_the_decoders_clock_is_read_as_the_register_says_and_utc_as_utc() -> None:
    assert stamp(passing(), offset=HOUR).at == parse_instant("2019-03-02T15:06:48.933Z")
    utc = parse_instant("2019-03-02T15:06:48.934Z").to_bytes(8, "little")
    assert stamp(passing((0x10, utc)), offset=HOUR).at == parse_instant("2019-03-02T15:06:48.934Z")


def test_escaped_bytes_are_read_as_they_were() -> None:
    data = passing(transponder=0x8F8E8D)
    assert b"\x8d\xaf\x8d\xae" in data or b"\x8d\xad" in data
    assert stamp(data).note == f"transponder {0x8F8E8D}"
    assert unescaped(b"\x8d\xad\x8d\xae\x8d\xaf\x01") == b"\x8d\x8e\x8f\x01"


def test_a_loop_that_is_there_says_so_once_a_minute() -> None:
    decoder = MylapsP3Decoder(DecoderContext(device="loop"))
    assert decoder.feed(STATUS, ARRIVAL) == [Heartbeat(device="loop", at=ARRIVAL, link="tcp")]
    assert decoder.feed(STATUS, ARRIVAL + MINUTE // 2) == []
    assert len(decoder.feed(STATUS, ARRIVAL + MINUTE)) == 1


def test_the_checksum_of_a_captured_record_is_its_own() -> None:
    captured = bytes.fromhex("8e021f00f3890000020001022800070216000c01760601008104131804008f")
    assert checksum(captured) == 0x89F3


def test_a_wrong_checksum_costs_one_record_at_once() -> None:
    bad = bytearray(passing())
    bad[14] ^= 1
    decoder = MylapsP3Decoder(DecoderContext(device="loop"))
    decoder.feed(bytes(bad), ARRIVAL)
    refused, good = decode(bytes(bad), passing())
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.raw) == ("checksum", bytes(bad))
    assert isinstance(good, Stamp)


def test_a_record_that_was_cut_holds_nothing_up() -> None:
    refused, good = decode(passing()[:20], passing())
    assert isinstance(refused, Rejected)
    assert isinstance(good, Stamp)


@pytest.mark.parametrize(
    "data",
    [
        record(1, (3, b"\x01")),
        record(1, (3, b"\x01"), (4, b"\xff" * 8)),
        record(1, (1, b"\x01")),
    ],
)
def test_a_passing_without_what_makes_it_one_is_refused(data: bytes) -> None:
    [bad] = decode(data)
    assert isinstance(bad, Rejected)
    assert bad.reason == "range"
