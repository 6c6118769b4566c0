import json
from typing import Any

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.traccar import TraccarDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Alert, AlertKind, Fix, Heartbeat, Rejected

NOW = parse_instant("2026-09-24T15:10:45Z")


def message(**changes: Any) -> bytes:
    position = {
        "deviceTime": "2026-09-24T08:10:00.000+00:00",
        "fixTime": "2026-09-24T08:10:00.250+00:00",
        "valid": True,
        "outdated": False,
        "latitude": 36.8165,
        "longitude": 10.1915,
        "speed": 20.0,
        "course": 90.0,
        "altitude": 12.0,
        "accuracy": 0.0,
        "attributes": {"batteryLevel": 66, "odometer": 5.0012345e7},
    }
    return json.dumps({"position": position | changes, "device": {"id": 1, "uniqueId": "8650"}}).encode()


def decode(data: bytes) -> Decoded:
    return TraccarDecoder(DecoderContext(device="server")).feed(data, NOW)


def test_a_position_becomes_a_fix_of_its_device_with_knots_made_metres() -> None:
    [fix] = decode(message())
    assert isinstance(fix, Fix)
    assert (fix.device, fix.at) == ("8650", parse_instant("2026-09-24T08:10:00.250Z"))
    assert fix.speed == pytest.approx(10.2889, abs=1e-3)
    assert (fix.course, fix.altitude, fix.accuracy, fix.battery) == (90.0, 12.0, None, 66)


def test_the_zone_of_an_older_server_is_read() -> None:
    [fix] = decode(message(fixTime="2026-09-24T08:10:00.250+0000", accuracy=24.04))
    assert isinstance(fix, Fix)
    assert (fix.at, fix.accuracy) == (parse_instant("2026-09-24T08:10:00.250Z"), 24.04)


@pytest.mark.parametrize("change", [{"valid": False}, {"outdated": True}, {"fixTime": None}])
def test_an_old_place_in_a_new_message_is_a_sign_of_life_only(change: dict[str, Any]) -> None:
    assert decode(message(**change)) == [Heartbeat(device="8650", at=NOW, battery=66, link="traccar")]


def test_a_call_for_help_is_an_alert_with_its_place() -> None:
    fix, alert = decode(message(attributes={"alarm": "sos"}))
    assert isinstance(fix, Fix)
    assert isinstance(alert, Alert)
    assert (alert.kind, alert.device, alert.lat) == (AlertKind.SOS, "8650", 36.8165)


def test_a_server_that_sends_positions_alone_is_the_device_of_the_register() -> None:
    [fix] = decode(json.dumps({"position": json.loads(message())["position"]}).encode())
    assert isinstance(fix, Fix)
    assert fix.device == "server"


@pytest.mark.parametrize(
    "data",
    [
        message(latitude=91),
        message(speed=1e9),
        message(fixTime="yesterday"),
        message().replace(b'"8650"', b'"a/b"'),
        message()[:60],
        b"\xff",
        b"{}",
    ],
)
def test_what_cannot_be_is_refused_with_its_bytes(data: bytes) -> None:
    [bad] = decode(data)
    assert isinstance(bad, Rejected)
    assert bad.raw == data
