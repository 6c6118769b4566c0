"""A small rally with a real journal, and the one way into it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.drives import START, Course, control, event_on, straight
from timing.clock import SteppedClock
from timing.core.event import Event
from timing.core.instant import SECOND, Instant
from timing.core.positions import Tracking
from timing.core.rally import Rally
from timing.ingest import Arrival, Ingest, Limits, News
from timing.ingest_queue import Item
from timing.journal.journal import Journal, open_journal

PLANE = straight(4_000)
COURSE = Course(PLANE)


def small_event() -> Event:
    """One straight leg of 4 km with a passage control every 500 m; car 7 carries tracker t1, 8 t2."""
    event = event_on(PLANE, controls=[control(i, 500 * i, COURSE) for i in range(8)], cars=("7", "8"))
    entries = {
        car: replace(entry, tracker=tracker)
        for (car, entry), tracker in zip(event.entries.by_number.items(), ("t1", "t2"), strict=True)
    }
    return replace(event, entries=replace(event.entries, by_number=entries))


class Station:
    """A running ingest over a journal, with all that it announced and acknowledged."""

    def __init__(self, journal: Journal, limits: Limits | None = None) -> None:
        self.event = small_event()
        self.journal = journal
        self.rally = Rally(self.event)
        self.tracking = Tracking(self.event)
        self.clock = SteppedClock(START)
        self.news: list[News] = []
        self.acked: list[str] = []
        self.ingest = Ingest(journal, self.rally, self.tracking, self.clock, self.news.append, limits)

    def arrival(
        self, *items: Item, name: str = "", origin: str = "mqtt:rally/test", at: Instant = START
    ) -> Arrival:
        return Arrival(
            origin=origin, received_at=at, readings=items, raw=b"raw", ack=lambda: self.acked.append(name)
        )

    async def take(self, *items: Item, name: str = "one", at: Instant = START) -> None:
        """Submit one arrival and wait until it is acknowledged."""
        before = len(self.acked)
        await self.ingest.submit([self.arrival(*items, name=name, at=at)])
        await self.until(lambda: len(self.acked) > before)

    async def take_all(self, arrivals: Sequence[Arrival]) -> None:
        before = len(self.acked)
        await self.ingest.submit(arrivals)
        await self.until(lambda: len(self.acked) >= before + len(arrivals))

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not reached():  # noqa: ASYNC110 - what is waited for has no event of its own
                await asyncio.sleep(0.001)


@asynccontextmanager
async def running(journal: Journal, limits: Limits | None = None) -> AsyncIterator[Station]:
    """Run an ingest over a journal until the block ends; then everything queued is done."""
    station = Station(journal, limits)
    await station.ingest.restore()
    task = asyncio.create_task(station.ingest.run())
    try:
        yield station
    finally:
        await station.ingest.finish()
        async with asyncio.timeout(20):
            await task


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = open_journal(tmp_path / "data")
    yield opened
    await opened.close()


@pytest.fixture
async def station(journal: Journal) -> AsyncIterator[Station]:
    async with running(journal) as made:
        yield made


def later(seconds: float) -> Instant:
    return START + round(seconds * SECOND)
