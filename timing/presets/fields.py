"""How the fields of the regulations are written in TOML, in a preset file or an event's overrides.

Durations are texts with a unit ("0.1 s", "1 min", "500 ms", "1/100 min") or, under the field's
name with `_us` behind it, whole microseconds. "none" lifts a cap or a limit. Decimals are texts or
numbers.
"""

import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from decimal import Decimal, InvalidOperation
from enum import EnumType
from fractions import Fraction

from timing.core.instant import HOUR, MILLISECOND, MINUTE, SECOND, Duration
from timing.core.itinerary import ControlKind
from timing.core.preset import Preset
from timing.core.readings import Source

_UNITS = {"us": 1, "µs": 1, "ms": MILLISECOND, "s": SECOND, "min": MINUTE, "h": HOUR}
_DURATION = re.compile(r"(\d+(?:\.\d+)?|\d+/\d+)\s*(us|µs|ms|s|min|h)")

#: The fields of `Preset` that are durations; the annotation itself is a plain int.
DURATIONS = frozenset(
    {
        "ss_resolution",
        "test_resolution",
        "avg_resolution",
        "start_interval",
        "provisional_start_gap",
        "test_unit",
        "avg_unit",
        "debounce",
        "pass_gap",
    }
)
_DURATION_MAPS = frozenset({"bogey", "stage_max", "source_tolerance"})
_KIND_MAPS = frozenset({"precedence", "source_tolerance"})
_ALIASES = {"false_start_s": "false_start", **{f"{name}_us": name for name in DURATIONS}}
#: Set by the preset file alone; an event cannot rename its regulations.
_OWN = ("name", "version", "title", "source")


def field_names() -> tuple[str, ...]:
    """Return every name that an event's [timing] or [scoring] table may use."""
    return tuple(f.name for f in fields(Preset) if f.name not in _OWN) + tuple(_ALIASES)


def parse_length(text: str) -> Duration:
    """Read a duration with its unit, such as `0.1 s` or `1/100 min`, exactly.

    Raises:
        ValueError: no such text, or finer than a microsecond.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError('a duration with its unit, such as "0.1 s" or "15 min"')
    value = Fraction(found[1]) * _UNITS[found[2]]
    if value.denominator != 1:
        raise ValueError("a duration of whole microseconds")
    return int(value)


def read_fields(values: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
    """Turn TOML values into values for `Preset`; return them and, by field, what was expected."""
    hints = typing.get_type_hints(Preset)
    read: dict[str, object] = {}
    faults: dict[str, str] = {}
    for written, value in values.items():
        name = _ALIASES.get(written, written)
        if name not in hints:
            faults[written] = "a field of the regulations"
            continue
        try:
            read[name] = _read(written, name, hints[name], value)
        except ValueError as error:
            faults[written] = str(error)
    return read, faults


def _read(written: str, name: str, hint: object, value: object) -> object:
    if name in DURATIONS:
        if written.endswith("_us"):
            return _whole(value, at_least=1)
        length = parse_length(_text(value))
        if length < 1:
            raise ValueError("a duration above zero")
        return length
    if name in _DURATION_MAPS or name in _KIND_MAPS:
        return _mapping(name, value)
    if _optional(hint):
        return None if value == "none" else _whole(value)
    return _SIMPLE.get(hint, _enum_or_list(hint))(value)


def _mapping(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("a table")
    for key in value:
        if name in _KIND_MAPS and key not in {*ControlKind, "default"}:
            raise ValueError(f"kinds of control ({', '.join(ControlKind)}) or default, not {key!r}")
    if name in _DURATION_MAPS:
        return {key: parse_length(_text(item)) for key, item in value.items()}
    return {key: _letters(item) for key, item in value.items()}


def _letters(value: object) -> tuple[str, ...]:
    allowed = [source.value for source in Source if source is not Source.C]
    if not isinstance(value, list) or not all(item in allowed for item in value):
        raise ValueError(f"a list of sources out of {', '.join(allowed)}, most trusted first")
    return tuple(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text in quotes, with its unit where it is a duration")
    return value


def _whole(value: object, at_least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
        raise ValueError(f"a whole number of at least {at_least}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _decimal(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError("a decimal number") from error


def _wholes(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of whole numbers")
    return tuple(_whole(item) for item in value)


def _enum_or_list(hint: object) -> Callable[[object], object]:
    if isinstance(hint, EnumType):
        return lambda value: _member(hint, value)
    arguments = typing.get_args(hint)
    if arguments and isinstance(arguments[0], EnumType):
        return lambda value: _members(arguments[0], value)
    return _wholes


def _member(kind: EnumType, value: object) -> object:
    try:
        return kind(value)
    except ValueError as error:
        raise ValueError(f"one of {_list(kind)}") from error


def _members(kind: EnumType, value: object) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise ValueError(f"a list out of {_list(kind)}")
    return tuple(_member(kind, item) for item in value)


def _list(kind: EnumType) -> str:
    return ", ".join(kind.__members__[name].value for name in kind.__members__)


def _optional(hint: object) -> bool:
    return isinstance(hint, types.UnionType) and type(None) in typing.get_args(hint)


_SIMPLE: dict[object, Callable[[object], object]] = {str: _text, int: _whole, bool: _flag, Decimal: _decimal}


def missing_fields(values: Mapping[str, object]) -> tuple[str, ...]:
    """Return the fields without a default that a preset file does not set."""
    return tuple(
        f.name
        for f in fields(Preset)
        if f.default is MISSING and f.default_factory is MISSING and f.name not in values
    )
