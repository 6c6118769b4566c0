"""Acts by which times become certified, and classifications issued and official.

`upto` is a journal place: the results meant are those that the records 1 to `upto` give. `digest` is the
SHA-256 of their canonical form, which the author saw: an act that names other results has no effect.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Certify:
    """The Official Timekeeper certifies the times of a stage as the records up to a place give them."""

    stage: str
    upto: int
    digest: str


@dataclass(frozen=True, slots=True)
class AcceptAmendment:
    """The Official Timekeeper accepts what later records say of a certified stage: its next version."""

    stage: str
    upto: int
    digest: str


@dataclass(frozen=True, slots=True)
class RefuseAmendment:
    """The Official Timekeeper refuses it: the certified times stand. `digest` is that of the difference."""

    stage: str
    upto: int
    digest: str


@dataclass(frozen=True, slots=True)
class Issue:
    """The clerk of the course issues a classification: PROVISIONAL, version `version` (from 1)."""

    scope: str
    upto: int
    digest: str
    version: int


@dataclass(frozen=True, slots=True)
class Suspend:
    """The stewards suspend an issued classification: a protest or an inquiry is open."""

    scope: str


@dataclass(frozen=True, slots=True)
class Finalise:
    """The stewards declare a version of a classification OFFICIAL."""

    scope: str
    version: int


@dataclass(frozen=True, slots=True)
class Reopen:
    """An official classification may be changed once more, by the decision with this number."""

    scope: str
    decision_no: str


@dataclass(frozen=True, slots=True)
class Protest:
    """A protest came in, from a crew against a crew (None: against the classification as a whole)."""

    scope: str
    car: str
    against: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CloseProtest:
    """The stewards have decided on a protest (`protest` is that decision's id), or it was taken back."""

    protest: str
    upheld: bool = False
    text: str = ""


PublicationAct = (
    Certify | AcceptAmendment | RefuseAmendment | Issue | Suspend | Finalise | Reopen | Protest | CloseProtest
)
