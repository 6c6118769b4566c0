"""A marshal's page speaks here: stamps at a control, each sent again and again until it is recorded.

A phone's clock may be wrong, and its owner does not know by how much; the page measures it against ours
(`/api/time`). So a stamp brings what the phone's clock showed and the offset measured, its instant is the one
less the other, and all of that is kept with the record as it came.
"""

import hashlib
from dataclasses import replace
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dashboard.access import Person
from dashboard.messages import Json
from dashboard.problems import Problem
from dashboard.service import AuthorOf, Service, ServiceOf, somebody
from timing.core.decisions import Role
from timing.core.instant import DAY, SECOND, Instant, format_duration, format_instant, parse_instant
from timing.core.readings import Alert, Remark, Source, Stamp, reading_key
from timing.core.records import Record

router = APIRouter(prefix="/api", tags=["marshals"])

#: A phone's clock may be ahead of ours by so much; its stamps may be so old.
_AHEAD = 5 * SECOND
_OLDEST = 2 * DAY
#: From here on an official is told that a phone's clock was wrong.
_NOTABLE = SECOND


class StampIn(BaseModel):
    """A stamp of a marshal. `at` None: the moment at which it arrives here."""

    model_config = ConfigDict(extra="forbid")

    idempotency_key: Annotated[str, Field(min_length=8, max_length=200)] | None = None
    at: Annotated[str | None, Field(description="RFC 3339")] = None
    phone_at: Annotated[str | None, Field(description="RFC 3339, what the phone's own clock showed")] = None
    offset_us: Annotated[int | None, Field(description="That clock less rally time, µs, as measured")] = None
    measured_at: Annotated[str | None, Field(description="RFC 3339, rally time of that measurement")] = None
    uncertainty_us: Annotated[int | None, Field(ge=0, description="How good the measurement is")] = None
    clock: Annotated[str, Field(max_length=40, description="How the phone carried its time on")] = ""
    car: Annotated[str, Field(max_length=20)] | None = None
    note: Annotated[str, Field(max_length=500)] = ""
    kind: Annotated[Literal["M", "H"], Field(description="M: written down; H: the hand button")] = "M"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.phone_at is None) != (self.offset_us is None):
            raise ValueError("phone_at and offset_us come together")
        return self


class WithdrawalIn(BaseModel):
    """A stamp of one's own taken back; `stamp` is the key under which it was recorded."""

    model_config = ConfigDict(extra="forbid")

    stamp: Annotated[str, Field(max_length=200)]
    note: Annotated[str, Field(max_length=500)] = ""


