"""The desk over HTTP: the queue, the log with what each decision changed, and the evidence for a result."""

import json
from typing import Any

import pytest

from timing.core.instant import MINUTE, parse_instant
from timing.core.readings import Source, Stamp
from timing.journal.record import Draft

EIGHT = parse_instant("2026-06-06T15:00:00Z")
START = EIGHT + 5 * MINUTE


def line(control: str, after: int, car: str | None, **more: Any) -> Stamp:
    return Stamp(
        device="timer", control=control, source=Source.A, car=car, at=START + after, resolution=100, **more
    )


async def drive(running: Any, car: str = "1") -> None:
    await running.give(
        Stamp(device="m", control="TC0", source=Source.M, car=car, at=EIGHT),
        line("T1.0", 0, car),
        line("T1.1", 18_050_000, car),
        line("T1.2", 41_050_000, car),
    )


async def rule(client: Any, act: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/decisions", json={"act": act, **more})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("path", ["/api/desk", "/api/desk/log", "/api/desk/log/1"])
@pytest.mark.parametrize(("who", "status"), [("spectator", 401), ("marshal", 403)])
async def test_the_desk_is_for_headquarters(run: Any, path: str, who: str, status: int) -> None:
    running = await run()
    async with running.client(who) as client:
        answer = await client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_offered_answer_can_be_previewed_and_posted_as_it_is(run: Any) -> None:
    running = await run()
    await drive(running)
    await running.give(line("T1.1", 23_000_000, None))
    async with running.client("timekeeper") as desk:
        queue = (await desk.get("/api/desk")).json()
        (item,) = [each for each in queue["items"] if each["kind"] == "unassigned"]
        assert queue["offices"]["timekeeper"] >= 1
        assert queue["head"] == running.service.journal.head()[0]
        answer = {**item["choices"][-1]["decision"], "text": "a dog", "saw": queue["head"]}
        shown = (await desk.post("/api/decisions?preview=true", json=answer)).json()
        assert shown["rows"] == []
        assert (await desk.post("/api/decisions", json=answer)).status_code == 201
        after = (await desk.get("/api/desk")).json()
    assert item["id"] not in {each["id"] for each in after["items"]}


async def test_a_preview_lists_each_value_before_and_after_as_boards_print_it(run: Any) -> None:
    running = await run()
    await drive(running)
    async with running.client("clerk") as desk:
        act = {"type": "Penalise", "car": "1", "rule": "late", "points": "10"}
        shown = (await desk.post("/api/decisions?preview=true", json={"act": act})).json()
    rows = [row for row in shown["rows"] if row["of"] == "overall"]
    assert {"in": "standing", "of": "overall", "car": "1", "field": "penalties", "after": "10"} in rows
    (total,) = [row for row in rows if row["field"] == "total"]
    assert int(total["after"]) == int(total["before"]) + 10


async def test_the_log_says_who_ruled_what_whether_it_stands_and_what_it_changed_then(run: Any) -> None:
    running = await run()
    await drive(running)
    key = f"S/timer/T1.1/{START + 18_050_000}/1"
    async with running.client("timekeeper") as desk:
        spurious = await rule(
            desk, {"type": "MarkSpurious", "stamp": key}, reason="SPURIOUS", text="<b>fox</b>"
        )
        back = await rule(desk, {"type": "Withdraw", "decision": spurious["id"]})
        rows = (await desk.get("/api/desk/log")).json()
        first = (await desk.get("/api/desk/log", params={"limit": 1})).json()["decisions"]
        rest = (await desk.get("/api/desk/log", params={"before": back["seq"]})).json()["decisions"]
        effect = (await desk.get(f"/api/desk/log/{spurious['seq']}")).json()
        undone = (await desk.get(f"/api/desk/log/{back['seq']}")).json()
        none = await desk.get("/api/desk/log/1")
    assert rows["count"] == 2
    newest, oldest = rows["decisions"]
    assert [row["seq"] for row in first] == [back["seq"]]
    assert [row["seq"] for row in rest] == [spurious["seq"]]
    assert (newest["stands"], oldest["stands"]) == (True, False)
    assert newest["undoes"] == {"type": "MarkSpurious", "stamp": key}
    assert oldest["stamp"].startswith("timer, ")
    assert (oldest["author"], oldest["role"]) == ("Ada <b>timekeeper</b>", "timekeeper")
    assert (oldest["reason"], oldest["text"]) == ("SPURIOUS", "<b>fox</b>")
    lost = {(row["of"], row["field"]): row for row in effect["changes"]}
    assert "after" not in lost["T1", "time"]
    found = {(row["of"], row["field"]): row for row in undone["changes"]}
    assert found["T1", "time"]["after"] == lost["T1", "time"]["before"]
    assert none.status_code == 404


async def test_officials_get_the_bytes_behind_a_result_and_nobody_else_does(run: Any) -> None:
    running = await run()
    await drive(running)
    await running.give(line("T1.1", 18_550_000, "1"), line("T1.1", 24_000_000, None))
    body = {"idempotency_key": "hand-on-button", "at": "2026-06-06T15:05:18.900Z", "car": "1", "kind": "H"}
    async with running.client("timekeeper") as desk:
        assert (await desk.post("/api/controls/T1.1/stamps", json=body)).status_code == 201
        told = (await desk.get("/api/why/T1/1")).json()
    start, finish = told["evidence"]["controls"]
    assert (start["control"], finish["control"]) == ("T1.0", "T1.1")
    used, double, hand = finish["stamps"]
    assert (used["used"], used["disposition"], used["resolution"]) == (True, "ACCEPTED", "100 µs")
    assert (double["disposition"], double["difference"]) == ("DUPLICATE_EDGE", "+0.5000")
    assert hand["source"] == "H"
    assert json.loads(hand["raw"]) == body
    assert hand["origin"].startswith("web:timekeeper/")
    assert len(hand["hash"]) == 64
    (near,) = finish["near"]
    assert "car" not in near
    assert near["candidates"]
    assert told["evidence"]["standings"]["overall"]["rank"] == 1
    assert list(told["evidence"]["beside"]) == ["1"]
    for who in ("marshal", "spectator"):
        async with running.client(who) as client:
            short = (await client.get("/api/why/T1/1")).json()
        assert short["line"] == told["line"]
        assert "evidence" not in short


async def test_the_evidence_names_the_decisions_about_a_result_and_no_others(run: Any) -> None:
    running = await run()
    await drive(running)
    await drive(running, "2")
    at = "2026-06-06T15:05:18.070Z"
    async with running.client("timekeeper") as desk:
        mine = await rule(desk, {"type": "CorrectTime", "control": "T1.1", "car": "1", "at": at})
        await rule(desk, {"type": "CorrectTime", "control": "T1.1", "car": "2", "at": at})
        await rule(desk, {"type": "CorrectTime", "control": "T1.2", "car": "1", "at": at})
        back = await rule(desk, {"type": "Withdraw", "decision": mine["id"]})
        told = (await desk.get("/api/why/T1/1")).json()["evidence"]["decisions"]
    assert [row["seq"] for row in told] == [mine["seq"], back["seq"]]
    assert [row["stands"] for row in told] == [False, True]


async def test_bytes_that_are_no_text_are_shown_in_hexadecimal(run: Any) -> None:
    running = await run()
    raw = bytes([0, 1, 2, 0x81, 0xFF])
    stamp = line("T1.0", 0, "1")
    await running.service.journal.append(
        [Draft(received_at=START, origin="serial:test", body=stamp, raw=raw)]
    )
    record = running.service.journal.find(f"S/timer/T1.0/{START}/1")
    running.service.rally.add(record)
    async with running.client("steward") as desk:
        told = (await desk.get("/api/why/T1/1")).json()
    (shown,) = told["evidence"]["controls"][0]["stamps"]
    assert (shown["raw"], shown["bytes"]) == ("00 01 02 81 ff", 5)
