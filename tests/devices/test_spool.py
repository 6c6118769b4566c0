import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.spool import Line, Spool, SpoolError
from timing.core.instant import SECOND, parse_instant

NOW = parse_instant("2026-06-06T15:00:00Z")


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path / "deep" / "spool", now=NOW, machine="on-1", most=10)
    yield made
    made.close()


def line(spool: Spool, n: int, *, chatter: bool = False) -> Line:
    return Line(
        boot=spool.boot, n=n, device="timer-1", read_at=NOW + n, mono=n, data=b"line %d" % n, machine="on-1",
        chatter=chatter,
    )  # fmt: skip


def test_lines_stay_until_they_are_freed_and_come_in_the_order_of_reading(spool: Spool) -> None:
    lines = [line(spool, n) for n in (1, 2, 4)]
    spool.append(lines)
    assert spool.after((0, 0), 10) == lines
    assert spool.after(lines[0].key, 1) == [lines[1]]
    assert spool.get([lines[2].key, (spool.boot, 3)]) == [lines[2]]
    assert spool.free([lines[0].key, lines[2].key, (1, 1)]) == 2
    assert spool.after((0, 0), 10) == [lines[1]]
    assert spool.depth == 1


def test_what_was_told_of_a_line_is_told_again_after_a_restart(tmp_path: Path) -> None:
    first = Spool(tmp_path / "spool", now=NOW, machine="on-1")
    kept = line(first, 1)
    first.append([kept])
    told = Line(
        **{name: getattr(kept, name) for name in Line.__slots__ if name != "told_at"}, told_at=NOW + 5
    )
    first.tell([told])
    first.close()
    second = Spool(tmp_path / "spool", now=NOW, machine="on-2")
    assert second.after((0, 0), 10) == [told]
    assert second.depth == 1
    second.close()


def test_each_start_has_a_number_that_no_earlier_one_had_whatever_the_clock_says(tmp_path: Path) -> None:
    boots = []
    for now in (NOW, NOW, NOW - 90 * SECOND, 0, NOW + 60 * SECOND):
        spool = Spool(tmp_path / "spool", now=now, machine="on-1")
        boots.append(spool.boot)
        spool.close()
    assert boots == sorted(set(boots))
    lost = Spool(tmp_path / "another", now=NOW + 61 * SECOND, machine="on-1")
    assert lost.boot > boots[-1], "also when the spool was lost"
    lost.close()


def test_when_it_is_full_chatter_goes_the_oldest_first_and_a_timers_line_never(spool: Spool) -> None:
    spool.append([line(spool, n, chatter=n % 2 == 0) for n in range(1, 11)])
    spool.append([line(spool, 11), line(spool, 12)])
    assert [kept.n for kept in spool.after((0, 0), 20)] == [1, 3, 5, 6, 7, 8, 9, 10, 11, 12]
    assert (spool.dropped, spool.depth) == (2, 10)
    spool.append([line(spool, n) for n in (13, 14, 15)])
    assert spool.dropped == 5
    with pytest.raises(SpoolError, match="no more fit"):
        spool.append([line(spool, 16)])
    assert [kept.n for kept in spool.after((0, 0), 20)] == [1, 3, 5, 7, 9, 11, 12, 13, 14, 15]
    spool.free([(spool.boot, 1)])
    spool.append([line(spool, 16)])
    assert spool.depth == 10


def test_a_line_that_is_there_already_is_kept_once(spool: Spool) -> None:
    spool.append([line(spool, 1)])
    spool.append([line(spool, 1), line(spool, 2)])
    assert spool.depth == 2


def test_a_disk_that_takes_nothing_is_said_and_nothing_is_half_taken(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", now=NOW, machine="on-1")
    spool.append([line(spool, 1)])
    spool._db.execute("PRAGMA query_only = ON")  # noqa: SLF001 - as a file system that went read-only
    with pytest.raises(SpoolError):
        spool.append([line(spool, 2), line(spool, 3)])
    with pytest.raises(SpoolError):
        spool.free([(spool.boot, 1)])
    spool._db.execute("PRAGMA query_only = OFF")  # noqa: SLF001
    spool.append([line(spool, 4)])
    assert [kept.n for kept in spool.after((0, 0), 9)] == [1, 4]
    assert spool.depth == 2
    spool.close()


def test_the_services_clock_is_kept_for_the_machines_whole_time_on(tmp_path: Path) -> None:
    first = Spool(tmp_path / "spool", now=NOW, machine="on-1")
    first.append([line(first, 1)])
    first.keep_clock(77)
    first.close()
    same = Spool(tmp_path / "spool", now=NOW, machine="on-1")
    assert same.clock_of("on-1") == 77
    same.close()
    other = Spool(tmp_path / "spool", now=NOW, machine="on-2")
    assert (other.clock_of("on-1"), other.clock_of("on-2")) == (77, None), "line 1 is there still"
    other.close()


def test_a_spool_of_an_earlier_version_keeps_its_lines_and_tells_of_no_power_cut(tmp_path: Path) -> None:
    old = Spool(tmp_path / "spool", now=NOW, machine="on-1")
    old.append([line(old, 1)])
    old.close()
    with sqlite3.connect(tmp_path / "spool") as earlier:
        earlier.executescript(
            "ALTER TABLE starts DROP COLUMN ended; ALTER TABLE lines DROP COLUMN line; DROP TABLE happenings"
        )
    earlier.close()
    spool = Spool(tmp_path / "spool", now=NOW, machine="on-1")
    assert not spool.cut_off, "nobody noted how it ended"
    assert [kept.data for kept in spool.after((0, 0), 10)] == [b"line 1"]
    spool.close(ended=False)
    later = Spool(tmp_path / "spool", now=NOW, machine="on-1")
    assert later.cut_off
    later.close()


def test_two_gateways_do_not_share_a_spool(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(SpoolError, match="in use"):
        Spool(tmp_path / "deep" / "spool", now=NOW, machine="on-1")


def test_a_file_that_is_no_spool_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "spool").write_bytes(b"not a database at all" * 100)
    with pytest.raises(SpoolError, match="not a database"):
        Spool(tmp_path / "spool", now=NOW, machine="on-1")


def test_what_append_returned_from_is_on_the_disk(spool: Spool, tmp_path: Path) -> None:
    mode = spool._db.execute("PRAGMA synchronous").fetchone()[0]  # noqa: SLF001 - nothing else shows it
    assert mode == 2
    spool.append([line(spool, 1)])
    with sqlite3.connect(tmp_path / "deep" / "spool") as reader:
        assert reader.execute("SELECT n FROM lines").fetchall() == [(1,)]
    reader.close()
