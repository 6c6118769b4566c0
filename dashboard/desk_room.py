"""The desk of the officials: the queue of what needs a hand, the corrections log, what an act has done."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import APIRouter, Query, Request

from dashboard.desk_items import item_row
from dashboard.desk_queue import desk_queue, offices
from dashboard.hub import Audience
from dashboard.messages import Json
from dashboard.preview import effect
from dashboard.problems import Problem
from dashboard.service import PersonOf, Service, ServiceOf, official
from dashboard.why import LogOf
from timing.core.instant import SECOND, Duration, Instant, format_instant
from timing.core.results import ControlState

router = APIRouter(prefix="/api/desk", tags=["officials"])

_MOST = 500
#: So many controls' clocks are looked at before other things have their turn.
_CONTROLS_AT_A_TIME = 2
#: After so long the queue is read again although nothing came in: protest times run out.
_FRESH: Duration = 5 * SECOND


@dataclass(slots=True)
class Reading:
    """The queue as it was read last: all desks share one reading, until the journal or the board moves."""

    moved: tuple[int, int] = (-1, -1)
    """The journal's head and the number of the officials' document, as they were then."""
    at: Instant = 0
    answer: Json = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, service: Service) -> Json:
        """Return the queue; other things have their turn while a long rally is looked through."""
        async with self.lock:
            now = service.clock.now()
            moved = (service.journal.head()[0], service.hub.streams[Audience.OFFICIALS].seq)
            if moved != self.moved or not 0 <= now - self.at < _FRESH:
                self.answer = await _read(service, moved[0], now)
                self.moved, self.at = moved, now
            return self.answer


async def _read(service: Service, head: int, now: Instant) -> Json:
    looked = False
    while not looked:
        looked = service.clocks.look(_CONTROLS_AT_A_TIME)
        await asyncio.sleep(0)
    states: dict[str, ControlState] = {}
    for control in service.event.itinerary.controls:
        states[control] = service.rally.control_state(control)
        await asyncio.sleep(0)
    items = desk_queue(service.rally, service.office.published, now, service.clocks.all(), states)
    return {
        "at": format_instant(now),
        # What came in meanwhile counts as not seen.
        "head": head,
        "offices": dict(offices(items)),
        "items": [item_row(item) for item in items],
    }


@router.get("")
async def desk(request: Request, service: ServiceOf, person: PersonOf) -> Json:
    """What needs a hand, most urgent first, each with the acts that would settle it."""
    official(person)
    if not hasattr(request.app.state, "desk_reading"):
        request.app.state.desk_reading = Reading()
    return await cast(Reading, request.app.state.desk_reading).of(service)


@router.get("/log")
async def log(
    service: ServiceOf,
    person: PersonOf,
    decisions: LogOf,
    before: Annotated[int | None, Query(ge=1, description="Go on before this journal place.")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> Json:
    """The corrections log: decisions with author, office, reason, and whether they stand; newest first."""
    official(person)
    rows = decisions.rows(limit, before)
    return {"decisions": rows, "count": len(decisions.records)}


@router.get("/log/{seq}")
async def changed(seq: int, service: ServiceOf, person: PersonOf, decisions: LogOf) -> Json:
    """What a recorded decision changed in the results as they were then, value by value."""
    official(person)
    record = next((each for each in decisions.records if each.seq == seq), None)
    if record is None:
        raise Problem(404, f"Record {seq} is no decision.")
    changes = await asyncio.to_thread(effect, service, record)
    return {"decision": decisions.row(record), "changes": changes}
