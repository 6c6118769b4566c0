"""The HTTP link: phones that post their positions, for where MQTT does not get through.

=============  ============  =====================================================================
path           decoder       what the application does with our answer
=============  ============  =====================================================================
``owntracks``  owntracks     keeps a message until 2xx with a JSON array; on iOS a 4xx discards it; on
                             Android anything else holds up all that waits behind it
``osmand``     osmand        OsmAnd and Traccar Client keep a position until 2xx, the oldest first
``gpslogger``  gpslogger     any answer ends its care for a position; only a connection that fails is
                             tried again, three times
=============  ============  =====================================================================

Hence: what was understood and what was not are both answered with 200 once they are kept (the latter in
quarantine, with its reason), because a phone that is told "bad request" discards the fix or sends it for
ever. Only a journal that does not answer is told, by 503, and only to applications that keep what they sent;
the others get no answer until their own patience is over. A phone is known by a name and a secret of its
own: by Basic authentication, or as ``/ingest/APP/DEVICE/SECRET`` where an application only has an address.

Sources: OwnTracks booklet (HTTP); OwnTracks for Android, HttpMessageProcessorEndpoint; owntracks/ios issue
665; OsmAnd, LiveMonitoringHelper; GPSLogger, CustomUrlJob; Traccar, the OsmAnd protocol.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from devices.link import Deliver, Incoming, Now
from timing.ingest import IngestEndedError

#: Answers whether a secret is the device's own.
Holds = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneApp:
    """An application's manners. `keeps`: it sends again what was answered with 503."""

    decoder: str
    answer: bytes = b"OK\n"
    media_type: str = "text/plain"
    keeps: bool = True


PHONE_APPS: Mapping[str, PhoneApp] = {
    "owntracks": PhoneApp(decoder="owntracks", answer=b"[]", media_type="application/json"),
    "osmand": PhoneApp(decoder="osmand"),
    "gpslogger": PhoneApp(decoder="gpslogger", keeps=False),
}

#: How long (seconds) a phone waits for the journal before it is told to come again. Those that would not
#: come again wait longer than they have patience: OkHttp gives up after 10 s.
PATIENCE_S = 8.0
_OUTLAST_S = 60.0
#: A phone may send so many requests a second for long, after so many at once: a queue of hours.
_RATE = 20.0
_BURST = 200.0
_MOST_WAITING = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One request as the web side received it.

    `named` are device and secret of the path, None where they are not in it; header names are in small
    letters; `cut` says that the body was longer than is kept, and ends early.
    """

    app: str
    named: tuple[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: bytes = b""
    body: bytes = b""
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the phone is told: an HTTP status, and a body for the application or a sentence for a person."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def claims_of(posted: Posted) -> list[tuple[str, str]]:
    """Return the (device, secret) pairs that a request can be read as; pure.

    With Basic authentication the user is the device; OwnTracks names the device in a header besides, so that
    the user may be a person.
    """
    if posted.named is not None:
        return [posted.named]
    scheme, _, encoded = posted.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return []
    try:
        user, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return []
    if not colon:
        return []
    named = posted.headers.get("x-limit-d", "")
    return [(user, secret), *([(named, secret)] if named and named != user else [])]


def payload_of(posted: Posted) -> bytes:
    """Return what is to be decoded: the body, else the query without its question mark; pure."""
    return posted.body if posted.body.strip() else posted.query


@dataclass(slots=True)
class _Pace:
    """A bucket of requests for one phone, and how many wait for it."""

    left: float
    at: float
    waiting: int = 0

    def pause(self, now: float) -> float:
        """Take one request out of the bucket; return how long it has to wait (seconds)."""
        self.left = min(_BURST, self.left + (now - self.at) * _RATE) - 1
        self.at = now
        return max(0.0, -self.left / _RATE)


class HttpPostLink:
    """Takes what phones post into the same ingest as all other links.

    `deliver` is what every link delivers to, `holds` knows the phones' secrets.
    """

    def __init__(
        self,
        *,
        deliver: Deliver,
        holds: Holds,
        now: Now,
        patience: float = PATIENCE_S,
        outlast: float = _OUTLAST_S,
    ) -> None:
        self._deliver = deliver
        self._holds = holds
        self._now = now
        self._patience = patience
        self._outlast = outlast
        self._paces: dict[str, _Pace] = {}

    async def take(
        self,
        app: str,
        *,
        named: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        query: bytes = b"",
        body: bytes = b"",
        cut: bool = False,
    ) -> Answer:
        """Record what a phone posted (see `Posted`); return its answer once the journal holds it."""
        posted = Posted(app=app, named=named, headers=headers or {}, query=query, body=body, cut=cut)
        return await self._take(posted)

    async def _take(self, posted: Posted) -> Answer:
        app = PHONE_APPS.get(posted.app)
        if app is None:
            return Answer(status=404, detail=f"Phones post to {', '.join(PHONE_APPS)}.")
        device = next((name for name, secret in claims_of(posted) if self._holds(name, secret)), None)
        if device is None:
            return _stranger(posted)
        if not await self._admitted(device):
            return _later("Too many requests of this phone are waiting.")
        return await self._record(app, device, posted)

    async def _admitted(self, device: str) -> bool:
        """Hold a phone back that sends too fast; False where too many of its requests wait already.

        It is not told "too many requests": that is a 4xx, for which some discard the fix.
        """
        now = asyncio.get_running_loop().time()
        pace = self._paces.setdefault(device, _Pace(_BURST, now))
        if pace.waiting >= _MOST_WAITING:
            return False
        pause = pace.pause(now)
        if pause > 0:
            pace.waiting += 1
            try:
                await asyncio.sleep(pause)
            finally:
                pace.waiting -= 1
        return True

    async def _record(self, app: PhoneApp, device: str, posted: Posted) -> Answer:
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def acknowledged() -> None:
            if not stored.done():
                stored.set_result(None)

        incoming = Incoming(
            origin=f"http:{posted.app}/{device}",
            device=device,
            decoder=app.decoder,
            payload=payload_of(posted),
            received_at=self._now(),
            fault=f"a body of more than {len(posted.body)} bytes: these are the first" if posted.cut else "",
            ack=acknowledged,
        )
        try:
            async with asyncio.timeout(self._patience if app.keeps else self._outlast):
                await self._submit(incoming, app)
                await stored
        except TimeoutError:
            return _later("The journal did not take it in time.")
        return Answer(status=200, body=app.answer, media_type=app.media_type)

    async def _submit(self, incoming: Incoming, app: PhoneApp) -> None:
        try:
            await self._deliver([incoming])
        except IngestEndedError:
            if app.keeps:
                raise TimeoutError from None
            await asyncio.Event().wait()  # no answer: the connection ends with us, and the phone tries again


def _stranger(posted: Posted) -> Answer:
    if posted.named is not None:
        return Answer(
            status=403,
            detail="This address holds no phone's secret: make one with rallykeeper access --device.",
        )
    return Answer(
        status=401,
        detail="Sign in with the phone's name and secret, made with rallykeeper access --device.",
        headers={"WWW-Authenticate": 'Basic realm="rallykeeper", charset="UTF-8"'},
    )


def _later(detail: str) -> Answer:
    return Answer(status=503, detail=f"{detail} Send it again.", headers={"Retry-After": "5"})
