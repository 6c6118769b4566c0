"""A pseudo-terminal that plays a wired timer, and can be pulled out and put in again."""

import asyncio
import os
import pty
import tty
from contextlib import suppress
from pathlib import Path

#: What a wire of 9600 baud brings in a moment; more at once would fill the terminal's own buffer.
_PIECE = 512


class Wire:
    """The timer's end of a serial cable; `port` is where the service finds the other end."""

    def __init__(self, port: Path) -> None:
        self.port = port
        self._ours = self._theirs = -1
        port.parent.mkdir(parents=True, exist_ok=True)

    def plug(self) -> None:
        """Put the cable in."""
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(os.ttyname(self._theirs))

    def unplug(self) -> None:
        """Pull the cable out."""
        self.port.unlink(missing_ok=True)
        for end in (self._ours, self._theirs):
            with suppress(OSError):
                os.close(end)
        self._ours = self._theirs = -1

    async def say(self, data: bytes) -> None:
        """Send bytes as fast as they are read."""
        async with asyncio.timeout(30):
            for start in range(0, len(data), _PIECE):
                piece = data[start : start + _PIECE]
                while piece:
                    try:
                        piece = piece[os.write(self._ours, piece) :]
                    except BlockingIOError:
                        await asyncio.sleep(0.005)
