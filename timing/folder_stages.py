"""From the controls in road order to the stages between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from timing.core.instant import SECOND, Duration
from timing.core.itinerary import Control, ControlKind, Stage, StageKind
from timing.folder_controls import STARTS
from timing.folder_ideal import conflict, ideal_time, published
from timing.folder_text import Problems

_SS_KINDS = frozenset({ControlKind.SS_START, ControlKind.SPLIT, ControlKind.FF, ControlKind.STOP})
_NEUTRAL = frozenset({ControlKind.NEUTRAL_IN, ControlKind.NEUTRAL_OUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadDraft:
    """The rows of the itinerary as far as they are read.

    `lines` gives each control's line in the file, `types` what its `stage_type` cell says;
    `resolution` gives that of a computed ideal time (µs), by the place of its test's start in road order.
    """

    controls: dict[str, Control]
    lines: dict[str, int]
    problems: Problems
    types: dict[str, tuple[str, ...]] = field(default_factory=dict)
    resolution: Callable[[int], Duration] = lambda _: SECOND
    used: set[str] = field(default_factory=set)
    """The controls whose averages and pauses enter an ideal time."""

    def between(self, start: Control, finish: Control) -> tuple[Control, ...]:
        """Return the controls from one to another of its leg, both included."""
        return tuple(c for c in self.controls.values() if start.order <= c.order <= finish.order)


def build_stages(draft: RoadDraft) -> tuple[dict[str, Stage], dict[str, tuple[str, ...]]]:
    """Return the stages in road order, and for each control the stages that touch it.

    A special stage is the SS_START, SPLIT, FF and STOP of one stage id, with the NEUTRAL_IN and
    NEUTRAL_OUT inside. A regularity test ends at the REG_TEST line that names it and starts at the
    line of its own name before that, or else at the preceding REG_TEST, RESTART or SELF_START line
    of the leg: so the lines of a chain are listed once each. An average trial is all AVG_TRIAL
    points of one stage id, the first of them (or a SELF_START or RESTART of that name) its start.
    """
    members: dict[str, list[Control]] = {}
    for control in draft.controls.values():
        if control.stage is not None:
            members.setdefault(control.stage, []).append(control)
    stages: dict[str, Stage] = {}
    for ident, found in members.items():
        stage = _stage(ident, found, len(stages), draft)
        if stage is not None:
            stages[ident] = stage
    touching: dict[str, list[str]] = {}
    for stage in stages.values():
        for control_id in (*stage.lines, *(line for pair in stage.neutral for line in pair)):
            touching.setdefault(control_id, []).append(stage.id)
    _check_loose_lines(draft, touching)
    _check_unused(draft)
    return stages, {control_id: tuple(ids) for control_id, ids in touching.items()}


def _stage(ident: str, members: Sequence[Control], order: int, draft: RoadDraft) -> Stage | None:
    kinds = {control.kind for control in members}
    line = draft.lines[members[0].id]
    if len({control.leg for control in members}) > 1:
        draft.problems.error(line, f"stage {ident} in two legs", "a stage inside one leg")
        return None
    own = {control.kind for control in members[1:]} | (kinds - STARTS)
    if own == {ControlKind.REG_TEST}:
        return _test(ident, members, order, draft)
    if own == {ControlKind.AVG_TRIAL}:
        return _trial(ident, members, order, draft)
    timed = [control for control in members if control.kind in _SS_KINDS]
    if timed:
        return _special(ident, members, order, draft)
    draft.problems.error(
        line,
        f"stage {ident} of {', '.join(sorted(kinds))}",
        "SS_START and FF, REG_TEST lines or AVG_TRIAL points (leave `stage` empty elsewhere)",
    )
    return None


def _special(ident: str, members: Sequence[Control], order: int, draft: RoadDraft) -> Stage | None:
    line = draft.lines[members[0].id]
    starts = [c for c in members if c.kind is ControlKind.SS_START]
    finishes = [c for c in members if c.kind is ControlKind.FF]
    if len(starts) != 1 or len(finishes) != 1:
        draft.problems.error(
            line, f"{len(starts)} SS_START and {len(finishes)} FF in stage {ident}", "one of each"
        )
        return None
    start, finish = starts[0], finishes[0]
    if start.order > finish.order:
        draft.problems.error(line, f"the FF of {ident} before its SS_START", "controls in road order")
        return None
    types = draft.types.get(start.id, ())
    return Stage(
        id=ident,
        order=order,
        leg=start.leg,
        kind=StageKind.SS,
        name=start.name,
        start=start.id,
        finish=finish.id,
        between=tuple(c.id for c in members if c.kind is ControlKind.SPLIT),
        target=finish.target,
        super_special="SSS" in types,
        power_stage="POWER" in types,
        neutral=_neutral(ident, members, (start, finish), draft),
    )


def _neutral(
    ident: str, members: Sequence[Control], ends: tuple[Control, Control], draft: RoadDraft
) -> tuple[tuple[str, str], ...]:
    """Pair each NEUTRAL_IN with the NEUTRAL_OUT behind it, all inside the stage."""
    pairs: list[tuple[str, str]] = []
    begun: Control | None = None
    for control in (c for c in members if c.kind in _NEUTRAL):
        line = draft.lines[control.id]
        entering = control.kind is ControlKind.NEUTRAL_IN
        if not ends[0].order < control.order < ends[1].order:
            draft.problems.error(line, f"{control.kind} {control.id} outside {ident}", "it before the FF")
        elif entering != (begun is None):
            wanted = "the NEUTRAL_OUT of the one before" if entering else "a NEUTRAL_IN before it"
            draft.problems.error(line, f"{control.kind} {control.id}", wanted)
        elif begun is None:
            begun = control
        else:
            pairs.append((begun.id, control.id))
            begun = None
    if begun is not None:
        draft.problems.error(draft.lines[begun.id], f"no NEUTRAL_OUT after {begun.id}", f"one inside {ident}")
    return tuple(pairs)


def _test(ident: str, members: Sequence[Control], order: int, draft: RoadDraft) -> Stage | None:
    finish = members[-1]
    line = draft.lines[finish.id]
    start: Control | None = members[0] if len(members) > 1 else None
    if len(members) > 2:
        draft.problems.error(line, f"{len(members)} lines named {ident}", "its start and its end at most")
    if start is None:
        for control in draft.controls.values():
            if control.order >= finish.order:
                break
            if control.leg == finish.leg and control.kind in STARTS | {ControlKind.REG_TEST}:
                start = control
    if start is None:
        wanted = "a REG_TEST, RESTART or SELF_START line before it on the same leg"
        draft.problems.error(line, f"test {ident} without a start line", wanted)
        return None
    target = _test_target(ident, start, finish, draft)
    if target is None:
        return None
    return Stage(
        id=ident,
        order=order,
        leg=finish.leg,
        kind=StageKind.REG_TEST,
        name=finish.name,
        start=start.id,
        finish=finish.id,
        target=target,
    )


def _test_target(ident: str, start: Control, finish: Control, draft: RoadDraft) -> Duration | None:
    """The printed target of a test, or else its ideal time from distance, average and pauses."""
    line = draft.lines[finish.id]
    printed = finish.target or (start.target if start.stage == ident else None)
    points = draft.between(start, finish)
    if any(point.averages for point in points):
        wanted = "one average for all crews in a test (an average trial may have one for each category)"
        draft.problems.error(line, f"averages by category in test {ident}", wanted)
        return printed
    if printed is not None:
        if finish.average is not None:
            draft.used.add(finish.id)
            draft.problems.error(line, f"a target and an average for test {ident}", "one of them")
        return printed
    other = conflict(points)
    if other is not None:
        found = f"averages at {other.id} and at the end of test {ident}"
        draft.problems.error(line, found, "the average where it begins to hold, or one at the end")
        return None
    draft.used.update(point.id for point in points)
    ideal = ideal_time(points)
    target = published(ideal, draft.resolution(start.order)) if ideal is not None else 0
    if target <= 0:
        wanted = "a target time such as 15.00, or an average and the km of both its lines"
        draft.problems.error(line, f"test {ident} without a target", wanted)
        return None
    return target


def _trial(ident: str, members: Sequence[Control], order: int, draft: RoadDraft) -> Stage | None:
    start = members[0]
    line = draft.lines[start.id]
    if len(members) < 2:
        wanted = "a start and at least one timed point"
        draft.problems.error(line, f"one point in the average trial {ident}", wanted)
        return None
    if start.average is None and not start.averages:
        wanted = "km/h at its start such as 48"
        draft.problems.error(line, f"average trial {ident} without an average", wanted)
        return None
    if any(control.metres is None for control in members):
        wanted = "the distance of each point along the leg"
        draft.problems.error(line, f"a point of {ident} without km", wanted)
        return None
    draft.used.update(control.id for control in members)
    return Stage(
        id=ident,
        order=order,
        leg=start.leg,
        kind=StageKind.AVG_TRIAL,
        name=start.name,
        start=start.id,
        finish=members[-1].id,
        between=tuple(control.id for control in members[1:-1]),
    )


def _check_loose_lines(draft: RoadDraft, touching: Mapping[str, Sequence[str]]) -> None:
    """Note timing lines that belong to no stage: nothing would ever be timed there."""
    timed = (
        (_SS_KINDS - {ControlKind.STOP}) | _NEUTRAL | STARTS | {ControlKind.REG_TEST, ControlKind.AVG_TRIAL}
    )
    for control in draft.controls.values():
        if control.kind not in timed or control.id in touching or control.stage is not None:
            continue
        wanted = "a stage id, or no such line"
        if control.kind in STARTS:
            wanted = "a REG_TEST line with a stage behind it, or an average trial of its stage id"
        draft.problems.error(
            draft.lines[control.id], f"{control.kind} {control.id} that no stage uses", wanted
        )


def _check_unused(draft: RoadDraft) -> None:
    """Note what would be lost silently: averages and pauses outside of every ideal time, no out time."""
    for control in draft.controls.values():
        line = draft.lines[control.id]
        stated = control.average is not None or control.averages or control.pause
        if stated and control.id not in draft.used:
            found = f"an average or a pause at {control.id} that enters no ideal time"
            wanted = "it inside a leg without a printed target, or at a point of an average trial"
            draft.problems.error(line, found, wanted)
        if control.kind is ControlKind.RESTART and control.first_car is None:
            wanted = "when the first car is out (without it an official assigns every start)"
            draft.problems.warn(line, f"no first_car at {control.id}", wanted)
