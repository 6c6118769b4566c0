"""Bad bytes, old news, broken brokers and pulled cables: the service goes on and says what it refused."""

import asyncio
import json
from pathlib import Path
from statistics import median
from typing import Any

import aiomqtt
import pytest

from devices.broker import Broker
from tests.scenarios.running import Service, mqtt_client, publish_all, serving
from tests.scenarios.wires import Wire
from timing.core.instant import DAY, HOUR, SECOND, Instant, format_instant, parse_instant
from timing.journal.journal import read_beside

MORNING = parse_instant("2026-06-06T15:10:00Z")
FIX, STAMP, ALERT = (
    "rally/my-rally/fix/phone-1",
    "rally/my-rally/stamp/phone-1",
    "rally/my-rally/alert/phone-1",
)
RAW, PHONE = "rally/my-rally/raw/timer-1", "owntracks/crew/phone-1"
LAT, LON = 34.4487, -119.2431
#: So many good readings are sent first, to see how long one takes here.
_USUAL = 10
_FIXES, _RECORDS = "rallykeeper_ingest_fixes_total", "rallykeeper_ingest_records_total"


def fix(n: int, at: Instant | None = None, **more: Any) -> bytes:
    """The n-th second of phone-1, north along the road."""
    told = {"at": format_instant(at if at is not None else MORNING - 60 * SECOND + n * SECOND)}
    place = {"lat": LAT + n * 1e-5, "lon": LON, "speed": 5.0, "boot": 1, "n": n}
    return json.dumps({**told, **place, **more}).encode()


def with_field(text: str) -> bytes:
    return fix(900)[:-1] + b', "lat": ' + text.encode() + b"}"


#: What arrives, and the reason it must be refused with.
BAD: list[tuple[str, str, bytes, str]] = [
    ("a name in Latin-1", PHONE, b'{"_type":"location","lat":34.4,"lon":-119,"t":"\xf6"}', "encoding"),
    ("text in Latin-1", ALERT, b'{"at":"2026-06-06T15:09:00Z","kind":"OK","text":"Bj\xf6rn"}', "encoding"),
    ("a megabyte of nothing", FIX, b"x" * (1 << 20), "malformed"),
    ("a megabyte of zeros", RAW, bytes(1 << 20), "malformed"),
    ("brackets without end", FIX, b"[" * 100_000, "malformed"),
    ("brackets in a field nobody reads", FIX, fix(901)[:-1] + b',"x":' + b"[" * 50_000, "malformed"),
    ("no number", FIX, with_field("NaN"), "malformed"),
    ("a number beyond all", FIX, with_field("1e999"), "malformed"),
    ("beyond the pole", FIX, with_field("91"), "malformed"),
    ("text for a number", FIX, with_field('"34.4"'), "malformed"),
    ("null for a number", FIX, with_field("null"), "malformed"),
    ("a list for an object", STAMP, b"[1, 2, 3]", "malformed"),
    ("no message at all", STAMP, b"", "malformed"),
    ("null", STAMP, b"null", "malformed"),
    ("a day that does not exist", STAMP, b'{"at":"2026-02-30T12:00:00Z","channel":"C0"}', "malformed"),
    ("a time without a zone", STAMP, b'{"at":"2026-06-06T15:09:00","channel":"C0"}', "malformed"),
    ("a count below zero", STAMP, b'{"at":"2026-06-06T15:09:00Z","boot":-1,"n":1}', "malformed"),
    ("a count of 300 digits", STAMP, b'{"at":' + b"9" * 300 + b',"channel":"C0"}', "malformed"),
    ("half a byte", RAW, b'{"boot":1,"n":1,"hex":"abc"}', "malformed"),
    ("noise on the wire", RAW, b'{"boot":1,"n":2,"hex":"ff00fe2a2a2a2a2a"}', "no_frame"),
    ("a position of tomorrow", FIX, fix(902, at=MORNING + DAY), "future"),
    ("a receiver that lost its weeks", FIX, fix(903, at=MORNING - 1024 * 7 * DAY), "week_rollover"),
    ("a fix in the Gulf of Guinea", FIX, fix(0, at=MORNING, lat=0.0, lon=0.0), "outside_event_area"),
    ("a radio cell's guess", FIX, fix(0, at=MORNING, acc=3000), "accuracy"),
    ("an unknown type", PHONE, b'{"_type":"riddle"}', "unknown_type"),
]  # fmt: skip


