"""Time allowances of time-speed-distance rallies: lost time that a crew declares before it knows its time.

A crew may claim 0.5, 1.5, ... 19.5 minutes on a test; a whole number of minutes is raised to the
next half; 19.5 minutes may be claimed on a leg. The claim is taken off the elapsed time; controls
close at the same time as ever (Kitchener-Waterloo Rally Club, Time Allowance). A delay that a
marshal saw may be granted exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from timing.core.decisions import AllowTime
from timing.core.instant import MINUTE, Duration, format_duration
from timing.core.itinerary import ControlKind, Stage, StageKind
from timing.core.preset import TimeAllowanceRule
from timing.core.rates import amount
from timing.core.results import Chosen, PenaltyRow
from timing.core.road import Road
from timing.core.rulings import CarRulings, Ruled


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a crew's claim on a test came to: the time (µs) taken off, and why it is not what was asked.

    `fault` is set where the claim does not count. `claimed` is what a charge is made for.
    """

    time: Duration
    seq: int
    note: str = ""
    fault: str = ""
    claimed: Duration = 0


def raised(asked: Duration, rule: TimeAllowanceRule) -> Duration:
    """Return the claim that a crew makes by asking for a time: the next step, at most the largest one."""
    if asked <= rule.first:
        return rule.first
    steps = -((rule.first - asked) // rule.step)
    return min(rule.first + steps * rule.step, rule.most)


def within(claim: Duration, left: Duration, rule: TimeAllowanceRule) -> Duration:
    """Return the largest step that is no more than the claim and what is left of the leg's budget."""
    most = min(claim, left)
    if most < rule.first:
        return 0
    return rule.first + (most - rule.first) // rule.step * rule.step


def charge(claimed: Duration, rule: TimeAllowanceRule) -> int:
    """Return what a claim costs: each minute, begun minutes counted whole."""
    return -(-claimed // MINUTE) * rule.charge_per_min


def allowances_of(
    road: Road, rulings: CarRulings, chosen: Mapping[str, Chosen], cancelled: frozenset[str]
) -> dict[str, Allowance]:
    """Return a crew's allowances by test. The budget is spent in road order; a cancelled test takes none."""
    found: dict[str, Allowance] = {}
    spent: dict[int, Duration] = {}
    if not rulings.time_allowances:
        return found
    for stage in road.stages:
        ruled = rulings.time_allowances.get(stage.id)
        if ruled is None or stage.id in cancelled or not isinstance(ruled.decision.act, AllowTime):
            continue
        rule = road.rules_of(stage).time_allowance
        left = (rule.budget if rule is not None else 0) - spent.get(stage.leg, 0)
        allowance = _judge(road, stage, ruled, ruled.decision.act, rule, left, chosen)
        found[stage.id] = allowance
        spent[stage.leg] = spent.get(stage.leg, 0) + allowance.claimed
    return found


def _judge(
    road: Road,
    stage: Stage,
    ruled: Ruled,
    act: AllowTime,
    rule: TimeAllowanceRule | None,
    left: Duration,
    chosen: Mapping[str, Chosen],
) -> Allowance:
    if stage.kind is not StageKind.REG_TEST or act.time <= 0:
        return Allowance(0, ruled.seq, fault="a time allowance is for a test, and more than nothing")
    if act.exact:
        return Allowance(act.time, ruled.seq, note="a delay that was seen, granted exactly")
    if rule is None:
        return Allowance(0, ruled.seq, fault="these regulations know no time allowance")
    declared = act.declared_at if act.declared_at is not None else ruled.decision.at
    told = _told(road, stage, chosen)
    if told is not None and declared > told.at:
        clock = road.event.time.format
        fault = f"declared at {clock(declared)}, after {told.control} told the time at {clock(told.at)}"
        return Allowance(0, ruled.seq, fault=fault)
    claim = raised(act.time, rule)
    time = within(claim, left, rule)
    if not time:
        return Allowance(0, ruled.seq, fault="the time allowance of the leg is used up")
    note = ""
    if time != act.time:
        what = "raised to the next step" if time > act.time else "all that may still be claimed"
        note = f"asked {_text(act.time)}: {what}"
    return Allowance(time, ruled.seq, note=note, claimed=time)


def _told(road: Road, stage: Stage, chosen: Mapping[str, Chosen]) -> Chosen | None:
    """The crew at the first time check behind a test: there it learned its time."""
    finish = road.by_id[stage.finish]
    for control in road.in_leg[stage.leg]:
        if control.kind is ControlKind.TIME_CHECK and control.order > finish.order:
            return chosen.get(control.id)
    return None


def allowance_rows(road: Road, car: str, allowances: Mapping[str, Allowance]) -> list[PenaltyRow]:
    """Return what a crew's claims cost, where the regulations charge for them."""
    rows: list[PenaltyRow] = []
    for stage_id, allowance in allowances.items():
        stage = road.event.itinerary.stages[stage_id]
        rule = road.rules_of(stage).time_allowance
        cost = charge(allowance.claimed, rule) if rule is not None else 0
        if cost:
            rows.append(
                PenaltyRow(
                    car=car,
                    rule="time allowance",
                    amount=amount(cost, road.preset.unit),
                    control=stage.finish,
                    leg=stage.leg,
                    text=f"{_text(allowance.claimed)} claimed on {stage_id}",
                    records=(allowance.seq,),
                )
            )
    return rows


def _text(time: Duration) -> str:
    return f"{format_duration(time, 1_000_000)} min"
