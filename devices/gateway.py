"""A gateway: the lines of wired timers, kept on its disk and carried to the service by MQTT.

In a rally: a small computer at a stage end, with the timer on its serial port and a mobile network that comes
and goes. Each line goes to the disk, then to `rally/RALLY/raw/DEVICE` with QoS 1, and leaves the disk when
the service has said that its journal holds it (`rally/RALLY/receipt/DEVICE`). What is repeated counts once.

Two clocks are kept of each line, see `gateway_clock`: the service is told its own time at which the line was
read, whatever the gateway's clock said then. A line says the same each time it leaves.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

import msgspec

from devices.backlog import Backlog
from devices.gateway_clock import ServiceClock
from devices.gateway_log import GatewayLog
from devices.gateway_port import Port
from devices.gateway_state import BrokerState, ClockState, GatewayState
from devices.link import Incoming, KeptLink, LinkError, LinkState
from devices.mqtt import MqttLink, Route, client_id
from devices.spool import Happened, Line
from timing.clock import Clock
from timing.core.instant import SECOND, Duration, Instant, format_instant, parse_instant

#: Lines on their way to the journal: so many may be lost with a broker's disk, and are sent again.
_WINDOW = 500
_BATCH = 100
#: A heartbeat this often (seconds); more often until the service has told the time.
_HEARTBEAT_S = 15.0
_FIRST_HEARTBEATS_S = 2.0
_SHORTEST_S = 1.0
#: A later heartbeat was acknowledged this long ago (seconds) and a line was not: it is lost, send it again.
_OVERDUE_S = 10.0
#: So long (seconds) a line waits for the service's time, if the own clock is good.
_WAIT_FOR_TIME_S = 10.0
_LOOK_S = 1.0
#: Heartbeats whose receipt is waited for, to forget the disturbances that they told of.
_MOST_ACCOUNTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPlan:
    """What a gateway carries and where to.

    `ports` are (device, link) with a link as in the device register, `serial:…` or `tcp:…`; `name` tells
    gateways of one rally apart at the broker.
    """

    rally: str
    broker: str
    ports: tuple[tuple[str, str], ...]
    name: str
    ca_file: str | None = None


class Gateway:
    """Reads, keeps and carries until cancelled.

    Args:
        plan: what is carried where to.
        backlog: the lines kept.
        clock: the machine's clock.
        machine: names this switching on of the machine, as the spool knows it.
        trusted: whether the machine's own clock is known to be right (by NTP), asked now and then.
    """

    def __init__(
        self, plan: GatewayPlan, backlog: Backlog, clock: Clock, *, machine: str, trusted: Callable[[], bool]
    ) -> None:
        self._plan = plan
        self._backlog = backlog
        self._clock = clock
        self._machine = machine
        self._trusted = trusted
        self._service = ServiceClock()
        self._wake = asyncio.Event()
        self._log = GatewayLog(backlog, clock, [device for device, _ in plan.ports])
        self._ports = [
            Port(device, link, clock, backlog, partial(self._log.port, device)) for device, link in plan.ports
        ]
        self._mqtt = MqttLink(
            url=plan.broker,
            client_id=client_id("rallykeeper-gateway", plan.rally, plan.name),
            routes=[
                Route(filter=f"rally/{plan.rally}/receipt/{port.device}", decoder="") for port in self._ports
            ],
            now=clock.elapsed,
            ca_file=plan.ca_file,
        )
        self._broker = KeptLink(self._mqtt, now=clock.now, on_change=self._turned)
        self._cursor = (0, 0)
        self._on_way: dict[tuple[int, int], int] = {}
        self._again: set[tuple[int, int]] = set()
        self._beats: dict[int, int] = {}
        self._told_by: dict[int, list[tuple[int, int]]] = {}
        self._beat = 0
        self._proved, self._proved_at = 0, 0.0
        self._up_at: float | None = None
        self._kept_clock: Duration | None = None
        self.sent = 0
        self.acknowledged = 0

    async def run(self) -> None:
        """Carry until cancelled."""
        async with asyncio.TaskGroup() as group:
            for port in self._ports:
                group.create_task(port.run(), name=f"port:{port.device}")
            group.create_task(self._broker.run(self._take), name="broker")
            group.create_task(self._backlog.keep_trying(), name="spool")
            group.create_task(self._log.run(), name="log")
            group.create_task(self._heartbeats(), name="heartbeats")
            group.create_task(self._carry(), name="carry")

    def state(self) -> GatewayState:
        """Return how the gateway is doing, for people."""
        mono = self._clock.elapsed()
        at = self._service.at(mono)
        broker = self._broker.state
        return GatewayState(
            at=self._clock.now(),
            broker=BrokerState(up=broker.up, since=broker.since, error=broker.error),
            ports=tuple(port.state() for port in self._ports),
            depth=self._backlog.depth,
            on_way=len(self._on_way),
            held=self._backlog.held,
            dropped=self._backlog.dropped,
            acknowledged=self.acknowledged,
            fault=self._backlog.fault,
            clock=ClockState(
                offset=None if at is None else self._clock.now() - at,
                unsure=self._service.unsure(mono),
                trusted=self._trusted(),
            ),
        )

    def _turned(self, state: LinkState) -> None:
        self._log.network(state)
        self._wake.set()

    async def _carry(self) -> None:
        """Send what is new and what was lost, in the order of reading, as long as there is a connection."""
        while True:
            await self._until_there_is_reason()
            self._log.look()
            if not self._broker.state.up:
                self._up_at = None
                continue
            self._find_lost()
            if not self._time_is_known():
                continue
            lines = await self._next()
            if lines:
                await self._send(await self._dated(lines))
                self._wake.set()

    async def _until_there_is_reason(self) -> None:
        """Wait for news, but look again every second."""
        tasks = [asyncio.create_task(self._wake.wait()), asyncio.create_task(self._backlog.news.wait())]
        try:
            await asyncio.wait(tasks, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        self._wake.clear()
        self._backlog.news.clear()

    def _time_is_known(self) -> bool:
        """Whether lines can be dated: by the service's clock, else by a good one of our own after a while.

        A line with the date of a clock that was never set would be refused, with its time.
        """
        now = asyncio.get_running_loop().time()
        if self._up_at is None:
            self._up_at = now
        if self._service.at(0) is not None:
            return True
        return now - self._up_at > _WAIT_FOR_TIME_S and self._trusted()

    def _find_lost(self) -> None:
        """Take what a later heartbeat has overtaken for lost."""
        if self._proved and asyncio.get_running_loop().time() - self._proved_at > _OVERDUE_S:
            lost = [key for key, beat in self._on_way.items() if beat < self._proved]
            for key in lost:
                del self._on_way[key]
            self._again.update(lost)
            self._proved = 0

    async def _next(self) -> list[Line]:
        room = min(_BATCH, _WINDOW - len(self._on_way))
        if room <= 0:
            return []
        if self._again:
            lost = sorted(self._again)[:room]
            self._again.difference_update(lost)
            return await self._backlog.get(lost)
        lines = await self._backlog.after(self._cursor, room)
        if lines:
            self._cursor = lines[-1].key
        return lines

    async def _dated(self, lines: Sequence[Line]) -> list[Line]:
        """Give each line the instant that the service is told, once for all times it leaves."""
        new = [replace(line, told_at=await self._told(line)) for line in lines if line.told_at is None]
        if new:
            await self._backlog.tell(new)
        told = {line.key: line for line in new}
        return [told.get(line.key, line) for line in lines]

    async def _told(self, noted: Line | Happened) -> Instant:
        if noted.machine == self._machine:
            at = self._service.at(noted.mono)
            if at is not None:
                return at
        clock = await self._backlog.clock_of(noted.machine)
        return noted.read_at if clock is None else noted.mono + clock

    async def _send(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self._on_way[line.key] = self._beat
        results = await asyncio.gather(*(self._publish(line) for line in lines), return_exceptions=True)
        for line, result in zip(lines, results, strict=True):
            if isinstance(result, LinkError):
                self._on_way.pop(line.key, None)
                self._again.add(line.key)
            elif isinstance(result, BaseException):
                raise result
            else:
                self.sent += 1

    async def _publish(self, line: Line) -> None:
        message = {
            "boot": line.boot,
            "n": line.n,
            "read_at": format_instant(line.read_at if line.told_at is None else line.told_at),
            "mono": line.mono,
            "line": line.line,
            "hex": (line.data + b"\r").hex(),
        }
        await self._mqtt.publish(f"rally/{self._plan.rally}/raw/{line.device}", msgspec.json.encode(message))

    async def _heartbeats(self) -> None:
        while True:
            if self._broker.state.up:
                await self._beat_all()
            # What a burst of disturbances brings leaves together.
            await asyncio.sleep(_SHORTEST_S)
            known = self._service.at(0) is not None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout((_HEARTBEAT_S if known else _FIRST_HEARTBEATS_S) - _SHORTEST_S):
                    await self._log.news.wait()
            self._log.news.clear()

    async def _beat_all(self) -> None:
        """Send each device's heartbeat; that of the first also asks for the time, and what is lost."""
        self._beat += 1
        for port in self._ports:
            n = self._backlog.number()
            at = self._service.at(self._clock.elapsed())
            # Nothing can be dated before the service has told its time.
            waiting = self._log.waiting(port.device) if at is not None else []
            message: dict[str, Any] = {
                "at": format_instant(self._clock.now() if at is None else at),
                "link": "line up" if port.kept.state.up else "no line",
                "spool": self._backlog.depth,
                "lines": port.count,
                "boot": self._backlog.boot,
                "n": n,
            }
            if waiting:
                message["happened"] = [await self._account(each) for each in waiting]
                self._told_by[n] = [each.key for each in waiting]
                while len(self._told_by) > _MOST_ACCOUNTS:
                    del self._told_by[next(iter(self._told_by))]
            if port is self._ports[0]:
                self._beats[n] = self._beat
                self._service.asked(n, self._clock.elapsed())
            try:
                topic = f"rally/{self._plan.rally}/heartbeat/{port.device}"
                await self._mqtt.publish(topic, msgspec.json.encode(message))
            except LinkError:
                return

    async def _account(self, happened: Happened) -> dict[str, Any]:
        return {
            "boot": happened.boot,
            "n": happened.n,
            "at": format_instant(await self._told(happened)),
            "kind": happened.kind,
            "detail": happened.detail,
        }

    async def _take(self, batch: Sequence[Incoming]) -> None:
        """Take receipts: forget what the journal holds, and learn the time."""
        keys: list[tuple[int, int]] = []
        told: list[tuple[int, int]] = []
        for incoming in batch:
            try:
                receipt = _receipt.decode(incoming.payload)
            except (ValueError, RecursionError):
                continue  # nobody of ours; it is acknowledged below, or it would come again for ever
            keys += [(receipt.boot, n) for n in receipt.n]
            if receipt.boot == self._backlog.boot:
                told += [key for n in receipt.n for key in self._told_by.pop(n, ())]
                self._prove(receipt.n)
                self._learn(receipt.time, incoming.received_at)
        for key in keys:
            self.acknowledged += self._on_way.pop(key, None) is not None
            self._again.discard(key)
        await self._backlog.free(keys)
        await self._log.told(told)
        for incoming in batch:
            if incoming.ack is not None:
                incoming.ack()
        await self._keep_clock()
        self._wake.set()

    def _prove(self, numbers: Sequence[int]) -> None:
        """A heartbeat was acknowledged: what left before it should have been, too."""
        beats = [self._beats.pop(n) for n in numbers if n in self._beats]
        if beats and not self._proved:
            self._proved, self._proved_at = max(beats), asyncio.get_running_loop().time()

    def _learn(self, time: "_Time | None", mono: Duration) -> None:
        if time is None:
            return
        with contextlib.suppress(ValueError):  # no instant: nobody of ours
            self._service.answered(time.n, parse_instant(time.heard), parse_instant(time.at), mono)

    async def _keep_clock(self) -> None:
        """Keep the service's clock for lines that outlive this machine's being on."""
        best = self._service.reading(self._clock.elapsed())
        if best is None:
            return
        if self._kept_clock is None or abs(best.offset - self._kept_clock) > SECOND // 10:
            self._kept_clock = best.offset
            await self._backlog.keep_clock(best.offset)


_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _Time(msgspec.Struct, frozen=True, kw_only=True):
    n: _Count
    heard: str
    at: str


class _Receipt(msgspec.Struct, frozen=True, kw_only=True):
    boot: _Count
    n: list[_Count] = []
    time: _Time | None = None


_receipt = msgspec.json.Decoder(_Receipt)
