"""What the fold says: chosen times, states of stamps, results, standings and the reasons for them.

Marks on a shown value, in letters so that colour is never alone: N notional time, E replacement
time, P penalty, R restarted, * corrected by the Official Timekeeper, ? under review or to be
decided by an official, ~ assumed start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from timing.core.clocks import ClockNote
from timing.core.derivation import Derivation
from timing.core.fact import Fact
from timing.core.instant import Duration, Instant
from timing.core.preset import Unit
from timing.core.readings import Stamp

#: An amount in the unit of the scoring: µs (`int`) where seconds are counted, else points.
Amount: TypeAlias = Duration | Decimal

NOTIONAL = "N"
REPLACEMENT = "E"
PENALTY = "P"
RESTARTED = "R"
CORRECTED = "*"
UNDER_REVIEW = "?"
ASSUMED = "~"
_MARK_ORDER = (NOTIONAL, REPLACEMENT, PENALTY, RESTARTED, CORRECTED, UNDER_REVIEW, ASSUMED)


def in_mark_order(marks: set[str]) -> tuple[str, ...]:
    """Return marks in the one order in which they are always shown."""
    return tuple(mark for mark in _MARK_ORDER if mark in marks)


class Disposition(StrEnum):
    """What has become of a stamp."""

    RAW = "RAW"
    """Kept, and not (yet) counted for any car."""
    ASSIGNED = "ASSIGNED"
    """Belongs to a car; another stamp or a decision gives the time."""
    ACCEPTED = "ACCEPTED"
    """Gives the car's time at this control."""
    SPURIOUS = "SPURIOUS"
    WITHDRAWN = "WITHDRAWN"
    """Taken back by the device or the marshal that made it."""
    DUPLICATE_EDGE = "DUPLICATE_EDGE"
    """Another edge of the same passing (second axle, second channel, repeat from memory)."""
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"
    """Before the car's start, or a later passing: never counted, always shown."""


class AssignedBy(StrEnum):
    """Who or what put the car number to a stamp."""

    DEVICE = "device"
    ORDER = "order"
    TRACKER = "tracker"
    OFFICIAL = "official"
    MARSHAL = "marshal"


class ResultStatus(StrEnum):
    """How far a crew's result on a stage is."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    MISSING = "MISSING"
    """The crew was seen later on and a time is lacking: an official decides."""
    HELD = "HELD"
    """Implausible (too fast, absurdly long): shown, never ranked until an official decides."""
    CANCELLED = "CANCELLED"


class StageStatus(StrEnum):
    """How far a stage is."""

    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    CANCELLED = "CANCELLED"


class StandingStatus(StrEnum):
    """The groups of a classification, in the order in which they are listed."""

    CLASSIFIED = "CLASSIFIED"
    NOT_CLASSIFIED = "NOT_CLASSIFIED"
    """Drove to the end without fulfilling the finisher rule. Only lists say so, never a crew's sheet."""
    OTL = "OTL"
    RETIRED = "RETIRED"
    DNS = "DNS"
    DSQ = "DSQ"


class CrewStatus(StrEnum):
    """Where a crew is in its rally."""

    ENTERED = "ENTERED"
    ON_ROAD = "ON_ROAD"
    ON_STAGE = "ON_STAGE"
    IN_REGROUP = "IN_REGROUP"
    IN_SERVICE = "IN_SERVICE"
    LEG_DONE = "LEG_DONE"
    FINISHED = "FINISHED"
    OTL = "OTL"
    RETIRED = "RETIRED"
    DNS = "DNS"
    DSQ = "DSQ"


class Chosen(Fact, frozen=True, gc=False):
    """The time of a car at a control and where it comes from.

    `key` is that of the stamp or decision which gives `at`, `seq` its place in the journal;
    `source` a source letter or `official`. `review` says why the time is under review, or is empty.
    """

    control: str
    car: str
    at: Instant
    source: str
    key: str
    seq: int
    assigned_by: AssignedBy = AssignedBy.DEVICE
    corrected: bool = False
    review: str = ""
    others: tuple[str, ...] = ()
    """The keys of the car's other stamps at this control, used or not, in order of time."""
    replacement: bool = False
    """A hand time corrected by its neighbours, as an official accepted it."""
    clock: ClockNote | None = None
    """What was done to the stamp's own time because of its device's clock."""

    @property
    def adjusted(self) -> bool:
        """Whether it is the stamp's own time, put right by a correction of its device's clock."""
        return self.clock is not None and self.clock.corrected is not None

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks this time carries wherever it is shown."""
        corrected = REPLACEMENT if self.replacement else CORRECTED
        marks = {corrected} if self.corrected else {CORRECTED} if self.adjusted else set()
        return in_mark_order(marks | {UNDER_REVIEW} if self.review else marks)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A car that may have made a stamp. `score` runs from 0 to 100; `why` is for a person."""

    car: str
    score: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StampState:
    """A stamp as it was sent, and what has become of it.

    `control` is None where no device assignment holds.
    """

    key: str
    seq: int
    stamp: Stamp
    control: str | None
    source: str
    car: str | None
    assigned_by: AssignedBy | None
    disposition: Disposition
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()
    clock: ClockNote | None = None
    """What was done to its time because of its device's clock."""

    @property
    def at(self) -> Instant:
        """The instant that counts; `stamp.at` is the raw one."""
        return self.stamp.at - (self.clock.offset if self.clock is not None else 0)


