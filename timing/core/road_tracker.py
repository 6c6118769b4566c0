"""Where one car is on the road: weighs the places its fixes allow, and waits rather than guesses.

A road that turns back on itself or crosses itself is near a fix at more than one place. Each place
that a car could have reached is kept as a hypothesis with a cost: how far off the line the fixes
were, how well the courses agree, how well the way along the road agrees with the time and speed. A
place is sure when no other place costs nearly as little.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from timing.core.instant import MINUTE, SECOND, Duration, Instant
from timing.core.leg_road import LegRoad
from timing.core.readings import Fix
from timing.core.route_line import GRID_REACH, Spot, course_between, metres_between

#: A fix further off than this (m), and than its own accuracy more, is not on the road.
ON_ROAD = 50.0
#: A fix less accurate than this (m) says nothing about the place on the road.
TOO_VAGUE = 75.0
#: Two places nearer than this (m along the road) are the same place.
SAME_PLACE = 30.0

# Costs are halved squares of deviations in units of their usual size, so differences of 3 are clear.
_LEAD = 3.0
_WORSE = 14.0
_KEPT = 6
_GOOD = 3.0
#: m/s, from which a course over ground means something.
_MOVING = 3.0
#: m/s that no car keeps up on the way between two fixes.
_TOP_SPEED = 50.0
#: Seconds between two fixes within which the next place is looked for around the last one.
_GAP = 30.0
_STARTING: Duration = 30 * MINUTE
_START_M = 500.0
_TRAIL = 40
_JUMP = 4.0
_TRUSTED = 2


class Placed(NamedTuple):
    """A fix with its place: the leg, metres along its line, metres off it."""

    at: int
    leg: int
    along: float
    off: float
    fix: Fix


class Guess(NamedTuple):
    """One place a car may be at: its cost, how many fixes agreed, and those not yet handed on.

    After a jump along the road or a time off it, a second fix must agree before the place is sure.
    """

    leg: int
    along: float
    off: float
    cost: float
    agreed: int
    trail: tuple[Placed, ...]


class Window(NamedTuple):
    """Where the road is searched for one fix: the leg, metres along it from and to, metres off it."""

    leg: int
    lo: float
    hi: float
    reach: float


class Found(NamedTuple):
    """What a batch search found beforehand in the window of one fix, with the step it was made for."""

    step: "Step"
    spots: Sequence[Spot]


class RoadTracker:
    """The guesses about one car. `follow` takes its fixes in order of their time."""

    __slots__ = ("guesses", "matched", "misses", "off", "start_offset")

    def __init__(self, start_offset: Duration = 0) -> None:
        self.start_offset = start_offset
        """How long (µs) after a leg's first car this one starts."""
        self.guesses: list[Guess] = []
        self.matched: Fix | None = None
        """The newest fix that was on the road: the one the guesses are the places of."""
        self.misses = 0
        self.off: float | None = None
        """Distance (m) of the newest fix from the road, where it was looked for."""

    @property
    def on_road(self) -> bool:
        """Whether the newest fix was on the road of a leg."""
        return self.misses == 0 and bool(self.guesses)

    @property
    def sure(self) -> Guess | None:
        """The place of the car, or None while two places would explain its fixes about as well."""
        if not self.guesses:
            return None
        best = self.guesses[0]
        if best.agreed < _TRUSTED:
            return None
        rival = next((guess for guess in self.guesses[1:] if not _same(guess, best)), None)
        return best if rival is None or rival.cost - best.cost >= _LEAD else None

    def step(self, fix: Fix) -> "Step | None":
        """Return the step to a fix that `follow` will look for in one window, else None."""
        if len(self.guesses) != 1 or self.matched is None or self.misses or _vague(fix):
            return None
        if not 0 < fix.at - self.matched.at <= _GAP * SECOND:
            return None
        return Step(self.matched, fix)

    def window(self, step: "Step") -> Window:
        """Return where `follow` will look after this step of `step`."""
        return _window(self.guesses[0], step)

    def follow(
        self, fix: Fix, roads: Mapping[int, LegRoad], found: Found | None = None
    ) -> tuple[Placed, ...]:
        """Take the next fix; return the fixes whose places have become sure, in order.

        `roads` are the legs open at the time of the fix; `found` what a batch search found in its window.
        """
        if _vague(fix):
            return ()
        if self.matched is None or not self.guesses:
            grown = self._afresh(fix, roads)
            return self._take(grown, fix) if grown else self._lost(fix, roads)
        step = Step(self.matched, fix) if found is None else found.step
        grown = []
        if step.seconds <= _GAP and not self.misses:
            grown = self._near(fix, step, roads, found)
        if not grown or min(guess.cost for guess in grown) > self.guesses[0].cost + _GOOD:
            grown += self._anywhere(fix, step, roads)
        return self._take(grown, fix) if grown else self._lost(fix, roads)

    def _near(self, fix: Fix, step: "Step", roads: Mapping[int, LegRoad], found: Found | None) -> list[Guess]:
        grown = []
        for guess in self.guesses:
            road = roads.get(guess.leg)
            if road is None:
                continue
            if found is not None:
                spots = found.spots
            else:
                _, lo, hi, reach = _window(guess, step)
                spots = road.line.spots(fix.lat, fix.lon, lo, hi, reach)
            grown += [_grow(guess, spot, step, _way_cost(spot.along - guess.along, step)) for spot in spots]
        return grown

    def _anywhere(self, fix: Fix, step: "Step", roads: Mapping[int, LegRoad]) -> list[Guess]:
        """Every place on the open roads, each from the guess that leads to it most cheaply."""
        grown = []
        for road in roads.values():
            for spot in road.line.locate_all(fix.lat, fix.lon, min(ON_ROAD + step.vague, GRID_REACH)):
                due = fix.at >= self._due(road) - _STARTING
                ways = [(guess, _jump_cost(guess, road, spot, step, roads, due)) for guess in self.guesses]
                guess, cost = min(ways, key=lambda way: way[0].cost + way[1])
                grown.append(_grow(guess, spot, step, cost, leg=road.leg))
        return grown

    def _afresh(self, fix: Fix, roads: Mapping[int, LegRoad]) -> list[Guess]:
        """Every place on the open roads, for a car of which nothing is known yet."""
        step = Step(None, fix)
        grown = []
        for road in roads.values():
            spots = road.line.locate_all(fix.lat, fix.lon, min(ON_ROAD + step.vague, GRID_REACH))
            # A loop passes its start again: who shows up there before or about his time is starting.
            least = min((spot.along for spot in spots), default=0.0)
            starting = fix.at < self._due(road) + _STARTING and least < _START_M
            for spot in spots:
                known = 4.0 if starting and spot.along > least + SAME_PLACE else 0.0
                start = Guess(road.leg, spot.along, spot.off, known, _TRUSTED - 1, ())
                grown.append(_grow(start, spot, step, 0.0))
        return grown

    def _due(self, road: LegRoad) -> Instant:
        return road.first_due + self.start_offset

    def _take(self, grown: list[Guess], fix: Fix) -> tuple[Placed, ...]:
        kept = _best(grown) if len(grown) > 1 else grown
        least = kept[0].cost
        self.matched = fix
        self.misses = 0
        self.off = kept[0].off
        self.guesses = [_noted(guess, guess.cost - least, fix) for guess in kept]
        sure = self.sure
        if sure is None:
            return ()
        # What was handed on is handed on once: another place that wins later goes on from here.
        self.guesses = [_without_trail(guess) for guess in self.guesses]
        return sure.trail

    def _lost(self, fix: Fix, roads: Mapping[int, LegRoad]) -> tuple[Placed, ...]:
        self.misses += 1
        self.guesses = [guess._replace(agreed=0, trail=()) for guess in self.guesses]
        self.off = min((road.line.rough_distance(fix.lat, fix.lon) for road in roads.values()), default=None)
        return ()


