"""The journal's store in one PostgreSQL database, with asyncpg.

The writer's thread owns an event loop and a connection; a session advisory lock on that connection keeps
it the only writer. Readings run on a second thread's connection, so that they may be called from
anywhere. Fixes commit with synchronous_commit off: a crash of the server may take the last ones.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from timing.core.instant import Instant
from timing.journal.journal import (
    JournalClosedError,
    JournalError,
    JournalInUseError,
    Quarantined,
    StoredFix,
)
from timing.journal.migrations import pending
from timing.journal.record import storable
from timing.journal.store import PAGE, FixRow, Row, fix_columns, quarantined, storable_quarantined

#: Arbitrary, but the same in every version: "RALLY" in ASCII.
_LOCK = 0x52414C4C59
_LOCK_TRIES, _LOCK_PAUSE = 10, 0.2
_CONNECT_SECONDS = 10
#: A write that hangs longer (a dead network) is a failed one.
_WRITE_SECONDS = 30
_READ_SECONDS = 300
#: A writer whose machine has gone without a word gives the lock back within half a minute, not two hours.
_WRITER_SETTINGS = {
    "application_name": "rallykeeper",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20000",
}

_RECORD = "SELECT seq, received_at, origin, key, kind, body, raw, hash FROM records"
_INSERT_RECORDS = (
    "INSERT INTO records SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],"
    " $6::text[], $7::bytea[], $8::bytea[])"
)
_FIX = (
    "SELECT f.seq, f.received_at, o.text, c.text, d.text, f.at, f.lat, f.lon, f.speed, f.course, f.accuracy,"
    " f.altitude, f.battery, f.boot, f.n, f.retained FROM fixes f JOIN names d ON d.id = f.device"
    " JOIN names o ON o.id = f.origin LEFT JOIN names c ON c.id = f.car"
)
_RANGE = " AND ($2::bigint IS NULL OR f.at >= $2) AND ($3::bigint IS NULL OR f.at < $3)"
_INSERT_FIXES = (
    "INSERT INTO fixes SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[],"
    " $5::bigint[], $6::bigint[], $7::float8[], $8::float8[], $9::float8[], $10::float8[], $11::float8[],"
    " $12::float8[], $13::bigint[], $14::bigint[], $15::bigint[], $16::boolean[])"
    " ON CONFLICT DO NOTHING RETURNING seq"
)
_INSERT_QUARANTINED = (
    "INSERT INTO quarantine VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM quarantine),"
    " $1, $2, $3, $4, $5, $6, $7)"
)
_CONNECTION_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
    ValueError,
)
#: How a connection that the server has ended shows, depending on where it is noticed.
_ENDED = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)

_T = TypeVar("_T")


class PostgresStore:
    """A `Store` in the database that a `postgresql://` URL names."""

    def __init__(self, url: str) -> None:
        self.name = _without_password(url)
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._writer: asyncpg.Connection[asyncpg.Record] | None = None
        self._reader = _Reader(url, self.name)
        self._names: dict[str, int] = {}
        self._last_fix = 0

    # The writer's thread

    def open(self) -> None:
        """See `Store.open`."""
        try:
            self._do(self._open())
        except _CONNECTION_ERRORS as error:
            why = str(error) or type(error).__name__
            raise JournalError(f"{self.name} cannot be opened: {why}") from error

    def close(self) -> None:
        """See `Store.close`."""
        self._reader.stop()
        if self._loop.is_closed():
            return
        if self._writer is not None:
            try:
                self._do(self._writer.close(timeout=_CONNECT_SECONDS))
            except _CONNECTION_ERRORS:
                self._writer.terminate()
            self._writer = None
        self._loop.close()

    def begin(self, *, durable: bool) -> None:
        """See `Store.begin`."""
        wait = "on" if durable else "off"
        self._do(self._db.execute(f"BEGIN; SET LOCAL synchronous_commit TO {wait}"))

    def commit(self) -> None:
        """See `Store.commit`."""
        self._do(self._db.execute("COMMIT"))

    def rollback(self) -> None:
        """See `Store.rollback`."""
        self._do(self._db.execute("ROLLBACK"))

    def known(self, keys: Sequence[str]) -> set[str]:
        """See `Store.known`."""
        found = self._do(self._db.fetch("SELECT key FROM records WHERE key = ANY($1::text[])", keys))
        return {row["key"] for row in found}

    def insert(self, rows: Sequence[Row]) -> None:
        """See `Store.insert`."""
        self._do(self._db.execute(_INSERT_RECORDS, *map(list, zip(*rows, strict=True))))

    def insert_fixes(self, batch: Sequence[StoredFix]) -> list[bool]:
        """See `Store.insert_fixes`."""
        if not batch:
            return []
        first = self._last_fix + 1
        rows = [(seq, *fix_columns(stored, self._name)) for seq, stored in enumerate(batch, first)]
        inserted = self._do(self._db.fetch(_INSERT_FIXES, *map(list, zip(*rows, strict=True))))
        new = {row["seq"] for row in inserted}
        self._last_fix = max(new, default=self._last_fix)
        return [seq in new for seq in range(first, first + len(batch))]

    def insert_quarantined(self, batch: Sequence[Quarantined]) -> None:
        """See `Store.insert_quarantined`."""
        self._do(self._db.executemany(_INSERT_QUARANTINED, map(storable_quarantined, batch)))

    def save_checkpoint(self, name: str, value: bytes) -> None:
        """See `Store.save_checkpoint`."""
        upsert = "INSERT INTO checkpoints VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2"
        self._do(self._db.execute(upsert, name, value))

    # Any thread

    def tail(self) -> tuple[int, bytes | None, int]:
        """See `Store.tail`."""
        ((count,),) = self._reader.fetch("SELECT count(*) FROM records")
        last = self._reader.fetch("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1")
        return (last[0][0], last[0][1], count) if last else (0, None, count)

    def rows(self, after: int) -> Iterator[Row]:
        """See `Store.rows`."""
        while page := self._reader.fetch(f"{_RECORD} WHERE seq > $1 ORDER BY seq LIMIT {PAGE}", after):
            yield from map(Row._make, page)
            after = page[-1][0]

    def row(self, key: str) -> Row | None:
        """See `Store.row`."""
        found = self._reader.fetch(f"{_RECORD} WHERE key = $1", key)
        return Row._make(found[0]) if found else None

    def fixes(
        self, after: int, device: str | None, since: Instant | None, until: Instant | None
    ) -> Iterator[FixRow]:
        """See `Store.fixes`."""
        if device is None:
            select = f"{_FIX} WHERE f.seq > $1{_RANGE} ORDER BY f.seq LIMIT {PAGE}"
            while page := self._reader.fetch(select, after, since, until):
                yield from map(FixRow._make, page)
                after = page[-1][0]
        else:
            select = (
                f"{_FIX} WHERE f.seq > $1{_RANGE} AND f.device = (SELECT id FROM names WHERE text = $4)"
                f" AND (f.at, f.seq) > ($5, $6) ORDER BY f.at, f.seq LIMIT {PAGE}"
            )
            mark = (-(1 << 63), 0)
            while page := self._reader.fetch(select, after, since, until, device, *mark):
                yield from map(FixRow._make, page)
                mark = (page[-1][5], page[-1][0])

    def quarantined(self, after: int, limit: int) -> list[Quarantined]:
        """See `Store.quarantined`."""
        select = (
            "SELECT seq, received_at, origin, device, reason, detail, suggestion, raw FROM quarantine"
            " WHERE seq > $1 ORDER BY seq LIMIT $2"
        )
        return [quarantined(*row) for row in self._reader.fetch(select, after, limit)]

    def fixes_head(self) -> int:
        """See `Store.fixes_head`."""
        ((seq,),) = self._reader.fetch("SELECT coalesce(max(seq), 0) FROM fixes")
        return int(seq)

    def quarantine_head(self) -> int:
        """See `Store.quarantine_head`."""
        ((seq,),) = self._reader.fetch("SELECT coalesce(max(seq), 0) FROM quarantine")
        return int(seq)

    def load_checkpoint(self, name: str) -> bytes | None:
        """See `Store.load_checkpoint`."""
        found = self._reader.fetch("SELECT value FROM checkpoints WHERE name = $1", name)
        return bytes(found[0][0]) if found else None

    @property
    def _db(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._writer is None:
            raise JournalError(f"{self.name} is not open")
        return self._writer

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._loop.run_until_complete(work)

    async def _open(self) -> None:
        self._writer = db = await asyncpg.connect(
            self._url,
            timeout=_CONNECT_SECONDS,
            command_timeout=_WRITE_SECONDS,
            server_settings=_WRITER_SETTINGS,
        )
        if not await _locked(db):
            raise JournalInUseError(
                f"{self.name} is in use by another Rallykeeper: stop that one first, or give this one "
                "another database"
            )
        async with db.transaction():
            await db.execute("CREATE TABLE IF NOT EXISTS journal_schema (number integer PRIMARY KEY)")
            found = await db.fetchval("SELECT coalesce(max(number), 0) FROM journal_schema")
            for step in pending("postgres", found, self.name):
                await db.execute(step.sql)
                await db.execute("INSERT INTO journal_schema VALUES ($1)", step.number)
        self._names = {row["text"]: row["id"] for row in await db.fetch("SELECT text, id FROM names")}
        self._last_fix = await db.fetchval("SELECT coalesce(max(seq), 0) FROM fixes")

    def _name(self, name: str) -> int:
        text = storable(name)
        number = self._names.get(text)
        if number is None:
            insert = "INSERT INTO names (text) VALUES ($1) RETURNING id"
            number = int(self._do(self._db.fetchval(insert, text)))
            self._names[text] = number
        return number


async def _locked(db: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Take the lock of the only writer; a killed predecessor's session may need a moment to end."""
    for _ in range(_LOCK_TRIES):
        if await db.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            return True
        await asyncio.sleep(_LOCK_PAUSE)
    return False


