"""Who is classified at the end: the finisher rule, and from when on it judges a crew.

A crew is judged once the rally is over for it: when it was seen at the final control, or when that
control has closed. While crews are under way nobody is unclassified for what may still come.
"""

from collections.abc import Iterable
from fractions import Fraction

from timing.core.instant import HOUR, Duration, Instant
from timing.core.itinerary import TIME_CONTROLS, Control, Stage
from timing.core.preset import FinisherRule
from timing.core.results import ResultStatus
from timing.core.road import Road
from timing.core.sheet import Sheet

#: A rally that runs late must not lose its crews to the printed closing hour: the final control counts
#: as closed only when no crew that is still under way has been seen for so long.
QUIET: Duration = HOUR


class Finish:
    """The finisher rule of one event over its road."""

    def __init__(self, road: Road, cancelled: frozenset[str] = frozenset()) -> None:
        preset = road.event.preset
        self._rule = preset.finisher_rule
        self._share: Fraction = preset.finisher_share
        timed = [control for control in road.controls if control.kind in TIME_CONTROLS]
        self.control: Control | None = timed[-1] if timed else None
        self._countable = tuple(road.missable)
        self._lengths = _lengths(road, cancelled)
        self._closes = road.hours[self.control.id].closes if self.control is not None else None

    def closed(self, heard: Instant, sheets: Iterable[Sheet]) -> bool:
        """Return whether the final control has closed.

        Args:
            heard: when the newest record came in: what the journal knows of the time of day.
            sheets: those of all crews, for when the last one under way was seen.
        """
        if self._closes is None or self.control is None or heard < self._closes:
            return False
        final = self.control.id
        under_way = (
            sheet.last.at
            for sheet in sheets
            if not sheet.out
            and not sheet.entry.course_car
            and sheet.last is not None
            and final not in sheet.drive.chosen
        )
        return heard - max(under_way, default=self._closes - QUIET) >= QUIET

    def over(self, sheet: Sheet, *, closed: bool) -> bool:
        """Return whether the rally is over for a crew."""
        return closed or (self.control is not None and self.control.id in sheet.drive.chosen)

    def lacking(self, sheet: Sheet) -> str:
        """Return what keeps a crew for which the rally is over from being classified, or nothing."""
        match self._rule:
            case FinisherRule.ANY:
                return ""
            case FinisherRule.FINAL_CONTROL:
                return self._final(sheet)
            case FinisherRule.SHARE_OF_CONTROLS:
                return self._final(sheet) or self._controls(sheet)
            case FinisherRule.SHARE_OF_DISTANCE:
                return self._distance(sheet)

    def _final(self, sheet: Sheet) -> str:
        if self.control is None or self.control.id in _visited(sheet):
            return ""
        return f"did not pass the final control {self.control.id}"

    def _controls(self, sheet: Sheet) -> str:
        visited = _visited(sheet)
        count = sum(1 for control in self._countable if control.id in visited)
        if count >= self._share * len(self._countable):
            return ""
        return f"passed {count} of {len(self._countable)} controls, {_percent(self._share)} needed"

    def _distance(self, sheet: Sheet) -> str:
        whole = sum(self._lengths.values())
        driven = sum(
            length
            for stage, length in self._lengths.items()
            if sheet.results[stage].status is ResultStatus.DONE
        )
        if driven >= self._share * whole:
            return ""
        return f"drove {driven / 1000:.1f} of {whole / 1000:.1f} stage km, {_percent(self._share)} needed"


def _visited(sheet: Sheet) -> set[str]:
    """The controls that count as visited: seen there, and not over the lateness that is allowed."""
    return set(sheet.drive.chosen).difference(sheet.missed)


def _lengths(road: Road, cancelled: frozenset[str]) -> dict[str, int]:
    """The length (m) of each stage that was held, where the itinerary tells it."""
    found: dict[str, int] = {}
    for stage in road.stages:
        length = _length(road, stage)
        if length is not None and stage.id not in cancelled:
            found[stage.id] = length
    return found


def _length(road: Road, stage: Stage) -> int | None:
    start, finish = road.by_id[stage.start].metres, road.by_id[stage.finish].metres
    return None if start is None or finish is None else finish - start


def _percent(share: Fraction) -> str:
    return f"{share.numerator}/{share.denominator}"
