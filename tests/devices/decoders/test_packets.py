import pytest

from devices.decoders.packets import MOST_DAMAGE, NO_PACKET, Damage, Fault, Packet, PacketFramer


def take(held: bytearray, at: int) -> int | Fault | None:
    """Packets `(` length, data, `)`."""
    if held[at] != ord("("):
        return NO_PACKET
    if len(held) < at + 2:
        return None
    end = at + 2 + held[at + 1]
    if held[at + 1] > 9:
        return Fault("length", "longer than nine")
    if len(held) <= end:
        return None
    return end + 1 - at if held[end] == ord(")") else Fault("end", "no ) at its end")


def test_whole_packets_are_given_and_what_lies_between() -> None:
    framer = PacketFramer(take)
    assert framer.feed(b"(\x02ab)xx(\x00)") == [
        Packet(b"(\x02ab)"),
        Damage(b"xx", "no_frame", "2 bytes that are no packet"),
        Packet(b"(\x00)"),
    ]


def test_a_packet_inside_a_damaged_one_is_found() -> None:
    assert PacketFramer(take).feed(b"(\x04(\x01a)*(\x00)") == [
        Damage(b"(\x04", "end", "no ) at its end"),
        Packet(b"(\x01a)"),
        Damage(b"*", "no_frame", "1 bytes that are no packet"),
        Packet(b"(\x00)"),
    ]


def test_line_ends_between_packets_are_no_damage() -> None:
    assert PacketFramer(take).feed(b"(\x00)\r\n(\x00)\r") == [Packet(b"(\x00)"), Packet(b"(\x00)")]


def test_a_packet_that_is_not_finished_is_looked_through_at_the_end() -> None:
    framer = PacketFramer(take)
    assert framer.feed(b"(\x09(\x01a)") == []
    assert framer.flush() == [
        Damage(b"(\x09", "no_frame", "the end of a packet is missing"),
        Packet(b"(\x01a)"),
    ]
    assert framer.flush() == []


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_damage_without_end_is_given_in_pieces_and_not_hoarded(size: int) -> None:
    framer = PacketFramer(take)
    found = [item for _ in range(5_000 // size) for item in framer.feed(b"x" * size)]
    assert {len(item.data) for item in found} == {MOST_DAMAGE}
    assert sum(len(item.data) for item in [*found, *framer.flush()]) == 5_000 // size * size
