"""checks of [[devices]] in rally.toml: how far one device's positions are believed."""

from typing import overload

from timing.core.event import FixChecks
from timing.core.instant import DAY, SECOND, Duration
from timing.folder_rally import parse_offset
from timing.folder_toml import Table

#: Each with the least and the most it may be: what lies beyond is refused behind these checks all the same.
_RANGES: dict[str, tuple[float, float]] = {
    "ahead_s": (0, 60),
    "oldest_days": (1, 400),
    "worst_accuracy_m": (1, 1_000),
    "top_speed_kmh": (5, 320),
    "margin_km": (0, 50),
    "speed_scale": (0.1, 10),
}
_FIELDS = (*_RANGES, "shift", "repair_weeks")


def read_fix_checks(device: Table) -> FixChecks:
    """Read the checks of one device, each field optional; what is wrong is noted with its line."""
    usual = FixChecks()
    if "checks" not in device.values:
        return usual
    table = device.table("checks")
    table.only(_FIELDS)
    ahead = _number(table, "ahead_s", None)
    return FixChecks(
        ahead=usual.ahead if ahead is None else int(ahead * SECOND),
        oldest=int(_number(table, "oldest_days", usual.oldest / DAY) * DAY),
        worst_accuracy_m=_number(table, "worst_accuracy_m", usual.worst_accuracy_m),
        top_speed_kmh=_number(table, "top_speed_kmh", usual.top_speed_kmh),
        margin_km=_number(table, "margin_km", usual.margin_km),
        shift=_shift(table),
        repair_weeks=table.get("repair_weeks", bool, usual.repair_weeks),
        speed_scale=_number(table, "speed_scale", usual.speed_scale),
    )


@overload
def _number(table: Table, key: str, usual: float) -> float: ...
@overload
def _number(table: Table, key: str, usual: None) -> float | None: ...
def _number(table: Table, key: str, usual: float | None) -> float | None:
    if key not in table.values:
        return usual
    least, most = _RANGES[key]
    none = float("nan")
    value = table.get(key, float, none)
    if value is none:
        return usual
    if not least <= value <= most:
        table.problems.error(
            table.line_of(key), f"{key} = {table.values[key]}", f"a number from {least:g} to {most:g}"
        )
        return usual
    return value


def _shift(table: Table) -> Duration:
    text = table.get("shift", str, "")
    found = parse_offset(text) if text else 0
    if found is None:
        table.problems.error(
            table.line_of("shift"), f"shift = {text!r}", "by how much its clock is ahead, such as +02:00"
        )
        return 0
    return found
