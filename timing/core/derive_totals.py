"""Derivations of a total: the results that count, the penalties, and of a rank: who is ahead, and why."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from timing.core.derivation import Derivation, Kind, Operation, Working
from timing.core.entries import Entry
from timing.core.instant import SECOND
from timing.core.itinerary import Stage
from timing.core.preset import Preset, Unit
from timing.core.results import Amount, Classification, PenaltyRow, ResultStatus, StageResult, Standing
from timing.core.road import Road
from timing.core.scopes import Selection
from timing.core.stage_amounts import stage_amount, without_worst


def derive_total(
    road: Road,
    entry: Entry,
    selection: Selection,
    preset: Preset,
    results: Mapping[str, StageResult],
    rows: Sequence[PenaltyRow],
    standing: Standing,
) -> Derivation:
    """Return how a crew's total in a list came about, stage by stage and penalty by penalty.

    Args:
        road: the event's look-ups.
        entry: the crew.
        selection: what the list sums.
        preset: the regulations of the list (without coefficients, where it counts none).
        results: the crew's results by stage.
        rows: its penalty list.
        standing: its line in the list.
    """
    work = Working()
    kind = Kind.DURATION if preset.unit is Unit.SECONDS else Kind.POINTS
    none = work.given("nothing", _none(preset), kind)
    counted = _counted(selection.stages, results, entry, preset)
    stages = [work.given(stage.id, amount, kind) for stage, amount in _kept(counted, preset)]
    penalties = [
        work.given(_name(row, number), row.amount, kind, row.records[0] if row.records else None)
        for number, row in enumerate(rows, start=1)
        if row.amount is not None and selection.counts(row)
    ]
    work.reckon("stages", Operation.ADD, none, *stages)
    work.reckon("penalties", Operation.ADD, none, *penalties)
    sign = Operation.SUBTRACT if preset.unit is Unit.SCORE else Operation.ADD
    work.reckon("total", sign, "stages", "penalties")
    dropped = len(counted) - len(stages)
    words = [f"{dropped} worst dropped"] if dropped else []
    words += [f"{standing.fails} fails"] if standing.fails else []
    more = [seq for row in rows if selection.counts(row) for seq in row.records]
    counts = preset.unit is not Unit.NONE and standing.total is not None
    return Derivation(
        rule="TOTAL",
        subject=selection.id,
        car=entry.car_number,
        clock=road.event.time,
        inputs=tuple(work.inputs) if counts else (),
        steps=tuple(work.steps) if counts else (),
        value=standing.total,
        kind=kind,
        grain=_finest(road, selection),
        words="; ".join(words),
        records=work.records(more),
    )


def _none(preset: Preset) -> int | Decimal:
    return 0 if preset.unit is Unit.SECONDS else Decimal(0)


def _counted(
    stages: Sequence[Stage], results: Mapping[str, StageResult], entry: Entry, preset: Preset
) -> list[tuple[Stage, Amount]]:
    """The stages that a crew has done, with what each adds."""
    found: list[tuple[Stage, Amount]] = []
    for stage in stages:
        result = results[stage.id]
        amount = stage_amount(stage, result, entry, preset)
        if result.status is ResultStatus.DONE and amount is not None:
            found.append((stage, amount))
    return found


def _kept(counted: list[tuple[Stage, Amount]], preset: Preset) -> list[tuple[Stage, Amount]]:
    """Those that count, where the worst ones are dropped."""
    if not preset.drop_worst:
        return counted
    left = list(without_worst([amount for _, amount in counted], preset.drop_worst, preset.better))
    kept: list[tuple[Stage, Amount]] = []
    for stage, amount in counted:
        if amount in left:
            left.remove(amount)
            kept.append((stage, amount))
    return kept


def _name(row: PenaltyRow, number: int) -> str:
    """A name for a penalty that no other input has."""
    where = row.control or row.stage or ""
    return " ".join(part for part in (where, row.rule, f"(penalty {number})") if part)


def _finest(road: Road, selection: Selection) -> int:
    if road.preset.unit is not Unit.SECONDS:
        return 1
    grains = [road.rules_of(stage).ss_resolution for stage in selection.stages]
    grains += [
        road.rules_of(stage).stage_resolution[stage.id]
        for stage in selection.stages
        if stage.id in road.rules_of(stage).stage_resolution
    ]
    return min([*grains, SECOND])


def derive_rank(road: Road, name: str, listed: Classification, tie: str, neighbour: str | None) -> Derivation:
    """Return how a rank came about: so many crews are better, and what parted it from an equal total."""
    standing, work = listed.rows[name], Working()
    if standing.rank is not None:
        ahead = [row for row in listed.rows.values() if row.rank is not None and row.rank < standing.rank]
        better = work.given("crews that are better", len(ahead), Kind.COUNT)
        work.reckon("rank", Operation.ADD, better, work.given("the next place", 1, Kind.COUNT))
    words = standing.cause
    if tie:
        words = f"equal with {neighbour}, parted by {tie}" if neighbour else tie
    return Derivation(
        rule="RANK",
        subject=listed.scope,
        car=name,
        clock=road.event.time,
        inputs=tuple(work.inputs),
        steps=tuple(work.steps),
        value=standing.rank,
        kind=Kind.COUNT,
        words=words,
    )
