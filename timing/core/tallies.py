"""One crew's sums over a part of the rally, before it is compared with others.

The sums of a crew are kept by stage, so that a new sheet costs only what is new on it; they come to
the same as if they were made from the sheet alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from timing.core.entries import Entry
from timing.core.finishers import Finish
from timing.core.itinerary import Stage
from timing.core.ordering import Merit
from timing.core.penalties import penalty_sum
from timing.core.preset import Better, CoefficientMode, Preset, Unit
from timing.core.results import (
    NOTIONAL,
    PENALTY,
    RESTARTED,
    UNDER_REVIEW,
    Amount,
    PenaltyRow,
    ResultStatus,
    StageResult,
    StandingStatus,
    in_mark_order,
)
from timing.core.road import Road
from timing.core.scopes import Part, Selection
from timing.core.sheet import Sheet
from timing.core.stage_amounts import stage_amount, without_worst
from timing.core.tie_breaks import TieKeys

#: Where the crews of a group stand; those that have a rank are 0.
_GROUPS = {status: place for place, status in enumerate(StandingStatus, start=1)}
_OPEN = frozenset({ResultStatus.MISSING, ResultStatus.HELD})
#: Lists in which it does not matter how far a crew got.
_UNSORTED = frozenset({StandingStatus.DNS, StandingStatus.DSQ})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A crew's sums. `done` has a bit for each stage of the selection that counts as done.

    `total` is None where nothing is counted, as in a tour. `complete` is False while a time is
    missing or held or a penalty for a stage is undecided: then the crew has no place.
    """

    entry: Entry
    status: StandingStatus
    total: Amount | None
    penalties: Amount | None
    done: int
    complete: bool
    marks: tuple[str, ...] = ()
    fails: int = 0
    ties: TieKeys | None = None
    stopped_at: str = ""
    cause: str = ""

    @property
    def stages_done(self) -> int:
        """How many stages count as done."""
        return self.done.bit_count()

    @property
    def ranks(self) -> bool:
        """Whether a crew has a place: it competes, has done something and nothing of it is open."""
        return (
            self.status is StandingStatus.CLASSIFIED
            and self.complete
            and bool(self.done)
            and self.total is not None
        )

    def merit(self, better: Better) -> Merit:
        """Return what orders the crews; lower is better.

        By group; then more stages done, since totals over different stages do not compare; then
        fewer fails, the total and the tie-breaks. Crews that did not start or are disqualified, and
        all crews where nothing is counted, stand in start order.
        """
        group = 0 if self.ranks else _GROUPS[self.status]
        if self.total is None or self.status in _UNSORTED:
            return (group,)
        total = -self.total if better is Better.HIGHEST else self.total
        merit: Merit = (group, -self.stages_done, self.fails, total)
        return (*merit, self.ties) if self.ranks and self.ties is not None else merit


class Counter:
    """What the tallies of one selection have in common: its stages, and the rules of counting."""

    def __init__(self, road: Road, selection: Selection, finish: Finish) -> None:
        preset = road.event.preset
        self.road = road
        self.selection = selection
        self.finish = finish
        self.preset: Preset = preset if selection.weighed else _unweighed(preset)

    def amount(self, index: int, result: StageResult, entry: Entry) -> Amount | None:
        """Return what a result on the selection's stage with this index adds."""
        return stage_amount(self.selection.stages[index], result, entry, self.preset)


def _unweighed(preset: Preset) -> Preset:
    return replace(preset, coefficient_mode=CoefficientMode.NONE)


