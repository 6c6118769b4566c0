"""The websocket of the live stream: a protocol class of our own, given to uvicorn.

The opening handshake is that of the `websockets` library; after it a connection keeps no parser, no
deflate state and no task, only a few words: messages come from the hub ready framed, and what a viewer may
say (pings, pongs, a close) fits a parser of a few lines. Its data messages are skipped unread.
"""

import asyncio
import functools
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from dashboard.client_frames import Closed, Ping, ProtocolFault, read_frames
from dashboard.hub import Audience, Hub
from dashboard.messages import OFFICIAL_KEYS, PUBLIC_KEYS
from dashboard.stream import View, frame_header

log = logging.getLogger(__name__)

#: The kernel would take megabytes for a viewer that never reads; 64 KiB hold any patch.
_SEND_BUFFER = 64 * 1024
#: A peer that has left without a word is given up when it has acknowledged nothing for this long (ms).
_DEAD_PEER_MS = 30_000
#: Seconds between the close frame and the end of the connection, whatever the peer does.
_CLOSE_GRACE = 2.0


@dataclass(frozen=True, slots=True)
class Admission:
    """Who a request's cookie says is looking, and a way to ask later whether that still holds."""

    audience: Audience
    allowed: Callable[[], bool]


#: Turns a Cookie header into an admission; without a session it is the public's.
Admit = Callable[[str], Admission]


@dataclass(frozen=True, slots=True)
class Gateway:
    """What every connection shares: the hub and the way from a cookie to an audience."""

    hub: Hub
    admit: Admit


