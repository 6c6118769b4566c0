"""`rallykeeper verify` and what `replay` tells of documents: offline, in plain words.

Each returns its exit status: 0 everything holds, 1 something does not.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dashboard.document_store import open_store
from dashboard.official_documents import Made, documents_of
from timing.core.canonical import canonical
from timing.core.event import Event
from timing.core.official_fold import OfficialFold
from timing.core.official_sheets import ListSheet, StageSheet
from timing.core.records import Record
from timing.event_folder import load_event
from timing.journal.export import read_records, verify_lines
from timing.journal.journal import JournalError, read_beside, verify_beside
from timing.proof import Found, check_decision, check_document, head_of
from timing.signatures import FOLDER, PUBLIC, KeyFileError, read_public

FINE, WRONG = 0, 1
_SHOWN = 20


def verify(options: argparse.Namespace) -> int:
    """Say whether a document, an exported journal or an event's own journal is what was written."""
    source = Path(options.file)
    try:
        found = _document(source, options) if _is_document(source) else _journal(source, None)
    except (JournalError, KeyFileError, OSError, ValueError) as error:
        found = Found(faults=(str(error),))
    if options.json:
        told = {"ok": not found.faults, "faults": list(found.faults), "holds": list(found.holds)}
        print(json.dumps(told, ensure_ascii=False))
    else:
        for text in found.holds:
            print(text)
        for text in found.faults:
            print(f"WRONG: {text}" if found.holds else text)
    return WRONG if found.faults else FINE


def _is_document(source: Path) -> bool:
    if source.is_dir() or source.suffix in (".sqlite", ".db", ".jsonl"):
        return False
    with source.open("rb") as file:
        begin = file.read(64).lstrip()
    return source.suffix == ".json" or begin.startswith(b'{"document"')


def _journal(source: Path, expected_head: tuple[int, bytes] | None) -> Found:
    if source.is_dir() or source.suffix in (".sqlite", ".db"):
        faults = verify_beside(source, expected_head)
    else:
        with source.open("rb") as lines:
            faults = verify_lines(lines, expected_head)
    if faults:
        return Found(faults=tuple(faults))
    return Found(holds=("every record is as it was written",))


def _document(source: Path, options: argparse.Namespace) -> Found:
    journal = Path(options.journal) if options.journal else None
    found = check_document(source.read_bytes(), _trusted(options.key, journal))
    document = found.document
    if document is None or journal is None:
        return found
    all_found = [found, _journal(journal, head_of(document)), check_decision(document, _records(journal))]
    if options.event:
        all_found.append(_anew(document, journal, Path(options.event)))
    return Found(
        holds=tuple(text for each in all_found for text in each.holds),
        faults=tuple(text for each in all_found for text in each.faults),
    )


def _trusted(named: str | None, journal: Path | None) -> str | None:
    """The Timekeeper's public key: the one named, else the one that lies with the event's own journal."""
    if named:
        return read_public(Path(named))
    if journal is None:
        return None
    beside = (journal if journal.is_dir() else journal.parent) / FOLDER / PUBLIC
    return read_public(beside) if beside.is_file() else None


def _records(journal: Path) -> Iterator[Record]:
    if journal.is_dir() or journal.suffix in (".sqlite", ".db"):
        yield from read_beside(journal)
    else:
        with journal.open("rb") as lines:
            yield from read_records(lines)


def _anew(document: dict[str, Any], journal: Path, folder: Path) -> Found:
    """Fold the journal anew and compare the document it gives with this one."""
    event = load_event(folder).event
    if event is None:
        return Found(faults=(f"{folder} is no event that can be run: rallykeeper check {folder}",))
    made = {each.id: each for each in remade(event, _records(journal), str(document.get("public_key")))}
    ident = str(document.get("id"))
    again = made.get(ident)
    if again is None:
        return Found(faults=(f"the journal gives no document {ident}",))
    if again.text == canonical(document):
        return Found(holds=(f"the journal gives {ident} again, byte for byte",))
    differing = _differences(document, again.document)
    return Found(faults=tuple(differing[:_SHOWN]) or (f"the journal gives another {ident}",))


def remade(
    event: Event,
    records: Iterable[Record],
    public_key: str,
    kept: Mapping[str, StageSheet | ListSheet] | None = None,
) -> Iterator[Made]:
    """Yield the documents that records give, from nothing (but for results that were kept)."""
    fold = OfficialFold(event, kept)
    fold.advance(records)
    yield from documents_of(fold, public_key)


def write_documents(event: Event, data: Path, key: str | None) -> int:
    """Write the documents that the journal in a data folder gives; say which are there and differ."""
    try:
        store = open_store(data, key)
        made = list(remade(event, read_beside(data), store.key.public, store.kept(event)))
        differing = store.write(made)
    except (JournalError, KeyFileError, OSError) as error:
        print(error, file=sys.stderr)
        return WRONG
    for each in made:
        if each.id in differing:
            print(f"{each.id} stands as it was written: the journal now gives another", file=sys.stderr)
    return WRONG if differing else FINE


def _differences(document: dict[str, Any], again: dict[str, Any]) -> list[str]:
    """Name each value of a document that is not what the journal gives."""
    found = [
        f"{name} is {_short(document.get(name))} here, {_short(again.get(name))} by the journal"
        for name in sorted(document.keys() | again.keys())
        if name != "rows" and document.get(name) != again.get(name)
    ]
    here, there = _by_name(document), _by_name(again)
    for who in sorted(here.keys() | there.keys()):
        one, other = here.get(who, {}), there.get(who, {})
        found += [
            f"car {who}: {name} is {_short(one.get(name))} here, {_short(other.get(name))} by the journal"
            for name in sorted(one.keys() | other.keys())
            if one.get(name) != other.get(name)
        ]
    return found


def _by_name(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = document.get("rows")
    listed = rows if isinstance(rows, list) else []
    return {
        str(row.get("car", row.get("team"))): {**row, "place": index + 1}
        for index, row in enumerate(listed)
        if isinstance(row, dict)
    }


def _short(value: object) -> str:
    if isinstance(value, dict) and "text" in value:
        return str(value["text"])
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"
