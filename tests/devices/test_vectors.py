"""Known answers: frames of many devices with what they say, as the makers' documents and captures have it."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devices.catalogue import DECODERS
from devices.decoders import DecoderContext
from timing.core.instant import DAY, MILLISECOND, SECOND, Instant, parse_clock, parse_instant
from timing.core.readings import Fix, Reading, Rejected, Stamp, StampMark

Vector = dict[str, Any]
#: Families by the decoder that reads them; the hours of the day are told without a date, hence this arrival.
DECODER = {
    "alge": "alge_timy",
    "tag_cp520": "tag_cp520",
    "tag_cp540": "tag_cp540",
    "microgate_rei2": "microgate_rei2",
    "chronelec_v3": "chronelec",
    "amb_p3": "mylaps_p3",
    "rmonitor": "rmonitor",
    "raceresult_usb": "race_result_usb",
    "raceresult_tcp": "race_result",
    "sportident": "sportident",
    "jac_normal": "jacircuits",
    "nmea": "nmea",
    "ubx_tim_tm2": "ubx_tim_tm2",
    "teltonika8": "teltonika",
    "teltonika8e": "teltonika",
    "owntracks": "owntracks",
    "meshtastic_json": "meshtastic",
    "aprs": "aprs",
    "queclink": "queclink",
}
#: No decoder: a stopwatch's net times, which are no readings of an instant.
NOT_READ = {"tag_pocketpro"}
NOON = parse_instant("2026-06-17T12:00:00Z")
#: A made-up login, whose last digit is no check digit: without a list of trackers it is nobody's.
NOBODYS = "000F313233343536373839303132333435"
#: Computed times, chosen numbers, printed lists, answers, sentences without a place or a date.
SAY_NOTHING = {
    "alge": 5, "nmea": 4, "tag_cp540": 3, "rmonitor": 2, "tag_cp520": 1, "microgate_rei2": 1, "jac_normal": 1,
    "teltonika8e": 1,
}  # fmt: skip
#: So many facts are compared.
ENOUGH = 110
#: What must come before a vector so that its numbers have a date.
BEFORE = {"raceresult_usb": b"EPOCHREFGET;00\n4a3caa45;0151bcf5\n"}
_LINES = ("alge", "tag", "microgate", "chronelec", "rmonitor", "raceresult", "jac", "nmea", "aprs")


def read(vector: Vector) -> list[Reading | Rejected]:
    raw, family = vector["raw"], vector["family"]
    data = bytes.fromhex(raw) if vector["enc"] == "hex" else raw.encode(vector["enc"])
    if family.startswith(_LINES) and not data.endswith((b"\r", b"\n")):
        data += b"\r\n"
    decoder = DECODERS[DECODER[family]].make(DecoderContext(device="d"))
    whole = BEFORE.get(family, b"") + data
    return decoder.feed(whole, NOON) + decoder.flush(NOON)


def _same_clock(at: Instant, tod: str) -> bool:
    return abs(at % DAY - parse_clock(tod)) < MILLISECOND


def _number(text: Any) -> str | None:
    return str(int(text)) if text is not None and int(text) else None


def check_stamp(stamp: Stamp, expect: Vector) -> list[str]:
    """The names of the facts that were looked at; each of them as it is expected."""
    looked = []
    facts: dict[str, Callable[[Any], bool]] = {
        "tod": lambda tod: _same_clock(stamp.at, tod),
        "bib": lambda bib: stamp.car == _number(bib) or stamp.cancelled,
        "manual": lambda manual: (StampMark.MANUAL in stamp.marks) == manual,
        "transponder": lambda tag: stamp.note.startswith(f"transponder {tag}" if tag else ""),
        "cancels": lambda what: stamp.cancelled,
        "discarded": lambda yes: stamp.cancelled == yes,
        "false_start": lambda yes: stamp.cancelled == yes,
        "typed_in": lambda yes: (StampMark.TYPED in stamp.marks) == yes,
        "valid_bib": lambda yes: (StampMark.NO_NUMBER in stamp.marks) != yes,
        "acc_ns": lambda ns: stamp.uncertainty is not None,
        "tag": lambda tag: stamp.note.startswith(f"transponder {tag}"),
        "card": lambda card: stamp.note.startswith(f"card {card}"),
        "loop": lambda loop: stamp.channel == loop,
        "logical": lambda logical: stamp.channel == str(logical),
        "station": lambda station: stamp.channel == str(station),
        "decoder": lambda decoder: stamp.channel == decoder,
        "rtc": lambda rtc: stamp.at == parse_instant(rtc),
        "seconds_after_ref": lambda text: stamp.at == 0x4A3CAA45 * SECOND + int(float(text) * SECOND),
        "gps_time": lambda text: abs(stamp.at + 18 * SECOND - parse_instant(f"{text}Z")) <= 1_000_000,
    }
    for name, holds in facts.items():
        if name in expect:
            assert holds(expect[name]), f"{name}: {expect[name]} in {stamp}"
            looked.append(name)
    return looked


def north(course: float | None) -> float | None:
    """The same course, north as 360 where a vector has it so."""
    return 360.0 if course == 0 else course


def check_fix(fix: Fix, expect: Vector) -> list[str]:
    looked = []
    kmh = None if fix.speed is None else fix.speed * 3.6
    wanted: dict[str, tuple[float | None, float]] = {
        "lat": (fix.lat, 1e-4), "lon": (fix.lon, 1e-4), "speed_kmh": (kmh, 0.02),
        "speed_kn": (None if kmh is None else kmh / 1.852, 0.01), "track": (north(fix.course), 0.01),
        "angle": (fix.course, 0.01), "heading": (fix.course, 0.01), "acc": (fix.accuracy, 0.01),
        "alt": (fix.altitude, 0.6), "alt_m": (fix.altitude, 0.01),
    }  # fmt: skip
    for name, (found, exact) in wanted.items():
        if expect.get(name) is not None and found is not None:
            assert found == pytest.approx(expect[name], abs=exact), name
            looked.append(name)
    for name in ("utc", "ts", "fix"):
        if name in expect:
            assert abs(fix.at - parse_instant(expect[name])) < SECOND, name
            looked.append(name)
    return looked


def test_every_known_answer_is_what_its_decoder_says(samples: Path) -> None:
    vectors: list[Vector] = json.loads((samples / "vectors.json").read_text())
    silent: Counter[str] = Counter()
    looked: Counter[str] = Counter()
    for vector in vectors:
        family = vector["family"]
        assert family in DECODER or family in NOT_READ, f"{family}: no decoder and no reason"
        if family in NOT_READ or vector["raw"] == NOBODYS:
            continue
        decoded = read(vector)
        assert not [item for item in decoded if isinstance(item, Rejected)], vector["raw"]
        for item in decoded:
            if isinstance(item, Stamp):
                looked.update(check_stamp(item, vector["expect"]))
            elif isinstance(item, Fix):
                looked.update(check_fix(item, vector["expect"]))
        if not decoded:
            silent[family] += 1
        if family == "jac_normal" and decoded:
            start, finish = sorted(item.at for item in decoded if isinstance(item, Stamp))
            assert finish - start == int(float(vector["expect"]["elapsed"]) * SECOND + 0.5)
    assert silent == SAY_NOTHING
    assert looked.total() >= ENOUGH, looked
