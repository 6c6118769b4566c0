"""What real timers, phones and receivers once said, through a real broker and real wires, to the board.

What is expected is read from the captures by the shortest means, not by the decoders under test.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from devices.broker import Broker
from tests.scenarios.running import Service, clock_table, mqtt_client, publish_all, serving
from tests.scenarios.wires import Wire
from timing.core.instant import MINUTE, SECOND, Instant, format_instant, parse_instant
from timing.core.rally import Rally
from timing.core.readings import Fix, Stamp
from timing.core.results import Disposition
from timing.event_folder import load_event
from timing.journal.journal import open_journal, read_beside

_IMPULSE = re.compile(rb"(.)(\d{4}).(C\d)(.) (\d\d:\d\d:\d\d\.\d{4}) \d\d")
_RALLY = """
[rally]
id = "my-rally"
name = "Captures"
edition = "1st"
timezone = "{zone}"
first_day = {day}
preset = "ACI_REGULARITY"
notice = "Played from captures."

[official_timekeeper]
name = "Nobody"
line = "none"

[classes]
A = "All"
"""
_ITINERARY = """leg,section,control,kind,name,stage,km,lat,lon,target,average,first_car
1,1,TC0,TC,Start,,0.000,,,,,08:00
1,1,T1.0,REG_TEST,Test start,,1.000,,,,,
1,1,T1.1,REG_TEST,Test,T1,1.500,,,1:00.00,,
"""
_ENTRIES = """car_number,driver,codriver,car,year,class,category,coefficient,nationality,tracker,start
1,One,,Car,1950,A,,,,phone-1,+0
"""


def write_event(folder: Path, day: str, zone: str, devices: str = "") -> Path:
    """Write an event without a road, so that captures from anywhere are where the event is."""
    folder.mkdir()
    (folder / "rally.toml").write_text(_RALLY.format(day=day, zone=zone) + devices)
    (folder / "itinerary.csv").write_text(_ITINERARY)
    (folder / "entries.csv").write_text(_ENTRIES)
    return folder


def wired(name: str, decoder: str, clock: str = "rally", assignments: str = "") -> str:
    return (
        f'\n[[devices]]\nid = "{name}"\ndecoder = "{decoder}"\nlink = "serial:ports/{name}"\n'
        f'clock = "{clock}"\nassignments = [{assignments}]\n'
    )


def impulses(dump: bytes) -> list[re.Match[bytes]]:
    return [found for line in dump.splitlines() if (found := _IMPULSE.fullmatch(line))]


def local(clock: bytes, day: str) -> Instant:
    """A time of day in Austria's winter."""
    return parse_instant(f"{day}T{clock.decode()}+01:00")


