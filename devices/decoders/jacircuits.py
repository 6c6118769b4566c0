r"""JACircuits, and FarmTek Polaris: the beams of American clubs.

In a rally: start and finish beam of a stage that a club runs with its autocross timer. No car numbers: who
crossed is found by the order of the cars. RS-232, 8N1, 9600 baud (FarmTek's own form 1200), CR or LF.

==================  ==========================================================================
frame               meaning
==================  ==========================================================================
letter, 6 digits    chrono mode: ``A`` start, ``B`` finish, ``C D E`` splits; ms of a clock of
                    the box that runs freely and begins anew at 1000 s
0x80, 6 digits      normal mode: elapsed ms, digits **reversed**: ``654321`` is 123.456 s;
                    ``000000`` reset. Behind chrono frames it repeats what they say
0xF8                the box has lost its beams: a heartbeat that is not online
``11.53 (M)``       FarmTek: elapsed s; ``(M)`` a key; 0x0E and 0x0F are the printer's
``^ RESTART …``     FarmTek: the last time does not count
==================  ==========================================================================

The box knows no time of day. Its clock is tied to ours by the arrival of its first frame and then left
alone, so that differences are the box's own to the millisecond, while all of them together may be a tenth of
a second off. Nothing guards the digits: a chrono frame whose clock disagrees with its arrival by more than
five seconds is refused, until a second one agrees with it. An elapsed time gives two stamps, the finish at
its arrival and the start so much earlier; a wrong digit there cannot be seen. Use chrono mode.

Sources: two public readers of JACircuits boxes and one of FarmTek's; no capture of a chrono frame.
"""

import re
from dataclasses import dataclass, field, replace

from devices.decoders import Decoded
from devices.decoders.lines import BadLine, LineDecoder, no_frame, without_noise
from timing.core.instant import MILLISECOND, SECOND, Duration, Instant
from timing.core.readings import Heartbeat, Stamp, StampMark

_CHRONO = re.compile(rb"[^ -~]*(?P<beam>[A-E])(?P<ms>\d{6})")
_ELAPSED = re.compile(rb"[^ -~]*\x80(?P<reversed>\d{6})")
_FARMTEK = re.compile(rb"(?:[^!-~]*[ \x0e\x0f])?(?P<s>\d{1,3})\.(?P<f>\d{2,3}) *(?P<key>\(M\))?[ \x0e\x0f]*")
_RESTART = re.compile(rb"[^!-~]*\^? *RESTART[ -~]*[\x0e\x0f]*")
_LOST = re.compile(rb"[^ -~]*\xf8")
_DIGIT = re.compile(rb"\d")

#: From the beam to us: seven characters at 9600 baud and the adapter's buffer.
_LATENCY: Duration = 10 * MILLISECOND
_UNSURE: Duration = 100 * MILLISECOND
_WRAP: Duration = 1_000 * SECOND
#: A frame that arrives so far from where its clock puts it is damaged, or the box was switched off.
_ASTRAY: Duration = 5 * SECOND
_START, _FINISH = "A", "B"


@dataclass(slots=True)
class JacircuitsDecoder(LineDecoder):
    """Decodes the frames of one box."""

    _zero: Instant | None = field(default=None, kw_only=True)
    """The instant at which the box's clock showed 0."""
    _other_zero: Instant | None = field(default=None, kw_only=True)
    """The same by a frame that was refused."""
    _last: tuple[Stamp, ...] = field(default=(), kw_only=True)

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the stamps of one frame."""
        if _LOST.fullmatch(line):
            return [Heartbeat(device=self.context.device, at=received_at, link="beam", online=False)]
        chrono = _CHRONO.fullmatch(line)
        if chrono is not None:
            return [self._crossing(chrono["beam"].decode(), int(chrono["ms"]) * MILLISECOND, received_at)]
        elapsed = _ELAPSED.fullmatch(line)
        if elapsed is not None:
            ms = int(elapsed["reversed"][::-1])
            known = self._zero is not None or ms == 0
            return [] if known else self._run(ms * MILLISECOND, MILLISECOND, received_at)
        return self._farmtek(line, received_at)

    def _farmtek(self, line: bytes, received_at: Instant) -> Decoded:
        found = _FARMTEK.fullmatch(line)
        if found is not None:
            decimals = found["f"].decode()
            resolution = SECOND // 10 ** len(decimals)
            elapsed = int(found["s"]) * SECOND + int(decimals) * resolution
            marks = (StampMark.MANUAL,) if found["key"] else ()
            return self._run(elapsed, resolution, received_at, marks)
        if _RESTART.fullmatch(line):
            withdrawn, self._last = self._last, ()
            return [replace(stamp, cancelled=True) for stamp in withdrawn]
        if not without_noise(line).strip():
            return []
        if len(_DIGIT.findall(line)) > 2:
            self._last = ()  # it may have been the run that a RESTART means next
        raise no_frame(line, "A to E or 0x80 and six digits, or a time such as 11.53")

    def _crossing(self, beam: str, clock: Duration, received_at: Instant) -> Stamp:
        heard = received_at - _LATENCY
        if self._zero is None:
            self._zero = heard - clock
        at = _nearest(self._zero + clock, heard)
        if abs(at - heard) > _ASTRAY:
            other, self._other_zero = self._other_zero, heard - clock
            if other is None or abs(_nearest(other + clock, heard) - heard) > _ASTRAY:
                detail = f"{abs(at - heard) / SECOND:.1f} s from its arrival, expected {_ASTRAY // SECOND} s"
                raise BadLine("clock_step", detail, self._stamp(beam, at, MILLISECOND))
            self._zero, at = other, _nearest(other + clock, heard)
        self._other_zero = None
        return self._stamp(beam, at, MILLISECOND)

    def _run(
        self,
        elapsed: Duration,
        resolution: Duration,
        received_at: Instant,
        marks: tuple[StampMark, ...] = (),
    ) -> Decoded:
        finish = received_at - _LATENCY
        self._last = (
            self._stamp(_START, finish - elapsed, resolution, marks),
            self._stamp(_FINISH, finish, resolution, marks),
        )
        return list(self._last)

    def _stamp(
        self, beam: str, at: Instant, resolution: Duration, marks: tuple[StampMark, ...] = ()
    ) -> Stamp:
        return Stamp(
            device=self.context.device,
            at=at,
            channel=beam,
            resolution=resolution,
            uncertainty=_UNSURE,
            marks=marks,
        )


def _nearest(at: Instant, near: Instant) -> Instant:
    """Return the instant whole wraps of the box's clock from `at` that lies nearest to `near`."""
    return at + (near - at + _WRAP // 2) // _WRAP * _WRAP
