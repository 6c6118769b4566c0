"""A gateway on a bad day: the network away, the process killed, the cable pulled; nothing lost or doubled."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos.wired_timer import WiredTimer
from tests.scenarios.running import ROOT, Service, clock_table, mosquitto, serving, spawn
from tests.timing.folders import SPECIAL_STAGES, event, make
from timing.clock import SystemClock
from timing.core.instant import DAY, HOUR, SECOND, Duration, Instant, format_instant, parse_instant
from timing.core.rally import Rally
from timing.core.readings import Stamp
from timing.folder_template import write_template
from timing.journal.journal import open_journal, read_beside, verify_beside

BEGAN = parse_instant("2026-06-06T15:00:00Z")
DEVICE = """
[[devices]]
id = "timer-1"
decoder = "alge_timy"
clock = "utc"
assignments = [{ control = "T1.0", channel = "C1", line = "A" }]
"""


class GatewayProcess:
    """One life of `rallykeeper gateway`, and the last state it told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.state: dict[str, Any] = {}
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.state = json.loads(line)

    @property
    def port(self) -> dict[str, Any]:
        """What it told of the timer's port; empty before it told anything."""
        found: dict[str, Any] = self.state.get("ports", {}).get("timer-1", {})
        return found

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        await self._gone()

    async def stop(self) -> int:
        """End it politely; return its exit status."""
        self.process.terminate()
        async with asyncio.timeout(20):
            return await self._gone()

    async def _gone(self) -> int:
        code = await self.process.wait()
        await self._reading
        return code


class BadDay:
    """A timer, a gateway, a broker that comes and goes, and a service.

    Without `memory` the timer cannot print again what nobody read: then all rests on the spool.
    """

    def __init__(self, folder: Path, port: int, *, memory: bool) -> None:
        self.folder = folder
        self.port = port
        self.memory = memory
        self.timer = WiredTimer(folder / "timer")
        self.gateway: GatewayProcess | None = None
        self.expected: list[tuple[int, Instant]] = []
        self._number = 0
        self._offset = SystemClock().now() - BEGAN

    @property
    def gateway_ahead(self) -> Duration:
        """How far the gateway's own clock is from the service's."""
        return self._offset

    @property
    def now(self) -> Instant:
        """The rally's time; the gateway's own clock shows another day."""
        return SystemClock().now() - self._offset

    def command(self) -> list[str]:
        """The module that is the gateway, and what goes before its own arguments."""
        return ["dashboard.serve", "gateway"]

    async def start_gateway(self) -> GatewayProcess:
        """Begin a life of the gateway, and wait until it reads the timer."""
        link = f"serial:{self.timer.port}{'?send=RSM' if self.memory else ''}"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *self.command(), "my-rally", f"timer-1={link}",
            "--broker", f"mqtt://127.0.0.1:{self.port}", "--spool", str(self.folder / "spool"), "--json",
            "--page", "off", cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.gateway = GatewayProcess(process)
        await self.reading()
        return self.gateway

    async def reading(self) -> None:
        """Wait until the gateway reads the timer."""
        gateway = self.gateway
        assert gateway is not None
        await until(lambda: gateway.port.get("up") is True)

    async def drive(self, cars: int, *, heard: bool = True) -> None:
        """Have cars cross the line, each at an instant of its own; `heard` while the gateway reads."""
        for _ in range(cars):
            self._number += 1
            self.timer.impulse(self._number, self.now)
            await asyncio.sleep(0.02)
            if heard or self.memory:
                self.expected.append(self.timer.memory[-1])

    async def settled(self) -> None:
        """Wait until what was said is read and on the disk: the gateway counts no more lines."""
        gateway, before = self.gateway, -1
        assert gateway is not None
        while (lines := gateway.port.get("lines", 0)) != before:
            before = lines
            await asyncio.sleep(1.3)  # it tells its state every second

    async def pull_the_cable(self) -> None:
        """Take the cable out and put it in again; meanwhile the rally goes on."""
        gateway = self.gateway
        assert gateway is not None
        await self.settled()
        self.timer.unplug()
        await until(lambda: gateway.port["up"] is False)
        await self.drive(10, heard=False)
        self.timer.plug()
        await self.reading()

    async def kill(self) -> None:
        """End the gateway as a power cut would."""
        assert self.gateway is not None
        await self.settled()
        await self.gateway.kill()


async def until(holds: Callable[[], bool], within: float = 30.0) -> None:
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 - what another process says has no event
            await asyncio.sleep(0.02)


