"""What decoders of binary packets have in common: whole packets, and a bad one that costs only itself."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from devices.decoders import Decoded, DecoderContext
from devices.decoders.packets import Damage, Packet, PacketFramer
from timing.core.instant import Instant
from timing.core.readings import Rejected


@dataclass(slots=True)
class PacketDecoder(ABC):
    """Decodes the packets of one device; a protocol says how to cut them and, in `read`, what one holds."""

    context: DecoderContext
    framer: PacketFramer = field(init=False)

    def __post_init__(self) -> None:
        """Make the framer of the protocol."""
        self.framer = self.make_framer()

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return what the packets that `data` completes hold, and what was none."""
        return self._packets(self.framer.feed(data), received_at)

    def flush(self, received_at: Instant) -> Decoded:
        """Return what the unfinished packet holds, when the link has ended."""
        return self._packets(self.framer.flush(), received_at)

    @abstractmethod
    def make_framer(self) -> PacketFramer:
        """Return a framer that cuts this protocol's packets."""

    @abstractmethod
    def read(self, packet: bytes, received_at: Instant) -> Decoded:
        """Return the readings of one packet whose checksum is right.

        Raises:
            ValueError: a value out of range.
        """

    def _packets(self, found: list[Packet | Damage], received_at: Instant) -> Decoded:
        decoded: Decoded = []
        for one in found:
            if isinstance(one, Damage):
                decoded += self.damaged(one)
                continue
            try:
                decoded += self.read(one.data, received_at)
            except ValueError as bad:
                decoded.append(self.rejected(one.data, "range", str(bad)))
        return decoded

    def damaged(self, damage: Damage) -> Decoded:
        """Return what is to be told of bytes between packets."""
        return [self.rejected(damage.data, damage.reason, damage.detail)]

    def rejected(self, raw: bytes, reason: str, detail: str) -> Rejected:
        """Return these bytes as refused."""
        return Rejected(raw=raw, reason=reason, detail=detail, device=self.context.device)
