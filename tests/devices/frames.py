"""The captures beside this file, taken apart into what their senders sent: frames of streams, and messages.

A capture is named by its decoder, with a word behind it where there is more than one. `.bin` holds a stream
of text lines as it was on the wire, `.hex` a binary frame or message a line, `.jsonl` and `.txt` a message a
line.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from devices.catalogue import DECODERS
from devices.decoders import Decoded, Decoder, DecoderContext
from devices.decoders.native import NativeDecoder
from timing.core.instant import parse_instant

CAPTURES = Path(__file__).parent / "captures"
ARRIVAL = parse_instant("2024-04-22T18:00:00Z")
BINARY = frozenset(path.stem for path in CAPTURES.glob("*.hex"))


def decoder_of(path: Path) -> str:
    """The decoder whose capture a file is, by the longest name that the file's begins with."""
    words = path.stem.split("_")
    names = ("_".join(words[:count]) for count in range(len(words), 0, -1))
    return next((name for name in names if name in DECODERS), "")


def stream(name: str) -> Decoder:
    return DECODERS[name].make(DecoderContext(device="d1"))


def whole(name: str, data: bytes) -> Decoded:
    decoder = stream(name)
    return decoder.feed(data, ARRIVAL) + decoder.flush(ARRIVAL)


def streams() -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """Name of the decoder and frames of each captured stream."""
    for path in sorted(CAPTURES.iterdir()):
        name = decoder_of(path)
        if name and DECODERS[name].stream:
            yield name, frames_of(path)


def frames_of(path: Path) -> tuple[bytes, ...]:
    """The frames of a captured stream, each with its end."""
    if path.suffix == ".hex":
        return tuple(bytes.fromhex(line) for line in path.read_text("ascii").split())
    return tuple(found[0] for found in re.finditer(rb"[^\r\n]+(?:\r\n|\r|\n|$)", path.read_bytes()))


def messages() -> Iterator[tuple[str, str, bytes]]:
    """Decoder, topic and payload of each captured message."""
    for path in sorted(CAPTURES.iterdir()):
        name = decoder_of(path)
        if not name or DECODERS[name].stream:
            continue
        for line in path.read_bytes().splitlines():
            if name == "native":
                message = json.loads(line)
                yield name, message["topic"], json.dumps(message["payload"]).encode()
            else:
                yield (
                    name,
                    f"{name}/crew/phone",
                    bytes.fromhex(line.decode()) if path.suffix == ".hex" else line,
                )


def message_decoder(name: str, topic: str) -> Decoder:
    context = DecoderContext(device=topic.rsplit("/", 1)[-1], topic=topic)
    return NativeDecoder(context, stream("alge_timy")) if name == "native" else DECODERS[name].make(context)
