"""All that one car's result on one stage depends on."""

from collections.abc import Sequence

from timing.core.decisions import Interrupt, SetTarget
from timing.core.fact import Fact
from timing.core.instant import Duration, Instant
from timing.core.itinerary import Stage, StageKind
from timing.core.results import CORRECTED, Chosen, in_mark_order
from timing.core.rulings import Ruled
from timing.core.starts import StageStart
from timing.core.time_allowances import Allowance


class StageFacts(Fact, frozen=True, gc=False):
    """What is known of a car on a stage.

    `chosen` are the times at the stage's controls, start first, finish last; `start` the start instant
    where it is not the time at the start line; `arrived` says that the car checked in at the arrival
    control before; `passed` that it was seen behind the finish; `excused` that it had stopped before
    the finish, `restarted` that it went on with a later leg; `failed` that it did not perform the stage
    as prescribed; `neutral` are the times at the ends of its neutralised stretches; `targets` are the
    standing corrections of the stage's ideal times, `allowance` what the crew's claim of lost time
    came to.
    """

    chosen: tuple[Chosen | None, ...]
    start: StageStart | None = None
    notional: Ruled | None = None
    arrived: bool = False
    cancelled: bool = False
    penalised: bool = False
    passed: bool = False
    excused: bool = False
    restarted: bool = False
    failed: bool = False
    neutral: tuple[Chosen | None, ...] = ()
    targets: tuple[Ruled, ...] = ()
    allowance: Allowance | None = None
    stops: tuple[Interrupt, ...] = ()
    """The standing interruptions of the stage."""

    @property
    def begin(self) -> Instant | None:
        """The instant from which a test or trial runs: assigned, or the time at its start line."""
        if self.start is not None:
            return self.start.at
        at_line = self.chosen[0]
        return None if at_line is None else at_line.at


def corrected_targets(stage: Stage, targets: Sequence[Ruled]) -> dict[str, Duration]:
    """Return the ideal times (µs) that officials put right, in order of time, by the point they are about."""
    acts = [ruled.decision.act for ruled in targets]
    return {act.control or stage.finish: act.target for act in acts if isinstance(act, SetTarget)}


def marks_of_times(stage: Stage, facts: StageFacts) -> tuple[str, ...]:
    """Return the marks that a result takes over from the times it is made of."""
    found = [at for at in facts.chosen if at is not None and (at.corrected or at.adjusted or at.review)]
    corrected = facts.start is not None and facts.start.corrected
    if not found and not corrected:
        return ()
    marks = {CORRECTED} if corrected else set()
    for at in found:
        # A split is for information; it puts no mark on the result of a special stage.
        if stage.kind is not StageKind.SS or at.control not in stage.between:
            marks.update(at.marks)
    return in_mark_order(marks)
