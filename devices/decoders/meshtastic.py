"""Meshtastic: the messages that a node with a network connection passes on for its mesh.

In a rally: small radios in cars and at posts where no telephone network is, in the desert or the mountains.
MQTT: ``msh/REGION/2/json/CHANNEL/!GATEWAY`` with one JSON object a message by firmware before 2.8, which left
JSON out; ``msh/REGION/2/e/CHANNEL/!GATEWAY`` with a Protocol Buffers message by any. There the packet must
not be encrypted: switch encryption off in the MQTT settings of the gateway's node. Either is known by its
first byte.

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

==================  ==========================================================================
Protocol Buffers    fields
==================  ==========================================================================
envelope            1 packet
packet              1 from, 4 decoded, 5 encrypted, 7 received (s since 1970)
decoded             1 port: 3 a position, 67 telemetry; 2 payload
position            1, 2 latitude and longitude × 10⁷, 3 altitude, 4 time, 7 timestamp, 15 speed, 16 course,
                    23 precision
telemetry           1 time, 2 of the device: 1 battery %
==================  ==========================================================================

Sources: Meshtastic firmware, MeshPacketSerializer; Meshtastic protobufs, mesh.proto, mqtt.proto and
telemetry.proto; JSON messages captured in 2026. The Protocol Buffers form is tried with packets of our own.
"""

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from devices.decoders import Decoded, DecoderContext
from devices.decoders.protobuf import Fields, fields_of, signed
from devices.decoders.values import check_place, epoch_instant, known, percent, road_speed
from timing.core.instant import Instant
from timing.core.readings import Fix, Heartbeat, Rejected

_DEGREE_M = 111_320.0
_WHOLE = 32
_MOST_NODE = 2**32 - 1
#: A course in degrees × 100 is below this; a larger one is × 10⁵.
_HUNDREDTHS = 36_000
#: Field 1 of an envelope, a message within: no JSON begins so.
_ENVELOPE = b"\x0a"
_POSITION, _TELEMETRY = 3, 67


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
            if data[:1] == _ENVELOPE and not (data.lstrip()[:1] == b"{" and data.rstrip()[-1:] == b"}"):
                return self._packet(data)
            data.decode()
            head = _typed.decode(data)
            if not 0 < head.node <= _MOST_NODE:
                raise ValueError(f"from {head.node}, expected the number of a node")
            match head.type:
                case "position":
                    return self._position(head.node, _message.decode(data).payload)
                case "telemetry":
                    message = _message.decode(data)
                    return self._telemetry(head.node, message.payload.battery_level, message.timestamp)
                case _:
                    return []
        except (ValueError, RecursionError) as error:
            reason = "encoding" if isinstance(error, UnicodeDecodeError) else "malformed"
            return [Rejected(raw=data, reason=reason, detail=str(error), device=self.context.device)]

    def flush(self, received_at: Instant) -> Decoded:
        """Nothing is ever held back: each message is whole."""
        return []

    def _packet(self, data: bytes) -> Decoded:
        """Return the reading of a message that is not JSON."""
        packet = _within(fields_of(data), 1, "packet")
        node, received = _number(packet, 1), _number(packet, 7)
        if node is None or not 0 < node <= _MOST_NODE:
            raise ValueError(f"from {node}, expected the number of a node")
        if 4 not in packet:
            if 5 in packet:
                detail = "an encrypted packet: switch encryption off in the MQTT settings of its gateway"
                return [Rejected(raw=data, reason="encrypted", detail=detail, device=_id(node))]
            raise ValueError("a packet that holds nothing")
        decoded = _within(packet, 4, "decoded")
        port = _number(decoded, 1)
        if port == _POSITION:
            told = _within(decoded, 2, "position")
            return self._position(node, _payload_of(told))
        if port == _TELEMETRY:
            told = _within(decoded, 2, "telemetry")
            own = _within(told, 2, "device") if 2 in told else {}
            battery = _number(own, 1)
            return self._telemetry(node, battery, _number(told, 1) or received)
        return []

    def _position(self, node: int, place: _Payload) -> Decoded:
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
                device=_id(node),
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

    def _telemetry(self, node: int, battery: float | None, when: int | None) -> Decoded:
        if battery is None or not when:
            return []
        # 101 means that it hangs on a charger.
        at = epoch_instant(Decimal(when))
        return [Heartbeat(device=_id(node), at=at, battery=percent(min(battery, 100.0)), link="lora")]


def _within(fields: Fields, number: int, name: str) -> Fields:
    inner = fields.get(number)
    if not isinstance(inner, bytes):
        raise ValueError(f"a message without its {name}")
    return fields_of(inner)


def _number(fields: Fields, number: int) -> int | None:
    value = fields.get(number)
    return value if isinstance(value, int) else None


def _payload_of(fields: Fields) -> _Payload:
    lat, lon, altitude = (_number(fields, number) for number in (1, 2, 3))
    return _Payload(
        latitude_i=None if lat is None else signed(lat, 32),
        longitude_i=None if lon is None else signed(lon, 32),
        altitude=None if altitude is None else float(signed(altitude, 32)),
        time=_number(fields, 4),
        timestamp=_number(fields, 7),
        ground_speed=_number(fields, 15),
        ground_track=_number(fields, 16),
        precision_bits=_number(fields, 23),
    )


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
