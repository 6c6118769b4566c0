"""The one way in, over a real journal: nothing acknowledged is lost, nothing counts twice."""

import asyncio
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.drives import START, fixes_of
from tests.ingest.conftest import COURSE, Station, later, running
from timing.core.decisions import AssignCar, Decision, Role
from timing.core.instant import HOUR, MINUTE, SECOND
from timing.core.readings import Heartbeat, Rejected, Source, Stamp, SyncCheck
from timing.core.records import Record
from timing.ingest import Arrival, IngestEndedError, Limits
from timing.journal.journal import Journal, JournalFailedError, StoredFix, open_journal
from timing.journal.record import Draft


def stamp(n: int, at: int = START, **more: object) -> Stamp:
    plain = Stamp(device="gate", at=at, channel="1", boot=3, n=n)
    return replace(plain, **more)  # type: ignore[arg-type]


async def test_a_stamp_is_in_the_journal_before_it_is_acknowledged(station: Station) -> None:
    heads: list[int] = []
    one = Arrival(
        origin="mqtt:a",
        received_at=START,
        readings=(stamp(1),),
        ack=lambda: heads.append(station.journal.head()[0]),
    )
    await station.ingest.submit([one])
    await station.until(lambda: bool(heads))
    assert heads == [1]
    (record,) = station.journal.read()
    assert (record.body, record.origin, record.received_at) == (stamp(1), "mqtt:a", START)


async def test_the_same_message_three_times_is_one_reading(station: Station) -> None:
    for _ in range(3):
        await station.take(stamp(17))
    assert len(list(station.journal.read())) == 1
    assert station.acked == ["one"] * 3
    assert station.ingest.counters["duplicates"] == 2
    assert station.ingest.health.of("gate").duplicates == 2
    assert len(station.news) == 1


async def test_three_times_in_one_batch_is_one_reading_too(station: Station) -> None:
    await station.take_all([station.arrival(stamp(17)) for _ in range(3)])
    assert len(list(station.journal.read())) == 1


async def test_two_cars_at_one_instant_at_one_line_are_both_kept(station: Station) -> None:
    hand = Stamp(device="hand", at=START, control="PC1", source=Source.M)
    await station.take(replace(hand, car="7"), replace(hand, car="8"))
    assert {record.body.car for record in station.journal.read() if isinstance(record.body, Stamp)} == {
        "7",
        "8",
    }


async def test_a_device_that_counts_from_the_start_again_is_shown_and_not_lost(station: Station) -> None:
    await station.take(stamp(1, START))
    await station.take(stamp(1, START + HOUR))
    assert station.acked == ["one", "one"]
    (refused,) = station.journal.read_quarantine()
    assert refused.reason == "identity_reused"
    assert refused.raw == b"raw"


async def test_bad_bytes_are_kept_and_acknowledged_and_the_next_message_passes(
    station: Station,
) -> None:
    bad = Rejected(raw=b"Bj\xf6rn", reason="encoding", detail="not UTF-8", device="gate")
    await station.take(bad)
    await station.take(stamp(2))
    (kept,) = station.journal.read_quarantine()
    assert (kept.raw, kept.reason, kept.device) == (b"Bj\xf6rn", "encoding", "gate")
    assert station.ingest.health.of("gate").rejected == {"encoding": 1}
    assert station.ingest.counters["rejected"] == 1
    assert [news.refused[0].reason for news in station.news if news.refused] == ["encoding"]


async def test_one_good_frame_beside_a_bad_one_counts(station: Station) -> None:
    await station.take(Rejected(raw=b"?", reason="checksum", detail="", device="gate"), stamp(1))
    assert len(list(station.journal.read())) == 1
    assert len(station.journal.read_quarantine()) == 1


async def test_a_number_that_cannot_be_written_costs_only_its_own_reading(station: Station) -> None:
    (good,) = fixes_of(COURSE.drive(1.0, end=0.0))
    await station.take(replace(good, speed=math.nan), good, stamp(1))
    await station.take(stamp(2, at=1 << 70), stamp(3))
    assert [record.body for record in station.journal.read()] == [stamp(1), stamp(3)]
    assert [stored.fix for stored in station.journal.read_fixes()] == [good]
    assert {kept.reason for kept in station.journal.read_quarantine()} == {"unrecordable"}


async def test_a_decision_of_a_page_changes_the_rally_and_is_told(station: Station) -> None:
    line = Stamp(device="beam", at=later(100), control="PC1", source=Source.A)
    await station.take(line)
    (record,) = station.journal.read()
    ruling = Decision(
        id="d1", act=AssignCar(record.key, "7"), author="T", role=Role.TIMEKEEPER, at=later(160)
    )
    await station.take(ruling)
    assert station.rally.control_state("PC1").arrived["7"].at == line.at
    assert "7" in station.news[-1].changes.cars
    assert station.news[-1].records[0].body == ruling


