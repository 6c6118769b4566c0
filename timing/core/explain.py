"""Why a result is what it is: from the stamps, with the discarded ones, to the points."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from timing.core.decisions import NotionalMethod, SetNotional
from timing.core.derivation import Derivation
from timing.core.derivation_text import line, shown
from timing.core.explain_stamps import clock_text, stamp_beside, stamp_step
from timing.core.instant import Duration, decimals, format_duration, minute_decimals
from timing.core.itinerary import ControlKind, Stage, StageKind
from timing.core.preset import Truncate
from timing.core.results import (
    Chosen,
    Disposition,
    Explanation,
    PenaltyRow,
    ResultStatus,
    StageResult,
    StampState,
    Step,
)
from timing.core.road import Road
from timing.core.rulings import Ruled, Rulings
from timing.core.sheet import Sheet
from timing.core.stage_facts import corrected_targets
from timing.core.stage_times import stage_resolution
from timing.core.starts import ASSIGNED

_DISCARDED = (
    Disposition.SPURIOUS,
    Disposition.WITHDRAWN,
    Disposition.DUPLICATE_EDGE,
    Disposition.OUTSIDE_WINDOW,
    Disposition.ASSIGNED,
)


def explain(
    road: Road,
    stage: Stage,
    sheet: Sheet,
    result: StageResult,
    states: Mapping[str, Mapping[str, StampState]],
    rulings: Rulings,
    derivation: Derivation,
) -> Explanation:
    """Return the steps to a crew's result on a stage.

    Args:
        road: the event's look-ups.
        stage: the stage.
        sheet: the crew's sheet.
        result: its ranked result.
        states: for each control of the stage, its stamps.
        rulings: the standing decisions.
        derivation: how the result was worked out.
    """
    car = sheet.entry.car_number
    controls = (stage.start, *stage.between, stage.finish)
    steps = [_at_control(road, stage, sheet, control, states[control]) for control in controls]
    targets = rulings.targets(stage.id)
    steps += [_target(road, stage, ruled) for ruled in targets]
    steps += _arithmetic(road, stage, sheet, result, targets)
    ruled = rulings.of_car(car).notional.get(stage.id)
    if ruled is not None:
        steps.append(_given(ruled))
    cancelled = rulings.cancelled(stage.id)
    if cancelled is not None:
        steps.append(
            Step(what="the stage is cancelled", value=cancelled.decision.text, records=(cancelled.seq,))
        )
    steps += [_penalty(row) for row in sheet.rows if row.stage == stage.id]
    if result.rank is not None:
        steps.append(Step(what="rank on the stage", value=str(result.rank)))
    written = line(derivation)
    if derivation.steps:
        steps.append(_sum(derivation, written))
    return Explanation(stage=stage.id, car=car, steps=tuple(steps), line=written, derivation=derivation)


def _sum(derivation: Derivation, written: str) -> Step:
    """The sum itself, each step with its operands."""
    return Step(
        what="worked out",
        value=written,
        records=derivation.records,
        steps=tuple(
            Step(
                what=f"{step.what}: {step.operation} {', '.join(step.operands)}",
                value=shown(derivation, step.value, step.kind),
            )
            for step in derivation.steps
        ),
    )


def _at_control(
    road: Road, stage: Stage, sheet: Sheet, control: str, stamps: Mapping[str, StampState]
) -> Step:
    """The time at one control: where it comes from, and which of the car's other stamps were not used."""
    car = sheet.entry.car_number
    chosen = sheet.drive.chosen.get(control)
    others = tuple(
        state
        for state in stamps.values()
        if state.car == car
        and state.disposition in _DISCARDED
        and (chosen is None or state.key != chosen.key)
    )
    out_time = road.by_id[control].kind is ControlKind.RESTART and stage.id in sheet.drive.starts
    if road.by_id[control].kind is ControlKind.SS_START or (out_time and control == stage.start):
        return _start(road, stage, sheet, control, tuple(stamp_step(road, state) for state in others))
    if chosen is None:
        return Step(what=f"no time at {control}", steps=tuple(stamp_step(road, state) for state in others))
    raw = stamps.get(chosen.key)
    here = (stamp_step(road, raw),) if raw is not None else ()
    beside = tuple(stamp_beside(road, state, chosen) for state in others)
    more = (Step(what="under review", value=chosen.review),) if chosen.review else ()
    start = sheet.drive.starts.get(stage.id) if control == stage.start else None
    if start is not None and start.at != chosen.at:
        more = (
            *more,
            Step(what="the crew's own start, at the whole minute", value=clock_text(road, start.at)),
        )
    return Step(
        what=f"time at {control} by {_origin(chosen)}",
        value=clock_text(road, chosen.at),
        records=(chosen.seq,),
        steps=(*here, *beside, *more),
    )


def _start(road: Road, stage: Stage, sheet: Sheet, control: str, others: tuple[Step, ...]) -> Step:
    start = sheet.drive.starts.get(stage.id)
    if start is None:
        return Step(what=f"no start time at {control}", steps=others)
    what = f"assigned start at {control} by {start.source}"
    if start.assumed:
        what = "assumed start, by the schedule"
    elif start.source == ASSIGNED:
        what = f"start at {control} assigned by an official"
    elif start.source == "schedule":
        what = f"out time at {control} by the schedule"
    records = (start.seq,) if start.seq is not None else ()
    return Step(what=what, value=clock_text(road, start.at), records=records, steps=others)


