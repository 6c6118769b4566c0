"""The regulations as data: one TOML file a kind of rally, each number with its source beside it."""

import tomllib
from functools import cache
from importlib import resources

from timing.core.preset import Preset
from timing.presets.fields import read_fields


def preset_names() -> tuple[str, ...]:
    """Return the names of the presets that the package holds, sorted."""
    files = resources.files("timing.presets").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


@cache
def load_preset(name: str) -> Preset:
    """Return a preset of the package.

    Raises:
        KeyError: no preset has that name.
        ValueError: the packaged file is broken (a fault of ours).
    """
    if name not in preset_names():
        raise KeyError(name)
    text = resources.files("timing.presets").joinpath(f"{name}.toml").read_text("utf-8")
    values, faults = read_fields(tomllib.loads(text))
    if faults:
        raise ValueError(f"preset {name}: {faults}")
    return Preset(**{"name": name, **values})  # type: ignore[arg-type]
