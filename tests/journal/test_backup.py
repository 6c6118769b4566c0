"""A backup is whole, of one moment, and made while the service writes."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from timing.journal.backup import back_up
from timing.journal.journal import JournalError, StoredFix, open_journal
from timing.journal.record import Draft


async def test_a_backup_made_while_writing_opens_as_a_journal(
    tmp_path: Path, draft: Callable[..., Draft], fix: Callable[..., StoredFix]
) -> None:
    journal = open_journal(tmp_path / "live")
    await journal.append([draft(n) for n in range(1, 3001)])
    await journal.append_fixes([fix(n) for n in range(3000)])
    writing = asyncio.create_task(_write_until_cancelled(journal.append, draft))
    await asyncio.to_thread(back_up, tmp_path / "live" / "journal.sqlite", tmp_path / "copy.sqlite")
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    copy = open_journal(tmp_path / "copy.sqlite")
    assert copy.verify() == []
    count = copy.head()[0]
    assert 3000 <= count <= journal.head()[0]
    assert list(copy.read()) == list(journal.read())[:count]
    assert sum(1 for _ in copy.read_fixes()) == 3000
    await copy.close()
    await journal.close()
    assert _copies(tmp_path) == ["copy.lock", "copy.sqlite"]


async def test_a_backup_never_replaces_another_one(tmp_path: Path) -> None:
    await open_journal(tmp_path / "live").close()
    back_up(tmp_path / "live" / "journal.sqlite", tmp_path / "copy.sqlite")
    with pytest.raises(JournalError, match="there already"):
        back_up(tmp_path / "live" / "journal.sqlite", tmp_path / "copy.sqlite")


def test_what_is_no_journal_cannot_be_copied(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="is not there"):
        back_up(tmp_path / "nothing.sqlite", tmp_path / "copy.sqlite")
    (tmp_path / "text.sqlite").write_text("car_number,driver\n" * 100)
    with pytest.raises(JournalError, match="cannot be copied"):
        back_up(tmp_path / "text.sqlite", tmp_path / "copy.sqlite")
    assert not (tmp_path / "copy.sqlite").exists()


async def _write_until_cancelled(append: Callable[..., object], draft: Callable[..., Draft]) -> None:
    n = 3000
    while True:
        n += 1
        await append([draft(n)])  # type: ignore[misc]


def _copies(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("copy*"))
