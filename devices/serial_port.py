"""The serial link: timers and receivers on a wire, and whatever speaks like one.

The one file that knows pyserial. It has no asyncio of its own, so a thread reads and hands the bytes to the
event loop. `serial_for_url` also takes `rfc2217://HOST:PORT`, so that a network serial server needs no code
of ours; one that passes plain bytes (`socket://HOST:PORT`) is a TCP link, see `devices.register.wired_link`.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl

import serial
from serial.tools.list_ports import comports

from devices.link import Deliver, Incoming, LinkError, Now, Opened

#: How long one read waits for the first byte; bounds how long closing takes and how late a loss is seen.
_READ_S = 0.2
_WRITE_S = 2.0
#: Bytes read ahead of the ingest. A timer at 115200 baud needs minutes for them.
_MOST_AHEAD = 1 << 20
_MOST_AT_ONCE = 4096
#: Where Linux names an adapter by its serial number.
_BY_ID = Path("/dev/serial/by-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialSettings:
    """A port and how to open it: 8 data bits, no parity, one stop bit.

    `dtr` and `rts` None leave a line as the system sets it. Opening a port pulses them on some adapters,
    which resets some boxes; some timers want one of them low, others wait for a handshake (`rtscts`).
    `send` is a command given to the device at each opening, such as `RSM`, with which an ALGE timer prints
    its memory: what it measured while the cable or the service was away comes in after all.
    """

    port: str
    baud: int = 9600
    dtr: bool | None = None
    rts: bool | None = None
    rtscts: bool = False
    send: str = ""

    @classmethod
    def parse(cls, link: str) -> Self:
        """Read `serial:PORT[?baud=9600&dtr=0&rts=1&rtscts=1&send=RSM]`.

        Raises:
            ValueError: not such a text, with what is wrong in it.
        """
        kind, _, rest = link.partition(":")
        port, _, query = rest.partition("?")
        if kind != "serial" or not port:
            raise ValueError(f"{link!r} is not a serial port such as serial:/dev/ttyUSB0?baud=9600")
        options = dict(parse_qsl(query, keep_blank_values=True))
        baud = options.pop("baud", "9600")
        if not baud.isdecimal() or not 50 <= int(baud) <= 4_000_000:
            raise ValueError(f"baud={baud} in {link!r} is no speed such as 9600")
        lines = {
            name: _switch(link, name, options.pop(name))
            for name in ("dtr", "rts", "rtscts")
            if name in options
        }
        send = options.pop("send", "")
        if not send.isascii() or not send.isprintable():
            raise ValueError(f"send={send} in {link!r}: expected a command in plain letters")
        if options:
            raise ValueError(
                f"{', '.join(sorted(options))} in {link!r}: known are baud, dtr, rts, rtscts and send"
            )
        return cls(
            port=port,
            baud=int(baud),
            dtr=lines.get("dtr"),
            rts=lines.get("rts"),
            rtscts=lines.get("rtscts", False),
            send=send,
        )


def _switch(link: str, name: str, value: str) -> bool:
    if value not in ("0", "1"):
        raise ValueError(f"{name}={value} in {link!r}: expected 0 or 1")
    return value == "1"


@dataclass(frozen=True, slots=True)
class FoundPort:
    """A serial port of this machine; `name` stays the same after replugging, where the system has such."""

    name: str
    device: str
    title: str


def found_ports() -> list[FoundPort]:
    """Return the serial ports of this machine, by name."""
    stable = {str(link.resolve()): str(link) for link in sorted(_BY_ID.glob("*"))} if _BY_ID.is_dir() else {}
    ports = (
        FoundPort(stable.get(port.device, port.device), port.device, str(port.description or ""))
        for port in comports()
    )
    return sorted(ports, key=lambda port: port.name)


def listen(settings: SerialSettings, seconds: float) -> bytes:
    """Return what a port says within some seconds; blocks for that long.

    Raises:
        LinkError: the port cannot be opened, as it is away, in use or not ours; or it was lost.
    """
    heard = bytearray()
    try:
        with _open(settings) as port:
            for _ in range(max(1, round(seconds / _READ_S))):
                heard += port.read(_MOST_AT_ONCE)
    except (serial.SerialException, OSError, ValueError) as error:
        raise LinkError(_plain(error)) from error
    return bytes(heard)


class SerialLink:
    """One wired device."""

    def __init__(self, settings: SerialSettings, *, device: str, decoder: str, now: Now) -> None:
        self.name = f"serial:{settings.port}"
        self._settings = settings
        self._device = device
        self._decoder = decoder
        self._now = now

    async def run(self, deliver: Deliver, opened: Opened) -> None:
        """Open the port and deliver what it says until it is unplugged; see `Link.run`."""
        try:
            port = await asyncio.to_thread(_open, self._settings)
        except (serial.SerialException, OSError, ValueError) as error:
            raise LinkError(_plain(error)) from error
        reader = _Reader(port, self._now)
        reader.start(self._settings.send.encode("ascii"))
        opened()
        try:
            await self._deliver_all(reader, deliver)
        finally:
            await asyncio.shield(asyncio.to_thread(reader.stop))

    async def _deliver_all(self, reader: "_Reader", deliver: Deliver) -> None:
        opening = True
        while True:
            for data, received_at in await reader.chunks():
                incoming = Incoming(
                    origin=self.name,
                    device=self._device,
                    decoder=self._decoder,
                    payload=data,
                    received_at=received_at,
                    opening=opening,
                )
                opening = False
                await deliver([incoming])


class _Reader:
    """A thread that reads one open port, and the hand-over to the event loop.

    The arrival is taken in the thread, right behind the read: the loop may be busy for a while.
    """

    def __init__(self, port: serial.Serial, now: Now) -> None:
        self._port = port
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._chunks: list[tuple[bytes, int]] = []
        self._error: LinkError | None = None
        self._news = asyncio.Event()
        self._ahead = 0
        self._room = threading.Event()
        self._room.set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, command: bytes) -> None:
        """Give the device its command, if there is one, and read from then on."""
        name = f"serial {self._port.port}"
        self._thread = threading.Thread(target=self._read_all, args=(command,), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close the port; blocks for one read at most."""
        self._stopping.set()
        self._room.set()
        if self._thread is not None:
            self._thread.join()
        with contextlib.suppress(serial.SerialException, OSError):
            self._port.close()

    async def chunks(self) -> list[tuple[bytes, int]]:
        """Return what was read since the last call, waiting for something.

        Raises:
            LinkError: the port is gone, and everything read before was returned.
        """
        await self._news.wait()
        self._news.clear()
        taken, self._chunks = self._chunks, []
        self._ahead = 0
        self._room.set()
        if not taken and self._error is not None:
            raise self._error
        if self._error is not None:
            self._news.set()
        return taken

    def _read_all(self, command: bytes) -> None:
        try:
            if command:
                self._port.write(command + b"\r")
            while not self._stopping.is_set():
                self._room.wait()
                data = self._port.read(1)
                if data:
                    data += self._port.read(min(self._port.in_waiting, _MOST_AT_ONCE))
                    self._tell(self._take, data, self._now())
        except (serial.SerialException, OSError, TypeError) as error:
            # TypeError: pyserial, when the port is closed under a read
            self._tell(self._lost, LinkError(_plain(error)))

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(what, *arguments)

    def _take(self, data: bytes, received_at: int) -> None:
        self._chunks.append((data, received_at))
        self._ahead += len(data)
        if self._ahead > _MOST_AHEAD:
            self._room.clear()
        self._news.set()

    def _lost(self, error: LinkError) -> None:
        self._error = error
        self._news.set()


def _open(settings: SerialSettings) -> serial.Serial:
    """Open the port, its handshake lines set before it opens, so that no pulse is seen where that works."""
    port = serial.serial_for_url(
        settings.port,
        baudrate=settings.baud,
        timeout=_READ_S,
        write_timeout=_WRITE_S,
        rtscts=settings.rtscts,
        do_not_open=True,
    )
    if settings.dtr is not None:
        port.dtr = settings.dtr
    if settings.rts is not None:
        port.rts = settings.rts
    if os.name == "posix" and isinstance(port, serial.Serial):
        port.exclusive = True  # a second program on the port would take half the bytes
    port.open()
    return port


def _plain(error: Exception) -> str:
    """Say an error of the system in plain words."""
    number = getattr(error, "errno", None)
    return f"{os.strerror(number)}" if isinstance(number, int) else str(error)
