"""Instants and durations: integer microseconds, and the only places where they meet text.

An `Instant` counts microseconds since 1970-01-01T00:00:00Z; a `Duration` is a count of
microseconds. Both are plain `int`, so that no float ever holds an official time. Measured times
are cut, never rounded (Motorsport UK NCR 2026 p489 8.4; FIS ICR 611.3.2).
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import TypeAlias

Instant: TypeAlias = int
Duration: TypeAlias = int

MILLISECOND: Duration = 1_000
SECOND: Duration = 1_000_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR

#: Without a zone, since all that is computed from it is UTC.
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001
_EPOCH_DAY = dt.date(1970, 1, 1)

_RFC3339 = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt ](?P<h>\d{2}):(?P<m>\d{2}):(?P<s>\d{2})(?:[.,](?P<f>\d{1,18}))?"
    r"(?P<zone>[Zz]|[+-]\d{2}:?\d{2})"
)
_CLOCK = re.compile(r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,6}))?)?")
_DURATION = re.compile(r"(?:(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,3}):)?(?P<s>\d{1,6})(?:[.,](?P<f>\d{1,6}))?")

#: Rally schedules print the small hours as 24:35 or 29:35 of the same leg; 47:59 is the last.
LAST_CLOCK_HOUR = 47


def floor_to(value: int, resolution: Duration) -> int:
    """Cut `value` down to a multiple of `resolution` microseconds (also right below zero)."""
    return value // resolution * resolution


def parse_instant(text: str) -> Instant:
    """Read an RFC 3339 instant with its zone, exactly; digits finer than 1 µs are cut.

    A seconds field of 60 (a leap second) is read as the last microsecond before the next minute.

    Raises:
        ValueError: the text is no RFC 3339 instant, or names a day or time that does not exist.
    """
    if text[4:20:3] == "--T::." and text[23:] == "Z" and text[20:23].isdecimal() and text[11:13] < "24":
        # What nearly every device sends, read by the standard library; it refuses what does not exist.
        try:
            since = dt.datetime.fromisoformat(text[:23]) - _EPOCH
        except ValueError:
            pass  # a leap second, or a day that does not exist
        else:
            return since.days * DAY + since.seconds * SECOND + since.microseconds
    found = _RFC3339.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not an instant such as 2024-04-22T16:03:07.250Z")
    day = dt.date.fromisoformat(found["date"])
    hours, minutes, seconds = int(found["h"]), int(found["m"]), int(found["s"])
    if hours > 23 or minutes > 59 or seconds > 60:
        raise ValueError(f"{text!r} names a time of day that does not exist")
    fraction = int((found["f"] or "0")[:6].ljust(6, "0"))
    if seconds == 60:
        seconds, fraction = 59, SECOND - 1
    zone = found["zone"].upper()
    offset = 0
    if zone != "Z":
        digits = zone[1:].replace(":", "")
        if int(digits[:2]) > 23 or int(digits[2:]) > 59:
            raise ValueError(f"{text!r} names a zone that does not exist")
        offset = (int(digits[:2]) * HOUR + int(digits[2:]) * MINUTE) * (-1 if zone[0] == "-" else 1)
    time_of_day = hours * HOUR + minutes * MINUTE + seconds * SECOND + fraction
    return day_start(day) + time_of_day - offset


def day_start(day: dt.date) -> Instant:
    """Return the instant of 00:00:00 UTC of `day`."""
    return (day - _EPOCH_DAY).days * DAY


def format_instant(at: Instant) -> str:
    """Write an instant as RFC 3339 UTC: three decimals, six where three would lose something."""
    whole, micros = divmod(at, SECOND)
    precision = "microseconds" if micros % MILLISECOND else "milliseconds"
    return (_EPOCH + dt.timedelta(seconds=whole, microseconds=micros)).isoformat("T", precision) + "Z"


def decimals(resolution: Duration) -> int:
    """Return how many decimals of a second a resolution shows: 1 s -> 0, 0.01 s -> 2."""
    places = 0
    while places < 6 and resolution < SECOND // 10**places:
        places += 1
    return places


def minute_decimals(resolution: Duration) -> int:
    """Return how many decimals of a minute a resolution is: 0.01 min -> 2, 0.1 min -> 1, else 0."""
    parts = MINUTE // resolution if MINUTE % resolution == 0 else 0
    return {10: 1, 100: 2, 1000: 3}.get(parts, 0)


def format_duration(value: Duration, resolution: Duration = 10_000, *, sign: bool = False) -> str:
    """Write a duration, cut to `resolution`, as [H:]M:SS[.f]; with `sign`, as +0.07 or -12.5.

    A whole-minute resolution prints H:MM; tenths or hundredths of a minute print minutes with decimals,
    as time-speed-distance rallies do: 5.42. The cut is made on the magnitude, so that a shown value
    never exceeds the real one; what is cut to nothing has no minus.
    """
    magnitude = floor_to(abs(value), resolution)
    lead = "-" if value < 0 < magnitude else ("+" if sign else "")
    parts = minute_decimals(resolution)
    if parts:
        whole, fraction_of = divmod(magnitude // resolution, 10**parts)
        return f"{lead}{whole}.{fraction_of:0{parts}d}"
    hours, rest = divmod(magnitude, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    if resolution >= MINUTE:
        return f"{lead}{hours}:{minutes:02d}"
    places = decimals(resolution)
    seconds, micros = divmod(rest, SECOND)
    fraction = f".{micros:06d}"[: places + 1] if places else ""
    if hours:
        return f"{lead}{hours}:{minutes:02d}:{seconds:02d}{fraction}"
    if minutes or not sign:
        return f"{lead}{minutes}:{seconds:02d}{fraction}"
    return f"{lead}{seconds}{fraction}"


def parse_clock(text: str) -> Duration:
    """Read a printed time of day H:MM[:SS[.f]] as a duration since midnight; hours run to 47.

    Raises:
        ValueError: not such a text, or a field out of range.
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a time of day such as 08:30 or 24:35:10")
    hours, minutes, seconds = int(found["h"]), int(found["m"]), int(found["s"] or 0)
    if hours > LAST_CLOCK_HOUR or minutes > 59 or seconds > 59:
        raise ValueError(f"{text!r} names a time of day that does not exist")
    return hours * HOUR + minutes * MINUTE + seconds * SECOND + int((found["f"] or "0").ljust(6, "0"))


