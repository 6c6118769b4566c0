r"""u-blox UBX-TIM-TM2: the instant of an edge at a receiver's EXTINT pin.

In a rally: a beam that anybody can build, a photocell on the pin of a satellite receiver; no other clock at
the roadside is as good. UART or USB, 9600 to 115200 baud, binary, little endian.

======  =====  ==============================================================================
offset  type   meaning (a packet is ``B5 62 0D 03 1C 00``, these 28 bytes, ``CK_A CK_B``)
======  =====  ==============================================================================
0       U1     pin
1       U1     flags: bit 2 new falling edge, bits 4-3 time base (0 receiver, 1 GNSS, 2 UTC),
               bit 6 time valid, bit 7 new rising edge
2       U2     count of rising edges, begins anew at 65536
4, 6    U2     GPS week of the rising and of the falling edge
8, 12   U4     rising: ms of the week, and ns
16, 20  U4     falling: ms of the week, and ns
24      U4     accuracy, ns
======  =====  ==============================================================================

The checksum is the 8-bit Fletcher of all between the sync bytes and itself. Channels are ``R0`` rising and
``F0`` falling, with the pin's number. GNSS time is 18 s ahead of UTC (since 2017). A receiver reports only
the last edge of each kind in one navigation epoch: where the count jumps, crossings were lost, and that is
told.
Other UBX messages and NMEA sentences on the same wire are passed over.

Source: u-blox M8/M9/F9 interface descriptions, UBX-TIM-TM2; two packets captured from a receiver.
"""

import datetime as dt
import struct
from dataclasses import dataclass, field

from devices.decoders import Decoded
from devices.decoders.binary import PacketDecoder
from devices.decoders.packets import NO_PACKET, Damage, Fault, PacketFramer
from timing.core.instant import DAY, MILLISECOND, SECOND, Duration, Instant, day_start
from timing.core.readings import Stamp, StampMark

_SYNC = b"\xb5\x62"
_TIM_TM2 = b"\x0d\x03"
_FIELDS = struct.Struct("<BBHHHIIIII")
#: Classes that a receiver sends; anything else behind the sync bytes is chance.
_CLASSES = frozenset({0x01, 0x02, 0x04, 0x05, 0x06, 0x0A, 0x0B, 0x0D, 0x10, 0x13, 0x21, 0x27, 0x28})
_MOST_PAYLOAD = 1_024
_GPS_EPOCH = day_start(dt.date(1980, 1, 6))
_WEEK: Duration = 7 * DAY
#: IERS Bulletin C 52: 18 s since 2017-01-01.
_GPS_AHEAD: Duration = 18 * SECOND
_FALLING, _VALID, _RISING = 0x04, 0x40, 0x80
_BASE_RECEIVER, _BASE_GNSS, _BASE_UTC = 0, 1, 2
#: A count that jumps further was not lost edges but a receiver that began anew.
_MOST_LOST = 1_000


@dataclass(slots=True)
class UbxTimTm2Decoder(PacketDecoder):
    """Decodes the time marks of one receiver."""

    _counts: dict[int, int] = field(default_factory=dict, kw_only=True)
    """The last count of each pin."""

    def make_framer(self) -> PacketFramer:
        """Return a framer of UBX packets; NMEA between them is passed over with all else."""
        return PacketFramer(take)

    def damaged(self, damage: Damage) -> Decoded:
        """Return what is to be told of bytes between packets: not what may be sentences of the receiver."""
        text = all(0x20 <= sign <= 0x7E or sign in b"\r\n" for sign in damage.data)
        return [] if text else super(UbxTimTm2Decoder, self).damaged(damage)

    def read(self, packet: bytes, received_at: Instant) -> Decoded:
        """Return the stamps of a packet's edges, and a word where edges were lost before it."""
        if packet[2:4] != _TIM_TM2:
            return []
        pin, flags, count, week_r, week_f, ms_r, ns_r, ms_f, ns_f, accuracy = _FIELDS.unpack(packet[6:-2])
        base = flags >> 3 & 3
        if not flags & _VALID or base > _BASE_UTC:
            raise ValueError("a time mark without a valid time")
        decoded = self._lost(packet, pin, count) if flags & _RISING else []
        for new, letter, week, ms, ns in (
            (flags & _RISING, "R", week_r, ms_r, ns_r),
            (flags & _FALLING, "F", week_f, ms_f, ns_f),
        ):
            if new:
                at = _instant(week, ms, ns) - (0 if base == _BASE_UTC else _GPS_AHEAD)
                decoded.append(self._stamp(f"{letter}{pin}", at, accuracy, base))
        return decoded

    def _stamp(self, channel: str, at: Instant, accuracy: int, base: int) -> Stamp:
        return Stamp(
            device=self.context.device,
            at=at,
            channel=channel,
            resolution=1,
            uncertainty=accuracy // 1_000 + 1,
            # Its own time base is one that no satellite has set.
            marks=(StampMark.UNSYNCED,) if base == _BASE_RECEIVER else (),
        )

    def _lost(self, packet: bytes, pin: int, count: int) -> Decoded:
        before = self._counts.get(pin)
        self._counts[pin] = count
        lost = 0 if before is None else (count - before) % 65_536 - 1
        if not 0 < lost < _MOST_LOST:
            return []
        detail = f"the count went from {before} to {count}: {lost} crossings were not reported"
        return [self.rejected(packet, "lost_edges", detail)]


def checksum(body: bytes) -> bytes:
    """Return the 8-bit Fletcher checksum of what lies between the sync bytes and it."""
    a = b = 0
    for sign in body:
        a = (a + sign) & 0xFF
        b = (b + a) & 0xFF
    return bytes((a, b))


def take(held: bytearray, at: int) -> int | Fault | None:
    """Return the length of the UBX packet that begins at a place."""
    head = bytes(held[at : at + 6])
    if not _SYNC.startswith(head[:2]):
        return NO_PACKET
    if len(head) < 6:
        return None if len(head) < 3 or head[2] in _CLASSES else NO_PACKET
    length = int.from_bytes(head[4:6], "little")
    if head[2] not in _CLASSES or length > _MOST_PAYLOAD:
        return Fault("no_frame", f"class {head[2]:02X} with {length} bytes is no message of a receiver")
    if head[2:4] == _TIM_TM2 and length != _FIELDS.size:
        return Fault("no_frame", f"a time mark of {length} bytes, expected {_FIELDS.size}")
    end = at + 6 + length + 2
    if len(held) < end:
        return None
    wanted = checksum(bytes(held[at + 2 : end - 2]))
    if held[end - 2 : end] != wanted:
        found = bytes(held[end - 2 : end]).hex(" ")
        return Fault("checksum", f"checksum {found}, expected {wanted.hex(' ')}")
    return end - at


def _instant(week: int, ms: int, ns: int) -> Instant:
    """Return an instant of GPS time.

    Raises:
        ValueError: more than a week of ms, or more than some ms of ns.
    """
    at = ms * MILLISECOND + ns // 1_000
    if at >= _WEEK or ns >= 10_000_000:
        raise ValueError(f"{ms} ms and {ns} ns are no time of a week")
    return _GPS_EPOCH + week * _WEEK + at
