import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.microgate_rei2 import MicrogateRei2Decoder
from timing.core.instant import HOUR, parse_instant
from timing.core.readings import Rejected, Stamp, StampMark, reading_key

ARRIVAL = parse_instant("2026-09-20T10:34:02+02:00")
GOOD = "R  SO000009000030000010152550103400073020092026  "


def decode(*frames: str) -> Decoded:
    decoder = MicrogateRei2Decoder(DecoderContext(device="SS1-FF", clock_offset=2 * HOUR))
    return decoder.feed(b"".join(b"\x10" + frame.encode() + b"\r\n" for frame in frames), ARRIVAL)


def stamp(frame: str) -> Stamp:
    [item] = decode(frame)
    assert isinstance(item, Stamp)
    return item


def test_a_stop_becomes_a_stamp_to_a_ten_thousandth() -> None:
    read = stamp(GOOD)
    assert read.at == parse_instant("2026-09-20T10:34:00.073+02:00")
    assert (read.channel, read.car, read.resolution, read.marks) == ("255", "3", 100, ())


def test_a_date_of_another_month_does_not_move_what_comes_at_once() -> None:
    assert stamp(GOOD.replace("20092026", "06052016")).at == stamp(GOOD).at


def test_what_is_sent_again_later_keeps_its_day() -> None:
    read = stamp(GOOD.replace("SO", "SF").replace("20092026", "18092026"))
    assert read.at == parse_instant("2026-09-18T10:34:00.073+02:00")
    assert read.marks == (StampMark.MEMORY,)


def test_what_is_sent_again_on_the_same_day_is_the_same_stamp() -> None:
    assert reading_key(stamp(GOOD.replace("SO", "SF"))) == reading_key(stamp(GOOD))


def test_net_times_say_nothing() -> None:
    assert decode("R  SO0000100000300000101525510000576800+0000000  ") == []
    assert decode("R  SO0000170000600000101525522347136000-0000001  ") == []


def test_a_key_is_a_hand_time_and_no_competitor_is_no_car() -> None:
    read = stamp("R  SO000031000000000011000000103400073020092026  ")
    assert (read.channel, read.car, read.marks) == ("0", None, (StampMark.MANUAL,))


def test_an_annulled_stop_withdraws_the_one_of_its_time() -> None:
    good, withdrawn = decode(GOOD, GOOD.replace("2550103400", "255a103400"))
    assert isinstance(good, Stamp)
    assert isinstance(withdrawn, Stamp)
    assert withdrawn.cancelled
    assert (withdrawn.at, withdrawn.channel, withdrawn.car) == (good.at, good.channel, good.car)


def test_a_letter_that_nobody_explains_is_kept_and_not_scored() -> None:
    assert stamp(GOOD.replace("2550103400", "255q103400")).marks == (StampMark.UNKNOWN_FLAG,)


def test_two_frames_whose_line_end_was_lost_are_two_stamps() -> None:
    first, second = decode(
        GOOD.rstrip() + "\x10" + GOOD.replace("000009", "000010").replace("0073020", "0074020")
    )
    assert isinstance(first, Stamp)
    assert isinstance(second, Stamp)
    assert first.at < second.at


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (GOOD.replace("103400", "253400"), "range"),
        (GOOD.replace("20092026", "31092026"), "range"),
        (GOOD.replace("20092026", "-0000001"), "range"),
        (GOOD[:-4], "no_frame"),
        (GOOD.replace("R  S", "R  X"), "no_frame"),
        (" " + GOOD, "no_frame"),
    ],
)
def test_a_frame_that_cannot_be_is_refused_and_the_next_is_read(frame: str, reason: str) -> None:
    bad, good = decode(frame, GOOD)
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert isinstance(good, Stamp)


def test_a_line_that_lost_its_first_byte_is_refused() -> None:
    [bad] = MicrogateRei2Decoder(DecoderContext(device="d")).feed(GOOD.encode() + b"\r\n", ARRIVAL)
    assert isinstance(bad, Rejected)
    assert bad.reason == "no_frame"


@pytest.mark.parametrize("sign", [b"\x12", b"\x14", b"\x17", b"\x18"])
def test_the_units_other_frames_say_nothing(sign: bytes) -> None:
    assert MicrogateRei2Decoder(DecoderContext(device="d")).feed(sign + b"R  whatever\r\n", ARRIVAL) == []
