"""Equal totals: ordered comparators, each a key of one crew's sheet; the lower key is ahead.

A comparator never looks at the other crew, so the order it gives is transitive. Where all of them are
equal the crews share their rank.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from timing.core.instant import format_duration
from timing.core.itinerary import Control, Stage, StageKind
from timing.core.preset import TieBreak
from timing.core.results import Amount, PenaltyRow, ResultStatus, StageResult
from timing.core.sheet import Sheet

#: One comparator's value of one crew.
Key: TypeAlias = tuple[int | Decimal, ...]


def ranking_value(kind: StageKind, result: StageResult) -> Amount | None:
    """Return what ranks a crew on a stage: the time of a special stage, the points of a test."""
    return result.time if kind is StageKind.SS else result.points


def tie_keys(
    sheet: Sheet,
    stages: Sequence[Stage],
    controls: Mapping[str, Control],
    tie_breaks: Sequence[TieBreak],
) -> tuple[Key, ...]:
    """Return a crew's keys, one for each comparator of the regulations."""
    return tuple(_COMPARATORS[one](sheet, stages, controls) for one in tie_breaks)


class TieKeys:
    """The keys of one crew, worked out when it first has a total in common with another."""

    __slots__ = ("_controls", "_keys", "_sheet", "_stages", "tie_breaks")

    def __init__(
        self,
        sheet: Sheet,
        stages: Sequence[Stage],
        controls: Mapping[str, Control],
        tie_breaks: tuple[TieBreak, ...],
    ) -> None:
        self.tie_breaks = tie_breaks
        self._sheet = sheet
        self._stages = stages
        self._controls = controls
        self._keys: tuple[Key, ...] | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        """One key for each comparator, in their order."""
        if self._keys is None:
            self._keys = tie_keys(self._sheet, self._stages, self._controls, self.tie_breaks)
        return self._keys

    def __lt__(self, other: object) -> bool:
        return self.keys < other.keys if isinstance(other, TieKeys) else NotImplemented

    def __eq__(self, other: object) -> bool:
        return self.keys == other.keys if isinstance(other, TieKeys) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.keys)

    def __repr__(self) -> str:
        return f"TieKeys({self.keys!r})"

    def parted_by(self, other: "TieKeys") -> TieBreak | None:
        """Return the comparator that parts two crews, or None where they are equal to the end."""
        for tie_break, mine, theirs in zip(self.tie_breaks, self.keys, other.keys, strict=True):
            if mine != theirs:
                return tie_break
        return None

    def reason(self, other: "TieKeys") -> str:
        """Return in words what parts this crew from another: comparator, stage and both values."""
        tie_break = self.parted_by(other)
        if tie_break is None:
            return "equal in everything"
        on = _first_difference(self, other, tie_break)
        if on is None:
            return str(tie_break)
        mine, theirs = (_shown(on, one._sheet) for one in (self, other))  # noqa: SLF001 - its own kind
        return f"{tie_break}: {on.id} {mine} against {theirs}"


def _first_difference(one: TieKeys, other: TieKeys, tie_break: TieBreak) -> Stage | None:
    """The stage on which two crews first differ, for the comparators that go stage by stage."""
    ordering = _STAGES_OF.get(tie_break)
    if ordering is None:
        return None
    for stage in ordering(one._stages):  # noqa: SLF001 - its own kind
        if _stage_key(one._sheet, stage) != _stage_key(other._sheet, stage):  # noqa: SLF001
            return stage
    return None


def _shown(stage: Stage, sheet: Sheet) -> str:
    value = ranking_value(stage.kind, sheet.results[stage.id])
    if value is None:
        return "nothing"
    return format_duration(value, 100_000) if isinstance(value, int) else f"{value.normalize():f}"


def _stage_key(sheet: Sheet, stage: Stage) -> tuple[int, Amount]:
    """A crew's value on a stage; whoever has none is behind those that have."""
    result = sheet.results[stage.id]
    value = ranking_value(stage.kind, result) if result.status is ResultStatus.DONE else None
    return (0, value) if value is not None else (1, 0)


def _in_order(stages: Sequence[Stage]) -> list[Stage]:
    """First to last; a spectator stage breaks no tie."""
    return [stage for stage in stages if not stage.super_special]


def _tests_in_order(stages: Sequence[Stage]) -> list[Stage]:
    return [stage for stage in stages if stage.kind is not StageKind.SS]


def _from_the_last(stages: Sequence[Stage]) -> list[Stage]:
    """Last to first, the super specials behind all others (rules of the Russian federation)."""
    special = [stage for stage in reversed(stages) if stage.kind is StageKind.SS]
    return sorted(special, key=lambda stage: stage.super_special)


