"""A drawn rally through real broker, serial ports and pages: every result is compared with the truth."""

import asyncio
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from simulators.demo import clock_table
from simulators.officials import Officials
from simulators.player import Place, Player, habits_at
from simulators.scenario import Scenario, draw
from simulators.timers import Impulse, Mishaps, heard, impulses
from tests.scenarios.running import EVENTS, Service, serving
from timing.clock import ScaledClock, SystemClock
from timing.core.instant import MINUTE, SECOND, Instant, floor_to, parse_instant
from timing.core.itinerary import TIME_CONTROLS, Stage, StageKind
from timing.core.readings import Source
from timing.event_folder import load_event

SEED = 20
#: Fixes have 3 m of error on each axis: ten times that never happens.
FAR_M = 30.0


async def watch(service: Service, scenario: Scenario, seen: dict[str, list[float]]) -> None:
    """Compare, again and again, each car's place with where it truly was at that fix's instant."""
    while True:
        await asyncio.sleep(0.5)
        state = await service.state()
        for car, row in state["cars"].items():
            drive = scenario.drives.get((car, row.get("leg", 1)))
            if drive is None or "lat" not in row or "at" not in row:
                continue
            true = drive.where(parse_instant(row["at"]))
            north = (row["lat"] - true.lat) * 111_320
            east = (row["lon"] - true.lon) * 111_320 * math.cos(math.radians(true.lat))
            seen.setdefault("off", []).append(math.hypot(north, east))
            if "km" in row and not row.get("off_route"):
                seen.setdefault("along", []).append(abs(row["km"] * 1000 - true.metres))


def expected_time(scenario: Scenario, stage: Stage, car: str, printed: list[Impulse]) -> int | None:
    """The stage or test time as regulations make it of what the timers heard; None if they did not."""
    first, second = heard(scenario, printed, Source.A), heard(scenario, printed, Source.B)
    end = first.get((stage.finish, car), second.get((stage.finish, car)))
    if end is None:
        return None
    if stage.kind is StageKind.SS:
        start = scenario.truth[car].starts[stage.id]
        return floor_to(end - start, 100_000)
    begin = first.get((stage.start, car))
    return None if begin is None else floor_to(end, 10_000) - floor_to(begin, 10_000)


def faults(scenario: Scenario, state: dict[str, Any], printed: list[Impulse]) -> tuple[list[str], int]:
    """Return every result that differs from the truth in plain words, and how many were compared."""
    found, compared = [], 0
    for stage in scenario.event.itinerary.stages.values():
        if stage.leg not in scenario.roads or stage.kind is StageKind.AVG_TRIAL:
            continue
        for car, entry in scenario.event.entries.by_number.items():
            if entry.course_car:
                continue
            time = expected_time(scenario, stage, car, printed)
            if time is None:
                continue
            compared += 1
            row = state["results"].get(stage.id, {}).get(car, {})
            shown = row.get("time", {}).get("us")
            if shown != time:
                found.append(f"{stage.id} car {car}: {shown}, truth {time}: {row}")
            elif stage.target is not None and row["deviation"]["us"] != time - stage.target:
                found.append(f"{stage.id} car {car}: deviation {row['deviation']}")
    return found, compared


def heard_at(state: dict[str, Any]) -> dict[str, str | None]:
    """From when each car's newest fix is: what is expected of the cars changes with the clock alone."""
    return {car: row.get("at") for car, row in state["cars"].items()}


async def settled(service: Service) -> dict[str, Any]:
    """Return the live document once the broker has nothing left that would change it."""
    state = await service.state()
    for _ in range(30):
        await asyncio.sleep(2.0)
        before, state = state, await service.state()
        same = all(before[part] == state[part] for part in ("results", "standings"))
        if same and heard_at(before) == heard_at(state):
            return state
    pytest.fail("fixes still come in, a minute after the last was sent")


