import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.gpsd import GpsdDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Fix, Rejected

ARRIVAL = parse_instant("2026-09-20T10:00:05Z")


def tpv(second: int, more: str = "") -> str:
    return (
        f'{{"class":"TPV","mode":3,"time":"2026-09-20T10:00:{second:02d}.000Z",'
        f'"lat":33.7,"lon":-116.4,"speed":16.5{more}}}'
    )


def decode(*lines: str) -> Decoded:
    decoder = GpsdDecoder(DecoderContext(device="car-12"))
    return decoder.feed(b"".join(line.encode() + b"\r\n" for line in lines), ARRIVAL)


def fixes(*lines: str) -> list[Fix]:
    decoded = decode(*lines)
    assert all(isinstance(item, Fix) for item in decoded)
    return [item for item in decoded if isinstance(item, Fix)]


def test_a_report_becomes_a_fix_in_metres_a_second() -> None:
    [fix] = fixes(tpv(1, ',"track":181.2,"altMSL":71.5,"eph":4.2'))
    assert fix.at == parse_instant("2026-09-20T10:00:01Z")
    assert (fix.lat, fix.lon, fix.speed, fix.course) == (33.7, -116.4, 16.5, 181.2)
    assert (fix.altitude, fix.accuracy) == (71.5, 4.2)


def test_an_older_gpsd_says_alt_and_two_errors() -> None:
    [fix] = fixes(tpv(1, ',"alt":70.1,"epx":3.1,"epy":5.2'))
    assert (fix.altitude, fix.accuracy) == (70.1, 5.2)


def test_a_moment_that_comes_once_is_not_waited_for() -> None:
    assert len(fixes(tpv(1), tpv(2), tpv(3))) == 3


def test_of_a_moment_that_grows_the_last_counts_once_that_is_known() -> None:
    full = ',"altMSL":71.5'
    read = fixes(tpv(1), tpv(1, full), tpv(2), tpv(2, full), tpv(3), tpv(3, full), tpv(4))
    assert [(fix.at - ARRIVAL) // 1_000_000 for fix in read] == [-4, -3, -2]
    assert [fix.altitude for fix in read] == [None, 71.5, 71.5]


def test_what_is_held_back_comes_when_the_link_ends() -> None:
    decoder = GpsdDecoder(DecoderContext(device="d"))
    lines = [tpv(1), tpv(1, ',"altMSL":1'), tpv(2)]
    decoder.feed("".join(line + "\n" for line in lines).encode(), ARRIVAL)
    [last] = decoder.flush(ARRIVAL)
    assert isinstance(last, Fix)
    assert last.at == parse_instant("2026-09-20T10:00:02Z")
    assert decoder.flush(ARRIVAL) == []


@pytest.mark.parametrize(
    "line",
    [
        '{"class":"TPV","mode":1}',
        '{"class":"TPV","mode":2,"lat":55.797,"lon":23.569}',
        '{"class":"TPV","mode":0,"time":"2026-09-20T10:00:01Z","lat":1,"lon":1}',
        '{"class":"SKY","hdop":0.54}',
        '{"class":"VERSION","release":"3.25"}',
    ],
)
def test_a_report_without_place_or_time_says_nothing(line: str) -> None:
    assert decode(line) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"class":"NEW"}', "unknown_type"),
        ('{"class":"TPV","mode":3,"time":"yesterday","lat":1,"lon":1}', "range"),
        ('{"class":"TPV","mode":3,"time":"2026-09-20T10:00:01Z","lat":91,"lon":1}', "range"),
        (tpv(1).replace("16.5", "1e9"), "range"),
        (tpv(1)[:40], "malformed"),
        ("no json", "malformed"),
        ("[" * 5_000, "malformed"),
    ],
)
def test_what_is_no_report_costs_only_itself(line: str, reason: str) -> None:
    bad, good = decode(line, tpv(2))
    assert isinstance(bad, Rejected)
    assert bad.reason == reason
    assert isinstance(good, Fix)
