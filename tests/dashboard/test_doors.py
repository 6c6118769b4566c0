"""Who may do what: every endpoint and every kind of decision, by everybody, against a table made by hand."""

import base64
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount
from websockets.asyncio.client import connect

from dashboard.access import COOKIE
from dashboard.basemap import basemap_routes
from dashboard.certificates import ensure
from dashboard.messages import OFFICIAL_KEYS, PUBLIC_KEYS
from dashboard.phones import phone_routes
from dashboard.trust_page import Trust
from devices.decoding import Decoding
from devices.http_post import HttpPostLink
from devices.link import Incoming
from tests.dashboard.doors import (
    CLERK,
    DOORS,
    ELSEWHERE,
    EVERYBODY,
    KNOCKING,
    MARSHAL,
    NOBODY,
    OFFICIALS,
    PHONE,
    RULINGS,
    STEWARD,
    TIMEKEEPER,
    VISITOR,
    WITHOUT_SESSION,
    Door,
)
from tests.dashboard.example_day import CARS, day
from timing.clock import SystemClock
from timing.core.admission import PUBLICATION_ACTS
from timing.core.decisions import Act, Role
from timing.core.event import Event, PublicPolicy
from timing.core.instant import SECOND
from timing.core.readings import Fix
from timing.ingest import Arrival

PUBLISHED = frozenset(kind.__name__ for kind in PUBLICATION_ACTS)


