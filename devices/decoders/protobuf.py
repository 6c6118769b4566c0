"""The fields of a Protocol Buffers message, as far as trackers use them. No protocol of its own; pure.

Source: Protocol Buffers documentation, "Encoding".
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

#: By the number of a field: its last value, a number or the bytes of a text or a message within.
Fields: TypeAlias = Mapping[int, int | bytes]

_MOST_FIELDS = 200
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def fields_of(data: bytes) -> Fields:
    """Return the fields of a message; of one that comes twice, the last.

    Raises:
        ValueError: not such a message, or one with more fields than any of a tracker has.
    """
    fields = dict(_fields(data))
    if not fields:
        raise ValueError("a message without fields")
    return fields


def signed(value: int, bits: int) -> int:
    """Return a number that was written without its sign, with it (two's complement)."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = count = 0
    while at < len(data):
        count += 1
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if number == 0 or count > _MOST_FIELDS:
            raise ValueError(
                f"field {number}, the {count}th, expected 1 or more and {_MOST_FIELDS} at the most"
            )
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind not in (_FIXED32, _FIXED64, _BYTES):
            raise ValueError(f"field {number} of kind {kind}, expected 0, 1, 2 or 5")
        size, at = _varint(data, at) if kind == _BYTES else (4 if kind == _FIXED32 else 8, at)
        if at + size > len(data):
            raise ValueError(f"field {number} ends {at + size - len(data)} bytes behind the message")
        part = data[at : at + size]
        at += size
        yield number, part if kind == _BYTES else int.from_bytes(part, "little")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        if at + place >= len(data):
            raise ValueError("a number that ends behind the message")
        sign = data[at + place]
        value |= (sign & 0x7F) << 7 * place
        if sign < 0x80:
            return value, at + place + 1
    raise ValueError("a number of more than 10 bytes")
