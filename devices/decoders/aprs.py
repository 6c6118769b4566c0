r"""APRS: the positions of amateur radio operators, as the APRS-IS network passes them on.

In a rally: volunteers' and sweep cars' radios, where American rallies are helped by radio clubs. TCP port
14580 (a login line and a filter are sent first), CR LF: ``SOURCE>DESTINATION,PATH:text``; comments
begin with ``#``.

=======================  ====================================================================
text                     what becomes of it
=======================  ====================================================================
``!`` ``=``              a place without a time: its arrival is the time
``/`` ``@``              a place behind ``DDHHMMz`` or ``HHMMSSh`` (UTC); other times are not known
``DDMM.mmN/DDDMM.mmW>``  place, symbol between and behind; then ``CSE/SPD`` degrees and **knots**,
                         ``/A=`` **feet**, ``!W..!`` a third decimal of the minutes
compressed               base 91: place, course and speed in 13 signs
Mic-E                    place, course, speed and altitude in the destination and nine signs
``$GPRMC`` …             a receiver's own sentence, with its checksum and its own time
others                   messages, objects, weather …: known, nothing for us
=======================  ====================================================================

Radios repeat one another, late at times: the same text of a sender within 30 s is passed over. Blanks for
digits make a place coarse on purpose. The sender with its SSID (``OH7FDN-9``) is the tracker's id. Nothing
guards a packet once it is on the network.

Sources: APRS Protocol Reference 1.0.1 with 1.2 (DAO); packets from the tests of perl-aprs-fap.
"""

import re
from dataclasses import dataclass, field, replace

from devices.dating import date_time_of_day
from devices.decoders import Decoded
from devices.decoders.lines import BadLine, LineDecoder, no_frame, without_noise
from devices.decoders.mic_e import base91, coarse_m, mic_e
from devices.decoders.nmea import NmeaDecoder
from devices.decoders.values import KNOT_M_S, check_place, clock_of, device_id, known, road_speed
from timing.core.instant import DAY, SECOND, Duration, Instant
from timing.core.readings import Fix, Rejected

_PACKET = re.compile(
    rb"(?P<source>[A-Z0-9]{1,9}(?:-[A-Z0-9]{1,2})?)>(?P<to>[A-Za-z0-9]{1,9})[A-Za-z0-9,*-]{0,200}:(?P<text>.+)"
)
_PLAIN = re.compile(
    rb"(?P<lat>\d\d[0-5 ][\d ]\.[\d ]{2})(?P<ns>[NS])[/\\0-9A-Z]"
    rb"(?P<lon>[01]\d\d[0-5 ][\d ]\.[\d ]{2})(?P<ew>[EW])[!-~](?P<more>.*)",
    re.DOTALL,
)
_COMPRESSED = re.compile(
    rb"[/\\A-Za-j](?P<lat>[!-|]{4})(?P<lon>[!-|]{4})[!-~](?P<cs>[ -{][!-|])(?P<kind>[!-|])", re.DOTALL
)
_MOVING = re.compile(rb"(\d{3})/(\d{3})")
_FEET = re.compile(rb"/A=(-?\d{5,6})")
_DAO = re.compile(rb"!W(.)(.)!", re.DOTALL)
_THIRD = b"0123456789 "
_CLOCK = re.compile(rb"(\d\d)(\d\d)(\d\d)([zh])")
#: Kinds of text that hold no place we read.
_OTHER = b":;)<>?T_{}%&,*#\\([]^|~+-."
_MIC_E = b"`'"
_REPEATED: Duration = 30 * SECOND
_MOST_SOURCES = 2_000
_MOST_TEXTS = 20
_FOOT_M = 0.3048


