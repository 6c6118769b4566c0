import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from devices.tcp import TcpLink, TcpSettings, watch_connection
from tests.devices.kept import Kept
from timing.clock import SystemClock

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOW = SystemClock().now
LINE = b" 0012 C1  10:07:20.2731 00\r"


class Timer:
    """A timer that listens on a port and says what it is told to."""

    def __init__(self) -> None:
        self.heard = b""
        self.port = 0
        self._server: asyncio.Server | None = None
        self._ends: list[asyncio.StreamWriter] = []

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.append(writer)
        with contextlib.suppress(OSError):
            while data := await reader.read(100):
                self.heard += data
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    @property
    def connected(self) -> bool:
        return bool(self._ends)

    async def say(self, data: bytes) -> None:
        for end in self._ends:
            end.write(data)
            await end.drain()

    async def hang_up(self, *, by_reset: bool = False) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            if by_reset:
                end.transport.abort()
            else:
                end.close()
        self._ends.clear()


@pytest.fixture
async def timer() -> AsyncIterator[Timer]:
    made = Timer()
    await made.listen()
    yield made
    await made.hang_up()


def keep(port: int, send: str = "") -> Kept:
    settings = TcpSettings(host="127.0.0.1", port=port, send=send)
    return Kept(TcpLink(settings, device="t", decoder="alge_timy", now=NOW), NOW)


def test_a_connection_that_is_gone_already_takes_no_probes_and_raises_nothing() -> None:
    gone = socket.socket()
    gone.close()
    watch_connection(gone)


@pytest.mark.parametrize(("send", "told"), [("", b"HELLO\r\n"), ("RSM", b"RSM\r")])
async def test_a_protocols_greeting_is_said_unless_the_register_has_a_command(
    timer: Timer, wait_until: Wait, send: str, told: bytes
) -> None:
    settings = TcpSettings(host="127.0.0.1", port=timer.port, send=send)
    kept = Kept(TcpLink(settings, device="t", decoder="gpsd", now=NOW, greeting=b"HELLO\r\n"), NOW)
    await wait_until(lambda: timer.heard == told)
    await kept.close()


async def test_what_a_device_says_arrives_and_it_is_asked_for_its_memory(
    timer: Timer, wait_until: Wait
) -> None:
    kept = keep(timer.port, send="RSM")
    await wait_until(lambda: timer.heard == b"RSM\r")
    await timer.say(LINE)
    await wait_until(lambda: kept.data == LINE)
    assert kept.incoming[0].origin == f"tcp:127.0.0.1:{timer.port}"
    assert [incoming.opening for incoming in kept.incoming] == [True] + [False] * (len(kept.incoming) - 1)
    assert kept.incoming[0].ack is None
    await kept.close()


@pytest.mark.parametrize("by_reset", [False, True])
async def test_a_device_that_goes_is_seen_and_comes_back_by_itself(
    timer: Timer, wait_until: Wait, by_reset: bool
) -> None:
    kept = keep(timer.port)
    await wait_until(lambda: kept.holder.state.up and timer.connected)
    await timer.hang_up(by_reset=by_reset)
    await wait_until(lambda: not kept.holder.state.up)
    assert kept.holder.state.error
    heard = len(kept.incoming)
    await timer.listen()
    await wait_until(lambda: kept.holder.state.up and timer.connected)
    await timer.say(LINE)
    await wait_until(lambda: kept.data.endswith(LINE))
    assert kept.incoming[heard].opening
    await kept.close()


async def test_a_device_that_is_switched_on_later_is_found(
    free_port: Callable[[], int], wait_until: Wait
) -> None:
    timer = Timer()
    timer.port = free_port()
    kept = keep(timer.port)
    await wait_until(lambda: "refused" in kept.holder.state.error.lower())
    await timer.listen()
    await wait_until(lambda: kept.holder.state.up)
    await kept.close()
    await timer.hang_up()


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("tcp:192.168.1.50:7000", TcpSettings(host="192.168.1.50", port=7000)),
        (
            "tcp:timer.local:3601?send=PUSHPASSINGS",
            TcpSettings(host="timer.local", port=3601, send="PUSHPASSINGS"),
        ),
        ("tcp:[fe80::1]:7000", TcpSettings(host="fe80::1", port=7000)),
    ],
)
def test_a_network_link_is_read_from_the_register(link: str, expected: TcpSettings) -> None:
    assert TcpSettings.parse(link) == expected


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("serial:/dev/x", "no|not"),
        ("tcp:host", "not a device's address"),
        ("tcp::7000", "not a device's address"),
        ("tcp:host:70000", "range"),
        ("tcp:host:name", "tcp:host:name"),
        ("tcp:host:7000/path", "not a device's address"),
        ("tcp:host:7000?baud=9600", "baud"),
        ("tcp:host:7000?send=%0Dx", "plain letters"),
    ],
)
def test_what_is_wrong_in_a_network_link_is_named(link: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        TcpSettings.parse(link)
