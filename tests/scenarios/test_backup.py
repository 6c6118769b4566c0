"""A backup is made of a service at work, and another computer goes on from it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.scenarios.running import ROOT, Service, mqtt_client, publish_all, serving
from timing.core.instant import MINUTE, SECOND, format_instant, parse_instant

MORNING = parse_instant("2026-06-06T15:09:00Z")
STAMP = "rally/my-rally/stamp/phone-1"
CARS = ("1", "2", "3")


def rallykeeper(*arguments: object) -> tuple[int, str, str]:
    """Run a command as its user does; return its exit status and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.serve", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


async def drive(service: Service) -> None:
    """Have a gate see three cars; return when all are on record."""
    stamps = [
        {"at": format_instant(MORNING - MINUTE + n * SECOND), "channel": "C0", "car": car, "boot": 1, "n": n}
        for n, car in enumerate(CARS)
    ]
    before = await service.metric("rallykeeper_ingest_records_total")
    async with mqtt_client(service.told["fleet"]) as client:
        await publish_all(client, [(STAMP, json.dumps(stamp).encode()) for stamp in stamps])
        async with asyncio.timeout(20):
            while (  # noqa: ASYNC110 - another process counts
                await service.metric("rallykeeper_ingest_records_total") < before + len(CARS)
            ):
                await asyncio.sleep(0.02)


def known(state: dict[str, Any]) -> dict[str, Any]:
    """Leave out what depends on when it is asked for."""
    return {name: state[name] for name in ("standings", "results", "stages")}


async def test_a_service_goes_on_elsewhere_from_a_backup_that_was_made_while_it_ran(
    small_event: Path, tmp_path: Path, morning: str
) -> None:
    target = tmp_path / "stick" / "backup"
    async with serving(small_event, small_event / "data", "--clock-table", morning) as service:
        await drive(service)
        before = known(await service.state())
        code, told, _ = rallykeeper("backup", small_event, target, "--json")
        links = service.told["links"]
    assert code == 0
    said = json.loads(told)
    assert said["records"] == len(CARS)
    code, out, _ = rallykeeper("verify", target / "journal.jsonl")
    assert (code, out) == (0, "every record is as it was written\n")
    assert said["head"] == json.loads((target / "journal.jsonl").read_bytes().splitlines()[-1])["hash"]

    async with serving(
        target / "event", target / "data", "--clock-table", morning, "--broker-port", "0"
    ) as elsewhere:
        assert known(await elsewhere.state()) == before
        # A personal link that was given out opens the officials' pages here as well.
        await elsewhere.text("/" + links["timekeeper"].split("/", 3)[3])
        assert await elsewhere.get("/api/journal?after=0")


async def test_a_backup_holds_no_private_key_and_nobody_else_may_read_it(
    small_event: Path, tmp_path: Path, morning: str
) -> None:
    target = tmp_path / "backup"
    async with serving(small_event, small_event / "data", "--clock-table", morning, "--tls", "--port", "0"):
        secret = (small_event / "data" / "keys" / "timekeeper.key").read_bytes()
        # As `--key` may name one, and a document in the middle of being written.
        (small_event / "our.key").write_bytes(secret)
        (small_event / "data" / "documents").mkdir(exist_ok=True)
        (small_event / "data" / "documents" / ".writing-x").write_bytes(b"half of it")
        assert rallykeeper("backup", small_event, target)[0] == 0
    assert target.stat().st_mode & 0o077 == 0
    files = [path for path in target.rglob("*") if path.is_file()]
    assert target / "data" / "keys" / "timekeeper.pub" in files
    assert not [path for path in files if b"PRIVATE KEY" in path.read_bytes()]
    assert target / "event" / "rally.toml" in files
    assert not list(target.rglob(".writing-*"))
    assert not (target / "event" / "data").exists()


def test_a_backup_replaces_nothing_and_leaves_nothing_half_made(small_event: Path, tmp_path: Path) -> None:
    code, _, said = rallykeeper("backup", small_event, tmp_path / "backup")
    assert code == 1
    assert "journal.sqlite is not there" in said
    assert [path.name for path in tmp_path.iterdir()] == ["my-rally"]
    (tmp_path / "backup").mkdir()
    code, _, said = rallykeeper("backup", small_event, tmp_path / "backup")
    assert (code, "never replaces another one" in said) == (1, True)
    code, _, said = rallykeeper("backup", tmp_path, tmp_path / "other")
    assert (code, "is no event folder" in said) == (1, True)
