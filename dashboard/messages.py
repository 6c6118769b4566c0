"""The words of the live stream: rows of the state document and the three messages that carry it.

Rows are msgspec structs that leave out what is absent, so that the document never holds a null: in a JSON
Merge Patch (RFC 7396) null means "remove". What the public may see and what officials see are different
types without a common base: an officials' row does not fit where a public one is asked for.

Units: durations are {"us": µs, "text": as the boards print it}; instants RFC 3339 UTC; metres and m/s.
"""

from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from timing.core.instant import Duration, format_duration

#: A JSON object of the state document or of a patch.
Json: TypeAlias = dict[str, Any]

#: The top-level keys a viewer may ask for with `?only=`.
PUBLIC_KEYS = frozenset(
    {"rally", "stages", "standings", "results", "splits", "publications", "cars", "controls", "notices"}
)
OFFICIAL_KEYS = PUBLIC_KEYS | {"devices", "quarantine", "links", "proposals", "amendments", "remarks"}


class _Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A row without references to other rows, hence without work for the garbage collector."""


class Dur(msgspec.Struct, frozen=True, gc=False):
    """A duration: exact microseconds and the text every view prints."""

    us: int
    text: str


class Points(msgspec.Struct, frozen=True, gc=False):
    """An amount of points or score, and the text every view prints."""

    points: int | float
    text: str


Amount: TypeAlias = Dur | Points


class Timekeeper(_Row, frozen=True, kw_only=True):
    """The Official Timekeeper's name and the line under it."""

    name: str
    line: str = ""


class RallyRow(_Row, frozen=True, kw_only=True):
    """What a board prints above everything else."""

    id: str
    name: str
    edition: str
    preset: str
    unit: str
    better: str
    timekeeper: Timekeeper
    notice: str
    timezone: str
    utc_offset: str
    leg: int
    publication: str
    simulated: bool = False
    speed: float | None = None


class StageRow(_Row, frozen=True, kw_only=True):
    """A stage, test or trial, and how many have been through; a secret `start` or `finish` is absent."""

    name: str
    kind: str
    leg: int
    order: int
    status: str
    publication: str
    done: int
    expected: int
    start: str | None = None
    finish: str | None = None
    km: float | None = None
    target: Dur | None = None
    average: str | None = None
    version: int | None = None
    """Of the certified times that are shown."""


class StandingRow(_Row, frozen=True, kw_only=True):
    """One crew's line in one classification, or one team's (`crews` are those that count)."""

    order: int
    stages_done: int
    status: str
    marks: str
    class_: str = msgspec.field(name="class")
    rank: int | None = None
    total: Amount | None = None
    gap: Amount | None = None
    to_previous: Amount | None = None
    penalties: Amount | None = None
    fails: int | None = None
    stopped_at: str | None = None
    cause: str | None = None
    tie: str | None = None
    crews: str | None = None


class ResultRow(_Row, frozen=True, kw_only=True):
    """One crew's result on a stage, test or trial; `driven` is its time where another one is charged."""

    order: int
    marks: str
    status: str
    rank: int | None = None
    time: Dur | None = None
    driven: Dur | None = None
    deviation: Dur | None = None
    points: Amount | None = None
    gap: Amount | None = None
    to_previous: Amount | None = None
    source: str | None = None


class LastTest(_Row, frozen=True, kw_only=True):
    """The crew's newest result, for one glance at a car."""

    stage: str
    text: str
    points: Amount | None = None


class RunningGap(_Row, frozen=True, kw_only=True):
    """An estimate from a car's tracker while it is on a stage: never a time of anybody.

    `against` is a car, or `ideal` for the ideal time; `km` are those of the stage. The gap is within
    `plus_minus` nineteen times in twenty.
    """

    stage: str
    against: str
    km: float
    gap: Dur
    plus_minus: Dur


class PublicCar(_Row, frozen=True, kw_only=True):
    """A car as spectators see it: late by the public delay, and never in a hidden zone."""

    order: int
    driver: str
    codriver: str
    crew: str
    car: str
    class_: str = msgspec.field(name="class")
    status: str
    year: int | None = None
    category: str | None = None
    nationality: str | None = None
    course_car: bool = False
    leg: int | None = None
    km: float | None = None
    lat: float | None = None
    lon: float | None = None
    speed: float | None = None
    course: int | None = None
    at: str | None = None
    heard: str | None = None
    off_route: bool = False
    next: str | None = None
    next_due: str | None = None
    eta: str | None = None
    last_test: LastTest | None = None
    gap: RunningGap | None = None


class OfficialCar(_Row, frozen=True, kw_only=True):
    """A car as officials see it: where it is now, how fast, and how long its tracker will last."""

    order: int
    driver: str
    codriver: str
    crew: str
    car: str
    class_: str = msgspec.field(name="class")
    status: str
    year: int | None = None
    category: str | None = None
    nationality: str | None = None
    course_car: bool = False
    leg: int | None = None
    km: float | None = None
    lat: float | None = None
    lon: float | None = None
    speed: float | None = None
    course: int | None = None
    at: str | None = None
    heard: str | None = None
    off_route: bool = False
    off_m: int | None = None
    battery: int | None = None
    tracker: str | None = None
    next: str | None = None
    next_due: str | None = None
    eta: str | None = None
    last_test: LastTest | None = None
    gap: RunningGap | None = None


