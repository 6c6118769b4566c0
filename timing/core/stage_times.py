"""Special stages: the flying finish, the driven time, and the time that is charged for it.

Times are cut, never rounded (Motorsport UK NCR 2026 p489 8.4). Where the organizer sets them, a
bogey time and a stage maximum bound the time charged (p491 11.1); a stage not performed as
prescribed costs its maximum (p466 (c)). Splits are for information and never scored.
"""

from collections.abc import Mapping

from timing.core.deviations import cut_elapsed
from timing.core.fact import copy_with
from timing.core.instant import HOUR, SECOND, Duration, Instant
from timing.core.itinerary import Stage
from timing.core.preset import Preset, Truncate
from timing.core.results import (
    ASSUMED,
    Chosen,
    ResultStatus,
    StagePart,
    StageResult,
    in_mark_order,
)
from timing.core.road import Road
from timing.core.starts import StageStart

#: A car on a stage for longer than this never had this stage time.
ABSURDLY_LONG: Duration = 12 * HOUR


def stage_resolution(stage: str, rules: Preset) -> Duration:
    """Return to what a special stage's times are cut: its own resolution, else that of all stages."""
    return rules.stage_resolution.get(stage, rules.ss_resolution)


def charged(time: Duration, stage: str, preset: Preset) -> Duration:
    """Return the time charged: at least the bogey time, at most the stage maximum (NCR p491 11.1)."""
    low, high = preset.bogey.get(stage), preset.stage_max.get(stage)
    time = time if low is None else max(time, low)
    return time if high is None else min(time, high)


def missed_stage(stage: str, rules: Preset) -> Duration | None:
    """Return what a stage costs that a crew never drove: more than its maximum; None: an official decides."""
    most = rules.stage_max.get(stage)
    if most is None or rules.missed_stage_extra is None:
        return None
    return most + rules.missed_stage_extra * SECOND


def failed_stage(stage: str, rules: Preset) -> Duration | None:
    """Return what a stage costs that was not performed as prescribed; None: an official decides."""
    return rules.stage_max.get(stage) if rules.charge_stage_max else None


def held_reason(road: Road, stage: Stage, time: Duration) -> str:
    """Say why a driven time cannot be believed, or return an empty text."""
    if time <= 0:
        return "the finish is not after the start"
    if time > ABSURDLY_LONG:
        return "longer than 12 hours"
    metres, rules = driven_metres(road, stage), road.rules_of(stage)
    if metres is not None and metres * HOUR > rules.fastest_average_kmh * 1000 * time:
        return too_fast(rules)
    return ""


def too_fast(rules: Preset) -> str:
    """Return why a time is held that nobody can have driven."""
    return f"faster than {rules.fastest_average_kmh} km/h average"


def driven_metres(road: Road, stage: Stage) -> int | None:
    """Return the length of a stage that is timed, without what is neutralised; None where it is not known."""
    metres = _metres(road, stage.start, stage.finish)
    if metres is None:
        return None
    return metres - sum(_metres(road, entrance, leave) or 0 for entrance, leave in stage.neutral)


def _metres(road: Road, start: str, finish: str) -> int | None:
    one, two = road.by_id[start].metres, road.by_id[finish].metres
    return None if one is None or two is None else two - one


def score_stage(
    road: Road,
    stage: Stage,
    car: str,
    start: StageStart | None,
    chosen: Mapping[str, Chosen],
    *,
    started: bool,
) -> StageResult:
    """Time one car on one special stage.

    `started` says whether the car is known to have begun it; an assumed start alone is no sign. The
    time between the two ends of a neutralised stretch does not count; both stamps are kept.
    """
    rules = road.rules_of(stage)
    finish = chosen.get(stage.finish)
    begin = start.at if start is not None else None
    result = StageResult(
        stage=stage.id,
        car=car,
        status=ResultStatus.RUNNING if started else ResultStatus.PENDING,
        start=begin,
        finish=finish.at if finish else None,
        source=finish.source if finish else "",
        marks=in_mark_order({ASSUMED} if start is not None and start.assumed and started else set()),
        parts=tuple([_split(road, stage, control, begin, chosen) for control in stage.between]),
    )
    if finish is None:
        return result
    if begin is None:
        return copy_with(result, status=ResultStatus.MISSING, reason="no start time")
    lacking = [line for pair in stage.neutral for line in pair if line not in chosen]
    if lacking:
        reason = f"no time at {lacking[0]}, where the stage is neutralised"
        return copy_with(result, status=ResultStatus.MISSING, reason=reason)
    time = _elapsed(road, stage, begin, finish.at, stage.finish, chosen)
    # A time that an official put in stands, however fast; it still has to be a time.
    reason = held_reason(road, stage, time)
    if reason and (time <= 0 or not finish.corrected):
        return copy_with(result, time=time, driven=time, status=ResultStatus.HELD, reason=reason)
    cost = charged(time, stage.id, rules)
    return copy_with(result, time=cost, driven=time, status=ResultStatus.DONE)


def _elapsed(
    road: Road, stage: Stage, start: Instant, at: Instant, control: str, chosen: Mapping[str, Chosen]
) -> Duration:
    """The official time from the start to a control, without what was neutralised on the way."""
    rules = road.rules_of(stage)
    resolution, mode = stage_resolution(stage.id, rules), rules.truncate
    if not stage.neutral:
        return cut_elapsed(start, at, resolution, mode)
    order = road.by_id[control].order
    runs: list[tuple[Instant, Instant]] = []
    for entrance, leave in stage.neutral:
        if entrance not in chosen or order < road.by_id[entrance].order:
            break
        runs.append((start, chosen[entrance].at))
        inside = order < road.by_id[leave].order
        # Between the two ends the clock stands still.
        start = at if inside or leave not in chosen else chosen[leave].at
    runs.append((start, at))
    if mode is Truncate.STAMPS:
        return sum(cut_elapsed(one, two, resolution, mode) for one, two in runs)
    return cut_elapsed(0, sum(two - one for one, two in runs), resolution, mode)


def _split(
    road: Road, stage: Stage, control: str, start: Instant | None, chosen: Mapping[str, Chosen]
) -> StagePart:
    at = chosen.get(control)
    if at is None:
        return StagePart(control=control, time=None)
    time = None if start is None else _elapsed(road, stage, start, at.at, control, chosen)
    return StagePart(control=control, time=time, source=at.source, seq=at.seq)
