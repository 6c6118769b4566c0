"""`serve --tls`: which certificate is used, and the plain HTTP beside it that leads phones to the pages."""

import argparse
import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from dashboard.certificates import FOLDER, Certificates, ensure, given
from dashboard.options import DEFAULT_PORT, SECURE_PORT
from dashboard.own_addresses import own_names, url_of
from dashboard.trust_page import PATH, Trust
from dashboard.web_server import address, listen
from timing.clock import SystemClock
from timing.core.event import Event

log = logging.getLogger("rallykeeper.tls")


@dataclass(slots=True, kw_only=True)
class Secured:
    """How the pages are secured; `plain` is the socket of the trust page, where there is one."""

    certificates: Certificates
    trust: Trust | None = None
    plain: socket.socket | None = None
    plain_url: str = ""

    def add_pages(self, app: FastAPI) -> None:
        """Let the secure pages show the trust page as well: it carries the code for the next phone."""
        if self.trust is not None:
            app.include_router(self.trust.router())

    async def run(self) -> None:
        """Serve the plain pages until cancelled."""
        if self.trust is None or self.plain is None:
            return
        server = _PlainServer(self.trust)
        try:
            await server.serve([self.plain])
        except asyncio.CancelledError:
            server.should_exit = True
            await server.shutdown([self.plain])
            raise


def wanted(chosen: argparse.Namespace) -> bool:
    """Whether the pages are served over HTTPS."""
    return bool(chosen.tls or chosen.tls_cert)


def port_of(chosen: argparse.Namespace) -> int:
    """Return the port of the pages: the one chosen, else the usual one of their kind."""
    if chosen.port is not None:
        return int(chosen.port)
    return SECURE_PORT if wanted(chosen) else DEFAULT_PORT


def secured(
    event: Event, chosen: argparse.Namespace, data: Path, url: str, stack: contextlib.AsyncExitStack[Any]
) -> Secured | None:
    """Return how the pages at `url` are secured; None where they are served over plain HTTP.

    Raises:
        CertificateError: there is no usable certificate.
        PortTakenError: the port of the trust page is taken.
    """
    if not wanted(chosen):
        return None
    if chosen.tls_cert:
        return Secured(certificates=given(Path(chosen.tls_cert), Path(chosen.tls_key or chosen.tls_cert)))
    made = ensure(
        data / FOLDER,
        [],
        also=[*([chosen.host] if chosen.host not in ("0.0.0.0", "::") else []), *own_names()],
        now=SystemClock().now(),
        title=f"Rallykeeper {event.name}",
    )
    if made.made:
        log.info("made a new %s for %s", made.made, ", ".join(made.names))
    plain = stack.enter_context(
        contextlib.closing(listen(chosen.host, chosen.plain_port, next_free=chosen.next_port))
    )
    near, secure = _reached(address(plain), chosen, made), _reached(url, chosen, made)
    trust = Trust(made, secure=secure, plain=near, title=event.name)
    return Secured(certificates=made, trust=trust, plain=plain, plain_url=near + PATH)


def _reached(url: str, chosen: argparse.Namespace, made: Certificates) -> str:
    """The address as others reach it: where we listen everywhere, the likeliest of this machine's names."""
    if chosen.host not in ("0.0.0.0", "::"):
        return url
    parts = urlsplit(url)
    return url_of(parts.scheme, made.names[0], parts.port)


class _PlainServer(uvicorn.Server):
    def __init__(self, trust: Trust) -> None:
        super().__init__(
            uvicorn.Config(
                trust.plain_app(),
                ws="none",
                http="httptools",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals: the service stops its parts in order."""
        yield
