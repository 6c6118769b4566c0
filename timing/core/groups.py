"""In which group of a list a crew stands: in its place, not classified, or out of this part of the rally."""

from timing.core.finishers import Finish
from timing.core.results import StandingStatus
from timing.core.road import Road
from timing.core.scopes import Part, Selection
from timing.core.sheet import Sheet
from timing.core.stopping import Stop

#: Groups in which it does not matter how far a crew got.
UNSORTED = frozenset({StandingStatus.DNS, StandingStatus.DSQ})


def group_in(
    selection: Selection, sheet: Sheet, road: Road, finish: Finish, *, closed: bool
) -> tuple[StandingStatus, str, str]:
    """Return a crew's group in a list, why it is in it, and the control at which it stopped.

    Args:
        selection: the part of the rally that is listed.
        sheet: the crew's sheet.
        road: the event's look-ups.
        finish: the finisher rule.
        closed: whether the final control has closed.
    """
    out = stop_that_counts(selection, sheet, road)
    if out is not None:
        return out.status, out.cause, road.controls[out.order].id if out.order >= 0 else ""
    if selection.part is Part.WHOLE and finish.over(sheet, closed=closed):
        lacking = finish.lacking(sheet)
        if lacking:
            return StandingStatus.NOT_CLASSIFIED, lacking, ""
    return StandingStatus.CLASSIFIED, "", ""


def stop_that_counts(selection: Selection, sheet: Sheet, road: Road) -> Stop | None:
    """Return the stop for which a crew is not in its place in a list, if any.

    A crew that fell out later on has done this part. One that was let in again is back in its place,
    marked, in all lists but those of the parts in which it did not drive.
    """
    last = sheet.stop
    if last is None or last.status in UNSORTED:
        return last
    if selection.part is Part.WHOLE:
        return None if sheet.restarted else last
    for stop in (*last.earlier, last):
        if _ends_part(selection, stop, road, went_on=stop is not last or sheet.restarted):
            return stop
    return None


def _ends_part(selection: Selection, stop: Stop, road: Road, *, went_on: bool) -> bool:
    """Whether a stop lies in this part of the rally, or before it without a return."""
    if stop.order < selection.first:
        return not went_on or road.controls[selection.first].leg == stop.leg
    # Giving up behind the last control of a part is no part of it; being over time there is.
    return stop.order + (stop.status is StandingStatus.RETIRED) <= selection.last