class Health(_Row, frozen=True, kw_only=True):
    """Whether anything has been heard from a control's devices, and when last."""

    status: str
    heard: str | None = None


class PublicControl(_Row, frozen=True, kw_only=True):
    """A control as spectators see it: counts only."""

    name: str
    kind: str
    leg: int
    order: int
    due: int
    arrived: int
    missing: int
    health: Health
    km: float | None = None
    lat: float | None = None
    lon: float | None = None
    stage: str | None = None
    first_car: str | None = None


class ExpectedCar(_Row, frozen=True, kw_only=True):
    """A car that is due, or has been, at a control."""

    order: int
    due: str | None = None
    arrived: str | None = None


class CandidateRow(msgspec.Struct, frozen=True, gc=False):
    """A car that a stamp without a number may belong to, with the reason in words."""

    score: int | float
    why: str


class StampRow(_Row, frozen=True, kw_only=True):
    """A stamp at a control with what became of it: `at` and `text` as sent, `corrected` what counts."""

    at: str
    text: str
    disposition: str
    seq: int
    device: str
    source: str | None = None
    channel: str | None = None
    car: str | None = None
    assigned_by: str | None = None
    note: str | None = None
    corrected: str | None = None
    candidates: dict[str, CandidateRow] = {}


class OfficialControl(_Row, frozen=True, kw_only=True):
    """A control as officials see it: who is expected, and every recent stamp."""

    name: str
    kind: str
    leg: int
    order: int
    due: int
    arrived: int
    missing: int
    health: Health
    km: float | None = None
    lat: float | None = None
    lon: float | None = None
    stage: str | None = None
    first_car: str | None = None
    start_gap: Dur | None = None
    """At an arrival control: from the check-in minute to the provisional start."""
    start_interval: Dur | None = None
    """At an arrival control or a start: between two cars."""
    opens: str | None = None
    expected: dict[str, ExpectedCar] = {}
    stamps: dict[str, StampRow] = {}


class RemarkRow(_Row, frozen=True, kw_only=True):
    """What a marshal reported besides times."""

    at: str
    kind: str
    text: str
    by: str
    device: str
    car: str | None = None
    cars_in: int | None = None
    cars_out: int | None = None


class Notice(_Row, frozen=True, kw_only=True):
    """A line for everybody: `info` or `warn`."""

    at: str
    text: str
    level: str


class ClockRow(_Row, frozen=True, kw_only=True):
    """A device's clock in short: OK, WARN, FAIL or UNCHECKED, its last check, its drift in ppm."""

    state: str
    why: str | None = None
    offset: Dur | None = None
    checked: str | None = None
    ppm: str | None = None
    findings: int = 0


class DeviceRow(_Row, frozen=True, kw_only=True):
    """The health of one device, for the desk only; `reasons` says how much was rejected for what."""

    status: str
    duplicates: int
    rejected: int
    reasons: dict[str, int]
    heard: str | None = None
    battery: int | None = None
    link: str | None = None
    clock_offset: Dur | None = None
    spool: int | None = None
    clock: ClockRow | None = None


class LinkRow(_Row, frozen=True, kw_only=True):
    """An open way to devices: whether it is up, since when, and what went wrong last."""

    up: bool
    since: str
    error: str | None = None


class RefusedRow(_Row, frozen=True, kw_only=True):
    """One refused message, in words."""

    at: str
    device: str
    reason: str
    detail: str


def duration(us: Duration, resolution: Duration, *, sign: bool = False) -> Dur:
    """Return a duration with its text, cut to `resolution` µs; with `sign`, as a difference."""
    return Dur(us, format_duration(us, resolution, sign=sign))


def points(value: Decimal | int, *, decimals: int = 0, sign: bool = False) -> Points:
    """Return an amount of points with its text; whole numbers stay whole."""
    number = int(value) if value == int(value) else float(value)
    text = f"{Decimal(value):{'+' if sign else ''}.{decimals}f}"
    return Points(number, text)


def encode(value: object) -> bytes:
    """Write a part of the document as JSON (UTF-8)."""
    return msgspec.json.encode(value)


def canonical(value: object) -> bytes:
    """Write a document with sorted keys, so that two equal documents are equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def plain(row: object) -> Any:  # noqa: ANN401 - JSON values of any shape
    """Return a row (or a mapping of rows) as plain JSON values, absent fields left out."""
    return msgspec.to_builtins(row, str_keys=True)


def snapshot_message(seq: int, at: str, state: Json) -> bytes:
    """Write the whole state as the first message of a viewer."""
    return b'{"type":"snapshot","seq":%d,"at":"%s","state":%s}' % (seq, at.encode(), encode(state))


def patch_message(seq: int, at: str, patch: Json) -> bytes:
    """Write what changed since message `seq` - 1."""
    return b'{"type":"patch","seq":%d,"at":"%s","patch":%s}' % (seq, at.encode(), encode(patch))


def tick_message(seq: int, at: str) -> bytes:
    """Write that nothing has changed since message `seq`."""
    return b'{"type":"tick","seq":%d,"at":"%s"}' % (seq, at.encode())
