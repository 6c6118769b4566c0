"""Pure decoders: bytes of one protocol in, readings out.

One protocol, one file, one set of captures, one test. A decoder is told the arrival of each piece and keeps
nothing but the bytes of an unfinished frame. It never raises on bytes: what it cannot read or believe comes
out as `Rejected`, with the bytes, and costs one frame.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from timing.core.instant import Duration, Instant
from timing.core.readings import Reading, Rejected

Decoded: TypeAlias = list[Reading | Rejected]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderContext:
    """What a decoder must know that the bytes do not say.

    `clock_offset` is the device's clock minus UTC in µs; `topic` the MQTT topic of a message;
    `retained` whether the broker kept the message from earlier; `cars` says which car each transponder or
    chip rides in; `template` is the form of the lines of a device that has none of its own.
    """

    device: str
    clock_offset: Duration = 0
    topic: str = ""
    retained: bool = False
    cars: Mapping[str, str] = field(default_factory=dict)
    template: str = ""


class Decoder(Protocol):
    """Bytes of one protocol in, readings out."""

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return what these bytes complete: the next piece of a stream, or one whole message."""

    def flush(self, received_at: Instant) -> Decoded:
        """Return what is still held back when the link has ended."""
