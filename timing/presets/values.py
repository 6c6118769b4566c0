"""Single TOML values of the regulations: lengths with units, fractions, lists. A wrong one is a ValueError.

The message of each error is what was expected, worded to follow "expected".
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from timing.core.instant import HOUR, MILLISECOND, MINUTE, SECOND, Duration
from timing.core.readings import Source

Read = Callable[[object], object]
T = TypeVar("T", bound=StrEnum)

_UNITS = {"us": 1, "µs": 1, "ms": MILLISECOND, "s": SECOND, "min": MINUTE, "h": HOUR}
_DURATION = re.compile(r"(\d+(?:\.\d+)?|\d+/\d+)\s*(us|µs|ms|s|min|h)")
_SHARE = re.compile(r"\d+\s*/\s*\d+|\d+(\.\d+)?\s*%|\d*\.?\d+")


def parse_length(text: str) -> Duration:
    """Read a duration with its unit, such as `0.1 s` or `1/100 min`, exactly.

    Raises:
        ValueError: no such text, or finer than a microsecond.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError('a duration with its unit, such as "0.1 s" or "15 min"')
    number, _, parts = found[1].partition("/")
    if parts and not int(parts):
        raise ValueError('a duration with its unit, such as "0.1 s" or "15 min"')
    value = Fraction(number) / int(parts or 1) * _UNITS[found[2]]
    if value.denominator != 1:
        raise ValueError("a duration of whole microseconds")
    return int(value)


def text(value: object) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise ValueError("a text in quotes, with its unit where it is a duration")
    return value


def whole(value: object) -> int:
    """Read a whole number from 0."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a whole number of at least 0")
    return value


def microseconds(value: object) -> Duration:
    """Read a duration above zero written as whole microseconds, under a name that ends in `_us`."""
    if whole(value) < 1:
        raise ValueError("a whole number of at least 1")
    return whole(value)


def length(value: object) -> Duration:
    """Read a duration above zero with its unit."""
    if parse_length(text(value)) < 1:
        raise ValueError("a duration above zero")
    return parse_length(text(value))


def flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def decimal(value: object) -> Decimal:
    """Read a decimal number from 0, as a number or a text."""
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise ValueError("a decimal number of at least 0")
    return number


def decimal_above_zero(value: object) -> Decimal:
    """Read a decimal number above 0."""
    if not decimal(value):
        raise ValueError("a decimal number above 0")
    return decimal(value)


def share(value: object) -> Fraction:
    """Read a part of the whole, exactly: `"2/3"`, `"50 %"` or 0.5."""
    written = str(value).strip()
    if isinstance(value, bool) or not _SHARE.fullmatch(written):
        raise ValueError('a part of the whole such as "2/3" or "50 %"')
    try:
        part = Fraction(written.rstrip("% ").replace(" ", "")) / (100 if written.endswith("%") else 1)
    except ZeroDivisionError as error:
        raise ValueError('a part of the whole such as "2/3" or "50 %"') from error
    if part > 1:
        raise ValueError("a part of the whole, at most 1")
    return part


def wholes(value: object) -> tuple[int, ...]:
    """Read a list of whole numbers."""
    if not isinstance(value, list):
        raise ValueError("a list of whole numbers")
    return tuple(whole(item) for item in value)


def or_none(read: Read) -> Read:
    """Read what may be lifted: `"none"` is None."""
    return lambda value: None if value == "none" else read(value)


def member(kind: type[T]) -> Read:
    """Read one name of an enumeration."""
    return lambda value: _member(kind, value)


def members(kind: type[T]) -> Read:
    """Read a list of names of an enumeration, each once."""

    def read(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise ValueError(f"a list out of {', '.join(kind)}")
        found = tuple(_member(kind, item) for item in value)
        if len(set(found)) < len(found):
            raise ValueError("each of them once")
        return found

    return read


def choice(words: Iterable[str]) -> Read:
    """Read one of some words."""
    allowed = tuple(words)

    def read(value: object) -> str:
        if value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return str(value)

    return read


def sources(value: object) -> tuple[str, ...]:
    """Read a list of source letters, most trusted first. A claim of the crew (C) is never a time."""
    allowed = [source.value for source in Source if source is not Source.C]
    if not isinstance(value, list) or not all(item in allowed for item in value):
        raise ValueError(f"a list of sources out of {', '.join(allowed)}, most trusted first")
    return tuple(value)


def _member(kind: type[T], value: object) -> T:
    try:
        return kind(str(value))
    except ValueError as error:
        raise ValueError(f"one of {', '.join(kind)}") from error
