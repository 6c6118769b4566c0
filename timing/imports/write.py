"""The one place of the imports that writes: whole files, replaced at once, the old one kept."""

import datetime as dt
import os
import shutil
import tempfile
from pathlib import Path


def replace_file(path: Path, content: bytes) -> Path | None:
    """Put a file in its place at once; the old one stays beside it as NAME.DATE.bak if it differs.

    The date is the old file's own, when it was last changed (UTC). A crash leaves the old file or the new
    one, never half of one.

    Returns:
        Where the old file is now; None if there was none, or it was the same.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    kept: Path | None = None
    if path.exists():
        if path.read_bytes() == content:
            return None
        kept = _free_name(path)
        _keep(path, kept)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        fresh.chmod(path.stat().st_mode & 0o777 if kept else 0o644)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return kept


def _keep(path: Path, kept: Path) -> None:
    try:
        os.link(path, kept)  # a second name of the same file, which stays when the new one takes the first
    except OSError:
        shutil.copy2(path, kept)  # no second names on memory sticks and some shares


def _free_name(path: Path) -> Path:
    changed = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    stem = f"{path.name}.{changed:%Y-%m-%d-%H%M%S}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    return next(free for name in names if not (free := path.with_name(f"{name}.bak")).exists())
