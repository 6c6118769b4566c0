r"""Queclink GL and GV: the text reports of small trackers (@Track protocol).

In a rally: hired trackers with a battery of their own, put into the cars for the days. They connect to us by
TCP (``link = "listen:5004"``), and send what they could not send as ``+BUFF`` later. Once the journal holds
a report it is answered with ``+SACK:COUNT$``, without which a tracker set to wait for it sends it again;
``listen:5004?sack=0`` answers none. ASCII, a report ends with ``$``.

``+RESP:GTFRI,VERSION,IMEI,NAME,…,HDOP,SPEED,COURSE,ALTITUDE,LON,LAT,YYYYMMDDHHMMSS,…,SENT,COUNT$``

==========  =========================================================================
field       meaning
==========  =========================================================================
head        ``+RESP`` at once, ``+BUFF`` later, ``+ACK`` an answer; ``GT`` and three letters
            say which report: in all of them a place has the same seven fields
``IMEI``    the id under which its fixes are known: 15 digits, the last of which is checked but for one of
            the entry list, or the 14 signs of an MEID
``SPEED``   **km/h**
``LON``     before ``LAT``; degrees with six decimals
time        of the place, UTC
==========  =========================================================================

A report may hold several places. ``GTSOS`` is an alert besides. One without a place says nothing: its clock
may not be set. Nothing guards the digits.

Source: reports from the tests of Traccar; the order of the fields as they show it.
"""

import datetime as dt
import re
from dataclasses import dataclass

from devices.decoders import Decoded
from devices.decoders.binary import PacketDecoder
from devices.decoders.packets import NO_PACKET, Fault, PacketFramer
from devices.decoders.values import check_place, clock_of, is_imei, road_speed
from timing.core.instant import Instant, day_start
from timing.core.readings import Alert, AlertKind, Fix

_BEGIN, _END = 0x2B, 0x24
_MOST = 1_400
_REPORT = re.compile(
    r"\+(?:RESP|BUFF|ACK):GT(?P<kind>[A-Z]{3}),[0-9A-F]{6,10},(?P<id>\d{15}|A[0-9A-F]{13}),[ -#%-~]*\$"
)
_PLACE = re.compile(
    r",(?:\d{1,2}(?:\.\d)?)?,(?P<speed>\d{1,3}(?:\.\d)?)?,(?P<course>\d{1,3})?,(?P<altitude>-?\d{1,5}(?:\.\d)?)?,"
    r"(?P<lon>-?\d{1,3}\.\d{6}),(?P<lat>-?\d{1,2}\.\d{6}),(?P<date>\d{8})(?P<time>\d{6})(?=,)"
)


@dataclass(slots=True)
class QueclinkDecoder(PacketDecoder):
    """Decodes the reports of the trackers behind one gateway."""

    def make_framer(self) -> PacketFramer:
        """Return a framer of reports."""
        return PacketFramer(take, quiet=b"\r\n\x00 ")

    def read(self, packet: bytes, received_at: Instant) -> Decoded:
        """Return the fixes of a report, and the alert of a call for help."""
        text = packet.decode("ascii")
        report = _REPORT.fullmatch(text)
        if report is None:
            raise ValueError("no report such as +RESP:GTFRI,VERSION,IMEI,…$")
        tracker = report["id"]
        ours = tracker == self.context.device or tracker in self.context.cars
        if tracker.isdecimal() and not ours and not is_imei(tracker):
            raise ValueError(f"{tracker} is no IMEI: its last digit does not agree with the others")
        fixes = [_fix(tracker, found) for found in _PLACE.finditer(text)]
        if report["kind"] != "SOS" or not fixes:
            return [*fixes]
        last = fixes[-1]
        sos = Alert(
            device=tracker, at=last.at, kind=AlertKind.SOS, lat=last.lat, lon=last.lon, text="button: SOS"
        )
        return [*fixes, sos]


def _fix(tracker: str, found: re.Match[str]) -> Fix:
    lat, lon = float(found["lat"]), float(found["lon"])
    check_place(lat, lon)
    course = float(found["course"]) if found["course"] else None
    if course is not None and course > 360:
        raise ValueError(f"a course of {course} degrees")
    return Fix(
        device=tracker,
        at=_instant(found["date"], found["time"]),
        lat=lat,
        lon=lon,
        speed=road_speed(float(found["speed"]) / 3.6) if found["speed"] else None,
        course=course,
        altitude=float(found["altitude"]) if found["altitude"] else None,
    )


def _instant(date: str, time: str) -> Instant:
    try:
        day = dt.date(int(date[:4]), int(date[4:6]), int(date[6:]))
    except ValueError:
        raise ValueError(f"{date} is no day such as 20260920") from None
    if day.year < 1980:
        raise ValueError(f"{date} lies before the satellites")
    return day_start(day) + clock_of(int(time[:2]), int(time[2:4]), int(time[4:]))[0]


def take(held: bytearray, at: int) -> int | Fault | None:
    """Return the length of the report that begins at a place; no report holds another's first sign."""
    if held[at] != _BEGIN:
        return NO_PACKET
    end, other = held.find(_END, at, at + _MOST), held.find(b"+RESP:", at + 1, at + _MOST)
    if other >= 0 and (end < 0 or other < end):
        return Fault("no_frame", "a report that ends before its $")
    if end < 0:
        return None if len(held) < at + _MOST else Fault("no_frame", f"no $ within {_MOST} bytes")
    if not held[at : end + 1].isascii():
        return Fault("encoding", "a report with signs that are none of ASCII")
    return end + 1 - at
