"""What the tests of links and decoders share: real brokers on the loopback interface, and a fixed arrival."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from devices.broker import Broker

DEVICES = ("gate-1", "T.7")


Wait = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
def wait_until() -> Wait:
    """A wait until something holds, which fails the test when that does not come true in time."""

    async def wait(holds: Callable[[], bool]) -> None:
        for _ in range(1500):
            if holds():
                return
            await asyncio.sleep(0.01)
        pytest.fail("did not come true within 15 s")

    return wait


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[Broker]:
    """The embedded broker with two devices in its register."""
    async with Broker(tmp_path / "broker", "mille", devices=DEVICES) as broker:
        yield broker


@pytest.fixture
async def mosquitto(tmp_path: Path, free_port: Callable[[], int]) -> AsyncIterator[str]:
    """The address of a Mosquitto without users, where one is installed."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("no mosquitto on this machine")
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(config), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _wait_for_port(port)
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _wait_for_port(port: int) -> None:
    for _ in range(500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            await writer.wait_closed()
            return
    pytest.fail(f"nobody listens on port {port}")


@pytest.fixture(params=["nats", "mosquitto"])
def broker_url(request: pytest.FixtureRequest) -> str:
    """The address of each kind of broker in turn."""
    if request.param == "mosquitto":
        return str(request.getfixturevalue("mosquitto"))
    broker: Broker = request.getfixturevalue("nats")
    return broker.url()
