"""A gateway's lines for the event loop: the spool on its own thread, and memory where the disk fails.

A card that is full or broken must not keep times from the service while the network is there: what the disk
does not take is held here, sent from here, and put on the disk when that works again. Only then is it safe
from a power cut; `Backlog.fault` says so meanwhile.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from devices.spool import Happened, Line, Spool, SpoolError
from timing.core.instant import Duration, Instant

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

#: Lines held in memory; past it we read no more, and the timer waits if it knows a handshake.
MOST_HELD = 10_000
#: How long between two attempts to put held lines on the disk (seconds).
_TRY_AGAIN_S = 1.0
#: What a satellite receiver says all the time.
_CHATTER = b"$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A line of a device with the gateway's two clocks."""

    device: str
    data: bytes
    read_at: Instant
    mono: Duration
    line: int = 0


class Backlog:
    """Lines that the service has not acknowledged."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._held: dict[tuple[int, int], Line] = {}
        self._n = 0
        self._room = asyncio.Event()
        self._room.set()
        self.news = asyncio.Event()
        """Set when there are new lines."""
        self.fault = ""
        """Why the disk takes nothing, empty while it does."""

    @property
    def boot(self) -> int:
        """The number of this start."""
        return self._spool.boot

    @property
    def depth(self) -> int:
        """How many lines wait for their acknowledgement."""
        return self._spool.depth + len(self._held)

    @property
    def held(self) -> int:
        """How many of them are in memory only."""
        return len(self._held)

    @property
    def dropped(self) -> int:
        """How much chatter was dropped for want of room."""
        return self._spool.dropped

    def number(self) -> int:
        """Return the next number of this start, for a message that is not kept."""
        self._n += 1
        return self._n

    async def add(self, reads: Sequence[Read]) -> None:
        """Keep lines; on the disk when this returns, or held where the disk fails."""
        await self._room.wait()
        lines = [
            Line(
                boot=self.boot,
                n=self.number(),
                device=read.device,
                read_at=read.read_at,
                mono=read.mono,
                data=read.data,
                machine=self._spool.machine,
                chatter=read.data.startswith(_CHATTER),
                line=read.line,
            )
            for read in reads
        ]
        if not await self._append(lines):
            self._held |= {line.key: line for line in lines}
            if len(self._held) >= MOST_HELD:
                self._room.clear()
        self.news.set()

    async def keep_trying(self) -> None:
        """Put held lines on the disk as soon as it takes them, until cancelled."""
        while True:
            await asyncio.sleep(_TRY_AGAIN_S)
            held = list(self._held.values())
            if held and await self._append(held):
                # What was acknowledged while it was written is forgotten on the disk too.
                gone = [line.key for line in held if line.key not in self._held]
                for line in held:
                    self._held.pop(line.key, None)
                await self.free(gone)
                self._room.set()

    async def after(self, key: tuple[int, int], limit: int) -> list[Line]:
        """Return the lines behind a key in the order of reading, at most `limit`."""
        kept = await self._guarded(self._spool.after, key, limit) or []
        held = [line for line in self._held.values() if line.key > key]
        return sorted([*kept, *held], key=lambda line: line.key)[:limit]

    async def get(self, keys: Iterable[tuple[int, int]]) -> list[Line]:
        """Return the lines of these keys that still wait."""
        wanted = list(keys)
        kept = await self._guarded(self._spool.get, wanted) or []
        return [*kept, *(self._held[key] for key in wanted if key in self._held)]

    async def tell(self, lines: Sequence[Line]) -> None:
        """Fix what the service was told of the lines' instants."""
        self._held |= {line.key: line for line in lines if line.key in self._held}
        await self._guarded(self._spool.tell, lines)

    async def free(self, keys: Iterable[tuple[int, int]]) -> None:
        """Forget lines that the journal holds."""
        gone = list(keys)
        for key in gone:
            self._held.pop(key, None)
        if len(self._held) < MOST_HELD:
            self._room.set()
        await self._guarded(self._spool.free, gone)

    async def keep_clock(self, clock: Duration) -> None:
        """Keep what the service's time is less `mono`; see `Spool.keep_clock`."""
        await self._guarded(self._spool.keep_clock, clock)

    async def clock_of(self, machine: str) -> Duration | None:
        """Return what is known of the service's clock while a machine was on; see `Spool.clock_of`."""
        return await self._guarded(self._spool.clock_of, machine)

    @property
    def machine(self) -> str:
        """The name of this switching on of the machine."""
        return self._spool.machine

    @property
    def cut_off(self) -> bool:
        """Whether nobody had ended the start before this one."""
        return self._spool.cut_off

    async def note(self, happened: Sequence[Happened]) -> bool:
        """Keep what disturbed the gateway; whether the disk took it."""
        try:
            await self._run(self._spool.note, happened)
        except SpoolError as error:
            self.fault = str(error)
            return False
        return True

    async def happened(self) -> list[Happened]:
        """Return the disturbances that nobody has acknowledged; see `Spool.happened`."""
        return await self._guarded(self._spool.happened) or []

    async def forget(self, keys: Sequence[tuple[int, int]]) -> None:
        """Forget disturbances of which the journal holds the account."""
        await self._guarded(self._spool.forget, keys)

    async def close(self, *, ended: bool = True) -> None:
        """Close the spool; see `Spool.close`."""
        await self._run(self._spool.close, ended=ended)
        self._worker.shutdown()

    async def _append(self, lines: Sequence[Line]) -> bool:
        try:
            await self._run(self._spool.append, lines)
        except SpoolError as error:
            self.fault = str(error)
            return False
        self.fault = ""
        return True

    async def _guarded(
        self, call: Callable[_Arguments, _Result], *args: _Arguments.args, **kwargs: _Arguments.kwargs
    ) -> _Result | None:
        """Call the spool; None where the disk fails, which costs no more than a repetition."""
        try:
            return await self._run(call, *args, **kwargs)
        except SpoolError as error:
            self.fault = str(error)
            return None

    async def _run(
        self, call: Callable[_Arguments, _Result], *args: _Arguments.args, **kwargs: _Arguments.kwargs
    ) -> _Result:
        # Shielded: a line that is being written while a link ends must not be lost to both sides.
        work = asyncio.get_running_loop().run_in_executor(self._worker, partial(call, *args, **kwargs))
        return await asyncio.shield(work)
