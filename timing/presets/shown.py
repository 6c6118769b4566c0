"""The value of a field as a person reads and writes it: the TOML of an event's own rally.toml."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction

from timing.core.instant import HOUR, MILLISECOND, MINUTE, SECOND, Duration
from timing.core.preset import ChampionshipPoints, Preset, Rate, RestartRule, TimeAllowanceRule
from timing.presets.fields import DURATIONS

#: Fields that are durations or none, and tables whose values are durations.
_LENGTHS = DURATIONS | {
    "closes_after",
    "bogey",
    "stage_max",
    "stage_resolution",
    "source_tolerance",
    "clock_warn",
    "clock_fail",
}
_RULES = (Rate, RestartRule, TimeAllowanceRule, ChampionshipPoints)
_RULE_LENGTHS = frozenset({"first", "step", "most", "budget"})
_UNITS = ((HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (MILLISECOND, "ms"), (1, "us"))


def length_text(value: Duration) -> str:
    """Write a duration with the largest unit that keeps it short: `2 min`, `0.01 s`, `1/100 min`."""
    if value and MINUTE % value == 0 and MINUTE // value == 100:
        return "1/100 min"
    for size, unit in _UNITS:
        if value % size == 0:
            return f"{value // size} {unit}" if size != MILLISECOND or value % 10_000 else _seconds(value)
    raise ValueError(f"{value} is no whole number of microseconds")


def _seconds(value: Duration) -> str:
    return f"{Decimal(value) / SECOND:f} s"


def shown(preset: Preset, field: str) -> str:
    """Return the value of a field of a preset as TOML text; tables as inline tables."""
    return _text(getattr(preset, field), is_length=field in _LENGTHS)


def _text(value: object, *, is_length: bool) -> str:
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f'"{length_text(value)}"' if is_length else str(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str | Fraction):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(_text(item, is_length=is_length) for item in value)}]"
    if isinstance(value, Mapping):
        return _table({key: _text(item, is_length=is_length) for key, item in value.items()})
    return _table({key: _text(item, is_length=key in _RULE_LENGTHS) for key, item in _stated(value).items()})


def _stated(rule: object) -> dict[str, object]:
    """The fields of a rule that differ from its defaults, so that a table shows what it says."""
    if not isinstance(rule, _RULES):
        raise TypeError(f"{type(rule).__name__} is no value of the regulations")
    default = type(rule)()
    found = {f.name: getattr(rule, f.name) for f in fields(rule)}
    # A restart or an allowance acts by all of its numbers; a rate or a list only by those it states.
    keep_all = isinstance(rule, RestartRule | TimeAllowanceRule)
    return {key: item for key, item in found.items() if keep_all or item != getattr(default, key)}


def _table(items: Mapping[str, str]) -> str:
    inside = ", ".join(f"{key} = {item}" for key, item in items.items())
    return f"{{ {inside} }}" if inside else "{}"
