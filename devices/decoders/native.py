"""Our own MQTT messages: trackers, do-it-yourself gates, and gateways that carry a timer's lines.

In a rally: whatever a volunteer builds himself (an ESP32 behind a photocell, a tracker) and our gateway
speak this. One message a payload, UTF-8 JSON; unknown fields are ignored, so that devices may say more.

==================  =========================================================================
``rally/RALLY/…``   payload
==================  =========================================================================
``fix/DEVICE``      ``at lat lon``, ``speed`` m/s, ``course`` degrees, ``acc`` m, ``alt`` m, ``batt`` %;
                    or an array of those, each of which stands alone
``stamp/DEVICE``    ``at channel``, ``car``, ``resolution`` s, ``cancelled``, and ``synced`` false where
                    the clock was never set
``raw/DEVICE``      one line of a wired device as read: ``hex``, ``read_at``, ``mono``, ``line``: which of
                    the device's lines it is since the gateway's start
``alert/DEVICE``    ``at kind`` (SOS HAZARD OK SLOW), ``car``, ``lat``, ``lon``, ``text``
``heartbeat/…``     ``at``, ``batt`` %, ``link`` (``sleep``: it sends nothing until it moves), ``spool``;
                    of a gateway also ``lines`` read, and ``happened``: an array of disturbances with
                    ``boot n at kind detail``
``sync/DEVICE``     ``at`` (the device's clock) with ``reference`` (true time) or ``offset`` s; also
                    ``uncertainty`` s, ``method``
all of them         ``boot`` and ``n``: the device's own count since its last start
==================  =========================================================================

``at`` is RFC 3339 with its zone, or an integer count of µs since the Unix epoch. Lengths of time are decimal
seconds and never pass through a float.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

import msgspec

from devices.decoders import Decoded, Decoder, DecoderContext
from devices.decoders.values import check_place, instant_of, known, micros_of, percent, resolution_of
from timing.core.instant import Instant
from timing.core.readings import (
    Alert,
    AlertKind,
    Fix,
    Happening,
    Heartbeat,
    Reading,
    Rejected,
    Stamp,
    StampMark,
    SyncCheck,
)

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Word = Annotated[str, msgspec.Meta(max_length=64)]
_Text = Annotated[str, msgspec.Meta(max_length=500)]


class _Message(msgspec.Struct, frozen=True, kw_only=True):
    boot: _Count | None = None
    n: _Count | None = None


class _Fix(_Message, frozen=True, kw_only=True):
    at: str | int
    lat: float
    lon: float
    speed: float | None = None
    course: float | None = None
    acc: float | None = None
    alt: float | None = None
    batt: float | None = None


class _Stamp(_Message, frozen=True, kw_only=True):
    at: str | int
    channel: _Word | int = ""
    car: _Word | int | None = None
    resolution: Decimal = Decimal("0.000001")
    cancelled: bool = False
    synced: bool = True


class _Raw(_Message, frozen=True, kw_only=True):
    hex: Annotated[str, msgspec.Meta(max_length=8192)]
    read_at: str | int | None = None


class _Alert(_Message, frozen=True, kw_only=True):
    at: str | int
    kind: AlertKind
    car: _Word | int | None = None
    lat: float | None = None
    lon: float | None = None
    text: _Text = ""


class _Happening(msgspec.Struct, frozen=True, kw_only=True):
    boot: _Count
    n: _Count
    at: str | int
    kind: _Word
    detail: _Text = ""


class _Heartbeat(_Message, frozen=True, kw_only=True):
    at: str | int
    batt: float | None = None
    link: _Word = ""
    spool: _Count | None = None
    lines: _Count | None = None
    happened: Annotated[tuple[_Happening, ...], msgspec.Meta(max_length=100)] = ()


class _Line(_Message, frozen=True, kw_only=True):
    line: _Count | None = None


class _Sync(_Message, frozen=True, kw_only=True):
    at: str | int
    reference: str | int | None = None
    offset: Decimal | None = None
    uncertainty: Decimal = Decimal(1)
    method: _Word = ""


_items = msgspec.json.Decoder(list[msgspec.Raw])
_fix = msgspec.json.Decoder(_Fix)
_fixes = msgspec.json.Decoder(_Fix | list[_Fix])
_stamp = msgspec.json.Decoder(_Stamp)
_raw = msgspec.json.Decoder(_Raw)
_alert = msgspec.json.Decoder(_Alert)
_heartbeat = msgspec.json.Decoder(_Heartbeat)
_sync = msgspec.json.Decoder(_Sync)
_identity = msgspec.json.Decoder(_Message | list[_Message])
_line = msgspec.json.Decoder(_Line)

#: How far from the truth a clock may be and still be a clock that was set once: a receiver that calls
#: 1980 "valid" at cold start was not.
_MOST_OFFSET_S = Decimal(86_400)


@dataclass(frozen=True, slots=True)
class NativeDecoder:
    """Decodes the messages of one device on one topic; `stream` reads the lines a gateway carries."""

    context: DecoderContext
    stream: Decoder | None = None

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the readings of one message."""
        try:
            return self._decode(data, received_at)
        except (ValueError, RecursionError) as error:
            return [self._rejected(data, error)]

    def flush(self, received_at: Instant) -> Decoded:
        """Nothing is ever held back: each message is whole."""
        return []

    def _decode(self, data: bytes, received_at: Instant) -> Decoded:
        levels = self.context.topic.split("/")
        kind = levels[2] if len(levels) == 4 else ""
        match kind:
            case "fix":
                return self._fixes(data)
            case "raw":
                return self._lines(data, received_at)
            case "stamp" | "alert" | "heartbeat" | "sync":
                return [_SINGLE[kind](self.context.device, data)]
            case _:
                detail = f"topic {self.context.topic}, expected rally/RALLY/fix/DEVICE or another known kind"
                return [self._reject(data, "unknown_topic", detail)]

    def _fixes(self, data: bytes) -> Decoded:
        """Read one fix or an array; in an array a bad one costs only itself."""
        try:
            read = _fixes.decode(data)
            messages = read if isinstance(read, list) else [read]
            return [self._fix(message) for message in messages]
        except ValueError:
            if not data.lstrip().startswith(b"["):
                raise
        decoded: Decoded = []
        for item in _items.decode(data):
            try:
                decoded.append(self._fix(_fix.decode(item)))
            except ValueError as error:
                decoded.append(self._rejected(bytes(item), error))
        return decoded

    def _fix(self, message: _Fix) -> Fix:
        check_place(message.lat, message.lon)
        return Fix(
            device=self.context.device,
            at=instant_of(message.at),
            lat=message.lat,
            lon=message.lon,
            speed=known(message.speed),
            course=known(message.course, 360),
            accuracy=known(message.acc),
            altitude=message.alt,
            battery=percent(message.batt),
            boot=message.boot,
            n=message.n,
            retained=self.context.retained,
        )

    def _lines(self, data: bytes, received_at: Instant) -> Decoded:
        """Feed a gateway's line to the decoder of the device behind it, as at the moment it was read.

        The gateway's own numbers stay out of the readings: sent twice, a line must give equal ones.
        """
        if self.stream is None:
            detail = f"a line of {self.context.device}, for which no wired decoder is configured"
            return [self._reject(data, "no_decoder", detail)]
        message = _raw.decode(data)
        line = bytes.fromhex(message.hex)
        if not line.endswith((b"\r", b"\n")):
            line += b"\r"  # a message is a whole line, whether its end was kept or not
        read_at = received_at if message.read_at is None else instant_of(message.read_at)
        return self.stream.feed(line, read_at)

    def _rejected(self, data: bytes, error: Exception) -> Rejected:
        reason = "encoding" if isinstance(error, UnicodeDecodeError) else "malformed"
        return self._reject(data, reason, str(error))

    def _reject(self, data: bytes, reason: str, detail: str) -> Rejected:
        return Rejected(raw=data, reason=reason, detail=detail, device=self.context.device)


