"""A real uvicorn on a free port of 127.0.0.1, in the loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

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
