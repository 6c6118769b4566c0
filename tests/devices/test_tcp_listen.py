"""Trackers that connect to us: over real sockets into a real journal, and no answer before it is kept."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.link import LinkError
from devices.register import links_of, problems_of
from devices.tcp_listen import ListenLink, ListenSettings
from simulators.counterparts.teltonika import TeltonikaTracker, login, packet
from simulators.counterparts.truth import drive
from tests.devices.way_in import WayIn, bare_event, way_in
from timing.core.event import DeviceConfig
from timing.core.instant import MINUTE, SECOND, parse_instant
from timing.core.readings import Fix

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOW = parse_instant("2026-09-20T10:00:00Z")
IMEI, OTHER = "356307042441013", "352093085698206"
PLACES = list(drive(NOW - 5 * MINUTE, 60, random.Random(1)))


def listening(way: WayIn, port: int, decoder: str = "teltonika") -> ListenLink:
    [link] = links_of(
        bare_event(
            DeviceConfig(id="trackers", decoder=decoder, link=f"listen:127.0.0.1:{port}"), trackers=(IMEI,)
        ),
        broker_url="mqtt://127.0.0.1:1",
        now=way.clock.now,
    ).wired
    assert isinstance(link, ListenLink)
    way.keep(link)
    return link


async def reach(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(200):
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
    pytest.fail("nobody listens")


@asynccontextmanager
async def open_port(folder: Path, port: int, decoder: str = "teltonika") -> AsyncIterator[WayIn]:
    """The way in of an event with one tracker, whose port takes connections."""
    async with way_in(bare_event(trackers=(IMEI,)), folder, NOW) as way:
        listening(way, port, decoder)
        (await reach(port))[1].close()
        yield way


@pytest.mark.parametrize("extended", [False, True])
async def test_a_tracker_sends_its_whole_memory_and_forgets_it_only_when_it_is_kept(
    tmp_path: Path, free_port: Callable[[], int], *, extended: bool
) -> None:
    port = free_port()
    async with open_port(tmp_path, port) as way:
        tracker = TeltonikaTracker(IMEI, extended=extended, waiting=list(PLACES))
        await tracker.send_all("127.0.0.1", port)
        assert (tracker.acknowledged, tracker.waiting) == (60, [])
        fixes = way.fixes()
    assert [fix.at for fix in fixes] == [place.at for place in PLACES]
    for fix, place in zip(fixes, PLACES, strict=True):
        assert fix.device == IMEI
        assert fix.lat == pytest.approx(place.lat, abs=1e-7)
        assert fix.lon == pytest.approx(place.lon, abs=1e-7)
        assert fix.speed == pytest.approx(place.speed, abs=0.15)
        assert fix.altitude == pytest.approx(place.altitude, abs=0.51)


async def test_while_the_journal_is_away_nothing_is_acknowledged_and_nothing_is_lost(
    tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    async with open_port(tmp_path, port) as way:
        tracker = TeltonikaTracker(IMEI, waiting=list(PLACES))
        way.hold()
        with pytest.raises(TimeoutError):
            await tracker.send_all("127.0.0.1", port, patience=0.3)
        assert (tracker.acknowledged, len(tracker.waiting)) == (0, 60)
        assert not way.fixes()
        way.go_on()
        await tracker.send_all("127.0.0.1", port)
        assert tracker.acknowledged == 60
        assert sorted(fix.at for fix in way.fixes()) == [place.at for place in PLACES]  # and none twice


async def test_a_stranger_is_refused_and_shown_once_with_its_number(
    tmp_path: Path, free_port: Callable[[], int], wait_until: Wait
) -> None:
    port = free_port()
    async with open_port(tmp_path, port) as way:
        for _ in range(3):
            with pytest.raises(ConnectionError):
                await TeltonikaTracker(OTHER).connect("127.0.0.1", port)
        await wait_until(lambda: len(way.refused()) == 1)
        [refused] = way.refused()
        assert (refused.reason, refused.device, refused.raw) == ("unknown_tracker", OTHER, login(OTHER))


async def test_a_connection_in_a_known_name_ends_the_one_before(
    tmp_path: Path, free_port: Callable[[], int], wait_until: Wait
) -> None:
    port = free_port()
    async with way_in(bare_event(trackers=(IMEI,)), tmp_path, NOW) as way:
        link = listening(way, port)
        (await reach(port))[1].close()
        old, dead = await TeltonikaTracker(IMEI).connect("127.0.0.1", port)
        _, new = await TeltonikaTracker(IMEI).connect("127.0.0.1", port)
        assert await asyncio.wait_for(old.read(), 5) == b""
        dead.close()
        await wait_until(lambda: link.connected == 1)
        new.write(packet(PLACES[:2]))
        await wait_until(lambda: len(way.fixes()) == 2)
        new.close()


async def test_a_packet_damaged_on_its_way_is_sent_again_and_counted_once(
    tmp_path: Path, free_port: Callable[[], int], wait_until: Wait
) -> None:
    port = free_port()
    async with open_port(tmp_path, port) as way:
        reader, writer = await TeltonikaTracker(IMEI).connect("127.0.0.1", port)
        good = packet(PLACES[:5])
        writer.write(good[:60] + bytes([good[60] ^ 4]) + good[61:])
        assert await reader.readexactly(4) == b"\x00\x00\x00\x00"
        writer.write(good)
        assert await reader.readexactly(4) == b"\x00\x00\x00\x05"
        await wait_until(lambda: len(way.fixes()) == 5)
        assert [item.reason for item in way.refused()] == ["checksum"]
        writer.close()


async def test_records_that_cannot_be_believed_are_answered_too_and_go_to_quarantine(
    tmp_path: Path, free_port: Callable[[], int], wait_until: Wait
) -> None:
    port = free_port()
    async with open_port(tmp_path, port) as way:
        tomorrow = list(drive(NOW + 600 * MINUTE, 3, random.Random(2)))
        tracker = TeltonikaTracker(IMEI, waiting=tomorrow)
        await tracker.send_all("127.0.0.1", port)
        assert tracker.acknowledged == 3
        await wait_until(lambda: len(way.refused()) == 3)
        assert {item.reason for item in way.refused()} == {"future"}
        assert not way.fixes()


async def test_many_trackers_at_once_are_kept_apart(tmp_path: Path, free_port: Callable[[], int]) -> None:
    port = free_port()
    imeis = [imei for n in range(20) for imei in _imei(f"3563070424{n:04d}")]
    event = bare_event(
        DeviceConfig(id="trackers", decoder="teltonika", link=f"listen:127.0.0.1:{port}"), trackers=imeis
    )
    async with way_in(event, tmp_path, NOW) as way:
        way.keep(links_of(event, broker_url="mqtt://127.0.0.1:1", now=way.clock.now).wired[0])
        (await reach(port))[1].close()
        drives = {imei: list(drive(NOW - MINUTE, 30, random.Random(imei))) for imei in imeis}
        await asyncio.gather(
            *(
                TeltonikaTracker(imei, most=7, waiting=list(places)).send_all("127.0.0.1", port)
                for imei, places in drives.items()
            )
        )
        by_device: dict[str, list[Fix]] = {}
        for fix in way.fixes():
            by_device.setdefault(fix.device, []).append(fix)
    assert by_device.keys() == drives.keys()
    for imei, places in drives.items():
        assert [(fix.at, round(fix.lat, 6)) for fix in by_device[imei]] == [
            (place.at, round(round(place.lat * 1e7) / 1e7, 6)) for place in places
        ]


async def test_a_queclink_tracker_is_answered_by_its_count(
    tmp_path: Path, free_port: Callable[[], int], wait_until: Wait
) -> None:
    port = free_port()
    async with open_port(tmp_path, port, "queclink") as way:
        reader, writer = await reach(port)
        writer.write(
            f"+RESP:GTFRI,020102,{IMEI},,0,0,1,1,4.3,92,70.0,-116.410000,33.740000,20260920095930,0460,0000,"
            "18d8,6141,00,,20260920095931,11F0$".encode()
        )
        assert await asyncio.wait_for(reader.readexactly(11), 5) == b"+SACK:11F0$"
        [fix] = way.fixes()
        assert (fix.device, fix.at, fix.lat, fix.lon) == (IMEI, NOW - 30 * SECOND, 33.74, -116.41)
        writer.close()


async def test_a_port_is_for_one_reader_of_chips_the_second_ends_the_connection_of_the_first(
    tmp_path: Path, free_port: Callable[[], int], wait_until: Wait
) -> None:
    port = free_port()
    async with open_port(tmp_path, port, "jchip") as way:
        first, started = await reach(port)
        started.write(b"N0000START\r")
        assert await asyncio.wait_for(first.readexactly(3), 5) == b"GT\r"
        second, writer = await reach(port)
        writer.write(b"N0000FINISH\r")
        assert await asyncio.wait_for(first.read(), 5) == b""
        started.close()
        assert await asyncio.wait_for(second.readexactly(3), 5) == b"GT\r"
        writer.write(b"DJ413A35 09:59:16.4433 10  10000      C7\r")
        await wait_until(lambda: len(way.stamps()) == 1)
        writer.close()


async def test_who_says_no_word_of_the_protocol_is_hung_up_on_and_the_others_go_on(
    tmp_path: Path, free_port: Callable[[], int], wait_until: Wait
) -> None:
    port = free_port()
    async with open_port(tmp_path, port) as way:
        reader, writer = await reach(port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        await TeltonikaTracker(IMEI, waiting=PLACES[:3]).send_all("127.0.0.1", port)
        await wait_until(lambda: len(way.fixes()) == 3)
        assert [item.reason for item in way.refused()] == ["no_frame"]


async def test_a_port_that_is_taken_is_said_in_plain_words(
    tmp_path: Path, free_port: Callable[[], int], wait_until: Wait
) -> None:
    port = free_port()
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port)
    async with way_in(bare_event(), tmp_path, NOW) as way:
        link = ListenLink(
            ListenSettings(port=port, host="127.0.0.1"),
            device="t", decoder="teltonika", knows=lambda _: True, now=way.clock.now,
        )  # fmt: skip
        with pytest.raises(LinkError, match="ddress"):
            await link.run(way.deliver, lambda: None)
        server.close()


@pytest.mark.parametrize(
    ("text", "host", "port", "sack"),
    [
        ("listen:5027", None, 5027, True),
        ("listen:127.0.0.1:5027", "127.0.0.1", 5027, True),
        ("listen:[::1]:5004?sack=0", "::1", 5004, False),
        ("listen:5004?sack=0", None, 5004, False),
    ],
)
def test_where_to_listen_is_read(text: str, host: str | None, port: int, *, sack: bool) -> None:
    assert ListenSettings.parse(text) == ListenSettings(host=host, port=port, sack=sack)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("listen:", "no port of ours"),
        ("listen:99999", "out of range"),
        ("listen:5027?sack=yes", "expected 0 or 1"),
        ("listen:5027?x=1", "known is sack"),
    ],
)
def test_what_is_no_place_to_listen_is_said(link: str, expected: str) -> None:
    [problem] = problems_of(bare_event(DeviceConfig(id="t", decoder="teltonika", link=link)))
    assert expected in problem


def test_only_what_connects_to_us_can_be_listened_for() -> None:
    [problem] = problems_of(bare_event(DeviceConfig(id="t", decoder="alge_timy", link="listen:5027")))
    assert "what connects to us is teltonika, queclink, jchip, mylaps_toolkit" in problem


def _imei(first: str) -> list[str]:
    """The IMEI that begins with 14 digits."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(first)]
    return [first + str(-sum(value // 10 + value % 10 for value in doubled) % 10)]
