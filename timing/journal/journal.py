"""What a journal is, whatever holds it: durable, append-only, numbered, proved by a hash chain."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

from timing.core.instant import Instant
from timing.core.readings import Fix
from timing.core.records import Record
from timing.journal.record import Draft

if TYPE_CHECKING:
    from timing.journal.store import Store


class JournalError(Exception):
    """The journal cannot be opened, written or used; the text tells the operator why."""


class JournalInUseError(JournalError):
    """Another process writes this journal: two writers would be two clocks."""


class JournalDamagedError(JournalError):
    """The stored records are not what was written."""


class JournalFailedError(JournalError):
    """A write failed (disk full, disk error, database gone): nothing of it is acknowledged.

    The journal takes nothing more until it is opened anew; what was acknowledged before is there.
    """


class JournalClosedError(JournalError):
    """The journal was closed."""


class StoredFix(NamedTuple):
    """One fix of the tracks store; `seq` (ascending, its own sequence) is 0 on the way in.

    `car` is the car the tracker rode in when the fix arrived, None where nobody knew.
    """

    received_at: Instant
    origin: str
    fix: Fix
    car: str | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Bytes that could not be decoded or believed; `seq` (dense from 1) is 0 on the way in."""

    received_at: Instant
    origin: str
    raw: bytes
    reason: str
    detail: str
    device: str | None = None
    suggestion: str = ""
    seq: int = 0


class Journal(Protocol):
    """The durable, append-only list of records, with the tracks and the quarantine beside it.

    The `async` methods may be called by many tasks at once; each caller's order is kept. The reading
    methods use connections of their own, see only what is committed and may be used at any time.
    All raise `JournalClosedError` after `close`; the writing ones raise `JournalFailedError` once a
    write has failed.
    """

    async def append(self, batch: Sequence[Draft]) -> list[Record | None]:
        """Append the drafts, durable when this returns; None where the key is known already.

        A batch is written wholly or not at all and goes ahead of waiting fixes.

        Raises:
            UnrecordableError: a draft has no written form; nothing of the batch was taken.
        """
        ...

    async def append_fixes(self, batch: Sequence[StoredFix]) -> list[bool]:
        """Store fixes; True where a fix is new.

        Safe from a crash of the process when this returns; a power cut may take the last ones.

        Raises:
            UnrecordableError: a fix has no written form; nothing of the batch was taken.
        """
        ...

    async def quarantine(self, batch: Sequence[Quarantined]) -> None:
        """Keep refused bytes, durable when this returns; records go ahead of them."""
        ...

    async def checkpoint(self, name: str, value: bytes) -> None:
        """Keep a value by name in place of an older one; it may be lost and must be derivable."""
        ...

    def head(self) -> tuple[int, bytes]:
        """Return number and hash of the last committed record; (0, zeros) of an empty journal."""
        ...

    def read(self, after: int = 0) -> Iterator[Record]:
        """Yield the records with `seq > after` in order, also those committed meanwhile."""
        ...

    def find(self, key: str) -> Record | None:
        """Return the record of a key, to compare a repeated delivery with what is there."""
        ...

    def read_fixes(
        self,
        after_seq: int = 0,
        device: str | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> Iterator[StoredFix]:
        """Yield fixes with `seq > after_seq`, of one device and with `since <= at < until` if given.

        In order of `seq`; of one device in order of `at`.
        """
        ...

    def fixes_head(self) -> int:
        """Return the number of the last stored fix, 0 of none: what a checkpoint of positions goes by."""
        ...

    def read_quarantine(self, after: int = 0, limit: int = 100) -> list[Quarantined]:
        """Return up to `limit` refused messages with `seq > after`, oldest first."""
        ...

    def quarantine_head(self) -> int:
        """Return the number of the last refused message, which is also their count."""
        ...

    def load_checkpoint(self, name: str) -> bytes | None:
        """Return the value kept under a name."""
        ...

    def verify(self, expected_head: tuple[int, bytes] | None = None) -> list[str]:
        """Name each changed, missing or reordered record in plain words; empty when all is well.

        `expected_head` (number and hash, as a certified document names them) also shows records
        cut off at the end, which no chain can show by itself.
        """
        ...

    def export(self, file: BinaryIO) -> int:
        """Write all records as JSON lines; return how many."""
        ...

    async def close(self) -> None:
        """Write what is waiting, then close; later use raises. Closing twice is fine."""
        ...


def open_journal(target: str | Path) -> Journal:
    """Open (and create, if need be) the journal of one rally, as its only writer.

    Args:
        target: a folder, an `.sqlite` file in it, or a `postgresql://` URL.

    Raises:
        JournalInUseError: another process writes it.
        JournalDamagedError: the stored records do not prove themselves.
        JournalError: it cannot be opened.
    """
    from timing.journal.grouped import GroupedJournal

    return GroupedJournal(_store(target))


def read_beside(target: str | Path) -> Iterator[Record]:
    """Yield the committed records of a journal that another process may be writing; changes nothing.

    Args:
        target: as for `open_journal`.

    Raises:
        JournalError: it is not there or cannot be read.
    """
    from timing.journal.grouped import record_of

    with closing(_store(target)) as store:
        yield from map(record_of, store.rows(0))


def verify_beside(target: str | Path, expected_head: tuple[int, bytes] | None = None) -> list[str]:
    """Do what `Journal.verify` does, for a journal that another process may be writing.

    Raises:
        JournalError: it is not there or cannot be read.
    """
    from timing.journal.verify import find_faults

    with closing(_store(target)) as store:
        return find_faults(store.rows(0), expected_head=expected_head)


def _store(target: str | Path) -> "Store":
    # The drivers are imported here, where one is chosen: asyncpg is an extra.
    if str(target).startswith(("postgresql://", "postgres://")):
        try:
            from timing.journal.postgres import PostgresStore
        except ImportError as error:
            raise JournalError("PostgreSQL needs the extra: pip install 'rallykeeper[postgres]'") from error
        return PostgresStore(str(target))
    from timing.journal.sqlite import SqliteStore

    return SqliteStore(Path(target))
