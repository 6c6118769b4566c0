"""Crews that should have been seen by now: the roll-call of a tour, and the look-out of every rally.

A crew is overdue at the next time control of its way when the limit of lateness of the regulations has
run out and nobody has seen it there or further on. That charges nothing and ends nothing: it asks people
to look. Only a given instant says what is late, so it is no part of the fold.
"""

from dataclasses import dataclass

from timing.core.instant import MINUTE, Instant, floor_to
from timing.core.itinerary import TIME_CONTROLS, Control
from timing.core.rally import Rally
from timing.core.results import CrewStatus
from timing.core.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A crew that nobody has seen where it should have been: since how many whole minutes.

    `last_control` and `last_at` are where and when it was seen last; None where it never was.
    """

    car: str
    control: str
    due: Instant
    minutes: int
    last_control: str | None = None
    last_at: Instant | None = None


def overdue(rally: Rally, now: Instant) -> tuple[Overdue, ...]:
    """Return the crews that are overdue at an instant, the longest first.

    The limit is that of the preset at the control (`max_late_total`, else `max_late_control`), in whole
    minutes and strictly: 45 minutes in a tour. Where there is no limit nobody is overdue.
    """
    found = []
    for car, entry in rally.event.entries.by_number.items():
        sheet = rally.sheet(car)
        if entry.course_car or sheet.out or sheet.status is CrewStatus.FINISHED:
            continue
        control = _next_time_control(rally, sheet)
        due = rally.due(control.id, car) if control is not None else None
        if control is None or due is None:
            continue
        rules = rally.event.rules_at(control.order)
        limit = rules.max_late_total if rules.max_late_total is not None else rules.max_late_control
        minutes = (now - floor_to(due, MINUTE)) // MINUTE
        if limit is None or minutes <= limit:
            continue
        last = sheet.last
        found.append(
            Overdue(
                car=car,
                control=control.id,
                due=due,
                minutes=minutes,
                last_control=last.control if last is not None else None,
                last_at=last.at if last is not None else None,
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.minutes, one.car)))


def _next_time_control(rally: Rally, sheet: Sheet) -> Control | None:
    """The first time control behind the place where a crew was seen last."""
    controls = rally.event.itinerary.controls
    order = controls[sheet.last.control].order if sheet.last is not None else -1
    coming = (c for c in controls.values() if c.order > order and c.kind in TIME_CONTROLS)
    return min(coming, key=lambda control: control.order, default=None)
