"""The running gap at every metre of a stage: an estimate from trackers with its error, never a time.

A tracker says where a car was at an instant, good to some metres; asked is the converse, when it was at a
metre, and that is uncertain by however long the car may have taken over those metres: a tenth of a second
on a straight, half a minute for a car that stood there. So the error of a time is found on the car's own way,
as the time at the near and at the far end of what the place may be. All errors hold nineteen times in twenty.

Nothing here enters a record or a result. Elapsed times run from the official start instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, isnan
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from timing.core.instant import SECOND, Duration, Instant

_Floats = npt.NDArray[np.float64]

#: The accuracy (m) of a tracker that does not state any.
UNSTATED = 10.0
#: Receivers state the radius that holds two thirds of the places; along the road 95 % are within 4/3 of it.
_OF_STATED = 4.0 / 3.0
#: The road's line is not the line that the car takes (m).
_OFF_THE_LINE = 2.0
#: Between two fixes a car may brake and accelerate by this much (m/s²).
_CHANGE = 4.0
#: At the ends of a way, where there is no fix beyond, it is carried on at no less than this (m/s).
_SLOWEST = 1.0
#: From this age on (µs) what was seen of a moving car says less about it, by this share of the age.
_FRESH: Duration = 5 * SECOND
_AGEING = 0.1
#: Knots whose places would coincide are kept this far apart (m).
_APART = 1e-6
_MOST_POINTS = 2_000


class Place(NamedTuple):
    """Where a car was seen: metres of the road book from the stage's start, and their error (m)."""

    at: Instant
    metres: float
    error: float
    shown: bool = True
    """False: not for the public; nor is the way between it and its neighbours."""


