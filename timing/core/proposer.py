"""Finds out what is to be proposed, from the sheets of all crews and the standing rulings.

Asked for now and then, never at each stamp: a record only leaves a note of what may be out of date.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from timing.core.decisions import CorrectTime, NotionalMethod, Penalise, SetNotional, TimeBasis
from timing.core.emergencies import Emergencies
from timing.core.itinerary import ControlKind, Stage
from timing.core.line_book import LineBook
from timing.core.offers import Offers
from timing.core.proposals import Proposal
from timing.core.proposed_aid import Aid
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
    """Where a crew's own sheet asks for a proposal.

    `by_hand` are the lines where its time is a hand time, `replaced` those with a replacement time.
    """

    stages: tuple[str, ...] = ()
    by_hand: frozenset[str] = frozenset()
    replaced: tuple[str, ...] = ()
    charges: bool = False


_NOTHING = _Wants()


class Proposer:
    """The open proposals of one rally."""

    def __init__(
        self,
        road: Road,
        book: LineBook,
        rulings: Rulings,
        sheets: Mapping[str, Sheet],
        emergencies: Emergencies,
    ) -> None:
        self._road = road
        self._rulings = rulings
        self._sheets = sheets
        self._runs = Runs(road, rulings, sheets)
        self._offers = Offers(road, self._runs)
        self._times = Times(road, self._offers)
        self._restarts = Restarts(road, self._runs, rulings)
        self._replacements = Replacements(road, book, sheets)
        self._aid = Aid(road, rulings, sheets, emergencies)
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
        # The order of starts decides which neighbours a hand time at the finish has.
        finishes = {self._road.event.itinerary.stages[stage].finish for stage in stages}
        self._replacements.renew(finishes | changes.controls)
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
        """The open proposals with their places."""
        asking = {car: self._asks(car) for car, sheet in self._sheets.items() if not sheet.entry.course_car}
        asking = {car: wants for car, wants in asking.items() if wants is not _NOTHING}
        yield from self._at_lines(asking)
        for found in self._aid.proposals():
            yield self._placed(found, found.control, found.car)
        for car, wants in asking.items():
            for proposal in self._restarts.charges(self._sheets[car]) if wants.charges else ():
                yield self._placed(proposal, proposal.control, car)
        asked = dict.fromkeys((stage, car) for car, wants in asking.items() for stage in wants.stages)
        for ident in self._stopped:
            asked.update(dict.fromkeys((ident, car) for car in self._met(ident)))
        yield from self._on_stages(asked)

    def _asks(self, car: str) -> _Wants:
        wants = self._wants.get(car)
        if wants is None:
            wants = self._wants[car] = self._wanted(self._sheets[car])
        return wants

    def _at_lines(self, asking: Mapping[str, _Wants]) -> Iterator[tuple[_Place, Proposal]]:
        by_hand: set[str] = set().union(*(wants.by_hand for wants in asking.values()))
        # Where everybody was timed by hand alone there is nothing to correct a hand time by.
        measured = self._replacements.measured(by_hand)
        for car, wants in asking.items():
            for line in (*(wants.by_hand & measured), *wants.replaced):
                ruled = self._rulings.of_car(car).corrections.get(line)
                proposal = self._replacements.at(line, self._sheets[car], ruled)
                if proposal is not None:
                    yield self._placed(proposal, line, car)

    def _on_stages(self, asked: Iterable[tuple[str, str]]) -> Iterator[tuple[_Place, Proposal]]:
        stages = self._road.event.itinerary.stages
        versions: dict[str, tuple[int, ...]] = {}
        for ident, car in asked:
            stage, sheet = stages[ident], self._sheets[car]
            if ident not in versions:
                # Which stages count beside this one is the same for all crews.
                rests_on = self._offers.rests_on(stage, sheet)
                versions[ident] = tuple(self._runs.version(one) for one in rests_on)
            proposal = self._on_stage(stage, sheet, versions[ident])
            if proposal is not None:
                yield self._placed(proposal, stage.finish, car)

    def _placed(self, proposal: Proposal, control: str | None, car: str) -> tuple[_Place, Proposal]:
        """A proposal with its place: by the road, then by the order of start."""
        at = self._road.by_id.get(control or "")
        order = at.order if at is not None else len(self._road.controls)
        return (order, self._sheets[car].entry.order, proposal.text), proposal

    def _wanted(self, sheet: Sheet) -> _Wants:
        car = sheet.entry.car_number
        rulings = self._rulings.of_car(car)
        stages = [ident for ident, result in sheet.results.items() if result.status is ResultStatus.MISSING]
        stages += [
            ident
            for ident, ruled in rulings.notional.items()
            if ident in sheet.results and ident not in stages and _computed(ruled.decision.act)
        ]
        by_hand = frozenset(
            control
            for control, at in sheet.drive.chosen.items()
            if at.source == Source.H and self._road.by_id[control].kind in _LINES
        )
        replaced = tuple(
            control
            for control, ruled in rulings.corrections.items()
            if isinstance(ruled.decision.act, CorrectTime)
            and ruled.decision.act.basis is TimeBasis.REPLACEMENT
            and control in self._road.by_id
        )
        charged = any(
            isinstance(ruled.decision.act, Penalise) and ruled.decision.act.rule in CHARGES
            for ruled in rulings.penalties
        )
        wants = _Wants(tuple(stages), by_hand, replaced, sheet.restarted or charged)
        return _NOTHING if wants == _NOTHING else wants

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