def _given(ruled: Ruled) -> Step:
    """What an official gave instead of a driven result: by which method, and on which records it rests."""
    decision, act = ruled.decision, ruled.decision.act
    how = ""
    basis: tuple[str, ...] = ()
    if isinstance(act, SetNotional):
        basis = act.basis
        if act.method is not NotionalMethod.CLERK_VALUE:
            how = f", {act.method}" if act.place is None else f", {act.method} ({act.place})"
    return Step(
        what=f"notional time by {decision.author}{how}",
        value=decision.text,
        records=(ruled.seq,),
        steps=tuple(Step(what="it rests on", value=key) for key in basis),
    )


def _origin(chosen: Chosen) -> str:
    if chosen.replacement:
        return f"the Official Timekeeper, hand time corrected by its neighbours ({chosen.key})"
    if chosen.corrected:
        return f"the Official Timekeeper ({chosen.key})"
    return f"source {chosen.source}, car by {chosen.assigned_by}"


def _arithmetic(
    road: Road, stage: Stage, sheet: Sheet, result: StageResult, targets: Sequence[Ruled]
) -> list[Step]:
    """From instants to the official value."""
    steps: list[Step] = []
    resolution, mode = _cut(road, stage)
    driven = result.time
    if result.driven is not None and result.source != "notional":
        driven = result.driven
    if result.time is not None and driven is not None:
        raw: tuple[Step, ...] = ()
        if result.start is not None and result.finish is not None and result.source != "notional":
            raw = (Step(what="finish - start", value=_micros(result.finish - result.start)),)
        steps += _neutral(road, stage, sheet)
        how = "both readings cut, then subtracted" if mode is Truncate.STAMPS else "subtracted, then cut"
        steps.append(
            Step(
                what=f"time, {how} at {_grain(resolution)}",
                value=format_duration(driven, resolution),
                steps=raw,
            )
        )
        if driven != result.time and result.source != "notional":
            what = result.reason or "charged: at least the bogey time, at most the stage maximum"
            steps.append(Step(what=what, value=format_duration(result.time, resolution)))
    if result.deviation is not None:
        if result.allowance:
            off = format_duration(-result.allowance, resolution, sign=True)
            steps.append(Step(what="time allowance taken off", value=off))
        wanted = corrected_targets(stage, targets).get(stage.finish, stage.target)
        target = format_duration(wanted, resolution) if wanted is not None else "the ideal time"
        steps.append(
            Step(what=f"against {target}", value=format_duration(result.deviation, resolution, sign=True))
        )
    for part in result.parts:
        if part.points is not None and part.deviation is not None:
            value = f"{format_duration(part.deviation, resolution, sign=True)} = {part.points}"
            seq = (part.seq,) if part.seq is not None else ()
            steps.append(Step(what=f"point {part.control}", value=value, records=seq))
    if result.points is not None:
        steps.append(Step(what="penalty points", value=str(result.points)))
    if result.score is not None:
        steps.append(Step(what="score by the table, before the coefficient", value=str(result.score)))
    if result.status is ResultStatus.DONE and result.reason and driven == result.time:
        steps.append(Step(what=result.reason))
    if result.status is not ResultStatus.DONE:
        steps.append(Step(what=str(result.status), value=result.reason))
    return steps


def _neutral(road: Road, stage: Stage, sheet: Sheet) -> list[Step]:
    """The stretches of a special stage whose time does not count."""
    steps: list[Step] = []
    for entrance, leave in stage.neutral:
        first, last = sheet.drive.chosen.get(entrance), sheet.drive.chosen.get(leave)
        if first is not None and last is not None:
            when = f"{clock_text(road, first.at)} to {clock_text(road, last.at)}"
            what = f"neutralised from {entrance} to {leave}, {when}"
            off = _micros(last.at - first.at)
            steps.append(Step(what=what, value=f"-{off}", records=(first.seq, last.seq)))
    return steps


def _cut(road: Road, stage: Stage) -> tuple[Duration, Truncate]:
    """The resolution of a stage's times and how they are cut to it."""
    rules = road.rules_of(stage)
    match stage.kind:
        case StageKind.SS:
            return stage_resolution(stage.id, rules), rules.truncate
        case StageKind.REG_TEST:
            return rules.test_resolution, rules.test_truncate
        case StageKind.AVG_TRIAL:
            return rules.avg_resolution, Truncate.ELAPSED


def _grain(resolution: Duration) -> str:
    parts = minute_decimals(resolution)
    return f"{parts} decimals of a minute" if parts else f"{decimals(resolution)} decimals"


def _target(road: Road, stage: Stage, ruled: Ruled) -> Step:
    """An ideal time that an official put right."""
    decision = ruled.decision
    where, target = next(iter(corrected_targets(stage, (ruled,)).items()))
    value = format_duration(target, _cut(road, stage)[0])
    text = f": {decision.text}" if decision.text else ""
    what = f"ideal time at {where} corrected by {decision.author}{text}"
    return Step(what=what, value=value, records=(ruled.seq,))


def _penalty(row: PenaltyRow) -> Step:
    if row.amount is None:
        value = "an official decides"
    elif isinstance(row.amount, Decimal):
        value = str(row.amount)
    else:
        value = format_duration(row.amount, 100_000)
    return Step(what=f"penalty: {row.rule}", value=value, records=row.records)


def _micros(value: Duration) -> str:
    return format_duration(value, 1)
