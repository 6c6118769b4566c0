r"""ALGE Timy, Timy2, Timy3, TdC 8000 and TdC 8001: the line a timer prints for each impulse.

In a rally: the beam at a stage start (C0), at a flying finish (C1), at splits and regularity lines (C2 to
C8), and the keys an official presses by hand. RS-232, 8N1, 9600 baud (38400 in some programs),
ASCII, CR alone.

=======  ===  =======================================================================================
column   len  meaning (0-based; 26 columns, or 28 with the checksum of `CHK1`)
=======  ===  =======================================================================================
0        1    flag: blank valid, ``?`` impulse without a valid number, ``m`` from memory, ``c`` cleared,
              ``C`` cleared in memory, ``d`` disqualified, ``i`` typed in, ``t`` by radio; ``p`` and ``b``
              are seen and not published: kept, not scored
1-4      4    number with leading zeros; ``0000`` none
5        1    blank, or the course ``r``/``b`` of parallel programs
6-7      2    channel ``C0`` to ``C8`` (the manual prints ``c0``), or a computed time: ``RT`` run, ``TT``
              total, ``DT`` difference, ``MT`` memory, ``SQ`` sequential
8        1    ``M`` a key on the device; ``R``/``T`` the kind of a difference
10-22    13   ``HH:MM:SS`` and 1 to 4 decimals (``.`` or ``,``), padded with blanks; no date
24-25    2    group or heat
26-27    2    with `CHK1`: the sum of columns 0-25 modulo 256 as two digits 0x30 + nibble
27-30    4    rank, in a printed classement (31 columns)
=======  ===  =======================================================================================

``n0034`` and ``s0034`` say which number is expected next; computed times, classements, echoed commands and
headings are known and say nothing. Results are never taken from the device: it cuts them its own way.
Impulses resolve 1/10000 s on C0 to C4, 1/100 s on C5 to C8 and on keys, whatever decimals are printed.

Sources: ALGE Timy3 and TdC 8001 manuals; lines captured from a TdC 8001 and a Timy.
"""

import re
from dataclasses import dataclass, field

from devices.dating import date_time_of_day
from devices.decoders import Decoded, DecoderContext
from devices.decoders.framing import LineFramer
from timing.core.instant import HOUR, MINUTE, SECOND, Duration, Instant
from timing.core.readings import Rejected, Stamp, StampMark

_FRAME = re.compile(
    rb"(?P<flag>[ ?mcCditpbns])"
    rb"(?P<number>\d{4})"
    rb"(?P<course>[ rbRB])"
    rb"(?P<what>[Cc][0-8]|RT|TT|DT|MT|SQ|rt|tt|dt|mt|sq)"
    rb"(?P<how>[ MmRT]) "
    rb"(?P<time>\d\d:\d\d:\d\d(?:[.,]\d{1,4})? {0,5}) "
    rb"(?P<group>[\d ]{2})"
)
_FRAME_LENGTH = 26
_SUM = re.compile(rb"[0-?]{2}")
_RANK = re.compile(rb" [\d ]{4}")

#: What the device prints besides frames: expected numbers, running time, echoes, headings, the dump's end.
_KNOWN = re.compile(
    rb"[ns]\d{4}[rb]?"
    rb"| *(?:\d\d:)?(?:\d\d|\d):\d\d[.,]\d{1,4}"
    rb"|TIMYINIT|NSF.*|PROG.*|KL[01]|CHK[01]|PRE\d|RR\d|BE\d|DT[SFP].*|EMU[01]|PRINTER[01]|PRIIGN[01]|SL\d"
    rb"|PRILF|RSM.*|CLR.*|HW_SN.*|PULSE HOLD.*|CLASSEMENT:?|ALL|(?:RUN|TOTAL|MEMORY) ?TIME.*"
    rb"|ALGE[- ]TIMING|(?:TIMY|TdC|TDC|[A-Z]{3} V) .*|\d\d-\d\d-\d\d +\d\d:\d\d(?::\d\d)?"
)

_MARKS = {
    b" ": (),
    b"?": (StampMark.NO_NUMBER,),
    b"m": (StampMark.MEMORY,),
    b"c": (),
    b"C": (StampMark.MEMORY,),
    b"d": (StampMark.DISQUALIFIED,),
    b"i": (StampMark.TYPED,),
    b"t": (StampMark.RADIO,),
}
_COARSE_CHANNELS = ("C5", "C6", "C7", "C8")
_COARSE: Duration = SECOND // 100


