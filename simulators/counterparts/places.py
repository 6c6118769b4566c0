"""Phones and receivers that tell where a car is, each in its own units.

Written from the OwnTracks booklet, OsmAnd's and Traccar Client's requests, GPSLogger's marks, and NMEA 0183.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from simulators.counterparts.truth import Place
from timing.core.instant import SECOND, Instant

_KNOT_M_S = 1852 / 3600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _when(at: Instant) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def owntracks(place: Place, battery: int = 80) -> bytes:
    """Write a location message: km/h, whole seconds, -1 for what is not known."""
    return json.dumps(
        {
            "_type": "location", "tid": "c1", "t": "u", "conn": "m",
            "lat": round(place.lat, 7), "lon": round(place.lon, 7),
            "tst": place.at // SECOND, "acc": round(place.accuracy), "alt": round(place.altitude),
            "vel": round(place.speed * 3.6), "cog": round(place.course) % 360 if place.speed else -1,
            "batt": battery,
        }
    ).encode()  # fmt: skip


def osmand(place: Place, device: str = "1") -> str:
    """Write the query of an OsmAnd or Traccar Client up to version 8: knots, milliseconds."""
    return urlencode(
        {
            "id": device, "lat": f"{place.lat:.7f}", "lon": f"{place.lon:.7f}",
            "timestamp": place.at // 1_000,
            "speed": f"{place.speed / _KNOT_M_S:.4f}", "bearing": f"{place.course:.1f}",
            "altitude": f"{place.altitude:.1f}", "accuracy": place.accuracy, "batt": 77,
        }
    )  # fmt: skip


def traccar_client(place: Place, device: str = "1") -> bytes:
    """Write the body that Traccar Client posts from version 9 on: m/s."""
    return json.dumps(
        {
            "location": {
                "timestamp": _when(place.at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "coords": {
                    "latitude": place.lat, "longitude": place.lon, "accuracy": place.accuracy,
                    "speed": place.speed, "heading": place.course, "altitude": place.altitude,
                },
                "is_moving": True, "odometer": 0, "event": "motionchange",
                "battery": {"level": 0.77, "is_charging": False}, "activity": {"type": "in_vehicle"},
            },
            "device_id": device,
        }
    ).encode()  # fmt: skip


def gpslogger(place: Place) -> str:
    """Write a query of GPSLogger with the marks filled in: m/s."""
    return urlencode(
        {
            "lat": f"{place.lat:.7f}", "lon": f"{place.lon:.7f}",
            "time": _when(place.at).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "spd": f"{place.speed:.3f}", "dir": f"{place.course:.1f}", "acc": place.accuracy,
            "alt": f"{place.altitude:.1f}", "batt": 77,
        }
    )  # fmt: skip


def nmea(place: Place) -> Iterator[bytes]:
    """Yield what a receiver says of one moment: RMC in knots, VTG, GGA with the height."""
    when = _when(place.at)
    clock = f"{when:%H%M%S}.{when.microsecond // 10_000:02d}"
    lat, lon = _angle(place.lat, 2, "NS"), _angle(place.lon, 3, "EW")
    knots = place.speed / _KNOT_M_S
    good = place.satellites > 3
    course = f"{place.course:.2f}" if knots > 0.5 else ""
    mode, quality = ("A", 1) if good else ("N", 0)
    yield sentence(
        f"GNRMC,{clock},{'A' if good else 'V'},{lat},{lon},{knots:.3f},{course},{when:%d%m%y},,,{mode},V"
    )
    yield sentence(f"GNVTG,{course},T,,M,{knots:.3f},N,{place.speed * 3.6:.3f},K,{mode}")
    height = f"{place.altitude:.1f},M,-32.1,M"
    yield sentence(f"GNGGA,{clock},{lat},{lon},{quality},{place.satellites:02d},0.8,{height},,")


def _angle(degrees: float, width: int, sides: str) -> str:
    # Whole 1/100000 of a minute, so that no 60.00000 is printed.
    units = round(abs(degrees) * 60 * 100_000)
    whole, minutes = divmod(units, 60 * 100_000)
    return f"{whole:0{width}d}{minutes / 100_000:08.5f},{sides[degrees < 0]}"


def sentence(text: str) -> bytes:
    """Write a sentence with its checksum and its ends."""
    total = 0
    for sign in text.encode("ascii"):
        total ^= sign
    return f"${text}*{total:02X}\r\n".encode("ascii")
