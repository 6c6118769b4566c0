import pytest

from devices.decoders.framing import MAX_LINE, LineFramer


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_line_ends_at_either_sign_and_at_both(end: bytes) -> None:
    assert LineFramer().feed(b"one" + end + b"two" + end + b"thr") == [b"one", b"two"]


def test_a_line_end_split_over_two_reads_ends_one_line() -> None:
    framer = LineFramer()
    assert framer.feed(b"one\r") == [b"one"]
    assert framer.feed(b"\ntwo\r") == [b"two"]


def test_an_unfinished_line_is_given_once_at_the_end() -> None:
    framer = LineFramer()
    assert framer.feed(b"half") == []
    assert framer.flush() == [b"half"]
    assert framer.flush() == []


def test_a_line_without_end_is_given_in_pieces_and_not_hoarded() -> None:
    framer = LineFramer()
    lines = [line for _ in range(100) for line in framer.feed(b"x" * 100)]
    assert {len(line) for line in lines} == {MAX_LINE}
    assert sum(map(len, lines)) + sum(map(len, framer.flush())) == 10_000


def test_an_overlong_line_that_ends_is_given_in_pieces_too() -> None:
    assert [len(line) for line in LineFramer().feed(b"x" * (MAX_LINE + 3) + b"\r")] == [MAX_LINE, 3]
