"""A whole copy of a journal in SQLite (records, tracks, quarantine) while the service goes on."""

import sqlite3
from contextlib import closing
from pathlib import Path

from timing.journal.journal import JournalError

#: Pages copied before writers get their turn.
_PAGES = 256


def back_up(source: Path, target: Path) -> None:
    """Copy the journal file `source` to the file `target`, as of one moment.

    The copy appears under its name only when it is complete and its pages are checked.

    Raises:
        JournalError: `target` is there already, or the copy could not be made.
    """
    if target.exists():
        raise JournalError(f"{target} is there already: a backup never replaces another one")
    if not source.is_file():
        raise JournalError(f"{source} is not there")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as original,
            closing(sqlite3.connect(partial)) as copy,
        ):
            # A read transaction holds the moment; otherwise each later write begins the copy anew.
            original.execute("BEGIN")
            original.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            original.backup(copy, pages=_PAGES)
            # One plain file to carry away, without a log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
            (answer,) = copy.execute("PRAGMA quick_check").fetchone()
        if answer != "ok":
            raise JournalError(f"the copy of {source} is damaged: {answer}")
    except sqlite3.Error as error:
        raise JournalError(f"{source} cannot be copied to {target}: {error}") from error
    except JournalError:
        partial.unlink(missing_ok=True)
        raise
    partial.rename(target)
