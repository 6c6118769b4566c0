r"""Teltonika Codec 8, 8 Extended and 16: the records of a tracker that is built into a car.

In a rally: a hired tracker in each car. It connects to us by TCP (``link = "listen:5027"``), waits for
answers, and sends its queue when it has a network again; binary, big endian. Its login is accepted where it
is a ``tracker`` of the entry list or a device of the register; it is told the number of its records once the
journal holds them, and forgets them only then. A Traccar server may stand between as well.

=========  ============================================================================
packet     bytes
=========  ============================================================================
login      ``00 0F``, 15 digits: the tracker's IMEI, under which its fixes are known; the
           last digit is checked, but for one of the entry list
data       4 zeros, length, then codec (08, 8E, 10), count, records, count; CRC in 4 bytes
record     ms since 1970 (8), priority (1), longitude and latitude × 10⁷ (4, 4), altitude m
           (2), course (2), satellites (1), speed **km/h** (2), then inputs and outputs
``FF``     the tracker is still there
=========  ============================================================================

The CRC (polynomial 0xA001 reflected, from 0) covers codec to count. A record without satellites, or at 0, 0,
has no place. Other codecs (commands and their answers) are known and say nothing. A bad record costs only
itself; a packet that its records do not fill is of another layout, and nothing of it is believed.

Sources: Teltonika wiki, "Codec"; packets from the tests of Traccar.
"""

import struct
from dataclasses import dataclass, field
from itertools import pairwise

from devices.decoders import Decoded
from devices.decoders.binary import PacketDecoder
from devices.decoders.packets import NO_PACKET, Fault, PacketFramer
from devices.decoders.values import LAST_INSTANT, check_place, is_imei, road_speed
from timing.core.instant import MILLISECOND, Instant
from timing.core.readings import Fix

LOGIN = b"\x00\x0f"
_IMEI = 15
_PREAMBLE = b"\x00\x00\x00\x00"
#: The longest packet of a tracker; the wiki says 1280 bytes for the most of them.
_MOST = 4_096
_RECORD = struct.Struct(">QBiihHBH")
#: Of each codec with positions: bytes of an id, of a count, of the event, and whether it has long values.
CODECS = {0x08: (1, 1, 1, False), 0x8E: (2, 2, 2, True), 0x10: (2, 1, 3, False)}
#: With the codecs of commands and their answers, and of a watch (07) whose layout is another.
_KNOWN_CODECS = frozenset({*CODECS, 0x07, 0x0C, 0x0D, 0x0E, 0x0F})
_SIZES = (1, 2, 4, 8)


@dataclass(slots=True)
class TeltonikaDecoder(PacketDecoder):
    """Decodes the packets of one tracker."""

    _imei: str = field(default="", kw_only=True)

    def make_framer(self) -> PacketFramer:
        """Return a framer of logins and data packets."""
        return PacketFramer(take, quiet=b"\xff\r\n")

    def read(self, packet: bytes, received_at: Instant) -> Decoded:
        """Return the fixes of one data packet."""
        if packet.startswith(LOGIN):
            self._imei, digits = "", packet[2:].decode("ascii")
            if not (is_imei(digits) or digits == self.context.device or digits in self.context.cars):
                raise ValueError(f"{digits} is no IMEI: its last digit does not agree with the others")
            self._imei = digits
            return []
        codec, count = packet[8], packet[9]
        if codec not in CODECS:
            return []
        places = _places(packet, codec, count)
        if places is None:
            return [self.rejected(packet, "length", f"{count} records that do not fill their packet")]
        decoded: Decoded = []
        for at, end in pairwise(places):
            try:
                fix = self._fix(packet, at)
            except ValueError as bad:
                decoded.append(self.rejected(packet[at:end], "range", str(bad)))
            else:
                decoded += [] if fix is None else [fix]
        return decoded

    def _fix(self, packet: bytes, at: int) -> Fix | None:
        ms, _, lon, lat, altitude, course, satellites, speed = _RECORD.unpack_from(packet, at)
        if satellites == 0 or (lat == 0 and lon == 0):
            return None
        check_place(lat / 1e7, lon / 1e7)
        if ms * MILLISECOND > LAST_INSTANT or course > 360:
            raise ValueError(f"{ms} ms since 1970 and a course of {course}")
        return Fix(
            device=self._imei or self.context.device,
            at=ms * MILLISECOND,
            lat=lat / 1e7,
            lon=lon / 1e7,
            speed=road_speed(speed / 3.6),
            course=float(course),
            altitude=float(altitude),
        )


def _places(packet: bytes, codec: int, count: int) -> list[int] | None:
    """Return where the records begin and the last one ends, None where that is not the packet's end."""
    places = [10]
    for _ in range(count):
        end = _end_of(packet, places[-1], codec)
        if end is None:
            return None
        places.append(end)
    return places if places[-1] == len(packet) - 5 and packet[places[-1]] == count else None


def _end_of(packet: bytes, at: int, codec: int) -> int | None:
    """Return where a record ends, None where that lies behind its packet."""
    id_size, count_size, event_size, long_values = CODECS[codec]
    at += _RECORD.size + event_size + count_size
    most = len(packet) - 5
    for size in _SIZES:
        if at + count_size > most:
            return None
        at += count_size + int.from_bytes(packet[at : at + count_size], "big") * (id_size + size)
    if long_values:
        values = int.from_bytes(packet[at : at + 2], "big")
        at += 2
        for _ in range(values):
            at += 4 + int.from_bytes(packet[at + 2 : at + 4], "big")
            if at > most:
                return None
    return at if at <= most else None


def _crc_row(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value


_CRC_TABLE = tuple(_crc_row(value) for value in range(256))


def checksum(data: bytes) -> int:
    """Return the CRC-16/ARC of a packet's data, from the codec to the second count."""
    crc = 0
    for sign in data:
        crc = crc >> 8 ^ _CRC_TABLE[(crc ^ sign) & 0xFF]
    return crc


def take(held: bytearray, at: int) -> int | Fault | None:
    """Return the length of the login or data packet that begins at a place."""
    head = bytes(held[at : at + 9])
    if head[0] != 0:
        return NO_PACKET
    if head[:2] == LOGIN:
        digits = bytes(held[at + 2 : at + 2 + _IMEI])
        if digits and not digits.isdigit():
            return Fault("no_frame", "a login without the 15 digits of an IMEI")
        return 2 + _IMEI if len(digits) == _IMEI else None
    if not _PREAMBLE.startswith(head[:4]):
        return NO_PACKET
    if len(head) < 9:
        return None
    if head[8] not in _KNOWN_CODECS:
        return Fault("no_frame", f"codec {head[8]:02X}, expected 08, 8E, 10 or one of commands")
    length = int.from_bytes(head[4:8], "big")
    if not 3 <= length <= _MOST:
        return Fault("length", f"a packet of {length} bytes, expected 3 to {_MOST}")
    end = at + 8 + length + 4
    if len(held) < end:
        return None
    found, wanted = int.from_bytes(held[end - 4 : end], "big"), checksum(bytes(held[at + 8 : end - 4]))
    if found != wanted:
        return Fault("checksum", f"checksum {found:04X}, expected {wanted:04X}")
    return end - at
