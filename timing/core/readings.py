"""What a device or a marshal's screen said: the readings, before anybody rules on them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from timing.core.instant import Duration, Instant


class Source(StrEnum):
    """Where a stamp comes from, in the letters of the timing sheets."""

    A = "A"
    """Line sensor (beam, tube, loop) on clock 1."""
    B = "B"
    """Second sensor or clock."""
    H = "H"
    """Hand button of the observer at the line."""
    G = "G"
    """Satellite position: interpolated between two fixes, or an in-car unit."""
    M = "M"
    """Entered by a marshal."""
    C = "C"
    """A crew's claim: evidence only, never a time."""


class StampMark(StrEnum):
    """What the device itself said about a stamp."""

    MEMORY = "memory"
    """Sent again from the device's memory."""
    MANUAL = "manual"
    """A key on the device, not the sensor."""
    TYPED = "typed"
    """A time typed in on the device."""
    NO_NUMBER = "no_number"
    """An impulse to which the device put no valid number."""
    RADIO = "radio"
    """Arrived at the device by radio."""
    DISQUALIFIED = "disqualified"
    UNKNOWN_FLAG = "unknown_flag"
    """A flag whose meaning is not published: kept, not scored."""
    UNSYNCED = "unsynced"
    """The device's clock was not set to a reference: held for a later offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One position of one tracker.

    Units: `lat`, `lon` degrees WGS 84; `speed` m/s; `course` degrees from true north; `accuracy`
    and `altitude` m; `battery` percent. None means that the device did not know.
    """

    device: str
    at: Instant
    lat: float
    lon: float
    speed: float | None = None
    course: float | None = None
    accuracy: float | None = None
    altitude: float | None = None
    battery: int | None = None
    boot: int | None = None
    n: int | None = None
    retained: bool = False
    """The broker kept it from earlier: last known place, never proof of a crossing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The two fixes that prove a stamp found by position, and how far (m) each was from the line.

    Distances along the road: negative before the line, positive behind it.
    """

    before: Fix
    after: Fix
    before_m: float
    after_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A device's or a person's time for something at a control.

    `at` is the raw instant at the device's own precision (`resolution`, µs). A device's stamp names
    its `channel`, which the device's dated assignments turn into a control and a source; a marshal's
    or a tracker's names `control` and `source` itself. `cancelled` withdraws the earlier stamp of
    the same device, channel and instant (and car, where the device gives one).
    """

    device: str
    at: Instant
    channel: str = ""
    control: str | None = None
    source: Source | None = None
    car: str | None = None
    resolution: Duration = 1
    uncertainty: Duration | None = None
    cancelled: bool = False
    boot: int | None = None
    n: int | None = None
    marks: tuple[StampMark, ...] = ()
    crossing: Crossing | None = None
    note: str = ""


class HappeningKind(StrEnum):
    """What a gateway's day was disturbed by. A kind that is not known here is no fault of the message."""

    STARTED = "started"
    """It was started anew, after it had been ended properly."""
    POWER_CUT = "power_cut"
    """It was started anew, and nobody had ended it: the power was cut, or it was killed."""
    CABLE_OUT = "cable_out"
    CABLE_IN = "cable_in"
    CLOCK_SET = "clock_set"
    """Somebody, or NTP, has set its clock."""
    NETWORK_OUT = "network_out"
    NETWORK_IN = "network_in"
    DISK_FAULT = "disk_fault"
    DISK_GOOD = "disk_good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A disturbance that a device kept until it could tell of it; `boot` and `n` make it one of a kind."""

    boot: int
    n: int
    at: Instant
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A device is there (or, with `online` False, its broker session has ended).

    `battery` percent; `spool` readings waiting in the device; `lines` how many lines of the device its
    gateway has read since the gateway's start; `happened` what disturbed it since its last word.
    """

    device: str
    at: Instant
    battery: int | None = None
    link: str = ""
    spool: int | None = None
    online: bool = True
    lines: int | None = None
    happened: tuple[Happening, ...] = ()
    boot: int | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncCheck:
    """A device's clock against a reference at an instant: `offset` = device - reference, µs."""

    device: str
    at: Instant
    offset: Duration
    uncertainty: Duration
    method: str = ""
    boot: int | None = None
    n: int | None = None


class AlertKind(StrEnum):
    """Safety signals between crews and rally headquarters (never public)."""

    SOS = "SOS"
    HAZARD = "HAZARD"
    OK = "OK"
    SLOW = "SLOW"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A safety signal with its place, where the device knew it (degrees WGS 84)."""

    device: str
    at: Instant
    kind: AlertKind
    car: str | None = None
    lat: float | None = None
    lon: float | None = None
    text: str = ""
    boot: int | None = None
    n: int | None = None


class RemarkKind(StrEnum):
    """What a marshal reports besides times. None of it is a time or a penalty: officials read it."""

    NOTE = "NOTE"
    INCIDENT = "INCIDENT"
    FALSE_START = "FALSE_START"
    NOT_READY = "NOT_READY"
    """A crew was not ready to start when it was told to."""
    READ_BACK = "READ_BACK"
    """A time was read to the next control, or to the crew, and read back."""
    COUNT = "COUNT"
    """How many cars came in and went out, counted by eye."""
    SIGN_OFF = "SIGN_OFF"
    """The control is closed, and its sheet is complete as far as its marshal knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a marshal wrote at a control: evidence for officials, never counted as a time."""

    device: str
    at: Instant
    control: str
    kind: RemarkKind
    text: str = ""
    car: str | None = None
    cars_in: int | None = None
    cars_out: int | None = None
    boot: int | None = None
    n: int | None = None


Reading: TypeAlias = Stamp | Fix | Heartbeat | SyncCheck | Alert | Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Bytes that could not be decoded or believed: kept and shown, never counted.

    `reason` is a short code such as `checksum`, `future`, `week_rollover`; `detail` tells a person
    what was found and what was expected; `reading` is what the bytes seemed to say, if anything.
    """

    raw: bytes
    reason: str
    detail: str
    device: str | None = None
    reading: Reading | None = None
    suggestion: str = ""


def reading_key(reading: Reading) -> str:
    """Return the identity of a reading, equal for each repeated delivery of it.

    Built from the device's own identity (device, boot, sequence) where it has one, else from the
    device's time and the content; never from a transport's packet id. A stamp re-sent from a
    device's memory has the key of the first sending; a withdrawal has one of its own, and so has what a key
    of the device gave at the same instant as its sensor.
    """
    start = f"{_LETTER[type(reading)]}/{reading.device}"
    withdrawal = "/x" if isinstance(reading, Stamp) and reading.cancelled else ""
    if reading.boot is not None and reading.n is not None and not isinstance(reading, Fix):
        return f"{start}/{reading.boot}/{reading.n}{withdrawal}"
    match reading:
        case Stamp():
            place = reading.control if reading.control is not None else reading.channel
            by_key = "/k" if reading.channel and StampMark.MANUAL in reading.marks else ""
            return f"{start}/{place}/{reading.at}/{reading.car or ''}{by_key}{withdrawal}"
        case Fix():
            return f"{start}/{reading.at}/{reading.lat!r}/{reading.lon!r}"
        case Heartbeat() | SyncCheck():
            return f"{start}/{reading.at}"
        case Alert():
            return f"{start}/{reading.at}/{reading.kind}"
        case Remark():
            return f"{start}/{reading.control}/{reading.at}/{reading.kind}"


_LETTER: dict[type, str] = {
    Stamp: "S",
    Fix: "F",
    Heartbeat: "H",
    SyncCheck: "K",
    Alert: "A",
    Remark: "R",
}
