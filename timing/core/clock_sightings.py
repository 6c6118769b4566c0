"""What each device timed at a control, and whether its clock can vouch for that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from timing.core.clocks import Checked, ClockNote, ClockState, Limits, after, before, good_enough, worst
from timing.core.event import Event
from timing.core.instant import SECOND, Instant
from timing.core.matching import Matched
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.records import Record
from timing.core.stamps import Placed


class Discipline(StrEnum):
    """What keeps a clock right."""

    CHECKS = "checks"
    """Nothing by itself: it has to be compared with a reference before and after."""
    SERVER = "server"
    """A page of the service: its time is measured against the service's clock, again and again, and carried
    on between by the browser's own monotonic clock; a stamp from the future is refused. A time at a line
    that a phone knows less exactly than the tolerance there is under review for that."""
    SATELLITES = "satellites"
    """A tracker's position carries the time of the satellites."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """One time of a device at a control: raw, and put right where its clock was.

    `car` is None as long as it is nobody's; `used` says that it is the car's time there.
    """

    raw: Instant
    at: Instant
    car: str | None
    used: bool
    note: ClockNote | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one device timed at one control, in order of time; without what was taken back or dropped."""

    device: str
    control: str
    source: Source
    discipline: Discipline
    times: tuple[Sighted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Whether a device's clock vouches for its times at a control.

    `before` and `after` are the checks next to the first and the last of the times that have to be
    vouched for; `why` says in words what is wrong, or what makes it right without checks.
    """

    device: str
    control: str
    limits: Limits
    times: int
    first: Instant
    last: Instant
    state: ClockState
    before: Checked | None = None
    after: Checked | None = None
    why: str = ""


def sightings(rally: Rally, control: str) -> Mapping[str, Sighting]:
    """Return what each device timed at a control.

    Raises:
        KeyError: there is no such control.
    """
    found: dict[str, list[Sighted]] = {}
    sources: dict[str, Source] = {}
    kept_by: dict[str, set[Discipline]] = {}
    for placed, car in _owned(rally.matched(control)):
        if placed.source is Source.C or (placed.clock is not None and placed.clock.dropped is not None):
            continue
        chosen = None if car is None else rally.sheet(car).drive.chosen.get(control)
        used = chosen is not None and chosen.key == placed.key
        device = placed.stamp.device
        found.setdefault(device, []).append(Sighted(placed.raw, placed.at, car, used, placed.clock))
        sources.setdefault(device, placed.source)
        kept_by.setdefault(device, set()).add(discipline_of(rally.record(placed.key), placed))
    return {
        device: Sighting(
            device=device,
            control=control,
            source=sources[device],
            # Of a name that comes by several ways the least trusted counts.
            discipline=min(kept_by[device], key=list(Discipline).index),
            times=tuple(sorted(times, key=lambda time: (time.at, time.raw, time.car or ""))),
        )
        for device, times in sorted(found.items())
    }


def _owned(matched: Matched) -> Iterator[tuple[Placed, str | None]]:
    """The stamps that count, each with its car."""
    for car, hits in matched.hits.items():
        for hit in hits:
            yield hit.placed, car
    for group in matched.open:
        for placed in group.stamps:
            yield placed, None


def discipline_of(record: Record | None, placed: Placed) -> Discipline:
    """Return what keeps the clock behind a stamp right."""
    if record is not None and record.origin.startswith("web:"):
        return Discipline.SERVER
    return Discipline.CHECKS if placed.stamp.crossing is None else Discipline.SATELLITES


def served(
    event: Event, checks: Sequence[Checked], limits: Limits, sighting: Sighting, *, used_only: bool = False
) -> Served | None:
    """Return whether a device's clock vouches for its times at a control; None where it has none there.

    It needs a check before the first of them and one after the last, both known exactly enough; none
    around any of them may be over the limit. What the Official Timekeeper has accepted or put right
    needs no further check.

    Args:
        event: the rally.
        checks: those of the device, in order of time.
        limits: the control's.
        sighting: the times.
        used_only: whether only those count that are the times of cars.
    """
    times = [time for time in sighting.times if time.car is not None and (time.used or not used_only)]
    if not times:
        return None
    open_ = [time.raw for time in times if time.note is None or not time.note.settled]
    first, last = min(time.raw for time in times), max(time.raw for time in times)
    state, why = ClockState.OK, ""
    early = late = None
    doubts = [time.note.doubt for time in times if time.note is not None and time.note.doubt]
    if doubts:
        state, why = ClockState.FAIL, doubts[0]
    elif sighting.discipline is not Discipline.CHECKS:
        why = f"kept right by the {sighting.discipline}"
    elif not open_:
        why = "settled by the Official Timekeeper"
    else:
        good = good_enough(checks, limits)
        early, late = before(good, min(open_)), after(good, max(open_))
        state, why = _vouched(event, good, limits, (min(open_), early), (max(open_), late))
    return Served(
        device=sighting.device,
        control=sighting.control,
        limits=limits,
        times=len(times),
        first=first,
        last=last,
        state=state,
        before=early,
        after=late,
        why=why,
    )


def _vouched(
    event: Event,
    good: Sequence[Checked],
    limits: Limits,
    first: tuple[Instant, Checked | None],
    last: tuple[Instant, Checked | None],
) -> tuple[ClockState, str]:
    """The state by the checks around the first and the last time, none of which is over the limit."""
    lacking = [
        f"{word} {event.time.format(at, SECOND)}"
        for word, (at, checked) in (("before", first), ("after", last))
        if checked is None
    ]
    if lacking:
        return ClockState.UNCHECKED, f"not compared with a reference {' or '.join(lacking)}"
    assert first[1] is not None
    assert last[1] is not None
    begin, end = first[1].check.at, last[1].check.at
    between = [checked.check for checked in good if begin <= checked.check.at <= end]
    state = worst(*(limits.state(check.offset, check.uncertainty) for check in between))
    return state, ""
