"""Which cars may have made a stamp that is nobody's yet: ranked, each with a reason for a person."""

from collections.abc import Mapping
from statistics import median_low

from timing.core.instant import MINUTE, SECOND, Duration, Instant, format_duration
from timing.core.itinerary import Control
from timing.core.line_book import LineBook
from timing.core.readings import Source
from timing.core.results import Candidate
from timing.core.road import Road
from timing.core.sheet import Sheet
from timing.core.stamps import Placed

#: How many candidates a person is offered.
MOST = 5
_NEAR: Duration = 6 * SECOND
#: Signs that people and tag printers confuse with digits.
_LOOK_ALIKE = str.maketrans("OoQDIl|SBZ", "0000111582")


def rank_candidates(
    road: Road, book: LineBook, control: Control, placed: Placed, sheets: Mapping[str, Sheet]
) -> tuple[Candidate, ...]:
    """Return the likely cars for a stamp, best first.

    Weighs, in this order: another source that saw the car at that moment, a number that looks like
    the one sent, the time the car should need from where it was last seen, its turn in the order.
    """
    usual = _usual_travel(road, book, control)
    expected = {
        car: at
        for car, sheet in sheets.items()
        if not sheet.out and (at := _expected(road, book, control, sheet, placed.at, usual)) is not None
    }
    here = book.matched(control.id).hits
    previous = road.previous(control.id)
    waiting = sorted(
        (at, sheets[car].entry.order, car)
        for car, at in expected.items()
        if car not in here and (previous is None or book.first_at(previous.id, car) is not None)
    )
    turn = {car: place for place, (_, _, car) in enumerate(waiting)}
    found: list[Candidate] = []
    for car, sheet in sheets.items():
        if _still_before(road, control, sheet, placed.at):
            continue
        candidate = _weigh(car, sheet, placed, expected.get(car), turn.get(car), road, book, control)
        if candidate is not None:
            found.append(candidate)
    found.sort(key=lambda candidate: (-candidate.score, sheets[candidate.car].entry.order))
    return tuple(found[:MOST])


def _weigh(
    car: str,
    sheet: Sheet,
    placed: Placed,
    expected: Instant | None,
    turn: int | None,
    road: Road,
    book: LineBook,
    control: Control,
) -> Candidate | None:
    """Score one car; None where nothing speaks for it."""
    score = 0
    reasons: list[str] = []
    near = _seen_near(car, placed, book, control)
    if near is not None:
        source, apart = near
        score += 60 - abs(apart) * 20 // _NEAR
        name = "the tracker" if source is Source.G else f"source {source}"
        reasons.append(f"{name} saw it {_apart(apart)}")
    if placed.named and road.event.entries.find(placed.named.translate(_LOOK_ALIKE)) == car:
        score += 40
        reasons.append(f"{placed.named!r} looks like its number")
    if expected is not None:
        off = placed.at - expected
        # A car that was never seen on this leg may not be on the road at all.
        most = 40 if _seen_on_leg(road, control, sheet) else 20
        score += max(0, most - abs(off) * most // (20 * MINUTE))
        if abs(off) < 20 * MINUTE:
            reasons.append(f"expected {_apart(-off)}")
    if turn is not None and turn < 3 and reasons:
        score += 10 - 3 * turn
        if turn == 0:
            reasons.append("next in order")
    if not reasons:
        return None
    if car in book.matched(control.id).hits and near is None:
        score //= 3
        reasons.append("already has a time here")
    return Candidate(car, min(score, 100), ", ".join(reasons))


def _still_before(road: Road, control: Control, sheet: Sheet, at: Instant) -> bool:
    """Whether a car was at the last control before this where it was seen only later: not here yet."""
    seen = sheet.drive.chosen
    for other in reversed(road.in_leg[control.leg]):
        if other.order < control.order and other.id in seen:
            return seen[other.id].at > at
    return False


def _seen_on_leg(road: Road, control: Control, sheet: Sheet) -> bool:
    """Whether a car was seen on the control's leg, or is to be seen there first."""
    first = road.in_leg[control.leg][0]
    return first is control or any(other.id in sheet.drive.chosen for other in road.in_leg[control.leg])


def _seen_near(car: str, placed: Placed, book: LineBook, control: Control) -> tuple[Source, Duration] | None:
    near = [
        (abs(hit.at - placed.at), hit.placed.source, hit.at - placed.at)
        for hit in book.matched(control.id).hits.get(car, ())
        if hit.placed.source is not placed.source and abs(hit.at - placed.at) <= _NEAR
    ]
    if not near:
        return None
    _, source, apart = min(near)
    return source, apart


def _usual_travel(road: Road, book: LineBook, control: Control) -> Duration | None:
    """How long the cars seen so far took from the preceding control, where three or more did."""
    previous = road.previous(control.id)
    if previous is None:
        return None
    took = [
        hits[0].at - start
        for car, hits in book.matched(control.id).hits.items()
        if (start := book.first_at(previous.id, car)) is not None and hits[0].at > start
    ]
    return median_low(took) if len(took) >= 3 else None


def _expected(
    road: Road, book: LineBook, control: Control, sheet: Sheet, at: Instant, usual: Duration | None
) -> Instant | None:
    """When a car should be at a control, from where it was last seen before `at`, else by schedule."""
    previous = road.previous(control.id)
    for other in reversed(road.in_leg[control.leg]):
        if other.order >= control.order:
            continue
        here = sheet.drive.chosen.get(other.id)
        if here is None or here.at > at:
            continue
        if usual is not None and previous is not None and other.id == previous.id:
            return here.at + usual
        return here.at + road.travel(other, control).usual
    first = road.in_leg[control.leg][0]
    due = road.scheduled(first, sheet.entry)
    if due is None:
        return None
    return due if first is control else due + road.travel(first, control).usual


def _apart(apart: Duration) -> str:
    text = format_duration(abs(apart), 100_000 if abs(apart) < MINUTE else SECOND)
    return f"{text} {'later' if apart > 0 else 'earlier'}" if apart else "at this moment"
