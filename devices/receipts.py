"""Tell devices what the journal holds, so that they may forget it, and what time it is.

A broker's own acknowledgement says that the broker has a message, and a broker may lose it in a power cut.
A gateway therefore keeps its spool until the receipt: `rally/RALLY/receipt/DEVICE` with
`{"boot":2,"n":[57,58]}`. A receipt that is lost costs a repetition, which is found by its key and
receipted anew.

The receipt of a heartbeat also tells the time: `"time":{"n":59,"heard":"…Z","at":"…Z"}` with when heartbeat
59 arrived here and when this answer left. With its own two instants a device has the four of NTP (RFC 5905,
section 8) and knows how far its clock is from ours, and how well it knows.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from devices.decoders.native import identities, line_count
from devices.link import LinkError, Now
from devices.mqtt import MqttLink
from timing.core.instant import Instant, format_instant

#: What a spool holds. Fixes are many and worth less than the traffic of their receipts.
RECEIPTED = frozenset({"stamp", "raw", "alert", "heartbeat", "sync"})
#: Receipts are gathered this long (seconds), so that a burst is answered with one message.
_GATHER_S = 0.05

#: Told of a line that the journal holds: device, boot, which of its lines, when it arrived.
Lines: TypeAlias = Callable[[str, int, int, Instant], None]


class Receipts:
    """Gathers what was stored and publishes the receipts; `run` is a task of its own.

    `lines` is told which of a gateway's lines have arrived.
    """

    def __init__(self, link: MqttLink, rally: str, now: Now, lines: Lines | None = None) -> None:
        self._link = link
        self._lines = lines
        self._rally = rally
        self._now = now
        self._stored: dict[tuple[str, int], set[int]] = defaultdict(set)
        self._asked: dict[tuple[str, int], tuple[int, Instant]] = {}
        self._news = asyncio.Event()
        link.on_stored(self.note)

    def note(self, topic: str, device: str, payload: bytes, received_at: Instant) -> None:
        """Take up a message that the journal holds."""
        levels = topic.split("/")
        if len(levels) != 4 or levels[:2] != ["rally", self._rally] or levels[2] not in RECEIPTED:
            return
        if levels[2] == "raw" and self._lines is not None:
            counted = line_count(payload)
            if counted is not None:
                self._lines(device, *counted, received_at)
        for boot, n in identities(payload):
            self._stored[device, boot].add(n)
            if levels[2] == "heartbeat":
                self._asked[device, boot] = (n, received_at)
            self._news.set()

    async def run(self) -> None:
        """Publish receipts until cancelled. Those that find no connection are dropped, see above."""
        while True:
            await self._news.wait()
            await asyncio.sleep(_GATHER_S)
            self._news.clear()
            stored, self._stored = self._stored, defaultdict(set)
            asked, self._asked = self._asked, {}
            for (device, boot), numbers in stored.items():
                await self._publish(device, boot, sorted(numbers), asked.get((device, boot)))

    async def _publish(
        self, device: str, boot: int, numbers: list[int], asked: tuple[int, Instant] | None
    ) -> None:
        receipt: dict[str, Any] = {"boot": boot, "n": numbers}
        if asked is not None:
            n, heard = asked
            told = {"n": n, "heard": format_instant(heard), "at": format_instant(self._now())}
            receipt["time"] = told
        try:
            await self._link.publish(f"rally/{self._rally}/receipt/{device}", msgspec.json.encode(receipt))
        except LinkError:
            return
