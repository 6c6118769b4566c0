"""The clocks of devices over HTTP: checks by hand, what is wrong, and what puts it right."""

from typing import Any

import httpx
import pytest

from timing.core.instant import HOUR, MINUTE, SECOND, Instant, format_instant, parse_instant
from timing.core.readings import Source, Stamp, SyncCheck

EIGHT = parse_instant("2026-06-06T15:00:00Z")
MORNING, EVENING = EIGHT - HOUR, EIGHT + HOUR
CARS = ("1", "2", "3", "4")
ALL_TIMES: dict[str, Any] = {"type": "CorrectDevice", "device": "TIMY-1", "since": None, "until": None}


def both_tests(device: str = "TIMY-1", source: Source = Source.A, ahead: int = 0) -> list[Stamp]:
    """All cars over the lines of the first two tests, by one device."""
    return [
        Stamp(
            device=device,
            control=control,
            source=source,
            car=car,
            at=EIGHT + place * MINUTE + after + ahead,
        )
        for place, car in enumerate(CARS)
        for control, after in (("T1.0", 0), ("T1.1", 18_020_000), ("T1.2", 41_020_000))
    ]  # fmt: skip


def checks(offset: int, later: int, device: str = "TIMY-1") -> list[SyncCheck]:
    return [
        SyncCheck(device=device, at=at, offset=value, uncertainty=100, method="pulse")
        for at, value in ((MORNING, offset), (EVENING, later))
    ]


def by_hand(at: Instant, reference: Instant, key: str = "check-1") -> dict[str, Any]:
    return {
        "at": format_instant(at),
        "reference": format_instant(reference),
        "uncertainty": 500,
        "idempotency_key": f"{key}-{at}",
    }


async def clock(client: httpx.AsyncClient, device: str) -> Any:
    answer = await client.get("/api/devices")
    assert answer.status_code == 200, answer.text
    return answer.json()["devices"][device]["clock"]


async def test_a_clock_that_drifted_is_shown_with_the_act_that_puts_it_right(run: Any) -> None:
    running = await run()
    await running.give(*both_tests(), *checks(1_000, 9_000))
    async with running.client("timekeeper") as keeper:
        shown = await clock(keeper, "TIMY-1")
        assert shown["state"] == "FAIL"
        assert (shown["offset"], shown["uncertainty"]["us"]) == ({"us": 9_000, "text": "+0.009000"}, 100)
        assert shown["drift"] == {"ppm": "+1.11", "us_per_hour": 4_000}
        assert [each["offset"]["us"] for each in shown["checks"]] == [1_000, 9_000]
        lines = {each["control"]: each for each in shown["at"]}
        assert list(lines) == ["T1.0", "T1.1", "T1.2"]
        assert lines["T1.1"]["limits"]["fail"] == {"us": 5_000, "text": "0:00.005000"}
        assert lines["T1.1"]["why"] == "the clock of TIMY-1 was 9 ms ahead (record 14)"
        before = (await keeper.get("/api/stages/T1/results")).json()["rows"]
        assert {row["marks"] for row in before.values()} == {"?"}

        proposed = shown["proposed"]
        preview = await keeper.post("/api/decisions?preview=true", json=proposed)
        assert preview.status_code == 200
        rows = preview.json()["preview"]["results"]["T1"]
        assert {car: row["marks"] for car, row in rows.items()} == dict.fromkeys(CARS, "*")

        taken = await keeper.post("/api/decisions", json=proposed)
        assert taken.status_code == 201, taken.text
        await running.settle()
        after = await clock(keeper, "TIMY-1")
        assert (after["state"], [each["act"]["type"] for each in after["ruled"]]) == ("OK", ["CorrectDevice"])
        assert "proposed" not in after
        rows = (await keeper.get("/api/stages/T1/results")).json()["rows"]
        assert {row["marks"] for row in rows.values()} == {"*"}
        state = (await keeper.get("/api/live")).json()["state"]
        stamp = state["controls"]["T1.1"]["stamps"]["S/TIMY-1/T1.1/1780758018020000/1"]
        assert (stamp["text"], stamp["corrected"]) == ("08:00:18.020000", "08:00:18.014980")


