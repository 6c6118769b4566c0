"""A tracker that was swapped, and somebody said so only later: the drives are as if it had been known."""

from pathlib import Path

from tests.core.drives import START, fixes_of
from tests.ingest.conftest import COURSE, Station, later, running
from timing.core.decisions import Decision, Role, Withdraw
from timing.core.device_acts import AssignTracker
from timing.core.readings import Stamp
from timing.journal.journal import Journal, open_journal


def ruled(ident: str, act: AssignTracker | Withdraw, at: float = 900) -> Decision:
    return Decision(id=ident, act=act, author="A", role=Role.CLERK, at=later(at))


def counted(station: Station) -> dict[str, set[str]]:
    """The controls at which each car has a time by satellite that counts."""
    found: dict[str, set[str]] = {"7": set(), "8": set()}
    for control in station.rally.event.itinerary.controls:
        for stamp in station.rally.control_state(control).stamps.values():
            if stamp.car in found and "T9 was" not in stamp.reason and "t2 was" not in stamp.reason:
                found[stamp.car].add(control)
    return found


async def drive(station: Station, device: str) -> None:
    for i, fix in enumerate(fixes_of(COURSE.drive(20.0), device=device)):
        await station.take(fix, at=max(fix.at, START + i))


async def test_a_spare_tracker_that_nobody_knew_gives_its_car_the_whole_drive_once_it_is_named(
    station: Station,
) -> None:
    await drive(station, "T9")
    assert counted(station) == {"7": set(), "8": set()}
    await station.take(ruled("r1", AssignTracker("T9", START, "7")), at=later(900))
    await station.until(lambda: len(counted(station)["7"]) >= 7)
    assert counted(station)["8"] == set()
    position = station.tracking.position("7")
    assert position is not None
    assert position.metres is not None
    assert position.metres > 3_000


async def test_what_a_tracker_said_in_the_wrong_car_counts_for_the_right_one_and_taken_back_for_the_other(
    station: Station,
) -> None:
    await drive(station, "t2")
    await station.until(lambda: len(counted(station)["8"]) >= 7)
    await station.take(ruled("r1", AssignTracker("t2", START, "7")), at=later(900))
    await station.until(lambda: len(counted(station)["7"]) >= 7)
    assert counted(station)["8"] == set()
    assert station.tracking.position("8") is None
    await station.take(ruled("r2", Withdraw("r1"), 960), at=later(960))
    await station.until(lambda: station.tracking.position("8") is not None)
    await station.until(lambda: len(counted(station)["8"]) >= 7)
    assert station.tracking.position("7") is None


async def test_a_restart_knows_the_swap_whatever_was_kept_before_it(tmp_path: Path) -> None:
    journal: Journal = open_journal(tmp_path / "data")
    async with running(journal) as station:
        await drive(station, "t2")
        await station.until(lambda: len(counted(station)["8"]) >= 7)
    # The positions are kept now; a decision after that, and a power cut before they are kept again.
    async with running(journal) as station:
        await station.take(ruled("r1", AssignTracker("t2", START, "7")), at=later(900))
        await station.until(lambda: len(counted(station)["7"]) >= 7)
        wanted = counted(station)
    await journal.close()
    again: Journal = open_journal(tmp_path / "data")
    async with running(again) as station:
        assert counted(station) == wanted
        assert station.tracking.position("7") is not None
        assert station.tracking.position("8") is None
    await again.close()


async def test_the_part_before_the_swap_stays_with_the_first_car(station: Station) -> None:
    fixes = fixes_of(COURSE.drive(20.0), device="t2")
    middle = fixes[len(fixes) // 2].at
    await drive(station, "t2")
    await station.until(lambda: len(counted(station)["8"]) >= 7)
    before = {
        record.body.control
        for record in station.journal.read()
        if isinstance(record.body, Stamp) and record.body.crossing is not None and record.body.at < middle
    }
    await station.take(ruled("r1", AssignTracker("t2", middle, "7")), at=later(900))
    await station.until(lambda: counted(station)["8"] == before)
    await station.until(lambda: station.tracking.position("7") is not None)
    position = station.tracking.position("7")
    assert position is not None
    assert position.at >= middle


async def test_a_fix_from_before_the_swap_that_arrives_after_it_is_of_the_car_it_was_in_then(
    station: Station,
) -> None:
    fixes = fixes_of(COURSE.drive(20.0), device="t2")
    middle = fixes[len(fixes) // 2].at
    await station.take(ruled("r1", AssignTracker("t2", middle, "7")), at=later(900))
    # Out of the radio's memory: all of it is sent long after the swap is known.
    for i, fix in enumerate(fixes):
        await station.take(fix, at=later(1_000 + i))
    await station.until(lambda: bool(counted(station)["7"]) and bool(counted(station)["8"]))
    first, second = station.tracking.position("8"), station.tracking.position("7")
    assert first is not None
    assert second is not None
    assert first.at < middle <= second.at
    for car, before in (("8", True), ("7", False)):
        for control in counted(station)[car]:
            (at,) = [
                stamp.at
                for stamp in station.rally.control_state(control).stamps.values()
                if stamp.car == car and "t2 was" not in stamp.reason
            ]
            assert (at < middle) is before
