"""MYLAPS Toolkit: the passings that a timing program of running and cycling races exports.

In a rally: a chip system at a start, a finish or the gate of a service park. The exporter connects to us by
TCP (``link = "listen:3097"``); ASCII, a record ends with ``$``, its parts stand between ``@``. It sends a
passing until we say that we have it, which we do once the journal holds it.

==============================================================  ========================================
record                                                          what becomes of it
==============================================================  ========================================
``NAME@Pong@$``, ``NAME@Ping@$``                                answered
``NAME@Passing@c=TAG|t=HH:MM:SS.ffffff|d=YYMMDD@…@NUMBER@$``    a stamp for each passing; the place's name is
                                                                the channel
``NAME@Marker@mt=Gunshot|t=…@NUMBER@$``                         a mark that an official set: by hand, without
                                                                a car
others                                                          known, nothing for us
==============================================================  ========================================

Each exporter is a device with a port of its own. A chip is the car in whose row of the entry list it stands
(``tracker``). Nothing guards the digits.

Source: the MYLAPS reader of CrossMgr.
"""

import datetime as dt
import re
from dataclasses import dataclass, field

from devices.dating import date_time_of_day
from devices.decoders import Decoded
from devices.decoders.framing import LineFramer
from devices.decoders.lines import BadLine, LineDecoder, no_frame, without_noise
from devices.decoders.values import time_of_day
from timing.core.instant import Instant, day_start
from timing.core.readings import Stamp, StampMark

_MOST = 4_096
_RECORD = re.compile(rb"[A-Za-z0-9 _.-]{1,40}@[A-Z][A-Za-z]{2,20}@[ -~]*\$")
_CHIP = re.compile(r"[0-9A-Z]{4,12}")
_DATE = re.compile(r"\d{6}")
#: Name and function before the parts of a passing, its number and an empty part behind them.
_AROUND = 4


@dataclass(slots=True)
class MylapsToolkitDecoder(LineDecoder):
    """Decodes the records of one exporter."""

    framer: LineFramer = field(default_factory=lambda: LineFramer(most=_MOST), kw_only=True)

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return what the records that `data` completes hold, and what was no record."""
        return super(MylapsToolkitDecoder, self).feed(data.replace(b"$", b"$\r"), received_at)

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamps of one record."""
        clean = without_noise(line).strip()
        if not clean:
            return []
        if not _RECORD.fullmatch(clean):
            raise no_frame(line, "NAME@Passing@c=TAG|t=HH:MM:SS.ffffff@NUMBER@$")
        if clean[:1] != line[:1]:
            raise BadLine("noise", "noise before a name, of which the first sign may be gone")
        name, function, *parts = clean[:-1].decode("ascii").split("@")
        if function not in ("Passing", "Marker"):
            return []
        if len(parts) < _AROUND - 1 or parts[-1] or not parts[-2].isdecimal():
            raise ValueError(f"a {function} without its number")
        decoded: Decoded = []
        for part in parts[:-2]:
            try:
                decoded.append(self._stamp(name, function, part, received_at))
            except ValueError as bad:
                decoded.append(self.rejected(part.encode(), "range", str(bad)))
        return decoded

    def _stamp(self, name: str, function: str, part: str, received_at: Instant) -> Stamp:
        fields = dict(pair.partition("=")[::2] for pair in part.split("|"))
        if "t" not in fields:
            raise ValueError("no time t=HH:MM:SS.ffffff")
        clock, resolution = time_of_day(fields["t"])
        if fields["t"].count(":") != 2:
            raise ValueError(f"{fields['t']} is no time of day such as 10:27:28.417000")
        tag, day = fields.get("c", ""), fields.get("d", "")
        by_hand = function == "Marker"
        if not by_hand and not _CHIP.fullmatch(tag):
            raise ValueError(f"{tag[:20]!r} is no chip")
        offset = self.context.clock_offset
        return Stamp(
            device=self.context.device,
            at=day_start(_date(day)) + clock - offset
            if day
            else date_time_of_day(clock, received_at, offset),
            channel=name,
            car=None if by_hand else self.context.cars.get(tag),
            resolution=resolution,
            marks=(StampMark.MANUAL,) if by_hand else (),
            note=f"marker {fields.get('mt', '')}".rstrip() if by_hand else f"chip {tag}",
        )


def _date(text: str) -> dt.date:
    if not _DATE.fullmatch(text):
        raise ValueError(f"{text[:20]!r} is no day such as 260920")
    return dt.date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
