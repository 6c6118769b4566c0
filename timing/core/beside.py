"""What the records say of a certified stage, beside what stands."""

from collections.abc import Mapping

from timing.core.rally import Rally
from timing.core.results import StageResult
from timing.core.stage_lists import rank_stage


def live_results(rally: Rally, stage_id: str) -> Mapping[str, StageResult]:
    """Return the results that the records give now, ranked and in display order.

    Raises:
        KeyError: there is no such stage.
    """
    if not rally.certified.moved(stage_id):
        return rally.stage_results(stage_id)
    event = rally.event
    rows = ((entry, rally.sheet(car).results[stage_id]) for car, entry in event.entries.by_number.items())
    return rank_stage(event.itinerary.stages[stage_id], rows, event.preset)
