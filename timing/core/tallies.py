"""One crew's sums over a part of the rally, before it is compared with others.

The sums of a crew are kept by stage, so that a new sheet costs only what is new on it; they come to
the same as if they were made from the sheet alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from timing.core.entries import Entry
from timing.core.finishers import Finish
from timing.core.itinerary import Stage, StageKind
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


def _stands_for_stage(row: PenaltyRow) -> bool:
    """Whether a penalty is for a whole stage, not for something at one of its controls (a false start)."""
    return row.stage is not None and row.control is None and not row.undecided


class StageSums:
    """What one crew's results on all stages add, kept by stage: only what is new is counted again.

    The bits and amounts go by the place of the stage among those of the road.
    """

    __slots__ = (
        "_places",
        "_plain",
        "_preset",
        "_ruled",
        "_sheet",
        "amounts",
        "done",
        "lacking",
        "notional",
        "unknown",
    )

    def __init__(self, stages: Sequence[Stage], preset: Preset) -> None:
        self._places = tuple([(index, 1 << index, stage) for index, stage in enumerate(stages)])
        self._preset = preset
        # The commonest kind of counting needs no look at the regulations for each result.
        self._plain = preset.unit is Unit.POINTS and preset.coefficient_mode is CoefficientMode.NONE
        self._sheet: Sheet | None = None
        self._ruled: frozenset[str | None] = frozenset()
        self.amounts: list[Amount | None] = [None] * len(stages)
        self.done = self.lacking = self.notional = self.unknown = 0

    def follow(self, sheet: Sheet) -> None:
        """Bring the sums up to a sheet."""
        before = self._sheet
        if before is sheet:
            return
        ruled = frozenset([row.stage for row in sheet.rows if _stands_for_stage(row)])
        turned = ruled ^ self._ruled
        self._sheet, self._ruled = sheet, ruled
        results, known = sheet.results, before.results if before is not None else {}
        entry, preset, plain, amounts = sheet.entry, self._preset, self._plain, self.amounts
        done, lacking, notional, unknown = self.done, self.lacking, self.notional, self.unknown
        # One plain loop: after a restart it runs once for each crew and stage of the rally.
        for index, bit, stage in self._places:
            ident = stage.id
            result = results[ident]
            if known:
                if known[ident] is result and ident not in turned:
                    continue
                others = ~bit
                done, lacking, notional, unknown = (
                    done & others,
                    lacking & others,
                    notional & others,
                    unknown & others,
                )
            amount: Amount | None = None
            if result.status is ResultStatus.DONE:
                done |= bit
                if plain and stage.kind is not StageKind.SS:
                    amount = result.points
                else:
                    amount = stage_amount(stage, result, entry, preset)
                # In a rally of scores a result without one waits for an official (no table is published).
                if amount is None and preset.unit is Unit.SCORE:
                    unknown |= bit
            elif result.status in _OPEN:
                # An official's penalty for the stage stands for the result that is lacking.
                if ident in ruled:
                    done |= bit
                else:
                    lacking |= bit
            amounts[index] = amount
            if result.marks and NOTIONAL in result.marks:
                notional |= bit
        self.done, self.lacking, self.notional, self.unknown = done, lacking, notional, unknown


class Counter:
    """Tallies the crews over one selection."""

    def __init__(self, road: Road, selection: Selection, finish: Finish) -> None:
        self.selection = selection
        self._road = road
        self._finish = finish
        self._preset = road.event.preset
        inside = {stage.id for stage in selection.stages}
        self._places = tuple(index for index, stage in enumerate(road.stages) if stage.id in inside)
        self._mask = sum(1 << index for index in self._places)

    def tally(self, sheet: Sheet, sums: StageSums, *, closed: bool) -> Tally:
        """Return the sums of a crew.

        Args:
            sheet: the crew's sheet.
            sums: what the results on it add, with or without the coefficient.
            closed: whether the final control has closed.
        """
        selection, preset = self.selection, self._preset
        rows = [row for row in sheet.rows if selection.counts(row)]
        undecided = any([row.undecided for row in rows])
        # A time control without an entry is often only a marshal without a network: the crew keeps its
        # place, marked, until an official decides. What is lacking of a stage leaves its time unknown.
        complete = not sums.lacking & self._mask and not (
            undecided and any(row.undecided and row.stage is not None for row in rows)
        )
        status, cause = self._status(sheet, closed=closed)
        penalties = penalty_sum(rows, preset.unit)
        return Tally(
            entry=sheet.entry,
            status=status,
            total=self._total(sums, penalties),
            penalties=penalties,
            fails=sum([row.fails for row in rows]) if preset.fails else 0,
            done=sums.done & self._mask,
            complete=complete,
            marks=self._marks(sheet, sums, rows, under_review=undecided or not complete),
            ties=TieKeys(sheet, selection.stages, self._road.by_id, preset.tie_breaks),
            stopped_at=self._stopped_at(sheet) if status is not StandingStatus.CLASSIFIED else "",
            cause=cause,
        )

    def _total(self, sums: StageSums, penalties: Amount | None) -> Amount | None:
        """Stage amounts and penalties, which raise a total where the lowest wins and lower a score."""
        preset, amounts = self._preset, sums.amounts
        if penalties is None:
            return None
        counted: Sequence[Amount] = [
            amount for index in self._places if (amount := amounts[index]) is not None
        ]
        if preset.drop_worst:
            counted = self._without_worst(amounts)
        match preset.unit:
            case Unit.SECONDS:
                return sum([int(value) for value in counted]) + int(penalties)
            case Unit.POINTS:
                return sum(counted, Decimal(0)) + penalties
            case Unit.SCORE:
                return sum(counted, Decimal(0)) - penalties
            case Unit.NONE:
                return None

    def _without_worst(self, amounts: Sequence[Amount | None]) -> list[Amount]:
        """The amounts that count where a crew may drop its worst tests: a special stage is never dropped."""
        kept: list[Amount] = []
        tests: list[Amount] = []
        for index in self._places:
            amount = amounts[index]
            if amount is not None:
                special = self._road.stages[index].kind is StageKind.SS
                (kept if special else tests).append(amount)
        return [*kept, *without_worst(tests, self._preset.drop_worst, self._preset.better)]

    def _status(self, sheet: Sheet, *, closed: bool) -> tuple[StandingStatus, str]:
        """The group of a crew in this list, and why."""
        selection = self.selection
        if not self._competes(sheet):
            return (sheet.stop.status if sheet.stop is not None else sheet.standing), sheet.cause
        if selection.part is Part.WHOLE and self._finish.over(sheet, closed=closed):
            lacking = self._finish.lacking(sheet)
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
        selection = self.selection
        # Giving up behind the last control of a part is no part of it; being over time there is.
        if stop.order + (stop.status is StandingStatus.RETIRED) > selection.last:
            return selection.part is not Part.WHOLE or sheet.restarted
        return sheet.restarted and (selection.part is Part.WHOLE or stop.order < selection.first)

    def _stopped_at(self, sheet: Sheet) -> str:
        if sheet.stop is None or sheet.stop.order < 0:
            return ""
        return self._road.controls[sheet.stop.order].id

    def _marks(
        self, sheet: Sheet, sums: StageSums, rows: Iterable[PenaltyRow], *, under_review: bool
    ) -> tuple[str, ...]:
        marks: set[str] = set()
        if sums.notional & self._mask:
            marks.add(NOTIONAL)
        if any(row.amount or row.fails for row in rows):
            marks.add(PENALTY)
        if sheet.restarted and (sheet.stop is None or sheet.stop.order <= self.selection.last):
            marks.add(RESTARTED)
        if under_review or sums.unknown & self._mask or sheet.seen_after_stop:
            marks.add(UNDER_REVIEW)
        return in_mark_order(marks)


def without_coefficients(preset: Preset) -> Preset:
    """Return the regulations as if no car had a coefficient."""
    return replace(preset, coefficient_mode=CoefficientMode.NONE)
