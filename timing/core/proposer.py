"""Finds out what is to be proposed, from the sheets of all crews and the standing rulings.

Asked for now and then, never at each stamp: a record only leaves a note of what may be out of date.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from timing.core.decisions import CorrectTime, NotionalMethod, Penalise, SetNotional, TimeBasis
from timing.core.itinerary import ControlKind, Stage
from timing.core.line_book import LineBook
from timing.core.offers import Offers
from timing.core.proposals import Proposal
from timing.core.proposed_replacements import Replacements
from timing.core.proposed_restarts import CHARGES, Restarts
from timing.core.proposed_times import Times
from timing.core.readings import Source
from timing.core.results import Changes, ResultStatus
from timing.core.road import Road
from timing.core.rulings import Ruled, Rulings
from timing.core.runs import Runs
from timing.core.sheet import Sheet

#: Lines at which an electronic time is expected.
_LINES = frozenset({ControlKind.FF, ControlKind.REG_TEST, ControlKind.AVG_TRIAL})
_Place: TypeAlias = tuple[int, int, str]
#: What a proposal was made of: the crew's sheet, what stands, the versions of the stages it rests on.
_Token: TypeAlias = tuple[Sheet, Ruled | None, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Wants:
    """Where a crew's own sheet asks for a proposal: stages, lines, the charges of a restart."""

    stages: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    charges: bool = False


