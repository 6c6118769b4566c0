"""The clocks of all devices, kept up to date little by little: a control is looked at when it has news."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from timing.core.clock_report import ClocksAt, DeviceClock, clocks_at, device_clock
from timing.core.clock_sightings import Discipline
from timing.core.rally import Rally
from timing.core.readings import SyncCheck
from timing.core.records import Record
from timing.core.results import Changes


@dataclass(slots=True)
class ClockDesk:
    """Remembers what was found at each control until something moves there."""

    rally: Rally
    _places: dict[str, ClocksAt] = field(default_factory=dict)
    _waiting: dict[str, None] = field(default_factory=dict)
    _known: dict[str, DeviceClock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.look_at_all()

    def look_at_all(self) -> None:
        """Have every control looked at again: after a replay."""
        self._waiting = dict.fromkeys(self.rally.event.itinerary.controls)
        self._known.clear()

    def note(self, changes: Changes, records: Iterable[Record]) -> None:
        """Take note of what one commit brought."""
        self._waiting.update(dict.fromkeys(changes.controls))
        for record in records:
            if isinstance(record.body, SyncCheck):
                self.checked(record.body.device)

    def checked(self, device: str) -> None:
        """Take note of a check or a ruling of a device's clock."""
        self._known.pop(device, None)
        places = [place.control for place in self._places.values() if device in place.sighted]
        self._waiting.update(dict.fromkeys(places))

    def look(self, most: int) -> bool:
        """Look at some of the controls that have news; return whether that was all."""
        for control in list(self._waiting)[:most]:
            del self._waiting[control]
            before, place = self._places.get(control), clocks_at(self.rally, control)
            self._places[control] = place
            for device in (*(before.sighted if before is not None else ()), *place.sighted):
                self._known.pop(device, None)
        return not self._waiting

    def devices(self) -> tuple[str, ...]:
        """Return the devices whose clocks somebody has to care for: all but those of trackers."""
        found = dict.fromkeys((*self.rally.event.devices, *self.rally.clocks.devices()))
        for place in self._places.values():
            for device, sighting in place.sighted.items():
                if sighting.discipline is not Discipline.SATELLITES:
                    found[device] = None
        trackers = {entry.tracker for entry in self.rally.event.entries.by_number.values()}
        return tuple(name for name in found if name not in trackers)

    def of(self, device: str) -> DeviceClock:
        """Return what is known of a device's clock, as of the last looks."""
        known = self._known.get(device)
        if known is None or known.ruled != self.rally.clocks.ruled(device):
            known = self._known[device] = device_clock(self.rally, device, list(self._places.values()))
        return known

    def all(self) -> Mapping[str, DeviceClock]:
        """Return the clocks of `devices`."""
        return {device: self.of(device) for device in self.devices()}
