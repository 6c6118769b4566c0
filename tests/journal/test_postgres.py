"""What only a server can do to a journal: end the connection, refuse it, not be there."""

import asyncio
from collections.abc import Callable

import pytest

from timing.journal.journal import JournalError, JournalFailedError, open_journal
from timing.journal.record import Draft

pytestmark = pytest.mark.parametrize("target", ["postgres"], indirect=True)

Drafts = Callable[..., Draft]
END_WRITER = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'rallykeeper'"
)
END_READER = END_WRITER.replace("'rallykeeper'", "'rallykeeper reader'")


async def test_a_lost_connection_fails_every_waiting_caller_and_loses_nothing(
    target: str, draft: Drafts, execute: Callable[..., None]
) -> None:
    journal = open_journal(target)
    acknowledged = [record for n in range(1, 21) for record in await journal.append([draft(n)])]
    await asyncio.to_thread(execute, END_WRITER)
    waiting = [journal.append([draft(n)]) for n in range(21, 31)]
    failed = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(one) for one in failed} == {JournalFailedError}
    with pytest.raises(JournalFailedError, match="see to the disk or the database"):
        await journal.append([draft(31)])
    await journal.close()
    again = open_journal(target)
    assert list(again.read()) == acknowledged
    assert again.verify() == []
    assert [record and record.seq for record in await again.append([draft(21)])] == [21]
    await again.close()


async def test_a_lost_reading_connection_is_made_anew(
    target: str, draft: Drafts, execute: Callable[..., None]
) -> None:
    journal = open_journal(target)
    await journal.append([draft(1)])
    assert len(list(journal.read())) == 1
    await asyncio.to_thread(execute, END_READER)
    assert len(list(journal.read())) == 1
    await journal.close()


async def test_a_server_that_is_not_there_is_named_without_its_password(
    target: str, free_port: Callable[[], int]
) -> None:
    port = free_port()
    with pytest.raises(JournalError, match=rf"postgresql://rally@127\.0\.0\.1:{port}/mille cannot be opened"):
        open_journal(f"postgresql://rally:secret@127.0.0.1:{port}/mille")
