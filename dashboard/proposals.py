"""What officials may accept: proposals with what they rest on, and the decision that accepts each."""

from decimal import Decimal
from typing import Any

from fastapi import APIRouter

from dashboard.acts_in import act_out
from dashboard.board import Scene
from dashboard.messages import Json, duration, plain, points
from dashboard.service import PersonOf, ServiceOf, official
from timing.core.event import Event
from timing.core.instant import Duration, Instant, format_instant
from timing.core.proposals import Proposal, ProposalKind

router = APIRouter(prefix="/api", tags=["officials"])


@router.get("/proposals")
async def proposals(service: ServiceOf, person: PersonOf) -> Json:
    """Return the open proposals in road order, each with the `decision` to post where it is accepted."""
    official(person)
    rally = service.rally
    rows = [proposal_row(service.event, proposal) for proposal in rally.proposals()]
    return {"proposals": rows, "stale": sum(1 for row in rows if row["stale"])}


def proposal_rows(scene: Scene) -> dict[str, Json]:
    """Return the open proposals by id."""
    return {proposal.id: proposal_row(scene.event, proposal) for proposal in scene.rally.proposals()}


def proposal_row(event: Event, proposal: Proposal) -> Json:
    """Return one proposal as the desk shows it; absent fields are left out."""
    decision: Json = {"act": act_out(proposal.act), "reason": proposal.reason.value}
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
