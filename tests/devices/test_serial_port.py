import asyncio
import contextlib
import os
import pty
import tty
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from devices.link import Incoming, KeptLink, LinkError
from devices.register import wired_link
from devices.serial_port import SerialLink, SerialSettings
from tests.devices.kept import Kept
from timing.clock import SystemClock

Wait = Callable[[Callable[[], bool]], Awaitable[None]]
NOW = SystemClock().now


class Device:
    """A timer on a pseudo-terminal; its port is a symlink, as udev makes one for an adapter."""

    def __init__(self, port: Path) -> None:
        self.port = port
        self._ours, self._theirs = -1, -1
        self.plug()

    def plug(self) -> None:
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(os.ttyname(self._theirs))

    def unplug(self) -> None:
        for end in (self._ours, self._theirs):
            with suppress(OSError):
                os.close(end)
        self._ours, self._theirs = -1, -1
        self.port.unlink(missing_ok=True)

    def say(self, data: bytes) -> None:
        os.write(self._ours, data)

    def hear(self) -> bytes:
        return os.read(self._ours, 1000)


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    plugged = Device(tmp_path / "timer")
    yield plugged
    plugged.unplug()


def keep(port: str, send: str = "") -> Kept:
    wire = f"serial:{port}?send={send}" if send else f"serial:{port}"
    return Kept(wired_link(wire, device="SS1-FF", decoder="alge_timy", now=NOW), NOW)


async def test_what_the_device_says_arrives_with_its_origin_and_arrival(
    device: Device, wait_until: Wait
) -> None:
    kept = keep(str(device.port))
    await wait_until(lambda: kept.holder.state.up)
    before = NOW()
    device.say(b" 0012 C1  10:07:20.2731 00\r")
    await wait_until(lambda: kept.data == b" 0012 C1  10:07:20.2731 00\r")
    first = kept.incoming[0]
    assert (first.origin, first.device, first.decoder) == (f"serial:{device.port}", "SS1-FF", "alge_timy")
    assert before <= first.received_at <= NOW()
    assert [incoming.opening for incoming in kept.incoming] == [True] + [False] * (len(kept.incoming) - 1)
    await kept.close()


async def test_a_long_dump_arrives_whole_and_in_order(device: Device, wait_until: Wait) -> None:
    kept = keep(str(device.port))
    await wait_until(lambda: kept.holder.state.up)
    lines = [b"m%04d C1  10:07:20.2731 00\r" % number for number in range(2_000)]
    for at in range(0, len(lines), 50):
        await asyncio.to_thread(device.say, b"".join(lines[at : at + 50]))
    await wait_until(lambda: len(kept.data) == len(b"".join(lines)))
    assert kept.data == b"".join(lines)
    await kept.close()


async def test_an_unplugged_device_is_seen_and_comes_back_by_itself(device: Device, wait_until: Wait) -> None:
    kept = keep(str(device.port))
    await wait_until(lambda: kept.holder.state.up)
    device.say(b" 0012 C1  10:07")
    await wait_until(lambda: kept.data == b" 0012 C1  10:07")
    device.unplug()
    await wait_until(lambda: not kept.holder.state.up)
    assert kept.holder.state.error
    heard = len(kept.incoming)
    device.plug()
    await wait_until(lambda: kept.holder.state.up)
    device.say(b" 0013 C1  10:08:20.2731 00\r")
    await wait_until(lambda: kept.data.endswith(b" 0013 C1  10:08:20.2731 00\r"))
    assert kept.incoming[heard].opening
    await kept.close()


async def test_the_device_is_asked_for_its_memory_at_each_opening(device: Device, wait_until: Wait) -> None:
    kept = keep(str(device.port), send="RSM")
    assert await asyncio.wait_for(asyncio.to_thread(device.hear), 10) == b"RSM\r"
    device.say(b"m0012 C1  10:07:20.2731 00\r")
    await wait_until(lambda: kept.data == b"m0012 C1  10:07:20.2731 00\r")
    device.unplug()
    await wait_until(lambda: not kept.holder.state.up)
    device.plug()
    assert await asyncio.wait_for(asyncio.to_thread(device.hear), 10) == b"RSM\r"
    await kept.close()


