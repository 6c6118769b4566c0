"""The TCP link: timers and readers with a network port, and serial servers that pass bytes on.

What comes is a stream like that of a wire; the other end listens and we connect. A cable that is pulled there
sends no farewell, hence the probes of the kernel (keep-alive), which end a dead connection within half a
minute.
"""

import asyncio
import contextlib
import os
import socket
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from devices.link import Deliver, Incoming, LinkError, Now, Opened

_CONNECT_S = 5.0
_MOST_AT_ONCE = 4096
#: Seconds of silence before the first probe, between probes, and how many may stay unanswered.
_PROBES = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpSettings:
    """Where a device listens.

    `send` is a command given to it at each opening, ended by CR, in place of its protocol's greeting.
    """

    host: str
    port: int
    send: str = ""

    @classmethod
    def parse(cls, link: str) -> Self:
        """Read `tcp:HOST:PORT[?send=RSM]`; an IPv6 address stands in brackets.

        Raises:
            ValueError: not such a text, with what is wrong in it.
        """
        kind, _, rest = link.partition(":")
        place = urlsplit(f"//{rest}")
        try:
            host, port = place.hostname, place.port
        except ValueError as error:
            raise ValueError(f"{link!r}: {error}") from error
        if kind != "tcp" or not host or not port or place.path or place.username is not None:
            raise ValueError(f"{link!r} is not a device's address such as tcp:192.168.1.50:7000")
        options = dict(parse_qsl(place.query, keep_blank_values=True))
        send = options.pop("send", "")
        if not send.isascii() or not send.isprintable():
            raise ValueError(f"send={send} in {link!r}: expected a command in plain letters")
        if options:
            raise ValueError(f"{', '.join(sorted(options))} in {link!r}: known is send")
        return cls(host=host, port=port, send=send)


class TcpLink:
    """One device on the network."""

    def __init__(
        self, settings: TcpSettings, *, device: str, decoder: str, now: Now, greeting: bytes = b""
    ) -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.name = f"tcp:{host}:{settings.port}"
        self._settings = settings
        self._greeting = settings.send.encode("ascii") + b"\r" if settings.send else greeting
        self._device = device
        self._decoder = decoder
        self._now = now

    async def run(self, deliver: Deliver, opened: Opened) -> None:
        """Connect and deliver what the device says until the connection ends; see `Link.run`."""
        try:
            async with asyncio.timeout(_CONNECT_S):
                reader, writer = await asyncio.open_connection(self._settings.host, self._settings.port)
        except TimeoutError as error:
            raise LinkError(f"no answer within {_CONNECT_S:.0f} s") from error
        except OSError as error:
            raise LinkError(plain_words(error)) from error
        try:
            watch_connection(writer.get_extra_info("socket"))
            if self._greeting:
                writer.write(self._greeting)
            opened()
            await self._deliver_all(reader, deliver)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _deliver_all(self, reader: asyncio.StreamReader, deliver: Deliver) -> None:
        opening = True
        while True:
            try:
                data = await reader.read(_MOST_AT_ONCE)
            except OSError as error:
                raise LinkError(plain_words(error)) from error
            if not data:
                raise LinkError("closed by the other end")
            incoming = Incoming(
                origin=self.name,
                device=self._device,
                decoder=self._decoder,
                payload=data,
                received_at=self._now(),
                opening=opening,
            )
            opening = False
            await deliver([incoming])


def watch_connection(connection: socket.socket) -> None:
    """Have the kernel find out when the other end is gone without a word."""
    # Some systems refuse options where the other end has gone already: the next read says so.
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _PROBES:
            option = getattr(socket, name, None)  # not every system lets a program set them
            if option is not None:
                connection.setsockopt(socket.IPPROTO_TCP, option, value)


def plain_words(error: OSError) -> str:
    """Say an error of the system in plain words."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
