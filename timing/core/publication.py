"""The publication state machine: acts in the order of the journal in, what is published out. Pure.

What the acts are about, the results at a place of the journal, is handed in with each act (`need` says
which), so that the machine itself folds nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from timing.core.admission import PUBLICATION_ACTS, Published, refusal
from timing.core.beside import live_results
from timing.core.certified import Standing
from timing.core.decisions import Decision
from timing.core.event import Event
from timing.core.official_sheets import (
    Change,
    ListSheet,
    StageSheet,
    difference_digest,
    list_difference,
    stage_difference,
)
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
    Protested,
    StageState,
    Times,
    Version,
    stages_in_scopes,
)
from timing.core.rally import Rally
from timing.core.results import StageResult

__all__ = [
    "Need",
    "Publications",
    "Verdict",
    "amendment",
    "is_publication",
    "need",
    "pending",
    "times_of",
]


@dataclass(frozen=True, slots=True)
class Need:
    """The results that an act is about: of a stage, or of a classification, at a journal place."""

    stage: str | None
    scope: str | None
    place: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an act of publication: `refusal` says why it has no effect, or is empty."""

    seq: int
    decision: Decision
    refusal: str


def is_publication(decision: Decision) -> bool:
    """Return whether a decision is about publishing, not about results."""
    return isinstance(decision.act, PUBLICATION_ACTS)


def need(decision: Decision, seq: int) -> Need | None:
    """Return which results an act at a journal place is about; None where it is about none, or none known."""
    match decision.act:
        case (
            Certify(stage=stage, upto=upto)
            | AcceptAmendment(stage=stage, upto=upto)
            | RefuseAmendment(stage=stage, upto=upto)
        ):
            return Need(stage, None, upto) if 0 < upto < seq else None
        case Issue(scope=scope, upto=upto):
            return Need(None, scope, upto) if 0 < upto < seq else None
        case Finalise(scope=scope):
            return Need(None, scope, seq - 1)
        case _:
            return None


