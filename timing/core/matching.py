"""Whose stamp is it: the stamps of one control, matched to cars.

A number from the device or a ruling stands. A stamp without one is given to a car only when one
car fits: first by what another source saw of a car at the same moment, then by who is due (has
passed the preceding control, is not yet here, and may plausibly have driven this long). All else
is offered to a person with ranked candidates.

`match` is a pure function of a control's stamps, the rulings on them, and when each car was at the
controls before. So the order in which stamps arrive cannot matter.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter

from timing.core.instant import SECOND, Duration, Instant
from timing.core.readings import Source
from timing.core.results import AssignedBy
from timing.core.stamps import SENSORS, Hit, Placed

#: How near another source's time of a car must be to a numberless stamp to be the same passing.
_SAME_MOMENT: Duration = 2 * SECOND
_SATELLITE_MOMENT: Duration = 3 * SECOND

_BY_EVIDENCE: dict[str, AssignedBy] = {Source.G: AssignedBy.TRACKER, Source.M: AssignedBy.MARSHAL}


@dataclass(frozen=True, slots=True)
class Window:
    """When a car may be at a control (instants), and when it is most likely to be."""

    least: Instant
    usual: Instant
    most: Instant


@dataclass(frozen=True, slots=True)
class Group:
    """Edges of one passing that carry no number, in order of time; the first is the time."""

    stamps: tuple[Placed, ...]
    free: bool
    """Whether a car may be found for it without a person."""
    at: Instant = field(init=False, compare=False)
    """The first edge."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", self.stamps[0].at)


@dataclass(frozen=True, slots=True)
class Matched:
    """The stamps of one control: each car's, in order of time, and those that are nobody's yet."""

    hits: dict[str, tuple[Hit, ...]] = field(default_factory=dict)
    open: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A stamp that counts, with whose it is said to be (`car` None: nobody said) and by whom.

    `closed` marks a stamp for which an official or an unknown number rules out an automatic answer.
    """

    placed: Placed
    car: str | None
    by: AssignedBy
    closed: bool = False
    hit: Hit = field(init=False, compare=False)
    """The stamp as the car's, the same value each time it is asked for."""
    moment: tuple[Instant, str] = field(init=False, compare=False)
    """By what the claims of a control are put in order: by time, those of one instant by key."""
    edge: bool = field(init=False, compare=False)
    """Whether it is an edge of a sensor at the line, and so perhaps one of several of one passing."""
    group: Group = field(init=False, compare=False)
    """The passing that this stamp is where it stands alone and nobody said whose it is."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hit", Hit(self.placed, self.by))
        object.__setattr__(self, "moment", (self.placed.stamp.at, self.placed.key))
        edge = self.placed.source in SENSORS and not self.placed.no_time
        object.__setattr__(self, "edge", edge)
        free = not self.closed and not self.placed.no_time
        object.__setattr__(self, "group", Group((self.placed,), free=free))


#: What claims are sorted by.
in_order = attrgetter("moment")


def match(
    claims: Iterable[Claim], windows: Callable[[], Mapping[str, Window]], debounce: Duration
) -> Matched:
    """Match the stamps of one control to cars.

    Args:
        claims: the stamps that were neither withdrawn nor marked spurious.
        windows: gives, for each car that is due here by the road, when it may come; asked only if needed.
        debounce: edges of sensors within this (µs) of the first are one passing.
    """
    ordered = sorted(claims, key=in_order)
    owned: dict[str, list[Hit]] = {}
    groups: list[Group] = []
    for group in _edges(ordered, debounce):
        claim = group[0]
        if len(group) > 1:
            _share_out(group, owned, groups, debounce)
        elif claim.car is not None:
            # Nearly all stamps: one edge, and the device said whose it is.
            owned.setdefault(claim.car, []).append(claim.hit)
        else:
            groups.append(claim.group)
    if any(one.at >= other.at for one, other in pairwise(groups)):
        groups.sort(key=lambda group: (group.at, group.stamps[0].key))
    left = _by_evidence(groups, owned)
    if any(group.free for group in left):
        left = _by_order(left, owned, windows())
    return Matched(
        {
            car: tuple(hits) if len(hits) == 1 else tuple(sorted(hits, key=by_time))
            for car, hits in owned.items()
        },
        tuple(left),
    )


def by_time(hit: Hit) -> tuple[Instant, str]:
    """Order a car's stamps at a control: by time, those of one instant by key."""
    return hit.at, hit.placed.key


def _edges(ordered: Sequence[Claim], debounce: Duration) -> list[list[Claim]]:
    """Put edges of the line's sensors that are within `debounce` of a first edge together."""
    groups: list[list[Claim]] = []
    current: list[Claim] = []
    until: Instant | None = None
    for claim in ordered:
        if not claim.edge:
            groups.append([claim])
        elif until is not None and claim.moment[0] <= until:
            current.append(claim)
        else:
            current, until = [claim], claim.moment[0] + debounce
            groups.append(current)
    return groups


