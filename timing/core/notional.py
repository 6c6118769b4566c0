"""Notional times after an interruption: what each method gives, and on which driven times it rests.

Every crew that was shown red gets a notional time (Motorsport UK NCR 2026 p444 4.20): the fastest at
the moment of the stop, or where that is an anomaly the next ones down to the fifth (p445 4.37); where
nobody had finished, that of the first crew to complete after the restart, down to the fifth (4.38). A
crew responsible for the stop keeps its own time, even a worse one (4.36). The clerk of the course picks
the method; here nothing is decided.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from timing.core.decisions import Interrupt, NotionalMethod
from timing.core.instant import Duration, Instant

#: How far down the list the methods that count crews may go.
LAST_PLACE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One crew's run on a stage as driven: never a notional time.

    `time` is the official time, None where the run has none; `order` the place in the start order;
    `keys` those of the records that give start and finish, `seqs` their places in the journal.
    """

    car: str
    order: int = 0
    start: Instant | None = None
    finish: Instant | None = None
    time: Duration | None = None
    keys: tuple[str, ...] = ()
    seqs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a method gives: the time (µs) and the runs it rests on, that which has the time last."""

    time: Duration
    runs: tuple[Run, ...]


def shown_red(runs: Iterable[Run], stop: Interrupt) -> tuple[Run, ...]:
    """Return the runs that one interruption spoiled, in order of start.

    Those are the crews that were not through at the red signal and whose start lies in the range that
    the clerk gave; where the range is open, everybody up to the restart, or to the end of the stage
    where it did not go on. The crews that caused it are left out.
    """
    met = [run for run in runs if run.car not in stop.caused_by and _met(run, stop)]
    return tuple(sorted(met, key=lambda run: (run.start or 0, run.order)))


def _met(run: Run, stop: Interrupt) -> bool:
    if run.start is None or (run.finish is not None and run.finish <= stop.at):
        return False
    if stop.first is not None and run.start < stop.first:
        return False
    if stop.last is not None:
        return run.start <= stop.last
    return stop.restarted_at is None or run.start < stop.restarted_at


def stop_that_met(car: str, runs: Mapping[str, Run], stops: Sequence[Interrupt]) -> Interrupt | None:
    """Return the first of several interruptions that spoiled a crew's run, or None.

    A crew that caused any of them keeps its own time.
    """
    run = runs.get(car)
    if run is None or any(car in stop.caused_by for stop in stops):
        return None
    return next((stop for stop in sorted(stops, key=lambda one: one.at) if _met(run, stop)), None)


def sound(runs: Mapping[str, Run], stops: Sequence[Interrupt]) -> tuple[Run, ...]:
    """Return the runs whose time counts as a valid one: driven, and met by no interruption."""
    caused = {car for stop in stops for car in stop.caused_by}
    return tuple(
        run
        for run in runs.values()
        if run.time is not None and run.car not in caused and not any(_met(run, stop) for stop in stops)
    )


def notional(
    method: NotionalMethod, place: int, valid: Sequence[Run], at: Instant, restarted_at: Instant | None
) -> Found | None:
    """Return what a method gives for an interruption, or None where it gives nothing.

    Args:
        method: one of those that rest on other crews' times on this stage.
        place: the k of a method that counts crews, from 1 to 5.
        valid: the valid times of the stage (see `sound`).
        at: the instant of the red signal.
        restarted_at: when the stage went on.
    """
    match method:
        case NotionalMethod.SLOWEST_BEFORE:
            return slowest_before(valid, at)
        case NotionalMethod.FASTEST_AT_STOP:
            return fastest_at_stop(valid, at, place)
        case NotionalMethod.FIRST_AFTER_RESTART:
            return first_after_restart(valid, restarted_at, place)
        case _:
            return None


def slowest_before(valid: Iterable[Run], at: Instant) -> Found | None:
    """Return the slowest valid time set before the stop."""
    before = _before(valid, at)
    return Found(before[-1].time or 0, (before[-1],)) if before else None


def fastest_at_stop(valid: Iterable[Run], at: Instant, place: int = 1) -> Found | None:
    """Return the `place`-th fastest time at the moment of the interruption."""
    return _at_place(_before(valid, at), place)


def first_after_restart(valid: Iterable[Run], restarted_at: Instant | None, place: int = 1) -> Found | None:
    """Return the time of the `place`-th crew to complete among those that started after the restart."""
    if restarted_at is None:
        return None
    after = [
        run for run in valid if run.time is not None and run.start is not None and run.start >= restarted_at
    ]
    return _at_place(sorted(after, key=lambda run: (run.finish or 0, run.order)), place)


def _before(valid: Iterable[Run], at: Instant) -> list[Run]:
    """The valid runs that were through at the stop, fastest first."""
    through = [run for run in valid if run.time is not None and run.finish is not None and run.finish <= at]
    return sorted(through, key=lambda run: (run.time or 0, run.order))


def _at_place(runs: Sequence[Run], place: int) -> Found | None:
    if not 1 <= place <= min(LAST_PLACE, len(runs)):
        return None
    return Found(runs[place - 1].time or 0, tuple(runs[:place]))
