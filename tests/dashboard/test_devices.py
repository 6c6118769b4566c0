"""The devices as officials see them over HTTP: health, places, test passes, doubles."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from timing.core.event import Assignment, DeviceConfig, Event
from timing.core.instant import MINUTE, SECOND, parse_instant
from timing.core.readings import Alert, AlertKind, Fix, Happening, Heartbeat, Source, Stamp

Run = Callable[..., Any]
NOW = parse_instant("2026-06-06T16:00:00Z")


def with_gates(event: Event) -> Event:
    gates = {
        name: DeviceConfig(
            id=name, decoder="native", assignments=(Assignment(control=control, source=source),)
        )
        for name, control, source in (
            ("G1", "T1.0", Source.A),
            ("G2", "T1.0", Source.A),
            ("G3", "T1.1", Source.B),
        )
    }
    return replace(event, devices={**event.devices, **gates})


async def shown(running: Any, role: str = "clerk") -> Any:
    async with running.client(role) as client:
        answer = await client.get("/api/devices")
        assert answer.status_code == 200, answer.text
        return answer.json()


async def test_silence_stillness_and_sleep_are_three_things(run: Run, event: Event) -> None:
    running = await run(event)
    at = [NOW - 10 * MINUTE + i * 10 * SECOND for i in range(61)]
    still = [Fix(device="still", at=one, lat=45.0, lon=9.0, battery=50) for one in at]
    await running.give(*still)
    running.clock.advance(3 * MINUTE)
    await running.give(Heartbeat(device="asleep", at=NOW, link="sleep"))
    await running.give(Fix(device="still", at=NOW + 3 * MINUTE, lat=45.0, lon=9.0))
    await running.give(Fix(device="silent", at=NOW + 3 * MINUTE, lat=45.0, lon=9.0))
    await running.give(Stamp(device="timer", at=NOW, channel="1"))
    running.clock.advance(2 * MINUTE)
    await running.give(Fix(device="still", at=NOW + 5 * MINUTE, lat=45.0, lon=9.0))
    running.clock.advance(1 * MINUTE)
    await running.settle()
    found = (await shown(running))["devices"]
    status = {name: found[name]["status"] for name in ("still", "asleep", "silent", "timer")}
    assert status == {"still": "still", "asleep": "asleep", "silent": "silent", "timer": "resting"}
    assert found["still"]["still_since"].startswith("2026-06-06T15:50:00")


async def test_positions_that_dry_up_are_shown_though_impulses_go_on(run: Run, event: Event) -> None:
    running = await run(event)
    await running.give(Fix(device="unit", at=NOW, lat=45.0, lon=9.0))
    await running.give(Stamp(device="timer", at=NOW, channel="1"))
    statuses = []
    for minute in (1, 2, 3, 4):
        running.clock.advance(MINUTE)
        for device in ("unit", "timer"):
            await running.give(Stamp(device=device, at=NOW + minute * MINUTE, channel="1"))
        await running.settle()
        found = (await shown(running))["devices"]
        statuses.append((found["unit"]["status"], found["timer"]["status"]))
    assert statuses == [("ok", "ok"), ("ok", "ok"), ("silent", "ok"), ("silent", "ok")]
    await running.give(Fix(device="unit", at=NOW + 4 * MINUTE, lat=45.1, lon=9.0))
    await running.settle()
    assert (await shown(running))["devices"]["unit"]["status"] == "ok"


async def test_who_was_said_to_have_gone_is_back_with_the_next_reading_and_owes_no_heartbeats(
    run: Run, event: Event
) -> None:
    running = await run(event)
    for device in ("phone", "beams"):
        await running.give(Heartbeat(device=device, at=NOW, online=False))
    await running.settle()
    found = (await shown(running))["devices"]
    assert {name: found[name]["status"] for name in ("phone", "beams")} == {
        "phone": "offline",
        "beams": "offline",
    }
    assert list(found["phone"]["heard_kinds"]) == ["offline"]
    # What it had kept from before it went says nothing of whether it is back.
    await running.give(Fix(device="phone", at=NOW - MINUTE, lat=45.0, lon=9.0))
    await running.settle()
    assert (await shown(running))["devices"]["phone"]["status"] == "offline"
    for minute in (1, 2, 3, 4):
        running.clock.advance(MINUTE)
        await running.give(Fix(device="phone", at=NOW + minute * MINUTE, lat=45.0 + minute, lon=9.0))
        await running.give(Stamp(device="beams", at=NOW + minute * MINUTE, channel="1"))
        await running.settle()
        found = (await shown(running))["devices"]
        # The beams never sent a heartbeat of their own: impulses are all that they owe.
        assert (found["phone"]["status"], found["beams"]["status"]) == ("ok", "ok")
    assert (found["phone"]["reconnects"], found["beams"]["reconnects"]) == (1, 1)


async def test_missing_numbers_restarts_and_disturbances_are_named(run: Run, event: Event) -> None:
    running = await run(event)
    for n in (1, 2, 5, 6):
        await running.give(Stamp(device="gate", at=NOW + n, channel="1", boot=7, n=n))
    happened = (
        Happening(boot=7, n=1, at=NOW - MINUTE, kind="network_in"),
        Happening(boot=7, n=2, at=NOW - 30 * SECOND, kind="power_cut", detail=""),
    )
    beat = Heartbeat(device="gate", at=NOW + 10, lines=6, spool=3, happened=happened, boot=7, n=9)
    await running.give(beat)
    await running.give(replace(beat, at=NOW + 11, n=10))
    running.clock.advance(MINUTE)
    gate = (await shown(running))["devices"]["gate"]
    assert gate["missing"] == [{"boot": 7, "first": 3, "last": 4}]
    assert gate["missing_count"] == 2
    assert [each["kind"] for each in gate["happened"]] == ["network_in", "power_cut"]
    assert gate["reconnects"] == 2
    assert gate["spool"] == 3


async def test_doubles_are_shown_and_nothing_is_overwritten(run: Run, event: Event) -> None:
    running = await run(with_gates(event))
    said = await shown(running)
    (double,) = [each for each in said["conflicts"] if each["kind"] == "same_line"]
    assert double["text"] == "G1 and G2 both as line A of T1.0"
    for name in ("G1", "G2"):
        assert said["devices"][name]["lines"][0]["control"] == "T1.0"


async def test_a_tracker_that_announces_another_car_is_shown_and_the_assignment_counts(
    run: Run, event: Event
) -> None:
    first, second = list(event.entries.by_number)[:2]
    entry = replace(event.entries.by_number[first], tracker="T-1")
    entries = replace(event.entries, by_number={**event.entries.by_number, first: entry})
    running = await run(replace(event, entries=entries))
    await running.give(Alert(device="T-1", at=NOW, kind=AlertKind.OK, car=second))
    (says,) = [each for each in (await shown(running))["conflicts"] if each["kind"] == "says_other_car"]
    assert f"in car {second}, and is assigned to car {first}" in says["text"]


async def test_a_control_is_not_ready_before_a_test_pass_of_each_of_its_devices_that_day(
    run: Run, event: Event
) -> None:
    running = await run(with_gates(event))
    for name in ("G1", "G2"):
        await running.give(Heartbeat(device=name, at=NOW))
    await running.give(Stamp(device="G1", at=NOW - 24 * 60 * MINUTE, channel="1"))

    async def status(role: str) -> str:
        async with running.client(role) as client:
            state = (await client.get("/api/live")).json()["state"]
        return str(state["controls"]["T1.0"]["health"]["status"])

    assert await status("marshal") == "untested", "yesterday's impulse proves nothing today"
    assert await status("spectator") == "ok", "of no interest to the public"
    await running.give(Stamp(device="G1", at=NOW, channel="1"))
    assert await status("clerk") == "untested", "G2 has shown nothing"
    lines = (await shown(running))["devices"]
    assert lines["G1"]["lines"][0]["tested"] is not None
    assert lines["G2"]["lines"][0]["tested"] is None
    await running.give(Stamp(device="G2", at=NOW, channel="1"))
    assert await status("clerk") == "ok"
    assert await status("marshal") == "ok"


async def test_devices_are_for_officials(run: Run, event: Event) -> None:
    running = await run(event)
    for role, code in (("spectator", 401), ("marshal", 403), ("timekeeper", 200)):
        async with running.client(role) as client:
            assert (await client.get("/api/devices")).status_code == code
