"""What an official ruled. A decision never edits a reading; a correction names what it supersedes."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from timing.core.instant import Duration, Instant


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


@dataclass(frozen=True, slots=True)
class CorrectTime:
    """Insert or correct the instant of a car at a control; it stands before every stamp."""

    control: str
    car: str
    at: Instant


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


@dataclass(frozen=True, slots=True)
class SetNotional:
    """A time given by the clerk of the course instead of a driven one (µs)."""

    stage: str
    car: str
    time: Duration


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
)


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
    return f"D/{decision.id}"
