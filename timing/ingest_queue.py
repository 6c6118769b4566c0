"""The two bounded lines before the journal: what must never be lost, and fixes.

Stamps, alerts, heartbeats and decisions wait in a line of their own, which is always served beside
the other. When it is full, whoever delivers waits; nothing in it is ever dropped. When the line of
fixes is full, its sender waits a moment, because a broker holds what is not yet taken; if that does
not help, the oldest waiting fixes are dropped and counted, because the newest show where cars are.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from timing.core.decisions import Decision
from timing.core.instant import Instant
from timing.core.readings import Fix, Reading, Rejected

#: What a link or page hands over: a reading, what could not be one, or an official's ruling.
Item: TypeAlias = Reading | Rejected | Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What came in one message, or one piece of a stream.

    `origin` (`mqtt:TOPIC`, `serial:PORT`, `web:ROLE/NAME`) and `received_at` were set once, where the
    bytes came in. `ack` tells the sender that the journal holds it; it is called once, from the event
    loop, also for what was known already, and never before the commit (or when fixes are dropped).
    """

    origin: str
    received_at: Instant
    readings: tuple[Item, ...]
    raw: bytes = b""
    ack: Callable[[], None] | None = None

    @property
    def urgent(self) -> bool:
        """Whether it holds anything but fixes and refused bytes."""
        return any(not isinstance(reading, Fix | Rejected) for reading in self.readings)

    @property
    def size(self) -> int:
        """How much room it takes in the queue."""
        return max(len(self.readings), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of the queue in readings, and how long (real seconds) fixes wait for room."""

    urgent: int = 10_000
    fixes: int = 20_000
    patience: float = 1.0
    batch: int = 500


@dataclass(slots=True)
class Line:
    """One line of arrivals with its bound."""

    limit: int
    waiting: deque[Arrival] = field(default_factory=deque)
    size: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    ended: bool = False

    def has_room(self, arrival: Arrival) -> bool:
        """Whether it fits; one that is larger than the line fits when nothing else is there."""
        return self.ended or not self.waiting or self.size + arrival.size <= self.limit

    async def put(self, arrival: Arrival, patience: float | None = None) -> list[Arrival]:
        """Add an arrival; return those dropped for it.

        Without `patience` (seconds) it waits as long as it takes, and nothing is dropped.

        Raises:
            IngestEndedError: nothing is taken any more.
        """
        dropped: list[Arrival] = []
        async with self.changed:
            try:
                async with asyncio.timeout(patience):
                    await self.changed.wait_for(lambda: self.has_room(arrival))
            except TimeoutError:
                while self.waiting and not self.has_room(arrival):
                    dropped.append(self._pop())
            if self.ended:
                raise IngestEndedError("ingest has ended; what was not acknowledged must be sent again")
            self.waiting.append(arrival)
            self.size += arrival.size
            self.changed.notify_all()
        return dropped

    async def take(self, most: int) -> list[Arrival]:
        """Return the arrivals waiting, up to about `most` readings; empty once the line has ended."""
        async with self.changed:
            await self.changed.wait_for(lambda: bool(self.waiting) or self.ended)
            taken: list[Arrival] = []
            size = 0
            while self.waiting and (not taken or size + self.waiting[0].size <= most):
                taken.append(self._pop())
                size += taken[-1].size
            self.changed.notify_all()
        return taken

    async def end(self) -> None:
        """Take nothing more; what is waiting is still handed out."""
        async with self.changed:
            self.ended = True
            self.changed.notify_all()

    def _pop(self) -> Arrival:
        arrival = self.waiting.popleft()
        self.size -= arrival.size
        return arrival


class IngestEndedError(Exception):
    """The one way in is closed: the service is ending, or the journal has failed."""
