"""Crashes and restarts: the journal gives back the same rally, positions and crossings."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.drives import fixes_of
from tests.ingest.conftest import COURSE, Station, later, running
from timing.core.instant import MINUTE
from timing.core.readings import Source, Stamp, StampMark
from timing.core.records import first_key
from timing.journal.journal import StoredFix, open_journal
from timing.journal.record import Draft


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


async def test_an_old_journals_keyed_time_that_comes_again_from_a_devices_memory_is_known(
    tmp_path: Path,
) -> None:
    journal = open_journal(tmp_path)
    keyed = Stamp(device="G1", at=later(50), channel="C0", car="7", marks=(StampMark.MANUAL,))
    await journal.append([Draft(received_at=later(51), origin="serial:x", body=keyed, key=first_key(keyed))])
    async with running(journal) as station:
        await station.take(replace(keyed, marks=(StampMark.MEMORY, StampMark.MANUAL)))
        assert station.ingest.counters["duplicates"] == 1
    assert journal.head()[0] == 1
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