class CrewSums:
    """The sums of one crew over one selection, kept by stage."""

    __slots__ = ("_amounts", "_counter", "_done", "_lacking", "_notional", "_open", "_ruled", "_sheet")

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._sheet: Sheet | None = None
        self._amounts: list[Amount | None] = [None] * len(counter.selection.stages)
        self._done = self._lacking = self._notional = self._open = 0
        self._ruled: frozenset[str] = frozenset()

    def tally(self, sheet: Sheet, *, closed: bool) -> Tally:
        """Return the sums of a crew's newest sheet; `closed` says that the final control has closed."""
        counter = self._counter
        selection, preset = counter.selection, counter.preset
        rows = [row for row in sheet.rows if selection.counts(row)]
        self._follow(sheet, rows)
        undecided = any(row.undecided for row in rows)
        # A time control without an entry is often only a marshal without a network: the crew keeps its
        # place, marked, until an official decides. What is lacking of a stage leaves its time unknown.
        complete = not self._lacking and not (
            undecided and any(row.undecided and row.stage is not None for row in rows)
        )
        status, cause = self._status(sheet, closed=closed)
        penalties = penalty_sum(rows, preset.unit)
        return Tally(
            entry=sheet.entry,
            status=status,
            total=self._total(penalties),
            penalties=penalties,
            fails=sum([row.fails for row in rows]) if preset.fails else 0,
            done=self._done,
            complete=complete,
            marks=self._marks(sheet, rows, under_review=undecided or not complete),
            ties=TieKeys(sheet, selection.stages, counter.road.by_id, preset.tie_breaks),
            stopped_at=self._stopped_at(sheet) if status is not StandingStatus.CLASSIFIED else "",
            cause=cause,
        )

    def _follow(self, sheet: Sheet, rows: Iterable[PenaltyRow]) -> None:
        """Bring the sums up to a sheet: only stages whose results or rulings are new are counted again."""
        before = self._sheet
        ruled = frozenset([row.stage for row in rows if row.stage is not None and row.amount is not None])
        turned = ruled ^ self._ruled
        self._sheet, self._ruled = sheet, ruled
        for index, stage in enumerate(self._counter.selection.stages):
            result = sheet.results[stage.id]
            if before is not None and before.results[stage.id] is result and stage.id not in turned:
                continue
            self._count(index, stage, result, sheet.entry)

    def _count(self, index: int, stage: Stage, result: StageResult, entry: Entry) -> None:
        bit = 1 << index
        done, lacking, unknown = False, False, False
        amount: Amount | None = None
        if result.status is ResultStatus.DONE:
            done = True
            amount = self._counter.amount(index, result, entry)
            # In a rally of scores a result without one waits for an official (no table is published).
            unknown = amount is None and self._counter.preset.unit is Unit.SCORE
        elif result.status in _OPEN:
            # An official's penalty for the stage stands for the result that is lacking.
            done = stage.id in self._ruled
            lacking = not done
        self._amounts[index] = amount
        self._done = self._done | bit if done else self._done & ~bit
        self._lacking = self._lacking | bit if lacking else self._lacking & ~bit
        self._open = self._open | bit if unknown else self._open & ~bit
        notional = NOTIONAL in result.marks
        self._notional = self._notional | bit if notional else self._notional & ~bit

    def _total(self, penalties: Amount | None) -> Amount | None:
        """Stage amounts and penalties, which raise a total where the lowest wins and lower a score."""
        preset = self._counter.preset
        if penalties is None:
            return None
        counted: Sequence[Amount] = [amount for amount in self._amounts if amount is not None]
        counted = without_worst(counted, preset.drop_worst, preset.better)
        match preset.unit:
            case Unit.SECONDS:
                return sum([int(value) for value in counted]) + int(penalties)
            case Unit.POINTS:
                return sum(counted, Decimal(0)) + penalties
            case Unit.SCORE:
                return sum(counted, Decimal(0)) - penalties
            case Unit.NONE:
                return None

    def _status(self, sheet: Sheet, *, closed: bool) -> tuple[StandingStatus, str]:
        """The group of a crew in this list, and why."""
        selection = self._counter.selection
        if not self._competes(sheet):
            return (sheet.stop.status if sheet.stop is not None else sheet.standing), sheet.cause
        finish = self._counter.finish
        if selection.part is Part.WHOLE and finish.over(sheet, closed=closed):
            lacking = finish.lacking(sheet)
            if lacking:
                return StandingStatus.NOT_CLASSIFIED, lacking
        return StandingStatus.CLASSIFIED, ""

    def _competes(self, sheet: Sheet) -> bool:
        """Whether a crew is in its place in this list.

        A crew that fell out later on has done this part; one that was let in again is back in its
        place, marked, in all lists but that of the part where it fell out.
        """
        stop = sheet.stop
        if stop is None:
            return sheet.standing is StandingStatus.CLASSIFIED
        if stop.status in _UNSORTED:
            return False
        selection = self._counter.selection
        # Giving up behind the last control of a part is no part of it; being over time there is.
        if stop.order + (stop.status is StandingStatus.RETIRED) > selection.last:
            return selection.part is not Part.WHOLE or sheet.restarted
        return sheet.restarted and (selection.part is Part.WHOLE or stop.order < selection.first)

    def _stopped_at(self, sheet: Sheet) -> str:
        if sheet.stop is None or sheet.stop.order < 0:
            return ""
        return self._counter.road.controls[sheet.stop.order].id

    def _marks(self, sheet: Sheet, rows: Iterable[PenaltyRow], *, under_review: bool) -> tuple[str, ...]:
        marks: set[str] = set()
        if self._notional:
            marks.add(NOTIONAL)
        if any(row.amount or row.fails for row in rows):
            marks.add(PENALTY)
        if sheet.restarted and (sheet.stop is None or sheet.stop.order <= self._counter.selection.last):
            marks.add(RESTARTED)
        if under_review or self._open or sheet.seen_after_stop:
            marks.add(UNDER_REVIEW)
        return in_mark_order(marks)