class _Refusal(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def live_protocol(gateway: Gateway) -> type[asyncio.Protocol]:
    """Return what uvicorn's `Config(ws=...)` takes: a maker of connections bound to `gateway`."""
    return cast("type[asyncio.Protocol]", functools.partial(LiveConnection, gateway=gateway))


class LiveConnection(asyncio.Protocol):
    """One viewer. Satisfies `hub.Viewer`."""

    __slots__ = (
        "_allowed",
        "_buffer",
        "_closing",
        "_connections",
        "_gateway",
        "_handshake",
        "_transport",
        "blocked_since",
        "seq",
        "window_bits",
        "write",
    )

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        gateway: Gateway,
    ) -> None:
        self._gateway = gateway
        self._connections: set[Any] = server_state.connections
        self._handshake: ServerProtocol | None = ServerProtocol(
            extensions=[
                ServerPerMessageDeflateFactory(
                    server_no_context_takeover=True, client_no_context_takeover=True
                )
            ],
            max_size=1024,
        )
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._closing = False
        self._allowed: Callable[[], bool] | None = None
        self.blocked_since = 0.0
        self.seq = -1
        self.window_bits = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Prepare the socket: a small send buffer, told of at the first byte that has to wait."""
        self._transport = cast(asyncio.Transport, transport)
        self.write = self._transport.write
        self._connections.add(self)
        self._transport.set_write_buffer_limits(high=0)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            if hasattr(socket, "TCP_USER_TIMEOUT") and sock.family in (socket.AF_INET, socket.AF_INET6):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _DEAD_PEER_MS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the hub."""
        self._gateway.hub.leave(self)
        self._connections.discard(self)
        self._closing = True

    def pause_writing(self) -> None:
        """Some bytes have to wait: the hub passes over this viewer until they are gone."""
        self.blocked_since = asyncio.get_running_loop().time()
        self._gateway.hub.blocked(self, self.blocked_since)

    def resume_writing(self) -> None:
        """All bytes are with the kernel: the hub brings this viewer up to date."""
        self.blocked_since = 0.0
        if not self._closing:
            self._gateway.hub.drained(self)

    def data_received(self, data: bytes) -> None:
        """Take the request first, then the viewer's control frames."""
        if self._handshake is not None:
            self._open(self._handshake, data)
        elif not self._closing:
            self._listen(data)

    def unsent(self) -> int:
        """Return how many bytes the transport still holds."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    def allowed(self) -> bool:
        """Return whether the session that opened this connection still holds."""
        return self._allowed is None or self._allowed()

    def close(self, code: int, reason: str) -> None:
        """Send a close frame and end the connection soon, whether the peer answers or not."""
        if self._closing or self._transport is None:
            return
        self._closing = True
        self._gateway.hub.leave(self)
        payload = code.to_bytes(2, "big") + reason.encode()
        self._transport.write(frame_header(0x8, len(payload)) + payload)
        self._transport.close()
        asyncio.get_running_loop().call_later(_CLOSE_GRACE, self._transport.abort)

    def shutdown(self) -> None:
        """Called by uvicorn when the service stops: 1012, the service restarts."""
        if self._transport is not None and self.unsent():
            self._transport.abort()
        else:
            self.close(1012, "service stops")

    def _open(self, handshake: ServerProtocol, data: bytes) -> None:
        handshake.receive_data(data)
        for event in handshake.events_received():
            if isinstance(event, Request):
                self._answer(handshake, event)
                return
        if handshake.handshake_exc is not None and self._transport is not None:
            self._transport.abort()

    def _answer(self, handshake: ServerProtocol, request: Request) -> None:
        transport = self._transport
        assert transport is not None
        try:
            view, since, allowed = self._requested(request)
            response = handshake.accept(request)
        except _Refusal as refusal:
            view, since, allowed = None, None, None
            response = handshake.reject(refusal.status, refusal.text + "\n")
        handshake.send_response(response)
        self.write(b"".join(handshake.data_to_send()))
        self._handshake = None
        if view is None or response.status_code != 101:
            transport.close()
            return
        self.window_bits = _window_bits(handshake, response)
        self._allowed = allowed
        self._gateway.hub.join(self, view, since)

    def _requested(self, request: Request) -> tuple[View, int | None, Callable[[], bool]]:
        url = urlsplit(request.path)
        if url.path != "/live":
            raise _Refusal(404, f"No websocket at {url.path}; the live stream is at /live.")
        query = parse_qs(url.query, keep_blank_values=True)
        admission = self._gateway.admit("; ".join(request.headers.get_all("Cookie")))
        audience = admission.audience
        if audience is not Audience.PUBLIC:
            _same_origin(request)
            if query.get("audience") == ["public"]:
                audience = Audience.PUBLIC
        only = _only(query.get("only"), audience)
        since = query.get("since")
        if since is not None and not (since[-1].isascii() and since[-1].isdigit() and len(since[-1]) < 20):
            raise _Refusal(400, f"since={since[-1]!r} is not a message number.")
        view = self._gateway.hub.view(audience, only)
        return view, None if since is None else int(since[-1]), admission.allowed

    def _listen(self, data: bytes) -> None:
        try:
            events, self._buffer = read_frames(self._buffer + data if self._buffer else data)
        except ProtocolFault as fault:
            self.close(fault.code, str(fault))
            return
        for event in events:
            match event:
                case Ping(payload) if not self.blocked_since:
                    self.write(frame_header(0xA, len(payload)) + payload)
                case Ping():
                    pass  # an answer must not pile up behind bytes the peer does not read
                case Closed(code):
                    self.close(code, "")
                    return


def _window_bits(handshake: ServerProtocol, response: Response) -> int:
    for extension in handshake.extensions:
        if isinstance(extension, PerMessageDeflate) and "Sec-WebSocket-Extensions" in response.headers:
            return extension.local_max_window_bits
    return 0


def _same_origin(request: Request) -> None:
    """Refuse a page of another site that rides on an official's cookie."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("Host", "").lower():
        raise _Refusal(403, "An official's stream may only be opened from this service's own pages.")


def _only(values: list[str] | None, audience: Audience) -> frozenset[str] | None:
    if values is None:
        return None
    known = PUBLIC_KEYS if audience is Audience.PUBLIC else OFFICIAL_KEYS
    asked = frozenset(key.strip() for value in values for key in value.split(",") if key.strip())
    if not asked or not asked <= known:
        wrong = ", ".join(sorted(asked - known)) or "nothing"
        raise _Refusal(400, f"only= names {wrong}; known are {', '.join(sorted(known))}.")
    return asked
