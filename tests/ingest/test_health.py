"""How the devices are doing, as the desk sees it."""

from dataclasses import replace

from tests.core.drives import START, fixes_of
from tests.ingest.conftest import COURSE, Station, later
from timing.core.instant import HOUR, SECOND
from timing.core.readings import Heartbeat, Stamp, SyncCheck


def stamp(n: int, at: int = START, **more: object) -> Stamp:
    plain = Stamp(device="gate", at=at, channel="1", boot=3, n=n)
    return replace(plain, **more)  # type: ignore[arg-type]


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
