"""How the devices are doing: when each was last heard, what came twice, what was refused, and its clock.

Nothing here decides a result; it is what the desk looks at to find a silent gate before a car does.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median_low

from timing.core.instant import MINUTE, Duration, Instant
from timing.core.readings import Alert, Fix, Heartbeat, Reading, Stamp, StampMark, SyncCheck

#: So many of the newest readings tell how far a device's clock is off.
_RECENT = 31
#: Readings that came later than this were waiting somewhere and say nothing about the clock.
_WAITED: Duration = 10 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHealth:
    """One device as the desk sees it.

    `heard_at` is when anything last came from it, `heard` the same for each kind of reading (`fix`,
    `stamp`, `heartbeat` …), so that one kind drying up shows although others go on. `clock_offset`
    is the device's clock minus ours in µs: of its last check against a reference, else the median
    over the newest readings, which also holds the time they took to come here. `battery` in percent,
    `spool` readings waiting in the device, `online` False when its broker session has ended.
    """

    device: str
    heard_at: Instant | None = None
    heard: Mapping[str, Instant] = field(default_factory=dict)
    readings: int = 0
    duplicates: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    battery: int | None = None
    link: str = ""
    spool: int | None = None
    online: bool | None = None
    clock_offset: Duration | None = None
    clock_checked: bool = False


class _Device:
    __slots__ = (
        "battery", "checked", "duplicates", "heard", "link", "offsets", "online", "readings", "rejected",
        "spool", "state_at",
    )  # fmt: skip

    def __init__(self) -> None:
        self.heard: dict[str, Instant] = {}
        self.readings = self.duplicates = 0
        self.rejected: Counter[str] = Counter()
        self.battery: int | None = None
        self.link = ""
        self.spool: int | None = None
        self.online: bool | None = None
        self.state_at: Instant | None = None
        self.checked: SyncCheck | None = None
        self.offsets: deque[Duration] = deque(maxlen=_RECENT)


class Health:
    """The health of all devices of a rally, fed by ingest."""

    def __init__(self) -> None:
        self._devices: dict[str, _Device] = {}
        self.heard: dict[str, Instant] = {}
        """When anything last came from each device."""

    def reading(self, reading: Reading, received_at: Instant, *, again: bool = False) -> None:
        """Note a reading; `again` when it was known already."""
        device = self._device(reading.device)
        if isinstance(reading, Fix) and reading.retained:
            # The broker spoke, not the device.
            return
        self._hear(reading.device, _KIND[type(reading)], received_at)
        if again:
            device.duplicates += 1
            return
        device.readings += 1
        waited = isinstance(reading, Stamp) and StampMark.MEMORY in reading.marks
        if not waited and abs(received_at - reading.at) <= _WAITED:
            device.offsets.append(reading.at - received_at)
        newest = device.state_at is None or reading.at >= device.state_at
        match reading:
            case Heartbeat() if newest:
                device.state_at, device.online = reading.at, reading.online
                device.link, device.spool = reading.link, reading.spool
                device.battery = reading.battery if reading.battery is not None else device.battery
            case Fix() if newest and reading.battery is not None:
                device.state_at, device.battery = reading.at, reading.battery
            case SyncCheck() if device.checked is None or reading.at >= device.checked.at:
                device.checked = reading
            case _:
                pass

    def refused(self, device: str | None, reason: str, received_at: Instant) -> None:
        """Note that something of a device was not believed; it was heard all the same."""
        name = device or ""
        self._device(name).rejected[reason] += 1
        if device:
            self._hear(name, "refused", received_at)

    def of(self, device: str) -> DeviceHealth:
        """Return how a device is doing; one that was never heard has no times."""
        known = self._devices.get(device)
        if known is None:
            return DeviceHealth(device=device)
        offset = median_low(known.offsets) if known.offsets else None
        return DeviceHealth(
            device=device,
            heard_at=self.heard.get(device),
            heard=dict(known.heard),
            readings=known.readings,
            duplicates=known.duplicates,
            rejected=dict(known.rejected),
            battery=known.battery,
            link=known.link,
            spool=known.spool,
            online=known.online,
            clock_offset=known.checked.offset if known.checked is not None else offset,
            clock_checked=known.checked is not None,
        )

    def devices(self) -> tuple[str, ...]:
        """Return the devices heard or refused so far, by name; the empty name stands for unknown ones."""
        return tuple(sorted(self._devices))

    def rejected(self) -> Mapping[str, int]:
        """Return how much was refused in all, by reason."""
        total: Counter[str] = Counter()
        for device in self._devices.values():
            total.update(device.rejected)
        return total

    def _device(self, name: str) -> _Device:
        device = self._devices.get(name)
        if device is None:
            device = self._devices[name] = _Device()
        return device

    def _hear(self, device: str, kind: str, received_at: Instant) -> None:
        for known, key in ((self._devices[device].heard, kind), (self.heard, device)):
            last = known.get(key)
            if last is None or received_at > last:
                known[key] = received_at


_KIND: Mapping[type, str] = {
    Stamp: "stamp",
    Fix: "fix",
    Heartbeat: "heartbeat",
    SyncCheck: "sync",
    Alert: "alert",
}
