from dataclasses import dataclass

from devices.decoders import Decoded, DecoderContext
from devices.decoders.binary import PacketDecoder
from devices.decoders.packets import NO_PACKET, Fault, PacketFramer
from timing.core.instant import Instant
from timing.core.readings import Heartbeat, Rejected


def _take(held: bytearray, at: int) -> int | Fault | None:
    return 1 if chr(held[at]).isdecimal() else NO_PACKET


@dataclass(slots=True)
class Digits(PacketDecoder):
    def make_framer(self) -> PacketFramer:
        return PacketFramer(_take)

    def read(self, packet: bytes, received_at: Instant) -> Decoded:
        if packet == b"0":
            raise ValueError("nought")
        return [Heartbeat(device=self.context.device, at=int(packet))]


def test_a_bad_packet_costs_only_itself() -> None:
    one, nought, damage, two = Digits(DecoderContext(device="d")).feed(b"10xx2", 0)
    assert one == Heartbeat(device="d", at=1)
    assert nought == Rejected(raw=b"0", reason="range", detail="nought", device="d")
    assert isinstance(damage, Rejected)
    assert (damage.reason, damage.raw) == ("no_frame", b"xx")
    assert two == Heartbeat(device="d", at=2)


def test_what_is_left_at_the_end_is_told() -> None:
    decoder = Digits(DecoderContext(device="d"))
    assert decoder.feed(b"x", 0) == []
    [left] = decoder.flush(0)
    assert isinstance(left, Rejected)


def test_each_decoder_has_its_own_framer() -> None:
    first, second = Digits(DecoderContext(device="a")), Digits(DecoderContext(device="b"))
    first.feed(b"x", 0)
    assert second.flush(0) == []
