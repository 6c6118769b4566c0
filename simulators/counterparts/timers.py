"""Timers and loops other than ALGE's, each passing as its device prints or packs it.

Written from the descriptions of the TAG Heuer CP 520 and 540 (THCOM08), the Microgate REI2's extended frame,
the u-blox TIM-TM2 packet, the MYLAPS P3 record and the SPORTident punch. `ahead` is the device's clock minus
UTC (µs).
"""

import datetime as dt
import struct

from simulators.counterparts.truth import Passing
from simulators.timers import tod
from timing.core.instant import DAY, HOUR, MILLISECOND, SECOND, Duration, Instant

_EPOCH = dt.date(1970, 1, 1)
_CP540_FIRST_DAY = dt.date(2000, 1, 1)
_GPS_EPOCH: Instant = 315_964_800 * SECOND
_GPS_AHEAD: Duration = 18 * SECOND
_WEEK: Duration = 7 * DAY


def _clock(passing: Passing, ahead: Duration) -> Duration:
    return (passing.at + ahead) % DAY


def _day(passing: Passing, ahead: Duration) -> dt.date:
    return _EPOCH + dt.timedelta(days=(passing.at + ahead) // DAY)


def _blank_zeros(clock: Duration, places: int) -> str:
    """Write a time of day with blanks in place of the zeros that lead."""
    text = tod(clock, places)
    if clock < HOUR:
        text = text[3:]
    return text[1:] if text.startswith("0") else text


def cp520(passing: Passing, ahead: Duration = 0, kind: str = "T ") -> bytes:
    """Write the thirty columns of a CP 520; its clock resolves 1/1000 s, printed with three zeros behind."""
    clock = _clock(passing, ahead) // MILLISECOND * MILLISECOND
    channel = ("M" if passing.manual else " ") + passing.channel
    line = f"{kind:<2}{'':5}{passing.number:>4} {channel:>2} {_blank_zeros(clock, 6):>15}"
    assert len(line) == 30
    return line.encode("ascii") + b"\r"


def cp540(passing: Passing, sequence: int, ahead: Duration = 0, kind: str = "TN") -> bytes:
    """Write a time line of a CP 540 with its checksum."""
    channel = ("M" if passing.manual else " ") + passing.channel
    days = (_day(passing, ahead) - _CP540_FIRST_DAY).days
    clock = tod(_clock(passing, ahead), 5)
    text = f"{kind} {passing.number:>4} {sequence:>4} {channel:>2} {clock:>14} {days:>5}"
    return text.encode("ascii") + f"\t{sum(text.encode('ascii')) & 0xFFFF:04X}\r\n".encode("ascii")


def rei2(passing: Passing, count: int, ahead: Duration = 0, info: str = "0") -> bytes:
    """Write an extended frame of a REI2: 50 columns behind a control sign. Channels 0 start, 255 stop."""
    physical = {"0": 0, "255": 15}.get(passing.channel, 20) + (100 if passing.manual else 0)
    clock = tod(_clock(passing, ahead), 4).replace(":", "").replace(".", "")
    frame = (
        f"\x10R  SO{count:06d}{passing.number or '0':>05}000001{physical:03d}{int(passing.channel):03d}{info}"
        f"{clock}{_day(passing, ahead):%d%m%Y}  "
    )
    assert len(frame) == 50
    return frame.encode("ascii") + b"\r\n"


def tim_tm2(passing: Passing, count: int) -> bytes:
    """Write the packet of a rising edge by GNSS time, to the nanosecond."""
    weeks, inside = divmod(passing.at + _GPS_AHEAD - _GPS_EPOCH, _WEEK)
    ms, ns = inside // MILLISECOND, inside % MILLISECOND * 1_000
    flags = 0x80 | 0x40 | 1 << 3  # a new rising edge, its time valid, GNSS time
    payload = struct.pack(
        "<BBHHHIIIII", int(passing.channel or 0), flags, count & 0xFFFF, weeks, weeks, ms, ns, ms, ns, 25
    )
    body = b"\x0d\x03" + struct.pack("<H", len(payload)) + payload
    first = second = 0
    for sign in body:
        first = (first + sign) & 0xFF
        second = (second + first) & 0xFF
    return b"\xb5\x62" + body + bytes((first, second))


def p3(passing: Passing, count: int, ahead: Duration = 0, decoder: int = 0x41813) -> bytes:
    """Write a P3 record of a passing, its special signs escaped; `number` is the transponder."""
    fields = b"".join(
        bytes((key, len(value))) + value
        for key, value in (
            (0x01, struct.pack("<I", count)),
            (0x03, struct.pack("<I", int(passing.number))),
            (0x04, struct.pack("<Q", passing.at + ahead)),
            (0x05, struct.pack("<H", 132)),
            (0x06, struct.pack("<H", 41)),
            (0x08, struct.pack("<H", 0)),
            (0x81, struct.pack("<I", decoder)),
        )
    )
    length = 1 + 1 + 2 + 2 + 2 + 2 + len(fields) + 1
    head, tail = struct.pack("<BBH", 0x8E, 2, length), struct.pack("<HH", 0, 1) + fields + b"\x8f"
    crc = _p3_crc(head + b"\0\0" + tail)
    whole = head + struct.pack("<H", crc) + tail
    inside = b"".join(
        bytes((0x8D, sign + 0x20)) if 0x8D <= sign <= 0x8F else bytes((sign,)) for sign in whole[1:-1]
    )
    return b"\x8e" + inside + b"\x8f"


def _p3_crc(data: bytes) -> int:
    crc = 0xFFFF
    for sign in data:
        high = crc >> 8 << 8
        for _ in range(8):
            high = (high << 1 ^ 0x1021 if high & 0x8000 else high << 1) & 0xFFFF
        crc = high ^ (crc << 8 & 0xFFFF) ^ sign
    return crc


def punch(passing: Passing, memory: int, ahead: Duration = 0) -> bytes:
    """Write the punch of a card (number) at a station (channel), to 1/256 s."""
    clock = _clock(passing, ahead)
    half, inside = divmod(clock, DAY // 2)
    weekday = (_day(passing, ahead).isoweekday() % 7) << 1
    data = b"\xd3\x0d" + struct.pack(">HI", int(passing.channel), int(passing.number))
    data += bytes((weekday | half,)) + struct.pack(">H", inside // SECOND)
    data += bytes((inside % SECOND * 256 // SECOND,)) + memory.to_bytes(3, "big")
    return b"\xff\x02" + data + struct.pack(">H", _buypass(data)) + b"\x03"


def _buypass(data: bytes) -> int:
    """CRC-16, 0x8005 from 0, as the stations count it: an odd last byte is put upon the result."""
    even, odd = (data, b"") if len(data) % 2 == 0 else (data[:-1], data[-1:])
    crc = 0
    for sign in even:
        crc ^= sign << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x8005 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc ^ (odd[0] << 8) if odd else crc
