"""A `rallykeeper serve` in a process of its own, and the brokers it speaks through."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import pytest

from devices.mqtt import BrokerAddress
from timing.clock import SystemClock
from timing.core.instant import Instant

ROOT = Path(__file__).resolve().parent.parent.parent
EVENTS = ROOT / "simulators" / "events"
_MOSQUITTO_PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


class Service:
    """One life of the service. `told` is what it said of itself when it was ready."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self.log = log
        self.told: dict[str, Any] = {}
        self._session = httpx.AsyncClient(timeout=20, follow_redirects=True)

    @property
    def url(self) -> str:
        """The address of the pages."""
        return str(self.told["url"])

    async def ready(self) -> None:
        """Wait until it serves; fail the test with its last words when it does not come to that."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            line = await self.process.stdout.readline()
        if not line:
            pytest.fail(self.log.read_text(errors="replace")[-2000:])
        self.told = json.loads(line)

    async def sign_in(self, role: str = "timekeeper") -> None:
        """Open a personal link, so that all that follows is what this official sees."""
        (await self._session.get(self.told["links"][role])).raise_for_status()

    async def get(self, path: str) -> Any:
        """Return the JSON of a page."""
        answer = await self._session.get(f"{self.url}{path}")
        answer.raise_for_status()
        return answer.json()

    async def text(self, path: str) -> str:
        """Return the text of a page."""
        answer = await self._session.get(f"{self.url}{path}")
        answer.raise_for_status()
        return answer.text

    async def state(self) -> dict[str, Any]:
        """Return the live document."""
        state = (await self.get("/api/live"))["state"]
        assert isinstance(state, dict)
        return state

    async def metric(self, name: str) -> int:
        """Return a counter of the service; one that has not counted yet is 0."""
        for line in (await self.text("/metrics")).splitlines():
            if line.startswith(f"{name} "):
                return int(float(line.rpartition(" ")[2]))
        return 0

    async def until(
        self, condition: Callable[[dict[str, Any]], bool], within: float = 20.0, every: float = 0.05
    ) -> dict[str, Any]:
        """Return the live document once something holds in it."""
        state: dict[str, Any] = {}
        try:
            async with asyncio.timeout(within):
                while True:
                    state = await self.state()
                    if condition(state):
                        return state
                    await asyncio.sleep(every)
        except TimeoutError:
            pytest.fail(
                f"did not come true within {within} s; the quarantine holds {state.get('quarantine')}"
            )

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process.returncode is None:
            self.process.kill()
        await self._gone()

    async def stop(self) -> int:
        """End it politely; return its exit status."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            return await self._gone()

    async def _gone(self) -> int:
        await self._session.aclose()
        await self.process.communicate()
        return await self.process.wait()


async def spawn(folder: Path, data: Path, *more: str) -> Service:
    """Start the service and do not wait for it."""
    log = data.parent / f"{data.name}.log"
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dashboard.serve", "serve", str(folder),
            "--data", str(data), "--port", "0", "--json", *more,
            cwd=ROOT, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    return Service(process, log)


@asynccontextmanager
async def serving(folder: Path, data: Path, *more: str) -> AsyncIterator[Service]:
    """A service that is ready, ended politely at the end."""
    service = await spawn(folder, data, *more)
    try:
        await service.ready()
        yield service
    finally:
        await service.stop()


def clock_table(path: Path, rally: Instant, rate: int = 1) -> Path:
    """Write a clock that shows `rally` now and goes on at `rate` (0 stands still)."""
    path.write_text(json.dumps([[SystemClock().now(), rally, rate]]))
    return path


@asynccontextmanager
async def mosquitto(folder: Path, port: int, *more: str) -> AsyncIterator[str]:
    """The address of a Mosquitto of our own; skips where there is none.

    It queues without limit for a subscriber that is away, because its default drops from the 1001st on.
    `more` are lines of its configuration.
    """
    program = shutil.which("mosquitto", path=_MOSQUITTO_PLACES)
    if program is None:
        pytest.skip("no mosquitto on this machine")
    config = folder / "mosquitto.conf"
    lines = (f"listener {port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0", *more)
    config.write_text("\n".join(lines) + "\n")
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(config), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        await _listening(port)
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return


def mqtt_client(url: str) -> aiomqtt.Client:
    """A client for a broker's address."""
    address = BrokerAddress.parse(url)
    client = aiomqtt.Client(
        address.host, address.port, username=address.username, password=address.password, timeout=20
    )
    client.pending_calls_threshold = 10_000
    return client


async def publish_all(client: aiomqtt.Client, messages: Iterable[tuple[str, bytes]]) -> None:
    """Publish with QoS 1; return when the broker has acknowledged every one of them."""
    await asyncio.gather(*(client.publish(topic, payload, qos=1) for topic, payload in messages))
