"""Values as devices send them in JSON, made exact, or refused with a text that says why."""

import re
from decimal import Decimal

from timing.core.instant import HOUR, MINUTE, SECOND, Duration, Instant, parse_instant

#: The years in which a time can be written as an RFC 3339 text.
FIRST_INSTANT: Instant = 0
LAST_INSTANT: Instant = parse_instant("9999-12-31T23:59:59Z")

KNOT_M_S = 1852 / 3600
#: Faster than this (m/s) nothing goes by road: a speed that says so is damaged.
FASTEST_M_S = 200.0
_LONGEST_ID = 64
_COUNT = re.compile(r"\d{1,15}(?:\.\d{0,9})?", re.ASCII)
_MOST_SECONDS = 10**11

_CLOCK = re.compile(r"(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,2}):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?", re.ASCII)


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


def unix_instant(text: str) -> Instant:
    """Return the instant of a text that counts seconds or, from 10¹¹ on, milliseconds since the Unix epoch.

    Raises:
        ValueError: not such a number, or outside the years 1970 to 9999.
    """
    if not _COUNT.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no count of seconds since 1970")
    count = Decimal(text)
    return epoch_instant(count / 1_000 if count > _MOST_SECONDS else count)


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


def time_of_day(text: str) -> tuple[Duration, Duration]:
    """Return µs since midnight and the printed resolution of `[H:]M:SS[.f]`; finer than 1 µs is cut.

    Raises:
        ValueError: not such a text, or a time of day that does not exist.
    """
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time of day such as 10:27:28.417")
    hours, minutes, seconds = int(found["h"] or 0), int(found["m"]), int(found["s"])
    return clock_of(hours, minutes, seconds, found["f"] or "")


def clock_of(hours: int, minutes: int, seconds: int, decimals: str = "") -> tuple[Duration, Duration]:
    """Return µs since midnight and the resolution of a time of day given in its parts.

    Raises:
        ValueError: a time of day that does not exist.
    """
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(f"{hours:02d}:{minutes:02d}:{seconds:02d} is no time of day")
    fraction = decimals[:6]
    clock = hours * HOUR + minutes * MINUTE + seconds * SECOND + int(fraction.ljust(6, "0"))
    return clock, SECOND // 10 ** len(fraction)


def car_number(text: str) -> str | None:
    """Return a number as a device's columns show it, without leading zeros and blanks; None for none."""
    return text.strip().lstrip("0") or None


def device_id(text: str) -> str:
    """Return the id that a message gives its sender, as the entry list can name it.

    Raises:
        ValueError: empty, longer than 64 signs, or with one that cannot stand in a topic.
    """
    if not 0 < len(text) <= _LONGEST_ID or not text.isprintable() or any(sign in "/+# " for sign in text):
        raise ValueError(f"{text[:80]!r} is no id of a device: 1 to 64 signs, no blank and none of / + #")
    return text


def is_imei(digits: str) -> bool:
    """Return whether the last of 15 digits is the check digit of the others (Luhn)."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(digits))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def road_speed(metres_a_second: float) -> float:
    """Return a speed that is possible on a road, in m/s.

    Raises:
        ValueError: below 0, not a number, or past `FASTEST_M_S`.
    """
    if not 0 <= metres_a_second <= FASTEST_M_S:
        raise ValueError(f"a speed of {metres_a_second} m/s, expected 0 to {FASTEST_M_S:.0f}")
    return metres_a_second
