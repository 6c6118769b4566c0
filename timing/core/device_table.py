"""Which device serves which control, channel and line, and which tracker rides in which car, and when.

The register of the event folder is the base; acts of officials (`device_acts`) lie over it with the spans
that they name. Nothing overwrites anything: two devices that claim the same line of a control, or two
trackers in one car, are both kept and named by `device_conflicts`.
"""

from collections.abc import Sequence
from typing import Protocol

from timing.core.device_acts import AssignDevice, AssignTracker, DeviceAct
from timing.core.event import Assignment, DeviceConfig, Event
from timing.core.instant import Instant


class DeviceTable:
    """The assignments of all devices of an event. Where one was depends on the acts that stand, alone.

    Beside that it remembers what once stood: in which cars a tracker was said to be, and about which
    trackers anything has changed since `turned` was asked.
    """

    def __init__(self, event: Event) -> None:
        self.devices = event.devices
        self._entered = {
            entry.tracker: car for car, entry in event.entries.by_number.items() if entry.tracker
        }
        self._acts: dict[str, tuple[DeviceAct, ...]] = {}
        self._ridden: dict[str, set[str]] = {}
        self._turned: set[str] = set()
        self._by_control: dict[str, list[str]] | None = None
        self.dated = {ident for ident, config in event.devices.items() if config.rides}
        """The devices whose car depends on the moment."""

    def rule(self, device: str, acts: Sequence[DeviceAct]) -> bool:
        """Take in what stands about a device, the last decided last; whether anything differs."""
        if tuple(acts) == self._acts.get(device, ()):
            return False
        rides = _rides(acts)
        if rides != _rides(self._acts.get(device, ())):
            self._turned.add(device)
            self._ridden.setdefault(device, set()).update(act.car for act in rides if act.car is not None)
        self._acts[device] = tuple(acts)
        self._by_control = None
        config = self.devices.get(device)
        if rides or (config is not None and config.rides):
            self.dated.add(device)
        else:
            self.dated.discard(device)
        return True

    def acts(self, device: str) -> tuple[DeviceAct, ...]:
        """Return the standing acts about a device, the last decided last."""
        return self._acts.get(device, ())

    def turned(self) -> frozenset[str]:
        """Return the trackers about whose cars something was decided or taken back, and forget them."""
        turned = frozenset(self._turned)
        self._turned.clear()
        return turned

    def swaps(self) -> str:
        """Return in one text all that is decided about the cars of trackers; equal where that is equal."""
        rides = (act for device in sorted(self._acts) for act in _rides(self._acts[device]))
        return ";".join(f"{act.device}/{act.car}/{act.since}/{act.until}" for act in rides)

    def cars(self, device: str) -> frozenset[str]:
        """Return every car in which a tracker is or was, or was once said to have been."""
        config = self.devices.get(device)
        named = {ride.car for ride in config.rides} | {config.car} if config is not None else set()
        named |= {self._entered.get(device, ""), *self._ridden.get(device, ())}
        return frozenset(named - {""})

    def known(self) -> tuple[str, ...]:
        """Return every device that the register, the entry list or an act names."""
        return tuple(dict.fromkeys((*self.devices, *self._entered, *self._acts)))

    def place(self, device: str, channel: str, at: Instant) -> Assignment | None:
        """Return where a device's channel stood at an instant; None: nowhere that anybody named."""
        for act in reversed(self._acts.get(device, ())):
            if isinstance(act, AssignDevice) and act.channel in ("", channel) and covers(act, at):
                if act.control is None:
                    return None
                return Assignment(
                    control=act.control,
                    channel=act.channel,
                    source=act.line,
                    since=act.since,
                    until=act.until,
                )
        return registered(self.devices.get(device), channel, at)

    def channels(self, device: str) -> tuple[str, ...]:
        """Return the channels that a device's assignments name; the empty one stands for all others."""
        config = self.devices.get(device)
        named = [each.channel for each in config.assignments] if config is not None else []
        named += [act.channel for act in self.acts(device) if isinstance(act, AssignDevice)]
        return tuple(dict.fromkeys(named))

    def serving(self, control: str, at: Instant) -> list[tuple[str, Assignment]]:
        """Return the devices that serve a control at an instant, each with its assignment, by name."""
        if self._by_control is None:
            self._by_control = {}
            for device in self.known():
                config = self.devices.get(device)
                named = {each.control for each in config.assignments} if config is not None else set()
                named |= {
                    act.control
                    for act in self.acts(device)
                    if isinstance(act, AssignDevice) and act.control is not None
                }
                for each in named:
                    self._by_control.setdefault(each, []).append(device)
        found = []
        for device in self._by_control.get(control, ()):
            held = (self.place(device, channel, at) for channel in self.channels(device))
            found += [(device, each) for each in dict.fromkeys(held) if each and each.control == control]
        return found

    def car(self, device: str, at: Instant) -> str | None:
        """Return the car in which a tracker rode at an instant, or None."""
        for act in reversed(self._acts.get(device, ())):
            if isinstance(act, AssignTracker) and covers(act, at):
                return act.car
        config = self.devices.get(device)
        usual = self._entered.get(device)
        if config is None:
            return usual
        usual = usual or config.car or None
        for ride in config.rides:
            if covers(ride, at):
                return ride.car
        # Where it usually is it was before the first change that the register dates.
        before = all(ride.since is not None and at < ride.since for ride in config.rides)
        return usual if before else None

    def decided(self, device: str, at: Instant) -> bool:
        """Whether an official has said in which car a tracker rode at an instant, or that it was in none."""
        return any(covers(act, at) for act in _rides(self._acts.get(device, ())))


def _rides(acts: Sequence[DeviceAct]) -> list[AssignTracker]:
    return [act for act in acts if isinstance(act, AssignTracker)]


class _Span(Protocol):
    @property
    def since(self) -> Instant | None: ...
    @property
    def until(self) -> Instant | None: ...


def covers(span: _Span, at: Instant) -> bool:
    """Return whether an assignment, a ride or an act holds at an instant; None is open."""
    return (span.since is None or span.since <= at) and (span.until is None or at < span.until)


def registered(config: DeviceConfig | None, channel: str, at: Instant) -> Assignment | None:
    """Return where the register has a channel at an instant; one that is named goes before the rest."""
    if config is None:
        return None
    valid = [each for each in config.assignments if each.channel in (channel, "") and covers(each, at)]
    return max(valid, key=lambda a: (a.channel != "", a.since is not None, a.since or 0), default=None)
