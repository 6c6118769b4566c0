"""The public stream over MQTT, for edges, television and the press: a retained snapshot and every patch."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

#: Patches that wait for a broker that is away; older ones are dropped, counted, and the next snapshot heals.
_MOST_WAITING = 100
#: Seconds between two snapshots, when something has changed.
_SNAPSHOT_EVERY = 5.0

#: Publishes (topic, payload, retain=…) with QoS 0; False when the broker is away.
Publish = Callable[..., Coroutine[Any, Any, bool]]


class LiveOut:
    """Publishes to `rally/RALLY/live/patch` and, retained, to `rally/RALLY/live/snapshot` (QoS 0)."""

    def __init__(self, rally: str, publish: Publish) -> None:
        self._topic = f"rally/{rally}/live"
        self._publish = publish
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._snapshot: Callable[[], bytes] | None = None
        self._news = False
        self.dropped = 0

    def put(self, kind: str, message: bytes) -> None:
        """Take a message of the public stream."""
        self._news = True
        if self._waiting.full():
            self._waiting.get_nowait()
            self.dropped += 1
        self._waiting.put_nowait(message)

    def snapshots(self, make: Callable[[], bytes]) -> None:
        """Name what makes the snapshot message of the moment."""
        self._snapshot = make

    async def run(self) -> None:
        """Publish until cancelled; a broker that is away costs messages, never the service."""
        loop = asyncio.get_running_loop()
        next_snapshot = loop.time()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.05, next_snapshot - loop.time())):
                    await self._send("patch", await self._waiting.get())
            if loop.time() >= next_snapshot:
                next_snapshot = loop.time() + _SNAPSHOT_EVERY
                if self._news and self._snapshot is not None:
                    self._news = False
                    await self._send("snapshot", self._snapshot(), retain=True)

    async def _send(self, kind: str, message: bytes, *, retain: bool = False) -> None:
        if not await self._publish(f"{self._topic}/{kind}", message, retain=retain):
            self.dropped += 1
