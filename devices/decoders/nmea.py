r"""NMEA 0183: the sentences of a satellite receiver.

In a rally: a receiver in a car behind a modem or a laptop, and the time reference at a station. Serial, 8N1,
4800 to 115200 baud; ``$`` talker type ``,`` fields ``*`` and two hex digits (the XOR of all between ``$`` and
``*``), CR LF.

========  ================================================================================
sentence  fields (0 the type)
========  ================================================================================
RMC       1 hhmmss.sss, 2 A/V, 3-4 ddmm.mmmm N/S, 5-6 dddmm.mmmm E/W, 7 **knots**, 8 course,
          9 ddmmyy, 12 mode (2.3), 13 status (4.1)
GGA       1 hhmmss.sss, 2-5 place, 6 quality (0 none), 7 satellites, 8 HDOP, 9 altitude m
GST       1 hhmmss.sss, 6-7 standard deviation of latitude and longitude, m
others    known, and nothing for us
========  ================================================================================

A place is taken from RMC alone, since only it carries a date: GGA adds the altitude of the same moment, GST
how exact it is, whichever comes first. Both dates and times of one fix come from the one sentence, so that no
midnight falls between them. ``V`` says that the place is the last known one: it is not a position. A sentence
without its checksum is refused, as is one whose checksum is right and whose content is not: eight bits let
through one bad sentence in 256. Any talker is taken (GP, GN, GL, GA, GB …): one receiver changes between
them. A leap second (60) is the last microsecond before the minute.

Sources: NMEA 0183 as documented by gpsd ("NMEA Revealed"); IEC 61162-1 for the checksum.
"""

import datetime as dt
import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from devices.decoders import Decoded, DecoderContext
from devices.decoders.framing import LineFramer
from timing.core.instant import HOUR, MINUTE, SECOND, Duration, Instant, day_start
from timing.core.readings import Fix, Rejected

_SENTENCE = re.compile(rb"(?P<body>[A-Z][A-Z0-9]{2,7}(?:,[ -#%-)+-~]*)?)\*(?P<sum>[0-9A-Fa-f]{2}) *")
_CLOCK = re.compile(r"(\d\d)(\d\d)(\d\d)(?:\.(\d{0,9}))?")
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)")
_LAT = re.compile(r"(\d\d)(\d\d(?:\.\d+)?)")
_LON = re.compile(r"(\d\d\d)(\d\d(?:\.\d+)?)")
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?|-?\.\d+")

_KNOT_M_S = 1852 / 3600
#: Faster than this nothing goes by road; the sentence is damaged.
_FASTEST_M_S = 200.0
#: How a receiver that also sends binary (UBX) begins a frame of that.
_BINARY = b"\xb5\x62"
#: RMC modes that are no position of a receiver: not valid, typed in, simulated.
_NO_POSITION = frozenset("NMS")


#: Instant, degrees, m/s, degrees from north.
_Place: TypeAlias = tuple[Instant, float, float, float | None, float | None]
#: Half the bits of the longest line, as a power of two; a usual sentence has a quarter of its bytes.
_FOLD = 2_048
_USUAL = 128


class _Absurd(ValueError):
    """A sentence that came whole and says what cannot be."""


