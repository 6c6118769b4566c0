"""The marks on a sheet and what they say: only those that are on it."""

from collections.abc import Iterable

from timing.core.results import (
    ASSUMED,
    CORRECTED,
    NOTIONAL,
    PENALTY,
    REPLACEMENT,
    RESTARTED,
    UNDER_REVIEW,
)

MEANINGS = {
    NOTIONAL: "notional time, given by the clerk of the course",
    REPLACEMENT: "replacement time: hand time corrected by its neighbours",
    PENALTY: "with penalties",
    RESTARTED: "restarted after retiring",
    CORRECTED: "corrected by the Official Timekeeper",
    UNDER_REVIEW: "under review, or for an official to decide",
    ASSUMED: "start time assumed from the schedule",
}


def legend(marks: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return (mark, meaning) for each sign in these marks, in the one order of marks."""
    used = set("".join(marks))
    return tuple((mark, meaning) for mark, meaning in MEANINGS.items() if mark in used)
