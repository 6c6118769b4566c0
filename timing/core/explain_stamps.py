"""The stamps of an explanation: as they were sent, how far from the time used, what became of their clock."""

from dataclasses import replace

from timing.core.instant import MINUTE, Instant, format_duration
from timing.core.results import Chosen, StampState, Step
from timing.core.road import Road


def stamp_step(road: Road, state: StampState) -> Step:
    """Return a stamp as it was sent, what became of it, and what was ruled about its clock."""
    what = f"stamp of {state.stamp.device}"
    if state.stamp.channel:
        what += f" channel {state.stamp.channel}"
    reason = f": {state.reason}" if state.reason else ""
    return Step(
        what=f"{what}, {state.disposition}{reason}",
        value=clock_text(road, state.stamp.at),
        records=(state.seq,),
        steps=_clock_steps(road, state),
    )


def stamp_beside(road: Road, state: StampState, chosen: Chosen) -> Step:
    """Return a stamp that does not give the time, and how far it is from the one that does."""
    step = stamp_step(road, state)
    apart = Step(what="from the time used", value=format_duration(state.at - chosen.at, 1, sign=True))
    return replace(step, steps=(*step.steps, apart))


def _clock_steps(road: Road, state: StampState) -> tuple[Step, ...]:
    """What was ruled about the clock behind a stamp, and what that makes of its time."""
    note = state.clock
    if note is None:
        return ()
    steps: list[Step] = []
    if note.corrected is not None:
        steps.append(
            Step(
                what=f"clock of {state.stamp.device} put right by {note.corrected.decision.author}, "
                f"offset {format_duration(note.offset, 1, sign=True)}",
                value=clock_text(road, state.at),
                records=(note.corrected.seq,),
            )
        )
    for ruled, what in ((note.accepted, "accepted"), (note.dropped, "not to be used")):
        if ruled is not None:
            by = f"times of {state.stamp.device} {what}, by {ruled.decision.author}"
            steps.append(Step(what=by, value=ruled.decision.text, records=(ruled.seq,)))
    return tuple(steps)


def clock_text(road: Road, at: Instant) -> str:
    """Return a rally time of day at full precision."""
    return road.event.time.format(at, MINUTE if at % MINUTE == 0 else 1)
