"""The service killed again and again under load, and not one reading lost or counted twice."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from devices.broker import Broker
from devices.register import device_ids
from tests.chaos.traffic import TICK, Traffic
from tests.scenarios.running import (
    EVENTS,
    Service,
    clock_table,
    mosquitto,
    mqtt_client,
    publish_all,
    serving,
    spawn,
)
from timing.core.event import Event
from timing.core.instant import SECOND, parse_instant
from timing.event_folder import load_event
from timing.journal.journal import StoredFix, open_journal, read_beside, verify_beside

FOLDER = EVENTS / "california-mille"
#: Leg 1 is on the road.
BEGAN = parse_instant("2024-04-21T18:00:00Z")
KILLS = 20
#: What depends on when something was received or looked at, not on what the devices said.
_OF_THE_MOMENT = frozenset({"heard", "eta", "next_due", "missing", "health", "heard_at"})


@pytest.fixture
def event() -> Event:
    loaded = load_event(FOLDER).event
    assert loaded is not None
    return loaded


@pytest.fixture(params=["nats", "mosquitto"])
async def broker_url(
    request: pytest.FixtureRequest, tmp_path: Path, free_port: Callable[[], int], event: Event
) -> AsyncIterator[str]:
    if request.param == "nats":
        async with Broker(tmp_path / "broker", event.id, devices=device_ids(event)) as broker:
            yield broker.url()
    else:
        async with mosquitto(tmp_path, free_port()) as url:
            yield url


@pytest.mark.timeout(900)
async def test_twenty_kills_under_load_lose_nothing_and_count_nothing_twice(
    broker_url: str, event: Event, tmp_path: Path
) -> None:
    traffic = Traffic(event, BEGAN)
    table = str(clock_table(tmp_path / "clock.json", BEGAN + 3 * SECOND))
    killed, calm = tmp_path / "killed", tmp_path / "calm"
    arguments = ("--broker", broker_url, "--clock-table", table)

    await _open_session(killed, arguments)
    enough = asyncio.Event()
    publishing = asyncio.create_task(_publish_in_real_time(broker_url, traffic, enough))
    lives = [await _one_life(killed, arguments, random.Random(life)) for life in range(KILLS)]
    enough.set()
    await publishing
    assert sum(grown > 0 for grown in lives) >= KILLS // 2, (
        "too few lives recorded anything before they ended"
    )
    live = await _finish(killed, arguments)

    async with mqtt_client(broker_url) as client, serving(FOLDER, calm, *arguments) as service:
        for start in range(0, len(traffic.sent), 20):
            await publish_all(client, [one for tick in traffic.sent[start : start + 20] for one in tick])
        await _all_arrived(service)

    await _check_journal(killed, traffic)
    await _check_journal(calm, traffic)
    table = str(clock_table(tmp_path / "still.json", BEGAN + len(traffic.sent) * TICK, rate=0))
    standing = [
        await _still_state(data, ("--broker", broker_url, "--clock-table", table)) for data in (killed, calm)
    ]
    found = [_crossings_found(state) for state in standing]
    assert found[0].keys() == found[1].keys()
    # A fix that comes again late may leave its neighbours to prove the crossing: the same passing, measured
    # over a longer way.
    assert max(abs(found[0][passing] - found[1][passing]) for passing in found[0]) < SECOND
    assert _differences(_without_crossings(standing[0]), _without_crossings(standing[1])) == []
    assert _differences(live, standing[0]) == [], "what was shown is not what the journal says"
    assert sum(row["arrived"] for row in live["controls"].values()) > 100
    assert sum("points" in row for stage in live["results"].values() for row in stage.values()) > 100
    assert any(
        stamp["source"] == "G"
        for row in live["controls"].values()
        for stamp in row.get("stamps", {}).values()
    )


async def _open_session(data: Path, arguments: tuple[str, ...]) -> None:
    """Let the broker know the service, so that it keeps what comes while that is away."""
    async with serving(FOLDER, data, *arguments) as service:
        await service.sign_in()
        await service.until(lambda state: state["links"]["mqtt"]["up"])


async def _publish_in_real_time(url: str, traffic: Traffic, enough: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with mqtt_client(url) as client:
        waiting: set[asyncio.Task[None]] = set()
        while not enough.is_set():
            due = began + len(traffic.sent) * TICK / SECOND
            await asyncio.sleep(max(0.0, due - loop.time()))
            waiting.add(asyncio.create_task(publish_all(client, traffic.tick())))
            done = {task for task in waiting if task.done()}
            waiting -= done
            for task in done:
                task.result()
        await asyncio.gather(*waiting)
    rate = len(traffic.sent) / (loop.time() - began)
    assert rate > 0.9 * SECOND / TICK, f"the publisher itself fell behind: {rate:.1f} ticks a second"


async def _one_life(data: Path, arguments: tuple[str, ...], rng: random.Random) -> int:
    """Start the service, kill it at a moment of chance, sometimes before it serves; return its records."""
    before = sum(1 for _ in read_beside(data))
    service = await spawn(FOLDER, data, *arguments)
    if rng.random() < 0.2:
        await asyncio.sleep(rng.uniform(0.3, 2.5))
    else:
        await service.ready()
        await asyncio.sleep(rng.uniform(0.2, 2.5))
    assert service.process.returncode is None, "it ended before it was killed"
    await service.kill()
    return sum(1 for _ in read_beside(data)) - before


async def _finish(data: Path, arguments: tuple[str, ...]) -> dict[str, Any]:
    """Let a last life take all that is left; return its live document."""
    async with serving(FOLDER, data, *arguments) as service:
        await _all_arrived(service)
        await service.sign_in()
        return _only_what_was_said(await service.state())


async def _all_arrived(service: Service) -> None:
    """Wait until nothing more has come for longer than the broker waits before it sends again."""
    async with asyncio.timeout(180):
        last, since = -1, 0
        while since < 8:
            names = ("records", "fixes", "duplicates", "rejected")
            counted = sum([await service.metric(f"rallykeeper_ingest_{name}_total") for name in names])
            since = since + 1 if counted == last else 0
            last = counted
            await asyncio.sleep(0.5)
    assert service.process.returncode is None


async def _check_journal(data: Path, traffic: Traffic) -> None:
    assert verify_beside(data) == []
    keys = Counter(record.key for record in read_beside(data) if not record.origin.startswith("tracks:"))
    assert traffic.records - keys.keys() == set(), "lost"
    assert keys.keys() - traffic.records == set(), "never sent"
    assert [key for key, count in keys.items() if count > 1] == []
    fixes = Counter((stored.fix.device, stored.fix.at) for stored in await _fixes(data))
    assert traffic.fixes - fixes.keys() == set(), "lost"
    assert fixes.keys() - traffic.fixes == set(), "never sent"
    assert max(fixes.values()) == 1


async def _fixes(data: Path) -> list[StoredFix]:
    journal = open_journal(data)
    try:
        assert journal.quarantine_head() == 0
        return list(journal.read_fixes(0))
    finally:
        await journal.close()


async def _still_state(data: Path, arguments: tuple[str, ...]) -> dict[str, Any]:
    async with serving(FOLDER, data, *arguments) as service:
        await service.sign_in()
        state = await service.state()
    return _only_what_was_said(state)


def _only_what_was_said(state: dict[str, Any]) -> dict[str, Any]:
    kept = {part: state[part] for part in ("stages", "standings", "results", "splits", "cars", "controls")}
    for row in kept["controls"].values():
        for stamp in row.get("stamps", {}).values():
            stamp.pop("seq", None)  # the order of arrival
    lasting = _lasting(kept)
    assert isinstance(lasting, dict)
    return lasting


def _crossings_found(state: dict[str, Any]) -> dict[tuple[str, str], int]:
    """The instants of the stamps that were found by position, by control and car."""
    return {
        (control, stamp["car"]): parse_instant(stamp["at"])
        for control, row in state["controls"].items()
        for stamp in row.get("stamps", {}).values()
        if stamp["source"] == "G"
    }


def _without_crossings(state: dict[str, Any]) -> dict[str, Any]:
    controls = {
        control: {
            **row,
            "stamps": {key: s for key, s in row.get("stamps", {}).items() if s["source"] != "G"},
        }
        for control, row in state["controls"].items()
    }
    return {**state, "controls": controls}


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lasting(item) for key, item in value.items() if key not in _OF_THE_MOMENT}
    return value


def _differences(one: object, other: object, where: str = "") -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        found: list[str] = []
        for key in sorted({*one, *other}):
            found += _differences(one.get(key), other.get(key), f"{where}/{key}")
        return found[:20]
    return [] if one == other else [f"{where}: {json.dumps(one)[:120]} != {json.dumps(other)[:120]}"]
