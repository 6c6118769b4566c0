"""How many readings a second the whole path takes, beside a subscriber that does nothing with them.

    python -m tests.bench.ingest [messages] [rounds] [--mosquitto]

The broker holds a backlog of QoS 1 messages. In turn, A B A B, it is taken by bare aiomqtt clients that
acknowledge and do nothing, and by the real service as its users start it: decode, journal on disk,
acknowledge, match to the road, live documents. Both have a process of their own and take by two durable
sessions, one for positions and one for all else: in one session NATS would set stamps aside for seconds, and
that pause would be measured in place of the work. Counted is from the first message taken to the last one
done. Prints each rate with the µs of CPU time that a message cost the taking process (which other programs on
the machine disturb less), the medians, their ratio.
"""

import argparse
import asyncio
import contextlib
import json
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import aiomqtt
import psutil

from devices.broker import Broker
from devices.mqtt import BrokerAddress, client_id
from devices.register import device_ids, routes_of
from tests.chaos.traffic import Message, Traffic
from tests.scenarios.running import EVENTS, ROOT, clock_table, mosquitto, mqtt_client, publish_all, spawn
from timing.core.event import Event
from timing.core.instant import SECOND, format_instant, parse_instant
from timing.core.route_line import course_between
from timing.event_folder import load_event

FOLDER = EVENTS / "california-mille"
BEGAN = parse_instant("2024-04-21T18:00:00Z")
#: One message in so many is a timer's stamp, the others are positions.
STAMP_EVERY = 50
_BARE = "bench-bare"
_LOOK_S = 0.05


class Taken(NamedTuple):
    """A rate in messages a second, and what one cost in µs of CPU time."""

    rate: float
    cost: float

    def __str__(self) -> str:
        """Say both, one under the other in a list."""
        return f"{self.rate:7.0f}/s {self.cost:6.0f} µs"


