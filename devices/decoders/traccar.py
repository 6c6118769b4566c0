"""Traccar: the positions that a server for some two hundred kinds of tracker forwards.

In a rally: whatever trackers the organizer can hire, behind the organizer's own Traccar server. Forwarding of
type `json` or `mqtt` (MQTT 5, QoS 1): ``{"position":{…},"device":{…}}``, one a message.

==================  ============================================================================
field               meaning
==================  ============================================================================
``position``        ``fixTime`` RFC 3339, ``latitude longitude`` degrees, ``speed`` **knots**,
                    ``course`` degrees, ``altitude`` m, ``accuracy`` m (0 unknown), ``valid``,
                    ``outdated``, ``attributes`` with ``batteryLevel`` % and ``alarm``
``device``          ``uniqueId``: the id under which its fixes are known
==================  ============================================================================

A position that is not valid, or outdated, is an old one in a new message: the tracker is there, no more. An
``alarm`` of ``sos`` is an alert besides.

Sources: Traccar, PositionForwarderJson and the classes Position and Device.
"""

from dataclasses import dataclass

import msgspec

from devices.decoders import Decoded, DecoderContext
from devices.decoders.values import KNOT_M_S, check_place, device_id, instant_of, known, percent, road_speed
from timing.core.instant import Instant
from timing.core.readings import Alert, AlertKind, Fix, Heartbeat, Rejected


class _Attributes(msgspec.Struct, frozen=True, kw_only=True):
    batteryLevel: float | None = None
    alarm: str = ""


class _Position(msgspec.Struct, frozen=True, kw_only=True):
    fixTime: str | None = None
    latitude: float
    longitude: float
    valid: bool = True
    outdated: bool = False
    speed: float | None = None
    course: float | None = None
    altitude: float | None = None
    accuracy: float | None = None
    attributes: _Attributes = _Attributes()


class _Device(msgspec.Struct, frozen=True, kw_only=True):
    uniqueId: str = ""


class _Forwarded(msgspec.Struct, frozen=True, kw_only=True):
    position: _Position
    device: _Device = _Device()


_forwarded = msgspec.json.Decoder(_Forwarded)


@dataclass(frozen=True, slots=True)
class TraccarDecoder:
    """Decodes the messages of one server."""

    context: DecoderContext

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the readings of one message."""
        try:
            data.decode()
            return self._decode(_forwarded.decode(data), received_at)
        except (ValueError, RecursionError) as error:
            reason = "encoding" if isinstance(error, UnicodeDecodeError) else "malformed"
            return [Rejected(raw=data, reason=reason, detail=str(error), device=self.context.device)]

    def flush(self, received_at: Instant) -> Decoded:
        """Nothing is ever held back: each message is whole."""
        return []

    def _decode(self, message: _Forwarded, received_at: Instant) -> Decoded:
        position = message.position
        device = device_id(message.device.uniqueId) if message.device.uniqueId else self.context.device
        battery = percent(position.attributes.batteryLevel)
        if not position.valid or position.outdated or position.fixTime is None:
            return [Heartbeat(device=device, at=received_at, battery=battery, link="traccar")]
        at = instant_of(position.fixTime)
        check_place(position.latitude, position.longitude)
        knots = known(position.speed)
        fix = Fix(
            device=device,
            at=at,
            lat=position.latitude,
            lon=position.longitude,
            speed=None if knots is None else road_speed(knots * KNOT_M_S),
            course=known(position.course, 360),
            accuracy=known(position.accuracy) or None,
            altitude=position.altitude,
            battery=battery,
            retained=self.context.retained,
        )
        if position.attributes.alarm != "sos":
            return [fix]
        alert = Alert(device=device, at=at, kind=AlertKind.SOS, lat=fix.lat, lon=fix.lon, text="alarm: sos")
        return [fix, alert]