class House:
    """A running service, and a way to knock at its doors as anybody."""

    def __init__(self, running: Any) -> None:
        self.running = running
        access = running.service.access
        running.tokens[VISITOR] = access.add("Ada", [Role.SPECTATOR])[1]
        self.secret = access.give_secret("phone-1")
        self.numbers = itertools.count()
        self.words: dict[str, str] = {"SECRET": self.secret}
        self.client = httpx.AsyncClient(base_url=running.url, timeout=20)

    async def furnish(self) -> None:
        """Drive the day, certify it, issue a list, protest; note what the doors ask for."""
        running = self.running
        await running.give(*day(*CARS))
        rally = running.service.rally
        self.words["STAMP"] = next(
            key for key, state in rally.control_state("T1.0").stamps.items() if state.car == "1"
        )
        for stage in running.service.event.itinerary.stages:
            certified = await self._publish(TIMEKEEPER, f"stages/{stage}")
        await self._publish(CLERK, "standings/overall")
        protest = {"act": {"type": "Protest", "scope": "overall", "car": "2"}}
        protested = await self.knock(CLERK, "POST", "/api/decisions", protest)
        self.words |= {"DECISION": str(certified["seq"]), "PROTEST": protested.json()["id"]}

    async def _publish(self, who: str, what: str) -> Any:
        act = (await self.knock(who, "GET", f"/api/{what}/checklist")).json()["act"]
        answer = await self.knock(who, "POST", "/api/decisions", {"act": act})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def knock(
        self, who: str, method: str, address: str, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        """Send a request as somebody, with a session of its own."""
        self.words["KEY"] = f"knock-{next(self.numbers)}"
        self.words["TOKEN"] = self.running.tokens[MARSHAL]
        headers = self.signed(who)
        text = None if body is None else self.filled(json.dumps(body))
        if text is not None:
            headers["Content-Type"] = "application/json"
        self.client.cookies.clear()
        return await self.client.request(method, self.filled(address), content=text, headers=headers)

    def signed(self, who: str) -> dict[str, str]:
        """The headers of somebody: a new session, a device's secret, or nothing."""
        if who == PHONE:
            return {"Authorization": "Basic " + base64.b64encode(f"phone-1:{self.secret}".encode()).decode()}
        if who == NOBODY:
            return {}
        opened = self.running.service.access.open_session(self.running.tokens[who])
        return {"Cookie": f"{COOKIE}={opened[1]}"}

    def filled(self, text: str) -> str:
        for word, value in self.words.items():
            text = text.replace(f"${word}", value)
        return text

    def head(self) -> int:
        return int(self.running.service.journal.head()[0])


@pytest.fixture
async def house(run: Any, event: Event, tmp_path: Path) -> AsyncIterator[House]:
    running = await run()
    static = running.service.static
    static.mkdir()
    (static / "index.html").write_text("<!doctype html><title>Board</title>")
    (static / "sw.js").write_text("// nothing\n")
    decoding = Decoding(event)

    async def deliver(batch: Any) -> None:
        await running.service.ingest.submit([arrival(decoding, incoming) for incoming in batch])

    phones = HttpPostLink(deliver=deliver, holds=running.service.access.is_secret, now=running.clock.now)
    running.app.include_router(phone_routes(phones))
    (tmp_path / "basemap.pmtiles").write_bytes(b"PMTiles\x03")
    running.app.include_router(basemap_routes(tmp_path / "basemap.pmtiles"))
    certificates = ensure(tmp_path / "tls", ["127.0.0.1"], now=SystemClock().now(), title="Rally")
    trust = Trust(certificates, secure="https://127.0.0.1", plain="http://127.0.0.1", title="Rally")
    running.app.include_router(trust.router())
    made = House(running)
    await made.furnish()
    yield made
    await made.client.aclose()


def arrival(decoding: Decoding, incoming: Incoming) -> Arrival:
    return Arrival(
        origin=incoming.origin,
        received_at=incoming.received_at,
        readings=tuple(decoding.decode(incoming)),
        raw=incoming.payload,
        ack=incoming.ack,
    )


def routes(app: FastAPI) -> Iterator[str]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            yield f"GET {context.path}"
        else:
            assert context.methods, f"{context}: a kind of door that this test cannot try"
            yield from (f"{method} {context.path}" for method in context.methods - {"HEAD"})


async def test_each_endpoint_opens_for_those_in_the_table_and_for_nobody_else(house: House) -> None:
    assert set(routes(house.running.app)) == {door.route for door in DOORS}, "a door nobody decided on"
    faults: list[str] = []
    for door, who in itertools.product(DOORS, KNOCKING):
        before = house.head()
        method = door.route.partition(" ")[0]
        answer = await house.knock(who, method, door.address, door.body)
        if answer.status_code != expected(door, who):
            faults.append(
                f"{who}: {door.route}: {answer.status_code}, not {expected(door, who)} {answer.text[:150]}"
            )
        if answer.status_code >= 400 and answer.headers["content-type"] != "application/problem+json":
            faults.append(f"{who}: {door.route}: refused without a problem document")
        if answer.status_code >= 400 and house.head() != before:
            faults.append(f"{who}: {door.route}: refused, and recorded all the same")
    assert not faults, "\n".join(faults)


def expected(door: Door, who: str) -> int:
    if who in door.who:
        # A car is retired once, a link given out each time: the second same remark is still a new one.
        return door.answer
    return door.refusals[0 if who in WITHOUT_SESSION else -1]


async def test_each_kind_of_decision_is_for_its_office_alone_in_advance_and_in_earnest(house: House) -> None:
    assert set(RULINGS) == {kind.__name__ for kind in get_args(Act)} - {"Withdraw"}, (
        "an act nobody decided on"
    )
    faults: list[str] = []
    for (kind, (allowed, fields)), who in itertools.product(RULINGS.items(), KNOCKING):
        body = {"act": {"type": kind, **fields}, "reason": "CLERK_DECISION"}
        before = house.head()
        shown = await house.knock(who, "POST", "/api/decisions?preview=true", body)
        unchanged = house.head() == before
        taken = await house.knock(who, "POST", "/api/decisions", body)
        recorded = house.head() - before
        refused = 401 if who in WITHOUT_SESSION else 403
        if who not in allowed:
            good = (shown.status_code, taken.status_code, recorded) == (refused, refused, 0)
        elif kind in PUBLISHED and taken.status_code == 409:
            # The office is right; the act would have no effect, and says so.
            good = shown.status_code == 200 and bool(shown.json()["refused"]) and recorded == 0
        else:
            good = (shown.status_code, taken.status_code, recorded) == (200, 201, 1)
        if not (good and unchanged):
            faults.append(f"{who}: {kind}: {shown.status_code}, {taken.status_code} {taken.text[:200]}")
        if taken.status_code == 201:
            assert taken.json()["role"] == str(who).partition(" ")[0]
    assert not faults, "\n".join(faults)


async def test_no_office_takes_back_or_replaces_what_another_one_ruled(house: House) -> None:
    faults: list[str] = []
    for kind, (allowed, fields) in RULINGS.items():
        if kind in PUBLISHED:
            continue
        author = next(who for who in (TIMEKEEPER, CLERK, STEWARD) if who in allowed)
        body = {"act": {"type": kind, **fields}, "reason": "CLERK_DECISION"}
        ruled = (await house.knock(author, "POST", "/api/decisions", body)).json()["id"]
        for who in KNOCKING:
            refused = 401 if who in WITHOUT_SESSION else 403
            # A marshal may replace the own word at the own control, and takes nothing back.
            for change in (
                {"act": {"type": "Withdraw", "decision": ruled}},
                {**body, "supersedes": ruled},
                {"act": {"type": "CorrectTime", "control": "T1.0", "car": "1", "at": "2026-06-06T15:05:00Z"},
                 "supersedes": ruled},
            ):  # fmt: skip
                needed = {change["act"]["type"], kind}
                may = all(who in (OFFICIALS if act == "Withdraw" else RULINGS[act][0]) for act in needed)
                answer = await house.knock(who, "POST", "/api/decisions?preview=true", change)
                if answer.status_code != (200 if may else refused):
                    faults.append(
                        f"{who}: {change['act']['type']} of {kind}: {answer.status_code} {answer.text}"
                    )
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("who", KNOCKING)
async def test_the_stream_shows_each_person_the_document_of_their_office(house: House, who: str) -> None:
    marshals = PUBLIC_KEYS | {"remarks"}
    keys = OFFICIAL_KEYS if who in OFFICIALS else marshals if who in (MARSHAL, ELSEWHERE) else PUBLIC_KEYS
    address = f"ws://127.0.0.1:{house.running.port}/live"
    async with connect(address, additional_headers=house.signed(who)) as socket:
        state = json.loads(await socket.recv())["state"]
    assert set(state) <= keys
    assert ("remarks" in state) == (who not in (NOBODY, VISITOR, PHONE))
    assert ("devices" in state) == (who in OFFICIALS)
    secret = state["controls"].get("A1.1")
    assert (secret is None) == (who in (NOBODY, VISITOR, PHONE))
    answer = await house.knock(who, "GET", "/api/live")
    assert set(answer.json()["state"]) == set(state)


async def test_positions_without_the_public_delay_are_for_headquarters_and_of_cars_due_for_a_marshal(
    run: Any, event: Event
) -> None:
    running = await run(event=replace(event, public=PublicPolicy(delay=60 * SECOND)))
    house = House(running)
    now = running.clock.now()
    # Car 1 is due at TC0, where one marshal is posted; car 2 has been there and is due at T1.0.
    await running.give(*day("2")[:1])
    for number in (1, 2):
        await running.give(Fix(device=f"phone-{number}", at=now, lat=34.4487, lon=-119.2431, speed=10.0))
    at_once: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    for who in KNOCKING:
        features = (await house.knock(who, "GET", "/api/positions")).json()["features"]
        traced = {
            car
            for car in ("1", "2")
            if (await house.knock(who, "GET", f"/api/cars/{car}/trace")).json()["geometry"]["coordinates"]
        }
        at_once[who] = frozenset(each["id"] for each in features), frozenset(traced)
    await house.client.aclose()
    both: frozenset[str] = frozenset({"1", "2"})
    for who in KNOCKING:
        # The marshal of T1.0 and TC0 sees both cars come, the one of TC1 neither yet.
        seen = both if who in OFFICIALS or who == MARSHAL else frozenset()
        assert at_once[who] == (seen, seen), who
    assert EVERYBODY > OFFICIALS
