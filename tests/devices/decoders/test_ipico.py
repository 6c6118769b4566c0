import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.ipico import IpicoDecoder
from timing.core.instant import HOUR, parse_instant
from timing.core.readings import Rejected, Stamp

ARRIVAL = parse_instant("2026-09-20T10:30:20+02:00")


def read(digits: bytes) -> bytes:
    """A read with its checksum behind it."""
    return b"aa%s%02x" % (digits, sum(digits) & 0xFF)


READ = read(b"00058001a2b3c400012609201030000c")


def decode(line: bytes) -> Decoded:
    context = DecoderContext(device="mat", clock_offset=2 * HOUR, cars={"058001a2b3c4": "12"})
    return IpicoDecoder(context).feed(line + b"\r\n", ARRIVAL)


def test_the_makers_example() -> None:
    """Reader 64, chip 12345, 30 December 2001, 18:45:59.39, checksum a7."""
    [found] = decode(b"aa400000000123450a2a01123018455927a7")
    assert isinstance(found, Stamp)
    assert found.at == parse_instant("2001-12-30T18:45:59.39+02:00")
    assert (found.channel, found.note) == ("64", "chip 000000012345")
    [other] = decode(b"aa0000000003e52e0102050625025124319b")
    assert isinstance(other, Stamp)
    assert other.at == parse_instant("2005-06-25T02:51:24.49+02:00")


@pytest.mark.parametrize("end", [b"", b"FS"])
def test_the_first_read_of_a_chip_is_a_stamp_of_its_car(end: bytes) -> None:
    [found] = decode(READ + end)
    assert isinstance(found, Stamp)
    assert found.at == parse_instant("2026-09-20T10:30:00.12+02:00")
    assert (found.channel, found.car, found.resolution) == ("0", "12", 10_000)


def test_the_last_read_says_nothing() -> None:
    assert decode(READ + b"LS") == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (read(b"00058001a2b3c4000126092010300064"), "range"),  # 100 hundredths
        (read(b"00058001a2b3c400012609203210000c"), "range"),
        (READ[:-1], "no_frame"),
        (b"bb" + READ[2:], "no_frame"),
        (READ[:-2], "no_checksum"),
        (READ[:-2] + b"FS", "no_checksum"),
        (READ[:33] + b"d" + READ[34:], "checksum"),
    ],
)
def test_what_cannot_be_is_refused(line: bytes, reason: str) -> None:
    [item] = decode(line)
    assert isinstance(item, Rejected)
    assert item.reason == reason