async def test_why_shows_the_correction_and_every_other_source_with_its_difference(run: Any) -> None:
    running = await run()
    await running.give(*both_tests(), *both_tests("TIMY-2", Source.B, 3_000), *checks(8_000, 8_000))
    async with running.client("timekeeper") as keeper:
        act = {**ALL_TIMES, "points": [[format_instant(MORNING), 8_000]]}
        await keeper.post("/api/decisions", json={"act": act, "reason": "DRIFT"})
        await running.settle()
        steps = (await keeper.get("/api/why/T1/1")).json()["steps"]
    finish = next(step for step in steps if step["what"].startswith("time at T1.1"))
    assert finish["value"] == "08:00:18.012000"
    used, other, doubt = finish["steps"]
    assert used["value"] == "08:00:18.020000"
    assert used["steps"][0]["what"].startswith("clock of TIMY-1 put right by Ada")
    assert used["steps"][0]["value"] == "08:00:18.012000"
    assert (other["value"], other["steps"][0]["value"]) == ("08:00:18.023000", "+0.011000")
    assert doubt["value"] == "B and A differ by 0.011 s"


async def test_a_check_made_by_hand_is_recorded_once_and_counts(run: Any) -> None:
    running = await run()
    await running.give(*both_tests())
    async with running.client("timekeeper") as keeper:
        assert (await clock(keeper, "TIMY-1"))["state"] == "UNCHECKED"
        morning = by_hand(MORNING + 1_000, MORNING)
        first = await keeper.post("/api/devices/TIMY-1/checks", json=morning)
        assert (first.status_code, first.json()["offset"]) == (201, 1_000)
        again = await keeper.post("/api/devices/TIMY-1/checks", json=morning)
        assert (again.status_code, again.json()["seq"]) == (200, first.json()["seq"])
        other = {**morning, "reference": format_instant(MORNING + 7_000)}
        assert (await keeper.post("/api/devices/TIMY-1/checks", json=other)).status_code == 409
        shown = await clock(keeper, "TIMY-1")
        assert (shown["state"], shown["why"]) == (
            "UNCHECKED",
            "not compared with a reference after 08:03:00",
        )
        blockers = (await keeper.get("/api/stages/T1/checklist")).json()["blockers"]
        assert {each["device"] for each in blockers if each["kind"] == "clock_unchecked"} == {"TIMY-1"}
        await keeper.post("/api/devices/TIMY-1/checks", json=by_hand(EVENING, EVENING))
        assert (await clock(keeper, "TIMY-1"))["state"] == "OK"
        blockers = (await keeper.get("/api/stages/T1/checklist")).json()["blockers"]
        assert not any(each["kind"].startswith("clock") for each in blockers)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"reference": None}, 422),
        ({"offset": 5}, 422),
        ({"at": "15:00"}, 422),
        ({"reference": "2026-06-01T15:00:00Z"}, 422),
        ({"uncertainty": -1}, 422),
        ({"why": "x"}, 422),
    ],
)
async def test_a_check_that_says_nothing_is_refused(run: Any, change: dict[str, Any], status: int) -> None:
    running = await run()
    await running.give(*both_tests())
    async with running.client("timekeeper") as keeper:
        answer = await keeper.post("/api/devices/TIMY-1/checks", json={**by_hand(MORNING, MORNING), **change})
        assert answer.status_code == status, answer.text
    assert running.service.rally.clocks.checks("TIMY-1") == ()


async def test_clocks_are_the_timekeepers_and_known_devices_only(run: Any) -> None:
    running = await run()
    await running.give(*both_tests())
    async with running.client("clerk") as clerk, running.client("timekeeper") as keeper:
        assert (await clerk.get("/api/devices")).status_code == 200
        refused = await clerk.post("/api/devices/TIMY-1/checks", json=by_hand(MORNING, MORNING))
        assert refused.status_code == 403
        nobody = await keeper.post("/api/devices/TIMY-9/checks", json=by_hand(MORNING, MORNING))
        assert nobody.status_code == 404
        act = {"act": {"type": "DropDevice", "device": "TIMY-1"}}
        assert (await clerk.post("/api/decisions", json={**act, "text": "broken"})).status_code == 403
    async with running.client("spectator") as spectator, running.client("marshal") as marshal:
        assert (await spectator.get("/api/devices")).status_code == 401
        assert (await marshal.get("/api/devices")).status_code == 403


