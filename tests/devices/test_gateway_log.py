"""What disturbed a gateway is kept, told, and forgotten once the service has it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from devices.backlog import Backlog
from devices.gateway_log import GatewayLog
from devices.link import LinkState
from devices.spool import Spool
from tests.devices.gateway_stand import Network, Service, SetClock, Stand, Timer
from timing.core.instant import HOUR, SECOND, parse_instant

AHEAD = -40 * 24 * HOUR


@asynccontextmanager
async def at_work(url: str, folder: Path, port: int) -> AsyncIterator[Stand]:
    stand = Stand(url, folder, {"timer-1": port}, ahead=AHEAD)
    try:
        yield stand
    finally:
        await stand.close()


async def patiently(holds: Callable[[], bool]) -> None:
    """Wait for what rests on pauses between attempts, on a machine that may be busy."""
    async with asyncio.timeout(90):
        while not holds():  # noqa: ASYNC110 - what another task has done has no event here
            await asyncio.sleep(0.02)


def told(service: Service) -> list[tuple[str, str]]:
    """What the service was told, once each, in the order in which it happened."""
    every: dict[tuple[int, int], Any] = {}
    for heartbeat in service.heartbeats:
        every |= {(each["boot"], each["n"]): each for each in heartbeat.get("happened", ())}
    return [(every[key]["kind"], every[key]["at"]) for key in sorted(every)]


async def test_disturbances_while_the_network_is_away_are_told_later_in_the_services_time(
    mosquitto: str, tmp_path: Path
) -> None:
    timer, network = Timer(), Network(mosquitto)
    port, url = await timer.listen(), await network.open()
    service = Service(mosquitto, SetClock())
    service.start()
    before = SetClock().now()
    async with at_work(url, tmp_path, port) as stand:
        await patiently(lambda: [kind for kind, _ in told(service)] == ["started"])
        network.close()
        await patiently(lambda: not stand.gateway.state().broker.up)
        timer.hang_up_in_a_line(b" 00")
        await patiently(lambda: not stand.gateway.state().ports[0].up)
        stand.clock.ahead += 2 * HOUR
        await patiently(lambda: stand.gateway.state().ports[0].up)
        await asyncio.sleep(1.2)
    timer.close()
    kept = Spool(tmp_path / "spool", now=SetClock(AHEAD).now(), machine="on-1")
    assert not kept.cut_off
    kept.close()
    # A start later the network is there again, and what an earlier start kept is told with it.
    async with at_work(mosquitto, tmp_path, port):
        await patiently(lambda: "clock_set" in [kind for kind, _ in told(service)])
        await patiently(lambda: [kind for kind, _ in told(service)].count("started") == 2)
    kinds = [kind for kind, _ in told(service)]
    for kind in ("network_out", "cable_out", "clock_set", "cable_in"):
        assert kinds.count(kind) == 1, kinds
    after = SetClock().now()
    assert all(before - SECOND <= parse_instant(at) <= after for _, at in told(service)), told(service)
    await service.stop()


def test_a_start_knows_whether_the_one_before_was_ended_by_anybody(tmp_path: Path) -> None:
    now = parse_instant("2026-06-06T15:00:00Z")
    found = []
    for ended in (True, False, True, True):
        spool = Spool(tmp_path / "spool", now=now, machine="on-1")
        found.append(spool.cut_off)
        spool.close(ended=ended)
    assert found == [False, False, True, False]


async def test_a_first_opening_is_no_disturbance_and_the_clock_is_looked_at(tmp_path: Path) -> None:
    clock = SetClock()
    backlog = Backlog(Spool(tmp_path / "spool", now=clock.now(), machine="on-1"))
    log = GatewayLog(backlog, clock, ["timer-1", "timer-2"])
    work = asyncio.create_task(log.run())
    log.port("timer-1", LinkState(name="serial", up=False, since=0, error="No such file"))
    log.port("timer-1", LinkState(name="serial", up=True, since=0))
    log.look()
    log.port("timer-1", LinkState(name="serial", up=False, since=0, error="gone"))
    clock.ahead += 90 * SECOND
    log.look()
    async with asyncio.timeout(5):
        await log.news.wait()
    assert [(each.kind, each.detail) for each in log.waiting("timer-1")] == [
        ("cable_out", "gone"), ("clock_set", "+90.000 s"), ("started", ""),
    ]  # fmt: skip
    assert [each.kind for each in log.waiting("timer-2")] == ["clock_set", "started"]
    work.cancel()
    await backlog.close()
