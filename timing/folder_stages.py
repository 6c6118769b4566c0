"""From the controls in road order to the stages between them."""

from collections.abc import Mapping, Sequence

from timing.core.itinerary import Control, ControlKind, Stage, StageKind
from timing.folder_text import Problems

_SS_KINDS = frozenset({ControlKind.SS_START, ControlKind.SPLIT, ControlKind.FF, ControlKind.STOP})


def build_stages(
    controls: Mapping[str, Control], lines: Mapping[str, int], problems: Problems
) -> tuple[dict[str, Stage], dict[str, tuple[str, ...]]]:
    """Return the stages in road order, and for each control the stages that touch it.

    A special stage is the SS_START, SPLIT, FF and STOP of one stage id. A regularity test ends at
    the REG_TEST line that names it and starts at the line of its own name before that, or else at
    the preceding REG_TEST line of the leg: so the lines of a chain are listed once each. An average
    trial is all AVG_TRIAL points of one stage id, the first of them its start.
    """
    members: dict[str, list[Control]] = {}
    for control in controls.values():
        if control.stage is not None:
            members.setdefault(control.stage, []).append(control)
    stages: dict[str, Stage] = {}
    for ident, found in members.items():
        stage = _stage(ident, found, controls, len(stages), lines, problems)
        if stage is not None:
            stages[ident] = stage
    touching: dict[str, list[str]] = {}
    for stage in stages.values():
        for control_id in (stage.start, *stage.between, stage.finish):
            touching.setdefault(control_id, []).append(stage.id)
    _check_loose_lines(controls, touching, lines, problems)
    return stages, {control_id: tuple(ids) for control_id, ids in touching.items()}


def _stage(
    ident: str,
    members: Sequence[Control],
    controls: Mapping[str, Control],
    order: int,
    lines: Mapping[str, int],
    problems: Problems,
) -> Stage | None:
    kinds = {control.kind for control in members}
    line = lines[members[0].id]
    if len({control.leg for control in members}) > 1:
        problems.error(line, f"stage {ident} in two legs", "a stage inside one leg")
        return None
    if kinds == {ControlKind.REG_TEST}:
        return _test(ident, members, controls, order, lines, problems)
    if kinds == {ControlKind.AVG_TRIAL}:
        return _trial(ident, members, order, line, problems)
    timed = [control for control in members if control.kind in _SS_KINDS]
    if timed:
        return _special(ident, timed, order, line, problems)
    problems.error(
        line,
        f"stage {ident} of {', '.join(sorted(kinds))}",
        "SS_START and FF, REG_TEST lines or AVG_TRIAL points (leave `stage` empty elsewhere)",
    )
    return None


def _special(
    ident: str, members: Sequence[Control], order: int, line: int, problems: Problems
) -> Stage | None:
    starts = [c for c in members if c.kind is ControlKind.SS_START]
    finishes = [c for c in members if c.kind is ControlKind.FF]
    if len(starts) != 1 or len(finishes) != 1:
        problems.error(
            line,
            f"{len(starts)} SS_START and {len(finishes)} FF in stage {ident}",
            "one of each",
        )
        return None
    start, finish = starts[0], finishes[0]
    if start.order > finish.order:
        problems.error(line, f"the FF of {ident} before its SS_START", "controls in road order")
        return None
    between = tuple(c.id for c in members if c.kind is ControlKind.SPLIT)
    return Stage(
        id=ident,
        order=order,
        leg=start.leg,
        kind=StageKind.SS,
        name=start.name,
        start=start.id,
        finish=finish.id,
        between=between,
        target=finish.target,
    )


def _test(
    ident: str,
    members: Sequence[Control],
    controls: Mapping[str, Control],
    order: int,
    lines: Mapping[str, int],
    problems: Problems,
) -> Stage | None:
    finish = members[-1]
    line = lines[finish.id]
    start: Control | None = members[0] if len(members) > 1 else None
    if len(members) > 2:
        problems.error(line, f"{len(members)} lines named {ident}", "its start and its end at most")
    if start is None:
        for control in controls.values():
            if control.order >= finish.order:
                break
            if control.kind is ControlKind.REG_TEST and control.leg == finish.leg:
                start = control
    if start is None:
        problems.error(
            line, f"test {ident} without a start line", "a REG_TEST line before it on the same leg"
        )
        return None
    target = finish.target or (start.target if start.stage == ident else None)
    if target is None:
        problems.error(line, f"test {ident} without a target", "a target time such as 15.00")
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


def _trial(ident: str, members: Sequence[Control], order: int, line: int, problems: Problems) -> Stage | None:
    start = members[0]
    if len(members) < 2:
        problems.error(
            line, f"one point in the average trial {ident}", "a start and at least one timed point"
        )
        return None
    if start.average is None:
        problems.error(line, f"average trial {ident} without an average", "km/h at its start such as 48")
        return None
    if any(control.metres is None for control in members):
        problems.error(line, f"a point of {ident} without km", "the distance of each point along the leg")
        return None
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


def _check_loose_lines(
    controls: Mapping[str, Control],
    touching: Mapping[str, Sequence[str]],
    lines: Mapping[str, int],
    problems: Problems,
) -> None:
    """Note timing lines that belong to no stage: nothing would ever be timed there."""
    for control in controls.values():
        timed = control.kind in _SS_KINDS - {ControlKind.STOP} or control.kind in (
            ControlKind.REG_TEST,
            ControlKind.AVG_TRIAL,
        )
        if timed and control.id not in touching and control.stage is None:
            problems.error(
                lines[control.id],
                f"{control.kind} {control.id} that no stage uses",
                "a stage id, or no such line",
            )
