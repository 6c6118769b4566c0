"""Devices on real links: what they say goes by a wire, a socket, a broker or HTTP into the whole way in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from dashboard.phones import phone_routes
from devices.broker import Broker
from devices.catalogue import DECODERS
from devices.http_post import HttpPostLink
from devices.register import links_of
from simulators.counterparts.teltonika import login
from tests.devices.way_in import WayIn
from tests.scenarios.captures import IMEI
from tests.scenarios.running import mqtt_client, publish_all
from tests.scenarios.wires import Wire
from timing.core.event import Event


async def settled(way: WayIn, wanted: int) -> None:
    """Wait until so much has come, and nothing more does."""
    before = -1
    for _ in range(40):
        now = len(way.fixes()) + len(way.readings()) + len(way.refused())
        if now >= wanted and now == before:
            return
        before = now
        await asyncio.sleep(0.25)


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0.01)
    pytest.fail("did not come true within 10 s")


@asynccontextmanager
async def by_serial(
    way: WayIn, event: Event, pieces: list[bytes], folder: Path, port: int
) -> AsyncIterator[None]:
    wire = Wire(folder / "port")
    wire.plug()
    kept = way.keep(links_of(event, broker_url="mqtt://127.0.0.1:1", now=way.clock.now).wired[0])
    await until(lambda: kept.state.up)
    await wire.say(b"".join(pieces))
    yield
    wire.unplug()


@asynccontextmanager
async def by_tcp(
    way: WayIn, event: Event, pieces: list[bytes], folder: Path, port: int
) -> AsyncIterator[None]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = event.devices["d"]
        if DECODERS[link.decoder].greeting:
            await reader.readline()
        for piece in pieces:
            writer.write(piece)
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    way.keep(links_of(event, broker_url="mqtt://127.0.0.1:1", now=way.clock.now).wired[0])
    yield
    server.close()


@asynccontextmanager
async def by_listening(
    way: WayIn, event: Event, pieces: list[bytes], folder: Path, port: int
) -> AsyncIterator[None]:
    way.keep(links_of(event, broker_url="mqtt://127.0.0.1:1", now=way.clock.now).wired[0])
    greeting = login(IMEI) if event.devices["d"].decoder == "teltonika" else b""
    # Each comes by a connection of its own: what is none ends it.
    for piece in pieces:
        for attempt in range(100):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.01 * attempt)
        with contextlib.suppress(OSError):
            writer.write(greeting + piece)
            writer.write_eof()
            await reader.read()
            writer.close()
            await writer.wait_closed()
    yield


@asynccontextmanager
async def by_mqtt(
    way: WayIn, event: Event, pieces: list[bytes], folder: Path, port: int
) -> AsyncIterator[None]:
    async with (
        Broker(folder / "broker", event.id, devices=("d",)) as broker,
        mqtt_client(broker.url()) as client,
    ):
        kept = way.keep(links_of(event, broker_url=broker.url(), now=way.clock.now).mqtt)
        await until(lambda: kept.state.up)
        await publish_all(client, [("devices/d", piece) for piece in pieces if piece])
        yield


@asynccontextmanager
async def by_http(
    way: WayIn, event: Event, pieces: list[bytes], folder: Path, port: int
) -> AsyncIterator[None]:
    app = FastAPI()
    link = HttpPostLink(
        deliver=way.deliver, holds=lambda device, secret: secret == "s3cret", now=way.clock.now
    )
    app.include_router(phone_routes(link))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
    running = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    url = f"http://127.0.0.1:{port}/ingest/{event.devices['d'].decoder}/d/s3cret"
    async with httpx.AsyncClient() as phone:
        for piece in filter(None, pieces):
            text = piece.decode()
            answer = await (
                phone.get(url + text[1:]) if text.startswith("/?") else phone.post(url, content=piece)
            )
            assert answer.status_code == 200, "no phone is told to discard or to repeat a position"
    yield
    server.should_exit = True
    await running


SENDERS = {
    "serial": by_serial,
    "tcp": by_tcp,
    "listen": by_listening,
    "mqtt": by_mqtt,
    "http": by_http,
}
