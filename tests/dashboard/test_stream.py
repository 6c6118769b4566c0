import json
import zlib

from dashboard.merge_patch import apply
from dashboard.messages import canonical
from dashboard.stream import REMEMBERED, Compared, Message, Stream, View
from timing.core.instant import SECOND

START = 1_713_801_600 * SECOND


def plain_payload(message: Message) -> bytes:
    frame = message.frame(0)
    size = frame[1] & 0x7F
    return frame[{126: 4, 127: 10}.get(size, 2) :]


def body(message: Message) -> dict:  # type: ignore[type-arg]
    value = json.loads(plain_payload(message))
    assert isinstance(value, dict)
    return value


def test_a_client_that_was_away_for_forty_patches_ends_with_a_fresh_snapshots_bytes() -> None:
    stream = Stream(seq=1000)
    view = View(stream, None)
    for step in range(100):
        stream.build({"cars": {"12": {"km": step}, str(step): {"km": 1}}}, START + step)
        stream.release(START + step)
    held = body(view.snapshot())
    for step in range(100, 140):
        stream.build({"cars": {"12": {"km": step}, str(step): {"km": 1}}, "rally": {"leg": 2}}, START + step)
        stream.release(START + step)
    missed = view.missed(held["seq"])
    assert missed is not None
    state, seq = held["state"], held["seq"]
    for message in missed:
        patch = body(message)
        assert patch["seq"] == seq + 1
        state, seq = apply(state, patch["patch"]), patch["seq"]
    fresh = body(view.snapshot())
    assert seq == fresh["seq"]
    assert canonical(state) == canonical(fresh["state"])


def test_a_row_that_is_gone_is_taken_away_from_every_client() -> None:
    stream = Stream(seq=1)
    stream.build({"standings": {"class-RC4": {"12": {"rank": 1}}}}, START)
    stream.release(START)
    stream.build({"standings": {"class-RC2": {"12": {"rank": 1}}}}, START)
    patch = stream.release(START)
    assert patch is not None
    assert patch.patch == {"standings": {"class-RC2": {"12": {"rank": 1}}, "class-RC4": None}}
    assert stream.state == {"standings": {"class-RC2": {"12": {"rank": 1}}}}


def test_the_public_stream_runs_late_as_a_whole() -> None:
    stream = Stream(seq=1, delay=60 * SECOND)
    stream.build({"cars": {"1": {"km": 1}}, "results": {"SS1": {"1": {"rank": 1}}}}, START)
    assert stream.release(START + 59 * SECOND) is None
    assert stream.state == {}
    stream.build({"cars": {"1": {"km": 2}}}, START + 30 * SECOND)
    assert stream.release(START + 60 * SECOND) is not None
    assert stream.state == {"cars": {"1": {"km": 1}}, "results": {"SS1": {"1": {"rank": 1}}}}
    stream.release(START + 90 * SECOND)
    assert stream.state["cars"] == {"1": {"km": 2}}


def test_a_clock_that_was_set_back_lets_no_news_overtake_earlier_news() -> None:
    stream = Stream(seq=1, delay=10 * SECOND)
    stream.build({"cars": {"1": {"km": 1}}}, START)
    stream.build({"cars": {"1": {"km": 2}}}, START - 5 * SECOND)
    assert stream.release(START + 6 * SECOND) is None
    stream.release(START + 10 * SECOND)
    assert stream.state["cars"] == {"1": {"km": 2}}


def test_a_narrowed_view_counts_every_number_though_it_shows_only_its_keys() -> None:
    stream = Stream(seq=5)
    view = View(stream, frozenset({"standings"}))
    stream.build({"standings": {}, "cars": {"1": {"km": 1}}}, START)
    first = stream.release(START)
    assert first is not None
    assert body(view.message(first))["patch"] == {"standings": {}}
    assert body(view.snapshot())["state"] == {"standings": {}}
    assert body(view.snapshot())["seq"] == 6


def test_numbers_from_before_or_after_what_is_remembered_get_a_snapshot() -> None:
    stream = Stream(seq=0)
    view = View(stream, None)
    for step in range(REMEMBERED + 5):
        stream.build({"rally": {"leg": step}}, START)
        stream.release(START)
    assert view.missed(3) is None
    assert view.missed(stream.seq + 1) is None
    assert list(view.missed(stream.seq) or "x") == []
    assert len(list(view.missed(stream.seq - REMEMBERED) or ())) == REMEMBERED


def test_a_deflated_frame_inflates_to_the_same_payload_for_every_window() -> None:
    stream = Stream(seq=1)
    stream.build({"cars": {str(number): {"km": number / 10} for number in range(400)}}, START)
    stream.release(START)
    message = View(stream, None).snapshot()
    plain = plain_payload(message)
    for bits in range(9, 16):
        frame = message.frame(bits)
        assert frame[0] == 0xC1
        payload = frame[4:] if frame[1] == 126 else frame[10:]
        assert zlib.decompressobj(-bits).decompress(payload + b"\x00\x00\xff\xff") == plain


def test_a_frame_is_made_once_for_all_viewers() -> None:
    message = Message(1, b"x" * 1000)
    assert message.frame(15) is message.frame(15)
    assert message.frame(0) is message.frame(0)


def test_streams_that_share_a_part_find_its_change_once_and_hold_the_same_afterwards() -> None:
    streams = [Stream(seq=1), Stream(seq=1), Stream(seq=1, delay=SECOND)]
    for step in range(3):
        shared = {"T1": {"12": {"rank": step}, "13": {"rank": 9}}}
        compared = Compared()
        for n, stream in enumerate(streams):
            stream.build({"results": shared, "cars": {"12": {"km": step + n}}}, START + step, compared)
        patches = [stream.release(START + step) for stream in streams]
        assert patches[0] is not None
        assert patches[1] is not None
        assert patches[2] is None
        assert patches[0].patch["results"] is patches[1].patch["results"]
        assert [stream.state["cars"]["12"]["km"] for stream in streams[:2]] == [step, step + 1]
    streams[2].release(START + 2 * SECOND)
    assert streams[2].state == {"results": shared, "cars": {"12": {"km": 4}}}
    assert streams[0].state["results"] == shared
