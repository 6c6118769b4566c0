"""Where phones post their positions: `/ingest/owntracks`, `/ingest/osmand`, `/ingest/gpslogger`.

The pages' side of it: what a request holds, up to a bound, and the answer as HTTP. Who the phone is and what
becomes of its bytes is decided by the link that the composition root gives us.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from fastapi import APIRouter, Request, Response

from dashboard.problems import Problem

#: A position has some hundred bytes, a card with a face in it some ten thousand. What is longer is cut here
#: and refused by name; past the second bound the rest is not worth reading.
KEPT_BYTES = 64 * 1024
MOST_BYTES = 4 * 1024 * 1024


class PhoneKind(StrEnum):
    """The applications that have an address of their own."""

    OWNTRACKS = "owntracks"
    OSMAND = "osmand"
    GPSLOGGER = "gpslogger"


class Told(Protocol):
    """What the phone is told: a body for the application, or from 400 on a sentence for a person."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def body(self) -> bytes:
        """What the application expects."""

    @property
    def media_type(self) -> str:
        """What the body is."""

    @property
    def detail(self) -> str:
        """What went wrong."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Further headers."""


class PhoneLink(Protocol):
    """Records what phones post."""

    async def take(
        self,
        app: str,
        *,
        named: tuple[str, str] | None,
        headers: Mapping[str, str],
        query: bytes,
        body: bytes,
        cut: bool,
    ) -> Told:
        """Return the answer, once what came is kept or is known not to be; see `HttpPostLink.take`."""


def phone_routes(link: PhoneLink) -> APIRouter:
    """Return the addresses that phones post to."""
    router = APIRouter(prefix="/ingest", tags=["phones"])

    async def answer(app: PhoneKind, named: tuple[str, str] | None, request: Request) -> Response:
        body, cut = await _body(request)
        told = await link.take(
            app.value,
            named=named,
            headers={name.lower(): value for name, value in request.headers.items()},
            query=bytes(request.scope.get("query_string", b"")),
            body=body,
            cut=cut,
        )
        if told.status >= 400:
            raise Problem(told.status, told.detail, answer_headers=told.headers)
        return Response(told.body, media_type=told.media_type, headers=dict(told.headers))

    @router.get("/{app}")
    @router.post("/{app}")
    async def signed_in(app: PhoneKind, request: Request) -> Response:
        """Take a position of a phone that signs in by Basic authentication: its name and its secret.

        200 once the journal holds it, also for what could not be read or believed (kept in quarantine);
        401 for a wrong secret; 503 when the journal does not take it in time.
        """
        return await answer(app, None, request)

    @router.get("/{app}/{device}/{secret}")
    @router.post("/{app}/{device}/{secret}")
    async def addressed(app: PhoneKind, device: str, secret: str, request: Request) -> Response:
        """The same for an application that can but keep an address: the phone's name and secret are in it."""
        return await answer(app, (device, secret), request)

    return router


async def _body(request: Request) -> tuple[bytes, bool]:
    """Read the body up to its bound; return its beginning and whether there was more."""
    kept, length = bytearray(), 0
    async for chunk in request.stream():
        length += len(chunk)
        kept += chunk[: max(KEPT_BYTES - len(kept), 0)]
        if length > MOST_BYTES:
            raise Problem(413, f"More than {MOST_BYTES} bytes: no phone's position is that long.")
    return bytes(kept), length > len(kept)