class Proposer:
    """The open proposals of one rally."""

    def __init__(self, road: Road, book: LineBook, rulings: Rulings, sheets: Mapping[str, Sheet]) -> None:
        self._road = road
        self._rulings = rulings
        self._sheets = sheets
        self._runs = Runs(road, rulings, sheets)
        self._offers = Offers(road, self._runs)
        self._times = Times(road, self._offers)
        self._restarts = Restarts(road, self._runs, rulings)
        self._replacements = Replacements(road, book, sheets)
        self._wants: dict[str, _Wants] = {}
        self._stopped: set[str] = set()
        self._known: tuple[Proposal, ...] | None = None
        self._stages_at: dict[str, frozenset[str]] = {
            control: frozenset(stages) for control, stages in road.event.itinerary.stages_at.items()
        }
        for stage, control in road.arrival_control.items():
            self._stages_at[control] = self._stages_at.get(control, frozenset()) | {stage}
        self._made: dict[tuple[str, str], tuple[_Token, Proposal | None]] = {}

    def note(self, changes: Changes) -> None:
        """Note what records may have changed."""
        if not (changes.cars or changes.stages or changes.controls):
            return
        self._known = None
        for car in changes.cars:
            self._wants.pop(car, None)
        stages = set(changes.stages)
        for control in changes.controls:
            # Another record may give the very same time.
            stages |= self._stages_at.get(control, frozenset())
        self._runs.renew(stages, changes.cars)
        for stage in changes.stages:
            self._stopped.discard(stage)
            if self._rulings.interruptions(stage):
                self._stopped.add(stage)

    def proposals(self) -> tuple[Proposal, ...]:
        """Return what is proposed now, in the order of the road and of the start."""
        if self._known is None:
            placed = sorted(self._all(), key=lambda pair: pair[0])
            self._known = tuple(proposal for _, proposal in placed)
        return self._known

    def _all(self) -> Iterator[tuple[_Place, Proposal]]:
        road = self._road
        asked: dict[tuple[str, str], None] = {}
        for car, sheet in self._sheets.items():
            if sheet.entry.course_car:
                continue
            wants = self._wants.get(car)
            if wants is None:
                wants = self._wants[car] = self._wanted(sheet)
            asked.update(dict.fromkeys((stage, car) for stage in wants.stages))
            for line in wants.lines:
                ruled = self._rulings.of_car(car).corrections.get(line)
                proposal = self._replacements.at(line, sheet, ruled)
                if proposal is not None:
                    yield (road.by_id[line].order, sheet.entry.order, ""), proposal
            if wants.charges:
                for proposal in self._restarts.charges(sheet):
                    order = road.by_id[proposal.control].order if proposal.control else len(road.controls)
                    yield (order, sheet.entry.order, proposal.text), proposal
        for stage_id in self._stopped:
            asked.update(dict.fromkeys((stage_id, car) for car in self._met(stage_id)))
        versions: dict[str, tuple[int, ...]] = {}
        for stage_id, car in asked:
            stage, sheet = road.event.itinerary.stages[stage_id], self._sheets[car]
            if stage_id not in versions:
                # Which stages count beside this one is the same for all crews.
                rests_on = self._offers.rests_on(stage, sheet)
                versions[stage_id] = tuple(self._runs.version(one) for one in rests_on)
            proposal = self._on_stage(stage, sheet, versions[stage_id])
            if proposal is not None:
                yield (road.by_id[stage.finish].order, sheet.entry.order, ""), proposal

    def _wanted(self, sheet: Sheet) -> _Wants:
        car = sheet.entry.car_number
        rulings = self._rulings.of_car(car)
        stages = [ident for ident, result in sheet.results.items() if result.status is ResultStatus.MISSING]
        stages += [
            ident
            for ident, ruled in rulings.notional.items()
            if ident in sheet.results and ident not in stages and _computed(ruled.decision.act)
        ]
        lines = [
            control
            for control, at in sheet.drive.chosen.items()
            if at.source == Source.H and self._road.by_id[control].kind in _LINES
        ]
        lines += [
            control
            for control, ruled in rulings.corrections.items()
            if isinstance(ruled.decision.act, CorrectTime)
            and ruled.decision.act.basis is TimeBasis.REPLACEMENT
            and control in self._road.by_id
        ]
        charged = any(
            isinstance(ruled.decision.act, Penalise) and ruled.decision.act.rule in CHARGES
            for ruled in rulings.penalties
        )
        return _Wants(tuple(stages), tuple(lines), sheet.restarted or charged)

    def _met(self, stage_id: str) -> Iterator[str]:
        """The crews that may have been met by an interruption: they have begun the stage."""
        finish = self._road.by_id[self._road.event.itinerary.stages[stage_id].finish]
        for car, sheet in self._sheets.items():
            begun = sheet.results[stage_id].status is not ResultStatus.PENDING
            if begun and not sheet.entry.course_car and not sheet.excused(finish):
                yield car

    def _on_stage(self, stage: Stage, sheet: Sheet, versions: tuple[int, ...]) -> Proposal | None:
        """What is proposed for a crew on a stage; made anew only where something it rests on changed."""
        car = sheet.entry.car_number
        standing = self._rulings.of_car(car).notional.get(stage.id)
        known = self._made.get((stage.id, car))
        if known is not None and known[0][0] is sheet and known[0][1:] == (standing, versions):
            return known[1]
        made = self._for_stage(stage, sheet, standing)
        self._made[stage.id, car] = (sheet, standing, versions), made
        return made

    def _for_stage(self, stage: Stage, sheet: Sheet, standing: Ruled | None) -> Proposal | None:
        """What is proposed for a crew on a stage: at most one thing."""
        if sheet.results[stage.id].status is ResultStatus.CANCELLED:
            return None
        if standing is not None:
            act = standing.decision.act
            if not isinstance(act, SetNotional) or not _computed(act):
                return None
            if act.method is NotionalMethod.RESTART:
                return self._restarts.stage(stage, sheet, standing)
            return self._times.again(stage, sheet, standing, act)
        if self._restarts.missed(stage, sheet):
            return self._restarts.stage(stage, sheet, None)
        return self._times.first(stage, sheet)


def _computed(act: object) -> bool:
    """Whether an act gives a value that a method computed from other results."""
    return isinstance(act, SetNotional) and act.method is not NotionalMethod.CLERK_VALUE
