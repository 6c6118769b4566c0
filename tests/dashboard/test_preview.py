"""A preview is the difference between two whole boards, worked out from what the decision moves alone."""

import asyncio
from typing import Any

import pytest

from dashboard.acts_in import act_of
from dashboard.board import Scene, result_rows, stage_row
from dashboard.desk import DecisionIn
from dashboard.merge_patch import apply
from dashboard.messages import Json, canonical, plain
from dashboard.preview import preview
from dashboard.proposals import proposal_rows
from dashboard.publication_rows import amendment_rows, publication_rows
from dashboard.standings import standing_rows
from tests.dashboard.doors import RULINGS
from tests.dashboard.example_day import CARS, day, late_beam
from tests.dashboard.test_publishing import certify, issue
from timing.core.decisions import Decision, Role
from timing.core.official_fold import OfficialFold
from timing.core.records import Record
from timing.core.roles import may


def whole_board(service: Any, fold: OfficialFold) -> Json:
    scene = Scene(service.event, fold.rally, service.tracking, {}, fold.publications.published)
    stages = scene.event.itinerary.stages.values()
    return {
        "stages": {stage.id: plain(stage_row(scene, stage)) for stage in stages},
        "standings": {scope: plain(standing_rows(scene.rally, scope)) for scope in scene.rally.scopes()},
        "results": {stage.id: plain(result_rows(scene, stage)) for stage in stages},
        "proposals": proposal_rows(scene),
        "publications": publication_rows(fold.publications.published),
        "amendments": amendment_rows(scene),
    }


def folded(service: Any, *more: Record) -> OfficialFold:
    fold = OfficialFold(service.event, service.office.kept(), lines=False)
    fold.advance([*service.journal.read(), *more])
    return fold


async def acts(running: Any) -> list[dict[str, Any]]:
    """One of each act, with the acts of publication as the desk would offer them."""
    rally = running.service.rally
    stamp = next(key for key, state in rally.control_state("T1.0").stamps.items() if state.car == "1")
    sent = []
    for kind, (_, fields) in RULINGS.items():
        if kind not in ("Certify", "AcceptAmendment", "RefuseAmendment", "Issue", "CloseProtest"):
            filled = {name: stamp if value == "$STAMP" else value for name, value in fields.items()}
            sent.append({"type": kind, **filled})
    async with running.client("timekeeper") as keeper:
        for path in ("stages/T1", "stages/T2", "standings/overall", "standings/class-A"):
            checklist = (await keeper.get(f"/api/{path}/checklist")).json()
            sent += [checklist[name] for name in ("act", "refuse") if name in checklist]
    return sent


@pytest.mark.parametrize("certified", [(), ("T1", "T2", "A1")], ids=["live", "published"])
async def test_a_preview_makes_of_the_whole_board_what_the_recorded_decision_makes_of_it(
    run: Any, certified: tuple[str, ...]
) -> None:
    running = await run()
    service = running.service
    await running.give(*day(*CARS))
    async with running.client("timekeeper") as keeper, running.client("clerk") as clerk:
        await certify(keeper, *certified)
        if certified:
            assert (await issue(clerk)).status_code == 201
            await running.give(late_beam())
    moved = set()
    for number, sent in enumerate(await acts(running)):
        act = act_of(service, DecisionIn.model_validate({"act": sent}).act)
        role = next(role for role in reversed(Role) if may(role, type(act)))
        decision = Decision(
            id=f"ask-{number}", act=act, author="Ada", role=role, at=running.clock.now(), text="heard"
        )
        shown = await asyncio.to_thread(preview, service, decision)
        head = service.journal.head()[0]
        record = Record(
            seq=head + 1, received_at=decision.at, origin="test", key=f"D/{decision.id}", body=decision
        )
        before, after = whole_board(service, folded(service)), whole_board(service, folded(service, record))
        assert canonical(apply(before, shown["preview"])) == canonical(after), sent
        assert (shown["preview"] == {}) == (before == after), sent
        if shown["preview"]:
            moved.add(sent["type"])
        # What comes in between is known to the next question.
        await running.give(late_beam("3", by=50_000 + number))
    assert moved >= {
        "AssignCar",
        "MarkSpurious",
        "CorrectTime",
        "Penalise",
        "Retire",
        "CancelStage",
        "Disqualify",
    }
    assert ("AcceptAmendment" in moved) == bool(certified)


async def test_many_desks_may_ask_at_once(run: Any) -> None:
    running = await run()
    await running.give(*day(*CARS))
    async with running.client("clerk") as clerk:
        answers = await asyncio.gather(
            *(
                clerk.post(
                    "/api/decisions?preview=true",
                    json={"act": {"type": "Penalise", "car": car, "rule": "noise", "points": str(points)}},
                )
                for points in range(1, 8)
                for car in CARS
            )
        )
    places = iter(answers)
    for points in range(1, 8):
        for car in CARS:
            total = next(places).json()["changes"]["standings"]["overall"][car]["penalties"]
            assert total == {"before": "0", "after": str(points)}


async def test_a_question_that_fails_leaves_the_next_one_a_good_fold(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await run()
    await running.give(*day(*CARS))
    body = {"act": {"type": "Penalise", "car": "1", "rule": "noise", "points": "5"}}

    def fails(*asked: object) -> Json:
        raise RuntimeError("a fault in the middle of a question")

    async with running.client("clerk") as clerk:
        first = (await clerk.post("/api/decisions?preview=true", json=body)).json()
        with monkeypatch.context() as patched:
            patched.setattr("dashboard.preview._boards", fails)
            with pytest.raises(RuntimeError):
                await asyncio.to_thread(preview, running.service, _penalty(running))
        assert (await clerk.post("/api/decisions?preview=true", json=body)).json() == first


def _penalty(running: Any) -> Decision:
    sent = DecisionIn.model_validate(
        {"act": {"type": "Penalise", "car": "1", "rule": "noise", "points": "5"}}
    )
    act = act_of(running.service, sent.act)
    return Decision(id="ask", act=act, author="Ada", role=Role.CLERK, at=running.clock.now())
