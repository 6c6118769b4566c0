"""A gateway in our own loop, with a timer on TCP, a real broker, and the service's side of the receipts."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from devices import gateway as module
from devices.broker import Broker
from devices.link import KeptLink
from devices.mqtt import MqttLink
from tests.devices.gateway_stand import Network, Service, Stand, Timer
from timing.clock import SystemClock
from timing.core.instant import MILLISECOND, SECOND, Instant, parse_instant

Wait = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
async def timer() -> AsyncIterator[Timer]:
    made = Timer()
    yield made
    made.close()


@pytest.fixture
async def service(mosquitto: str) -> AsyncIterator[Service]:
    made = Service(mosquitto, SystemClock())
    yield made
    await made.stop()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_HEARTBEAT_S", "_FIRST_HEARTBEATS_S", "_LOOK_S"):
        monkeypatch.setattr(module, name, 0.1)
    monkeypatch.setattr(module, "_OVERDUE_S", 0.5)


async def test_lines_are_dated_by_the_services_clock_whatever_the_own_one_is_set_to_meanwhile(
    mosquitto: str, service: Service, timer: Timer, tmp_path: Path, wait_until: Wait
) -> None:
    service.start()
    stand = Stand(mosquitto, tmp_path, {"timer-1": await timer.listen()}, ahead=-300 * 86_400 * SECOND)
    await wait_until(lambda: timer.connected)
    true: dict[bytes, Instant] = {}
    for number, ahead in enumerate((-300 * 86_400 * SECOND, 0, 3 * 3600 * SECOND, -7 * SECOND)):
        stand.clock.ahead = ahead
        line = b"line %d" % number
        true[line] = SystemClock().now()
        timer.say(line)
        await wait_until(lambda wanted=line: wanted in service.said)  # type: ignore[misc]
    told = {
        line: parse_instant(message["read_at"])
        for line, message in zip(service.said, service.lines, strict=True)
    }
    # To the asymmetry of the way there and back, and what the line took to come here.
    assert all(abs(told[line] - at) < 500 * MILLISECOND for line, at in true.items()), (told, true)
    await wait_until(lambda: stand.backlog.depth == 0)
    state = stand.gateway.state()
    assert state.clock.offset == pytest.approx(-7 * SECOND, abs=200 * MILLISECOND)
    assert state.acknowledged == 4
    await stand.close()


async def test_lines_of_a_clock_that_was_never_set_wait_for_the_services_time(
    mosquitto: str,
    service: Service,
    timer: Timer,
    tmp_path: Path,
    wait_until: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_WAIT_FOR_TIME_S", 0.0)
    service.start()
    await asyncio.sleep(0.3)  # its session is there, so that nothing is lost to it
    await service.stop()
    stand = Stand(mosquitto, tmp_path, {"timer-1": await timer.listen()}, ahead=-300 * 86_400 * SECOND)
    await wait_until(lambda: timer.connected and stand.gateway.state().broker.up)
    timer.say(b"early")
    await wait_until(lambda: stand.backlog.depth == 1)
    await asyncio.sleep(0.5)
    assert stand.gateway.sent == 0
    before = SystemClock().now()
    service.start()
    await wait_until(lambda: service.said == [b"early"])
    assert abs(parse_instant(service.lines[0]["read_at"]) - before) < 5 * SECOND
    await stand.close()


async def test_a_clock_that_the_network_sets_will_do_while_the_service_is_away(
    mosquitto: str, timer: Timer, tmp_path: Path, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WAIT_FOR_TIME_S", 0.2)
    stand = Stand(mosquitto, tmp_path, {"timer-1": await timer.listen()})
    stand.trusted = True
    await wait_until(lambda: timer.connected)
    timer.say(b"line")
    await wait_until(lambda: stand.gateway.sent == 1)
    assert stand.backlog.depth == 1, "the broker has it; that is not the journal"
    await stand.close()


async def test_what_a_broker_lost_is_sent_again_and_says_the_same(
    mosquitto: str, service: Service, timer: Timer, tmp_path: Path, wait_until: Wait
) -> None:
    service.deaf_to = {b"line 3", b"line 7"}
    service.start()
    stand = Stand(mosquitto, tmp_path, {"timer-1": await timer.listen()})
    await wait_until(lambda: timer.connected)
    timer.say(*(b"line %d" % number for number in range(10)))
    await wait_until(lambda: len(set(service.said)) == 10)
    await wait_until(lambda: stand.backlog.depth == 0)
    assert len(service.payloads) == 12
    assert len(set(service.payloads)) == 10, "a line that comes again is the same to the byte"
    await stand.close()


async def test_what_a_network_swallowed_before_it_broke_is_sent_again(
    mosquitto: str, service: Service, timer: Timer, tmp_path: Path, wait_until: Wait
) -> None:
    service.start()
    network = Network(mosquitto)
    stand = Stand(await network.open(), tmp_path, {"timer-1": await timer.listen()})
    await wait_until(lambda: timer.connected)
    timer.say(b"before")
    await wait_until(lambda: service.said == [b"before"])
    await wait_until(lambda: stand.backlog.depth == 0)
    network.swallows = True
    timer.say(b"one", b"two")
    await wait_until(lambda: network.swallowed > 0 and stand.gateway.state().on_way == 2)
    network.break_off()
    network.swallows = False
    await wait_until(lambda: set(service.said) == {b"before", b"one", b"two"})
    await wait_until(lambda: stand.backlog.depth == 0)
    await stand.close()
    network.close()


async def test_the_half_of_a_line_before_a_cut_stays_apart_from_what_comes_after_it(
    mosquitto: str, service: Service, timer: Timer, tmp_path: Path, wait_until: Wait
) -> None:
    service.start()
    stand = Stand(mosquitto, tmp_path, {"timer-1": await timer.listen()})
    await wait_until(lambda: timer.connected)
    timer.hang_up_in_a_line(b" 0012 C1  10:0")
    await wait_until(lambda: timer.connected)
    timer.say(b" 0013 C1  10:08:20.2731 00")
    await wait_until(lambda: service.said == [b" 0012 C1  10:0", b" 0013 C1  10:08:20.2731 00"])
    await stand.close()


async def test_a_disk_that_fails_keeps_no_time_from_the_service_and_is_said(
    mosquitto: str, service: Service, timer: Timer, tmp_path: Path, wait_until: Wait
) -> None:
    stand = Stand(mosquitto, tmp_path, {"timer-1": await timer.listen()})
    await wait_until(lambda: timer.connected)
    timer.say(b"on disk")
    await wait_until(lambda: stand.backlog.depth == 1)
    stand.spool._db.execute("PRAGMA query_only = ON")  # noqa: SLF001 - as a card that went read-only
    timer.say(b"in memory")
    await wait_until(lambda: stand.backlog.held == 1)
    assert "readonly" in stand.gateway.state().fault
    service.start()
    await wait_until(lambda: set(service.said) == {b"on disk", b"in memory"})
    await wait_until(lambda: stand.backlog.held == 0)
    stand.spool._db.execute("PRAGMA query_only = OFF")  # noqa: SLF001
    await service.stop()
    timer.say(b"again on disk")
    await wait_until(lambda: b"again on disk" in [line.data for line in stand.spool.after((0, 0), 9)])
    assert stand.gateway.state().fault == ""
    await stand.close()


async def test_lines_held_in_memory_go_to_the_disk_when_it_takes_them_again(
    mosquitto: str, timer: Timer, tmp_path: Path, wait_until: Wait
) -> None:
    stand = Stand(mosquitto, tmp_path, {"timer-1": await timer.listen()})
    await wait_until(lambda: timer.connected)
    stand.spool._db.execute("PRAGMA query_only = ON")  # noqa: SLF001
    timer.say(b"one", b"two")
    await wait_until(lambda: stand.backlog.held == 2)
    stand.spool._db.execute("PRAGMA query_only = OFF")  # noqa: SLF001
    await wait_until(lambda: stand.backlog.held == 0)
    assert [line.data for line in stand.spool.after((0, 0), 9)] == [b"one", b"two"]
    await stand.close()


async def test_a_port_that_is_dead_holds_up_no_other_and_is_said(
    mosquitto: str,
    service: Service,
    timer: Timer,
    tmp_path: Path,
    wait_until: Wait,
    free_port: Callable[[], int],
) -> None:
    service.start()
    stand = Stand(mosquitto, tmp_path, {"dead": free_port(), "timer-1": await timer.listen()})
    await wait_until(lambda: timer.connected)
    timer.say(b"line")
    await wait_until(lambda: service.said == [b"line"])
    await wait_until(lambda: {beat["link"] for beat in service.heartbeats} >= {"no line", "line up"})
    ports = {port.device: port for port in stand.gateway.state().ports}
    assert (ports["dead"].up, ports["timer-1"].up) == (False, True)
    assert "refused" in ports["dead"].error.lower()
    assert ports["timer-1"].last is not None
    assert ports["timer-1"].last[1] == b"line"
    await stand.close()


async def test_the_devices_own_password_at_the_embedded_broker_is_enough(
    nats: Broker, timer: Timer, tmp_path: Path, wait_until: Wait
) -> None:
    service = Service(nats.url(), SystemClock())
    service.start()
    stand = Stand(nats.url("gate-1"), tmp_path, {"gate-1": await timer.listen()})
    await wait_until(lambda: timer.connected)
    lines = [b"line %d" % number for number in range(300)] + [b"long " * 700]
    timer.say(*lines)
    await wait_until(lambda: len(service.lines) >= len(lines))
    await wait_until(lambda: stand.backlog.depth == 0)
    assert service.said == lines, "whole, and in the order of reading"
    assert stand.gateway.state().clock.offset == pytest.approx(0, abs=200 * MILLISECOND)
    await stand.close()
    await service.stop()


async def test_a_receipt_that_is_none_does_no_harm(
    mosquitto: str, service: Service, timer: Timer, tmp_path: Path, wait_until: Wait
) -> None:
    service.start()
    stand = Stand(mosquitto, tmp_path, {"timer-1": await timer.listen()})
    stranger = MqttLink(url=mosquitto, client_id="stranger", routes=[], now=SystemClock().now)
    kept = KeptLink(stranger, now=SystemClock().now)
    running = asyncio.create_task(kept.run(lambda batch: asyncio.sleep(0)))
    await wait_until(lambda: kept.state.up and timer.connected)
    for payload in (
        b"",
        b"[]",
        b"{",
        b'{"boot":"x"}',
        b'{"boot":-1,"n":[1]}',
        b'{"boot":1,"n":[99999999999999999999]}',
        b"[" * 100_000,
        b'{"boot":1,"n":[1],"time":{"n":1,"heard":"x","at":"y"}}',
    ):
        await stranger.publish("rally/mille/receipt/timer-1", payload)
    boot = stand.backlog.boot
    bad_time = {"boot": boot, "n": [], "time": {"n": 1, "heard": "yesterday", "at": "now"}}
    await stranger.publish("rally/mille/receipt/timer-1", json.dumps(bad_time).encode())
    timer.say(b"line")
    await wait_until(lambda: service.said == [b"line"])
    await wait_until(lambda: stand.backlog.depth == 0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await stand.close()
