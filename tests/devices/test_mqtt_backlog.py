"""A long absence: what the broker kept meanwhile may come before the answer to the subscription."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import devices.mqtt_client
from devices.link import Incoming, KeptLink
from devices.mqtt import MqttLink, Route
from tests.scenarios.running import mosquitto, mqtt_client, publish_all
from timing.clock import SystemClock

NOW = SystemClock().now


def kept_link(url: str) -> KeptLink:
    routes = [Route(filter="rally/mille/fix/+", decoder="native")]
    return KeptLink(MqttLink(url=url, client_id="backlog", routes=routes, now=NOW), now=NOW)


async def test_a_backlog_above_the_bound_of_what_may_wait_is_taken_at_once(
    tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices.mqtt_client, "MOST_WAITING", 50)
    seen: list[bytes] = []

    async def take(batch: Sequence[Incoming]) -> None:
        for incoming in batch:
            assert incoming.ack is not None
            incoming.ack()
            seen.append(incoming.payload)

    async with mosquitto(tmp_path, free_port(), "max_inflight_messages 0") as url:
        first = kept_link(url)
        task = asyncio.create_task(first.run(take))
        async with asyncio.timeout(10):
            while not first.state.up:  # noqa: ASYNC110 - the state has no event
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        wanted = [b"%d" % n for n in range(2000)]
        async with mqtt_client(url) as client:
            await publish_all(client, [("rally/mille/fix/T", payload) for payload in wanted])
        second = kept_link(url)
        task = asyncio.create_task(second.run(take))
        async with asyncio.timeout(10):
            while len(seen) < len(wanted) or not second.state.up:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert seen == wanted
    assert second.state.flaps == 1
