import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable, Sequence

import pytest

from devices.broker import Broker
from devices.broker_config import FLEET
from devices.catalogue import DECODERS, DecoderKind
from devices.decoders import Decoded, DecoderContext
from devices.decoding import Decoding
from devices.link import Incoming, KeptLink
from devices.mqtt import MqttLink, Route
from devices.receipts import Receipts
from devices.register import GPS_AHEAD, clock_offset, device_ids, links_of, problems_of, routes_of
from timing.clock import SystemClock
from timing.core.entries import Entry, EntryList
from timing.core.event import DeviceConfig, Event
from timing.core.instant import HOUR, SECOND, Instant, RallyTime, parse_instant
from timing.core.itinerary import Itinerary
from timing.core.preset import Preset, Unit
from timing.core.readings import Fix, Rejected, Stamp

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOW = parse_instant("2024-04-22T16:03:08Z")
LINE = b" 0012 C1  09:03:07.2731 00\r"


def event(*devices: DeviceConfig, tracker: str = "T.7") -> Event:
    return Event(
        id="mille",
        name="Mille",
        first_day=dt.date(2024, 4, 21),
        timezone="America/Los_Angeles",
        time=RallyTime(-7 * HOUR),
        preset=Preset(name="p", version="1", unit=Unit.SECONDS),
        entries=EntryList(
            {"12": Entry(car_number="12", order=0, start_offset=0, driver="A", tracker=tracker)}
        ),
        itinerary=Itinerary(legs={}, controls={}, stages={}),
        devices={device.id: device for device in devices},
        routes={1: ((33.7, -116.4), (33.8, -116.5))},
    )


def incoming(payload: bytes, decoder: str, *, topic: str = "", opening: bool = False) -> Incoming:
    return Incoming(
        origin=f"mqtt:{topic}" if topic else "serial:/dev/ttyUSB0",
        device="gate-1",
        decoder=decoder,
        payload=payload,
        received_at=NOW,
        topic=topic,
        opening=opening,
    )


GATE = DeviceConfig(id="gate-1", decoder="alge_timy", link="serial:/dev/ttyUSB0")


def test_a_stream_is_put_together_over_its_pieces() -> None:
    decoding = Decoding(event(GATE))
    assert decoding.decode(incoming(LINE[:9], "alge_timy")) == []
    [stamp] = decoding.decode(incoming(LINE[9:], "alge_timy"))
    assert isinstance(stamp, Stamp)
    assert stamp.at == parse_instant("2024-04-22T16:03:07.2731Z")


def test_half_a_line_from_before_the_cable_was_pulled_is_not_continued() -> None:
    decoding = Decoding(event(GATE))
    decoding.decode(incoming(LINE[:9], "alge_timy"))
    cut, whole = decoding.decode(incoming(LINE, "alge_timy", opening=True))
    assert isinstance(cut, Rejected)
    assert isinstance(whole, Stamp)


def test_the_same_line_by_wire_and_by_gateway_is_one_reading() -> None:
    decoding = Decoding(event(GATE))
    raw = json.dumps({"boot": 1, "n": 1, "read_at": "2024-04-22T16:03:08Z", "hex": LINE.hex()}).encode()
    by_gateway = decoding.decode(incoming(raw, "native", topic="rally/mille/raw/gate-1"))
    assert by_gateway == decoding.decode(incoming(LINE, "alge_timy"))


def test_a_device_on_gps_time_is_read_as_such() -> None:
    decoding = Decoding(event(DeviceConfig(id="gate-1", decoder="alge_timy", clock="gps")))
    [stamp] = decoding.decode(incoming(b" 0012 C1  16:03:25.0000 00\r", "alge_timy"))
    assert isinstance(stamp, Stamp)
    assert stamp.at == parse_instant("2024-04-22T16:03:07Z")


def test_what_is_decoded_and_not_believed_keeps_its_bytes() -> None:
    payload = b'{"_type":"location","lat":0,"lon":0,"tst":1713801788}'
    [refused] = Decoding(event()).decode(incoming(payload, "owntracks", topic="owntracks/crew/gate-1"))
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.raw) == ("outside_event_area", payload)
    assert isinstance(refused.reading, Fix)


def test_a_devices_lines_have_the_form_that_the_event_says() -> None:
    board = DeviceConfig(id="gate-1", decoder="line", link="serial:/dev/x", template="{number}#{compact}")
    [read] = Decoding(event(board)).decode(incoming(b"12#090307.273\r\n", "line"))
    assert isinstance(read, Stamp)
    assert (read.car, read.at) == ("12", parse_instant("2024-04-22T16:03:07.273Z"))


def test_a_chip_is_the_car_in_whose_row_of_the_entry_list_it_stands() -> None:
    loop = DeviceConfig(id="gate-1", decoder="line", link="serial:/dev/x")
    lines = b"1;x;C1;T-7;09h03:07.2731;2024-04-22\r2;x;C1;12;09h03:08.0000;2024-04-22\r"
    known, unknown = Decoding(event(loop, tracker="T-7")).decode(incoming(lines, "line"))
    assert isinstance(known, Stamp)
    assert isinstance(unknown, Stamp)
    assert (known.car, unknown.car) == ("12", None)


