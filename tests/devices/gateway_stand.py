"""The parts around a gateway under test: a timer on TCP, a network to cut, the service's side, the stand."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from devices.backlog import Backlog
from devices.gateway import Gateway, GatewayPlan
from devices.link import Backoff, Incoming, KeptLink
from devices.mqtt import BrokerAddress, MqttLink, Route
from devices.receipts import Receipts
from devices.spool import Spool
from timing.clock import SystemClock
from timing.core.instant import Duration, Instant

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
