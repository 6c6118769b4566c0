"""A derivation in one line, as a timekeeper would write it beside the time.

REG_TEST PC12: 10:20:05.00 → 10:20:20.07 = 15.07 − 15.00 = +0.07 → 7 points (1 per 0.01 s, cap 300)
"""

from decimal import Decimal
from fractions import Fraction

from timing.core.derivation import Derivation, Input, Kind, Value
from timing.core.instant import MINUTE, SECOND, Duration, format_duration, minute_decimals
from timing.core.scopes import TEAMS

#: Values listed one by one in a sum; of more, only how many and their sum.
_LISTED = 12
_TRIAL, _TEST, _SPECIAL = "AVG_TRIAL", "REG_TEST", "SS"


def line(derivation: Derivation) -> str:
    """Return a derivation in one line."""
    head = f"{derivation.rule} {derivation.subject}"
    match derivation.rule:
        case "SS" | "REG_TEST" | "AVG_TRIAL":
            text = _result(derivation)
        case "TOTAL":
            head += f", {_who(derivation)}"
            text = _total(derivation)
        case "RANK":
            head += f", {_who(derivation)}"
            text = _rank(derivation)
        case _ if derivation.named("due") is not None or derivation.named("check-in") is not None:
            text = _check_in(derivation)
        case _:
            text = _row(derivation)
    words = f" ({derivation.words})" if derivation.words else ""
    return f"{head}: {text}{words}" if text else f"{head}:{words or ' nothing yet'}"


def _who(derivation: Derivation) -> str:
    return f"{'team' if derivation.subject == TEAMS else 'car'} {derivation.car}"


def shown(derivation: Derivation, value: Value, kind: Kind) -> str:
    """Return a value of a derivation with all its decimals, as a person reads it."""
    match kind:
        case Kind.INSTANT if isinstance(value, int):
            return derivation.clock.format(value, _own_grain(value))
        case Kind.DURATION if isinstance(value, int):
            return _plain(format_duration(value, _own_grain(value)))
        case Kind.TABLE if isinstance(value, tuple):
            return f"{len(value)} entries from {_number(value[0])}"
        case _:
            return _number(value)


# results -------------------------------------------------------------------------------------------


def _result(derivation: Derivation) -> str:
    if derivation.rule == _TRIAL:
        driven = _trial(derivation)
    elif derivation.rule == _TEST:
        driven = _test(derivation)
    else:
        driven = _special(derivation)
    return driven


def _special(derivation: Derivation) -> str:
    given, grain = derivation.named("time given"), derivation.grain
    if given is not None:
        return _span(given, grain)
    if derivation.named("start") is None or derivation.named("finish") is None:
        value = derivation.value
        return "" if value is None else f"{_span(value, grain)} charged"
    text = f"{_clock(derivation, 'start', SECOND)} → {_clock(derivation, 'finish', 1)}"
    neutral = _neutral(derivation)
    text += f", {_span(neutral, 1)} neutralised" if neutral else ""
    time = derivation.named("time")
    text += f" = {_span(time, grain)}" if time is not None else ""
    low, high = derivation.named("bogey time"), derivation.named("stage maximum")
    bounds = [
        f"at least {_span(low, grain)}" if low is not None else "",
        f"at most {_span(high, grain)}" if high is not None else "",
    ]
    named = ", ".join(bound for bound in bounds if bound)
    if named and derivation.value is not None:
        text += f" → {_span(derivation.value, grain)} ({named})"
    return text


def _neutral(derivation: Derivation) -> Duration:
    """How long the clock stood still on the way."""
    runs = [step.value for step in derivation.steps if step.what.startswith("elapsed ")]
    start, finish = derivation.named("start"), derivation.named("finish")
    if not runs or not isinstance(start, int) or not isinstance(finish, int):
        return 0
    return finish - start - sum(run for run in runs if isinstance(run, int))


def _test(derivation: Derivation) -> str:
    grain = derivation.grain
    time = derivation.named("time")
    if time is None:
        time = derivation.named("time given")
    if time is None:
        return _worth(derivation)
    text = _span(time, grain)
    if derivation.named("start") is not None:
        # Only readings that were cut themselves may be shown cut: else what is shown would not add up.
        whole = derivation.named("start, cut") is None
        start = _clock(derivation, "start", grain, whole=whole)
        text = f"{start} → {_clock(derivation, 'finish', grain, whole=whole)} = {text}"
    off = derivation.named("time allowance")
    text += f" − {_span(off, grain)} allowed" if off is not None else ""
    target, deviation = derivation.named("target"), derivation.named("deviation")
    if target is None or deviation is None:
        return text
    return f"{text} − {_span(target, grain)} = {_signed(deviation, grain)}{_worth(derivation, ' → ')}"


