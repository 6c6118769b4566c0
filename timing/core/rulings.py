"""The standing decisions, by what they are about. Of several on the same thing the latest holds."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from timing.core.clock_acts import AcceptDevice, CorrectDevice, DropDevice
from timing.core.decisions import (
    AllowDelay,
    AllowTime,
    AssignCar,
    AssignStart,
    CancelStage,
    CorrectTime,
    Decision,
    Disqualify,
    ExtendLateness,
    FailStage,
    Interrupt,
    MarkSpurious,
    Penalise,
    RefuseStart,
    Reinstate,
    Restore,
    Retire,
    SetNotional,
    SetTarget,
    Withdraw,
)
from timing.core.device_acts import AssignDevice, AssignTracker
from timing.core.entries import EntryList
from timing.core.publication_acts import (
    AcceptAmendment,
    Certify,
    CloseProtest,
    Finalise,
    Issue,
    Protest,
    RefuseAmendment,
    Reopen,
    Suspend,
)


@dataclass(frozen=True, slots=True)
class Ruled:
    """A decision and its place in the journal."""

    decision: Decision
    seq: int


@dataclass(frozen=True, slots=True)
class Subject:
    """What a decision is about.

    A `stamp` (by key), a `car`, a `stage`, the `rally`, a `device` with its clock, a `decision` (by id);
    what is published of it: the `times` of a stage, a `list` (by scope).
    """

    kind: str
    id: str


#: The acts that settle whether a crew competes.
CompetingAct: TypeAlias = Retire | Reinstate | Disqualify


@dataclass(frozen=True, slots=True)
class CarRulings:
    """All that stands about one car."""

    corrections: dict[str, Ruled] = field(default_factory=dict)
    notional: dict[str, Ruled] = field(default_factory=dict)
    penalties: tuple[Ruled, ...] = ()
    competing: Ruled | None = None
    retirements: tuple[Ruled, ...] = ()
    """The retirements that stand, in order of time: those before a reinstatement are over."""
    delays: dict[str, Ruled] = field(default_factory=dict)
    """Official delay allowances by control."""
    time_allowances: dict[str, Ruled] = field(default_factory=dict)
    """TSD time allowances by stage."""
    starts: dict[str, Ruled] = field(default_factory=dict)
    """Assigned start instants by control."""
    refused: dict[str, Ruled] = field(default_factory=dict)
    """Starts refused, by stage."""
    failed: dict[str, Ruled] = field(default_factory=dict)
    """Stages not performed as prescribed."""


#: The one value for a car about which nothing was ruled.
NOTHING = CarRulings()


def later(ruled: Ruled) -> tuple[int, str]:
    """Return by what decisions are put in order: of several on the same thing the last one holds."""
    return ruled.decision.at, ruled.decision.id


class Rulings:
    """An index over decisions. What it answers depends on the set of decisions, never their order."""

    def __init__(self, entries: EntryList) -> None:
        self._entries = entries
        self._by_id: dict[str, Ruled] = {}
        self._superseded: dict[str, set[str]] = {}
        self._withdrawn: dict[str, set[str]] = {}
        self._about: dict[Subject, dict[str, Ruled]] = {}
        self._cars: dict[str, CarRulings] = {}

    def add(self, decision: Decision, seq: int) -> tuple[Subject, ...]:
        """Take in a decision (again, if it is another form of one known) and say what it touches."""
        touched: list[Subject] = []
        before = self._by_id.get(decision.id)
        if before is not None:
            touched += self._remove(before)
        ruled = Ruled(decision, seq)
        self._by_id[decision.id] = ruled
        subject = self.subject(decision)
        self._about.setdefault(subject, {})[decision.id] = ruled
        touched.append(subject)
        replaced = decision.supersedes
        if replaced is not None and replaced != decision.id:
            self._superseded.setdefault(replaced, set()).add(decision.id)
            touched += self._chain(replaced)
        if isinstance(decision.act, Withdraw):
            self._withdrawn.setdefault(decision.act.decision, set()).add(decision.id)
            touched += self._chain(decision.act.decision)
        # This decision may itself be known as superseded or withdrawn: what it would have moved moves.
        touched += self._chain(decision.id)
        for touch in touched:
            self._cars.pop(touch.id, None)
        return tuple(touched)

    def forget(self, decision_id: str) -> tuple[Subject, ...]:
        """Let a decision be as though it had never been told, and say what that touches."""
        ruled = self._by_id[decision_id]
        touched = [*self._remove(ruled), *self._chain(decision_id)]
        del self._by_id[decision_id]
        for touch in touched:
            self._cars.pop(touch.id, None)
        return tuple(touched)

    def _remove(self, ruled: Ruled) -> list[Subject]:
        decision = ruled.decision
        subject = self.subject(decision)
        self._about[subject].pop(decision.id, None)
        touched = [subject]
        if decision.supersedes is not None:
            self._superseded.get(decision.supersedes, set()).discard(decision.id)
            touched += self._chain(decision.supersedes)
        if isinstance(decision.act, Withdraw):
            self._withdrawn.get(decision.act.decision, set()).discard(decision.id)
            touched += self._chain(decision.act.decision)
        return touched

    def _chain(self, decision_id: str) -> list[Subject]:
        """What a decision, and all those that it replaces or takes back, are about."""
        touched: list[Subject] = []
        seen: set[str] = set()
        waiting: list[str | None] = [decision_id]
        while waiting:
            ident = waiting.pop()
            if ident is None or ident in seen or ident not in self._by_id:
                continue
            seen.add(ident)
            decision = self._by_id[ident].decision
            touched.append(self.subject(decision))
            waiting.append(decision.supersedes)
            if isinstance(decision.act, Withdraw):
                waiting.append(decision.act.decision)
        return touched

    def subject(self, decision: Decision) -> Subject:
        """Return what a decision is about."""
        match decision.act:
            case AssignCar(stamp=stamp) | MarkSpurious(stamp=stamp) | Restore(stamp=stamp):
                return Subject("stamp", stamp)
            case CancelStage(stage=stage) | Interrupt(stage=stage) | SetTarget(stage=stage):
                return Subject("stage", stage)
            case ExtendLateness():
                return Subject("rally", "")
            case Withdraw(decision=ident):
                return Subject("decision", ident)
            case Certify(stage=stage) | AcceptAmendment(stage=stage) | RefuseAmendment(stage=stage):
                return Subject("times", stage)
            case (
                Issue(scope=scope)
                | Suspend(scope=scope)
                | Finalise(scope=scope)
                | Reopen(scope=scope)
                | Protest(scope=scope)
            ):
                return Subject("list", scope)
            case CloseProtest(protest=ident):
                return Subject("decision", ident)
            case (
                CorrectDevice(device=device)
                | AcceptDevice(device=device)
                | DropDevice(device=device)
                | AssignDevice(device=device)
                | AssignTracker(device=device)
            ):
                return Subject("device", device)
            case (
                CorrectTime(car=car)
                | Penalise(car=car)
                | SetNotional(car=car)
                | Retire(car=car)
                | Reinstate(car=car)
                | Disqualify(car=car)
                | AllowDelay(car=car)
                | AllowTime(car=car)
                | AssignStart(car=car)
                | RefuseStart(car=car)
                | FailStage(car=car)
            ):
                return Subject("car", self._entries.find(car) or car)
            case _ as never:
                assert_never(never)

    def _standing(self, subject: Subject) -> list[Ruled]:
        found = self._about.get(subject)
        if not found:
            return []
        alive = [ruled for ident, ruled in found.items() if self.stands(ident)]
        return sorted(alive, key=later)

    def stands(self, decision_id: str) -> bool:
        """Return whether a decision is known, and neither superseded nor taken back.

        What a withdrawn decision had replaced stands again.
        """
        return self._stands(decision_id, frozenset())

    def _stands(self, ident: str, seen: frozenset[str]) -> bool:
        if ident not in self._by_id:
            return False
        if ident not in self._superseded and ident not in self._withdrawn:
            return True
        return not self._taken_back(ident, seen) and not self._replaced(ident, seen)

    def _taken_back(self, ident: str, seen: frozenset[str]) -> bool:
        if ident in seen:  # decisions that withdraw each other in a circle: none of them counts
            return True
        return any(self._stands(by, seen | {ident}) for by in self._withdrawn.get(ident, ()))

    def _replaced(self, ident: str, seen: frozenset[str]) -> bool:
        """Whether a decision is replaced by one that was not taken back, directly or by way of others."""
        if ident in seen:
            return True
        inside = seen | {ident}
        return any(
            not self._taken_back(by, inside) or self._replaced(by, inside)
            for by in self._superseded.get(ident, ())
        )

    def car_put_to(self, stamp: str) -> Ruled | None:
        """Return the decision that says whose stamp this is, or None."""
        return _last(
            r for r in self._standing(Subject("stamp", stamp)) if isinstance(r.decision.act, AssignCar)
        )

    def spurious(self, stamp: str) -> Ruled | None:
        """Return the decision that makes a stamp spurious, or None where it counts."""
        last = _last(
            r
            for r in self._standing(Subject("stamp", stamp))
            if isinstance(r.decision.act, MarkSpurious | Restore)
        )
        return last if last is not None and isinstance(last.decision.act, MarkSpurious) else None

    def cancelled(self, stage: str) -> Ruled | None:
        """Return the decision that cancels a stage, or None where it counts."""
        last = _last(
            r for r in self._standing(Subject("stage", stage)) if isinstance(r.decision.act, CancelStage)
        )
        if last is None or not isinstance(last.decision.act, CancelStage):
            return None
        return last if last.decision.act.cancelled else None

    def interruptions(self, stage: str) -> tuple[Ruled, ...]:
        """Return the standing interruptions of a stage in order of time."""
        standing = self._standing(Subject("stage", stage))
        return tuple(r for r in standing if isinstance(r.decision.act, Interrupt))

    def targets(self, stage: str) -> tuple[Ruled, ...]:
        """Return the standing corrections of a stage's ideal times in order of time: the last one holds."""
        standing = self._standing(Subject("stage", stage))
        return tuple(r for r in standing if isinstance(r.decision.act, SetTarget))

    def stops(self, stage: str) -> tuple[Interrupt, ...]:
        """Return what the standing interruptions of a stage say."""
        acts = (ruled.decision.act for ruled in self.interruptions(stage))
        return tuple(act for act in acts if isinstance(act, Interrupt))

    def lateness_extensions(self) -> tuple[Ruled, ...]:
        """Return the standing extensions of the limits of lateness in order of time."""
        return tuple(self._standing(Subject("rally", "")))

    def of_device(self, device: str) -> tuple[Ruled, ...]:
        """Return the standing decisions about a device's clock and place in order of time."""
        return tuple(self._standing(Subject("device", device)))

    def of_car(self, car: str) -> CarRulings:
        """Return all that stands about a car."""
        subject = Subject("car", car)
        if subject not in self._about:
            return NOTHING
        if car not in self._cars:
            self._cars[car] = _sorted_out(self._standing(subject))
        return self._cars[car]


def _last(ruled: Iterable[Ruled]) -> Ruled | None:
    return max(ruled, key=later, default=None)


def _sorted_out(standing: list[Ruled]) -> CarRulings:
    """Sort a car's standing decisions, given in order of time, by what they do."""
    found = CarRulings()
    penalties: list[Ruled] = []
    retirements: list[Ruled] = []
    competing: Ruled | None = None
    for ruled in standing:
        match ruled.decision.act:
            case CorrectTime(control=control):
                found.corrections[control] = ruled
            case SetNotional(stage=stage):
                found.notional[stage] = ruled
            case AllowDelay(control=control):
                found.delays[control] = ruled
            case AllowTime(stage=stage):
                found.time_allowances[stage] = ruled
            case AssignStart(control=control):
                found.starts[control] = ruled
            case RefuseStart(stage=stage):
                found.refused[stage] = ruled
            case FailStage(stage=stage):
                found.failed[stage] = ruled
            case Penalise():
                penalties.append(ruled)
            case Retire():
                competing = ruled
                retirements.append(ruled)
            case Reinstate() | Disqualify():
                competing = ruled
                retirements.clear()
            case _:
                pass
    return replace(found, penalties=tuple(penalties), competing=competing, retirements=tuple(retirements))
