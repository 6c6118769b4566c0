"""Start instants: assigned by an official, entered by a marshal, printed, or a crew's own whole minute.

The start of a stage is the assigned instant, not the crossing of the line (Motorsport UK NCR 2026
p719 3.8b). At a restart of a time-speed-distance event the out time is assigned too: the schedule of
car zero and the car's number (Cascade Geargrinders, Nervous, part 5). A crew or a logger that starts
by itself does so at a whole minute, within 50 m of the point (Winter Trial 2020, RallySafe).
"""

from dataclasses import dataclass

from timing.core.decisions import AssignStart
from timing.core.entries import Entry
from timing.core.instant import MINUTE, SECOND, Duration, Instant, floor_to
from timing.core.itinerary import Control, ControlKind, Stage
from timing.core.readings import Source
from timing.core.results import Chosen
from timing.core.road import Road
from timing.core.rulings import Ruled

#: The source of a start instant that an official assigned.
ASSIGNED = "assigned"

#: A logger's place is good to some metres, so its car may seem to leave a little before the minute.
_LOGGER_SLACK: Duration = 5 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStart:
    """The instant from which a car's time runs; `source` M, ATC, official, assigned or schedule.

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


def self_start(at: Instant) -> Instant:
    """Return the whole minute at which a crew that left a point at `at` had started itself."""
    return floor_to(at + _LOGGER_SLACK, MINUTE)


def ruled_start(ruled: Ruled | None) -> StageStart | None:
    """Return the start instant that an official assigned, or None."""
    if ruled is None or not isinstance(ruled.decision.act, AssignStart):
        return None
    return StageStart(at=ruled.decision.act.at, source=ASSIGNED, seq=ruled.seq)


def find_start(
    road: Road, stage: Stage, entry: Entry, marshal: Chosen | None, arrival: Chosen | None
) -> StageStart | None:
    """Return a car's start instant on a special stage, from the best that is known.

    Args:
        road: the event's look-ups.
        stage: the special stage.
        entry: the crew.
        marshal: the assigned instant entered at the start line, or a ruling on it.
        arrival: the check-in at the arrival control before the stage.
    """
    preset = road.rules_of(stage)
    if marshal is not None:
        return _entered(marshal, preset.start_interval)
    if arrival is not None:
        at = floor_to(arrival.at, MINUTE) + preset.provisional_start_gap
        return StageStart(at=at, source="ATC", seq=arrival.seq, corrected=_put_right(arrival))
    scheduled = road.scheduled(road.by_id[stage.start], entry)
    if scheduled is None and stage.id in road.arrival_control:
        due = road.scheduled(road.by_id[road.arrival_control[stage.id]], entry)
        scheduled = None if due is None else due + preset.provisional_start_gap
    return None if scheduled is None else StageStart(at=scheduled, source="schedule", assumed=True)


def line_start(road: Road, control: Control, entry: Entry, seen: Chosen | None) -> StageStart | None:
    """Return a car's start instant at a restart or a self start; None elsewhere, or where none is known.

    `seen` is the car's time there: at a restart only what a person entered is an out time, at a self
    start any of them tells the minute.
    """
    if control.kind is ControlKind.SELF_START:
        if seen is None:
            return None
        at = seen.at if seen.corrected else self_start(seen.at)
        return StageStart(at=at, source=seen.source, seq=seen.seq, corrected=_put_right(seen))
    if control.kind is not ControlKind.RESTART:
        return None
    if seen is not None and (seen.corrected or seen.source == Source.M):
        return _entered(seen, road.rules_at(control.id).start_interval)
    scheduled = road.scheduled(control, entry)
    return None if scheduled is None else StageStart(at=scheduled, source="schedule")


def _entered(seen: Chosen, start_interval: Duration) -> StageStart:
    at = seen.at if seen.corrected else assigned_start(seen.at, start_interval)
    return StageStart(at=at, source=seen.source, seq=seen.seq, corrected=_put_right(seen))


def _put_right(seen: Chosen) -> bool:
    """Whether a time carries the mark of a correction: an official's own, or one of a device's clock."""
    return seen.corrected or seen.adjusted
