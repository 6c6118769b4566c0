"""The documents of a rally on disk: written once, never again, each beside the exact results it is of.

    documents/stage-SS1-v1.json           what was signed, with its signature
    documents/stage-SS1-v1.results.json   the exact results; their SHA-256 stands in the journal

Both can be made anew from the journal. What is there stays as it is: where a changed event folder or a
later program would write something else, that is said, and the document stands.
"""

import logging
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from dashboard.official_documents import Made, signed
from timing.core.event import Event
from timing.core.kept_results import kept_sheet
from timing.core.official_sheets import ListSheet, StageSheet
from timing.signatures import SigningKey, ensure_key, key_file

log = logging.getLogger(__name__)

FOLDER = "documents"
_RESULTS = ".results.json"
#: How the name of a file begins that is being written.
UNFINISHED = ".writing-"


def open_store(data: Path, key: str | Path | None = None) -> "DocumentStore":
    """Return the documents of a data folder, with the Timekeeper's key, which is made where there is none.

    Args:
        data: the data folder.
        key: the key's file, where it does not lie in the data folder.

    Raises:
        KeyFileError: the key cannot be used.
        OSError: it cannot be read or made.
    """
    return DocumentStore(data / FOLDER, ensure_key(Path(key) if key else key_file(data)))


class DocumentStore:
    """The documents in a folder, signed with a key."""

    def __init__(self, folder: Path, key: SigningKey) -> None:
        self.folder = folder
        self.key = key

    def write(self, documents: Iterable[Made]) -> list[str]:
        """Write the documents that are not there yet; return the ids of those that would differ.

        The exact results come last: where they are, their document is.

        Raises:
            OSError: the folder cannot be written.
        """
        differing: list[str] = []
        self.folder.mkdir(parents=True, exist_ok=True)
        for made in documents:
            for path, text in (
                (self._path(made.id, ".json"), signed(made, self.key)),
                (self._path(made.id, _RESULTS), made.results),
            ):
                if not path.exists():
                    _write_whole(path, text)
                elif path.read_bytes() != text:
                    differing.append(made.id)
        if differing:
            log.warning("these stand as they were written, the journal now gives others: %s", differing)
        return sorted(set(differing))

    def read(self, ident: str) -> bytes | None:
        """Return a document's file, or None where there is none."""
        path = self._path(ident, ".json")
        return path.read_bytes() if path.is_file() else None

    def read_results(self, ident: str) -> bytes | None:
        """Return the exact results that a document is of, or None where there are none."""
        path = self._path(ident, _RESULTS)
        return path.read_bytes() if path.is_file() else None

    def kept(self, event: Event) -> dict[str, StageSheet | ListSheet]:
        """See `kept_results`."""
        return kept_results(self.folder, event)

    def _path(self, ident: str, suffix: str) -> Path:
        return document_path(self.folder, ident, suffix)


def document_path(folder: Path, ident: str, suffix: str = ".json") -> Path:
    """Return where a document's file lies."""
    # A stage may be named anything; a file may not.
    return folder / f"{quote(ident, safe=' ').replace('.', '%2E')}{suffix}"


def kept_results(folder: Path, event: Event) -> dict[str, StageSheet | ListSheet]:
    """Return the exact results in a folder of documents, by their digest; what is none is left out."""
    found: dict[str, StageSheet | ListSheet] = {}
    for path in sorted(folder.glob(f"*{_RESULTS}")) if folder.is_dir() else ():
        try:
            sheet = kept_sheet(event, path.read_bytes())
        except (OSError, ValueError) as error:
            log.warning("%s: %s", path.name, error)
            continue
        found[sheet.digest] = sheet
    return found


def _write_whole(path: Path, text: bytes) -> None:
    """Write a file that is there whole or not at all, also after a power cut."""
    handle, name = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o444)
    Path(name).rename(path)
