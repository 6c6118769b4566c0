r"""RACE RESULT USB timing box: its answers to a program that reads its passings.

In a rally: a mat or an antenna at a start, a finish or a service park. USB serial (FTDI), 19200 baud, 8N1,
LF, DTR low (``?baud=19200&dtr=0``); all numbers are hexadecimal.

===============================  =========================================================================
line                             meaning
===============================  =========================================================================
``EPOCHREFGET;00``               an answer: the command, and 00 that it was understood
``4a3caa45;0151bcf5``            behind ``EPOCHREFGET`` or ``EPOCHREFSET``: the epoch in s since 1970, and the
                                 box's ticks at it
``00000000;03``                  behind ``PASSINGGET``: the first passing, and how many follow
``GLBAS60;0718;01521527;0c;…``   a passing: transponder, wake-ups, ticks of 1/256 s, hits, strength, battery,
                                 temperature …, id of the loop in field 8, bit 0x40 of field 10 its memory
===============================  =========================================================================

A passing is dated by its ticks from the last reference, so that nothing can be said of those before one: ask
the box for it first. Ticks begin anew after 194 days. The box speaks when it is asked only: a program or a
gateway beside it must.

Source: RACE RESULT knowledge base, "USB timing box" (with a session of three passings).
"""

import re
from dataclasses import dataclass, field

from devices.decoders import Decoded
from devices.decoders.lines import BadLine, LineDecoder, no_frame, without_noise
from devices.decoders.values import LAST_INSTANT
from timing.core.instant import SECOND, Instant
from timing.core.readings import Stamp, StampMark

_TICKS = 256
#: Ticks are counted in 32 bits.
_ROUND = 2**32
#: Behind its reference a passing is at most so many ticks: a box runs for days, not for weeks.
_MOST_TICKS = 14 * 86_400 * _TICKS
_PAIR = re.compile(rb"[0-9a-f]{8};[0-9a-f]{8}")
_COUNT = re.compile(rb"[0-9a-f]{8};[0-9a-f]{2}")
_PASSING = re.compile(
    rb"(?P<tag>[0-9A-Z]{7});[0-9a-f]{4};(?P<ticks>[0-9a-f]{8});[0-9a-f]{2};[0-9a-f]{2};[0-9a-f]{2};[0-9a-f]{2};"
    rb"[0-9a-f]{1,2};(?P<loop>[0-9a-f]{1,2});[0-9a-f]{1,2};(?P<active>[0-9a-f]{2})(?:;[0-9a-f]{1,2})*"
)
_ANSWER = re.compile(rb"([A-Z]{4,16})(?:;[0-9A-Fa-f]{0,8}){0,3}|#[ -~]*")
_STORED = 0x40


@dataclass(slots=True)
class RaceResultUsbDecoder(LineDecoder):
    """Decodes the answers of one box."""

    _epoch: int | None = field(default=None, kw_only=True)
    """The reference: s since 1970, and the ticks at it."""
    _ticks: int = field(default=0, kw_only=True)
    _asked: bytes = field(default=b"", kw_only=True)

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamp of a passing."""
        clean = without_noise(line).rstrip()
        answer = _ANSWER.fullmatch(clean)
        if not clean or answer is not None:
            self._asked = answer[1] or b"" if answer is not None else self._asked
            return []
        if _COUNT.fullmatch(clean):
            return []
        if _PAIR.fullmatch(clean):
            self._refer(clean)
            return []
        found = _PASSING.fullmatch(clean)
        if found is None:
            raise no_frame(line, "GLBAS60;0718;01521527;0c;08;9f;1a;0;1;2;00;0")
        return [self._stamp(found)]

    def _refer(self, pair: bytes) -> None:
        if not self._asked.startswith(b"EPOCHREF"):
            raise BadLine("no_frame", "a pair of numbers that nobody asked for")
        epoch, ticks = (int(part, 16) for part in pair.split(b";"))
        if not 0 < epoch <= LAST_INSTANT // SECOND:
            raise ValueError(f"an epoch of {epoch} s since 1970")
        self._epoch, self._ticks = epoch, ticks

    def _stamp(self, found: re.Match[bytes]) -> Stamp:
        if self._epoch is None:
            raise BadLine("no_reference", "a passing before EPOCHREFGET was answered: its ticks have no date")
        ticks = (int(found["ticks"], 16) - self._ticks) % _ROUND
        if ticks >= _MOST_TICKS:
            raise ValueError(f"{ticks // _TICKS} s behind the reference, expected two weeks at the most")
        tag = found["tag"].decode()
        return Stamp(
            device=self.context.device,
            at=self._epoch * SECOND + ticks * SECOND // _TICKS - self.context.clock_offset,
            channel=str(int(found["loop"], 16)),
            car=self.context.cars.get(tag),
            resolution=SECOND // _TICKS,
            marks=(StampMark.MEMORY,) if int(found["active"], 16) & _STORED else (),
            note=f"transponder {tag}",
        )
