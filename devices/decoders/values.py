"""Values as devices send them in JSON, made exact, or refused with a text that says why."""

from decimal import Decimal

from timing.core.instant import SECOND, Duration, Instant, parse_instant

#: The years in which a time can be written as an RFC 3339 text.
FIRST_INSTANT: Instant = 0
LAST_INSTANT: Instant = parse_instant("9999-12-31T23:59:59Z")


def instant_of(value: str | int) -> Instant:
    """Return the instant of an RFC 3339 text, or of an integer count of µs since the Unix epoch.

    Raises:
        ValueError: not such a text, or outside the years 1970 to 9999.
    """
    at = parse_instant(value) if isinstance(value, str) else value
    if not FIRST_INSTANT <= at <= LAST_INSTANT:
        raise ValueError(f"{value!r} lies outside the years 1970 to 9999")
    return at


def epoch_instant(seconds: Decimal) -> Instant:
    """Return the instant of decimal seconds since the Unix epoch; what is finer than 1 µs is cut.

    Raises:
        ValueError: not a finite number, or outside the years 1970 to 9999.
    """
    if not seconds.is_finite() or not FIRST_INSTANT <= seconds <= LAST_INSTANT // SECOND:
        raise ValueError(f"{seconds} s since 1970 lies outside the years 1970 to 9999")
    return int(seconds * SECOND)


def micros_of(seconds: Decimal) -> Duration:
    """Return a decimal count of seconds as µs; what is finer than 1 µs is cut towards zero.

    Raises:
        ValueError: not a finite number, or longer than a thousand days.
    """
    if not seconds.is_finite() or abs(seconds) > 86_400_000:
        raise ValueError(f"{seconds} s is not a length of time")
    return int(seconds * SECOND)


def resolution_of(seconds: Decimal) -> Duration:
    """Return a clock's resolution in µs from decimal seconds.

    Raises:
        ValueError: not between 1 µs and 1 min.
    """
    resolution = micros_of(seconds)
    if not 1 <= resolution <= 60 * SECOND:
        raise ValueError(f"a resolution of {seconds} s is not between 0.000001 and 60")
    return resolution


def known(value: float | None, limit: float = float("inf")) -> float | None:
    """Return a value that a device knew; its -1 for "unknown", or one past `limit`, is None."""
    return value if value is not None and 0 <= value <= limit else None


def percent(value: float | None) -> int | None:
    """Return a battery charge in whole percent, None for unknown or impossible."""
    charge = known(value, 100)
    return None if charge is None else int(charge)


def check_place(lat: float, lon: float) -> None:
    """Refuse what is no place on earth.

    Raises:
        ValueError: latitude past 90 or longitude past 180 degrees.
    """
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"{lat}, {lon} is no place: latitude runs to 90 and longitude to 180 degrees")
