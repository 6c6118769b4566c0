"""What can be wrong with the file: no journal, a later version's, a damaged one, somebody else's."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from timing.journal.journal import (
    JournalDamagedError,
    JournalError,
    JournalInUseError,
    open_journal,
)
from timing.journal.record import Draft

Drafts = Callable[..., Draft]


async def test_a_named_file_is_taken_and_folders_are_made(tmp_path: Path, draft: Drafts) -> None:
    journal = open_journal(tmp_path / "a" / "b" / "mille.sqlite")
    await journal.append([draft(1)])
    await journal.close()
    assert (tmp_path / "a" / "b" / "mille.sqlite").exists()


def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_text("car_number,driver\n" * 200)
    with pytest.raises(JournalDamagedError, match=r"journal\.sqlite is damaged or no journal"):
        open_journal(tmp_path)


async def test_a_journal_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    await open_journal(tmp_path).close()
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JournalError, match="has schema 99, this version knows up to 1"):
        open_journal(tmp_path)


async def test_damaged_pages_are_found_at_opening(tmp_path: Path, draft: Drafts) -> None:
    journal = open_journal(tmp_path)
    await journal.append([draft(n, raw=os.urandom(500)) for n in range(2000)])
    await journal.close()
    path = tmp_path / "journal.sqlite"
    content = bytearray(path.read_bytes())
    middle = len(content) // 8192 * 4096
    content[middle : middle + 4096] = os.urandom(4096)
    path.write_bytes(content)
    with pytest.raises(JournalDamagedError, match="is damaged"):
        open_journal(tmp_path)


async def test_a_text_that_is_none_is_damage(tmp_path: Path, draft: Drafts) -> None:
    journal = open_journal(tmp_path)
    await journal.append([draft(1)])
    await asyncio.to_thread(_execute, tmp_path, "DROP TRIGGER records_no_update")
    await asyncio.to_thread(_execute, tmp_path, "UPDATE records SET origin = CAST(x'6dff' AS TEXT)")
    with pytest.raises(JournalDamagedError, match="is damaged"):
        list(journal.read())
    await journal.close()
    with pytest.raises(JournalDamagedError, match="is damaged"):
        open_journal(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.lock").mkdir()
    with pytest.raises(JournalError, match=r"journal\.lock cannot be"):
        open_journal(tmp_path)


def test_another_process_is_refused_by_number_until_the_holder_dies(tmp_path: Path) -> None:
    hold = (
        "import sys, time; from timing.journal.journal import open_journal;"
        " held = open_journal(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    holder = subprocess.Popen([sys.executable, "-c", hold, tmp_path], stdout=subprocess.PIPE, env=environment)
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(JournalInUseError, match=rf"\(process {holder.pid}\)"):
            open_journal(tmp_path)
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(10)
    asyncio.run(open_journal(tmp_path).close())


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO records SELECT seq, 0, origin, key, kind, body, raw, hash FROM records",
        "INSERT OR REPLACE INTO records SELECT seq+1, 0, origin, key, kind, body, raw, hash FROM records",
        "INSERT INTO records SELECT seq+5, received_at, origin, 'K', kind, body, raw, hash FROM records",
        "INSERT OR REPLACE INTO names SELECT id, 'other' FROM names",
        "INSERT OR REPLACE INTO quarantine SELECT 1, 1, 'o', NULL, 'r', 'd', '', x'' FROM records",
        "UPDATE names SET text = 'other'",
        "DELETE FROM names",
    ],
)
async def test_replacing_is_refused_like_deleting(tmp_path: Path, draft: Drafts, statement: str) -> None:
    """SQLite's REPLACE deletes the older row without firing a delete trigger."""
    journal = open_journal(tmp_path)
    await journal.append([draft(1)])
    await asyncio.to_thread(_execute, tmp_path, "INSERT INTO names VALUES (1, 'gate')")
    await asyncio.to_thread(
        _execute, tmp_path, "INSERT INTO quarantine VALUES (1, 1, 'o', NULL, 'r', 'd', '', x'00')"
    )
    with pytest.raises(sqlite3.IntegrityError):
        await asyncio.to_thread(_execute, tmp_path, statement)
    assert journal.verify() == []
    await journal.close()


async def test_a_reading_left_unfinished_holds_nothing_up(tmp_path: Path, draft: Drafts) -> None:
    journal = open_journal(tmp_path)
    await journal.append([draft(n) for n in range(1, 3001)])
    reading = journal.read()
    next(reading)
    await journal.append([draft(n) for n in range(3001, 3003)])
    assert sum(1 for _ in reading) == 3001  # what is committed meanwhile is read as well
    next(journal.read())
    await journal.close()
    assert not (tmp_path / "journal.sqlite-wal").exists()


def _execute(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / "journal.sqlite", isolation_level=None)
    try:
        connection.execute(statement)
    finally:
        connection.close()
