r"""MYLAPS (AMB) P3: the passings of a transponder loop.

In a rally: a loop in the road at a start, a finish or a service park, where a circuit's equipment is at hand.
TCP port 5403, binary, little endian.

``8E`` version, length, crc, flags, type of record (2 bytes each), fields, ``8F``. Within, ``8D`` stands
before a byte that is less 0x20 one of 8D, 8E, 8F. A field is its id, its length and its value.

=======  =====================================================================================
type     fields
=======  =====================================================================================
1        passing: 01 number, 03 transponder, 04 µs since 1970 of the decoder's clock, 05 strength,
         06 hits, 10 µs since 1970 UTC, 81 id of the decoder, which is the channel (8 hex digits)
2        status: a heartbeat, of which one a minute is kept
others   known, nothing for us
=======  =====================================================================================

A transponder is the car in whose row of the entry list it stands (`tracker`). The decoder's clock is read as
the event's register says (`clock`), the UTC field as UTC; they are printed to 1 ms.

Source: the frames of a P3 decoder captured by others, with their checksums.
"""

from dataclasses import dataclass, field

from devices.decoders import Decoded
from devices.decoders.binary import PacketDecoder
from devices.decoders.packets import NO_PACKET, Fault, PacketFramer
from devices.decoders.values import FIRST_INSTANT, LAST_INSTANT
from timing.core.instant import MILLISECOND, MINUTE, Instant
from timing.core.readings import Heartbeat, Stamp

_BEGIN, _END, _ESCAPE = 0x8E, 0x8F, 0x8D
_HEAD = 10
_MOST = 1_024
_PASSING, _STATUS = 1, 2
_TRANSPONDER, _RTC, _UTC, _DECODER = 0x03, 0x04, 0x10, 0x81


@dataclass(slots=True)
class MylapsP3Decoder(PacketDecoder):
    """Decodes the records of one loop decoder, or of a server for several."""

    _beat_at: Instant | None = field(default=None, kw_only=True)

    def make_framer(self) -> PacketFramer:
        """Return a framer of P3 records."""
        return PacketFramer(take)

    def read(self, packet: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of a passing, or now and then that the loop is there."""
        record = unescaped(packet)
        kind = int.from_bytes(record[8:10], "little")
        if kind == _PASSING:
            return [self._passing(_fields(record[_HEAD:-1]))]
        if kind == _STATUS and (self._beat_at is None or received_at - self._beat_at >= MINUTE):
            self._beat_at = received_at
            return [Heartbeat(device=self.context.device, at=received_at, link="tcp")]
        return []

    def _passing(self, fields: dict[int, int]) -> Stamp:
        missing = [name for name in (_TRANSPONDER, _RTC) if name not in fields]
        if missing:
            raise ValueError(f"a passing without field {missing[0]:02X}")
        own = fields[_RTC] - self.context.clock_offset
        at = fields.get(_UTC, own)
        if not FIRST_INSTANT <= at <= LAST_INSTANT:
            raise ValueError(f"{at} µs since 1970 lie outside the years 1970 to 9999")
        transponder = str(fields[_TRANSPONDER])
        return Stamp(
            device=self.context.device,
            at=at,
            channel=f"{fields[_DECODER]:08X}" if _DECODER in fields else "",
            car=self.context.cars.get(transponder),
            resolution=MILLISECOND,
            note=f"transponder {transponder}",
        )


def _fields(data: bytes) -> dict[int, int]:
    """Return the fields of a record by their ids.

    Raises:
        ValueError: the last field is cut.
    """
    fields: dict[int, int] = {}
    at = 0
    while at < len(data):
        size = data[at + 1] if at + 1 < len(data) else 256
        end = at + 2 + size
        if end > len(data):
            raise ValueError(f"field {data[at]:02X} is longer than its record")
        fields[data[at]] = int.from_bytes(data[at + 2 : end], "little")
        at = end
    return fields


def unescaped(frame: bytes) -> bytes:
    """Return a frame with its escaped bytes as they are."""
    if _ESCAPE not in frame:
        return frame
    plain = bytearray()
    escaped = False
    for sign in frame:
        if sign == _ESCAPE and not escaped:
            escaped = True
            continue
        plain.append((sign - 0x20) & 0xFF if escaped else sign)
        escaped = False
    return bytes(plain)


def _crc_row(value: int) -> int:
    crc = value << 8
    for _ in range(8):
        crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


_CRC_TABLE = tuple(_crc_row(value) for value in range(256))


def checksum(record: bytes) -> int:
    """Return the CRC of a whole unescaped record, its own two bytes (4 and 5) counted as zero.

    Polynomial 0x1021, begun with 0xFFFF; each byte joins after the step of the table.
    """
    crc = 0xFFFF
    for place, sign in enumerate(record):
        crc = _CRC_TABLE[crc >> 8] ^ (crc << 8 & 0xFFFF) ^ (0 if place in (4, 5) else sign)
    return crc


def take(held: bytearray, at: int) -> int | Fault | None:
    """Return the length of the record that begins at a place; no record holds another's first byte."""
    if held[at] != _BEGIN:
        return NO_PACKET
    end, other = held.find(_END, at + 1, at + _MOST), held.find(_BEGIN, at + 1, at + _MOST)
    if other >= 0 and (end < 0 or other < end):
        return Fault("no_frame", "a record that ends before its 8F")
    if end < 0:
        return None if len(held) < at + _MOST else Fault("no_frame", f"no 8F within {_MOST} bytes")
    record = unescaped(bytes(held[at : end + 1]))
    if len(record) <= _HEAD or int.from_bytes(record[2:4], "little") != len(record):
        return Fault("length", f"a record of {len(record)} bytes that says another length")
    found, wanted = int.from_bytes(record[4:6], "little"), checksum(record)
    if found != wanted:
        return Fault("checksum", f"checksum {found:04X}, expected {wanted:04X}")
    return end + 1 - at
