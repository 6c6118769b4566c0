"""What one check-in costs: minutes early, minutes late, and a section that was driven too fast."""

from timing.core.entries import Entry
from timing.core.instant import MINUTE, Instant
from timing.core.preset import Unit
from timing.core.rates import amount, lateness_charge, lateness_fails, minimum_charge
from timing.core.results import Chosen, PenaltyRow
from timing.core.timetable import TimePoint


def check_in_rows(
    point: TimePoint, entry: Entry, at: Chosen, late: int, left: Instant | None
) -> list[PenaltyRow]:
    """Return the rows of a check-in.

    Args:
        point: the time control.
        entry: the crew.
        at: its check-in.
        late: minutes late (early: negative).
        left: the minute in which the section that ends here really began, or None.
    """
    if point.unit is Unit.NONE:
        return []
    rows: list[PenaltyRow] = []
    if late < 0 and point.hours.too_early(at.at):
        # Nobody was there to take the card, so the time itself is in question.
        text = f"{-late} min early, before the control opened"
        rows.append(_row(point, entry, at, "before opening", text=text))
    elif late:
        cost = lateness_charge(late, point.rate)
        fails = lateness_fails(late, point.rules, point.rate)
        if cost or fails:
            which = "late" if late > 0 else "early"
            value = 0 if fails else cost
            text = f"{abs(late)} min {which}"
            rows.append(_row(point, entry, at, which, value, text=text, fails=fails))
    minimum = point.control.minimum
    if minimum is not None and left is not None:
        took = at.at // MINUTE - left // MINUTE
        short = -((took * MINUTE - minimum) // MINUTE)
        if short > 0:
            rows.append(
                PenaltyRow(
                    car=entry.car_number,
                    rule="too fast",
                    amount=minimum_charge(short, point.rules),
                    control=point.control.id,
                    leg=point.control.leg,
                    text=f"{took} min, at least {-(-minimum // MINUTE)}",
                    records=(at.seq,),
                )
            )
    return rows


def over_lateness_row(point: TimePoint, entry: Entry, at: Chosen, over: str) -> PenaltyRow:
    """Return the row for lateness over the limit where it costs points; an official may have to decide."""
    return _row(point, entry, at, "over lateness", point.rules.otl_points, text=over)


def no_due_row(point: TimePoint, entry: Entry, at: Chosen, lost: str) -> PenaltyRow:
    """Return the row for a section of which nobody knows when it began: an official decides."""
    return _row(point, entry, at, "no due time", text=f"no due time: no time at {lost}")


def _row(
    point: TimePoint,
    entry: Entry,
    at: Chosen,
    rule: str,
    value: int | None = None,
    *,
    text: str,
    fails: int = 0,
) -> PenaltyRow:
    return PenaltyRow(
        entry.car_number,
        rule,
        None if value is None else amount(value, point.unit),
        point.control.id,
        None,
        point.control.leg,
        text,
        (at.seq,),
        fails,
    )
