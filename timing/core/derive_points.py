"""Derivations of penalty points: from a deviation to points, and the points of an average trial."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from timing.core.derivation import Kind, Operation, Working
from timing.core.derive_clocks import stamped_time
from timing.core.instant import Duration
from timing.core.itinerary import Stage
from timing.core.preset import PointOrigin, Preset
from timing.core.results import Chosen, StageResult
from timing.core.starts import StageStart


def penalties_of(work: Working, rules: Preset, deviation: str, what: str, *, test: bool) -> str:
    """Write down how a deviation becomes points; returns the name of the points.

    A begun unit early counts, one late does not, because the time was cut before.
    """
    unit = work.given("unit", rules.test_unit if test else rules.avg_unit, Kind.DURATION)
    each = work.given("points for a unit", rules.test_unit_points if test else Decimal(1), Kind.POINTS)
    cap = rules.test_cap if test else rules.avg_cap
    off = work.value(deviation)
    assert isinstance(off, int)
    tag = what.removeprefix("points")
    limits: list[str] = []
    if off < 0:
        early = work.reckon(f"early{tag}", Operation.NEGATE, deviation)
        units = work.reckon(f"units{tag}", Operation.BEGUN, early, unit)
        factors = [units, each]
        if rules.early_weight != 1:
            factors.append(work.given("weight of a unit early", rules.early_weight, Kind.FACTOR))
    else:
        units = work.reckon(f"units{tag}", Operation.WHOLE, deviation, unit)
        factors = [units, each]
        if rules.late_only_cap is not None:
            limits.append(work.given("cap for being late", Decimal(rules.late_only_cap), Kind.POINTS))
    if cap is not None:
        limits.append(work.given("cap", Decimal(cap), Kind.POINTS))
    if not limits:
        return work.reckon(what, Operation.TIMES, *factors)
    raw = work.reckon(f"points before the cap{tag}", Operation.TIMES, *factors)
    return work.reckon(what, Operation.LEAST, raw, *limits)


def trial_points(
    work: Working,
    stage: Stage,
    rules: Preset,
    result: StageResult,
    chosen: Mapping[str, Chosen],
    start: StageStart | None,
    exact: Callable[[str, str], Fraction | None],
) -> None:
    """Write down the points of a trial: each timed point by itself, then their sum.

    `exact` gives the ideal time between two lines by distances and averages (µs), where it is known;
    one that an official put right stands as it was given.
    """
    begin = None
    if start is not None:
        begin = work.given("start", start.at, Kind.INSTANT, start.seq)
    elif stage.start in chosen:
        begin = stamped_time(work, "start", chosen[stage.start])
    names: list[str] = []
    origin_line = stage.start
    for part in result.parts:
        at = chosen.get(part.control)
        name = None if at is None else stamped_time(work, part.control, at)
        if name is not None and begin is not None and part.points is not None and part.ideal is not None:
            tag = f" at {part.control}"
            cut = work.given("resolution", rules.avg_resolution, Kind.DURATION)
            unit = work.given("unit", rules.avg_unit, Kind.DURATION)
            ideal = _ideal(work, tag, part.ideal, exact(origin_line, part.control))
            work.reckon(f"elapsed{tag}", Operation.SUBTRACT, name, begin)
            work.reckon(f"time{tag}", Operation.CUT, f"elapsed{tag}", cut)
            work.reckon(f"whole time{tag}", Operation.CUT, f"time{tag}", unit)
            work.reckon(f"whole ideal time{tag}", Operation.CUT, ideal, unit)
            work.reckon(f"deviation{tag}", Operation.SUBTRACT, f"whole time{tag}", f"whole ideal time{tag}")
            names.append(penalties_of(work, rules, f"deviation{tag}", f"points{tag}", test=False))
        if name is not None and rules.avg_origin is PointOrigin.PRECEDING:
            begin, origin_line = name, part.control
    if names:
        work.reckon("points", Operation.ADD, *names)


def _ideal(work: Working, tag: str, ideal: Duration, exact: Fraction | None) -> str:
    """Write down an ideal time: cut from the exact one to whole µs, or as it was given."""
    if exact is None or int(exact) != ideal:
        return work.given(f"ideal time{tag}", ideal, Kind.DURATION)
    fraction = work.given(f"exact ideal time{tag}", exact, Kind.DURATION)
    return work.reckon(
        f"ideal time{tag}", Operation.CUT, fraction, work.given("microsecond", 1, Kind.DURATION)
    )
