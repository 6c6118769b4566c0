"""Stamps: to which control they belong, and which of a car's stamps gives its time there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from timing.core.clock_book import ClockBook
from timing.core.clocks import ClockNote
from timing.core.device_table import DeviceTable, registered
from timing.core.event import Event
from timing.core.fact import Fact
from timing.core.instant import MILLISECOND, MINUTE, SECOND, Duration, Instant, floor_to
from timing.core.itinerary import TIME_CONTROLS, Control, ControlKind
from timing.core.readings import Source, Stamp, StampMark
from timing.core.records import Record
from timing.core.results import AssignedBy, Disposition

#: How far a source's own time may be off where the stamp does not say; added to the tolerance.
_UNCERTAINTY: dict[str, Duration] = {
    Source.A: 0,
    Source.B: 0,
    Source.H: 300 * MILLISECOND,
    Source.G: SECOND,
    Source.M: SECOND,
}
#: Where a person writes a time down while the car stands: the most trusted source counts, not the first.
_TABLES = TIME_CONTROLS | {ControlKind.RESTART}

#: Why a stamp does not count where the car had already passed.
LATER_PASSING = "a later passing of the same control"

#: Sources that are sensors at the line: a car makes several edges, and its first counts.
SENSORS = frozenset({Source.A, Source.B})

#: Where an instant is timed and not a minute or a visit.
LINES = frozenset({ControlKind.SPLIT, ControlKind.FF, ControlKind.REG_TEST, ControlKind.AVG_TRIAL})

_NEVER_A_TIME: dict[StampMark, str] = {
    StampMark.UNSYNCED: "the device's clock was not set: held until its offset is known",
    StampMark.UNKNOWN_FLAG: "a flag of the device whose meaning is not published",
    StampMark.DISQUALIFIED: "marked as disqualified on the device",
}


class Placed(Fact, frozen=True, gc=False):
    """A stamp with what is fixed about it: control, source and the car that its maker named.

    `named` is the number as sent, `car` the car it means or None; `no_time` says why the stamp is
    evidence only, or is empty. `stamp` has the instant as the clock's correction leaves it; `clock`
    says what was done to it and what is in doubt about it, None for nearly all stamps.
    """

    key: str
    seq: int
    stamp: Stamp
    control: str | None
    source: Source
    car: str | None
    named: str
    no_time: str
    clock: ClockNote | None = None

    @property
    def at(self) -> Instant:
        """The instant: raw, or put right where a correction of the device's clock stands."""
        return self.stamp.at

    @property
    def raw(self) -> Instant:
        """The instant as the device sent it."""
        return self.stamp.at if self.clock is None else self.clock.raw

    @property
    def said(self) -> Stamp:
        """The stamp as the device sent it."""
        return self.stamp if self.clock is None else replace(self.stamp, at=self.clock.raw)


class Hit(Fact, frozen=True, gc=False):
    """A stamp that belongs to a car."""

    placed: Placed
    by: AssignedBy

    @property
    def at(self) -> Instant:
        """The instant, put right where the device's clock was."""
        return self.placed.stamp.at


@dataclass(frozen=True, slots=True)
class Choice:
    """Which stamp gives a car's time at a control, and what became of each of its stamps.

    `review` says why the time is in doubt, or is empty.
    """

    hit: Hit | None
    fates: dict[str, tuple[Disposition, str]]
    review: str = ""


def place(record: Record, stamp: Stamp, event: Event, clocks: ClockBook | None = None) -> Placed:
    """Find the control and source of a stamp, valid at the stamp's own instant, its clock put right."""
    clock: ClockNote | None = None
    table = None if clocks is None else clocks.table
    if clocks is not None and stamp.device in clocks.heeded:
        clock = clocks.note(stamp.device, stamp.at, lambda at: _where(event, replace(stamp, at=at), table)[0])
        if clock is not None and clock.offset:
            stamp = replace(stamp, at=clock.raw - clock.offset)
    control, source = _where(event, stamp, table)
    if stamp.marks:
        source = _source_by_marks(stamp, source)
    no_time = "a crew's claim is evidence, never a time" if source is Source.C else ""
    for mark in stamp.marks:
        if mark is StampMark.UNSYNCED and clock is not None and clock.corrected is not None:
            continue  # Its offset is known now.
        no_time = no_time or _NEVER_A_TIME.get(mark, "")
    if clock is not None and clock.dropped is not None:
        no_time = no_time or f"the times of {stamp.device} are not used (record {clock.dropped.seq})"
    if stamp.crossing is not None and table is not None and stamp.device in table.dated:
        rode = table.car(stamp.device, stamp.at)
        if rode != stamp.car and table.decided(stamp.device, stamp.at):
            no_time = (
                no_time or f"{stamp.device} was {'in no car' if rode is None else f'in car {rode}'} then"
            )
    named = stamp.car.strip() if stamp.car else ""
    car = event.entries.find(named) if named else None
    return Placed(record.key, record.seq, stamp, control, source or Source.A, car, named, no_time, clock)


def _where(event: Event, stamp: Stamp, table: DeviceTable | None) -> tuple[str | None, Source | None]:
    """The control of a stamp, None where there is none, and the source that it or its assignment names."""
    control, source = stamp.control, stamp.source
    if control is None:
        device, channel, at = stamp.device, stamp.channel, stamp.at
        if table is None:
            assignment = registered(event.devices.get(device), channel, at)
        else:
            assignment = table.place(device, channel, at)
        if assignment is not None:
            control = assignment.control
            source = source or assignment.source
    return (control if control in event.itinerary.controls else None), source


def _source_by_marks(stamp: Stamp, source: Source | None) -> Source | None:
    if StampMark.TYPED in stamp.marks:
        return Source.M
    if StampMark.MANUAL in stamp.marks and source in SENSORS | {None}:
        # A key on the timer is a hand time, whatever the channel it is filed under.
        return Source.H
    return source


