"""[[bulletins]] of rally.toml: rules that change from a control on, and never before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from timing.core.event import Bulletin
from timing.core.itinerary import Control, Itinerary
from timing.core.preset import Preset
from timing.folder_rules import Rules, note_contradictions, read_changes
from timing.folder_text import did_you_mean
from timing.folder_toml import Table
from timing.presets.contradictions import contradictions
from timing.presets.fields import canonical
from timing.presets.tables import TableFile

#: Rules that hold for the whole event: no bulletin changes them on the road.
EVENT_WIDE = (
    "unit",
    "better",
    "tie_breaks",
    "late_total_over",
    "otl_effect",
    "drop_worst",
    "coefficient_mode",
    "coefficient_source",
    "coefficient_on_controls",
    "fails",
    "championship",
    "finisher_rule",
    "finisher_share",
    "precedence",
    "source_tolerance",
    "start_interval",
    "debounce",
    "pass_gap",
    "fastest_average_kmh",
    "protest_minutes",
)
_FIELDS = ("number", "text", "effective_from", "changes")


@dataclass(frozen=True, slots=True)
class BulletinTable:
    """A bulletin as it is read before the itinerary is known, and its table in the file."""

    bulletin: Bulletin
    table: Table


def read_bulletins(tables: Sequence[Table]) -> tuple[BulletinTable, ...]:
    """Read the bulletins in the order of the file; a number twice is a problem."""
    found: list[BulletinTable] = []
    first: dict[str, int] = {}
    for table in tables:
        table.only(_FIELDS)
        number = str(table.values.get("number", ""))
        if not number:
            table.problems.error(table.line, "a bulletin without a number", "number = 1")
        elif number in first:
            where = f"bulletin {number} again (line {first[number]})"
            table.problems.error(table.line_of("number"), where, "each number once")
        first.setdefault(number, table.line_of("number"))
        changes = table.table("changes")
        bulletin = Bulletin(
            number=number,
            text=table.get("text", str, "", required=True),
            effective_from=table.get("effective_from", str, "") or None,
            changes={path: str(changes.value_at(path)) for path in changes.leaves()},
        )
        found.append(BulletinTable(bulletin, table))
    return tuple(found)


def rules_from(
    bulletins: Sequence[BulletinTable],
    rules: Rules,
    itinerary: Itinerary,
    table_file: TableFile | None,
) -> tuple[tuple[int, Preset], ...]:
    """Return the regulations from each control on where a bulletin changes them, in road order.

    At a control all bulletins hold that are effective there, in the order of the file. The version
    names them: `1+B2`. Faults are noted; a bulletin with one changes nothing.
    """
    effective: list[tuple[int, BulletinTable]] = []
    for item in bulletins:
        order = _effective_order(item, itinerary.controls)
        if order is not None and _may_change(item, rules.preset):
            _check_stages(item, order, itinerary)
            _check_sequence(item, order, effective)
            effective.append((order, item))
    found = []
    for start in sorted({order for order, _ in effective}):
        preset = rules.preset
        for order, item in effective:
            if order <= start:
                preset = _changed(item, preset, table_file, note=order == start)
        found.append((start, preset))
    return tuple(found)


def _effective_order(item: BulletinTable, controls: Mapping[str, Control]) -> int | None:
    """The order of the control from which a bulletin changes rules; None: it changes none."""
    bulletin, table = item.bulletin, item.table
    start = bulletin.effective_from
    if start is not None and start not in controls:
        hint = did_you_mean(start, controls)
        where = f"effective_from = {start!r}{hint}"
        table.problems.error(table.line_of("effective_from"), where, "a control of itinerary.csv")
        return None
    if not table.table("changes").values:
        return None
    if start is None:
        found = f"bulletin {bulletin.number} with changes but without effective_from"
        table.problems.error(table.line, found, "the control from which they hold")
        return None
    return controls[start].order


def _may_change(item: BulletinTable, base: Preset) -> bool:
    changes = item.table.table("changes")
    wide = set(EVENT_WIDE)
    # What a restart costs may change; whether crews may restart at all is known before the start.
    if base.restart is None or changes.values.get("restart") == "none":
        wide.add("restart")
    refused = [key for key in changes.values if canonical(key) in wide]
    for key in refused:
        where = f"changes.{key} in bulletin {item.bulletin.number}"
        wanted = f"rules of single controls or stages ({canonical(key)} holds for the whole event)"
        item.table.problems.error(changes.line_at(key), where, wanted)
    return not refused


def _check_stages(item: BulletinTable, order: int, itinerary: Itinerary) -> None:
    """Warn of a bulletin that takes effect inside a stage, which keeps the rules in force at its start."""
    start, controls = item.bulletin.effective_from, itinerary.controls
    stages = itinerary.stages.values()
    if any(stage.start == start for stage in stages):
        # In a chain the end of one test is the start of the next, for which the rules change.
        return
    for stage in stages:
        if controls[stage.start].order < order <= controls[stage.finish].order:
            item.table.problems.warn(
                item.table.line_of("effective_from"),
                f"bulletin {item.bulletin.number} from {start}, inside {stage.id}",
                f"a control outside of it: {stage.id} keeps the rules that hold at its start {stage.start}",
            )


def resolution_changes(bulletins: Sequence[BulletinTable]) -> bool:
    """Return whether a bulletin changes to what the ideal times of tests are rounded."""
    keys = {canonical(key) for item in bulletins for key in item.bulletin.changes}
    return "test_resolution" in keys


def _check_sequence(item: BulletinTable, order: int, before: Sequence[tuple[int, BulletinTable]]) -> None:
    later = next((other for at, other in before if at > order), None)
    if later is not None:
        item.table.problems.warn(
            item.table.line_of("effective_from"),
            f"bulletin {item.bulletin.number} from {item.bulletin.effective_from}, before bulletin "
            f"{later.bulletin.number} from {later.bulletin.effective_from}",
            "bulletins in the order in which they take effect",
        )


def _changed(item: BulletinTable, base: Preset, table_file: TableFile | None, *, note: bool) -> Preset:
    """Return the regulations with a bulletin's changes; with `note` its faults become problems, once."""
    table = item.table.table("changes")
    if not note:
        table = table.silent()
    places: dict[str, int] = {}
    read = read_changes(table, "changes.", base, table_file, places)
    version = f"{base.version}+B{item.bulletin.number}"
    preset = replace(base, **{**read, "version": version})  # type: ignore[arg-type]
    note_contradictions(table, Rules(preset, places, item.table.line), but=contradictions(base))
    return preset
