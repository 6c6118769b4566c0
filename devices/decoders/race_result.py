r"""RACE RESULT: the passings of a decoder for transponders.

In a rally: a mat or an antenna at a start, a finish or a service park. TCP port 3601 (protocol 1.6 and
later), CR LF; fields with ``;`` between them. Live passings (after ``SETPUSHPASSINGS;1;0``) begin with
``#P;``, fetched ones do not.

======  ================================================================================
field   meaning (0-based)
======  ================================================================================
0       number of the passing
1       transponder; 99999 is a marker that an official set
2, 3    ``YYYY-MM-DD`` and ``HH:MM:SS.kkk``; ``0000-00-00`` the clock was not set: held until
        its offset is known
9, 10   channel; id of the loop, which is the channel here where there is one
15      bit 0x40: out of the transponder's memory
======  ================================================================================

Older firmware sends fewer fields, four at the least. A transponder is the car in whose row of the entry list
it stands (`tracker`). Answers begin with the command they answer, and say nothing.

Sources: RACE RESULT knowledge base, "timing decoder TCP protocol"; rows of the layout from public clients.
"""

import datetime as dt
import re
from dataclasses import dataclass

from devices.dating import date_time_of_day
from devices.decoders import Decoded
from devices.decoders.lines import LineDecoder, no_frame, without_noise
from devices.decoders.values import clock_of
from timing.core.instant import Instant, day_start
from timing.core.readings import Stamp, StampMark

_ROW = re.compile(
    r"(?:#P;)?(?P<no>\d{1,10});(?P<tag>[0-9A-Za-z]{1,16});(?P<date>\d{4}-\d\d-\d\d);"
    r"(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)\.(?P<f>\d{3})(?P<rest>(?:;[ -:<-~]*)*)"
)
_ANSWER = re.compile(r"[A-Z]{4,}[A-Z0-9]*(?:;[ -~]*)?|\d+:\d+|#[A-OQ-Z][ -~]*")
_NUMBER = re.compile(r"\d{1,4}")
_MARKER = "99999"
_NO_DATE = "0000-00-00"
#: Places behind the time, 3 less than in a row.
_CHANNEL, _LOOP, _ACTIVE = 6, 7, 12
_STORED = 0x40


@dataclass(slots=True)
class RaceResultDecoder(LineDecoder):
    """Decodes the passings of one decoder."""

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of a passing."""
        clean = without_noise(line).rstrip()
        text = clean.decode("ascii", "replace")
        found = _ROW.fullmatch(text)
        if found is None:
            if not text or _ANSWER.fullmatch(text):
                return []
            raise no_frame(line, "#P; or a number, a transponder, a date and a time")
        return [self._stamp(found, received_at)]

    def _stamp(self, found: re.Match[str], received_at: Instant) -> Stamp:
        more = found["rest"].split(";")
        clock, resolution = clock_of(int(found["h"]), int(found["m"]), int(found["s"]), found["f"])
        tag, offset = found["tag"], self.context.clock_offset
        dated = found["date"] != _NO_DATE
        active = _field(more, _ACTIVE)
        channel = _field(more, _LOOP) or _field(more, _CHANNEL)
        if channel and not _NUMBER.fullmatch(channel):
            raise ValueError(f"{channel!r} is no number of a loop or channel")
        stored = re.fullmatch("[0-9A-Fa-f]{1,4}", active) is not None and int(active, 16) & _STORED
        marks = (
            () if dated else (StampMark.UNSYNCED,),
            (StampMark.MANUAL,) if tag == _MARKER else (),
            (StampMark.MEMORY,) if stored else (),
        )
        return Stamp(
            device=self.context.device,
            at=(
                day_start(_date(found["date"])) + clock - offset
                if dated
                else date_time_of_day(clock, received_at, offset)
            ),
            channel=channel,
            car=None if tag == _MARKER else self.context.cars.get(tag),
            resolution=resolution,
            marks=tuple(mark for some in marks for mark in some),
            note="marker" if tag == _MARKER else f"transponder {tag}",
        )


def _field(more: list[str], place: int) -> str:
    return more[place].strip() if place < len(more) else ""


def _date(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} is no day") from None
    if day.year < 1970:
        raise ValueError(f"{text} lies before 1970")
    return day