class Publications:
    """What is published of one rally, and every version that ever was."""

    def __init__(self, event: Event) -> None:
        self.published = Published(event, stages_in_scopes(event))
        self.verdicts: dict[str, Verdict] = {}
        self.stage_versions: dict[tuple[str, int], StageSheet] = {}
        self.list_versions: dict[tuple[str, int], ListSheet] = {}

    def copy(self) -> "Publications":
        """Return the same state of affairs, which goes on apart from this one."""
        other = Publications(self.published.event)
        other.published.stages |= self.published.stages
        other.published.lists |= self.published.lists
        other.published.certified |= self.published.certified
        other.published.issued |= self.published.issued
        other.verdicts |= self.verdicts
        other.stage_versions |= self.stage_versions
        other.list_versions |= self.list_versions
        return other

    def stages_since(self, before: "Publications") -> frozenset[str]:
        """Return the stages whose times are published otherwise than they were."""
        known = before.published.stages
        return frozenset(
            stage for stage, state in self.published.stages.items() if known.get(stage) is not state
        )

    def refusal(self, decision: Decision, seq: int, sheet: StageSheet | ListSheet | None) -> str:
        """Return why an act would have no effect at this place of the journal, or an empty text."""
        assert isinstance(decision.act, PUBLICATION_ACTS)
        return refusal(self.published, decision.act, decision, seq, sheet)

    def add(self, decision: Decision, seq: int, sheet: StageSheet | ListSheet | None) -> str:
        """Take in an act, in the order of the journal; return why it has no effect, or an empty text."""
        if decision.id in self.verdicts:
            return self.verdicts[decision.id].refusal
        refused = self.refusal(decision, seq, sheet)
        self.verdicts[decision.id] = Verdict(seq, decision, refused)
        if not refused:
            assert isinstance(decision.act, PUBLICATION_ACTS)
            self._apply(decision.act, decision, seq, sheet)
        return refused

    def standing(self) -> Standing:
        """Return the certified results and the issued lists that stand."""
        return Standing(
            stages={stage: sheet.rows for stage, sheet in self.published.certified.items()},
            lists={scope: sheet.listed for scope, sheet in self.published.issued.items()},
        )

    def list(self, scope: str) -> ListState:
        """Return how far a classification is published."""
        return self.published.list(scope)

    def _apply(
        self, act: PublicationAct, decision: Decision, seq: int, sheet: StageSheet | ListSheet | None
    ) -> None:
        match act:
            case Certify(stage=stage) | AcceptAmendment(stage=stage):
                assert isinstance(sheet, StageSheet)
                self._certify(stage, decision, seq, sheet)
            case RefuseAmendment(stage=stage, digest=named):
                state = self.published.times(stage)
                self.published.stages[stage] = replace(state, refused={**state.refused, named: decision})
            case Issue(scope=scope):
                assert isinstance(sheet, ListSheet)
                self._issue(scope, decision, seq, sheet)
            case Suspend(scope=scope) | Reopen(scope=scope):
                self._move(scope, Phase.SUSPENDED, decision, seq)
            case Finalise(scope=scope):
                self._move(scope, Phase.OFFICIAL, decision, seq)
            case Protest(scope=scope):
                state_of = self.published.list(scope)
                protests = {**state_of.protests, decision.id: Protested(decision=decision)}
                self.published.lists[scope] = replace(state_of, protests=protests)
            case CloseProtest(protest=ident):
                self._close(ident, decision)
            case _ as never:
                assert_never(never)

    def _certify(self, stage: str, decision: Decision, seq: int, sheet: StageSheet) -> None:
        before = self.published.certified.get(stage)
        moved = set(sheet.rows)
        if before is not None:
            moved = {change.car for change in stage_difference(before.rows, sheet.rows)}
        versions = self.published.times(stage).versions
        version = Version(
            number=len(versions) + 1,
            seq=seq,
            upto=sheet.place,
            digest=sheet.digest,
            decision=decision,
            moved=frozenset(moved),
        )
        self.published.stages[stage] = StageState(versions=(*versions, version))
        self.published.certified[stage] = self.stage_versions[stage, version.number] = sheet

    def _issue(self, scope: str, decision: Decision, seq: int, sheet: ListSheet) -> None:
        state = self.published.list(scope)
        before = self.published.issued.get(scope)
        moved = set(sheet.listed.rows)
        if before is not None:
            moved = {change.car for change in list_difference(before.listed, sheet.listed)}
        version = Version(
            number=len(state.versions) + 1,
            seq=seq,
            upto=sheet.place,
            digest=sheet.digest,
            decision=decision,
            moved=frozenset(moved),
        )
        self.published.lists[scope] = replace(
            state, phase=Phase.PROVISIONAL, versions=(*state.versions, version)
        )
        self.published.issued[scope] = self.list_versions[scope, version.number] = sheet

    def _move(self, scope: str, phase: Phase, decision: Decision, seq: int) -> None:
        state: ListState = self.published.list(scope)
        self.published.lists[scope] = replace(state, phase=phase, acts=(*state.acts, (seq, decision)))

    def _close(self, ident: str, decision: Decision) -> None:
        for scope, state in self.published.lists.items():
            if ident in state.protests:
                closed = replace(state.protests[ident], closed=decision)
                self.published.lists[scope] = replace(state, protests={**state.protests, ident: closed})
                return


def amendment(published: Published, stage: str, live: Mapping[str, StageResult]) -> tuple[Change, ...]:
    """Return what live results say otherwise than the certified ones, unless that was refused."""
    certified = published.certified.get(stage)
    if certified is None:
        return ()
    difference = stage_difference(certified.rows, live)
    refused = published.stages[stage].refused
    return () if refused and difference_digest(difference) in refused else difference


def times_of(published: Published, rally: Rally, stage: str) -> Times:
    """Return how far the times of a stage are published, given what the records say now."""
    if published.times(stage).version is None:
        return Times.LIVE
    return Times.AMENDMENT_PENDING if pending(published, rally, stage) else Times.CERTIFIED


def pending(published: Published, rally: Rally, stage: str) -> tuple[Change, ...]:
    """Return the amendment of a stage about which the Official Timekeeper has to decide; mostly empty."""
    if not rally.certified.moved(stage):
        return ()
    return amendment(published, stage, live_results(rally, stage))
