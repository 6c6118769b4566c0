"""The desk's decisions over HTTP: every act, strict refusals, what may be taken back, proposals accepted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, get_args

import httpx
import pytest

from dashboard.acts_in import act_out
from timing.core.admission import PUBLICATION_ACTS
from timing.core.decisions import Act, Decision
from timing.core.instant import MINUTE, parse_instant
from timing.core.readings import Source, Stamp

EIGHT = parse_instant("2026-06-06T15:00:00Z")
AT = "2026-06-06T15:05:00.000Z"

#: One of each act as a page sends it, and who may.
ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "AssignCar": ("timekeeper", {"stamp": "S/m/T1.0/1/1", "car": "2"}),
    "MarkSpurious": ("timekeeper", {"stamp": "S/m/T1.0/1/1"}),
    "Restore": ("timekeeper", {"stamp": "S/m/T1.0/1/1"}),
    "CorrectTime": ("timekeeper", {"control": "T1.0", "car": "1", "at": AT, "basis": "instruction"}),
    "Penalise": ("clerk", {"car": "1", "rule": "speeding", "points": "100"}),
    "SetNotional": ("clerk", {"stage": "T1", "car": "1", "points": "4", "method": "AVERAGE_ASSIGNED"}),
    "Retire": ("clerk", {"car": "1", "control": "TC0", "cause": "gearbox"}),
    "Reinstate": ("clerk", {"car": "1"}),
    "Disqualify": ("steward", {"car": "1"}),
    "CancelStage": ("clerk", {"stage": "T1", "cancelled": False}),
    "SetTarget": ("clerk", {"stage": "T1", "target": 18_100_000}),
    "AllowDelay": ("clerk", {"control": "TC0", "car": "1", "minutes": 5}),
    "AllowTime": ("clerk", {"stage": "T1", "car": "1", "time": 30_000_000}),
    "AssignStart": ("timekeeper", {"control": "TC0", "car": "1", "at": AT}),
    "RefuseStart": ("clerk", {"stage": "T1", "car": "1"}),
    "FailStage": ("clerk", {"stage": "T1", "car": "1"}),
    "Interrupt": ("clerk", {"stage": "T1", "at": AT, "caused_by": ["1"], "last": AT}),
    "ExtendLateness": ("clerk", {"effective_from": "TC0", "max_late_total": 45}),
    "AcceptDevice": ("timekeeper", {"device": "m", "control": "T1.0", "since": AT}),
    "DropDevice": ("timekeeper", {"device": "m", "until": AT}),
    "AssignDevice": ("timekeeper", {"device": "m", "since": AT, "control": "T1.1", "line": "B"}),
    "AssignTracker": ("clerk", {"device": "m", "since": AT, "car": "2"}),
    "CorrectDevice": ("timekeeper", {"device": "m", "since": AT, "until": None, "points": [[AT, -4000]]}),
}  # fmt: skip


@asynccontextmanager
async def clients(running: Any) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    async with (
        running.client("clerk") as clerk,
        running.client("timekeeper") as timekeeper,
        running.client("steward") as steward,
    ):
        yield {"clerk": clerk, "timekeeper": timekeeper, "steward": steward}


def act(kind: str, **fields: Any) -> dict[str, Any]:
    return {"act": {"type": kind, **fields}}


async def post(client: httpx.AsyncClient, body: dict[str, Any], *, preview: bool = False) -> Any:
    return await client.post(f"/api/decisions{'?preview=true' if preview else ''}", json=body)


def one_drive() -> list[Stamp]:
    """Car 1 does both tests."""
    start = EIGHT + 5 * MINUTE
    return [
        Stamp(device="m", control="TC0", source=Source.M, car="1", at=EIGHT),
        Stamp(device="m", control="T1.0", source=Source.A, car="1", at=start),
        Stamp(device="m", control="T1.1", source=Source.A, car="1", at=start + 18_050_000),
        Stamp(device="m", control="T1.2", source=Source.A, car="1", at=start + 41_050_000),
    ]


async def test_every_act_can_be_shown_in_advance_and_taken(run: Any) -> None:
    published = {kind.__name__ for kind in PUBLICATION_ACTS}
    assert set(ACTS) | {"Withdraw"} == {kind.__name__ for kind in get_args(Act)} - published
    running = await run()
    await running.give(*one_drive())
    async with clients(running) as desks:
        for kind, (who, fields) in ACTS.items():
            shown = await post(desks[who], act(kind, **fields), preview=True)
            assert shown.status_code == 200, f"{kind}: {shown.text}"
            taken = await post(desks[who], {**act(kind, **fields), "reason": "DEVICE_FAULT"})
            assert taken.status_code == 201, f"{kind}: {taken.text}"
            record = running.service.journal.find(f"D/{taken.json()['id']}")
            assert record is not None
            assert isinstance(record.body, Decision)
            # What is recorded says the same as what was sent.
            assert act_out(record.body.act) == {"type": kind, **fields}


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("Penalise", {"car": "1", "rule": "speeding"}, "either a time or points"),
    ("Penalise", {"car": "1", "rule": "speeding", "time": "0:10", "points": "1"}, "either a time or points"),
    ("Penalise", {"car": "99", "rule": "speeding", "points": "1"}, "no car '99'"),
    ("Penalise", {"car": "1", "rule": "", "points": "1"}, "at least 1 character"),
    ("Penalise", {"car": "1", "rule": "speeding", "points": "NaN"}, "finite"),
    ("SetNotional", {"stage": "T1", "car": "1"}, "either a time or points"),
    ("SetNotional", {"stage": "T9", "car": "1", "time": "0:18"}, "no stage 'T9'"),
    ("SetNotional", {"stage": "T1", "car": "1", "time": "0:0"}, "takes some time"),
    ("SetNotional", {"stage": "T1", "car": "1", "time": "soon"}, "not a duration"),
    ("SetNotional", {"stage": "T1", "car": "1", "time": "0:18", "method": "GUESS"}, "CLERK_VALUE"),
    ("SetNotional", {"stage": "T1", "car": "1", "time": "0:18", "place": 6}, "from 1 to 5"),
    ("CancelStage", {"stage": "T1", "why": "rain"}, "Extra inputs"),
    ("AllowDelay", {"control": "TC0", "car": "1", "minutes": -1}, "from 0"),
    ("AllowDelay", {"control": "X", "car": "1", "minutes": 1}, "no control 'X'"),
    ("ExtendLateness", {"effective_from": "TC0"}, "at least one limit"),
    ("Interrupt", {"stage": "T1", "at": "15:05"}, "not an instant"),
    ("Interrupt", {"stage": "T1", "at": AT, "caused_by": ["99"]}, "no car '99'"),
    ("Interrupt", {"stage": "T1", "at": AT, "restarted_at": "2026-06-06T15:00:00Z"}, "goes on after"),
    ("Interrupt", {"stage": "T1", "at": AT, "first": AT, "last": "2026-06-06T15:00:00Z"}, "before the first"),
    ("Withdraw", {"decision": "nobody-1"}, "no decision 'nobody-1'"),
]  # fmt: skip


async def test_what_cannot_be_is_refused_in_words(run: Any) -> None:
    running = await run()
    async with running.client("clerk") as clerk:
        for kind, fields, why in REFUSED:
            answer = await post(clerk, act(kind, **fields))
            assert answer.status_code == 422, f"{kind} {fields}: {answer.text}"
            assert answer.headers["content-type"] == "application/problem+json"
            assert why in answer.json()["detail"], answer.text
        unknown = await post(clerk, act("Forgive", car="1"))
    assert unknown.status_code == 422
    assert running.service.journal.head()[0] == 0


async def test_a_decision_is_taken_back_only_in_an_office_that_may_take_it(run: Any) -> None:
    running = await run()
    async with clients(running) as desks:
        penalty = (await post(desks["clerk"], act("Penalise", car="1", rule="late", points="10"))).json()[
            "id"
        ]
        other = await post(desks["timekeeper"], act("Withdraw", decision=penalty))
        assert other.status_code == 403
        assert "Withdraw of Penalise" in other.json()["detail"]
        own = await post(desks["clerk"], act("Withdraw", decision=penalty))
        assert own.status_code == 201
        # To take the withdrawal back is to take the penalty again.
        again = await post(desks["timekeeper"], act("Withdraw", decision=own.json()["id"]))
        assert again.status_code == 403
        assert (await post(desks["clerk"], act("Withdraw", decision=own.json()["id"]))).status_code == 201


async def test_a_decision_is_replaced_only_in_an_office_that_may_take_it(run: Any) -> None:
    running = await run()
    correction = act("CorrectTime", control="T1.0", car="1", at=AT)
    async with clients(running) as desks:
        penalty = (await post(desks["clerk"], act("Penalise", car="1", rule="late", points="10"))).json()[
            "id"
        ]
        sly = await post(desks["timekeeper"], correction | {"supersedes": penalty})
        lost = await post(desks["timekeeper"], correction | {"supersedes": "nobody-1"})
        right = await post(
            desks["clerk"], act("Penalise", car="1", rule="late", points="20") | {"supersedes": penalty}
        )
    assert (sly.status_code, lost.status_code, right.status_code) == (403, 422, 201)
    rows = running.service.rally.crew_state("1").penalties
    assert [row.amount for row in rows if row.rule == "late"] == [20]


async def test_a_proposal_is_accepted_by_posting_the_decision_it_carries(run: Any) -> None:
    running = await run()
    await running.give(*one_drive())
    async with clients(running) as desks:
        stopped = act("Interrupt", stage="T1", at="2026-06-06T15:05:10Z")
        stop = (await post(desks["clerk"], stopped)).json()["id"]
        (offer,) = (await desks["clerk"].get("/api/proposals")).json()["proposals"]
        assert (offer["kind"], offer["car"], offer["stage"]) == ("AVERAGE_ASSIGNED", "1", "T1")
        assert offer["value"]["points"] >= 0
        assert offer["records"]
        await running.settle()
        live = (await desks["clerk"].get("/api/live")).json()["state"]
        assert live["proposals"] == {"count": 1, "stale": 0}
        taken = await post(desks["clerk"], offer["decision"])
        assert taken.status_code == 201, taken.text
        assert (await desks["clerk"].get("/api/proposals")).json() == {"proposals": [], "stale": 0}
        # The interruption was an error: what was accepted stands, and its withdrawal is offered.
        await post(desks["clerk"], act("Withdraw", decision=stop))
        (stale,) = (await desks["clerk"].get("/api/proposals")).json()["proposals"]
        assert stale["stale"]
        assert stale["standing"] == taken.json()["id"]
        assert (await post(desks["clerk"], stale["decision"])).status_code == 201
        assert (await desks["clerk"].get("/api/proposals")).json()["proposals"] == []


async def test_two_officials_who_accept_one_proposal_have_decided_once(run: Any) -> None:
    running = await run()
    await running.give(*one_drive())
    async with clients(running) as desks, running.client("clerk and steward") as second:
        await post(desks["clerk"], act("Interrupt", stage="T1", at="2026-06-06T15:05:10Z"))
        (offer,) = (await desks["clerk"].get("/api/proposals")).json()["proposals"]
        before = running.service.journal.head()[0]
        both = await asyncio.gather(post(desks["clerk"], offer["decision"]), post(second, offer["decision"]))
        assert sorted(answer.status_code for answer in both) == [200, 201], [each.text for each in both]
        assert both[0].json() == both[1].json()
        assert running.service.journal.head()[0] == before + 1
        # Taken back, the proposal is open again, and accepting it anew is a decision of its own.
        undo = act("Withdraw", decision=both[0].json()["id"])
        assert (await post(desks["clerk"], undo)).status_code == 201
        (again,) = (await desks["clerk"].get("/api/proposals")).json()["proposals"]
        assert (again["id"], again["decision"]["act"]) == (offer["id"], offer["decision"]["act"])
        assert (await post(desks["clerk"], again["decision"])).status_code == 201
        assert (await desks["clerk"].get("/api/proposals")).json()["proposals"] == []


async def test_the_id_of_an_acceptance_serves_nothing_but_its_open_proposal(run: Any) -> None:
    running = await run()
    await running.give(*one_drive())
    async with clients(running) as desks:
        await post(desks["clerk"], act("Interrupt", stage="T1", at="2026-06-06T15:05:10Z"))
        (offer,) = (await desks["clerk"].get("/api/proposals")).json()["proposals"]
        ident = offer["decision"]["id"]
        other = await post(desks["clerk"], act("Retire", car="1") | {"id": ident})
        made_up = await post(desks["clerk"], offer["decision"] | {"id": "proposal:0123456789"})
        assert (other.status_code, made_up.status_code) == (409, 409)
        assert (await post(desks["clerk"], offer["decision"])).status_code == 201


async def test_a_decision_sent_twice_is_one_and_its_id_serves_no_other(run: Any) -> None:
    running = await run()
    async with running.client("clerk") as client:
        body = act("Penalise", car="1", rule="late", points="10")
        body |= {"id": "desk-1/1", "reason": "CLERK_DECISION"}
        first, again = await post(client, body), await post(client, body)
        other = await post(client, act("Retire", car="1") | {"id": "desk-1/1"})
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == again.json()
    assert running.service.journal.head()[0] == 1


async def test_a_preview_shows_what_would_change_and_records_nothing(run: Any) -> None:
    running = await run()
    await running.give(*one_drive())
    before = running.service.journal.head()
    async with clients(running) as desks:
        answer = await post(desks["clerk"], act("Penalise", car="1", rule="late", points="10"), preview=True)
        proposed = await post(
            desks["clerk"], act("Interrupt", stage="T1", at="2026-06-06T15:05:10Z"), preview=True
        )
        forbidden = await post(desks["clerk"], act("MarkSpurious", stamp="x"), preview=True)
    assert answer.status_code == 200, answer.text
    assert answer.json()["preview"]["standings"]["overall"]["1"]["penalties"] == {"points": 10, "text": "10"}
    (row,) = proposed.json()["preview"]["proposals"].values()
    assert (row["kind"], row["car"]) == ("AVERAGE_ASSIGNED", "1")
    assert running.service.journal.head() == before
    assert forbidden.status_code == 403


@pytest.mark.parametrize("who", ["spectator", "marshal"])
async def test_proposals_are_for_headquarters(run: Any, who: str) -> None:
    running = await run()
    async with running.client(who) as client:
        answer = await client.get("/api/proposals")
        live = (await client.get("/api/live")).json()["state"]
    assert answer.status_code in (401, 403)
    assert "proposals" not in live
