"""The HTTP side: who may do what at each endpoint, problem documents, headers, sheets."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from dashboard.app import CONTENT_SECURITY_POLICY
from dashboard.messages import canonical
from timing.core.entries import EntryList
from timing.core.event import Event, PublicPolicy
from timing.core.instant import MINUTE, SECOND, parse_instant
from timing.core.readings import Fix, Source, Stamp

EIGHT = parse_instant("2026-06-06T15:00:00Z")

OFFICIALS = ("clerk", "timekeeper", "steward", "clerk and steward")
EVERYBODY = ("spectator", "marshal", "marshal elsewhere", *OFFICIALS)
CLERKS = ("clerk", "clerk and steward")
STEWARDS = ("steward", "clerk and steward")


def act(type_: str, **fields: Any) -> dict[str, Any]:
    return {"act": {"type": type_, **fields}}


CORRECTION = act("CorrectTime", control="T1.0", car="1", at="2026-06-06T15:05:00Z")

#: Method, path, body, who may. What nobody may see is asked for by everybody.
DOORS: list[tuple[str, str, dict[str, Any] | None, tuple[str, ...]]] = [
    ("GET", "/api/rally", None, EVERYBODY),
    ("GET", "/api/entries", None, EVERYBODY),
    ("GET", "/api/itinerary", None, EVERYBODY),
    ("GET", "/api/live", None, EVERYBODY),
    ("GET", "/api/cars/1", None, EVERYBODY),
    ("GET", "/api/cars/1/trace", None, EVERYBODY),
    ("GET", "/api/positions", None, EVERYBODY),
    ("GET", "/api/route", None, EVERYBODY),
    ("GET", "/api/standings/overall", None, EVERYBODY),
    ("GET", "/api/stages/T1/results", None, EVERYBODY),
    ("GET", "/api/why/T1/1", None, EVERYBODY),
    ("GET", "/api/why/A1/1", None, tuple(who for who in EVERYBODY if who != "spectator")),
    ("GET", "/api/session", None, EVERYBODY),
    ("GET", "/healthz", None, EVERYBODY),
    ("GET", "/readyz", None, EVERYBODY),
    ("GET", "/metrics", None, EVERYBODY),
    ("GET", "/openapi.json", None, EVERYBODY),
    ("GET", "/api/journal", None, OFFICIALS),
    ("GET", "/api/access", None, OFFICIALS),
    ("GET", "/api/proposals", None, OFFICIALS),
    ("GET", "/api/desk", None, OFFICIALS),
    ("GET", "/api/desk/log", None, OFFICIALS),
    ("POST", "/api/controls/T1.0/stamps", {"idempotency_key": "one-two-three"}, ("marshal", "timekeeper")),
    ("POST", "/api/decisions", act("AssignCar", stamp="KEY", car="2"), ("marshal", "timekeeper")),
    ("POST", "/api/decisions", act("AssignCar", stamp="KEY", car=None), ("marshal", "timekeeper")),
    ("POST", "/api/decisions", act("MarkSpurious", stamp="KEY"), ("timekeeper",)),
    ("POST", "/api/decisions", act("Restore", stamp="KEY"), ("timekeeper",)),
    ("POST", "/api/decisions", CORRECTION, ("timekeeper",)),
    ("POST", "/api/decisions", act("Penalise", car="1", rule="speeding", points="100"), CLERKS),
    ("POST", "/api/decisions", act("SetNotional", stage="T1", car="1", time="0:18.00"), CLERKS),
    ("POST", "/api/decisions", act("Retire", car="1"), CLERKS),
    ("POST", "/api/decisions", act("Reinstate", car="1"), ("clerk", "steward", "clerk and steward")),
    ("POST", "/api/decisions", act("CancelStage", stage="T1"), CLERKS),
    ("POST", "/api/decisions", act("Disqualify", car="1"), STEWARDS),
    ("POST", "/api/decisions", act("Interrupt", stage="T1", at="2026-06-06T15:05:10Z"), CLERKS),
    ("POST", "/api/decisions", act("ExtendLateness", effective_from="TC0", max_late_total=45), CLERKS),
    ("POST", "/api/decisions", act("AssignStart", control="TC0", car="1", at="2026-06-06T15:00:00Z"),
     ("timekeeper", *CLERKS)),
    ("POST", "/api/access", {"name": "New", "roles": ["marshal"]}, ("timekeeper", *CLERKS)),
    ("POST", "/api/access", {"name": "New", "roles": ["clerk"]}, CLERKS),
    ("POST", "/api/access", {"name": "New", "roles": ["timekeeper"]}, ("timekeeper",)),
    ("POST", "/api/access", {"name": "New", "roles": ["steward"]}, STEWARDS),
]  # fmt: skip


async def drive(running: Any, car: str = "1") -> str:
    """Let a car do both tests; return the key of its stamp at T1.0."""
    start = EIGHT + 5 * MINUTE
    stamps = [
        Stamp(device="m", control="TC0", source=Source.M, car=car, at=EIGHT),
        Stamp(device="m", control="T1.0", source=Source.A, car=car, at=start),
        Stamp(device="m", control="T1.1", source=Source.A, car=car, at=start + 18_050_000),
        Stamp(device="m", control="T1.2", source=Source.A, car=car, at=start + 41_050_000),
    ]
    await running.give(*stamps)
    return f"S/m/T1.0/{start}/{car}"


async def test_each_endpoint_opens_for_its_roles_and_for_nobody_else(run: Any) -> None:
    running = await run()
    key = await drive(running)
    faults = []
    for who in EVERYBODY:
        async with running.client(who) as client:
            for method, path, body, allowed in DOORS:
                text = None if body is None else json.dumps(body).replace("KEY", key)
                headers = {} if text is None else {"Content-Type": "application/json"}
                answer = await client.request(method, path, content=text, headers=headers)
                expected = who in allowed
                refused = (401,) if who == "spectator" and path != "/api/why/A1/1" else (403,)
                good = answer.status_code in (200, 201) if expected else answer.status_code in refused
                if not good:
                    faults.append(f"{who} {method} {path} {text}: {answer.status_code} {answer.text[:200]}")
                if not expected and answer.headers["content-type"] != "application/problem+json":
                    faults.append(f"{who} {method} {path}: refused without a problem document")
    assert not faults, "\n".join(faults)


async def test_a_marshal_may_not_assign_a_car_at_another_control(run: Any) -> None:
    running = await run()
    key = (await drive(running)).replace("T1.0", "T1.1")
    stamp = next(iter(running.service.rally.control_state("T1.1").stamps))
    assert stamp != key
    async with running.client("marshal") as client:
        answer = await client.post("/api/decisions", json=act("AssignCar", stamp=stamp, car="2"))
    assert answer.status_code == 403


async def test_each_act_names_the_office_used_by_a_person_with_several(run: Any) -> None:
    running = await run()
    async with running.client("clerk and steward") as client:
        by_clerk = await client.post("/api/decisions", json=act("Retire", car="1"))
        by_steward = await client.post("/api/decisions", json=act("Disqualify", car="2"))
        wrong = await client.post("/api/decisions", json=act("Disqualify", car="2") | {"role": "clerk"})
        not_held = await client.post("/api/decisions", json=act("Retire", car="2") | {"role": "timekeeper"})
    assert by_clerk.json()["role"] == "clerk"
    assert by_steward.json()["role"] == "steward"
    assert wrong.status_code == 403
    assert not_held.status_code == 403


async def test_a_stamp_sent_five_times_is_recorded_once(run: Any) -> None:
    running = await run()
    body = {"idempotency_key": "phone-7/412", "at": "2026-06-06T15:05:03.2Z", "car": "01"}
    async with running.client("marshal") as client:
        answers = [await client.post("/api/controls/T1.0/stamps", json=body) for _ in range(5)]
        other = await client.post("/api/controls/T1.0/stamps", json=body | {"car": "2"})
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200]
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["car"] == "1", "leading zeros do not matter"
    assert other.status_code == 409
    assert running.service.journal.head()[0] == 1


async def test_a_stamp_without_a_time_keeps_the_moment_of_its_first_arrival(run: Any) -> None:
    running = await run()
    async with running.client("marshal") as client:
        first = await client.post(
            "/api/controls/T1.0/stamps", json={}, headers={"Idempotency-Key": "once-only"}
        )
        running.clock.advance(30 * SECOND)
        again = await client.post(
            "/api/controls/T1.0/stamps", json={}, headers={"Idempotency-Key": "once-only"}
        )
    assert first.json() == again.json()
    assert first.json()["at"] == "2026-06-06T16:00:00.000Z"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"idempotency_key": "k" * 8, "at": "2026-06-06T16:00:06Z"}, 422),
        ({"idempotency_key": "k" * 8, "at": "2026-06-03T16:00:00Z"}, 422),
        ({"idempotency_key": "k" * 8, "at": "yesterday"}, 422),
        ({"idempotency_key": "k" * 8, "car": "99"}, 422),
        ({"idempotency_key": "k" * 8, "kind": "A"}, 422),
        ({"idempotency_key": "k" * 8, "speed": 3}, 422),
    ],
)
async def test_a_stamp_that_cannot_be_is_refused_in_words(
    run: Any, body: dict[str, Any], status: int
) -> None:
    running = await run()
    async with running.client("marshal") as client:
        answer = await client.post("/api/controls/T1.0/stamps", json=body)
        nowhere = await client.post("/api/controls/T9/stamps", json={"idempotency_key": "k" * 8})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert nowhere.status_code == 404


async def test_a_correction_reaches_every_view_in_one_version(run: Any) -> None:
    running = await run()
    await drive(running)
    async with running.client("clerk") as client:
        before = (await client.get("/api/standings/overall")).json()["rows"]["1"]["total"]
        await client.post("/api/decisions", json=act("Penalise", car="1", rule="late", points="10"))
        await running.settle()
        after = (await client.get("/api/standings/overall")).json()["rows"]["1"]["total"]
        live = (await client.get("/api/live")).json()["state"]["standings"]["overall"]["1"]["total"]
        sheet = (await client.get("/api/standings/overall?format=csv")).text
    assert after["points"] == before["points"] + 10
    assert live == after
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert rows[0]["total"] == after["text"]


async def test_the_websockets_state_after_any_gap_is_the_http_snapshots(run: Any) -> None:
    running = await run()
    async with connect(f"ws://127.0.0.1:{running.port}/live") as socket:
        first = json.loads(await socket.recv())
    await drive(running)
    async with connect(f"ws://127.0.0.1:{running.port}/live?since={first['seq']}") as socket:
        from dashboard.merge_patch import apply

        state, seq = first["state"], first["seq"]
        async with httpx.AsyncClient(base_url=running.url) as client:
            snapshot = (await client.get("/api/live")).json()
        while seq < snapshot["seq"]:
            message = json.loads(await socket.recv())
            state, seq = apply(state, message["patch"]), message["seq"]
    assert canonical(state) == canonical(snapshot["state"])


async def test_a_snapshot_that_is_known_already_is_not_sent_again(run: Any) -> None:
    running = await run()
    async with httpx.AsyncClient(base_url=running.url) as client:
        first = await client.get("/api/live")
        again = await client.get("/api/live", headers={"If-None-Match": first.headers["etag"]})
        await drive(running)
        changed = await client.get("/api/live", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_secret_points_are_in_no_public_answer(run: Any) -> None:
    running = await run()
    await drive(running)
    paths = ["/api/live", "/api/itinerary", "/api/cars/1", "/api/rally", "/api/stages/A1/results"]
    await running.give(Stamp(device="m", control="A1.1", source=Source.A, car="1", at=EIGHT + 20 * MINUTE))
    async with running.client("spectator") as client, running.client("timekeeper") as official:
        for path in paths:
            assert "A1.1" not in (await client.get(path)).text, path
        assert "A1.1" in (await official.get("/api/itinerary")).text
        assert "A1.1" in (await official.get("/api/cars/1")).text


async def test_the_public_sees_everything_late_and_officials_at_once(run: Any, event: Event) -> None:
    running = await run(event=replace(event, public=PublicPolicy(delay=60 * SECOND)))
    fix = Fix(device="phone-1", at=running.clock.now(), lat=34.4487, lon=-119.2431, speed=10.0)
    await running.give(fix)
    async with running.client("spectator") as public, running.client("clerk") as official:
        places = [(await client.get("/api/positions")).json()["features"] for client in (public, official)]
        assert [len(found) for found in places] == [0, 1]
        assert "cars" in (await public.get("/api/live")).json()["state"], (
            "the sheets are there from the start"
        )
        assert (await public.get("/api/cars/1/trace")).json()["geometry"]["coordinates"] == []
        assert len((await official.get("/api/cars/1/trace")).json()["geometry"]["coordinates"]) == 1
        running.clock.advance(60 * SECOND)
        await running.settle()
        late = (await public.get("/api/positions")).json()["features"]
    assert late[0]["geometry"]["coordinates"] == [-119.2431, 34.4487]
    assert "speed" not in late[0]["properties"]


async def test_names_with_markup_and_formulas_stay_text(run: Any, event: Event) -> None:
    entry = event.entries.by_number["1"]
    evil = replace(entry, driver="<img src=x onerror=alert(1)>", codriver="", car='=HYPERLINK("http://x")')
    entries = EntryList({**event.entries.by_number, "1": evil})
    running = await run(event=replace(event, entries=entries))
    await drive(running)
    async with running.client("spectator") as client:
        live = await client.get("/api/live")
        sheet = await client.get("/api/stages/T1/results?format=csv")
    assert live.json()["state"]["cars"]["1"]["crew"] == "<img src=x onerror=alert(1)>"
    assert live.headers["content-type"] == "application/json"
    assert live.headers["x-content-type-options"] == "nosniff"
    row = next(csv.DictReader(io.StringIO(sheet.text)))
    assert row["vehicle"] == '\'=HYPERLINK("http://x")'
    assert row["deviation"] == "+0.05"


async def test_what_is_not_there_says_so_as_a_problem_document(run: Any) -> None:
    running = await run()
    async with running.client("spectator") as client:
        answers = {
            path: await client.get(path)
            for path in (
                "/api/standings/nobody",
                "/api/stages/nothing/results",
                "/api/stages/T1/results?format=xml",
                "/api/cars/99",
                "/api/nothing",
                "/l/wrong",
            )
        }
    assert [answer.status_code for answer in answers.values()] == [404, 404, 422, 404, 404, 403]
    for path, answer in answers.items():
        assert answer.headers["content-type"] == "application/problem+json", path
        problem = answer.json()
        assert problem["status"] == answer.status_code
        assert {"type", "title", "detail"} <= problem.keys()


async def test_every_answer_carries_the_strict_headers(run: Any) -> None:
    running = await run()
    async with running.client("spectator") as client:
        for path in ("/", "/api/live", "/healthz", "/api/nothing"):
            answer = await client.get(path)
            assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY, path
            assert "inline" not in CONTENT_SECURITY_POLICY
            assert answer.headers["referrer-policy"] == "no-referrer"
        assert (await client.get("/")).status_code == 503
        assert "not built" in (await client.get("/cars/7")).text


async def test_a_personal_link_signs_in_and_goes_to_the_marshals_control(run: Any) -> None:
    running = await run()
    async with httpx.AsyncClient(base_url=running.url) as client:
        answer = await client.get(f"/l/{running.tokens['marshal']}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/control/T1.0")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert (await client.get("/api/session")).json()["controls"] == ["T1.0", "TC0"]
        await client.delete("/api/session")
        assert (await client.get("/api/session")).json()["role"] == "spectator"


async def test_a_page_of_another_site_cannot_act_with_an_officials_session(run: Any) -> None:
    running = await run()
    async with running.client("clerk") as client:
        body = act("Retire", car="1")
        evil = await client.post("/api/decisions", json=body, headers={"Origin": "http://evil.example"})
        own = await client.post("/api/decisions", json=body, headers={"Origin": running.url})
    assert (evil.status_code, own.status_code) == (403, 201)


async def test_a_revoked_person_is_out_with_the_next_request(run: Any) -> None:
    running = await run()
    async with running.client("clerk") as clerk, running.client("marshal") as marshal:
        people = (await clerk.get("/api/access")).json()["people"]
        whose = next(person["id"] for person in people if "TC0" in person["controls"])
        assert (await clerk.post("/api/access", json={"revoke": whose})).status_code == 201
        answer = await marshal.post("/api/controls/T1.0/stamps", json={"idempotency_key": "k" * 8})
    assert answer.status_code == 401


async def test_the_api_describes_itself_and_loads_nothing_from_elsewhere(run: Any) -> None:
    running = await run()
    async with running.client("spectator") as client:
        described = (await client.get("/openapi.json")).json()
        docs = await client.get("/docs")
    assert described["openapi"].startswith("3.1")
    assert "/api/controls/{control}/stamps" in described["paths"]
    assert docs.status_code == 404


async def test_the_journal_is_read_page_by_page(run: Any) -> None:
    running = await run()
    await drive(running)
    async with running.client("steward") as client:
        first = (await client.get("/api/journal?limit=3")).json()
        rest = (await client.get(f"/api/journal?after={first['next']}")).json()
    assert [record["seq"] for record in first["records"] + rest["records"]] == [1, 2, 3, 4]
    assert first["records"][0]["body"]["kind"] == "stamp"


async def test_the_metrics_are_in_prometheus_form(run: Any) -> None:
    running = await run()
    await drive(running)
    async with running.client("spectator") as client:
        lines = (await client.get("/metrics")).text.splitlines()
    assert "rallykeeper_ingest_records_total 4" in lines
    assert "# TYPE rallykeeper_viewers gauge" in lines
