"""The standing decisions, by what they are about. Of several on the same thing the latest holds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from timing.core.decisions import (
    AssignCar,
    CancelStage,
    CorrectTime,
    Decision,
    Disqualify,
    MarkSpurious,
    Penalise,
    Reinstate,
    Restore,
    Retire,
    SetNotional,
)
from timing.core.entries import EntryList


@dataclass(frozen=True, slots=True)
class Ruled:
    """A decision and its place in the journal."""

    decision: Decision
    seq: int


@dataclass(frozen=True, slots=True)
class Subject:
    """What a decision is about: a stamp (by key), a car or a stage."""

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


_NOTHING = CarRulings()


def _later(ruled: Ruled) -> tuple[int, str]:
    return ruled.decision.at, ruled.decision.id


class Rulings:
    """An index over decisions. What it answers depends on the set of decisions, never their order."""

    def __init__(self, entries: EntryList) -> None:
        self._entries = entries
        self._by_id: dict[str, Ruled] = {}
        self._superseded: dict[str, set[str]] = {}
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
            if replaced in self._by_id:
                touched.append(self.subject(self._by_id[replaced].decision))
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
            if decision.supersedes in self._by_id:
                touched.append(self.subject(self._by_id[decision.supersedes].decision))
        return touched

    def subject(self, decision: Decision) -> Subject:
        """Return what a decision is about."""
        match decision.act:
            case AssignCar(stamp=stamp) | MarkSpurious(stamp=stamp) | Restore(stamp=stamp):
                return Subject("stamp", stamp)
            case CancelStage(stage=stage):
                return Subject("stage", stage)
            case (
                CorrectTime(car=car)
                | Penalise(car=car)
                | SetNotional(car=car)
                | Retire(car=car)
                | Reinstate(car=car)
                | Disqualify(car=car)
            ):
                return Subject("car", self._entries.find(car) or car)
            case _ as never:
                assert_never(never)

    def _standing(self, subject: Subject) -> list[Ruled]:
        found = self._about.get(subject)
        if not found:
            return []
        alive = [ruled for ident, ruled in found.items() if not self._superseded.get(ident)]
        return sorted(alive, key=_later)

    def stands(self, decision_id: str) -> bool:
        """Return whether a decision is known and no other supersedes it."""
        return decision_id in self._by_id and not self._superseded.get(decision_id)

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
        last = _last(self._standing(Subject("stage", stage)))
        if last is None or not isinstance(last.decision.act, CancelStage):
            return None
        return last if last.decision.act.cancelled else None

    def of_car(self, car: str) -> CarRulings:
        """Return all that stands about a car."""
        subject = Subject("car", car)
        if subject not in self._about:
            return _NOTHING
        if car not in self._cars:
            self._cars[car] = _sorted_out(self._standing(subject))
        return self._cars[car]


def _last(ruled: Iterable[Ruled]) -> Ruled | None:
    return max(ruled, key=_later, default=None)


def _sorted_out(standing: list[Ruled]) -> CarRulings:
    """Sort a car's standing decisions, given in order of time, by what they do."""
    corrections: dict[str, Ruled] = {}
    notional: dict[str, Ruled] = {}
    penalties: list[Ruled] = []
    competing: Ruled | None = None
    for ruled in standing:
        match ruled.decision.act:
            case CorrectTime(control=control):
                corrections[control] = ruled
            case SetNotional(stage=stage):
                notional[stage] = ruled
            case Penalise():
                penalties.append(ruled)
            case Retire() | Reinstate() | Disqualify():
                competing = ruled
            case _:
                pass
    return CarRulings(corrections, notional, tuple(penalties), competing)
