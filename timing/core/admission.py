"""When an act of publication is allowed: each refusal is a sentence for the person whose act it was.

The same rules stand before the journal (the desk refuses) and behind it (an act that came into the
journal all the same has no effect), so that a replay decides as the desk did.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never, get_args

from timing.core.decisions import Decision
from timing.core.event import Event
from timing.core.instant import Instant
from timing.core.official_sheets import ListSheet, StageSheet, difference_digest, stage_difference
from timing.core.publication_acts import (
    AcceptAmendment,
    Certify,
    CloseProtest,
    Finalise,
    Issue,
    Protest,
    PublicationAct,
    RefuseAmendment,
    Reopen,
    Suspend,
)
from timing.core.publication_states import (
    ListState,
    Phase,
    StageState,
    protest_until,
    protest_window,
    stages_of,
)
from timing.core.results import StandingStatus
from timing.core.roles import may

PUBLICATION_ACTS: tuple[type[PublicationAct], ...] = get_args(PublicationAct)


@dataclass(slots=True)
class Published:
    """What is published: the state of each stage's times and of each classification, and what they say."""

    event: Event
    in_scopes: Mapping[str, tuple[str, ...]]
    stages: dict[str, StageState] = field(default_factory=dict)
    lists: dict[str, ListState] = field(default_factory=dict)
    certified: dict[str, StageSheet] = field(default_factory=dict)
    issued: dict[str, ListSheet] = field(default_factory=dict)

    def times(self, stage: str) -> StageState:
        """Return the state of a stage's times."""
        return self.stages.get(stage, StageState())

    def list(self, scope: str) -> ListState:
        """Return the state of a classification."""
        return self.lists.get(scope, ListState())


def refusal(
    published: Published,
    act: PublicationAct,
    decision: Decision,
    seq: int,
    sheet: StageSheet | ListSheet | None,
) -> str:
    """Return why an act is not allowed, or an empty text.

    Args:
        published: what is published before the act.
        act: the decision's act.
        decision: the decision, whose `at` is the instant of the act.
        seq: its place in the journal.
        sheet: the results that the act is about at the place that it names; None where it names none.
    """
    if not may(decision.role, type(act)):
        return f"{type(act).__name__} is not for a {decision.role.value}."
    match act:
        case Certify() | AcceptAmendment() | RefuseAmendment():
            if not isinstance(sheet, StageSheet):
                return _no_place(act.upto, seq)
            return _times(published, act, decision, sheet)
        case Issue(scope=scope, upto=upto):
            if not isinstance(sheet, ListSheet):
                return _no_place(upto, seq)
            return _issue(published, published.list(scope), act, sheet)
        case Finalise(scope=scope):
            return _finalise(published, published.list(scope), act, decision.at, sheet)
        case Suspend(scope=scope):
            phase = published.list(scope).phase
            if phase is not Phase.PROVISIONAL:
                return f"Only a provisional classification is suspended; {scope} is {phase}."
            return ""
        case Reopen(scope=scope, decision_no=number):
            if published.list(scope).phase is not Phase.OFFICIAL:
                return (
                    f"Only an official classification is reopened; {scope} is {published.list(scope).phase}."
                )
            return (
                ""
                if number.strip()
                else "An official classification is reopened by a numbered decision only."
            )
        case Protest(scope=scope):
            return _protest(published, published.list(scope), act, decision.at)
        case CloseProtest(protest=ident):
            found = [state.protests[ident] for state in published.lists.values() if ident in state.protests]
            if not found:
                return f"There is no protest {ident!r}."
            return "This protest is closed already." if found[0].closed is not None else ""
        case _ as never:
            assert_never(never)


def _no_place(upto: int, seq: int) -> str:
    return f"The results up to record {upto} cannot be meant: the journal has records 1 to {seq - 1}."


