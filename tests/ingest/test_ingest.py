"""The one way in, over a real journal: nothing acknowledged is lost, nothing counts twice."""

import math
from dataclasses import replace

import pytest

from tests.core.drives import START, fixes_of
from tests.ingest.conftest import COURSE, Station, later
from timing.core.decisions import AssignCar, Decision, Role
from timing.core.instant import HOUR, MINUTE, SECOND
from timing.core.readings import Rejected, Source, Stamp
from timing.ingest import Arrival


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
    await station.until(lambda: station.ingest.counters["rejected"] == 1)
    (refused,) = station.journal.read_quarantine()
    assert (refused.reason, refused.origin) == ("impossible_speed", "mqtt:rally/test")
    assert station.ingest.health.of("t1").rejected == {"impossible_speed": 1}
    position = station.tracking.position("7")
    assert position is not None
    assert (position.at, position.heard_at) == (first.at, second.at)


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
