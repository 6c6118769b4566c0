r"""Microgate REI2 and RTPro: the extended online frame.

In a rally: the beams, keys and radio inputs at a stage start, at splits and at a flying finish. RS-232,
8N1, 9600 baud (1200 to 57600) with RTS; 50 bytes, CR LF.

=======  ===  ==================================================================================
column   len  meaning (0-based)
=======  ===  ==================================================================================
0        1    0x10 the extended frame (0x12 an answer, 0x14 reduced, 0x17 error, 0x18 status)
1        1    ``R``
4        1    program: S single start, G group, B stopwatch, P parallel, N swimming, T track, O PC
5        1    ``O`` at once, ``F`` sent again later
6        6    the unit's own count of frames
12       5    competitor; zeros none
17       3    group
20       3    run
23       3    physical channel: 000 start line, 015 stop line; 100 more a key; others radio
26       3    logical channel: 000 start, 001 to 240 split, 255 stop
29       1    ``0`` time of day; other digits net times, which say nothing; ``a`` annulled; other
              letters are not published: kept, not scored
30       10   ``HHMMSSffff``, 1/10000 s
40       8    ``DDMMYYYY``
=======  ===  ==================================================================================

A channel is the logical one, without leading zeros: ``0`` start, ``255`` stop. There is no checksum, so that
every column must hold what it may. The unit's date is not believed for what comes at once (a unit was seen a
month off); for what it sends again, it is where it lies within the week before. That ``a`` takes back an
earlier frame with the same time is inferred from a capture.

Source: Microgate REI2 manual (R2U_3_1092), "serial protocol"; frames captured from a REI2.
"""

import datetime as dt
import re
from dataclasses import dataclass

from devices.dating import date_from_memory, date_time_of_day
from devices.decoders import Decoded
from devices.decoders.lines import BadLine, LineDecoder, no_frame, without_noise
from devices.decoders.values import car_number, clock_of
from timing.core.instant import Instant
from timing.core.readings import Stamp, StampMark

_BEGIN = b"\x10"
#: How the unit's other frames begin: answers, reduced frames, errors, states.
_OTHER = (b"\x12", b"\x14", b"\x17", b"\x18")
_FRAME = re.compile(
    rb"R  (?P<program>[SGBPNTO])(?P<how>[OF])\d{6}(?P<number>\d{5})\d{3}\d{3}"
    rb"(?P<physical>\d{3})(?P<logical>\d{3})(?P<info>[0-9A-Za-z])"
    rb"(?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d)(?P<f>\d{4})(?P<date>[-+\d]\d{7}) {0,2}"
)
_KEY = 100
_NET = b"123456789"


@dataclass(slots=True)
class MicrogateRei2Decoder(LineDecoder):
    """Decodes the frames of one timer."""

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Read the frames of a line: more than one where an end was lost to noise."""
        before, *frames = line.split(_BEGIN)
        decoded: Decoded = []
        if without_noise(before).strip() and not before.startswith(_OTHER):
            decoded.append(self.rejected(before, "no_frame", f"{len(before)} bytes without 0x10 before them"))
        for frame in frames:
            try:
                decoded += self._frame(frame, received_at)
            except BadLine as bad:
                decoded.append(self.rejected(_BEGIN + frame, bad.reason, str(bad)))
            except ValueError as bad:
                decoded.append(self.rejected(_BEGIN + frame, "range", str(bad)))
        return decoded

    def _frame(self, frame: bytes, received_at: Instant) -> Decoded:
        found = _FRAME.fullmatch(frame)
        if found is None:
            raise no_frame(frame, "49 columns that begin with R")
        if found["info"] in _NET:
            return []
        day = _date(found["date"].decode())
        clock, resolution = clock_of(int(found["h"]), int(found["m"]), int(found["s"]), found["f"].decode())
        again = found["how"] == b"F"
        annulled = found["info"] == b"a"
        marks = (
            (StampMark.MEMORY,) if again else (),
            (StampMark.MANUAL,) if int(found["physical"]) // _KEY == 1 else (),
            () if found["info"] in b"0a" else (StampMark.UNKNOWN_FLAG,),
        )
        offset = self.context.clock_offset
        return [
            Stamp(
                device=self.context.device,
                at=(
                    date_from_memory(clock, day, received_at, offset)
                    if again
                    else date_time_of_day(clock, received_at, offset)
                ),
                channel=str(int(found["logical"])),
                car=car_number(found["number"].decode()),
                resolution=resolution,
                cancelled=annulled,
                marks=tuple(mark for some in marks for mark in some),
                note="annulled" if annulled else "",
            )
        ]


def _date(text: str) -> dt.date:
    """Return the date of DDMMYYYY.

    Raises:
        ValueError: it has a sign, as net times do, or the day does not exist.
    """
    try:
        return dt.date(int(text[4:]), int(text[2:4]), int(text[:2]))
    except ValueError:
        raise ValueError(f"{text} is no day such as 06052016") from None
