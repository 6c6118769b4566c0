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
20      12   ``YYMMDDHHMMSS``
32      2    1/100 s, **hexadecimal**: ``27`` is 0.39 s
34      2    checksum: the sum of the signs of columns 2 to 33, its last two hexadecimal digits
36           nothing; or ``FS`` first seen, ``LS`` last seen: the chip left, which says nothing
======  ===  ===========================================================================

A chip is the car in whose row of the entry list it stands (``tracker``). Some programs take the hundredths
for decimal; they are not. A line that ends before its checksum is refused.

Sources: IPICO's description of its packets with an example, as FirstOpen Singularity quotes it; rusty-timer
for ``FS`` and ``LS``.
"""

import datetime as dt
import re
from dataclasses import dataclass

from devices.decoders import Decoded
from devices.decoders.lines import BadLine, LineDecoder, no_frame, without_noise, wrong_sum
from devices.decoders.values import clock_of
from timing.core.instant import Instant, day_start
from timing.core.readings import Stamp

_READ = re.compile(
    rb"aa(?P<reader>[0-9a-f]{2})(?P<tag>[0-9a-f]{12})[0-9a-f]{4}(?P<date>\d{6})(?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d)"
    rb"(?P<f>[0-9a-f]{2})(?P<sum>[0-9a-f]{2})?(?P<seen>FS|LS)?"
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
            raise no_frame(line, "aa400000000123450a2a01123018455927a7")
        if found["sum"] is None:
            raise BadLine("no_checksum", "a read that ends before its checksum")
        wanted = sum(clean[2:34]) & 0xFF
        if int(found["sum"], 16) != wanted:
            raise wrong_sum(found["sum"].decode(), f"{wanted:02x}")
        hundredths = int(found["f"], 16)
        if hundredths > 99:
            raise ValueError(f"{hundredths} hundredths of a second")
        if found["seen"] == b"LS":
            return []
        date, tag = found["date"].decode(), found["tag"].decode()
        day = dt.date(2000 + int(date[:2]), int(date[2:4]), int(date[4:]))
        clock, resolution = clock_of(int(found["h"]), int(found["m"]), int(found["s"]), f"{hundredths:02d}")
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
