import pytest

from devices.decoders.protobuf import fields_of, signed


def test_numbers_texts_and_fixed_ones_by_their_field() -> None:
    data = bytes.fromhex("08960112036162631d78563412210100000000000000")
    assert fields_of(data) == {1: 150, 2: b"abc", 3: 0x12345678, 4: 1}


def test_of_a_field_that_comes_twice_the_last_counts() -> None:
    assert fields_of(b"\x08\x01\x08\x02") == {1: 2}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x08",
        b"\x08\xff",
        b"\x12\x05ab",
        b"\x1d\x00",
        b"\x00\x01",
        b"\x0b\x01",
        b"\x08" + b"\xff" * 11,
        b"\x08\x01" * 300,
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        fields_of(data)


def test_a_sign_is_put_back() -> None:
    assert signed(2**32 - 5, 32) == -5
    assert signed(2**64 - 30, 32) == -30
    assert signed(7, 32) == 7