async def check_in_faults(service: Service, scenario: Scenario) -> list[str]:
    """Return every time control at which a car is not booked in in the minute it was there."""
    found = []
    for car, truth in scenario.truth.items():
        if scenario.event.entries.by_number[car].course_car:
            continue
        times = (await service.get(f"/api/cars/{car}"))["controls"]
        for ident, at in truth.crossings.items():
            if scenario.event.itinerary.controls[ident].kind not in TIME_CONTROLS:
                continue
            row = times.get(ident, {})
            arrived: Instant = parse_instant(row["at"]) if "at" in row else 0
            if floor_to(arrived, MINUTE) != floor_to(at, MINUTE):
                found.append(f"{ident} car {car}: {row}")
    return found


async def clock_faults(service: Service, scenario: Scenario) -> list[str]:
    """Return every clock that keeps a stage from being certified, or is not at ease with its checks."""
    found = []
    for stage in scenario.event.itinerary.stages.values():
        if stage.leg in scenario.roads:
            blockers = (await service.get(f"/api/stages/{stage.id}/checklist"))["blockers"]
            found += [each["text"] for each in blockers if each["kind"].startswith("clock")]
    devices = (await service.get("/api/devices"))["devices"]
    timers = {name for name, device in scenario.event.devices.items() if device.assignments}
    found += [f"{name} has no clock" for name in timers if "clock" not in devices[name]]
    for name, row in devices.items():
        clock = row.get("clock")  # a tracker has none to be judged by
        if clock and clock["at"] and (clock["state"] != "OK" or clock["findings"]):
            found.append(f"{name}: {clock['state']} {clock['why']} {clock['findings']}")
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "speed"), [("night-stages", 300), ("california-mille", 350)])
async def test_a_simulated_leg_gives_the_true_results_to_the_microsecond(
    name: str, speed: int, tmp_path: Path
) -> None:
    loaded = load_event(EVENTS / name)
    assert loaded.event is not None
    scenario = draw(loaded.event, SEED, frozenset({1}))
    mishaps = Mishaps()
    printed = impulses(scenario, mishaps)
    data = tmp_path / "data"
    table = tmp_path / "clock.json"
    pieces = clock_table(scenario, SystemClock().now() + 12 * SECOND, Fraction(speed), None)
    pieces[-1][2] = speed  # no patience for what comes after the last car
    table.write_text(json.dumps(pieces))
    clock = ScaledClock.load(table)
    options = ("--clock-table", str(table), "--simulated")
    seen: dict[str, list[float]] = {}
    async with serving(EVENTS / name, data, *options) as service:
        await service.sign_in()
        player = Player(
            scenario=scenario,
            place=Place.of(data),
            clock=clock,
            # About two thousand fixes a second in all, which a service on a small machine takes at leisure.
            habits=habits_at(float(speed) * len(scenario.truth) / 220),
            mishaps=mishaps,
            since=clock.now(),
            look_every=0.5,
        )
        watching = asyncio.create_task(watch(service, scenario, seen))
        await player.run()
        watching.cancel()
        assert not player.refused
        desk = Officials(Place.of(data).links, clock, scenario.event)
        truth = {(impulse.device, impulse.at): impulse for impulse in printed if not impulse.cleared}
        await clock.sleep_until(scenario.ends + 10 * MINUTE)
        for _ in range(20):
            if not await desk.look(truth):
                break
            await asyncio.sleep(0.3)
        desk.close()
        state = await settled(service)
        found, compared = faults(scenario, state, printed)
        assert not found
        assert compared > 50
        assert not await check_in_faults(service, scenario)
        assert not await clock_faults(service, scenario)
        assert len(seen["off"]) > 500
        assert max(seen["off"]) < FAR_M
        assert max(seen["along"]) < 3 * FAR_M
    async with serving(EVENTS / name, data, *options) as again:
        await again.sign_in()
        replayed = await again.state()
    assert replayed["results"] == state["results"]
    assert replayed["standings"] == state["standings"]
