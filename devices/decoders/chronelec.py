r"""Chronelec and TAG Heuer Protime: the passings of a transponder loop.

In a rally: a loop in the road at a start or a finish. Serial, 19200 baud, 8N1, or UDP port 2008; ASCII,
CR LF.

``<STA 006141 00:02'57"541 38 07 0 1569>``

========  ============================================================================
place     meaning
========  ============================================================================
0-2       loop: ``STA``, ``BOX``, ``B01`` …; ``MAN`` a key. It is the channel
4-9       transponder; zeros none
11-22     ``HH:MM'SS"mmm``, no date
24-28     strength and hits
30        battery of the transponder: 2 low, 3 failing
32-35     sum of the 32 bytes behind ``<``, decimal
========  ============================================================================

The device repeats a passing until it is told that it was heard: the same reading again. A transponder is the
car in whose row of the entry list it stands (`tracker`).

Source: lines of a Protime decoder in public programs, with their checksums.
"""

import re
from dataclasses import dataclass

from devices.dating import date_time_of_day
from devices.decoders import Decoded
from devices.decoders.lines import BadLine, LineDecoder, no_frame, without_noise, wrong_sum
from devices.decoders.values import clock_of
from timing.core.instant import Instant
from timing.core.readings import Stamp, StampMark

_PASSING = re.compile(
    rb"(?P<text>(?P<loop>[A-Z][A-Z0-9]{2}) (?P<tag>\d{6}) (?P<h>\d\d):(?P<m>\d\d)'(?P<s>\d\d)\"(?P<f>\d{3})"
    rb" [ \d]{2} [ \d]{2} (?P<battery>\d) )(?P<sum>[ \d]{3}\d)>[ -;=-~]*"
)
_BATTERY = {b"2": ", battery low", b"3": ", battery failing"}


@dataclass(slots=True)
class ChronelecDecoder(LineDecoder):
    """Decodes the passings of one loop decoder."""

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Read the passings of a line: more than one where an end was lost to noise."""
        before, *passings = line.split(b"<")
        decoded: Decoded = []
        if before and without_noise(before).strip():
            decoded.append(self.rejected(before, "no_frame", f"{len(before)} bytes without < before them"))
        for passing in passings:
            try:
                decoded.append(self._stamp(passing, received_at))
            except BadLine as bad:
                decoded.append(self.rejected(b"<" + passing, bad.reason, str(bad)))
            except ValueError as bad:
                decoded.append(self.rejected(b"<" + passing, "range", str(bad)))
        return decoded

    def _stamp(self, passing: bytes, received_at: Instant) -> Stamp:
        found = _PASSING.fullmatch(passing)
        if found is None:
            raise no_frame(passing, "<STA 006141 00:02'57\"541 38 07 0 1569>")
        text, loop, digits, hours, minutes, seconds, decimals, battery, total = found.groups()
        wanted = sum(text)
        if int(total) != wanted:
            raise wrong_sum(total.decode(), f"{wanted:04d}")
        clock, resolution = clock_of(int(hours), int(minutes), int(seconds), decimals.decode())
        tag = digits.lstrip(b"0").decode()
        by_hand = loop == b"MAN"
        return Stamp(
            device=self.context.device,
            at=date_time_of_day(clock, received_at, self.context.clock_offset),
            channel=loop.decode(),
            car=self.context.cars.get(tag) if tag else None,
            resolution=resolution,
            marks=(StampMark.MANUAL,) if by_hand else (),
            note=f"transponder {tag}{_BATTERY.get(battery, '')}" if tag else "",
        )