async def test_a_device_that_is_plugged_in_later_is_found(tmp_path: Path, wait_until: Wait) -> None:
    kept = keep(str(tmp_path / "timer"))
    await wait_until(lambda: "No such file" in kept.holder.state.error)
    device = Device(tmp_path / "timer")
    await wait_until(lambda: kept.holder.state.up)
    await kept.close()
    device.unplug()


async def test_closing_leaves_no_thread_and_no_open_port(device: Device, wait_until: Wait) -> None:
    kept = keep(str(device.port))
    await wait_until(lambda: kept.holder.state.up)
    await kept.close()
    again = keep(str(device.port))  # the port is exclusive: it opens only when the first let go of it
    await wait_until(lambda: again.holder.state.up)
    await again.close()


async def test_a_port_another_program_holds_is_said(device: Device, wait_until: Wait) -> None:
    first, second = keep(str(device.port)), keep(str(device.port))
    await wait_until(lambda: first.holder.state.up or second.holder.state.up)
    loser = second if first.holder.state.up else first
    await wait_until(lambda: loser.holder.state.error != "")
    assert not loser.holder.state.up
    await first.close()
    await second.close()


async def test_what_a_network_serial_server_says_at_once_is_not_thrown_away(wait_until: Wait) -> None:
    connections: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        # The port's end may hang up by a reset, which is an end like any other.
        with contextlib.suppress(OSError):
            writer.write(b" 0012 C1  10:07:20.2731 00\r")
            await writer.drain()
            await reader.read()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        connections.remove(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for _ in range(20):  # it was a race: some openings were too slow for the first bytes
            kept = keep(f"socket://127.0.0.1:{port}")
            await wait_until(lambda kept=kept: kept.data == b" 0012 C1  10:07:20.2731 00\r")  # type: ignore[misc]
            assert kept.incoming[0].origin == f"tcp:127.0.0.1:{port}"
            await kept.close()
        await wait_until(lambda: not connections)


async def test_a_failure_of_the_ingest_passes_through(device: Device, wait_until: Wait) -> None:
    async def broken(batch: Sequence[Incoming]) -> None:
        raise OSError("no space left on device")

    link = SerialLink(SerialSettings(port=str(device.port)), device="d", decoder="alge_timy", now=NOW)
    holder = KeptLink(link, now=NOW)
    task = asyncio.create_task(holder.run(broken))
    await wait_until(lambda: holder.state.up)
    device.say(b"n0012\r")
    with pytest.raises(OSError, match="no space"):
        await asyncio.wait_for(task, 10)


async def test_a_port_that_cannot_be_is_an_error_of_the_link() -> None:
    link = SerialLink(SerialSettings(port="nonsense://x"), device="d", decoder="alge_timy", now=NOW)
    with pytest.raises(LinkError):
        await link.run(lambda batch: asyncio.sleep(0), lambda: None)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("serial:/dev/ttyUSB0", SerialSettings(port="/dev/ttyUSB0")),
        ("serial:COM3?baud=38400", SerialSettings(port="COM3", baud=38400)),
        ("serial:/dev/ttyUSB0?send=RSM", SerialSettings(port="/dev/ttyUSB0", send="RSM")),
        (
            "serial:socket://10.0.0.9:7000?baud=9600&dtr=0&rts=1&rtscts=1",
            SerialSettings(port="socket://10.0.0.9:7000", dtr=False, rts=True, rtscts=True),
        ),
    ],
)
def test_a_serial_link_is_read_from_the_register(link: str, expected: SerialSettings) -> None:
    assert SerialSettings.parse(link) == expected


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("mqtt", "not a serial port"),
        ("serial:", "not a serial port"),
        ("serial:/dev/x?baud=fast", "no speed"),
        ("serial:/dev/x?parity=odd", "parity"),
        ("serial:/dev/x?dtr=low", "expected 0 or 1"),
        ("serial:/dev/x?send=%0Dx", "plain letters"),
    ],
)
def test_what_is_wrong_in_a_serial_link_is_named(link: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        SerialSettings.parse(link)
