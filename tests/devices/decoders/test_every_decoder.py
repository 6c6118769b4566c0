"""What holds for each decoder: captures whole, byte by byte, cut anywhere, with noise; never an exception."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.catalogue import DECODERS
from devices.decoders import Decoded, Decoder, DecoderContext
from devices.decoders.native import NativeDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Reading, Rejected, reading_key

CAPTURES = Path(__file__).parent.parent / "captures"
ARRIVAL = parse_instant("2024-04-22T18:00:00Z")
STREAMS = ("alge_timy", "nmea")
STREAM_CAPTURES = {"alge_timy": ("alge_timy.bin", "alge_timy_checksum.bin"), "nmea": ("nmea.bin",)}


def stream(name: str) -> Decoder:
    return DECODERS[name].make(DecoderContext(device="d1"))


def captures() -> Iterator[tuple[str, bytes]]:
    for name, files in STREAM_CAPTURES.items():
        for file in files:
            yield name, (CAPTURES / file).read_bytes()


def messages() -> Iterator[tuple[str, bytes]]:
    """Topic and payload of each captured message."""
    for line in (CAPTURES / "native.jsonl").read_bytes().splitlines():
        message = json.loads(line)
        yield message["topic"], json.dumps(message["payload"]).encode()
    for line in (CAPTURES / "owntracks.jsonl").read_bytes().splitlines():
        yield "owntracks/crew/phone", line


def message_decoder(topic: str) -> Decoder:
    context = DecoderContext(device=topic.rsplit("/", 1)[-1], topic=topic)
    return (
        NativeDecoder(context, stream("alge_timy"))
        if topic.startswith("rally/")
        else DECODERS["owntracks"].make(context)
    )


def whole(name: str, data: bytes) -> Decoded:
    decoder = stream(name)
    return decoder.feed(data, ARRIVAL) + decoder.flush(ARRIVAL)


def readings(decoded: Decoded) -> list[Reading]:
    return [item for item in decoded if not isinstance(item, Rejected)]


def test_every_protocol_of_the_catalogue_has_captures() -> None:
    assert set(DECODERS) == {path.stem.removesuffix("_checksum") for path in CAPTURES.iterdir()}


@pytest.mark.parametrize(("name", "data"), list(captures()))
def test_a_capture_holds_nothing_to_reject(name: str, data: bytes) -> None:
    decoded = whole(name, data)
    assert len(decoded) > 5
    assert not [item for item in decoded if isinstance(item, Rejected)]


@pytest.mark.parametrize(("name", "data"), list(captures()))
def test_byte_by_byte_gives_the_same_readings(name: str, data: bytes) -> None:
    decoder = stream(name)
    decoded = [item for sign in data for item in decoder.feed(bytes([sign]), ARRIVAL)] + decoder.flush(
        ARRIVAL
    )
    assert decoded == whole(name, data)


@pytest.mark.parametrize(("name", "data"), list(captures()))
def test_a_cut_anywhere_gives_the_same_readings(name: str, data: bytes) -> None:
    expected = whole(name, data)
    for cut in range(len(data)):
        decoder = stream(name)
        decoded = (
            decoder.feed(data[:cut], ARRIVAL) + decoder.feed(data[cut:], ARRIVAL) + decoder.flush(ARRIVAL)
        )
        assert decoded == expected, f"cut at {cut}"


@pytest.mark.parametrize(
    "noise", [b"\x00\xff\xfe", b"garbage\r", b"\r\n\r\n", b"\xff" * 600, b"$GPRMC,1\r\n", b"\xb5b\r"]
)
@pytest.mark.parametrize(("name", "data"), list(captures()))
def test_noise_between_frames_costs_no_frame(name: str, data: bytes, noise: bytes) -> None:
    frames = [line + b"\r" for line in data.replace(b"\n", b"").split(b"\r") if line]
    noisy = noise.join([b"", *frames, b""])
    assert readings(whole(name, noisy)) == readings(whole(name, data))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(("name", "data"), list(captures()))
def test_any_line_end_will_do(name: str, data: bytes, end: bytes) -> None:
    assert whole(name, data.replace(b"\r\n", b"\r").replace(b"\r", end)) == whole(name, data)


@pytest.mark.parametrize(("name", "data"), list(captures()))
def test_a_bad_byte_costs_its_own_frame_only(name: str, data: bytes) -> None:
    expected = {reading_key(reading) for reading in readings(whole(name, data))}
    for at in range(0, len(data), 3):
        if data[at] in b"\r\n":
            continue
        damaged = data[:at] + b"\x80" + data[at + 1 :]
        kept = {reading_key(reading) for reading in readings(whole(name, damaged))}
        assert kept <= expected
        assert len(expected - kept) <= 1


@pytest.mark.parametrize(("name", "data"), list(captures()))
def test_sent_twice_gives_the_same_identities(name: str, data: bytes) -> None:
    once = {reading_key(reading) for reading in readings(whole(name, data))}
    assert {reading_key(reading) for reading in readings(whole(name, data + data))} == once


_frames = [(name, line + b"\r") for name, data in captures() for line in data.split(b"\r") if line.strip()]
_mutation = st.tuples(
    st.integers(0, 400), st.sampled_from(["replace", "insert", "delete"]), st.integers(0, 255)
)


def mutate(data: bytes, changes: list[tuple[int, str, int]]) -> bytes:
    damaged = bytearray(data)
    for place, kind, value in changes:
        at = place % (len(damaged) + 1)
        match kind:
            case "insert":
                damaged.insert(at, value)
            case "delete":
                del damaged[at : at + 1]
            case _:
                damaged[at : at + 1] = bytes([value])
    return bytes(damaged)


@settings(max_examples=6_000, deadline=None)
@given(
    frame=st.sampled_from(_frames),
    changes=st.lists(_mutation, min_size=1, max_size=4),
    cut=st.integers(0, 99),
)
def test_no_damage_to_a_frame_raises(
    frame: tuple[str, bytes], changes: list[tuple[int, str, int]], cut: int
) -> None:
    name, data = frame
    damaged = mutate(data, changes)
    decoder = stream(name)
    decoder.feed(damaged[:cut], ARRIVAL)
    decoder.feed(damaged[cut:], ARRIVAL)
    decoder.flush(ARRIVAL)


_messages = list(messages())


@settings(max_examples=4_000, deadline=None)
@given(message=st.sampled_from(_messages), changes=st.lists(_mutation, min_size=1, max_size=4))
def test_no_damage_to_a_message_raises(
    message: tuple[str, bytes], changes: list[tuple[int, str, int]]
) -> None:
    topic, payload = message
    for item in message_decoder(topic).feed(mutate(payload, changes), ARRIVAL):
        assert not isinstance(item, Rejected) or item.raw


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=700), name=st.sampled_from(STREAMS))
def test_no_bytes_raise_and_none_are_held_without_bound(data: bytes, name: str) -> None:
    whole(name, data * 20)


@pytest.mark.parametrize(
    "payload", [b"", b"\xff\xfe", b"[" * 100_000, b"null", b"17", b'"x"', b"{}", b'{"_type":1}', b"[[]]"]
)
@pytest.mark.parametrize("topic", sorted({topic for topic, _ in _messages} | {"rally/mille/raw/gate-1"}))
def test_a_payload_that_says_nothing_is_refused_or_passed_over(topic: str, payload: bytes) -> None:
    assert not readings(message_decoder(topic).feed(payload, ARRIVAL))


@pytest.mark.parametrize(
    ("name", "folder", "pattern", "wanted"),
    [
        ("alge_timy", "alge", "*", 633),
        ("nmea", "nmea", "*.log", 170),
    ],
)
def test_captures_from_the_field_decode_without_a_rejection(
    samples: Path, name: str, folder: str, pattern: str, wanted: int
) -> None:
    found = 0
    for path in sorted((samples / folder).glob(pattern)):
        lines = [line for line in path.read_bytes().splitlines() if not line.startswith(b"#")]
        decoded = whole(name, b"\r".join(lines) + b"\r")
        assert not [item for item in decoded if isinstance(item, Rejected)], path.name
        found += len(decoded)
    assert found == wanted
