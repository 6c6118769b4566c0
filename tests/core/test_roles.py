"""The permission matrix: who may rule what."""

from typing import get_args

import pytest

from timing.core.decisions import Act, Role
from timing.core.roles import may

MATRIX = {
    Role.SPECTATOR: set(),
    Role.MARSHAL: set(),
    Role.CLERK: {
        "Penalise",
        "SetNotional",
        "Retire",
        "Reinstate",
        "CancelStage",
        "SetTarget",
        "AllowDelay",
        "AllowTime",
        "AssignStart",
        "RefuseStart",
        "FailStage",
        "Interrupt",
        "ExtendLateness",
        "Withdraw",
        "Issue",
        "Protest",
        "AssignTracker",
    },
    Role.TIMEKEEPER: {
        "AssignCar",
        "MarkSpurious",
        "Restore",
        "CorrectTime",
        "AssignStart",
        "Withdraw",
        "Certify",
        "AcceptAmendment",
        "RefuseAmendment",
        "CorrectDevice",
        "AcceptDevice",
        "DropDevice",
        "AssignDevice",
        "AssignTracker",
    },
    Role.STEWARD: {
        "Disqualify",
        "Reinstate",
        "Withdraw",
        "Suspend",
        "Finalise",
        "Reopen",
        "Protest",
        "CloseProtest",
    },
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", get_args(Act))
def test_each_office_rules_on_its_own_matters_only(role: Role, act: type[Act]) -> None:
    assert may(role, act) == (act.__name__ in MATRIX[role])


@pytest.mark.parametrize("act", get_args(Act))
def test_a_marshal_puts_cars_to_stamps_at_the_own_control_and_nothing_else(act: type[Act]) -> None:
    assert may(Role.MARSHAL, act, own_control=True) == (act.__name__ == "AssignCar")


@pytest.mark.parametrize("role", [Role.SPECTATOR, Role.CLERK, Role.STEWARD])
def test_a_post_at_a_control_gives_other_offices_nothing(role: Role) -> None:
    assert {act for act in get_args(Act) if may(role, act, own_control=True)} == {
        act for act in get_args(Act) if may(role, act)
    }


def test_only_the_timekeeper_corrects_times_and_only_the_clerk_penalises() -> None:
    by_name = {act.__name__: act for act in get_args(Act)}
    assert [role for role in Role if may(role, by_name["CorrectTime"])] == [Role.TIMEKEEPER]
    assert [role for role in Role if may(role, by_name["Penalise"])] == [Role.CLERK]
