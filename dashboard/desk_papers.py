"""The desk's queue of papers: amendments, protests, and what can be certified, issued and made official."""

from collections.abc import Iterator

from dashboard.desk_items import Choice, Item, Kind, Urgency
from timing.core.admission import Published
from timing.core.checklist import stage_blockers
from timing.core.decisions import Reason, Role
from timing.core.instant import MINUTE, Duration, Instant
from timing.core.publication import pending
from timing.core.publication_acts import CloseProtest, Finalise
from timing.core.publication_states import ListState, Phase, protest_until, protest_window, stages_of
from timing.core.rally import Rally
from timing.core.results import StageStatus
from timing.core.scopes import OVERALL

#: A protest time that ends so soon is a deadline; before that it needs no hand.
RUNNING_OUT: Duration = 10 * MINUTE


def paper_items(rally: Rally, published: Published, now: Instant) -> Iterator[Item]:
    """Return what the papers of the rally ask for."""
    yield from _amendments(rally, published)
    yield from _ready_to_certify(rally, published)
    for scope in rally.scopes():
        state = published.list(scope)
        yield from _protests(scope, state)
        yield from _protest_time(rally, published, scope, state, now)
        if scope == OVERALL or scope.startswith("leg-"):
            yield from _ready_to_issue(rally, published, scope, state)


def _amendments(rally: Rally, published: Published) -> Iterator[Item]:
    for stage in published.certified:
        changes = pending(published, rally, stage)
        if not changes:
            continue
        cars = sorted({change.car for change in changes})
        version = published.times(stage).version
        yield Item(
            id=f"amendment-{stage}",
            kind=Kind.AMENDMENT,
            urgency=Urgency.DEADLINE,
            office=Role.TIMEKEEPER,
            text=f"{stage} is certified, and later records say otherwise of car {', '.join(cars[:8])}"
            + (f" and {len(cars) - 8} more" if len(cars) > 8 else ""),
            why=f"version {version.number} stands until this is accepted or refused" if version else "",
            stage=stage,
            form="amendment",
        )


def _ready_to_certify(rally: Rally, published: Published) -> Iterator[Item]:
    for stage in rally.event.itinerary.stages:
        if (
            published.times(stage).version is not None
            or rally.stage_status(stage) is not StageStatus.COMPLETE
        ):
            continue
        if not stage_blockers(rally, stage):
            yield Item(
                id=f"certify-{stage}",
                kind=Kind.CERTIFY,
                urgency=Urgency.READY,
                office=Role.TIMEKEEPER,
                text=f"{stage} is complete and nothing is open: its times can be certified",
                stage=stage,
                form="certify",
            )


def _ready_to_issue(rally: Rally, published: Published, scope: str, state: ListState) -> Iterator[Item]:
    stages = stages_of(published.in_scopes, scope)
    if not stages or state.phase is Phase.OFFICIAL:
        return
    counted = [stage for stage in stages if rally.stage_status(stage) is not StageStatus.CANCELLED]
    versions = [published.times(stage).version for stage in counted]
    issued = state.version
    if any(version is None for version in versions):
        return
    newer = issued is None or any(v is not None and v.seq > issued.upto for v in versions)
    if newer:
        what = "can be issued" if issued is None else f"has newer times than version {issued.number}"
        yield Item(
            id=f"issue-{scope}",
            kind=Kind.ISSUE,
            urgency=Urgency.READY if issued is None else Urgency.DEADLINE,
            office=Role.CLERK,
            text=f"The classification {scope} {what}: all its stages are certified",
            scope=scope,
            form="issue",
        )


def _protests(scope: str, state: ListState) -> Iterator[Item]:
    for ident, protest in state.protests.items():
        if protest.closed is not None:
            continue
        act = protest.decision.act
        car = getattr(act, "car", "")
        against = getattr(act, "against", None)
        text = getattr(act, "text", "") or protest.decision.text
        yield Item(
            id=f"protest-{ident}",
            kind=Kind.PROTEST,
            urgency=Urgency.DEADLINE,
            office=Role.STEWARD,
            text=f"Car {car} protests against {f'car {against}' if against else scope}: {text}",
            at=protest.decision.at,
            scope=scope,
            car=car or None,
            choices=(
                _close(ident, "Upheld", upheld=True),
                _close(ident, "Rejected", upheld=False),
            ),
            form="CloseProtest",
        )


def _close(ident: str, label: str, *, upheld: bool) -> Choice:
    return Choice(label=label, act=CloseProtest(ident, upheld), reason=Reason.STEWARD_DECISION)


def _protest_time(
    rally: Rally, published: Published, scope: str, state: ListState, now: Instant
) -> Iterator[Item]:
    version = state.version
    if version is None or state.phase is not Phase.PROVISIONAL or state.open_protests:
        return
    until = protest_until(state, protest_window(published.event))
    clock = "" if until is None else rally.event.time.format(until, MINUTE)
    if until is not None and now < until:
        if until - now <= RUNNING_OUT:
            yield Item(
                id=f"protest-time-{scope}-v{version.number}",
                kind=Kind.PROTEST_TIME,
                urgency=Urgency.DEADLINE,
                office=Role.STEWARD,
                text=f"The time for protests against {scope} v{version.number} ends at {clock}",
                until=until,
                scope=scope,
            )
        return
    yield Item(
        id=f"finalise-{scope}-v{version.number}",
        kind=Kind.FINALISE,
        urgency=Urgency.READY,
        office=Role.STEWARD,
        text=f"{scope} v{version.number} can become official: the protest time is over, no protest is open",
        scope=scope,
        choices=(
            Choice(
                label="Declare it official",
                act=Finalise(scope, version.number),
                reason=Reason.STEWARD_DECISION,
            ),
        ),
    )
