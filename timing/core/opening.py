"""When a control is manned: it opens before the first car is due and closes after the last one.

A time control opens 15 minutes before the first car is due (Motorsport UK NCR 2026 p487 3.1) and
closes on the clerk's order, or on British road rallies 30 minutes after the last car is due (p455
2.2). What the itinerary prints goes before what the regulations say in general.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from timing.core.entries import Entry
from timing.core.event import Event
from timing.core.instant import MINUTE, Duration, Instant
from timing.core.itinerary import TIME_CONTROLS, Control
from timing.core.preset import SectionOrigin


@dataclass(frozen=True, slots=True)
class Hours:
    """From when until when a control is manned; None is open.

    `printed` says that the closing time stands in the itinerary: that one waits for nobody.
    """

    opens: Instant | None = None
    closes: Instant | None = None
    printed: bool = False

    def too_early(self, at: Instant) -> bool:
        """Return whether a check-in lies before the minute in which the control opens."""
        return self.opens is not None and at // MINUTE < self.opens // MINUTE

    def too_late(self, at: Instant, allowed: int = 0) -> bool:
        """Return whether a check-in lies behind the minute in which the control closes.

        A control that closes by the last car's due time stays open for the minutes that officials allowed.
        """
        if self.closes is None:
            return False
        closes = self.closes if self.printed else self.closes + allowed * MINUTE
        return at // MINUTE > closes // MINUTE


def opening_hours(event: Event) -> dict[str, Hours]:
    """Return when each control is manned, as far as it is printed or follows from printed times."""
    entries = event.entries.by_number.values()
    last = _last_offset(entries)
    printed = _printed_dues(event)
    controls = event.itinerary.controls.values()
    return {control.id: _hours(event, control, printed, last) for control in controls}


def _last_offset(entries: Iterable[Entry]) -> Duration:
    return max((entry.start_offset for entry in entries if not entry.course_car), default=0)


def _printed_dues(event: Event) -> dict[str, Instant]:
    """When the first car is due at each time control by the printed schedule alone.

    Along a schedule the targets add up; where they run from what a crew really did, only a printed
    first-car time says it.
    """
    found: dict[str, Instant] = {}
    base: Instant | None = None
    for control in sorted(event.itinerary.controls.values(), key=lambda control: control.order):
        if control.first_car is not None:
            base = control.first_car
        elif control.kind not in TIME_CONTROLS:
            continue
        elif (
            base is not None
            and control.target is not None
            and event.rules_at(control.order).section_origin is SectionOrigin.SCHEDULED
        ):
            base += control.target
        else:
            base = None
        if base is not None:
            found[control.id] = base
    return found


def _hours(event: Event, control: Control, printed: Mapping[str, Instant], last: Duration) -> Hours:
    rules = event.rules_at(control.order)
    opens, closes = control.opens, control.closes
    due = printed.get(control.id)
    if due is not None:
        opens = opens if opens is not None else due - rules.opens_before
        if closes is None and rules.closes_after is not None:
            closes = due + last + rules.closes_after
    return Hours(opens, closes, control.closes is not None)
