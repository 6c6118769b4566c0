import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.sportident import SportidentDecoder, checksum
from timing.core.instant import parse_instant
from timing.core.readings import Rejected, Stamp

ARRIVAL = parse_instant("2026-09-20T13:32:20Z")


def packet(body: bytes) -> bytes:
    return b"\x02" + body + checksum(body).to_bytes(2, "big") + b"\x03"


def punch(card: bytes = b"\x00\x0d\xeb\xd9", half: int = 1, seconds: int = 5_534, part: int = 0) -> bytes:
    return packet(
        b"\xd3\x0d\x00\x1f"
        + card
        + bytes([half])
        + seconds.to_bytes(2, "big")
        + bytes([part])
        + b"\x00\x00\x08"
    )


def decode(*packets: bytes, cars: dict[str, str] | None = None) -> Decoded:
    context = DecoderContext(device="pc-3", cars=cars or {})
    return SportidentDecoder(context).feed(b"".join(packets), ARRIVAL)


def stamp(data: bytes, cars: dict[str, str] | None = None) -> Stamp:
    [item] = decode(data, cars=cars)
    assert isinstance(item, Stamp)
    return item


def test_a_punch_becomes_a_stamp_of_its_station() -> None:
    read = stamp(punch(part=128), cars={"912345": "12"})
    assert read.at == parse_instant("2026-09-20T13:32:14.5Z")
    assert (read.channel, read.car, read.resolution) == ("31", "12", 3_906)


def test_a_card_that_is_in_no_row_of_the_entry_list_names_no_car() -> None:
    assert (stamp(punch()).car, stamp(punch()).note) == (None, "card 912345")


@pytest.mark.parametrize(
    ("number", "card"),
    [
        (b"\x00\x04\x66\x3d", "426173"),
        (b"\x00\x01\x66\x3d", "26173"),
        (b"\x00\x1f\x15\x8e", "2037134"),
        (b"\x00\x6c\x81\xb6", "7111094"),
    ],
)
def test_old_cards_have_a_series(number: bytes, card: str) -> None:
    assert stamp(punch(number)).note == f"card {card}"


def test_the_morning_and_the_afternoon_are_told_apart() -> None:
    assert stamp(punch(half=0, seconds=36_000)).at == parse_instant("2026-09-20T10:00:00Z")


def test_more_than_half_a_day_is_refused() -> None:
    [bad] = decode(punch(seconds=43_200))
    assert isinstance(bad, Rejected)
    assert bad.reason == "range"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("d30d001f000debd905159e00000000", 0x7693),
        ("d30d001a001f158e3d350dba000c78", 0xAE25),
        ("e506000b0004663d", 0x8389),
    ],
)
def test_the_checksum_of_captured_packets_is_theirs(body: str, wanted: int) -> None:
    assert checksum(bytes.fromhex(body)) == wanted


def test_wake_bytes_and_cards_put_in_say_nothing() -> None:
    decoded = decode(b"\xff\x00\xff", punch(), packet(bytes.fromhex("e506000b0004663d")), b"\xff\r\n")
    assert [type(item) for item in decoded] == [Stamp]


def test_a_wrong_checksum_costs_one_packet() -> None:
    bad = bytearray(punch())
    bad[9] ^= 1
    refused, good = decode(bytes(bad), punch())
    assert isinstance(refused, Rejected)
    assert refused.reason == "checksum"
    assert isinstance(good, Stamp)


def test_a_command_that_stations_do_not_send_holds_nothing_up() -> None:
    refused, good = decode(b"\x02\xd3\xff", punch())
    assert isinstance(refused, Rejected)
    assert isinstance(good, Stamp)