async def test_a_crossing_found_by_position_is_journalled_with_its_proof(station: Station) -> None:
    fixes = fixes_of(COURSE.drive(20.0, end=700))
    await station.take_all([station.arrival(fix, at=fix.at) for fix in fixes])
    await station.until(lambda: station.journal.head()[0] == 1)
    (record,) = station.journal.read()
    assert isinstance(record.body, Stamp)
    assert (record.origin, record.body.control, record.body.car) == ("tracks:t1", "PC1", "7")
    assert record.body.source is Source.G
    assert record.body.at == pytest.approx(START + 25 * SECOND, abs=SECOND)
    proof = record.body.crossing
    assert proof is not None
    assert proof.before_m < 0 <= proof.after_m
    assert [stored.car for stored in station.journal.read_fixes()] == ["7"] * len(fixes)
    position = station.tracking.position("7")
    assert position is not None
    assert position.at == fixes[-1].at
    assert any("7" in news.moved for news in station.news)


async def test_a_crossing_lost_in_a_crash_is_found_again_at_the_start(tmp_path: Path) -> None:
    fixes = fixes_of(COURSE.drive(20.0, end=1_700))
    journal = open_journal(tmp_path)
    stored = [StoredFix(received_at=fix.at, origin="mqtt:x", fix=fix, car="7") for fix in fixes]
    await journal.append_fixes(stored)
    async with running(journal) as station:
        found = [record.body for record in journal.read()]
        assert [body.control for body in found if isinstance(body, Stamp)] == ["PC1", "PC2", "PC3"]
        assert station.rally.control_state("PC2").arrived["7"].at == found[1].at
    async with running(journal):
        assert [record.body for record in journal.read()] == found
    await journal.close()


@pytest.mark.parametrize("cut", [60, 101, 150])
async def test_a_restart_in_the_middle_gives_what_an_unbroken_run_gives(tmp_path: Path, cut: int) -> None:
    fixes = fixes_of(COURSE.drive(20.0))
    whole = open_journal(tmp_path / "whole")
    async with running(whole) as one:
        await one.take_all([one.arrival(fix, at=fix.at) for fix in fixes])
    broken = open_journal(tmp_path / "broken")
    async with running(broken) as first:
        await first.take_all([first.arrival(fix, at=fix.at) for fix in fixes[:cut]])
    async with running(broken) as second:
        assert second.tracking.position("7") == first.tracking.position("7")
        await second.take_all([second.arrival(fix, at=fix.at) for fix in fixes[cut - 20 :]])
    bodies = [record.body for record in whole.read()]
    assert [record.body for record in broken.read()] == bodies
    assert len(bodies) == 7
    assert second.tracking.position("7") == one.tracking.position("7")
    await whole.close()
    await broken.close()