@pytest.mark.timeout(90)
@pytest.mark.parametrize(
    ("name", "channels", "cancelled", "last"),
    [
        ("0841", {"C0": 138, "C1": 167}, 4, "2020-02-02T10:24:11.925400Z"),
        ("1133", {"C0": 148, "C1": 143}, 4, "2020-02-02T12:45:51.895200Z"),
    ],
)
async def test_the_memory_of_a_timer_comes_in_by_its_wire_once_however_often_it_is_printed(
    nats: Broker,
    samples: Path,
    tmp_path: Path,
    name: str,
    channels: dict[str, int],
    cancelled: int,
    last: str,
) -> None:
    lines = (samples / "alge" / f"tdc8001_run_20200202_{name}.dump").read_bytes()
    wanted = impulses(lines)
    assignments = (
        '{ control = "T1.0", channel = "C0", line = "A" }, { control = "T1.1", channel = "C1", line = "A" }'
    )
    folder = write_event(
        tmp_path / "event", "2020-02-02", "Europe/Vienna", wired("tdc", "alge_timy", assignments=assignments)
    )
    data = tmp_path / "data"
    wire = Wire(data / "ports" / "tdc")
    wire.plug()
    table = clock_table(tmp_path / "clock.json", parse_instant("2020-02-02T13:00:00Z"))
    async with serving(folder, data, "--broker", nats.url(), "--clock-table", str(table)) as service:
        await service.sign_in()
        await service.until(lambda state: state["links"][f"serial:{wire.port}"]["up"])
        for count in (1, 2):
            # The capture was stored with LF; on the wire it is CR.
            await wire.say(lines.replace(b"\n", b"\r"))
            await _counted(service, len(wanted), (count - 1) * len(wanted))
        state = await service.state()
        assert state["quarantine"]["count"] == 0
        shown = [stamp for row in state["controls"].values() for stamp in row.get("stamps", {}).values()]
        assert {stamp["device"] for stamp in shown} == {"tdc"}
    wire.unplug()
    stamps = [record.body for record in read_beside(data) if isinstance(record.body, Stamp)]
    assert Counter(stamp.channel for stamp in stamps) == channels
    assert [(stamp.channel, stamp.at) for stamp in stamps] == [
        (found[3].decode(), local(found[5], "2020-02-02")) for found in wanted
    ]
    assert max(stamp.at for stamp in stamps) == parse_instant(last)
    assert sum(stamp.cancelled for stamp in stamps) == cancelled
    assert [stamp.car for stamp in stamps] == [_number(found) for found in wanted]
    assert _withdrawn(folder, data) >= cancelled


@pytest.mark.timeout(60)
async def test_a_phones_day_across_germany_keeps_its_good_places_and_refuses_those_of_radio_cells(
    nats: Broker, samples: Path, tmp_path: Path
) -> None:
    rows = (samples / "owntracks" / "recorder_demo_iphone.rec").read_text().splitlines()
    payloads = [row.split("\t")[2] for row in rows]
    told = [json.loads(payload) for payload in payloads]
    places = [one for one in told if one["_type"] == "location"]
    good = sorted(one["tst"] for one in places if one["acc"] <= 100)
    folder = write_event(tmp_path / "event", "2015-08-24", "Europe/Berlin")
    data = tmp_path / "data"
    table = clock_table(tmp_path / "clock.json", max(one["tst"] for one in places) * SECOND + MINUTE)
    async with (
        serving(folder, data, "--broker", nats.url(), "--clock-table", str(table)) as service,
        mqtt_client(nats.url()) as client,
    ):
        await service.sign_in()
        await service.until(lambda state: state["links"]["mqtt"]["up"])
        for payload in payloads:
            await publish_all(client, [("owntracks/crew/phone-1", payload.encode())])
        state = await service.until(
            lambda state: (
                state["quarantine"]["count"] == len(places) - len(good) and "lat" in state["cars"]["1"]
            )
        )
        assert {row["reason"] for row in state["quarantine"]["latest"].values()} == {"accuracy"}
        cells = len(places) - len(good)
        counted = f'rallykeeper_fix_checks_total{{stage="accuracy",result="accuracy"}} {cells}\n'
        assert counted in await service.text("/metrics")
        await service.until(lambda state: told_of(state) == {"accuracy": cells})
        newest = max(places, key=lambda one: int(one["tst"]))
        state = await service.until(lambda state: state["cars"]["1"]["lat"] == pytest.approx(newest["lat"]))
        assert state["cars"]["1"]["battery"] == newest["batt"]
        assert state["cars"]["1"]["speed"] == pytest.approx(newest["vel"] / 3.6, abs=0.1)
    fixes = await _fixes(data)
    assert sorted(fix.at for fix in fixes) == [tst * SECOND for tst in good]
    # "Gone" twice in one instant is one fact, so that of the wills at least one is there.
    records = [record.body for record in read_beside(data)]
    assert {getattr(body, "online", None) for body in records} == {False}
    assert 1 <= len(records) <= len(told) - len(places)


