"""One crew's sums over a part of the rally, before it is compared with others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from timing.core.entries import Entry
from timing.core.finishers import Finish
from timing.core.groups import UNSORTED, group_in
from timing.core.itinerary import StageKind
from timing.core.ordering import Merit
from timing.core.penalties import penalty_sum
from timing.core.preset import Better, Unit
from timing.core.results import (
    CORRECTED,
    NOTIONAL,
    PENALTY,
    REPLACEMENT,
    RESTARTED,
    UNDER_REVIEW,
    Amount,
    PenaltyRow,
    StandingStatus,
    in_mark_order,
)
from timing.core.road import Road
from timing.core.scopes import Selection
from timing.core.sheet import Sheet
from timing.core.stage_amounts import without_worst
from timing.core.stage_sums import StageSums
from timing.core.tie_breaks import TieKeys

#: Where the crews of a group stand; those that have a rank are 0.
_GROUPS = {status: place for place, status in enumerate(StandingStatus, start=1)}


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
        if self.total is None or self.status in UNSORTED:
            return (group,)
        total = -self.total if better is Better.HIGHEST else self.total
        merit: Merit = (group, -self.stages_done, self.fails, total)
        return (*merit, self.ties) if self.ranks and self.ties is not None else merit


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
        status, cause, stopped_at = group_in(selection, sheet, self._road, self._finish, closed=closed)
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
            stopped_at=stopped_at,
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

    def _marks(
        self, sheet: Sheet, sums: StageSums, rows: Iterable[PenaltyRow], *, under_review: bool
    ) -> tuple[str, ...]:
        marks: set[str] = set()
        if sums.notional & self._mask:
            marks.add(NOTIONAL)
        if sums.replaced & self._mask:
            marks.add(REPLACEMENT)
        if sums.corrected & self._mask:
            marks.add(CORRECTED)
        if any(row.amount or row.fails for row in rows):
            marks.add(PENALTY)
        if sheet.stop is not None and (sheet.restarted or sheet.stop.earlier):
            first = (*sheet.stop.earlier, sheet.stop)[0]
            if first.order <= self.selection.last:
                marks.add(RESTARTED)
        if under_review or (sums.unknown | sums.doubted) & self._mask or sheet.seen_after_stop:
            marks.add(UNDER_REVIEW)
        return in_mark_order(marks)
