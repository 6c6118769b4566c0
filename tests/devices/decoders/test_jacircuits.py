import pytest

from devices.decoders import DecoderContext
from devices.decoders.jacircuits import JacircuitsDecoder
from timing.core.instant import MINUTE, SECOND, parse_instant
from timing.core.readings import Heartbeat, Rejected, Stamp, StampMark

NOON = parse_instant("2026-09-20T12:00:00Z")


class Box:
    def __init__(self) -> None:
        self.decoder = JacircuitsDecoder(DecoderContext(device="box"))

    def says(self, frame: bytes, seconds: float) -> list[Stamp]:
        decoded = self.decoder.feed(frame, NOON + int(seconds * SECOND))
        assert all(isinstance(item, Stamp) for item in decoded)
        return [item for item in decoded if isinstance(item, Stamp)]

    def refuses(self, frame: bytes, seconds: float) -> Rejected:
        [item] = self.decoder.feed(frame, NOON + int(seconds * SECOND))
        assert isinstance(item, Rejected)
        return item


def test_start_and_finish_are_apart_by_the_boxs_own_clock() -> None:
    box = Box()
    [start] = box.says(b"A123456\n", 0)
    [finish] = box.says(b"B234567\n", 111.3)  # the arrival wavers, the times do not
    assert finish.at - start.at == 111_111_000
    assert (start.channel, finish.channel) == ("A", "B")
    assert (start.car, start.resolution, start.uncertainty) == (None, 1_000, 100_000)
    assert abs(start.at - NOON) <= 100_000


def test_the_elapsed_time_behind_chrono_frames_adds_nothing() -> None:
    box = Box()
    box.says(b"A123456\nB127567\n", 0)
    assert box.says(b"\x80111400\r\n", 0) == []


def test_the_clock_of_the_box_begins_anew_at_a_thousand_seconds() -> None:
    box = Box()
    [start] = box.says(b"A999500\n", 0)
    [finish] = box.says(b"B000750\n", 1.3)
    assert finish.at - start.at == 1_250_000


def test_a_stage_longer_than_the_clocks_round_is_told_by_the_arrival() -> None:
    box = Box()
    [start] = box.says(b"A100000\n", 0)
    [finish] = box.says(b"B300000\n", 1_200.2)
    assert finish.at - start.at == 20 * MINUTE


def test_a_damaged_digit_does_not_agree_with_the_arrival() -> None:
    box = Box()
    [start] = box.says(b"A100000\n", 0)
    refused = box.refuses(b"B910000\n", 10)
    assert refused.reason == "clock_step"
    assert isinstance(refused.reading, Stamp)
    [finish] = box.says(b"B111000\n", 11)
    assert finish.at - start.at == 11_000_000


def test_a_box_that_was_switched_off_is_believed_by_its_second_frame() -> None:
    box = Box()
    box.says(b"A700000\n", 0)
    box.refuses(b"A000500\n", 60)
    [read] = box.says(b"B010500\n", 70.1)
    assert abs(read.at - (NOON + 70 * SECOND)) <= 100_000


def test_an_elapsed_time_has_its_digits_the_wrong_way_round() -> None:
    start, finish = Box().says(b"\x80654321\r", 200)
    assert finish.at - start.at == 123_456_000
    assert (start.channel, finish.channel) == ("A", "B")
    assert abs(finish.at - (NOON + 200 * SECOND)) <= 100_000


def test_a_reset_says_nothing() -> None:
    assert Box().says(b"\x80000000\r", 0) == []


def test_a_farmtek_time_by_a_key_is_a_hand_time() -> None:
    start, finish = Box().says(b"   11.53 (M)\r", 20)
    assert finish.at - start.at == 11_530_000
    assert (finish.marks, finish.resolution) == ((StampMark.MANUAL,), 10_000)


def test_a_restart_takes_back_the_last_run_and_no_other() -> None:
    box = Box()
    first = box.says(b"  107.250\r", 200)
    second = box.says(b"   98.110\r", 400)
    withdrawn = box.says(b"^ RESTART-IGNORE TIME ^\r", 401)
    assert [(stamp.at, stamp.channel) for stamp in withdrawn] == [
        (stamp.at, stamp.channel) for stamp in second
    ]
    assert all(stamp.cancelled for stamp in withdrawn)
    assert box.says(b"^ RESTART-IGNORE TIME ^\r", 402) == []
    assert first[1].at < second[0].at


def test_a_restart_behind_an_unreadable_run_takes_nothing_back() -> None:
    box = Box()
    box.says(b"  107.250\r", 200)
    box.refuses(b"   98x110\r", 400)
    assert box.says(b"^ RESTART-IGNORE TIME ^\r", 401) == []


def test_a_box_that_lost_its_beams_is_offline() -> None:
    [item] = JacircuitsDecoder(DecoderContext(device="box")).feed(b"\xf8\r", NOON)
    assert item == Heartbeat(device="box", at=NOON, link="beam", online=False)


@pytest.mark.parametrize(
    "frame", [b"F123456\r", b"A12345\r", b"A1234567\r", b"\x8012345\r", b"hello\r", b"1.2.3\r"]
)
def test_what_is_no_frame_is_refused(frame: bytes) -> None:
    assert Box().refuses(frame, 0).reason == "no_frame"