def same_withdrawn(withdrawal: Placed, stamp: Placed) -> bool:
    """Return whether a withdrawal takes back this stamp: same device, channel, instant (and car)."""
    said, meant = stamp.stamp, withdrawal.stamp
    return (
        said.device == meant.device
        and stamp.raw == withdrawal.raw
        and said.channel == meant.channel
        and (meant.control is None or said.control == meant.control)
        and (not withdrawal.named or withdrawal.named == stamp.named or withdrawal.car == stamp.car)
    )


def choose(
    control: Control,
    hits: Sequence[Hit],
    precedence: Sequence[str],
    tolerance: Duration,
    *,
    pass_gap: Duration,
    not_before: Instant | None = None,
    too_early: str = "before the leg opened",
) -> Choice:
    """Choose the time of one car at one control out of its stamps.

    At a timing line the first passing counts and in it the most trusted source, with its first
    edge; where people check in, the most trusted source counts, because a car may stand before the
    table for minutes (Motorsport UK NCR 2026 p488 3.6; precedence after FIS ICR 611.3.2).

    Args:
        control: where.
        hits: the car's stamps here.
        precedence: source letters, most trusted first; others never count.
        tolerance: how far two sources may differ (µs) before the time is under review.
        pass_gap: stamps further apart (µs) than this are different passings.
        not_before: stamps before this instant are ignored, and shown with `too_early`.
        too_early: why.
    """
    fates: dict[str, tuple[Disposition, str]] = {}
    usable: list[Hit] = []
    for hit in hits:
        if hit.placed.no_time:
            fates[hit.placed.key] = (Disposition.ASSIGNED, hit.placed.no_time)
        elif hit.placed.source not in precedence:
            fates[hit.placed.key] = (Disposition.ASSIGNED, f"source {hit.placed.source} gives no time here")
        elif not_before is not None and hit.at < not_before:
            fates[hit.placed.key] = (Disposition.OUTSIDE_WINDOW, too_early)
        else:
            usable.append(hit)
    if not usable:
        return Choice(None, fates)
    rank = {source: place for place, source in enumerate(precedence)}
    usable.sort(key=lambda hit: (hit.at, rank[hit.placed.source], hit.placed.key))
    manned = control.kind in _TABLES
    passing = usable if manned else _first_passing(usable, pass_gap)
    best = min(passing, key=lambda hit: (rank[hit.placed.source], hit.at, hit.placed.key))
    in_passing = {hit.placed.key for hit in passing}
    for hit in usable:
        if hit is best:
            fates[hit.placed.key] = (Disposition.ACCEPTED, "")
        elif hit.placed.key not in in_passing:
            fates[hit.placed.key] = (Disposition.OUTSIDE_WINDOW, LATER_PASSING)
        elif hit.placed.source is best.placed.source:
            fates[hit.placed.key] = (Disposition.DUPLICATE_EDGE, "another edge of the same passing")
        else:
            fates[hit.placed.key] = (Disposition.ASSIGNED, f"{best.placed.source} goes before it here")
    doubt = "" if best.placed.clock is None else best.placed.clock.doubt
    doubt = doubt or _doubt(best, passing, tolerance, manned=manned)
    if not manned:
        doubt = doubt or _trusted_later(best, usable[len(passing) :], rank)
    if not doubt and control.kind in LINES and uncertainty(best.placed) > tolerance:
        doubt = f"by {best.placed.source} alone, good to {_seconds(uncertainty(best.placed))}"
    return Choice(best, fates, doubt)


def _first_passing(usable: Sequence[Hit], pass_gap: Duration) -> list[Hit]:
    """The stamps of the first passing, out of stamps in order of time."""
    return [hit for hit in usable if hit.at - usable[0].at <= pass_gap]


def _doubt(best: Hit, passing: Iterable[Hit], tolerance: Duration, *, manned: bool) -> str:
    """Say why the chosen time is in doubt: two sources that disagree, two entries for one check-in."""
    for hit in passing:
        if hit is best:
            continue
        apart = abs(hit.at - best.at)
        if manned:
            # A satellite time at a table says when the car stood there, not when the card was handed in.
            other_minute = floor_to(hit.at, MINUTE) != floor_to(best.at, MINUTE)
            if hit.placed.source is best.placed.source is Source.M and other_minute:
                return f"two entries {_seconds(apart)} apart"
            continue
        if hit.placed.source is best.placed.source and best.placed.source in SENSORS:
            continue
        if apart > tolerance + uncertainty(hit.placed) + uncertainty(best.placed):
            return f"{hit.placed.source} and {best.placed.source} differ by {_seconds(apart)}"
    return ""


def _trusted_later(best: Hit, later: Iterable[Hit], rank: Mapping[str, int]) -> str:
    """Say that a more trusted source has the car at a later passing only.

    The first may have been no passing at all: a transponder waiting near its loop, a number typed too soon.
    """
    for hit in later:
        if rank[hit.placed.source] < rank[best.placed.source]:
            return f"{hit.placed.source} has it {_seconds(hit.at - best.at)} after {best.placed.source}"
    return ""


def uncertainty(placed: Placed) -> Duration:
    """Return how far a stamp's time may be off, in µs: as it says itself, else by its source."""
    said = placed.stamp.uncertainty
    return said if said is not None else usual_uncertainty(placed.source)


def usual_uncertainty(source: str) -> Duration:
    """Return how far a source's time may be off where the stamp does not say, in µs."""
    return _UNCERTAINTY.get(source, 0)


def _seconds(value: Duration) -> str:
    return f"{value // SECOND}.{value % SECOND // MILLISECOND:03d} s"
