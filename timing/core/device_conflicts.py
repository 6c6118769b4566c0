"""Doubles and contradictions among the assignments of devices, for people to see before the first car does.

Nothing here decides anything: of two devices that claim one line both are heard, and both times stand.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise

from timing.core.device_table import DeviceTable
from timing.core.event import Event
from timing.core.instant import MINUTE, Instant, RallyTime

#: Letters and digits that are read for one another on a label.
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


class ConflictKind(StrEnum):
    """What two assignments contradict each other in."""

    SAME_LINE = "same_line"
    TWO_TRACKERS = "two_trackers"
    TWO_CARS = "two_cars"
    SAME_WIRE = "same_wire"
    LOOK_ALIKE = "look_alike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One double in words, with what would be expected; `since`, `until` None: from the beginning, open."""

    kind: ConflictKind
    text: str
    expected: str
    devices: tuple[str, ...]
    control: str | None = None
    car: str | None = None
    since: Instant | None = None
    until: Instant | None = None


def device_conflicts(table: DeviceTable, event: Event) -> tuple[Conflict, ...]:
    """Return all doubles of an event's assignments, each with the span in which it holds."""
    return (*_in_time(table, event), *_two_cars(event), *_same_wire(event), *_look_alike(table.known()))


@dataclass(slots=True)
class _Open:
    since: Instant | None
    until: Instant | None


def _in_time(table: DeviceTable, event: Event) -> Iterable[Conflict]:
    """Look at the table between each two moments at which anything in it changes."""
    found: dict[tuple[ConflictKind, tuple[str, ...], str], list[_Open]] = {}
    for since, until, at in _spells(table, event):
        for key in (*_lines_at(table, at), *_cars_at(table, at)):
            spans = found.setdefault(key, [])
            if spans and spans[-1].until == since and since is not None:
                spans[-1].until = until
            else:
                spans.append(_Open(since, until))
    for (kind, devices, where), spans in found.items():
        for span in spans:
            when = _words(span, event.time)
            names = " and ".join(devices)
            if kind is ConflictKind.SAME_LINE:
                control, _, line = where.rpartition("/")
                yield Conflict(
                    kind=kind, text=f"{names} both as line {line} of {control}{when}",
                    expected="a different line letter for each clock", devices=devices, control=control,
                    since=span.since, until=span.until,
                )  # fmt: skip
            else:
                yield Conflict(
                    kind=kind, text=f"{names} both in car {where}{when}",
                    expected="one tracker a car (use since and until where one takes the other's place)",
                    devices=devices, car=where, since=span.since, until=span.until,
                )  # fmt: skip


def _spells(table: DeviceTable, event: Event) -> Iterable[tuple[Instant | None, Instant | None, Instant]]:
    """Yield (since, until, an instant within) of each spell in which nothing in the table changes."""
    edges: set[Instant] = set()
    for config in event.devices.values():
        for held in config.assignments:
            edges.update(edge for edge in (held.since, held.until) if edge is not None)
        for ride in config.rides:
            edges.update(edge for edge in (ride.since, ride.until) if edge is not None)
    for device in table.known():
        for act in table.acts(device):
            edges.update(edge for edge in (act.since, act.until) if edge is not None)
    inner = sorted(edges)
    if not inner:
        yield None, None, 0
        return
    yield None, inner[0], inner[0] - 1
    for since, until in pairwise(inner):
        yield since, until, since
    yield inner[-1], None, inner[-1]


_Key = tuple[ConflictKind, tuple[str, ...], str]


def _lines_at(table: DeviceTable, at: Instant) -> Iterable[_Key]:
    claimed: dict[str, set[str]] = defaultdict(set)
    for device in table.known():
        for channel in table.channels(device):
            held = table.place(device, channel, at)
            if held is not None:
                claimed[f"{held.control}/{held.source}"].add(device)
    for where, devices in claimed.items():
        for pair in combinations(sorted(devices), 2):
            yield ConflictKind.SAME_LINE, pair, where


def _cars_at(table: DeviceTable, at: Instant) -> Iterable[_Key]:
    riding: dict[str, list[str]] = defaultdict(list)
    for device in table.known():
        car = table.car(device, at)
        if car is not None:
            riding[car].append(device)
    for car, devices in riding.items():
        for pair in combinations(sorted(devices), 2):
            yield ConflictKind.TWO_TRACKERS, pair, car


def _two_cars(event: Event) -> Iterable[Conflict]:
    """Yield the trackers that the entry list puts into one car and the register into another."""
    entered = {entry.tracker: car for car, entry in event.entries.by_number.items() if entry.tracker}
    for ident, config in event.devices.items():
        car = entered.get(ident)
        if car is not None and config.car and config.car != car:
            yield Conflict(
                kind=ConflictKind.TWO_CARS,
                text=f"{ident} in car {car} by the entry list and in car {config.car} by the register",
                expected=f"one car (car {car} counts)",
                devices=(ident,),
                car=car,
            )


def _same_wire(event: Event) -> Iterable[Conflict]:
    by_link: dict[str, list[str]] = defaultdict(list)
    for ident, config in event.devices.items():
        if not config.link.startswith(("mqtt", "listen:")):
            by_link[config.link.partition("?")[0]].append(ident)
        if config.topic:
            by_link[f"topic {config.topic}"].append(ident)
    for link, devices in by_link.items():
        if len(devices) > 1:
            yield Conflict(
                kind=ConflictKind.SAME_WIRE,
                text=f"{' and '.join(devices)} both at {link}",
                expected="a port or topic for each device",
                devices=tuple(devices),
            )


def _look_alike(names: Iterable[str]) -> Iterable[Conflict]:
    by_look: Mapping[str, list[str]] = defaultdict(list)
    for name in names:
        by_look[name.upper().translate(_ALIKE)].append(name)
    for alike in by_look.values():
        if len(alike) > 1:
            yield Conflict(
                kind=ConflictKind.LOOK_ALIKE,
                text=f"{' and '.join(alike)} are easily taken for one another",
                expected="names that cannot be misread on a label (letter O for 0, I or L for 1)",
                devices=tuple(alike),
            )


def _words(span: _Open, time: RallyTime) -> str:
    begun = None if span.since is None else time.day_of(span.since)
    text = "" if span.since is None else f" from {begun} {time.format(span.since, MINUTE)}"
    if span.until is None:
        return text
    ends = time.day_of(span.until)
    day = "" if begun in (None, ends) else f"{ends} "
    return f"{text} until {day}{time.format(span.until, MINUTE)}"
