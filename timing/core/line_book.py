"""The stamps of each control and whose they are: the index under the fold.

A withdrawal, a ruling and the stamp they mean may arrive in any order. Matching at a control rests
on when cars were at the controls before it, so a change is carried on along the road, in its order.
"""

from collections.abc import Mapping
from heapq import heappop, heappush

from timing.core.decisions import AssignCar, Role
from timing.core.instant import MINUTE, Instant
from timing.core.itinerary import Control
from timing.core.matching import Claim, Matched, Window, match
from timing.core.readings import Source
from timing.core.results import AssignedBy
from timing.core.road import OPENS_BEFORE, Road
from timing.core.rulings import Rulings
from timing.core.stamps import Hit, Placed, same_withdrawn

_NAMED_BY: Mapping[str, AssignedBy] = {Source.M: AssignedBy.MARSHAL, Source.G: AssignedBy.TRACKER}


class LineBook:
    """Which stamps a control has and to which cars they belong."""

    def __init__(self, road: Road, rulings: Rulings) -> None:
        self._road = road
        self._rulings = rulings
        self._stamps: dict[str | None, dict[str, Placed]] = {}
        self._where: dict[str, Placed] = {}
        self._moments: dict[tuple[str, Instant], dict[str, Placed]] = {}
        self._claims: dict[str, Claim | None] = {}
        self._matched: dict[str, Matched] = {}
        self._hits: dict[str, dict[str, tuple[Hit, ...]]] = {}
        self._first: dict[str, dict[str, Instant]] = {}
        self._fed_by: dict[str, tuple[str, ...]] = self._feeders()

    def _feeders(self) -> dict[str, tuple[str, ...]]:
        """For each control those before it whose times say when a car is due here, nearest first."""
        found: dict[str, tuple[str, ...]] = {}
        for control in self._road.controls:
            previous = self._road.previous(control.id)
            found[control.id] = () if previous is None else tuple(
                other.id
                for other in reversed(self._road.in_leg[control.leg])
                if previous.order <= other.order < control.order
            )  # fmt: skip
        return found

    # taking in -------------------------------------------------------------------------------------

    def add(self, placed: Placed) -> set[str]:
        """Take in a stamp or a withdrawal; returns the controls to be matched again."""
        touched = self._forget(placed.key)
        moment = self._moments.setdefault((placed.stamp.device, placed.at), {})
        moment[placed.key] = placed
        self._where[placed.key] = placed
        if placed.stamp.cancelled:
            for other in moment.values():
                if not other.stamp.cancelled and same_withdrawn(placed, other):
                    self._claims.pop(other.key, None)
                    touched |= _known(other.control)
            return touched
        self._stamps.setdefault(placed.control, {})[placed.key] = placed
        self._claims.pop(placed.key, None)
        return touched | _known(placed.control)

    def _forget(self, key: str) -> set[str]:
        """Take out an earlier form of a stamp; returns the controls where it mattered."""
        known = self._where.pop(key, None)
        if known is None:
            return set()
        moment = self._moments[known.stamp.device, known.at]
        del moment[key]
        self._stamps.get(known.control, {}).pop(key, None)
        touched = _known(known.control)
        if known.stamp.cancelled:
            for other in moment.values():
                self._claims.pop(other.key, None)
                touched |= _known(other.control)
        return touched

    def control_of(self, key: str) -> set[str]:
        """Return the control of a stamp about which something was ruled, to be matched again."""
        self._claims.pop(key, None)
        placed = self._where.get(key)
        return set() if placed is None else _known(placed.control)

    def settle(self, controls: set[str]) -> set[str]:
        """Match controls again, and on along the road as far as it matters; returns the cars concerned.

        `controls` grows by the controls that had to be matched again.
        """
        cars: set[str] = set()
        waiting = [(self._road.by_id[ident].order, ident) for ident in controls]
        waiting.sort()
        queued = set(controls)
        while waiting:
            _, ident = heappop(waiting)
            queued.discard(ident)
            moved = self._match(self._road.by_id[ident])
            cars |= moved
            if not moved:
                continue
            for later in self._fed_from(ident):
                if later not in queued and self._has_nameless(later):
                    queued.add(later)
                    controls.add(later)
                    heappush(waiting, (self._road.by_id[later].order, later))
        return cars

    def _fed_from(self, ident: str) -> list[str]:
        """The later controls where a car's time here says when it is due."""
        control = self._road.by_id[ident]
        return [
            other.id
            for other in self._road.in_leg[control.leg]
            if other.order > control.order and ident in self._fed_by[other.id]
        ]

    def _has_nameless(self, ident: str) -> bool:
        return any(
            (claim := self._claim(placed)) is not None and claim.car is None and not claim.closed
            for placed in self._stamps.get(ident, {}).values()
        )

    def _match(self, control: Control) -> set[str]:
        """Match one control's stamps; returns the cars whose stamps here are other ones now."""
        claims = [
            claim for placed in self._stamps.get(control.id, {}).values() if (claim := self._claim(placed))
        ]
        before = self._matched.get(control.id, Matched())
        after = match(claims, lambda: self.windows(control), self._road.preset.debounce)
        self._matched[control.id] = after
        cars = before.hits.keys() | after.hits.keys()
        moved = {car for car in cars if before.hits.get(car) != after.hits.get(car)}
        firsts = self._first.setdefault(control.id, {})
        opens = self._road.opens[control.leg]
        for car in moved:
            hits = after.hits.get(car, ())
            own = self._hits.setdefault(car, {})
            if hits:
                own[control.id] = hits
            else:
                own.pop(control.id, None)
            times = [h.at for h in hits if not h.placed.no_time and (opens is None or h.at >= opens)]
            if times:
                firsts[car] = min(times)
            else:
                firsts.pop(car, None)
        return moved

    def _claim(self, placed: Placed) -> Claim | None:
        """What is said about whose a stamp is; None where it does not count."""
        if placed.key not in self._claims:
            self._claims[placed.key] = self._make_claim(placed)
        return self._claims[placed.key]

    def _make_claim(self, placed: Placed) -> Claim | None:
        if self.withdrawn(placed) or self._rulings.spurious(placed.key) is not None:
            return None
        ruled = self._rulings.car_put_to(placed.key)
        if ruled is not None and isinstance(ruled.decision.act, AssignCar):
            said = ruled.decision.act.car
            car = self._road.event.entries.find(said) if said is not None else None
            marshal = ruled.decision.role is Role.MARSHAL
            by = AssignedBy.MARSHAL if marshal else AssignedBy.OFFICIAL
            return Claim(placed, car, by, closed=car is None)
        by = _NAMED_BY.get(placed.source, AssignedBy.DEVICE)
        return Claim(placed, placed.car, by, closed=bool(placed.named) and placed.car is None)

    # answers ---------------------------------------------------------------------------------------

    def withdrawn(self, placed: Placed) -> bool:
        """Return whether the device or marshal that made a stamp took it back."""
        moment = self._moments.get((placed.stamp.device, placed.at), {})
        return any(other.stamp.cancelled and same_withdrawn(other, placed) for other in moment.values())

    def spurious(self, key: str) -> bool:
        """Return whether an official ruled that a stamp is a false trigger."""
        return self._rulings.spurious(key) is not None

    def hits_of(self, car: str) -> Mapping[str, tuple[Hit, ...]]:
        """Return a car's stamps by control."""
        return self._hits.get(car, {})

    def stamps_at(self, control: str | None) -> Mapping[str, Placed]:
        """Return all stamps of a control by key (None: those of no control), withdrawn ones included."""
        return self._stamps.get(control, {})

    def matched(self, control: str) -> Matched:
        """Return whose the stamps of a control are."""
        return self._matched.get(control, Matched())

    def first_at(self, control: str, car: str) -> Instant | None:
        """Return the first time of a car at a control that can belong to the rally."""
        return self._first.get(control, {}).get(car)

    def windows(self, control: Control) -> dict[str, Window]:
        """Return when each car that is due here by the road may come."""
        entries = self._road.event.entries.by_number
        found: dict[str, Window] = {}
        if self._road.previous(control.id) is None:
            for car, entry in entries.items():
                due = self._road.scheduled(control, entry)
                if due is not None:
                    found[car] = Window(due - OPENS_BEFORE, due, due + 30 * MINUTE)
            return found
        for feeder in reversed(self._fed_by[control.id]):
            travel = self._road.travel(self._road.by_id[feeder], control)
            # Nearer controls come later in this loop and replace what a farther one said.
            for car, at in self._first.get(feeder, {}).items():
                found[car] = Window(at + travel.least, at + travel.usual, at + travel.most)
        return found


def _known(control: str | None) -> set[str]:
    return set() if control is None else {control}
