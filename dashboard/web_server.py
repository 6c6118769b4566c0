"""uvicorn inside our own task group: sockets of ours, signals of ours."""

import contextlib
import errno
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from dashboard.live import Gateway, live_protocol
from dashboard.own_addresses import url_of

#: How many ports are tried when the next free one may be taken.
_TRIES = 50
#: How long open requests may go on when the service stops (seconds).
_GRACE = 3


class PortTakenError(Exception):
    """The port is in use; the text says which and what to do."""


def listen(host: str, port: int, *, next_free: bool = False) -> socket.socket:
    """Return a bound socket; with `next_free`, on the first free port from `port` on.

    Raises:
        PortTakenError: another program listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for tried in range(port, port + (_TRIES if next_free and port else 1)):
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, tried))
        except OSError as error:
            listener.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise PortTakenError(f"cannot serve at {host}:{tried}: {error.strerror}") from error
        else:
            return listener
    raise PortTakenError(
        f"port {port} of {host} is taken by another program; name another one with --port, or take the next "
        "free one with --next-port"
    )


def address(listener: socket.socket, *, secure: bool = False) -> str:
    """Return the URL at which a bound socket is reached from this machine."""
    host, port = listener.getsockname()[:2]
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return url_of("https" if secure else "http", near, port)


class WebServer(uvicorn.Server):
    """A uvicorn server that leaves the signals to the composition root.

    Args:
        app: the pages.
        gateway: the live stream.
        tls: the files of certificate chain and key, for HTTPS.
    """

    def __init__(self, app: FastAPI, gateway: Gateway, tls: tuple[Path, Path] | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws=live_protocol(gateway),
                http="httptools",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE,
                backlog=4096,
                ssl_certfile=None if tls is None else str(tls[0]),
                ssl_keyfile=None if tls is None else str(tls[1]),
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals: the service stops its parts in order."""
        yield
