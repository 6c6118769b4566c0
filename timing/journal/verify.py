"""Proving a chain of records, and saying in plain words what is wrong with it. Pure."""

from collections.abc import Iterable

from timing.journal.record import (
    NO_HASH,
    UnreadableError,
    decode_body,
    from_storable,
    record_form,
    record_hash,
)
from timing.journal.store import Row

#: Among so many doubtful records a swapped one is searched; each is tried against each.
_SEARCHED = 40


def find_faults(
    rows: Iterable[Row], *, after: int = 0, expected_head: tuple[int, bytes] | None = None
) -> list[str]:
    """Return what is wrong with records that should follow number `after` without a gap.

    Where `after` is not 0 the hash before is unknown, so the first record counts as its own proof.
    `expected_head` (number and hash) must be among them. Empty when all is well.
    """
    faults: list[str] = []
    suspects: list[tuple[bytes | None, Row]] = []
    previous: bytes | None = NO_HASH if after == 0 else None
    head_seen = expected_head is None or expected_head[0] <= after
    last = after
    for row in rows:
        if row.seq <= last:
            faults.append(f"record {row.seq} is there twice")
            continue
        if row.seq != last + 1:
            faults.append(_missing(last + 1, row.seq - 1))
            previous = None
        if previous is not None and _hash(previous, row) != row.hash:
            suspects.append((previous, row))
        faults.extend(_unreadable(row))
        if expected_head is not None and row.seq == expected_head[0]:
            head_seen = True
            if row.hash != expected_head[1]:
                faults.append(f"record {row.seq} is not the one expected: its hash is {row.hash.hex()}")
        previous, last = row.hash, row.seq
    faults.extend(_explain(suspects))
    if not head_seen and expected_head is not None:
        faults.append(f"records after {last} are missing: record {expected_head[0]} is expected")
    return faults


def _missing(first: int, last: int) -> str:
    return f"record {first} is missing" if first == last else f"records {first} to {last} are missing"


def _hash(previous: bytes, row: Row, seq: int | None = None) -> bytes:
    form = record_form(
        seq=row.seq if seq is None else seq,
        received_at=row.received_at,
        origin=from_storable(row.origin),
        key=from_storable(row.key),
        body=row.body.encode("utf-8"),
        raw=row.raw,
    )
    return record_hash(previous, form)


def _unreadable(row: Row) -> list[str]:
    try:
        decode_body(row.body)
    except UnreadableError as error:
        return [f"record {row.seq} cannot be read: {error}"]
    return []


def _explain(suspects: list[tuple[bytes | None, Row]]) -> list[str]:
    """Tell a record in a wrong place from a changed one.

    A record's hash holds its number and its predecessor. If it fits with another doubtful record's
    number and some doubtful neighbour as predecessor, its content is whole and only its place wrong.
    """
    numbers = [row.seq for _, row in suspects[:_SEARCHED]]
    before = {previous for previous, _ in suspects[:_SEARCHED] if previous is not None}
    before.update(row.hash for _, row in suspects[:_SEARCHED])
    faults = []
    for index, (_, row) in enumerate(suspects):
        place = _place(row, numbers, before) if index < _SEARCHED else None
        if place is not None:
            faults.append(f"record {row.seq} is in the wrong place: it was written as record {place}")
        else:
            faults.append(
                f"record {row.seq} was changed after it was written, or the hash of record {row.seq - 1} was"
            )
    return faults


def _place(row: Row, numbers: list[int], before: set[bytes]) -> int | None:
    for number in numbers:
        if number != row.seq and any(_hash(previous, row, number) == row.hash for previous in before):
            return number
    return None
