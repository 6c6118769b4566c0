r"""Microgate RaceTime (first generation): the lines of a race timer.

In a rally: the beams, keys and radio inputs at a stage start, at splits and at a flying finish, with the
older Microgate that many clubs still have. RS-232, 8N1, 9600 baud, ASCII; a line ends with CR, a record of
the memory stands between STX and ETX.

=========  ===  =============================================================================
column     len  meaning (0-based) of a line as it is timed (22 columns)
=========  ===  =============================================================================
0          3    number, zeros none
3          1    flag; `` `` and ``0`` nothing, what others mean is not published: kept, not scored
5          3    logical channel: 000 start, 001 to 240 split, 255 stop
8          12   ``HH:MM:SS.fff``, or blanks for the hours
=========  ===  =============================================================================

=========  ===  =============================================================================
column     len  meaning (0-based) of a record of the memory (29 columns)
=========  ===  =============================================================================
0          4    the unit's own count
4          4    number, zeros none
8          3    run
11         3    physical channel: 000 start line, 255 stop line; 100 to 199 a key
14         3    logical channel
17         1    ``0`` a time of day; ``1`` ``2`` ``3`` times that the unit computed, which say nothing;
                others, such as ``Z`` of a check of the clock, are kept, not scored
18         1    ``M`` of the unit's own inputs, ``R`` by radio
20         9    ``HHMMSSfff``
=========  ===  =============================================================================

A channel is the logical one, without leading zeros. There is no date and no checksum.

Source: the driver of agilsport/ski (microgate-race-time), with three records; no manual.
"""

import re
from dataclasses import dataclass

from devices.dating import date_time_of_day
from devices.decoders import Decoded
from devices.decoders.lines import LineDecoder, no_frame
from devices.decoders.values import car_number, clock_of
from timing.core.instant import Instant
from timing.core.readings import Stamp, StampMark

_LINE = re.compile(
    rb"(?P<bib>[ \d]{2}\d)(?P<flag>.)[ -~](?P<log>\d{3})"
    rb"(?P<h>[ \d]\d|  )[: ](?P<m>\d\d):(?P<s>\d\d)\.(?P<f>\d{3})[ -~]{2}"
)
_RECORD = re.compile(
    rb"(?P<seq>\d{4})(?P<bib>\d{4})(?P<run>\d{3})(?P<phys>\d{3})(?P<log>\d{3})(?P<flag>.)(?P<way>[MR]) "
    rb"(?P<h>[ \d]\d)(?P<m>\d\d)(?P<s>\d\d)(?P<f>\d{3})"
)
_NO_FLAG = (b" ", b"0")
_COMPUTED = (b"1", b"2", b"3")
_STOP = 255


@dataclass(slots=True)
class MicrogateRacetimeDecoder(LineDecoder):
    """Decodes the lines of one timer."""

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of one line or record."""
        clean = line.strip(b"\x02\x03\x00\xff\xfe")
        found = _RECORD.fullmatch(clean)
        if found is not None:
            return [] if found["flag"] in _COMPUTED else [self._stamp(found, received_at, stored=True)]
        found = _LINE.fullmatch(clean)
        if found is None:
            raise no_frame(line, "22 columns, or 29 of a record")
        return [self._stamp(found, received_at, stored=False)]

    def _stamp(self, found: re.Match[bytes], received_at: Instant, *, stored: bool) -> Stamp:
        channel = int(found["log"])
        if channel > _STOP:
            raise ValueError(f"logical channel {channel}, expected 0 to 255")
        hours, minutes, seconds = int(found["h"].strip() or 0), int(found["m"]), int(found["s"])
        clock, resolution = clock_of(hours, minutes, seconds, found["f"].decode())
        number = car_number(found["bib"].decode())
        by_hand = stored and 100 <= int(found["phys"]) < 200
        marks = (
            (StampMark.MEMORY, stored),
            (StampMark.MANUAL, by_hand),
            (StampMark.NO_NUMBER, number is None),
            (StampMark.UNKNOWN_FLAG, found["flag"] not in _NO_FLAG),
        )
        return Stamp(
            device=self.context.device,
            at=date_time_of_day(clock, received_at, self.context.clock_offset),
            channel=str(channel),
            car=number,
            resolution=resolution,
            marks=tuple(mark for mark, given in marks if given),
            note="by radio" if stored and found["way"] == b"R" else "",
        )
