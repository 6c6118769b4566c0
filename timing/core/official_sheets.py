"""Results that can be certified or issued: their exact values in canonical form, and what parts two of them.

The digest of a sheet is the SHA-256 of its exact values alone. It holds no crew's name and no journal
place: a spelling put right in the entry list, or records that came in another order, leave it as it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from timing.core.canonical import Plain, digest
from timing.core.results import Classification, PenaltyRow, StagePart, StageResult, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """Why a sheet cannot be certified or issued, for a person, with what it is about."""

    kind: str
    text: str
    car: str | None = None
    control: str | None = None
    stage: str | None = None
    stamp: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSheet:
    """The results of a stage as the records 1 to `place` give them, in display order.

    `lines` says for each car in one line how its result came about. `out` are the crews that no longer
    drove, with what became of them: a time they lack is lacking for good.
    """

    stage: str
    place: int
    rows: Mapping[str, StageResult]
    digest: str
    blockers: tuple[Blocker, ...] = ()
    lines: Mapping[str, str] = field(default_factory=dict)
    out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSheet:
    """A classification from certified times as the records 1 to `place` give it.

    `penalties` are the rows of each car's penalty list that count in it.
    """

    scope: str
    place: int
    listed: Classification
    penalties: Mapping[str, tuple[PenaltyRow, ...]]
    digest: str
    blockers: tuple[Blocker, ...] = ()
    lines: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One value of one car that differs between two sheets; None where there is none."""

    car: str
    field: str
    before: Plain
    after: Plain


#: What a reader of a list calls a change: gaps and the order of equals move along with others.
_LIST_FIELDS = ("rank", "total", "penalties", "stages_done", "status", "marks", "fails", "complete")


def stage_values(result: StageResult) -> dict[str, Plain]:
    """Return the exact values of a result: µs as whole numbers, points as text; absent ones left out."""
    values: dict[str, Plain] = {
        "car": result.car,
        "status": result.status.value,
        "rank": result.rank,
        "time": result.time,
        "driven": result.driven,
        "deviation": result.deviation,
        "points": _text(result.points),
        "score": _text(result.score),
        "allowance": result.allowance or None,
        "start": result.start,
        "finish": result.finish,
        "source": result.source or None,
        "marks": "".join(result.marks) or None,
        "parts": [_part(part) for part in result.parts] or None,
    }
    return _present(values)


def list_values(row: Standing, penalties: Iterable[PenaltyRow] = ()) -> dict[str, Plain]:
    """Return the exact values of a line of a classification with the crew's penalties."""
    values: dict[str, Plain] = {
        "car": row.car,
        "order": row.order,
        "status": row.status.value,
        "rank": row.rank,
        "total": _amount(row.total),
        "gap": _amount(row.gap),
        "to_previous": _amount(row.to_previous),
        "penalties": _amount(row.penalties),
        "stages_done": row.stages_done,
        "marks": "".join(row.marks) or None,
        "complete": row.complete,
        "fails": row.fails or None,
        "stopped_at": row.stopped_at or None,
        "cause": row.cause or None,
        "tie": row.tie or None,
        "crews": list(row.crews) or None,
        "penalty_rows": [_penalty(each) for each in penalties] or None,
    }
    return _present(values)


def stage_results_of(stage: str, rows: Mapping[str, StageResult]) -> dict[str, Plain]:
    """Return what a certification is of: every car's exact values, by car number."""
    return {
        "kind": "stage",
        "stage": stage,
        "rows": [stage_values(rows[car]) for car in sorted(rows)],
    }


def list_results_of(
    listed: Classification, penalties: Mapping[str, tuple[PenaltyRow, ...]]
) -> dict[str, Plain]:
    """Return what an issue is of: every line's exact values, by car number."""
    return {
        "kind": "classification",
        "scope": listed.scope,
        "unit": listed.unit.value,
        "rows": [list_values(listed.rows[car], penalties.get(car, ())) for car in sorted(listed.rows)],
    }


def stage_difference(
    before: Mapping[str, StageResult], after: Mapping[str, StageResult]
) -> tuple[Change, ...]:
    """Return each value that differs between two states of a stage, by car number and name of the value."""
    changes: list[Change] = []
    for car in sorted(before.keys() | after.keys()):
        one, other = before.get(car), after.get(car)
        if one is not other:
            changes += _changes(car, stage_values(one) if one else {}, stage_values(other) if other else {})
    return tuple(changes)


def list_difference(before: Classification, after: Classification) -> tuple[Change, ...]:
    """Return what differs between two states of a classification; gaps only follow and are left out."""
    changes: list[Change] = []
    for car in sorted(before.rows.keys() | after.rows.keys()):
        one, other = before.rows.get(car), after.rows.get(car)
        if one is not other:
            changes += [
                change
                for change in _changes(
                    car, list_values(one) if one else {}, list_values(other) if other else {}
                )
                if change.field in _LIST_FIELDS
            ]
    return tuple(changes)


def difference_digest(changes: Iterable[Change]) -> str:
    """Return the digest that names a difference."""
    return digest([[change.car, change.field, change.before, change.after] for change in changes])


def _changes(car: str, one: Mapping[str, Plain], other: Mapping[str, Plain]) -> list[Change]:
    names = [name for name in sorted(one.keys() | other.keys()) if name != "car"]
    return [
        Change(car, name, one.get(name), other.get(name))
        for name in names
        if one.get(name) != other.get(name)
    ]


def _part(part: StagePart) -> Plain:
    return _present(
        {
            "control": part.control,
            "time": part.time,
            "ideal": part.ideal,
            "deviation": part.deviation,
            "points": _text(part.points),
            "source": part.source or None,
        }
    )


def _penalty(row: PenaltyRow) -> Plain:
    return _present(
        {
            "rule": row.rule,
            "amount": _amount(row.amount),
            "undecided": row.undecided or None,
            "control": row.control,
            "stage": row.stage,
            "leg": row.leg,
            "text": row.text or None,
            "fails": row.fails or None,
        }
    )


def _amount(value: int | Decimal | None) -> int | str | None:
    """µs stay a whole number; points become text, so that reading them back says which they were."""
    return _text(value) if isinstance(value, Decimal) else value


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _present(values: Mapping[str, Plain]) -> dict[str, Plain]:
    return {name: value for name, value in values.items() if value is not None}