@dataclass(frozen=True, slots=True)
class AlgeTimyDecoder:
    """Decodes the lines of one timer."""

    context: DecoderContext
    _framer: LineFramer = field(default_factory=LineFramer)

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the stamps of the lines that `data` completes, and what was no line."""
        return self._read(self._framer.feed(data), received_at)

    def flush(self, received_at: Instant) -> Decoded:
        """Return what the unfinished line holds, when the link has ended."""
        return self._read(self._framer.flush(), received_at)

    def _read(self, lines: list[bytes], received_at: Instant) -> Decoded:
        read = (self._line(line, received_at) for line in lines)
        return [reading for reading in read if reading is not None]

    def _line(self, line: bytes, received_at: Instant) -> Stamp | Rejected | None:
        # A bad cable and the switching of a line driver put 8-bit noise before a frame, not into it.
        text = line if 0x20 <= line[0] <= 0x7E else line.lstrip(_NOISE)
        frame = _FRAME.match(text)
        if frame is None or frame.end() != _FRAME_LENGTH:
            known = text.strip()
            return None if not known or _KNOWN.fullmatch(known) else self._not_a_line(line, received_at)
        if len(text) == _FRAME_LENGTH:
            return self._impulse(line, frame, received_at)
        tail = text[_FRAME_LENGTH:]
        if len(tail) in (2, 7) and _SUM.fullmatch(tail[-2:]):
            wanted = checksum(text[:-2])
            if tail[-2:] != wanted:
                detail = f"checksum {tail[-2:].decode()}, expected {wanted.decode()}"
                return self._rejected(line, "checksum", detail, received_at, frame)
            tail = tail[:-2]
        if tail.strip() and not _RANK.fullmatch(tail):
            return self._rejected(line, "line_end", "something behind column 26", received_at, frame)
        return self._impulse(line, frame, received_at)

    def _impulse(self, line: bytes, frame: re.Match[bytes], received_at: Instant) -> Stamp | Rejected | None:
        if not _is_impulse(frame):
            return None
        stamp = self._stamp(frame, received_at)
        if stamp is None:
            return self._rejected(line, "range", f"no time of day: {frame['time'].decode()}", received_at)
        return stamp

    def _stamp(self, frame: re.Match[bytes], received_at: Instant) -> Stamp | None:
        """Return the frame's stamp, None when its time of day does not exist."""
        flag, digits, course, what, how, printed, _ = frame.groups()
        clock = _time_of_day(printed)
        if clock is None:
            return None
        time, resolution = clock
        channel = what.decode().upper()
        by_hand = how in b"Mm"
        if by_hand or channel in _COARSE_CHANNELS:
            resolution = max(resolution, _COARSE)
        number = digits.lstrip(b"0").decode()
        marks = _MARKS.get(flag, (StampMark.UNKNOWN_FLAG,))
        unsure = flag == b"?"
        note = f"course {course.decode()}" if course != b" " else ""
        if unsure and number:
            note = ", ".join(filter(None, (note, f"showed {number}, invalid")))
        return Stamp(
            device=self.context.device,
            at=date_time_of_day(time, received_at, self.context.clock_offset),
            channel=channel,
            # The zeros are the device's columns, not what somebody typed.
            car=None if unsure else (number or None),
            resolution=resolution,
            cancelled=flag in b"cC",
            marks=(*marks, StampMark.MANUAL) if by_hand else marks,
            note=note,
        )

    def _not_a_line(self, line: bytes, received_at: Instant) -> Rejected:
        """Refuse a line; where a whole frame stands at its end, show that to a person."""
        frame = _FRAME.fullmatch(line[-_FRAME_LENGTH:])
        return self._rejected(line, "no_frame", f"{len(line)} bytes that are no frame", received_at, frame)

    def _rejected(
        self,
        line: bytes,
        reason: str,
        detail: str,
        received_at: Instant,
        frame: re.Match[bytes] | None = None,
    ) -> Rejected:
        seems = self._stamp(frame, received_at) if frame is not None and _is_impulse(frame) else None
        return Rejected(raw=line, reason=reason, detail=detail, device=self.context.device, reading=seems)


_NOISE = bytes(sign for sign in range(256) if not 0x20 <= sign <= 0x7E)


def checksum(frame: bytes) -> bytes:
    """Return the two checksum characters of a frame (`CHK1`)."""
    total = sum(frame) % 256
    return bytes((0x30 + (total >> 4), 0x30 + (total & 0x0F)))


def _is_impulse(frame: re.Match[bytes]) -> bool:
    return frame["what"][:1] in b"Cc"


def _time_of_day(field: bytes) -> tuple[Duration, Duration] | None:
    """Return µs since midnight and the printed resolution of the column of a frame.

    None when there is no such time of day.
    """
    hours, minutes, seconds = int(field[:2]), int(field[3:5]), int(field[6:8])
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    decimals = field[9:].rstrip()
    fraction = int(decimals.ljust(6, b"0"))
    resolution: Duration = SECOND // 10 ** len(decimals)
    return hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction, resolution
