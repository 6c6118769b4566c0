"""What an official ruled. A decision never edits a reading; a correction names what it supersedes."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from timing.core.clock_acts import ClockAct
from timing.core.device_acts import DeviceAct
from timing.core.instant import Duration, Instant
from timing.core.publication_acts import PublicationAct


class Role(StrEnum):
    """In which office a person acts. One person may hold several; each act names the one used."""

    SPECTATOR = "spectator"
    MARSHAL = "marshal"
    CLERK = "clerk"
    TIMEKEEPER = "timekeeper"
    STEWARD = "steward"


class Reason(StrEnum):
    """Reason codes of the corrections log."""

    WRONG_NUMBER = "WRONG_NUMBER"
    MISSED_TRIGGER = "MISSED_TRIGGER"
    DOUBLE_TRIGGER = "DOUBLE_TRIGGER"
    SPURIOUS = "SPURIOUS"
    DEVICE_FAULT = "DEVICE_FAULT"
    DRIFT = "DRIFT"
    MARSHAL_ENTRY = "MARSHAL_ENTRY"
    CARD_VS_SHEET = "CARD_VS_SHEET"
    EET = "EET"
    NOTIONAL = "NOTIONAL"
    DERIVED = "DERIVED"
    CLERK_DECISION = "CLERK_DECISION"
    STEWARD_DECISION = "STEWARD_DECISION"


@dataclass(frozen=True, slots=True)
class AssignCar:
    """Put a car number to a stamp, or take it off with `car` None. `stamp` is the reading's key."""

    stamp: str
    car: str | None


@dataclass(frozen=True, slots=True)
class MarkSpurious:
    """A false trigger: the stamp stays in the record and is never counted."""

    stamp: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Undo a `MarkSpurious`: the stamp counts again as before."""

    stamp: str


class TimeBasis(StrEnum):
    """What an inserted time is."""

    MEASURED = "measured"
    """What a better record shows: a slip, a second clock, the observer's sheet."""
    INSTRUCTION = "instruction"
    """The instant of the official's instruction, the car being blocked (Motorsport UK NCR 2026 p488 3.9a)."""
    REPLACEMENT = "replacement"
    """A hand time corrected by its neighbours (FIS ICR 611.3.2.1)."""


@dataclass(frozen=True, slots=True)
class CorrectTime:
    """Insert or correct the instant of a car at a control; it stands before every stamp.

    `basis_records` are the keys of the records that it was computed from.
    """

    control: str
    car: str
    at: Instant
    basis: TimeBasis = TimeBasis.MEASURED
    basis_records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Penalise:
    """A penalty in the unit of the scoring: seconds are given in µs, points as a Decimal.

    Exactly one of `time` and `points` is set. `control` or `stage` says where it belongs.
    """

    car: str
    rule: str
    time: Duration | None = None
    points: Decimal | None = None
    control: str | None = None
    stage: str | None = None


class NotionalMethod(StrEnum):
    """How a notional time was found."""

    CLERK_VALUE = "CLERK_VALUE"
    SLOWEST_BEFORE = "SLOWEST_BEFORE"
    FASTEST_AT_STOP = "FASTEST_AT_STOP"
    FIRST_AFTER_RESTART = "FIRST_AFTER_RESTART"
    DERIVED = "DERIVED"
    RESTART = "RESTART"
    AVERAGE_ASSIGNED = "AVERAGE_ASSIGNED"


@dataclass(frozen=True, slots=True)
class SetNotional:
    """A time given by the clerk of the course instead of a driven one (µs).

    `points` instead of `time` assigns a test's penalty itself (the federation form's "average
    assigned"); exactly one of the two is set. `place` is the k of a method that counts crews;
    `basis` the keys of the records on which the value rests.
    """

    stage: str
    car: str
    time: Duration | None = None
    points: Decimal | None = None
    method: NotionalMethod = NotionalMethod.CLERK_VALUE
    place: int | None = None
    basis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retire:
    """A crew has stopped competing at (or after) a control."""

    car: str
    control: str | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Reinstate:
    """A crew declared retired competes after all."""

    car: str


