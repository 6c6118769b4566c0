"""Clocks set wrongly: an hour, a minute, or the leap seconds of GPS; found by checks and by the other clocks.

GPS time has been ahead of UTC by 18 s since 2017: a logger that is off by just that shows GPS time. Where
two devices timed the same cars at one control, the median of the differences tells how far they are apart.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median_low

from timing.core.clock_sightings import Discipline, Sighting
from timing.core.clocks import Limits, say_length
from timing.core.instant import HOUR, MINUTE, SECOND, Duration, Instant
from timing.core.readings import Source

#: GPS time minus UTC.
GPS_AHEAD: Duration = 18 * SECOND
#: The name under which all trackers are compared with a device.
TRACKERS = "trackers"
#: So near a slip an offset has to be.
_NEAR: Duration = SECOND // 2
#: How far a source's own times may scatter; added for the two that are compared.
_SCATTER: Mapping[Source, Duration] = {
    Source.A: 0,
    Source.B: 0,
    Source.H: SECOND,
    Source.G: 2 * SECOND,
    Source.M: 5 * SECOND,
}
#: Where people check in a car stands for minutes between two sources: only whole hours show.
_AT_TABLES: Duration = 10 * MINUTE
_FEWEST = 3
_MOST_MINUTES, _MOST_HOURS = 59, 14


class SlipKind(StrEnum):
    """How a clock is wrong."""

    LEAP_SECONDS = "leap_seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    OFFSET = "offset"
    """Off by no such round number."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A clock wrong by a round number: `offset` = device - reference, exactly, in µs."""

    kind: SlipKind
    offset: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two devices at one control: how far the first is ahead of the other, by so many cars of so many.

    `slip` None: they agree.
    """

    device: str
    other: str
    control: str
    slip: Slip | None
    cars: int
    of: int


def slip_of(offset: Duration, near: Duration = _NEAR) -> Slip | None:
    """Return the slip that an offset (µs) is, to within less than `near`; None where it is none."""
    size, sign = abs(offset), 1 if offset >= 0 else -1
    if abs(size - GPS_AHEAD) < near:
        return Slip(SlipKind.LEAP_SECONDS, sign * GPS_AHEAD)
    for unit, kind, most in ((HOUR, SlipKind.HOURS, _MOST_HOURS), (MINUTE, SlipKind.MINUTES, _MOST_MINUTES)):
        count = (size + unit // 2) // unit
        if 1 <= count <= most and abs(size - count * unit) < near:
            return Slip(kind, sign * count * unit)
    return None


def comparable(sighted: Mapping[str, Sighting]) -> Mapping[str, Sighting]:
    """Return what can be compared with each other: devices with enough times; all trackers as one."""
    seen = [each for each in sighted.values() if each.discipline is Discipline.SATELLITES]
    found = {
        name: each
        for name, each in sighted.items()
        if each.discipline is not Discipline.SATELLITES and len(each.times) >= _FEWEST
    }
    if sum(len(each.times) for each in seen) >= _FEWEST:
        times = sorted((time for each in seen for time in each.times), key=lambda time: time.at)
        found[TRACKERS] = replace(seen[0], device=TRACKERS, times=tuple(times))
    return found


def compare(sighted: Mapping[str, Sighting], limits: Limits, *, table: bool) -> tuple[Compared, ...]:
    """Compare every two devices that timed three or more cars at one control, each pair both ways.

    Args:
        sighted: what each timed there that can be compared (see `comparable`).
        limits: the control's.
        table: whether people check in there, so that two sources time different moments.
    """
    found: list[Compared] = []
    names = sorted(sighted)
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            one = _compared(sighted[name], sighted[other], limits, table=table)
            if one is not None:
                found += [one, _turned(one)]
    return tuple(found)


def _turned(one: Compared) -> Compared:
    slip = None if one.slip is None else Slip(one.slip.kind, -one.slip.offset)
    return Compared(
        device=one.other, other=one.device, control=one.control, slip=slip, cars=one.cars, of=one.of
    )


def _compared(one: Sighting, two: Sighting, limits: Limits, *, table: bool) -> Compared | None:
    near = _AT_TABLES if table else _NEAR + _SCATTER.get(one.source, 0) + _SCATTER.get(two.source, 0)
    first, second = _by_car(one), _by_car(two)
    apart = [at - second[car] for car, at in sorted(first.items()) if car in second]
    if len(apart) < _FEWEST:
        return _by_pattern(one, two, near)
    usual = median_low(apart)
    slip = slip_of(usual, near)
    if slip is not None and table and slip.kind is not SlipKind.HOURS:
        slip = None
    sensors = {one.source, two.source} <= {Source.A, Source.B}
    if slip is None and sensors and not table and abs(usual) > limits.fail:
        slip, near = Slip(SlipKind.OFFSET, usual), limits.fail
    expected = 0 if slip is None else slip.offset
    fitting = sum(abs(each - expected) < near for each in apart)
    if 4 * fitting < 3 * len(apart):
        return None
    return Compared(
        device=one.device, other=two.device, control=one.control, slip=slip, cars=fitting, of=len(apart)
    )


def _by_car(sighting: Sighting) -> dict[str, Instant]:
    """The first time of each car."""
    found: dict[str, Instant] = {}
    for time in sighting.times:
        if time.car is not None:
            found.setdefault(time.car, time.at)
    return found


def _by_pattern(one: Sighting, two: Sighting, near: Duration) -> Compared | None:
    """Compare two devices of which one gives no numbers: by what shift the times fall upon each other.

    Cars that come a minute apart fit a shift of a minute too, so there must be no such fit without one.
    """
    nameless = one if len(_by_car(one)) <= len(_by_car(two)) else two
    other = two if nameless is one else one
    times = [time.at for time in nameless.times]
    if len(times) < _FEWEST or len(other.times) < _FEWEST or near > MINUTE:
        return None
    line = sorted(time.at for time in other.times)

    def fits(shift: Duration) -> int:
        return sum(_has(line, at - shift, near) for at in times)

    if 4 * fits(0) >= len(times):
        return None
    shifts = [GPS_AHEAD, *(count * HOUR for count in range(1, _MOST_HOURS + 1))]
    shifts += [count * MINUTE for count in range(1, _MOST_MINUTES + 1)]
    both_ways = [sign * shift for shift in shifts for sign in (1, -1)]
    shift = max(both_ways, key=fits)
    most = fits(shift)
    slip = slip_of(shift)
    if most < _FEWEST or 4 * most < 3 * len(times) or slip is None:
        return None
    found = Compared(
        device=nameless.device, other=other.device, control=one.control, slip=slip, cars=most, of=len(times)
    )
    return found if nameless is one else _turned(found)


def _has(line: Sequence[Instant], at: Instant, near: Duration) -> bool:
    place = bisect_left(line, at - near + 1)
    return place < len(line) and line[place] < at + near


def say_other(sighting: Sighting) -> str:
    """Name a device by what it is at a control, such as `B (TIMY-3)` or `the marshals`."""
    if sighting.source is Source.M:
        return "the marshals"
    if sighting.discipline is Discipline.SATELLITES:
        return "the satellite positions"
    return f"{sighting.source} ({sighting.device})"


def say_slip(device: str, slip: Slip, others: Iterable[str], controls: Sequence[str], cars: str) -> str:
    """Say a finding in one sentence, such as `TIMY-2 runs 1 h ahead of B (TIMY-3) at L1: 12 of 12 cars`."""
    way = "ahead of" if slip.offset > 0 else "behind"
    known = list(dict.fromkeys(others))
    named = " and of ".join(known) if slip.offset > 0 else " and ".join(known)
    where = f" at {', '.join(controls)}" if controls else ""
    text = f"{device} runs {say_length(abs(slip.offset))} {way} {named}{where}"
    text += f": {cars}" if cars else ""
    if slip.kind is SlipKind.LEAP_SECONDS:
        text += "; that is GPS time against UTC, without the leap seconds"
    return text
