"""A device's clock against a reference: its offset, its drift, its limits, and times put right by it.

Offsets are device - reference in µs, of checks that a person or the device itself made ("two
instruments, compared with a reference before and after": the rule for road records). Instants of
checks are on the device's own clock, as its stamps are. All arithmetic is in whole µs and fractions.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from timing.core.instant import HOUR, MILLISECOND, MINUTE, SECOND, Duration, Instant
from timing.core.preset import Preset
from timing.core.readings import SyncCheck
from timing.core.rulings import Ruled

#: To what times are cut, coarsest first, by the names that regulations use for the limits of clocks.
GRAINS: Mapping[str, Duration] = {
    "minute": MINUTE,
    "second": SECOND,
    "tenth": SECOND // 10,
    "hundredth": SECOND // 100,
    "thousandth": MILLISECOND,
}


class ClockState(StrEnum):
    """How far a clock can be believed, from good to bad."""

    OK = "OK"
    WARN = "WARN"
    """Off by more than the first limit: still good for what it serves."""
    UNCHECKED = "UNCHECKED"
    """Not compared with a reference both before its first time and after its last."""
    FAIL = "FAIL"
    """Off by more than the second limit: its times are under review."""


#: The states in rising order of trouble.
TROUBLE: tuple[ClockState, ...] = tuple(ClockState)


def worst(*states: ClockState) -> ClockState:
    """Return the most troubling of some states; OK of none."""
    return max(states, key=TROUBLE.index, default=ClockState.OK)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far (µs) a clock may be off: over `warn` somebody is told, over `fail` its times are in doubt."""

    warn: Duration
    fail: Duration

    def state(self, offset: Duration, uncertainty: Duration = 0) -> ClockState:
        """Return what an offset, known to `uncertainty`, means.

        One that is known less exactly than the limit shows nothing, unless even at its best it is over it.
        """
        if uncertainty > self.fail:
            beyond = abs(offset) - uncertainty > self.fail
            return ClockState.FAIL if beyond else ClockState.UNCHECKED
        if abs(offset) > self.fail:
            return ClockState.FAIL
        return ClockState.WARN if abs(offset) + uncertainty > self.warn else ClockState.OK


@dataclass(frozen=True, slots=True)
class Checked:
    """A check of a clock and its place in the journal."""

    check: SyncCheck
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a clock gains or loses between two checks, exactly: parts per million, and µs in an hour."""

    ppm: Fraction
    per_hour: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockNote:
    """What was ruled, or has to be, about the clock behind one stamp.

    `raw` is the instant as the device sent it and `offset` what was taken off it (0: nothing).
    `doubt` says why the time is under review, or is empty.
    """

    raw: Instant
    offset: Duration = 0
    corrected: Ruled | None = None
    dropped: Ruled | None = None
    accepted: Ruled | None = None
    doubt: str = ""

    @property
    def settled(self) -> bool:
        """Whether the Official Timekeeper has accepted, corrected or dropped this time."""
        return bool(self.corrected or self.dropped or self.accepted)


def limits_for(resolution: Duration, rules: Preset) -> Limits:
    """Return the limits of a clock whose times are cut to `resolution` (µs).

    They are those of the coarsest grain that is no coarser, so that 0.6 s is held to the tenth; a finer
    resolution than any is held to the finest. Our own numbers, half to a twentieth of what is cut.
    """
    named = [name for name, grain in GRAINS.items() if grain <= resolution]
    name = named[0] if named else "thousandth"
    return Limits(rules.clock_warn[name], rules.clock_fail[name])


def offset_at(points: Sequence[tuple[Instant, Duration]], at: Instant) -> Duration:
    """Return the offset (µs) at an instant, straight from point to point: o1 + (o2-o1)(t-t1)/(t2-t1).

    The quotient is floored to the whole µs (Python's //, also where it is negative), so that the
    corrected time is never earlier than the exact one, and by less than a microsecond later. Before the
    first point its own offset holds and after the last that one's: nothing is drawn on beyond what
    was measured.

    Args:
        points: (instant, offset), at least one, rising in time.
        at: an instant on the device's own clock.
    """
    if at <= points[0][0]:
        return points[0][1]
    for (t1, o1), (t2, o2) in pairwise(points):
        if at < t2:
            return o1 + (o2 - o1) * (at - t1) // (t2 - t1)
    return points[-1][1]


def corrected(points: Sequence[tuple[Instant, Duration]], raw: Instant) -> Instant:
    """Return a raw instant of a device put right: raw - offset(raw)."""
    return raw - offset_at(points, raw)


def drift(first: SyncCheck, last: SyncCheck) -> Drift | None:
    """Return how a clock drifted between two checks; None where they are not apart in time."""
    apart = last.at - first.at
    if apart <= 0:
        return None
    gained = Fraction(last.offset - first.offset, apart)
    return Drift(ppm=gained * 1_000_000, per_hour=gained * HOUR)


def before(checks: Sequence[Checked], at: Instant) -> Checked | None:
    """Return the last check at or before an instant, or None."""
    place = bisect_right(checks, at, key=_at)
    return checks[place - 1] if place else None


def after(checks: Sequence[Checked], at: Instant) -> Checked | None:
    """Return the first check at or after an instant, or None."""
    place = bisect_left(checks, at, key=_at)
    return checks[place] if place < len(checks) else None


def _at(checked: Checked) -> Instant:
    return checked.check.at


def good_enough(checks: Sequence[Checked], limits: Limits) -> list[Checked]:
    """Return the checks that can vouch for a clock: known more exactly than what they have to show."""
    return [checked for checked in checks if checked.check.uncertainty <= limits.fail]


def say_offset(offset: Duration) -> str:
    """Say how far a clock is off, such as `62 ms ahead` or `1 h behind`."""
    return f"{say_length(abs(offset))} {'ahead' if offset > 0 else 'behind'}" if offset else "exact"


def say_length(length: Duration) -> str:
    """Say a length of time (µs, at least 0) in the unit in which a person thinks of it."""
    for size, unit in ((HOUR, "h"), (MINUTE, "min")):
        if length and length % size == 0:
            return f"{length // size} {unit}"
    if length >= SECOND:
        return f"{_short(length, SECOND, 6)} s"
    return f"{_short(length, MILLISECOND, 3)} ms" if length >= MILLISECOND else f"{length} µs"


def _short(length: Duration, unit: Duration, places: int) -> str:
    """Write a length in a unit without zeros at its end."""
    return f"{length // unit}.{length % unit:0{places}d}".rstrip("0").rstrip(".")
