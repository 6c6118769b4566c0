"""What classifications and stages are called on paper, and how instants are printed there."""

import datetime as dt
from collections.abc import Mapping

from dashboard.documents.sheet import State
from timing.core.instant import SECOND, Duration, Instant, RallyTime, parse_instant
from timing.core.itinerary import StageKind
from timing.core.scopes import CHAMPIONSHIP, FINAL_LEG, OVERALL, RAW, TEAMS

_FIXED = {
    OVERALL: "classification",
    FINAL_LEG: "classification of the final leg",
    RAW: "classification without coefficients",
    TEAMS: "classification of teams",
    CHAMPIONSHIP: "championship points",
}
_BEFORE = {
    State.LIVE: "live",
    State.CERTIFIED: "certified",
    State.PROVISIONAL: "provisional",
    State.SUSPENDED: "suspended",
    State.OFFICIAL: "official",
}
_STAGES = {
    StageKind.SS.value: "Stage times",
    StageKind.REG_TEST.value: "Regularity test",
    StageKind.AVG_TRIAL.value: "Average trial",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def list_title(scope: str, state: State, after: str = "", classes: Mapping[str, str] | None = None) -> str:
    """Return the title of a classification, such as `Provisional classification after leg 2`.

    Args:
        scope: the list's name, such as `overall`, `leg-2`, `class-A`.
        state: how far it is published.
        after: up to where the overall list counts, such as `leg 2` or `SS5`; empty if up to the end.
        classes: the titles of classes by name.
    """
    kind, _, name = scope.partition("-")
    if scope in _FIXED:
        text = _FIXED[scope]
    elif kind == "leg":
        text = f"classification of leg {name}"
    elif kind == "class":
        title = (classes or {}).get(name, "")
        text = "classification, no class" if name == "missing" else f"classification, class {name}"
        if title and title != name:
            text += f" ({title})"
    else:
        text = f"classification, {kind} {name}"
    if after:
        text += f" after {after}"
    return _capital(f"{_BEFORE[state]} {text}")


def named(ident: str, name: str) -> str:
    """Return an id with its name, such as "TC0 Market square"; a name that repeats the id is left out."""
    return f"{ident} {name}" if name and name != ident else ident


def stage_title(kind: str, ident: str, name: str) -> str:
    """Return the title of a stage's results, such as `Stage times SS3 Monte Alto`."""
    return f"{_STAGES.get(kind, 'Results')} {named(ident, name)}"


def instant_text(at: Instant, offset: str) -> str:
    """Return an instant in rally time with its day and offset: `Sat 6 June 2026 18:45:10 (+02:00)`."""
    clock = rally_time(offset)
    return f"{day_text(clock.day_of(at))} {clock.format(at, SECOND)} ({offset})"


def day_text(day: dt.date) -> str:
    """Return a date in words, the same whatever language the machine speaks: `Sat 6 June 2026`."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def rally_time(offset: str) -> RallyTime:
    """Return the rally's civil time from its offset as +HH:MM."""
    # 00:00 at an offset is as far from 00:00 UTC as the offset says.
    east: Duration = -parse_instant(f"1970-01-01T00:00:00{offset}")
    return RallyTime(east)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
