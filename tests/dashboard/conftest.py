"""A real uvicorn on a free port of 127.0.0.1, in the loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from dashboard.access import AccessStore
from dashboard.assemble import assemble
from dashboard.document_store import open_store
from dashboard.live import live_protocol
from dashboard.service import Service
from timing.clock import SteppedClock, SystemClock
from timing.core.decisions import Decision, Role
from timing.core.event import Event
from timing.core.instant import parse_instant
from timing.core.readings import Fix, Stamp, SyncCheck
from timing.event_folder import load_event
from timing.folder_template import write_template
from timing.ingest import Arrival
from timing.journal.journal import open_journal

Serve = Callable[..., Any]


async def until(seconds: float, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(app: Any, ws: Any = "none") -> AsyncIterator[int]:
    config = uvicorn.Config(
        app,
        ws=ws,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        http="httptools",
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server._serve([listener]))  # noqa: SLF001 - serve() would take the signals
        await until(10, lambda: server.started)
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            async with asyncio.timeout(10):
                await task


@pytest.fixture
def serve() -> Serve:
    """`async with serve(app, ws=protocol) as port`."""
    return serving


@pytest.fixture
def within() -> Callable[[float, Callable[[], bool]], Awaitable[None]]:
    """`await within(seconds, condition)`: polls until the condition holds, fails past the deadline."""
    return until


@dataclass
class Running:
    """The web side of a service over a real journal, with nobody's devices; the clock stands."""

    url: str
    port: int
    clock: SteppedClock
    service: Service
    tokens: dict[str, str]
    app: FastAPI

    @asynccontextmanager
    async def client(self, role: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of somebody in this role ("spectator" for nobody)."""
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as client:
            if role != "spectator":
                answer = await client.post("/api/session", json={"token": self.tokens[role]})
                assert answer.status_code == 200, answer.text
            yield client

    async def give(self, *readings: Stamp | Fix | SyncCheck | Decision, origin: str = "mqtt:test") -> None:
        """Hand readings to the ingest as a link does; return when they are recorded and shown."""
        stored = asyncio.get_running_loop().create_future()
        arrival = Arrival(
            origin=origin,
            received_at=self.clock.now(),
            readings=readings,
            raw=b"",
            ack=lambda: stored.set_result(None),
        )
        await self.service.ingest.submit([arrival])
        async with asyncio.timeout(10):
            await stored
        await self.settle()

    async def settle(self) -> None:
        """Wait for two ticks of the hub."""
        for _ in range(2):
            self.service.hub.urge()
            await asyncio.sleep(0.12)


PEOPLE = {
    "marshal": ([Role.MARSHAL], ["T1.0", "TC0"]),
    "marshal elsewhere": ([Role.MARSHAL], ["TC1"]),
    "clerk": ([Role.CLERK], []),
    "timekeeper": ([Role.TIMEKEEPER], []),
    "steward": ([Role.STEWARD], []),
    "clerk and steward": ([Role.CLERK, Role.STEWARD], []),
}


@pytest.fixture
def event(tmp_path: Path) -> Event:
    folder = tmp_path / "event"
    write_template(folder)
    loaded = load_event(folder)
    assert loaded.event is not None, loaded.problems
    return loaded.event


@pytest.fixture
async def run(event: Event, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """`await run()` starts the web side of a service for the example event (or for `event=`)."""
    async with AsyncExitStack() as stack:

        async def start(
            event: Event = event, now: str = "2026-06-06T16:00:00Z", data: str = "data"
        ) -> Running:
            folder = tmp_path / data
            folder.mkdir(exist_ok=True)
            clock = SteppedClock(parse_instant(now))
            journal = open_journal(folder)
            stack.push_async_callback(journal.close)
            access = AccessStore(folder, SystemClock().now)
            stack.callback(access.close)
            made = await assemble(
                event,
                clock=clock,
                journal=journal,
                access=access,
                store=open_store(folder),
                links=lambda: [],
                publish=nobody,
                static=tmp_path / "static",
            )
            tokens = {
                who: access.add(f"Ada <b>{who}</b>", roles, controls)[1]
                for who, (roles, controls) in PEOPLE.items()
            }
            tasks = [asyncio.create_task(made.ingest.run()), asyncio.create_task(made.hub.run())]

            async def end() -> None:
                await made.ingest.finish()
                await tasks[0]
                tasks[1].cancel()
                await asyncio.gather(tasks[1], return_exceptions=True)

            stack.push_async_callback(end)
            port = await stack.enter_async_context(serving(made.app, live_protocol(made.gateway)))
            return Running(f"http://127.0.0.1:{port}", port, clock, made.service, tokens, made.app)

        yield start


async def nobody(topic: str, payload: bytes, *, retain: bool) -> bool:
    return False
