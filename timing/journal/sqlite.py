"""The journal's store in one SQLite file: WAL, synchronous=FULL for records, one writer.

Fixes commit with synchronous=NORMAL: safe from a crash of the process, while a power cut may take those
that no later record's sync carried to the disk.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from timing.core.instant import Instant
from timing.journal.journal import JournalDamagedError, JournalError, Quarantined, StoredFix
from timing.journal.lock import FolderLock
from timing.journal.migrations import pending
from timing.journal.record import storable
from timing.journal.store import PAGE, FixRow, Row, fix_columns, quarantined, storable_quarantined

_FILE = "journal.sqlite"
_SUFFIXES = (".sqlite", ".db")

_RECORD = "SELECT seq, received_at, origin, key, kind, body, raw, hash FROM records"
_FIX = (
    "SELECT f.seq, f.received_at, o.text, c.text, d.text, f.at, f.lat, f.lon, f.speed, f.course, f.accuracy,"
    " f.altitude, f.battery, f.boot, f.n, f.retained FROM fixes f JOIN names d ON d.id = f.device"
    " JOIN names o ON o.id = f.origin LEFT JOIN names c ON c.id = f.car"
)
_INSERT_FIX = (
    "INSERT INTO fixes (received_at, origin, car, device, at, lat, lon, speed, course, accuracy, altitude,"
    " battery, boot, n, retained) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_INSERT_QUARANTINED = (
    "INSERT INTO quarantine (received_at, origin, device, reason, detail, suggestion, raw)"
    " VALUES (?,?,?,?,?,?,?)"
)
_MOST_NUMBERS = 10_000
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_RANGE = " AND f.at >= ifnull(?2, f.at) AND f.at < ifnull(?3, f.at + 1)"


class SqliteStore:
    """A `Store` in `path`: a folder, or a file ending in .sqlite or .db."""

    def __init__(self, path: Path) -> None:
        self._path = path if path.suffix in _SUFFIXES else path / _FILE
        self.name = str(self._path)
        self._lock = FolderLock(self._path.with_suffix(".lock"))
        self._writer: sqlite3.Connection | None = None
        self._names: dict[str, int] = {}
        """The number of each text in the table, in its storable form."""
        self._numbers: dict[str, int] = {}
        """The same by the texts as they come, as far as they are remembered."""
        self._durable: bool | None = None

    # The writer's thread

    def open(self) -> None:
        """See `Store.open`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            self._writer = sqlite3.connect(self._path, timeout=5, isolation_level=None)
            _prepare(self._writer, self.name)
            self._names = dict(self._writer.execute("SELECT text, id FROM names"))
        except sqlite3.DatabaseError as error:
            raise _refusal(self.name, "opened", error) from error

    def close(self) -> None:
        """See `Store.close`."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._lock.release()

    def begin(self, *, durable: bool) -> None:
        """See `Store.begin`."""
        if durable is not self._durable:
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._durable = durable
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """See `Store.commit`."""
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        """See `Store.rollback`."""
        if self._db.in_transaction:  # a full disk rolls back by itself
            self._db.execute("ROLLBACK")

    def known(self, keys: Sequence[str]) -> set[str]:
        """See `Store.known`."""
        select = "SELECT key FROM records WHERE key IN (SELECT value FROM json_each(?))"
        return {key for (key,) in self._db.execute(select, (json.dumps(keys),))}

    def insert(self, rows: Sequence[Row]) -> None:
        """See `Store.insert`."""
        self._db.executemany("INSERT INTO records VALUES (?,?,?,?,?,?,?,?)", rows)

    def insert_fixes(self, batch: Sequence[StoredFix]) -> list[bool]:
        """See `Store.insert_fixes`."""
        cursor = self._db.cursor()
        return [
            cursor.execute(_INSERT_FIX, fix_columns(stored, self._name)).rowcount == 1 for stored in batch
        ]

    def insert_quarantined(self, batch: Sequence[Quarantined]) -> None:
        """See `Store.insert_quarantined`."""
        self._db.executemany(_INSERT_QUARANTINED, map(storable_quarantined, batch))

    def save_checkpoint(self, name: str, value: bytes) -> None:
        """See `Store.save_checkpoint`."""
        self._db.execute("INSERT OR REPLACE INTO checkpoints VALUES (?,?)", (name, value))

    # Any thread

    def tail(self) -> tuple[int, bytes | None, int]:
        """See `Store.tail`."""
        with self._reader() as db:
            (count,) = db.execute("SELECT count(*) FROM records").fetchone()
            last = db.execute("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1").fetchone()
        return (0, None, count) if last is None else (last[0], last[1], count)

    def rows(self, after: int) -> Iterator[Row]:
        """See `Store.rows`."""
        select = f"{_RECORD} WHERE seq > ? ORDER BY seq LIMIT {PAGE}"
        with self._reader() as db:
            while page := db.execute(select, (after,)).fetchall():
                yield from map(Row._make, page)
                after = page[-1][0]

    def row(self, key: str) -> Row | None:
        """See `Store.row`."""
        with self._reader() as db:
            found = db.execute(f"{_RECORD} WHERE key = ?", (key,)).fetchone()
        return None if found is None else Row._make(found)

    def fixes(
        self, after: int, device: str | None, since: Instant | None, until: Instant | None
    ) -> Iterator[FixRow]:
        """See `Store.fixes`."""
        with self._reader() as db:
            if device is None:
                select = f"{_FIX} WHERE f.seq > ?1{_RANGE} ORDER BY f.seq LIMIT {PAGE}"
                while page := db.execute(select, (after, since, until)).fetchall():
                    yield from map(FixRow._make, page)
                    after = page[-1][0]
            else:
                select = (
                    f"{_FIX} WHERE f.seq > ?1{_RANGE} AND f.device = (SELECT id FROM names WHERE text = ?4)"
                    f" AND (f.at, f.seq) > (?5, ?6) ORDER BY f.at, f.seq LIMIT {PAGE}"
                )
                mark = (-(1 << 63), 0)
                while page := db.execute(select, (after, since, until, device, *mark)).fetchall():
                    yield from map(FixRow._make, page)
                    mark = (page[-1][5], page[-1][0])

    def quarantined(self, after: int, limit: int) -> list[Quarantined]:
        """See `Store.quarantined`."""
        select = (
            "SELECT seq, received_at, origin, device, reason, detail, suggestion, raw FROM quarantine"
            " WHERE seq > ? ORDER BY seq LIMIT ?"
        )
        with self._reader() as db:
            return [quarantined(*row) for row in db.execute(select, (after, limit))]

    def fixes_head(self) -> int:
        """See `Store.fixes_head`."""
        with self._reader() as db:
            (seq,) = db.execute("SELECT coalesce(max(seq), 0) FROM fixes").fetchone()
        return int(seq)

    def quarantine_head(self) -> int:
        """See `Store.quarantine_head`."""
        with self._reader() as db:
            (seq,) = db.execute("SELECT coalesce(max(seq), 0) FROM quarantine").fetchone()
        return int(seq)

    def load_checkpoint(self, name: str) -> bytes | None:
        """See `Store.load_checkpoint`."""
        with self._reader() as db:
            found = db.execute("SELECT value FROM checkpoints WHERE name = ?", (name,)).fetchone()
        return None if found is None else bytes(found[0])

    @property
    def _db(self) -> sqlite3.Connection:
        if self._writer is None:
            raise JournalError(f"{self.name} is not open")
        return self._writer

    @contextlib.contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        """A connection for one reading, which ends with it (a generator left unfinished included)."""
        where = f"{self._path.resolve().as_uri()}?mode=ro"
        try:
            connection = sqlite3.connect(where, uri=True, timeout=5, check_same_thread=False)
        except sqlite3.DatabaseError as error:
            raise _refusal(self.name, "read", error) from error
        try:
            yield connection
        except sqlite3.DatabaseError as error:
            raise _refusal(self.name, "read", error) from error
        finally:
            connection.close()

    def _name(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._number_of(storable(name))
            if len(self._numbers) < _MOST_NUMBERS:
                self._numbers[name] = number
        return number

    def _number_of(self, text: str) -> int:
        number = self._names.get(text)
        if number is None:
            number = self._db.execute("INSERT INTO names (text) VALUES (?)", (text,)).lastrowid
            assert number is not None
            self._names[text] = number
        return number


def _prepare(db: sqlite3.Connection, name: str) -> None:
    """Set the connection up, bring the schema up to date and check the records' pages."""
    (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise JournalError(f"{name} is on a file system that cannot hold a journal: use a local disk")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA fullfsync = ON")  # macOS: past the drive's own cache; without effect elsewhere
    db.execute("PRAGMA cache_size = -16000")  # KiB: the open index pages of some hundred trackers
    (found,) = db.execute("PRAGMA user_version").fetchone()
    for step in pending("sqlite", found, name):
        db.executescript(f"BEGIN; {step.sql}; PRAGMA user_version = {step.number}; COMMIT;")
    faults = [fault for (fault,) in db.execute("PRAGMA quick_check(records)")]
    if faults != ["ok"]:
        raise JournalDamagedError(f"{name} is damaged: {'; '.join(faults[:5])}")


def _refusal(name: str, done: str, error: sqlite3.DatabaseError) -> JournalError:
    # Errors of Python's own (a text that is no UTF-8) carry no code, and are damage as well.
    if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) in _DAMAGE:
        return JournalDamagedError(f"{name} is damaged or no journal: {error}")
    return JournalError(f"{name} cannot be {done}: {error}")