@router.post("/controls/{control}/stamps", status_code=201)
async def stamp(
    control: str,
    sent: StampIn,
    request: Request,
    response: Response,
    service: ServiceOf,
    person: AuthorOf,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Json:
    """Record a stamp. The same idempotency key again gives the same stamp (200) and records nothing."""
    known = somebody(person)
    role = posted(service, known, control)
    key = given_key(sent.idempotency_key, idempotency_key)
    made = _stamp(service, known, control, sent, key)
    earlier = service.journal.find(reading_key(made))
    if earlier is not None:
        response.status_code = 200
        return _same(earlier.body, made, sent, earlier.seq)
    record = await record_once(service, role, known, made, await request.body())
    return _answer(record.body if isinstance(record.body, Stamp) else made, record.seq)


@router.post("/controls/{control}/withdrawals", status_code=201)
async def withdraw(
    control: str,
    sent: WithdrawalIn,
    request: Request,
    response: Response,
    service: ServiceOf,
    person: AuthorOf,
) -> Json:
    """Take back a stamp of one's own; it stays in the record and counts no longer. Harmless when sent twice.

    A stamp of somebody or something else is the Official Timekeeper's to rule on.
    """
    known = somebody(person)
    role = posted(service, known, control)
    found = service.journal.find(sent.stamp)
    if found is None or not isinstance(found.body, Stamp) or found.body.control != control:
        raise Problem(422, f"There is no stamp {sent.stamp!r} of a person at {control}.")
    if found.body.device != known.device:
        raise Problem(403, "This stamp is not yours: the Official Timekeeper rules on it.")
    made = replace(found.body, cancelled=True, note=sent.note)
    earlier = service.journal.find(reading_key(made))
    if earlier is None:
        earlier = await record_once(service, role, known, made, await request.body())
    else:
        response.status_code = 200
    return {"key": sent.stamp, "seq": earlier.seq}


def given_key(*sent: str | None) -> str:
    """Return the idempotency key of a request, from its body or its header.

    Raises:
        Problem: 422 without one.
    """
    key = next((each for each in sent if each), None)
    if key is None:
        raise Problem(422, "An idempotency key is needed, so that sending twice is harmless.")
    return key


def number_of(control: str, key: str) -> int:
    """Return the identity of what a page sent with this key at this control.

    The page's key becomes the device's own identity, so that a repeat is found whatever the clock says.
    """
    return int.from_bytes(hashlib.sha256(f"{control}\n{key}".encode()).digest()[:6], "big")


async def record_once(
    service: Service, role: Role, person: Person, made: Stamp | Alert | Remark, raw: bytes
) -> Record:
    """Record what a person's page sent; return it as the journal holds it.

    Raises:
        Problem: 503 when the journal does not take it.
    """
    await service.record(f"web:{role}/{person.signed}", made, raw)
    record = service.journal.find(reading_key(made))
    if record is None:
        raise Problem(503, "The journal did not take it; send it again.")
    service.hub.urge()
    return record


def posted(service: Service, person: Person, control: str) -> Role:
    """Return the office in which a person works at a control.

    Raises:
        Problem: 404 where there is no such control, 403 for others than its marshal and the timekeeper.
    """
    if control not in service.event.itinerary.controls:
        raise Problem(404, f"There is no control {control!r}.")
    if Role.TIMEKEEPER in person.roles:
        return Role.TIMEKEEPER
    if Role.MARSHAL in person.roles and control in person.controls:
        return Role.MARSHAL
    raise Problem(403, f"What is done at {control} is for its marshal and the Official Timekeeper.")


def _stamp(service: Service, person: Person, control: str, sent: StampIn, key: str) -> Stamp:
    at, note = _moment(service.clock.now(), sent)
    return Stamp(
        device=person.device,
        at=at,
        control=control,
        source=Source(sent.kind),
        car=None if sent.car is None else car_of(service, sent.car),
        resolution=1_000,
        uncertainty=sent.uncertainty_us,
        boot=0,
        n=number_of(control, key),
        note=note,
    )


def _moment(now: Instant, sent: StampIn) -> tuple[Instant, str]:
    """Return a stamp's instant and its note, which says so where the phone's clock was wrong."""
    if sent.phone_at is None or sent.offset_us is None:
        return (now if sent.at is None else _instant(sent.at, now)), sent.note
    off = sent.offset_us
    at = _believed(_parsed(sent.phone_at) - off, now)
    if abs(off) < _NOTABLE:
        return at, sent.note
    clock = (
        f"phone clock {format_duration(abs(off), 100_000)} s {'ahead' if off > 0 else 'behind'}, taken off"
    )
    return at, f"{sent.note}; {clock}" if sent.note else clock


def _instant(text: str, now: Instant) -> Instant:
    return _believed(_parsed(text), now)


def _parsed(text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise Problem(422, str(error)) from error


def _believed(at: Instant, now: Instant) -> Instant:
    if at > now + _AHEAD:
        raise Problem(
            422, f"{format_instant(at)} is in the future: it is {format_instant(now)} here. Check the clock."
        )
    if at < now - _OLDEST:
        raise Problem(422, f"{format_instant(at)} is more than two days ago.")
    return at


def car_of(service: Service, typed: str) -> str:
    """Return the number of an entered car as it is printed.

    Raises:
        Problem: 422 where no such car is entered.
    """
    number = service.event.entries.find(typed)
    if number is None:
        raise Problem(422, f"There is no car {typed!r} in the entry list.")
    return number


def _same(recorded: object, made: Stamp, sent: StampIn, seq: int) -> Json:
    """Return the recorded stamp if it is what was sent again; a key used for something else is refused."""
    assert isinstance(recorded, Stamp)
    timed = sent.at is not None or sent.phone_at is not None
    same_time = not timed or recorded.at == made.at
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
