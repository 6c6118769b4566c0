r"""SPORTident: the punch of a crew's card at a station (BSF, BSM, SRR dongle in extended protocol, autosend).

In a rally: a passage control or a marshal's post where the crew punches its card. USB serial, 38400 baud
(old stations 4800), 8N1, binary.

``02 D3 0D CN1 CN0 SN3 SN2 SN1 SN0 TD TH TL TSS MEM2 MEM1 MEM0 CRC1 CRC0 03``, at times behind wake bytes
``FF`` or ``00``:

========  ===================================================================================
field     meaning
========  ===================================================================================
CN        station; it is the channel
SN        card; of SI-Card 5 (series below 5) series × 100000 + number, series 1 without
TD        bit 0 afternoon, bits 3-1 the day of the week (0 Sunday)
TH TL     seconds of the half day
TSS       1/256 s
MEM       place in the station's memory
CRC       over command, length and data
========  ===================================================================================

A card is the car in whose row of the entry list it stands (`tracker`). The date is the one nearest to the
arrival. Cards put in and taken out (E5 to E8) are known and say nothing.

Sources: SPORTident PCPROG5; three captured punches with their checksums.
"""

from dataclasses import dataclass

from devices.dating import date_time_of_day
from devices.decoders import Decoded
from devices.decoders.binary import PacketDecoder
from devices.decoders.packets import NO_PACKET, Fault, PacketFramer
from timing.core.instant import HOUR, SECOND, Duration, Instant
from timing.core.readings import Stamp

_STX, _ETX = 0x02, 0x03
_PUNCH = 0xD3
#: The commands a station sends by itself, and how long their data are.
_LENGTHS = {_PUNCH: 13, 0xE5: 6, 0xE6: 6, 0xE7: 6, 0xE8: 6}
_HALF_DAY_S = 43_200
_RESOLUTION: Duration = SECOND // 256
_OLD_CARDS = 5


@dataclass(slots=True)
class SportidentDecoder(PacketDecoder):
    """Decodes the punches of one station or dongle."""

    def make_framer(self) -> PacketFramer:
        """Return a framer of SPORTident packets."""
        return PacketFramer(take, quiet=b"\xff\x00\r\n")

    def read(self, packet: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of a punch."""
        if packet[1] != _PUNCH:
            return []
        data = packet[3:-3]
        half, seconds = data[6], int.from_bytes(data[7:9], "big")
        if seconds >= _HALF_DAY_S:
            raise ValueError(f"{seconds} s are more than half a day")
        clock = (12 * HOUR if half & 1 else 0) + seconds * SECOND + data[9] * SECOND // 256
        card = str(_card(data[2:6]))
        return [
            Stamp(
                device=self.context.device,
                at=date_time_of_day(clock, received_at, self.context.clock_offset),
                channel=str(int.from_bytes(data[:2], "big")),
                car=self.context.cars.get(card),
                resolution=_RESOLUTION,
                note=f"card {card}",
            )
        ]


def _card(number: bytes) -> int:
    series, short = number[1], int.from_bytes(number[2:], "big")
    if number[0] == 0 and series < _OLD_CARDS:
        return short + (series * 100_000 if series > 1 else 0)
    return int.from_bytes(number[1:], "big")


def checksum(body: bytes) -> int:
    """Return the CRC of command, length and data: polynomial 0x8005, 16 bits, an odd last byte by itself."""
    crc = 0
    for sign in body[: len(body) // 2 * 2]:
        crc ^= sign << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc ^ (body[-1] << 8 if len(body) % 2 else 0)


def take(held: bytearray, at: int) -> int | Fault | None:
    """Return the length of the packet that begins at a place."""
    if held[at] != _STX:
        return NO_PACKET
    if len(held) < at + 3:
        return None if len(held) < at + 2 or held[at + 1] in _LENGTHS else NO_PACKET
    length = _LENGTHS.get(held[at + 1])
    if length is None or held[at + 2] != length:
        return Fault(
            "no_frame", f"command {held[at + 1]:02X} with {held[at + 2]} bytes is none of a station's"
        )
    end = at + 3 + length + 3
    if len(held) < end:
        return None
    wanted, found = checksum(bytes(held[at + 1 : end - 3])), int.from_bytes(held[end - 3 : end - 1], "big")
    if found != wanted or held[end - 1] != _ETX:
        return Fault("checksum", f"checksum {found:04X}, expected {wanted:04X} and 03 behind it")
    return end - at
