import asyncio
import itertools
import json
import os
import socket
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from dashboard.client_frames import Closed, Ping, read_frames
from dashboard.hub import Audience, Hub
from dashboard.live import Admission, Gateway, live_protocol
from dashboard.merge_patch import apply
from dashboard.messages import Json, canonical
from dashboard.stream import Stream
from timing.core.instant import SECOND, Instant


class Scene:
    """A hub whose document the test writes, and a clock the test moves."""

    def __init__(self) -> None:
        self.now: Instant = 1_713_801_600 * SECOND
        self.changed: dict[Audience, dict[str, Json]] = {}
        self.sessions = {"tk"}
        self.hub = Hub(
            streams={audience: Stream(seq=1_000_000) for audience in Audience},
            project=self.project,
            now=lambda: self.now,
        )
        self.gateway = Gateway(self.hub, self.admit)

    def project(self, now: Instant) -> dict[Audience, dict[str, Json]]:
        changed, self.changed = self.changed, {}
        return changed

    def admit(self, cookie: str) -> Admission:
        if "rallykeeper_session=tk" in cookie:
            return Admission(Audience.OFFICIALS, lambda: "tk" in self.sessions)
        return Admission(Audience.PUBLIC, lambda: True)

    def write(self, audience: Audience = Audience.PUBLIC, **parts: Json) -> None:
        self.changed.setdefault(audience, {}).update(parts)
        self.hub.urge()