async def test_a_damaged_checkpoint_only_costs_time(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    async with running(journal) as first:
        await first.take_all([first.arrival(fix, at=fix.at) for fix in fixes_of(COURSE.drive(20.0))])
    await journal.checkpoint("positions", b'{"fixes": 3, "tracking": {"v": 99}}')
    async with running(journal) as second:
        assert second.tracking.position("7") == first.tracking.position("7")
    assert journal.head()[0] == 7
    await journal.close()


async def test_a_replay_gives_the_same_rally_and_knows_what_comes_again(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    readings = [
        Stamp(device="beam", at=later(50 + i), control="PC1", source=Source.A, car=car)
        for i, car in enumerate(("7", "8"))
    ]
    async with running(journal) as first:
        await first.take(*readings)
    async with running(journal) as second:
        assert second.rally.classification("overall") == first.rally.classification("overall")
        assert second.rally.control_state("PC1") == first.rally.control_state("PC1")
        await second.take(*readings)
        assert second.ingest.counters["duplicates"] == 2
        assert second.acked == ["one"]
    assert journal.head()[0] == 2
    await journal.close()


async def test_any_order_and_any_repetition_give_the_same_rally(tmp_path: Path) -> None:
    readings = [
        Stamp(device="beam", at=later(60 * c + 30 * i), control=f"PC{c}", source=Source.A, car=car)
        for c in range(1, 8)
        for i, car in enumerate(("7", "8"))
    ]
    outcomes = []
    for seed in range(3):
        journal = open_journal(tmp_path / str(seed))
        async with running(journal) as station:
            shuffled = random.Random(seed).sample(readings * 3, len(readings) * 3)
            await station.take_all([station.arrival(reading) for reading in shuffled])
        outcomes.append([station.rally.control_state(f"PC{c}").arrived for c in range(1, 8)])
        assert journal.head()[0] == len(readings)
        await journal.close()
    plain = [{car: chosen.at for car, chosen in state.items()} for state in outcomes[0]]
    for outcome in outcomes[1:]:
        assert [{car: chosen.at for car, chosen in state.items()} for state in outcome] == plain


class Slow:
    """A journal whose writes wait for a gate: the real one beneath, as on a slow disk."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.gate = asyncio.Event()
        self.broken: Exception | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)

    async def append(self, batch: Sequence[Draft]) -> list[Record | None]:
        await self.gate.wait()
        if self.broken is not None:
            raise self.broken
        return await self._journal.append(batch)

    async def append_fixes(self, batch: Sequence[StoredFix]) -> list[bool]:
        await self.gate.wait()
        return await self._journal.append_fixes(batch)


def slow(journal: Journal) -> tuple[Slow, Journal]:
    wrapped = Slow(journal)
    return wrapped, wrapped  # type: ignore[return-value]


async def test_nothing_is_acknowledged_while_the_disk_is_busy(journal: Journal) -> None:
    gate, busy = slow(journal)
    async with running(busy) as station:
        await station.ingest.submit([station.arrival(stamp(n), name=str(n)) for n in range(5)])
        await asyncio.sleep(0.05)
        assert station.acked == []
        assert station.news == []
        gate.gate.set()
        await station.until(lambda: len(station.acked) == 5)


async def test_stamps_pass_waiting_fixes(journal: Journal) -> None:
    gate, busy = slow(journal)
    async with running(busy) as station:
        fixes = fixes_of(COURSE.drive(20.0))
        await station.ingest.submit([station.arrival(fix, name="fix") for fix in fixes])
        await station.ingest.submit([station.arrival(stamp(1), name="stamp")])
        await asyncio.sleep(0.02)
        gate.gate.set()
        await station.until(lambda: len(station.acked) == len(fixes) + 1)
        assert "stamp" in station.acked[:3]


async def test_a_full_queue_holds_back_stamps_and_drops_none(journal: Journal) -> None:
    gate, busy = slow(journal)
    async with running(busy, Limits(urgent=10, batch=5)) as station:
        sender = asyncio.create_task(
            station.ingest.submit([station.arrival(stamp(n), name=str(n)) for n in range(100)])
        )
        await asyncio.sleep(0.05)
        assert not sender.done()
        assert station.ingest.waiting[0] == 10
        gate.gate.set()
        await asyncio.wait_for(sender, 10)
        await station.until(lambda: len(station.acked) == 100)
    assert journal.head()[0] == 100


async def test_only_the_oldest_fixes_are_dropped_and_counted_when_the_disk_does_not_keep_up(
    journal: Journal,
) -> None:
    gate, busy = slow(journal)
    fixes = fixes_of(COURSE.drive(20.0))
    async with running(busy, Limits(fixes=50, batch=10, patience=0.01)) as station:
        await station.ingest.submit([station.arrival(fix) for fix in fixes[:100]])
        gate.gate.set()
        await station.until(lambda: len(station.acked) == 100)
        dropped = station.ingest.counters["dropped_fixes"]
    stored = [one.fix for one in journal.read_fixes()]
    assert dropped == 100 - len(stored) > 0
    assert stored[-1] == fixes[99]


async def test_a_failing_journal_ends_ingest_and_acknowledges_nothing(
    journal: Journal,
) -> None:
    gate, broken = slow(journal)
    gate.broken = JournalFailedError("disk full")
    gate.gate.set()
    station = Station(broken)
    task = asyncio.create_task(station.ingest.run())
    await station.ingest.submit([station.arrival(stamp(1))])
    with pytest.raises(JournalFailedError, match="disk full"):
        await asyncio.wait_for(task, 10)
    assert station.acked == []
    with pytest.raises(IngestEndedError):
        await station.ingest.submit([station.arrival(stamp(2))])


async def test_a_sender_that_waits_is_told_when_ingest_ends(journal: Journal) -> None:
    _gate, busy = slow(journal)
    station = Station(busy, Limits(urgent=1))
    task = asyncio.create_task(station.ingest.run())
    sender = asyncio.create_task(station.ingest.submit([station.arrival(stamp(n)) for n in range(5)]))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(IngestEndedError):
        await asyncio.wait_for(sender, 10)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_finishing_stores_what_is_queued(journal: Journal) -> None:
    async with running(journal) as station:
        await station.ingest.submit([station.arrival(stamp(n)) for n in range(2_000)])
    assert journal.head()[0] == 2_000
    assert len(station.acked) == 2_000


async def test_a_failing_acknowledgement_does_not_stop_the_others(station: Station) -> None:
    def fails() -> None:
        raise ConnectionError("the broker has gone")

    one = Arrival(origin="mqtt:a", received_at=START, readings=(stamp(1),), ack=fails)
    await station.ingest.submit([one])
    await station.take(stamp(2))
    assert station.ingest.counters["ack_failed"] == 1
    assert station.journal.head()[0] == 2


async def test_a_retained_place_is_kept_and_times_nothing(station: Station) -> None:
    fixes = [replace(fix, retained=True) for fix in fixes_of(COURSE.drive(20.0, end=700))]
    await station.take_all([station.arrival(fix, at=START + HOUR) for fix in fixes])
    assert station.journal.head()[0] == 0
    position = station.tracking.position("7")
    assert position is not None
    assert position.retained
    assert station.ingest.health.of("t1").heard_at is None


async def test_a_jump_is_shown_in_the_quarantine_and_counts_as_heard(station: Station) -> None:
    first, second = fixes_of(COURSE.drive(20.0, end=20))
    await station.take(first, at=first.at)
    await station.take(replace(second, lon=second.lon + 0.04), at=second.at)
    await station.until(lambda: bool(station.journal.read_quarantine()))
    (refused,) = station.journal.read_quarantine()
    assert (refused.reason, refused.origin) == ("impossible_speed", "mqtt:rally/test")
    assert station.ingest.health.of("t1").rejected == {"impossible_speed": 1}
    position = station.tracking.position("7")
    assert position is not None
    assert (position.at, position.heard_at) == (first.at, second.at)


async def test_a_message_without_a_place_refreshes_heard_only(station: Station) -> None:
    (first,) = fixes_of(COURSE.drive(1.0, end=0.0))
    await station.take(first, at=first.at)
    await station.take(Heartbeat(device="t1", at=later(40), battery=77, spool=4), at=later(41))
    position = station.tracking.position("7")
    assert position is not None
    assert (position.at, position.heard_at) == (first.at, later(41))
    health = station.ingest.health.of("t1")
    assert (health.battery, health.spool, health.heard) == (
        77,
        4,
        {"fix": first.at, "heartbeat": later(41)},
    )


async def test_an_unknown_tracker_is_stored_and_moves_nobody(station: Station) -> None:
    (fix,) = fixes_of(COURSE.drive(1.0, end=0.0), device="stranger")
    await station.take(fix)
    assert [stored.car for stored in station.journal.read_fixes()] == [None]
    assert station.ingest.counters["unknown_trackers"] == 1
    assert station.tracking.cars() == ()


async def test_a_clock_set_by_three_hours_is_counted_and_moves_no_time(station: Station) -> None:
    await station.take(stamp(1))
    station.clock.set(START + 3 * HOUR)
    await station.take(stamp(2, at=START + MINUTE))
    assert station.ingest.counters["clock_steps"] == 1
    assert [record.body.at for record in station.journal.read()] == [START, START + MINUTE]


async def test_positions_are_kept_every_minute_of_the_clock(station: Station) -> None:
    first, second, third = fixes_of(COURSE.drive(20.0, end=40))
    await station.take(first)
    assert station.journal.load_checkpoint("positions") is None
    station.clock.advance(MINUTE)
    await station.take(second)
    await station.until(lambda: station.journal.load_checkpoint("positions") is not None)
    kept = station.journal.load_checkpoint("positions")
    await station.take(third)
    assert station.journal.load_checkpoint("positions") == kept


async def test_a_clock_offset_shows_and_a_check_against_a_reference_outweighs_it(station: Station) -> None:
    for n in range(10):
        await station.take(stamp(n, at=later(n) + 2 * SECOND), at=later(n))
    assert station.ingest.health.of("gate").clock_offset == 2 * SECOND
    await station.take(
        SyncCheck(device="gate", at=later(20), offset=1_900_000, uncertainty=1_000), at=later(20)
    )
    health = station.ingest.health.of("gate")
    assert (health.clock_offset, health.clock_checked) == (1_900_000, True)


async def test_an_old_queue_says_nothing_about_a_clock(station: Station) -> None:
    for n in range(10):
        await station.take(stamp(n, at=later(n)), at=later(HOUR / SECOND + n))
    assert station.ingest.health.of("gate").clock_offset is None


async def test_fixes_may_dry_up_while_stamps_go_on_and_that_shows(station: Station) -> None:
    (fix,) = fixes_of(COURSE.drive(1.0, end=0.0), device="unit")
    await station.take(fix, at=START)
    await station.take(Stamp(device="unit", at=later(600), channel="1"), at=later(600))
    assert station.ingest.health.of("unit").heard == {"fix": START, "stamp": later(600)}