@pytest.mark.timeout(60)
async def test_payloads_of_many_phones_and_years_are_believed_by_their_own_time_alone(
    nats: Broker, samples: Path, tmp_path: Path
) -> None:
    files = ("android_real_2025.jsonl", "traccar_test_vectors.jsonl")
    payloads = [
        line for name in files for line in (samples / "owntracks" / name).read_text().splitlines() if line
    ]
    now = parse_instant("2025-01-22T15:30:00Z")
    ages = [now - json.loads(payload)["tst"] * SECOND for payload in payloads]
    week = 7 * 24 * 60 * MINUTE
    folder = write_event(tmp_path / "event", "2025-01-22", "America/Los_Angeles")
    table = clock_table(tmp_path / "clock.json", now)
    async with (
        serving(folder, tmp_path / "data", "--broker", nats.url(), "--clock-table", str(table)) as service,
        mqtt_client(nats.url()) as client,
    ):
        await service.sign_in()
        await service.until(lambda state: state["links"]["mqtt"]["up"])
        await publish_all(
            client, [(f"owntracks/crew/phone-{n}", payload.encode()) for n, payload in enumerate(payloads)]
        )
        late = sum(age > week for age in ages)
        state = await service.until(lambda state: state["quarantine"]["count"] == late)
        assert {row["reason"] for row in state["quarantine"]["latest"].values()} <= {
            "too_old",
            "week_rollover",
        }
    assert len(await _fixes(tmp_path / "data")) == len(payloads) - late == 1


@pytest.mark.timeout(60)
async def test_a_receivers_sentences_on_a_wire_move_its_car_with_speed_in_metres_a_second(
    nats: Broker, samples: Path, tmp_path: Path
) -> None:
    log = (samples / "nmea" / "bt451.log").read_bytes()
    lines = [line for line in log.splitlines() if not line.startswith(b"#")]
    valid = [line.split(b",") for line in lines if b"RMC" in line and b",A," in line]
    device = wired("phone-1", "nmea", clock="utc")
    folder = write_event(tmp_path / "event", "2009-12-09", "Europe/Vilnius", device)
    data = tmp_path / "data"
    wire = Wire(data / "ports" / "phone-1")
    wire.plug()
    table = clock_table(tmp_path / "clock.json", parse_instant("2009-12-09T15:30:00Z"))
    async with serving(folder, data, "--broker", nats.url(), "--clock-table", str(table)) as service:
        await service.sign_in()
        await service.until(lambda state: state["links"][f"serial:{wire.port}"]["up"])
        # A fix waits for the altitude that follows it; the next one, here a repetition, ends the wait.
        again = next(line for line in lines if b"RMC" in line and b",A," in line)
        await wire.say(b"\r\n".join([*lines, again]) + b"\r\n")
        state = await service.until(lambda state: state["cars"]["1"].get("lat") is not None)
        newest = max(valid, key=lambda fields: fields[1])
        seconds = f"2009-12-09T{_clock(newest[1])[:8]}"
        state = await service.until(lambda state: state["cars"]["1"]["at"].startswith(seconds))
        assert state["cars"]["1"]["lat"] == pytest.approx(_degrees(newest[3]), abs=1e-5)
        await _metric(service, "fixes", len(valid))
    wire.unplug()
    fixes = {fix.at: fix for fix in await _fixes(data)}
    wanted = {parse_instant(f"2009-12-09T{_clock(fields[1])}Z"): fields for fields in valid}
    assert fixes.keys() == wanted.keys()
    for at, fields in wanted.items():
        assert fixes[at].speed == pytest.approx(float(fields[7]) * 1852 / 3600, abs=1e-3)
        assert fixes[at].lon == pytest.approx(_degrees(fields[5]), abs=1e-6)


