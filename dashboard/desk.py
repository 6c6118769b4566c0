"""The desk speaks here: the decisions of officials, and what they would change."""

import asyncio
import hashlib
import secrets
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard.access import Person
from dashboard.board import Scene, result_rows, stage_row, standing_rows
from dashboard.merge_patch import difference
from dashboard.messages import Json, plain
from dashboard.problems import Problem
from dashboard.service import PersonOf, Service, ServiceOf, somebody
from timing.core.decisions import (
    Act,
    AssignCar,
    CancelStage,
    CorrectTime,
    Decision,
    Disqualify,
    MarkSpurious,
    Penalise,
    Reason,
    Reinstate,
    Restore,
    Retire,
    Role,
    SetNotional,
    decision_key,
)
from timing.core.instant import Duration, Instant, parse_duration, parse_instant
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.roles import may

router = APIRouter(prefix="/api", tags=["officials"])

#: Tried in this order when a person with several offices does not name the one used.
_OFFICES = (Role.MARSHAL, Role.TIMEKEEPER, Role.CLERK, Role.STEWARD)


class _ActIn(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AssignCarIn(_ActIn):
    """Put a car number to a stamp, or take it off with null."""

    type: Literal["AssignCar"]
    stamp: str
    car: str | None


class MarkSpuriousIn(_ActIn):
    """Call a stamp a false trigger."""

    type: Literal["MarkSpurious"]
    stamp: str


class RestoreIn(_ActIn):
    """Let a stamp count again."""

    type: Literal["Restore"]
    stamp: str


class CorrectTimeIn(_ActIn):
    """Insert or correct a car's instant (RFC 3339) at a control."""

    type: Literal["CorrectTime"]
    control: str
    car: str
    at: str


class PenaliseIn(_ActIn):
    """A penalty: `time` as 0:10 or µs where seconds are counted, `points` else."""

    type: Literal["Penalise"]
    car: str
    rule: Annotated[str, Field(min_length=1)]
    time: str | int | None = None
    points: Decimal | None = None
    control: str | None = None
    stage: str | None = None


class SetNotionalIn(_ActIn):
    """A time given by the clerk, as 4:32.1 or µs."""

    type: Literal["SetNotional"]
    stage: str
    car: str
    time: str | int


class RetireIn(_ActIn):
    """A crew has stopped competing."""

    type: Literal["Retire"]
    car: str
    control: str | None = None
    cause: str = ""


class ReinstateIn(_ActIn):
    """A crew competes after all."""

    type: Literal["Reinstate"]
    car: str


class DisqualifyIn(_ActIn):
    """The stewards exclude a crew."""

    type: Literal["Disqualify"]
    car: str


class CancelStageIn(_ActIn):
    """A stage counts for nobody, or does again."""

    type: Literal["CancelStage"]
    stage: str
    cancelled: bool = True


ActIn = Annotated[
    AssignCarIn
    | MarkSpuriousIn
    | RestoreIn
    | CorrectTimeIn
    | PenaliseIn
    | SetNotionalIn
    | RetireIn
    | ReinstateIn
    | DisqualifyIn
    | CancelStageIn,
    Field(discriminator="type"),
]


class DecisionIn(BaseModel):
    """A decision. `id` makes sending twice harmless; `role` is the office used, where one holds several."""

    model_config = ConfigDict(extra="forbid")

    act: ActIn
    id: Annotated[str, Field(min_length=8, max_length=200)] | None = None
    reason: Reason | None = None
    text: Annotated[str, Field(max_length=2000)] = ""
    supersedes: str | None = None
    role: Role | None = None


@router.post("/decisions", status_code=201)
async def decide(
    sent: DecisionIn,
    request: Request,
    response: Response,
    service: ServiceOf,
    person: PersonOf,
    preview: Annotated[bool, Query(description="Show what would change; record nothing.")] = False,
) -> Json:
    """Record a decision, or with `preview=true` return the merge patch it would make."""
    known = somebody(person)
    act = _act(service, sent.act)
    role = _office(service, known, sent.role, act)
    decision = Decision(
        # A person's ids are their own: nobody can take another's decision id.
        id=f"{known.id}-{_short(sent.id)}" if sent.id else f"{known.id}-{secrets.token_hex(8)}",
        act=act,
        author=known.name,
        role=role,
        at=service.clock.now(),
        reason=sent.reason,
        text=sent.text,
        supersedes=sent.supersedes,
    )
    if preview:
        response.status_code = 200
        return {"preview": await asyncio.to_thread(_preview, service, decision)}
    earlier = service.journal.find(decision_key(decision))
    if earlier is not None:
        if not isinstance(earlier.body, Decision) or earlier.body.act != act:
            raise Problem(409, "This id was used for another decision.", seq=earlier.seq)
        response.status_code = 200
        return {"id": earlier.body.id, "seq": earlier.seq, "role": earlier.body.role.value}
    await service.record(f"web:{role}/{known.name}", decision, await request.body())
    record = service.journal.find(decision_key(decision))
    if record is None:
        raise Problem(503, "The journal did not take it; send it again.")
    service.hub.urge()
    return {"id": decision.id, "seq": record.seq, "role": role.value}


def _short(sent: str) -> str:
    return sent if len(sent) <= 40 else hashlib.sha256(sent.encode()).hexdigest()[:32]


def _act(service: Service, sent: ActIn) -> Act:
    match sent:
        case AssignCarIn():
            return AssignCar(sent.stamp, None if sent.car is None else _car(service, sent.car))
        case MarkSpuriousIn():
            return MarkSpurious(sent.stamp)
        case RestoreIn():
            return Restore(sent.stamp)
        case CorrectTimeIn():
            return CorrectTime(_control(service, sent.control), _car(service, sent.car), _instant(sent.at))
        case PenaliseIn():
            return _penalty(service, sent)
        case SetNotionalIn():
            return SetNotional(_stage(service, sent.stage), _car(service, sent.car), _duration(sent.time))
        case RetireIn():
            control = None if sent.control is None else _control(service, sent.control)
            return Retire(_car(service, sent.car), control, sent.cause)
        case ReinstateIn():
            return Reinstate(_car(service, sent.car))
        case DisqualifyIn():
            return Disqualify(_car(service, sent.car))
        case CancelStageIn():
            return CancelStage(_stage(service, sent.stage), sent.cancelled)


def _penalty(service: Service, sent: PenaliseIn) -> Penalise:
    if (sent.time is None) == (sent.points is None):
        raise Problem(422, "A penalty has either a time or points.")
    return Penalise(
        _car(service, sent.car),
        sent.rule,
        time=None if sent.time is None else _duration(sent.time),
        points=sent.points,
        control=None if sent.control is None else _control(service, sent.control),
        stage=None if sent.stage is None else _stage(service, sent.stage),
    )


def _office(service: Service, person: Person, named: Role | None, act: Act) -> Role:
    """Return the office in which the person may do this.

    Raises:
        Problem: 403 when they may not, in the office named or in any of theirs.
    """
    own = isinstance(act, AssignCar) and _control_of(service, act.stamp) in person.controls
    held = [named] if named is not None else [role for role in _OFFICES if role in person.roles]
    for role in held:
        if role in person.roles and may(role, type(act), own):
            return role
    whose = person.role.value if named is None else named.value
    raise Problem(403, f"{type(act).__name__} is not for {person.name} as {whose}.")


def _control_of(service: Service, stamp: str) -> str | None:
    for control in service.event.itinerary.controls:
        if stamp in service.rally.control_state(control).stamps:
            return control
    return None


def _preview(service: Service, decision: Decision) -> Json:
    """Fold the journal with and without the decision; return the merge patch between the two boards."""
    event = service.event
    rally = Rally(event)
    last = 0
    for record in service.journal.read():
        rally.add(record)
        last = record.seq
    before = _sheets(Scene(event, rally, service.tracking, {}))
    now = decision.at
    rally.add(
        Record(seq=last + 1, received_at=now, origin="preview", key=decision_key(decision), body=decision)
    )
    return difference(before, _sheets(Scene(event, rally, service.tracking, {})))


def _sheets(scene: Scene) -> Json:
    stages = scene.event.itinerary.stages.values()
    return {
        "stages": {stage.id: plain(stage_row(scene, stage)) for stage in stages},
        "standings": {scope: plain(standing_rows(scene, scope)) for scope in scene.rally.scopes()},
        "results": {stage.id: plain(result_rows(scene, stage)) for stage in stages},
    }


def _car(service: Service, typed: str) -> str:
    number = service.event.entries.find(typed)
    if number is None:
        raise Problem(422, f"There is no car {typed!r} in the entry list.")
    return number


def _control(service: Service, control: str) -> str:
    if control not in service.event.itinerary.controls:
        raise Problem(422, f"There is no control {control!r}.")
    return control


def _stage(service: Service, stage: str) -> str:
    if stage not in service.event.itinerary.stages:
        raise Problem(422, f"There is no stage {stage!r}.")
    return stage


def _instant(text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise Problem(422, str(error)) from error


def _duration(value: str | int) -> Duration:
    try:
        return value if isinstance(value, int) else parse_duration(value)
    except ValueError as error:
        raise Problem(422, str(error)) from error
