"""The whole way in of one event, in this process: decoding, checks, ingest, and a journal on the disk."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from devices.decoding import Decoding
from devices.link import Backoff, Incoming, KeptLink, Link
from timing.clock import Clock, SystemClock
from timing.core.entries import Entry, EntryList
from timing.core.event import DeviceConfig, Event
from timing.core.instant import Instant, RallyTime
from timing.core.itinerary import Itinerary
from timing.core.positions import Tracking
from timing.core.preset import Preset, Unit
from timing.core.rally import Rally
from timing.core.readings import Fix, Reading, Stamp
from timing.ingest import Arrival, Ingest
from timing.journal.journal import Journal, Quarantined, open_journal


def bare_event(
    *devices: DeviceConfig, trackers: Iterable[str] = (), day: dt.date = dt.date(2026, 9, 20), offset: int = 0
) -> Event:
    """An event without a road: captures from anywhere are where it is. Car n has the nth tracker."""
    entries = {
        str(n): Entry(car_number=str(n), order=n, start_offset=0, driver=f"Driver {n}", tracker=tracker)
        for n, tracker in enumerate(trackers, start=1)
    }
    return Event(
        id="wires",
        name="Wires",
        first_day=day,
        timezone="UTC",
        time=RallyTime(offset),
        preset=Preset(name="p", version="1", unit=Unit.SECONDS),
        entries=EntryList(entries),
        itinerary=Itinerary(legs={}, controls={}, stages={}),
        devices={device.id: device for device in devices},
    )


class WayIn:
    """What links deliver to. `hold` keeps the journal from taking anything, until `go_on`."""

    def __init__(self, event: Event, journal: Journal, clock: Clock) -> None:
        self.event = event
        self.journal = journal
        self.clock = clock
        self.decoding = Decoding(event)
        self.ingest = Ingest(journal, Rally(event), Tracking(event), clock, lambda news: None)
        self._open = asyncio.Event()
        self._open.set()
        self._kept: list[asyncio.Task[None]] = []

    async def deliver(self, batch: Sequence[Incoming]) -> None:
        """Decode and hand over, as the service does."""
        arrivals = [
            Arrival(
                origin=incoming.origin,
                received_at=incoming.received_at,
                readings=tuple(self.decoding.decode(incoming)),
                raw=incoming.payload,
                ack=incoming.ack,
            )
            for incoming in batch
        ]
        await self._open.wait()
        await self.ingest.submit(arrivals)

    def hold(self) -> None:
        """Let nothing through to the journal from here on."""
        self._open.clear()

    def go_on(self) -> None:
        """Let everything through again."""
        self._open.set()

    def keep(self, link: Link) -> KeptLink:
        """Keep a link open until the end."""
        kept = KeptLink(link, now=self.clock.now, backoff=Backoff(first=0.01, most=0.05))
        self._kept.append(asyncio.create_task(kept.run(self.deliver)))
        return kept

    async def close(self) -> None:
        """Let go of the links."""
        for task in self._kept:
            task.cancel()
        await asyncio.gather(*self._kept, return_exceptions=True)

    def fixes(self) -> list[Fix]:
        """The fixes that are in the journal."""
        return [stored.fix for stored in self.journal.read_fixes(0)]

    def readings(self) -> list[Reading]:
        """All other readings that are in the journal."""
        return [record.body for record in self.journal.read()]  # type: ignore[misc]

    def stamps(self) -> list[Stamp]:
        """The stamps that are in the journal."""
        return [body for body in self.readings() if isinstance(body, Stamp)]

    def refused(self) -> list[Quarantined]:
        """What is in quarantine."""
        return list(self.journal.read_quarantine(0, 10_000))


class At(SystemClock):
    """The machine's clock, moved so that it shows an instant now."""

    def __init__(self, instant: Instant) -> None:
        super().__init__()
        self._shift = instant - super().now()

    def now(self) -> Instant:
        """The moved time."""
        return super().now() + self._shift


@asynccontextmanager
async def way_in(event: Event, folder: Path, now: Instant) -> AsyncIterator[WayIn]:
    """The way in of an event at an instant, its journal in a folder."""
    journal = open_journal(folder / "data")
    way = WayIn(event, journal, At(now))
    running = asyncio.create_task(way.ingest.run())
    try:
        yield way
    finally:
        await way.close()
        await way.ingest.finish()
        await running
        await journal.close()
