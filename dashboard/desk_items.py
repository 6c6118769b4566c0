"""What an item of the desk's queue is: the matter, its office, and the acts that would settle it."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from dashboard.acts_in import act_out
from dashboard.messages import Json
from timing.core.decisions import Act, Reason, Role
from timing.core.instant import Instant, format_instant


class Urgency(IntEnum):
    """In which order matters are taken up."""

    DEADLINE = 0
    """Something published is in doubt, or a time limit runs."""
    WRONG = 1
    """A crew is shown without a time, or with one that cannot be relied on."""
    OPEN = 2
    """Nobody's stamps, and offers that wait."""
    READY = 3
    """All is settled: the next step can be taken."""


class Kind(StrEnum):
    """What the matter is."""

    AMENDMENT = "amendment"
    PROTEST = "protest"
    PROTEST_TIME = "protest_time"
    CLOCK = "clock"
    STRANGER = "stranger"
    """A car at a line that was never seen before it: its number was misread."""
    HELD = "held"
    MISSING = "missing"
    REVIEW = "review"
    UNDECIDED = "undecided"
    OVERDUE = "overdue"
    """A crew that nobody has seen where it should have been."""
    PROPOSAL = "proposal"
    UNASSIGNED = "unassigned"
    UNPLACED = "unplaced"
    CERTIFY = "certify"
    ISSUE = "issue"
    FINALISE = "finalise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One act that would settle the matter. `supersedes` is the decision that it replaces.

    `office` may take it; None: the matter's own.
    """

    label: str
    act: Act
    reason: Reason | None = None
    why: str = ""
    supersedes: str | None = None
    office: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One matter. `id` stays the same as long as it is the same matter; `at` is when it arose on the road.

    `form` names the act whose form is offered where no choice fits; `until` is the end of a time limit.
    """

    id: str
    kind: Kind
    urgency: Urgency
    office: Role
    text: str
    why: str = ""
    at: Instant = 0
    until: Instant | None = None
    stage: str | None = None
    control: str | None = None
    car: str | None = None
    scope: str | None = None
    device: str | None = None
    stamp: str | None = None
    records: tuple[int, ...] = ()
    choices: tuple[Choice, ...] = ()
    form: str = ""


def item_row(item: Item) -> Json:
    """Return an item as the desk shows it; absent fields are left out."""
    row: Json = {
        "id": item.id,
        "kind": item.kind.value,
        "urgency": item.urgency.value,
        "office": item.office.value,
        "text": item.text,
        "why": item.why or None,
        "at": format_instant(item.at) if item.at else None,
        "until": None if item.until is None else format_instant(item.until),
        "records": list(item.records) or None,
        "choices": [_choice(choice) for choice in item.choices] or None,
        "form": item.form or None,
    }
    for name in ("stage", "control", "car", "scope", "device", "stamp"):
        row[name] = getattr(item, name)
    return {name: value for name, value in row.items() if value is not None}


def _choice(choice: Choice) -> Json:
    decision: Json = {"act": act_out(choice.act)}
    if choice.reason is not None:
        decision["reason"] = choice.reason.value
    if choice.supersedes is not None:
        decision["supersedes"] = choice.supersedes
    row: Json = {"label": choice.label, "decision": decision}
    if choice.why:
        row["why"] = choice.why
    if choice.office is not None:
        row["office"] = choice.office.value
    return row
