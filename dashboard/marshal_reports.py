"""What a marshal's page sends besides stamps: remarks, alerts passed on, and the measuring of its clock."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard.access import Person
from dashboard.board import text_of
from dashboard.marshal import car_of, given_key, number_of, posted, record_once
from dashboard.messages import ExpectedCar, Json, plain
from dashboard.problems import Problem
from dashboard.service import AuthorOf, PersonOf, Service, ServiceOf, somebody
from timing.core.decisions import Role
from timing.core.instant import DAY, SECOND, Instant, format_instant, parse_instant
from timing.core.readings import Alert, AlertKind, Remark, RemarkKind, reading_key

router = APIRouter(prefix="/api", tags=["marshals"])

_AHEAD = 5 * SECOND
_OLDEST = 2 * DAY


class _ReportIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    idempotency_key: Annotated[str, Field(min_length=8, max_length=200)] | None = None
    at: Annotated[str | None, Field(description="RFC 3339; left out: the moment of its arrival")] = None
    car: Annotated[str, Field(max_length=20)] | None = None
    text: Annotated[str, Field(max_length=1000)] = ""


class RemarkIn(_ReportIn):
    """What a marshal reports besides times: never a time or a penalty by itself."""

    kind: RemarkKind = RemarkKind.NOTE
    cars_in: Annotated[int, Field(ge=0, le=9999)] | None = None
    cars_out: Annotated[int, Field(ge=0, le=9999)] | None = None


class AlertIn(_ReportIn):
    """A crew's signal passed on by a marshal: SOS, HAZARD, OK or SLOW."""

    kind: AlertKind


@router.get("/time")
async def time(service: ServiceOf) -> Json:
    """Rally time as this request is answered: what a phone's clock is measured against."""
    return {"at": format_instant(service.clock.now())}


@router.get("/controls/{control}/expected")
async def expected(control: str, service: ServiceOf, person: PersonOf) -> Json:
    """Everybody who is due or has been at a control, in expected order: what a page keeps to work offline."""
    posted(service, somebody(person), control)
    state = service.rally.control_state(control)
    order = {car: place for place, car in enumerate({**state.due, **state.arrived})}
    return {
        "expected": {
            car: plain(
                ExpectedCar(
                    order=place,
                    due=text_of(state.due.get(car)),
                    arrived=format_instant(state.arrived[car].at) if car in state.arrived else None,
                )
            )
            for car, place in order.items()
        }
    }


@router.post("/controls/{control}/remarks", status_code=201)
async def remark(
    control: str, sent: RemarkIn, request: Request, response: Response, service: ServiceOf, person: AuthorOf
) -> Json:
    """Record a remark. The same idempotency key again records nothing (200)."""
    known = somebody(person)
    role = posted(service, known, control)
    made = Remark(
        device=known.device,
        at=_at(service, sent.at),
        control=control,
        kind=sent.kind,
        text=sent.text,
        car=None if sent.car is None else car_of(service, sent.car),
        cars_in=sent.cars_in,
        cars_out=sent.cars_out,
        boot=0,
        n=number_of(control, given_key(sent.idempotency_key, request.headers.get("idempotency-key"))),
    )
    return await _taken(service, role, known, made, request, response)


@router.post("/controls/{control}/alerts", status_code=201)
async def alert(
    control: str, sent: AlertIn, request: Request, response: Response, service: ServiceOf, person: AuthorOf
) -> Json:
    """Pass a crew's SOS, HAZARD or OK on to rally headquarters. Sending it twice is harmless."""
    known = somebody(person)
    role = posted(service, known, control)
    made = Alert(
        device=known.device,
        at=_at(service, sent.at),
        kind=sent.kind,
        car=None if sent.car is None else car_of(service, sent.car),
        text=f"{control}, {known.name}{': ' if sent.text else ''}{sent.text}",
        boot=0,
        n=number_of(control, given_key(sent.idempotency_key, request.headers.get("idempotency-key"))),
    )
    return await _taken(service, role, known, made, request, response)


async def _taken(
    service: Service, role: Role, person: Person, made: Remark | Alert, request: Request, response: Response
) -> Json:
    found = service.journal.find(reading_key(made))
    if found is None:
        found = await record_once(service, role, person, made, await request.body())
    elif not isinstance(found.body, type(made)) or found.body.kind != made.kind or found.body.car != made.car:
        raise Problem(409, "This idempotency key was used for something else.", seq=found.seq)
    else:
        response.status_code = 200
    return {"key": found.key, "seq": found.seq, "at": format_instant(found.body.at)}


def _at(service: Service, sent: str | None) -> Instant:
    now = service.clock.now()
    if sent is None:
        return now
    try:
        at = parse_instant(sent)
    except ValueError as error:
        raise Problem(422, str(error)) from error
    if not now - _OLDEST <= at <= now + _AHEAD:
        raise Problem(422, f"{sent} is not about now: it is {format_instant(now)} here.")
    return at
