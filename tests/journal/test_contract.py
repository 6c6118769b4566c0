"""What every journal promises, proved over SQLite and over a real PostgreSQL."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from timing.core.readings import Alert, AlertKind, Fix
from timing.core.records import body_key
from timing.journal.journal import (
    Journal,
    JournalClosedError,
    JournalDamagedError,
    JournalInUseError,
    Quarantined,
    StoredFix,
    open_journal,
    read_beside,
    verify_beside,
)
from timing.journal.record import NO_HASH, Draft, UnrecordableError
from timing.journal.store import PAGE

Drafts = Callable[..., Draft]
Fixes = Callable[..., StoredFix]
Sql = Callable[..., None]


@pytest.fixture
async def journal(target: str) -> AsyncIterator[Journal]:
    opened = open_journal(target)
    yield opened
    await opened.close()


async def test_an_empty_journal_has_no_head(journal: Journal) -> None:
    assert journal.head() == (0, NO_HASH)
    assert list(journal.read()) == []
    assert journal.verify() == []


async def test_records_are_numbered_from_one_and_read_back_equal(journal: Journal, draft: Drafts) -> None:
    appended = await journal.append([draft(1), draft(2), draft(3)])
    assert [record.seq for record in appended if record] == [1, 2, 3]
    assert list(journal.read()) == appended
    assert list(journal.read(after=2)) == appended[2:]
    assert appended[2] is not None
    assert journal.head() == (3, appended[2].hash)


async def test_a_known_key_is_refused_and_leaves_no_gap(journal: Journal, draft: Drafts) -> None:
    await journal.append([draft(1), draft(2)])
    again = await journal.append([draft(2), draft(3), draft(3), draft(1)])
    assert [record and record.seq for record in again] == [None, 3, None, None]
    assert [record.seq for record in journal.read()] == [1, 2, 3]
    assert journal.verify() == []


async def test_a_record_is_found_by_its_key(journal: Journal, draft: Drafts) -> None:
    (record,) = await journal.append([draft(1)])
    assert record is not None
    assert journal.find(body_key(draft(1).body)) == record
    assert journal.find("S/nobody/1/1") is None


async def test_many_callers_at_once_each_keep_their_order(journal: Journal, draft: Drafts) -> None:
    async def gate(number: int) -> None:
        for n in range(1, 41):
            await journal.append([draft(n, device=f"gate{number}")])

    await asyncio.gather(*(gate(number) for number in range(25)))
    records = list(journal.read())
    assert [record.seq for record in records] == list(range(1, 1001))
    seen: dict[str, list[int | None]] = {}
    for record in records:
        assert not isinstance(record.body, Alert)
        seen.setdefault(record.origin, []).append(getattr(record.body, "n", None))
    assert all(numbers == list(range(1, 41)) for numbers in seen.values())
    assert journal.verify() == []


async def test_calls_not_yet_awaited_keep_their_order(journal: Journal, draft: Drafts) -> None:
    waiting = [asyncio.create_task(journal.append([draft(n)])) for n in range(1, 101)]
    await asyncio.gather(*waiting)
    assert [getattr(record.body, "n", None) for record in journal.read()] == list(range(1, 101))


async def test_a_cancelled_caller_disturbs_nobody(journal: Journal, draft: Drafts) -> None:
    cancelled = asyncio.create_task(journal.append([draft(1)]))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    await journal.append([draft(2)])
    assert await journal.append([draft(1)]) == [None]
    assert [record.seq for record in journal.read()] == [1, 2]


async def test_a_reopened_journal_goes_on_where_it_ended(target: str, draft: Drafts) -> None:
    first = open_journal(target)
    await first.append([draft(1), draft(2)])
    head = first.head()
    await first.close()
    second = open_journal(target)
    assert second.head() == head
    records = await second.append([draft(2), draft(3)])
    assert [record and record.seq for record in records] == [None, 3]
    assert second.verify() == []
    await second.close()


async def test_a_second_process_is_refused_and_the_first_works_on(
    target: str, journal: Journal, draft: Drafts
) -> None:
    with pytest.raises(JournalInUseError, match="in use by another Rallykeeper"):
        open_journal(target)
    await journal.append([draft(1)])
    assert journal.head()[0] == 1


async def test_a_journal_is_read_and_proved_beside_its_writer(
    target: str, journal: Journal, draft: Drafts, tamper: Sql
) -> None:
    await journal.append([draft(1), draft(2)])
    assert await asyncio.to_thread(lambda: list(read_beside(target))) == list(journal.read())
    assert verify_beside(target, journal.head()) == []
    await asyncio.to_thread(tamper, "DELETE FROM records WHERE seq = 1")
    assert verify_beside(target) == ["record 1 is missing"]


@pytest.mark.parametrize("table", ["records", "fixes", "quarantine"])
@pytest.mark.parametrize("change", ["UPDATE {} SET received_at = 0", "DELETE FROM {}"])
async def test_the_database_itself_refuses_changes(
    journal: Journal, draft: Drafts, fix: Fixes, execute: Sql, table: str, change: str
) -> None:
    await journal.append([draft(1)])
    await journal.append_fixes([fix(1)])
    await journal.quarantine([_refused(1)])
    with pytest.raises(Exception, match=r"never|only grows"):
        await asyncio.to_thread(execute, change.format(table))
    assert (journal.head()[0], len(list(journal.read_fixes())), journal.quarantine_head()) == (1, 1, 1)


async def test_a_changed_record_is_named(journal: Journal, draft: Drafts, tamper: Sql, target: str) -> None:
    await journal.append([draft(n) for n in range(1, 8)])
    change = "UPDATE records SET body = replace(body, '\"17\"', '\"71\"') WHERE seq = 4"
    await asyncio.to_thread(tamper, change)
    assert journal.verify() == [
        "record 4 was changed after it was written, or the hash of record 3 was",
    ]
    await journal.close()
    with pytest.raises(JournalDamagedError, match="record 4 was changed"):
        open_journal(target)


async def test_a_missing_record_is_named(journal: Journal, draft: Drafts, tamper: Sql, target: str) -> None:
    await journal.append([draft(n) for n in range(1, 8)])
    await asyncio.to_thread(tamper, "DELETE FROM records WHERE seq IN (3, 4, 6)")
    assert journal.verify() == ["records 3 to 4 are missing", "record 6 is missing"]
    await journal.close()
    with pytest.raises(JournalDamagedError, match="records 3 to 4 are missing"):
        open_journal(target)


async def test_reordered_records_are_named(journal: Journal, draft: Drafts, tamper: Sql) -> None:
    await journal.append([draft(n) for n in range(1, 8)])
    swap = [f"UPDATE records SET seq = {new} WHERE seq = {old}" for old, new in ((3, 99), (4, 3), (99, 4))]
    await asyncio.to_thread(tamper, *swap)
    faults = journal.verify()
    assert "record 3 is in the wrong place: it was written as record 4" in faults
    assert "record 4 is in the wrong place: it was written as record 3" in faults


async def test_records_cut_off_at_the_end_show_against_a_known_head(
    journal: Journal, draft: Drafts, tamper: Sql
) -> None:
    await journal.append([draft(n) for n in range(1, 8)])
    certified = journal.head()
    assert journal.verify(certified) == []
    await asyncio.to_thread(tamper, "DELETE FROM records WHERE seq > 5")
    assert journal.verify() == []
    assert journal.verify(certified) == ["records after 5 are missing: record 7 is expected"]


async def test_fixes_are_stored_exactly_and_once(journal: Journal, fix: Fixes) -> None:
    full = fix(1, speed=20.1, course=181.5, accuracy=3.5, altitude=-7.25, battery=88, boot=2, retained=True)
    assert journal.fixes_head() == 0
    assert await journal.append_fixes([full, fix(2), full]) == [True, True, False]
    assert await journal.append_fixes([fix(2), fix(3)]) == [False, True]
    stored = list(journal.read_fixes())
    assert [one._replace(seq=0) for one in stored] == [full, fix(2), fix(3)]
    assert [one.seq for one in stored] == sorted({one.seq for one in stored})
    assert journal.fixes_head() == stored[-1].seq


async def test_fixes_are_read_by_device_and_time_in_order_of_time(journal: Journal, fix: Fixes) -> None:
    late_first = [fix(n) for n in (5, 3, 4, 1, 2)]
    await journal.append_fixes([fix(n, device="other") for n in range(9)] + late_first)
    read = journal.read_fixes(device="t1", since=fix(2).fix.at, until=fix(5).fix.at)
    assert [one.fix.n for one in read] == [2, 3, 4]
    assert [one.fix.n for one in journal.read_fixes(since=fix(4).fix.at)] == [4, 5, 6, 7, 8, 5, 4]
    assert list(journal.read_fixes(device="nobody")) == []


async def test_pages_of_fixes_lose_and_repeat_nothing(journal: Journal, fix: Fixes) -> None:
    # Many fixes at one instant lie across the border of two pages.
    crowd = [fix(1, lat=40 + n / 1000) for n in range(PAGE + 50)]
    await journal.append_fixes([*crowd, fix(2)])
    for read in (list(journal.read_fixes()), list(journal.read_fixes(device="t1"))):
        assert len(read) == PAGE + 51
        assert len({one.seq for one in read}) == PAGE + 51
    after = next(journal.read_fixes()).seq
    assert len(list(journal.read_fixes(after_seq=after))) == PAGE + 50
    assert journal.fixes_head() == list(journal.read_fixes())[-1].seq


async def test_records_go_ahead_of_waiting_fixes(journal: Journal, draft: Drafts, fix: Fixes) -> None:
    bulk = asyncio.create_task(journal.append_fixes([fix(n) for n in range(30_000)]))
    await asyncio.sleep(0)
    await journal.append([draft(1)])
    assert not bulk.done()
    assert all(await bulk)


async def test_strange_texts_and_bytes_come_back_as_they_were(journal: Journal, draft: Drafts) -> None:
    raw = b'{"a":1,\n\t"b":"\xff\x00"}\r\n'
    odd = "g\\u0041\x00\ud83d\n\u2028é🚗'\""
    given = replace(draft(1, device=odd, raw=raw), origin=f"mqtt:{odd}")
    (record,) = await journal.append([given])
    assert record is not None
    assert (record.body, record.origin, record.raw) == (given.body, given.origin, raw)
    assert list(journal.read()) == [record]
    assert journal.find(record.key) == record
    assert await journal.append([given]) == [None]
    place = StoredFix(received_at=1, origin=odd, car=odd, fix=Fix(device=odd, at=1, lat=0.1, lon=-0.0))
    await journal.append_fixes([place])
    assert [one._replace(seq=0) for one in journal.read_fixes(device=odd)] == [place]
    await journal.quarantine([replace(_refused(1), detail=odd, device=odd, raw=raw)])
    assert journal.read_quarantine()[0].detail == odd
    assert journal.verify() == []


async def test_what_cannot_be_written_is_refused_alone(journal: Journal, draft: Drafts, fix: Fixes) -> None:
    alert = Alert(device="t1", at=1, kind=AlertKind.SOS, lat=math.nan, lon=0.0)
    for body in (alert, replace(alert, lat=0.0, at=1 << 70), replace(alert, lat=0.0, device="x" * 9000)):
        with pytest.raises(UnrecordableError):
            await journal.append([draft(1), replace(draft(2), body=body)])
    for bad in (fix(1, lat=math.inf), fix(1, battery=1 << 63), fix(1, device="x" * 9000)):
        with pytest.raises(UnrecordableError):
            await journal.append_fixes([fix(2), bad])
    assert list(journal.read_fixes()) == []
    assert [record and record.seq for record in await journal.append([draft(1)])] == [1]


async def test_a_key_as_long_as_allowed_can_be_indexed(journal: Journal, draft: Drafts) -> None:
    device = "".join(chr(0x4E00 + n) for n in range(660))
    assert [record and record.seq for record in await journal.append([draft(1, device=device)])] == [1]


async def test_refused_messages_are_kept_in_order_and_counted(journal: Journal) -> None:
    await journal.quarantine([_refused(1), _refused(2)])
    await journal.quarantine([_refused(3)])
    await journal.quarantine([])
    kept = journal.read_quarantine()
    assert [replace(one, seq=0) for one in kept] == [_refused(1), _refused(2), _refused(3)]
    assert [one.seq for one in kept] == [1, 2, 3]
    assert [one.seq for one in journal.read_quarantine(after=1, limit=1)] == [2]
    assert journal.quarantine_head() == 3


async def test_a_checkpoint_replaces_the_older_one(journal: Journal) -> None:
    assert journal.load_checkpoint("tracking") is None
    await journal.checkpoint("tracking", b"one")
    await journal.checkpoint("tracking", b"\x00two")
    assert journal.load_checkpoint("tracking") == b"\x00two"


async def test_closing_writes_what_waits_and_then_refuses(target: str, draft: Drafts, fix: Fixes) -> None:
    journal = open_journal(target)
    waiting = [asyncio.create_task(journal.append([draft(n)])) for n in range(1, 51)]
    bulk = asyncio.create_task(journal.append_fixes([fix(n) for n in range(5000)]))
    await asyncio.sleep(0)
    await journal.close()
    await journal.close()
    assert len(await asyncio.gather(*waiting)) == 50
    assert all(await bulk)
    with pytest.raises(JournalClosedError):
        await journal.append([draft(99)])
    with pytest.raises(JournalClosedError):
        journal.read()
    again = open_journal(target)
    assert again.head()[0] == 50
    assert sum(1 for _ in again.read_fixes()) == 5000
    await again.close()


def _refused(n: int) -> Quarantined:
    return Quarantined(
        received_at=n,
        origin="serial:/dev/ttyUSB0",
        device="t1",
        raw=b"\xff\x00" * n,
        reason="checksum",
        detail="found 3F, expected 40",
    )