class PenaltyRow(Fact, frozen=True, gc=False):
    """One line of a penalty list. `amount` None: an official decides, never a silent zero."""

    car: str
    rule: str
    amount: Amount | None
    control: str | None = None
    stage: str | None = None
    leg: int | None = None
    text: str = ""
    records: tuple[int, ...] = ()
    """Journal places of the records that the row rests on."""
    fails: int = 0
    """In a fails system: so many fails instead of an amount (which is then 0)."""

    @property
    def undecided(self) -> bool:
        """Whether an official has to decide."""
        return self.amount is None


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePart:
    """One timed point inside a stage: a split (time only) or a point of an average trial."""

    control: str
    time: Duration | None
    ideal: Duration | None = None
    deviation: Duration | None = None
    points: Decimal | None = None
    source: str = ""
    seq: int | None = None


class StageResult(Fact, frozen=True, gc=False):
    """A crew's result on a stage.

    `time` is the official time, cut; `deviation` = actual - target (late positive); `points` the
    penalty points of a test before any coefficient; `order` the place on the sheet from 0 also
    where there is no rank. Gaps are in the unit that ranks the stage: µs of time or points.
    """

    stage: str
    car: str
    rank: int | None = None
    order: int = 0
    time: Duration | None = None
    deviation: Duration | None = None
    points: Decimal | None = None
    gap: Amount | None = None
    to_previous: Amount | None = None
    source: str = ""
    marks: tuple[str, ...] = ()
    status: ResultStatus = ResultStatus.PENDING
    start: Instant | None = None
    finish: Instant | None = None
    reason: str = ""
    """Why the result is held, missing or under review, for a person."""
    parts: tuple[StagePart, ...] = ()
    score: Decimal | None = None
    """Where scores are counted: what the result brings by the score table, before any coefficient."""
    allowance: Duration = 0
    """The time allowance (µs) that was taken off the elapsed time."""
    driven: Duration | None = None
    """The driven time of a special stage, cut, before the bogey time and the stage maximum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A line of a classification.

    `total` holds stage amounts and penalties; a gap is None where the two crews have done
    different numbers of stages, because their totals do not compare. An incomplete crew (a time
    missing or held, a penalty undecided) has no rank.
    """

    car: str
    rank: int | None
    order: int
    total: Amount | None
    gap: Amount | None
    to_previous: Amount | None
    penalties: Amount | None
    stages_done: int
    status: StandingStatus
    marks: tuple[str, ...] = ()
    complete: bool = True
    fails: int = 0
    """In a fails system: ranked before the total."""
    stopped_at: str = ""
    """The control where a crew that is out was seen last or gave up; empty where none is known."""
    cause: str = ""
    """Why a crew is out or not classified, for a person."""
    tie: str = ""
    """The tie-break that parted this crew from a neighbour with an equal total, else empty."""
    crews: tuple[str, ...] = ()
    """In a list of teams (`car` is the team's name): the crews that count, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """A ranked list, such as `overall`, `leg-N` or `class-ID`. The mapping keeps display order."""

    scope: str
    unit: Unit
    rows: Mapping[str, Standing]


class CheckIn(Fact, frozen=True, gc=False):
    """A crew at a time control: due and actual minute, the lateness in minutes (early negative).

    `assumed` says that the due minute rests on a schedule because the time at the preceding
    control is not known. `in_all` counts the minutes late so far, this control's included: being
    early never makes it smaller. `allowed` are the minutes of official delay in the due minute.
    """

    control: str
    due: Instant | None
    at: Instant | None
    late: int | None
    assumed: bool = False
    over_lateness: str = ""
    in_all: int = 0
    allowed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewState:
    """Where a crew is, what comes next for it and what it has been charged."""

    car: str
    status: CrewStatus
    leg: int | None
    last_control: str | None
    last_at: Instant | None
    next_control: str | None
    due: Instant | None
    penalties: tuple[PenaltyRow, ...] = ()
    missed: tuple[str, ...] = ()
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlState:
    """A control: who is due (in expected order), who was seen, and each stamp's state."""

    control: str
    due: Mapping[str, Instant | None]
    arrived: Mapping[str, Chosen]
    stamps: Mapping[str, StampState]


@dataclass(frozen=True, slots=True)
class Changes:
    """What one or more records may have changed; never too little.

    `controls` are those whose stamps, owners or times moved. The due lists and the candidates for
    open stamps rest on cars and may move with `cars` alone.
    """

    cars: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    controls: frozenset[str] = frozenset()
    standings: bool = False

    def __or__(self, other: "Changes") -> "Changes":
        return Changes(
            self.cars | other.cars,
            self.stages | other.stages,
            self.controls | other.controls,
            self.standings or other.standings,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an explanation: what was done, what came out, from which records (seq)."""

    what: str
    value: str = ""
    records: tuple[int, ...] = ()
    steps: tuple["Step", ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a result is what it is: from raw stamps to points, with the discarded candidates."""

    stage: str
    car: str
    steps: tuple[Step, ...]
    line: str = ""
    """The sum in one line, as a timekeeper writes it."""
    derivation: Derivation | None = None
    """The sum as data."""
