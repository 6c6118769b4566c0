import json
from pathlib import Path
from typing import Any

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.osmand import OsmandDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Alert, AlertKind, Fix, Heartbeat, Rejected

NOW = parse_instant("2026-09-20T10:00:05Z")
AT = parse_instant("2026-09-20T10:00:00Z")


def decode(data: bytes) -> Decoded:
    return OsmandDecoder(DecoderContext(device="T17")).feed(data, NOW)


def fix(data: bytes) -> Fix:
    [item] = decode(data)
    assert isinstance(item, Fix), item
    return item


def location(**changes: Any) -> dict[str, Any]:
    coords = {
        "latitude": 45.4642,
        "longitude": 9.19,
        "accuracy": 3.8,
        "speed": 18.67,
        "heading": -1,
        "altitude": 35.7,
    }
    whole = {"timestamp": "2026-09-20T10:00:00.250Z", "coords": coords, "battery": {"level": 0.79}}
    return whole | changes


def posted(body: Any) -> bytes:
    return json.dumps({"location": body, "device_id": "8737767034"}).encode()


def test_the_fields_of_an_address_become_a_fix_with_knots_made_metres() -> None:
    read = fix(
        b"/?id=7&timestamp=1789898400&lat=45.4642&lon=9.19&speed=20&bearing=271&altitude=120&accuracy=4&batt=88.5"
    )
    assert (read.device, read.at, read.lat, read.lon) == ("T17", AT, 45.4642, 9.19)
    assert read.speed == pytest.approx(10.2889, abs=1e-3)
    assert (read.course, read.altitude, read.accuracy, read.battery) == (271.0, 120.0, 4.0, 88)


@pytest.mark.parametrize(
    "text",
    [
        "1789898400",
        "1789898400000",
        "2026-09-20T10%3A00%3A00Z",
        "2026-09-20+10%3A00%3A00",
        "2026-09-20T12:00:00%2B02:00",
    ],
)
def test_a_time_comes_in_several_forms(text: str) -> None:
    assert fix(f"lat=45.4&lon=9.1&timestamp={text}".encode()).at == AT


def test_a_place_may_be_one_field() -> None:
    assert fix(b"location=45.4,9.1&timestamp=1789898400").lon == 9.1


def test_an_old_place_is_a_sign_of_life_only() -> None:
    assert decode(b"lat=45.4&lon=9.1&timestamp=1789898400&valid=false&batt=50") == [
        Heartbeat(device="T17", at=NOW, battery=50, link="http")
    ]


def test_a_call_for_help_is_an_alert_with_its_place() -> None:
    _, alert = decode(b"lat=45.4&lon=9.1&timestamp=1789898400&alarm=sos")
    assert isinstance(alert, Alert)
    assert (alert.kind, alert.at, alert.lat) == (AlertKind.SOS, AT, 45.4)


def test_traccar_client_9_posts_metres_a_second() -> None:
    read = fix(posted(location()))
    assert (read.at, read.speed, read.course, read.battery) == (AT + 250_000, 18.67, None, 79)


def test_in_an_array_a_bad_one_costs_only_itself() -> None:
    bad = location(timestamp="noon")
    assert [type(item) for item in decode(posted([location(), bad, location()]))] == [Fix, Rejected, Fix]


@pytest.mark.parametrize(
    "data",
    [
        b"timestamp=1789898400",
        b"lat=91&lon=9.1&timestamp=1789898400",
        b"lat=nan&lon=9.1&timestamp=1789898400",
        b"lat=45.4&lon=9.1&timestamp=NaN",
        b"lat=45.4&lon=9.1&timestamp=1e9999",
        b"lat=45.4&lon=9.1&timestamp=17E3808793",
        b"lat=45.4&lon=9.1&timestamp=1789898400&speed=99999",
        b"location=45.4&timestamp=1789898400",
        b"%zz=1",
        posted(location(coords=1)),
        posted(location())[:80],
        b"\xff=\xff",
    ],
)
def test_what_cannot_be_is_refused_with_its_bytes(data: bytes) -> None:
    [bad] = decode(data)
    assert isinstance(bad, Rejected)
    assert bad.raw == data


def test_without_a_time_of_its_own_a_place_has_its_arrival() -> None:
    """As Traccar's server takes it: small trackers send what they see now."""
    assert fix(b"lat=45.4&lon=9.1&deviceid=7").at == NOW


def test_a_tracker_that_sees_only_masts_and_networks_is_there() -> None:
    [read] = decode(b"/?id=7&timestamp=1789898400&cell=257,02,16,2224&wifi=00-14-22-01-23-45,-80&batt=50")
    assert read == Heartbeat(device="T17", at=NOW, battery=50, link="http")


def test_all_requests_of_real_phones_are_read(samples: Path) -> None:
    lines = [
        line
        for name in ("client9_osmand_json.jsonl", "osmand_query.txt")
        for line in (samples / "traccar" / name).read_bytes().splitlines()
    ]
    decoded = [item for line in lines for item in decode(line)]
    assert len(decoded) == len(lines) == 15
    assert not [item.detail for item in decoded if isinstance(item, Rejected)]
    assert sum(isinstance(item, Heartbeat) for item in decoded) == 1
