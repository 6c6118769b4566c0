"""Group commit: what gathers while the disk works goes in one commit, and a failure reaches everybody."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from timing.journal.grouped import GroupedJournal
from timing.journal.journal import JournalFailedError, Quarantined, StoredFix, open_journal
from timing.journal.record import Draft
from timing.journal.sqlite import SqliteStore

Drafts = Callable[..., Draft]


class HeldStore(SqliteStore):
    """A disk that stands still in its first commit until it is let go, and may then fail."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.fails = False
        self.commits = 0

    def commit(self) -> None:
        self.commits += 1
        self.entered.set()
        assert self.go_on.wait(30)
        if self.fails:
            raise sqlite3.OperationalError("disk I/O error")
        super().commit()


async def test_what_gathers_during_a_commit_shares_the_next_one(tmp_path: Path, draft: Drafts) -> None:
    store = HeldStore(tmp_path)
    journal = GroupedJournal(store)
    first = asyncio.create_task(journal.append([draft(0)]))
    await asyncio.to_thread(store.entered.wait, 30)
    gathered = [asyncio.create_task(journal.append([draft(n)])) for n in range(1, 201)]
    await asyncio.sleep(0)
    assert journal.head()[0] == 0  # what is not committed is not shown
    store.go_on.set()
    await asyncio.gather(first, *gathered)
    assert store.commits == 2
    assert journal.head()[0] == 201
    await journal.close()


async def test_a_failed_commit_is_told_to_every_waiting_caller(
    tmp_path: Path, draft: Drafts, fix: Callable[..., StoredFix]
) -> None:
    before = open_journal(tmp_path)
    await before.append([draft(0)])
    await before.close()
    store = HeldStore(tmp_path)
    journal = GroupedJournal(store)
    waiting = [
        asyncio.create_task(journal.append([draft(1)])),
        asyncio.create_task(journal.append([draft(2)])),
        asyncio.create_task(journal.append_fixes([fix(n) for n in range(3000)])),
        asyncio.create_task(journal.checkpoint("tracking", b"1")),
    ]
    await asyncio.to_thread(store.entered.wait, 30)
    waiting.append(asyncio.create_task(journal.append([draft(3)])))
    await asyncio.sleep(0)
    store.fails = True
    store.go_on.set()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(one) for one in told} == {JournalFailedError}
    assert "disk I/O error" in str(told[0])
    with pytest.raises(JournalFailedError):
        await journal.append([draft(4)])
    assert journal.head()[0] == 1
    await journal.close()
    again = open_journal(tmp_path)
    assert [record.seq for record in again.read()] == [1]
    assert list(again.read_fixes()) == []
    await again.close()


class WatchedStore(SqliteStore):
    """Notes with which PRAGMA synchronous each transaction is committed: 1 is NORMAL, 2 is FULL."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.levels: list[int] = []

    def commit(self) -> None:
        self.levels += self._db.execute("PRAGMA synchronous").fetchone()
        super().commit()


async def test_records_and_refused_messages_wait_for_the_disk_and_fixes_do_not(
    tmp_path: Path, draft: Drafts, fix: Callable[..., StoredFix]
) -> None:
    store = WatchedStore(tmp_path)
    journal = GroupedJournal(store)
    refused = Quarantined(received_at=1, origin="mqtt:x", raw=b"?", reason="checksum", detail="")
    await journal.append([draft(1)])
    await journal.append_fixes([fix(1)])
    await journal.quarantine([refused])
    await journal.checkpoint("tracking", b"1")
    await journal.append([draft(2)])
    assert store.levels == [2, 1, 2, 1, 2]
    await journal.close()


async def test_callers_of_several_loops_may_share_a_journal(tmp_path: Path, draft: Drafts) -> None:
    journal = open_journal(tmp_path)

    def elsewhere(boot: int) -> None:
        async def append_all() -> None:
            await asyncio.gather(*(journal.append([draft(n, boot=boot)]) for n in range(50)))

        asyncio.run(append_all())

    await asyncio.gather(*(asyncio.to_thread(elsewhere, boot) for boot in (1, 2)))
    assert [record.seq for record in journal.read()] == list(range(1, 101))
    await journal.close()
