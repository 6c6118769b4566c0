"""A phone that posts by HTTP, from its secret to the car on the map: command, service, journal."""

import base64
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from dashboard.access import AccessStore
from dashboard.phone_command import settings
from dashboard.phones import KEPT_BYTES, MOST_BYTES
from dashboard.serve import main
from tests.scenarios.running import Service, clock_table, serving
from timing.clock import SystemClock
from timing.core.instant import SECOND, parse_instant
from timing.folder_template import write_template

NOW = parse_instant("2026-06-06T15:10:00Z")
EPOCH = NOW // SECOND
#: What GPSLogger fills in.
MARKS = {
    "%LAT": "34.4490",
    "%LON": "-119.2431",
    "%TIME": "2026-06-06T15:09:50Z",
    "%SPD": "10",
    "%DIR": "0",
    "%ACC": "5",
    "%ALT": "100",
    "%BATT": "70",
}


def access(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> tuple[int, Any]:
    with pytest.raises(SystemExit) as ended:
        main(["access", str(folder), "--json", *arguments])
    out = capsys.readouterr().out
    return int(ended.value.code or 0), json.loads(out) if out else None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my-rally"
    write_template(made)
    return made


@pytest.fixture
async def running(folder: Path) -> AsyncIterator[Service]:
    table = str(clock_table(folder / "clock.json", NOW, rate=1))
    async with serving(folder, folder / "data", "--clock-table", table) as service:
        yield service


def passwords_of(running: Service) -> dict[str, str]:
    passwords: dict[str, str] = json.loads(Path(running.told["credentials"]).read_text())["passwords"]
    return passwords


def location(lat: float, ago: int) -> bytes:
    told = {
        "_type": "location",
        "lat": lat,
        "lon": -119.2431,
        "tst": EPOCH - ago,
        "vel": 36,
        "acc": 5,
        "tid": "p1",
    }
    return json.dumps(told).encode()


async def test_phones_of_every_kind_move_their_car(
    running: Service, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = access(capsys, folder, "--device", "phone-1")
    assert code == 0
    own = told["owntracks"]
    assert own["url"] == f"{running.url}/ingest/owntracks"
    async with httpx.AsyncClient(timeout=20) as phone:
        signed = (own["username"], own["password"])
        answer = await phone.post(own["url"], content=location(34.4487, 30), auth=signed)
        assert (answer.status_code, answer.json()) == (200, [])
        await running.until(lambda state: state["cars"]["1"].get("lat") == 34.4487)
        address = told["gpslogger"]["url"]
        for mark, value in MARKS.items():
            address = address.replace(mark, value)
        answer = await phone.get(address)
        assert answer.status_code == 200
        await running.until(lambda state: state["cars"]["1"].get("lat") == 34.4490)


async def test_traccar_client_posts_json_and_older_ones_and_osmand_ask_with_fields(
    running: Service, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told = access(capsys, folder, "--device", "phone-1")
    coords = {"latitude": 34.4487, "longitude": -119.2431, "accuracy": 4, "speed": 10.0, "heading": 90}
    posted = {"location": {"timestamp": "2026-06-06T15:09:30.000Z", "coords": coords}, "device_id": "8737"}
    osmand = told["osmand"]["url"]
    for number, value in enumerate(("34.4490", "-119.2431", str((EPOCH - 10) * 1000), "5", "100", "9", "90")):
        osmand = osmand.replace(f"{{{number}}}", value)
    async with httpx.AsyncClient(timeout=20) as phone:
        assert (await phone.post(told["traccar"]["url"], json=posted)).status_code == 200
        await running.until(lambda state: state["cars"]["1"].get("lat") == 34.4487)
        fields: dict[str, str | int | float] = {
            "id": "8737",
            "timestamp": EPOCH - 20,
            "lat": 34.4488,
            "lon": -119.2431,
            "speed": 19.4,
        }
        assert (await phone.post(told["traccar"]["url"], params=fields)).status_code == 200
        await running.until(lambda state: state["cars"]["1"].get("lat") == 34.4488)
        assert (await phone.get(osmand)).status_code == 200
        await running.until(lambda state: state["cars"]["1"].get("lat") == 34.4490)
    assert await running.metric("rallykeeper_ingest_rejected_total") == 0


async def test_a_bad_fix_is_kept_and_answered_so_that_the_phone_goes_on(
    running: Service, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told = access(capsys, folder, "--device", "phone-1")
    url, signed = told["owntracks"]["url"], ("phone-1", told["secret"])
    async with httpx.AsyncClient(timeout=20) as phone:
        for body in (
            location(34.4487, -3600),
            b'{"_type":"location"',
            b'{"_type":"location","lat":34.4,"lon":-119.2,"tst":1,"desc":"Bj\xf6rn"}',
            b'{"_type":"nonsense"}',
            b"x" * (KEPT_BYTES + 1),
            b'{"_type":"lwt","tst":1}',
            b'{"_type":"waypoints","waypoints":[]}',
            b"",
        ):
            answer = await phone.post(url, content=body, auth=signed)
            assert (answer.status_code, answer.json()) == (200, []), body[:40]
        assert (await phone.post(url, content=b"x" * (MOST_BYTES + 1), auth=signed)).status_code == 413
    await running.sign_in()
    state = await running.until(lambda state: state["quarantine"]["count"] == 5)
    reasons = {row["reason"] for row in state["quarantine"]["latest"].values()}
    assert reasons == {"future", "malformed", "encoding", "unknown_type", "too_long"}
    # Its last will came last.
    await running.until(lambda state: state["devices"].get("phone-1", {}).get("status") == "offline")


async def test_only_the_secrets_of_this_event_open_the_door(
    running: Service, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, first = access(capsys, folder, "--device", "phone-1")
    _, second = access(capsys, folder, "--device", "phone-1")
    passwords = passwords_of(running)
    url = second["owntracks"]["url"]
    async with httpx.AsyncClient(timeout=20) as phone:

        async def post(user: str, secret: str) -> httpx.Response:
            return await phone.post(url, content=location(34.4487, 30), auth=(user, secret))

        assert (await post("phone-1", second["secret"])).status_code == 200
        assert (await post("phone-1", passwords["phone-1"])).status_code == 200, "as at the broker"
        refused = await post("phone-1", first["secret"])
        assert refused.status_code == 401, "the older secret has ended"
        assert refused.headers["www-authenticate"].startswith("Basic ")
        assert refused.headers["content-type"] == "application/problem+json"
        assert (await post("service", passwords["service"])).status_code == 401
        assert (await post("fleet", passwords["fleet"])).status_code == 401
        assert (await phone.get(f"{url}/phone-1/{first['secret']}")).status_code == 403
        assert (await phone.get(f"{running.url}/ingest/else")).status_code == 422
        paths = (await phone.get(f"{running.url}/openapi.json")).json()["paths"]
        assert {"/ingest/{app}", "/ingest/{app}/{device}/{secret}"} <= paths.keys()
        code, _ = access(capsys, folder, "--device", "phone-1", "--end")
        assert code == 0
        assert (await post("phone-1", second["secret"])).status_code == 401


async def test_what_is_posted_twice_is_one_fix(
    running: Service, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, told = access(capsys, folder, "--device", "phone-1")
    async with httpx.AsyncClient(timeout=20, auth=("phone-1", told["secret"])) as phone:
        for _ in range(3):
            assert (await phone.post(told["owntracks"]["url"], content=location(34.4487, 30))).is_success
    assert await running.metric("rallykeeper_ingest_fixes_total") == 1
    assert await running.metric("rallykeeper_ingest_duplicates_total") == 2


def test_a_device_that_the_event_does_not_know_gets_no_secret(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert access(capsys, folder, "--device", "phone-x") == (1, None)
    assert access(capsys, folder, "--device", "phone-1", "--end") == (1, None)


def test_a_secret_is_stored_nowhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, told = access(capsys, folder, "--device", "phone-1")
    store = AccessStore(folder / "data", SystemClock().now)
    assert store.is_secret("phone-1", told["secret"])
    assert not store.is_secret("phone-2", told["secret"])
    store.close()
    with sqlite3.connect(folder / "data" / "access.sqlite3") as database:
        assert told["secret"] not in "\n".join(database.iterdump())


def test_owntracks_takes_its_settings_from_one_link(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = access(
        capsys,
        folder,
        "--device",
        "phone-1",
        "--url",
        "https://timing.example.org/",
        "--qr",
        str(tmp_path / "c.svg"),
    )
    assert code == 0
    link = urlsplit(told["owntracks"]["link"])
    assert (link.scheme, link.path) == ("owntracks", "/config")
    configuration = json.loads(base64.b64decode(parse_qs(link.query)["inline"][0], validate=True))
    assert configuration["_type"] == "configuration"
    assert configuration["mode"] == 3
    assert configuration["url"] == "https://timing.example.org/ingest/owntracks"
    assert (configuration["username"], configuration["deviceId"]) == ("phone-1", "phone-1")
    assert configuration["password"] == told["secret"]
    assert (tmp_path / "c.svg").read_text().startswith("<svg")


def test_a_name_with_a_slash_or_a_percent_stays_one_part_of_the_address() -> None:
    told = settings("T/1 %", "abc", "https://h")
    assert told["traccar"]["url"] == "https://h/ingest/osmand/T%2F1%20%25/abc"
