"""Special stages: the assigned start instant, the flying finish, the driven time between them.

The start of a stage is the instant that the marshal assigned, not the crossing of the line
(Motorsport UK NCR 2026 p719 3.8b). Times are cut, never rounded (p489 8.4).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from timing.core.entries import Entry
from timing.core.instant import HOUR, MINUTE, SECOND, Duration, Instant, floor_to
from timing.core.itinerary import Stage
from timing.core.preset import Preset
from timing.core.regularity import cut_elapsed
from timing.core.results import (
    ASSUMED,
    Chosen,
    ResultStatus,
    StagePart,
    StageResult,
    in_mark_order,
)
from timing.core.road import Road

#: A car on a stage for longer than this never had this stage time.
ABSURDLY_LONG: Duration = 12 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStart:
    """The instant from which a car's stage time runs; `source` M, ATC, official or schedule.

    `assumed` says that nobody confirmed it: it is the printed schedule.
    """

    at: Instant
    source: str
    seq: int | None = None
    assumed: bool = False
    corrected: bool = False


def assigned_start(at: Instant, start_interval: Duration) -> Instant:
    """Return the start instant that a marshal's stamp at the start line means.

    Cars start at whole minutes, or at half minutes where the interval is no whole minute; a stamp
    that stands on a half minute is taken as it is.
    """
    if at % (30 * SECOND) == 0:
        return at
    grid = MINUTE if start_interval % MINUTE == 0 else 30 * SECOND
    return floor_to(at + grid // 2, grid)


def find_start(
    road: Road, stage: Stage, entry: Entry, marshal: Chosen | None, arrival: Chosen | None
) -> StageStart | None:
    """Return a car's start instant, from the best that is known.

    Args:
        road: the event's look-ups.
        stage: the special stage.
        entry: the crew.
        marshal: the assigned instant entered at the start line, or a ruling on it.
        arrival: the check-in at the arrival control before the stage.
    """
    preset = road.preset
    if marshal is not None:
        at = marshal.at if marshal.corrected else assigned_start(marshal.at, preset.start_interval)
        return StageStart(at=at, source=marshal.source, seq=marshal.seq, corrected=marshal.corrected)
    if arrival is not None:
        at = floor_to(arrival.at, MINUTE) + preset.provisional_start_gap
        return StageStart(at=at, source="ATC", seq=arrival.seq, corrected=arrival.corrected)
    scheduled = road.scheduled(road.by_id[stage.start], entry)
    if scheduled is None and stage.id in road.arrival_control:
        due = road.scheduled(road.by_id[road.arrival_control[stage.id]], entry)
        scheduled = None if due is None else due + preset.provisional_start_gap
    return None if scheduled is None else StageStart(at=scheduled, source="schedule", assumed=True)


def charged(time: Duration, stage: str, preset: Preset) -> Duration:
    """Return the time charged: at least the bogey time, at most the stage maximum (NCR p491 11.1)."""
    low, high = preset.bogey.get(stage), preset.stage_max.get(stage)
    time = time if low is None else max(time, low)
    return time if high is None else min(time, high)


def held_reason(road: Road, stage: Stage, time: Duration) -> str:
    """Say why a driven time cannot be believed, or return an empty text."""
    if time <= 0:
        return "the finish is not after the start"
    if time > ABSURDLY_LONG:
        return "longer than 12 hours"
    start, finish = road.by_id[stage.start].metres, road.by_id[stage.finish].metres
    limit = road.preset.fastest_average_kmh
    if start is not None and finish is not None and (finish - start) * HOUR > limit * 1000 * time:
        return f"faster than {limit} km/h average"
    return ""


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

    `started` says whether the car is known to have begun it; an assumed start alone is no sign.
    """
    preset = road.preset
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
        parts=tuple(_split(control, begin, chosen.get(control), preset) for control in stage.between),
    )
    if finish is None:
        return result
    if begin is None:
        return replace(result, status=ResultStatus.MISSING, reason="no start time")
    time = cut_elapsed(begin, finish.at, preset.ss_resolution, preset.truncate)
    # A time that an official put in stands, however fast; it still has to be a time.
    reason = held_reason(road, stage, time)
    if reason and (time <= 0 or not finish.corrected):
        return replace(result, time=time, status=ResultStatus.HELD, reason=reason)
    return replace(result, time=charged(time, stage.id, preset), status=ResultStatus.DONE)


def _split(control: str, start: Instant | None, at: Chosen | None, preset: Preset) -> StagePart:
    if at is None:
        return StagePart(control=control, time=None)
    time = None
    if start is not None:
        time = cut_elapsed(start, at.at, preset.ss_resolution, preset.truncate)
    return StagePart(control=control, time=time, source=at.source, seq=at.seq)
