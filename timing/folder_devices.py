"""[[devices]] of rally.toml: the register, and which channel serves which control when."""

import datetime as dt
from collections.abc import Iterable, Sequence

from timing.core.device_conflicts import device_conflicts
from timing.core.device_table import DeviceTable
from timing.core.event import Assignment, DeviceConfig, Event, Ride
from timing.core.instant import Instant, RallyTime, format_instant, parse_clock, parse_instant
from timing.core.readings import Source
from timing.folder_fix_checks import read_fix_checks
from timing.folder_rally import parse_offset
from timing.folder_text import did_you_mean
from timing.folder_toml import Table

_DEVICE = ("id", "decoder", "link", "clock", "topic", "car", "template", "checks", "assignments")
_ASSIGNMENT = ("control", "car", "channel", "line", "since", "until")
_CLOCKS = ("rally", "utc", "gps")


def read_devices(
    tables: Sequence[Table],
    controls: Iterable[str],
    cars: Iterable[str],
    time: RallyTime,
    decoders: Iterable[str] = (),
) -> dict[str, DeviceConfig]:
    """Read the device register against the itinerary's controls and the entry list's cars.

    `decoders` are the names that the running service knows; with none given, any name is taken.
    """
    devices: dict[str, DeviceConfig] = {}
    known, numbers, names = tuple(controls), set(cars), tuple(decoders)
    for table in tables:
        table.only(_DEVICE)
        problems = table.problems
        ident = table.get("id", str, "", required=True)
        if any(c in ident for c in "/+# \t"):
            problems.error(
                table.line_of("id"), f"id = {ident!r}", "no blank and none of / + # (it is a topic)"
            )
        if ident in devices:
            problems.error(table.line_of("id"), f"device {ident} again", "each id once")
        decoder = table.get("decoder", str, "native")
        if names and decoder not in names:
            hint = did_you_mean(decoder, names)
            problems.error(
                table.line_of("decoder"), f"decoder = {decoder!r}{hint}", f"one of {', '.join(names)}"
            )
        link = table.get("link", str, "mqtt")
        if link != "mqtt" and not link.startswith(("serial:", "tcp:", "listen:")):
            problems.error(
                table.line_of("link"),
                f"link = {link!r}",
                'mqtt, "serial:/dev/ttyUSB0?baud=9600", "tcp:192.168.1.50:7000" or "listen:5027"',
            )
        clock = table.get("clock", str, "rally")
        if clock not in _CLOCKS and parse_offset(clock) is None:
            problems.error(
                table.line_of("clock"), f"clock = {clock!r}", "rally, utc, gps or an offset like +02:00"
            )
        car = str(table.values.get("car", ""))
        if car and car not in numbers:
            problems.error(table.line_of("car"), f"car = {car!r}", "a car number of entries.csv")
        devices[ident] = DeviceConfig(
            id=ident,
            decoder=decoder,
            link=link,
            clock=clock,
            topic=table.get("topic", str, ""),
            car=car,
            template=table.get("template", str, ""),
            checks=read_fix_checks(table),
            rides=_rides(table, numbers, time),
            assignments=_assignments(table, known, time),
        )
    return devices


def _assignments(table: Table, controls: Sequence[str], time: RallyTime) -> tuple[Assignment, ...]:
    found = []
    for item in table.tables("assignments"):
        item.only(_ASSIGNMENT)
        if "car" in item.values:
            continue
        control = item.get("control", str, "", required=True)
        if control and control not in controls:
            hint = did_you_mean(control, controls)
            item.problems.error(item.line, f"control = {control!r}{hint}", "a control of itinerary.csv")
        line = item.get("line", str, "A")
        if line not in ("A", "B", "H", "M", "G"):
            item.problems.error(item.line_of("line"), f"line = {line!r}", "A, B, H, M or G")
            line = "A"
        since, until = _span(item, time)
        found.append(
            Assignment(
                control=control,
                channel=str(item.values.get("channel", "")).upper(),
                source=Source(line),
                since=since,
                until=until,
            )
        )
    _check_overlaps(table, found)
    return tuple(found)


def _rides(table: Table, cars: set[str], time: RallyTime) -> tuple[Ride, ...]:
    """Read the assignments that name a car: where a tracker rides, and when."""
    found: list[Ride] = []
    for item in table.tables("assignments"):
        if "car" not in item.values:
            continue
        car = str(item.values["car"])
        if car not in cars:
            item.problems.error(item.line_of("car"), f"car = {car!r}", "a car number of entries.csv")
        at_once = [key for key in ("control", "channel", "line") if key in item.values]
        if at_once:
            item.problems.error(
                item.line,
                f"{' and '.join(at_once)} and car {car} at once",
                "either control or car; channel and line are of a control",
            )
        since, until = _span(item, time)
        ride = Ride(car=car, since=since, until=until)
        if any(_meet(ride, other) and other.car != car for other in found):
            item.problems.error(
                item.line,
                f"{table.values.get('id')} in two cars at once",
                "one car at a time (since and until)",
            )
        found.append(ride)
    return tuple(found)


def _span(item: Table, time: RallyTime) -> tuple[Instant | None, Instant | None]:
    since, until = _when(item, "since", time), _when(item, "until", time)
    if since is not None and until is not None and since >= until:
        item.problems.error(item.line, "until not later than since", "a span of time")
    return since, until


def _when(table: Table, key: str, time: RallyTime) -> Instant | None:
    value = table.values.get(key)
    if value is None:
        return None
    text = value.isoformat(sep=" ") if isinstance(value, dt.datetime) else str(value)
    try:
        if text[-1:] in "Zz" or "+" in text:
            return parse_instant(text)
        day, clock = text.replace("T", " ").split()
        return time.at(dt.date.fromisoformat(day), parse_clock(clock))
    except ValueError:
        table.problems.error(
            table.line_of(key),
            f"{key} = {text!r}",
            "a rally time such as 2024-04-21 08:00, or an instant with Z",
        )
        return None


def _check_overlaps(table: Table, assignments: Sequence[Assignment]) -> None:
    for index, one in enumerate(assignments):
        for other in assignments[:index]:
            if one.channel == other.channel and _meet(one, other) and one.control != other.control:
                channel = one.channel or "every channel"
                at = max((x.since for x in (one, other) if x.since is not None), default=None)
                when = format_instant(at) if at is not None else "the start"
                table.problems.error(
                    table.line,
                    f"{channel} of {table.values.get('id')} at {other.control} and {one.control} from {when}",
                    "one control at a time (use since and until)",
                )


def _meet(one: Assignment | Ride, other: Assignment | Ride) -> bool:
    starts_before = one.since is None or other.until is None or one.since < other.until
    ends_after = one.until is None or other.since is None or other.since < one.until
    return starts_before and ends_after


def check_assignments(event: Event, table: Table | None) -> None:
    """Warn of devices that claim the same line, wire or car, and of names that look alike."""
    if table is None:
        return
    for conflict in device_conflicts(DeviceTable(event), event):
        table.problems.warn(table.line, conflict.text, conflict.expected)
