"""Meshtastic: the JSON messages that a node with a network connection passes on for its mesh.

In a rally: small radios in cars and at posts where no telephone network is, in the desert or the mountains.
MQTT, ``msh/REGION/2/json/CHANNEL/!GATEWAY``, by firmware before 2.8; one object a message.

==============  ============================================================================
``type``        what becomes of it
==============  ============================================================================
position        a fix: ``latitude_i longitude_i`` degrees × 10⁷, ``time`` (else ``timestamp``) s since 1970,
                ``ground_speed`` **km/h**, ``ground_track``, ``altitude`` m, ``precision_bits``
telemetry       ``battery_level`` %: a heartbeat
others          texts, neighbours, nodes …: known, nothing for us
==============  ============================================================================

``from`` is the node that was there, and gives the tracker's id, such as ``!479e21ea``; the topic names only
the gateway that heard it. Several gateways give the same reading. Radios send degrees × 10⁵ as the course,
though their documents say × 100; what can be either is not believed. A place that is made coarse for the
public (fewer than 32 bits) has an accuracy to match.

Sources: Meshtastic firmware, MeshPacketSerializer; messages captured in 2026.
"""

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from devices.decoders import Decoded, DecoderContext
from devices.decoders.values import check_place, epoch_instant, known, percent, road_speed
from timing.core.instant import Instant
from timing.core.readings import Fix, Heartbeat, Rejected

_DEGREE_M = 111_320.0
_WHOLE = 32
_MOST_NODE = 2**32 - 1
#: A course in degrees × 100 is below this; a larger one is × 10⁵.
_HUNDREDTHS = 36_000


class _Payload(msgspec.Struct, frozen=True, kw_only=True):
    latitude_i: int | None = None
    longitude_i: int | None = None
    time: int | None = None
    timestamp: int | None = None
    ground_speed: float | None = None
    ground_track: float | None = None
    altitude: float | None = None
    precision_bits: int | None = None
    battery_level: float | None = None


class _Typed(msgspec.Struct, frozen=True, kw_only=True):
    node: int = msgspec.field(name="from")
    type: str
    timestamp: int | None = None


class _Message(_Typed, frozen=True, kw_only=True):
    payload: _Payload


_typed = msgspec.json.Decoder(_Typed)
_message = msgspec.json.Decoder(_Message)


@dataclass(frozen=True, slots=True)
class MeshtasticDecoder:
    """Decodes the messages of the nodes behind one gateway."""

    context: DecoderContext

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the reading of one message, if it holds one."""
        try:
            data.decode()
            head = _typed.decode(data)
            if not 0 < head.node <= _MOST_NODE:
                raise ValueError(f"from {head.node}, expected the number of a node")
            match head.type:
                case "position":
                    return self._position(_message.decode(data))
                case "telemetry":
                    return self._telemetry(_message.decode(data))
                case _:
                    return []
        except (ValueError, RecursionError) as error:
            reason = "encoding" if isinstance(error, UnicodeDecodeError) else "malformed"
            return [Rejected(raw=data, reason=reason, detail=str(error), device=self.context.device)]

    def flush(self, received_at: Instant) -> Decoded:
        """Nothing is ever held back: each message is whole."""
        return []

    def _position(self, message: _Message) -> Decoded:
        place = message.payload
        if not place.latitude_i and not place.longitude_i:
            return []  # no satellites yet
        when = place.time or place.timestamp
        if place.latitude_i is None or place.longitude_i is None or not when:
            raise ValueError("a position without latitude_i, longitude_i or time")
        lat, lon = place.latitude_i / 1e7, place.longitude_i / 1e7
        check_place(lat, lon)
        speed = known(place.ground_speed)
        return [
            Fix(
                device=_id(message.node),
                at=epoch_instant(Decimal(when)),
                lat=lat,
                lon=lon,
                speed=None if speed is None else road_speed(speed / 3.6),
                course=_course(place.ground_track),
                accuracy=_accuracy(place.precision_bits),
                altitude=place.altitude,
                retained=self.context.retained,
            )
        ]

    def _telemetry(self, message: _Message) -> Decoded:
        battery = message.payload.battery_level
        if battery is None or not message.timestamp:
            return []
        # 101 means that it hangs on a charger.
        at = epoch_instant(Decimal(message.timestamp))
        return [Heartbeat(device=_id(message.node), at=at, battery=percent(min(battery, 100.0)), link="lora")]


def _id(node: int) -> str:
    return f"!{node:08x}"


def _course(track: float | None) -> float | None:
    return None if track is None or track <= _HUNDREDTHS else known(track / 1e5, 360)


def _accuracy(bits: int | None) -> float | None:
    """Return in m how coarse a place was made: half the side of the square it stands for."""
    if bits is None or not 0 < bits < _WHOLE:
        return None
    side: float = 2 ** (_WHOLE - bits) / 1e7 * _DEGREE_M
    return side / 2
