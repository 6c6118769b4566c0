"""A busy or failing disk: what waits, what passes, what may be dropped."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.core.drives import START, fixes_of
from tests.ingest.conftest import COURSE, Station, running
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.ingest import IngestEndedError, Limits
from timing.journal.journal import Journal, JournalFailedError, StoredFix
from timing.journal.record import Draft


def stamp(n: int, at: int = START, **more: object) -> Stamp:
    plain = Stamp(device="gate", at=at, channel="1", boot=3, n=n)
    return replace(plain, **more)  # type: ignore[arg-type]


class Slow:
    """A journal whose writes wait for a gate: the real one beneath, as on a slow disk."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.gate = asyncio.Event()
        self.broken: Exception | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)

    async def append(self, batch: Sequence[Draft]) -> list[Record | None]:
        await self.gate.wait()
        if self.broken is not None:
            raise self.broken
        return await self._journal.append(batch)

    async def append_fixes(self, batch: Sequence[StoredFix]) -> list[bool]:
        await self.gate.wait()
        return await self._journal.append_fixes(batch)


def slow(journal: Journal) -> tuple[Slow, Journal]:
    wrapped = Slow(journal)
    return wrapped, wrapped  # type: ignore[return-value]


async def test_nothing_is_acknowledged_while_the_disk_is_busy(journal: Journal) -> None:
    gate, busy = slow(journal)
    async with running(busy) as station:
        await station.ingest.submit([station.arrival(stamp(n), name=str(n)) for n in range(5)])
        await asyncio.sleep(0.05)
        assert station.acked == []
        assert station.news == []
        gate.gate.set()
        await station.until(lambda: len(station.acked) == 5)


async def test_stamps_pass_waiting_fixes(journal: Journal) -> None:
    gate, busy = slow(journal)
    async with running(busy) as station:
        fixes = fixes_of(COURSE.drive(20.0))
        await station.ingest.submit([station.arrival(fix, name="fix") for fix in fixes])
        await station.ingest.submit([station.arrival(stamp(1), name="stamp")])
        await asyncio.sleep(0.02)
        gate.gate.set()
        await station.until(lambda: len(station.acked) == len(fixes) + 1)
        assert "stamp" in station.acked[:3]


async def test_a_full_queue_holds_back_stamps_and_drops_none(journal: Journal) -> None:
    gate, busy = slow(journal)
    async with running(busy, Limits(urgent=10, batch=5)) as station:
        sender = asyncio.create_task(
            station.ingest.submit([station.arrival(stamp(n), name=str(n)) for n in range(100)])
        )
        await asyncio.sleep(0.05)
        assert not sender.done()
        assert station.ingest.waiting[0] == 10
        gate.gate.set()
        await asyncio.wait_for(sender, 10)
        await station.until(lambda: len(station.acked) == 100)
    assert journal.head()[0] == 100


async def test_fixes_that_a_broker_keeps_are_held_back_and_none_is_dropped(journal: Journal) -> None:
    gate, busy = slow(journal)
    fixes = fixes_of(COURSE.drive(20.0))[:100]
    async with running(busy, Limits(fixes=50, batch=10, patience=0.01)) as station:
        sender = asyncio.create_task(station.ingest.submit([station.arrival(fix) for fix in fixes]))
        await asyncio.sleep(0.1)
        assert not sender.done()
        assert station.ingest.waiting[1] == 50
        gate.gate.set()
        await asyncio.wait_for(sender, 10)
        await station.until(lambda: len(station.acked) == 100)
        assert not station.ingest.counters["dropped_fixes"]
    assert [one.fix for one in journal.read_fixes()] == fixes


async def test_of_fixes_that_nobody_keeps_the_oldest_are_dropped_and_counted(journal: Journal) -> None:
    gate, busy = slow(journal)
    fixes = fixes_of(COURSE.drive(20.0))[:100]
    kept = fixes[:20]
    async with running(busy, Limits(fixes=50, batch=10, patience=0.01)) as station:
        await station.ingest.submit([station.arrival(fix) for fix in kept])
        wired = [station.arrival(fix, origin="serial:gps")._replace(ack=None) for fix in fixes[20:]]
        await station.ingest.submit(wired)
        gate.gate.set()
        await station.until(lambda: len(station.acked) == len(kept))
        await station.until(lambda: station.ingest.waiting == (0, 0))
        dropped = station.ingest.counters["dropped_fixes"]
    stored = [one.fix for one in journal.read_fixes()]
    assert dropped == 100 - len(stored) > 0
    assert stored == kept + fixes[20 + dropped :]


async def test_a_fix_that_nobody_keeps_is_itself_dropped_when_all_that_wait_are_kept(
    journal: Journal,
) -> None:
    gate, busy = slow(journal)
    fixes = fixes_of(COURSE.drive(20.0))[:31]
    async with running(busy, Limits(fixes=20, batch=10, patience=0.01)) as station:
        await station.ingest.submit([station.arrival(fixes[0])])
        await station.until(lambda: station.ingest.waiting[1] == 0)  # taken, and waiting for the disk
        await station.ingest.submit([station.arrival(fix) for fix in fixes[1:21]])
        await station.ingest.submit([station.arrival(fixes[21], origin="serial:gps")._replace(ack=None)])
        assert station.ingest.counters["dropped_fixes"] == 1
        gate.gate.set()
        await station.until(lambda: len(station.acked) == 21)
    assert [one.fix for one in journal.read_fixes()] == fixes[:21]


async def test_a_failing_journal_ends_ingest_and_acknowledges_nothing(
    journal: Journal,
) -> None:
    gate, broken = slow(journal)
    gate.broken = JournalFailedError("disk full")
    gate.gate.set()
    station = Station(broken)
    task = asyncio.create_task(station.ingest.run())
    await station.ingest.submit([station.arrival(stamp(1))])
    with pytest.raises(JournalFailedError, match="disk full"):
        await asyncio.wait_for(task, 10)
    assert station.acked == []
    with pytest.raises(IngestEndedError):
        await station.ingest.submit([station.arrival(stamp(2))])


async def test_a_sender_that_waits_is_told_when_ingest_ends(journal: Journal) -> None:
    _gate, busy = slow(journal)
    station = Station(busy, Limits(urgent=1))
    task = asyncio.create_task(station.ingest.run())
    sender = asyncio.create_task(station.ingest.submit([station.arrival(stamp(n)) for n in range(5)]))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(IngestEndedError):
        await asyncio.wait_for(sender, 10)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_finishing_stores_what_is_queued(journal: Journal) -> None:
    async with running(journal) as station:
        await station.ingest.submit([station.arrival(stamp(n)) for n in range(2_000)])
    assert journal.head()[0] == 2_000
    assert len(station.acked) == 2_000
