"""An open way to devices: what it delivers, and how it is kept open.

A link knows how to connect and to read; it knows nothing of readings. Its failure is its own: `keep_open`
opens it again after a pause that grows and is jittered, so that forty devices behind one switch do not
come back in the same instant, while all other links go on.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, TypeAlias

from timing.core.instant import Instant


class LinkError(Exception):
    """The other end is away, refuses us or has gone: not our fault, try again later."""


class Incoming(NamedTuple):
    """Bytes as they arrived: one whole message, or the next piece of a stream.

    `origin` is `mqtt:TOPIC` or `serial:NAME`; `received_at` is taken once, here. `decoder` names an entry
    of the device catalogue, and is empty for bytes that nobody is known to send. `opening` marks the first
    piece of a stream behind an opening: what came before it has no continuation. `fault` says why the link
    itself could not take the bytes as a device's, `fault_reason` the same for short. `carrier` is the device
    of the register by which it came, where that is another. `ack` tells the sender that the journal holds
    what came of the bytes; None where the link knows no acknowledgement. A tuple, because one is made for
    every message and a frozen dataclass costs five times as much to make.
    """

    origin: str
    device: str
    decoder: str
    payload: bytes
    received_at: Instant
    retained: bool = False
    topic: str = ""
    opening: bool = False
    fault: str = ""
    ack: Callable[[], None] | None = None
    fault_reason: str = "too_long"
    carrier: str = ""


Deliver: TypeAlias = Callable[[Sequence[Incoming]], Awaitable[None]]
Opened: TypeAlias = Callable[[], None]
Now: TypeAlias = Callable[[], Instant]


class Link(Protocol):
    """An open way to devices."""

    @property
    def name(self) -> str:
        """The name people know it by, such as `mqtt` or `serial:/dev/ttyUSB0`."""

    async def run(self, deliver: Deliver, opened: Opened) -> None:
        """Connect, call `opened` once, then deliver until the connection ends.

        The next bytes are not read before `deliver` has returned: that is the back-pressure.

        Raises:
            LinkError: the link could not be opened, or was lost. What `deliver` raises passes through.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """How a link is doing; `flaps` is how often it was opened in the last minute, `openings` in an hour."""

    name: str
    up: bool = False
    since: Instant
    last_heard: Instant | None = None
    error: str = ""
    flaps: int = 0
    openings: int = 0


#: More openings in a minute than this do not come from a bad cable alone: as a rule two programs share
#: one client id, and each connection of the one ends that of the other.
MANY_FLAPS = 5
_FLAP_WINDOW_S = 60.0
_HOUR_S = 3600.0
#: An opening that held this long ends the growing of the pauses.
_HELD_S = 10.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between attempts in seconds: `first`, then twice as long each time, up to `most`."""

    first: float = 0.25
    most: float = 10.0

    def pause(self, failures: int, chance: float) -> float:
        """Return the pause after so many failures in a row; `chance` in [0, 1) spreads it over its half."""
        whole: float = min(self.most, self.first * 2.0 ** min(failures - 1, 20))
        return whole * (0.5 + chance / 2)


@dataclass(slots=True)
class _Watch:
    """Follows one link over its openings and losses, and tells who listens."""

    state: LinkState
    now: Now
    tell: Callable[[LinkState], None] | None
    opened_at: float | None = None
    openings: deque[float] = field(default_factory=deque)

    def opened(self) -> None:
        loop_now = asyncio.get_running_loop().time()
        self.opened_at = loop_now
        self.openings.append(loop_now)
        while self.openings[0] < loop_now - _HOUR_S:
            self.openings.popleft()
        flaps = sum(opened >= loop_now - _FLAP_WINDOW_S for opened in self.openings)
        error = "opened again and again: duplicate client id?" if flaps > MANY_FLAPS else ""
        state = replace(self.state, up=True, since=self.now(), error=error)
        self._set(replace(state, flaps=flaps, openings=len(self.openings)))

    def lost(self, reason: str) -> bool:
        """Note the loss; return whether the link had held long enough to call it a fresh start."""
        held = self.opened_at is not None and asyncio.get_running_loop().time() - self.opened_at > _HELD_S
        self.opened_at = None
        since = self.now() if self.state.up else self.state.since
        self._set(replace(self.state, up=False, since=since, error=reason))
        return held

    def heard(self) -> None:
        self.state = replace(self.state, last_heard=self.now())

    def _set(self, state: LinkState) -> None:
        self.state = state
        if self.tell is not None:
            self.tell(state)


class KeptLink:
    """A link together with its state; `run` keeps it open until it is cancelled."""

    def __init__(
        self,
        link: Link,
        *,
        now: Now,
        on_change: Callable[[LinkState], None] | None = None,
        backoff: Backoff | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._link = link
        self._backoff = backoff or Backoff()
        self._rng = rng or random.Random()
        self._watch = _Watch(state=LinkState(name=link.name, since=now()), now=now, tell=on_change)

    @property
    def state(self) -> LinkState:
        """How the link is doing now; `last_heard` moves with each delivery."""
        return self._watch.state

    async def run(self, deliver: Deliver) -> None:
        """Open the link, deliver, and open it again after each loss, for ever.

        Only the link's own troubles are survived. What `deliver` raises ends this too, because
        readings that cannot be recorded are the whole service's failure.
        """
        failures = 0
        while True:
            try:
                await self._link.run(self._noting(deliver), self._watch.opened)
                reason = "closed by the other end"
            except LinkError as error:
                reason = str(error)
            failures = 1 if self._watch.lost(reason) else failures + 1
            await asyncio.sleep(self._backoff.pause(failures, self._rng.random()))

    def _noting(self, deliver: Deliver) -> Deliver:
        async def noted(batch: Sequence[Incoming]) -> None:
            self._watch.heard()
            await deliver(batch)

        return noted


async def keep_open(
    link: Link,
    deliver: Deliver,
    *,
    now: Now,
    on_change: Callable[[LinkState], None] | None = None,
    backoff: Backoff | None = None,
) -> None:
    """Keep one link open until cancelled; see `KeptLink.run`."""
    await KeptLink(link, now=now, on_change=on_change, backoff=backoff).run(deliver)
