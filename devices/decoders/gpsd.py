r"""gpsd: the JSON lines of the daemon that shares a satellite receiver.

In a rally: a receiver at a laptop or a small computer, in a car or at a station, by TCP port 2947
(``link = "tcp:127.0.0.1:2947"``; the daemon speaks once it is sent ``?WATCH={"enable":true,"json":true};``,
which the link does at each opening); one object a line, CR LF.

=========  ==============================================================================
``class``  what becomes of it
=========  ==============================================================================
TPV        a fix, with ``mode`` 2 or 3 and ``time lat lon``: degrees, ``speed`` **m/s**, ``track``
           degrees, ``altMSL`` (formerly ``alt``) m, ``eph`` or the larger of ``epx epy`` m
others     satellites, devices, versions, errors …: known, nothing for us
=========  ==============================================================================

A TPV without a time cannot be put on record. gpsd may send several of one moment, each with more in it: from
a receiver of which that is seen, the last of a moment counts, once the next moment begins.

Sources: gpsd_json(5); outputs of gpsd for several receivers.
"""

from dataclasses import dataclass, field

import msgspec

from devices.decoders import Decoded
from devices.decoders.framing import LineFramer
from devices.decoders.lines import BadLine, LineDecoder, without_noise
from devices.decoders.values import check_place, instant_of, known, road_speed
from timing.core.instant import Instant
from timing.core.readings import Fix

#: gpsd's own bound of one answer is 10240 bytes; satellites fill the longest.
_MOST_LINE = 10_240
OTHER_CLASSES = frozenset(
    {
        "SKY",
        "VERSION",
        "DEVICES",
        "DEVICE",
        "WATCH",
        "POLL",
        "GST",
        "ATT",
        "IMU",
        "TOFF",
        "PPS",
        "OSC",
        "ERROR",
    }
    | {"RTCM2", "RTCM3", "AIS", "SUBFRAME", "RAW"}
)


class _Classed(msgspec.Struct, frozen=True, kw_only=True):
    kind: str = msgspec.field(name="class")


class _Tpv(msgspec.Struct, frozen=True, kw_only=True):
    mode: int = 0
    time: str | None = None
    lat: float | None = None
    lon: float | None = None
    speed: float | None = None
    track: float | None = None
    altMSL: float | None = None
    alt: float | None = None
    eph: float | None = None
    epx: float | None = None
    epy: float | None = None


_classed = msgspec.json.Decoder(_Classed)
_tpv = msgspec.json.Decoder(_Tpv)


@dataclass(slots=True)
class GpsdDecoder(LineDecoder):
    """Decodes the lines of one daemon with one receiver."""

    framer: LineFramer = field(default_factory=lambda: LineFramer(most=_MOST_LINE), kw_only=True)
    _last: Fix | None = field(default=None, kw_only=True)
    _waiting: bool = field(default=False, kw_only=True)
    _grows: bool = field(default=False, kw_only=True)
    """Whether the receiver's moments come in several lines; only then is one waited for."""

    def flush(self, received_at: Instant) -> Decoded:
        """Return what is still held back when the link has ended."""
        return self._lines(self.framer.flush(), received_at) + self._release()

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the fixes that a line completes."""
        clean = without_noise(line)
        if not clean.strip():
            return []
        try:
            clean.decode()  # the fields we skip may not be text either, and a later reader would stumble
            kind = _classed.decode(clean).kind
            if kind == "TPV":
                fix = self._fix(_tpv.decode(clean))
                return [] if fix is None else self._take(fix)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadLine("malformed", str(error)) from error
        if kind not in OTHER_CLASSES:
            raise BadLine("unknown_type", f"class {kind[:40]!r}, expected TPV or another class of gpsd")
        return []

    def _fix(self, report: _Tpv) -> Fix | None:
        if report.mode < 2 or report.time is None or report.lat is None or report.lon is None:
            return None
        check_place(report.lat, report.lon)
        sides = [side for side in (report.epx, report.epy) if side is not None]
        speed = known(report.speed)
        return Fix(
            device=self.context.device,
            at=instant_of(report.time),
            lat=report.lat,
            lon=report.lon,
            speed=None if speed is None else road_speed(speed),
            course=known(report.track, 360),
            accuracy=known(report.eph if report.eph is not None else max(sides, default=None)),
            altitude=report.altMSL if report.altMSL is not None else report.alt,
            retained=self.context.retained,
        )

    def _take(self, fix: Fix) -> Decoded:
        """Take a fix, which may be the last one's moment with more in it."""
        before = self._last
        if before is not None and before.at == fix.at:
            if _says(fix) > _says(before):
                self._grows = True
                self._last = fix if self._waiting else before
            return []
        released = self._release()
        self._last, self._waiting = fix, self._grows
        return released if self._waiting else [*released, fix]

    def _release(self) -> Decoded:
        if not self._waiting or self._last is None:
            return []
        self._waiting = False
        return [self._last]


def _says(fix: Fix) -> int:
    """How much of a fix is known."""
    return sum(part is not None for part in (fix.speed, fix.course, fix.accuracy, fix.altitude))
