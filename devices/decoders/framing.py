"""Cut a stream into lines, whatever the pieces, and find the way back after noise."""

from dataclasses import dataclass

#: No protocol of ours has lines near this long; past it the line end was lost, and memory is not.
MAX_LINE = 512


@dataclass(slots=True)
class LineFramer:
    r"""Collects bytes and gives whole lines without their end.

    A line ends at CR, LF or CR LF alike: timers send CR alone (a reader that waits for LF would hang),
    receivers send CR LF, and logs and converters turn either into LF. Blank lines are not given.
    `most` is how long a line of the protocol can be.
    """

    most: int = MAX_LINE
    _held: bytes = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that `data` completes. An overlong one is given in pieces of `most`."""
        most = self.most
        *whole, rest = (self._held + data.replace(b"\n", b"\r")).split(b"\r")
        lines = [line for line in whole if line]
        if len(rest) >= most or any(len(line) > most for line in lines):
            lines = [line[at : at + most] for line in lines for at in range(0, len(line), most)]
            ends = len(rest) // most * most
            lines += [rest[at : at + most] for at in range(0, ends, most)]
            rest = rest[ends:]
        self._held = rest
        return lines

    def flush(self) -> list[bytes]:
        """Return the unfinished line, if any, and forget it."""
        rest, self._held = self._held, b""
        return [rest] if rest else []
