"""One rally as its event folder describes it: everything the fold needs besides the records."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from timing.core.entries import EntryList
from timing.core.instant import DAY, Duration, Instant, RallyTime
from timing.core.itinerary import Itinerary
from timing.core.preset import Preset
from timing.core.readings import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """From `since` until `until` (exclusive) a device's channel serves a control as a source.

    An empty `channel` stands for every channel that no other assignment names.
    """

    control: str
    channel: str = ""
    source: Source = Source.A
    since: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """From `since` until `until` (exclusive) a tracker rides in a car."""

    car: str
    since: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FixChecks:
    """How far one device's positions are believed; what an official has decided about them.

    `ahead` is how far its clock may be ahead of ours (µs; None for what its protocol's deserves), `oldest`
    how late it may send what is not of the rally's own days (µs). `shift` is taken off its times (µs: a clock
    that shows local time), `repair_weeks` puts 1024 weeks back that its receiver lost, `speed_scale` is what
    its speeds are multiplied by.
    """

    ahead: Duration | None = None
    oldest: Duration = 7 * DAY
    worst_accuracy_m: float = 100.0
    top_speed_kmh: float = 250.0
    margin_km: float = 20.0
    shift: Duration = 0
    repair_weeks: bool = False
    speed_scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfig:
    """One device of the register.

    `decoder` is a name of the device catalogue; `link` is `mqtt`, `serial:PORT[?baud=9600]`,
    `tcp:HOST:PORT`, or `listen:PORT` where the device connects to us; `clock` says what its time of day is:
    `rally`, `utc`, `gps` or an offset such as `+02:00`; `template` the form of its lines, where the decoder
    leaves that to the event. `checks` is how far its positions are believed. `rides` are the cars in which
    it is by turns; `car` the one in which it is before the first of them, and always where there are none.
    """

    id: str
    decoder: str
    link: str = "mqtt"
    clock: str = "rally"
    topic: str = ""
    car: str = ""
    template: str = ""
    assignments: tuple[Assignment, ...] = ()
    rides: tuple[Ride, ...] = ()
    checks: FixChecks = FixChecks()


@dataclass(frozen=True, slots=True)
class HiddenZone:
    """A circle in which positions are not for the public: centre in degrees, radius in m."""

    lat: float
    lon: float
    radius_m: float
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPolicy:
    """What the public may see, and how late.

    `hours` are two rally times of day (µs since midnight) between which positions are shown; `frames` the
    origins whose pages may show the small view in a frame, `*` for any, none where it is empty.
    """

    delay: Duration = 0
    hours: tuple[Duration, Duration] | None = None
    hidden_zones: tuple[HiddenZone, ...] = ()
    speed: bool = False
    frames: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """A change of the regulations from a control on, never backwards."""

    number: str
    text: str
    effective_from: str | None = None
    changes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRule:
    """How teams are ranked: the sum of the best `count` crews; fewer crews than that are not ranked."""

    count: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A rally. `routes` gives each leg's road as (lat, lon) in degrees, in driving order."""

    id: str
    name: str
    edition: str = ""
    first_day: dt.date
    timezone: str
    time: RallyTime
    preset: Preset
    timekeeper: str = ""
    timekeeper_line: str = ""
    notice: str = ""
    classes: Mapping[str, str] = field(default_factory=dict)
    public: PublicPolicy = field(default_factory=PublicPolicy)
    devices: Mapping[str, DeviceConfig] = field(default_factory=dict)
    bulletins: tuple[Bulletin, ...] = ()
    entries: EntryList
    itinerary: Itinerary
    routes: Mapping[int, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    rules_from: tuple[tuple[int, Preset], ...] = ()
    """Bulletins: (order of the first control, regulations from there on), rising."""
    team_rule: TeamRule | None = None

    def rules_at(self, order: int) -> Preset:
        """Return the regulations in force at the control with this order: never changed backwards."""
        rules = self.preset
        for first, changed in self.rules_from:
            if order >= first:
                rules = changed
        return rules
