"""Comparing cars: ranks on a stage, and the classifications with their gaps and tie-breaks.

Equal values share a rank and the next is skipped (1, 1, 3). Ranking uses official values only,
which are already cut: what is shown as equal is equal.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from timing.core.entries import Entry
from timing.core.instant import SECOND
from timing.core.itinerary import Stage, StageKind
from timing.core.penalties import penalty_sum
from timing.core.preset import Better, CoefficientMode, Preset, TieBreak, Unit
from timing.core.results import (
    NOTIONAL,
    PENALTY,
    RESTARTED,
    UNDER_REVIEW,
    Amount,
    Classification,
    ResultStatus,
    StageResult,
    Standing,
    StandingStatus,
    in_mark_order,
)
from timing.core.sheet import Sheet

#: One comparator's value; lower is better.
Key: TypeAlias = tuple[int | Decimal, ...]

_LISTED = (
    ResultStatus.DONE,
    ResultStatus.RUNNING,
    ResultStatus.HELD,
    ResultStatus.MISSING,
    ResultStatus.CANCELLED,
)
_GROUPS = tuple(StandingStatus)


def ranking_value(kind: StageKind, result: StageResult) -> Amount | None:
    """Return what ranks a crew on a stage: the time of a special stage, the points of a test."""
    return result.time if kind is StageKind.SS else result.points


def rank_stage(stage: Stage, results: Iterable[tuple[Entry, StageResult]]) -> dict[str, StageResult]:
    """Rank the results of one stage; the mapping is in display order, pending crews left out.

    Held, missing and cancelled results have no rank and stand behind those that have.
    """
    listed = [(entry, result) for entry, result in results if result.status is not ResultStatus.PENDING]

    def place(pair: tuple[Entry, StageResult]) -> tuple[int, Amount, int]:
        entry, result = pair
        value = ranking_value(stage.kind, result)
        return _LISTED.index(result.status), value if value is not None else 0, entry.order

    ranked: dict[str, StageResult] = {}
    first: Amount | None = None
    before: Amount | None = None
    ranked_before = rank = 0
    for order, (entry, result) in enumerate(sorted(listed, key=place)):
        value = ranking_value(stage.kind, result)
        if result.status is not ResultStatus.DONE or value is None or entry.course_car:
            ranked[entry.car_number] = replace(result, order=order)
            continue
        if first is None:
            first = value
        if before is None or value != before:
            rank = ranked_before + 1
        ranked_before += 1
        ranked[entry.car_number] = replace(
            result,
            rank=rank,
            order=order,
            gap=value - first,
            to_previous=None if before is None else value - before,
        )
        before = value
    return ranked


@dataclass(frozen=True, slots=True)
class Scope:
    """One classification: which crews and which leg (None: all)."""

    id: str
    leg: int | None = None
    class_: str | None = None

    def has(self, entry: Entry) -> bool:
        """Return whether a crew is listed."""
        return not entry.course_car and (self.class_ is None or entry.class_ == self.class_)


def stage_amount(stage: Stage, result: StageResult, entry: Entry, preset: Preset) -> Amount | None:
    """Return what a result adds to the total, in the unit of the scoring; None where it adds nothing."""
    match preset.unit:
        case Unit.SECONDS:
            if stage.kind is StageKind.SS:
                return result.time
            return None if result.points is None else int(result.points * SECOND)
        case Unit.POINTS:
            if stage.kind is StageKind.SS or result.points is None:
                return None
            if preset.coefficient_mode is CoefficientMode.PENALTY_TIMES and entry.coefficient is not None:
                return result.points * entry.coefficient
            return result.points
        case Unit.SCORE | Unit.NONE:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A crew's sums in one scope, before it is compared with others."""

    entry: Entry
    status: StandingStatus
    total: Amount | None
    penalties: Amount | None
    done: tuple[str, ...]
    complete: bool
    marks: tuple[str, ...]
    ties: Key


def tally(sheet: Sheet, scope: Scope, stages: Sequence[Stage], preset: Preset) -> Tally:
    """Sum one crew's stages and penalties in a scope. `stages` are those of the scope, cancelled ones out."""
    rows = [row for row in sheet.rows if scope.leg is None or row.leg == scope.leg]
    ruled = {row.stage for row in rows if row.stage is not None and row.amount is not None}
    done: list[str] = []
    amounts: list[Amount] = []
    # A time control without an entry is often only a marshal without a network: the crew keeps its place,
    # marked, until an official decides. What is lacking of a stage leaves its time unknown, and so its place.
    complete = not any(row.undecided and row.stage is not None for row in rows)
    undecided = any(row.undecided for row in rows)
    marks: set[str] = set()
    for stage in stages:
        result = sheet.results[stage.id]
        if result.status is ResultStatus.DONE:
            done.append(stage.id)
            value = stage_amount(stage, result, sheet.entry, preset)
            if value is not None:
                amounts.append(value)
        elif result.status in (ResultStatus.MISSING, ResultStatus.HELD):
            # An official's penalty for the stage stands for the result that is lacking.
            if stage.id in ruled:
                done.append(stage.id)
            else:
                complete = False
        if NOTIONAL in result.marks:
            marks.add(NOTIONAL)
    penalties = penalty_sum(rows, preset.unit)
    if any(row.amount for row in rows):
        marks.add(PENALTY)
    if sheet.restarted:
        marks.add(RESTARTED)
    if not complete or undecided or sheet.seen_after_stop:
        marks.add(UNDER_REVIEW)
    return Tally(
        entry=sheet.entry,
        status=sheet.standing,
        total=_total(_kept(amounts, preset), penalties, preset),
        penalties=penalties,
        done=tuple(done),
        complete=complete,
        marks=in_mark_order(marks),
        ties=_tie_keys(sheet, stages, preset),
    )