@dataclass(slots=True)
class NmeaDecoder:
    """Decodes the sentences of one receiver."""

    context: DecoderContext
    _framer: LineFramer = field(default_factory=LineFramer)
    _moment: str = ""
    """The time field of the last GGA or GST."""
    _added: dict[str, float | None] = field(default_factory=dict)
    """What each sentence of that moment adds to its fix."""
    _waiting: tuple[str, _Place] | None = None
    """A place of which more is still to come, with its time field."""
    _last_clock: str = ""
    _follow: set[str] = field(default_factory=set)
    """What this receiver sends behind RMC; only for that is a fix held back."""
    _sends_binary: bool = False
    """Whether it sends UBX frames too, whose pieces cannot be told from noise: they hold line ends."""

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the fixes these bytes complete, and what was damaged."""
        return [item for line in self._framer.feed(data) for item in self._line(line)]

    def flush(self, received_at: Instant) -> Decoded:
        """Return what is still held back when the link has ended."""
        decoded = [item for line in self._framer.flush() for item in self._line(line)]
        return decoded + self._release()

    def _line(self, line: bytes) -> Decoded:
        """Read the sentences of a line: more than one, or a piece, where an end was lost to noise."""
        before, *sentences = line.split(b"$")
        decoded: Decoded = []
        self._sends_binary = self._sends_binary or _BINARY in before
        if before.strip() and not self._sends_binary:
            decoded.append(self._rejected(before, "no_sentence", f"{len(before)} bytes without a sentence"))
        for sentence in sentences:
            decoded += self._sentence(sentence)
        return decoded

    def _sentence(self, sentence: bytes) -> Decoded:
        raw = b"$" + sentence
        found = _SENTENCE.match(sentence)
        if found is None:
            return [
                self._rejected(raw, "no_checksum", "a sentence without its checksum, or with binary in it")
            ]
        body = found["body"]
        wanted = checksum(body)
        if int(found["sum"], 16) != wanted:
            detail = f"checksum {found['sum'].decode()}, expected {wanted:02X}"
            return [self._rejected(raw, "checksum", detail)]
        kind, *fields = body.decode("ascii").split(",")
        try:
            if kind[0] != "P" and kind.endswith("RMC"):
                return self._rmc(fields)
            if kind[0] != "P" and kind.endswith("GGA"):
                return self._gga(fields)
            if kind[0] != "P" and kind.endswith("GST"):
                return self._gst(fields)
        except _Absurd as absurd:
            return [self._rejected(raw, "range", str(absurd))]
        return []

    def _rmc(self, fields: list[str]) -> Decoded:
        if len(fields) < 9:
            raise _Absurd(f"RMC with {len(fields)} fields, expected 9 or more")
        clock, status, lat, north, lon, east, speed, course, date = fields[:9]
        mode = fields[11] if len(fields) > 11 else ""
        released = self._release()
        if status != "A" or mode in _NO_POSITION:
            return released
        place = (
            _midnight(date) + _time_of_day(clock),
            _angle(_LAT, lat, north, "NS", 90),
            _angle(_LON, lon, east, "EW", 180),
            _speed(speed),
            _course(course),
        )
        self._last_clock = clock
        if self._moment != clock:
            self._moment, self._added = clock, {}
        if self._follow - self._added.keys():
            self._waiting = (clock, place)
            return released
        return [*released, self._fix(place, self._added)]

    def _gga(self, fields: list[str]) -> Decoded:
        if len(fields) < 9:
            raise _Absurd(f"GGA with {len(fields)} fields, expected 9 or more")
        clock, quality = fields[0], fields[5]
        return self._add("GGA", clock, _number(fields[8]) if quality not in ("", "0") else None)

    def _gst(self, fields: list[str]) -> Decoded:
        if len(fields) < 7:
            raise _Absurd(f"GST with {len(fields)} fields, expected 8")
        north, east = _number(fields[5]), _number(fields[6])
        unsure = None if north is None or east is None else math.hypot(north, east)
        return self._add("GST", fields[0], unsure)

    def _add(self, kind: str, clock: str, value: float | None) -> Decoded:
        """Note what a sentence adds to the fix of its moment; return what need not wait any longer."""
        released: Decoded = []
        if clock != self._moment:
            released = self._release()
            self._moment, self._added = clock, {}
        self._added[kind] = value
        if clock and clock == self._last_clock:
            self._follow.add(kind)
        waiting = self._waiting
        if waiting is None or waiting[0] != clock or self._follow - self._added.keys():
            return released
        self._waiting = None
        return [*released, self._fix(waiting[1], self._added)]

    def _fix(self, place: _Place, added: Mapping[str, float | None]) -> Fix:
        """Return the fix of a moment with what the other sentences add to it."""
        at, lat, lon, speed, course = place
        return Fix(
            device=self.context.device,
            at=at,
            lat=lat,
            lon=lon,
            speed=speed,
            course=course,
            accuracy=added.get("GST"),
            altitude=added.get("GGA"),
            retained=self.context.retained,
        )

    def _release(self) -> Decoded:
        """Let go of a fix of which not all came; the next is not held back for what did not."""
        if self._waiting is None:
            return []
        clock, place = self._waiting
        self._waiting = None
        self._follow &= self._added.keys() if self._moment == clock else set()
        return [self._fix(place, self._added if self._moment == clock else {})]

    def _rejected(self, raw: bytes, reason: str, detail: str) -> Rejected:
        return Rejected(raw=raw, reason=reason, detail=detail, device=self.context.device)


def checksum(body: bytes) -> int:
    """Return the XOR of the bytes between `$` and `*`."""
    # Bits of all bytes at once: the upper half upon the lower one, until one byte is left.
    bits = _FOLD if len(body) > _USUAL else _FOLD >> 2
    value = int.from_bytes(body, "little")
    while value >> 8:
        value = value >> bits ^ value & (1 << bits) - 1
        bits = bits >> 1 if bits > 8 else 8
    return value


def _time_of_day(text: str) -> Duration:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise _Absurd(f"{text!r} is no time such as 143308.00")
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3])
    if hours > 23 or minutes > 59 or seconds > 60:
        raise _Absurd(f"{text!r} names a time of day that does not exist")
    fraction = int((found[4] or "")[:6].ljust(6, "0"))
    if seconds == 60:
        seconds, fraction = 59, SECOND - 1
    return hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction


@functools.lru_cache(maxsize=8)
def _midnight(text: str) -> Instant:
    """Return the beginning of the day ddmmyy; years run from 1980, when the satellites' own time begins."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise _Absurd(f"{text!r} is no date such as 091209")
    year = int(found[3])
    try:
        return day_start(dt.date(year + (1900 if year >= 80 else 2000), int(found[2]), int(found[1])))
    except ValueError:
        raise _Absurd(f"{text!r} names a day that does not exist") from None


def _angle(form: re.Pattern[str], text: str, side: str, sides: str, most: float) -> float:
    """Return degrees of ddmm.mmmm or dddmm.mmmm and its hemisphere, the first of two being positive."""
    found = form.fullmatch(text)
    if found is None or len(side) != 1 or side not in sides:
        raise _Absurd(f"{text},{side} is no angle such as 5546.81975,N or 02334.70604,E")
    minutes = float(found[2])
    degrees = int(found[1]) + minutes / 60
    if minutes >= 60 or degrees > most:
        raise _Absurd(f"{text},{side} lies outside {most:.0f} degrees")
    return -degrees if side == sides[1] else degrees


def _number(text: str) -> float | None:
    """Return a field's number, None when the receiver left it empty."""
    if not text.strip():
        return None
    if not _NUMBER.fullmatch(text):
        raise _Absurd(f"{text!r} is no number")
    return float(text)


def _speed(text: str) -> float | None:
    knots = _number(text)
    if knots is None:
        return None
    speed = knots * _KNOT_M_S
    if not 0 <= speed <= _FASTEST_M_S:
        raise _Absurd(f"a speed of {knots} knots")
    return speed


def _course(text: str) -> float | None:
    """Return the course, None at rest, where receivers leave it empty."""
    course = _number(text)
    if course is not None and not 0 <= course <= 360:
        raise _Absurd(f"a course of {course} degrees")
    return course
