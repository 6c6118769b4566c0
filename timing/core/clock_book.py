"""The checks of each device's clock, what was ruled on it and on its place, and what that means for a stamp.

Nearly all devices are neither ruled on nor ever found off: their stamps cost nothing here. The others
are `heeded`, and each of their stamps is looked at by itself, so that the order of arrival never matters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from timing.core.clock_acts import AcceptDevice, CorrectDevice, DropDevice
from timing.core.clocks import (
    Checked,
    ClockNote,
    ClockState,
    Limits,
    after,
    before,
    limits_for,
    offset_at,
    say_offset,
)
from timing.core.device_acts import DeviceAct
from timing.core.device_table import DeviceTable
from timing.core.event import Event
from timing.core.instant import MINUTE, Duration, Instant
from timing.core.itinerary import Control, StageKind
from timing.core.preset import Preset
from timing.core.readings import SyncCheck, reading_key
from timing.core.rulings import Ruled
from timing.core.stage_times import stage_resolution


@dataclass(slots=True)
class _Device:
    """What is known of one clock: its checks in order of time, the rulings on it in order of time."""

    by_key: dict[str, Checked] = field(default_factory=dict)
    checks: tuple[Checked, ...] = ()
    ruled: tuple[Ruled, ...] = ()


class ClockBook:
    """Checks and rulings by device. What it answers depends on their set, never on their order."""

    def __init__(self, event: Event) -> None:
        self.heeded: set[str] = set()
        """The devices whose stamps have to be looked at one by one."""
        self.table = DeviceTable(event)
        """Where each device is, and when."""
        self.limits: dict[str, Limits] = {
            ident: limits_for(served_resolution(event, control), event.rules_at(control.order))
            for ident, control in event.itinerary.controls.items()
        }
        self._strictest = min(
            (limits.fail for limits in self.limits.values()), default=limits_for(1, event.preset).fail
        )
        self._devices: dict[str, _Device] = {}
        self._moved: set[str] = set()

    def check(self, check: SyncCheck, seq: int) -> None:
        """Take in a check of a clock; another form of one known takes its place."""
        device = self._devices.setdefault(check.device, _Device())
        device.by_key[reading_key(check)] = Checked(check, seq)
        device.checks = tuple(sorted(device.by_key.values(), key=_in_time))
        self._heed(check.device, device)

    def rule(self, name: str, standing: Sequence[Ruled]) -> None:
        """Take in what stands about a device's clock and its place, in order of time."""
        placed = [r.decision.act for r in standing if isinstance(r.decision.act, DeviceAct)]
        if self.table.rule(name, placed):
            self._moved.add(name)
        clock = tuple(r for r in standing if not isinstance(r.decision.act, DeviceAct))
        if clock or name in self._devices or placed:
            device = self._devices.setdefault(name, _Device())
            device.ruled = clock
            self._heed(name, device)

    def _heed(self, name: str, device: _Device) -> None:
        was = name in self.heeded
        off = any(abs(checked.check.offset) > self._strictest for checked in device.checks)
        if device.ruled or off or self.table.acts(name):
            self.heeded.add(name)
        else:
            self.heeded.discard(name)
        if was or name in self.heeded:
            self._moved.add(name)

    def moved(self) -> frozenset[str]:
        """Return the devices about whose stamps there may be something new, and forget that there was."""
        moved = frozenset(self._moved)
        self._moved.clear()
        return moved

    def devices(self) -> tuple[str, ...]:
        """Return the devices whose clocks were checked or ruled on, by name."""
        return tuple(sorted(name for name, device in self._devices.items() if device.checks or device.ruled))

    def checks(self, device: str) -> tuple[Checked, ...]:
        """Return the checks of a device's clock in order of time."""
        return self._devices[device].checks if device in self._devices else ()

    def ruled(self, device: str) -> tuple[Ruled, ...]:
        """Return the standing decisions about a device's clock in order of time."""
        return self._devices[device].ruled if device in self._devices else ()

    def note(self, device: str, raw: Instant, place: Callable[[Instant], str | None]) -> ClockNote | None:
        """Return what has to be known about the clock behind a stamp; None: nothing.

        Args:
            device: the device.
            raw: the stamp's instant as it was sent.
            place: gives the control of the stamp, from its instant put right.
        """
        known = self._devices.get(device)
        if known is None:
            return None
        found = [ruled for ruled in known.ruled if _spans(ruled, raw)]
        given = [r for r in found if isinstance(r.decision.act, CorrectDevice | DropDevice)]
        last = given[-1] if given else None
        offset = residual_base(last, raw)
        control = place(raw - offset)
        accepted = [r for r in found if _accepts(r, control)]
        seen = max((each.decision.at for each in accepted), default=None)
        doubt = "" if control is None else self._doubt(device, known, raw, control, last, seen)
        dropped = last if last is not None and isinstance(last.decision.act, DropDevice) else None
        if last is None and not accepted and not doubt:
            return None
        return ClockNote(
            raw=raw,
            offset=offset,
            corrected=last if dropped is None else None,
            dropped=dropped,
            accepted=accepted[-1] if accepted else None,
            doubt="" if dropped is not None else doubt,
        )

    def _doubt(
        self,
        device: str,
        known: _Device,
        raw: Instant,
        control: str,
        ruled: Ruled | None,
        seen: Instant | None,
    ) -> str:
        """Say which of the checks around a stamp was over the limit, or return an empty text.

        Who accepted a time at `seen` knew the checks made until then; a later one is news.
        """
        limits = self.limits[control]
        for checked in (before(known.checks, raw), after(known.checks, raw)):
            if checked is None:
                continue
            check = checked.check
            if seen is not None and check.at - check.offset <= seen:
                continue
            left = check.offset - residual_base(ruled, check.at)
            if limits.state(left, check.uncertainty) is ClockState.FAIL:
                still = " after its correction" if ruled is not None else ""
                return f"the clock of {device} was {say_offset(left)}{still} (record {checked.seq})"
        return ""


def residual_base(ruled: Ruled | None, at: Instant) -> Duration:
    """Return what a ruling takes off a device's instant (µs): nothing where it is no correction."""
    if ruled is None or not isinstance(ruled.decision.act, CorrectDevice):
        return 0
    points = ruled.decision.act.points
    return offset_at(points, at) if points else 0


def served_resolution(event: Event, control: Control) -> Duration:
    """Return to what (µs) the times taken at a control are cut: its stage's or test's, else the minute.

    The clock at the start of a special stage serves the stage's resolution: starts are assigned by it.
    """
    rules = event.rules_at(control.order)
    found = [_resolution(event, stage, rules) for stage in event.itinerary.stages_at.get(control.id, ())]
    return min(found, default=MINUTE)


def _resolution(event: Event, stage: str, rules: Preset) -> Duration:
    match event.itinerary.stages[stage].kind:
        case StageKind.SS:
            return stage_resolution(stage, rules)
        case StageKind.REG_TEST:
            return rules.test_resolution
        case StageKind.AVG_TRIAL:
            return rules.avg_resolution


def _spans(ruled: Ruled, raw: Instant) -> bool:
    """Whether a ruling is about a device's instant."""
    act = ruled.decision.act
    assert isinstance(act, CorrectDevice | AcceptDevice | DropDevice)
    return (act.since is None or act.since <= raw) and (act.until is None or raw < act.until)


def _accepts(ruled: Ruled, control: str | None) -> bool:
    act = ruled.decision.act
    return isinstance(act, AcceptDevice) and act.control in (None, control)


def _in_time(checked: Checked) -> tuple[Instant, str]:
    return checked.check.at, reading_key(checked.check)
