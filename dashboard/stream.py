"""One audience's live document: its state, its numbered patches, and the bytes its viewers receive.

A `Stream` holds what is released to its audience. It may run late by a fixed rally time, as a whole:
what is built goes into a queue and becomes the state, with its number, when its hour has come. A `View` is
a stream narrowed to some top-level keys; it keeps the encoded frames, so that each frame is encoded once
and deflated once whatever the number of viewers.
"""

import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dashboard.merge_patch import apply, difference
from dashboard.messages import Json, patch_message, snapshot_message
from timing.core.instant import Duration, Instant, format_instant

#: How many patches a stream remembers for viewers that come back: two minutes of four a second.
REMEMBERED = 480
#: Payloads below this many bytes are not worth deflating.
_SMALL = 200
_EMPTY_BLOCK = b"\x00\x00\xff\xff"
_TEXT, _FIN, _RSV1 = 0x1, 0x80, 0x40


def frame_header(opcode: int, length: int, *, compressed: bool = False) -> bytes:
    """Return the header of one whole, unmasked frame (RFC 6455 section 5.2, RFC 7692 section 6)."""
    first = _FIN | (_RSV1 if compressed else 0) | opcode
    if length < 126:
        return bytes((first, length))
    if length < 1 << 16:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")


class Message:
    """One message of the stream and its ready frames, plain and for each window size asked for."""

    __slots__ = ("_frames", "payload", "seq")

    def __init__(self, seq: int, payload: bytes) -> None:
        self.seq = seq
        self.payload = payload
        self._frames: dict[int, bytes] = {}

    def frame(self, window_bits: int) -> bytes:
        """Return the message as one websocket frame; `window_bits` 0 means not compressed.

        Every compressed message stands alone (server_no_context_takeover), so that the same bytes serve
        all viewers who agreed on the same window.
        """
        ready = self._frames.get(window_bits)
        if ready is None:
            ready = self._frames[window_bits] = self._make(window_bits)
        return ready

    def _make(self, window_bits: int) -> bytes:
        if window_bits == 0 or len(self.payload) < _SMALL:
            return frame_header(_TEXT, len(self.payload)) + self.payload
        deflate = zlib.compressobj(6, zlib.DEFLATED, -window_bits, 9)
        body = deflate.compress(self.payload) + deflate.flush(zlib.Z_SYNC_FLUSH)
        body = body.removesuffix(_EMPTY_BLOCK)
        return frame_header(_TEXT, len(body), compressed=True) + body


@dataclass(frozen=True, slots=True)
class Patch:
    """A numbered change of the released state, with the rally instant at which it was built."""

    seq: int
    at: str
    patch: Json


class Compared:
    """The differences of one tick, found once for all streams that hold the same parts."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        # With the parts themselves, so that neither's identity is given to another meanwhile.
        self._found: dict[tuple[int, int], tuple[Json, Json, Json]] = {}

    def difference(self, old: Json, new: Json) -> Json:
        """Return the merge patch from one part to another."""
        known = self._found.get((id(old), id(new)))
        if known is None:
            known = self._found[id(old), id(new)] = old, new, difference(old, new)
        return known[2]


@dataclass(slots=True)
class Stream:
    """The document of one audience. `seq` starts at a base that grows over restarts of the service."""

    seq: int
    delay: Duration = 0
    at: str = format_instant(0)
    state: Json = field(default_factory=dict)
    built: Json = field(default_factory=dict)
    patches: deque[Patch] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _waiting: deque[tuple[Instant, Json]] = field(default_factory=deque)

    def build(self, parts: Mapping[str, Json], now: Instant, compared: "Compared | None" = None) -> None:
        """Take newly projected parts: top-level keys with their whole content as of `now`.

        The parts are kept, and must not be changed afterwards. Streams that are given the same parts share
        `compared`, and each part is compared once for all of them.
        """
        compared = Compared() if compared is None else compared
        patch: Json = {}
        for key, part in parts.items():
            if key not in self.built:
                patch[key] = part
            elif change := compared.difference(self.built[key], part):
                patch[key] = change
        if not patch:
            return
        # The very rows that were given: those that come again unchanged are known without a look inside.
        self.built = {**self.built, **parts}
        if self._waiting and self._waiting[-1][0] > now + self.delay:
            # A clock that was set back must not let later news overtake earlier ones.
            self._waiting.append((self._waiting[-1][0], patch))
        else:
            self._waiting.append((now + self.delay, patch))

    def release(self, now: Instant) -> Patch | None:
        """Make everything whose hour has come part of the state, as one numbered patch."""
        due: list[Json] = []
        at = 0
        while self._waiting and self._waiting[0][0] <= now:
            at, patch = self._waiting.popleft()
            due.append(patch)
        if not due:
            return None
        new = self.built
        if self._waiting:
            new = self.state
            for patch in due:
                new = apply(new, patch)
        change = due[0] if len(due) == 1 else difference(self.state, new)
        if not change:
            return None
        self.state = new
        self.seq += 1
        self.at = format_instant(at - self.delay)
        released = Patch(self.seq, self.at, change)
        self.patches.append(released)
        return released


class View:
    """A stream narrowed to some top-level keys (`only`; None means all), with its encoded messages."""

    __slots__ = ("_encoded", "_snapshot", "only", "stream")

    def __init__(self, stream: Stream, only: frozenset[str] | None) -> None:
        self.stream = stream
        self.only = only
        self._encoded: dict[int, Message] = {}
        self._snapshot: Message | None = None

    def _narrow(self, document: Json) -> Json:
        if self.only is None:
            return document
        return {key: value for key, value in document.items() if key in self.only}

    def state(self) -> Json:
        """Return the released state as this view's viewers hold it."""
        return self._narrow(self.stream.state)

    def snapshot(self) -> Message:
        """Return the state as a message, encoded once for each number."""
        ready = self._snapshot
        if ready is None or ready.seq != self.stream.seq:
            stream = self.stream
            ready = Message(stream.seq, snapshot_message(stream.seq, stream.at, self.state()))
            self._snapshot = ready
        return ready

    def message(self, patch: Patch) -> Message:
        """Return a patch as a message. It may be empty: its number keeps the viewer's count unbroken."""
        ready = self._encoded.get(patch.seq)
        if ready is None:
            ready = Message(patch.seq, patch_message(patch.seq, patch.at, self._narrow(patch.patch)))
            self._encoded[patch.seq] = ready
            oldest = self.stream.patches[0].seq if self.stream.patches else patch.seq
            for seq in [seq for seq in self._encoded if seq < oldest]:
                del self._encoded[seq]
        return ready

    def missed(self, seq: int) -> Iterator[Message] | None:
        """Return the messages after number `seq`, or None when they are no longer (or never were) known."""
        patches = self.stream.patches
        if seq == self.stream.seq:
            return iter(())
        if not patches or seq < patches[0].seq - 1 or seq > self.stream.seq:
            return None
        return (self.message(patch) for patch in patches if patch.seq > seq)
