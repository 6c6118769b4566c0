"""TOML with places: which line of rally.toml a table or a field stands on, and typed access to it."""

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from timing.folder_text import Problems, did_you_mean

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*("[^"]+"|'[^']+'|[A-Za-z0-9_.-]+)\s*=""")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")

T = TypeVar("T")

_NAMES: dict[type, str] = {
    str: "a text in quotes",
    int: "a whole number",
    bool: "true or false",
    float: "a number",
    dict: "a table",
    list: "a list",
    dt.date: "a date such as 2024-04-21",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file: its values, and how to find the line of each."""

    path: str
    values: Mapping[str, object]
    lines: Mapping[str, int]
    problems: Problems
    line: int = 1

    def line_of(self, key: str) -> int:
        """Return the line of a field of this table (of the table itself when it cannot be told)."""
        return self.lines.get(f"{self.path}.{key}" if self.path else key, self.line)

    def line_at(self, path: str) -> int:
        """Return the line of a field inside nested tables (`rates.MTC.late_cap`), or of what holds it."""
        while path:
            line = self.lines.get(f"{self.path}.{path}" if self.path else path)
            if line is not None:
                return line
            path = path.rpartition(".")[0]
        return self.line

    def value_at(self, path: str) -> object:
        """Return the value at a path into nested tables, the innermost one that is there."""
        found: object = self.values
        for key in path.split("."):
            if not isinstance(found, Mapping) or key not in found:
                break
            found = found[key]
        return found

    def paths(self) -> tuple[str, ...]:
        """Return the path of each field and of each field inside nested tables."""
        return tuple(_paths(self.values, ""))

    def leaves(self) -> tuple[str, ...]:
        """Return the paths of the fields that are no tables."""
        return tuple(path for path in self.paths() if not isinstance(self.value_at(path), Mapping))

    def silent(self) -> "Table":
        """Return the same table with its problems going nowhere: for what is read a second time."""
        return replace(self, problems=Problems(self.problems.file))

    def only(self, known: Iterable[str]) -> None:
        """Note every field of the table whose name is not known."""
        names = tuple(known)
        for key in self.values:
            if key not in names:
                where = f"[{self.path}] " if self.path else ""
                self.problems.error(
                    self.line_of(key),
                    f"{where}an unknown field {key!r}{did_you_mean(key, names)}",
                    f"one of {', '.join(names)}" if names else "no field here",
                )

    def get(self, key: str, kind: type[T], default: T, *, required: bool = False) -> T:
        """Return a field of a kind; a wrong or missing required one is noted and `default` returned."""
        if key not in self.values:
            if required:
                self.problems.error(self.line, f"no {key} in [{self.path}]", f"{key} = {_NAMES[kind]}")
            return default
        value = self.values[key]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return kind(value)  # type: ignore[call-arg]
        wrong_bool = isinstance(value, bool) and kind is not bool
        wrong_date = isinstance(value, dt.datetime) and kind is dt.date
        if not isinstance(value, kind) or wrong_bool or wrong_date:
            self.problems.error(self.line_of(key), f"{key} = {value!r}", _NAMES[kind])
            return default
        return value

    def table(self, key: str) -> "Table":
        """Return a sub-table, empty when it is missing or no table."""
        values: dict[str, object] = self.get(key, dict, {})
        path = f"{self.path}.{key}" if self.path else key
        return Table(path, values, self.lines, self.problems, self.lines.get(path, self.line_of(key)))

    def tables(self, key: str) -> tuple["Table", ...]:
        """Return an array of tables."""
        found: list[object] = self.get(key, list, [])
        prefix = f"{self.path}.{key}" if self.path else key
        tables = []
        for index, values in enumerate(found):
            path = f"{prefix}[{index}]"
            if isinstance(values, dict):
                line = self.lines.get(path, self.line_of(key))
                tables.append(Table(path, values, self.lines, self.problems, line))
            else:
                self.problems.error(self.line_of(key), f"{key} holds {values!r}", f"tables [[{prefix}]]")
        return tuple(tables)


def _paths(values: Mapping[str, object], prefix: str) -> Iterator[str]:
    for key, value in values.items():
        yield f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _paths(value, f"{prefix}{key}.")


def parse_toml(text: str, problems: Problems) -> Table | None:
    """Read a TOML text; None, with the problem noted, when it is no TOML."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        problems.error(line, f"no TOML: {_AT_LINE.sub('', str(error)).strip()}", "a valid TOML file")
        return None
    return Table("", values, _lines(text), problems)


def _lines(text: str) -> dict[str, int]:
    """Map `table.field` and `array[i].field` paths to their lines.

    tomllib keeps no places, so this scans headers and keys; a line inside a multi-line text may be
    taken for a key, which at worst points a message at a neighbouring line.
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = ".".join(part.strip().strip("\"'") for part in header[2].split("."))
            if header[1] == "[[":
                index = counts.get(name, 0)
                counts[name] = index + 1
                prefix = f"{name}[{index}]"
                lines.setdefault(name, number)
            else:
                # [bulletins.changes] speaks of the last [[bulletins]] above it.
                first, dot, rest = name.partition(".")
                prefix = f"{first}[{counts[first] - 1}]{dot}{rest}" if first in counts else name
            lines.setdefault(prefix, number)
        elif key := _KEY.match(line):
            name = key[1].strip("\"'")
            lines.setdefault(f"{prefix}.{name}" if prefix else name, number)
    return lines