def _trial(derivation: Derivation) -> str:
    grain, unit = derivation.grain, derivation.named("unit")
    whole = derivation.named("start, cut") is None
    points: list[tuple[str, str]] = []
    for step in derivation.steps:
        if not step.what.startswith("deviation"):
            continue
        where = step.what.removeprefix("deviation")
        control = where.removeprefix(" at ")
        time = derivation.named(f"whole time{where}") or derivation.named("time") or 0
        ideal = derivation.named(f"whole ideal time{where}") or derivation.named("ideal time") or 0
        clock = f"{control} {_clock(derivation, control, grain, whole=whole)}: " if where else ""
        cut = unit if isinstance(unit, int) else grain
        cost = _number(derivation.named(f"points{where}"))
        off = f"{_span(time, cut)} − {_span(ideal, cut)} = {_signed(step.value, cut)}"
        points.append((f"{clock}{off}", cost))
    begun = derivation.named("start") is not None
    start = f"{_clock(derivation, 'start', grain, whole=whole)}; " if begun else ""
    if len(points) == 1:
        # Its points are those of the trial, which follow.
        text = f"{start}{points[0][0]}"
    else:
        text = start + "; ".join(f"{off} → {cost}" for off, cost in points) if points else ""
    return text + _worth(derivation, " → " if text else "")


def _worth(derivation: Derivation, arrow: str = "") -> str:
    """The points, with what a unit costs; by score table and coefficient where there are such."""
    points, value = derivation.named("points"), derivation.value
    if value is None:
        return ""
    text = "" if points is None else f"{arrow}{_points(points)}{_scale(derivation)}"
    missed = derivation.named("for what was missed")
    if missed is not None and derivation.named("score") is None:
        text += f", {_number(missed)} of them for what was missed"
    score = derivation.named("score with what was missed") or derivation.named("score")
    if score is not None:
        text += f"{' → ' if text else arrow}{_number(score)}"
    factor = derivation.named("coefficient")
    if factor is not None and factor != 1:
        weighed = derivation.named("with the coefficient")
        text += f" × {_number(factor)} = {_number(weighed)}"
    if derivation.kind is Kind.DURATION:
        text += f" = {_amount(value, derivation.kind)}"
    return text


def _scale(derivation: Derivation) -> str:
    """Such as (1 per 0.01 s, cap 300)."""
    unit, each = derivation.named("unit"), derivation.named("points for a unit")
    if not isinstance(unit, int) or each is None:
        return ""
    parts = [f"{_number(each)} per {_unit(unit)}"]
    weight = derivation.named("weight of a unit early")
    parts += [f"early ×{_number(weight)}"] if weight is not None else []
    late, cap = derivation.named("cap for being late"), derivation.named("cap")
    parts += [f"late cap {_number(late)}"] if late is not None else []
    parts += [f"cap {_number(cap)}"] if cap is not None else []
    return f" ({', '.join(parts)})"


# controls ------------------------------------------------------------------------------------------


def _check_in(derivation: Derivation) -> str:
    due, at = derivation.named("due"), derivation.named("check-in")
    parts = [
        f"due {_clock(derivation, 'due', MINUTE)}" if due is not None else "",
        f"in {_clock(derivation, 'check-in', MINUTE)}" if at is not None else "",
    ]
    text = ", ".join(part for part in parts if part)
    late = derivation.named("minutes late")
    if not isinstance(late, int):
        return text
    late = 0 if derivation.named("early is allowed here") is not None else late
    text += " = on time" if late == 0 else f" = {abs(late)} min {'late' if late > 0 else 'early'}"
    price = derivation.named("for a minute")
    if price is not None and derivation.value is not None:
        cap = derivation.named("cap")
        limit = f", cap {_amount(cap, derivation.kind)}" if cap is not None else ""
        factor = derivation.named("coefficient")
        limit += f", times {_number(factor)}" if factor is not None else ""
        each = _amount(price, derivation.kind)
        text += f" → {_cost(derivation.value, derivation.kind)} ({each} per min{limit})"
    return text


def _row(derivation: Derivation) -> str:
    text = ""
    if derivation.named("wheel") is not None:
        wheel, start = _clock(derivation, "wheel", 10_000), _clock(derivation, "start", SECOND)
        text = f"{wheel} before {start} → "
    if derivation.value is None:
        return f"{text}an official decides"
    return text + _cost(derivation.value, derivation.kind)


# sums ----------------------------------------------------------------------------------------------


