"""A link kept open in a test, and all it delivered."""

import asyncio
from collections.abc import Sequence

from devices.link import Backoff, Incoming, KeptLink, Link, Now


class Kept:
    """Holds a link open until it is closed; what came is in `incoming`, as bytes in `data`."""

    def __init__(self, link: Link, now: Now) -> None:
        self.holder = KeptLink(link, now=now, backoff=Backoff(first=0.01, most=0.05))
        self.incoming: list[Incoming] = []
        self.task = asyncio.create_task(self.holder.run(self._take))

    async def _take(self, batch: Sequence[Incoming]) -> None:
        self.incoming.extend(batch)

    @property
    def data(self) -> bytes:
        return b"".join(incoming.payload for incoming in self.incoming)

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
