"""Writes docs/rules.md: what each preset says, where it is computed, where it was read and what was not.

    python -m timing.presets.rulebook docs/rules.md

Everything comes from the preset files and from the docstrings of the functions that compute a rule.
"""

import argparse
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from timing.core.preset import Preset, Unit
from timing.presets import load_preset, preset_names
from timing.presets.meanings import field_meanings, fields_of, words
from timing.presets.shown import shown
from timing.presets.where import WHERE, Place, places

_UNITS = {Unit.SECONDS: "s", Unit.POINTS: "points", Unit.SCORE: "score", Unit.NONE: ""}
_COLUMNS = "| field | value | counted in | meaning | computed by | read in |\n|---|---|---|---|---|---|\n"
_HEAD = """\
# The regulations, preset by preset

This page is made by `make docs` from `timing/presets/*.toml` and from the functions that compute the rules; a
test fails when it says anything else. Every number is a default: what an event writes under `[timing]` and
`[scoring]` in its `rally.toml` wins, and a bulletin changes it from a control on.

*Read in* says where a number was read, or that it is our own. What is marked **not verified** was not read in
the rule book of its own kind of rally; `rallykeeper check` warns of it where an event relies on it, until the
event states the number itself. `"none"` for a penalty means that an official decides.
"""


def rulebook() -> str:
    """Return the whole page."""
    presets = (_preset(load_preset(name)) for name in preset_names())
    return "\n".join((_HEAD, *("".join(part) for part in (*presets, _defaults(), _words()))))


def first_line(function: str) -> str:
    """Return the first line of the docstring of a function below `timing`.

    Raises:
        ImportError, AttributeError: there is no such function.
        ValueError: the function says nothing about itself.
    """
    found = _resolve(function)
    text = inspect.getdoc(found)
    if not text:
        raise ValueError(f"{function} has no docstring")
    return " ".join(text.split("\n\n")[0].split())


def _resolve(function: str) -> object:
    return pkgutil.resolve_name(f"timing.{function}")


def _preset(preset: Preset) -> Iterator[str]:
    yield f"\n## {preset.name}: {preset.title}\n\n"
    yield f"Version {preset.version}. From: {preset.source}.\n"
    stated = {**preset.sources, **preset.unverified}
    for title, part in WHERE.items():
        rows = [field for field in part if field in stated]
        if rows:
            yield f"\n### {preset.name}, {title[0].lower()}{title[1:]}\n\n"
            yield _COLUMNS
            yield from (_row(preset, field, part[field]) for field in rows)
    if preset.unverified:
        yield f"\nNot verified in {preset.name}: {', '.join(f'`{field}`' for field in preset.unverified)}.\n"


def _row(preset: Preset, field: str, place: Place) -> str:
    source = preset.sources.get(field) or f"**not verified**: {preset.unverified[field]}"
    value = f"`{shown(preset, field)}`"
    return _line(
        (f"`{field}`", value, _counted(preset, place), field_meanings()[field], _done(place), source)
    )


def _counted(preset: Preset, place: Place) -> str:
    unit = _UNITS[preset.unit]
    return place.counted_in.format(unit=unit) if unit or "{unit}" not in place.counted_in else ""


def _done(place: Place) -> str:
    links = (f"[`{name.removeprefix('core.')}`](../{_file(name)}): {_what(name)}" for name in place.functions)
    return "; ".join(links) or "kept with the event; nothing computes with it yet"


def _what(function: str) -> str:
    text = first_line(function).rstrip(".").removeprefix("Return ")
    return text[0].lower() + text[1:]


def _file(function: str) -> str:
    found = _resolve(function)
    path = Path(inspect.getsourcefile(found) or "")  # type: ignore[arg-type]
    return path.relative_to(Path(__file__).resolve().parents[2]).as_posix()


def _defaults() -> Iterator[str]:
    plain = Preset(name="", version="", unit=Unit.POINTS)
    yield "\n## Every field, and what holds where a preset says nothing\n\n"
    yield "| field | default | meaning | computed by |\n|---|---|---|---|\n"
    for field, place in places().items():
        default = "the preset says" if field == "unit" else f"`{shown(plain, field)}`"
        yield _line((f"`{field}`", default, field_meanings()[field], _done(place)))


def _words() -> Iterator[str]:
    yield "\n## What the words mean\n"
    for kind, (about, meanings) in words().items():
        names = ", ".join(f"`{field}`" for field in fields_of(kind)) or "`reference` of `restart`"
        yield f"\n{names}: {about}\n\n"
        yield from (f"- `{word}`: {meaning}\n" for word, meaning in meanings.items())


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def main() -> None:
    """Write the page to the file that the command line names."""
    arguments = argparse.ArgumentParser(description="Write the regulations of all presets as one page.")
    arguments.add_argument("file", type=Path)
    # Made whole before the file is touched: a broken preset leaves the old page as it is.
    page = rulebook()
    arguments.parse_args().file.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
