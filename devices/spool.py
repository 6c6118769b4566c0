"""A gateway's spool: lines on the disk until the service has said that its journal holds them.

SQLite with a write-ahead log and `synchronous=FULL`: what `append` has returned survives a power cut. A line
is named by the gateway's start (`boot`) and its place in it (`n`); a start takes a number that no earlier one
had, also when the spool itself was lost.

The spool is bounded. When it is full, chatter (the sentences of a satellite receiver) is dropped, the oldest
first, and counted; a line of a timer is never dropped: it is refused, and whoever brought it has to keep it.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from timing.core.instant import SECOND, Duration, Instant
from timing.journal.journal import JournalError
from timing.journal.lock import FolderLock

#: Lines of a timer in about 100 MB.
MOST_LINES = 1_000_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS starts (
    boot INTEGER PRIMARY KEY, machine TEXT NOT NULL, clock INTEGER, ended INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS lines (
    boot INTEGER NOT NULL, n INTEGER NOT NULL, device TEXT NOT NULL, read_at INTEGER NOT NULL,
    mono INTEGER NOT NULL, data BLOB NOT NULL, chatter INTEGER NOT NULL, told_at INTEGER,
    line INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (boot, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chatter ON lines (boot, n) WHERE chatter;
CREATE TABLE IF NOT EXISTS happenings (
    boot INTEGER NOT NULL, n INTEGER NOT NULL, device TEXT NOT NULL, read_at INTEGER NOT NULL,
    mono INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
    PRIMARY KEY (boot, n)
) STRICT, WITHOUT ROWID;
"""
#: Columns that a spool of an earlier version lacks.
_ADDED = (("starts", "ended"), ("lines", "line"))
_COLUMNS = "lines.boot, n, device, read_at, mono, data, chatter, told_at, line, machine"


class SpoolError(Exception):
    """The disk did not take it: full, read-only or broken. What was not taken is with the caller still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as it was read.

    `read_at` is the gateway's own clock then, `mono` (µs) its count since the machine was switched on, which
    nobody sets; `machine` names that switching on. `told_at` is the `read_at` that the service was told,
    fixed when the line first left.
    """

    boot: int
    n: int
    device: str
    read_at: Instant
    mono: Duration
    data: bytes
    machine: str
    chatter: bool = False
    told_at: Instant | None = None
    line: int = 0
    """Which of its device's lines it is since the start, from 1."""

    @property
    def key(self) -> tuple[int, int]:
        """What names the line; in the order of reading."""
        return self.boot, self.n


class Happened(NamedTuple):
    """A disturbance of the gateway as it noted it: its two clocks as of a line."""

    boot: int
    n: int
    device: str
    read_at: Instant
    mono: Duration
    kind: str
    detail: str
    machine: str

    @property
    def key(self) -> tuple[int, int]:
        """What names it; in the order in which things happened."""
        return self.boot, self.n


