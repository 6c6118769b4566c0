"""Whether the end of the chain on the disk is as it should be, for a test at the start of a service."""

from timing.journal.journal import Journal
from timing.journal.record import NO_HASH, encode_body, record_form, record_hash

#: So many of the newest records are worked out again; `rallykeeper verify` does it with all.
_NEWEST = 50


def chain_fault(journal: Journal) -> str:
    """Read the newest records and work their hashes out again; say what does not fit, or nothing."""
    number, head = journal.head()
    after = max(0, number - _NEWEST)
    previous = NO_HASH if after == 0 else None
    last = after
    for record in journal.read(after):
        if record.seq > number:
            break
        form = record_form(
            seq=record.seq,
            received_at=record.received_at,
            origin=record.origin,
            key=record.key,
            body=encode_body(record.body),
            raw=record.raw,
        )
        if previous is not None and record_hash(previous, form) != record.hash:
            return f"the hash of record {record.seq} does not fit the record before it"
        previous, last = record.hash, record.seq
    if last != number:
        return f"record {number} is the last, but the journal reads as if it were {last}"
    if number and previous != head:
        return f"the hash of record {number}, the last, is not the one at which the journal goes on"
    return ""
