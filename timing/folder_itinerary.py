"""itinerary.csv: the controls in road order, and the legs and stages that follow from them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from timing.core.instant import Duration, Instant, RallyTime, parse_clock, parse_duration
from timing.core.itinerary import (
    TIME_CONTROLS,
    Control,
    ControlKind,
    Itinerary,
    Leg,
)
from timing.folder_stages import build_stages
from timing.folder_text import Problems, Row, did_you_mean, read_table

ITINERARY_FILE = "itinerary.csv"
ITINERARY_COLUMNS = (
    "leg",
    "section",
    "control",
    "kind",
    "name",
    "stage",
    "km",
    "lat",
    "lon",
    "target",
    "average",
    "first_car",
)
_REQUIRED = ("leg", "control", "kind")


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


def first_clock(text: str, problems: Problems) -> Duration | None:
    """Return the first first_car time of day of the table (µs since midnight), or None."""
    for row in read_table(text, ITINERARY_COLUMNS, _REQUIRED, Problems(problems.file)):
        if row["first_car"]:
            try:
                return parse_clock(row["first_car"].split()[-1])
            except ValueError:
                return None
    return None


def read_itinerary(text: str, calendar: Calendar, problems: Problems) -> tuple[Itinerary, dict[str, int]]:
    """Read the itinerary; every fault is noted. Also return each control's line in the file."""
    rows = read_table(text, ITINERARY_COLUMNS, _REQUIRED, problems)
    if text.strip() and not rows:
        problems.error(1, "no control", "a line for each control, in road order")
    controls: dict[str, Control] = {}
    lines: dict[str, int] = {}
    for row in rows:
        control = _control(row, len(controls), calendar, problems)
        if control is None:
            continue
        if control.id in controls:
            problems.error(row.line, f"control {control.id} again (line {lines[control.id]})", "each id once")
            continue
        controls[control.id] = control
        lines[control.id] = row.line
    _check_order(controls, lines, problems)
    _open_early(controls, calendar)
    stages, stages_at = build_stages(controls, lines, problems)
    legs = {
        number: Leg(
            number=number,
            day=calendar.leg(number).day,
            name=calendar.leg(number).name,
            controls=tuple(c.id for c in controls.values() if c.leg == number),
        )
        for number in sorted({c.leg for c in controls.values()})
    }
    _check_leg_starts(legs, controls, lines, problems)
    return Itinerary(legs=legs, controls=controls, stages=stages, stages_at=stages_at), lines


def _open_early(controls: dict[str, Control], calendar: Calendar) -> None:
    """Mark the last time control of each leg at whose end crews may check in early."""
    last = {control.leg: control for control in controls.values() if control.kind in TIME_CONTROLS}
    for leg, control in last.items():
        if calendar.leg(leg).early_allowed:
            controls[control.id] = replace(control, early_allowed=True)


def _control(row: Row, order: int, calendar: Calendar, problems: Problems) -> Control | None:
    ident = row["control"]
    if not ident or any(c in ident for c in "/+#?& \t"):
        problems.error(
            row.line, f"the control id {ident!r}", "an id such as TC3 or SS1.FF (no blank / + # ? &)"
        )
        return None
    if not row["leg"].isdecimal() or int(row["leg"]) < 1:
        problems.error(row.line, f"leg {row['leg']!r}", "a whole number from 1")
        return None
    leg = int(row["leg"])
    kind_text = row["kind"].upper()
    if kind_text not in set(ControlKind):
        hint = did_you_mean(kind_text, ControlKind)
        problems.error(row.line, f"kind {row['kind']!r}{hint}", f"one of {', '.join(ControlKind)}")
        return None
    kind = ControlKind(kind_text)
    return Control(
        id=ident,
        order=order,
        leg=leg,
        section=row["section"],
        kind=kind,
        name=row["name"] or ident,
        stage=row["stage"] or None,
        metres=_metres(row, problems),
        lat=_degrees(row, "lat", 90, problems),
        lon=_degrees(row, "lon", 180, problems),
        target=_target(row, kind, problems),
        average=_average(row, problems),
        first_car=_first_car(row, leg, calendar, problems),
    )


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _metres(row: Row, problems: Problems) -> int | None:
    if not row["km"]:
        return None
    value = _number(row["km"])
    if value is None or value < 0:
        problems.error(row.line, f"km {row['km']!r}", "the distance along the leg, such as 12.345")
        return None
    return int(value * 1000)


def _degrees(row: Row, column: str, limit: int, problems: Problems) -> float | None:
    if not row[column]:
        return None
    value = _number(row[column])
    if value is None or abs(value) > limit:
        problems.error(row.line, f"{column} {row[column]!r}", f"degrees from -{limit} to {limit}")
        return None
    return float(value)


def _target(row: Row, kind: ControlKind, problems: Problems) -> Duration | None:
    text = row["target"]
    if not text:
        return None
    try:
        value = parse_clock(text) if kind in TIME_CONTROLS else parse_duration(text)
    except ValueError:
        value = 0
    if value <= 0:
        wanted = (
            "hours and minutes such as 0:45" if kind in TIME_CONTROLS else "a time such as 15.00 or 2:10.00"
        )
        problems.error(row.line, f"target {text!r}", wanted)
        return None
    return value


def _average(row: Row, problems: Problems) -> Fraction | None:
    if not row["average"]:
        return None
    value = _number(row["average"])
    if value is None or not 0 < value <= 300:
        problems.error(row.line, f"average {row['average']!r}", "km/h such as 42.5")
        return None
    return Fraction(value)


def _first_car(row: Row, leg: int, calendar: Calendar, problems: Problems) -> Instant | None:
    text = row["first_car"]
    if not text:
        return None
    try:
        *date, clock = text.split()
        day = dt.date.fromisoformat(date[0]) if date else calendar.leg(leg).day
        return calendar.time.at(day, parse_clock(clock))
    except ValueError:
        problems.error(
            row.line, f"first_car {text!r}", "a time of day such as 08:30 or 24:35, or 2024-04-21 08:30"
        )
        return None


def _check_order(controls: Mapping[str, Control], lines: Mapping[str, int], problems: Problems) -> None:
    before: Control | None = None
    for control in controls.values():
        line = lines[control.id]
        if before is not None and control.leg < before.leg:
            problems.error(line, f"leg {control.leg} behind leg {before.leg}", "controls in road order")
        elif before is not None and control.leg == before.leg:
            if None not in (control.metres, before.metres) and (control.metres or 0) < (before.metres or 0):
                problems.error(
                    line,
                    f"km {_km(control)} behind km {_km(before)} of {before.id}",
                    "a distance that grows along the leg",
                )
            if control.first_car and before.first_car and control.first_car < before.first_car:
                problems.error(line, "a first car earlier than at the control before", "times in road order")
        before = control


def _km(control: Control) -> str:
    return f"{(control.metres or 0) / 1000:g}"


def _check_leg_starts(
    legs: Mapping[int, Leg],
    controls: Mapping[str, Control],
    lines: Mapping[str, int],
    problems: Problems,
) -> None:
    for leg in legs.values():
        first = controls[leg.controls[0]]
        if first.first_car is None:
            problems.error(
                lines[first.id],
                f"no first_car at {first.id}, where leg {leg.number} begins",
                "the time at which the first car is due",
            )