class Step:
    """From one fix to the next: the time, and between which bounds the way along the road lies."""

    __slots__ = ("course", "hi", "lo", "noise", "seconds", "sigma", "vague")

    def __init__(self, before: Fix | None, fix: Fix) -> None:
        self.vague = min(fix.accuracy or 0.0, TOO_VAGUE) / 2
        self.sigma = max(4.0, self.vague)
        self.noise = 8.0 + 2 * self.vague
        self.course = fix.course if fix.course is not None and (fix.speed or 0.0) >= _MOVING else None
        if before is None:
            self.seconds = self.lo = self.hi = 0.0
            return
        self.seconds = (fix.at - before.at) / SECOND
        straight = metres_between(before.lat, before.lon, fix.lat, fix.lon)
        driven = max(before.speed or 0.0, fix.speed or 0.0) * self.seconds
        self.lo = straight
        # Between two fixes far apart in time a car may have gone faster than at either of them.
        more = max(0.0, self.seconds - 2.0) * 12.0
        self.hi = min(max(straight, driven) + more, max(straight, _TOP_SPEED * self.seconds))
        if self.course is None and fix.course is None and self.seconds <= 5.0 and straight > 3 * self.sigma:
            self.course = course_between(before.lat, before.lon, fix.lat, fix.lon)


