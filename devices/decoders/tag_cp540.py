r"""TAG Heuer CP 540 and CP 545: the THCOM08 lines of a Chronoprinter.

In a rally: the beams and keys at a stage start, at splits and at a flying finish. RS-232, 8N1, 9600 baud
(2400 to 57600), or TCP port 7000; ASCII, ``TAB``, four hex digits, CR LF.

=======  ===  =============================================================================
column   len  meaning (0-based) of a line with a time
=======  ===  =============================================================================
0        2    ``TN`` new, ``T*`` changed, ``T+`` inserted, ``T-`` suppressed, ``AN`` out of
              the memory, or new in a mode with start and stop
3        4    number, right aligned; blank none
8        4    the impulse's own number on the unit
13       2    input `` 1`` to `` 4``; ``M1`` to ``M4`` a key of the device
16       14   ``HH:MM:SS.fffff``, 1/100000 s, with leading blanks
31       5    the unit's count of days
=======  ===  =============================================================================

The hex digits are the sum of all bytes before the ``TAB``, modulo 65536. ``RR IR DR GR`` are results of the
unit, ``ID DS DE CL OM OP AK`` answers and headings: known, they say nothing. A changed impulse has the number
of the earlier one, so that the earlier is withdrawn even where its time was changed.

The count of days is taken to begin on 2000-01-01, which no manual confirms: it dates ``AN`` alone, which may
be days old, and only where it lies within the week before the arrival.

Source: lines captured from a CP 540 with their checksums; which input is the start is set on the unit.
"""

import datetime as dt
import re
from dataclasses import dataclass, field, replace

from devices.dating import date_from_memory, date_time_of_day
from devices.decoders import Decoded
from devices.decoders.lines import BadLine, LineDecoder, no_frame, without_noise, wrong_sum
from devices.decoders.recent import Recent
from devices.decoders.values import car_number, time_of_day
from timing.core.instant import Duration, Instant
from timing.core.readings import Stamp, StampMark

_SUMMED = re.compile(rb"(?P<text>[ -~]+)\t(?P<sum>[0-9A-Fa-f]{4}) *")
_IMPULSE = re.compile(
    r"(?P<kind>T[N*+\-]|AN) (?=.{4} )(?P<number> *\d*) (?=.{4} )(?P<own> *\d+) (?P<channel>[ M]\d) "
    r"(?P<time>[ \d:.]{14}) (?=.{5})(?P<days> *\d{4,5}) *"
)
_KNOWN = re.compile(r"(?:RR|IR|DR|GR|ID|DS|DE|CL|OM|OP|AK)(?: .*)?|#.*")
_RESOLUTION: Duration = 10
_EPOCH = dt.date(2000, 1, 1)
_NOTES = {"T*": "changed", "T+": "inserted", "T-": "suppressed"}


@dataclass(slots=True)
class TagCp540Decoder(LineDecoder):
    """Decodes the lines of one timer."""

    _recent: Recent = field(default_factory=Recent, kw_only=True)
    _from_memory: bool = field(default=False, kw_only=True)

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of an impulse, and the withdrawal of what it replaces."""
        text = _checked(line)
        if not text:
            return []
        found = _IMPULSE.fullmatch(text)
        if found is None:
            if not _KNOWN.fullmatch(text):
                raise no_frame(line, "a line such as TN    2    2 M1 19:30:58.41200  6994")
            if text[:2] in ("DS", "DE"):
                self._from_memory = text[:2] == "DS"
            return []
        stamp, own = self._stamp(found, received_at), found["own"].strip()
        before = self._recent.get(own)
        if stamp.cancelled:
            return [stamp if before is None else replace(before, cancelled=True, note=stamp.note)]
        self._recent.note(own, stamp)
        if found["kind"] != "T*" or before is None or _same(before, stamp):
            return [stamp]
        return [replace(before, cancelled=True), stamp]

    def _stamp(self, found: re.Match[str], received_at: Instant) -> Stamp:
        kind, channel = found["kind"], found["channel"].strip()
        clock, _ = time_of_day(found["time"].strip())
        offset = self.context.clock_offset
        day = _EPOCH + dt.timedelta(days=int(found["days"]))
        marks = (
            (StampMark.MEMORY,) if kind == "AN" and self._from_memory else (),
            (StampMark.TYPED,) if kind == "T+" else (),
            (StampMark.MANUAL,) if channel.startswith("M") else (),
        )
        return Stamp(
            device=self.context.device,
            at=(
                date_from_memory(clock, day, received_at, offset)
                if kind == "AN"
                else date_time_of_day(clock, received_at, offset)
            ),
            channel=channel,
            car=car_number(found["number"]),
            resolution=_RESOLUTION,
            cancelled=kind == "T-",
            marks=tuple(mark for some in marks for mark in some),
            note=_NOTES.get(kind, ""),
        )


def checksum(text: bytes) -> int:
    """Return the sum of the bytes before the TAB, in 16 bits."""
    return sum(text) & 0xFFFF


def _checked(line: bytes) -> str:
    """Return a line's text when its checksum is right, empty for a line of noise or blanks."""
    clean = without_noise(line)
    if not clean.strip():
        return ""
    found = _SUMMED.fullmatch(clean)
    if found is None:
        raise BadLine("no_checksum", "a line without TAB and four hex digits at its end")
    wanted = checksum(found["text"])
    if int(found["sum"], 16) != wanted:
        raise wrong_sum(found["sum"].decode(), f"{wanted:04X}")
    return found["text"].decode("ascii")


def _same(one: Stamp, other: Stamp) -> bool:
    return (one.at, one.channel, one.car) == (other.at, other.channel, other.car)
