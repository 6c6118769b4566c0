"""What captures of real devices say: the table that test_every_capture goes through.

What is wanted is read from a capture by a search for its times, not by the decoder under test.
"""

import json
import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from timing.core.event import FixChecks
from timing.core.instant import DAY, MILLISECOND, SECOND, parse_clock, parse_instant

Find = Callable[[bytes], Iterable[int]]
IMEI = "356307042441013"
#: Captures hold places of many years and countries, one after the other.
LENIENT = FixChecks(oldest=40 * 366 * DAY, top_speed_kmh=1e9)

#: What is no capture of a device that we read, and why.
NO_CAPTURES = {
    "SOURCES.md": "where the files are from",
    "mkvec.py": "makes vectors.json",
    "verify_samples.py": "recomputes checksums",
    "vectors.json": "known answers: tests/devices/test_vectors.py",
    "gpx/gpx10_track_with_speed.gpx": "a road",
    "gpx/istria_car_around-visnjan.gpx": "a road",
    "gpx/openrally_example.gpx": "a road book",
    **{
        f"gpx/socal_moto_2015-{day}.gpx": "a ride, sent as a tracker's fixes by test_real_captures"
        for day in ("07-12", "07-20", "07-21", "11-09", "11-10", "11-11")
    },
    "rfid/impinj_iot_events.jsonl": "three reads of RFID readers, for which there is no decoder",
    "microgate/rei2_extended_online.txt": "its first byte was lost: no frame of the unit any more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A file, the link it comes by, its decoder, when it came, and what must be in the journal behind it.

    `find` gives the times that must be there and no others: µs of the day with `clock`, else instants.
    `count` is how many readings and fixes, without signs of life, `refused` how many refusals of
    which reason.
    """

    link: str
    decoder: str
    now: str
    count: int
    find: Find | None = None
    clock: bool = False
    refused: dict[str, int] = field(default_factory=dict)


def clocks(pattern: bytes) -> Find:
    """Times of day by a pattern with one group, `H:MM:SS.f` or without hours; blanks for zeros."""

    def find(data: bytes) -> Iterable[int]:
        for match in re.finditer(pattern, data, re.MULTILINE):
            text = match[1].decode().strip().replace("'", ":").replace('"', ".")
            yield parse_clock(text if text.count(":") == 2 else f"0:{text}")

    return find


def digits(pattern: bytes) -> Find:
    """Times of day by a pattern with one group, `HHMMSS` and decimals right behind."""

    def find(data: bytes) -> Iterable[int]:
        for match in re.finditer(pattern, data, re.MULTILINE):
            text = match[1].decode().replace(".", "")
            yield parse_clock(f"{text[:2]}:{text[2:4]}:{text[4:6]}.{text[6:].ljust(1, '0')}")

    return find


def isos(pattern: bytes) -> Find:
    """Instants by a pattern with one group, RFC 3339."""
    return lambda data: (parse_instant(match[1].decode()) for match in re.finditer(pattern, data))


def epochs(pattern: bytes, unit: int = SECOND) -> Find:
    """Instants by a pattern with one group, a count since 1970."""
    return lambda data: (int(match[1]) * unit for match in re.finditer(pattern, data))


def passings(data: bytes) -> Iterable[int]:
    """The decoder's clock in each P3 record of a passing: field 04, eight bytes."""
    for line in data.decode().split():
        frame = bytes.fromhex(line)
        plain = re.sub(rb"\x8d(.)", lambda found: bytes([found[1][0] - 0x20]), frame[1:-1], flags=re.DOTALL)
        if plain[7:9] == b"\x01\x00":
            at = plain.index(b"\x04\x08", 9)
            # Printed to the millisecond.
            yield struct.unpack_from("<Q", plain, at + 2)[0] // MILLISECOND * MILLISECOND


def punches(data: bytes) -> Iterable[int]:
    """Half days, seconds of the half day and 1/256 s of each punch, as a time of day."""
    for line in data.decode().split():
        frame = bytes.fromhex(line).lstrip(b"\xff")
        if frame[1] == 0xD3:
            half, seconds, part = frame[9] & 1, int.from_bytes(frame[10:12], "big"), frame[12]
            yield (half * 43_200 + seconds) * SECOND + part * SECOND // 256


def edges(data: bytes) -> Iterable[int]:
    """The edges of TIM-TM2 packets: week, ms and ns of GPS time, which is 18 s ahead where it is that."""
    for line in data.decode().split():
        payload = bytes.fromhex(line)[6:-2]
        flags = payload[1]
        ahead = 18 * SECOND if flags >> 3 & 3 == 1 else 0
        for new, week, ms in ((flags >> 7 & 1, 4, 8), (flags >> 2 & 1, 6, 16)):
            if new:
                weeks, tow, ns = (
                    *struct.unpack_from("<H", payload, week),
                    *struct.unpack_from("<II", payload, ms),
                )
                since_1980 = (weeks * 7 * 86_400 * 1_000 + tow) * MILLISECOND + ns // 1_000
                yield 315_964_800 * SECOND + since_1980 - ahead


CAPTURES = {
    "alge/tdc8001_run_20200202_0841.dump": Capture(
        link="serial", decoder="alge_timy", now="2020-02-02T13:00:00Z", count=305, clock=True,
        find=clocks(rb"^[ ?cid]\d{4}.C\d. (\d\d:\d\d:\d\d\.\d+)"),
    ),
    "alge/tdc8001_run_20200202_1133.dump": Capture(
        link="serial", decoder="alge_timy", now="2020-02-02T16:00:00Z", count=291, clock=True,
        find=clocks(rb"^[ ?cid]\d{4}.C\d. (\d\d:\d\d:\d\d\.\d+)"),
    ),
    "alge/timy_canoe_20160417.txt": Capture(
        link="serial", decoder="alge_timy", now="2016-04-17T12:00:00Z", count=20, clock=True,
        find=clocks(rb"^[ ?cidm]\d{4}.C\d.\s+(\d\d:\d\d:\d\d\.\d+)"),
    ),
    "alge/racehorology_parser_vectors.txt": Capture(
        link="serial", decoder="alge_timy", now="2020-02-02T23:59:59Z", count=13, clock=True,
        find=clocks(rb"^[ ?cidmCtpb]\d{4}.[cC]\d.\s+(\d\d:\d\d:\d\d[.,]\d+)"),
    ),
    **{
        f"alge/classement_{kind}.txt": Capture(
            link="serial", decoder="alge_timy", now="2020-02-02T16:00:00Z", count=0
        )
        for kind in ("Memorytime", "Runtime_Run1", "Runtime_Run2", "Totaltime")
    },
    "tagheuer/cp520_capture_2016.txt": Capture(
        link="serial", decoder="tag_cp520", now="2016-04-17T08:00:00Z", count=94, clock=True,
        find=clocks(rb"^T.{14} *([\d:.]+\.\d{3})000"),
    ),
    "tagheuer/cp540_thcom08_frames.txt": Capture(
        link="tcp", decoder="tag_cp540", now="2019-02-24T21:00:00Z", count=6, clock=True,
        find=clocks(rb"^(?:TN|AN|T\+|T\*|T-).{13} *([\d:]+\.\d{5})"),
    ),
    "microgate/rei2_raw_20160406.bin": Capture(
        link="serial", decoder="microgate_rei2", now="2016-04-06T15:00:00Z", count=41, clock=True,
        find=digits(rb"\x10R  .[OF].{23}[0a](\d{10})\d{8}"),
    ),
    "microgate/racetime_fields_from_agilsport.bin": Capture(
        link="serial", decoder="microgate_racetime", now="2026-09-20T23:59:59Z", count=3, clock=True,
        find=digits(rb"M ([ \d]\d{8})"),
    ),
    "jac/jac_normal_synthetic.bin": Capture(
        link="serial", decoder="jacircuits", now="2026-09-20T10:00:00Z", count=7
    ),
    "chronelec/protime_passings.txt": Capture(
        link="serial", decoder="chronelec", now="2026-09-20T04:00:00Z", count=7, clock=True,
        find=clocks(rb"^<\w{3} \d{6} (\d\d:\d\d'\d\d\"\d{3})"),
    ),
    "raceresult/tcp3601_passings.txt": Capture(
        link="tcp", decoder="race_result", now="2026-06-17T12:00:00Z", count=5, clock=True,
        find=clocks(rb"^(?:#P;)?\d+;\w+;[\d-]{10};([\d:.]+);"),
    ),
    "raceresult/usbbox_ascii_session.txt": Capture(
        link="serial", decoder="race_result_usb", now="2009-06-20T12:00:00Z", count=3,
        find=lambda data: (
            0x4A3CAA45 * SECOND + (int(match[1], 16) - 0x0151BCF5) * SECOND // 256
            for match in re.finditer(rb"^[A-Z0-9]{7};[0-9a-f]{4};([0-9a-f]{8});", data, re.MULTILINE)
        ),
    ),
    "amb_p3/p3_capture_2019-03-02.hex": Capture(
        link="tcp", decoder="mylaps_p3", now="2019-03-02T18:00:00Z", count=53, find=passings
    ),
    "rmonitor/orbits_mock_session.txt": Capture(
        link="tcp", decoder="rmonitor", now="2026-09-20T10:00:00Z", count=0
    ),
    "rmonitor/sebring2009_s4_excerpt.txt": Capture(
        link="tcp", decoder="rmonitor", now="2009-01-27T12:00:00Z", count=9, clock=True,
        find=clocks(rb'^\$L,.*"(\d\d:\d\d:\d\d\.\d{3})"'),
    ),
    "sportident/frames.hex": Capture(
        link="serial", decoder="sportident", now="2026-09-20T16:00:00Z", count=3, clock=True, find=punches
    ),
    "ubx/tim_tm2.hex": Capture(
        link="serial", decoder="ubx_tim_tm2", now="2026-09-10T08:00:00Z", count=5, find=edges
    ),
    **{
        f"nmea/{name}.log": Capture(
            link="serial", decoder="nmea", now="2026-11-30T12:00:00Z", count=count, clock=True,
            find=digits(rb"^\$..RMC,(\d{6}\.?\d*),A,.*\*"),
        )
        for name, count in {
            "bt451": 13, "nl2008u": 9, "nmea-fuzzy-cases": 14, "nmea-rtk": 105, "quectel-l76k-nmea": 13,
            "ublox-neo-m9n-nmea": 10, "ublox-zed-f9p-nmea": 6,
        }.items()
    },
    **{
        f"gpsd/{name}.jsonl": Capture(
            link="tcp", decoder="gpsd", now="2026-11-30T12:00:00Z", count=count,
            find=isos(rb'"class":"TPV"[^\n]*?"mode":[23],"time":"([^"]+)"'),
        )
        for name, count in {"tpv_bt451_moving_car": 12, "tpv_m9n": 1, "tpv_rtk": 39}.items()
    },
    "aprs/packets.txt": Capture(
        link="tcp", decoder="aprs", now="2026-09-20T10:30:00Z", count=10, refused={"range": 1}
    ),
    "teltonika/traccar_valid_crc.hex": Capture(
        # One is of another layout than its codec's.
        link="listen", decoder="teltonika", now="2026-09-20T10:00:00Z", count=33, refused={"length": 1},
    ),
    "teltonika/traccar_bad_crc_or_length.hex": Capture(
        link="listen", decoder="teltonika", now="2026-09-20T10:00:00Z", count=0,
        refused={"checksum": 4, "no_frame": 4},
    ),
    "queclink/gl200_traccar_vectors.txt": Capture(
        # Four end without their sign in the file.
        link="listen", decoder="queclink", now="2026-09-20T10:00:00Z", count=37, refused={"no_frame": 4},
    ),
    "owntracks/recorder_demo_iphone.rec": Capture(
        # Fixes of radio cells are refused.
        link="mqtt", decoder="owntracks", now="2015-08-31T12:00:00Z", count=8, refused={"accuracy": 15},
        find=lambda data: (
            place["tst"] * SECOND
            for row in data.decode().splitlines()
            if (place := json.loads(row.split("\t")[2]))["_type"] == "location" and place["acc"] <= 100
        ),
    ),
    "owntracks/android_real_2025.jsonl": Capture(
        link="mqtt", decoder="owntracks", now="2025-12-31T12:00:00Z", count=2, find=epochs(rb'"tst":(\d+)')
    ),
    "owntracks/traccar_test_vectors.jsonl": Capture(
        link="mqtt", decoder="owntracks", now="2026-12-31T12:00:00Z", count=5, find=epochs(rb'"tst":(\d+)')
    ),
    "meshtastic/mqtt_json_2026.jsonl": Capture(
        link="mqtt", decoder="meshtastic", now="2026-11-30T12:00:00Z", count=3
    ),
    # An uplink without a place: a sign of life.
    "lorawan/chirpstack_v4_up.json": Capture(
        link="mqtt", decoder="lorawan", now="2026-11-30T12:00:00Z", count=0
    ),
    "lorawan/tts_v3_adeunis_2021.json": Capture(
        link="mqtt", decoder="lorawan", now="2026-11-30T12:00:00Z", count=1
    ),
    "traccar/positions_real_6.15.jsonl": Capture(
        link="mqtt", decoder="traccar", now="2026-09-24T16:00:00Z", count=2,
        find=isos(rb'"fixTime":"([^"]+)"'),
    ),
    "traccar/forward_envelope_2019_redacted.txt": Capture(
        link="mqtt", decoder="traccar", now="2019-01-06T12:00:00Z", count=0, refused={"malformed": 1}
    ),
    "alpenhunde/events_01.json": Capture(
        link="mqtt", decoder="alpenhunde", now="2022-09-17T01:00:00Z", count=5, clock=True,
        find=clocks(rb'"t": "([^"]+)"'),
    ),
    "traccar/osmand_query.txt": Capture(
        link="http", decoder="osmand", now="2026-09-20T10:00:00Z", count=7
    ),
    "traccar/client9_osmand_json.jsonl": Capture(
        link="http", decoder="osmand", now="2026-09-20T10:00:00Z", count=3
    ),
}  # fmt: skip
