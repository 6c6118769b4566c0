"""A rally day as it was: fourteen crews over two special stages, and all that went wrong there.

Rally time is UTC+02:00. Crew k leaves at 09:00 and 2 (k - 1) minutes; nobody is late anywhere.

* SS1: the beam at the finish misses car 8, whose time the marshal there took by hand, as of everybody.
* SS2: the timer at the finish gains 120 ms in an hour; its operator types 5 for car 6; car 11 crashes and the
  red flag at 10:01 meets cars 12 and 13; car 14 starts at 10:12.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from timing.core.instant import MINUTE, SECOND, Instant, format_instant, parse_instant

NINE = parse_instant("2026-06-06T09:00:00+02:00")
CREWS = tuple(range(1, 15))
MISSED_BY_BEAM, CRASHED, STOPPED, RESTARTED = 8, 11, (12, 13), 14
DEVICES = ("start-1", "beam-1", "start-2", "beam-2")

_RALLY = """
[rally]
id = "two-crests"
name = "Two Crests"
timezone = "Europe/Rome"
first_day = 2026-06-06
preset = "FIA_STAGE"

[legs]
1 = { day = 2026-06-06, name = "Two crests" }

[official_timekeeper]
name = "Tea Orologiaia"
line = "Official Timekeeper (example)"

[timing]
start_interval = "2 min"

[scoring]
section_origin = "A_TO_A"
max_late_control = 15
max_late_total = 30
late_total_over = "leg"
otl_effect = "retire_leg"
false_start_add_actual = false
tie_breaks = ["best_on_stage_order"]
finisher_rule = "final_control"

