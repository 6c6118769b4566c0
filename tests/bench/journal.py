"""How fast the journal is, against plain sqlite3 writing the same rows in the same run.

Run: python tests/bench/journal.py [--rows N] [--url postgresql://…]
Plain sqlite3 (executemany of ready rows, one durable commit per batch, no event loop, no keys looked up,
no JSON, no hash) is the disk's and the driver's own price; the ratio is ours on top.
"""

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from timing.core.readings import Fix, Stamp
from timing.journal.journal import Journal, StoredFix, open_journal
from timing.journal.record import Draft, encode_body

START = 1_713_787_200_000_000
BATCH = 100
CALLERS = 8


def drafts(count: int, boot: int) -> list[Draft]:
    """Stamps as a gate sends them, with their raw message."""
    return [
        Draft(
            received_at=START + n,
            origin="mqtt:rally/mille/stamp/gate7",
            body=Stamp(device="gate7", at=START + n, channel="1", boot=boot, n=n, car="17"),
            raw=b'{"at":"2024-04-22T16:03:07.250Z","channel":"1","boot":%d,"n":%d,"car":"17"}' % (boot, n),
        )
        for n in range(count)
    ]


def plain_sqlite(folder: Path, rows: Sequence[tuple[object, ...]]) -> float:
    """Return the seconds for the same rows by executemany, synchronous=FULL, a commit per batch."""
    connection = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE records (seq INTEGER PRIMARY KEY, received_at INTEGER, origin TEXT, key TEXT UNIQUE,"
        " kind TEXT, body TEXT, raw BLOB, hash BLOB) STRICT"
    )
    began = time.perf_counter()
    for first in range(0, len(rows), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO records VALUES (?,?,?,?,?,?,?,?)", rows[first : first + BATCH])
        connection.execute("COMMIT")
    took = time.perf_counter() - began
    connection.close()
    return took


async def full_speed(journal: Journal, given: Sequence[Draft]) -> float:
    """Return the seconds for all drafts in batches of 100 by eight callers at once."""

    async def caller(number: int) -> None:
        for first in range(number * BATCH, len(given), CALLERS * BATCH):
            await journal.append(given[first : first + BATCH])

    began = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return time.perf_counter() - began


async def waits(journal: Journal, given: Sequence[Draft], rate: int) -> list[float]:
    """Return how long (ms, sorted) each single record waited until it was durable, at `rate` a second."""
    times: list[float] = []

    async def one(draft: Draft) -> None:
        began = time.perf_counter()
        await journal.append([draft])
        times.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, draft in enumerate(given):
            await asyncio.sleep(began + number / rate - time.perf_counter())
            group.create_task(one(draft))
    return sorted(times)


async def fixes_per_second(journal: Journal, count: int, cars: int = 400) -> float:
    """Return fixes stored a second, one batch a second of the rally."""
    given = [
        StoredFix(
            received_at=START + n,
            origin=f"mqtt:rally/mille/fix/t{n % cars}",
            car=str(n % cars),
            fix=Fix(
                device=f"t{n % cars}", at=START + n, lat=33.7 + n / 1e7, lon=-116.4, speed=20.1, course=181.5
            ),
        )
        for n in range(count)
    ]
    began = time.perf_counter()
    for first in range(0, count, cars):
        await journal.append_fixes(given[first : first + cars])
    return count / (time.perf_counter() - began)


async def measure(folder: Path, rows: int, url: str | None) -> None:
    """Print every figure."""
    journal = open_journal(url or folder)
    took = await full_speed(journal, drafts(rows, boot=1))
    print(f"append, batches of {BATCH}: {rows / took:10,.0f} rows/s")
    stored = [
        (
            one.seq,
            one.received_at,
            one.origin,
            one.key,
            "stamp",
            encode_body(one.body).decode(),
            one.raw,
            one.hash,
        )
        for one in journal.read()
    ]
    plain = plain_sqlite(folder, stored)
    print(f"plain sqlite3 executemany: {rows / plain:10,.0f} rows/s   ratio {took / plain:.2f}")
    for boot, rate in enumerate((50, 500, 5000), start=2):
        times = await waits(journal, drafts(max(200, rate * 2), boot), rate)
        p99 = times[int(len(times) * 0.99)]
        print(
            f"wait until durable at {rate:5,} rows/s: p50 {statistics.median(times):.2f} ms, p99 {p99:.2f} ms"
        )
    print(f"fixes, 400 at once: {await fixes_per_second(journal, rows):10,.0f} rows/s")
    began = time.perf_counter()
    count = sum(1 for _ in journal.read())
    print(f"replay: {count / (time.perf_counter() - began):10,.0f} records/s")
    began = time.perf_counter()
    assert not journal.verify()
    print(f"verify: {count / (time.perf_counter() - began):10,.0f} records/s")
    await journal.close()


def main() -> None:
    """Read the command line and measure in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000, help="records at full speed")
    parser.add_argument("--url", help="an empty PostgreSQL database instead of a new SQLite file")
    parser.add_argument("--folder", type=Path, help="where the disk to measure is")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        asyncio.run(measure(Path(folder), given.rows, given.url))


if __name__ == "__main__":
    main()
