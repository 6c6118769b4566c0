"""What a marshal's page sends: stamps by a phone's wrong clock, withdrawals, remarks, alerts passed on."""

import json
from typing import Any

import pytest

from timing.core.instant import MINUTE, SECOND, parse_instant
from timing.core.readings import Alert, Remark, Stamp

NOW = "2026-06-06T16:00:00Z"


def by_phone(shown: str, offset_us: int, **more: Any) -> dict[str, Any]:
    return {"idempotency_key": "phone-1/000001", "phone_at": shown, "offset_us": offset_us} | more


async def test_a_stamp_of_a_wrong_phone_clock_is_put_right_and_says_so(run: Any) -> None:
    running = await run()
    sent = by_phone(
        "2026-06-06T16:02:13.500Z", 134_300_000, measured_at="2026-06-06T15:58:00Z", uncertainty_us=40_000
    )
    async with running.client("marshal") as client:
        answer = await client.post("/api/controls/T1.0/stamps", json=sent)
        again = await client.post("/api/controls/T1.0/stamps", json=sent)
    assert (answer.status_code, again.status_code) == (201, 200)
    assert answer.json()["at"] == "2026-06-06T15:59:59.200Z"
    record = running.service.journal.find(answer.json()["key"])
    assert isinstance(record.body, Stamp)
    assert record.body.at == parse_instant("2026-06-06T15:59:59.200Z")
    assert record.body.uncertainty == 40_000
    assert record.body.note == "phone clock 2:14.3 s ahead, taken off"
    assert json.loads(record.raw) == sent, "what the phone showed and what was measured stay with the record"


async def test_a_phone_that_is_right_is_not_talked_of(run: Any) -> None:
    running = await run()
    async with running.client("marshal") as client:
        sent = by_phone("2026-06-06T15:59:59.200Z", -300_000, note="by torchlight")
        answer = await client.post("/api/controls/T1.0/stamps", json=sent)
    record = running.service.journal.find(answer.json()["key"])
    assert record.body.at == parse_instant("2026-06-06T15:59:59.500Z")
    assert record.body.note == "by torchlight"


@pytest.mark.parametrize(
    "sent",
    [
        {"idempotency_key": "k" * 8, "phone_at": NOW},
        {"idempotency_key": "k" * 8, "offset_us": 5},
        by_phone("2026-06-06T16:10:00Z", 10),
        by_phone(NOW, 0, uncertainty_us=-1),
    ],
    ids=["no offset", "no reading", "still in the future", "negative uncertainty"],
)
async def test_half_a_phone_clock_is_refused(run: Any, sent: dict[str, Any]) -> None:
    running = await run()
    async with running.client("marshal") as client:
        answer = await client.post("/api/controls/T1.0/stamps", json=sent)
    assert answer.status_code == 422
    assert running.service.journal.head()[0] == 0


async def test_a_marshal_takes_back_an_own_stamp_and_no_other(run: Any) -> None:
    running = await run()
    await running.give(Stamp(device="beam", control="T1.0", at=running.clock.now() - MINUTE, n=1, boot=1))
    beam = "S/beam/1/1"
    async with running.client("marshal") as mine, running.client("timekeeper") as other:
        stamp = await mine.post(
            "/api/controls/T1.0/stamps", json={"idempotency_key": "wrong-moment", "car": "1"}
        )
        taken = {"stamp": stamp.json()["key"], "note": "pressed by mistake"}
        refused = await mine.post("/api/controls/T1.0/withdrawals", json={"stamp": beam})
        of_marshal = await other.post("/api/controls/T1.0/withdrawals", json=taken)
        answers = [await mine.post("/api/controls/T1.0/withdrawals", json=taken) for _ in range(2)]
        unknown = await mine.post("/api/controls/TC0/withdrawals", json=taken)
    assert refused.status_code == of_marshal.status_code == 403
    assert [answer.status_code for answer in answers] == [201, 200]
    assert unknown.status_code == 422
    await running.settle()
    stamps = running.service.rally.control_state("T1.0").stamps
    assert stamps[stamp.json()["key"]].disposition == "WITHDRAWN"
    assert stamps[beam].disposition != "WITHDRAWN"


