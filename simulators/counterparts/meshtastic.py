"""A Meshtastic node with a network connection: what it publishes for its mesh as Protocol Buffers.

Written from Meshtastic's mesh.proto, mqtt.proto and telemetry.proto, and the encoding of Protocol Buffers.
"""

import struct

from simulators.counterparts.truth import Place
from timing.core.instant import SECOND

_EVERYBODY = 0xFFFFFFFF
_POSITION_APP, _TELEMETRY_APP = 3, 67


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _fixed(field: int, value: int) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<i" if value < 0 else "<I", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def position(place: Place, *, precision: int = 32) -> bytes:
    """Write a position as a node knows it; speed in km/h, course in degrees × 10⁵, as radios do."""
    return b"".join(
        (
            _fixed(1, round(place.lat * 1e7)),
            _fixed(2, round(place.lon * 1e7)),
            _number(3, round(place.altitude)),
            _fixed(4, place.at // SECOND),
            _number(15, round(place.speed * 3.6)),
            _number(16, round(place.course * 1e5)),
            _number(19, place.satellites),
            _number(23, precision),
        )
    )


def envelope(
    node: int, packet: int, port: int, payload: bytes, *, received: int, gateway: str = "!0fd8badc"
) -> bytes:
    """Write what the gateway publishes of one packet that it could read; `received` in s since 1970."""
    decoded = _number(1, port) + _bytes(2, payload) + _number(9, 1)
    whole = (
        _fixed(1, node) + _fixed(2, _EVERYBODY) + _bytes(4, decoded) + _fixed(6, packet) + _fixed(7, received)
        + _varint(8 << 3 | 5) + struct.pack("<f", 9.75) + _number(9, 2) + _number(12, -55) + _number(15, 3)
    )  # fmt: skip
    return _bytes(1, whole) + _bytes(2, b"LongFast") + _bytes(3, gateway.encode())


def place_message(node: int, packet: int, place: Place, gateway: str = "!0fd8badc") -> bytes:
    """Write the message for a place."""
    received = place.at // SECOND + 2
    return envelope(node, packet, _POSITION_APP, position(place), received=received, gateway=gateway)


def battery_message(node: int, packet: int, when: int, percent: int) -> bytes:
    """Write the message for a battery; `when` in s since 1970."""
    telemetry = _fixed(1, when) + _bytes(
        2, _number(1, percent) + _varint(2 << 3 | 5) + struct.pack("<f", 4.01)
    )
    return envelope(node, packet, _TELEMETRY_APP, telemetry, received=when + 1)


def encrypted_message(node: int, packet: int, received: int) -> bytes:
    """Write the message for a packet that the gateway passes on as it came."""
    whole = (
        _fixed(1, node) + _fixed(2, _EVERYBODY) + _number(3, 8) + _bytes(5, b"\x9a" * 30) + _fixed(6, packet)
    )
    return _bytes(1, whole + _fixed(7, received)) + _bytes(2, b"LongFast") + _bytes(3, b"!0fd8badc")
