"""Whatever marshals and the clerk of the course send to the real service: what is certified stands."""

import asyncio
import random
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.dashboard.doors import CLERK, MARSHAL, RULINGS
from tests.dashboard.example_day import CARS, day, late_beam
from tests.dashboard.test_publishing import call, certify, issue, written
from timing.core.instant import MINUTE, SECOND, format_instant

STAGES = ("T1", "T2", "A1")
_CERTIFIED = ("time", "deviation", "points", "rank", "status", "source", "marks")


async def certified(client: httpx.AsyncClient) -> dict[str, Any]:
    """What is shown of each certified stage, and the document of it."""
    shown: dict[str, Any] = {}
    for stage in STAGES:
        rows = (await client.get(f"/api/stages/{stage}/results")).json()["rows"]
        shown[stage] = {car: [row.get(name) for name in _CERTIFIED] for car, row in rows.items()}
        shown[f"document {stage}"] = (await client.get(f"/api/documents/stage-{stage}-v1")).content
    facts = (await client.get("/api/documents")).json()["documents"]
    shown["versions"] = {each["id"]: each["stands"] for each in facts if each["kind"] == "stage"}
    return shown


class Hand:
    """Somebody who sends one thing after the other, sensible or not."""

    def __init__(self, running: Any, chance: random.Random, digests: list[dict[str, Any]]) -> None:
        self.running, self.chance, self.digests = running, chance, digests
        self.decided: list[str] = []
        self.number = 0

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        """Send a stamp, a stamp taken back, or any decision about anything."""
        self.number += 1
        chance, car = self.chance, self.chance.choice(CARS)
        what = chance.randrange(6)
        if what == 0:
            at = self.running.clock.now() - chance.randrange(60) * MINUTE - chance.randrange(60) * SECOND
            body = {"idempotency_key": f"hand-{self.number}", "car": car, "at": format_instant(at)}
            return await client.post(
                f"/api/controls/{chance.choice(('T1.0', 'TC0', 'TC1'))}/stamps", json=body
            )
        if what == 1:
            return await client.post(
                "/api/controls/T1.0/withdrawals", json={"stamp": self.stamp(("T1.0",)), "note": "mine"}
            )
        act = self.act(car)
        answer = await client.post(
            "/api/decisions", json={"act": act, "reason": "CLERK_DECISION", "text": "because"}
        )
        if answer.status_code == 201:
            self.decided.append(answer.json()["id"])
        return answer

    def act(self, car: str) -> dict[str, Any]:
        """Any act, about a random car, stage, line and stamp; those of publication name the right results."""
        chance = self.chance
        if self.decided and chance.random() < 0.15:
            return {"type": "Withdraw", "decision": chance.choice(self.decided)}
        theirs = [kind for kind, (who, _) in RULINGS.items() if who & {CLERK, MARSHAL}]
        kind = chance.choice(theirs if chance.random() < 0.6 else [*RULINGS])
        if kind == "CloseProtest":
            kind = "Protest"
        named = [each for each in self.digests if each["type"] == kind]
        if named:
            return chance.choice(named)
        stage = chance.choice(STAGES)
        lines = {"T1": ("T1.0", "T1.1"), "T2": ("T1.1", "T1.2"), "A1": ("A1.0", "A1.2")}[stage]
        random_things = {
            "car": car,
            "stage": stage,
            "control": chance.choice(lines),
            "stamp": self.stamp(lines),
            "target": f"0:{chance.randrange(10, 30)}.00",
            "time": f"0:{chance.randrange(10, 30)}.00",
        }
        fields = RULINGS[kind][1]
        return {"type": kind, **{name: random_things.get(name, value) for name, value in fields.items()}}

    def stamp(self, lines: tuple[str, ...]) -> str:
        stamps = self.running.service.rally.control_state(self.chance.choice(lines)).stamps
        return str(self.chance.choice(list(stamps)))


@pytest.mark.parametrize("seed", range(2))
async def test_no_sequence_of_calls_by_a_marshal_or_an_organizer_changes_a_certified_time(
    run: Any, tmp_path: Path, seed: int
) -> None:
    running = await run()
    await running.give(*day(*CARS))
    chance = random.Random(seed)
    async with (
        running.client("timekeeper") as keeper,
        running.client("clerk") as clerk,
        running.client("marshal") as marshal,
        running.client("marshal elsewhere") as elsewhere,
        running.client("spectator") as public,
    ):
        await certify(keeper, *STAGES)
        assert (await issue(clerk)).status_code == 201
        # Later news, so that an amendment waits which only the Official Timekeeper may accept.
        await running.give(late_beam())
        digests = []
        for path in ("stages/T1", "stages/T2", "standings/overall"):
            checklist = (await keeper.get(f"/api/{path}/checklist")).json()
            digests += [checklist[name] for name in ("act", "refuse") if name in checklist]
        assert {"AcceptAmendment", "RefuseAmendment"} <= {each["type"] for each in digests}
        before = await certified(public)
        assert before["versions"] == {f"stage-{stage}-v1": True for stage in STAGES}
        hand = Hand(running, chance, digests)
        answers = []
        for _ in range(30):
            answers.append((await hand.send(chance.choice((clerk, clerk, marshal, elsewhere)))).status_code)
            await running.settle()
            assert await certified(public) == before
        assert answers.count(201) > 4, "much of it was taken"
        assert answers.count(403) > 4, "and much was not theirs"
        assert 500 not in answers
        # The same journal, folded in another life: the same documents, byte for byte.
        exported = tmp_path / "journal.jsonl"
        with exported.open("wb") as file:
            running.service.journal.export(file)
    data, again = tmp_path / "data", tmp_path / "again"
    key = data / "keys" / "timekeeper.key"
    replay = ("replay", exported, "--data", again, "--event", tmp_path / "event", "--key", key)
    assert await asyncio.to_thread(call, *replay) == 0
    assert written(again) == written(data)
