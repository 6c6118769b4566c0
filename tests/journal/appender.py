"""A process that appends at full speed and tells on stdout what was acknowledged; see test_crash.py.

Arguments: journal (folder or URL), boot (makes the keys of this run its own). A line of output is `r KEY` for
a record or `f AT` for a fix, written after the journal acknowledged it, or `failed TEXT` when a write failed.
"""

import asyncio
import os
import sys

from timing.core.readings import Fix, Stamp
from timing.journal.journal import Journal, JournalFailedError, StoredFix, open_journal
from timing.journal.record import Draft


def say(lines: list[str]) -> None:
    """One write for many lines: the pipe must not be the slow part."""
    os.write(1, "".join(f"{line}\n" for line in lines).encode())


async def append_records(journal: Journal, boot: int, lane: int) -> None:
    """Append records of one caller for ever, 1 to 20 at once."""
    n = 0
    while True:
        numbers = range(n + 1, n + 2 + (n * 7 + lane) % 20)
        n = numbers[-1]
        batch = [
            Draft(
                received_at=one,
                origin="mqtt:crash",
                body=Stamp(device=f"gate{lane}", at=one, channel="1", boot=boot, n=one),
                raw=b"x" * (one % 300),
            )
            for one in numbers
        ]
        await journal.append(batch)
        say([f"r S/gate{lane}/{boot}/{one}" for one in numbers])


async def append_fixes(journal: Journal, boot: int) -> None:
    """Append fixes for ever, 50 at once."""
    n = 0
    while True:
        at = [boot * 1_000_000_000 + n + one for one in range(50)]
        n += 50
        await journal.append_fixes(
            [
                StoredFix(received_at=one, origin="mqtt:crash", fix=Fix(device="t", at=one, lat=1.5, lon=2.5))
                for one in at
            ]
        )
        say([f"f {one}" for one in at])


async def main(target: str, boot: int) -> None:
    """Run all callers until a write fails or the process is killed."""
    journal = open_journal(target)
    try:
        async with asyncio.TaskGroup() as group:
            for lane in range(4):
                group.create_task(append_records(journal, boot, lane))
            group.create_task(append_fixes(journal, boot))
    except* JournalFailedError as failures:
        say([f"failed {failures.exceptions[0]}"])
    await journal.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
