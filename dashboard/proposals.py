"""What officials may accept: proposals with what they rest on, and the decision that accepts each."""

from decimal import Decimal
from typing import Any

from fastapi import APIRouter

from dashboard.acts_in import act_out
from dashboard.board import Scene
from dashboard.messages import Json, duration, plain, points
from dashboard.problems import Problem
from dashboard.service import PersonOf, ServiceOf, official
from timing.core.decisions import Decision, decision_id_key
from timing.core.event import Event
from timing.core.instant import Duration, Instant, format_instant
from timing.core.proposals import ACCEPTING, Proposal, ProposalKind, acceptance_id
from timing.core.rally import Rally

router = APIRouter(prefix="/api", tags=["officials"])


@router.get("/proposals")
async def proposals(service: ServiceOf, person: PersonOf) -> Json:
    """Return the open proposals in road order, each with the `decision` to post where it is accepted."""
    official(person)
    rally = service.rally
    rows = [proposal_row(service.event, rally, proposal) for proposal in rally.proposals()]
    return {"proposals": rows, "stale": sum(1 for row in rows if row["stale"])}


def proposal_rows(scene: Scene) -> dict[str, Json]:
    """Return the open proposals by id."""
    rally = scene.rally
    return {proposal.id: proposal_row(scene.event, rally, proposal) for proposal in rally.proposals()}


def refuse_closed(rally: Rally, decision: Decision) -> None:
    """Refuse a decision under the id of an acceptance that accepts no open proposal.

    Raises:
        Problem: 409 where no proposal is open that this would accept.
    """
    if not decision.id.startswith(ACCEPTING):
        return
    for proposal in rally.proposals():
        accepts = decision.act in (proposal.act, *proposal.options)
        if accepts and decision.supersedes == proposal.supersedes and decision.id == _id(rally, proposal):
            return
    raise Problem(409, "This proposal is not open, or not with this decision; look at the proposals again.")


def _id(rally: Rally, proposal: Proposal) -> str:
    return acceptance_id(proposal, lambda ident: rally.record(decision_id_key(ident)) is not None)


def proposal_row(event: Event, rally: Rally, proposal: Proposal) -> Json:
    """Return one proposal as the desk shows it; absent fields are left out."""
    decision: Json = {
        "id": _id(rally, proposal),
        "act": act_out(proposal.act),
        "reason": proposal.reason.value,
    }
    if proposal.supersedes is not None:
        decision["supersedes"] = proposal.supersedes
    row: Json = {
        "id": proposal.id,
        "kind": proposal.kind.value,
        "car": proposal.car,
        "stage": proposal.stage,
        "control": proposal.control,
        "method": None if proposal.method is None else proposal.method.value,
        "place": proposal.place,
        "value": _shown(event, proposal, proposal.value),
        "stands": _shown(event, proposal, proposal.stands),
        "text": proposal.text,
        "basis": list(proposal.basis),
        "records": list(proposal.records),
        "standing": proposal.standing,
        "stale": proposal.stale,
        "low_confidence": proposal.low_confidence,
        "decision": decision,
        "options": [act_out(act) for act in proposal.options],
    }
    return {name: value for name, value in row.items() if value is not None}


def _shown(event: Event, proposal: Proposal, value: Duration | Instant | Decimal | None) -> Any:  # noqa: ANN401
    """A value as every view prints it: a time, points, or at a line an instant."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return plain(points(value))
    if proposal.kind is ProposalKind.REPLACEMENT:
        return {"at": format_instant(value), "text": event.time.format(value, 10_000)}
    return plain(duration(value, event.preset.ss_resolution))
