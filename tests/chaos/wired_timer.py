"""A timer on a pseudo-terminal: prints its impulses, keeps them, and prints its memory when asked to.

It stands at a place of its own in time: its clock is set in UTC, to the rally's time.
"""

import contextlib
import os
import pty
import threading
import tty
from pathlib import Path

from timing.core.instant import DAY, HOUR, MINUTE, SECOND, Instant


class WiredTimer:
    """A timer whose cable can be pulled; its port is a symlink, as udev makes one for an adapter."""

    def __init__(self, port: Path) -> None:
        self.port = port
        self.memory: list[tuple[int, Instant]] = []
        self.dumps = 0
        self._ours: int | None = None
        self._theirs: int | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._listener: threading.Thread | None = None
        self.plug()

    def plug(self) -> None:
        """Put the cable in."""
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(os.ttyname(self._theirs))
        self._ended = threading.Event()
        self._listener = threading.Thread(target=self._listen, args=(self._ours, self._ended), daemon=True)
        self._listener.start()

    def unplug(self) -> None:
        """Pull the cable; impulses go on into the memory."""
        self.port.unlink(missing_ok=True)
        self._ended.set()
        if self._listener is not None:
            self._listener.join()
        with self._lock:
            for end in (self._ours, self._theirs):
                if end is not None:
                    os.close(end)
            self._ours = self._theirs = None

    def impulse(self, number: int, at: Instant) -> None:
        """Time a car; `at` is cut to 1/10000 s as the timer does."""
        with self._lock:
            self.memory.append((number, at - at % 100))
            self._print(_line(b" ", number, at))

    def half_a_line(self) -> None:
        """Print the beginning of a line, as a cable does that is just being pulled."""
        with self._lock:
            self._print(b" 0099 C1  10:0")

    def _print(self, data: bytes) -> None:
        if self._ours is not None:
            # A line that nobody reads is gone, as on a real wire.
            with contextlib.suppress(OSError):
                os.write(self._ours, data)

    def _listen(self, ours: int, ended: threading.Event) -> None:
        heard = b""
        while not ended.wait(0.02):
            with contextlib.suppress(OSError):
                heard += os.read(ours, 100)
            if b"RSM\r" in heard:
                heard = b""
                with self._lock:
                    self.dumps += 1
                    self._print(b"RSM\r" + b"".join(_line(b"m", *impulse) for impulse in self.memory))


def _line(flag: bytes, number: int, at: Instant) -> bytes:
    clock = at % DAY
    text = (
        f"{number:04d} C1  {clock // HOUR:02d}:{clock % HOUR // MINUTE:02d}"
        f":{clock % MINUTE // SECOND:02d}.{clock % SECOND // 100:04d} 00\r"
    )
    return flag + text.encode()
