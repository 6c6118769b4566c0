import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.race_result import RaceResultDecoder
from timing.core.instant import HOUR, parse_instant
from timing.core.readings import Rejected, Stamp, StampMark, reading_key

ARRIVAL = parse_instant("2026-09-20T10:30:05+02:00")
ROW = "#P;1234;A0B1C2;2026-09-20;10:30:00.123;1;3;-75.5;0;0;2;7;0;1;90;22.5;{};BOX1"


def decode(line: str, cars: dict[str, str] | None = None) -> Decoded:
    context = DecoderContext(device="mat", clock_offset=2 * HOUR, cars=cars or {})
    return RaceResultDecoder(context).feed(line.encode("latin-1") + b"\r\n", ARRIVAL)


def stamp(line: str, cars: dict[str, str] | None = None) -> Stamp:
    [item] = decode(line, cars)
    assert isinstance(item, Stamp)
    return item


def test_a_passing_becomes_a_stamp_of_its_loop() -> None:
    read = stamp(ROW.format("00"), {"A0B1C2": "12"})
    assert read.at == parse_instant("2026-09-20T10:30:00.123+02:00")
    assert (read.channel, read.car, read.resolution, read.marks) == ("7", "12", 1_000, ())


def test_pushed_and_fetched_it_is_one_passing() -> None:
    pushed, fetched = ROW.format("00"), ROW.format("00").removeprefix("#P;")
    assert reading_key(stamp(pushed)) == reading_key(stamp(fetched))


def test_a_passing_out_of_the_transponders_memory_is_marked() -> None:
    assert stamp(ROW.format("40")).marks == (StampMark.MEMORY,)


def test_a_clock_that_was_not_set_is_held_for_its_offset() -> None:
    read = stamp("1;33;0000-00-00;00:00:02.773;6692;12;-68;09ca52")
    assert read.marks == (StampMark.UNSYNCED,)


def test_a_marker_is_a_hand_time_of_nobody() -> None:
    read = stamp("#P;3;99999;2026-09-20;10:30:01.000;1;1", {"99999": "12"})
    assert (read.car, read.marks) == (None, (StampMark.MANUAL,))


def test_a_row_of_old_firmware_is_short() -> None:
    assert stamp("#P;42;RFID99;2026-09-20;10:30:00.000").note == "transponder RFID99"


@pytest.mark.parametrize("line", ["PASSINGS;4;1", "1:4", "GETPROTOCOL;3.2;1.2;3.2", "PING", "#S;1;2", ""])
def test_answers_say_nothing(line: str) -> None:
    assert decode(line) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("#P;1;A0B1C2;2026-09-31;10:30:00.123", "range"),
        ("#P;1;A0B1C2;1960-09-30;10:30:00.123", "range"),
        ("#P;1;A0B1C2;2026-09-20;24:30:00.123", "range"),
        ("#P;1;A0B1C2;2026-09-20;10:30:00.123;1;3;-75;0;0;2;x7", "range"),
        ("#P;x;A0B1C2;2026-09-20;10:30:00.123", "no_frame"),
        ("#P;1;A0B1C2;2026-09-20", "no_frame"),
        ("#P;1;\xe9;2026-09-20;10:30:00.123", "no_frame"),
    ],
)
def test_what_is_no_passing_is_refused(line: str, reason: str) -> None:
    [bad] = decode(line)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
