import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.jchip import JchipDecoder
from timing.core.instant import HOUR, MILLISECOND, SECOND, parse_instant
from timing.core.readings import Rejected, Stamp, SyncCheck

ARRIVAL = parse_instant("2026-09-20T10:11:20+02:00")


def decode(line: bytes) -> Decoded:
    context = DecoderContext(device="mat", clock_offset=2 * HOUR, cars={"Z413A35": "12"})
    return JchipDecoder(context).feed(line + b"\r", ARRIVAL)


def test_a_read_becomes_a_stamp_of_its_chips_car() -> None:
    [read] = decode(b"DJZ413A35 10:11:16.4433 10  10000      C7")
    assert isinstance(read, Stamp)
    assert read.at == parse_instant("2026-09-20T10:11:16.4433+02:00")
    assert (read.car, read.resolution, read.note) == ("12", 100, "chip Z413A35")


@pytest.mark.parametrize("tag", [b"7", b"1001", b"E2003412B802011526085E6A"])
def test_a_chip_is_a_number_or_an_epc_without_its_zeros(tag: bytes) -> None:
    [read] = decode(b"DA%s 10:11:16.443300 10  0001F      C7 date=20260920" % tag)
    assert isinstance(read, Stamp)
    assert read.note == f"chip {tag.decode()}"
    assert read.at == parse_instant("2026-09-20T10:11:16.4433+02:00")


def test_a_date_and_a_count_of_days_are_believed() -> None:
    [read] = decode(b"DJZ413A35 00:00:01.250 11  10003      C7 date=20260919")
    assert isinstance(read, Stamp)
    assert read.at == parse_instant("2026-09-20T00:00:01.250+02:00")


@pytest.mark.parametrize("days", [b"0", b"3"])
def test_the_readers_clock_is_checked_against_ours(days: bytes) -> None:
    [check] = decode(b"GT%s10111850 date=20260920" % days)
    assert isinstance(check, SyncCheck)
    assert check.offset == -1_500 * MILLISECOND
    assert check.uncertainty < SECOND


@pytest.mark.parametrize(
    "line",
    [
        b"DJZ413A35 25:11:16.4433 10  10000      C7",
        b"DJ10:11",
        b"GT0101",
        b"DJZ413A35 10:11:16.4 10  1 C7 date=20260231",
    ],
)
def test_what_cannot_be_is_refused(line: bytes) -> None:
    [item] = decode(line)
    assert isinstance(item, Rejected)


def test_its_name_says_nothing() -> None:
    assert decode(b"N0000FINISH") == []
