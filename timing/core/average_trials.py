"""Average trials: hidden points, each against the ideal time at the prescribed average.

In Italy the average holds over the whole trial and every point is measured from its start (ACI
Sport, RDS Auto Storiche Regolarita 2021, art. 8.20 c); on British road rallies each point is
measured from the crew's own time at the point before, so that being late once costs once
(Motorsport UK NCR 2026 p453 6.4).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from timing.core.deviations import scale_of_trials
from timing.core.ideal_times import Ideal, Ideals, ideals_of
from timing.core.instant import Duration, Instant, floor_to
from timing.core.itinerary import Itinerary, Stage
from timing.core.preset import PointOrigin, Preset
from timing.core.regularity import Measured
from timing.core.results import Chosen, StagePart


class TimedTrial:
    """One trial for the crews of one category with the regulations in force on it."""

    def __init__(
        self,
        itinerary: Itinerary,
        stage: Stage,
        rules: Preset,
        category: str = "",
        corrected: Mapping[str, Duration] | None = None,
    ) -> None:
        """Make a trial ready; `corrected` are ideal times (µs) by point that officials put right."""
        self._controls = stage.lines[1:]
        self._resolution = rules.avg_resolution
        self._unit = rules.avg_unit
        self._origin = rules.avg_origin
        self._scale = scale_of_trials(rules)
        self._ideals: Ideals = ideals_of(
            itinerary, stage, category, rules.avg_unit, rules.avg_origin, corrected or {}
        )

    def parts(self, start: Instant | None, points: Sequence[Chosen | None]) -> tuple[StagePart, ...]:
        """Score each timed point by itself.

        Args:
            start: the crew's start instant.
            points: its times at the points behind the start, in road order.

        A point is measured from the start, or from the last point before it at which the crew has
        a time: a crew that passed a control by is not charged again at the next.
        """
        parts: list[StagePart] = []
        origin = None if start is None else (0, start)
        for place, (control, at) in enumerate(zip(self._controls, points, strict=True)):
            line, since = origin if origin is not None else (0, None)
            parts.append(self._part(control, at, since, self._ideals[place][line]))
            if at is not None and self._origin is PointOrigin.PRECEDING:
                origin = place + 1, at.at
        return tuple(parts)

    def _part(
        self, control: str, at: Chosen | None, origin: Instant | None, ideal: Ideal | None
    ) -> StagePart:
        shown = None if ideal is None else ideal.time
        if at is None or origin is None or ideal is None:
            source, seq = (at.source, at.seq) if at else ("", None)
            return StagePart(control=control, time=None, ideal=shown, source=source, seq=seq)
        elapsed = floor_to(at.at - origin, self._resolution)
        deviation = floor_to(elapsed, self._unit) - ideal.cut
        return StagePart(
            control=control,
            time=elapsed,
            ideal=shown,
            deviation=deviation,
            points=self._scale.points(deviation),
            source=at.source,
            seq=at.seq,
        )

    def elapsed(self, start: Instant, end: Instant) -> Duration:
        """Return the time over the whole trial, cut."""
        return floor_to(end - start, self._resolution)

    def judge(self, time: Duration) -> Measured | None:
        """Measure a time for the whole trial that an official gave; None without an ideal time."""
        ideal = self._ideals[-1][0]
        if ideal is None:
            return None
        deviation = floor_to(time, self._unit) - ideal.cut
        return Measured(time, deviation, self._scale.points(deviation))


def points_of(parts: Sequence[StagePart]) -> Decimal | None:
    """Return the points of the points scored so far; None where there is none yet."""
    known = [part.points for part in parts if part.points is not None]
    return sum(known, Decimal(0)) if known else None
