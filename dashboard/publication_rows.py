"""What is published, as rows: the state of each issued list, and for officials what waits beside it."""

import msgspec

from dashboard.board import Scene
from dashboard.messages import Json, plain
from timing.core.admission import Published
from timing.core.instant import format_instant
from timing.core.official_sheets import Blocker, Change, difference_digest
from timing.core.publication import pending
from timing.core.publication_states import ListState, Phase, protest_until, protest_window


class PublicationRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a list is published: until when it may be protested against, and how many protests are open."""

    state: str
    version: int
    issued_at: str
    protest_until: str | None = None
    protests: int = 0


def publication_rows(published: Published) -> dict[str, Json]:
    """Return the state of every list that was issued, by scope."""
    return {
        scope: plain(_row(published, state))
        for scope, state in published.lists.items()
        if state.version is not None
    }


def rally_state(published: Published, scope: str = "overall") -> str:
    """Return in a word how far the rally's list is published."""
    return published.list(scope).phase.value


def _row(published: Published, state: ListState) -> PublicationRow:
    assert state.version is not None
    until = protest_until(state, protest_window(published.event))
    open_ = state.phase in (Phase.PROVISIONAL, Phase.SUSPENDED)
    return PublicationRow(
        state=state.phase.value,
        version=state.version.number,
        issued_at=format_instant(state.version.decision.at),
        protest_until=format_instant(until) if until is not None and open_ else None,
        protests=len(state.open_protests),
    )


def amendment_rows(scene: Scene) -> dict[str, Json]:
    """Return each pending amendment, by stage: which values differ, and the name of the difference."""
    if scene.published is None:
        return {}
    rows: dict[str, Json] = {}
    for stage in scene.published.certified:
        changes = pending(scene.published, scene.rally, stage)
        if changes:
            rows[stage] = {"difference": difference_digest(changes), "cars": changes_by_car(changes)}
    return rows


def changes_by_car(changes: tuple[Change, ...]) -> Json:
    """Return changes as car, value, before and after; what was or is not there is left out."""
    cars: Json = {}
    for change in changes:
        values = {"before": change.before, "after": change.after}
        cars.setdefault(change.car, {})[change.field] = {
            name: value for name, value in values.items() if value is not None
        }
    return cars


def blocker_rows(blockers: tuple[Blocker, ...]) -> list[Json]:
    """Return what has to be settled first, each with what it is about."""
    return [
        {
            name: value
            for name in ("kind", "text", "stage", "car", "control", "stamp", "device")
            if (value := getattr(blocker, name)) is not None
        }
        for blocker in blockers
    ]
