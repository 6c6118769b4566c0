import json
from typing import Any

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.meshtastic import MeshtasticDecoder
from simulators.counterparts.meshtastic import battery_message, encrypted_message, place_message
from simulators.counterparts.truth import Place
from timing.core.instant import SECOND
from timing.core.readings import Fix, Heartbeat, Rejected, reading_key

WHEN = 1_782_655_471


def message(payload: dict[str, Any], **changes: Any) -> bytes:
    whole = {"from": 1201545706, "sender": "!0fd8badc", "timestamp": WHEN + 3, "type": "position"}
    return json.dumps(whole | {"payload": payload} | changes).encode()


PLACE = {"latitude_i": 589257621, "longitude_i": 248633915, "time": WHEN, "ground_speed": 36}


def decode(data: bytes) -> Decoded:
    return MeshtasticDecoder(DecoderContext(device="gateway")).feed(data, 0)


def fix(**changes: Any) -> Fix:
    [item] = decode(message(PLACE | changes))
    assert isinstance(item, Fix)
    return item


def test_a_position_becomes_a_fix_of_the_node_that_was_there() -> None:
    read = fix(altitude=95)
    assert (read.device, read.at) == ("!479e21ea", WHEN * SECOND)
    assert (read.lat, read.lon, read.altitude) == (58.9257621, 24.8633915, 95)
    assert read.speed == pytest.approx(10.0)


def test_two_gateways_give_one_reading() -> None:
    one, other = decode(message(PLACE)), decode(message(PLACE, sender="!aaaaaaaa", timestamp=WHEN + 40))
    assert isinstance(one[0], Fix)
    assert isinstance(other[0], Fix)
    assert reading_key(one[0]) == reading_key(other[0])


@pytest.mark.parametrize(("track", "course"), [(18_212_000, 182.12), (18_212, None), (None, None)])
def test_a_course_that_may_be_either_unit_is_not_believed(track: int | None, course: float | None) -> None:
    assert fix(ground_track=track).course == course


def test_a_place_made_coarse_for_the_public_says_how_coarse() -> None:
    assert fix(precision_bits=32).accuracy is None
    assert fix(precision_bits=16).accuracy == pytest.approx(364.8, abs=0.1)


def test_a_battery_is_a_sign_of_life() -> None:
    [beat] = decode(message({"battery_level": 101}, type="telemetry"))
    assert beat == Heartbeat(device="!479e21ea", at=(WHEN + 3) * SECOND, battery=100, link="lora")


@pytest.mark.parametrize(
    "data",
    [
        message({"latitude_i": 0, "longitude_i": 0}),
        message({"text": "hello"}, type="text"),
        message({"temperature": 34.5}, type="telemetry"),
    ],
)
def test_what_holds_no_place_says_nothing(data: bytes) -> None:
    assert decode(data) == []


@pytest.mark.parametrize(
    "data",
    [
        message({"latitude_i": 1, "longitude_i": 1}),
        message(PLACE | {"latitude_i": 2_000_000_000}),
        message(PLACE | {"ground_speed": 9_999}),
        message(PLACE, **{"from": -1}),
        message(PLACE)[:50],
        b"[]",
        b"\xff",
    ],
)
def test_what_cannot_be_is_refused_with_its_bytes(data: bytes) -> None:
    [bad] = decode(data)
    assert isinstance(bad, Rejected)
    assert bad.raw == data


NODE = 0x479E21EA
SOUTH = Place(at=WHEN * SECOND, lat=-33.9257621, lon=-58.8633915, speed=20.0, course=182.12, altitude=-4.0)


def test_a_message_that_is_not_json_says_the_same() -> None:
    [read] = decode(place_message(NODE, 17, SOUTH))
    assert isinstance(read, Fix)
    assert (read.device, read.at, read.altitude, read.accuracy) == ("!479e21ea", WHEN * SECOND, -4, None)
    assert (read.lat, read.lon) == pytest.approx((SOUTH.lat, SOUTH.lon), abs=1e-9)
    assert (read.speed, read.course) == pytest.approx((20.0, 182.12))
    [other] = decode(place_message(NODE, 17, SOUTH, gateway="!aaaaaaaa"))
    assert not isinstance(other, Rejected)
    assert reading_key(read) == reading_key(other)


def test_a_battery_is_a_heartbeat() -> None:
    [read] = decode(battery_message(NODE, 18, WHEN, 88))
    assert read == Heartbeat(device="!479e21ea", at=WHEN * SECOND, battery=88, link="lora")


def test_an_encrypted_packet_is_told_with_what_to_do() -> None:
    [bad] = decode(encrypted_message(NODE, 19, WHEN))
    assert isinstance(bad, Rejected)
    assert (bad.reason, bad.device) == ("encrypted", "!479e21ea")
    assert "encryption off" in bad.detail


def test_a_message_cut_anywhere_is_refused_or_says_the_same() -> None:
    whole = place_message(NODE, 17, SOUTH)
    expected = decode(whole)
    for cut in range(1, len(whole)):
        for item in decode(whole[:cut]):
            assert isinstance(item, Rejected) or item in expected


def test_json_behind_an_empty_line_is_json() -> None:
    assert decode(b"\n" + message(PLACE)) == decode(message(PLACE))