def _kept(amounts: Sequence[Amount], preset: Preset) -> Sequence[Amount]:
    """The amounts without the worst ones that the preset lets a crew drop."""
    if not preset.drop_worst:
        return amounts
    best_first = sorted(amounts, reverse=preset.better is Better.HIGHEST)
    return best_first[: max(0, len(best_first) - preset.drop_worst)]


def _total(amounts: Iterable[Amount], penalties: Amount | None, preset: Preset) -> Amount | None:
    if penalties is None or preset.unit is Unit.SCORE:
        return None
    if preset.unit is Unit.SECONDS:
        return sum(int(value) for value in amounts) + int(penalties)
    return sum((Decimal(value) for value in amounts), Decimal(0)) + Decimal(penalties)


def _tie_keys(sheet: Sheet, stages: Sequence[Stage], preset: Preset) -> Key:
    keys: list[int | Decimal] = []
    for tie_break in preset.tie_breaks:
        keys += _TIE_BREAKS[tie_break](sheet, stages)
    return tuple(keys)


def _best_on_stage_order(sheet: Sheet, stages: Sequence[Stage]) -> Key:
    keys: list[int | Decimal] = []
    for stage in stages:
        result = sheet.results[stage.id]
        value = ranking_value(stage.kind, result) if result.status is ResultStatus.DONE else None
        keys += (0, value) if value is not None else (1, 0)
    return tuple(keys)


def _older_car(sheet: Sheet, _: Sequence[Stage]) -> Key:
    year = sheet.entry.year
    return (0, year) if year is not None else (1, 0)


def _most_zeros(sheet: Sheet, stages: Sequence[Stage]) -> Key:
    results = [sheet.results[stage.id] for stage in stages]
    zeros = sum(
        1 for r in results if r.status is ResultStatus.DONE and r.points is not None and r.points == 0
    )
    return (-zeros,)


def _start_order(sheet: Sheet, _: Sequence[Stage]) -> Key:
    return (sheet.entry.order,)


_TIE_BREAKS: Mapping[TieBreak, Callable[[Sheet, Sequence[Stage]], Key]] = {
    TieBreak.BEST_ON_STAGE_ORDER: _best_on_stage_order,
    TieBreak.OLDER_CAR: _older_car,
    TieBreak.MOST_ZEROS: _most_zeros,
    TieBreak.START_ORDER: _start_order,
}


def classify(scope: Scope, tallies: Iterable[Tally], preset: Preset) -> Classification:
    """Rank crews: by group, completeness, stages done, total and tie-breaks.

    While a rally runs, crews that have done more stages stand before those that have done fewer,
    and no gap is given between them: totals over different stages do not compare. Without scoring
    (a tour) the list is the start order and nobody has a rank.
    """
    if preset.unit is Unit.NONE:
        listed = sorted(tallies, key=lambda one: (_GROUPS.index(one.status), one.entry.order))
        rows = {one.entry.car_number: _unranked(one, order) for order, one in enumerate(listed)}
        return Classification(scope=scope.id, unit=preset.unit, rows=rows)
    sign = -1 if preset.better is Better.HIGHEST else 1

    def merit(one: Tally) -> tuple[int, bool, int, Amount, Key]:
        total = one.total if one.total is not None else 0
        return _GROUPS.index(one.status), not one.complete, -len(one.done), sign * total, one.ties

    merits = [(merit(one), one.entry.order, one.entry.car_number, one) for one in tallies]
    merits.sort(key=lambda each: each[:3])
    rows = {}
    leader: Tally | None = None
    before: Tally | None = None
    last_merit: object = None
    ranked = rank = 0
    for order, (worth, _, car, one) in enumerate(merits):
        if not _ranks(one):
            rows[car] = _unranked(one, order)
            continue
        leader = leader or one
        ranked += 1
        if worth != last_merit:
            rank = ranked
        rows[car] = _ranked(one, order, rank, leader, before)
        before, last_merit = one, worth
    return Classification(scope=scope.id, unit=preset.unit, rows=rows)


def _ranks(one: Tally) -> bool:
    """Whether a crew has a place: it competes, has done something and nothing of it is open."""
    return (
        one.status is StandingStatus.CLASSIFIED and one.complete and bool(one.done) and one.total is not None
    )


def _unranked(one: Tally, order: int) -> Standing:
    return Standing(
        car=one.entry.car_number,
        rank=None,
        order=order,
        total=one.total if one.done or one.penalties else None,
        gap=None,
        to_previous=None,
        penalties=one.penalties,
        stages_done=len(one.done),
        status=one.status,
        marks=one.marks,
        complete=one.complete,
    )


def _ranked(one: Tally, order: int, rank: int, leader: Tally, before: Tally | None) -> Standing:
    return Standing(
        car=one.entry.car_number,
        rank=rank,
        order=order,
        total=one.total,
        gap=_gap(one, leader),
        to_previous=None if before is None else _gap(one, before),
        penalties=one.penalties,
        stages_done=len(one.done),
        status=one.status,
        marks=one.marks,
        complete=one.complete,
    )


def _gap(one: Tally, other: Tally) -> Amount | None:
    """How far a crew is behind another, or None where they have not done the same stages."""
    if one.done != other.done or one.total is None or other.total is None:
        return None
    behind = one.total - other.total
    return behind if behind >= 0 else -behind
