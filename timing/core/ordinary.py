"""The ordinary leg: one stamp at each line, all in order, nothing to judge.

Nearly all cars drive nearly all legs of a regularity rally so, and then choosing a time at a control
is no choice: the one stamp is the time. What `follow_leg` would answer is known without asking it;
the times are written out only where somebody looks. Anything else (a second stamp, a ruling, times
out of order, a special stage with its assigned starts) is for `follow_leg`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from timing.core.drive import Drive, leg_bound, leg_opening
from timing.core.entries import Entry
from timing.core.instant import Duration, Instant
from timing.core.itinerary import PASSAGE_CONTROLS, TIME_CONTROLS, Control, ControlKind
from timing.core.passings import shortest
from timing.core.road import Road
from timing.core.rulings import NOTHING, CarRulings
from timing.core.stamps import LINES, Hit, usual_uncertainty
from timing.core.times import lone_drive

#: Where the one stamp of a trusted source is the time, whatever happened elsewhere.
_ORDINARY = TIME_CONTROLS | PASSAGE_CONTROLS | {ControlKind.REG_TEST, ControlKind.AVG_TRIAL}


@dataclass(frozen=True, slots=True)
class _Line:
    """One control of an ordinary leg: whose stamps are its time, how exact they have to be."""

    control: Control
    id: str
    sources: frozenset[str]
    sure: frozenset[str]
    """The sources that are exact enough where a stamp does not say how exact it is."""
    tolerance: Duration | None
    after: "str | None"
    least: Duration
    """How long a car needs at least from the control `after`, the one before."""

    def takes(self, hit: Hit) -> bool:
        """Return whether a car's only stamp here is its time beyond doubt."""
        placed = hit.placed
        uncertainty, clock = placed.stamp.uncertainty, placed.clock
        if clock is not None and clock.doubt:
            return False
        if uncertainty is None:
            return placed.source in self.sure and not placed.no_time
        exact = self.tolerance is None or uncertainty <= self.tolerance
        return exact and placed.source in self.sources and not placed.no_time


_Lines: TypeAlias = tuple[_Line, ...]


class OrdinaryLegs:
    """Follows cars along the legs on which nothing has to be judged."""

    def __init__(self, road: Road) -> None:
        self._road = road
        self._lines: dict[int, _Lines | None] = {
            leg: _lines(road, controls) for leg, controls in road.in_leg.items()
        }
        self._places: dict[int, dict[str, int]] = {
            leg: {control.id: place for place, control in enumerate(controls)}
            for leg, controls in road.in_leg.items()
        }

    def follow(
        self,
        entry: Entry,
        leg: int,
        now: Sequence[Sequence[Hit] | None],
        rulings: CarRulings,
        known: Mapping[str, Hit],
    ) -> Drive | None:
        """Return what `follow_leg` would, or None where that has to be asked.

        `now` are for each control of the leg, in road order, the stamps of the car or None; `known` are
        the lone stamps that were taken on this leg before: they need no second look.
        """
        lines = self._lines[leg]
        if lines is None or rulings is not NOTHING:
            return None
        found: dict[str, Hit] = {}
        before: _Line | None = None
        last = earliest = 0
        for line, own in zip(lines, now, strict=True):
            if own is None:
                continue
            ident, hit = line.id, own[0]
            if len(own) > 1 or not (known.get(ident) is hit or line.takes(hit)):
                return None
            at = hit.placed.stamp.at
            if before is None:
                earliest = at
            else:
                least = line.least if line.after == before.id else shortest(before.control, line.control)
                if at - last < least:
                    return None
                if at < earliest:
                    earliest = at
            found[ident] = hit
            before, last = line, at
        if found and self._too_early(entry, leg, found, earliest):
            return None
        return lone_drive(entry.car_number, found)

    def go_on(
        self,
        entry: Entry,
        leg: int,
        drive: Drive,
        was: Sequence[Sequence[Hit] | None],
        now: Sequence[Sequence[Hit] | None],
        rulings: CarRulings,
    ) -> Drive | None:
        """Return what `follow` would where a car has come to one more line, behind all others; else None.

        `drive` is its drive on the leg before, out of the stamps `was`; `now` are the stamps there are
        now: for each control of the leg, in road order, those of the car or None.
        """
        lines = self._lines[leg]
        if lines is None or rulings is not NOTHING or not drive.lone:
            return None
        last = next(reversed(drive.lone))
        behind = self._places[leg][last] + 1
        more = [place for place in range(behind, len(now)) if now[place] is not None]
        if len(more) != 1 or was[:behind] != now[:behind]:
            return None
        line, own = lines[more[0]], now[more[0]]
        assert own is not None
        before, hit = drive.lone[last], own[0]
        least = line.least if line.after == last else shortest(self._road.by_id[last], line.control)
        # Later than a time that was not too early for the leg, this one is not either.
        if len(own) > 1 or not line.takes(hit) or hit.at - before.at < max(least, 0):
            return None
        return lone_drive(entry.car_number, {**drive.lone, line.id: hit})

    def _too_early(self, entry: Entry, leg: int, found: Mapping[str, Hit], earliest: Instant) -> bool:
        """Whether one of the stamps may lie before the leg or before the car's own start."""
        road = self._road
        opening = leg_opening(road, leg)
        first = road.in_leg[leg][0]
        hit = found.get(first.id)
        bound = leg_bound(road, entry, opening, first, None if hit is None else hit.at)
        return any(each.at is not None and earliest < each.at for each in (opening, bound))


def _lines(road: Road, controls: Sequence[Control]) -> _Lines | None:
    """The lines of a leg, or None where one of its controls asks for more."""
    if not all(control.kind in _ORDINARY for control in controls):
        return None
    before: dict[str, Control] = {two.id: one for one, two in pairwise(controls)}
    return tuple([_line(road, control, before.get(control.id)) for control in controls])


def _line(road: Road, control: Control, before: Control | None) -> _Line:
    sources = frozenset(str(source) for source in road.precedence[control.id])
    tolerance = road.tolerance[control.id] if control.kind in LINES else None
    sure = sources
    if tolerance is not None:
        sure = frozenset(source for source in sources if usual_uncertainty(source) <= tolerance)
    return _Line(
        control=control,
        id=control.id,
        sources=sources,
        sure=sure,
        tolerance=tolerance,
        after=None if before is None else before.id,
        least=0 if before is None else shortest(before, control),
    )