def _times(
    published: Published,
    act: Certify | AcceptAmendment | RefuseAmendment,
    decision: Decision,
    sheet: StageSheet,
) -> str:
    version = published.times(act.stage).version
    if isinstance(act, Certify):
        if version is not None:
            return f"{act.stage} is certified already: what is new about it is an amendment."
        return _other_results(act.digest, sheet) or _blocked(sheet)
    if version is None:
        return f"{act.stage} is not certified: there is nothing to amend."
    if act.upto < version.upto:
        return f"{act.stage} was certified up to record {version.upto}, later than record {act.upto}."
    difference = stage_difference(published.certified[act.stage].rows, sheet.rows)
    if not difference:
        return f"The records up to {act.upto} say of {act.stage} what is certified."
    if isinstance(act, RefuseAmendment):
        if act.digest != difference_digest(difference):
            return f"This is not the difference that the records up to {act.upto} make on {act.stage}."
        return "" if decision.text.strip() or decision.reason is not None else "A refusal needs a reason."
    official = [
        scope
        for scope, state in sorted(published.lists.items())
        if state.phase is Phase.OFFICIAL and act.stage in stages_of(published.in_scopes, scope)
    ]
    if official:
        return f"The classification {official[0]} is official: it changes by a numbered decision only."
    return _other_results(act.digest, sheet) or _blocked(sheet)


def _other_results(digest: str, sheet: StageSheet | ListSheet) -> str:
    if digest == sheet.digest:
        return ""
    return f"The records up to {sheet.place} give other results ({sheet.digest[:12]}) than those meant."


def _blocked(sheet: StageSheet | ListSheet) -> str:
    if not sheet.blockers:
        return ""
    more = len(sheet.blockers) - 1
    others = f" (and {more} more)" if more else ""
    return f"{sheet.blockers[0].text[:1].upper()}{sheet.blockers[0].text[1:]}{others}."


def _issue(published: Published, state: ListState, act: Issue, sheet: ListSheet) -> str:
    if state.phase is Phase.OFFICIAL:
        return f"{act.scope} is official: it changes by a numbered decision only."
    if act.version != len(state.versions) + 1:
        return f"The next version of {act.scope} is {len(state.versions) + 1}, not {act.version}."
    version = state.version
    if version is not None and act.upto < version.upto:
        return f"{act.scope} was issued up to record {version.upto}, later than record {act.upto}."
    for stage in stages_of(published.in_scopes, act.scope):
        certified = published.times(stage).version
        if certified is not None and certified.seq > act.upto:
            return f"{stage} was certified after record {act.upto}: look at the results again."
    if version is not None and state.phase is Phase.PROVISIONAL and version.digest == sheet.digest:
        return f"Nothing has changed since version {version.number} of {act.scope}."
    return _other_results(act.digest, sheet) or _blocked(sheet)


def _finalise(
    published: Published,
    state: ListState,
    act: Finalise,
    at: Instant,
    sheet: StageSheet | ListSheet | None,
) -> str:
    version = state.version
    if version is None or state.phase not in (Phase.PROVISIONAL, Phase.SUSPENDED):
        return f"Only an issued classification becomes official; {act.scope} is {state.phase}."
    if act.version != version.number:
        return f"Version {version.number} of {act.scope} stands, not {act.version}."
    if state.open_protests:
        return f"A protest is open ({state.open_protests[0].decision.id})."
    until = protest_until(state, protest_window(published.event))
    if until is not None and at < until:
        return f"The protest time runs until {published.event.time.format(until, 1_000_000)}."
    if isinstance(sheet, ListSheet):
        if sheet.blockers:
            return _blocked(sheet)
        open_ = _undecided(sheet)
        if open_:
            return open_
        if sheet.digest != version.digest:
            return f"{act.scope} has changed since version {version.number}: issue a new version first."
    return ""


def _undecided(sheet: ListSheet) -> str:
    """The first penalty of a classified crew about which nobody has decided: never a silent zero."""
    for car, rows in sheet.penalties.items():
        row = next((row for row in rows if row.undecided), None)
        if row is not None and sheet.listed.rows[car].status is StandingStatus.CLASSIFIED:
            where = row.control or row.stage or "the rally"
            return f"Car {car}: {row.rule} at {where} waits for a decision."
    return ""


def _protest(published: Published, state: ListState, act: Protest, at: Instant) -> str:
    if state.phase not in (Phase.PROVISIONAL, Phase.SUSPENDED):
        return f"Protests are against issued classifications; {act.scope} is {state.phase}."
    until = protest_until(state, protest_window(published.event), act.against)
    if until is None or at >= until:
        what = act.scope if act.against is None else f"car {act.against} in {act.scope}"
        return f"The time for protests against {what} is over."
    return ""
