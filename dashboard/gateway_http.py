"""Serves the gateway's own page: three addresses, read only, without a web framework's memory.

`/` the page, `/facts` the part of it that changes, `/state` the same as JSON for a program.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from http import HTTPStatus

from dashboard.gateway_page import facts, page
from dashboard.gateway_view import row
from dashboard.own_addresses import url_of
from devices.gateway_state import GatewayState

#: A request is a line and some headers; whoever is slower or says more is no browser.
_WITHIN_S = 5.0
_MOST_BYTES = 8192
_MOST_AT_ONCE = 16
#: When the port is taken, as by another gateway on this machine, so many behind it are tried.
_TRIES = 10
_HEADERS = (
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; frame-ancestors 'none'\r\nConnection: close\r\n"
)


class GatewayHttp:
    """The page of one gateway at `address`; `open` first."""

    def __init__(self, state: Callable[[], GatewayState], *, rally: str, name: str) -> None:
        self._state = state
        self._rally, self._name = rally, name
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        self._server: asyncio.Server | None = None
        self.address = ""
        """Where a browser finds it; empty while it is not open."""

    async def open(self, host: str, port: int) -> None:
        """Listen at an address of this machine, on this port or one of the next.

        Raises:
            OSError: none of them is free, or there is no such address.
        """
        last = min(port + _TRIES - 1, 65535) if port else 0
        for tried in range(port, last + 1):
            try:
                self._server = await asyncio.start_server(self._serve, host, tried, limit=_MOST_BYTES)
                break
            except OSError:
                if tried == last:
                    raise
        assert self._server is not None
        bound = self._server.sockets[0].getsockname()[1]
        self.address = url_of("http", host, bound) + "/"

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(
            OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
        ):
            async with asyncio.timeout(_WITHIN_S), self._room:
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(head.split(b"\r\n", 1)[0]))
                await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def _answer(self, request: bytes) -> bytes:
        method, _, rest = request.decode("latin-1").partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        if method not in ("GET", "HEAD"):
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", "GET only\n", head=False)
        kind, text, status = "text/html", "", HTTPStatus.OK
        match path:
            case "/":
                text = page(self._state(), rally=self._rally, name=self._name)
            case "/facts":
                text = facts(self._state())
            case "/state":
                kind, text = "application/json", json.dumps(row(self._state()), ensure_ascii=False)
            case _:
                kind, text, status = "text/plain", "There is nothing here.\n", HTTPStatus.NOT_FOUND
        return _response(status, kind, text, head=method == "HEAD")


def _response(status: HTTPStatus, kind: str, text: str, *, head: bool) -> bytes:
    body = text.encode()
    start = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n{_HEADERS}\r\n"
    )
    return start.encode() + (b"" if head else body)


def parse_place(text: str) -> tuple[str, int] | None:
    """Read `--page`: HOST:PORT, a port alone for this machine only, or `off` (None).

    Raises:
        ValueError: none of those.
    """
    if text == "off":
        return None
    host, colon, port = text.rpartition(":")
    if not port.isdecimal() or not 0 <= int(port) <= 65535 or (colon and not host):
        raise ValueError(f"--page {text}: expected HOST:PORT such as 0.0.0.0:8377, a port, or off")
    return host.strip("[]") or "127.0.0.1", int(port)
