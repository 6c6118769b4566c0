"""The journal over any store: numbers and chains the records, and hands the work to the writer."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from timing.core.instant import Instant
from timing.core.records import Record, body_key
from timing.journal.commits import SLICE_ROWS, GroupCommit
from timing.journal.export import write_records
from timing.journal.journal import JournalClosedError, JournalDamagedError, Quarantined, StoredFix
from timing.journal.record import (
    NO_HASH,
    Draft,
    body_kind,
    decode_body,
    encode_body,
    from_storable,
    record_form,
    record_hash,
    storable,
)
from timing.journal.store import Row, Store, refuse_long_name, refuse_unstorable, stored_fix
from timing.journal.verify import find_faults

#: Records whose chain is proved at each opening; `verify` proves them all.
TAIL = 1000


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A draft with all that can be computed before it has a number."""

    draft: Draft
    key: str
    stored_key: str
    body: bytes


class GroupedJournal:
    """The `Journal` of one store. Opening happens in the constructor and may take seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._head: tuple[int, bytes] = (0, NO_HASH)
        self._tip = self._head
        self._commits = GroupCommit(store, opened=self._opened, committed=self._committed)
        self._commits.start()

    async def append(self, batch: Sequence[Draft]) -> list[Record | None]:
        """See `Journal.append`."""
        prepared = [_prepare(draft) for draft in batch]
        if not prepared:
            return []
        return await self._commits.submit(
            self._insert, prepared, rows=len(prepared), first=True, durable=True
        )

    async def append_fixes(self, batch: Sequence[StoredFix]) -> list[bool]:
        """See `Journal.append_fixes`."""
        refuse_unstorable(batch)
        # Slices, so that a tracker that empties its memory cannot hold up a stamp. All are queued
        # before the first wait, which keeps the caller's order.
        waits = []
        for begin in range(0, len(batch), SLICE_ROWS):
            part = batch[begin : begin + SLICE_ROWS]
            waits.append(self._commits.submit(self._insert_fixes, part, rows=len(part)))
        return [new for part_new in await asyncio.gather(*waits) for new in part_new]

    async def quarantine(self, batch: Sequence[Quarantined]) -> None:
        """See `Journal.quarantine`."""
        if batch:
            await self._commits.submit(self._insert_quarantined, batch, rows=len(batch), durable=True)

    async def checkpoint(self, name: str, value: bytes) -> None:
        """See `Journal.checkpoint`."""
        await self._commits.submit(self._save_checkpoints, (name, value), rows=1)

    def head(self) -> tuple[int, bytes]:
        """See `Journal.head`."""
        self._refuse_when_closed()
        return self._head

    def read(self, after: int = 0) -> Iterator[Record]:
        """See `Journal.read`."""
        self._refuse_when_closed()
        return (record_of(row) for row in self._store.rows(after))

    def find(self, key: str) -> Record | None:
        """See `Journal.find`."""
        self._refuse_when_closed()
        row = self._store.row(storable(key))
        return None if row is None else record_of(row)

    def read_fixes(
        self,
        after_seq: int = 0,
        device: str | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
    ) -> Iterator[StoredFix]:
        """See `Journal.read_fixes`."""
        self._refuse_when_closed()
        stored_device = None if device is None else storable(device)
        return (stored_fix(row) for row in self._store.fixes(after_seq, stored_device, since, until))

    def fixes_head(self) -> int:
        """See `Journal.fixes_head`."""
        self._refuse_when_closed()
        return self._store.fixes_head()

    def read_quarantine(self, after: int = 0, limit: int = 100) -> list[Quarantined]:
        """See `Journal.read_quarantine`."""
        self._refuse_when_closed()
        return self._store.quarantined(after, limit)

    def quarantine_head(self) -> int:
        """See `Journal.quarantine_head`."""
        self._refuse_when_closed()
        return self._store.quarantine_head()

    def load_checkpoint(self, name: str) -> bytes | None:
        """See `Journal.load_checkpoint`."""
        self._refuse_when_closed()
        return self._store.load_checkpoint(name)

    def verify(self, expected_head: tuple[int, bytes] | None = None) -> list[str]:
        """See `Journal.verify`."""
        self._refuse_when_closed()
        return find_faults(self._store.rows(0), expected_head=expected_head)

    def export(self, file: BinaryIO) -> int:
        """See `Journal.export`."""
        return write_records(self.read(), file)

    async def close(self) -> None:
        """See `Journal.close`."""
        await asyncio.to_thread(self._commits.finish)

    # In the writer's thread

    def _opened(self) -> None:
        """Take up the chain where it ended, after proving its last part."""
        seq, last_hash, count = self._store.tail()
        before = max(0, seq - TAIL)
        faults = find_faults(self._store.rows(before), after=before)
        if count != seq:
            faults.append(f"{count} records are there, but the last one has number {seq}")
        if faults:
            raise JournalDamagedError(
                f"{self._store.name} is damaged: {'; '.join(faults[:5])}. Keep a copy of it as it is, "
                "then start from a backup or from an export."
            )
        self._head = self._tip = (seq, NO_HASH if last_hash is None else last_hash)

    def _insert(self, batches: list[list[_Prepared]]) -> list[list[Record | None]]:
        known = self._store.known([one.stored_key for batch in batches for one in batch])
        rows: list[Row] = []
        results = [[self._chain(one, known, rows) for one in batch] for batch in batches]
        if rows:
            self._store.insert(rows)
        return results

    def _chain(self, one: _Prepared, known: set[str], rows: list[Row]) -> Record | None:
        """Give a draft with a new key the next number and hash, and add it to both collections."""
        if one.stored_key in known:
            return None
        known.add(one.stored_key)
        seq, last_hash = self._tip
        row = _chained(seq + 1, last_hash, one)
        self._tip = (row.seq, row.hash)
        rows.append(row)
        return _numbered(one, row)

    def _insert_fixes(self, batches: list[Sequence[StoredFix]]) -> list[list[bool]]:
        new = iter(self._store.insert_fixes([one for batch in batches for one in batch]))
        return [list(islice(new, len(batch))) for batch in batches]

    def _insert_quarantined(self, batches: list[Sequence[Quarantined]]) -> list[None]:
        self._store.insert_quarantined([one for batch in batches for one in batch])
        return [None] * len(batches)

    def _save_checkpoints(self, values: list[tuple[str, bytes]]) -> list[None]:
        for name, value in values:
            self._store.save_checkpoint(name, value)
        return [None] * len(values)

    def _committed(self) -> None:
        self._head = self._tip

    def _refuse_when_closed(self) -> None:
        if self._commits.closed:
            raise JournalClosedError(f"{self._store.name} is closed")


def _prepare(draft: Draft) -> _Prepared:
    key = draft.key or body_key(draft.body)
    stored_key = storable(key)
    refuse_long_name(stored_key)
    return _Prepared(draft, key, stored_key, encode_body(draft.body))


def _chained(seq: int, last_hash: bytes, one: _Prepared) -> Row:
    draft = one.draft
    form = record_form(
        seq=seq,
        received_at=draft.received_at,
        origin=draft.origin,
        key=one.key,
        body=one.body,
        raw=draft.raw,
    )
    return Row(
        seq,
        draft.received_at,
        storable(draft.origin),
        one.stored_key,
        body_kind(draft.body),
        one.body.decode("utf-8"),
        draft.raw,
        record_hash(last_hash, form),
    )


def _numbered(one: _Prepared, row: Row) -> Record:
    draft = one.draft
    return Record(
        seq=row.seq,
        received_at=draft.received_at,
        origin=draft.origin,
        key=one.key,
        body=draft.body,
        raw=draft.raw,
        hash=row.hash,
    )


def record_of(row: Row) -> Record:
    """Return a stored row as a record."""
    return Record(
        seq=row.seq,
        received_at=row.received_at,
        origin=from_storable(row.origin),
        key=from_storable(row.key),
        body=decode_body(row.body),
        raw=row.raw,
        hash=row.hash,
    )
