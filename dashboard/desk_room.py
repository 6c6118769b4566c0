"""The desk of the officials: the queue of what needs a hand, the corrections log, what an act has done."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from dashboard.desk_items import item_row
from dashboard.desk_queue import desk_queue, offices
from dashboard.messages import Json
from dashboard.preview import effect
from dashboard.problems import Problem
from dashboard.service import PersonOf, ServiceOf, official
from dashboard.why import LogOf
from timing.core.instant import format_instant

router = APIRouter(prefix="/api/desk", tags=["officials"])

_MOST = 500
#: So many controls' clocks are looked at before other things have their turn.
_CONTROLS_AT_A_TIME = 2


@router.get("")
async def desk(service: ServiceOf, person: PersonOf) -> Json:
    """What needs a hand, most urgent first, each with the acts that would settle it."""
    official(person)
    looked = False
    while not looked:
        looked = service.clocks.look(_CONTROLS_AT_A_TIME)
        await asyncio.sleep(0)
    now = service.clock.now()
    items = desk_queue(service.rally, service.office.published, now, service.clocks.all())
    return {
        "at": format_instant(now),
        "head": service.journal.head()[0],
        "offices": dict(offices(items)),
        "items": [item_row(item) for item in items],
    }


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
