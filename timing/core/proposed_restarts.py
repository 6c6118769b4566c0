"""Proposals for a crew that retired on one leg and was seen on a later one."""

from collections.abc import Iterator

from timing.core.decisions import NotionalMethod, Penalise, Reason, SetNotional, Withdraw
from timing.core.instant import SECOND, Duration, format_duration
from timing.core.itinerary import Control, ControlKind, Stage, StageKind
from timing.core.offers import resolution_of
from timing.core.preset import RestartRule
from timing.core.proposals import Proposal, ProposalKind, proposal_id
from timing.core.restarts import reentry_charge, same_reference, stage_charge
from timing.core.results import ResultStatus
from timing.core.road import Road
from timing.core.rulings import Ruled, Rulings
from timing.core.runs import Runs
from timing.core.sheet import Sheet
from timing.core.stopping import Stop

ROAD_SECTION, REENTRY = "restart: road section not finished", "restart: re-entry"
#: The rules under which the charges of a restart are booked.
CHARGES = frozenset({ROAD_SECTION, REENTRY})

#: Where a road section ends; the exit of a service or regroup is no section's end.
_ROAD_ENDS = frozenset(
    {
        ControlKind.TC,
        ControlKind.ATC,
        ControlKind.MTC,
        ControlKind.REGROUP_IN,
        ControlKind.SERVICE_IN,
        ControlKind.PARC_FERME,
    }
)


class Restarts:
    """Makes the proposals for restarted crews."""

    def __init__(self, road: Road, runs: Runs, rulings: Rulings) -> None:
        self._road = road
        self._runs = runs
        self._rulings = rulings

    def missed(self, stage: Stage, sheet: Sheet) -> bool:
        """Return whether a restarted crew did not drive a special stage of the leg it fell out of."""
        return (
            stage.kind is StageKind.SS
            and sheet.restarted
            and sheet.excused(self._road.by_id[stage.finish])
            and stage.finish not in sheet.drive.chosen
            and sheet.results[stage.id].status is not ResultStatus.CANCELLED
        )

    def stage(self, stage: Stage, sheet: Sheet, standing: Ruled | None) -> Proposal | None:
        """Return what a missed stage should count as, where that does not stand already."""
        if sheet.out:
            # What an earlier restart was given stays as it is when the crew retires for good.
            return None
        car = sheet.entry.car_number
        rule = self._road.preset.restart
        act = standing.decision.act if standing is not None else None
        stands = act.time if isinstance(act, SetNotional) else None
        offer = None
        if rule is not None and self.missed(stage, sheet):
            offer = self._offer(stage, sheet, rule)
        if offer is None:
            if standing is None:
                return None
            text = f"{self._shown(stage, stands)} stands as the time of a restart: no basis now"
            return _taken_back(stage, car, standing, text)
        made, seqs, text = offer
        if isinstance(act, SetNotional) and act.time == made.time and act.basis in ((), made.basis):
            return None
        if standing is not None:
            text = f"{self._shown(stage, stands)} stands; now {text}"
        return Proposal(
            id=proposal_id(ProposalKind.RESTART, stage.id, car, made, made.basis),
            kind=ProposalKind.RESTART,
            car=car,
            stage=stage.id,
            act=made,
            reason=Reason.NOTIONAL,
            text=text,
            method=NotionalMethod.RESTART,
            value=made.time,
            stands=stands,
            basis=made.basis,
            records=seqs,
            standing=standing.decision.id if standing is not None else None,
            stale=standing is not None,
        )

    def _shown(self, stage: Stage, time: Duration | None) -> str:
        return format_duration(time or 0, resolution_of(self._road, stage))

    def _offer(
        self, stage: Stage, sheet: Sheet, rule: RestartRule
    ) -> tuple[SetNotional, tuple[int, ...], str] | None:
        own = sheet.entry
        best = self._runs.fastest(stage, lambda entry: same_reference(rule.reference, own, entry))
        if best is None or best.time is None:
            return None
        on_leg = [one for one in self._road.stages if one.leg == stage.leg and one.kind is StageKind.SS]
        missed = [one for one in on_leg if self.missed(one, sheet)]
        only_last = missed == on_leg[-1:]
        on_top = stage_charge(rule, only_last=only_last)
        resolution = resolution_of(self._road, stage)
        text = (
            f"{format_duration(best.time + on_top, resolution)} = "
            f"{format_duration(best.time, resolution)} of car {best.car} + "
            f"{format_duration(on_top, SECOND)}{' (last stage of the leg)' if only_last else ''}"
        )
        act = SetNotional(
            stage.id,
            own.car_number,
            time=best.time + on_top,
            method=NotionalMethod.RESTART,
            basis=best.keys,
        )
        return act, best.seqs, text

    def charges(self, sheet: Sheet) -> Iterator[Proposal]:
        """Return what restarts cost beside their stages, and what of that stands wrongly."""
        if sheet.out:
            return
        due = dict(self._due(sheet)) if sheet.restarted else {}
        for ruled in self._rulings.of_car(sheet.entry.car_number).penalties:
            act = ruled.decision.act
            if not isinstance(act, Penalise) or act.rule not in CHARGES:
                continue
            wanted = due.pop((act.rule, act.control), None)
            if wanted is None or wanted[0].time != act.time:
                yield _charge(sheet, wanted, act, ruled)
        for wanted in due.values():
            yield _charge(sheet, wanted, None, None)

    def _due(self, sheet: Sheet) -> Iterator[tuple[tuple[str, str | None], tuple[Penalise, str]]]:
        """What is due by rule and control, for each leg that the crew fell out of and came back from."""
        if sheet.stop is None:
            return
        for number, stop in enumerate((*sheet.stop.earlier, sheet.stop), start=1):
            back = self._came_back_at(sheet, stop)
            rule = self._road.preset.restart
            if back is None or rule is None:
                continue
            car = sheet.entry.car_number
            for control in self._road.in_leg.get(stop.leg, ()) if rule.per_road else ():
                if control.order > stop.order and control.kind in _ROAD_ENDS:
                    act = Penalise(car, ROAD_SECTION, time=rule.per_road * SECOND, control=control.id)
                    yield (ROAD_SECTION, control.id), (act, f"the road section to {control.id}")
            charge = reentry_charge(rule, number)
            if charge:
                act = Penalise(car, REENTRY, time=charge, control=back.id)
                yield (REENTRY, back.id), (act, f"re-entry number {number} at {back.id}")

    def _came_back_at(self, sheet: Sheet, stop: Stop) -> Control | None:
        """The first control of the leg with which the crew went on, wherever on it it was seen first."""
        legs = (self._road.by_id[control].leg for control in sheet.drive.chosen)
        leg = min((leg for leg in legs if leg > stop.leg), default=None)
        return None if leg is None else self._road.in_leg[leg][0]


