"""How the devices are doing: when each was last heard, what is missing, came twice or was refused, its clock.

Silence is told apart from stillness: a tracker that sends and stands, one that sends nothing, and one that
sleeps by its own word are three things. Nothing here decides a result; it is what the desk looks at to find
a silent gate before a car does.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median_low

from timing.core.instant import HOUR, MINUTE, Duration, Instant
from timing.core.readings import (
    Alert,
    Fix,
    Happening,
    HappeningKind,
    Heartbeat,
    Reading,
    Stamp,
    StampMark,
    SyncCheck,
)
from timing.device_counts import Counts, Missing
from timing.standing import Standing

#: The name under which the service tests its own way in; no device.
SELF_TEST = "self-test"
#: So many of the newest readings tell how far a device's clock is off.
_RECENT = 31
#: Readings that came later than this were waiting somewhere and say nothing about the clock.
_WAITED: Duration = 10 * MINUTE
#: How a device says that it sleeps, in the `link` of its heartbeat.
_SLEEPS = "sleep"
#: So many disturbances and reconnections of one device are kept.
_MOST_HAPPENED = 200
_MOST_OPENED = 500
_CAME_BACK = frozenset({HappeningKind.NETWORK_IN, HappeningKind.STARTED, HappeningKind.POWER_CUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHealth:
    """One device as the desk sees it.

    `heard_at` is when anything last came from it, `heard` the same for each kind of reading (`fix`,
    `stamp`, `heartbeat` …), so that one kind drying up shows although others go on. `clock_offset`
    is the device's clock minus ours in µs: of its last check against a reference, else the median
    over the newest readings, which also holds the time they took to come here. `battery` in percent,
    `spool` readings waiting in the device, `online` False when its broker session has ended and nothing
    newer came (in `heard` such a message is `offline`, no heartbeat of the device's own), `asleep` when it
    has said that it sleeps and nothing since. `still_since`: it sends positions, and has not moved since
    then. `missing` are numbers of its own count that never came, `starts` how often it has begun to count;
    `double` says why two devices seem to speak under its name. `reconnects` counts the last hour's;
    `happened` is what it says it was disturbed by, in order of time; `says_car` the car that it announced
    last.
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
    asleep: bool = False
    still_since: Instant | None = None
    missing: tuple[Missing, ...] = ()
    starts: int = 0
    double: str = ""
    reconnects: int = 0
    happened: tuple[Happening, ...] = ()
    says_car: str | None = None


class _Device:
    __slots__ = (
        "asleep", "battery", "checked", "counts", "duplicates", "happened", "heard", "link", "offsets",
        "online", "opened", "readings", "rejected", "says", "spool", "standing", "state_at",
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
        self.asleep = False
        self.says: str | None = None
        self.counts = Counts()
        self.standing = Standing()
        self.happened: dict[tuple[int, int], Happening] = {}
        self.opened: deque[Instant] = deque(maxlen=_MOST_OPENED)


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
        gone = isinstance(reading, Heartbeat) and not reading.online
        self._hear(reading.device, "offline" if gone else _KIND[type(reading)], received_at)
        if again:
            device.duplicates += 1
            return
        device.readings += 1
        self.number(reading, received_at)
        waited = isinstance(reading, Stamp) and StampMark.MEMORY in reading.marks
        if not waited and abs(received_at - reading.at) <= _WAITED:
            device.offsets.append(reading.at - received_at)
        newest = device.state_at is None or reading.at >= device.state_at
        if newest and device.online is False and not isinstance(reading, Heartbeat):
            # That it had gone says nothing of what came later: it speaks again.
            device.online = None
            device.opened.append(received_at)
        match reading:
            case Heartbeat():
                self._beat(device, reading, received_at, newest=newest)
            case Fix():
                device.asleep = device.asleep and not newest
                device.standing.see(reading)
                if newest and reading.battery is not None:
                    device.state_at, device.battery = reading.at, reading.battery
            case Alert():
                device.says = reading.car or device.says
            case SyncCheck() if device.checked is None or reading.at >= device.checked.at:
                device.checked = reading
            case _:
                pass

    def number(self, reading: Reading, received_at: Instant) -> None:
        """Note the number that a reading has in its device's own count, also of one that is not believed."""
        if reading.boot is not None:
            # A gateway's lines have a count of their own; its heartbeats say how far that is.
            of_gateway = isinstance(reading, Heartbeat) and reading.lines is not None
            counts = self._device(reading.device).counts
            counts.heard(reading.boot, None if of_gateway else reading.n, received_at, reading.at)

    def _beat(self, device: _Device, beat: Heartbeat, received_at: Instant, *, newest: bool) -> None:
        if beat.boot is not None and beat.lines is not None:
            device.counts.told(beat.boot, beat.lines, received_at)
        for each in beat.happened:
            if (each.boot, each.n) not in device.happened and each.kind in _CAME_BACK:
                device.opened.append(each.at)
            device.happened[each.boot, each.n] = each
        while len(device.happened) > _MOST_HAPPENED:
            del device.happened[min(device.happened)]
        if not newest:
            return
        if device.online is False and beat.online:
            device.opened.append(received_at)
        device.state_at, device.online = beat.at, beat.online
        device.link, device.spool = beat.link, beat.spool
        device.asleep = beat.link.lower().startswith(_SLEEPS)
        device.battery = beat.battery if beat.battery is not None else device.battery

    def line(self, device: str, boot: int, line: int, received_at: Instant) -> None:
        """Note that the journal holds what came of a line that a gateway has carried."""
        self._device(device).counts.heard(boot, line, received_at)

    def refused(self, device: str | None, reason: str, received_at: Instant) -> None:
        """Note that something of a device was not believed; it was heard all the same."""
        name = device or ""
        self._device(name).rejected[reason] += 1
        if device:
            self._hear(name, "refused", received_at)

    def of(self, device: str, now: Instant | None = None) -> DeviceHealth:
        """Return how a device is doing at `now`, if given; one that was never heard has no times."""
        known = self._devices.get(device)
        if known is None:
            return DeviceHealth(device=device)
        at = now if now is not None else self.heard.get(device, 0)
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
            asleep=known.asleep,
            says_car=known.says,
            still_since=known.standing.since(at),
            missing=known.counts.missing(at),
            starts=known.counts.starts,
            double=known.counts.double(),
            reconnects=sum(at - HOUR < opened <= at for opened in known.opened),
            happened=tuple(sorted(known.happened.values(), key=lambda each: (each.at, each.boot, each.n))),
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
