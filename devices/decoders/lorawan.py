"""LoRaWAN trackers behind ChirpStack 4 or The Things Stack 3: the uplinks their servers publish.

In a rally: trackers for a year on a battery, where somebody runs a LoRaWAN network. MQTT, one JSON object a
message.

====================  ======================================================================
server                topic; who sent it; what its own decoder made of the bytes; when
====================  ======================================================================
ChirpStack 4          ``application/APP/device/EUI/event/up``; ``deviceInfo.devEui``; ``object``;
                      ``time``
The Things Stack 3    ``v3/APP@TENANT/devices/DEV/up``; ``end_device_ids.device_id``;
                      ``uplink_message.decoded_payload``; ``received_at``
====================  ======================================================================

The names in the decoded part are those of the tracker's own decoder on the server: latitude and longitude are
found as ``latitude``/``lat``/``gpsLatitude`` and ``longitude``/``lon``/``lng``/``gpsLongitude``, there or one
level deeper (``gps_1`` …), with ``altitude``, ``speed`` (km/h), ``battery`` %. A tracker that names its own
time (``time`` or ``timestamp``) is believed; else the server's reception counts, which is seconds late. An
uplink without a place is a heartbeat. The gateway's own place is never the tracker's.

Sources: ChirpStack documentation, "Events"; The Things Stack documentation, "Data formats"; two uplinks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from devices.decoders import Decoded, DecoderContext
from devices.decoders.values import (
    check_place,
    device_id,
    epoch_instant,
    instant_of,
    known,
    percent,
    road_speed,
)
from timing.core.instant import Instant
from timing.core.readings import Fix, Heartbeat, Rejected

_LAT = ("latitude", "lat", "gpslatitude")
_LON = ("longitude", "lon", "lng", "long", "gpslongitude")
_MOST_FIELDS = 200


class _DeviceInfo(msgspec.Struct, frozen=True, kw_only=True):
    devEui: str


class _Ids(msgspec.Struct, frozen=True, kw_only=True):
    device_id: str


class _Decoded(msgspec.Struct, frozen=True, kw_only=True):
    decoded_payload: dict[str, Any] = msgspec.field(default_factory=dict)


class _Uplink(msgspec.Struct, frozen=True, kw_only=True):
    """Either server's uplink: the first three fields are ChirpStack's, the others The Things Stack's."""

    deviceInfo: _DeviceInfo | None = None
    time: str = ""
    object: dict[str, Any] = msgspec.field(default_factory=dict)
    end_device_ids: _Ids | None = None
    received_at: str = ""
    uplink_message: _Decoded = _Decoded()


_uplink = msgspec.json.Decoder(_Uplink)


@dataclass(frozen=True, slots=True)
class LorawanDecoder:
    """Decodes the uplinks of one application."""

    context: DecoderContext

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the reading of one uplink."""
        try:
            data.decode()
            uplink = _uplink.decode(data)
            if uplink.deviceInfo is not None:
                return [self._reading(device_id(uplink.deviceInfo.devEui), uplink.time, uplink.object)]
            if uplink.end_device_ids is not None:
                said = uplink.uplink_message.decoded_payload
                own = device_id(uplink.end_device_ids.device_id)
                return [self._reading(own, uplink.received_at, said)]
            raise ValueError("neither deviceInfo nor end_device_ids, expected an uplink of either server")
        except (ValueError, OverflowError, RecursionError) as error:
            reason = "encoding" if isinstance(error, UnicodeDecodeError) else "malformed"
            return [Rejected(raw=data, reason=reason, detail=str(error), device=self.context.device)]

    def flush(self, received_at: Instant) -> Decoded:
        """Nothing is ever held back: each message is whole."""
        return []

    def _reading(self, device: str, heard: str, said: Mapping[str, Any]) -> Fix | Heartbeat:
        heard_at = instant_of(heard)
        fields = dict(_flat(said))
        lat, lon = _number(fields, *_LAT), _number(fields, *_LON)
        battery = percent(_number(fields, "battery", "batterylevel", "battery_level"))
        if lat is None or lon is None or (lat == 0 and lon == 0):
            return Heartbeat(device=device, at=heard_at, battery=battery, link="lora")
        check_place(lat, lon)
        speed = known(_number(fields, "speed", "speed_kmh"))
        return Fix(
            device=device,
            at=_own_time(fields) or heard_at,
            lat=lat,
            lon=lon,
            speed=None if speed is None else road_speed(speed / 3.6),
            course=known(_number(fields, "heading", "course"), 360),
            accuracy=known(_number(fields, "accuracy", "hacc")),
            altitude=_number(fields, "altitude", "alt"),
            battery=battery,
            retained=self.context.retained,
        )


def _flat(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of the decoded part in small letters; those one level deeper first, they yield."""
    for inner in list(said.values())[:_MOST_FIELDS]:
        if isinstance(inner, dict):
            yield from ((name.lower(), value) for name, value in list(inner.items())[:_MOST_FIELDS])
    yield from ((name.lower(), value) for name, value in said.items() if not isinstance(value, dict))


def _number(fields: Mapping[str, Any], *names: str) -> float | None:
    for name in names:
        value = fields.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    return None


def _own_time(fields: Mapping[str, Any]) -> Instant | None:
    """Return the time that a tracker names, None where it names none."""
    for name in ("time", "timestamp"):
        value = fields.get(name)
        if isinstance(value, str):
            return instant_of(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            seconds = Decimal(str(value))
            return epoch_instant(seconds / 1_000 if seconds > 100_000_000_000 else seconds)
    return None
