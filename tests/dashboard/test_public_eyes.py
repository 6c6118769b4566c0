"""What the public may see: each door that is open to everybody is walked in search of secrets."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from dashboard.hub import Audience
from tests.dashboard.doors import DOORS, EVERYBODY
from tests.dashboard.example_day import CARS, NOON, day
from timing.core.event import Event, HiddenZone, PublicPolicy
from timing.core.instant import HOUR, MINUTE, SECOND, Instant, format_instant
from timing.core.positions import Tracking
from timing.core.readings import Fix, Source, Stamp

#: Beside the road by some metres, where no control and no point of a route has a coordinate like it.
BESIDE = 0.0003
#: Asked besides the doors' own addresses: the same data in other clothes.
MORE = (
    "/api/live?as_of={now}",
    "/api/live?as_of=1",
    "/api/cars/2",
    "/api/cars/2/trace",
    "/api/cars/1?as_of={now}",
    "/api/gaps/T1/2",
    "/api/gaps/A1/1",
    "/api/standings/overall?format=csv",
    "/api/standings/raw",
    "/api/stages/T1/results?format=csv",
    "/api/stages/T2/results",
    "/api/why/T1/2",
    "/embed",
    "/wall",
)
#: What tells the time or counts, and no news of a car.
_CLOCKS = frozenset({"/api/time", "/metrics", "/healthz", "/readyz", "/openapi.json", "/api/session"})


def addresses(now: Instant) -> list[str]:
    doors = [
        door.address
        for door in DOORS
        if door.who == EVERYBODY and door.route.startswith("GET /") and "$" not in door.address
    ]
    return [*doors, *(path.replace("{now}", format_instant(now)) for path in MORE)]


async def everything(running: Any, role: str, *, clocks: bool = True) -> dict[str, str]:
    """Every answer by its address, with the stream and what goes out over MQTT."""
    seen: dict[str, str] = {}
    async with running.client(role) as client:
        for path in addresses(running.clock.now()):
            if clocks or path not in _CLOCKS:
                answer = await client.get(path)
                seen[path] = f"{answer.status_code} {said(answer)}"
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {"Cookie": cookie} if cookie else {}
    async with connect(f"ws://127.0.0.1:{running.port}/live", additional_headers=headers) as socket:
        seen["websocket"] = str(await socket.recv())
    hub = running.service.hub
    seen["mqtt live/snapshot"] = hub.view(Audience.PUBLIC).snapshot().payload.decode()
    return seen


def said(answer: httpx.Response) -> str:
    return answer.text if not answer.headers["content-type"].startswith("application/pdf") else "a paper"


def numbers(text: str) -> Iterator[float]:
    try:
        document = json.loads(text.partition(" ")[2] if text[:3].isdigit() else text)
    except ValueError:
        return
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, float):
            yield value


def telling(seen: dict[str, str], spot: tuple[float, float]) -> list[str]:
    """The addresses whose answers hold a coordinate of the spot, to some ten metres."""
    return [path for path, text in seen.items() if all(holds(text, degree) for degree in spot)]


def holds(text: str, degree: float) -> bool:
    return f"{degree:.4f}" in text or any(abs(number - degree) < 0.0001 for number in numbers(text))


def beside_the_road(event: Event, share: float) -> tuple[float, float]:
    line = Tracking(event).roads[1].line
    lat, lon = line.point_at(line.length * share)
    return round(lat + BESIDE, 6), round(lon + BESIDE, 6)


@pytest.fixture
async def patches() -> list[bytes]:
    """What the service published to the broker, message by message."""
    return []


@pytest.fixture
async def served(run: Any) -> Callable[..., Any]:
    """`await served(...)`: a service with pages, however empty."""

    async def start(**given: Any) -> Any:
        running = await run(**given)
        running.service.static.mkdir()
        (running.service.static / "index.html").write_text("<!doctype html><title>Board</title>")
        (running.service.static / "sw.js").write_text("// nothing\n")
        return running

    return start


async def test_a_place_in_a_hidden_zone_is_in_no_public_answer_and_officials_see_it(
    served: Any, event: Event, patches: list[bytes]
) -> None:
    lat, lon = beside_the_road(event, 0.3)
    zones = (HiddenZone(lat, lon, 200.0, "a private drive"),)
    running = await served(event=replace(event, public=PublicPolicy(hidden_zones=zones)))
    out = running.service.hub.publish

    def published(kind: str, message: bytes) -> None:
        patches.append(message)
        out(kind, message)

    running.service.hub.publish = published
    await running.give(*day(*CARS))
    tracker = event.entries.by_number["1"].tracker
    for i in range(5):
        at = running.clock.now()
        await running.give(Fix(device=tracker, at=at, lat=lat + i * 1e-6, lon=lon, accuracy=4.0, n=i))
        running.clock.advance(SECOND)
    await running.settle()
    assert telling(await everything(running, "spectator"), (lat, lon)) == []
    assert telling(await everything(running, "marshal elsewhere"), (lat, lon)) == []
    assert not [message for message in patches if telling({"mqtt": message.decode()}, (lat, lon))]
    assert patches
    found = telling(await everything(running, "clerk"), (lat, lon))
    assert {"/api/live", "/api/positions", "/api/cars/1/trace", "websocket"} <= set(found)


async def test_the_way_of_a_car_that_left_the_road_in_a_hidden_zone_does_not_tell_where(
    served: Any, event: Event
) -> None:
    line = Tracking(event).roads[1].line
    lat, lon = line.point_at(line.length * 0.3)
    zones = (HiddenZone(lat, lon, 200.0, "a private drive"),)
    running = await served(event=replace(event, public=PublicPolicy(hidden_zones=zones)))
    tracker = event.entries.by_number["1"].tracker
    for i in range(40):
        # Away from the road by some 14 m a second, over the edge of the zone after a quarter of a minute.
        at = running.clock.now()
        fix = Fix(device=tracker, at=at, lat=lat + i * 1.2e-4, lon=lon + i * 5e-5, accuracy=4.0, n=i)
        await running.give(fix)
        running.clock.advance(SECOND)
    ways = {}
    for role in ("spectator", "clerk"):
        async with running.client(role) as client:
            ways[role] = (await client.get("/api/cars/1/trace")).json()["properties"]["metres"]
    assert ways["spectator"], "what is outside of the zone is seen"
    assert set(ways["spectator"]) == {-1}
    assert max(ways["clerk"]) > 0


async def test_a_place_seen_after_hours_is_not_shown_then_nor_the_next_morning(
    served: Any, event: Event
) -> None:
    lat, lon = beside_the_road(event, 0.5)
    # 16:00 UTC is 09:00 of this rally.
    running = await served(event=replace(event, public=PublicPolicy(hours=(7 * HOUR, 10 * HOUR))))
    tracker = event.entries.by_number["1"].tracker
    await running.give(Fix(device=tracker, at=running.clock.now(), lat=lat, lon=lon, accuracy=4.0, n=1))
    assert "/api/positions" in telling(await everything(running, "spectator"), (lat, lon))
    running.clock.advance(61 * MINUTE)
    await running.settle()
    # The hours have ended; a way that was public then may still be read: its time has been and gone.
    gone = telling(await everything(running, "spectator"), (lat, lon))
    assert set(gone) <= {"/api/cars/1/trace"}
    home = beside_the_road(event, 0.8)
    fix = Fix(device=tracker, at=running.clock.now(), lat=home[0], lon=home[1], accuracy=4.0, n=2)
    await running.give(fix)
    assert telling(await everything(running, "spectator"), home) == []
    running.clock.advance(22 * HOUR)
    await running.settle()
    assert telling(await everything(running, "spectator"), home) == []
    assert "/api/live" in telling(await everything(running, "clerk"), home)


async def test_while_the_public_runs_behind_no_public_answer_knows_the_news(
    served: Any, event: Event
) -> None:
    running = await served(
        event=replace(event, public=PublicPolicy(delay=2 * MINUTE)), now="2026-06-06T14:50:00Z"
    )
    first = [reading for reading in day("1", "2") if reading.at < NOON + 14 * MINUTE]
    running.clock.advance(NOON + 14 * MINUTE - running.clock.now())
    await running.give(*first)
    running.clock.advance(5 * MINUTE)
    await running.settle()
    before = await everything(running, "spectator", clocks=False)
    assert '"T1"' in before["/api/live"]
    tracker = event.entries.by_number["1"].tracker
    now = running.clock.now()
    lat, lon = beside_the_road(event, 0.4)
    news = [
        # A car that was not there yet, an earlier beam for one that was, a late check-in with a penalty.
        *(reading for reading in day("3") if reading.at < NOON + 14 * MINUTE),
        Stamp(device="m-T1.1", control="T1.1", source=Source.A, car="2", at=NOON + 6 * MINUTE + 17 * SECOND),
        Stamp(device="m-CP1", control="CP1", source=Source.M, car="4", at=NOON + 16 * MINUTE),
        Stamp(device="m-TC1", control="TC1", source=Source.M, car="1", at=NOON + 18 * MINUTE),
        Fix(device=tracker, at=now, lat=lat, lon=lon, accuracy=4.0, n=1),
    ]
    await running.give(*news)
    after = await everything(running, "spectator", clocks=False)
    official = await everything(running, "clerk", clocks=False)
    assert official["/api/live"] != after["/api/live"]
    assert [path for path in before if before[path] != after[path] and "as_of=20" not in path] == []
    # As of now is as of what the board shows, for whoever asks.
    asked = [path for path in after if "as_of=20" in path]
    assert asked
    assert all(before[path] == after[path] or after[path].startswith("403") for path in asked)
    running.clock.advance(2 * MINUTE)
    await running.settle()
    then = await everything(running, "spectator", clocks=False)
    assert then["/api/live"] != before["/api/live"]
    assert then["/api/cars/1"] != before["/api/cars/1"]