@pytest.fixture(params=[True, False], ids=["timer with a memory", "timer without"])
async def day(
    request: pytest.FixtureRequest, tmp_path: Path, free_port: Callable[[], int]
) -> AsyncIterator[BadDay]:
    made = BadDay(tmp_path, free_port(), memory=request.param)
    write_template(tmp_path / "my-rally")
    register = tmp_path / "my-rally" / "rally.toml"
    register.write_text(register.read_text() + DEVICE)
    yield made
    if made.gateway is not None and made.gateway.process.returncode is None:
        await made.gateway.kill()
    made.timer.unplug()


@pytest.mark.timeout(300)
async def test_a_day_without_network_two_kills_and_three_pulled_cables_lose_nothing_and_double_nothing(
    day: BadDay,
) -> None:
    data = day.folder / "data"
    table = str(clock_table(day.folder / "clock.json", day.now))
    arguments = ("--broker", f"mqtt://127.0.0.1:{day.port}", "--clock-table", table)
    service = await spawn(day.folder / "my-rally", data, *arguments)
    async with mosquitto(day.folder, day.port):
        await service.ready()
        first = await day.start_gateway()
        await day.drive(20)
        await recorded(service, 20)
        await service.kill()
        await day.drive(20)
        await until(lambda: first.state["spool"]["on_way"] >= 20)  # the broker has them, the journal not
    async with serving(day.folder / "my-rally", data, *arguments):
        # The network is away, and with it all that the broker held. The day goes on.
        await day.drive(40)
        await day.kill()
        await day.drive(10, heard=False)
        await day.start_gateway()
        for _ in range(3):
            await day.drive(10)
            await day.pull_the_cable()
        day.timer.half_a_line()
        await day.kill()
        gateway = await day.start_gateway()
        await day.drive(20)
        async with mosquitto(day.folder, day.port):
            await until(lambda: gateway.state["broker"]["up"])
            await asyncio.sleep(0.5)
            await day.kill()  # in the middle of giving its spool away
            gateway = await day.start_gateway()
            await day.drive(10)
            await until(lambda: gateway.state["spool"]["waiting"] == 0 and gateway.port["lines"] >= 10, 90)
            assert gateway.state["clock"]["offset_us"] == pytest.approx(day.gateway_ahead, abs=SECOND)
            assert await gateway.stop() == 0
    stamps = [record.body for record in read_beside(data) if isinstance(record.body, Stamp)]
    told = Counter((int(stamp.car or 0), stamp.at) for stamp in stamps if stamp.device == "timer-1")
    assert set(told) == set(day.expected), "lost, or with another instant"
    assert max(told.values()) == 1, "counted twice"
    assert len(day.expected) >= 120
    assert verify_beside(data) == []
    assert await refused(data) <= {("no_frame", b" 0099 C1  10:0")}


#: Rally seconds in one of the wall: hours without network take a minute.
RATE = 120
DAY_DEVICE = """
[[devices]]
id = "timer-1"
decoder = "alge_timy"
clock = "utc"
assignments = [{ control = "SS1.F", channel = "C1", line = "A" }]
"""


class LongDay(BadDay):
    """A day that goes faster than the wall's clock, for service, gateway and timer alike."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder, port, memory=False)
        self.began = SystemClock().now()
        self.clock = folder / "machine.json"
        self.set_clock(0)

    @property
    def now(self) -> Instant:
        return BEGAN + (SystemClock().now() - self.began) * RATE

    def set_clock(self, ahead: Duration) -> None:
        """Set the gateway's clock; it shows another day from the beginning."""
        changed = self.folder / "machine.new"
        changed.write_text(json.dumps([self.began, BEGAN - 40 * DAY, RATE, ahead]))
        changed.replace(self.clock)

    def command(self) -> list[str]:
        return ["tests.chaos.set_gateway", str(self.clock)]

    async def hours(self, hours: float) -> None:
        """Let rally time pass, with a car now and then."""
        until = self.now + round(hours * 3600 * SECOND)
        while self.now < until:
            await self.drive(1)
            await asyncio.sleep(0.3)


@pytest.fixture
async def long_day(tmp_path: Path, free_port: Callable[[], int]) -> AsyncIterator[LongDay]:
    folder = make(tmp_path / "my-rally", "FIA_STAGE", *SPECIAL_STAGES)
    register = folder / "rally.toml"
    register.write_text(register.read_text() + DAY_DEVICE)
    made = LongDay(tmp_path, free_port())
    yield made
    if made.gateway is not None and made.gateway.process.returncode is None:
        await made.gateway.kill()
    made.timer.unplug()