async def not_found(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    task = asyncio.create_task(made.hub.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def joined(serve: Any, scene: Scene) -> AsyncIterator[str]:
    async with serve(not_found, ws=live_protocol(scene.gateway)) as port:
        yield f"ws://127.0.0.1:{port}/live"


async def receive(client: ClientConnection) -> Json:
    async with asyncio.timeout(10):
        message = json.loads(await client.recv())
    assert isinstance(message, dict)
    return message


async def everything(client: ClientConnection) -> None:
    while True:
        await receive(client)


def no_nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return all(no_nulls(inner) for inner in value.values())
    return value is not None


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_a_viewer_gets_a_snapshot_and_then_each_change(
    serve: Any, scene: Scene, compression: str | None
) -> None:
    scene.write(cars={str(number): {"km": number} for number in range(100)})
    async with joined(serve, scene) as url, connect(url, compression=compression) as client:
        first = await receive(client)
        if first["state"] == {}:
            first = await receive(client)
        scene.write(cars={str(number): {"km": number} for number in range(101)})
        patch = await receive(client)
        while "100" not in patch.get("patch", {}).get("cars", {}):
            patch = await receive(client)
        assert patch["patch"] == {"cars": {"100": {"km": 100}}}


async def test_a_viewer_who_was_away_ends_with_the_bytes_of_a_fresh_snapshot(
    serve: Any, scene: Scene
) -> None:
    async with joined(serve, scene) as url:
        async with connect(url) as client:
            held = await receive(client)
        scene.write(cars={"1": {"km": 1}, "2": {"km": 5}})
        await passed(scene, held["seq"])
        scene.write(cars={"1": {"km": 2}}, standings={"overall": {"1": {"rank": 1}}})
        await passed(scene, held["seq"] + 1)
        async with connect(f"{url}?since={held['seq']}") as client, connect(url) as fresh_client:
            fresh = await receive(fresh_client)
            state, seq = held["state"], held["seq"]
            while seq < fresh["seq"]:
                patch = await receive(client)
                assert patch["type"] == "patch"
                assert patch["seq"] == seq + 1
                state, seq = apply(state, patch["patch"]), patch["seq"]
        assert canonical(state) == canonical(fresh["state"])
        assert no_nulls(state)


async def passed(scene: Scene, seq: int) -> None:
    async with asyncio.timeout(5):
        while True:
            if scene.hub.streams[Audience.PUBLIC].seq > seq:
                return
            await asyncio.sleep(0.01)


async def test_a_number_of_an_earlier_life_of_the_service_gets_a_snapshot(serve: Any, scene: Scene) -> None:
    async with joined(serve, scene) as url, connect(f"{url}?since=17") as client:
        assert (await receive(client))["type"] == "snapshot"


async def test_a_narrowed_viewer_sees_its_keys_alone_and_unbroken_numbers(serve: Any, scene: Scene) -> None:
    async with joined(serve, scene) as url, connect(f"{url}?only=standings") as client:
        seq = (await receive(client))["seq"]
        scene.write(cars={"1": {"km": 1}})
        message = await receive(client)
        assert message["patch"] == {}
        assert message["seq"] == seq + 1
        scene.write(standings={"overall": {"1": {"rank": 1}}}, cars={"1": {"km": 2}})
        assert (await receive(client))["patch"] == {"standings": {"overall": {"1": {"rank": 1}}}}


@pytest.mark.parametrize(
    ("query", "status"),
    [("?only=devices", 400), ("?only=", 400), ("?since=x", 400), ("?since=-1", 400)],
)
async def test_what_a_viewer_may_not_ask_for_is_refused_in_words(
    serve: Any, scene: Scene, query: str, status: int
) -> None:
    async with joined(serve, scene) as url:
        with pytest.raises(InvalidStatus) as refused:
            await connect(url + query)
        assert refused.value.response.status_code == status
        assert refused.value.response.body


async def test_another_path_is_no_websocket(serve: Any, scene: Scene) -> None:
    async with joined(serve, scene) as url:
        with pytest.raises(InvalidStatus) as refused:
            await connect(url + "/x")
        assert refused.value.response.status_code == 404


async def test_an_official_sees_the_fuller_document_until_the_session_is_revoked(
    serve: Any, scene: Scene, within: Any
) -> None:
    scene.write(Audience.OFFICIALS, devices={"TIMY": {"status": "ok"}})
    headers = {"Cookie": "rallykeeper_session=tk"}
    async with joined(serve, scene) as url:
        await within(5, lambda: "devices" in scene.hub.streams[Audience.OFFICIALS].state)
        async with connect(url, additional_headers=headers) as client, connect(url) as public:
            assert (await receive(client))["state"] == {"devices": {"TIMY": {"status": "ok"}}}
            assert (await receive(public))["state"] == {}
            scene.sessions.clear()
            with pytest.raises(ConnectionClosed) as closed:
                await everything(client)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008


async def test_a_page_of_another_site_cannot_ride_on_an_officials_cookie(serve: Any, scene: Scene) -> None:
    headers = {"Cookie": "rallykeeper_session=tk"}
    async with joined(serve, scene) as url:
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, additional_headers=headers, origin=Origin("http://evil.example"))
        assert refused.value.response.status_code == 403
        own = url.removeprefix("ws://").removesuffix("/live")
        async with connect(url, additional_headers=headers, origin=Origin(f"http://{own}")) as client:
            assert (await receive(client))["type"] == "snapshot"


async def test_a_ping_is_answered_and_a_close_is_returned(serve: Any, scene: Scene, within: Any) -> None:
    async with joined(serve, scene) as url:
        client = await connect(url)
        async with asyncio.timeout(5):
            await (await client.ping(b"there?"))
        await client.send("viewers have nothing to say, and are not listened to")
        async with asyncio.timeout(5):
            await (await client.ping(b"still?"))
        await client.close(code=1000)
        assert client.close_code == 1000
        await within(5, lambda: scene.hub.viewers == 0)


async def test_a_client_that_sends_megabytes_is_sent_away(serve: Any, scene: Scene) -> None:
    async with joined(serve, scene) as url, connect(url, compression=None) as client:
        await receive(client)
        await client.send("x" * 100_000)
        with pytest.raises(ConnectionClosed) as closed:
            await receive(client)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


class Deaf:
    """A client that opens the stream and then never reads."""

    def __init__(self, port: int) -> None:
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.connect(("127.0.0.1", port))
        self.sock.sendall(
            b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        self.sock.setblocking(False)


async def test_a_client_that_never_reads_is_dropped_and_slows_nobody(
    serve: Any, scene: Scene, within: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.hub.STUCK", 3.0)
    noise = {"n": 0}

    def write() -> None:
        noise["n"] += 1
        cars = {str(car): {"crew": os.urandom(500).hex(), "n": noise["n"]} for car in range(60)}
        scene.write(cars=cars)

    async with joined(serve, scene) as url:
        clients = [await connect(url, compression=None, max_size=None) for _ in range(20)]
        port = int(url.split(":")[2].split("/")[0])
        deaf = Deaf(port)
        await within(5, lambda: scene.hub.viewers == 21)
        delays: list[float] = []
        loop = asyncio.get_running_loop()

        async def read(client: ClientConnection) -> None:
            seq = (await receive(client))["seq"]
            while True:
                message = await receive(client)
                assert message["seq"] == seq + 1 or message["type"] == "snapshot"
                seq = message["seq"]
                if noise["n"] == message.get("patch", {}).get("cars", {}).get("1", {}).get("n"):
                    delays.append(loop.time() - written)

        written = loop.time()
        readers = [asyncio.create_task(read(client)) for client in clients]
        largest = 0
        while scene.hub.counters.dropped == 0:
            assert loop.time() - written < 30
            for _ in range(4):
                write()
                written_now = loop.time()
                written = written_now
                await asyncio.sleep(0.1)
                largest = max([largest, *(viewer.unsent() for viewer in scene.hub._slow)])  # noqa: SLF001
            if noise["n"] > 150:
                pytest.fail("the deaf client was never dropped")
        assert scene.hub.viewers == 20
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        assert not any(reader.done() and not reader.cancelled() for reader in readers)
        assert statistics.quantiles(delays, n=100)[98] < 0.5
        assert largest < 400_000, "more than one message waits for a client that does not read"
        for client in clients:
            await client.close()
        deaf.sock.close()


async def test_a_viewer_who_was_blocked_for_a_while_is_brought_up_to_date(
    serve: Any, scene: Scene, within: Any
) -> None:
    async with joined(serve, scene) as url:
        port = int(url.split(":")[2].split("/")[0])
        slow = Deaf(port)
        await within(5, lambda: scene.hub.viewers == 1)
        for step in range(40):
            scene.write(cars={str(car): {"crew": os.urandom(500).hex(), "n": step} for car in range(60)})
            seq = scene.hub.streams[Audience.PUBLIC].seq
            await passed(scene, seq)
            if scene.hub._slow:  # noqa: SLF001
                break
        assert scene.hub._slow  # noqa: SLF001
        for step in range(5):
            scene.write(cars={"1": {"crew": "back", "n": 1000 + step}})
            await passed(scene, scene.hub.streams[Audience.PUBLIC].seq)
        loop = asyncio.get_running_loop()
        data = b""
        while b'"n":1004' not in data:
            async with asyncio.timeout(10):
                data += await loop.sock_recv(slow.sock, 65536)
        assert scene.hub.counters.skipped >= 1
        assert scene.hub.counters.dropped == 0
        slow.sock.close()


def test_the_frames_of_a_client_may_be_cut_anywhere() -> None:
    def masked(opcode: int, payload: bytes) -> bytes:
        mask = b"\x01\x02\x03\x04"
        body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        return bytes((0x80 | opcode, 0x80 | len(payload))) + mask + body

    stream = masked(0x9, b"hello") + masked(0x1, b"skipped") + masked(0xA, b"") + masked(0x8, b"\x03\xe8bye")
    for cut in range(len(stream) + 1):
        first, rest = read_frames(stream[:cut])
        second, left = read_frames(rest + stream[cut:])
        assert first + second == [Ping(b"hello"), Closed(1000)]
        assert left == b""


async def test_urgent_news_do_not_let_a_costly_board_take_all_of_the_time() -> None:
    """A tick that took long is followed by a pause in which readings are taken, a tick at most."""
    scene, ticks = Scene(), list[float]()
    loop = asyncio.get_running_loop()

    def costly(now: Instant) -> dict[Audience, dict[str, Json]]:
        ticks.append(loop.time())
        time.sleep(0.02)
        scene.hub.urge()
        return {}

    scene.hub.project = costly
    task = asyncio.create_task(scene.hub.run())
    await asyncio.sleep(2.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    pauses = [later - earlier for earlier, later in itertools.pairwise(ticks)]
    assert len(ticks) >= 3
    assert min(pauses) >= 0.15
