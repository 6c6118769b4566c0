"""Cut a stream into lines, whatever the pieces, and find the way back after noise."""

from dataclasses import dataclass, field

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
    _held: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that `data` completes. An overlong one is given in pieces of `most`."""
        lines: list[bytes] = []
        most = self.most
        self._held += data.replace(b"\n", b"\r")
        *whole, rest = self._held.split(b"\r")
        for line in whole:
            lines += [bytes(line[at : at + most]) for at in range(0, len(line), most)]
        while len(rest) >= most:
            lines.append(bytes(rest[:most]))
            rest = rest[most:]
        self._held = bytearray(rest)
        return lines

    def flush(self) -> list[bytes]:
        """Return the unfinished line, if any, and forget it."""
        rest, self._held = bytes(self._held), bytearray()
        return [rest] if rest else []
