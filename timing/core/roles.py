"""Who may rule what. Judges of fact rule on times, the clerk on penalties, the stewards on appeals.

An act is taken back (`Withdraw`) only in an office that may take it; whoever admits a decision checks
that with `may(role, type of the withdrawn act)`.

A person may hold several offices; each decision names the one used and only that one counts.
"""

from timing.core.clock_acts import AcceptDevice, CorrectDevice, DropDevice
from timing.core.decisions import (
    Act,
    AllowDelay,
    AllowTime,
    AssignCar,
    AssignStart,
    CancelStage,
    CorrectTime,
    Disqualify,
    ExtendLateness,
    FailStage,
    Interrupt,
    MarkSpurious,
    Penalise,
    RefuseStart,
    Reinstate,
    Restore,
    Retire,
    Role,
    SetNotional,
    SetTarget,
    Withdraw,
)
from timing.core.device_acts import AssignDevice, AssignTracker
from timing.core.publication_acts import (
    AcceptAmendment,
    Certify,
    CloseProtest,
    Finalise,
    Issue,
    Protest,
    RefuseAmendment,
    Reopen,
    Suspend,
)

_TIMEKEEPER: frozenset[type[Act]] = frozenset(
    {
        AssignCar,
        MarkSpurious,
        Restore,
        CorrectTime,
        AssignStart,
        Withdraw,
        Certify,
        AcceptAmendment,
        RefuseAmendment,
        CorrectDevice,
        AcceptDevice,
        DropDevice,
        AssignDevice,
        AssignTracker,
    }
)
_CLERK: frozenset[type[Act]] = frozenset(
    {
        Penalise,
        SetNotional,
        Retire,
        Reinstate,
        CancelStage,
        SetTarget,
        AllowDelay,
        AllowTime,
        AssignStart,
        RefuseStart,
        FailStage,
        Interrupt,
        ExtendLateness,
        Withdraw,
        Issue,
        Protest,
        AssignTracker,
    }
)
_STEWARD: frozenset[type[Act]] = frozenset(
    {Disqualify, Reinstate, Withdraw, Suspend, Finalise, Reopen, Protest, CloseProtest}
)
_MARSHAL: frozenset[type[Act]] = frozenset({AssignCar})

_MAY: dict[Role, frozenset[type[Act]]] = {
    Role.SPECTATOR: frozenset(),
    Role.MARSHAL: _MARSHAL,
    Role.CLERK: _CLERK,
    Role.TIMEKEEPER: _TIMEKEEPER,
    Role.STEWARD: _STEWARD,
}


def may(role: Role, act: type[Act], own_control: bool = False) -> bool:
    """Return whether an official in this role may take this kind of decision.

    Args:
        role: the office in which the person acts.
        act: the type of the decision's act.
        own_control: whether the act concerns a stamp at a control this marshal is posted to.
    """
    if role is Role.MARSHAL and not own_control:
        return False
    return act in _MAY[role]
