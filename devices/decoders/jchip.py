"""JChip: the reads of an RFID reader whose software connects to a timing program.

In a rally: a mat or an antenna at a start, a finish or the gate of a service park. The reader connects to us
by TCP (``link = "listen:53135"``); ASCII, lines end with CR. We answer its name with ``GT`` and the time it
tells with ``S0000``, which starts it.

====================================================  ==================================================
line                                                  what becomes of it
====================================================  ==================================================
``N0000NAME``                                         the reader's name: known
``GT0HHMMSShh`` and maybe `` date=YYYYMMDD``          its clock, to 1/100 s: a check against ours; the first
                                                      digit says for how many days it runs
``DJTAG HH:MM:SS.ffffff 10  COUNT  C7`` with a date   a read: ``DJ`` or ``DA``, chip, time of day, of the
                                                      next field the second sign days later
====================================================  ==================================================

Each reader is a device with a port of its own: a second one at a port ends the connection of the first. A
chip is the car in whose row of the entry list it stands (``tracker``). Nothing guards the digits.

Sources: the JChip reader of CrossMgr, and its programs that speak so for Impinj and Alien readers: a chip of
theirs is a number or an EPC without its leading zeros, from 1 to 24 signs.
"""

import datetime as dt
import re
from dataclasses import dataclass

from devices.dating import date_time_of_day
from devices.decoders import Decoded
from devices.decoders.lines import LineDecoder, no_frame, without_noise
from devices.decoders.values import clock_of
from timing.core.instant import DAY, MILLISECOND, Duration, Instant, day_start
from timing.core.readings import Stamp, SyncCheck

_NAME = re.compile(rb"N\d{4}[ -~]{0,40}")
_CLOCK = re.compile(rb"GT\d(?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d)(?P<f>\d\d)(?: {1,4}date=(?P<date>\d{8}))?")
_READ = re.compile(
    rb"D[JA](?P<tag>[0-9A-Z]{1,24}) (?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)\.(?P<f>\d{1,6})"
    rb" [0-9](?P<days>\d) +[0-9A-F]+ +[0-9A-F]{2,4}(?: {1,4}date=(?P<date>\d{8}))?"
)
#: Its clock is told to 1/100 s and comes over a network.
_UNCERTAIN: Duration = 100 * MILLISECOND


@dataclass(slots=True)
class JchipDecoder(LineDecoder):
    """Decodes what one reader says."""

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of a read, or the check of the reader's clock."""
        clean = without_noise(line).rstrip()
        if not clean or _NAME.fullmatch(clean):
            return []
        clock = _CLOCK.fullmatch(clean)
        if clock is not None:
            at, _ = self._instant(clock, 0, received_at)
            offset = at - received_at
            return [
                SyncCheck(
                    device=self.context.device,
                    at=at,
                    offset=offset,
                    uncertainty=_UNCERTAIN,
                    method="jchip GT",
                )
            ]
        found = _READ.fullmatch(clean)
        if found is None:
            raise no_frame(line, "DJ and a chip, a time of day, two digits and a count")
        at, resolution = self._instant(found, int(found["days"]), received_at)
        tag = found["tag"].decode()
        return [
            Stamp(
                device=self.context.device,
                at=at,
                channel="",
                car=self.context.cars.get(tag),
                resolution=resolution,
                note=f"chip {tag}",
            )
        ]

    def _instant(self, found: re.Match[bytes], days: int, received_at: Instant) -> tuple[Instant, Duration]:
        clock, resolution = clock_of(int(found["h"]), int(found["m"]), int(found["s"]), found["f"].decode())
        offset = self.context.clock_offset
        if found["date"] is None:
            return date_time_of_day(clock, received_at, offset), resolution
        text = found["date"].decode()
        day = dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
        return day_start(day) + days * DAY + clock - offset, resolution