def _total(derivation: Derivation) -> str:
    if derivation.value is None:
        return "no total"
    if any(given.kind is Kind.TABLE for given in derivation.inputs):
        return _by_places(derivation)
    inputs = [given for given in derivation.inputs if given.name != "nothing"]
    penalties = [given for given in inputs if "(penalty " in given.name]
    stages = [given for given in inputs if "(penalty " not in given.name]
    minus = any(step.what == "total" and step.operation == "subtract" for step in derivation.steps)
    text = _list(derivation, stages, "stages")
    if penalties:
        text += f" {'−' if minus else '+'} " if text else ""
        listed = _list(derivation, penalties, "penalties")
        text += f"({listed})" if minus and len(penalties) > 1 else listed
    return f"{text} = {_sum(derivation, derivation.value)}" if text else _sum(derivation, derivation.value)


def _by_places(derivation: Derivation) -> str:
    """Points for places: each place with what it brings."""
    places = [given for given in derivation.inputs if given.name.startswith("place ")]
    parts = [
        f"{given.name.removeprefix('place ')} {_number(given.value)} → "
        f"{_number(derivation.named(given.name.replace('place ', 'points ', 1)))}"
        for given in places
    ]
    return f"{', '.join(parts)} = {_sum(derivation, derivation.value or 0)}"


def _list(derivation: Derivation, inputs: list[Input], what: str) -> str:
    if len(inputs) > _LISTED:
        total = derivation.named(what)
        return f"{len(inputs)} {what} {_short(derivation, total)}"
    return " + ".join(
        f"{given.name.split(' (penalty')[0]} {_short(derivation, given.value)}" for given in inputs
    )


def _short(derivation: Derivation, value: Value | None) -> str:
    return _span(value, derivation.grain) if derivation.kind is Kind.DURATION else _number(value)


def _sum(derivation: Derivation, value: Value) -> str:
    return _span(value, derivation.grain) if derivation.kind is Kind.DURATION else _points(value)


def _rank(derivation: Derivation) -> str:
    if derivation.value is None:
        return "no rank"
    better = derivation.named("crews that are better")
    return f"{_number(better)} better → {_number(derivation.value)}"


# values --------------------------------------------------------------------------------------------


def _clock(derivation: Derivation, name: str, grain: Duration, *, whole: bool = False) -> str:
    """A rally time of day; with the decimals it has where `grain` is 1, and no fewer where `whole`."""
    at = derivation.named(name)
    if not isinstance(at, int):
        return "?"
    if grain == 1:
        grain = _own_grain(at)
    if minute_decimals(grain):
        grain = SECOND if grain % SECOND == 0 else 100_000
    if whole:
        grain = min(grain, _own_grain(at))
    return derivation.clock.format(at, grain)


def _span(value: Value | None, grain: Duration) -> str:
    """A duration without leading zeros: 15.07, 4:33.0; minutes with decimals where they are counted."""
    if not isinstance(value, int):
        return "?"
    text = format_duration(value, grain)
    return _plain(text) if not minute_decimals(grain) and grain < MINUTE else text


def _plain(text: str) -> str:
    """Without minutes where there are none: 6.0, not 0:06.0."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    if digits.startswith("0:"):
        digits = digits[2:].removeprefix("0") if digits[2:4] != "00" else digits[3:]
    return sign + digits


def _own_grain(value: int) -> Duration:
    """The coarsest resolution that says all of a value, seconds at most."""
    return next(each for each in (SECOND, 100_000, 10_000, 1_000, 1) if value % each == 0)


def _signed(value: Value | None, grain: Duration) -> str:
    return format_duration(value, grain, sign=True) if isinstance(value, int) else "?"


def _unit(unit: Duration) -> str:
    """Such as 0.01 s, 1 s or 0.01 min."""
    if minute_decimals(unit):
        return f"{Decimal(unit) / MINUTE:f} min"
    if unit % MINUTE == 0:
        return f"{unit // MINUTE} min"
    return f"{Decimal(unit) / SECOND:f} s"


def _amount(value: Value | None, kind: Kind) -> str:
    """An amount of the scoring: `30 s`, or a number of points."""
    if kind is Kind.DURATION and isinstance(value, int):
        return f"{Decimal(value) / SECOND:f} s"
    return _number(value)


def _cost(value: Value | None, kind: Kind) -> str:
    return _amount(value, kind) if kind is Kind.DURATION else _points(value)


def _points(value: Value | None) -> str:
    return f"{_number(value)} point{'' if value == 1 else 's'}"


def _number(value: Value | None) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case int() | Fraction():
            return str(value)
        case _:
            return "?"
