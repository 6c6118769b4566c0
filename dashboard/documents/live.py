"""Results as they are now, in the form of documents: the state LIVE says that nobody has issued them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboard.amounts import resolution_of
from dashboard.documents.legend import legend
from dashboard.documents.sheet import Block, Sheet, State
from dashboard.documents.titles import instant_text
from dashboard.messages import Json
from timing.core.event import Event
from timing.core.instant import Instant, format_instant
from timing.core.itinerary import Stage, StageKind
from timing.core.results import StageStatus
from timing.core.scopes import OVERALL, TEAMS

_OVER = frozenset({StageStatus.COMPLETE, StageStatus.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What somebody may see of a rally at an instant: the parts of the live document.

    `cars` and `stages` are the document's rows; `simulated` says that this is no real rally.
    """

    event: Event
    at: Instant
    cars: Mapping[str, Json]
    stages: Mapping[str, Json]
    simulated: bool = False


def live_stage(seen: Seen, stage: Stage, rows: Mapping[str, Json]) -> Json:
    """Return a stage's results as they are now, out of the rows that the board shows."""
    event, head = seen.event, seen.stages.get(stage.id, {})
    subject = {"stage": stage.id, "name": stage.name, "kind": stage.kind.value}
    subject |= {key: head[key] for key in ("km", "target") if key in head}
    rules = event.rules_at(event.itinerary.controls[stage.start].order)
    return {
        **head_of(seen, f"live-stage-{stage.id}", "stage"),
        "subject": subject,
        "rounding": {
            "resolution_us": resolution_of(event, stage),
            "cut": (rules.truncate if stage.kind is StageKind.SS else rules.test_truncate).value,
        },
        "rows": [{"car": car, **_who(seen, car), **row} for car, row in _ordered(rows)],
        "notes": _signed("Certified", f"stage-{stage.id}", head.get("version")),
    }


def live_list(seen: Seen, scope: str, rows: Mapping[str, Json], issued: Json | None = None) -> Json:
    """Return a classification as it is now, out of the rows that the board shows.

    `issued` is the board's row of how far the list is published, where it is.
    """
    event, issued = seen.event, issued or {}
    notes = _signed("Issued", f"list-{scope}", issued.get("version"))
    if issued.get("state") == State.SUSPENDED:
        notes.append("The stewards have suspended it: a protest or an inquiry is open.")
    key = "team" if scope == TEAMS else "car"
    subject = {
        "scope": scope,
        "unit": event.preset.unit.value,
        "classes": dict(event.classes),
        "after": after(seen) if scope == OVERALL else "",
    }
    return {
        **head_of(seen, f"live-list-{scope}", "classification"),
        "subject": subject,
        "notes": notes,
        "rows": [{key: name, **_who(seen, name), **row} for name, row in _ordered(rows)],
    }


def _signed(how: str, ident: str, version: int | None) -> list[str]:
    """Where the document is that counts."""
    return [] if version is None else [f"{how}: what counts is the signed document {ident}-v{version}."]


def live_sheet(
    seen: Seen,
    name: str,
    title: str,
    blocks: tuple[Block, ...],
    *,
    facts: Iterable[tuple[str, str]] = (),
    marks: str = "",
    wide: bool = False,
) -> Sheet:
    """Return a sheet of tables as they are now."""
    event = seen.event
    keeper = ", ".join(part for part in (event.timekeeper, event.timekeeper_line) if part)
    return Sheet(
        id=name,
        event=event.name,
        edition=event.edition,
        title=title,
        state=State.LIVE,
        simulated=seen.simulated,
        wide=wide,
        at=seen.at,
        at_text=instant_text(seen.at, event.time.text),
        timekeeper=keeper,
        facts=tuple(facts),
        blocks=blocks,
        legend=legend(marks),
    )


def head_of(seen: Seen, ident: str, kind: str) -> Json:
    """Return what every document of an event begins with."""
    event = seen.event
    return {
        "id": ident,
        "kind": kind,
        "state": "LIVE",
        "issued_at": format_instant(seen.at),
        "simulated": seen.simulated,
        "event": {"name": event.name, "edition": event.edition, "utc_offset": event.time.text},
        "official_timekeeper": {"name": event.timekeeper, "line": event.timekeeper_line},
    }


def after(seen: Seen) -> str:
    """Return up to where the rally has been driven: `leg 1`, `SS5`, or nothing at its beginning and end."""
    itinerary = seen.event.itinerary
    stages = sorted(itinerary.stages.values(), key=lambda stage: stage.order)
    over = [stage for stage in stages if seen.stages.get(stage.id, {}).get("status") in _OVER]
    if not over or len(over) == len(stages):
        return ""
    last = over[-1]
    of_leg = [stage for stage in stages if stage.leg == last.leg]
    return f"leg {last.leg}" if last is of_leg[-1] and len(itinerary.legs) > 1 else last.id


def _ordered(rows: Mapping[str, Json]) -> list[tuple[str, Json]]:
    return sorted(rows.items(), key=lambda item: (item[1].get("order", 0), item[0]))


def _who(seen: Seen, car: str) -> Json:
    row = seen.cars.get(car, {})
    named = {
        "crew": row.get("crew"),
        "vehicle": row.get("car"),
        "class": row.get("class"),
        "nationality": row.get("nationality"),
    }
    return {key: value for key, value in named.items() if value}
