"""rally.toml: the rally's name and zone, its regulations, its officials, its devices."""

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass

from timing.core.event import HiddenZone, PublicPolicy, TeamRule
from timing.core.instant import HOUR, MINUTE, SECOND, Duration, RallyTime, parse_clock
from timing.core.preset import Preset
from timing.folder_bulletins import BulletinTable, read_bulletins
from timing.folder_cells import LegDay
from timing.folder_rules import Rules, read_rules
from timing.folder_text import Problems, did_you_mean
from timing.folder_toml import Table, parse_toml
from timing.presets.tables import TableFile

RALLY_FILE = "rally.toml"
_TABLES = (
    "rally",
    "legs",
    "official_timekeeper",
    "timing",
    "scoring",
    "classes",
    "teams",
    "public",
    "devices",
    "bulletins",
)
_RALLY = ("id", "name", "edition", "timezone", "preset", "notice", "first_day")
_PUBLIC = ("position_delay", "hours", "hidden_zones", "speed", "frames")
#: An origin as a browser names it: no path, no blank, nothing that would end a part of a header.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.*-]+(:\d{1,5})?")
_ZONE = ("lat", "lon", "radius_m", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class RallyFile:
    """What rally.toml says, before the itinerary is known. `devices` are read later, with controls."""

    id: str
    name: str
    edition: str
    timezone: str
    notice: str
    first_day: dt.date
    legs: Mapping[int, LegDay]
    rules: Rules
    timekeeper: str
    timekeeper_line: str
    classes: Mapping[str, str]
    public: PublicPolicy
    bulletins: tuple[BulletinTable, ...]
    team_rule: TeamRule | None
    devices: tuple[Table, ...]

    @property
    def preset(self) -> Preset:
        """The regulations before any bulletin."""
        return self.rules.preset


def read_rally(text: str, problems: Problems, table_file: TableFile | None = None) -> RallyFile | None:
    """Read rally.toml; None when it is no TOML at all, else a value with every fault noted.

    `table_file` reads a score table that rally.toml names from a file of the event folder.
    """
    root = parse_toml(text, problems)
    if root is None:
        return None
    root.only(_TABLES)
    rally = root.table("rally")
    if not rally.values:
        problems.error(1, "no [rally]", "a table [rally] with id, name, timezone, preset and first_day")
    rally.only(_RALLY)
    timekeeper = root.table("official_timekeeper")
    timekeeper.only(("name", "line"))
    first_day = rally.get("first_day", dt.date, dt.date(2000, 1, 1), required=True)
    return RallyFile(
        id=_ident(rally),
        name=rally.get("name", str, "", required=True),
        edition=_edition(rally),
        timezone=_timezone(rally),
        notice=rally.get("notice", str, ""),
        first_day=first_day,
        legs=_legs(root.table("legs"), first_day),
        rules=read_rules(rally, root, table_file),
        timekeeper=timekeeper.get("name", str, ""),
        timekeeper_line=timekeeper.get("line", str, ""),
        classes={key: str(title) for key, title in root.table("classes").values.items()},
        public=_public(root.table("public")),
        bulletins=read_bulletins(root.tables("bulletins")),
        team_rule=_teams(root),
        devices=root.tables("devices"),
    )


def rally_time(timezone: str, first_day: dt.date, clock: Duration) -> RallyTime:
    """Return the rally's one offset: that of its zone when the first car is due.

    A later change of the clocks does not move it. An unknown zone gives UTC (it is noted elsewhere).
    """
    try:
        zone = zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return RallyTime(0)
    days, seconds = divmod(clock // SECOND, 86_400)
    start = dt.datetime.combine(first_day, dt.time(), zone) + dt.timedelta(days=days, seconds=seconds)
    offset = start.utcoffset() or dt.timedelta()
    return RallyTime((offset.days * 86_400 + offset.seconds) * SECOND)


def _ident(rally: Table) -> str:
    ident = rally.get("id", str, "", required=True)
    if ident and (any(c in ident for c in "/+#. \t") or not ident.isascii()):
        rally.problems.error(
            rally.line_of("id"), f"id = {ident!r}", "plain letters, digits and - (it is part of topics)"
        )
    return ident


def _edition(rally: Table) -> str:
    value = rally.values.get("edition", "")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return rally.get("edition", str, "")


def _timezone(rally: Table) -> str:
    name = rally.get("timezone", str, "UTC", required=True)
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        hint = did_you_mean(name, zoneinfo.available_timezones())
        rally.problems.error(
            rally.line_of("timezone"),
            f"timezone = {name!r}{hint}",
            "an IANA zone such as America/Los_Angeles",
        )
    return name


def _legs(table: Table, first_day: dt.date) -> dict[int, LegDay]:
    legs: dict[int, LegDay] = {}
    for key in table.values:
        leg = table.table(key)
        leg.only(("day", "name", "early_allowed"))
        if not key.isdecimal() or int(key) < 1:
            table.problems.error(table.line_of(key), f"[legs] {key!r}", "the number of a leg, from 1")
            continue
        number = int(key)
        day = leg.get("day", dt.date, first_day + dt.timedelta(days=number - 1))
        name = leg.get("name", str, f"Leg {number}")
        legs[number] = LegDay(day, name, leg.get("early_allowed", bool, False))
    return legs


def _public(table: Table) -> PublicPolicy:
    table.only(_PUBLIC)
    delay = table.get("position_delay", int, 0)
    if delay < 0:
        table.problems.error(table.line_of("position_delay"), f"{delay}", "seconds from 0")
    return PublicPolicy(
        delay=max(delay, 0) * SECOND,
        hours=_hours(table),
        hidden_zones=tuple(_zone(zone) for zone in table.tables("hidden_zones")),
        speed=table.get("speed", bool, False),
        frames=_frames(table),
    )


def _frames(table: Table) -> tuple[str, ...]:
    value = table.values.get("frames", "any")
    if value == "any":
        return ("*",)
    if isinstance(value, list) and all(isinstance(one, str) and _ORIGIN.fullmatch(one) for one in value):
        return tuple(value)
    table.problems.error(
        table.line_of("frames"),
        f"frames = {value!r}",
        '"any", or a list of sites such as ["https://club.example"] ([]: none)',
    )
    return ()


def _teams(root: Table) -> TeamRule | None:
    if "teams" not in root.values:
        return None
    table = root.table("teams")
    table.only(("count",))
    count = table.get("count", int, 3)
    if count < 1:
        table.problems.error(table.line_of("count"), f"count = {count}", "how many crews of a team count")
    return TeamRule(count=max(count, 1))


def _hours(table: Table) -> tuple[Duration, Duration] | None:
    value = table.get("hours", list, [])
    if not value:
        return None
    try:
        begin, end = (parse_clock(str(text)) for text in value)
    except ValueError:
        table.problems.error(
            table.line_of("hours"), f"hours = {value!r}", 'two times such as ["07:00", "20:00"]'
        )
        return None
    return (begin, end) if begin <= end else (begin, end + 24 * HOUR)


def _zone(table: Table) -> HiddenZone:
    table.only(_ZONE)
    lat = table.get("lat", float, 0.0, required=True)
    lon = table.get("lon", float, 0.0, required=True)
    radius = table.get("radius_m", float, 0.0, required=True)
    if abs(lat) > 90 or abs(lon) > 180 or radius <= 0:
        table.problems.error(
            table.line, f"a zone at {lat}, {lon} of {radius} m", "degrees and a radius above 0"
        )
    return HiddenZone(lat, lon, radius, table.get("name", str, ""))


def parse_offset(text: str) -> Duration | None:
    """Read `+02:00` or `-0700` as µs east of UTC; None when it is no such text."""
    sign, digits = text[:1], text[1:].replace(":", "")
    if sign not in "+-" or len(digits) != 4 or not digits.isdecimal():
        return None
    value = int(digits[:2]) * HOUR + int(digits[2:]) * MINUTE
    return -value if sign == "-" else value
