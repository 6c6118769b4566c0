"""The one way in: every reading and decision, whatever link or page it came by, passes here.

    known already? -> journal -> acknowledge -> apply to the rally and the positions -> announce

A crash before the commit: the sender still has it. Between commit and acknowledgement: it comes again
and is known by its key. Between commit and applying: the replay at the start gives the same rally. A
journal that fails ends `run` with its error, and with it the service; nothing of it was acknowledged.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from timing.clock import Clock, ScaledClock, StepWatch
from timing.core.decisions import Decision
from timing.core.instant import SECOND, Duration, Instant
from timing.core.positions import Tracking
from timing.core.rally import Rally
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.core.results import Changes
from timing.ingest_queue import Arrival, IngestEndedError, Limits, Line
from timing.ingest_recorder import Recorder
from timing.ingest_replay import POSITIONS, replay, written
from timing.journal.journal import Journal, Quarantined, StoredFix
from timing.riders import Riders, follow_again

__all__ = ["Arrival", "Ingest", "IngestEndedError", "Limits", "News"]

_log = logging.getLogger(__name__)

#: The positions' state is kept this often, so that a start replays the fixes of a minute only.
CHECKPOINT_EVERY: Duration = 60 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What one commit brought: new records, what they may have changed, cars that moved, refusals."""

    records: tuple[Record, ...] = ()
    changes: Changes = field(default_factory=Changes)
    moved: frozenset[str] = frozenset()
    refused: tuple[Quarantined, ...] = ()


