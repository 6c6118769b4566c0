"""Regularity: tests against a target time and average trials against an ideal time.

ACI Sport, RDS Auto Storiche Regolarita 2021, art. 8.20: one point for each hundredth of a second
early or late in a test, one for each second at a point of an average trial, each with a cap.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from timing.core.instant import HOUR, Duration, Instant, floor_to
from timing.core.itinerary import Itinerary, Stage
from timing.core.preset import Preset, Truncate
from timing.core.results import Chosen, ResultStatus, StagePart, StageResult


def cut_elapsed(start: Instant, end: Instant, resolution: Duration, mode: Truncate) -> Duration:
    """Return the official time between two raw instants, cut to `resolution` (µs).

    `elapsed` subtracts and then cuts (FIS ICR 611.3.2); `stamps` cuts both clock readings first, as
    a person does who subtracts two printed slips.
    """
    if mode is Truncate.STAMPS:
        return floor_to(end, resolution) - floor_to(start, resolution)
    return floor_to(end - start, resolution)


def deviation_points(deviation: Duration, preset: Preset, unit: Duration, cap: int | None) -> Decimal:
    """Return the penalty points of a signed deviation (µs, late positive).

    A part of a unit does not count further: the deviation was taken from a time already cut.
    """
    units = Decimal(abs(deviation // unit))
    if deviation < 0:
        units *= preset.early_weight
    elif preset.late_only_cap is not None:
        units = min(units, Decimal(preset.late_only_cap))
    return units if cap is None else min(units, Decimal(cap))


def score_test(
    stage: Stage, car: str, start: Chosen | None, end: Chosen | None, preset: Preset
) -> StageResult:
    """Score one regularity test from its own two lines; being late on one never carries to the next."""
    if start is None or end is None:
        running = ResultStatus.RUNNING if start is not None else ResultStatus.PENDING
        return StageResult(
            stage=stage.id,
            car=car,
            status=running,
            start=start.at if start else None,
            finish=end.at if end else None,
        )
    elapsed = cut_elapsed(start.at, end.at, preset.test_resolution, preset.test_truncate)
    target = stage.target or 0
    if end.at <= start.at:
        return StageResult(
            stage=stage.id,
            car=car,
            status=ResultStatus.HELD,
            start=start.at,
            finish=end.at,
            reason="the end line was crossed before the start line",
        )
    deviation = elapsed - target
    return StageResult(
        stage=stage.id,
        car=car,
        status=ResultStatus.DONE,
        time=elapsed,
        deviation=deviation,
        points=deviation_points(deviation, preset, preset.test_unit, preset.test_cap),
        source=end.source,
        start=start.at,
        finish=end.at,
    )


def ideal_between(itinerary: Itinerary, stage: Stage, start: str, end: str) -> Fraction | None:
    """Return the ideal time (exact, in µs) between two points of an average trial, or None.

    The average given at a point holds from there on; distances are metres along the leg.
    """
    points = [itinerary.controls[ident] for ident in (stage.start, *stage.between, stage.finish)]
    average: Fraction | None = None
    total = Fraction(0)
    inside = False
    for here, after in pairwise(points):
        average = here.average if here.average is not None else average
        inside = inside or here.id == start
        if inside:
            if average is None or not average or here.metres is None or after.metres is None:
                return None
            total += Fraction(after.metres - here.metres) / (average * 1000) * HOUR
        if after.id == end:
            return total if inside else None
    return None


def score_trial(
    stage: Stage,
    car: str,
    chosen: Mapping[str, Chosen],
    ideals: Mapping[str, Fraction | None],
    preset: Preset,
) -> StageResult:
    """Score an average trial: each timed point by itself, against the ideal time from the start.

    Both the driven and the ideal time are cut to whole units before they are compared.
    """
    start = chosen.get(stage.start)
    parts = tuple(
        _score_point(control, start, chosen.get(control), ideals[control], preset)
        for control in (*stage.between, stage.finish)
    )
    finish = chosen.get(stage.finish)
    known = [part for part in parts if part.points is not None]
    status = ResultStatus.PENDING
    if start is not None or any(part.seq is not None for part in parts):
        status = ResultStatus.RUNNING
    if len(known) == len(parts):
        status = ResultStatus.DONE
    if any(part.time is not None and part.time < 0 for part in parts):
        status = ResultStatus.HELD
    last = known[-1] if known else None
    return StageResult(
        stage=stage.id,
        car=car,
        status=status,
        time=parts[-1].time,
        deviation=last.deviation if last else None,
        points=sum((part.points for part in known if part.points is not None), Decimal(0)) if known else None,
        source=finish.source if finish else "",
        start=start.at if start else None,
        finish=finish.at if finish else None,
        reason="a point was passed before the start" if status is ResultStatus.HELD else "",
        parts=parts,
    )


def _score_point(
    control: str, start: Chosen | None, at: Chosen | None, ideal: Fraction | None, preset: Preset
) -> StagePart:
    if start is None or at is None or ideal is None:
        source, seq = (at.source, at.seq) if at else ("", None)
        return StagePart(control=control, time=None, ideal=_whole(ideal), source=source, seq=seq)
    elapsed = floor_to(at.at - start.at, preset.avg_resolution)
    wanted = int(ideal // preset.avg_unit) * preset.avg_unit
    deviation = floor_to(elapsed, preset.avg_unit) - wanted
    return StagePart(
        control=control,
        time=elapsed,
        ideal=_whole(ideal),
        deviation=deviation,
        points=deviation_points(deviation, preset, preset.avg_unit, preset.avg_cap),
        source=at.source,
        seq=at.seq,
    )


def _whole(ideal: Fraction | None) -> Duration | None:
    return None if ideal is None else int(ideal)
