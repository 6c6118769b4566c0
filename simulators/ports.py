"""Serial ports without timers: pseudo-terminals under the names that the event folder gives them.

A timer's link is named by a path relative to the service's data folder; there a symbolic link leads to
the terminal's device, so that a start of the simulator always finds the same name.
"""

import contextlib
import os
import pty
import tty
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from timing.core.event import Event


def port_paths(event: Event) -> dict[str, Path]:
    """Return, by device id, the relative path of each wired device's port."""
    found = {}
    for device in event.devices.values():
        kind, _, port = device.link.partition(":")
        path = port.partition("?")[0]
        if kind == "serial" and "/" in path and "://" not in path and not path.startswith("/"):
            found[device.id] = Path(path)
    return found


class Ports:
    """The pseudo-terminals of some devices. Use as `with`; the names vanish at the end."""

    def __init__(self, folder: Path, paths: Mapping[str, Path]) -> None:
        """Name the ports; `folder` is the service's data folder."""
        self._links = {device: folder / path for device, path in paths.items()}
        self._masters: dict[str, int] = {}
        self._slaves: list[int] = []

    def __enter__(self) -> Self:
        """Open the terminals and lay the links."""
        for device, link in self._links.items():
            master, slave = pty.openpty()
            # Our end of the other side stays open: a reader that closes must not hang up the line.
            self._masters[device] = master
            self._slaves.append(slave)
            tty.setraw(slave)
            os.set_blocking(master, False)
            link.parent.mkdir(parents=True, exist_ok=True)
            _point(link, os.ttyname(slave))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything."""
        for link in self._links.values():
            with contextlib.suppress(OSError):
                link.unlink()
        for number in (*self._masters.values(), *self._slaves):
            os.close(number)

    @property
    def devices(self) -> Iterable[str]:
        """The devices that have a port here."""
        return self._links

    def write(self, device: str, data: bytes) -> int:
        """Put bytes on a device's wire; return how many the terminal took, fewer when nobody reads."""
        try:
            return os.write(self._masters[device], data)
        except BlockingIOError:
            return 0


def _point(link: Path, target: str) -> None:
    """Lay a symbolic link, over an old one too, so that nobody ever sees it missing."""
    part = link.with_name(f"{link.name}.{os.getpid()}")
    part.symlink_to(target)
    part.replace(link)
