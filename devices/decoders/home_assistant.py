"""Home Assistant's device tracker by MQTT: a place in JSON, without a time.

In a rally: a volunteer's phone or home-made tracker that already feeds a Home Assistant (`mqtt` device
tracker, attributes topic). One JSON object a message, on a topic of the sender's choice, which the register
names.

==================  ==============================================================================
field               meaning
==================  ==============================================================================
``latitude``        degrees WGS 84; a message without it or ``longitude`` is known and says nothing
``longitude``       the same
``gps_accuracy``    m
``battery_level``   %
others              known, nothing for us
==================  ==============================================================================

No field tells a time, so that the arrival is the time, as late as the network makes it: good for a sweep car,
not for a crossing. For the same reason what a broker kept from earlier is passed over: nobody knows when it
was.

Source: Home Assistant documentation, "MQTT device tracker".
"""

from dataclasses import dataclass

import msgspec

from devices.decoders import Decoded, DecoderContext
from devices.decoders.values import check_place, known, percent
from timing.core.instant import Instant
from timing.core.readings import Fix, Rejected


class _Attributes(msgspec.Struct, frozen=True, kw_only=True):
    latitude: float | None = None
    longitude: float | None = None
    gps_accuracy: float | None = None
    battery_level: float | None = None


_attributes = msgspec.json.Decoder(_Attributes)


@dataclass(frozen=True, slots=True)
class HomeAssistantDecoder:
    """Decodes the messages of one tracker."""

    context: DecoderContext

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the fix of one message, if it holds a place."""
        try:
            data.decode()
            place = _attributes.decode(data)
            if place.latitude is None or place.longitude is None or self.context.retained:
                return []
            check_place(place.latitude, place.longitude)
        except (ValueError, RecursionError) as error:
            reason = "encoding" if isinstance(error, UnicodeDecodeError) else "malformed"
            return [Rejected(raw=data, reason=reason, detail=str(error), device=self.context.device)]
        return [
            Fix(
                device=self.context.device,
                at=received_at,
                lat=place.latitude,
                lon=place.longitude,
                accuracy=known(place.gps_accuracy),
                battery=percent(place.battery_level),
            )
        ]

    def flush(self, received_at: Instant) -> Decoded:
        """Nothing is ever held back: each message is whole."""
        return []
