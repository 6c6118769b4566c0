"""The test that a service passes before it calls itself ready: one reading all the way round.

A marked message goes to the broker as a device's would, comes back through link and decoder to ingest, and
its receipt is awaited. It is the heartbeat of a device that does not exist, so it can never be a time, and
ingest keeps no record of it. The journal's disk is written to and read, and the end of its chain worked out
again. Until all has passed, `/readyz` says 503 with what is lacking; the service works all the while, since a
race does not wait.
"""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from devices.host_clock import read_host_clock
from devices.link import Incoming, KeptLink, LinkError
from devices.mqtt import MqttLink, Route, client_id
from timing.clock import Clock, ScaledClock, SystemClock
from timing.core.instant import format_instant
from timing.health import SELF_TEST
from timing.journal.journal import Journal, JournalError
from timing.journal.proving import chain_fault

log = logging.getLogger("rallykeeper.self-test")

#: Between two tries while something is lacking (seconds).
_AGAIN_S = 3.0
#: So long a message may be on its way round (seconds).
_ROUND_S = 10.0
#: Less room than this is none: a day is some hundred megabytes.
_NO_BYTES = 200 * 1024**2

#: One part of the test: an empty text, or what is lacking.
Part = Callable[[], Awaitable[str]]


class _Receipt(msgspec.Struct, frozen=True):
    boot: int
    n: list[int]


@dataclass(slots=True, kw_only=True)
class SelfTest:
    """The test of one start of a service; `run` is a task of its own, and ends when all has passed."""

    rally: str
    data: Path
    journal: Journal
    clock: Clock
    broker_url: str
    ca_file: str | None = None
    instance: str = ""
    _lacking: dict[str, str] = field(default_factory=lambda: {"self-test": "not passed yet"})

    def lacking(self) -> Sequence[str]:
        """Name what has not passed yet; empty once everything has."""
        return [f"{part}: {why}" for part, why in self._lacking.items()]

    async def run(self) -> None:
        """Try until everything has passed."""
        parts: dict[str, Part] = {"disk": self._disk, "journal": self._journalled, "round trip": self._round}
        # A clock that nobody sets keeps nothing from running.
        if noted := await self._host():
            log.warning("clock: %s", noted)
        told: dict[str, str] = {}
        while True:
            lacking = {name: why for name, part in parts.items() if (why := await part())}
            self._lacking = lacking
            if not lacking:
                log.info("self-test passed: disk, broker, link, journal and receipt")
                return
            if lacking != told:
                log.warning("self-test: %s", "; ".join(self.lacking()))
                told = lacking
            await asyncio.sleep(_AGAIN_S)

    async def _disk(self) -> str:
        try:
            free = (await asyncio.to_thread(shutil.disk_usage, self.data)).free
        except OSError as error:
            return f"{self.data} cannot be looked at: {error.strerror}"
        if free < _NO_BYTES:
            return f"{free // 1024**2} MB free at {self.data}, expected {_NO_BYTES // 1024**2} at least"
        return ""

    async def _host(self) -> str:
        """A rally at another pace than the wall's is a rehearsal: nobody asks for the right time."""
        if isinstance(self.clock, ScaledClock):
            return ""
        found = await asyncio.to_thread(read_host_clock)
        return "" if found.synchronised else found.detail

    async def _round(self) -> str:
        """Send a message round and find its record; a link of its own, as a device has."""
        # The same at each sending, so that all of them are one record.
        boot, n = self.clock.now(), 1
        done = asyncio.Event()

        async def take(batch: Sequence[Incoming]) -> None:
            for incoming in batch:
                receipt = _read(incoming.payload)
                if receipt is not None and receipt.boot == boot and n in receipt.n:
                    done.set()
                if incoming.ack is not None:
                    incoming.ack()

        link = MqttLink(
            url=self.broker_url,
            client_id=client_id("rallykeeper", self.rally, self.instance, SELF_TEST),
            routes=[Route(filter=f"rally/{self.rally}/receipt/{SELF_TEST}", decoder="")],
            now=self.clock.now,
            ca_file=self.ca_file,
        )
        kept = KeptLink(link, now=self.clock.now)
        work = asyncio.create_task(kept.run(take), name="self-test")
        try:
            async with asyncio.timeout(_ROUND_S):
                # Sent until the receipt is here: one that was lost on the way is no fault.
                while not done.is_set():
                    await self._say(link, boot, n)
                    await _briefly(done)
        except TimeoutError:
            return f"no receipt within {_ROUND_S:.0f} s{': ' + kept.state.error if kept.state.error else ''}"
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        return ""

    async def _journalled(self) -> str:
        """Write to the journal's disk and read it back; the end of the chain is as it should be."""
        token = format_instant(SystemClock().now()).encode()
        try:
            await self.journal.checkpoint(SELF_TEST, token)
            if await asyncio.to_thread(self.journal.load_checkpoint, SELF_TEST) != token:
                return "what was written does not read back the same"
            return await asyncio.to_thread(chain_fault, self.journal)
        except JournalError as error:
            return str(error)

    async def _say(self, link: MqttLink, boot: int, n: int) -> None:
        message = {"at": format_instant(boot), "link": "self-test", "boot": boot, "n": n}
        try:
            await link.publish(f"rally/{self.rally}/heartbeat/{SELF_TEST}", msgspec.json.encode(message))
        except LinkError:
            return  # not connected yet; the links themselves say so


async def _briefly(event: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(0.2):
            await event.wait()
    except TimeoutError:
        return


def _read(payload: bytes) -> _Receipt | None:
    try:
        return msgspec.json.decode(payload, type=_Receipt)
    except (ValueError, RecursionError):
        return None
