import asyncio
from collections.abc import Awaitable, Callable, Sequence

from devices.broker import Broker
from devices.broker_config import FLEET
from devices.link import Incoming, KeptLink
from devices.mqtt import MqttLink
from timing.clock import SystemClock

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOW = SystemClock().now


async def test_a_task_cancelled_as_the_broker_answers_ends_all_the_same(
    nats: Broker, wait_until: Wait
) -> None:
    """A cancellation in the turn in which PUBACK arrives must not be lost, or nothing could be ended."""
    link = MqttLink(url=nats.url(FLEET), client_id="ender", routes=(), now=NOW)

    async def nothing(batch: Sequence[Incoming]) -> None:
        return

    kept = KeptLink(link, now=NOW)
    holding = asyncio.create_task(kept.run(nothing))
    await wait_until(lambda: kept.state.up)

    async def publish_for_ever() -> None:
        while True:
            await link.publish("rally/mille/heartbeat/x", b"{}")

    for turns in range(200):
        busy = asyncio.create_task(publish_for_ever())
        for _ in range(turns % 40):
            await asyncio.sleep(0)
        busy.cancel()
        done, _ = await asyncio.wait([busy], timeout=5)
        assert done, "the cancellation was lost"
    holding.cancel()
    await asyncio.wait([holding], timeout=5)
