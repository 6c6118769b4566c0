"""OwnTracks: the position messages of a crew's phone.

In a rally: the free application on a phone in the car, by MQTT under ``owntracks/USER/DEVICE`` or by HTTP;
one JSON object a message.

==============  =============================================================================
``_type``       what becomes of it
==============  =============================================================================
location        a fix: ``lat lon`` degrees, ``tst`` time of the fix in s, ``acc`` m, ``alt`` m,
                ``vel`` **km/h**, ``cog`` degrees, ``batt`` %; -1 means unknown
lwt             the broker says that the phone is gone: a heartbeat that is not online
others          waypoints, transitions, cards, commands, steps, status …: known, not ours
==============  =============================================================================

``tst`` may come as a JSON text. A phone sends its queue when it has a network again: ``tst`` is the time that
counts, never the arrival. Broker and phone keep the last location (retained): old news at a new start.

Source: the OwnTracks booklet, "JSON".
"""

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from devices.decoders import Decoded, DecoderContext
from devices.decoders.values import check_place, epoch_instant, known, percent
from timing.core.instant import Instant
from timing.core.readings import Fix, Heartbeat, Rejected

#: Types of message that hold nothing for us. Anything else is counted as unknown, so that it shows.
OTHER_TYPES = frozenset(
    {
        "beacon",
        "card",
        "cmd",
        "configuration",
        "dump",
        "encrypted",
        "request",
        "status",
        "steps",
        "transition",
        "waypoint",
        "waypoints",
    }
)


class _Typed(msgspec.Struct, frozen=True, kw_only=True):
    type: str = msgspec.field(name="_type")


class _Location(msgspec.Struct, frozen=True, kw_only=True):
    lat: float
    lon: float
    tst: Decimal
    acc: float | None = None
    alt: float | None = None
    vel: float | None = None
    cog: float | None = None
    batt: float | None = None


_typed = msgspec.json.Decoder(_Typed)
_location = msgspec.json.Decoder(_Location)


@dataclass(frozen=True, slots=True)
class OwntracksDecoder:
    """Decodes the messages of one phone."""

    context: DecoderContext

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the reading of one message, if it holds one."""
        if not data.strip():
            return []  # the application posts an empty body now and then
        try:
            return self._decode(data, received_at)
        except (ValueError, RecursionError) as error:
            reason = "encoding" if isinstance(error, UnicodeDecodeError) else "malformed"
            return [self._rejected(data, reason, str(error))]

    def flush(self, received_at: Instant) -> Decoded:
        """Nothing is ever held back: each message is whole."""
        return []

    def _decode(self, data: bytes, received_at: Instant) -> Decoded:
        data.decode()  # the fields we skip may not be text either; a later reader would stumble over them
        kind = _typed.decode(data).type
        match kind:
            case "location":
                return [self._fix(_location.decode(data))]
            case "lwt":
                # Its `tst` is when the phone had connected; it is gone since now.
                return [Heartbeat(device=self.context.device, at=received_at, link="mqtt", online=False)]
            case _ if kind in OTHER_TYPES:
                return []
            case _:
                return [self._rejected(data, "unknown_type", f"_type {kind[:40]!r}, expected location")]

    def _fix(self, message: _Location) -> Fix:
        check_place(message.lat, message.lon)
        speed = known(message.vel)
        return Fix(
            device=self.context.device,
            at=epoch_instant(message.tst),
            lat=message.lat,
            lon=message.lon,
            speed=None if speed is None else speed / 3.6,
            course=known(message.cog, 360),
            accuracy=known(message.acc),
            altitude=message.alt,
            battery=percent(message.batt),
            retained=self.context.retained,
        )

    def _rejected(self, data: bytes, reason: str, detail: str) -> Rejected:
        return Rejected(raw=data, reason=reason, detail=detail, device=self.context.device)
