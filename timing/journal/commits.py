"""Group commit by one writer thread: the next commit begins when the last one ends.

No timer: while the disk syncs, work gathers, so a slow disk gets large groups and a fast one short
waits. Two lanes: records go first, bulk (fixes, refused messages, checkpoints) follows in slices.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from timing.journal.journal import JournalClosedError, JournalFailedError
from timing.journal.store import Store

#: Rows of the record lane in one transaction; a bigger single job still goes whole.
GROUP_ROWS = 5000
#: Rows of the bulk lane between two groups of records: what a stamp may have to wait for.
SLICE_ROWS = 1000

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    run: Callable[[list[Any]], Sequence[Any]]
    given: Any
    rows: int
    durable: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class GroupCommit:
    """The thread that alone writes a store.

    `committed` is called in that thread after each commit, before anybody's wait ends.
    """

    def __init__(self, store: Store, *, opened: Callable[[], None], committed: Callable[[], None]) -> None:
        self._store = store
        self._opened = opened
        self._committed = committed
        self._wake = threading.Condition()
        self._first: deque[_Job] = deque()
        self._bulk: deque[_Job] = deque()
        self._closing = False
        self._failure: Exception | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    @property
    def closed(self) -> bool:
        """Whether closing has begun."""
        return self._closing

    def start(self) -> None:
        """Open the store in the writer's thread; what fails there is raised here."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def submit(
        self,
        run: Callable[[list[_Given]], Sequence[_Result]],
        given: _Given,
        *,
        rows: int,
        first: bool = False,
        durable: bool = False,
    ) -> Awaitable[_Result]:
        """Queue work for the writer's thread; its result comes when its transaction is committed.

        `run` gets what was given by all the neighbouring jobs of the same `run` and returns a result
        for each: many small appends cost the database as little as one big one. The place in the
        queue is taken by the call, not by the await.

        Raises:
            JournalClosedError: closing has begun.
            JournalFailedError: an earlier write failed.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Result] = loop.create_future()
        job = _Job(run=run, given=given, rows=rows, durable=durable, loop=loop, future=future)
        with self._wake:
            if self._failure is not None:
                raise self._refusal()
            if self._closing:
                raise JournalClosedError(f"{self._store.name} is closed")
            (self._first if first else self._bulk).append(job)
            self._wake.notify()
        return future

    def finish(self) -> None:
        """Write what waits, close the store and end the thread; blocks until that is done."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._store.open()
            self._opened()
        except Exception as error:
            self._failure = error
            self._store.close()
            return
        finally:
            self._ready.set()
        try:
            while self._wait():
                # One group of records, then one slice of bulk: neither can starve the other.
                self._commit(self._take(self._first, GROUP_ROWS))
                self._commit(self._take(self._bulk, SLICE_ROWS))
        except Exception as error:
            self._fail(error)
        finally:
            self._store.close()

    def _wait(self) -> bool:
        with self._wake:
            self._wake.wait_for(lambda: self._first or self._bulk or self._closing)
            return bool(self._first or self._bulk)

    def _take(self, lane: deque[_Job], limit: int) -> list[_Job]:
        jobs: list[_Job] = []
        rows = 0
        with self._wake:
            while lane and (not jobs or rows + lane[0].rows <= limit):
                jobs.append(lane.popleft())
                rows += jobs[-1].rows
        return jobs

    def _commit(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        try:
            self._store.begin(durable=any(job.durable for job in jobs))
            results = [
                result
                for run, same in groupby(jobs, key=attrgetter("run"))
                for result in run([job.given for job in same])
            ]
            self._store.commit()
        except Exception:
            # Back in their lane, so that they hear of the failure with everybody else.
            self._first.extendleft(reversed(jobs))
            raise
        self._committed()
        _settle_all([(job, result, None) for job, result in zip(jobs, results, strict=True)])

    def _fail(self, error: Exception) -> None:
        with self._wake:
            self._failure = error
            waiting = [*self._first, *self._bulk]
            self._first.clear()
            self._bulk.clear()
        try:
            self._store.rollback()
        except Exception as second:
            error.add_note(f"the roll back failed as well: {second}")
        _settle_all([(job, None, self._refusal()) for job in waiting])

    def _refusal(self) -> JournalFailedError:
        refusal = JournalFailedError(
            f"{self._store.name}: a write failed ({self._failure}). What was not acknowledged is not "
            "recorded; see to the disk or the database, then start again."
        )
        refusal.__cause__ = self._failure
        return refusal


_Settled = tuple[_Job, Any, Exception | None]


def _settle_all(settled: list[_Settled]) -> None:
    """Wake the waiting tasks, with one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Settled]] = {}
    for one in settled:
        by_loop.setdefault(one[0].loop, []).append(one)
    for loop, its in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, its)
        except RuntimeError:
            # The loop is closed: nobody waits any more, and what is committed stays committed.
            continue


def _settle(settled: list[_Settled]) -> None:
    for job, result, error in settled:
        if job.future.done():  # its task was cancelled; a repeated delivery will find the key
            continue
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)