class Spool:
    """The spool in one file. Not for two threads at a time.

    Args:
        path: the file; made with its folder where there is none.
        now: the gateway's clock, for the number of this start.
        machine: names the switching on of this machine.
        most: how many lines are kept at most.

    Raises:
        SpoolError: the file cannot be used.
    """

    def __init__(self, path: Path, *, now: Instant, machine: str, most: int = MOST_LINES) -> None:
        self._most = most
        self.machine = machine
        self.dropped = 0
        """Chatter dropped for want of room, since this start."""
        self.cut_off = False
        """Whether the start before this one was ended by nobody."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(path.with_name(path.name + ".lock"))
            self._lock.acquire()
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _SCHEMA)
            self._add_columns()
            self.boot = self._begin(now)
            self.depth = self._count("SELECT count(*) FROM lines")
            self._chatter = self._count("SELECT count(*) FROM lines WHERE chatter")
        except (sqlite3.Error, OSError, JournalError) as error:
            raise SpoolError(f"{path}: {error}") from error

    def _add_columns(self) -> None:
        lacking = [
            (table, column)
            for table, column in _ADDED
            if not any(row[1] == column for row in self._db.execute(f"PRAGMA table_info({table})"))
        ]
        with self._transaction():
            for table, column in lacking:
                self._db.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
            if ("starts", "ended") in lacking:
                # Nobody noted how those starts ended; no power cut is to be made of that.
                self._db.execute("UPDATE starts SET ended = 1")

    def _begin(self, now: Instant) -> int:
        with closing(self._db.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            query = "SELECT boot, ended FROM starts ORDER BY boot DESC LIMIT 1"
            last, ended = cursor.execute(query).fetchone() or (0, 1)
            self.cut_off = not ended
            # Starts of which nothing is left are forgotten, but for the last clock of each machine's life.
            cursor.execute(
                "DELETE FROM starts WHERE boot < ? AND machine != ? AND boot NOT IN (SELECT boot FROM lines) "
                "AND boot NOT IN (SELECT boot FROM happenings)",
                (last, self.machine),
            )
            boot: int = max(last + 1, now // SECOND)
            cursor.execute("INSERT INTO starts (boot, machine) VALUES (?, ?)", (boot, self.machine))
            cursor.execute("COMMIT")
        return boot

    def append(self, lines: Sequence[Line]) -> None:
        """Keep lines; on the disk when this returns.

        Raises:
            SpoolError: none of them was taken.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                dropped = self._make_room(len(lines))
                added = self._insert(lines)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise SpoolError(str(error)) from error
        self.dropped += dropped
        self.depth += added - dropped
        self._chatter += sum(line.chatter for line in lines) - dropped

    def _insert(self, lines: Sequence[Line]) -> int:
        rows = (
            (line.boot, line.n, line.device, line.read_at, line.mono, line.data, line.chatter, line.told_at,
             line.line)
            for line in lines
        )  # fmt: skip
        return self._db.executemany(
            "INSERT OR IGNORE INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
        ).rowcount

    def _make_room(self, wanted: int) -> int:
        """Drop the oldest chatter for so many lines; return how much was dropped."""
        over = self.depth + wanted - self._most
        if over <= 0:
            return 0
        if over > self._chatter:
            raise SpoolError(
                f"the spool holds {self.depth} lines that nobody has acknowledged, and no more fit"
            )
        oldest = "SELECT boot, n FROM lines WHERE chatter ORDER BY boot, n LIMIT ?"
        return self._db.execute(f"DELETE FROM lines WHERE (boot, n) IN ({oldest})", (over,)).rowcount

    def after(self, key: tuple[int, int], limit: int) -> list[Line]:
        """Return the lines behind a key in the order of reading, at most `limit`."""
        where = "WHERE (lines.boot, n) > (?, ?) ORDER BY lines.boot, n LIMIT ?"
        return self._select(where, (*key, limit))

    def get(self, keys: Iterable[tuple[int, int]]) -> list[Line]:
        """Return the lines of these keys that are still kept, in the order given."""
        return [line for key in keys for line in self._select("WHERE lines.boot = ? AND n = ?", key)]

    def tell(self, lines: Iterable[Line]) -> None:
        """Fix the `told_at` of lines, so that each time they leave they say the same."""
        with self._transaction():
            self._db.executemany(
                "UPDATE lines SET told_at = ? WHERE boot = ? AND n = ?",
                [(line.told_at, *line.key) for line in lines],
            )

    def free(self, keys: Iterable[tuple[int, int]]) -> int:
        """Forget lines that the journal holds; return how many were still kept."""
        query = "DELETE FROM lines WHERE boot = ? AND n = ? RETURNING chatter"
        with self._transaction():
            freed = [row[0] for key in keys for row in self._db.execute(query, key)]
        self.depth -= len(freed)
        self._chatter -= sum(freed)
        return len(freed)

    def keep_clock(self, clock: Duration) -> None:
        """Keep what the service's time is less `mono`, for lines of this switching on read earlier."""
        with self._transaction():
            self._db.execute("UPDATE starts SET clock = ? WHERE machine = ?", (clock, self.machine))

    def clock_of(self, machine: str) -> Duration | None:
        """Return what the service's time was less `mono` while a machine was on, None where never known."""
        query = "SELECT clock FROM starts WHERE machine = ? AND clock IS NOT NULL ORDER BY boot DESC LIMIT 1"
        row = self._db.execute(query, (machine,)).fetchone()
        return None if row is None else int(row[0])

    def note(self, happened: Iterable[Happened]) -> None:
        """Keep what disturbed the gateway, until the service has heard of it."""
        rows = [(h.boot, h.n, h.device, h.read_at, h.mono, h.kind, h.detail) for h in happened]
        with self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO happenings VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def happened(self) -> list[Happened]:
        """Return what disturbed the gateway and nobody has acknowledged, in the order in which it did."""
        query = (
            "SELECT boot, n, device, read_at, mono, kind, detail, machine FROM happenings JOIN starts "
            "USING (boot) ORDER BY boot, n"
        )
        try:
            return [Happened(*row) for row in self._db.execute(query)]
        except sqlite3.Error as error:
            raise SpoolError(str(error)) from error

    def forget(self, keys: Iterable[tuple[int, int]]) -> None:
        """Forget disturbances of which the journal holds the account."""
        with self._transaction():
            self._db.executemany("DELETE FROM happenings WHERE boot = ? AND n = ?", list(keys))

    def close(self, *, ended: bool = True) -> None:
        """Close the file; `ended` notes that this start was ended properly."""
        if ended:
            with contextlib.suppress(SpoolError), self._transaction():
                self._db.execute("UPDATE starts SET ended = 1 WHERE boot = ?", (self.boot,))
        self._db.close()
        self._lock.release()

    def _select(self, where: str, values: tuple[int, ...]) -> list[Line]:
        try:
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM lines JOIN starts USING (boot) {where}", values)
            return [_line(row) for row in rows]
        except sqlite3.Error as error:
            raise SpoolError(str(error)) from error

    def _count(self, query: str) -> int:
        return int(self._db.execute(query).fetchone()[0])

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)


class _Transaction:
    """A transaction whose failure is the disk's."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise SpoolError(str(error)) from error

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            self._db.execute("COMMIT" if error is None else "ROLLBACK")
        except sqlite3.Error as fault:
            raise SpoolError(str(fault)) from fault
        if isinstance(error, sqlite3.Error):
            raise SpoolError(str(error)) from error


def _line(row: tuple[int, int, str, int, int, bytes, int, int | None, int, str]) -> Line:
    boot, n, device, read_at, mono, data, chatter, told_at, count, machine = row
    return Line(
        boot=boot,
        n=n,
        device=device,
        read_at=read_at,
        mono=mono,
        data=data,
        machine=machine,
        chatter=bool(chatter),
        told_at=told_at,
        line=count,
    )