@pytest.mark.timeout(400)
async def test_a_gateways_day_loses_nothing_doubles_nothing_and_shows_every_disturbance(
    long_day: LongDay,
) -> None:
    """Hours offline, two power cuts, three pulled cables, the clock set, a gate moved with a backlog."""
    day, data = long_day, long_day.folder / "data"
    table = day.folder / "clock.json"
    table.write_text(json.dumps([[day.began, BEGAN, RATE]]))
    arguments = ("--broker", f"mqtt://127.0.0.1:{day.port}", "--clock-table", str(table))
    async with serving(day.folder / "my-rally", data, *arguments) as service:
        async with mosquitto(day.folder, day.port):
            first = await day.start_gateway()
            await day.drive(20)
            await recorded(service, 20)
            await until(lambda: first.state["clock"]["offset_us"] is not None)
        # The network is away for more than two hours of the rally.
        away = day.now
        await until(lambda: not first.state["broker"]["up"])
        for _ in range(3):
            await day.drive(10)
            await day.pull_the_cable()
        day.set_clock(3 * HOUR)
        await day.hours(1)
        await day.kill()
        await day.start_gateway()
        await day.hours(0.5)
        # The gate is carried to the next stage; what it still holds was timed at the first.
        moved = day.now
        await day.hours(0.5)
        await day.kill()
        last = await day.start_gateway()
        await day.drive(10)
        assert day.now - away > 2 * HOUR
        await decide(service, {
            "type": "AssignDevice", "device": "timer-1", "since": format_instant(moved), "control": "SS2.F",
            "channel": "C1",
        })  # fmt: skip
        async with mosquitto(day.folder, day.port):
            await until(lambda: last.state["broker"]["up"] and last.state["spool"]["waiting"] == 0, 120)
            found = await health_of(service, "timer-1")
            assert await last.stop() == 0
        check_health(found)
    records = list(read_beside(data))
    stamps = [record.body for record in records if isinstance(record.body, Stamp)]
    told = Counter((int(stamp.car or 0), stamp.at) for stamp in stamps)
    assert set(told) == set(day.expected), "lost, or with another instant"
    assert max(told.values()) == 1, "counted twice"
    assert len(day.expected) > 150
    rally = Rally(event(day.folder / "my-rally"))
    rally.add_many(records)
    where = {
        control: {state.stamp.at for state in rally.control_state(control).stamps.values()}
        for control in ("SS1.F", "SS2.F")
    }
    times = {at for _, at in day.expected}
    assert where == {
        "SS1.F": {at for at in times if at < moved},
        "SS2.F": {at for at in times if at >= moved},
    }, "on the wrong stage"
    assert min(len(each) for each in where.values()) > 20
    assert verify_beside(data) == []
    assert await refused(data) == set()


async def decide(service: Service, act: dict[str, Any]) -> None:
    """Have the Official Timekeeper rule."""
    async with httpx.AsyncClient(base_url=service.url, timeout=20) as client:
        await client.get(service.told["links"]["timekeeper"])
        answer = await client.post("/api/decisions", json={"act": act, "reason": "CLERK_DECISION"})
        assert answer.status_code == 201, answer.text


async def health_of(service: Service, device: str) -> dict[str, Any]:
    """Return the row of a device on the page of the devices, once all that disturbed it has come."""
    async with (
        asyncio.timeout(60),
        httpx.AsyncClient(base_url=service.url, timeout=20) as client,
    ):
        await client.get(service.told["links"]["timekeeper"])
        while True:
            row: dict[str, Any] = (await client.get("/api/devices")).json()["devices"][device]
            kinds = Counter(each["kind"] for each in row["happened"])
            if kinds["power_cut"] >= 2 and kinds["clock_set"] and kinds["cable_in"] >= 3:
                return row
            await asyncio.sleep(0.2)


def check_health(row: dict[str, Any]) -> None:
    kinds = Counter(each["kind"] for each in row["happened"])
    assert kinds["power_cut"] == 2
    assert kinds["cable_out"] == 3
    assert kinds["cable_in"] == 3
    assert kinds["network_out"] >= 1
    steps = [each["detail"] for each in row["happened"] if each["kind"] == "clock_set"]
    assert any(step.startswith(("+10799", "+10800", "+10801")) for step in steps), steps
    assert row["double"] is None
    assert row["missing"] == []
    # In the service's time, though the gateway's own clock shows another month.
    assert all(each["at"].startswith("2026-06-06T1") for each in row["happened"]), row["happened"]


async def recorded(service: Service, count: int) -> None:
    async with asyncio.timeout(60):
        while await service.metric("rallykeeper_ingest_records_total") < count:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)


async def refused(data: Path) -> set[tuple[str, bytes]]:
    journal = open_journal(data)
    try:
        return {(item.reason, item.raw) for item in journal.read_quarantine(0, 100)}
    finally:
        await journal.close()