def _taken_back(stage: Stage, car: str, standing: Ruled, text: str) -> Proposal:
    act = standing.decision.act
    back = Withdraw(standing.decision.id)
    return Proposal(
        id=proposal_id(ProposalKind.RESTART, stage.id, car, back, ()),
        kind=ProposalKind.RESTART,
        car=car,
        stage=stage.id,
        act=back,
        reason=Reason.NOTIONAL,
        text=text,
        method=NotionalMethod.RESTART,
        stands=act.time if isinstance(act, SetNotional) else None,
        standing=standing.decision.id,
        stale=True,
    )


def _charge(
    sheet: Sheet, wanted: tuple[Penalise, str] | None, stands: Penalise | None, ruled: Ruled | None
) -> Proposal:
    """One charge to be booked, changed or taken back."""
    car = sheet.entry.car_number
    control = wanted[0].control if wanted is not None else stands.control if stands is not None else None
    was: Duration | None = stands.time if stands is not None else None
    standing = ruled.decision.id if ruled is not None else None
    act: Penalise | Withdraw = wanted[0] if wanted is not None else Withdraw(standing or "")
    value = wanted[0].time if wanted is not None else None
    text = f"{format_duration(value or 0, SECOND)} for {wanted[1]}" if wanted is not None else "not due"
    if was is not None:
        text = f"{format_duration(was, SECOND)} stands; now {text}"
    return Proposal(
        id=proposal_id(ProposalKind.RESTART_CHARGE, control or "", car, act, ()),
        kind=ProposalKind.RESTART_CHARGE,
        car=car,
        control=control,
        act=act,
        reason=Reason.CLERK_DECISION,
        text=text,
        value=value,
        stands=was,
        standing=standing,
        stale=standing is not None,
    )