class _Reader:
    """One read-only connection in an event loop of its own; `fetch` may be called from any thread."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._loop = asyncio.new_event_loop()
        self._one_at_a_time = asyncio.Lock()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._loop.run_forever, name="journal-reader", daemon=True)

    def stop(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._disconnect(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        work = self._fetch(query, values)
        try:
            with self._starting:
                if not self._thread.is_alive():
                    self._thread.start()  # a stopped thread refuses
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except RuntimeError as error:
            work.close()
            raise JournalClosedError(f"{self._name} is closed") from error
        except _CONNECTION_ERRORS as error:
            why = str(error) or type(error).__name__
            raise JournalError(f"{self._name} cannot be read: {why}") from error

    async def _fetch(self, query: str, values: tuple[object, ...]) -> list[asyncpg.Record]:
        async with self._one_at_a_time:
            try:
                return await (await self._connected()).fetch(query, *values)
            except _ENDED:
                # The server ended the connection meanwhile; a reading may simply be made again.
                if self._connection is not None:
                    self._connection.terminate()
                return await (await self._connected()).fetch(query, *values)

    async def _connected(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._url,
                timeout=_CONNECT_SECONDS,
                command_timeout=_READ_SECONDS,
                server_settings={
                    "application_name": "rallykeeper reader",
                    "default_transaction_read_only": "on",
                },
            )
        return self._connection

    async def _disconnect(self) -> None:
        async with self._one_at_a_time:
            if self._connection is not None:
                self._connection.terminate()


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, f"{user}{parts.hostname or ''}{port}", parts.path, "", ""))
