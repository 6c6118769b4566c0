"""What holds for each decoder: captures whole, byte by byte, cut anywhere, with noise; never an exception."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.catalogue import DECODERS
from devices.decoders import Decoded
from tests.devices.frames import (
    ARRIVAL,
    BINARY,
    CAPTURES,
    decoder_of,
    message_decoder,
    messages,
    stream,
    streams,
    whole,
)
from timing.core.readings import Reading, Rejected, reading_key

STREAMS = sorted(name for name, kind in DECODERS.items() if kind.stream)
FRAMES = list(streams())
TEXTS = [(name, frames) for name, frames in FRAMES if name not in BINARY]
#: A changed number is the new stamp and the withdrawal of the old; an elapsed time is a start and a finish,
#: and what is not read of it cannot be withdrawn either; a packet may hold two edges, two fixes, or a
#: fix and an alert.
MOST_LOST = {"tag_cp520": 2, "tag_cp540": 2, "jacircuits": 4, "ubx_tim_tm2": 2} | {
    "teltonika": 2,
    "queclink": 2,
    "mylaps_toolkit": 2,
}
#: So many frames at the front say how the others are read: when a box was heard first, who a tracker is,
#: which car has which registration. What hangs on them changes with them.
INTRODUCTIONS = {"jacircuits": 1, "teltonika": 1, "rmonitor": 7, "race_result_usb": 5}
#: Lines of no fixed length and no checksum: noise right before one may have eaten its first sign.
UNSURE_BEHIND_NOISE = {"line", "aprs", "mylaps_toolkit"}


def readings(decoded: Decoded) -> list[Reading]:
    return [item for item in decoded if not isinstance(item, Rejected)]


def keys(name: str, data: bytes) -> set[str]:
    return {reading_key(reading) for reading in readings(whole(name, data))}


def test_every_protocol_of_the_catalogue_has_captures() -> None:
    assert set(DECODERS) == {decoder_of(path) for path in CAPTURES.iterdir()}


@pytest.mark.parametrize(("name", "frames"), FRAMES)
def test_a_capture_holds_nothing_to_reject(name: str, frames: tuple[bytes, ...]) -> None:
    decoded = whole(name, b"".join(frames))
    assert len(decoded) > 3
    assert not [item for item in decoded if isinstance(item, Rejected)]


@pytest.mark.parametrize(("name", "frames"), FRAMES)
def test_byte_by_byte_gives_the_same_readings(name: str, frames: tuple[bytes, ...]) -> None:
    data = b"".join(frames)
    decoder = stream(name)
    decoded = [item for sign in data for item in decoder.feed(bytes([sign]), ARRIVAL)] + decoder.flush(
        ARRIVAL
    )
    assert decoded == whole(name, data)


@pytest.mark.parametrize(("name", "frames"), FRAMES)
def test_a_cut_anywhere_gives_the_same_readings(name: str, frames: tuple[bytes, ...]) -> None:
    data = b"".join(frames)
    expected = whole(name, data)
    for cut in range(len(data)):
        decoder = stream(name)
        decoded = (
            decoder.feed(data[:cut], ARRIVAL) + decoder.feed(data[cut:], ARRIVAL) + decoder.flush(ARRIVAL)
        )
        assert decoded == expected, f"cut at {cut}"


@settings(max_examples=300, deadline=None)
@given(
    capture=st.sampled_from(FRAMES),
    cuts=st.lists(st.integers(0, 4_000), max_size=30),
    noise=st.binary(max_size=4),
)
def test_split_anyhow_and_with_noise_a_stream_says_the_same(
    capture: tuple[str, tuple[bytes, ...]], cuts: list[int], noise: bytes
) -> None:
    name, frames = capture
    data = noise.join(frames)
    decoder = stream(name)
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [data[start:end] for start, end in pairwise(edges)]
    decoded = [item for piece in pieces for item in decoder.feed(piece, ARRIVAL)] + decoder.flush(ARRIVAL)
    assert decoded == whole(name, data)


@pytest.mark.parametrize(
    "noise", [b"\x00\xff\xfe", b"garbage\r", b"\r\n\r\n", b"\xff" * 600, b"$GPRMC,1\r\n", b"\xb5b\r"]
)
@pytest.mark.parametrize(("name", "frames"), FRAMES)
def test_noise_between_frames_costs_no_frame(name: str, frames: tuple[bytes, ...], noise: bytes) -> None:
    if name in UNSURE_BEHIND_NOISE and not noise.endswith(b"\r\n"):
        noise += b"\r"
    noisy = noise.join([b"", *frames, b""])
    assert readings(whole(name, noisy)) == readings(whole(name, b"".join(frames)))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(("name", "frames"), TEXTS)
def test_any_line_end_will_do(name: str, frames: tuple[bytes, ...], end: bytes) -> None:
    changed = b"".join(frame.rstrip(b"\r\n") + end for frame in frames)
    assert whole(name, changed) == whole(name, b"".join(frames))


@pytest.mark.parametrize(("name", "frames"), FRAMES)
def test_a_bad_byte_costs_its_own_frame_only(name: str, frames: tuple[bytes, ...]) -> None:
    data = b"".join(frames)
    expected = keys(name, data)
    first = sum(map(len, frames[: INTRODUCTIONS.get(name, 0)]))
    for at in range(first, len(data), 3):
        if data[at] in b"\r\n" and name not in BINARY:
            continue
        kept = keys(name, data[:at] + b"\x80" + data[at + 1 :])
        assert kept <= expected, f"a reading that nobody sent, at {at}"
        assert len(expected - kept) <= MOST_LOST.get(name, 1), f"at {at}"


@pytest.mark.parametrize(("name", "frames"), FRAMES)
def test_sent_twice_gives_the_same_identities(name: str, frames: tuple[bytes, ...]) -> None:
    data = b"".join(frames)
    assert keys(name, data + data) == keys(name, data)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=700), name=st.sampled_from(STREAMS))
def test_no_bytes_raise_and_none_are_held_without_bound(data: bytes, name: str) -> None:
    whole(name, data * 20)


MESSAGES = list(messages())


@pytest.mark.parametrize("name", sorted({name for name, _, _ in MESSAGES}))
def test_a_captured_message_is_understood(name: str) -> None:
    own = [(topic, payload) for its, topic, payload in MESSAGES if its == name]
    decoded = [message_decoder(name, topic).feed(payload, ARRIVAL) for topic, payload in own]
    assert not [item for items in decoded for item in items if isinstance(item, Rejected)]
    assert sum(map(bool, decoded)) > 2


@pytest.mark.parametrize(
    "payload", [b"", b"\xff\xfe", b"[" * 100_000, b"null", b"17", b'"x"', b"{}", b'{"_type":1}', b"[[]]"]
)
@pytest.mark.parametrize(
    ("name", "topic"),
    sorted({(name, topic) for name, topic, _ in MESSAGES} | {("native", "rally/mille/raw/gate-1")}),
)
def test_a_payload_that_says_nothing_is_refused_or_passed_over(name: str, topic: str, payload: bytes) -> None:
    assert not readings(message_decoder(name, topic).feed(payload, ARRIVAL))


@pytest.mark.parametrize(
    ("name", "pattern", "wanted"),
    [
        ("alge_timy", "alge/*", 633),
        ("nmea", "nmea/*.log", 170),
        ("gpsd", "gpsd/*.jsonl", 52),
        ("jacircuits", "jac/*.bin", 12),
        ("microgate_rei2", "microgate/rei2_raw*.bin", 41),
        ("tag_cp520", "tagheuer/cp520*.txt", 94),
        ("tag_cp540", "tagheuer/cp540*.txt", 6),
        ("chronelec", "chronelec/*.txt", 7),
        ("race_result", "raceresult/tcp*.txt", 5),
        ("rmonitor", "rmonitor/*.txt", 9),
    ],
)
def test_captures_from_the_field_decode_without_a_rejection(
    samples: Path, name: str, pattern: str, wanted: int
) -> None:
    found = 0
    for path in sorted(samples.glob(pattern)):
        lines = [
            line
            for line in path.read_bytes().splitlines()
            if not line.startswith(b"#") or line.startswith(b"#P;")
        ]
        decoded = whole(name, b"\r".join(lines) + b"\r")
        assert not [item for item in decoded if isinstance(item, Rejected)], path.name
        found += len(decoded)
    assert found == wanted


@pytest.mark.parametrize(
    ("name", "pattern", "wanted"),
    [
        ("mylaps_p3", "amb_p3/*.hex", 54),
        ("sportident", "sportident/*.hex", 3),
        ("ubx_tim_tm2", "ubx/*.hex", 5),
    ],
)
def test_packets_from_the_field_decode_without_a_rejection(
    samples: Path, name: str, pattern: str, wanted: int
) -> None:
    lines = [line for path in samples.glob(pattern) for line in path.read_text("ascii").split()]
    decoded = whole(name, b"".join(map(bytes.fromhex, lines)))
    assert not [item for item in decoded if isinstance(item, Rejected)]
    assert len(decoded) == wanted


def test_a_trackers_packets_from_the_field_are_read_but_for_a_login_and_an_unknown_layout(
    samples: Path,
) -> None:
    def packets(file: str) -> bytes:
        text = (samples / "teltonika" / file).read_text("ascii")
        return b"".join(bytes.fromhex(line) for line in text.splitlines() if not line.startswith("#"))

    decoded = whole("teltonika", packets("traccar_valid_crc.hex"))
    refused = {item.reason for item in decoded if isinstance(item, Rejected)}
    assert refused == {"length", "range"}  # the login in that file is made up
    assert len(readings(decoded)) == 33
    assert not readings(whole("teltonika", packets("traccar_bad_crc_or_length.hex")))


def test_what_radio_operators_sent_is_read_but_for_a_broken_packet(samples: Path) -> None:
    decoded = whole("aprs", (samples / "aprs" / "packets.txt").read_bytes())
    [bad] = [item for item in decoded if isinstance(item, Rejected)]
    assert bad.raw.startswith(b"KJ4ERJ-AL>")
    assert len(readings(decoded)) == 10