@pytest.mark.parametrize(("decoder", "reason"), [("", "unknown_topic"), ("morse", "unknown_decoder")])
def test_what_nobody_can_decode_is_kept(decoder: str, reason: str) -> None:
    [refused] = Decoding(event()).decode(incoming(b"x", decoder, topic="weird"))
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.raw) == (reason, b"x")


def test_a_decoder_that_fails_costs_its_message_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def feed(self, data: bytes, received_at: Instant) -> Decoded:
            raise ZeroDivisionError("oops")

        def flush(self, received_at: Instant) -> Decoded:
            return []

    def make(context: DecoderContext) -> Broken:
        return Broken()

    kind = DecoderKind(title="", make=make, resolution=1, carries_number=False, stream=False)
    monkeypatch.setitem(DECODERS, "broken", kind)
    [refused] = Decoding(event()).decode(incoming(b"x", "broken"))
    assert isinstance(refused, Rejected)
    assert (refused.reason, refused.raw) == ("decoder_failed", b"x")
    assert "ZeroDivisionError" in refused.detail


@pytest.mark.parametrize(
    ("clock", "offset"),
    [("rally", -7 * HOUR), ("utc", 0), ("gps", GPS_AHEAD), ("+02:00", 2 * HOUR), ("-0330", -12_600 * SECOND)],
)
def test_a_devices_clock_is_read_from_the_register(clock: str, offset: int) -> None:
    assert clock_offset(clock, -7 * HOUR) == offset


def test_a_devices_own_topic_goes_before_the_common_ones() -> None:
    own = DeviceConfig(id="P12", decoder="owntracks", topic="owntracks/crew/phone")
    phone = Route(filter="owntracks/crew/phone", decoder="owntracks", device="P12", bulk=True)
    assert phone in routes_of(event(own))
    assert device_ids(event(own)) == ["P12", "T.7"]


def test_every_mistake_of_the_register_is_named() -> None:
    wrong = DeviceConfig(id="x", decoder="morse", link="serial:/dev/x?baud=fast", clock="swatch")
    problems = problems_of(event(wrong, GATE))
    assert len(problems) == 3
    assert all(problem.startswith("device x: ") for problem in problems)


def test_a_template_that_cannot_be_read_or_used_is_a_mistake_of_the_register() -> None:
    wrong = DeviceConfig(id="x", decoder="line", link="serial:/dev/x", template="{channel}")
    useless = DeviceConfig(id="y", decoder="alge_timy", link="serial:/dev/y", template="{time}")
    first, second = problems_of(event(wrong, useless))
    assert first.startswith("device x: ")
    assert "no field that tells a time" in first
    assert "no use for" in second


def test_each_wired_device_gets_its_own_link() -> None:
    links = links_of(event(GATE), broker_url="mqtt://127.0.0.1", now=lambda: NOW)
    assert [link.name for link in links.all] == ["mqtt", "serial:/dev/ttyUSB0"]


async def test_a_gateway_gets_its_receipt_once_the_message_is_stored(nats: Broker, wait_until: Wait) -> None:
    stored: list[Incoming] = []
    receipts: list[object] = []
    now = SystemClock().now
    links = links_of(event(GATE), broker_url=nats.url(), now=now)
    sender = Receipts(links.mqtt, "mille", now)
    gateway = MqttLink(
        url=nats.url("gate-1"),
        client_id="gate-1",
        routes=[Route(filter="rally/mille/receipt/gate-1", decoder="")],
        now=now,
    )
    fleet = MqttLink(url=nats.url(FLEET), client_id="fleet", routes=(), now=now)

    async def hold(batch: Sequence[Incoming]) -> None:
        stored.extend(batch)

    async def take_receipt(batch: Sequence[Incoming]) -> None:
        receipts.extend(json.loads(item.payload) for item in batch)

    holders = [
        (KeptLink(links.mqtt, now=now), hold),
        (KeptLink(gateway, now=now), take_receipt),
        (KeptLink(fleet, now=now), hold),
    ]
    tasks = [asyncio.create_task(holder.run(deliver)) for holder, deliver in holders]
    tasks.append(asyncio.create_task(sender.run()))
    await wait_until(lambda: all(holder.state.up for holder, _ in holders))
    for n in (57, 58):
        await gateway.publish(
            "rally/mille/raw/gate-1", json.dumps({"boot": 2, "n": n, "hex": LINE.hex()}).encode()
        )
    await fleet.publish("rally/mille/fix/T.7", b'{"boot":1,"n":1,"at":1,"lat":1,"lon":1}')
    await wait_until(lambda: len(stored) == 3)
    assert receipts == []
    for item in stored:
        assert item.ack is not None
        item.ack()
    await wait_until(lambda: bool(receipts))
    assert receipts == [{"boot": 2, "n": [57, 58]}]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