@dataclass(slots=True)
class AprsDecoder(LineDecoder):
    """Decodes the packets of one connection to the network."""

    _heard: dict[str, dict[bytes, Instant]] = field(default_factory=dict, kw_only=True)
    """The last texts of each source, and when they came first."""

    def read(self, line: bytes, received_at: Instant) -> Decoded:
        """Return the fix of one packet."""
        clean = without_noise(line)
        if not clean.strip() or clean.startswith(b"#"):
            return []
        packet = _PACKET.fullmatch(clean)
        if packet is None:
            raise no_frame(line, "SOURCE>DESTINATION,PATH:text")
        if clean[:1] != line[:1]:
            raise BadLine("noise", "noise before a sender, of which the first sign may be gone")
        source, text = device_id(packet["source"].decode()), packet["text"]
        kind = text[:1]
        if kind in _OTHER or self._again(source, text, received_at):
            return []
        if kind in b"!=":
            return [self._fix(source, text[1:], received_at)]
        if kind in b"/@":
            when = _CLOCK.match(text, 1)
            return [] if when is None else [self._fix(source, text[8:], _instant(when, received_at))]
        if kind in _MIC_E:
            return [_packed(source, packet["to"], text, received_at)]
        if kind == b"$" and text[3:6] == b"RMC":
            return self._sentence(source, text, received_at)
        return []

    def _sentence(self, source: str, text: bytes, received_at: Instant) -> Decoded:
        """Return the fix of a receiver's sentence that a radio passes on as it is."""
        receiver = NmeaDecoder(replace(self.context, device=source))
        found = receiver.feed(text.rstrip() + b"\r\n", received_at) + receiver.flush(received_at)
        bad = next((item for item in found if isinstance(item, Rejected)), None)
        if bad is not None:
            raise BadLine(bad.reason, bad.detail)
        return found

    def _again(self, source: str, text: bytes, received_at: Instant) -> bool:
        """Whether a packet is a repetition on its way through the network."""
        texts = self._heard.pop(source, {})
        self._heard[source] = texts
        if len(self._heard) > _MOST_SOURCES:
            del self._heard[next(iter(self._heard))]
        first = texts.get(text)
        if first is not None and received_at - first < _REPEATED:
            return True
        texts.pop(text, None)
        texts[text] = received_at
        if len(texts) > _MOST_TEXTS:
            del texts[next(iter(texts))]
        return False

    def _fix(self, source: str, text: bytes, at: Instant) -> Fix:
        plain = _PLAIN.match(text)
        if plain is not None:
            return self._plain(source, plain, at)
        packed = _COMPRESSED.match(text)
        if packed is None:
            raise ValueError("no place such as 6253.52N/02739.47E>, nor a compressed one")
        lat, lon = 90 - base91(packed["lat"]) / 380_926, -180 + base91(packed["lon"]) / 190_463
        check_place(lat, lon)
        course, speed = _packed_motion(packed["cs"], packed["kind"])
        return self._made(source, at, lat, lon, course, speed, None, text)

    def _plain(self, source: str, found: re.Match[bytes], at: Instant) -> Fix:
        more = found["more"]
        dao = _DAO.search(more)
        if dao is not None and (dao[1] not in _THIRD or dao[2] not in _THIRD):
            raise ValueError("a third decimal that is no digit")
        lat = _angle(found["lat"], 2, dao[1] if dao else b" ") * (-1 if found["ns"] == b"S" else 1)
        lon = _angle(found["lon"], 3, dao[2] if dao else b" ") * (-1 if found["ew"] == b"W" else 1)
        check_place(lat, lon)
        coarse = coarse_m(found["lat"].count(b" "))
        moving = _MOVING.match(more)
        # A course of 000 means that none is known; north is 360.
        course = known(float(moving[1]), 360) or None if moving else None
        speed = road_speed(int(moving[2]) * KNOT_M_S) if moving else None
        return self._made(source, at, lat, lon, course, speed, coarse, more)

    def _made(
        self,
        source: str,
        at: Instant,
        lat: float,
        lon: float,
        course: float | None,
        speed: float | None,
        accuracy: float | None,
        text: bytes,
    ) -> Fix:
        feet = _FEET.search(text)
        return Fix(
            device=source,
            at=at,
            lat=lat,
            lon=lon,
            speed=speed,
            course=course,
            accuracy=accuracy,
            altitude=int(feet[1]) * _FOOT_M if feet else None,
        )


def _packed(source: str, destination: bytes, text: bytes, at: Instant) -> Fix:
    told = mic_e(destination, text)
    return Fix(
        device=source,
        at=at,
        lat=told.lat,
        lon=told.lon,
        speed=told.speed,
        course=told.course,
        accuracy=told.accuracy,
        altitude=told.altitude,
    )


def _instant(when: re.Match[bytes], received_at: Instant) -> Instant:
    """Return the UTC instant of DDHHMMz or HHMMSSh, the nearest to the arrival."""
    one, two, three = int(when[1]), int(when[2]), int(when[3])
    if when[4] == b"h":
        return date_time_of_day(clock_of(one, two, three)[0], received_at, 0)
    at = date_time_of_day(clock_of(two, three, 0)[0], received_at, 0)
    if not 1 <= one <= 31:
        raise ValueError(f"{one} is no day of a month")
    # The day of the month tells what is older than half a day.
    return next((at - back * DAY for back in range(3) if _day_of_month(at - back * DAY) == one), at)


def _day_of_month(at: Instant) -> int:
    """Return the day of the month of an instant, by the civil calendar from days since 1970."""
    days = at // DAY + 719_468
    of_era = days % 146_097
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    return of_year - (153 * ((5 * of_year + 2) // 153) + 2) // 5 + 1


def _angle(text: bytes, degrees: int, third: bytes) -> float:
    """Return degrees of DDMM.mm, its blanks in the middle of what they hide, and a third decimal if known."""
    hidden = text.find(b" ")
    digits = text if hidden < 0 else text[:hidden] + b"5" + text[hidden + 1 :].replace(b" ", b"0")
    minutes = digits[degrees:] + (third if hidden < 0 and third != b" " else b"")
    value = float(minutes)
    if value >= 60:
        raise ValueError(f"{text.decode('ascii')} has {value} minutes")
    return int(digits[:degrees]) + value / 60


def _packed_motion(motion: bytes, kind: bytes) -> tuple[float | None, float | None]:
    """Return course and speed of a compressed packet; where it tells altitude or range instead, neither."""
    course, speed = motion[0] - 33, motion[1] - 33
    if motion[:1] == b" " or not 0 <= course <= 89 or (kind[0] - 33) >> 3 & 3 == 2:
        return None, None
    return course * 4.0, road_speed((1.08**speed - 1) * KNOT_M_S)