_STAGES_OF: Mapping[TieBreak, Callable[[Sequence[Stage]], list[Stage]]] = {
    TieBreak.BEST_ON_STAGE_ORDER: _in_order,
    TieBreak.BEST_ON_TEST_ORDER: _tests_in_order,
    TieBreak.BEST_ON_LAST_STAGES: _from_the_last,
}


def _stage_by_stage(sheet: Sheet, stages: Sequence[Stage]) -> Key:
    keys: list[Amount] = []
    for stage in stages:
        keys += _stage_key(sheet, stage)
    return tuple(keys)


def _best_on_stage_order(sheet: Sheet, stages: Sequence[Stage], _: Mapping[str, Control]) -> Key:
    return _stage_by_stage(sheet, _in_order(stages))


def _best_on_test_order(sheet: Sheet, stages: Sequence[Stage], _: Mapping[str, Control]) -> Key:
    return _stage_by_stage(sheet, _tests_in_order(stages))


def _best_on_last_stages(sheet: Sheet, stages: Sequence[Stage], _: Mapping[str, Control]) -> Key:
    return _stage_by_stage(sheet, _from_the_last(stages))


def _older_car(sheet: Sheet, _: Sequence[Stage], __: Mapping[str, Control]) -> Key:
    """The older car is ahead (rules of the Classic Trophy); one of an unknown year is behind all."""
    year = sheet.entry.year
    return (0, year) if year is not None else (1, 0)


def _test_points(sheet: Sheet, stages: Sequence[Stage]) -> list[Decimal]:
    results = [sheet.results[stage.id] for stage in _tests_in_order(stages)]
    return [r.points for r in results if r.status is ResultStatus.DONE and r.points is not None]


def _most_zeros(sheet: Sheet, stages: Sequence[Stage], _: Mapping[str, Control]) -> Key:
    return (-sum(1 for points in _test_points(sheet, stages) if points == 0),)


def _most_smallest(sheet: Sheet, stages: Sequence[Stage], _: Mapping[str, Control]) -> Key:
    """Most zeros, then most ones, then most twos, ...

    That is the order of the sorted penalties: at the first place where two such rows differ, the one
    with the smaller number has more of it, and as many of all smaller ones. A test without a penalty
    of its own stands behind every number.
    """
    points = sorted(_test_points(sheet, stages))
    keys: list[int | Decimal] = []
    for value in points:
        keys += (0, value)
    return (*keys, *((1, 0) * (len(_tests_in_order(stages)) - len(points))))


def _furthest_cleanest(sheet: Sheet, stages: Sequence[Stage], controls: Mapping[str, Control]) -> Key:
    """Who went furthest along the road without a penalty of any kind."""
    places = [
        place for row in sheet.rows if _costs(row) and (place := _place(row, stages, controls)) is not None
    ]
    for stage in _tests_in_order(stages):
        result = sheet.results[stage.id]
        if not result.points:
            continue
        # Inside an average trial the first point that cost something counts, not the trial's end.
        costly = [part.control for part in result.parts if part.points]
        places.append(min(controls[name].order for name in costly or [stage.finish]))
    return (-min(places, default=len(controls)),)


def _costs(row: PenaltyRow) -> bool:
    return bool(row.amount) or row.fails > 0


def _place(row: PenaltyRow, stages: Sequence[Stage], controls: Mapping[str, Control]) -> int | None:
    control = controls.get(row.control or "")
    if control is not None:
        return control.order
    for stage in stages:
        if stage.id == row.stage:
            return controls[stage.finish].order
    return None


def _start_order(sheet: Sheet, _: Sequence[Stage], __: Mapping[str, Control]) -> Key:
    return (sheet.entry.order,)


_COMPARATORS: Mapping[TieBreak, Callable[[Sheet, Sequence[Stage], Mapping[str, Control]], Key]] = {
    TieBreak.BEST_ON_STAGE_ORDER: _best_on_stage_order,
    TieBreak.OLDER_CAR: _older_car,
    TieBreak.MOST_ZEROS: _most_zeros,
    TieBreak.MOST_SMALLEST: _most_smallest,
    TieBreak.BEST_ON_TEST_ORDER: _best_on_test_order,
    TieBreak.BEST_ON_LAST_STAGES: _best_on_last_stages,
    TieBreak.FURTHEST_CLEANEST: _furthest_cleanest,
    TieBreak.START_ORDER: _start_order,
}
