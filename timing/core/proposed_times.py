"""Proposals for one stage or test: notional after a stop, derived, average assigned."""

from decimal import Decimal

from timing.core.decisions import NotionalMethod, Reason, SetNotional, Withdraw
from timing.core.instant import Duration, format_duration
from timing.core.itinerary import Stage
from timing.core.offers import Offer, Offers, resolution_of
from timing.core.proposals import Proposal, ProposalKind, proposal_id
from timing.core.road import Road
from timing.core.rulings import Ruled
from timing.core.sheet import Sheet

_KINDS = {
    NotionalMethod.DERIVED: ProposalKind.DERIVED,
    NotionalMethod.AVERAGE_ASSIGNED: ProposalKind.AVERAGE_ASSIGNED,
}
_REASONS = {ProposalKind.DERIVED: Reason.DERIVED}


class Times:
    """Makes the proposals that fill one crew's result on one stage."""

    def __init__(self, road: Road, offers: Offers) -> None:
        self._road = road
        self._offers = offers

    def first(self, stage: Stage, sheet: Sheet) -> Proposal | None:
        """Return the proposal for a crew without a notional time, or None where there is nothing to offer."""
        offers = list(self._offers.offers(stage, sheet))
        if not offers:
            return None
        return self._proposal(stage, sheet, offers[0], options=tuple(offer.act for offer in offers[1:]))

    def again(self, stage: Stage, sheet: Sheet, standing: Ruled, act: SetNotional) -> Proposal | None:
        """Return a proposal where a standing value's method gives something else now, else None."""
        offer, gone = self._offers.now(stage, sheet, act)
        was = act.points if act.time is None else act.time
        if offer is None:
            back = Withdraw(standing.decision.id)
            kind = _KINDS.get(act.method, ProposalKind.NOTIONAL)
            return Proposal(
                id=proposal_id(kind, stage.id, sheet.entry.car_number, back, ()),
                kind=kind,
                car=sheet.entry.car_number,
                stage=stage.id,
                act=back,
                reason=_REASONS.get(kind, Reason.NOTIONAL),
                text=f"{_shown(self._road, stage, was)} stands by {act.method}: {gone}",
                method=act.method,
                place=act.place,
                stands=was,
                standing=standing.decision.id,
                stale=True,
            )
        if offer.value == was and (not act.basis or act.basis == offer.act.basis):
            return None
        return self._proposal(stage, sheet, offer, standing=standing.decision.id, stands=was)

    def _proposal(
        self,
        stage: Stage,
        sheet: Sheet,
        offer: Offer,
        *,
        options: tuple[SetNotional, ...] = (),
        standing: str | None = None,
        stands: Duration | Decimal | None = None,
    ) -> Proposal:
        kind = _KINDS.get(offer.act.method, ProposalKind.NOTIONAL)
        value = _shown(self._road, stage, offer.value)
        text = f"{value} by {offer.why}"
        if standing is not None:
            text = f"{_shown(self._road, stage, stands)} stands; now {text}"
        return Proposal(
            id=proposal_id(kind, stage.id, sheet.entry.car_number, offer.act, offer.act.basis),
            kind=kind,
            car=sheet.entry.car_number,
            stage=stage.id,
            act=offer.act,
            reason=_REASONS.get(kind, Reason.NOTIONAL),
            text=text,
            method=offer.act.method,
            place=offer.act.place,
            value=offer.value,
            stands=stands,
            basis=offer.act.basis,
            records=offer.records,
            options=options,
            standing=standing,
            stale=standing is not None,
        )


def _shown(road: Road, stage: Stage, value: Duration | Decimal | None) -> str:
    if value is None or isinstance(value, Decimal):
        return f"{value} points"
    return format_duration(value, resolution_of(road, stage))
