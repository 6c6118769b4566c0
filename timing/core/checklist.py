"""What has to be settled before the times of a stage are certified, or a classification is issued."""

from collections.abc import Iterator

from timing.core.beside import live_results
from timing.core.clock_report import clock_blockers
from timing.core.itinerary import Stage
from timing.core.official_sheets import Blocker
from timing.core.rally import Rally
from timing.core.results import UNDER_REVIEW, ResultStatus, StageResult, StageStatus

_OPEN = {
    ResultStatus.PENDING: "has not driven it yet",
    ResultStatus.RUNNING: "is on it, or its finish is lacking",
    ResultStatus.MISSING: "was seen later on and lacks a time",
    ResultStatus.HELD: "has a time that cannot be believed",
}


def stage_blockers(rally: Rally, stage_id: str) -> tuple[Blocker, ...]:
    """Return what keeps a stage from being certified: empty when its times can be certified.

    Nothing missing, nothing under review, nothing without a car at its lines, and every clock that gave
    a time compared with a reference before and after, within its limits. A cancelled stage has nothing
    to be settled.

    Raises:
        KeyError: there is no such stage.
    """
    stage = rally.event.itinerary.stages[stage_id]
    if rally.stage_status(stage_id) is StageStatus.CANCELLED:
        return ()
    return (
        *_unsettled_crews(rally, stage),
        *_nobodys_stamps(rally, stage),
        *clock_blockers(rally, stage_id),
    )


def _unsettled_crews(rally: Rally, stage: Stage) -> Iterator[Blocker]:
    listed = live_results(rally, stage.id)
    if not listed:
        yield Blocker(kind="not_driven", text="nobody has driven it yet", stage=stage.id)
        return
    for car, entry in rally.event.entries.by_number.items():
        sheet = rally.sheet(car)
        if entry.course_car or sheet.out:
            continue
        result = listed.get(car) or sheet.results[stage.id]
        if result.status in _OPEN:
            yield _about(stage, result, f"car {car} {_OPEN[result.status]}")
        elif UNDER_REVIEW in result.marks:
            yield _about(stage, result, f"car {car} is under review{_doubts(rally, stage, car)}")


def _doubts(rally: Rally, stage: Stage, car: str) -> str:
    """Why the car's times at the stage's lines are in doubt, to end a sentence; empty if they are not."""
    states = {control: rally.control_state(control).arrived.get(car) for control in stage.lines}
    found = [f"{at.review} at {control}" for control, at in states.items() if at is not None and at.review]
    return f" ({'; '.join(found)})" if found else ""


def _about(stage: Stage, result: StageResult, text: str) -> Blocker:
    kind = "under_review" if result.status is ResultStatus.DONE else result.status.value.lower()
    text = f"{text}: {result.reason}" if result.reason else text
    return Blocker(kind=kind, text=text, car=result.car, stage=stage.id)


def _nobodys_stamps(rally: Rally, stage: Stage) -> Iterator[Blocker]:
    for control in stage.lines:
        for placed in rally.nobodys_stamps(control):
            at = rally.event.time.format(placed.said.at, placed.said.resolution)
            yield Blocker(
                kind="unassigned",
                text=f"the stamp of {placed.said.device} at {control}, {at}, belongs to no car",
                control=control,
                stage=stage.id,
                stamp=placed.key,
            )
