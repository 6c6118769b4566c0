import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.chronelec import ChronelecDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Rejected, Stamp, StampMark

ARRIVAL = parse_instant("2026-09-20T00:03:00Z")
CAPTURED = [
    "<STA 006141 00:02'57\"541 38 07 0 1569>",
    "<MAN 000000 00:18'16\"964 01 01 1 1541>",
    "<B01 093367 03:45'08\"388 44 01 0 1522>",
]


def decode(text: str, cars: dict[str, str] | None = None) -> Decoded:
    context = DecoderContext(device="loop", cars=cars or {})
    return ChronelecDecoder(context).feed(text.encode() + b"\r\n", ARRIVAL)


def stamp(text: str, cars: dict[str, str] | None = None) -> Stamp:
    [item] = decode(text, cars)
    assert isinstance(item, Stamp)
    return item


def test_a_passing_becomes_a_stamp_of_its_loop() -> None:
    read = stamp(CAPTURED[0], {"6141": "12"})
    assert read.at == parse_instant("2026-09-20T00:02:57.541Z")
    assert (read.channel, read.car, read.resolution, read.note) == ("STA", "12", 1_000, "transponder 6141")


def test_a_key_is_a_hand_time_of_nobody() -> None:
    read = stamp(CAPTURED[1])
    assert (read.car, read.marks, read.note) == (None, (StampMark.MANUAL,), "")


def test_two_passings_whose_line_end_was_lost_are_two_stamps() -> None:
    assert [type(item) for item in decode(CAPTURED[0] + CAPTURED[2])] == [Stamp, Stamp]


def test_a_failing_battery_is_told() -> None:
    assert stamp("<STA 006141 00:02'57\"541 38 07 3 1572>").note == "transponder 6141, battery failing"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<STA 006141 00:02'57\"541 38 07 0 1568>", "checksum"),
        ("<STA 006142 00:02'57\"541 38 07 0 1569>", "checksum"),
        ("<STA 023066 80:27'53\"016 01 01 3 1569>", "range"),
        ("<STA 023066 80:27'53\"016 01 01 01 3 1569>", "no_frame"),
        ("<STA 006141 80:02'57\"541 38 07 0 1577>", "range"),
        ("STA 006141 00:02'57\"541 38 07 0 1569>", "no_frame"),
    ],
)
def test_what_cannot_be_is_refused_and_the_next_is_read(text: str, reason: str) -> None:
    bad, good = decode(text + "\r\n" + CAPTURED[2])
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert isinstance(good, Stamp)