@pytest.mark.parametrize(
    ("act", "why"),
    [
        ({"type": "AcceptDevice", "device": "TIMY-9"}, "no device 'TIMY-9'"),
        ({"type": "AcceptDevice", "device": "TIMY-1", "control": "X"}, "no control 'X'"),
        ({**ALL_TIMES, "points": []}, "one instant at least"),
        ({**ALL_TIMES, "points": [["2026-06-06T15:00:00Z", 1], ["2026-06-06T15:00:00Z", 2]]}, "rise"),
        ({**ALL_TIMES, "points": [["2026-06-06T15:00:00Z", 90_000_000_000]]}, "a day at most"),
        ({**ALL_TIMES, "points": [["08:00", 1]]}, "not an instant"),
        (
            {"type": "DropDevice", "device": "TIMY-1", "since": "2026-06-06T15:00:00Z",
             "until": "2026-06-06T15:00:00Z"},
            "ends before it begins",
        ),
    ],
)  # fmt: skip
async def test_a_ruling_on_a_clock_that_cannot_be_is_refused(run: Any, act: dict[str, Any], why: str) -> None:
    running = await run()
    await running.give(*both_tests())
    async with running.client("timekeeper") as keeper:
        answer = await keeper.post("/api/decisions", json={"act": act, "text": "compared"})
    assert answer.status_code == 422
    assert why in answer.json()["detail"]


async def test_a_ruling_on_a_clock_needs_a_reason(run: Any) -> None:
    running = await run()
    await running.give(*both_tests())
    act = {"act": {"type": "AcceptDevice", "device": "TIMY-1"}}
    async with running.client("timekeeper") as keeper:
        refused = await keeper.post("/api/decisions", json=act)
        assert refused.status_code == 422
        assert "needs a reason" in refused.json()["detail"]
        given = await keeper.post("/api/decisions", json={**act, "text": "a radio clock, seen at noon"})
        assert given.status_code == 201
        shown = await clock(keeper, "TIMY-1")
    assert (shown["state"], shown["why"]) == ("OK", "settled by the Official Timekeeper")


async def test_the_desk_sees_in_the_live_document_that_a_clock_is_an_hour_off(run: Any) -> None:
    running = await run()
    await running.give(*both_tests(), *checks(0, 0), *both_tests("TIMY-2", Source.B, HOUR))
    async with running.client("clerk") as clerk:
        found = await clock(clerk, "TIMY-2")
        assert [each["text"] for each in found["findings"]] == [
            "TIMY-2 runs 1 h ahead of A (TIMY-1) at T1.0, T1.1, T1.2: 12 of 12 cars"
        ]
        assert found["proposed"]["act"]["points"][0][1] == 3_600_000_000
        running.clock.advance(2 * SECOND)
        await running.settle()
        rows = (await clerk.get("/api/live")).json()["state"]["devices"]
    assert rows["TIMY-1"]["clock"] == {
        "state": "OK",
        "offset": {"us": 0, "text": "+0.000000"},
        "checked": "2026-06-06T16:00:00.000Z",
        "ppm": "+0.00",
    }
    assert (rows["TIMY-2"]["clock"]["state"], rows["TIMY-2"]["clock"]["findings"]) == ("UNCHECKED", 1)


async def test_a_restart_knows_the_clocks_and_the_rulings_on_them(run: Any) -> None:
    running = await run()
    await running.give(*both_tests(), *checks(1_000, 9_000))
    async with running.client("timekeeper") as keeper:
        shown = await clock(keeper, "TIMY-1")
        await keeper.post("/api/decisions", json=shown["proposed"])
        before = await clock(keeper, "TIMY-1")
        records = list(running.service.journal.read())
    again = await run(data="again")
    for record in records:
        await again.give(record.body, origin=record.origin)
    async with again.client("timekeeper") as keeper:
        assert await clock(keeper, "TIMY-1") == before
