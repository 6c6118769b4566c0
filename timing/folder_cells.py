"""The cells of itinerary.csv: each text of a row becomes a value, or a problem with its line.

Distances are km, or miles with `mi` behind the number; averages are km/h, or miles per hour with
`mph`. Both stay exact fractions until something is computed from them.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from timing.core.instant import MINUTE, Duration, Instant, RallyTime, parse_clock, parse_duration
from timing.core.itinerary import TIME_CONTROLS, ControlKind
from timing.folder_text import Problems, Row

#: The international mile.
MILE_M = Fraction(1_609_344, 1000)
_FASTEST_KMH = 300
_DISTANCE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mi|km)?")
_AVERAGE = re.compile(r"(?:([^\s=;]+)\s*=\s*)?(\d+(?:[.,]\d+)?)\s*(mph|km/h)?(?=[\s;]|$)[\s;]*")
_DECIMAL = re.compile(r"\d+(?:[.,]\d+)?")
_YES_NO = {"yes": True, "y": True, "no": False, "n": False, "": False}


@dataclass(frozen=True, slots=True)
class LegDay:
    """A leg's rally date and its title, from [legs] or counted from the first day.

    With `early_allowed` crews may check in early at the leg's last time control without a penalty.
    """

    day: dt.date
    name: str
    early_allowed: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """What turns printed times into instants."""

    time: RallyTime
    days: Mapping[int, LegDay]
    first_day: dt.date

    def leg(self, number: int) -> LegDay:
        """Return a leg's day; a leg that [legs] does not name is a day after the one before it."""
        return self.days.get(number) or LegDay(
            self.first_day + dt.timedelta(days=number - 1), f"Leg {number}"
        )


@dataclass(frozen=True, slots=True)
class Averages:
    """The averages of one cell in km/h: the one for all, and those of single categories."""

    common: Fraction | None = None
    by_category: Mapping[str, Fraction] | None = None


def distance(row: Row, problems: Problems) -> Fraction | None:
    """Return the exact metres along the leg of the `km` cell, such as `12.345` or `3.25 mi`."""
    text = row["km"]
    if not text:
        return None
    found = _DISTANCE.fullmatch(text)
    if found is None:
        problems.error(row.line, f"km {text!r}", "the distance along the leg, such as 12.345 (or 3.25 mi)")
        return None
    return _fraction(found[1]) * (MILE_M if found[2] == "mi" else 1000)


def degrees(row: Row, column: str, limit: int, problems: Problems) -> float | None:
    """Return the latitude or longitude of a cell."""
    text = row[column]
    if not text:
        return None
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > limit:
        problems.error(row.line, f"{column} {text!r}", f"degrees from -{limit} to {limit}")
        return None
    return float(value)


def target(row: Row, kind: ControlKind, problems: Problems) -> Duration | None:
    """Return the `target` cell: H:MM[:SS] at a time control, [M:]SS[.f] or `5.42 min` at a test line."""
    text = row["target"]
    if not text:
        return None
    at_control = kind in TIME_CONTROLS
    try:
        value = parse_clock(text) if at_control else _test_target(text)
    except ValueError:
        value = 0
    if value <= 0:
        wanted = "a time such as 15.00, 2:10.00 or 5.42 min"
        wanted = "hours and minutes such as 0:45" if at_control else wanted
        problems.error(row.line, f"target {text!r}", wanted)
        return None
    return value


def _test_target(text: str) -> Duration:
    """Read a test's target. Time-speed-distance rallies print it in decimals of a minute: `5.42 min`."""
    minutes = text.removesuffix("min").strip()
    if minutes == text:
        return parse_duration(text)
    if not _DECIMAL.fullmatch(minutes):
        raise ValueError(f"{text!r} is no number of minutes")
    value = _fraction(minutes) * MINUTE
    if value.denominator != 1:
        raise ValueError(f"{text!r} is finer than a microsecond")
    return int(value)


def averages(row: Row, problems: Problems) -> Averages:
    """Return the `average` cell: `48`, `30 mph`, or one for each category as `low=45 mid=48 high=50`.

    A number without a name holds for the categories that are not named: `48 high=50`.
    """
    text = row["average"]
    at, common, named = 0, None, {}
    while at < len(text):
        found = _AVERAGE.match(text, at)
        value = _fraction(found[2]) * (MILE_M / 1000 if found[3] == "mph" else 1) if found else Fraction(0)
        again = found is not None and (found[1] in named if found[1] else common is not None)
        if found is None or not 0 < value <= _FASTEST_KMH or again:
            wanted = "km/h such as 42.5, or by category such as low=45 mid=48 high=50 (mph with the unit)"
            problems.error(row.line, f"average {text!r}", wanted)
            return Averages()
        if found[1]:
            named[found[1]] = value
        else:
            common = value
        at = found.end()
    return Averages(common, named)


def instant(row: Row, column: str, leg: int, calendar: Calendar, problems: Problems) -> Instant | None:
    """Return a printed time: a time of day of the leg (hours to 47), or a date and a time of day."""
    text = row[column]
    if not text:
        return None
    try:
        *date, clock = text.split()
        day = dt.date.fromisoformat(date[0]) if date else calendar.leg(leg).day
        return calendar.time.at(day, parse_clock(clock))
    except ValueError:
        wanted = "a time of day such as 08:30 or 24:35, or 2024-04-21 08:30"
        problems.error(row.line, f"{column} {text!r}", wanted)
        return None


def minimum(row: Row, problems: Problems) -> Duration | None:
    """Return the `minimum` cell: H:MM below which a section may not be driven."""
    text = row["minimum"]
    if not text:
        return None
    try:
        value = parse_clock(text)
    except ValueError:
        value = 0
    if value <= 0:
        problems.error(row.line, f"minimum {text!r}", "hours and minutes such as 0:06")
        return None
    return value


def pause(row: Row, problems: Problems) -> Duration:
    """Return the `pause` cell in µs: M:SS or H:MM:SS, 0 where it is empty."""
    text = row["pause"]
    if not text:
        return 0
    try:
        value = parse_duration(text) if ":" in text else 0
    except ValueError:
        value = 0
    if value <= 0:
        problems.error(row.line, f"pause {text!r}", "minutes and seconds such as 2:30, or 1:00:00")
    return value


def yes(row: Row, column: str, problems: Problems) -> bool:
    """Return whether a cell says yes; an empty one says no."""
    value = _YES_NO.get(row[column].lower())
    if value is None:
        problems.error(row.line, f"{column} {row[column]!r}", "yes or no")
    return bool(value)


def _fraction(text: str) -> Fraction:
    return Fraction(text.replace(",", "."))