@pytest.mark.timeout(90)
@pytest.mark.parametrize("name", ["socal_moto_2015-07-12", "socal_moto_2015-07-20", "socal_moto_2015-11-09"])
async def test_a_days_ride_in_the_mountains_arrives_whole_but_for_its_impossible_jumps(
    nats: Broker, samples: Path, tmp_path: Path, name: str
) -> None:
    points = list(_track(samples / "gpx" / f"{name}.gpx"))
    folder = write_event(tmp_path / "event", name[-10:], "America/Los_Angeles")
    data = tmp_path / "data"
    table = clock_table(tmp_path / "clock.json", points[-1][0] + MINUTE)
    async with (
        serving(folder, data, "--broker", nats.url(), "--clock-table", str(table)) as service,
        mqtt_client(nats.url()) as client,
    ):
        await service.sign_in()
        await service.until(lambda state: state["links"]["mqtt"]["up"])
        told = [{"at": format_instant(at), "lat": lat, "lon": lon} for at, lat, lon in points]
        half = len(told) // 2
        for one in told[:half]:
            await publish_all(client, [("rally/my-rally/fix/phone-1", json.dumps(one).encode())])
        await publish_all(client, [("rally/my-rally/fix/phone-1", json.dumps(told[half:]).encode())])
        at, lat, lon = points[-1]
        state = await service.until(
            lambda state: state["cars"]["1"].get("lat") == pytest.approx(lat, abs=1e-5)
        )
        assert state["cars"]["1"]["lon"] == pytest.approx(lon, abs=1e-5)
        assert parse_instant(state["cars"]["1"]["at"]) == at
        refused = list(state["quarantine"]["latest"].values())
        trace = await service.get("/api/cars/1/trace")
    assert {row["reason"] for row in refused} <= {"impossible_speed"}
    assert len(refused) <= 3
    assert len(await _fixes(data)) + len(refused) == len({at for at, *_ in points})
    assert len(trace["geometry"]["coordinates"]) > half


def _track(path: Path) -> Iterable[tuple[Instant, float, float]]:
    for point in ElementTree.parse(path).getroot().iter("{http://www.topografix.com/GPX/1/1}trkpt"):
        when = point.findtext("{http://www.topografix.com/GPX/1/1}time")
        assert when is not None
        seconds = int(datetime.fromisoformat(when.rstrip("Z")).replace(tzinfo=UTC).timestamp())
        yield seconds * SECOND, float(point.attrib["lat"]), float(point.attrib["lon"])


def told_of(state: dict[str, Any]) -> object:
    """What was refused of the phone, as the desk's row of it says."""
    return state["devices"].get("phone-1", {}).get("reasons")


async def _counted(service: Service, records: int, duplicates: int) -> None:
    await _metric(service, "records", records)
    await _metric(service, "duplicates", duplicates)


async def _metric(service: Service, name: str, wanted: int) -> None:
    """Wait until a counter of the ingest shows so many, and no more."""
    seen = -1
    for _ in range(400):
        seen = await service.metric(f"rallykeeper_ingest_{name}_total")
        if seen >= wanted:
            break
        await asyncio.sleep(0.02)
    assert seen == wanted, name


def _number(found: re.Match[bytes]) -> str | None:
    if found[1] == b"?":
        return None
    return found[2].lstrip(b"0").decode() or None


def _withdrawn(folder: Path, data: Path) -> int:
    event = load_event(folder).event
    assert event is not None
    rally = Rally(event)
    rally.add_many(list(read_beside(data)))
    stamps = [
        stamp for name in event.itinerary.controls for stamp in rally.control_state(name).stamps.values()
    ]
    return sum(stamp.disposition is Disposition.WITHDRAWN for stamp in stamps)


async def _fixes(data: Path) -> list[Fix]:
    journal = open_journal(data)
    try:
        return [stored.fix for stored in journal.read_fixes(0)]
    finally:
        await journal.close()


def _clock(digits: bytes) -> str:
    text = digits.decode()
    return f"{text[:2]}:{text[2:4]}:{text[4:]}"


def _degrees(angle: bytes) -> float:
    whole, _, part = angle.decode().partition(".")
    return int(whole[:-2]) + float(f"{whole[-2:]}.{part}") / 60
