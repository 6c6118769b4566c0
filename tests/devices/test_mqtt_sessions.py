"""Two sessions in one link: stamps never wait behind the positions that a broker has kept."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from devices.broker import Broker
from devices.broker_config import FLEET
from devices.link import Incoming, KeptLink
from devices.mqtt import MqttLink, Route
from devices.mqtt_client import MqttClient
from tests.scenarios.running import mqtt_client, publish_all
from timing.clock import SystemClock

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOW = SystemClock().now
FIXES = Route(filter="rally/mille/fix/+", decoder="native", bulk=True)
STAMPS = Route(filter="rally/mille/stamp/+", decoder="native")


def link_of(nats: Broker, *routes: Route) -> KeptLink:
    return KeptLink(MqttLink(url=nats.url(), client_id="two", routes=routes, now=NOW), now=NOW)


async def kept_up(link: KeptLink, take: Callable[[Sequence[Incoming]], Awaitable[None]], wait: Wait) -> Any:
    task = asyncio.create_task(link.run(take))
    await wait(lambda: link.state.up)
    return task


async def ended(task: Any) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Taker:
    """Acknowledges; remembers what came in which order."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes]] = []

    async def __call__(self, batch: Sequence[Incoming]) -> None:
        for incoming in batch:
            assert incoming.ack is not None
            incoming.ack()
            self.seen.append((incoming.topic.split("/")[2], incoming.payload))
        await asyncio.sleep(0.01)

    def count(self, kind: str) -> int:
        return sum(seen == kind for seen, _ in self.seen)


async def test_stamps_come_before_the_thousands_of_fixes_kept_with_them(
    nats: Broker, wait_until: Wait
) -> None:
    await ended(await kept_up(link_of(nats, FIXES, STAMPS), Taker(), wait_until))
    messages = [(f"rally/mille/{'stamp' if n % 5 == 2 else 'fix'}/T", b"%d" % n) for n in range(6000)]
    async with mqtt_client(nats.url(FLEET)) as client:
        for start in range(0, len(messages), 500):
            await publish_all(client, messages[start : start + 500])
    taker = Taker()
    task = await kept_up(link_of(nats, FIXES, STAMPS), taker, wait_until)
    await wait_until(lambda: len(taker.seen) >= len(messages))
    await ended(task)
    assert {payload for _, payload in taker.seen} == {payload for _, payload in messages}
    last_stamp = max(n for n, (kind, _) in enumerate(taker.seen) if kind == "stamp")
    assert last_stamp < len(messages) * 3 / 4


async def test_a_session_that_once_held_everything_gives_its_fixes_up(nats: Broker, wait_until: Wait) -> None:
    before = Route(filter=FIXES.filter, decoder="native")
    await ended(await kept_up(link_of(nats, before, STAMPS), Taker(), wait_until))
    taker = Taker()
    task = await kept_up(link_of(nats, FIXES, STAMPS), taker, wait_until)
    async with mqtt_client(nats.url(FLEET)) as client:
        await publish_all(client, [("rally/mille/fix/T", b"%d" % n) for n in range(50)])
        await wait_until(lambda: taker.count("fix") >= 50)
        await publish_all(client, [("rally/mille/stamp/T", b"last")])
    await wait_until(lambda: taker.count("stamp") == 1)
    await ended(task)
    assert taker.count("fix") == 50


async def test_the_acknowledgements_of_a_batch_leave_in_one_write(
    nats: Broker, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients: list[MqttClient] = []
    created = MqttClient.__init__

    def noted(self: MqttClient, **options: Any) -> None:
        created(self, **options)
        clients.append(self)

    monkeypatch.setattr(MqttClient, "__init__", noted)
    taker = Taker()
    task = await kept_up(link_of(nats, STAMPS), taker, wait_until)
    writes: list[int] = []
    paho = clients[0]._client  # noqa: SLF001 - the writes that reach the socket
    send = paho._sock_send  # noqa: SLF001

    def counted(packet: bytes | bytearray) -> int:
        writes.append(len(packet))
        return send(packet)

    monkeypatch.setattr(paho, "_sock_send", counted)
    async with mqtt_client(nats.url(FLEET)) as client:
        await publish_all(client, [("rally/mille/stamp/T", b"%d" % n) for n in range(400)])
        await wait_until(lambda: len(taker.seen) >= 400 and sum(writes) >= 1600)
    await ended(task)
    assert len(writes) < 200
    assert {payload for _, payload in taker.seen} == {b"%d" % n for n in range(400)}
    assert len(taker.seen) == 400, "what was acknowledged came again"
