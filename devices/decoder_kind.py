"""What is known of a protocol, besides how to decode it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from devices.decoders import Decoder, DecoderContext
from timing.core.instant import SECOND, Duration


class Part(StrEnum):
    """The parts that a device may play in a rally."""

    LINE = "line clock"
    START = "start clock"
    HAND = "hand button"
    TRACKER = "tracker"
    REFERENCE = "time reference"
    FEED = "feed of another timing program"


class Tried(StrEnum):
    """On what a decoder's word rests."""

    CAPTURE = "capture-tested"
    """Decodes what real units sent, or what another program's tests took from real units."""
    MANUAL = "maker's manual"
    """Written from the maker's own description, with its examples; no capture of a unit."""
    UNVERIFIED = "unverified"
    """Written from what others wrote about it: try it with your unit before you rely on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderKind:
    """A protocol and what it can do.

    `resolution` is the finest its times can be (µs), `carries_number` whether its readings may name a car,
    by its number or by a transponder or tracker of the entry list; a `stream` comes in pieces of a byte
    stream, anything else in whole messages. A clock of the device's own may run ahead of ours by `ahead`
    before we call its times impossible. `parts` says what it is in a rally, `transport` how it is connected,
    `tried` on what its word rests. `greeting` is what it must be told at each opening of a TCP connection
    before it says anything.
    """

    title: str
    make: Callable[[DecoderContext], Decoder]
    resolution: Duration
    carries_number: bool
    stream: bool
    ahead: Duration = 5 * SECOND
    parts: tuple[Part, ...] = ()
    transport: str = ""
    tried: Tried = Tried.UNVERIFIED
    greeting: bytes = b""
