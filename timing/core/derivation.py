"""How a value came to be, as data: the inputs with their records, each step of the sum, the value.

A derivation can be read by a person (`derivation_text.line`), by another program, and by `recompute`,
which evaluates the steps alone and knows nothing of the regulations. All values are exact: instants,
durations and amounts of time are whole µs, points and coefficients `Decimal`, averages `Fraction`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

from timing.core.instant import SECOND, RallyTime

#: A table is a tuple of Decimal.
Value: TypeAlias = int | Decimal | Fraction | tuple[Decimal, ...]


class Kind(StrEnum):
    """What a value is, for whoever prints it."""

    INSTANT = "instant"
    DURATION = "duration"
    POINTS = "points"
    COUNT = "count"
    FACTOR = "factor"
    TABLE = "table"


class Operation(StrEnum):
    """What a step does with its operands."""

    ADD = "add"
    SUBTRACT = "subtract"
    NEGATE = "negate"
    TIMES = "times"
    CUT = "cut"
    """The largest multiple of the second operand that is not above the first."""
    WHOLE = "whole"
    """How many whole times the second operand is in the first, counted downwards."""
    BEGUN = "begun"
    """The same, a begun one counted whole."""
    LEAST = "least"
    MOST = "most"
    LOOK_UP = "look up"
    """The entry of a table (first operand) with a number; the last one holds for all beyond."""
    AS_TIME = "as time"
    """Points, of which one is a second, as µs."""


@dataclass(frozen=True, slots=True)
class Input:
    """A value from outside: a stamp's or a decision's (with its place in the journal), or a rule's."""

    name: str
    value: Value
    kind: Kind
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Calculation:
    """One step: `what` it gives, by which operation, out of inputs or earlier steps by name."""

    what: str
    operation: Operation
    operands: tuple[str, ...]
    value: Value
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """How one value came to be.

    `rule` names what was applied (`REG_TEST`, `TC`, `TOTAL`, ...), `subject` what it is about. `value`
    is the value as shown, None where an official decides; `words` what a person has to know besides.
    `clock` is the rally's time, to print instants; `grain` the resolution (µs) of the times in it.
    """

    rule: str
    subject: str
    car: str
    clock: RallyTime
    inputs: tuple[Input, ...] = ()
    steps: tuple[Calculation, ...] = ()
    value: Value | None = None
    kind: Kind = Kind.POINTS
    grain: int = 1
    words: str = ""
    records: tuple[int, ...] = ()
    parts: tuple["Derivation", ...] = field(default=())
    """Derivations of values that are inputs here, such as the penalties of a total."""

    def named(self, name: str) -> Value | None:
        """Return an input or the value of a step by name, or None where there is none."""
        for step in reversed(self.steps):
            if step.what == name:
                return step.value
        return next((given.value for given in self.inputs if given.name == name), None)


def recompute(derivation: Derivation) -> Value | None:
    """Return the value to which the steps of a derivation lead, from its inputs alone.

    Without a step it is the last input, and None without any.

    Raises:
        KeyError: a step speaks of something that is neither an input nor an earlier step.
    """
    known: dict[str, Value] = {given.name: given.value for given in derivation.inputs}
    value: Value | None = derivation.inputs[-1].value if derivation.inputs else None
    for step in derivation.steps:
        value = known[step.what] = evaluate(step.operation, [known[name] for name in step.operands])
    return value


def evaluate(operation: Operation, values: list[Value]) -> Value:
    """Return what an operation makes of exact values.

    Raises:
        TypeError: a table where a number is wanted.
    """
    if operation is Operation.LOOK_UP:
        table, place = values
        assert isinstance(table, tuple)
        return table[min(int(_number(place)), len(table) - 1)]
    return _OPERATIONS[operation]([_number(value) for value in values])


_Number: TypeAlias = int | Decimal | Fraction


def _number(value: Value) -> _Number:
    if isinstance(value, tuple):
        raise TypeError("a table is not a number")
    return value


def _sum(values: list[_Number]) -> _Number:
    total: _Number = 0
    for value in values:
        total = _add(total, value)
    return total


def _add(one: _Number, other: _Number) -> _Number:
    if isinstance(one, Decimal) or isinstance(other, Decimal):
        return Decimal(_whole(one)) + Decimal(_whole(other))
    return one + other


def _whole(value: _Number) -> int | Decimal:
    # A fraction never meets points: ideal times are cut to µs before anything is counted.
    return int(value) if isinstance(value, Fraction) else value


def _times(values: list[_Number]) -> _Number:
    product: _Number = 1
    for value in values:
        if isinstance(product, Decimal) or isinstance(value, Decimal):
            product = Decimal(_whole(product)) * Decimal(_whole(value))
        else:
            product = product * value
    return product


def _negate(value: _Number) -> _Number:
    return -value


_OPERATIONS: Mapping[Operation, Callable[[list[_Number]], _Number]] = {
    Operation.ADD: _sum,
    Operation.SUBTRACT: lambda values: _sum([values[0], *(_negate(value) for value in values[1:])]),
    Operation.NEGATE: lambda values: _negate(values[0]),
    Operation.TIMES: _times,
    Operation.CUT: lambda values: _int(values[0]) // _int(values[1]) * _int(values[1]),
    Operation.WHOLE: lambda values: _int(values[0]) // _int(values[1]),
    Operation.BEGUN: lambda values: -(-_int(values[0]) // _int(values[1])),
    Operation.LEAST: min,
    Operation.MOST: max,
    Operation.AS_TIME: lambda values: int(Decimal(_whole(values[0])) * SECOND),
}


def _int(value: _Number) -> int:
    return value if isinstance(value, int) else int(value)


class Working:
    """The sheet of paper on which a derivation is written, line by line."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.steps: list[Calculation] = []
        self._known: dict[str, Value] = {}
        self._kinds: dict[str, Kind] = {}

    def given(self, name: str, value: Value, kind: Kind, seq: int | None = None) -> str:
        """Write down an input; returns its name."""
        if name not in self._known:
            self.inputs.append(Input(name, value, kind, seq))
            self._known[name], self._kinds[name] = value, kind
        return name

    def reckon(self, what: str, operation: Operation, *operands: str) -> str:
        """Write down a step and its value; returns its name."""
        value = evaluate(operation, [self._known[name] for name in operands])
        kind = _kind_of(operation, [self._kinds[name] for name in operands])
        self.steps.append(Calculation(what, operation, operands, value, kind))
        self._known[what], self._kinds[what] = value, kind
        return what

    def value(self, name: str) -> Value:
        """Return an input or what a step came to."""
        return self._known[name]

    def records(self, more: Iterable[int] = ()) -> tuple[int, ...]:
        """Return the journal places of all inputs in order, each once."""
        found = {given.seq for given in self.inputs if given.seq is not None}
        return tuple(sorted(found | set(more)))


def _kind_of(operation: Operation, kinds: list[Kind]) -> Kind:
    """What comes out of an operation on values of these kinds."""
    match operation:
        case Operation.WHOLE | Operation.BEGUN:
            return Kind.COUNT
        case Operation.LOOK_UP:
            return Kind.POINTS
        case Operation.AS_TIME:
            return Kind.DURATION
        case Operation.SUBTRACT if kinds[0] is kinds[-1] is Kind.INSTANT:
            return Kind.DURATION
        case Operation.TIMES:
            return next((kind for kind in kinds if kind in (Kind.DURATION, Kind.POINTS)), kinds[0])
        case _:
            return kinds[0]
