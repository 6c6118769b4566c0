"""Derivations at controls: a check-in against its due minute, and the rows of a penalty list."""

from decimal import Decimal

from timing.core.coefficients import coefficient_of
from timing.core.derivation import Derivation, Kind, Operation, Value, Working
from timing.core.derive_causes import Seen, derive_cause
from timing.core.derive_clocks import stamped_time
from timing.core.drive import Drive
from timing.core.entries import Entry
from timing.core.instant import MINUTE, SECOND, Duration
from timing.core.itinerary import Control
from timing.core.preset import MinuteRule, Rate, Unit
from timing.core.rates import rate_at
from timing.core.results import CheckIn, PenaltyRow
from timing.core.road import Road
from timing.core.rulings import Ruled
from timing.core.start_penalties import false_start_rows

_LATE, _EARLY, _FALSE_START = "late", "early", "false start"


def derive_check_in(
    road: Road,
    entry: Entry,
    check_in: CheckIn,
    drive: Drive,
    rows: tuple[PenaltyRow, ...],
    assigned: Ruled | None = None,
) -> Derivation:
    """Return what a check-in cost and how that came about; `assigned` is an out time given by an official.

    The value is what minutes early or late cost; where nothing is counted or due, the minutes late.
    """
    control = road.by_id[check_in.control]
    rules, unit, work = road.rules_at(control.id), road.preset.unit, Working()
    at = drive.chosen.get(control.id)
    value: Value | None = None
    kind = Kind.COUNT
    words = ""
    if check_in.due is not None:
        _due(work, control, entry, check_in, assigned)
    if at is not None:
        stamped_time(work, "check-in", at)
    if at is None:
        words = "no check-in"
    elif check_in.due is None or check_in.late is None:
        words = "no due time"
    else:
        late = _minutes(work, rules.minute_rule)
        if check_in.late == 0 and work.value(late) != 0:
            late = work.reckon(
                "early is allowed here", Operation.MOST, late, work.given("none", 0, Kind.COUNT)
            )
        value = check_in.late
        charged = [row for row in rows if row.control == control.id and row.rule in (_LATE, _EARLY)]
        if charged and charged[0].amount is not None and not charged[0].fails:
            value, kind = charged[0].amount, _kind(unit)
            cost = _cost(work, late, rate_at(control, rules), unit)
            factor = coefficient_of(entry, road.preset) if road.preset.coefficient_on_controls else 1
            if factor != 1:
                work.reckon("weighed", Operation.TIMES, cost, work.given("coefficient", factor, Kind.FACTOR))
        elif charged:
            words = f"{charged[0].fails} fails"
    assumed = "the due time is assumed" if check_in.assumed else ""
    words = "; ".join(part for part in (words, check_in.over_lateness, assumed) if part)
    return Derivation(
        rule=str(control.kind),
        subject=control.id,
        car=entry.car_number,
        clock=road.event.time,
        inputs=tuple(work.inputs),
        steps=tuple(work.steps),
        value=value,
        kind=kind,
        grain=MINUTE,
        words=words,
        records=work.records(),
    )


def _due(work: Working, control: Control, entry: Entry, check_in: CheckIn, assigned: Ruled | None) -> None:
    """Write down the due time: assigned, printed for the first car, or counted from the section's start."""
    due = check_in.due
    assert due is not None
    if assigned is not None:
        work.given("due", due, Kind.INSTANT, assigned.seq)
        return
    if control.first_car is not None:
        parts = [work.given("first car", control.first_car, Kind.INSTANT)]
        parts.append(work.given("start offset", entry.start_offset, Kind.DURATION))
    elif control.target is not None:
        begin = due - control.target - check_in.allowed * MINUTE
        parts = [work.given("section begins", begin, Kind.INSTANT)]
        parts.append(work.given("time for the section", control.target, Kind.DURATION))
    else:
        work.given("due", due, Kind.INSTANT)
        return
    values = [work.value(part) for part in parts]
    rest = due - sum(value for value in values if isinstance(value, int))
    if check_in.allowed:
        parts.append(work.given("official delay", check_in.allowed * MINUTE, Kind.DURATION))
        rest -= check_in.allowed * MINUTE
    if rest:
        parts.append(work.given("lateness taken before", rest, Kind.DURATION))
    work.reckon("due", Operation.ADD, *parts)


