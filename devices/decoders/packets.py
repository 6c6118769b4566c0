"""Cut a stream into binary packets, whatever the pieces, and find the way back after damage."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

#: Damage is given in pieces of this size at the most, and nothing is held longer than the longest packet.
MOST_DAMAGE = 512


@dataclass(frozen=True, slots=True)
class Packet:
    """One whole packet whose checksum is right."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes between packets that are none: `reason` and `detail` of the first that seemed to be one."""

    data: bytes
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Why no packet begins at a place."""

    reason: str
    detail: str


#: Looks at a place of the buffer: the length of the whole packet that begins there, why none does, or None
#: for "more bytes are needed", of which it must not need more than the longest packet has.
Take: TypeAlias = Callable[[bytearray, int], int | Fault | None]

NO_PACKET = Fault("no_frame", "")


@dataclass(slots=True)
class PacketFramer:
    """Collects bytes and gives whole packets, and what lies between them.

    `take` knows the protocol. `quiet` are signs that mean nothing between packets: wake bytes, line ends that
    a gateway puts behind a packet. A packet with a wrong checksum is looked through for the next one.
    """

    take: Take
    quiet: bytes = b"\r\n"
    _held: bytearray = field(default_factory=bytearray)
    _damage: bytearray = field(default_factory=bytearray)
    _fault: Fault | None = None

    def feed(self, data: bytes) -> list[Packet | Damage]:
        """Return the packets that `data` completes."""
        self._held += data
        return self._cut(ended=False)

    def flush(self) -> list[Packet | Damage]:
        """Return what the unfinished packet holds, when the link has ended."""
        return [*self._cut(ended=True), *self._give_damage()]

    def _cut(self, *, ended: bool) -> list[Packet | Damage]:
        found: list[Packet | Damage] = []
        at = 0
        while at < len(self._held):
            taken = self.take(self._held, at)
            if taken is None and not ended:
                break
            if isinstance(taken, int):
                found += self._give_damage()
                found.append(Packet(bytes(self._held[at : at + taken])))
                at += taken
                continue
            cut = taken if taken is not None else Fault("no_frame", "the end of a packet is missing")
            if self._fault is None and cut is not NO_PACKET:
                self._fault = cut
            self._damage.append(self._held[at])
            at += 1
            if len(self._damage) >= MOST_DAMAGE:
                found += self._give_damage()
        del self._held[:at]
        return found

    def _give_damage(self) -> list[Packet | Damage]:
        damage, fault = bytes(self._damage), self._fault
        self._damage.clear()
        self._fault = None
        if not damage.strip(self.quiet):
            return []
        if fault is None:
            fault = Fault("no_frame", f"{len(damage)} bytes that are no packet")
        return [Damage(damage, fault.reason, fault.detail)]
