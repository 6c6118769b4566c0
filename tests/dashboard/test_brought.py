"""What one phone pressed and another brings: one record whoever is first, no more rights than both have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from dashboard.access import Person, brought
from timing.core.decisions import Decision, Role
from timing.core.readings import Remark, Stamp

CONTROL = "T1.0"
STAMP = {"idempotency_key": "handed-over-1", "car": "1"}


@asynccontextmanager
async def opened(running: Any, role: Role, *controls: str) -> AsyncIterator[tuple[Person, httpx.AsyncClient]]:
    """Another person's phone."""
    person, token = running.service.access.add(f"{role} of {' '.join(controls)}", [role], controls)
    async with httpx.AsyncClient(base_url=running.url, timeout=20) as client:
        assert (await client.post("/api/session", json={"token": token})).status_code == 200
        yield person, client


async def stamp(client: httpx.AsyncClient, by: str = "", **more: Any) -> httpx.Response:
    headers = {"Pressed-By": by} if by else {}
    return await client.post(f"/api/controls/{CONTROL}/stamps", json=STAMP | more, headers=headers)


@pytest.mark.parametrize("first", ["giver", "bringer"])
async def test_both_phones_send_it_and_it_is_recorded_once_in_the_givers_name(run: Any, first: str) -> None:
    running = await run()
    async with (
        opened(running, Role.MARSHAL, CONTROL) as (giver, own),
        opened(running, Role.MARSHAL, CONTROL) as (bringer, other),
    ):
        at = {"at": "2026-06-06T15:59:00Z"}
        sending = [(own, ""), (other, giver.device)]
        in_turn = sending if first == "giver" else sending[::-1]
        answers = [await stamp(client, by, **at) for client, by in in_turn]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    record = running.service.journal.find(answers[0].json()["key"])
    assert isinstance(record.body, Stamp)
    assert record.body.device == giver.device
    assert (f"brought by {bringer.name}" in record.origin) is (first == "bringer")


async def test_number_withdrawal_and_remark_come_the_same_way(run: Any) -> None:
    running = await run()
    async with (
        opened(running, Role.MARSHAL, CONTROL) as (giver, own),
        opened(running, Role.MARSHAL, CONTROL) as (_, other),
    ):
        pressed_by = {"Pressed-By": giver.device}
        key = (await stamp(other, giver.device, car=None)).json()["key"]
        number = {"id": "number-of-giver", "act": {"type": "AssignCar", "stamp": key, "car": "2"}}
        put = [await other.post("/api/decisions", json=number, headers=pressed_by)]
        put.append(await own.post("/api/decisions", json=number))
        note = {"idempotency_key": "note-of-giver", "kind": "NOTE", "text": "a dog"}
        said = [await other.post(f"/api/controls/{CONTROL}/remarks", json=note, headers=pressed_by)]
        said.append(await own.post(f"/api/controls/{CONTROL}/remarks", json=note))
        taken = {"stamp": key}
        back = [await other.post(f"/api/controls/{CONTROL}/withdrawals", json=taken, headers=pressed_by)]
        back.append(await own.post(f"/api/controls/{CONTROL}/withdrawals", json=taken))
    assert [[one.status_code for one in two] for two in (put, said, back)] == [[201, 200]] * 3
    bodies = [record.body for record in running.service.journal.read(0)]
    assert [one.author for one in bodies if isinstance(one, Decision)] == [giver.name]
    assert [one.device for one in bodies if isinstance(one, Remark)] == [giver.device]


async def test_the_timekeeper_brings_what_a_marshal_pressed(run: Any) -> None:
    running = await run()
    async with opened(running, Role.MARSHAL, CONTROL) as (giver, _), running.client("timekeeper") as keeper:
        answer = await stamp(keeper, giver.device)
    assert answer.status_code == 201


async def test_nobody_brings_what_they_could_not_do_themselves(run: Any) -> None:
    running = await run()
    async with (
        opened(running, Role.TIMEKEEPER) as (keeper, _),
        opened(running, Role.MARSHAL, CONTROL) as (giver, _),
        opened(running, Role.MARSHAL, "TC0") as (_, elsewhere),
        opened(running, Role.MARSHAL, CONTROL) as (_, posted),
        running.client("spectator") as nobody,
    ):
        refused = [
            await stamp(elsewhere, giver.device),  # posted at another control
            await stamp(posted, keeper.device),  # a marshal in the timekeeper's name
            await stamp(posted, "web-00000000"),  # in nobody's
            await stamp(posted, "beam"),  # in a device's
        ]
        running.service.access.revoke(giver.id)
        refused.append(await stamp(posted, giver.device))
        unknown = await stamp(nobody, giver.device)
    assert [answer.status_code for answer in refused] == [403] * 5
    assert unknown.status_code == 401
    assert running.service.journal.head()[0] == 0


async def test_no_ruling_is_brought_in_anothers_name(run: Any) -> None:
    running = await run()
    async with opened(running, Role.TIMEKEEPER) as (author, _), running.client("timekeeper") as keeper:
        key = (await stamp(keeper)).json()["key"]
        ruling = {"id": "ruled-by-other", "act": {"type": "MarkSpurious", "stamp": key}, "reason": "SPURIOUS"}
        answer = await keeper.post("/api/decisions", json=ruling, headers={"Pressed-By": author.device})
    assert answer.status_code == 403
    assert "no other decision" in answer.json()["detail"]


def test_rights_meet_and_never_add_up() -> None:
    marshal = Person(id="a", name="A", roles=frozenset({Role.MARSHAL, Role.CLERK}), controls=("X", "Y"))
    bringer = Person(id="b", name="B", roles=frozenset({Role.MARSHAL, Role.STEWARD}), controls=("Y", "Z"))
    met = brought(marshal, bringer)
    assert (met.device, met.name) == ("web-a", "A")
    assert met.roles == frozenset({Role.MARSHAL})
    assert met.controls == ("Y",)
    assert met.signed == "A, brought by B"
