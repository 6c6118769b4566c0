r"""RMonitor: the live feed of MYLAPS Orbits and other circuit timing programs.

In a rally: a special stage on a circuit that times itself. TCP port 50000, CR LF; commas and quotes.

===============  ====================================================================
record           what becomes of it
===============  ====================================================================
``$L``           (IMSA's addition) a car at a line: registration, line, its name,
                 ``mm/dd/yyyy``, ``HH:MM:SS.mmm``: a stamp with the line as channel
``$A $COMP``     which car has which registration number: remembered
``$I``           everything anew: the registrations are forgotten
others           clock, classes, positions, laps: known, and computed elsewhere
===============  ====================================================================

``$J`` and ``$G`` tell elapsed times without an instant, which are results and not readings. There is no
checksum. A registration that the feed has not introduced names no car.

Sources: the RMonitor protocol as public programs read it; a feed from a race in 2009.
"""

import datetime as dt
import re
from dataclasses import dataclass, field

from devices.decoders import Decoded
from devices.decoders.lines import LineDecoder, no_frame, without_noise
from devices.decoders.values import time_of_day
from timing.core.instant import Instant, day_start
from timing.core.readings import Stamp

_RECORD = re.compile(r"\$(?P<kind>[A-Z]{1,5})(?P<fields>(?:,(?:\"[^\"]*\"|[^,\"]*))*) *")
_FIELD = re.compile(r",(?:\"([^\"]*)\"|([^,\"]*))")
_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_KNOWN = frozenset({"A", "B", "C", "COMP", "COR", "DPD", "E", "F", "G", "H", "I", "J", "L", "T", "RMCA"})
_CLOCK = re.compile(r"\d\d:\d\d:\d\d\.\d{3}")
_WORD = re.compile(r"[ -~]{0,16}")
_MOST_CARS = 2_000


@dataclass(slots=True)
class RmonitorDecoder(LineDecoder):
    """Decodes the feed of one program."""

    _numbers: dict[str, str] = field(default_factory=dict, kw_only=True)

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of a line crossing."""
        text = without_noise(line).decode("latin-1")
        if not text.strip():
            return []
        found = _RECORD.fullmatch(text)
        if found is None or found["kind"] not in _KNOWN:
            raise no_frame(line, "a record such as $J or $L, its fields with commas between them")
        fields = [quoted or plain for quoted, plain in _FIELD.findall(found["fields"])]
        match found["kind"]:
            case "I":
                self._numbers.clear()
            case "A" | "COMP" if len(fields) > 2 and len(self._numbers) < _MOST_CARS:
                self._numbers[fields[0]] = fields[1].strip()
            case "L":
                return [self._stamp(fields)]
        return []

    def _stamp(self, fields: list[str]) -> Stamp:
        if len(fields) != 5:
            raise ValueError(f"$L with {len(fields)} fields, expected 5")
        registration, line, _, date, clock = fields
        if not _WORD.fullmatch(registration) or not _WORD.fullmatch(line):
            raise ValueError(f"registration {registration!r} at line {line!r}, expected short words")
        if not _CLOCK.fullmatch(clock):
            raise ValueError(f"{clock!r} is no time of day such as 08:00:55.110")
        since_midnight, resolution = time_of_day(clock)
        return Stamp(
            device=self.context.device,
            at=day_start(_day(date)) + since_midnight - self.context.clock_offset,
            channel=line.strip().upper(),
            car=self._numbers.get(registration) or None,
            resolution=resolution,
            note=f"registration {registration}",
        )


def _day(text: str) -> dt.date:
    found = _DATE.fullmatch(text)
    try:
        if found is not None and int(found[3]) >= 1970:
            return dt.date(int(found[3]), int(found[1]), int(found[2]))
    except ValueError:
        pass
    raise ValueError(f"{text!r} is no day such as 01/27/2009")
