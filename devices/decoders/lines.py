"""What decoders of text lines have in common: whole lines, and a bad one that costs only itself."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from devices.decoders import Decoded, DecoderContext
from devices.decoders.framing import LineFramer
from timing.core.instant import Instant
from timing.core.readings import Reading, Rejected

#: What a bad cable and the switching of a line driver put before a line, never into one.
_NOISE = bytes(sign for sign in range(256) if not 0x20 <= sign <= 0x7E)


class BadLine(ValueError):
    """A line that is none: `reason` is the short code; the text says what was found and what was expected."""

    def __init__(self, reason: str, detail: str, seems: Reading | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.seems = seems


@dataclass(slots=True)
class LineDecoder(ABC):
    """Decodes the lines of one device; a protocol says in `read` what one line holds."""

    context: DecoderContext
    framer: LineFramer = field(default_factory=LineFramer, kw_only=True)

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return what the lines that `data` completes hold, and what was no line."""
        return self._lines(self.framer.feed(data), received_at)

    def flush(self, received_at: Instant) -> Decoded:
        """Return what the unfinished line holds, when the link has ended."""
        return self._lines(self.framer.flush(), received_at)

    @abstractmethod
    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the readings of one line without its end; none for a line that is known and says nothing.

        Raises:
            BadLine, ValueError: what the line is not; a plain ValueError is one of a value out of range.
        """

    def _lines(self, lines: list[bytes], received_at: Instant) -> Decoded:
        decoded: Decoded = []
        for line in lines:
            try:
                decoded += self.read(line, received_at)
            except BadLine as bad:
                decoded.append(self.rejected(line, bad.reason, str(bad), bad.seems))
            except ValueError as bad:
                decoded.append(self.rejected(line, "range", str(bad)))
        return decoded

    def rejected(self, raw: bytes, reason: str, detail: str, seems: Reading | None = None) -> Rejected:
        """Return these bytes as refused."""
        return Rejected(raw=raw, reason=reason, detail=detail, device=self.context.device, reading=seems)


def without_noise(line: bytes) -> bytes:
    """Return a line without the 8-bit noise before it."""
    return line.lstrip(_NOISE)


def no_frame(line: bytes, expected: str) -> BadLine:
    """Return the refusal of bytes that have not the form of a line."""
    return BadLine("no_frame", f"{len(line)} bytes that are no frame, expected {expected}")


def wrong_sum(found: str, expected: str) -> BadLine:
    """Return the refusal of a line whose checksum is another."""
    return BadLine("checksum", f"checksum {found}, expected {expected}")
