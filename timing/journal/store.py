"""What a database must do for the journal: the narrow part that differs between SQLite and PostgreSQL.

Rows hold texts in their storable form (see `record.storable`). Hash chain, de-duplication of records,
group commit and checking stand above this and are the same for both.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from timing.core.instant import Instant
from timing.core.readings import Fix
from timing.journal.journal import Quarantined, StoredFix
from timing.journal.record import UnrecordableError, from_storable, storable

#: Rows fetched at once while reading: memory stays small and no read transaction stands long.
PAGE = 1000

#: Bytes that a database can index: PostgreSQL refuses more than a third of its 8 KiB page.
LONGEST_NAME = 2000

_INT64 = 1 << 63


class Row(NamedTuple):
    """A record as it is stored; `body` is the canonical JSON text that was hashed."""

    seq: int
    received_at: Instant
    origin: str
    key: str
    kind: str
    body: str
    raw: bytes
    hash: bytes


class FixRow(NamedTuple):
    """A fix as the tracks store returns it, names resolved."""

    seq: int
    received_at: Instant
    origin: str
    car: str | None
    device: str
    at: Instant
    lat: float
    lon: float
    speed: float | None
    course: float | None
    accuracy: float | None
    altitude: float | None
    battery: int | None
    boot: int | None
    n: int | None
    retained: bool


class Store(Protocol):
    """One database. Writing methods, `open` and `close` are called by the writer's thread only."""

    name: str
    """How the operator knows it: a path, or a URL without the password."""

    def open(self) -> None:
        """Lock, create or migrate, and check the database."""
        ...

    def close(self) -> None:
        """Release the database; harmless when it is not open."""
        ...

    def begin(self, *, durable: bool) -> None:
        """Begin a transaction, which a power cut cannot take back once committed if `durable`."""
        ...

    def commit(self) -> None:
        """Commit the transaction."""
        ...

    def rollback(self) -> None:
        """Take the transaction back."""
        ...

    def known(self, keys: Sequence[str]) -> set[str]:
        """Return those of the keys that have a record."""
        ...

    def insert(self, rows: Sequence[Row]) -> None:
        """Insert records whose keys are new."""
        ...

    def insert_fixes(self, batch: Sequence[StoredFix]) -> list[bool]:
        """Insert fixes; False where a fix is there already."""
        ...

    def insert_quarantined(self, batch: Sequence[Quarantined]) -> None:
        """Insert refused messages."""
        ...

    def save_checkpoint(self, name: str, value: bytes) -> None:
        """Keep a value by name in place of an older one."""
        ...

    def tail(self) -> tuple[int, bytes | None, int]:
        """Return number and hash of the last record (0, None if there is none), and the count."""
        ...

    def rows(self, after: int) -> Iterator[Row]:
        """Yield the committed records with `seq > after` in order of `seq`."""
        ...

    def row(self, key: str) -> Row | None:
        """Return the record of a key."""
        ...

    def fixes(
        self, after: int, device: str | None, since: Instant | None, until: Instant | None
    ) -> Iterator[FixRow]:
        """Yield fixes; of one device in order of `at`, else in order of `seq`."""
        ...

    def fixes_head(self) -> int:
        """Return the number of the last stored fix."""
        ...

    def quarantined(self, after: int, limit: int) -> list[Quarantined]:
        """Return refused messages as they are stored."""
        ...

    def quarantine_head(self) -> int:
        """Return the number of the last refused message."""
        ...

    def load_checkpoint(self, name: str) -> bytes | None:
        """Return the value kept under a name."""
        ...


def stored_fix(row: FixRow) -> StoredFix:
    """Return the fix of a row, exactly as it went in."""
    fix = Fix(
        device=from_storable(row.device),
        at=row.at,
        lat=row.lat,
        lon=row.lon,
        speed=row.speed,
        course=row.course,
        accuracy=row.accuracy,
        altitude=row.altitude,
        battery=row.battery,
        boot=row.boot,
        n=row.n,
        retained=bool(row.retained),
    )
    car = None if row.car is None else from_storable(row.car)
    return StoredFix(
        seq=row.seq, received_at=row.received_at, origin=from_storable(row.origin), car=car, fix=fix
    )


def fix_columns(stored: StoredFix, name: Callable[[str], int]) -> tuple[object, ...]:
    """Return the columns of a fix without its number; `name` gives the number of a text in `names`."""
    fix = stored.fix
    return (
        stored.received_at,
        name(stored.origin),
        None if stored.car is None else name(stored.car),
        name(fix.device),
        fix.at,
        fix.lat,
        fix.lon,
        fix.speed,
        fix.course,
        fix.accuracy,
        fix.altitude,
        fix.battery,
        fix.boot,
        fix.n,
        fix.retained,
    )


def storable_quarantined(message: Quarantined) -> tuple[object, ...]:
    """Return the columns of a refused message, without its number."""
    return (
        message.received_at,
        storable(message.origin),
        None if message.device is None else storable(message.device),
        storable(message.reason),
        storable(message.detail),
        storable(message.suggestion),
        message.raw,
    )


def quarantined(
    seq: int,
    received_at: Instant,
    origin: str,
    device: str | None,
    reason: str,
    detail: str,
    suggestion: str,
    raw: bytes,
) -> Quarantined:
    """Return the refused message of its stored columns."""
    return Quarantined(
        seq=seq,
        received_at=received_at,
        origin=from_storable(origin),
        device=None if device is None else from_storable(device),
        reason=from_storable(reason),
        detail=from_storable(detail),
        suggestion=from_storable(suggestion),
        raw=bytes(raw),
    )


def refuse_unstorable(batch: Iterable[StoredFix]) -> None:
    """Check before queueing that the number columns can hold each fix.

    Raises:
        UnrecordableError: a number that is none, or an integer past 64 bits.
    """
    for stored in batch:
        fix = stored.fix
        for number in (fix.lat, fix.lon, fix.speed, fix.course, fix.accuracy, fix.altitude):
            if number is not None and not math.isfinite(number):
                raise UnrecordableError(f"fix of {fix.device} with a number that is not finite")
        for count in (stored.received_at, fix.at, fix.battery, fix.boot, fix.n):
            if count is not None and not -_INT64 <= count < _INT64:
                raise UnrecordableError(f"fix of {fix.device} with an integer past 64 bits")
        _refuse_long(fix.device)
        _refuse_long(stored.origin)
        if stored.car is not None:
            _refuse_long(stored.car)


@lru_cache(maxsize=4096)
def _refuse_long(name: str) -> None:
    # The same few hundred trackers send all the fixes; what is refused is looked at each time.
    refuse_long_name(storable(name))


def refuse_long_name(text: str) -> None:
    """Check before queueing that a key or name can be indexed; a real one has a few dozen bytes.

    Raises:
        UnrecordableError: it is too long.
    """
    if len(text) > LONGEST_NAME // 4 and len(text.encode("utf-8")) > LONGEST_NAME:
        raise UnrecordableError(f"{text[:40]!r}… is longer than {LONGEST_NAME} bytes")
