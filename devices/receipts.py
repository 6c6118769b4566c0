"""Tell devices what the journal holds, so that they may forget it.

A broker's own acknowledgement says that the broker has a message, and a broker may lose it in a power cut.
A gateway therefore keeps its spool until the receipt: `rally/RALLY/receipt/DEVICE` with
`{"boot":2,"n":[57,58]}`. A receipt that is lost costs a repetition, which is found by its key and
receipted anew.
"""

import asyncio
from collections import defaultdict

import msgspec

from devices.decoders.native import identities
from devices.link import LinkError
from devices.mqtt import MqttLink

#: What a spool holds. Fixes are many and worth less than the traffic of their receipts.
RECEIPTED = frozenset({"stamp", "raw", "alert", "heartbeat", "sync"})
#: Receipts are gathered this long (seconds), so that a burst is answered with one message.
_GATHER_S = 0.05


class Receipts:
    """Gathers what was stored and publishes the receipts; `run` is a task of its own."""

    def __init__(self, link: MqttLink, rally: str) -> None:
        self._link = link
        self._rally = rally
        self._stored: dict[tuple[str, int], set[int]] = defaultdict(set)
        self._news = asyncio.Event()
        link.on_stored(self.note)

    def note(self, topic: str, device: str, payload: bytes) -> None:
        """Take up a message that the journal holds."""
        levels = topic.split("/")
        if len(levels) != 4 or levels[:2] != ["rally", self._rally] or levels[2] not in RECEIPTED:
            return
        for boot, n in identities(payload):
            self._stored[device, boot].add(n)
            self._news.set()

    async def run(self) -> None:
        """Publish receipts until cancelled. Those that find no connection are dropped, see above."""
        while True:
            await self._news.wait()
            await asyncio.sleep(_GATHER_S)
            self._news.clear()
            stored, self._stored = self._stored, defaultdict(set)
            for (device, boot), numbers in stored.items():
                await self._publish(device, boot, sorted(numbers))

    async def _publish(self, device: str, boot: int, numbers: list[int]) -> None:
        receipt = msgspec.json.encode({"boot": boot, "n": numbers})
        try:
            await self._link.publish(f"rally/{self._rally}/receipt/{device}", receipt)
        except LinkError:
            return