@pytest.mark.timeout(180)
async def test_each_bad_message_costs_itself_alone_and_is_shown_with_its_reason(
    broker_url: str, small_event: Path, morning: str, tmp_path: Path
) -> None:
    arguments = ("--broker", broker_url, "--clock-table", morning)
    waits: list[float] = []
    async with (
        mqtt_client(broker_url) as client,
        serving(small_event, tmp_path / "data", *arguments) as service,
    ):
        await service.sign_in()
        await service.until(lambda state: state["links"]["mqtt"]["up"])
        usual = [await _until_counted(service, client, n) for n in range(_USUAL)]
        for n, (name, topic, payload, reason) in enumerate(BAD, start=_USUAL):
            before = await service.metric(_refused(reason))
            await client.publish(topic, payload, qos=1)
            waits.append(await _until_counted(service, client, n, behind=name))
            await _counted(service, _refused(reason), before + 1, f"{name} refused as {reason}")
        state = await service.until(lambda state: state["quarantine"]["count"] == len(BAD))
        assert state["cars"]["1"]["lat"] == pytest.approx(LAT + (_USUAL + len(BAD) - 1) * 1e-5)
        shown = [row["reason"] for row in state["quarantine"]["latest"].values()]
        assert sorted(shown) == sorted(reason for *_, reason in BAD)
        assert all(row["detail"] for row in state["quarantine"]["latest"].values())
        assert "<!doctype html" in (await service.text("/")).lower()
    # As on a machine that does nothing else: the usual wait is taken off.
    assert median(waits) < median(usual) + 0.1, f"{median(waits):.3f} s, usually {median(usual):.3f} s"
    assert list(read_beside(tmp_path / "data")) == []


@pytest.mark.timeout(60)
async def test_a_retained_place_of_long_ago_is_shown_as_old_and_proves_no_crossing(
    broker_url: str, small_event: Path, morning: str, tmp_path: Path
) -> None:
    arguments = ("--broker", broker_url, "--clock-table", morning)
    old = MORNING - 6 * DAY
    async with mqtt_client(broker_url) as client:
        # On the near side of the first line; the good fixes are behind it.
        await client.publish(FIX, fix(1, at=old, lat=34.46840, lon=-119.25160), qos=1, retain=True)
        async with serving(small_event, tmp_path / "data", *arguments) as service:
            state = await service.until(lambda state: "lat" in state["cars"]["1"])
            assert state["cars"]["1"]["at"].startswith(format_instant(old)[:19])
            await publish_all(
                client, [(FIX, fix(n, lat=34.46910 + n * 1e-5, lon=-119.25220)) for n in range(5)]
            )
            await _counted(service, _FIXES, 6, "the fixes of today")
            state = await service.until(lambda state: state["cars"]["1"]["lat"] > 34.469)
            assert state["cars"]["1"]["at"].startswith("2026-06-06T15:09:0")
            assert all(row["arrived"] == 0 for row in state["controls"].values())
    assert list(read_beside(tmp_path / "data")) == []


@pytest.mark.timeout(60)
async def test_a_position_of_the_future_does_not_stop_those_of_the_present(
    broker_url: str, small_event: Path, morning: str, tmp_path: Path
) -> None:
    arguments = ("--broker", broker_url, "--clock-table", morning)
    async with (
        mqtt_client(broker_url) as client,
        serving(small_event, tmp_path / "data", *arguments) as service,
    ):
        for n in range(1, 6):
            await publish_all(client, [(FIX, fix(n, at=MORNING + n * HOUR, lat=34.43)), (FIX, fix(n))])
        await _counted(service, _FIXES, 5, "the fixes of the present")
        await _counted(service, _refused("future"), 5, "those of the future")
        state = await service.until(lambda state: "lat" in state["cars"]["1"])
        assert state["cars"]["1"]["lat"] == pytest.approx(LAT + 5e-5)


@pytest.mark.timeout(160)
async def test_two_services_with_one_client_id_are_told_so_and_lose_nothing(
    broker_url: str, small_event: Path, morning: str, tmp_path: Path
) -> None:
    arguments = ("--broker", broker_url, "--clock-table", morning)
    async with serving(small_event, tmp_path / "one", *arguments) as one:
        await one.sign_in()
        async with serving(small_event, tmp_path / "two", *arguments):
            state = await one.until(lambda state: "duplicate client id" in _error(state), within=90)
            assert "opened again and again" in _error(state)
            async with mqtt_client(broker_url) as client:
                await publish_all(client, [(FIX, fix(n)) for n in range(40)])
        state = await one.until(lambda state: state["links"]["mqtt"]["up"], within=30)
        async with mqtt_client(broker_url) as client:
            await publish_all(client, [(FIX, fix(n)) for n in range(40, 50)])
        await one.until(lambda state: state["cars"]["1"].get("lat") == pytest.approx(LAT + 49e-5))