class Ingest:
    """The one way in. `restore` first, then `run` as a task; `submit` from anywhere in the loop."""

    def __init__(
        self,
        journal: Journal,
        rally: Rally,
        tracking: Tracking,
        clock: Clock,
        announce: Callable[[News], None],
        limits: Limits | None = None,
    ) -> None:
        self._journal, self._rally, self._tracking, self._clock = journal, rally, tracking, clock
        self._announce = announce
        self._limits = limits or Limits()
        self._urgent, self._fixes = Line(self._limits.urgent), Line(self._limits.fixes)
        self.riders = Riders(rally.event, rally.clocks.table)
        self._tracks = asyncio.Lock()
        self._kept_at = clock.elapsed()
        # A scaled clock skips nights by its table; only the machine's own may be set by somebody.
        self._steps = None if isinstance(clock, ScaledClock) else StepWatch(clock)
        self.counters: Counter[str] = Counter()
        """`records`, `fixes`, `duplicates`, `rejected`, `dropped_fixes`, `unknown_trackers`, `ack_failed`,
        `clock_steps`."""
        self._recorder = Recorder(journal, self.riders, self.counters)
        self.health = self._recorder.health

    @property
    def waiting(self) -> tuple[int, int]:
        """How many urgent readings and how many fixes are waiting."""
        return self._urgent.size, self._fixes.size

    async def submit(self, batch: Sequence[Arrival]) -> None:
        """Hand over arrivals; returns when they are queued. `Arrival.ack` tells when they are durable.

        Waits while the queue is full, which holds the sender back.

        Raises:
            IngestEndedError: the service is ending, or the journal has failed.
        """
        for arrival in batch:
            urgent = arrival.urgent
            if (self._urgent if urgent else self._fixes).offer(arrival):
                continue
            if urgent:
                await self._urgent.put(arrival)
                continue
            patience = self._limits.patience if arrival.ack is None else None
            for dropped in await self._fixes.put(arrival, patience):
                self.counters["dropped_fixes"] += dropped.size
                _log.warning("queue full: dropped %d fixes of %s", dropped.size, dropped.origin)

    async def run(self) -> None:
        """Serve both lines until `finish` is called and all is done.

        Raises:
            JournalError: the journal failed; whatever was not acknowledged was not recorded, or will
                be found known when it comes again.
        """
        workers = [
            asyncio.create_task(self._serve(self._urgent), name="ingest:urgent"),
            asyncio.create_task(self._serve(self._fixes), name="ingest:fixes"),
        ]
        try:
            done, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
            for worker in done:
                worker.result()
            await self._keep_positions()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await self.finish()

    async def finish(self) -> None:
        """Take nothing more; `run` ends when what is queued is done."""
        self._urgent.end()
        self._fixes.end()

    async def restore(self) -> int:
        """Replay the journal into the rally and the positions; return how many records there were.

        Crossings that had not reached the journal before a crash are found again and recorded.
        """
        replayed = await asyncio.to_thread(
            replay, self._journal, self._rally, self._tracking, self.health, self.riders
        )
        self._recorder.know(replayed.known)
        await self._record_crossings(replayed.crossings, self._clock.now(), announce=False)
        return replayed.records

    async def _serve(self, line: Line) -> None:
        while arrivals := await line.take(self._limits.batch):
            await self._process(arrivals)
            if self._clock.elapsed() - self._kept_at >= CHECKPOINT_EVERY:
                await self._keep_positions()

    async def _process(self, arrivals: Sequence[Arrival]) -> None:
        step = self._steps.check() if self._steps is not None else None
        if step is not None:
            self.counters["clock_steps"] += 1
            _log.warning("clock_step %+.3f s: somebody set this machine's clock", step / SECOND)
        parts = self._recorder.sort(arrivals)
        records = await self._recorder.append(parts.drafts, parts.refused)
        if not parts.fixes:
            await self._refuse(parts.refused)
            self._acknowledge(arrivals)
            self._apply(records, parts.refused)
            await self._swap()
            return
        # Records do not wait for the fixes that came with them.
        self._apply(records, ())
        await self._swap()
        async with self._tracks:
            new = await self._recorder.append_fixes(parts.fixes, parts.refused)
            await self._refuse(parts.refused)
            self._acknowledge(arrivals)
            await self._move(new, parts.refused)

    async def _swap(self) -> None:
        """Follow cars again about whose trackers an official has decided something."""
        turned = self._rally.clocks.table.turned()
        if not turned:
            return
        async with self._tracks:
            stamps = await follow_again(turned, self.riders, self._tracking, self._journal)
            cars = frozenset(car for device in turned for car in self.riders.table.cars(device))
            self._announce(News(moved=cars))
            await self._record_crossings(stamps, self._clock.now())

    async def _move(self, fixes: Sequence[StoredFix], refused: Sequence[Quarantined]) -> None:
        moved: set[str] = set()
        stamps: list[Stamp] = []
        disbelieved: list[Quarantined] = []
        for received_at, group in _by_arrival(fixes):
            result = self._tracking.add([(car, stored.fix) for car, stored in group], received_at)
            moved |= result.cars
            stamps += result.stamps
            origins = {stored.fix.device: stored.origin for _, stored in group}
            disbelieved += [
                Quarantined(
                    received_at=received_at, origin=origins.get(item.device or "", ""), raw=item.raw,
                    reason=item.reason, detail=item.detail, device=item.device,
                )
                for item in result.refused
            ]  # fmt: skip
        await self._refuse(disbelieved)
        if moved or refused or disbelieved:
            self._announce(News(moved=frozenset(moved), refused=(*refused, *disbelieved)))
        await self._record_crossings(stamps, self._clock.now())

    async def _record_crossings(
        self, stamps: Sequence[Stamp], received_at: Instant, *, announce: bool = True
    ) -> None:
        """Journal the stamps found by position, each with the two fixes that prove it."""
        refused: list[Quarantined] = []
        records = await self._recorder.append(self._recorder.crossings(stamps, received_at), refused)
        await self._refuse(refused)
        if announce:
            self._apply(records, refused)
        else:
            self._rally.add_many(records)

    async def _refuse(self, refused: Sequence[Quarantined]) -> None:
        await self._recorder.refuse(refused)
        for item in refused:
            car = self.riders.at(item.device or "", item.received_at)
            if car is not None:
                self._tracking.heard(car, item.received_at)

    def _apply(self, records: Sequence[Record], refused: Sequence[Quarantined]) -> None:
        if not records and not refused:
            return
        changes = self._rally.add_many(records) if records else Changes()
        for record in records:
            body = record.body
            car = None if isinstance(body, Decision) else self.riders.at(body.device, body.at)
            if car is not None and not record.origin.startswith("tracks:"):
                self._tracking.heard(car, record.received_at)
        self._announce(News(records=tuple(records), changes=changes, refused=tuple(refused)))

    def _acknowledge(self, arrivals: Iterable[Arrival]) -> None:
        for arrival in arrivals:
            if arrival.ack is None:
                continue
            try:
                arrival.ack()
            except Exception:
                # The record is safe; a lost acknowledgement costs a repetition, which is known by its key.
                self.counters["ack_failed"] += 1
                _log.exception("acknowledging %s failed", arrival.origin)

    async def _keep_positions(self) -> None:
        async with self._tracks:
            self._kept_at = self._clock.elapsed()
            last = await asyncio.to_thread(self._journal.fixes_head)
            await self._journal.checkpoint(POSITIONS, written(self._tracking, last, self.riders))


def _by_arrival(fixes: Sequence[StoredFix]) -> list[tuple[Instant, list[tuple[str, StoredFix]]]]:
    """Group fixes of known cars that came at one instant, keeping their order."""
    groups: list[tuple[Instant, list[tuple[str, StoredFix]]]] = []
    for stored in fixes:
        if stored.car is None:
            continue
        if not groups or groups[-1][0] != stored.received_at:
            groups.append((stored.received_at, []))
        groups[-1][1].append((stored.car, stored))
    return groups
