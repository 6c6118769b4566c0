"""The people of a simulated rally at their screens: they send what they enter, and sort out stamps.

An official at the desk sees a stamp without a car, or with the wrong one, and knows from the road who
it was; a foot on the tube is called spurious. That is the only use made of the truth here.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import cycle
from typing import Any

from simulators.clock_checks import ClockCheck
from simulators.marshal import Entered, Entry, GivenUp
from simulators.timers import Impulse
from simulators.web_client import WebClient
from timing.clock import Clock
from timing.core.event import Event
from timing.core.instant import SECOND, Duration, Instant, format_instant, parse_instant
from timing.core.itinerary import ControlKind

log = logging.getLogger(__name__)

#: So many telephones send at the same time.
_TELEPHONES = 4
_RETRY_S = 0.5
#: A stamp is left to the service for so long before somebody looks into it.
_PATIENCE: Duration = 90 * SECOND
_PAGE = 1_000
_BUSY = frozenset({408, 429, 500, 502, 503})


class Officials:
    """Marshals, the clerk of the course and the Official Timekeeper, each with their personal link.

    Args:
        links: personal links by role: `marshal`, `clerk`, `timekeeper`.
        clock: the rally's.
        event: the rally.
        look_every: how often (real seconds) the desk is looked at.
    """

    def __init__(self, links: Mapping[str, str], clock: Clock, event: Event, look_every: float = 5.0) -> None:
        self._clock, self._look_every = clock, look_every
        self._marshals = [WebClient(links["marshal"]) for _ in range(_TELEPHONES)]
        self._clerk, self._timekeeper = WebClient(links["clerk"]), WebClient(links["timekeeper"])
        self._timed = [
            control.id
            for control in event.itinerary.controls.values()
            if control.kind in (ControlKind.REG_TEST, ControlKind.FF, ControlKind.SPLIT, ControlKind.SS_START)
        ]
        self._done: set[str] = set()
        self._read = 0
        self._wrong: dict[str, Impulse] = {}
        self.refused: list[str] = []
        """What the service did not take, in plain words: empty in a healthy rally."""

    async def enter(self, entries: Iterable[Entry | ClockCheck]) -> None:
        """Send all entries, each when its time has come, over and over until the service has it."""
        telephones = cycle(self._marshals)
        async with asyncio.TaskGroup() as group:
            sending: deque[asyncio.Task[None]] = deque()
            for entry in entries:
                await self._clock.sleep_until(entry.sent_at)
                client = self._whose(entry, telephones)
                sending.append(group.create_task(self._send(client, entry)))
                while sending and sending[0].done():
                    sending.popleft()

    def _whose(self, entry: Entry | ClockCheck, telephones: Iterator[WebClient]) -> WebClient:
        match entry:
            case Entered():
                return next(telephones)
            case GivenUp():
                return self._clerk
            case ClockCheck():
                return self._timekeeper

    async def _send(self, client: WebClient, entry: Entry | ClockCheck) -> None:
        path, body = _request(entry)
        await self._insist(client, path, body)

    async def _insist(self, client: WebClient, path: str, body: Mapping[str, object]) -> None:
        while True:
            try:
                status, answer = await client.post(path, body)
            except OSError as error:
                log.info("not sent yet: %s", error)
            else:
                if status in (200, 201):
                    return
                if status not in _BUSY:
                    self.refused.append(f"{path} {body}: {status} {answer}")
                    log.warning("refused: %s", self.refused[-1])
                    return
            await asyncio.sleep(_RETRY_S)

    async def sort_out(self, printed: Iterable[Impulse]) -> None:
        """Look at the desk again and again, and rule on stamps that need a person, for ever."""
        truth = {(impulse.device, impulse.at): impulse for impulse in printed if not impulse.cleared}
        while True:
            await asyncio.sleep(self._look_every)
            try:
                await self.look(truth)
            except OSError as error:
                log.info("the desk is not there: %s", error)

    async def look(self, truth: Mapping[tuple[str, Instant], Impulse]) -> int:
        """Look at the desk and through the journal once; return how many rulings were made."""
        await self._read_on(truth)
        acts: dict[str, dict[str, object]] = {}
        for key, impulse in list(self._wrong.items()):
            if self._clock.now() - impulse.at > _PATIENCE:
                del self._wrong[key]
                acts[key] = _assign(key, impulse, "WRONG_NUMBER")
        state = (await self._timekeeper.get("/api/live"))["state"]
        for control in self._timed:
            for key, row in state["controls"].get(control, {}).get("stamps", {}).items():
                seen = truth.get((row["device"], parse_instant(row["at"])))
                act = None if seen is None else self._ruling(key, row, seen)
                if act is not None:
                    acts.setdefault(key, act)
        for key, act in acts.items():
            self._done.add(key)
            await self._insist(self._timekeeper, "/api/decisions", act)
        return len(acts)

    async def _read_on(self, truth: Mapping[tuple[str, Instant], Impulse]) -> None:
        """Note the impulses of the journal to which their timer put another car's number.

        The page shows the newest stamps only, and a wrong number looks like any other there.
        """
        while True:
            page = await self._timekeeper.get(f"/api/journal?after={self._read}&limit={_PAGE}")
            for record in page["records"]:
                body = record["body"]["body"]
                if record["body"]["kind"] != "stamp" or not record["origin"].startswith("serial:"):
                    continue
                impulse = truth.get((body["device"], body["at"]))
                if impulse is not None and impulse.number and str(impulse.number) != impulse.car:
                    self._wrong[record["key"]] = impulse
            self._read = page["next"]
            if len(page["records"]) < _PAGE:
                return

    def _ruling(self, key: str, row: Mapping[str, Any], impulse: Impulse) -> dict[str, object] | None:
        """Return the decision that a stamp needs: the right car, or spurious; None when it needs none."""
        old = self._clock.now() - impulse.at > _PATIENCE
        over = row["disposition"] in ("SPURIOUS", "WITHDRAWN")
        if key in self._done or not old or over or row.get("car") == impulse.car:
            return None
        if impulse.car is None:
            return {
                "act": {"type": "MarkSpurious", "stamp": key},
                "id": f"sim/{key}"[-200:],
                "reason": "SPURIOUS",
            }
        return _assign(key, impulse, "WRONG_NUMBER" if row.get("car") else None)

    def close(self) -> None:
        """Close the connections."""
        for client in (*self._marshals, self._clerk, self._timekeeper):
            client.close()


def _assign(key: str, impulse: Impulse, reason: str | None) -> dict[str, object]:
    act = {"type": "AssignCar", "stamp": key, "car": impulse.car}
    return {"act": act, "id": f"sim/{key}"[-200:], "reason": reason}


def _request(entry: Entry | ClockCheck) -> tuple[str, dict[str, object]]:
    match entry:
        case ClockCheck():
            compared: dict[str, object] = {
                "idempotency_key": entry.key,
                "at": format_instant(entry.at),
                "reference": format_instant(entry.at - entry.offset),
                "uncertainty": entry.uncertainty,
                "method": "one contact for both",
            }
            return f"/api/devices/{entry.device}/checks", compared
        case Entered():
            body: dict[str, object] = {
                "idempotency_key": entry.key,
                "at": format_instant(entry.at),
                "car": entry.car,
            }
            return f"/api/controls/{entry.control}/stamps", body
        case GivenUp():
            act: dict[str, object] = {"type": "Retire", "car": entry.car, "cause": "stopped on the road"}
            if entry.control is not None:
                act["control"] = entry.control
            return "/api/decisions", {"act": act, "id": entry.key}
