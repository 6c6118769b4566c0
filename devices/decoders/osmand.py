"""OsmAnd and Traccar Client: a phone's positions as fields of an address, or as JSON.

In a rally: a crew's phone with either application, posting to the service's own address (HTTP), or any
tracker that can be given a web address. Which phone it is the address says; the ids within are not asked.

=========================  ==================================================================
field of an address        meaning
=========================  ==================================================================
``lat`` ``lon``            degrees WGS 84; or both in one, ``location=LAT,LON``
``timestamp``              s or ms since 1970, RFC 3339, or ``2014-06-04 09:10:11`` UTC; without it,
                           the arrival
``speed``                  **knots**
``bearing``, ``heading``   degrees
``altitude`` ``accuracy``  m
``batt``                   %
``valid``, ``alarm``       ``false`` an old place; ``sos`` is an alert
``cell``, ``wifi``         alone: no place is known, the tracker is there
=========================  ==================================================================

Traccar Client from version 9 posts JSON: ``location`` (or an array of them) with ``timestamp`` RFC 3339 and
``coords``: ``speed`` in **m/s** and ``heading``, -1 unknown; ``battery.level`` 0 to 1. In an array a bad one
costs only itself.

Sources: OsmAnd, "Online tracking"; Traccar, OsmAndProtocolDecoder and its tests.
"""

from dataclasses import dataclass

import msgspec

from devices.decoders import Decoded, DecoderContext
from devices.decoders.query import fields_of
from devices.decoders.values import (
    KNOT_M_S,
    check_place,
    instant_of,
    known,
    percent,
    road_speed,
    unix_instant,
)
from timing.core.instant import Instant
from timing.core.readings import Alert, AlertKind, Fix, Heartbeat, Rejected


class _Coords(msgspec.Struct, frozen=True, kw_only=True):
    latitude: float
    longitude: float
    accuracy: float | None = None
    speed: float | None = None
    heading: float | None = None
    altitude: float | None = None


class _Battery(msgspec.Struct, frozen=True, kw_only=True):
    level: float | None = None


class _Location(msgspec.Struct, frozen=True, kw_only=True):
    timestamp: str
    coords: _Coords
    battery: _Battery = _Battery()


class _Posted(msgspec.Struct, frozen=True, kw_only=True):
    location: msgspec.Raw


_PLACES = frozenset(("lat", "lon", "location"))
_NETWORKS = frozenset(("cell", "wifi"))
_posted = msgspec.json.Decoder(_Posted)
_several = msgspec.json.Decoder(list[msgspec.Raw])
_location = msgspec.json.Decoder(_Location)


@dataclass(frozen=True, slots=True)
class OsmandDecoder:
    """Decodes the requests of one phone."""

    context: DecoderContext

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the readings of one request."""
        if not data.strip():
            return []
        try:
            if data.lstrip().startswith(b"{"):
                return self._json(data)
            return self._query(fields_of(data.strip().removeprefix(b"/")), received_at)
        except (ValueError, RecursionError) as error:
            return [self._rejected(data, error)]

    def flush(self, received_at: Instant) -> Decoded:
        """Nothing is ever held back: each request is whole."""
        return []

    def _json(self, data: bytes) -> Decoded:
        data.decode()
        location = bytes(_posted.decode(data).location)
        if not location.lstrip().startswith(b"["):
            return [self._located(location)]
        decoded: Decoded = []
        for item in _several.decode(location):
            try:
                decoded.append(self._located(bytes(item)))
            except (ValueError, RecursionError) as error:
                decoded.append(self._rejected(bytes(item), error))
        return decoded

    def _located(self, data: bytes) -> Fix:
        location = _location.decode(data)
        coords, level = location.coords, known(location.battery.level, 1)
        check_place(coords.latitude, coords.longitude)
        speed = known(coords.speed)
        return Fix(
            device=self.context.device,
            at=instant_of(location.timestamp),
            lat=coords.latitude,
            lon=coords.longitude,
            speed=None if speed is None else road_speed(speed),
            course=known(coords.heading, 360),
            accuracy=known(coords.accuracy),
            altitude=coords.altitude,
            battery=None if level is None else percent(level * 100),
        )

    def _query(self, fields: dict[str, str], received_at: Instant) -> Decoded:
        battery = percent(_number(fields, "batt"))
        old = fields.get("valid", "true").lower() in ("false", "0")
        # It has nothing but the masts and networks around it.
        nowhere = not fields.keys() & _PLACES and fields.keys() & _NETWORKS
        if old or nowhere:
            return [Heartbeat(device=self.context.device, at=received_at, battery=battery, link="http")]
        lat, lon = _place(fields)
        check_place(lat, lon)
        speed = known(_number(fields, "speed"))
        fix = Fix(
            device=self.context.device,
            at=_instant(fields.get("timestamp", ""), received_at),
            lat=lat,
            lon=lon,
            speed=None if speed is None else road_speed(speed * KNOT_M_S),
            course=known(_number(fields, "bearing", "heading"), 360),
            accuracy=known(_number(fields, "accuracy")),
            altitude=_number(fields, "altitude"),
            battery=battery,
        )
        if fields.get("alarm", "").lower() != "sos":
            return [fix]
        device, text = self.context.device, "alarm: sos"
        return [fix, Alert(device=device, at=fix.at, kind=AlertKind.SOS, lat=lat, lon=lon, text=text)]

    def _rejected(self, data: bytes, error: Exception) -> Rejected:
        reason = "encoding" if isinstance(error, UnicodeDecodeError) else "malformed"
        return Rejected(raw=data, reason=reason, detail=str(error), device=self.context.device)


def _place(fields: dict[str, str]) -> tuple[float, float]:
    lat, lon = _number(fields, "lat"), _number(fields, "lon")
    if lat is None or lon is None:
        one, _, two = fields.get("location", "").partition(",")
        lat, lon = _number({"lat": one}, "lat"), _number({"lon": two}, "lon")
    if lat is None or lon is None:
        raise ValueError("no lat and lon, nor a location")
    return lat, lon


def _number(fields: dict[str, str], *names: str) -> float | None:
    """Return the first of some fields that is filled in.

    Raises:
        ValueError: it is no number.
    """
    text = next((fields[name] for name in names if fields.get(name)), "")
    if not text:
        return None
    value = float(text)
    if not abs(value) < float("inf"):
        raise ValueError(f"{names[0]} = {text!r} is no number")
    return value


def _instant(text: str, received_at: Instant) -> Instant:
    if not text:
        return received_at
    if ":" in text:
        return instant_of(text if text[-1:] in "Zz" or "+" in text or text.count("-") > 2 else f"{text}Z")
    return unix_instant(text)
