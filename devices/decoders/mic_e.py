"""Mic-E: the position that APRS radios pack into nine signs and the packet's destination. Pure.

========================  ==================================================================================
where                     what
========================  ==================================================================================
destination, 6 signs      the digits of ``DDMM.mm`` of the latitude: ``0-9``, ``A-J`` and ``P-Y``; ``K L Z``
                          a blank that makes it coarse on purpose. From the fourth on, ``P`` to ``Z`` mean
                          north, 100 degrees more of longitude, and west
text 1-3                  longitude: degrees, minutes and hundredths, each 28 more
text 4-6                  speed in **knots** and course, each sign 28 more: tens of knots; knots and hundreds
                          of degrees; degrees
text 7, 8                 symbol
three signs and ``}``     behind: altitude, base 91, in m above 10000 m below the sea
========================  ==================================================================================

Source: APRS Protocol Reference 1.0.1, chapter 10.
"""

import re
from typing import NamedTuple

from devices.decoders.values import KNOT_M_S, check_place, road_speed

_DESTINATION = re.compile(rb"[0-9A-LP-Z]{3}[0-9LP-Z]{3}")
_TEXT = re.compile(
    rb"[`'\x1c\x1d](?P<place>[&-\x7f][&-a][\x1c-\x7f])(?P<motion>[\x1c-\x7f]{3})[!-~][/\\0-9A-Z]", re.DOTALL
)
_ALTITUDE = re.compile(rb"([!-{]{3})\}")
_BELOW_M = 10_000
_MINUTE_M = 1_852.0


class Told(NamedTuple):
    """A place (degrees), m/s, degrees from north, m; what a radio did not know is None."""

    lat: float
    lon: float
    speed: float | None
    course: float | None
    altitude: float | None
    accuracy: float | None


def mic_e(destination: bytes, text: bytes) -> Told:
    """Return what a packet says of its sender's place.

    Raises:
        ValueError: no such packet, or no place on earth.
    """
    found = _TEXT.match(text)
    if found is None or not _DESTINATION.fullmatch(destination):
        raise ValueError("no Mic-E place: six signs of a destination and nine of a text")
    digits, blanks = _digits(destination)
    minutes = int(digits[2:]) / 100
    if minutes >= 60:
        raise ValueError(f"{minutes} minutes of latitude")
    lat = int(digits[:2]) + minutes / 60
    lon = _longitude(found["place"], offset=_high(destination[4]))
    lat, lon = lat if _high(destination[3]) else -lat, -lon if _high(destination[5]) else lon
    check_place(lat, lon)
    speed, course = _motion(found["motion"])
    altitude = _ALTITUDE.search(text, found.end(), found.end() + 6)
    return Told(
        lat,
        lon,
        speed,
        course,
        float(base91(altitude[1]) - _BELOW_M) if altitude else None,
        coarse_m(blanks),
    )


def _digits(destination: bytes) -> tuple[str, int]:
    """Return the digits of the latitude, what is hidden in its middle, and how many digits are."""
    digits, hidden = "", 0
    for sign in destination.decode("ascii"):
        if sign in "KLZ":
            digits += "5" if not hidden else "0"
            hidden += 1
        elif hidden:
            raise ValueError("a digit behind a blank")
        else:
            digits += sign if sign.isdecimal() else str(ord(sign) - ord("A" if sign < "K" else "P"))
    if hidden > 2:
        raise ValueError("a latitude to whole degrees or less")
    return digits, hidden


def _high(sign: int) -> bool:
    return sign >= ord("P")


def _longitude(place: bytes, *, offset: bool) -> float:
    degrees = place[0] - 28 + 100 * offset
    if 180 <= degrees <= 189:
        degrees -= 80
    elif 190 <= degrees <= 199:
        degrees -= 190
    minutes, hundredths = (place[1] - 28) % 60, place[2] - 28
    if degrees >= 180 or hundredths > 99:
        raise ValueError(f"{degrees} degrees and {hundredths} hundredths of longitude")
    return degrees + (minutes + hundredths / 100) / 60


def _motion(motion: bytes) -> tuple[float | None, float | None]:
    tens, mixed, rest = (sign - 28 for sign in motion)
    knots, course = (10 * tens + mixed // 10) % 800, 100 * (mixed % 10) + rest
    course -= 400 * (course >= 400)
    if course > 360:
        raise ValueError(f"a course of {course} degrees")
    # A course of 0 means that none is known; north is 360.
    return road_speed(knots * KNOT_M_S), float(course) or None


def coarse_m(blanks: int) -> float | None:
    """Return how exact (m) a place is whose minutes hide so many of their digits; None for none."""
    return _MINUTE_M * 10.0 ** (blanks - 2) if blanks else None


def base91(signs: bytes) -> int:
    """Return the number that printable signs write to the base 91, the highest first."""
    value = 0
    for sign in signs:
        value = value * 91 + sign - 33
    return value
