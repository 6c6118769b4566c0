"""IPICO: the reads of an RFID reader.

In a rally: a mat or an antenna at a start, a finish or the gate of a service park. TCP or serial, ASCII, a
line for the first read of a chip and one for the last.

======  ===  ===========================================================================
column  len  meaning (0-based)
======  ===  ===========================================================================
0       2    ``aa``
2       2    reader, hexadecimal: it is the channel
4       12   chip, hexadecimal
16      4    counters, nothing for us
20      14   ``YYMMDDHHMMSShh``, hh 1/100 s
34            two hexadecimal digits that are not published, or none; ``FS`` first seen, ``LS`` last seen:
             the chip left, which says nothing
======  ===  ===========================================================================

Some readers are said to write hh hexadecimal. Here it is read as decimal, and one with a letter is refused:
who sees such has one of those, and must not use its hundredths. A chip is the car in whose row of the entry
list it stands (``tracker``). Nothing guards the digits.

Source: the IPICO reader of CrossMgr; no capture.
"""

import datetime as dt
import re
from dataclasses import dataclass

from devices.decoders import Decoded
from devices.decoders.lines import LineDecoder, no_frame, without_noise
from devices.decoders.values import clock_of
from timing.core.instant import Instant, day_start
from timing.core.readings import Stamp

_READ = re.compile(
    rb"aa(?P<reader>[0-9a-f]{2})(?P<tag>[0-9a-f]{12})[0-9a-f]{4}(?P<date>\d{6})(?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d)"
    rb"(?P<f>[0-9a-f]{2})(?:[0-9a-f]{2})?(?P<seen>FS|LS)?"
)


@dataclass(slots=True)
class IpicoDecoder(LineDecoder):
    """Decodes the lines of one reader."""

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of one read."""
        clean = without_noise(line).rstrip()
        if not clean:
            return []
        found = _READ.fullmatch(clean)
        if found is None:
            raise no_frame(line, "aa, 2 and 12 and 4 hexadecimal digits, YYMMDDHHMMSShh")
        hundredths = found["f"].decode()
        if not hundredths.isdecimal():
            raise ValueError(f"1/100 s of {hundredths}: this reader counts them in hexadecimal digits")
        if found["seen"] == b"LS":
            return []
        date, tag = found["date"].decode(), found["tag"].decode()
        day = dt.date(2000 + int(date[:2]), int(date[2:4]), int(date[4:]))
        clock, resolution = clock_of(int(found["h"]), int(found["m"]), int(found["s"]), hundredths)
        return [
            Stamp(
                device=self.context.device,
                at=day_start(day) + clock - self.context.clock_offset,
                channel=str(int(found["reader"], 16)),
                car=self.context.cars.get(tag),
                resolution=resolution,
                note=f"chip {tag}",
            )
        ]
