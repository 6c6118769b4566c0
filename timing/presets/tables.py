"""The nested tables of the regulations: rates, restarts, time allowance, championship points, scores.

A table of an event changes only the fields that it names; the rest stays as the preset has it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from timing.core.itinerary import ControlKind
from timing.core.preset import (
    ChampionshipPoints,
    Preset,
    Rate,
    RestartReference,
    RestartRule,
    TimeAllowanceRule,
)
from timing.presets import values

#: Kinds of section that road books name; an event may use others, and rates under their name.
SECTION_KINDS = ("standard", "neutral", "regularity", "transit", "service", "road", "out_of_range")
#: Reads a score table that stands in a file of the event folder.
TableFile = Callable[[str], tuple[Decimal, ...]]
Rule = TypeVar("Rule", Rate, RestartRule, TimeAllowanceRule, ChampionshipPoints)

_CAP = values.or_none(values.whole)
_RATE: dict[str, values.Read] = {
    "late_per_min": values.whole,
    "early_per_min": values.whole,
    "late_cap": _CAP,
    "early_cap": _CAP,
    "early_fails": values.whole,
    "late_fails": values.whole,
}
_RESTART: dict[str, values.Read] = {
    "reference": values.member(RestartReference),
    "per_stage": values.whole,
    "last_of_leg": _CAP,
    "per_road": values.whole,
    "reentry": values.wholes,
}
_ALLOWANCE: dict[str, values.Read] = {
    "first": values.length,
    "step": values.length,
    "most": values.length,
    "budget": values.length,
    "charge_per_min": values.whole,
}
_CHAMPIONSHIP: dict[str, values.Read] = {
    "overall": values.wholes,
    "final_leg": values.wholes,
    "power_stage": values.wholes,
}


class FieldError(ValueError):
    """A fault in a nested table: `path` leads to the field inside it, the text says what was expected."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(expected)
        self.path = path


def rates(value: object, base: Preset | None) -> dict[str, Rate]:
    """Read `[rates.KIND]` tables, each on top of the preset's rate of that kind."""
    found = dict(base.rates) if base else {}
    for kind, fields in _table(value).items():
        if kind in ControlKind.__members__ or kind == kind.lower():
            found[kind] = _changed(found.get(kind, Rate()), fields, _RATE, f"{kind}.")
        else:
            raise FieldError(kind, "a kind of section in small letters, or a kind of control such as MTC")
    return found


def restart(value: object, base: Preset | None) -> RestartRule | None:
    """Read `[restart]`, or `"none"` where nobody may restart."""
    start = (base.restart if base else None) or RestartRule()
    return None if value == "none" else _changed(start, value, _RESTART)


def time_allowance(value: object, base: Preset | None) -> TimeAllowanceRule | None:
    """Read `[time_allowance]`, or `"none"`."""
    start = (base.time_allowance if base else None) or TimeAllowanceRule()
    return None if value == "none" else _changed(start, value, _ALLOWANCE)


def championship(value: object, base: Preset | None) -> ChampionshipPoints | None:
    """Read `[championship]`, or `"none"`."""
    start = (base.championship if base else None) or ChampionshipPoints()
    return None if value == "none" else _changed(start, value, _CHAMPIONSHIP)


def score_table(value: object, table_file: TableFile | None) -> tuple[Decimal, ...]:
    """Read the scores for 0, 1, 2, ... penalties: a list, or the name of a CSV file of the event folder."""
    if isinstance(value, str) and table_file is not None:
        return table_file(value)
    if not isinstance(value, list):
        raise ValueError('a list of scores, or a file of the event folder such as "score_table.csv"')
    scores = tuple(values.decimal(item) for item in value)
    risen = rising(scores)
    if risen is not None:
        raise ValueError(f"scores that never rise ({scores[risen]} behind {scores[risen - 1]})")
    return scores


def rising(scores: Sequence[Decimal]) -> int | None:
    """Return the place of the first score that is higher than the one before it, or None."""
    return next((at for at in range(1, len(scores)) if scores[at] > scores[at - 1]), None)


def _table(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("a table")
    return value


def _changed(start: Rule, value: object, fields: Mapping[str, values.Read], prefix: str = "") -> Rule:
    """Return a copy of a rule with the fields of a table."""
    changes: dict[str, object] = {}
    try:
        items = _table(value).items()
    except ValueError as error:
        raise FieldError(prefix.rstrip("."), str(error)) from error
    for key, item in items:
        if key not in fields:
            raise FieldError(f"{prefix}{key}", f"one of {', '.join(fields)}")
        try:
            changes[key] = fields[key](item)
        except ValueError as error:
            raise FieldError(f"{prefix}{key}", str(error)) from error
    return replace(start, **changes)  # type: ignore[arg-type]