def parse_duration(text: str) -> Duration:
    """Read a duration [[H:]M:]S[.f], such as 15.00, 0:15.00 or 1:02:41.3.

    Raises:
        ValueError: not such a text, or a minutes or seconds field past 59 behind a larger unit.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not a duration such as 15.00, 4:32.18 or 1:02:41.3")
    hours, minutes, seconds = int(found["h"] or 0), int(found["m"] or 0), int(found["s"])
    if (found["m"] is not None and seconds > 59) or (found["h"] is not None and minutes > 59):
        raise ValueError(f"{text!r} has a field past 59")
    return hours * HOUR + minutes * MINUTE + seconds * SECOND + int((found["f"] or "0").ljust(6, "0"))


@dataclass(frozen=True, slots=True)
class RallyTime:
    """The rally's civil time: one offset from UTC (in µs, east positive) for the whole event.

    A change of the clocks or a border never moves rally time during an event.
    """

    offset: Duration

    def at(self, day: dt.date, clock: Duration) -> Instant:
        """Return the instant of a time of day (µs since midnight, may pass 24 h) on a rally day."""
        return day_start(day) + clock - self.offset

    def day_of(self, at: Instant) -> dt.date:
        """Return the rally date of an instant."""
        return _EPOCH_DAY + dt.timedelta(days=(at + self.offset) // DAY)

    def clock(self, at: Instant) -> Duration:
        """Return the rally time of day of an instant, in µs since rally midnight."""
        return (at + self.offset) % DAY

    def format(self, at: Instant, resolution: Duration = SECOND) -> str:
        """Write an instant as a rally time of day HH:MM[:SS[.f]], cut to `resolution`."""
        hours, rest = divmod(floor_to(self.clock(at), resolution), HOUR)
        minutes, rest = divmod(rest, MINUTE)
        if resolution >= MINUTE:
            return f"{hours:02d}:{minutes:02d}"
        seconds, micros = divmod(rest, SECOND)
        places = decimals(resolution)
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}" + (f".{micros:06d}"[: places + 1] if places else "")

    @property
    def text(self) -> str:
        """The offset as +HH:MM or -HH:MM."""
        minutes = abs(self.offset) // MINUTE
        return f"{'-' if self.offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