def _minutes(work: Working, rule: MinuteRule) -> str:
    """Write down by how many minutes a check-in is late (early: negative)."""
    minute = work.given("minute", MINUTE, Kind.DURATION)
    if rule is MinuteRule.FLOOR_MINUTE:
        work.reckon("due minute", Operation.CUT, "due", minute)
        work.reckon("minute of the check-in", Operation.CUT, "check-in", minute)
        off = work.reckon("off", Operation.SUBTRACT, "minute of the check-in", "due minute")
        return work.reckon("minutes late", Operation.WHOLE, off, minute)
    due, at = work.value("due"), work.value("check-in")
    assert isinstance(due, int)
    assert isinstance(at, int)
    if at >= due:
        off = work.reckon("off", Operation.SUBTRACT, "check-in", "due")
        return work.reckon("minutes late", Operation.BEGUN, off, minute)
    off = work.reckon("early by", Operation.SUBTRACT, "due", "check-in")
    early = work.reckon("minutes early, begun ones whole", Operation.BEGUN, off, minute)
    return work.reckon("minutes late", Operation.NEGATE, early)


def _cost(work: Working, late: str, rate: Rate, unit: Unit) -> str:
    """Write down what the minutes cost, in the unit of the scoring; returns its name."""
    minutes = work.value(late)
    assert isinstance(minutes, int)
    each, cap = rate.late_per_min, rate.late_cap
    if minutes < 0:
        late = work.reckon("minutes early", Operation.NEGATE, late)
        each, cap = rate.early_per_min, rate.early_cap
    price = work.given("for a minute", _amount(each, unit), _kind(unit))
    cost = work.reckon("cost", Operation.TIMES, late, price)
    if cap is not None:
        limit = work.given("cap", _amount(cap, unit), _kind(unit))
        cost = work.reckon("at most", Operation.LEAST, cost, limit)
    return cost


def _amount(value: int, unit: Unit) -> int | Decimal:
    return value * SECOND if unit is Unit.SECONDS else Decimal(value)


def _kind(unit: Unit) -> Kind:
    return Kind.DURATION if unit is Unit.SECONDS else Kind.POINTS


def derive_row(
    road: Road, entry: Entry, row: PenaltyRow, seen: Seen, cancelled: frozenset[str]
) -> Derivation:
    """Return how a row of a crew's penalty list came about.

    A false start is derived from wheel and start; what an official gave is that official's, and
    what the regulations fix (a missed control) is their price, after what shows that it is due.
    """
    work, words = Working(), row.text
    if row.rule == _FALSE_START and row.stage is not None and row.amount is not None:
        _false_start(work, road, entry, row, seen.drive, cancelled)
    else:
        derive_cause(work, road, row, seen)
        if row.amount is not None:
            kind, seq = _kind(road.preset.unit), row.records[0] if row.records else None
            price = work.given("price", row.amount, kind, seq)
            if work.steps:
                # The last step is the value.
                none = work.given("nothing else", _amount(0, road.preset.unit), kind)
                work.reckon("penalty", Operation.ADD, price, none)
    return Derivation(
        rule=row.rule.upper(),
        subject=row.control or row.stage or "",
        car=entry.car_number,
        clock=road.event.time,
        inputs=tuple(work.inputs),
        steps=tuple(work.steps),
        value=row.amount,
        kind=_kind(road.preset.unit),
        grain=_grain(row.amount),
        words=words,
        records=work.records(row.records),
    )


def _false_start(
    work: Working, road: Road, entry: Entry, row: PenaltyRow, drive: Drive, cancelled: frozenset[str]
) -> None:
    """Write down a false start: the ladder's price, and for the first perhaps the time gained."""
    stage = road.event.itinerary.stages[row.stage or ""]
    rules, unit = road.rules_of(stage), road.preset.unit
    wheel, start = drive.wheels.get(stage.start), drive.starts.get(stage.id)
    if wheel is not None and start is not None:
        work.given("wheel", wheel.at, Kind.INSTANT, wheel.placed.seq)
        work.given("start", start.at, Kind.INSTANT, start.seq)
        work.reckon("too early by", Operation.SUBTRACT, "start", "wheel")
    all_of_them = false_start_rows(road, entry, drive.wheels, drive.starts, cancelled)
    place = [each.stage for each in all_of_them].index(stage.id) + 1
    base = work.given(f"for number {place}", _amount(rules.false_start[place - 1], unit), _kind(unit))
    none = work.given("nothing else", _amount(0, unit), _kind(unit))
    gained = place == 1 and rules.false_start_add_actual and unit is Unit.SECONDS and wheel is not None
    work.reckon("penalty", Operation.ADD, base, "too early by" if gained else none)


def _grain(amount: int | Decimal | None) -> Duration:
    return SECOND if isinstance(amount, int) and amount % SECOND == 0 else 100_000