[public]
position_delay = 0
"""
_DEVICE = """
[[devices]]
id = "{id}"
decoder = "native"
link = "mqtt"
clock = "utc"
assignments = [{{ control = "{control}", channel = "1", line = "A" }}]
"""
_ITINERARY = """\
leg,section,control,kind,name,stage,km,lat,lon,target,average,first_car
1,1,TC0,TC,Start,,0.000,43.9000,11.3000,,,09:00
1,1,TC1,ATC,First crest,,5.000,43.9450,11.3000,0:10,,
1,1,SS1.START,SS_START,First crest,SS1,5.200,43.9468,11.3000,,,
1,1,SS1.FF,FF,"First crest, flying finish",SS1,13.200,44.0188,11.3000,,,
1,1,SS1.STOP,STOP,"First crest, stop",SS1,13.500,44.0215,11.3000,,,
1,1,TC2,ATC,Second crest,,20.000,44.0800,11.3000,0:20,,
1,1,SS2.START,SS_START,Second crest,SS2,20.200,44.0818,11.3000,,,
1,1,SS2.FF,FF,"Second crest, flying finish",SS2,28.200,44.1538,11.3000,,,
1,1,SS2.STOP,STOP,"Second crest, stop",SS2,28.500,44.1565,11.3000,,,
1,1,TC3,TC,End,,35.000,44.2150,11.3000,0:20,,
"""


def write_event(folder: Path) -> Path:
    """Write the event folder; return it."""
    folder.mkdir()
    lines = dict(zip(DEVICES, ("SS1.START", "SS1.FF", "SS2.START", "SS2.FF"), strict=True))
    wired = "".join(_DEVICE.format(id=name, control=control) for name, control in lines.items())
    (folder / "rally.toml").write_text(_RALLY + wired)
    (folder / "itinerary.csv").write_text(_ITINERARY)
    crews = [f"{k},Driver {k},Codriver {k},Lancia Fulvia,1970,,,,ITA,,{_clock(k)}" for k in CREWS]
    head = "car_number,driver,codriver,car,year,class,category,coefficient,nationality,tracker,start"
    (folder / "entries.csv").write_text("\n".join([head, *crews]) + "\n")
    return folder


def _clock(k: int) -> str:
    return f"09:{2 * (k - 1):02d}"


def first_stage(k: int) -> Instant:
    """When crew k was at the finish of SS1: after 5:41.47 and 1.1 s more from crew to crew."""
    return _at(k, 13) + 340_370_000 + k * 1_100_000


def by_hand(k: int) -> Instant:
    """What the marshal at the finish of SS1 pressed: 100 to 140 ms behind the beam, 130 ms at car 8."""
    return first_stage(k) + (130_000 if k == MISSED_BY_BEAM else 100_000 + k % 5 * 10_000)


def second_stage(k: int) -> Instant:
    """What the timer at the finish of SS2 showed for crew k."""
    if k in STOPPED:
        return _at(k, 36) + 11 * MINUTE
    return _second_start(k) + 355_050_000 + k * 7 % 11 * 1_300_000


def _at(k: int, minutes: int) -> Instant:
    return NINE + (2 * (k - 1) + minutes) * MINUTE


def _second_start(k: int) -> Instant:
    return NINE + 72 * MINUTE if k == RESTARTED else _at(k, 36)


def timers() -> Iterator[tuple[str, bytes]]:
    """What the four timers send by MQTT, and what their clocks were compared with."""
    counts = dict.fromkeys(DEVICES, 0)

    def message(device: str, kind: str, **said: Any) -> tuple[str, bytes]:
        counts[device] += 1
        text = json.dumps({"boot": 1, "n": counts[device], **said})
        return f"rally/two-crests/{kind}/{device}", text.encode()

    for device in DEVICES:
        yield message(device, "sync", at=_text(NINE), offset="0", uncertainty="0.0005")
    for k in CREWS:
        yield message("start-1", "stamp", at=_text(_at(k, 13)), channel="1", car=str(k))
        if k != MISSED_BY_BEAM:
            yield message("beam-1", "stamp", at=_text(first_stage(k)), channel="1", car=str(k))
        yield message("start-2", "stamp", at=_text(_second_start(k)), channel="1", car=str(k))
        if k != CRASHED:
            typed = "5" if k == 6 else str(k)
            yield message("beam-2", "stamp", at=_text(second_stage(k)), channel="1", car=typed)
    for device, late in zip(DEVICES, ("0", "0.004", "0", "0.180"), strict=True):
        yield message(device, "sync", at=_text(NINE + 90 * MINUTE), offset=late, uncertainty="0.0005")


def spooled() -> tuple[str, bytes]:
    """An impulse of car 3 at the finish of SS1 that the beam's memory gave up later: 80 ms earlier."""
    at = _text(first_stage(3) - 80_000)
    said = {"boot": 1, "n": 900, "at": at, "channel": "1", "car": "3"}
    return "rally/two-crests/stamp/beam-1", json.dumps(said).encode()


def written_down() -> Iterator[tuple[str, dict[str, Any]]]:
    """What the marshals enter at the controls, by control; each with an idempotency key of its own."""
    for k in CREWS:
        yield "TC0", _entry("TC0", k, _at(k, 0))
        yield "TC1", _entry("TC1", k, _at(k, 10) + 20 * SECOND)
        yield "SS1.FF", {**_entry("SS1.FF", k, by_hand(k)), "kind": "H"}
        yield "SS1.STOP", _entry("SS1.STOP", k, first_stage(k) + 30 * SECOND)
        yield "TC2", _entry("TC2", k, _at(k, 33) + 5 * SECOND)
        if k != CRASHED:
            yield "SS2.STOP", _entry("SS2.STOP", k, second_stage(k) + 30 * SECOND)
            yield "TC3", _entry("TC3", k, _second_start(k) + 20 * MINUTE + 40 * SECOND)


def _entry(control: str, k: int, at: Instant) -> dict[str, Any]:
    return {"idempotency_key": f"card {control} {k}", "at": _text(at), "car": str(k)}


def _text(at: Instant) -> str:
    return format_instant(at)
