"""Whether one record on the disk stands where the chain says: for a test that has just written it."""

from itertools import islice

from timing.core.records import Record
from timing.journal.journal import Journal
from timing.journal.record import NO_HASH, encode_body, record_form, record_hash


def is_chained(journal: Journal, record: Record) -> bool:
    """Return whether a record, as it is read from the disk, has the hash that follows the one before it."""
    read = list(islice(journal.read(max(0, record.seq - 2)), 1 if record.seq == 1 else 2))
    if not read or read[-1].seq != record.seq:
        return False
    previous = NO_HASH if record.seq == 1 else read[0].hash
    found = read[-1]
    form = record_form(
        seq=found.seq,
        received_at=found.received_at,
        origin=found.origin,
        key=found.key,
        body=encode_body(found.body),
        raw=found.raw,
    )
    return record_hash(previous, form) == record.hash == found.hash