@dataclass(frozen=True, slots=True)
class Way:
    """When a car was where on a stage: knots that rise strictly in metres, and the stretches not shown."""

    metres: _Floats
    at: _Floats
    error: _Floats
    hidden: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Time since the start (µs) at metres 0, `step`, 2 `step`, …, with its error (µs); NaN where unknown."""

    step: int
    us: _Floats
    error: _Floats


@dataclass(frozen=True, slots=True)
class Gap:
    """A running gap at one place (µs, behind is positive) and its error (µs)."""

    gap: Duration
    error: Duration


def place_error(accuracy: float | None, off: float) -> float:
    """Return how far (m) a place on the road may be wrong along it.

    `accuracy` is what the receiver states (m, None where it does not), `off` how far (m) from the road it
    saw the car: a receiver that is wrong across the road is as wrong along it.
    """
    stated = UNSTATED if accuracy is None else max(accuracy, 0.0)
    return max(stated * _OF_STATED, off) + _OFF_THE_LINE


def way_of(places: Sequence[Place]) -> Way | None:
    """Return a car's way over a stage; None where fewer than two places are known.

    Places in any order. A car does not go back on a stage: where the places seem to, they are scattered
    around where it stood, and the least squares of the places that never go back are taken for its way.
    """
    known = sorted(places)
    if len(known) < 2:
        return None
    metres = _rising(known)
    metres += np.arange(len(known)) * _APART
    return Way(
        metres,
        np.array([place.at for place in known], dtype=np.float64),
        np.array([place.error for place in known]),
        _hidden(known, metres),
    )


def step_of(length: float) -> int:
    """Return the metres between two points of a table of a stage: every metre of a short one."""
    return max(1, -(-int(length) // _MOST_POINTS))


def elapsed_of(
    way: Way, start: Instant, length: float, neutral: Sequence[tuple[float, float]] = ()
) -> Elapsed:
    """Return the time since `start` at each point of a stage `length` m long, as far as the car has come.

    `neutral` are the stretches (m) whose time does not count.
    """
    step = step_of(length)
    metres = np.arange(0.0, length + 1e-9, step)
    at, error = _times(way, metres)
    us = at - start
    for begin, end in neutral:
        inside, doubt = _times(way, np.clip(metres, begin, end))
        into, _ = _times(way, np.array([begin]))
        spent = inside - into[0]
        after = metres > begin
        us = np.where(after, us - spent, us)
        error = np.where(after, np.hypot(error, doubt), error)
    for begin, end in way.hidden:
        us = np.where((metres > begin) & (metres < end), np.nan, us)
    return Elapsed(step, us, error)


def ideal_elapsed(knots: Sequence[tuple[float, Duration]], length: float) -> Elapsed:
    """Return the ideal time at each point of a test `length` m long.

    `knots` are metres and ideal times in order; behind the last the average of the last stretch goes on.
    """
    step = step_of(length)
    metres = np.arange(0.0, length + 1e-9, step)
    known = np.array([metre for metre, _ in knots])
    ideal = np.array([us for _, us in knots], dtype=np.float64)
    us = np.interp(metres, known, ideal)
    if len(knots) > 1 and known[-1] > known[-2]:
        pace = (ideal[-1] - ideal[-2]) / (known[-1] - known[-2])
        us = np.where(metres > known[-1], ideal[-1] + (metres - known[-1]) * pace, us)
    return Elapsed(step, us, np.zeros_like(us))


def gaps(own: Elapsed, reference: Elapsed, most: int = 400) -> list[tuple[int, Gap]]:
    """Return the gap at up to about `most` points (m) where both times are known, in road order."""
    count = min(len(own.us), len(reference.us))
    difference = own.us[:count] - reference.us[:count]
    error = np.hypot(own.error[:count], reference.error[:count])
    known = np.flatnonzero(~np.isnan(difference))
    if len(known) == 0:
        return []
    thin = max(1, -(-len(known) // most))
    chosen = sorted({*known[::thin].tolist(), int(known[-1])})
    return [(k * own.step, Gap(round(difference[k]), round(error[k]))) for k in chosen]


def gap_here(
    place: Place, speed: float | None, start: Instant, reference: Elapsed, now: Instant
) -> Gap | None:
    """Return a car's gap at its newest place, or None where the reference is not known there.

    `speed` is the car's in m/s; a place that is old by `now` says less about the gap at present.
    """
    share, k = place.metres / reference.step % 1.0, int(place.metres // reference.step)
    if k < 0 or k >= len(reference.us):
        return None
    after = min(k + 1, len(reference.us) - 1)
    before_us, after_us = float(reference.us[k]), float(reference.us[after])
    if isnan(before_us) or isnan(after_us):
        return None
    there = before_us + (after_us - before_us) * share
    pace = reference.step / max(after_us - before_us, 1.0) * SECOND if after > k else _SLOWEST
    own = place.error / max(speed if speed is not None else pace, _SLOWEST) * SECOND
    age = max(0, now - place.at - _FRESH) * _AGEING
    error = hypot(own, float(reference.error[k])) + age
    return Gap(round(place.at - start - there), round(error))


def _times(way: Way, metres: _Floats) -> tuple[_Floats, _Floats]:
    """Return when a car was at some metres (µs, NaN beyond its way), and the error of that (µs)."""
    known, at = way.metres, way.at
    i = np.clip(np.searchsorted(known, metres, side="right") - 1, 0, len(known) - 2)
    long, dt = known[i + 1] - known[i], (at[i + 1] - at[i]) / SECOND
    share = np.clip((metres - known[i]) / long, 0.0, 1.0)
    change = _CHANGE / 2 * share * (1 - share) * dt**2
    error = np.maximum(way.error[i], way.error[i + 1]) + np.minimum(change, long)
    there = np.interp(metres, known, at)
    wide = np.maximum(_carried_on(way, metres + error) - there, there - _carried_on(way, metres - error))
    # Outside of what was seen by no more than the error of the place, it is still the place that was seen.
    outside = (metres < known[0] - way.error[0]) | (metres > known[-1])
    return np.where(outside, np.nan, np.where(metres < known[0], _carried_on(way, metres), there)), wide


def _carried_on(way: Way, metres: _Floats) -> _Floats:
    """Return when a car was at some metres, beyond its way by the pace at the ends."""
    known, at = way.metres, way.at
    inside = np.interp(metres, known, at)
    before = at[0] - (known[0] - metres) / _pace(known, at, 0) * SECOND
    after = at[-1] + (metres - known[-1]) / _pace(known, at, -1) * SECOND
    return np.where(metres < known[0], before, np.where(metres > known[-1], after, inside))


def _pace(known: _Floats, at: _Floats, end: int) -> float:
    a, b = (0, min(3, len(known) - 1)) if end == 0 else (max(len(known) - 4, 0), len(known) - 1)
    seconds = (at[b] - at[a]) / SECOND
    return max(float(known[b] - known[a]) / float(seconds), _SLOWEST) if seconds > 0 else _SLOWEST


def _rising(places: Sequence[Place]) -> _Floats:
    """Return the metres nearest to those of the places, in weighted least squares, that never fall.

    By pooling adjacent violators (Barlow, Bartholomew, Bremner, Brunk: Statistical Inference under Order
    Restrictions, 1972).
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for place in places:
        mean, weight, count = place.metres, 1.0 / place.error**2, 1
        while pools and pools[-1][0] > mean:
            before, heavy, many = pools.pop()
            mean = (mean * weight + before * heavy) / (weight + heavy)
            weight, count = weight + heavy, count + many
        pools.append((mean, weight, count))
    return np.concatenate([np.full(count, mean) for mean, _, count in pools])


def _hidden(places: Sequence[Place], metres: _Floats) -> tuple[tuple[float, float], ...]:
    found: list[tuple[float, float]] = []
    for i, place in enumerate(places):
        if place.shown:
            continue
        begin = float(metres[i - 1]) if i else -1.0
        end = float(metres[i + 1]) if i + 1 < len(places) else float("inf")
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], end
        else:
            found.append((begin, end))
    return tuple(found)
