"""What disturbed a gateway's day: power cuts, pulled cables, a clock that was set, the network, the disk.

The service is away while most of it happens. So it is kept on the disk beside the lines, leaves with a
heartbeat, and is forgotten when the journal holds that heartbeat.
"""

import asyncio
from collections.abc import Iterable, Sequence

from devices.backlog import Backlog
from devices.link import LinkState
from devices.spool import Happened
from timing.clock import Clock, StepWatch
from timing.core.instant import SECOND
from timing.core.readings import HappeningKind

#: So much is kept; of a day with more, the newest.
_MOST = 500
#: A heartbeat carries so many at once.
_A_BEAT = 20
_DETAIL = 200


class GatewayLog:
    """The disturbances of one gateway, told of its devices.

    Args:
        backlog: keeps them on the disk.
        clock: the machine's clock, which somebody may set.
        devices: whom it concerns when the whole gateway is disturbed.
    """

    def __init__(self, backlog: Backlog, clock: Clock, devices: Sequence[str]) -> None:
        self._backlog = backlog
        self._clock = clock
        self._devices = tuple(devices)
        self._steps = StepWatch(clock)
        self._kept: dict[tuple[int, int], Happened] = {}
        self._new: list[Happened] = []
        self._n = 0
        self._up: dict[str, bool] = {}
        self._fault = ""
        self._write = asyncio.Event()
        self.news = asyncio.Event()
        """Set when there is something to tell."""

    def note(self, kind: HappeningKind, detail: str = "", *, devices: Iterable[str] = ()) -> None:
        """Note that something happened now, to these devices, or else to the whole gateway."""
        now, mono = self._clock.now(), self._clock.elapsed()
        for device in tuple(devices) or self._devices:
            self._n += 1
            self._new.append(
                Happened(
                    self._backlog.boot, self._n, device, now, mono, kind.value, detail[:_DETAIL],
                    self._backlog.machine,
                )
            )  # fmt: skip
        self._write.set()

    def port(self, device: str, state: LinkState) -> None:
        """Follow a device's link: a cable that is pulled or put back is noted, the first opening is not."""
        if self._turned(device, up=state.up):
            kind = HappeningKind.CABLE_IN if state.up else HappeningKind.CABLE_OUT
            self.note(kind, state.error, devices=(device,))

    def network(self, state: LinkState) -> None:
        """Follow the connection to the broker, in the same way."""
        if self._turned("", up=state.up):
            kind = HappeningKind.NETWORK_IN if state.up else HappeningKind.NETWORK_OUT
            self.note(kind, state.error)

    def _turned(self, link: str, *, up: bool) -> bool:
        was = self._up.get(link)
        if was is None and not up:
            return False  # not opened yet
        self._up[link] = up
        return was is not None and was != up

    def look(self) -> None:
        """Look at the clock and the disk; called about every second."""
        step = self._steps.check()
        if step is not None:
            self.note(HappeningKind.CLOCK_SET, f"{step / SECOND:+.3f} s")
        fault = self._backlog.fault
        if bool(fault) != bool(self._fault):
            self.note(HappeningKind.DISK_FAULT if fault else HappeningKind.DISK_GOOD, fault)
        self._fault = fault

    def waiting(self, device: str) -> list[Happened]:
        """Return what a heartbeat of a device should tell next, in the order in which it happened."""
        mine = sorted(key for key, each in self._kept.items() if each.device == device)
        return [self._kept[key] for key in mine[:_A_BEAT]]

    async def told(self, keys: Sequence[tuple[int, int]]) -> None:
        """Forget what the journal holds."""
        gone = [key for key in keys if self._kept.pop(key, None) is not None]
        if gone:
            await self._backlog.forget(gone)
            if self._kept:
                self.news.set()

    async def run(self) -> None:
        """Take up what earlier starts left, note this one, and write what happens, until cancelled."""
        self._kept |= {each.key: each for each in await self._backlog.happened()}
        self.note(HappeningKind.POWER_CUT if self._backlog.cut_off else HappeningKind.STARTED)
        while True:
            await self._write.wait()
            self._write.clear()
            new, self._new = self._new, []
            self._kept |= {each.key: each for each in new}
            over = sorted(self._kept)[: max(0, len(self._kept) - _MOST)]
            for key in over:
                del self._kept[key]
            await self._backlog.note(new)
            if over:
                await self._backlog.forget(over)
            self.news.set()
