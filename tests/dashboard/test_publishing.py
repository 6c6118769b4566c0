"""Certifying, issuing and amending at the desk, over HTTP: what stands, what waits, and the documents."""

import asyncio
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.serve import main
from tests.dashboard.example_day import CARS, day, late_beam
from timing.core.instant import MINUTE, parse_instant


async def certify(client: httpx.AsyncClient, *stages: str) -> None:
    for stage in stages:
        checklist = (await client.get(f"/api/stages/{stage}/checklist")).json()
        assert checklist["ready"], checklist["blockers"]
        answer = await client.post("/api/decisions", json={"act": checklist["act"]})
        assert answer.status_code == 201, answer.text


async def issue(client: httpx.AsyncClient, scope: str = "overall") -> httpx.Response:
    act = (await client.get(f"/api/standings/{scope}/checklist")).json()["act"]
    return await client.post("/api/decisions", json={"act": act})


async def document(client: httpx.AsyncClient, ident: str) -> dict[str, Any]:
    answer = await client.get(f"/api/documents/{ident}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["document"])


async def test_a_stage_is_certified_as_seen_and_its_document_never_changes(run: Any) -> None:
    running = await run()
    await running.give(*day("1", "2", "3"))
    async with running.client("timekeeper") as keeper, running.client("spectator") as public:
        checklist = (await keeper.get("/api/stages/T1/checklist")).json()
        assert [(each["kind"], each["car"]) for each in checklist["blockers"]] == [("pending", "4")]
        early = await keeper.post("/api/decisions", json={"act": checklist["act"]})
        assert early.status_code == 409
        assert "Car 4 has not driven it yet" in early.json()["detail"]
        await running.give(*day("4"))
        stale = await keeper.post("/api/decisions", json={"act": checklist["act"]})
        assert "has not driven it yet" in stale.json()["detail"]
        await certify(keeper, "T1")
        await running.settle()
        live = (await public.get("/api/live")).json()["state"]
        assert (live["stages"]["T1"]["publication"], live["stages"]["T1"]["version"]) == ("CERTIFIED", 1)
        listed = (await public.get("/api/documents")).json()
        (facts,) = listed["documents"]
        assert (facts["id"], facts["state"], facts["stands"]) == ("stage-T1-v1", "CERTIFIED", True)
        first = await public.get("/api/documents/stage-T1-v1")
        assert first.json()["signature"]["public_key"] == listed["public_key"]
        await running.give(late_beam())
        again = await public.get("/api/documents/stage-T1-v1")
        assert again.content == first.content
        assert "immutable" in again.headers["cache-control"]
        tag = {"If-None-Match": again.headers["etag"]}
        assert (await public.get("/api/documents/stage-T1-v1", headers=tag)).status_code == 304
        sheet = (await public.get("/api/documents/stage-T1-v1?format=csv")).text.splitlines()
        assert sheet[0].startswith("rank,car,crew,vehicle,class,")
        assert len(sheet) == 5
        assert (await public.get("/api/documents/stage-T9-v1")).status_code == 404


async def test_later_news_waits_and_the_board_goes_on_showing_what_is_certified(run: Any) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper, running.client("spectator") as public:
        await certify(keeper, "T1")
        await running.settle()
        before = (await public.get("/api/live")).json()["state"]
        await running.give(late_beam())
        after = (await public.get("/api/live")).json()["state"]
        assert after["stages"]["T1"]["publication"] == "AMENDMENT_PENDING"
        assert after["results"]["T1"] == before["results"]["T1"]
        assert "amendments" not in after
        officials = (await keeper.get("/api/live")).json()["state"]["amendments"]["T1"]
        deviation = officials["cars"]["2"]["deviation"]
        assert (deviation["before"], deviation["after"]) == (10_000, -40_000)
        why = (await keeper.get("/api/why/T1/2")).json()
        assert "+0.01" in json.dumps(why["line"] if "line" in why else why["steps"], ensure_ascii=False)
        checklist = (await keeper.get("/api/stages/T1/checklist")).json()
        assert checklist["difference"]["digest"] == checklist["refuse"]["digest"] == officials["difference"]
        taken = await keeper.post("/api/decisions", json={"act": checklist["act"], "text": "spool read"})
        assert taken.status_code == 201, taken.text
        await running.settle()
        state = (await public.get("/api/live")).json()["state"]
        assert (state["stages"]["T1"]["publication"], state["stages"]["T1"]["version"]) == ("CERTIFIED", 2)
        assert state["results"]["T1"]["2"]["deviation"]["us"] == -40_000
        one, two = await document(public, "stage-T1-v1"), await document(public, "stage-T1-v2")
        assert one["rows"] != two["rows"]
        assert [facts["stands"] for facts in (await public.get("/api/documents")).json()["documents"]] == [
            False,
            True,
        ]


async def test_a_refused_amendment_is_gone_from_the_desk_and_the_time_stands(run: Any) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper:
        await certify(keeper, "T1")
        await running.give(late_beam())
        refuse = (await keeper.get("/api/stages/T1/checklist")).json()["refuse"]
        silent = await keeper.post("/api/decisions", json={"act": refuse})
        assert "needs a reason" in silent.json()["detail"]
        said = await keeper.post("/api/decisions", json={"act": refuse, "text": "a spectator in the beam"})
        assert said.status_code == 201, said.text
        await running.settle()
        state = (await keeper.get("/api/live")).json()["state"]
        assert state["stages"]["T1"]["publication"] == "CERTIFIED"
        assert state["amendments"] == {}
        assert state["results"]["T1"]["2"]["deviation"]["us"] == 10_000


async def test_a_classification_is_issued_protested_and_official(run: Any) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with (
        running.client("timekeeper") as keeper,
        running.client("clerk") as clerk,
        running.client("steward") as steward,
        running.client("spectator") as public,
    ):
        early = await issue(clerk)
        assert (early.status_code, early.json()["detail"]) == (409, "T1 is not certified (and 2 more).")
        await certify(keeper, "T1", "T2", "A1")
        assert (await issue(keeper)).status_code == 403
        assert (await issue(clerk)).status_code == 201
        await running.settle()
        state = (await public.get("/api/live")).json()["state"]
        assert state["rally"]["publication"] == "PROVISIONAL"
        assert state["publications"]["overall"]["version"] == 1
        final = {"act": {"type": "Finalise", "scope": "overall", "version": 1}}
        soon = await steward.post("/api/decisions", json=final)
        assert "protest time runs until" in soon.json()["detail"]
        protest = {"act": {"type": "Protest", "scope": "overall", "car": "3", "against": "1"}}
        held = (await clerk.post("/api/decisions", json=protest)).json()["id"]
        running.clock.advance(31 * MINUTE)
        assert "A protest is open" in (await steward.post("/api/decisions", json=final)).json()["detail"]
        close = {"act": {"type": "CloseProtest", "protest": held, "upheld": False}}
        assert (await steward.post("/api/decisions", json=close)).status_code == 201
        assert (await steward.post("/api/decisions", json=final)).status_code == 201
        names = [facts["id"] for facts in (await public.get("/api/documents")).json()["documents"]]
        assert names[-2:] == ["list-overall-v1", "list-overall-v1-official"]
        speeding = {"act": {"type": "Penalise", "car": "1", "rule": "speeding", "points": "100"}}
        await clerk.post("/api/decisions", json=speeding)
        await running.settle()
        rows = (await public.get("/api/standings/overall")).json()
        assert rows["publication"]["state"] == "OFFICIAL"
        assert "penalties" not in rows["rows"]["1"]
        assert "is official" in (await issue(clerk)).json()["detail"]
        undo = {"act": {"type": "Withdraw", "decision": held}}
        assert "next version follows" in (await clerk.post("/api/decisions", json=undo)).json()["detail"]


async def test_the_hidden_points_of_a_trial_stay_out_of_its_document(run: Any) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper, running.client("spectator") as public:
        await certify(keeper, "A1")
        text = (await public.get("/api/documents/stage-A1-v1")).text
        assert "A1.1" not in text
        assert "A1.2" not in text
        shown = json.loads(text)["document"]
        assert all("time" not in row and "derivation" not in row for row in shown["rows"])
        assert (await public.get("/api/documents/stage-A1-v1/results")).status_code == 401
        exact = (await keeper.get("/api/documents/stage-A1-v1/results")).content
        assert hashlib.sha256(exact).hexdigest() == shown["results_digest"]
        assert b"A1.1" in exact


async def test_results_as_of_a_place_or_an_instant_are_those_of_then(run: Any) -> None:
    running = await run()
    await running.give(*day("1"))
    place, then = running.service.journal.head()[0], running.clock.now()
    running.clock.advance(10 * MINUTE)
    await running.give(*day("2"))
    async with running.client("clerk") as clerk:
        for as_of in (str(place), "2026-06-06T16:00:30Z"):
            assert then == parse_instant("2026-06-06T16:00:00Z")
            results = (await clerk.get("/api/stages/T1/results", params={"as_of": as_of})).json()
            assert (list(results["rows"]), results["as_of"]) == (["1"], place)
            assert results["stage"]["done"] == 1
            lists = (await clerk.get("/api/standings/overall", params={"as_of": as_of})).json()
            assert [car for car, row in lists["rows"].items() if row["stages_done"]] == ["1"]
            live = (await clerk.get("/api/live", params={"as_of": as_of})).json()
            assert (live["seq"], list(live["state"]["results"]["T1"])) == (place, ["1"])
            one = (await clerk.get("/api/cars/2", params={"as_of": as_of})).json()
            assert one["results"] == {}
        now = (await clerk.get("/api/stages/T1/results")).json()
        assert sorted(now["rows"]) == ["1", "2"]
        csv = (await clerk.get("/api/stages/T1/results", params={"as_of": place, "format": "csv"})).text
        assert len(csv.splitlines()) == 2
        for wrong, status in (("yesterday", 422), ("9999", 404), ("-1", 422)):
            answer = await clerk.get("/api/standings/overall", params={"as_of": wrong})
            assert answer.status_code == status, answer.text


async def test_a_preview_shows_the_exact_change_and_what_publication_becomes(run: Any) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper, running.client("clerk") as clerk:
        act = (await keeper.get("/api/stages/T1/checklist")).json()["act"]
        shown = (await keeper.post("/api/decisions?preview=true", json={"act": act})).json()
        assert shown["preview"]["stages"]["T1"] == {"publication": "CERTIFIED", "version": 1}
        assert "refused" not in shown
        await certify(keeper, "T1")
        again = (await keeper.post("/api/decisions?preview=true", json={"act": act})).json()
        assert "certified already" in again["refused"]
        correct = {"type": "CorrectTime", "control": "T1.1", "car": "2", "at": "2026-06-06T15:06:17.960Z"}
        shown = (await keeper.post("/api/decisions?preview=true", json={"act": correct})).json()
        assert shown["preview"]["stages"]["T1"]["publication"] == "AMENDMENT_PENDING"
        assert shown["changes"]["results"]["T1"]["2"]["deviation"] == {"before": 10_000, "after": -40_000}
        assert "T1" not in shown["preview"].get("results", {})
        penalty = {"type": "Penalise", "car": "1", "rule": "speeding", "points": "50"}
        shown = (await clerk.post("/api/decisions?preview=true", json={"act": penalty})).json()
        totals = shown["changes"]["standings"]["overall"]["1"]["total"]
        assert int(totals["after"]) - int(totals["before"]) == 50
        assert shown["changes"]["standings"]["overall"]["1"]["rank"] == {"before": 1, "after": 4}
        assert running.service.journal.head()[0] == len(day(*CARS)) + 1


async def test_a_decision_made_without_the_news_is_told_what_is_new(run: Any) -> None:
    running = await run()
    await running.give(*day(*CARS))
    saw = running.service.journal.head()[0]
    at = "2026-06-06T15:06:18.000Z"
    correct = {"act": {"type": "CorrectTime", "control": "T1.1", "car": "2", "at": at}, "saw": saw}
    async with running.client("timekeeper") as one, running.client("clerk") as clerk:
        elsewhere = {"act": {"type": "Penalise", "car": "3", "rule": "noise", "points": "5"}, "saw": saw}
        assert (await clerk.post("/api/decisions", json=elsewhere)).status_code == 201
        assert (await one.post("/api/decisions", json=correct)).status_code == 201
        again = await one.post("/api/decisions", json=correct)
        assert again.status_code == 409
        (changed,) = again.json()["changed"]
        assert (changed["seq"], changed["act"], changed["role"]) == (saw + 2, "CorrectTime", "timekeeper")
        assert changed["ruled"] == correct["act"]
        await running.give(late_beam("3"))
        stamp = {"act": {"type": "CorrectTime", "control": "T1.1", "car": "3", "at": at}, "saw": saw + 2}
        told = (await one.post("/api/decisions", json=stamp)).json()
        assert [each["seq"] for each in told["changed"]] == [saw + 3]
        stamp["saw"] = saw + 3
        assert (await one.post("/api/decisions", json=stamp)).status_code == 201
        assert (await one.post("/api/decisions", json={**stamp, "saw": 10_000})).status_code == 422


async def test_two_desks_that_press_at_once_are_not_both_taken(run: Any) -> None:
    running = await run()
    await running.give(*day(*CARS))
    saw = running.service.journal.head()[0]
    act = {"type": "CorrectTime", "control": "T1.1", "car": "2", "at": "2026-06-06T15:06:18.000Z"}
    async with running.client("timekeeper") as one, running.client("timekeeper") as other:
        answers = await asyncio.gather(
            *(client.post("/api/decisions", json={"act": act, "saw": saw}) for client in (one, other))
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409]


@pytest.mark.parametrize("who", ["marshal", "clerk", "steward", "spectator"])
async def test_nobody_but_the_timekeeper_certifies_or_amends(run: Any, who: str) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper, running.client(who) as client:
        act = (await keeper.get("/api/stages/T1/checklist")).json()["act"]
        answer = await client.post("/api/decisions", json={"act": act})
        assert answer.status_code == (401 if who == "spectator" else 403)
        assert (await client.get("/api/stages/T1/checklist")).status_code == {
            "marshal": 403, "spectator": 401
        }.get(who, 200)  # fmt: skip
    assert running.service.journal.head()[0] == len(day(*CARS))


async def test_a_replay_into_a_new_folder_gives_the_same_files(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper, running.client("clerk") as clerk:
        await certify(keeper, "T1", "T2", "A1")
        await running.give(late_beam())
        blocked = (await issue(clerk)).json()["detail"]
        assert blocked.startswith("T1 has an amendment")
        await accept(keeper, "T1")
        # The same line starts the next test.
        assert (await issue(clerk)).json()["detail"].startswith("T2 has an amendment")
        await accept(keeper, "T2")
        assert (await issue(clerk)).status_code == 201
    exported = tmp_path / "journal.jsonl"
    with exported.open("wb") as file:
        running.service.journal.export(file)
    files = written(tmp_path / "data")
    key = tmp_path / "data" / "keys" / "timekeeper.key"
    event, again = tmp_path / "event", tmp_path / "again"
    assert (
        await asyncio.to_thread(call, "replay", exported, "--data", again, "--event", event, "--key", key)
        == 0
    )
    assert written(again) == files
    one = again / "documents" / "stage-T1-v2.json"
    assert call("verify", one, "--journal", exported, "--event", event) == 0
    assert "gives stage-T1-v2 again, byte for byte" in capsys.readouterr().out
    # The running service's own folder: its journal, and the public key that lies with it.
    assert call("verify", tmp_path / "data" / "documents" / one.name, "--journal", tmp_path / "data") == 0
    assert "signed with the Official Timekeeper's key" in capsys.readouterr().out
    assert call("results", event, "T1", "--data", again, "--format", "csv") == 0
    assert "-0.04" in capsys.readouterr().out
    entries = event / "entries.csv"
    entries.write_text(entries.read_text().replace("Second Driver", "Zweiter Fahrer"))
    assert call("verify", one, "--journal", exported, "--event", event) == 1
    assert 'car 2: crew is "Second Driver' in capsys.readouterr().out
    # A new life of the service over that journal: what was lost is made anew, the rest stands as written.
    lost = again / "documents" / "stage-T2-v1.json"
    lost.unlink()
    shutil.copytree(tmp_path / "data" / "keys", again / "keys")
    second = await run(data="again")
    assert written(again) == files
    assert sorted(second.service.office.documents) == sorted(
        name.removesuffix(".json") for name in files if not name.endswith(".results.json")
    )
    assert second.service.rally.stage_results("T1")["2"].deviation == -40_000


async def test_a_list_made_official_in_a_later_life_says_of_each_total_how_it_came_about(
    run: Any, tmp_path: Path
) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper, running.client("clerk") as clerk:
        await certify(keeper, "T1", "T2", "A1")
        assert (await issue(clerk)).status_code == 201
    data, again = tmp_path / "data", tmp_path / "again"
    exported = tmp_path / "journal.jsonl"
    with exported.open("wb") as file:
        running.service.journal.export(file)
    key = data / "keys" / "timekeeper.key"
    assert await asyncio.to_thread(
        call, "replay", exported, "--data", again, "--event", tmp_path / "event", "--key", key
    ) == 0  # fmt: skip
    shutil.copytree(data / "keys", again / "keys")
    # All documents are there, so this life folds them without their words.
    second = await run(data="again", now="2026-06-06T17:00:00Z")
    async with second.client("steward") as steward:
        final = {"act": {"type": "Finalise", "scope": "overall", "version": 1}}
        assert (await steward.post("/api/decisions", json=final)).status_code == 201
        issued = await document(steward, "list-overall-v1")
        official = await document(steward, "list-overall-v1-official")
    assert [row["car"] for row in official["rows"] if "derivation" in row] == ["1", "2", "3", "4"]
    assert official["rows"] == issued["rows"]


async def accept(keeper: httpx.AsyncClient, stage: str) -> None:
    act = (await keeper.get(f"/api/stages/{stage}/checklist")).json()["act"]
    answer = await keeper.post("/api/decisions", json={"act": act})
    assert answer.status_code == 201, answer.text


def written(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / "documents").iterdir()}


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)
