"""The desk speaks here: the decisions of officials, and what they would change."""

import asyncio
import hashlib
import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from dashboard.access import Person
from dashboard.acts_in import ActIn, act_of
from dashboard.desk_checks import follow_publication, refuse_inadmissible, refuse_unseen
from dashboard.messages import Json
from dashboard.preview import preview as show
from dashboard.problems import Problem
from dashboard.proposals import refuse_closed
from dashboard.service import AuthorOf, Service, ServiceOf, somebody
from timing.core.decisions import (
    Act,
    AssignCar,
    Decision,
    Reason,
    Role,
    Withdraw,
    decision_id_key,
    decision_key,
)
from timing.core.proposals import ACCEPTING
from timing.core.roles import may

router = APIRouter(prefix="/api", tags=["officials"])

#: Tried in this order when a person with several offices does not name the one used.
_OFFICES = (Role.MARSHAL, Role.TIMEKEEPER, Role.CLERK, Role.STEWARD)


class DecisionIn(BaseModel):
    """A decision. `id` makes sending twice harmless; `role` is the office used, where one holds several."""

    model_config = ConfigDict(extra="forbid")

    act: ActIn
    id: Annotated[str, Field(min_length=8, max_length=200)] | None = None
    reason: Reason | None = None
    text: Annotated[str, Field(max_length=2000)] = ""
    supersedes: str | None = None
    role: Role | None = None
    saw: Annotated[int, Field(ge=0)] | None = None
    """The newest record that its author had seen: anything newer about the same thing refuses it."""


@router.post("/decisions", status_code=201)
async def decide(
    sent: DecisionIn,
    request: Request,
    response: Response,
    service: ServiceOf,
    person: AuthorOf,
    preview: Annotated[bool, Query(description="Show what would change; record nothing.")] = False,
) -> Json:
    """Record a decision, or with `preview=true` return what it would change."""
    known = somebody(person)
    act = act_of(service, sent.act)
    if known.carrier and not isinstance(act, AssignCar):
        raise Problem(403, "Another person's phone brings numbers put to stamps, and no other decision.")
    role = _office(service, known, sent.role, act, sent.supersedes)
    decision = Decision(
        id=_id_of(known, sent.id),
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
        return await asyncio.to_thread(show, service, decision)
    async with service.desk:
        return await _take(service, decision, sent.saw, request, response, known.signed)


async def _take(
    service: Service,
    decision: Decision,
    saw: int | None,
    request: Request,
    response: Response,
    signed: str,
) -> Json:
    """Record a decision that is allowed and was made in knowledge of what it is about."""
    act, role = decision.act, decision.role
    earlier = service.journal.find(decision_key(decision))
    if earlier is not None:
        if not isinstance(earlier.body, Decision) or earlier.body.act != act:
            raise Problem(409, "This id was used for another decision.", seq=earlier.seq)
        response.status_code = 200
        return {"id": earlier.body.id, "seq": earlier.seq, "role": earlier.body.role.value}
    refuse_closed(service.rally, decision)
    refuse_unseen(service, decision, saw)
    await refuse_inadmissible(service, decision)
    await service.record(f"web:{role}/{signed}", decision, await request.body())
    record = service.journal.find(decision_key(decision))
    if record is None:
        raise Problem(503, "The journal did not take it; send it again.")
    await follow_publication(service, decision)
    service.hub.urge()
    return {"id": decision.id, "seq": record.seq, "role": role.value}


def _id_of(person: Person, sent: str | None) -> str:
    """The id of a decision. A person's ids are their own: nobody can take another's.

    The acceptance of a proposal has one id for all who accept it.
    """
    if sent is None:
        return f"{person.id}-{secrets.token_hex(8)}"
    return sent if sent.startswith(ACCEPTING) else f"{person.id}-{_short(sent)}"


def _short(sent: str) -> str:
    return sent if len(sent) <= 40 else hashlib.sha256(sent.encode()).hexdigest()[:32]


def _office(service: Service, person: Person, named: Role | None, act: Act, supersedes: str | None) -> Role:
    """Return the office in which the person may do this, and undo what it undoes.

    Raises:
        Problem: 403 when they may not, in the office named or in any of theirs.
    """
    acts = [act]
    undone = act.decision if isinstance(act, Withdraw) else None
    for ident in (undone, supersedes):
        if ident is not None:
            acts += _undone(service, ident)
    held = [named] if named is not None else [role for role in _OFFICES if role in person.roles]
    for role in held:
        if role in person.roles and all(_allowed(service, person, role, one) for one in acts):
            return role
    whose = person.role.value if named is None else named.value
    what = type(act).__name__ if len(acts) == 1 else f"{type(act).__name__} of {type(acts[-1]).__name__}"
    raise Problem(403, f"{what} is not for {person.name} as {whose}.")


def _allowed(service: Service, person: Person, role: Role, act: Act) -> bool:
    own = isinstance(act, AssignCar) and _control_of(service, act.stamp) in person.controls
    return may(role, type(act), own)


def _undone(service: Service, ident: str) -> list[Act]:
    """The act of a decision that is replaced or taken back; through withdrawals to what they took back.

    Raises:
        Problem: 422 when there is no such decision.
    """
    acts: list[Act] = []
    seen: set[str] = set()
    while ident not in seen:
        seen.add(ident)
        record = service.journal.find(decision_id_key(ident))
        if record is None or not isinstance(record.body, Decision):
            raise Problem(422, f"There is no decision {ident!r}.")
        acts.append(record.body.act)
        if isinstance(record.body.act, Withdraw):
            ident = record.body.act.decision
    return acts


def _control_of(service: Service, stamp: str) -> str | None:
    for control in service.event.itinerary.controls:
        if stamp in service.rally.control_state(control).stamps:
            return control
    return None
