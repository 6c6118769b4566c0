import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from devices.broker import Broker, BrokerError
from devices.broker_config import device_permissions, subject, users_of
from devices.link import Incoming, KeptLink
from devices.mqtt import MqttLink, Route
from timing.clock import SystemClock

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOW = SystemClock().now


class Client:
    """One user of the broker, kept connected, that remembers what it was sent."""

    def __init__(self, broker: Broker, user: str, *filters: str) -> None:
        self.link = MqttLink(
            url=broker.url(user),
            client_id=f"test-{user.replace('.', '_')}",
            routes=[Route(filter=wanted, decoder="") for wanted in filters],
            now=NOW,
        )
        self.holder = KeptLink(self.link, now=NOW)
        self.topics: list[str] = []
        self.task = asyncio.create_task(self.holder.run(self._take))

    async def _take(self, batch: object) -> None:
        assert isinstance(batch, list)
        for incoming in batch:
            assert isinstance(incoming, Incoming)
            assert incoming.ack is not None
            incoming.ack()
            self.topics.append(incoming.topic)

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_device_speaks_on_its_own_topics_only(nats: Broker, wait_until: Wait) -> None:
    service = Client(nats, "service", "rally/mille/stamp/+", "rally/mille/live/+", "owntracks/+/+")
    gate = Client(nats, "gate-1", "rally/mille/receipt/gate-1")
    await wait_until(lambda: service.holder.state.up and gate.holder.state.up)
    for topic in (
        "rally/mille/stamp/T.7",
        "rally/mille/live/patch",
        "owntracks/crew/T.7",
        "rally/mille/stamp/gate-1",
    ):
        await gate.link.publish(topic, b"x")
    await service.link.publish("rally/mille/receipt/T.7", b"not yours")
    await service.link.publish("rally/mille/receipt/gate-1", b"yours")
    await wait_until(lambda: bool(service.topics) and bool(gate.topics))
    assert service.topics == ["rally/mille/stamp/gate-1"]
    assert gate.topics == ["rally/mille/receipt/gate-1"]
    await service.leave()
    await gate.leave()


async def test_a_device_cannot_read_what_others_send(nats: Broker, wait_until: Wait) -> None:
    spy = Client(nats, "gate-1", "rally/mille/fix/+")
    await wait_until(lambda: "refuses the subscription" in spy.holder.state.error)
    await spy.leave()


async def test_a_device_whose_id_holds_a_dot_has_its_topics_too(nats: Broker, wait_until: Wait) -> None:
    service = Client(nats, "service", "rally/mille/fix/+")
    tracker = Client(nats, "T.7")
    await wait_until(lambda: service.holder.state.up and tracker.holder.state.up)
    await tracker.link.publish("rally/mille/fix/T.7", b"x")
    await wait_until(lambda: service.topics == ["rally/mille/fix/T.7"])
    await service.leave()
    await tracker.leave()


async def test_a_broker_that_dies_is_started_again_and_has_kept_its_sessions(
    nats: Broker, wait_until: Wait
) -> None:
    watch = asyncio.create_task(nats.run())
    service = Client(nats, "service", "rally/mille/stamp/+")
    gate = Client(nats, "gate-1")
    await wait_until(lambda: service.holder.state.up and gate.holder.state.up)
    killed = nats.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    await wait_until(lambda: nats.pid not in (None, killed))
    await wait_until(lambda: service.holder.state.up and gate.holder.state.up)
    await gate.link.publish("rally/mille/stamp/gate-1", b"after the fall")
    await wait_until(lambda: bool(service.topics))
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    await service.leave()
    await gate.leave()


async def test_the_broker_ends_with_us_and_comes_back_where_it_was(tmp_path: Path) -> None:
    async with Broker(tmp_path, "mille", devices=["gate-1"]) as first:
        pid, port, password = first.pid, first.port, first.password("gate-1")
    assert pid is not None
    assert not alive(pid)
    async with Broker(tmp_path, "mille", devices=["gate-1", "gate-2"]) as second:
        assert second.port == port
        assert second.password("gate-1") == password
        assert second.password("gate-2") != password


async def test_a_broker_left_over_by_a_crash_is_ended_first(tmp_path: Path) -> None:
    crash = (
        "import asyncio, os, pathlib, signal\n"
        "from devices.broker import Broker\n"
        "async def main():\n"
        f"    await Broker(pathlib.Path({str(tmp_path)!r}), 'mille').start()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", crash)
    assert await process.wait() == -signal.SIGKILL
    left_over = int((tmp_path / "broker.pid").read_text())
    assert alive(left_over)
    async with Broker(tmp_path, "mille") as broker:
        assert broker.pid != left_over
        assert not _runs_broker(left_over)


def _runs_broker(pid: int) -> bool:
    """A process whose parent died may stay as a zombie where nobody reaps; that is not running."""
    asked = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(asked.stdout.strip()) and not asked.stdout.strip().startswith("Z")


async def test_a_pid_that_now_is_another_program_is_left_alone(tmp_path: Path) -> None:
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)")
    (tmp_path / "broker.pid").write_text(str(other.pid))
    async with Broker(tmp_path, "mille"):
        assert other.returncode is None
    other.kill()
    await other.wait()


async def test_a_port_in_use_is_said_clearly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BrokerError, match=f"port {port} of 127.0.0.1 is taken"):
            await Broker(tmp_path, "mille", port=port).start()


async def test_secrets_are_for_their_owner_alone(nats: Broker) -> None:
    for path in (nats.credentials_file, nats.credentials_file.with_name("broker.conf")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_topic_becomes_the_brokers_subject() -> None:
    assert subject("rally/mille/fix/+") == "rally.mille.fix.*"
    assert subject("rally/v1.2/#") == "rally.v1//2.>"


@pytest.mark.parametrize("device", ["+", "a/b", "gate 1", "", "a#"])
def test_a_device_id_that_would_open_other_topics_is_refused(device: str) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        device_permissions("mille", device)


def test_a_device_cannot_take_the_place_of_the_service() -> None:
    with pytest.raises(ValueError, match="service"):
        users_of(["gate-1", "service"])