@pytest.mark.timeout(60)
async def test_an_instance_name_keeps_two_services_of_one_event_apart(
    broker_url: str, small_event: Path, morning: str, tmp_path: Path
) -> None:
    arguments = ("--broker", broker_url, "--clock-table", morning)
    async with (
        serving(small_event, tmp_path / "one", *arguments) as one,
        serving(small_event, tmp_path / "two", *arguments, "--instance", "spare") as two,
        mqtt_client(broker_url) as client,
    ):
        for service in (one, two):
            await service.sign_in()
            await service.until(lambda state: state["links"]["mqtt"]["up"])
        await publish_all(client, [(FIX, fix(n)) for n in range(20)])
        for service in (one, two):
            await _counted(service, _FIXES, 20, "every fix at both")


@pytest.mark.timeout(100)
async def test_a_broker_that_restarts_in_the_middle_costs_nothing(
    nats: Broker, small_event: Path, morning: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    arguments = ("--broker", nats.url(), "--clock-table", morning)
    async with serving(small_event, data, *arguments) as service:
        await service.sign_in()
        await service.until(lambda state: state["links"]["mqtt"]["up"])
        stamps = [
            (STAMP, json.dumps({"at": MORNING - n * SECOND, "channel": "1", "boot": 1, "n": n}).encode())
            for n in range(300)
        ]
        sending = asyncio.create_task(_publish_stubbornly(nats.url(), stamps))
        while await service.metric(_RECORDS) < 60:  # noqa: ASYNC110 - the count is read over HTTP
            await asyncio.sleep(0.05)
        await nats.stop()
        await service.until(lambda state: not state["links"]["mqtt"]["up"])
        assert service.process.returncode is None
        await nats.start()
        await sending
        await _counted(service, _RECORDS, 300, "all stamps", within=40)
    assert {record.body.at for record in read_beside(data)} == {MORNING - n * SECOND for n in range(300)}


@pytest.mark.timeout(60)
async def test_a_pulled_cable_shows_and_the_timer_is_read_again_when_it_is_back(
    broker_url: str, small_event: Path, morning: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    wire = Wire(data / "ports" / "timer-1")
    wire.plug()
    arguments = ("--broker", broker_url, "--clock-table", morning)
    async with serving(small_event, data, *arguments) as service:
        await service.sign_in()
        await service.until(lambda state: _wired(state)["up"])
        await wire.say(b" 0001 C0  08:05:00.1234 00\r 0002 C0  08:0")  # cut in the middle of a line
        await _counted(service, _RECORDS, 1, "the stamp before the cable was pulled")
        wire.unplug()
        state = await service.until(lambda state: not _wired(state)["up"], within=5)
        assert _wired(state)["error"]
        async with mqtt_client(broker_url) as client:
            await client.publish(FIX, fix(1), qos=1)
            await _counted(service, _FIXES, 1, "a fix while the cable is out")
        wire.plug()
        await service.until(lambda state: _wired(state)["up"], within=15)
        await wire.say(b" 0003 C0  08:07:00.4567 00\r")
        await _counted(service, _RECORDS, 2, "the stamp after the cable was back")
    wire.unplug()
    stamps = [record.body for record in read_beside(data)]
    assert [format_instant(stamp.at) for stamp in stamps] == [
        "2026-06-06T15:05:00.123400Z", "2026-06-06T15:07:00.456700Z",
    ]  # fmt: skip


async def _publish_stubbornly(url: str, messages: list[tuple[str, bytes]]) -> None:
    """Publish one after the other, each again until the broker has taken it."""
    left = list(messages)
    async with asyncio.timeout(60):
        while left:
            try:
                async with mqtt_client(url) as client:
                    while left:
                        await client.publish(*left[0], qos=1, timeout=2)
                        del left[0]
                        await asyncio.sleep(0.005)
            except aiomqtt.MqttError:
                await asyncio.sleep(0.1)


async def _until_counted(service: Service, client: aiomqtt.Client, n: int, behind: str = "nothing") -> float:
    """Publish a good fix; return the seconds until the service has it in its journal."""
    loop = asyncio.get_running_loop()
    asked = loop.time()
    await client.publish(FIX, fix(n), qos=1)
    await _counted(service, _FIXES, n + 1, f"the good fix behind {behind}")
    return loop.time() - asked


async def _counted(service: Service, name: str, wanted: int, what: str, within: float = 10.0) -> None:
    """Wait until the service has counted so many."""
    counted = -1
    try:
        async with asyncio.timeout(within):
            while (counted := await service.metric(name)) < wanted:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.005)
    except TimeoutError:
        pytest.fail(f"{what}: {counted} of {wanted} {name} after {within} s")
    assert counted == wanted, what


def _refused(reason: str) -> str:
    return f'rallykeeper_refused_total{{reason="{reason}"}}'


def _error(state: dict[str, Any]) -> str:
    return str(state["links"]["mqtt"].get("error", ""))


def _wired(state: dict[str, Any]) -> dict[str, Any]:
    row = next(row for name, row in state["links"].items() if name.startswith("serial:"))
    assert isinstance(row, dict)
    return row
