"""Which tracker rode in which car when a reading of it was made; and what a change of that makes anew.

Most trackers stay in one car: those are looked up in a plain table. A tracker that was swapped is looked up
by the instant of what it said, and when an official says so afterwards, the drives of the cars concerned
are followed again from the stored fixes, as though it had been known all along.
"""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import groupby

from timing.core.device_table import DeviceTable
from timing.core.event import Event
from timing.core.instant import Instant
from timing.core.positions import Tracking
from timing.core.readings import Stamp
from timing.journal.journal import Journal, StoredFix

#: So many fixes are followed before other things have their turn.
_AT_A_TIME = 500


class Riders:
    """The cars of the trackers of an event."""

    def __init__(self, event: Event, table: DeviceTable) -> None:
        self.table = table
        self._plain = {config.id: config.car for config in event.devices.values() if config.car}
        self._plain |= {entry.tracker: car for car, entry in event.entries.by_number.items() if entry.tracker}

    def at(self, device: str, at: Instant) -> str | None:
        """Return the car in which a tracker rode at an instant, None where nobody knows."""
        return self.table.car(device, at) if device in self.table.dated else self._plain.get(device)

    def of(self, stored: StoredFix) -> str | None:
        """Return the car of a stored fix: as decided since, else as it was known when it arrived."""
        fix = stored.fix
        if fix.device in self.table.dated:
            return self.table.car(fix.device, fix.at)
        return stored.car

    def devices(self, car: str) -> tuple[str, ...]:
        """Return the trackers that are or were in a car, as far as the table names them."""
        return tuple(device for device in self.table.known() if car in self.table.cars(device))


async def follow_again(
    devices: Iterable[str], riders: Riders, tracking: Tracking, journal: Journal
) -> list[Stamp]:
    """Follow the drives anew of all cars in which these trackers are, or were thought to be.

    Returns the crossings that are found on the way; those that are on record already among them.
    """
    changed = tuple(devices)
    cars = {car for device in changed for car in riders.table.cars(device)}
    cars |= await asyncio.to_thread(_thought, journal, changed)
    stamps: list[Stamp] = []
    for car in sorted(cars):
        fixes = await asyncio.to_thread(fixes_of, journal, riders, car, also=changed)
        tracking.forget(car)
        for start in range(0, len(fixes), _AT_A_TIME):
            part = fixes[start : start + _AT_A_TIME]
            for arrived, group in groupby(part, key=lambda stored: stored.received_at):
                stamps += tracking.add([(car, stored.fix) for stored in group], arrived).stamps
            await asyncio.sleep(0)
    return stamps


def _thought(journal: Journal, devices: Sequence[str]) -> set[str]:
    return {stored.car for device in devices for stored in journal.read_fixes(device=device) if stored.car}


def fixes_of(
    journal: Journal,
    riders: Riders,
    car: str,
    *,
    also: Iterable[str] = (),
    since: Instant | None = None,
    until: Instant | None = None,
) -> list[StoredFix]:
    """Return the fixes of a car with `since <= at < until`, whichever tracker it carried, as they came.

    `also` are trackers that may have been in it besides those that the table names.
    """
    found = [
        stored
        for device in {*riders.devices(car), *also}
        for stored in journal.read_fixes(device=device, since=since, until=until)
        if riders.of(stored) == car
    ]
    return sorted(found, key=lambda stored: stored.seq)
