"""One process at a time in a data folder.

The lock is SQLite's own (a write transaction on a small file that is never finished), so that it works
on every system SQLite works on and ends with the process, however that ends.
"""

import contextlib
import os
import sqlite3
from pathlib import Path

from timing.journal.journal import JournalError, JournalInUseError


class FolderLock:
    """Holds `path` for this process until `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: sqlite3.Connection | None = None

    def acquire(self) -> None:
        """Take the lock at once or not at all.

        Raises:
            JournalInUseError: somebody holds it; the text names the process.
        """
        try:
            held = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as error:
            raise JournalError(f"{self._path} cannot be opened: {error}") from error
        try:
            # The number of the holder stands in the file's header, where the refused one can read it.
            held.execute(f"PRAGMA user_version = {os.getpid()}")
            held.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            holder = _holder(held)
            held.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise JournalError(f"{self._path} cannot be written: {error}") from error
            raise JournalInUseError(
                f"{self._path.parent} is in use by another Rallykeeper{holder}: stop that one first, "
                "or give this one another data folder"
            ) from error
        self._held = held

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._held is not None:
            self._held.close()
            self._held = None


def _holder(connection: sqlite3.Connection) -> str:
    with contextlib.suppress(sqlite3.Error):
        (number,) = connection.execute("PRAGMA user_version").fetchone()
        return f" (process {number})"
    return ""
