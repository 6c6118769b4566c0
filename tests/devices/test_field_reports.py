"""What people who time races reported from the field, each as its input and the outcome that is right."""

import asyncio
import json
from pathlib import Path

import pytest

from devices.link import Incoming
from simulators.counterparts.places import sentence
from tests.devices.way_in import WayIn, bare_event, way_in
from timing.core.event import DeviceConfig
from timing.core.instant import DAY, SECOND, Instant, parse_instant
from timing.core.readings import Heartbeat, StampMark

NOW = parse_instant("2026-09-20T08:10:00Z")
GATE = DeviceConfig(id="SS1-FF", decoder="alge_timy", link="serial:x", clock="+02:00")


async def hear(
    way: WayIn,
    decoder: str,
    *payloads: bytes,
    device: str = "T12",
    topic: str = "",
) -> None:
    """Deliver payloads one after the other."""
    for payload in payloads:
        incoming = Incoming(
            origin=f"test:{device}", device=device, decoder=decoder, payload=payload, topic=topic,
            received_at=way.clock.now(),
        )  # fmt: skip
        await way.deliver([incoming])


async def kept(way: WayIn, count: int) -> None:
    for _ in range(200):
        if len(way.fixes()) + len(way.readings()) + len(way.refused()) >= count:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"not {count}: {way.fixes()}, {way.readings()}, {way.refused()}")


