import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.ipico import IpicoDecoder
from timing.core.instant import HOUR, parse_instant
from timing.core.readings import Rejected, Stamp

ARRIVAL = parse_instant("2026-09-20T10:30:20+02:00")
READ = b"aa00058001a2b3c4000126092010300012"


def decode(line: bytes) -> Decoded:
    context = DecoderContext(device="mat", clock_offset=2 * HOUR, cars={"058001a2b3c4": "12"})
    return IpicoDecoder(context).feed(line + b"\r\n", ARRIVAL)


@pytest.mark.parametrize("end", [b"", b"5f", b"5fFS", b"FS"])
def test_the_first_read_of_a_chip_is_a_stamp_of_its_car(end: bytes) -> None:
    [read] = decode(READ + end)
    assert isinstance(read, Stamp)
    assert read.at == parse_instant("2026-09-20T10:30:00.12+02:00")
    assert (read.channel, read.car, read.resolution) == ("0", "12", 10_000)


def test_the_last_read_says_nothing() -> None:
    assert decode(READ + b"5fLS") == []


@pytest.mark.parametrize("line", [READ[:-2] + b"0f", READ[:-10] + b"3210300012", READ[:-1], b"bb" + READ[2:]])
def test_what_cannot_be_is_refused(line: bytes) -> None:
    [item] = decode(line)
    assert isinstance(item, Rejected)


def test_hundredths_in_hexadecimal_digits_are_told() -> None:
    [item] = decode(READ[:-2] + b"0f")
    assert isinstance(item, Rejected)
    assert "hexadecimal" in item.detail