def identities(payload: bytes) -> list[tuple[int, int]]:
    """Return the (boot, n) that a message names, for the receipt; empty where it names none or is no JSON."""
    try:
        read = _identity.decode(payload)
    except (ValueError, RecursionError):
        return []
    messages = read if isinstance(read, list) else [read]
    return [
        (message.boot, message.n)
        for message in messages
        if message.boot is not None and message.n is not None
    ]


def line_count(payload: bytes) -> tuple[int, int] | None:
    """Return (boot, line) of a gateway's message: which of its device's lines it is; None where unsaid."""
    try:
        read = _line.decode(payload)
    except (ValueError, RecursionError):
        return None
    return None if read.boot is None or read.line is None else (read.boot, read.line)


def _car(value: str | int | None) -> str | None:
    """Return a car number as text ("0" and "00" are different cars), None for none."""
    text = "" if value is None else str(value).strip()
    if not text.isprintable():
        raise ValueError(f"{text!r} cannot be a car number")
    return text or None


def _read_stamp(device: str, data: bytes) -> Reading:
    message = _stamp.decode(data)
    return Stamp(
        device=device,
        at=instant_of(message.at),
        channel=str(message.channel),
        car=_car(message.car),
        resolution=resolution_of(message.resolution),
        cancelled=message.cancelled,
        boot=message.boot,
        n=message.n,
        marks=() if message.synced else (StampMark.UNSYNCED,),
    )


def _read_alert(device: str, data: bytes) -> Reading:
    message = _alert.decode(data)
    if message.lat is not None and message.lon is not None:
        check_place(message.lat, message.lon)
    return Alert(
        device=device,
        at=instant_of(message.at),
        kind=message.kind,
        car=_car(message.car),
        lat=message.lat,
        lon=message.lon,
        text=message.text,
        boot=message.boot,
        n=message.n,
    )


def _read_heartbeat(device: str, data: bytes) -> Reading:
    message = _heartbeat.decode(data)
    return Heartbeat(
        device=device,
        at=instant_of(message.at),
        battery=percent(message.batt),
        link=message.link,
        spool=message.spool,
        lines=message.lines,
        happened=tuple(
            Happening(boot=one.boot, n=one.n, at=instant_of(one.at), kind=one.kind, detail=one.detail)
            for one in message.happened
        ),
        boot=message.boot,
        n=message.n,
    )


def _read_sync(device: str, data: bytes) -> Reading:
    message = _sync.decode(data)
    at = instant_of(message.at)
    if message.reference is not None:
        offset = at - instant_of(message.reference)
    elif message.offset is not None:
        offset = micros_of(message.offset)
    else:
        raise ValueError("a sync check needs `reference` or `offset`")
    if abs(offset) > micros_of(_MOST_OFFSET_S):
        raise ValueError(f"an offset of {offset} µs: one of the two clocks was never set")
    return SyncCheck(
        device=device,
        at=at,
        offset=offset,
        uncertainty=abs(micros_of(message.uncertainty)),
        method=message.method,
        boot=message.boot,
        n=message.n,
    )


_SINGLE: dict[str, Callable[[str, bytes], Reading]] = {
    "stamp": _read_stamp,
    "alert": _read_alert,
    "heartbeat": _read_heartbeat,
    "sync": _read_sync,
}
