"""No "ready" before one reading has been all the way round: broker, link, journal, receipt."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard import self_test
from dashboard.self_test import SelfTest
from tests.scenarios.running import mosquitto, serving
from timing.clock import SystemClock
from timing.core.readings import Stamp
from timing.folder_template import write_template
from timing.journal.journal import Journal, open_journal, read_beside, verify_beside
from timing.journal.proving import chain_fault
from timing.journal.record import Draft


async def ready(client: httpx.AsyncClient) -> tuple[int, Any]:
    answer = await client.get("/readyz")
    return answer.status_code, answer.json()


async def until_ready(client: httpx.AsyncClient, wanted: int = 200) -> Any:
    async with asyncio.timeout(60):
        while True:
            status, said = await ready(client)
            if status == wanted:
                return said
            await asyncio.sleep(0.05)


@pytest.mark.timeout(180)
async def test_a_service_whose_broker_comes_late_is_not_ready_and_says_why_until_the_round_is_done(
    tmp_path: Path, free_port: Callable[[], int]
) -> None:
    write_template(tmp_path / "rally")
    data, port = tmp_path / "data", free_port()
    async with (
        serving(tmp_path / "rally", data, "--broker", f"mqtt://127.0.0.1:{port}") as service,
        httpx.AsyncClient(base_url=service.url, timeout=20) as client,
    ):
        status, said = await ready(client)
        assert status == 503
        assert said["ready"] is False
        assert any(line.startswith("mqtt") for line in said["lacking"]), said
        assert any(line.startswith(("self-test", "round trip")) for line in said["lacking"]), said
        async with mosquitto(tmp_path, port):
            assert (await until_ready(client)) == {"ready": True, "lacking": []}
    assert list(read_beside(data)) == [], "a test is no reading of the rally"
    assert verify_beside(data) == []


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = open_journal(tmp_path / "journal")
    yield opened
    await opened.close()


async def test_a_disk_without_room_and_a_broker_that_nobody_listens_behind_are_named(
    tmp_path: Path, free_port: Callable[[], int], journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_test, "_ROUND_S", 1.5)
    monkeypatch.setattr(self_test, "_NO_BYTES", 2**62)
    port = free_port()
    made = SelfTest(
        rally="r", data=tmp_path, journal=journal, clock=SystemClock(),
        broker_url=f"mqtt://127.0.0.1:{port}",
    )  # fmt: skip
    assert made.lacking() == ["self-test: not passed yet"]
    async with mosquitto(tmp_path, port):
        work = asyncio.create_task(made.run())
        async with asyncio.timeout(30):
            while len(made.lacking()) < 2:  # noqa: ASYNC110 - another task's work has no event here
                await asyncio.sleep(0.05)
        assert made.lacking()[0].startswith("disk: ")
        assert "MB free" in made.lacking()[0]
        assert made.lacking()[1].startswith("round trip: no receipt within")
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_a_data_folder_that_has_gone_is_named_and_stops_nothing(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(self_test, "_ROUND_S", 0.2)
    made = SelfTest(
        rally="r", data=tmp_path / "gone", journal=journal, clock=SystemClock(),
        broker_url="mqtt://127.0.0.1:1",
    )  # fmt: skip
    work = asyncio.create_task(made.run())
    async with asyncio.timeout(30):
        while len(made.lacking()) < 2:  # noqa: ASYNC110 - another task's work has no event here
            await asyncio.sleep(0.05)
    assert "gone cannot be looked at: No such file" in made.lacking()[0]
    assert not work.done()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_a_chain_that_does_not_fit_is_named(tmp_path: Path, journal: Journal) -> None:
    drafts = [
        Draft(received_at=n, origin="test", body=Stamp(device="g", at=n, channel="1")) for n in range(1, 80)
    ]
    await journal.append(drafts)
    assert chain_fault(journal) == ""
    with sqlite3.connect(next((tmp_path / "journal").glob("*.sqlite*"))) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE records SET received_at = 5 WHERE seq = 60")
    db.close()
    assert "record 60 does not fit" in chain_fault(journal)
