"""Journals as JSON lines: input of a replay, attachment of a bug report, copy for an audit."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from timing.core.records import Record, body_key, first_key
from timing.journal.journal import Journal
from timing.journal.record import Draft, decode_body, export_line, from_storable, parse_raw
from timing.journal.store import Row
from timing.journal.verify import find_faults

_IMPORTED_AT_ONCE = 500


class LineError(ValueError):
    """A line that is no exported record; the text names the line."""


def write_records(records: Iterable[Record], file: BinaryIO) -> int:
    """Write records as JSON lines (see `record.export_line`) and return how many."""
    count = 0
    for record in records:
        file.write(export_line(record) + b"\n")
        count += 1
    return count


def read_records(file: Iterable[bytes]) -> Iterator[Record]:
    """Yield the records of exported lines, with the numbers and hashes they had; empty lines are skipped.

    Nothing is proved here; see `verify_lines`.

    Raises:
        LineError: a line is no record, or its key does not fit its content.
    """
    for number, line in enumerate(file, start=1):
        if line.strip():
            yield _record(line, number)


def is_export(line: bytes) -> bool:
    """Whether a line is one of an exported journal, as far as its first words tell."""
    return line.lstrip().startswith(b'{"seq":')


def verify_lines(file: Iterable[bytes], expected_head: tuple[int, bytes] | None = None) -> list[str]:
    """Name each changed, missing or reordered record of an export in plain words."""
    rows: list[Row] = []
    faults: list[str] = []
    last = 0
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = _row(_values(line, number), line, number)
        except LineError as error:
            faults.append(str(error))
            continue
        if row.seq <= last:
            faults.append(f"line {number}: record {row.seq} stands behind record {last}")
        last = max(last, row.seq)
        rows.append(row)
    rows.sort(key=lambda row: row.seq)
    return faults + find_faults(rows, expected_head=expected_head)


async def import_records(journal: Journal, file: Iterable[bytes]) -> int:
    """Append exported records in their order and return how many were new.

    Into an empty journal the whole export gives the same numbers and hashes again.

    Raises:
        LineError: a line is no record; the records before it are imported.
    """
    return await append_records(journal, read_records(file))


async def append_records(journal: Journal, records: Iterable[Record]) -> int:
    """Append records in their order, whatever numbers they had, and return how many were new."""
    new = 0
    batch: list[Draft] = []
    for record in records:
        batch.append(
            Draft(
                received_at=record.received_at,
                origin=record.origin,
                body=record.body,
                raw=record.raw,
                key=record.key,
            )
        )
        if len(batch) == _IMPORTED_AT_ONCE:
            new += await _append(journal, batch)
            batch = []
    return new + await _append(journal, batch)


async def _append(journal: Journal, batch: list[Draft]) -> int:
    return sum(record is not None for record in await journal.append(batch))


def _values(line: bytes, number: int) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise LineError(f"line {number}: found no JSON ({error})") from error
    if not isinstance(values, dict):
        raise LineError(f"line {number}: found no JSON object")
    return values


def _record(line: bytes, number: int) -> Record:
    row = _row(_values(line, number), line, number)
    try:
        body = decode_body(row.body)
    except ValueError as error:
        raise LineError(f"line {number}: {error}") from error
    key = from_storable(row.key)
    if key not in (body_key(body), first_key(body)):
        raise LineError(f"line {number}: found key {key!r}, expected {body_key(body)!r} from its content")
    return Record(
        seq=row.seq,
        received_at=row.received_at,
        origin=from_storable(row.origin),
        key=key,
        body=body,
        raw=row.raw,
        hash=row.hash,
    )


def _row(values: dict[str, Any], line: bytes, number: int) -> Row:
    try:
        return Row(
            _whole(values["seq"]),
            _whole(values["received_at"]),
            str(values["origin"]),
            str(values["key"]),
            str(values["body"]["kind"]),
            _body_text(line),
            parse_raw(values),
            bytes.fromhex(values["hash"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LineError(f"line {number}: found no record ({error!r})") from error


def _whole(value: object) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _body_text(line: bytes) -> str:
    """Cut the body out as it stands: the hash holds its bytes, not its meaning."""
    text = line.decode("utf-8")
    begin = text.index('"body":') + len('"body":')
    _, end = json.JSONDecoder().raw_decode(text, begin)
    return text[begin:end]
