from pathlib import Path

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.race_result_usb import RaceResultUsbDecoder
from timing.core.instant import SECOND, Instant
from timing.core.readings import Rejected, Stamp, StampMark

EPOCH = 0x4A3CAA45
ARRIVAL: Instant = (EPOCH + 120) * SECOND
REFERENCE = b"EPOCHREFGET\nEPOCHREFGET;00\n4a3caa45;0151bcf5\n\n"
ROW = b"GLBAS60;0718;%s;0c;08;9f;1a;0;3;2;%s;0\n"


def decode(data: bytes) -> Decoded:
    context = DecoderContext(device="mat", cars={"GLBAS60": "12"})
    return RaceResultUsbDecoder(context).feed(data, ARRIVAL)


def test_a_passing_is_dated_by_its_ticks_behind_the_reference() -> None:
    [read] = decode(REFERENCE + ROW % (b"01521527", b"00"))
    assert isinstance(read, Stamp)
    assert read.at == EPOCH * SECOND + 22_578 * SECOND // 256
    assert (read.channel, read.car, read.resolution, read.marks) == ("3", "12", 3_906, ())


def test_a_passing_out_of_the_transponders_memory_is_marked() -> None:
    [read] = decode(REFERENCE + ROW % (b"01521527", b"40"))
    assert isinstance(read, Stamp)
    assert read.marks == (StampMark.MEMORY,)


def test_ticks_that_begin_anew_go_on_counting() -> None:
    [read] = decode(b"EPOCHREFSET;00\n4a3caa45;ffffff00\n" + ROW % (b"00000100", b"00"))
    assert isinstance(read, Stamp)
    assert read.at == (EPOCH + 2) * SECOND


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ROW % (b"01521527", b"00"), "no_reference"),
        (b"PASSINGGET;00\n4a3caa45;0151bcf5\n", "no_frame"),
        (REFERENCE + ROW % (b"0151bcf4", b"00"), "range"),
        (REFERENCE + b"GLBAS60;0718\n", "no_frame"),
        (b"EPOCHREFGET;00\n00000000;0151bcf5\n", "range"),
    ],
)
def test_what_cannot_be_dated_or_read_is_refused(data: bytes, reason: str) -> None:
    [item] = decode(data)
    assert isinstance(item, Rejected)
    assert item.reason == reason


def test_a_session_with_three_passings(samples: Path) -> None:
    decoded = decode((samples / "raceresult" / "usbbox_ascii_session.txt").read_bytes())
    stamps = [item for item in decoded if isinstance(item, Stamp)]
    assert len(stamps) == len(decoded) == 3
    behind = [(one.at - EPOCH * SECOND) / SECOND for one in stamps]
    assert behind == pytest.approx([88.195, 88.254, 88.273], abs=5e-4)
