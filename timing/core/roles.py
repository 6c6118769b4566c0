"""Who may rule what. Judges of fact rule on times, the clerk on penalties, the stewards on appeals.

A person may hold several offices; each decision names the one used and only that one counts.
"""

from timing.core.decisions import (
    Act,
    AssignCar,
    CancelStage,
    CorrectTime,
    Disqualify,
    MarkSpurious,
    Penalise,
    Reinstate,
    Restore,
    Retire,
    Role,
    SetNotional,
)

_TIMEKEEPER: frozenset[type[Act]] = frozenset({AssignCar, MarkSpurious, Restore, CorrectTime})
_CLERK: frozenset[type[Act]] = frozenset({Penalise, SetNotional, Retire, Reinstate, CancelStage})
_STEWARD: frozenset[type[Act]] = frozenset({Disqualify, Reinstate})
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
