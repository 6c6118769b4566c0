"""Put a date to a device's time of day."""

import datetime as dt

from timing.core.instant import DAY, Duration, Instant, day_start

#: What a device keeps in its memory is at most so old when it is asked for.
_KEPT: Duration = 7 * DAY


def date_time_of_day(clock: Duration, near: Instant, offset: Duration) -> Instant:
    """Return the instant of a device's time of day that lies nearest to `near` (within 12 hours of it).

    Most timers send a time of day without a date. "Today" would be wrong for what crosses midnight or
    arrives after it; the date that puts the stamp nearest to its arrival is right for anything not later
    than half a day.

    Args:
        clock: µs since the device's midnight; may pass 24 hours.
        near: when the stamp arrived, UTC.
        offset: the device's clock minus UTC, µs (rally time, a zone, or 0 for UTC).
    """
    wanted = (clock - offset) % DAY
    behind = (near - wanted) % DAY  # how far the latest such instant lies before `near`
    return near - behind + (DAY if behind > DAY // 2 else 0)


def date_from_memory(clock: Duration, day: dt.date | None, near: Instant, offset: Duration) -> Instant:
    """Return the instant of a time of day out of a device's memory, which may be days old.

    The device's own date is believed here where it lies within the week before the arrival. Live times are
    better dated by their arrival (`date_time_of_day`): units are seen whose date is a month off.

    Args:
        clock: µs since the device's midnight.
        day: the device's own date, None where it gives none or one that does not exist.
        near: when the stamp arrived, UTC.
        offset: the device's clock minus UTC, µs.
    """
    if day is not None:
        at = day_start(day) + clock - offset
        if near - _KEPT <= at <= near:
            return at
    return date_time_of_day(clock, near, offset)
