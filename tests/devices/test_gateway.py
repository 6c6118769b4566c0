"""A gateway in our own loop, with a timer on TCP, a real broker, and the service's side of the receipts."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from devices import gateway as module
from devices.backlog import Backlog
from devices.broker import Broker
from devices.gateway import Gateway, GatewayPlan
from devices.link import Backoff, Incoming, KeptLink
from devices.mqtt import BrokerAddress, MqttLink, Route
from devices.receipts import Receipts
from devices.spool import Spool
from timing.clock import SystemClock
from timing.core.instant import MILLISECOND, SECOND, Duration, Instant, parse_instant

Wait = Callable[[Callable[[], bool]], Awaitable[None]]


class SetClock(SystemClock):
    """The machine's clock as somebody has set it."""

    def __init__(self, ahead: Duration = 0) -> None:
        self.ahead = ahead

    def now(self) -> Instant:
        return super().now() + self.ahead


class Timer:
    """A timer that listens on a port."""

    def __init__(self) -> None:
        self._ends: list[asyncio.StreamWriter] = []

    async def listen(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.append(writer)
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    @property
    def connected(self) -> bool:
        return bool(self._ends)

    def say(self, *lines: bytes) -> None:
        for line in lines:
            self._ends[-1].write(line + b"\r")

    def hang_up_in_a_line(self, half: bytes) -> None:
        end = self._ends.pop()
        end.write(half)
        end.close()

    def close(self) -> None:
        self._server.close()
        for end in self._ends:
            end.close()


class Network:
    """A network between a gateway and its broker that can swallow what is sent, and break."""

    def __init__(self, broker: str) -> None:
        address = BrokerAddress.parse(broker)
        self._broker = (address.host, address.port)
        self._ends: list[asyncio.StreamWriter] = []
        self.swallows = False
        self.swallowed = 0

    async def open(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"mqtt://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._broker)
        self._ends += [writer, back]
        await asyncio.gather(self._pass(reader, back, up=True), self._pass(there, writer, up=False))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                if up and self.swallows:
                    self.swallowed += len(data)
                    continue
                writer.write(data)
                await writer.drain()
        writer.close()

    def break_off(self) -> None:
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    def close(self) -> None:
        self._server.close()
        self.break_off()


class Service:
    """The service's side: takes raw lines and heartbeats, and receipts what it is told to."""

    def __init__(self, url: str, clock: SystemClock) -> None:
        self.lines: list[dict[str, Any]] = []
        self.payloads: list[bytes] = []
        self.heartbeats: list[dict[str, Any]] = []
        self.deaf_to: set[bytes] = set()
        """Lines that are lost behind the broker, once."""
        routes = [Route(filter=f"rally/mille/{kind}/+", decoder="native") for kind in ("raw", "heartbeat")]
        link = MqttLink(url=url, client_id="service", routes=routes, now=clock.now)
        self._receipts = Receipts(link, "mille", clock.now)
        self._kept = KeptLink(link, now=clock.now, backoff=Backoff(first=0.01, most=0.05))
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def said(self) -> list[bytes]:
        """The lines that have arrived, without their ends."""
        return [bytes.fromhex(line["hex"]).rstrip(b"\r") for line in self.lines]

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._kept.run(self._deliver)),
            asyncio.create_task(self._receipts.run()),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, batch: Sequence[Incoming]) -> None:
        for incoming in batch:
            message = json.loads(incoming.payload)
            if incoming.topic.split("/")[2] == "heartbeat":
                self.heartbeats.append(message)
            else:
                line = bytes.fromhex(message["hex"]).rstrip(b"\r")
                self.payloads.append(incoming.payload)
                if line in self.deaf_to:
                    self.deaf_to.discard(line)
                    continue
                self.lines.append(message)
            assert incoming.ack is not None
            incoming.ack()


class Stand:
    """A gateway at its stand; `trusted` is whether its own clock is set by the network."""

    def __init__(self, url: str, folder: Path, ports: dict[str, int], ahead: Duration = 0) -> None:
        self.clock = SetClock(ahead)
        self.trusted = False
        self.spool = Spool(folder / "spool", now=self.clock.now(), machine="on-1")
        self.backlog = Backlog(self.spool)
        plan = GatewayPlan(
            rally="mille",
            broker=url,
            ports=tuple((device, f"tcp:127.0.0.1:{port}") for device, port in ports.items()),
            name="gw",
        )
        self.gateway = Gateway(plan, self.backlog, self.clock, machine="on-1", trusted=lambda: self.trusted)
        self._task = asyncio.create_task(self.gateway.run())

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.backlog.close()


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