def _window(guess: Guess, step: Step) -> Window:
    slack = step.noise + 0.3 * step.hi
    return Window(guess.leg, guess.along - slack, guess.along + step.hi + slack + 20.0, ON_ROAD + step.vague)


def _grow(guess: Guess, spot: Spot, step: Step, way: float, leg: int | None = None) -> Guess:
    cost = guess.cost + way + spot.off * spot.off / (2 * step.sigma * step.sigma)
    if step.course is not None:
        cost += 2.5 * (1.0 - math.cos(math.radians(step.course - spot.course)))
    agreed = 1 if way >= _JUMP else guess.agreed + 1
    return Guess(guess.leg if leg is None else leg, spot.along, spot.off, cost, agreed, guess.trail)


def _best(grown: list[Guess]) -> list[Guess]:
    """Return the guesses worth keeping, the cheapest first, each place once."""
    grown.sort(key=_by_cost)
    least = grown[0].cost
    kept: list[Guess] = []
    for guess in grown:
        if len(kept) == _KEPT or guess.cost > least + _WORSE:
            break
        if not any(guess.leg == other.leg and abs(guess.along - other.along) < 12.0 for other in kept):
            kept.append(guess)
    return kept


def _noted(guess: Guess, cost: float, fix: Fix) -> Guess:
    leg, along, off, _, agreed, trail = guess
    return Guess(leg, along, off, cost, agreed, (*trail[1 - _TRAIL :], Placed(fix.at, leg, along, off, fix)))


def _without_trail(guess: Guess) -> Guess:
    leg, along, off, cost, agreed, _ = guess
    return Guess(leg, along, off, cost, agreed, ())


def _way_cost(way: float, step: Step) -> float:
    """What it costs that a car went `way` m along the road in this step."""
    went = abs(way)
    excess = max(went - step.hi - step.noise, step.lo - went - step.noise, 0.0)
    reverse = 1.5 + min(went / 200.0, 4.5) if way < -step.noise else 0.0
    if not excess:
        return reverse
    return reverse + min((excess / (8.0 + 0.1 * step.hi)) ** 2 / 2, 10.0) + min(excess / 500.0, 6.0)


def _jump_cost(
    guess: Guess, road: LegRoad, spot: Spot, step: Step, roads: Mapping[int, LegRoad], due: bool
) -> float:
    if guess.leg == road.leg:
        reach = _TOP_SPEED * step.seconds + step.noise
        beyond = max(0.0, abs(spot.along - guess.along) - reach)
        return _way_cost(spot.along - guess.along, step) + min(beyond / 200.0, 6.0)
    old = roads.get(guess.leg)
    if old is None:
        return 0.0
    if road.leg == guess.leg + 1 and guess.along > old.line.length - 3_000.0 and spot.along < 2_000.0:
        return 1.0 if due else 4.0
    return 8.0


def _same(one: Guess, other: Guess) -> bool:
    return one.leg == other.leg and abs(one.along - other.along) <= SAME_PLACE


def _by_cost(guess: Guess) -> tuple[float, int, float]:
    return (guess.cost, guess.leg, guess.along)


def _vague(fix: Fix) -> bool:
    return fix.accuracy is not None and fix.accuracy > TOO_VAGUE
