"""Crews that called for help: their automatic penalties wait for the clerk of the course.

A crew that stops on a special stage and calls SOS, for itself or for others, is late for good
reasons. So what the clock alone would charge it on the rest of that leg is shown without an amount
until an official decides, and nobody is out by lateness meanwhile. Only a decision ends that: an OK
that follows says that people are well, not what the lateness is worth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from timing.core.device_table import DeviceTable
from timing.core.drive import Drive
from timing.core.entries import EntryList
from timing.core.fact import copy_with
from timing.core.instant import Instant
from timing.core.itinerary import Control
from timing.core.readings import Alert, AlertKind
from timing.core.results import PenaltyRow
from timing.core.road import Road


@dataclass(frozen=True, slots=True)
class Call:
    """An SOS of a crew and its place in the journal."""

    at: Instant
    seq: int


@dataclass(frozen=True, slots=True)
class Suspended:
    """From a special stage on, to the end of its leg, a crew's penalties wait for the clerk."""

    leg: int
    order: int
    stage: str
    call: Call

    def covers(self, control: Control | None) -> bool:
        """Return whether what happened at a control waits."""
        return control is not None and control.leg == self.leg and control.order > self.order


class Emergencies:
    """The calls for help of all crews. What it answers depends on the set of alerts and assignments.

    A tracker that announces another car than the one it was put into rides where the officials have put it.
    """

    def __init__(self, entries: EntryList, table: DeviceTable) -> None:
        self._entries = entries
        self._table = table
        self._heard: dict[str, list[tuple[Alert, int]]] = {}
        """The alerts of each device that are calls for help, with their places in the journal."""
        self._calls: dict[str, dict[tuple[str, Instant], Call]] = {}

    def hear(self, alert: Alert, seq: int) -> str | None:
        """Take in an alert; returns the car that it is about, where it is a call for help."""
        if alert.kind is not AlertKind.SOS:
            return None
        self._heard.setdefault(alert.device, []).append((alert, seq))
        return self._book(alert, seq)

    def moved(self, device: str) -> frozenset[str]:
        """Give the calls of a device to the cars in which it now is said to have been when it made them.

        Returns the cars that have, or had, any of them.
        """
        heard = self._heard.get(device, ())
        if not heard:
            return frozenset()
        cars = {car for car, calls in self._calls.items() if any(key[0] == device for key in calls)}
        for car in cars:
            left = {key: call for key, call in self._calls.pop(car).items() if key[0] != device}
            if left:
                self._calls[car] = left
        found = {self._book(alert, seq) for alert, seq in heard}
        return frozenset(cars.union(car for car in found if car is not None))

    def _book(self, alert: Alert, seq: int) -> str | None:
        car = self._table.car(alert.device, alert.at)
        if car is None and alert.car:
            car = self._entries.find(alert.car)
        if car is not None:
            calls = self._calls.setdefault(car, {})
            known = calls.get((alert.device, alert.at))
            if known is None or seq < known.seq:
                calls[alert.device, alert.at] = Call(alert.at, seq)
        return car

    def callers(self) -> Iterable[str]:
        """Return the cars that called for help."""
        return self._calls.keys()

    def of(self, car: str) -> tuple[Call, ...]:
        """Return a car's calls in order of time."""
        calls = self._calls.get(car)
        return () if calls is None else tuple(sorted(calls.values(), key=lambda call: (call.at, call.seq)))


def suspensions(road: Road, drive: Drive, calls: Sequence[Call]) -> tuple[Suspended, ...]:
    """Return what waits because a crew called for help while it was on a special stage."""
    found: list[Suspended] = []
    for call in calls:
        seen = max(
            (road.by_id[at.control].order for at in drive.chosen.values() if at.at < call.at), default=-1
        )
        for stage in road.starts_at.values():
            start = drive.starts.get(stage.id)
            begun = start is not None and not start.assumed and start.at <= call.at
            if begun and seen < road.by_id[stage.finish].order:
                found.append(Suspended(stage.leg, road.by_id[stage.start].order, stage.id, call))
    return tuple(found)


def waiting(
    rows: Iterable[PenaltyRow], controls: Mapping[str, Control], suspended: Sequence[Suspended]
) -> list[PenaltyRow]:
    """Return penalty rows with those undecided that wait for the clerk."""
    found: list[PenaltyRow] = []
    for row in rows:
        control = controls.get(row.control or "")
        cause = next((each for each in suspended if each.covers(control)), None)
        if cause is None:
            found.append(row)
            continue
        text = f"{row.text}; SOS on {cause.stage}: the clerk decides"
        found.append(copy_with(row, amount=None, fails=0, text=text, records=(*row.records, cause.call.seq)))
    return found