def location(at: Instant, **more: object) -> bytes:
    told = {"_type": "location", "lat": 47.1, "lon": 11.2, "tst": at // SECOND}
    return json.dumps(told | more).encode()


async def test_a_message_without_a_fix_does_not_bring_a_future_one_back(tmp_path: Path) -> None:
    async with way_in(bare_event(trackers=("T12",)), tmp_path, NOW) as way:
        await hear(way, "owntracks", location(NOW + 4 * 365 * DAY))
        await hear(way, "osmand", b"lat=47.1&lon=11.2&timestamp=%d&valid=false" % (NOW // SECOND))
        await kept(way, 2)
        assert [item.reason for item in way.refused()] == ["future"]
        assert not way.fixes()
        assert [type(item) for item in way.readings()] == [Heartbeat]


async def test_a_log_of_two_sentences_passes_midnight_once(tmp_path: Path) -> None:
    """GGA has the new hour before RMC has the new date."""
    said = b"".join(
        sentence(f"GPGGA,{clock},4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,")
        + sentence(f"GPRMC,{clock},A,4807.038,N,01131.000,E,022.4,084.4,{date},,,A")
        for clock, date in (("235901", "010124"), ("000001", "020124"), ("000101", "020124"))
    )
    now = parse_instant("2024-01-02T00:02:00Z")
    async with way_in(bare_event(trackers=("T12",)), tmp_path, now) as way:
        await hear(way, "nmea", said + sentence("GPRMC,000201,V,,,,,,,020124,,,N"))
        await kept(way, 3)
        assert [fix.at for fix in way.fixes()] == [
            parse_instant(f"2024-01-0{day}T{clock}Z")
            for day, clock in ((1, "23:59:01"), (2, "00:00:01"), (2, "00:01:01"))
        ]


async def test_second_sixty_is_before_the_minute_that_follows(tmp_path: Path) -> None:
    said = (
        b"$GPRMC,235960.00,A,4807.038,N,01131.000,E,022.4,084.4,311226,,,A*5E\r\n",
        sentence("GPRMC,000000.00,A,4807.038,N,01131.000,E,022.4,084.4,010127,,,A"),
    )
    now = parse_instant("2027-01-01T00:00:05Z")
    async with way_in(bare_event(trackers=("T12",)), tmp_path, now) as way:
        await hear(way, "nmea", *said)
        await kept(way, 2)
        first, second = way.fixes()
        assert 0 < second.at - first.at <= SECOND
        assert second.at == parse_instant("2027-01-01T00:00:00Z")


async def test_one_stamp_however_often_it_comes_and_two_cars_of_one_instant(tmp_path: Path) -> None:
    one = b'{"at":"2026-09-20T08:07:20.273Z","channel":"C1","boot":3,"n":17,"car":"12"}'
    other = one.replace(b'"n":17,"car":"12"', b'"n":18,"car":"15"')
    async with way_in(bare_event(GATE), tmp_path, NOW) as way:
        topic = "rally/wires/stamp/SS1-FF"
        await hear(way, "native", one, one, other, one, device="SS1-FF", topic=topic)
        await kept(way, 2)
        assert [stamp.car for stamp in way.stamps()] == ["12", "15"]
        assert way.ingest.counters["duplicates"] == 2


async def test_bytes_that_are_no_text_are_kept_and_the_next_message_goes_on(tmp_path: Path) -> None:
    async with way_in(bare_event(trackers=("T12",)), tmp_path, NOW) as way:
        bad = b'{"_type":"location","lat":47.1,"lon":11.2,"tst":1,"name":"Bj\xf6rn"}'
        await hear(way, "owntracks", bad, location(NOW - SECOND, name="Bj\u00f6rn"))
        await hear(way, "owntracks", location(NOW, name="Bjo\u0308rn"))
        await kept(way, 3)
        assert [item.raw for item in way.refused()] == [bad]
        assert len(way.fixes()) == 2


@pytest.mark.parametrize(
    "payload",
    [
        b'{"_type":"lwt","tst":1789898400}',
        *(
            json.dumps({"_type": kind, "tst": 1}).encode()
            for kind in ("transition", "waypoints", "card", "cmd", "steps", "unheard_of")
        ),
    ],
)
async def test_other_messages_of_a_phone_stop_no_location(tmp_path: Path, payload: bytes) -> None:
    async with way_in(bare_event(trackers=("T12",)), tmp_path, NOW) as way:
        await hear(way, "owntracks", payload, location(NOW))
        await kept(way, 2 if b"lwt" in payload or b"unheard_of" in payload else 1)
        assert [fix.at for fix in way.fixes()] == [NOW]
        assert not [item for item in way.refused() if item.reason == "decoder_failed"]


async def test_ids_of_trackers_are_texts_and_their_zeros_count(tmp_path: Path) -> None:
    async with way_in(bare_event(trackers=("0123456789", "123456789")), tmp_path, NOW) as way:
        await hear(way, "owntracks", location(NOW), device="0123456789")
        await kept(way, 1)
        [stored] = way.journal.read_fixes(0)
        assert (stored.fix.device, stored.car) == ("0123456789", "1")


async def test_minus_one_is_not_known_and_the_unit_is_the_protocols(tmp_path: Path) -> None:
    async with way_in(bare_event(trackers=("T12",)), tmp_path, NOW) as way:
        await hear(way, "owntracks", location(NOW, vel=-1, cog=-1, acc=-1))
        body = {
            "location": {
                "timestamp": "2026-09-20T08:09:50Z",
                "coords": {"latitude": 47.1, "longitude": 11.2, "speed": 8},
            }
        }
        await hear(way, "osmand", json.dumps(body).encode())
        await hear(way, "osmand", b"lat=47.1&lon=11.2&timestamp=%d&speed=15.55" % (NOW // SECOND - 5))
        await kept(way, 3)
        by_json, by_query, unknown = sorted(way.fixes(), key=lambda fix: fix.at)
        assert (unknown.speed, unknown.course, unknown.accuracy) == (None, None, None)
        assert by_json.speed == pytest.approx(8)
        assert by_query.speed == pytest.approx(8, abs=1e-3)


async def test_the_flags_of_an_alge_timer_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    lines = (
        b" 0012 C1  10:07:20.2731 00=0\r",
        b"c0012 C1  10:07:20.2731 0013\r",
        b"?0000 C1  10:07:20.2731 00><\r",
        b"m0012 C1  10:07:20.2731 001=\r",
        b" 0012 C1M 10:07:20.2700 00?9\r",
        b" 0012 C1  10:07:20.27   00:<\r",
        b"n0034\r",
    )
    async with way_in(bare_event(GATE), tmp_path, NOW) as way:
        await hear(way, "alge_timy", *lines, device="SS1-FF")
        await kept(way, 5)
        assert not way.refused()
        first, withdrawn, unnumbered, by_key, coarse = way.stamps()
    assert (first.car, first.at) == ("12", parse_instant("2026-09-20T08:07:20.2731Z"))
    assert (withdrawn.cancelled, withdrawn.at) == (True, first.at)
    assert (unnumbered.car, unnumbered.marks) == (None, (StampMark.NO_NUMBER,))
    assert by_key.marks == (StampMark.MANUAL,)
    assert (coarse.resolution, coarse.at) == (SECOND // 100, parse_instant("2026-09-20T08:07:20.27Z"))


async def test_a_wrong_sum_costs_its_line_and_is_kept_and_counted(tmp_path: Path) -> None:
    bad, good = b" 0012 C1  10:07:20.2731 00=1\r", b" 0012 C1  10:07:20.2731 00=0\r"
    async with way_in(bare_event(GATE), tmp_path, NOW) as way:
        await hear(way, "alge_timy", bad + good, device="SS1-FF")
        await kept(way, 2)
        assert [item.raw for item in way.refused()] == [bad.rstrip()]
        assert len(way.stamps()) == 1
        assert way.ingest.health.of("SS1-FF").rejected == {"checksum": 1}


async def test_one_pulse_on_two_channels_is_two_lines_that_are_both_kept(tmp_path: Path) -> None:
    async with way_in(bare_event(GATE), tmp_path, NOW) as way:
        lines = b" 0012 C1  10:07:20.2731 00\r 0012 C2  10:07:20.2733 00\r"
        await hear(way, "alge_timy", lines, device="SS1-FF")
        await kept(way, 2)
        assert [stamp.channel for stamp in way.stamps()] == ["C1", "C2"]


async def test_a_receivers_1980_sets_no_clock_and_its_impulses_are_held(tmp_path: Path) -> None:
    gate = DeviceConfig(id="SS1-FF", decoder="native")
    async with way_in(bare_event(gate), tmp_path, NOW) as way:
        stamp = b'{"at":"1980-01-09T10:38:35Z","channel":"C1","boot":1,"n":1}'
        await hear(way, "native", stamp, device="SS1-FF", topic="rally/wires/stamp/SS1-FF")
        await kept(way, 1)
        [read] = way.stamps()
        assert StampMark.UNSYNCED in read.marks


async def test_a_sentence_cut_before_its_checksum_is_refused(tmp_path: Path) -> None:
    async with way_in(bare_event(trackers=("T12",)), tmp_path, NOW) as way:
        await hear(way, "nmea", b"$GPRMC,080959.00,A,4807.038,N,01131.000,E,022.4,084.4,200926,,,A\r\n")
        await kept(way, 1)
        assert [item.reason for item in way.refused()] == ["no_checksum"]
        assert not way.fixes()
