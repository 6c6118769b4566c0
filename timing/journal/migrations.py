"""The numbered schema files of a store: schema/NNN_name.DIALECT.sql."""

from dataclasses import dataclass
from pathlib import Path

from timing.journal.journal import JournalError

_SCHEMA = Path(__file__).with_name("schema")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: the schema number it leads to and its statements."""

    number: int
    sql: str


def pending(dialect: str, found: int, store: str) -> list[Migration]:
    """Return the steps of `dialect` (`sqlite`, `postgres`) that follow schema number `found`.

    Raises:
        JournalError: `store` was written by a later version of this program.
    """
    steps = [
        Migration(int(path.name[:3]), path.read_text("utf-8"))
        for path in sorted(_SCHEMA.glob(f"[0-9][0-9][0-9]_*.{dialect}.sql"))
    ]
    newest = steps[-1].number
    if found > newest:
        raise JournalError(
            f"{store} has schema {found}, this version knows up to {newest}: use the version that wrote it"
        )
    return [step for step in steps if step.number > found]
