"""In which lists a crew that fell out is out, and in which it has its place."""

from dataclasses import replace

import pytest

from tests.core.rallies import stage_rally
from timing.core.drive import Drive
from timing.core.event import Event
from timing.core.finishers import Finish
from timing.core.groups import group_in
from timing.core.itinerary import Itinerary
from timing.core.results import StandingStatus
from timing.core.road import Road
from timing.core.scopes import selections_of
from timing.core.sheet import Sheet
from timing.core.stopping import Stop

RETIRED, OTL = StandingStatus.RETIRED, StandingStatus.OTL
#: Leg 1: TC0 ... TC2 (am), SS2 ... TC3 (pm); leg 2: TC4 ... TC5 (next).
LISTS = ("overall", "section-am", "section-pm", "leg-1", "leg-2")


def in_sections() -> Event:
    event = stage_rally()
    noon = event.itinerary.controls["TC2"].order
    controls = {
        control.id: replace(
            control, section="next" if control.leg == 2 else "am" if control.order <= noon else "pm"
        )
        for control in event.itinerary.controls.values()
    }
    itinerary: Itinerary = replace(event.itinerary, controls=controls)
    return replace(event, itinerary=itinerary)


ROAD = Road(in_sections())


def stop(control: str, status: StandingStatus = RETIRED, *earlier: Stop) -> Stop:
    place = ROAD.by_id[control]
    return Stop(order=place.order, leg=place.leg, cause=f"at {control}", status=status, earlier=earlier)


def groups(last: Stop | None, *, restarted: bool = False) -> dict[str, StandingStatus]:
    entry = ROAD.event.entries.by_number["1"]
    sheet = Sheet(entry=entry, drive=Drive(), stop=last, restarted=restarted)
    selections = selections_of(ROAD.event, frozenset())
    return {name: group_in(selections[name], sheet, ROAD, Finish(ROAD), closed=False)[0] for name in LISTS}


def out_in(*names: str, status: StandingStatus = RETIRED) -> dict[str, StandingStatus]:
    return {name: status if name in names else StandingStatus.CLASSIFIED for name in LISTS}


@pytest.mark.parametrize(
    ("last", "restarted", "expected"),
    [
        (None, False, out_in()),
        (stop("TC4"), False, out_in("overall", "leg-2")),
        (stop("TC3"), False, out_in("overall", "leg-2")),
        (stop("TC3", OTL), False, out_in("overall", "section-pm", "leg-1", "leg-2", status=OTL)),
        (stop("TC2"), False, out_in("overall", "section-pm", "leg-1", "leg-2")),
        (stop("TC2"), True, out_in("section-pm", "leg-1")),
        (stop("SS1.FF"), True, out_in("section-am", "section-pm", "leg-1")),
        (stop("SS3.FF", RETIRED, stop("SS1.FF")), False, out_in(*LISTS)),
        (stop("SS3.FF", RETIRED, stop("PK1")), False, out_in("overall", "section-pm", "leg-1", "leg-2")),
        (stop("SS1.FF", StandingStatus.DSQ), False, out_in(*LISTS, status=StandingStatus.DSQ)),
    ],
)
def test_a_crew_is_out_of_the_parts_that_it_did_not_drive(
    last: Stop | None, restarted: bool, expected: dict[str, StandingStatus]
) -> None:
    assert groups(last, restarted=restarted) == expected


def test_the_list_says_where_and_why() -> None:
    sheet = Sheet(entry=ROAD.event.entries.by_number["1"], drive=Drive(), stop=stop("PK1"))
    whole = selections_of(ROAD.event, frozenset())["overall"]
    assert group_in(whole, sheet, ROAD, Finish(ROAD), closed=False) == (RETIRED, "at PK1", "PK1")
