"""What depends on other crews is proposed, with what it rests on, and never moves by itself.

A proposal carries the act that accepts it: posting that act is the acceptance. What was accepted
stands whatever becomes of its basis; where its method gives something else now, a new proposal
appears beside the standing value, marked stale. An official who wants the value to stay gives it
again as the clerk's own.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from timing.core.decisions import Act, NotionalMethod, Reason, Withdraw
from timing.core.instant import Duration, Instant


class ProposalKind(StrEnum):
    """What is proposed."""

    NOTIONAL = "NOTIONAL"
    """A time for a crew that was shown red."""
    DERIVED = "DERIVED"
    """A stage time from the crew's other stages, where the equipment failed."""
    AVERAGE_ASSIGNED = "AVERAGE_ASSIGNED"
    """The penalty of a test from the crew's other tests."""
    RESTART = "RESTART"
    """The time for a stage that a restarted crew missed."""
    RESTART_CHARGE = "RESTART_CHARGE"
    """What a restart costs beside its stages: road sections, re-entries."""
    REPLACEMENT = "REPLACEMENT"
    """A hand time at a line, corrected by its neighbours."""
    INTERRUPTION = "INTERRUPTION"
    """A stage from which a crew called for help, taken as stopped for those behind it."""
    ALLOWANCE = "ALLOWANCE"
    """The lateness of a crew that was held up by a call for help, as official delay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One act that an official may take, and why.

    `act` accepts the proposal; it goes out with `supersedes`. `options` are further acts that would
    do, each by another method. `basis` are the keys of the records on which the value rests and
    `records` their places in the journal. `standing` is the id of the decision that stands now, if
    any; `stale` says that its method no longer gives what stands. `value` and `stands` are µs of
    time, penalty points, or at a control the instant; None: what stands should be taken back.
    """

    id: str
    kind: ProposalKind
    car: str
    act: Act
    reason: Reason
    text: str
    stage: str | None = None
    control: str | None = None
    method: NotionalMethod | None = None
    place: int | None = None
    value: Duration | Instant | Decimal | None = None
    stands: Duration | Instant | Decimal | None = None
    basis: tuple[str, ...] = ()
    records: tuple[int, ...] = ()
    options: tuple[Act, ...] = ()
    standing: str | None = None
    stale: bool = False
    low_confidence: bool = False

    @property
    def supersedes(self) -> str | None:
        """The decision that the accepting one replaces."""
        return None if isinstance(self.act, Withdraw) else self.standing


#: How the ids of decisions begin that accept a proposal; nobody's own ids begin so.
ACCEPTING = "proposal:"


def acceptance_id(proposal: Proposal, taken: Callable[[str], bool]) -> str:
    """Return the id of the decision that accepts a proposal, the same for whoever accepts it.

    So two officials who accept it at once have decided once. `taken` says whether there is a decision
    of an id: a proposal that is open although it was accepted is so because that was taken back, and
    accepting it again is another decision.
    """
    digest = hashlib.sha256(repr((proposal.id, proposal.supersedes)).encode()).hexdigest()[:20]
    found, number = f"{ACCEPTING}{digest}", 1
    while taken(found):
        number += 1
        found = f"{ACCEPTING}{digest}-{number}"
    return found


def proposal_id(kind: ProposalKind, where: str, car: str, act: Act, basis: tuple[str, ...]) -> str:
    """Return a name that changes with what is proposed and with what it rests on, and with nothing else."""
    digest = hashlib.sha256(repr((act, basis)).encode()).hexdigest()[:10]
    return f"{kind.lower()}-{where}-{car}-{digest}"
