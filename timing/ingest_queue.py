"""The two bounded lines before the journal: what must never be lost, and fixes.

Stamps, alerts, heartbeats and decisions wait in a line of their own, which is always served beside
the other. When it is full, whoever delivers waits; nothing in it is ever dropped. When the line of
fixes is full, a sender that keeps what is not acknowledged (a broker) waits as well, because a fix may
prove a passing. Only a sender that keeps nothing (a receiver on a wire) has its oldest waiting fixes
dropped after a moment, and counted, because the newest show where the car is.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from timing.core.decisions import Decision
from timing.core.instant import Instant
from timing.core.readings import Fix, Reading, Rejected

#: What a link or page hands over: a reading, what could not be one, or an official's ruling.
Item: TypeAlias = Reading | Rejected | Decision
_PATIENT = (Fix, Rejected)


class Arrival(NamedTuple):
    """What came in one message, or one piece of a stream; a tuple, because there is one for each message.

    `origin` (`mqtt:TOPIC`, `serial:PORT`, `web:ROLE/NAME`) and `received_at` were set once, where the
    bytes came in. `ack` tells the sender that the journal holds it; it is called once, from the event
    loop, also for what was known already, and never before the commit. None for a sender that keeps
    nothing to be told of.
    """

    origin: str
    received_at: Instant
    readings: tuple[Item, ...]
    raw: bytes = b""
    ack: Callable[[], None] | None = None

    @property
    def urgent(self) -> bool:
        """Whether it holds anything but fixes and refused bytes."""
        return any(not isinstance(reading, _PATIENT) for reading in self.readings)

    @property
    def size(self) -> int:
        """How much room it takes in the queue."""
        return len(self.readings) or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the queue in readings, and how long (real seconds) fixes nobody keeps wait for room."""

    urgent: int = 10_000
    fixes: int = 20_000
    patience: float = 1.0
    batch: int = 500


@dataclass(slots=True)
class Line:
    """One line of arrivals with its bound. All of it runs in one event loop."""

    limit: int
    waiting: deque[Arrival] = field(default_factory=deque)
    size: int = 0
    ended: bool = False
    _filled: asyncio.Event = field(default_factory=asyncio.Event)
    _emptied: asyncio.Event = field(default_factory=asyncio.Event)

    def has_room(self, size: int) -> bool:
        """Whether so many readings fit; an arrival larger than the line fits when nothing else is there."""
        return self.size + size <= self.limit or not self.waiting or self.ended

    def offer(self, arrival: Arrival) -> bool:
        """Add an arrival if there is room for it now; return whether it was added."""
        size = arrival.size
        if self.ended or not self.has_room(size):
            return False
        self.waiting.append(arrival)
        self.size += size
        self._filled.set()
        return True

    async def put(self, arrival: Arrival, patience: float | None = None) -> list[Arrival]:
        """Add an arrival when there is room; return those dropped for it, itself among them at worst.

        Without `patience` (seconds) it waits as long as it takes, and nothing is dropped.

        Raises:
            IngestEndedError: nothing is taken any more.
        """
        dropped = [] if self.has_room(arrival.size) else await self._make_room(arrival.size, patience)
        if self.ended:
            raise IngestEndedError("ingest has ended; what was not acknowledged must be sent again")
        return dropped if self.offer(arrival) else [*dropped, arrival]

    async def take(self, most: int) -> list[Arrival]:
        """Return the arrivals waiting, up to about `most` readings; empty once the line has ended."""
        while not self.waiting and not self.ended:
            self._filled.clear()
            await self._filled.wait()
        taken: list[Arrival] = []
        room = most
        while self.waiting and (not taken or self.waiting[0].size <= room):
            taken.append(self._pop())
            room -= taken[-1].size
        self._emptied.set()
        return taken

    async def _make_room(self, size: int, patience: float | None) -> list[Arrival]:
        dropped: list[Arrival] = []
        try:
            async with asyncio.timeout(patience):
                while not self.has_room(size):
                    self._emptied.clear()
                    await self._emptied.wait()
        except TimeoutError:
            for one in [waiting for waiting in self.waiting if waiting.ack is None]:
                if self.has_room(size):
                    break
                self.waiting.remove(one)
                self.size -= one.size
                dropped.append(one)
        return dropped

    def end(self) -> None:
        """Take nothing more; what is waiting is still handed out."""
        self.ended = True
        self._filled.set()
        self._emptied.set()

    def _pop(self) -> Arrival:
        arrival = self.waiting.popleft()
        self.size -= arrival.size
        return arrival


class IngestEndedError(Exception):
    """The one way in is closed: the service is ending, or the journal has failed."""
