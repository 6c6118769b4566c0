"""The regulations of an event: a preset, and what [timing] and [scoring] of rally.toml change in it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from timing.core.preset import Preset
from timing.folder_text import did_you_mean
from timing.folder_toml import Table
from timing.presets import load_preset, preset_names
from timing.presets.contradictions import Fault, contradictions
from timing.presets.fields import canonical, field_names, read_fields
from timing.presets.tables import TableFile


@dataclass(frozen=True, slots=True)
class Rules:
    """The regulations with the place of each rule.

    `places` has the line of every field that the event wrote; the others stand on the preset's line.
    """

    preset: Preset
    places: Mapping[str, int]
    line: int

    def place(self, path: str) -> int:
        """Return the line on which a field (or a field inside a table of it) can be changed."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path.rpartition(".")[0]
        return self.line

    def written(self, field: str) -> bool:
        """Return whether the event itself states a field, in whole or in part."""
        return field in self.places


def read_rules(rally: Table, root: Table, table_file: TableFile | None) -> Rules:
    """Read the preset of `[rally]` with the overrides; note unknown fields, wrong values, contradictions."""
    preset = _named_preset(rally)
    changes: dict[str, object] = {}
    places: dict[str, int] = {}
    for table in (root.table("timing"), root.table("scoring")):
        read = read_changes(table, f"[{table.path}] ", preset, table_file, places)
        for key in read.keys() & changes.keys():
            table.problems.error(places[key], f"{key} in [timing] and [scoring]", "it once")
        changes |= read
    rules = Rules(replace(preset, **changes), places, rally.line_of("preset"))  # type: ignore[arg-type]
    note_contradictions(rally, rules)
    return rules


def read_changes(
    table: Table, where: str, base: Preset, table_file: TableFile | None, places: dict[str, int]
) -> dict[str, object]:
    """Return a table's fields as values for `Preset`; add the line of each to `places`, note faults."""
    read, faults = read_fields(table.values, base, table_file)
    for path, expected in faults.items():
        last = path.rpartition(".")[2]
        hint = did_you_mean(last, field_names()) if path == last and path not in field_names() else ""
        table.problems.error(table.line_at(path), f"{where}{path} = {table.value_at(path)!r}{hint}", expected)
    for path in table.paths():
        first, _, rest = path.partition(".")
        places[f"{canonical(first)}.{rest}" if rest else canonical(first)] = table.line_at(path)
    return read


def note_contradictions(table: Table, rules: Rules, but: Collection[Fault] = ()) -> None:
    """Note where the regulations contradict themselves, but for faults that are known already."""
    for fault in contradictions(rules.preset):
        if fault in but:
            continue
        table.problems.error(rules.place(fault.field), fault.found, fault.expected)


def _named_preset(rally: Table) -> Preset:
    name = rally.get("preset", str, "TOUR", required=True)
    try:
        return load_preset(name)
    except KeyError:
        names = preset_names()
        hint = did_you_mean(name, names)
        rally.problems.error(
            rally.line_of("preset"), f"preset = {name!r}{hint}", f"one of {', '.join(names)}"
        )
        return load_preset("TOUR")