def backlog(event: Event, count: int) -> list[Message]:
    """What all cars say once a second while they drive, and their timers now and then."""
    traffic = Traffic(event, BEGAN)
    made: list[Message] = []
    for n in range(count):
        turn, k = divmod(n, len(traffic.cars))
        car, tracker = traffic.cars[k]
        at = format_instant(BEGAN + turn * SECOND + k * 1000)
        if n % STAMP_EVERY == 0:
            device, channel = traffic.lines[n // STAMP_EVERY % len(traffic.lines)]
            told: dict[str, object] = {"at": at, "channel": channel, "car": car, "boot": 1, "n": n}
            made.append((f"rally/{event.id}/stamp/{device}", json.dumps(told).encode()))
            continue
        driven = 300.0 + k * 900.0 + turn * 22.0
        lat, lon = traffic.place(driven)
        course = round(course_between(lat, lon, *traffic.place(driven + 1.0)))
        told = {
            "at": at, "lat": round(lat, 7), "lon": round(lon, 7), "speed": 22.0, "course": course,
            "acc": 3.5, "batt": 88, "boot": 2, "n": turn,
        }  # fmt: skip
        made.append((f"rally/{event.id}/fix/{tracker}", json.dumps(told).encode()))
    return made


async def drain_bare(url: str, sessions: dict[str, list[str]], count: int) -> None:
    """Take so many messages with aiomqtt alone, and print how many a second that were."""
    loop = asyncio.get_running_loop()
    taken, began, used = 0, 0.0, 0.0

    async def take(client: aiomqtt.Client) -> None:
        nonlocal taken, began, used
        async for _ in client.messages:
            if not taken:
                began, used = loop.time(), time.process_time()
            taken += 1
            if taken == count:
                done.set_result((loop.time() - began, time.process_time() - used))

    done: asyncio.Future[tuple[float, float]] = loop.create_future()
    async with contextlib.AsyncExitStack() as left, asyncio.TaskGroup() as tasks:
        takers = []
        for name, filters in sessions.items():
            client = await left.enter_async_context(_bare(url, name, clean=False))
            takers.append(tasks.create_task(take(client)))
            await client.subscribe([(wanted, 1) for wanted in filters])
        if count:
            seconds, cost = await done
            print(count / seconds, cost / count * 1e6, flush=True)
        for taker in takers:
            taker.cancel()


def _bare(url: str, name: str, *, clean: bool) -> aiomqtt.Client:
    address = BrokerAddress.parse(url)
    return aiomqtt.Client(
        address.host, address.port, username=address.username, password=address.password,
        identifier=name, clean_session=clean,
    )  # fmt: skip


def sessions_of(event: Event, name: str) -> dict[str, list[str]]:
    """Return the client ids and what each subscribes to, as the service does."""
    routes = routes_of(event)
    return {
        name: [route.filter for route in routes if not route.bulk],
        f"{name}-fixes": [route.filter for route in routes if route.bulk],
    }


async def bare_round(url: str, event: Event, messages: list[Message]) -> Taken:
    """Have the bare client take a backlog; return its rate."""
    sessions = sessions_of(event, _BARE)
    await drain_bare(url, sessions, 0)
    await _publish(url, messages)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.ingest", "--drain", url, str(len(messages)),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    await _forget(url, sessions)
    rate, cost = out.split()
    return Taken(float(rate), float(cost))


async def whole_round(url: str, event: Event, messages: list[Message], data: Path) -> Taken:
    """Have the service take a backlog; return its rate."""
    sessions = sessions_of(event, client_id("rallykeeper", event.id))
    await drain_bare(url, sessions, 0)
    await _publish(url, messages)
    table = clock_table(data.parent / f"{data.name}.json", BEGAN + 900 * SECOND)
    service = await spawn(FOLDER, data, "--broker", url, "--clock-table", str(table))
    loop = asyncio.get_running_loop()
    began, first, used = 0.0, 0, 0.0
    try:
        await service.ready()
        process = psutil.Process(service.process.pid)
        while True:
            counters = await service.text("/metrics")
            done = _value(counters, "fixes") + _value(counters, "records")
            # Crossings found by position are records too: only the last fix tells that all is done.
            if not began and done:
                began, first, used = loop.time(), done, _cpu(process)
            if _value(counters, "fixes") >= len(messages) - len(messages[::STAMP_EVERY]):
                taken = len(messages) - first
                return Taken(taken / (loop.time() - began), (_cpu(process) - used) / taken * 1e6)
            await asyncio.sleep(_LOOK_S)
    finally:
        await service.stop()
        await _forget(url, sessions)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _value(counters: str, name: str) -> int:
    wanted = f"rallykeeper_ingest_{name}_total "
    return next(
        (int(float(line[len(wanted) :])) for line in counters.splitlines() if line.startswith(wanted)), 0
    )


async def _publish(url: str, messages: list[Message]) -> None:
    async with mqtt_client(url) as client:
        for start in range(0, len(messages), 500):
            await publish_all(client, messages[start : start + 500])


async def _forget(url: str, sessions: Iterable[str]) -> None:
    """End durable sessions, so that the next round's backlog is not kept for them too."""
    for name in sessions:
        async with _bare(url, name, clean=True):
            pass


@contextlib.asynccontextmanager
async def _broker(folder: Path, event: Event, *, with_mosquitto: bool) -> AsyncIterator[str]:
    if with_mosquitto:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        async with mosquitto(folder, port) as url:
            yield url
        return
    async with Broker(folder / "broker", event.id, devices=device_ids(event)) as broker:
        yield broker.url()


async def measure(count: int, rounds: int, *, with_mosquitto: bool) -> None:
    """Run the rounds and print what came of them."""
    event = load_event(FOLDER).event
    assert event is not None
    messages = backlog(event, count)
    bare: list[Taken] = []
    whole: list[Taken] = []
    with tempfile.TemporaryDirectory(prefix="rallykeeper-bench-") as folder:
        async with _broker(Path(folder), event, with_mosquitto=with_mosquitto) as url:
            for turn in range(rounds):
                bare.append(await bare_round(url, event, messages))
                whole.append(await whole_round(url, event, messages, Path(folder) / f"data-{turn}"))
                print(f"round {turn + 1}: bare {bare[-1]}   whole {whole[-1]}", flush=True)
    both = [Taken(*map(median, zip(*taken, strict=True))) for taken in (bare, whole)]
    ratio, cost = both[1].rate / both[0].rate, both[1].cost / both[0].cost
    print(f"medians: bare {both[0]}   whole {both[1]}   rate x {ratio:.2f}, cost x {cost:.2f}")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("messages", type=int, nargs="?", default=20_000)
    parser.add_argument("rounds", type=int, nargs="?", default=3)
    parser.add_argument("--mosquitto", action="store_true", help="with Mosquitto in place of NATS")
    parser.add_argument("--drain", nargs=2, metavar=("URL", "COUNT"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.drain:
        event = load_event(FOLDER).event
        assert event is not None
        url, count = chosen.drain
        asyncio.run(drain_bare(url, sessions_of(event, _BARE), int(count)))
        return
    asyncio.run(measure(chosen.messages, chosen.rounds, with_mosquitto=chosen.mosquitto))


if __name__ == "__main__":
    main()
