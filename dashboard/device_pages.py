"""The devices over HTTP, for officials: their health, their clocks, and checks of clocks made by hand.

Most timers cannot tell how far their clock is off: somebody looks at the timer and at a reference at the
same moment, before the control opens and after it closes, and enters what both showed.
"""

import asyncio
import hashlib
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard.clock_rows import clock_json
from dashboard.device_rows import conflicts_json, contradictions, health_json, link_json, passes_json
from dashboard.messages import Json, plain
from dashboard.problems import Problem
from dashboard.service import PersonOf, Service, ServiceOf, official
from dashboard.surroundings import device_row
from timing.core.decisions import Role
from timing.core.device_conflicts import device_conflicts
from timing.core.device_tests import LineTest, passes_at
from timing.core.instant import DAY, MILLISECOND, SECOND, Duration, Instant, format_instant, parse_instant
from timing.core.readings import SyncCheck, reading_key

router = APIRouter(prefix="/api", tags=["officials"])

#: So many controls are looked at before other things have their turn.
_AT_A_TIME = 2


class CheckIn(BaseModel):
    """A comparison of a device's clock: what it showed, and what the reference showed then, or `offset` (µs).

    `uncertainty` (µs) is how exact the comparison is: by eye a tenth, by one contact for both a millisecond.
    """

    model_config = ConfigDict(extra="forbid")

    at: Annotated[str, Field(description="What the device showed, RFC 3339")]
    reference: Annotated[str | None, Field(description="What the reference showed, RFC 3339")] = None
    offset: Annotated[int | None, Field(ge=-DAY, le=DAY, description="device - reference, µs")] = None
    uncertainty: Annotated[int, Field(ge=0, le=60 * SECOND)] = MILLISECOND
    method: Annotated[str, Field(max_length=100)] = "by hand"
    idempotency_key: Annotated[str, Field(min_length=8, max_length=200)]


@router.get("/devices")
async def devices(service: ServiceOf, person: PersonOf) -> Json:
    """Every device: its health, where it is assigned, test passes, its clock and what would put that right.

    `conflicts` are doubles of the assignments, `links` the ways to devices, `lacking` what keeps the service
    from being ready.
    """
    official(person)
    desk = service.clocks
    done = desk.look(_AT_A_TIME)
    while not done:
        await asyncio.sleep(0)
        done = desk.look(_AT_A_TIME)
    health, now = service.ingest.health, service.clock.now()
    table = service.rally.clocks.table
    passes = _passes(service, now)
    found: Json = {}
    assigned: dict[str, str | None] = {}
    said: dict[str, str] = {}
    clocks = desk.all()
    heard = (name for name in health.devices() if name)
    for name in dict.fromkeys((*clocks, *table.known(), *heard)):
        known = health.of(name, now)
        car = assigned[name] = table.car(name, now)
        if known.says_car is not None:
            said[name] = known.says_car
        row = plain(device_row(known, now)) | health_json(known, now)
        row |= {"car": car, "lines": passes_json(passes.get(name, ())), "registered": name in table.known()}
        if name in clocks:
            row["clock"] = clock_json(service.event, clocks[name])
        found[name] = row
    conflicts = conflicts_json(device_conflicts(table, service.event))
    return {
        "devices": found,
        "conflicts": [*conflicts, *contradictions(said, assigned)],
        "links": [link_json(link) for link in service.links()],
        "lacking": service.ready(),
        "at": format_instant(now),
    }


def _passes(service: Service, now: Instant) -> dict[str, list[LineTest]]:
    """Return the present assignments of each device, with the test passes seen there."""
    table, time = service.rally.clocks.table, service.event.time
    found: dict[str, list[LineTest]] = {}
    for control in service.event.itinerary.controls:
        if table.serving(control, now):
            stamps = service.rally.control_state(control).stamps.values()
            for each in passes_at(table, control, stamps, time, now):
                found.setdefault(each.device, []).append(each)
    return found


@router.post("/devices/{device}/checks", status_code=201)
async def check(
    device: str, sent: CheckIn, request: Request, response: Response, service: ServiceOf, person: PersonOf
) -> Json:
    """Record a check of a device's clock. The same idempotency key again records nothing (200)."""
    known = official(person)
    if Role.TIMEKEEPER not in known.roles:
        raise Problem(403, "Clocks are the Official Timekeeper's.")
    if device not in service.known_devices():
        raise Problem(404, f"There is no device {device!r}.")
    at, offset = _compared(sent)
    digest = hashlib.sha256(f"{device}\n{sent.idempotency_key}".encode()).digest()
    made = SyncCheck(
        device=device,
        at=at,
        offset=offset,
        uncertainty=sent.uncertainty,
        method=f"{sent.method} ({known.name})",
        boot=0,
        # Apart from the numbers that devices count themselves.
        n=(1 << 48) + int.from_bytes(digest[:5], "big"),
    )
    earlier = service.journal.find(reading_key(made))
    if earlier is not None:
        if not isinstance(earlier.body, SyncCheck) or (earlier.body.at, earlier.body.offset) != (at, offset):
            raise Problem(409, "This idempotency key was used for another check.", seq=earlier.seq)
        response.status_code = 200
        return _answer(earlier.body, earlier.seq)
    await service.record(f"web:{Role.TIMEKEEPER}/{known.name}", made, await request.body())
    record = service.journal.find(reading_key(made))
    if record is None:
        raise Problem(503, "The journal did not take it; send it again.")
    return _answer(made, record.seq)


def _compared(sent: CheckIn) -> tuple[Instant, Duration]:
    """The device's instant and its offset.

    Raises:
        Problem: 422 when it says neither or both of reference and offset, or no instants.
    """
    if (sent.reference is None) == (sent.offset is None):
        raise Problem(422, "A check has either what the reference showed, or the offset.")
    try:
        at = parse_instant(sent.at)
        offset = at - parse_instant(sent.reference) if sent.reference is not None else sent.offset or 0
    except ValueError as error:
        raise Problem(422, str(error)) from error
    if abs(offset) > DAY:
        raise Problem(422, "The two are more than a day apart: one of them was never set.")
    return at, offset


def _answer(check: SyncCheck, seq: int) -> Json:
    return {"key": reading_key(check), "seq": seq, "at": format_instant(check.at), "offset": check.offset}
