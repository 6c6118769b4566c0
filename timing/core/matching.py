"""Whose stamp is it: the stamps of one control, matched to cars.

A number from the device or a ruling stands. A stamp without one is given to a car only when one
car fits: first by what another source saw of a car at the same moment, then by who is due (has
passed the preceding control, is not yet here, and may plausibly have driven this long). All else
is offered to a person with ranked candidates.

`match` is a pure function of a control's stamps, the rulings on them, and when each car was at the
controls before. So the order in which stamps arrive cannot matter.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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

    @property
    def at(self) -> Instant:
        """The first edge."""
        return self.stamps[0].at


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

    def __post_init__(self) -> None:
        object.__setattr__(self, "hit", Hit(self.placed, self.by))


def match(
    claims: Iterable[Claim], windows: Callable[[], Mapping[str, Window]], debounce: Duration
) -> Matched:
    """Match the stamps of one control to cars.

    Args:
        claims: the stamps that were neither withdrawn nor marked spurious.
        windows: gives, for each car that is due here by the road, when it may come; asked only if needed.
        debounce: edges of sensors within this (µs) of the first are one passing.
    """
    ordered = sorted(claims, key=lambda claim: (claim.placed.stamp.at, claim.placed.key))
    owned: dict[str, list[Hit]] = {}
    groups: list[Group] = []
    for group in _edges(ordered, debounce):
        if len(group) == 1 and group[0].car is not None:
            # Nearly all stamps: one edge, and the device said whose it is.
            owned.setdefault(group[0].car, []).append(group[0].hit)
        else:
            _share_out(group, owned, groups, debounce)
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
    for claim in ordered:
        if claim.placed.source not in SENSORS or claim.placed.no_time:
            groups.append([claim])
        elif current and claim.placed.at - current[0].placed.at <= debounce:
            current.append(claim)
        else:
            current = [claim]
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
    suitors: dict[int, list[str]] = {}
    choices: dict[str, int] = {}
    for car, window in sorted(windows.items()):
        inside = range(bisect_left(times, window.least), bisect_right(times, window.most))
        if not inside:
            continue
        # A car that another source saw here may still lack its time of this one.
        had = {hit.placed.source for hit in owned.get(car, ())}
        fitting = [place for place in inside if free[place].stamps[0].source not in had]
        choices[car] = len(fitting)
        for place in fitting:
            suitors.setdefault(place, []).append(car)
    given: set[int] = set()
    for place, cars in suitors.items():
        if len(cars) == 1 and choices[cars[0]] == 1:
            hits = [Hit(placed, AssignedBy.ORDER) for placed in free[place].stamps]
            owned.setdefault(cars[0], []).extend(hits)
            given.add(id(free[place]))
    return [group for group in groups if id(group) not in given]
