from pathlib import Path

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.microgate_racetime import MicrogateRacetimeDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Rejected, Stamp, StampMark

ARRIVAL = parse_instant("2026-09-20T19:34:00Z")


def decode(line: bytes) -> Decoded:
    return MicrogateRacetimeDecoder(DecoderContext(device="rt")).feed(line + b"\r", ARRIVAL)


def stamp(line: bytes) -> Stamp:
    [item] = decode(line)
    assert isinstance(item, Stamp)
    return item


def test_a_line_as_it_is_timed() -> None:
    read = stamp(b"017  25519:33:09.929  ")
    assert read.at == parse_instant("2026-09-20T19:33:09.929Z")
    assert (read.channel, read.car, read.resolution, read.marks) == ("255", "17", 1_000, ())
    assert stamp(b"000  00019:33:09.929  ").marks == (StampMark.NO_NUMBER,)


def test_a_flag_that_nobody_has_published_is_kept_and_not_scored() -> None:
    assert stamp(b"017d 25519:33:09.929  ").marks == (StampMark.UNKNOWN_FLAG,)


def test_a_record_of_the_memory_is_marked_and_a_key_too() -> None:
    read = stamp(b"\x02000400200012552550M 193309929\x03")
    assert read.at == parse_instant("2026-09-20T19:33:09.929Z")
    assert (read.channel, read.car, read.marks) == ("255", "20", (StampMark.MEMORY,))
    assert stamp(b"000500030011100000M 193309929").marks == (StampMark.MEMORY, StampMark.MANUAL)


def test_an_impulse_that_came_by_radio_is_one_like_any_other() -> None:
    read = stamp(b"000400200012552550R 193309929")
    assert read.at == parse_instant("2026-09-20T19:33:09.929Z")
    assert (read.channel, read.car, read.marks, read.note) == ("255", "20", (StampMark.MEMORY,), "by radio")


@pytest.mark.parametrize("kind", [b"1M", b"2M", b"3M", b"1R"])
def test_times_that_the_unit_computed_say_nothing(kind: bytes) -> None:
    assert decode(b"00040020001255255%s 000109929" % kind) == []


def test_a_check_of_the_clock_is_kept_and_not_scored() -> None:
    assert stamp(b"00040000001000000ZM 193309929").marks[-1] is StampMark.UNKNOWN_FLAG


@pytest.mark.parametrize(
    "line", [b"017  25519:63:09.929  ", b"017  25619:33:09.929  ", b"017  25519:33:09.929", b"x"]
)
def test_what_is_no_line_is_refused(line: bytes) -> None:
    [item] = decode(line)
    assert isinstance(item, Rejected)


def test_records_from_the_field(samples: Path) -> None:
    data = (samples / "microgate" / "racetime_fields_from_agilsport.bin").read_bytes()
    found = MicrogateRacetimeDecoder(DecoderContext(device="rt")).feed(data, ARRIVAL)
    assert [(item.channel, item.car) for item in found if isinstance(item, Stamp)] == [
        ("255", "20"), ("0", "1"), ("255", "2"),
    ]  # fmt: skip
    assert len(found) == 3
