"""A first event folder for an organizer: small, complete, and free of problems."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


def write_template(folder: Path) -> tuple[Path, ...]:
    """Write the example event into a folder, which is made if need be; return the files written.

    Raises:
        FileExistsError: the folder already holds one of the files; nothing is written then.
    """
    sources = dict(_files(resources.files("timing").joinpath("template"), Path()))
    taken = [name for name in sources if (folder / name).exists()]
    if taken:
        raise FileExistsError(f"{folder / taken[0]} exists already")
    written = []
    for name, source in sources.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        written.append(target)
    return tuple(written)


def _files(source: Traversable, at: Path) -> list[tuple[Path, Traversable]]:
    found: list[tuple[Path, Traversable]] = []
    for child in sorted(source.iterdir(), key=lambda item: item.name):
        here = at / child.name
        found += _files(child, here) if child.is_dir() else [(here, child)]
    return found
