"""A marshal's page speaks here: stamps at a control, each sent again and again until it is recorded."""

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard.access import Person
from dashboard.messages import Json
from dashboard.problems import Problem
from dashboard.service import PersonOf, Service, ServiceOf, somebody
from timing.core.decisions import Role
from timing.core.instant import DAY, SECOND, Instant, format_instant, parse_instant
from timing.core.readings import Source, Stamp, reading_key

router = APIRouter(prefix="/api", tags=["marshals"])

#: A phone's clock may be ahead of ours by so much; its stamps may be so old.
_AHEAD = 5 * SECOND
_OLDEST = 2 * DAY


class StampIn(BaseModel):
    """A stamp of a marshal. `at` None: the moment at which it arrives here."""

    model_config = ConfigDict(extra="forbid")

    idempotency_key: Annotated[str, Field(min_length=8, max_length=200)] | None = None
    at: Annotated[str | None, Field(description="RFC 3339")] = None
    car: Annotated[str, Field(max_length=20)] | None = None
    note: Annotated[str, Field(max_length=500)] = ""
    kind: Annotated[Literal["M", "H"], Field(description="M: written down; H: the hand button")] = "M"


@router.post("/controls/{control}/stamps", status_code=201)
async def stamp(
    control: str,
    sent: StampIn,
    request: Request,
    response: Response,
    service: ServiceOf,
    person: PersonOf,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Json:
    """Record a stamp. The same idempotency key again gives the same stamp (200) and records nothing."""
    known = somebody(person)
    role = _stamping_role(service, known, control)
    key = sent.idempotency_key or idempotency_key
    if not key:
        raise Problem(422, "An idempotency key is needed, so that sending twice is harmless.")
    made = _stamp(service, known, control, sent, key)
    earlier = service.journal.find(reading_key(made))
    if earlier is not None:
        response.status_code = 200
        return _same(earlier.body, made, sent, earlier.seq)
    await service.record(f"web:{role}/{known.name}", made, await request.body())
    record = service.journal.find(reading_key(made))
    if record is None:
        raise Problem(503, "The journal did not take it; send it again.")
    service.hub.urge()
    return _answer(record.body if isinstance(record.body, Stamp) else made, record.seq)


def _stamping_role(service: Service, person: Person, control: str) -> Role:
    if control not in service.event.itinerary.controls:
        raise Problem(404, f"There is no control {control!r}.")
    if Role.TIMEKEEPER in person.roles:
        return Role.TIMEKEEPER
    if Role.MARSHAL in person.roles and control in person.controls:
        return Role.MARSHAL
    raise Problem(403, f"Stamps at {control} are for its marshal and the Official Timekeeper.")


def _stamp(service: Service, person: Person, control: str, sent: StampIn, key: str) -> Stamp:
    now = service.clock.now()
    # The phone's key becomes the device's own identity, so that a repeat is found whatever the clock says.
    digest = hashlib.sha256(f"{control}\n{key}".encode()).digest()
    return Stamp(
        device=f"web-{person.id}",
        at=now if sent.at is None else _instant(sent.at, now),
        control=control,
        source=Source(sent.kind),
        car=None if sent.car is None else _car(service, sent.car),
        resolution=1_000,
        boot=0,
        n=int.from_bytes(digest[:6], "big"),
        note=sent.note,
    )


def _instant(text: str, now: Instant) -> Instant:
    try:
        at = parse_instant(text)
    except ValueError as error:
        raise Problem(422, str(error)) from error
    if at > now + _AHEAD:
        raise Problem(422, f"{text} is in the future: it is {format_instant(now)} here. Check the clock.")
    if at < now - _OLDEST:
        raise Problem(422, f"{text} is more than two days ago.")
    return at


def _car(service: Service, typed: str) -> str:
    number = service.event.entries.find(typed)
    if number is None:
        raise Problem(422, f"There is no car {typed!r} in the entry list.")
    return number


def _same(recorded: object, made: Stamp, sent: StampIn, seq: int) -> Json:
    """Return the recorded stamp if it is what was sent again; a key used for something else is refused."""
    assert isinstance(recorded, Stamp)
    same_time = sent.at is None or recorded.at == made.at
    if not same_time or recorded.car != made.car or recorded.source != made.source:
        raise Problem(409, "This idempotency key was used for another stamp.", seq=seq)
    return _answer(recorded, seq)


def _answer(stamp: Stamp, seq: int) -> Json:
    answer: Json = {
        "key": reading_key(stamp),
        "seq": seq,
        "control": stamp.control,
        "at": format_instant(stamp.at),
    }
    return answer if stamp.car is None else {**answer, "car": stamp.car}
