"""GPSLogger for Android, "log to custom URL": a position in the fields of an address or a form.

In a rally: a free application that does nothing but log, on a phone in the car. Its user writes the address,
and the application fills in the marks; ours are these, in any order and with the usual other names:

================================  ==================  ===========================================
field                             mark                meaning
================================  ==================  ===========================================
``lat``, ``lon``                  ``%LAT %LON``       degrees WGS 84
``time`` or ``timestamp``         ``%TIME``           RFC 3339, or epoch seconds (``%TIMESTAMP``)
``spd``, ``s``, ``speed``         ``%SPD``            **m/s**, as Android gives it
``dir``, ``bearing``              ``%DIR``            degrees
``acc``, ``accuracy``             ``%ACC``            m
``alt``, ``altitude``             ``%ALT``            m
``batt``, ``battery``             ``%BATT``           %
================================  ==================  ===========================================

A mark that was left as it is, or an empty field, is unknown. Sources: GPSLogger, CustomUrlLogger; Android,
Location.getSpeed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from devices.decoders import Decoded, DecoderContext
from devices.decoders.query import fields_of
from devices.decoders.values import check_place, instant_of, known, percent, unix_instant
from timing.core.instant import Instant
from timing.core.readings import Fix, Rejected

_LAT, _LON = ("lat", "latitude"), ("lon", "lng", "longitude")
_TIME = ("time", "timestamp")
_SPEED, _COURSE = ("spd", "s", "speed"), ("dir", "direction", "bearing", "heading")
_ACCURACY, _ALTITUDE = ("acc", "accuracy"), ("alt", "altitude")
_BATTERY = ("batt", "battery")


@dataclass(frozen=True, slots=True)
class GpsloggerDecoder:
    """Decodes the requests of one phone."""

    context: DecoderContext

    def feed(self, data: bytes, received_at: Instant) -> Decoded:
        """Return the fix of one request."""
        if not data.strip():
            return []
        try:
            return [self._fix(fields_of(data))]
        except ValueError as error:
            reason = "encoding" if isinstance(error, UnicodeDecodeError) else "malformed"
            return [Rejected(raw=data, reason=reason, detail=str(error), device=self.context.device)]

    def flush(self, received_at: Instant) -> Decoded:
        """Nothing is ever held back: each request is whole."""
        return []

    def _fix(self, fields: Mapping[str, str]) -> Fix:
        lat, lon = _number(fields, _LAT), _number(fields, _LON)
        if lat is None or lon is None:
            raise ValueError("no lat or no lon")
        check_place(lat, lon)
        return Fix(
            device=self.context.device,
            at=_instant(_given(fields, _TIME)),
            lat=lat,
            lon=lon,
            speed=known(_number(fields, _SPEED)),
            course=known(_number(fields, _COURSE), 360),
            accuracy=known(_number(fields, _ACCURACY)),
            altitude=_number(fields, _ALTITUDE),
            battery=percent(_number(fields, _BATTERY)),
        )


def _given(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Return the first of some fields that was filled in, empty for none."""
    found = (fields.get(name, "") for name in names)
    return next((value for value in found if value and not value.startswith("%")), "")


def _number(fields: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    text = _given(fields, names)
    if not text:
        return None
    value = float(text)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{names[0]} = {text!r} is no number")
    return value


def _instant(text: str) -> Instant:
    """Read a time as RFC 3339, epoch seconds or epoch milliseconds."""
    if "T" in text or ":" in text:
        return instant_of(text)
    return unix_instant(text)
