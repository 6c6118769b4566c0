"""Put a date to a device's time of day."""

from timing.core.instant import DAY, Duration, Instant


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
