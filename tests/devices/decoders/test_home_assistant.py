import pytest

from devices.decoders import DecoderContext
from devices.decoders.home_assistant import HomeAssistantDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Fix, Rejected

NOW = parse_instant("2026-09-20T10:00:00Z")


def decode(payload: bytes, *, retained: bool = False) -> list[object]:
    return [*HomeAssistantDecoder(DecoderContext(device="sweep", retained=retained)).feed(payload, NOW)]


def test_a_place_has_its_arrival_as_its_time() -> None:
    payload = b'{"latitude":33.74,"longitude":-116.41,"gps_accuracy":12,"battery_level":77.5,"source":"gps"}'
    assert decode(payload) == [Fix(device="sweep", at=NOW, lat=33.74, lon=-116.41, accuracy=12, battery=77)]


def test_what_the_broker_kept_has_no_time_at_all_and_is_passed_over() -> None:
    assert decode(b'{"latitude":33.74,"longitude":-116.41}', retained=True) == []


@pytest.mark.parametrize("payload", [b'{"state":"home"}', b'{"latitude":33.74}', b'{"longitude":33.74}'])
def test_a_message_without_a_place_says_nothing(payload: bytes) -> None:
    assert decode(payload) == []


@pytest.mark.parametrize(
    "payload", [b'{"latitude":91,"longitude":0}', b'{"latitude":"x","longitude":0}', b"[]", b"\xff"]
)
def test_what_is_no_place_is_refused(payload: bytes) -> None:
    [item] = decode(payload)
    assert isinstance(item, Rejected)
