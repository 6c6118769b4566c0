"""What a viewer may send on a live websocket: control frames. Its data frames are skipped (RFC 6455).

A viewer of the board has nothing to say, so that no message is ever assembled, unmasked or inflated: a
connection needs no buffer but the bytes of one unfinished frame.
"""

from dataclasses import dataclass
from typing import TypeAlias

#: The most bytes of one skipped data frame.
MAX_SKIPPED = 4096

_CLOSE, _PING, _PONG = 0x8, 0x9, 0xA
_DATA = (0x0, 0x1, 0x2)


@dataclass(frozen=True, slots=True)
class Ping:
    """The viewer asks whether we are there; the answer repeats the payload."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """The viewer closes, with this code (1000 where it gave none)."""

    code: int


ClientEvent: TypeAlias = Ping | Closed


class ProtocolFault(Exception):
    """Bytes that no well-behaved client sends; `code` is the close code to answer with."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def read_frames(data: bytes) -> tuple[list[ClientEvent], bytes]:
    """Return the control frames in `data` and the unfinished rest.

    Raises:
        ProtocolFault: a frame that is not masked, a malformed control frame, or one past `MAX_SKIPPED`.
    """
    events: list[ClientEvent] = []
    start = 0
    while len(data) - start >= 2:
        opcode, masked, length = data[start] & 0x0F, data[start + 1] & 0x80, data[start + 1] & 0x7F
        head = start + 2
        if not masked:
            raise ProtocolFault(1002, "a client's frames are masked")
        if opcode >= 0x8 and (length > 125 or not data[start] & 0x80):
            raise ProtocolFault(1002, "a control frame is whole and short")
        if opcode not in (_CLOSE, _PING, _PONG, *_DATA):
            raise ProtocolFault(1002, f"unknown opcode {opcode}")
        if length == 127:
            raise ProtocolFault(1009, "viewers have nothing long to say")
        if length == 126:
            if len(data) < head + 2:
                break
            length, head = int.from_bytes(data[head : head + 2], "big"), head + 2
        if length > MAX_SKIPPED:
            raise ProtocolFault(1009, "viewers have nothing long to say")
        end = head + 4 + length
        if len(data) < end:
            break
        if opcode == _PING:
            events.append(Ping(_unmasked(data[head:end])))
        elif opcode == _CLOSE:
            payload = _unmasked(data[head:end])
            events.append(Closed(int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1000))
        start = end
    return events, data[start:]


def _unmasked(masked: bytes) -> bytes:
    mask, body = masked[:4], masked[4:]
    return bytes(byte ^ mask[index % 4] for index, byte in enumerate(body))