def _share_out(
    group: Sequence[Claim], owned: dict[str, list[Hit]], groups: list[Group], debounce: Duration
) -> None:
    """Give the edges of one group to the car that is named in it; without a name it stays a group."""
    numbered = [claim for claim in group if claim.car is not None]
    for claim in numbered:
        owned.setdefault(claim.car or "", []).append(claim.hit)
    cars = {claim.car for claim in numbered}
    nameless: list[Placed] = []
    closed: list[Placed] = []
    for claim in group:
        if claim.car is not None:
            continue
        if claim.closed or claim.placed.no_time:
            closed.append(claim.placed)
            continue
        near = [
            other
            for other in numbered
            if 0 <= claim.placed.at - other.placed.at <= debounce or len(cars) == 1
        ]
        if near:
            owned[near[-1].car or ""].append(Hit(claim.placed, near[-1].by))
        else:
            nameless.append(claim.placed)
    if nameless:
        groups.append(Group(tuple(nameless), free=True))
    groups.extend(Group((placed,), free=False) for placed in closed)


def _by_evidence(groups: list[Group], owned: dict[str, list[Hit]]) -> list[Group]:
    """Give a group to the one car that another source saw at that moment, if it fits only that group."""
    free = [group.at for group in groups if group.free]
    if not free:
        return groups
    first, last = min(free) - 2 * _SATELLITE_MOMENT, max(free) + 2 * _SATELLITE_MOMENT
    seen = [
        (hit, car)
        for car, hits in owned.items()
        for hit in hits
        if first <= hit.placed.stamp.at <= last and not hit.placed.no_time and hit.by is not AssignedBy.ORDER
    ]
    if not seen:
        return groups
    seen.sort(key=lambda pair: (pair[0].at, pair[0].placed.key))
    times = [hit.at for hit, _ in seen]
    fits: dict[int, dict[str, Hit]] = {}
    wanted: dict[tuple[str, str], set[int]] = {}
    for place, group in enumerate(groups):
        if not group.free:
            continue
        source = group.stamps[0].source
        near = slice(
            bisect_left(times, group.at - 2 * _SATELLITE_MOMENT),
            bisect_right(times, group.at + 2 * _SATELLITE_MOMENT),
        )
        cars = {
            car: hit
            for hit, car in seen[near]
            if hit.placed.source is not source and abs(hit.at - group.at) <= _moment(hit.placed)
        }
        # A car whose own stamp of this sensor is known does not need a second one.
        cars = {
            car: hit
            for car, hit in cars.items()
            if all(own.placed.source is not source for own in owned[car])
        }
        fits[place] = cars
        for car in cars:
            wanted.setdefault((car, source), set()).add(place)
    left: list[Group] = []
    for place, group in enumerate(groups):
        cars = fits.get(place, {})
        if len(cars) == 1:
            car, hit = next(iter(cars.items()))
            if len(wanted[car, group.stamps[0].source]) == 1:
                by = _BY_EVIDENCE.get(hit.placed.source, AssignedBy.ORDER)
                owned[car].extend(Hit(placed, by) for placed in group.stamps)
                continue
        # Where several cars were seen, the start order must not bring in yet another one.
        left.append(Group(group.stamps, free=False) if cars else group)
    return left


def _moment(placed: Placed) -> Duration:
    if placed.source is not Source.G:
        return _SAME_MOMENT
    return min(2 * _SATELLITE_MOMENT, max(_SATELLITE_MOMENT, 3 * (placed.stamp.uncertainty or 0)))


def _by_order(groups: list[Group], owned: dict[str, list[Hit]], windows: Mapping[str, Window]) -> list[Group]:
    """Give a group to a car that is due where it fits that car alone and that car no other group.

    Nothing is inferred by elimination: with one false trigger among them, every conclusion after
    the first would be wrong, and silently.
    """
    free = [group for group in groups if group.free]
    times = [group.at for group in free]
    sources = {group.stamps[0].source for group in free}
    suitors = _Suitors(len(free))
    for car, window in windows.items():
        first, last = bisect_left(times, window.least), bisect_right(times, window.most)
        if first >= last:
            continue
        # A car that another source saw here may still lack its time of this one.
        had = {hit.placed.source for hit in owned[car]} & sources if car in owned else ()
        if had:
            fitting = [place for place in range(first, last) if free[place].stamps[0].source not in had]
            for place in fitting:
                suitors.add(car, place, place + 1, choices=len(fitting))
        else:
            suitors.add(car, first, last, choices=last - first)
    given: set[int] = set()
    for place, car in suitors.sole():
        hits = [Hit(placed, AssignedBy.ORDER) for placed in free[place].stamps]
        owned.setdefault(car, []).extend(hits)
        given.add(id(free[place]))
    return [group for group in groups if id(group) not in given]


class _Suitors:
    """Which cars may have made each of so many passings: only where there is one does its name matter.

    Kept are the differences from one passing to the next, of the number of cars and of the sum of
    their numbers in order: a crowd of cars due at a crowd of passings costs no more than the two crowds.
    """

    def __init__(self, passings: int) -> None:
        self._cars: list[str] = []
        self._choices: list[int] = []
        self._counts = [0] * (passings + 1)
        self._sums = [0] * (passings + 1)

    def add(self, car: str, first: int, last: int, *, choices: int) -> None:
        """Take note of a car for the passings from `first` to before `last`, of `choices` that it has."""
        number = len(self._cars)
        self._cars.append(car)
        self._choices.append(choices)
        self._counts[first] += 1
        self._counts[last] -= 1
        self._sums[first] += number
        self._sums[last] -= number

    def sole(self) -> Iterator[tuple[int, str]]:
        """Yield each passing with only one car, where that car has no other passing."""
        count = numbers = 0
        for place, (more, number) in enumerate(zip(self._counts, self._sums, strict=True)):
            count += more
            numbers += number
            if count == 1 and self._choices[numbers] == 1:
                yield place, self._cars[numbers]
