"""What the pages' handlers share: the running rally, its documents, and who is asking."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request

from dashboard.access import COOKIE, AccessStore, Person, brought, session_in
from dashboard.clock_desk import ClockDesk
from dashboard.device_rows import LinkFacts
from dashboard.gaps import Gaps
from dashboard.hub import Audience, Hub
from dashboard.kept_fold import KeptFold
from dashboard.live import Admission
from dashboard.messages import Json
from dashboard.office import Office
from dashboard.problems import Problem
from timing.clock import Clock
from timing.core.decisions import Decision, Role
from timing.core.event import Event
from timing.core.instant import Instant
from timing.core.positions import Tracking
from timing.core.rally import Rally
from timing.core.readings import Alert, Remark, Stamp, SyncCheck
from timing.ingest import Arrival, Ingest
from timing.journal.journal import Journal

#: How long a page waits until the journal holds what it sent (seconds).
_PATIENCE = 10.0
_OFFICIALS = frozenset({Role.CLERK, Role.TIMEKEEPER, Role.STEWARD})


@dataclass(slots=True, kw_only=True)
class Service:
    """One running rally, as the web side needs it."""

    event: Event
    rally: Rally
    tracking: Tracking
    journal: Journal
    ingest: Ingest
    clock: Clock
    access: AccessStore
    hub: Hub
    office: Office
    clocks: ClockDesk
    gaps: Gaps
    asking: KeptFold
    static: Path
    metrics: Callable[[], Iterator[tuple[str, dict[str, str], float]]]
    links: Callable[[], Sequence[LinkFacts]]
    ready: Callable[[], list[str]]
    """Names what keeps the service from being ready; empty when it is."""
    public_url: str = ""
    """Where the public finds the pages; empty: where each request came to."""
    basemap: Path | None = None
    """The base map of the event, where the organizer has given one."""
    desk: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One decision at a time: what its author had seen is compared with what is there as it is recorded."""

    def audience(self, person: Person | None) -> Audience:
        """Return whose document a person sees."""
        if person is None:
            return Audience.PUBLIC
        if person.roles & _OFFICIALS:
            return Audience.OFFICIALS
        return Audience.MARSHAL if Role.MARSHAL in person.roles else Audience.PUBLIC

    def admit(self, cookie_header: str) -> Admission:
        """Return the audience of a websocket's cookie, and a way to ask whether that still holds."""
        session = session_in(cookie_header)
        audience = self.audience(None if session is None else self.access.who(session))
        if session is None or audience is Audience.PUBLIC:
            return Admission(Audience.PUBLIC, lambda: True)
        return Admission(audience, lambda: self.audience(self.access.who(session)) is audience)

    def document(self, person: Person | None) -> Json:
        """Return the live document as this person sees it."""
        return self.hub.streams[self.audience(person)].state

    def known_devices(self) -> frozenset[str]:
        """Return the devices of the register, those that were heard, and those that gave a stamp."""
        heard = self.ingest.health.devices()
        return frozenset((*self.event.devices, *(name for name in heard if name), *self.clocks.devices()))

    def seen_until(self, person: Person | None) -> Instant:
        """Return up to which rally instant news are shown to this person."""
        delay = self.event.public.delay if self.audience(person) is Audience.PUBLIC else 0
        return self.clock.now() - delay

    async def record(
        self, origin: str, body: Stamp | SyncCheck | Alert | Remark | Decision, raw: bytes
    ) -> None:
        """Give a reading or decision of a page the one way in; return when the journal holds it.

        Raises:
            Problem: 503 when the journal does not take it in time.
        """
        stored = asyncio.get_running_loop().create_future()

        def acknowledged() -> None:
            if not stored.done():
                stored.set_result(None)

        await self.ingest.submit(
            [
                Arrival(
                    origin=origin,
                    received_at=self.clock.now(),
                    readings=(body,),
                    raw=raw,
                    ack=acknowledged,
                )
            ]
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                await stored
        except TimeoutError:
            raise Problem(503, "The journal did not take it in time; send it again.") from None


async def service_of(request: Request) -> Service:
    """Return the service that this application serves."""
    return cast(Service, request.app.state.service)


ServiceOf = Annotated[Service, Depends(service_of)]


async def person_of(request: Request, service: ServiceOf) -> Person | None:
    """Return who is asking, None for a spectator.

    Raises:
        Problem: 403 when a page of another site tries to act with the visitor's cookie.
    """
    session = request.cookies.get(COOKIE)
    person = service.access.who(session) if session else None
    if person is not None and request.method not in ("GET", "HEAD"):
        _same_site(request)
    return person


def _same_site(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
        raise Problem(403, "Only this service's own pages may act with your session.")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, "Only this service's own pages may act with your session.")


PersonOf = Annotated[Person | None, Depends(person_of)]

#: Names whose page pressed it (the `device` of their session), where another person's phone brings it.
PRESSED_BY = "Pressed-By"


async def author_of(request: Request, service: ServiceOf, person: PersonOf) -> Person | None:
    """Return whose act this is: mostly the person asking, else whoever pressed what this phone brings.

    Raises:
        Problem: 403 when the link of that person does not hold (any longer).
    """
    device = request.headers.get(PRESSED_BY)
    if person is None or not device or device == person.device:
        return person
    author = next((known for known in service.access.people() if known.device == device), None)
    if author is None or author.revoked:
        raise Problem(403, "The link under which this was pressed does not hold (any longer).")
    return brought(author, person)


AuthorOf = Annotated[Person | None, Depends(author_of)]


def official(person: Person | None) -> Person:
    """Return the person if they hold an office at headquarters.

    Raises:
        Problem: 401 without a session, 403 for others.
    """
    known = somebody(person)
    if not known.roles & _OFFICIALS:
        raise Problem(403, "This is for the clerk of the course, the Official Timekeeper and the stewards.")
    return known


def somebody(person: Person | None) -> Person:
    """Return the person.

    Raises:
        Problem: 401 when nobody is signed in.
    """
    if person is None:
        raise Problem(401, "Open your personal link first.")
    return person
