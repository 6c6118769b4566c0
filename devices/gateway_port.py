"""One device of a gateway: its link, its unfinished line, and what it last said."""

from collections import deque
from collections.abc import Callable, Sequence

from devices.backlog import Backlog, Read
from devices.decoders.framing import LineFramer
from devices.gateway_state import PortState
from devices.link import Backoff, Incoming, KeptLink, LinkState
from devices.register import wired_link
from timing.clock import Clock
from timing.core.instant import Instant

#: Bytes of the longest line that a message may carry; some receivers print long JSON.
_LONGEST = 4000
#: A plugged cable is found soon; the network's pauses are longer.
_PORT_BACKOFF = Backoff(first=0.25, most=2.0)
#: So many of its last lines are shown.
_SHOWN = 8


class Port:
    """One device: its link, its unfinished line, and what it last said; `count` lines since the start."""

    def __init__(
        self,
        device: str,
        link: str,
        clock: Clock,
        backlog: Backlog,
        on_change: Callable[[LinkState], None] | None = None,
    ) -> None:
        self.device = device
        # The link notes arrivals on the clock that nobody sets; the other is worked out from it.
        wired = wired_link(link, device=device, decoder="", now=clock.elapsed)
        self.kept = KeptLink(wired, now=clock.now, backoff=_PORT_BACKOFF, on_change=on_change)
        self.last: deque[tuple[Instant, bytes]] = deque(maxlen=_SHOWN)
        self.count = 0
        self._clock = clock
        self._backlog = backlog
        self._framer = LineFramer(_LONGEST)

    async def run(self) -> None:
        """Read until cancelled."""
        await self.kept.run(self._deliver)

    async def _deliver(self, batch: Sequence[Incoming]) -> None:
        reads: list[Read] = []
        for incoming in batch:
            lines = self._framer.flush() if incoming.opening else []
            lines += self._framer.feed(incoming.payload)
            mono = incoming.received_at
            read_at = self._clock.now() - (self._clock.elapsed() - mono)
            for line in lines:
                if line.strip():
                    self.count += 1
                    reads.append(
                        Read(device=self.device, data=line, read_at=read_at, mono=mono, line=self.count)
                    )
        if reads:
            await self._backlog.add(reads)
            self.last.extend((read.read_at, read.data) for read in reads)

    def state(self) -> PortState:
        """Return how the device is doing, for people."""
        state = self.kept.state
        return PortState(
            device=self.device,
            link=state.name,
            up=state.up,
            since=state.since,
            error=state.error,
            count=self.count,
            last=self.last[-1] if self.last else None,
            lines=tuple(self.last),
        )
