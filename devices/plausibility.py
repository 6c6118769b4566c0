"""What of a decoded reading can be believed: the stages of `devices.fix_stages`, and what they remember.

A fix that fails is kept with its bytes and shown, moves no car and times nothing. It says nothing about the
car's speed either: silence is not standing still.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from statistics import median

from devices.fix_stages import (
    KEPT,
    NO_ZONE,
    STAGES,
    Area,
    Bounds,
    Doubt,
    Seen,
    Stage,
    distance_m,
    doubt_time,
    event_area,
    event_days,
    nothing_to_doubt,
    quarters_of,
    too_fast,
)
from timing.core.event import Event, FixChecks
from timing.core.instant import SECOND, Duration, Instant
from timing.core.readings import Fix, Reading, Rejected, Stamp, StampMark

#: One pair of fixes in so many is asked whether the stated speed is the one that was driven.
_MEASURED_EVERY = 8
#: Such pairs are at most so far apart (µs), and faster than this (m/s) by the device's word.
_PAIR: Duration = 5 * SECOND
_MOVING = 4.0
_ENOUGH_PAIRS = 15
#: What a speed is wrong by when it is in another unit, and how near (a share) the median must be to it.
_UNITS: Mapping[str, float] = {
    "knots taken for m/s": 0.5144,
    "m/s taken for knots": 1.9438,
    "km/h taken for m/s": 0.2778,
    "m/s taken for km/h": 3.6,
}
_NEAR = 0.07


@dataclass(slots=True)
class _Device:
    """One device: what the stages are shown of it, and what is measured beside them."""

    seen: Seen
    believed: int = 0
    ratios: deque[float] = field(default_factory=lambda: deque(maxlen=2 * _ENOUGH_PAIRS))

    def note(self, fix: Fix, received_at: Instant) -> None:
        """Count how many fixes in a row were behind by the same quarters of an hour."""
        seen = self.seen
        off = fix.at - seen.bounds.shift - received_at
        quarters = 0 if -NO_ZONE < off < NO_ZONE else quarters_of(off)
        if quarters:
            if quarters != seen.zone:
                seen.zone, seen.zone_count, seen.zone_since = quarters, 0, received_at
            seen.zone_count += 1
        elif seen.zone:
            seen.zone = seen.zone_count = 0

    def believe(self, fix: Fix, stated: float | None) -> Rejected | None:
        """Remember a fix that all stages let pass; return what its speeds are wrong by, once that is seen."""
        seen = self.seen
        if seen.doubted:
            seen.doubted.clear()
        last = seen.believed
        if last is not None and fix.at < last.at:
            return None
        seen.believed = fix
        self.believed += 1
        if self.believed % _MEASURED_EVERY or last is None or stated is None:
            return None
        return self._measure(last, fix, stated)

    def _measure(self, last: Fix, fix: Fix, stated: float) -> Rejected | None:
        scaled = stated * self.seen.bounds.speed_scale
        if not 0 < fix.at - last.at <= _PAIR or scaled < _MOVING:
            return None
        self.ratios.append(distance_m(last, fix) / ((fix.at - last.at) / SECOND) / scaled)
        if len(self.ratios) < _ENOUGH_PAIRS:
            return None
        middle = median(self.ratios)
        found = next((one for one in _UNITS.items() if abs(middle / one[1] - 1) < _NEAR), None)
        before, self.seen.unit = self.seen.unit, found[1] if found else 0.0
        if found is None or before:
            return None
        words, factor = found
        return Rejected(
            raw=b"",
            reason="speed_unit",
            detail=f"speeds are {middle:.2f} of the way driven: {words}? They are left out",
            device=fix.device,
            reading=fix,
            suggestion=f"speed_scale = {factor * self.seen.bounds.speed_scale:.4g}",
        )

    def doubt(self, fix: Fix, why: Doubt) -> None:
        """Remember a fix whose place was doubted by its speed: others may agree with it."""
        if why.reason == "impossible_speed":
            doubted = self.seen.doubted
            if doubted and too_fast(doubted[-1], fix, self.seen.bounds.fastest):
                doubted.clear()
            doubted.append(fix)


class Plausibility:
    """Checks the readings of one event as they come; remembers the last believed fix of each device."""

    def __init__(self, event: Event) -> None:
        self._event = event
        self._points = [point for points in event.routes.values() for point in points]
        self._areas: dict[float, Area | None] = {}
        self._days = event_days(event)
        self._devices: dict[str, _Device] = {}
        self.found: list[Rejected] = []
        """What was found out about devices and not yet taken by `findings`."""
        self.counts: Counter[tuple[str, str]] = Counter()
        """What the stages did, by stage and reason: refused, put right (`repaired`), known already."""

    def check(
        self, item: Reading | Rejected, received_at: Instant, ahead: Duration, carrier: str = ""
    ) -> Reading | Rejected:
        """Return the item as it is, marked or put right, or as `Rejected` with the reason.

        Args:
            item: what a decoder gave.
            received_at: when it arrived here.
            ahead: how far the device's clock may be ahead of ours (µs).
            carrier: the device of the register that brought it, such as a server of many trackers: its
                checks are those of a tracker that has none of its own.
        """
        if isinstance(item, Fix):
            return self._check_fix(item, received_at, ahead, carrier)
        return self._check_stamp(item, received_at, ahead) if isinstance(item, Stamp) else item

    def findings(self) -> list[Rejected]:
        """Return what was found out about devices since the last call, to be shown with what led to it."""
        found, self.found = self.found, []
        return found

    def _check_fix(self, fix: Fix, received_at: Instant, ahead: Duration, carrier: str) -> Fix | Rejected:
        device = self._devices.get(fix.device)
        if device is None:
            device = self._devices[fix.device] = self._new(fix.device, ahead, carrier)
        seen = device.seen
        seen.received_at = received_at
        if fix.retained:
            return self._judged(fix, KEPT, device)
        if nothing_to_doubt(fix, seen):
            if (finding := device.believe(fix, fix.speed)) is not None:
                self._tell(finding)
            return fix
        device.note(fix, received_at)
        judged = self._judged(fix, STAGES, device)
        if isinstance(judged, Fix) and (finding := device.believe(judged, fix.speed)) is not None:
            self._tell(finding)
        return judged

    def _judged(self, fix: Fix, stages: tuple[Stage, ...], device: _Device) -> Fix | Rejected:
        """Send a fix through stages; count what they did to it, and remember what was doubted."""
        judged = fix
        for stage in stages:
            verdict = stage(judged, device.seen)
            if isinstance(verdict, Doubt):
                self.counts[stage.__name__, verdict.reason] += 1
                device.doubt(judged, verdict)
                return _rejected(fix, verdict)
            if not isinstance(verdict, Fix):
                self.counts[stage.__name__, "known"] += 1
                break
            if verdict is not judged:
                self.counts[stage.__name__, "repaired"] += 1
                judged = verdict
        return judged

    def _tell(self, finding: Rejected) -> None:
        self.counts["unit", finding.reason] += 1
        self.found.append(finding)

    def _new(self, device: str, ahead: Duration, carrier: str) -> _Device:
        config = self._event.devices.get(device) or self._event.devices.get(carrier)
        checks = config.checks if config is not None else FixChecks()
        if checks.margin_km not in self._areas:
            self._areas[checks.margin_km] = event_area(self._points, checks.margin_km)
        return _Device(Seen(Bounds.of(self._event, checks, ahead, self._areas[checks.margin_km])))

    def _check_stamp(self, stamp: Stamp, received_at: Instant, ahead: Duration) -> Reading | Rejected:
        if self._days[0] <= stamp.at < self._days[1] and stamp.at <= received_at:
            return stamp  # one of the rally's own days is never too late: queues take weeks
        doubt = doubt_time(stamp.at, received_at, ahead, FixChecks().oldest)
        if doubt is None:
            return stamp
        if stamp.at > received_at:
            self.counts["time", doubt.reason] += 1
            return _rejected(stamp, doubt)
        # A clock that was never set still measures: kept as it is, for the day its offset is known.
        marks = stamp.marks if StampMark.UNSYNCED in stamp.marks else (*stamp.marks, StampMark.UNSYNCED)
        return replace(stamp, marks=marks)


def _rejected(reading: Fix | Stamp, doubt: Doubt) -> Rejected:
    return Rejected(
        raw=b"",
        reason=doubt.reason,
        detail=doubt.detail,
        device=reading.device,
        reading=reading,
        suggestion=doubt.suggestion,
    )
