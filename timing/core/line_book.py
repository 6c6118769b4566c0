"""The stamps of each control and whose they are: the index under the fold.

A withdrawal, a ruling and the stamp they mean may arrive in any order. Matching at a control rests
on when cars were at the controls before it, so a change is carried on along the road, in its order.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from heapq import heappop, heappush

from timing.core.decisions import AssignCar, Role
from timing.core.due_windows import DueWindows, first_time
from timing.core.instant import Instant
from timing.core.itinerary import Control
from timing.core.matching import Claim, Group, Matched, Window, by_time, in_order, match
from timing.core.readings import Source, Stamp
from timing.core.records import Record
from timing.core.results import AssignedBy
from timing.core.road import Road
from timing.core.rulings import Rulings
from timing.core.stamps import Hit, Placed, same_withdrawn

#: Whose stamps are times, and who or what then names the car. A crew's claim is no time.
_NAMED_BY: Mapping[str, AssignedBy] = {
    Source.A: AssignedBy.DEVICE,
    Source.B: AssignedBy.DEVICE,
    Source.H: AssignedBy.DEVICE,
    Source.G: AssignedBy.TRACKER,
    Source.M: AssignedBy.MARSHAL,
}


@dataclass(slots=True)
class _Line:
    """The stamps of one control, and whose they are.

    `nameless` says that one of them counts and nobody said whose it is, `free` that a car may be
    found for such a one without a person: then the stamps have to be matched with each other.
    """

    stamps: dict[str, Placed] = field(default_factory=dict)
    hits: dict[str, tuple[Hit, ...]] = field(default_factory=dict)
    open: tuple[Group, ...] = ()
    claims: list[Claim] | None = None
    """What is said about its stamps, in order of time, while some are nameless; None: to be asked anew."""
    nameless: bool = False
    free: bool = False


class LineBook:
    """Which stamps a control has and to which cars they belong.

    The ordinary stamp names its car and stands next to others that do the same: it is put to that
    car at once. Only where a stamp without a name, a ruling or a withdrawal comes in are the stamps
    of a control matched as a whole.
    """

    def __init__(self, road: Road, rulings: Rulings, heeded: Set[str] = frozenset()) -> None:
        self._road = road
        self._rulings = rulings
        self._heeded = heeded
        self._lines: dict[str, _Line] = {control.id: _Line() for control in road.controls}
        self._nowhere: dict[str, Placed] = {}
        self._withdrawals: dict[str, Placed] = {}
        self._claims: dict[str, Claim | None] = {}
        self._hits: dict[str, dict[str, tuple[Hit, ...]]] = {car: {} for car in road.event.entries.by_number}
        self._due = DueWindows(road, lambda control, car: self._lines[control].hits.get(car, ()))
        self._ruled: set[str] = set()
        self._moments: dict[tuple[str, Instant], dict[str, Placed]] | None = None
        self._dirty: set[str] = set()
        self._moved: defaultdict[str, set[str]] = defaultdict(set)

    # taking in -------------------------------------------------------------------------------------

    def take(self, record: Record, stamp: Stamp) -> bool:
        """Take in the ordinary stamp: new, of a control, a known car's first and only one there.

        Returns False, and has done nothing, where it is not one or something at its control asks for
        a second look; then `add` takes it. Whatever is done here `add` would do as well.
        """
        control, car, source = stamp.control, stamp.car, stamp.source
        if control is None or car is None or source is None:
            return False
        line, own, named_by = self._lines.get(control), self._hits.get(car), _NAMED_BY.get(source)
        if (
            line is None
            or own is None
            or named_by is None
            or stamp.marks
            or stamp.cancelled
            or line.nameless
            or control in own
            or self._dirty
            or self._ruled
            or self._moments is not None
            or (self._heeded and stamp.device in self._heeded)
        ):
            return False
        key = record.key
        placed = Placed(key, record.seq, stamp, control, source, car, car, "")
        line.stamps[key] = placed
        line.hits[car] = own[control] = (Hit(placed, named_by),)
        self._moved[control].add(car)
        return True

    def add(self, placed: Placed, *, again: bool = True) -> None:
        """Take in a stamp or a withdrawal; `settle` says what it moves.

        `again` says that an earlier form of it may be known.
        """
        key, control, car = placed.key, placed.control, placed.car
        known = self._find(key) if again else None
        if known is not None:
            self._forget(known)
        if self._moments is not None:
            self._moments.setdefault((placed.stamp.device, placed.raw), {})[key] = placed
        if placed.stamp.cancelled:
            self._withdrawals[key] = placed
            self._take_back(placed)
            return
        if control is None:
            self._nowhere[key] = placed
            return
        line = self._lines[control]
        line.stamps[key] = placed
        if (
            car is None
            or line.nameless
            or (self._dirty and control in self._dirty)
            or (self._ruled and key in self._ruled)
            or (self._moments and self.withdrawn(placed))
        ):
            self._claims.pop(key, None)
            self._dirty.add(control)
            if line.claims is not None and (claim := self._claim(placed)) is not None:
                insort(line.claims, claim, key=in_order)
            return
        hit = Hit(placed, _NAMED_BY.get(placed.source, AssignedBy.DEVICE))
        own = line.hits.get(car)
        hits = (hit,) if own is None else tuple(sorted((*own, hit), key=by_time))
        line.hits[car] = self._hits[car][control] = hits
        self._moved[control].add(car)

    def _take_back(self, withdrawal: Placed) -> None:
        """Have the stamps that a withdrawal means looked at again; an unknown one may still arrive."""
        for other in self._at_moment(withdrawal).values():
            if not other.stamp.cancelled and same_withdrawn(withdrawal, other):
                self._look_again(other)

    def _at_moment(self, placed: Placed) -> dict[str, Placed]:
        """The stamps and withdrawals of a device at one instant.

        Devices and marshals seldom take a stamp back; until one does, nobody keeps this index.
        """
        if self._moments is None:
            self._moments = {}
            for each in self._every():
                self._moments.setdefault((each.stamp.device, each.raw), {})[each.key] = each
        return self._moments.get((placed.stamp.device, placed.raw), {})

    def _look_again(self, placed: Placed) -> None:
        self._claims.pop(placed.key, None)
        if placed.control is not None:
            self._lines[placed.control].claims = None
            self._dirty.add(placed.control)

    def clock_moved(self, devices: Set[str], place: Callable[[str], Placed]) -> None:
        """Place the stamps of some devices again: something is known now of their clocks.

        `place` gives a stamp of theirs anew, by its key.
        """
        for known in [each for each in self._every() if each.stamp.device in devices]:
            key = known.key
            placed = place(key)
            if placed == known:
                continue
            if self._moments is not None:
                self._at_moment(known)[key] = placed
            if placed.stamp.cancelled:
                self._withdrawals[key] = placed
                continue  # A withdrawal means the same raw instant as before.
            self._stamps_at(known.control).pop(key)
            self._stamps_at(placed.control)[key] = placed
            self._look_again(known)
            self._look_again(placed)

    def _stamps_at(self, control: str | None) -> dict[str, Placed]:
        return self._nowhere if control is None else self._lines[control].stamps

    def _every(self) -> Iterator[Placed]:
        """All stamps and withdrawals."""
        for line in self._lines.values():
            yield from line.stamps.values()
        yield from self._nowhere.values()
        yield from self._withdrawals.values()

    def _find(self, key: str) -> Placed | None:
        """The stamp or withdrawal with this key, which is seldom asked for: no index is kept."""
        kept = (self._nowhere, self._withdrawals, *(line.stamps for line in self._lines.values()))
        return next((found for stamps in kept if (found := stamps.get(key)) is not None), None)

    def _forget(self, known: Placed) -> None:
        """Take out an earlier form of a stamp."""
        key = known.key
        moment = self._at_moment(known)
        moment.pop(key, None)
        self._withdrawals.pop(key, None)
        self._stamps_at(known.control).pop(key, None)
        self._look_again(known)
        if known.stamp.cancelled:
            for other in moment.values():
                self._look_again(other)

    def rule_on(self, key: str) -> None:
        """Have a stamp about which something was ruled looked at again, now or when it arrives."""
        self._ruled.add(key)
        placed = self._find(key)
        if placed is not None:
            self._look_again(placed)

    def settle(self) -> tuple[set[str], set[str]]:
        """Bring the book up to date, along the road as far as it matters.

        Returns the cars whose stamps are other ones now, and the controls that were looked at.
        """
        cars: set[str] = set()
        controls: set[str] = set()
        order = self._road.by_id
        waiting = sorted((order[ident].order, ident) for ident in self._moved.keys() | self._dirty)
        while waiting:
            _, ident = heappop(waiting)
            controls.add(ident)
            moved = self._moved.pop(ident, set())
            if ident in self._dirty:
                self._dirty.discard(ident)
                moved |= self._match(order[ident])
            if not moved:
                continue
            cars |= moved
            self._due.moved(ident, moved)
            for later in self._due.fed_by(ident):
                if self._lines[later].free and later not in self._dirty:
                    if later not in self._moved:
                        heappush(waiting, (order[later].order, later))
                    self._dirty.add(later)
        return cars, controls

    def _match(self, control: Control) -> set[str]:
        """Match one control's stamps; returns the cars whose stamps here are other ones now."""
        line = self._lines[control.id]
        claims = line.claims
        if claims is None:
            claims = [claim for placed in line.stamps.values() if (claim := self._claim(placed))]
            claims.sort(key=in_order)
        line.nameless = any(claim.car is None for claim in claims)
        line.free = line.nameless and any(claim.car is None and not claim.closed for claim in claims)
        line.claims = claims if line.nameless else None
        matched = match(claims, lambda: self.windows(control), self._road.preset.debounce)
        line.open = matched.open
        before, after = line.hits, matched.hits
        moved = {car for car in before.keys() | after.keys() if before.get(car) != after.get(car)}
        for car in moved:
            hits = after.get(car)
            if hits is None:
                del before[car], self._hits[car][control.id]
            else:
                before[car] = self._hits[car][control.id] = hits
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
        if self._moments is None:
            return False
        moment = self._at_moment(placed)
        return any(other.stamp.cancelled and same_withdrawn(other, placed) for other in moment.values())

    def spurious(self, key: str) -> bool:
        """Return whether an official ruled that a stamp is a false trigger."""
        return self._rulings.spurious(key) is not None

    def hits_of(self, car: str) -> Mapping[str, tuple[Hit, ...]]:
        """Return a car's stamps by control."""
        return self._hits.get(car, {})

    def stamps_at(self, control: str | None) -> Mapping[str, Placed]:
        """Return all stamps of a control by key (None: those of no control), withdrawn ones included."""
        return self._stamps_at(control)

    def matched(self, control: str) -> Matched:
        """Return whose the stamps of a control are."""
        line = self._lines[control]
        return Matched(line.hits, line.open)

    def first_at(self, control: str, car: str) -> Instant | None:
        """Return the first time of a car at a control that can belong to the rally."""
        opens = self._road.opens[self._road.by_id[control].leg]
        return first_time(self._lines[control].hits.get(car, ()), opens)

    def windows(self, control: Control) -> Mapping[str, Window]:
        """Return when each car that is due here by the road may come."""
        return self._due.at(control)
