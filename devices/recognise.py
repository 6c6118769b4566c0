"""Guess which protocol some bytes are: each decoder tries them, and the one that believes most of them wins.

A suggestion for a person to confirm, never a configuration: a short line may be valid in several protocols.
Pure but for the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from devices.catalogue import DECODERS, DecoderKind
from devices.decoders import DecoderContext
from timing.core.instant import Instant
from timing.core.readings import Rejected

#: Of what a decoder is given, so much at least must be lines of its protocol.
_ENOUGH = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A decoder that believes the bytes: so many readings, and so much that it could not read."""

    decoder: str
    title: str
    good: int
    bad: int

    @property
    def share(self) -> float:
        """How much of it was believed, 0 to 1."""
        return self.good / (self.good + self.bad)


def recognise(
    data: bytes, received_at: Instant, decoders: Mapping[str, DecoderKind] = DECODERS
) -> list[Recognised]:
    """Return the protocols that these bytes of a wire may be, the likeliest first; empty for none."""
    tried = (_tried(name, kind, data, received_at) for name, kind in decoders.items() if kind.stream)
    found = [one for one in tried if one is not None and one.good and one.share >= _ENOUGH]
    return sorted(found, key=lambda one: (-one.share, -one.good, one.decoder))


def _tried(name: str, kind: DecoderKind, data: bytes, received_at: Instant) -> Recognised | None:
    try:
        decoder = kind.make(DecoderContext(device="?"))
        # What is unfinished is no fault: we began and ended in the middle of a line.
        first, *decoded = [decoder.feed(part, received_at) for part in _from_first_line(data)]
    except Exception:
        return None  # one that needs to be told more, such as the form of a line
    items = [item for some in decoded for item in some] + [
        item for item in first if not isinstance(item, Rejected)
    ]
    bad = sum(isinstance(item, Rejected) for item in items)
    return Recognised(decoder=name, title=kind.title, good=len(items) - bad, bad=bad)


def _from_first_line(data: bytes) -> list[bytes]:
    """Cut behind the first end of a line: what is before it may have lost its beginning."""
    ends = [at for at in (data.find(b"\r"), data.find(b"\n")) if at >= 0]
    cut = min(ends) + 1 if ends else len(data)
    return [data[:cut], data[cut:]]
