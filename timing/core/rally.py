"""The fold: records in, results out. The only stateful class of the core.

State is indexes over records; results are caches. What the fold answers depends on the set of
records alone: any order of arrival, with any repetition, gives the same answers. References go by
record key, never by journal place; of two records with one key the one that came first into the
journal stands.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from timing.core.certified import Certified, Standing
from timing.core.classification import Rankings
from timing.core.clock_book import ClockBook
from timing.core.control_board import BoardMaker
from timing.core.decisions import Decision
from timing.core.derivation import Derivation
from timing.core.derivations import Derivations
from timing.core.emergencies import Emergencies
from timing.core.event import Event
from timing.core.explain import explain
from timing.core.instant import Duration, Instant
from timing.core.itinerary import StageKind
from timing.core.line_book import LineBook
from timing.core.matching import Matched
from timing.core.proposals import Proposal
from timing.core.proposer import Proposer
from timing.core.readings import Alert, Heartbeat, Remark, Stamp, SyncCheck
from timing.core.records import Heard, Record
from timing.core.results import (
    Changes,
    Classification,
    ControlState,
    CrewState,
    Explanation,
    ResultStatus,
    StageResult,
    StageStatus,
    StampState,
)
from timing.core.road import Road
from timing.core.rulings import Rulings, Subject
from timing.core.sheet import Sheet, SheetMaker, moved_stages
from timing.core.stage_facts import corrected_targets
from timing.core.stamps import Hit, Placed, place
from timing.core.starts import StageStart
from timing.core.times import moved_controls

_BEHIND_YOU = frozenset({ResultStatus.DONE, ResultStatus.HELD, ResultStatus.MISSING, ResultStatus.CANCELLED})


class Rally:
    """One rally as its records tell it."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self._road = Road(event)
        self._records: dict[str, Record] = {}
        self._rulings = Rulings(event.entries)
        self.clocks = ClockBook(event)
        self._book = LineBook(self._road, self._rulings, self.clocks.heeded)
        self._maker = SheetMaker(self._road)
        self._boards = BoardMaker(self._road, self._book)
        self._derivations = Derivations(self._road, self._rulings, self._book)
        self._emergencies = Emergencies(event.entries, self.clocks.table)
        self._cancelled: frozenset[str] = frozenset()
        self._sheets: dict[str, Sheet] = {car: self._sheet(car) for car in event.entries.by_number}
        self.certified = Certified()
        self._rankings = Rankings(self._road, self._sheets)
        self._proposer = Proposer(self._road, self._book, self._rulings, self._sheets, self._emergencies)

    # records in ------------------------------------------------------------------------------------

    def add(self, record: Record) -> Changes:
        """Take in one record and return what it may have changed; a repetition changes nothing."""
        return self.add_many((record,))

    def add_many(self, records: Iterable[Record]) -> Changes:
        """Take in records in any order, settling only once: the way to replay a journal."""
        cars: set[str] = set()
        stages: set[str] = set()
        heard = 0
        known, book = self._records, self._book
        for record in records:
            if record.received_at > heard:
                heard = record.received_at
            key, body = record.key, record.body
            again = key in known
            if again and known[key].seq <= record.seq:
                continue
            known[key] = record
            if isinstance(body, Stamp):
                if again or not book.take(record, body):
                    book.add(place(record, body, self.event, self.clocks), again=again)
            else:
                self._hear(body, record.seq, cars, stages)
        return self._settle(cars, stages, heard)

    @property
    def heard(self) -> Instant:
        """The newest instant at which a record was received."""
        return self._rankings.heard

    def forget(self, key: str, heard: Instant) -> Changes:
        """Let a decision be as though it had never been told, and `heard` be the newest reception.

        Raises:
            KeyError: there is no decision with this key.
        """
        decision = self._records.pop(key).body
        assert isinstance(decision, Decision)
        cars: set[str] = set()
        stages: set[str] = set()
        for subject in self._rulings.forget(decision.id):
            self._touch(subject, cars, stages)
        return Changes(standings=self._rankings.rewind(heard)) | self._settle(cars, stages, heard)

    def _settle(self, cars: set[str], stages: set[str], heard: Instant) -> Changes:
        if stages:
            self._cancelled = frozenset(s for s in self.event.itinerary.stages if self._rulings.cancelled(s))
            self._rankings.cancel(self._cancelled)
            corrected = {s: self._rulings.targets(s) for s in self.event.itinerary.stages}
            self._maker.correct_targets({s: ruled for s, ruled in corrected.items() if ruled})
            stops = {s: self._rulings.stops(s) for s in self.event.itinerary.stages}
            self._maker.interrupt({s: acts for s, acts in stops.items() if acts})
            cars.update(self._sheets)
        off = self.clocks.moved()
        if off:
            self._book.clock_moved(off, self._place_again)
        moved, controls = self._book.settle()
        cars |= moved
        return self._recompute(cars, stages, controls, heard)

    def _hear(self, body: Heard, seq: int, cars: set[str], stages: set[str]) -> None:
        match body:
            case Decision() as decision:
                for subject in self._rulings.add(decision, seq):
                    self._touch(subject, cars, stages)
            case Alert() as alert:
                car = self._emergencies.hear(alert, seq)
                if car is not None:
                    cars.add(car)
            case SyncCheck() as check:
                self.clocks.check(check, seq)
            case Heartbeat() | Remark():
                pass
            case _ as never:
                assert_never(never)

    def _place_again(self, key: str) -> Placed:
        record = self._records[key]
        assert isinstance(record.body, Stamp)
        return place(record, record.body, self.event, self.clocks)

    def _touch(self, subject: Subject, cars: set[str], stages: set[str]) -> None:
        match subject.kind:
            case "stamp":
                self._book.rule_on(subject.id)
            case "device":
                self.clocks.rule(subject.id, self._rulings.of_device(subject.id))
                cars |= self._emergencies.moved(subject.id)
            case "stage" if subject.id in self.event.itinerary.stages:
                stages.add(subject.id)
            case "rally":
                self._maker.extend_lateness(self._rulings.lateness_extensions())
                cars.update(self._sheets)
            case _ if subject.id in self._sheets:
                cars.add(subject.id)

    def _sheet(self, car: str) -> Sheet:
        return self._maker.make(
            self.event.entries.by_number[car],
            self._book.hits_of(car),
            self._rulings.of_car(car),
            self._cancelled,
            self._emergencies.of(car),
        )

    def _recompute(
        self, cars: Iterable[str], stages: set[str], controls: set[str], heard: Instant
    ) -> Changes:
        """Make the sheets of some cars anew, and forget the lists in which something moved."""
        changed: set[str] = set()
        touched = set(stages)
        standings = bool(stages)
        for car in cars:
            if car not in self._sheets:
                continue
            before, after = self._sheets[car], self._sheet(car)
            self._sheets[car] = after
            moved = moved_stages(before, after)
            touched |= moved
            controls |= moved_controls(before.drive, after.drive)
            if moved or before.standing_facts != after.standing_facts:
                standings = True
            if before.out != after.out:
                # How many crews each stage still expects.
                touched |= self.event.itinerary.stages.keys()
            changed.add(car)
        self._rankings.update(self.certified.shown(self._sheets[car]) for car in changed)
        standings |= self._rankings.hear(heard)
        changes = Changes(frozenset(changed), frozenset(touched), frozenset(controls), standings)
        self._proposer.note(changes)
        return changes

    def stand(self, standing: Standing) -> Changes:
        """Let certified results and issued lists stand and count, whatever the records come to say."""
        new, moved = self.certified.stand(standing, self._sheets)
        self._rankings.update(self.certified.shown(self._sheets[car]) for car in moved)
        return Changes(cars=moved, stages=new & self.event.itinerary.stages.keys(), standings=bool(new))

    # results out -----------------------------------------------------------------------------------

    def live_classification(self, scope: str) -> Classification:
        """Return a classification from certified and live results, also where it is issued."""
        return self._rankings.classification(scope)

    def record(self, key: str) -> Record | None:
        """Return the record with this key."""
        return self._records.get(key)

    def stage_results(self, stage_id: str) -> Mapping[str, StageResult]:
        """Return the results of a stage by car in display order; crews that have not begun are left out.

        Raises:
            KeyError: there is no such stage.
        """
        return self._rankings.stage_results(stage_id)

    def stage_result(self, stage_id: str, car: str) -> StageResult | None:
        """Return a crew's result on a stage, or None where it has not begun it."""
        return self.stage_results(stage_id).get(car)

    def stage_status(self, stage_id: str) -> StageStatus:
        """Return how far a stage is; complete when nobody who still competes has it before them."""
        if stage_id in self._cancelled:
            return StageStatus.CANCELLED
        done, expected = self.stage_progress(stage_id)
        if expected and done >= expected:
            return StageStatus.COMPLETE
        return StageStatus.RUNNING if self.stage_results(stage_id) else StageStatus.SCHEDULED

    def stage_progress(self, stage_id: str) -> tuple[int, int]:
        """Return how many crews have a stage behind them, and how many are expected in all."""
        done = expected = 0
        for sheet in self._sheets.values():
            if sheet.entry.course_car:
                continue
            behind = sheet.results[stage_id].status in _BEHIND_YOU
            done += behind
            expected += behind or not sheet.out
        return done, expected

    def scopes(self) -> tuple[str, ...]:
        """Return the names of all classifications, such as `overall`, `leg-N`, `class-ID`, `teams`."""
        return self._rankings.scopes()

    def classification(self, scope: str) -> Classification:
        """Return a classification as it stands: the issued one, else as it is now.

        Raises:
            KeyError: there is no such scope.
        """
        issued = self.certified.lists.get(scope)
        return self._rankings.classification(scope) if issued is None else issued

    def why_ahead(self, scope: str, ahead: str, behind: str) -> str:
        """Return in words which tie-break parts two crews of equal totals in a list, else nothing.

        Raises:
            KeyError: there is no such list of crews, or no such car.
        """
        return self._rankings.why_ahead(scope, ahead, behind)

    def crew_state(self, car: str) -> CrewState:
        """Return where a crew is, what is next for it, and its penalty list.

        Raises:
            KeyError: there is no such car.
        """
        return self._boards.crew_state(self._sheets[car])

    def sheet(self, car: str) -> Sheet:
        """Return everything that follows from a car's own records.

        Raises:
            KeyError: there is no such car.
        """
        return self._sheets[car]

    def target(self, stage_id: str) -> Duration | None:
        """Return the target of a test: the printed one, or the ideal time that an official put right.

        Raises:
            KeyError: there is no such stage.
        """
        stage = self.event.itinerary.stages[stage_id]
        if stage.kind is not StageKind.REG_TEST:
            return stage.target
        return corrected_targets(stage, self._rulings.targets(stage_id)).get(stage.finish, stage.target)

    def hits_of(self, car: str) -> Mapping[str, Sequence[Hit]]:
        """Return a car's stamps by control, in order of time."""
        return self._book.hits_of(car)

    def stage_start(self, stage_id: str, car: str) -> StageStart | None:
        """Return the start instant of a car on a special stage, as far as it is known."""
        return self._sheets[car].drive.starts.get(stage_id)

    def due(self, control_id: str, car: str) -> Instant | None:
        """Return when a car is due at a control: printed, computed or estimated from its last time."""
        return self._boards.due(self._sheets[car], self.event.itinerary.controls[control_id])

    def control_state(self, control_id: str) -> ControlState:
        """Return who is due at a control, who was seen, and each stamp with what became of it.

        Raises:
            KeyError: there is no such control.
        """
        return self._boards.state(self.event.itinerary.controls[control_id], self._sheets)

    def matched(self, control_id: str) -> Matched:
        """Return the stamps of a control that count: each car's, and those that are nobody's yet.

        Raises:
            KeyError: there is no such control.
        """
        return self._book.matched(control_id)

    def nobodys_stamps(self, control_id: str) -> Sequence[Placed]:
        """Return the stamps at a control that count and belong to no car, in order of time."""
        return self._boards.nobodys(self.event.itinerary.controls[control_id])

    def unplaced_stamps(self) -> Mapping[str, StampState]:
        """Return the stamps that belong to no control: no assignment of the device held at their instant."""
        return self._boards.unplaced()

    def proposals(self) -> tuple[Proposal, ...]:
        """Return what officials may accept: values that rest on other crews, and what no longer holds."""
        return self._proposer.proposals()

    def explain(self, stage_id: str, car: str) -> Explanation:
        """Return why a crew's result on a stage is what it is.

        Raises:
            KeyError: there is no such stage or car.
        """
        stage, sheet = self.event.itinerary.stages[stage_id], self._sheets[car]
        result = self.stage_result(stage_id, car) or sheet.results[stage_id]
        states = {line: self.control_state(line).stamps for line in stage.lines}
        derivation = self._derivations.of_result(stage_id, sheet)
        return explain(self._road, stage, sheet, result, states, self._rulings, derivation)

    def derivation(self, stage_id: str, car: str) -> Derivation:
        """Return how a crew's result on a stage came about, as data.

        Raises:
            KeyError: there is no such stage or car.
        """
        return self._derivations.of_result(stage_id, self._sheets[car])

    def derivation_of_check_in(self, control_id: str, car: str) -> Derivation:
        """Return what a crew's check-in at a time control cost, and how that came about.

        Raises:
            KeyError: there is no such time control or car.
        """
        return self._derivations.of_check_in(control_id, self._sheets[car])

    def derivations_of_penalties(self, car: str) -> tuple[Derivation, ...]:
        """Return how each row of a crew's penalty list came about.

        Raises:
            KeyError: there is no such car.
        """
        return self._derivations.of_rows(self._sheets[car], self._cancelled)

    def derivation_of_total(self, scope: str, car: str) -> Derivation:
        """Return how the total of a crew or team in a list comes about, from certified and live results.

        Raises:
            KeyError: there is no such list, or it is not in it.
        """
        return self._derivations.of_total(self._rankings, scope, car, self._cancelled)

    def derivation_of_rank(self, scope: str, car: str) -> Derivation:
        """Return how the place of a crew or team in a list comes about, with the tie-break that decides.

        Raises:
            KeyError: there is no such list, or it is not in it.
        """
        return self._derivations.of_rank(self._rankings, scope, car)

    def derivation_of_stage_rank(self, stage_id: str, car: str) -> Derivation:
        """Return how a crew's place on a stage comes about.

        Raises:
            KeyError: there is no such stage, or the crew has not begun it.
        """
        return self._derivations.of_stage_rank(self._rankings, stage_id, car)
