"""`rallykeeper backup`: a copy of an event and all it has recorded, made while the service goes on.

    TARGET/event/          the event folder as it is now
    TARGET/journal.jsonl   the records as lines: the copy for the audit, readable without this program
    TARGET/data/           journal, documents, personal links, the devices' credentials, the public key

`rallykeeper serve TARGET/event --data TARGET/data` goes on from it on another computer. No private key is
copied: whoever has the Official Timekeeper's signs in that name, whoever has the authority's in `tls` answers
for this venue. `keys/timekeeper.key` and `tls` are carried over by hand; without the latter, phones have to
trust a new authority.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from dashboard import access
from dashboard.document_store import FOLDER as DOCUMENTS
from dashboard.document_store import UNFINISHED
from timing.journal.backup import back_up
from timing.journal.export import verify_lines, write_records
from timing.journal.journal import JournalError, read_beside
from timing.signatures import FOLDER as KEYS
from timing.signatures import PUBLIC

FINE, WRONG = 0, 1
_JOURNAL = "journal.sqlite"
_CREDENTIALS = Path("broker") / "credentials.json"
_PARTIAL = ".partial"


def back_up_event(options: argparse.Namespace, data: Path) -> int:
    """Copy an event and its data folder into a new folder; it has its name only when all of it is there."""
    folder, target = Path(options.folder), Path(options.target)
    partial = target.with_name(target.name + _PARTIAL)
    try:
        if target.exists():
            raise JournalError(f"{target} is there already: a backup never replaces another one")
        if not (folder / "rally.toml").is_file():
            raise JournalError(f"{folder} is no event folder: it has no rally.toml")
        shutil.rmtree(partial, ignore_errors=True)
        (partial / "data").mkdir(parents=True)
        # What it holds opens the pages of officials: nobody else on the computer reads it.
        partial.chmod(0o700)
        told = _copy(folder, data, partial)
        partial.rename(target)
    except (JournalError, OSError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        print(f"rallykeeper: no backup was made: {error}", file=sys.stderr)
        return WRONG
    _tell(told, target, as_json=options.json)
    return FINE


def _copy(folder: Path, data: Path, target: Path) -> dict[str, Any]:
    """Copy all parts into `target`; return what a person wants to know of them."""
    kept = target / "data"
    # Documents go first: one that comes meanwhile is written anew from the journal, while one without its
    # records would stand in the way of the version that the other computer certifies.
    for name in (DOCUMENTS, _CREDENTIALS, Path(KEYS) / PUBLIC):
        _take(data / name, kept / name)
    back_up(data / _JOURNAL, kept / _JOURNAL)
    with (target / "journal.jsonl").open("wb") as lines:
        count = write_records(read_beside(kept), lines)
    with (target / "journal.jsonl").open("rb") as lines:
        faults = verify_lines(lines)
    if faults:
        raise JournalError(f"the journal is damaged, and a copy of it would be: {faults[0]}")
    if (data / access.FILE).is_file():
        back_up(data / access.FILE, kept / access.FILE)
    shutil.copytree(folder, target / "event", ignore=_but(target.resolve()))
    return {"records": count, "head": _head(target / "journal.jsonl"), "documents": _count(kept / DOCUMENTS)}


def _take(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(f"{UNFINISHED}*"))
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _but(target: Path) -> Callable[[str, list[str]], set[str]]:
    """Leave out of a copy of the event folder each data folder in it, private keys, and the backup itself."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        paths = {name: Path(folder) / name for name in names}
        return {
            name
            for name, path in paths.items()
            if (path / _JOURNAL).exists()
            or (path / KEYS).is_dir()
            or path.resolve() == target
            or _is_private_key(path)
        }

    return left_out


def _is_private_key(path: Path) -> bool:
    """Whether a file is a private key in PEM, such as one that `serve --key` names."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return b"PRIVATE KEY-----" in file.readline(100)


def _head(lines: Path) -> str:
    """Return the hash of the last record: with it at hand, a missing end of the copy shows."""
    with lines.open("rb") as file:
        file.seek(max(0, lines.stat().st_size - (1 << 20)), os.SEEK_SET)
        last = file.read().splitlines()[-1:]
    return str(msgspec.json.decode(last[0])["hash"]) if last else ""


def _count(documents: Path) -> int:
    return sum(1 for path in documents.glob("*.json") if not path.name.endswith(".results.json"))


def _tell(told: dict[str, Any], target: Path, *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode({**told, "target": str(target)}).decode())
        return
    print(f"{target}: {told['records']} records, {told['documents']} documents; last hash {told['head']}")
    print("No private key is in it: keep a copy of keys/timekeeper.key, and of tls, by itself.")