@dataclass(frozen=True, slots=True)
class Disqualify:
    """The stewards exclude a crew."""

    car: str


@dataclass(frozen=True, slots=True)
class CancelStage:
    """A stage or test that does not count for anybody (`cancelled` False takes that back)."""

    stage: str
    cancelled: bool = True


@dataclass(frozen=True, slots=True)
class AllowDelay:
    """Whole minutes of official delay written on a crew's card at a control: due later from there on."""

    control: str
    car: str
    minutes: int


@dataclass(frozen=True, slots=True)
class SetTarget:
    """The ideal time (µs) of a test is corrected for everybody, and all its results with it.

    In an average trial `control` names the point whose ideal time it is, counted from where the
    regulations count it; None is the trial's last point.
    """

    stage: str
    target: Duration
    control: str | None = None


@dataclass(frozen=True, slots=True)
class AllowTime:
    """A TSD time allowance (µs) that a crew declared before it learned its time at the test's end.

    `declared_at` is when the crew handed it in (None: when it was decided). `exact` grants the time
    as it is, without the steps and the budget of the regulations: a delay that a marshal saw.
    """

    stage: str
    car: str
    time: Duration
    declared_at: Instant | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class AssignStart:
    """The assigned start instant of a crew: at a stage start, a restart or a regroup's exit."""

    control: str
    car: str
    at: Instant


@dataclass(frozen=True, slots=True)
class RefuseStart:
    """A crew refused to start, or was not ready when told to."""

    stage: str
    car: str


@dataclass(frozen=True, slots=True)
class FailStage:
    """A stage not performed as prescribed: charged its maximum where the regulations say so."""

    stage: str
    car: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A stage was stopped: the instant of the red signal, the crews that caused it, those it met.

    `first` and `last` bound the crews concerned by their start instants on the stage (inclusive);
    None is open. `restarted_at` is the instant at which the stage went on, or None.
    """

    stage: str
    at: Instant
    caused_by: tuple[str, ...] = ()
    first: Instant | None = None
    last: Instant | None = None
    restarted_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class ExtendLateness:
    """The clerk extends limits of lateness (minutes) from a control on, never backwards."""

    effective_from: str
    max_late_control: int | None = None
    max_late_total: int | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A decision is taken back; what stood before it stands again."""

    decision: str


Act: TypeAlias = (
    AssignCar
    | MarkSpurious
    | Restore
    | CorrectTime
    | Penalise
    | SetNotional
    | Retire
    | Reinstate
    | Disqualify
    | CancelStage
    | SetTarget
    | AllowDelay
    | AllowTime
    | AssignStart
    | RefuseStart
    | FailStage
    | Interrupt
    | ExtendLateness
    | Withdraw
    | DeviceAct
    | ClockAct
    | PublicationAct
)


#: What a field of an act is by its name, wherever acts are written: RFC 3339, and durations such as 4:32.1.
INSTANT_FIELDS = frozenset({"at", "first", "last", "restarted_at", "declared_at", "since", "until"})
DURATION_FIELDS = frozenset({"time", "target"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One act of one official.

    `id` is the act's own identity (from the page that sent it, so that sending twice is harmless);
    `supersedes` names the decision it replaces. Of several standing decisions on the same thing the
    latest (`at`, then `id`) holds.
    """

    id: str
    act: Act
    author: str
    role: Role
    at: Instant
    reason: Reason | None = None
    text: str = ""
    supersedes: str | None = None


def decision_key(decision: Decision) -> str:
    """Return the journal identity of a decision."""
    return decision_id_key(decision.id)


def decision_id_key(ident: str) -> str:
    """Return the journal identity of the decision with this id."""
    return f"D/{ident}"