async def test_a_remark_reaches_the_officials_and_the_control_but_not_the_public(run: Any) -> None:
    running = await run()
    sent = {"idempotency_key": "note-0001", "kind": "COUNT", "text": "dog", "cars_in": 41, "cars_out": 39}
    async with running.client("marshal") as client, running.client("spectator") as public:
        answers = [await client.post("/api/controls/T1.0/remarks", json=sent) for _ in range(2)]
        other = await client.post("/api/controls/T1.0/remarks", json=sent | {"kind": "NOTE"})
        await running.settle()
        state = (await client.get("/api/live")).json()["state"]
        seen = (await public.get("/api/live")).json()["state"]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert other.status_code == 409
    row = state["remarks"]["T1.0"][answers[0].json()["key"]]
    assert (row["kind"], row["text"], row["cars_in"], row["cars_out"]) == ("COUNT", "dog", 41, 39)
    assert "remarks" not in seen
    body = running.service.journal.find(answers[0].json()["key"]).body
    assert isinstance(body, Remark)


async def test_an_sos_passed_on_is_an_alert_of_the_car(run: Any) -> None:
    running = await run()
    sent = {"idempotency_key": "sos-0001", "kind": "SOS", "car": "2", "text": "red triangle out"}
    async with running.client("marshal") as client, running.client("clerk") as clerk:
        answers = [await client.post("/api/controls/T1.0/alerts", json=sent) for _ in range(2)]
        await running.settle()
        shown = (await clerk.get("/api/live")).json()["state"]["notices"]
    assert [answer.status_code for answer in answers] == [201, 200]
    body = running.service.journal.find(answers[0].json()["key"]).body
    assert isinstance(body, Alert)
    assert (body.kind, body.car) == ("SOS", "2")
    assert any("red triangle out" in notice["text"] for notice in shown.values())


@pytest.mark.parametrize("what", ["stamps", "withdrawals", "remarks", "alerts"])
@pytest.mark.parametrize(("role", "status"), [("spectator", 401), ("clerk", 403), ("marshal elsewhere", 403)])
async def test_only_its_marshal_and_the_timekeeper_act_at_a_control(
    run: Any, what: str, role: str, status: int
) -> None:
    running = await run()
    bodies = {
        "withdrawals": {"stamp": "S/web-1/0/1"},
        "remarks": {"idempotency_key": "k" * 8},
        "alerts": {"idempotency_key": "k" * 8, "kind": "OK"},
        "stamps": {"idempotency_key": "k" * 8},
    }
    async with running.client(role) as client:
        answer = await client.post(f"/api/controls/T1.0/{what}", json=bodies[what])
    assert answer.status_code == status


async def test_the_whole_list_of_who_is_due_is_for_the_controls_marshal(run: Any) -> None:
    running = await run()
    async with running.client("marshal") as client, running.client("marshal elsewhere") as other:
        await client.post("/api/controls/TC0/stamps", json={"idempotency_key": "first-car", "car": "1"})
        await running.settle()
        listed = (await client.get("/api/controls/TC0/expected")).json()["expected"]
        refused = await other.get("/api/controls/TC0/expected")
    assert set(listed) == set(running.service.event.entries.by_number)
    assert listed["1"]["arrived"] == NOW.replace("Z", ".000Z")
    assert "arrived" not in listed["2"]
    assert listed["1"]["order"] < listed["2"]["order"]
    assert refused.status_code == 403


async def test_the_time_to_measure_against_is_rally_time(run: Any) -> None:
    running = await run()
    async with running.client("spectator") as client:
        before = (await client.get("/api/time")).json()["at"]
        running.clock.advance(SECOND)
        after = (await client.get("/api/time")).json()["at"]
    assert parse_instant(after) - parse_instant(before) == SECOND
