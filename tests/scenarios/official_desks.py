"""The officials of a rally at their desks, each in a session of their own, and what they ask there."""

import asyncio
import io
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest

from tests.scenarios.running import ROOT, Service

_DEADLINE_S = 20.0


class Desks:
    """Everybody's session at one life of the service, by role; `public` has none."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url = url
        self._stack = stack
        self.sessions: dict[str, httpx.AsyncClient] = {}

    async def admit(self, who: str, link: str = "") -> None:
        """Open a personal link in a browser of its own; one without a link is a spectator."""
        session = httpx.AsyncClient(base_url=self._url, timeout=_DEADLINE_S, follow_redirects=True)
        self.sessions[who] = await self._stack.enter_async_context(session)
        if link:
            # A service that was started again answers at another port.
            (await session.get(f"/l/{link.rpartition('/')[2]}")).raise_for_status()

    async def get(self, path: str, who: str = "timekeeper") -> Any:
        """Return the JSON of a page as somebody sees it."""
        answer = await self.sessions[who].get(path)
        assert answer.status_code == 200, f"{who} {path}: {answer.text}"
        return answer.json()

    async def decide(self, who: str, act: dict[str, Any], status: int = 201, **more: Any) -> dict[str, Any]:
        """Post a decision and return the answer, which has to have this status."""
        answer = await self.sessions[who].post("/api/decisions", json={"act": act, **more})
        assert answer.status_code == status, f"{who} {act}: {answer.status_code} {answer.text}"
        return dict(answer.json())

    async def refused(self, who: str, act: dict[str, Any], status: int, **more: Any) -> str:
        """Post a decision that is refused; return why."""
        return str((await self.decide(who, act, status, **more))["detail"])

    async def head(self) -> int:
        """Return how many records the journal has."""
        return int((await self.get("/api/desk"))["head"])

    async def recorded(self, count: int) -> None:
        """Wait until the journal has so many records."""
        await _until(self.head, lambda head: head == count, count)

    async def blockers(self, path: str) -> list[tuple[str, str]]:
        """Return the kinds and cars (or devices, or stages) that keep something from being published."""
        checklist = await self.get(f"{path}/checklist")
        assert checklist["ready"] == (not checklist["blockers"])
        return [
            (each["kind"], each.get("car") or each.get("device") or each["stage"])
            for each in checklist["blockers"]
        ]

    async def publish(self, who: str, path: str, **more: Any) -> dict[str, Any]:
        """Take the decision that a checklist which is ready carries."""
        act = (await self.get(f"{path}/checklist"))["act"]
        return await self.decide(who, act, **more)

    async def times(self, stage: str) -> dict[str, str]:
        """Return the times of a stage in order of rank, as everybody reads them, with their marks."""
        rows = (await self.get(f"/api/stages/{stage}/results", "public"))["rows"]
        return {car: row["time"]["text"] + row["marks"] for car, row in rows.items() if "time" in row}

    async def until_time(self, stage: str, car: str, text: str) -> None:
        """Wait until a time with its marks is what everybody reads."""
        await _until(lambda: self.times(stage), lambda times: times.get(car) == text, f"{car}: {text}")

    async def until_times(self, stage: str, wanted: dict[str, str]) -> None:
        """Wait until everybody reads these times of a stage, in this order."""
        await _until(lambda: self.times(stage), lambda times: [*times.items()] == [*wanted.items()], wanted)

    async def until_totals(self, wanted: dict[str, str]) -> None:
        """Wait until everybody reads this overall list, in this order."""
        await _until(self.totals, lambda totals: [*totals.items()] == [*wanted.items()], wanted)

    async def until_published(self, wanted: dict[str, Any]) -> None:
        """Wait until the overall list is published so."""
        await _until(self.published, lambda state: state == wanted, wanted)

    async def until_times_are(self, stage: str, state: str) -> None:
        """Wait until everybody reads this state of the times of a stage."""

        async def shown() -> str:
            return str((await self.get(f"/api/stages/{stage}/results", "public"))["stage"]["publication"])

        await _until(shown, lambda found: found == state, state)

    async def totals(self) -> dict[str, str]:
        """Return the totals of the overall list in its order."""
        rows = (await self.get("/api/standings/overall", "public"))["rows"]
        return {car: row["total"]["text"] for car, row in rows.items() if row.get("rank") is not None}

    async def published(self, scope: str = "overall") -> dict[str, Any]:
        """Return how far a list is published."""
        state = (await self.get(f"/api/standings/{scope}", "public"))["publication"]
        return {"protests": 0, **state}

    async def documents(self) -> list[tuple[str, str, bool]]:
        """Return the documents with their states, and whether they stand."""
        rows = (await self.get("/api/documents", "public"))["documents"]
        return [(row["id"], row["state"], row["stands"]) for row in rows]

    async def decision_of(self, ident: str) -> str:
        """Return the id of the decision by which a document came about."""
        return str((await self.get(f"/api/documents/{ident}", "public"))["document"]["decision"]["id"])

    async def download(self, ident: str, folder: Path) -> str:
        """Save a document as it was signed; return the text of its print."""
        public = self.sessions["public"]
        signed = await public.get(f"/api/documents/{ident}")
        assert signed.status_code == 200, signed.text
        (folder / f"{ident}.json").write_bytes(signed.content)
        paper = await public.get(f"/api/documents/{ident}?format=pdf")
        assert paper.status_code == 200, paper.text
        pages = pypdf.PdfReader(io.BytesIO(paper.content)).pages
        return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


@asynccontextmanager
async def at_desks(service: Service, links: dict[str, str]) -> AsyncIterator[Desks]:
    """Open everybody's personal link; `links` are those given out so far."""
    async with AsyncExitStack() as stack:
        desks = Desks(service.url, stack)
        for who, link in {**service.told["links"], **links, "public": ""}.items():
            await desks.admit(who, link)
        yield desks


async def appoint(desks: Desks, by: str, name: str, role: str, controls: Iterable[str] = ()) -> str:
    """Register somebody as one of those who may does it over HTTP; return the personal link."""
    sent = {"name": name, "roles": [role], "controls": list(controls)}
    answer = await desks.sessions[by].post("/api/access", json=sent)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["link"])


async def rallykeeper(*arguments: object) -> tuple[int, str]:
    """Run `rallykeeper` as a program of its own; return its exit status and what it said."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dashboard.serve", *map(str, arguments),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(60):
        said, _ = await program.communicate()
    assert program.returncode is not None
    return program.returncode, said.decode()


async def _until(look: Callable[[], Awaitable[Any]], holds: Callable[[Any], bool], wanted: object) -> None:
    """Look until it holds; fail past the deadline with what was found instead."""
    found: Any = None
    try:
        async with asyncio.timeout(_DEADLINE_S):
            while True:
                found = await look()
                if holds(found):
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"did not come: {wanted}; there is {found}")
