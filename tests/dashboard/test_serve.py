"""The command as a user runs it: a process of its own, the real broker, the real journal."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import psutil
import pytest

from dashboard.documents.qr import qr_svg
from dashboard.serve import main
from devices.mqtt import BrokerAddress
from timing.clock import SystemClock
from timing.folder_template import write_template

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my-rally"
    write_template(made)
    return made


class Started:
    """A running `rallykeeper serve`."""

    def __init__(self, process: asyncio.subprocess.Process, told: dict[str, Any]) -> None:
        self.process = process
        self.told = told
        self.url = str(told["url"])

    async def publish(self, *messages: tuple[str, dict[str, Any]]) -> None:
        address = BrokerAddress.parse(self.told["fleet"])
        async with aiomqtt.Client(
            address.host, address.port, username=address.username, password=address.password
        ) as client:
            for topic, payload in messages:
                await client.publish(topic, json.dumps(payload), qos=1)

    async def state(self) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.url, timeout=10) as client:
            state = (await client.get("/api/live")).json()["state"]
        assert isinstance(state, dict)
        return state

    async def until(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                state = await self.state()
                if condition(state):
                    return state
                await asyncio.sleep(0.1)

    async def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        async with asyncio.timeout(20):
            return await self.process.wait()


@asynccontextmanager
async def serving(folder: Path, *more: str) -> AsyncIterator[Started]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dashboard.serve", "serve", str(folder), "--port", "0", "--json", *more,
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(30):
            line = await process.stdout.readline()
        if not line:
            pytest.fail((await process.stderr.read()).decode())
        yield Started(process, json.loads(line))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def fix(n: int, lat: float) -> dict[str, Any]:
    return {"at": f"2026-06-06T15:09:{n:02d}Z", "lat": lat, "lon": -119.2431, "speed": 5.0, "boot": 1, "n": n}


async def test_a_fix_and_a_stamp_from_the_broker_are_on_the_board_and_survive_a_restart(folder: Path) -> None:
    table = str(clock_table(folder))
    async with serving(folder, "--clock-table", table) as running:
        stamp = {"at": "2026-06-06T15:09:07.25Z", "channel": "1", "boot": 1, "n": 7}
        await running.publish(
            ("rally/my-rally/fix/phone-1", fix(1, 34.4487)), ("rally/my-rally/stamp/beam-9", stamp)
        )
        state = await running.until(lambda state: "lat" in state["cars"]["1"])
        assert state["cars"]["1"]["lat"] == 34.4487
        async with httpx.AsyncClient(base_url=running.url, follow_redirects=True) as client:
            await client.get(running.told["links"]["timekeeper"])
            records = (await client.get("/api/journal")).json()["records"]
            async with asyncio.timeout(20):  # a test reading is on its way round first
                while (ready := await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - HTTP
                    await asyncio.sleep(0.1)
        assert [record["body"]["kind"] for record in records] == ["stamp"]
        assert ready.json() == {"ready": True, "lacking": []}
        first = running.told
        assert await running.stop() == 0
    async with serving(folder, "--clock-table", table) as running:
        assert (await running.state())["cars"]["1"]["lat"] == 34.4487
        assert running.told["links"].keys() == first["links"].keys()
        token = running.told["links"]["clerk"].rpartition("/")[2]
        assert token == first["links"]["clerk"].rpartition("/")[2], "personal links outlive a restart"
        assert await running.stop(signal.SIGINT) == 0


async def test_the_public_stream_is_on_the_broker_for_edges_and_the_press(folder: Path) -> None:
    async with serving(folder, "--clock-table", str(clock_table(folder))) as running:
        address = BrokerAddress.parse(running.told["fleet"])
        async with (
            asyncio.timeout(20),
            aiomqtt.Client(
                address.host, address.port, username=address.username, password=address.password
            ) as client,
        ):
            await client.subscribe("rally/my-rally/live/#")
            await running.publish(("rally/my-rally/fix/phone-1", fix(1, 34.4487)))
            kinds = set()
            async for message in client.messages:
                payload = json.loads(bytes(message.payload))
                kinds.add(payload["type"])
                assert message.topic.value.endswith(payload["type"])
                if kinds == {"patch", "snapshot"}:
                    break


async def test_nothing_is_left_running_after_the_service_has_stopped(folder: Path) -> None:
    async with serving(folder) as running:
        children = psutil.Process(running.process.pid).children(recursive=True)
        assert any("nats-server" in child.name() for child in children)
        assert await running.stop() == 0
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert "url" not in json.loads((folder / "data" / "run.json").read_text())


async def test_a_second_service_on_the_same_data_is_refused_with_a_reason(folder: Path) -> None:
    async with serving(folder):
        second = await asyncio.to_thread(run, "serve", str(folder), "--port", "0")
    assert second.returncode == 1
    assert "Traceback" not in second.stderr
    assert second.stderr.strip()


def test_a_port_in_use_is_named_and_the_next_one_is_offered(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = run("serve", str(folder), "--port", str(port))
    assert answer.returncode == 1
    assert f"port {port} of 127.0.0.1 is taken by another program" in answer.stderr
    assert "--next-port" in answer.stderr


async def test_the_run_file_is_for_its_owner_alone(folder: Path) -> None:
    async with serving(folder, "--simulated") as running:
        path = folder / "data" / "run.json"
        assert path.stat().st_mode & 0o077 == 0
        assert set(running.told["links"]) == {"clerk", "timekeeper", "steward", "marshal"}
        assert (await running.state())["rally"]["simulated"] is True


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dashboard.serve", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


def test_init_makes_an_event_that_check_finds_nothing_wrong_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "new")
    assert command(capsys, "init", folder)[0] == 0
    code, out, _ = command(capsys, "check", folder)
    assert code == 0
    assert "5 cars" in out
    assert command(capsys, "init", folder)[0] == 1, "nothing is overwritten"


def test_check_names_every_problem_with_file_and_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = folder / "entries.csv"
    entries.write_text(entries.read_text().replace("1927", "soon").replace("1953", "later"))
    code, out, _ = command(capsys, "check", str(folder))
    assert code == 1
    assert out.count("entries.csv:") == 2
    code, out, _ = command(capsys, "check", str(folder), "--json")
    assert [problem["line"] for problem in json.loads(out)["problems"]] == [3, 6]
    assert command(capsys, "serve", str(folder))[0] == 1


@pytest.mark.parametrize(
    "arguments", [(), ("nothing",), ("serve",), ("results", "x"), ("serve", "x", "--port", "y")]
)
def test_misuse_ends_with_status_two(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert command(capsys, *arguments)[0] == 2


def test_an_unknown_scope_or_stage_is_misuse_and_lists_the_known_ones(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = command(capsys, "results", str(folder), "SS9")
    assert code == 2
    assert "overall" in err
    assert "T1" in err
    assert command(capsys, "explain", str(folder), "T1", "99")[0] == 2


def test_access_gives_lists_renews_and_ends_links(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = command(capsys, "access", str(folder), "--name", "Ada", "--control", "TC1", "--json")
    assert code == 0
    given = json.loads(out)
    assert given["link"].startswith("/l/")
    assert "Ada: marshal at TC1" in command(capsys, "access", str(folder))[1]
    assert command(capsys, "access", str(folder), "--renew", given["id"])[0] == 0
    assert command(capsys, "access", str(folder), "--revoke", given["id"])[0] == 0
    assert command(capsys, "access", str(folder), "--revoke", "nobody")[0] == 1
    assert "(ended)" in command(capsys, "access", str(folder))[1]


def test_a_personal_link_can_be_handed_out_as_a_code(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, picture = ("--qr", str(folder / "ada.svg")), folder / "ada.svg"
    status, _, err = command(capsys, "access", str(folder), "--name", "Ada", *code)
    assert status == 1
    assert "name the address of the pages with --url" in err
    assert not picture.exists()
    assert json.loads(command(capsys, "access", str(folder), "--json")[1]) == [], "nobody was registered"
    at = ("--url", "https://rally.example/")
    given = json.loads(command(capsys, "access", str(folder), "--name", "Ada", *code, *at, "--json")[1])
    assert given["link"].startswith("https://rally.example/l/")
    assert picture.read_text() == qr_svg(given["link"])
    renewed = json.loads(
        command(capsys, "access", str(folder), "--renew", given["id"], *code, *at, "--json")[1]
    )
    assert renewed["link"] != given["link"]
    assert picture.read_text() == qr_svg(renewed["link"])


def test_a_code_that_cannot_be_written_does_not_lose_the_link(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = ("--qr", str(folder / "none" / "ada.svg"), "--url", "https://rally.example", "--json")
    status, out, err = command(capsys, "access", str(folder), "--name", "Ada", *nowhere)
    assert (status, json.loads(out)["name"]) == (1, "Ada")
    assert json.loads(out)["link"].startswith("https://rally.example/l/")
    assert "no code was written" in err


@pytest.mark.parametrize(("name", "option"), [("demo", "--speed"), ("simulate", "--clock-table")])
def test_the_simulators_commands_take_their_own_options(
    name: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = command(capsys, name, "--help")
    assert code == 0
    assert option in out


async def test_results_explain_and_verify_read_the_journal_of_a_running_service(folder: Path) -> None:
    async with serving(folder, "--clock-table", str(clock_table(folder))) as running:
        async with httpx.AsyncClient(base_url=running.url, follow_redirects=True) as client:
            await client.get(running.told["links"]["timekeeper"])
            for control, at in (("T1.0", "15:05:00Z"), ("T1.1", "15:05:18.05Z")):
                body = {
                    "idempotency_key": f"key-{control}",
                    "car": "1",
                    "at": f"2026-06-06T{at}",
                    "kind": "H",
                }
                answer = await client.post(f"/api/controls/{control}/stamps", json=body)
                assert answer.status_code == 201, answer.text
        table = await asyncio.to_thread(run, "results", str(folder), "T1")
        sheet = await asyncio.to_thread(run, "results", str(folder), "T1", "--format", "csv")
        why = await asyncio.to_thread(run, "explain", str(folder), "T1", "1")
        told = await asyncio.to_thread(run, "explain", str(folder), "T1", "1", "--json")
    checked = run("verify", str(folder / "data"))
    assert "+0.05" in table.stdout, table.stderr
    assert sheet.stdout.splitlines()[0].startswith("rank,car,crew")
    assert why.stdout.startswith("REG_TEST T1: ")
    assert "#1" in why.stdout
    assert "#2" in why.stdout
    assert json.loads(told.stdout)["line"] == why.stdout.splitlines()[0]
    assert json.loads(told.stdout)["derivation"]["records"] == [1, 2]
    assert (checked.returncode, checked.stdout) == (0, "every record is as it was written\n")


def clock_table(folder: Path) -> Path:
    """A rally clock that shows the morning of the example event, at the pace of real time."""
    wall = SystemClock().now()
    table = folder / "clock.json"
    table.write_text(json.dumps([[wall, 1_780_758_600_000_000, 1]]))  # 2026-06-06T15:10:00Z
    return table
