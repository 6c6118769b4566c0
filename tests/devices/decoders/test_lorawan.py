import json
from pathlib import Path
from typing import Any

import pytest

from devices.decoders import Decoded, DecoderContext
from devices.decoders.lorawan import LorawanDecoder
from timing.core.instant import parse_instant
from timing.core.readings import Fix, Heartbeat, Reading, Rejected

HEARD = "2026-09-20T10:00:05.775023242+00:00"


def chirpstack(said: dict[str, Any] | None, eui: str = "0101010101010112") -> bytes:
    whole: dict[str, Any] = {
        "time": HEARD,
        "deviceInfo": {"devEui": eui, "deviceName": "Sweep"},
        "rxInfo": [{"location": {"latitude": 1.0, "longitude": 2.0}}],
    }
    return json.dumps(whole if said is None else whole | {"object": said}).encode()


def things(said: dict[str, Any]) -> bytes:
    whole = {
        "end_device_ids": {"device_id": "sweep-2"},
        "received_at": HEARD,
        "uplink_message": {"decoded_payload": said},
    }
    return json.dumps(whole).encode()


def decode(data: bytes) -> Decoded:
    return LorawanDecoder(DecoderContext(device="network")).feed(data, 0)


def reading(data: bytes) -> Reading:
    [item] = decode(data)
    assert not isinstance(item, Rejected)
    return item


def test_chirpstacks_uplink_becomes_a_fix_of_the_tracker() -> None:
    fix = reading(
        chirpstack({"latitude": 33.7, "longitude": -116.4, "altitude": 70, "speed": 36, "battery": 88})
    )
    assert isinstance(fix, Fix)
    assert (fix.device, fix.at) == ("0101010101010112", parse_instant("2026-09-20T10:00:05.775023Z"))
    assert (fix.lat, fix.lon, fix.altitude, fix.battery) == (33.7, -116.4, 70.0, 88)
    assert fix.speed == pytest.approx(10.0)


def test_the_things_stacks_uplink_becomes_a_fix_of_the_tracker() -> None:
    fix = reading(things({"lat": 33.7, "lng": -116.4, "battery": 4078}))
    assert isinstance(fix, Fix)
    assert (fix.device, fix.lat, fix.battery) == ("sweep-2", 33.7, None)


def test_a_place_one_level_deeper_and_a_time_of_the_trackers_own_are_found() -> None:
    fix = reading(chirpstack({"gps_1": {"latitude": 33.7, "longitude": -116.4}, "timestamp": 1789898400}))
    assert isinstance(fix, Fix)
    assert fix.at == parse_instant("2026-09-20T10:00:00Z")


@pytest.mark.parametrize(
    "said", [None, {}, {"battery": 7}, {"latitude": 33.7}, {"latitude": 0, "longitude": 0}]
)
def test_an_uplink_without_a_place_is_a_sign_of_life_and_never_the_gateways_place(
    said: dict[str, Any] | None,
) -> None:
    beat = reading(chirpstack(said))
    assert isinstance(beat, Heartbeat)
    assert beat.device == "0101010101010112"


@pytest.mark.parametrize(
    "data",
    [
        chirpstack({"latitude": 91, "longitude": 0}),
        chirpstack({"latitude": 10**400, "longitude": 1}),
        chirpstack({}, eui="a b"),
        chirpstack({"latitude": 1, "longitude": 1, "time": "noon"}),
        chirpstack({}).replace(HEARD.encode(), b"noon"),
        b'{"deviceInfo":1}',
        b"{}",
        b"\xff",
    ],
)
def test_what_cannot_be_is_refused_with_its_bytes(data: bytes) -> None:
    [bad] = decode(data)
    assert isinstance(bad, Rejected)
    assert bad.raw == data


def test_uplinks_of_real_servers_are_read(samples: Path) -> None:
    said_nothing = reading((samples / "lorawan" / "chirpstack_v4_up.json").read_bytes())
    assert isinstance(said_nothing, Heartbeat)
    fix = reading((samples / "lorawan" / "tts_v3_adeunis_2021.json").read_bytes())
    assert isinstance(fix, Fix)
    assert fix.device == "dev-adeunis"
    assert fix.lat == pytest.approx(50.8894333)
    assert fix.lon == pytest.approx(4.7408333)
