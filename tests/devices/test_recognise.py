from pathlib import Path

import pytest

from devices.catalogue import DECODERS
from devices.recognise import recognise
from timing.core.instant import parse_instant

NOW = parse_instant("2026-06-06T15:00:00Z")
CAPTURES = Path(__file__).parent / "captures"
WIRED = [name for name, kind in DECODERS.items() if kind.stream and (CAPTURES / f"{name}.bin").is_file()]


@pytest.mark.parametrize("decoder", WIRED)
def test_what_a_device_really_sent_is_recognised(decoder: str) -> None:
    found = recognise((CAPTURES / f"{decoder}.bin").read_bytes(), NOW)
    assert found
    assert found[0].decoder == decoder


def test_a_first_line_whose_beginning_was_not_heard_is_no_fault() -> None:
    capture = (CAPTURES / "alge_timy.bin").read_bytes()
    best = recognise(capture[9:], NOW)[0]
    assert (best.decoder, best.bad) == ("alge_timy", 0)


def test_half_of_it_damaged_is_the_limit() -> None:
    good, bad = b" 0012 C1  10:07:20.2731 00\r", b" 0012 C1  10:07:2\xff\xf0.27 00\r"
    found = recognise(b"\r" + good * 5 + bad * 4, NOW)
    assert [(one.decoder, one.good, one.bad) for one in found if one.decoder == "alge_timy"] == [
        ("alge_timy", 5, 4)
    ]
    assert "alge_timy" not in [one.decoder for one in recognise(b"\r" + good * 4 + bad * 5, NOW)]


@pytest.mark.parametrize(
    "data", [b"", b"\r\n\r\n", b"hello, world\r\n" * 5, bytes(range(256)) * 4, b"\xff" * 3000]
)
def test_what_is_nothing_of_ours_is_not_recognised(data: bytes) -> None:
    assert recognise(data, NOW) == []
