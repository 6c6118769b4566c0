"""Where a crew is, by the last control at which it was seen."""

import pytest

from tests.core.rallies import Pen, Road, crews, regularity, stage_rally, told
from timing.core import road as look_ups
from timing.core.itinerary import ControlKind, StageKind
from timing.core.results import StandingStatus
from timing.core.whereabouts import next_control, progress
from timing.presets import load_preset

STAGES = {
    "TC0": ("09:40", "ON_ROAD", "TC1"),
    "TC1": ("09:57", "ON_ROAD", "SS1.START"),
    "SS1.START": ("10:00", "ON_STAGE", "SS1.S1"),
    "SS1.S1": ("10:03", "ON_STAGE", "SS1.FF"),
    "SS1.FF": ("10:06", "ON_ROAD", "SS1.STOP"),
    "TC3": ("12:05", "LEG_DONE", "TC4"),
    "TC5": ("33:43", "FINISHED", None),
}


@pytest.mark.parametrize("control", STAGES)
def test_a_crew_of_a_stage_rally(control: str) -> None:
    clock, status, coming = STAGES[control]
    state = told(stage_rally(), [Pen().stamp(control, clock, "1")]).crew_state("1")
    assert (state.status, state.last_control, state.next_control) == (status, control, coming)


TESTS = {"L0": "ON_STAGE", "L1": "ON_STAGE", "L3": "ON_ROAD", "M0": "ON_STAGE"}


@pytest.mark.parametrize("control", TESTS)
def test_a_crew_between_the_lines_of_a_test(control: str) -> None:
    assert told(regularity(), [Pen().stamp(control, "10:50", "1")]).crew_state("1").status == TESTS[control]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (ControlKind.REGROUP_IN, "IN_REGROUP"),
        (ControlKind.REGROUP_OUT, "ON_ROAD"),
        (ControlKind.SERVICE_IN, "IN_SERVICE"),
        (ControlKind.PARC_FERME, "IN_SERVICE"),
    ],
)
def test_halts_have_names(kind: ControlKind, status: str) -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("X", kind, "10", target="0:30:00")
    road.put("TC9", ControlKind.TC, "20", target="0:30:00")
    event = road.event(load_preset("FIA_STAGE"), crews("1"))
    rally = told(event, [Pen().stamp("TC0", "10:00", "1"), Pen(5).stamp("X", "10:30", "1")])
    assert rally.crew_state("1").status == status


def test_before_the_start_a_crew_is_entered_and_a_stopped_one_says_so() -> None:
    road = look_ups.Road(stage_rally())
    assert progress(road, None, None, restarted=False) == ("ENTERED", StandingStatus.CLASSIFIED)
    assert progress(road, None, StandingStatus.DNS, restarted=False) == ("DNS", StandingStatus.DNS)
    assert progress(road, None, StandingStatus.OTL, restarted=True)[0] == "ENTERED"


def test_what_comes_next_never_gives_away_a_hidden_place() -> None:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("S1", ControlKind.SECRET, "5")
    road.put("M0", ControlKind.AVG_TRIAL, "10", stage="PM", average=48)
    road.put("M1", ControlKind.AVG_TRIAL, "12", stage="PM")
    road.put("M2", ControlKind.AVG_TRIAL, "14", stage="PM")
    road.put("TC1", ControlKind.TC, "20", target="0:40:00")
    road.time("PM", StageKind.AVG_TRIAL, "M0", "M2", "M1")
    event = road.event(load_preset("ACI_REGULARITY"), crews("1"))
    pen = Pen()
    rally = told(event, [pen.stamp("TC0", "10:00", "1")])
    assert rally.crew_state("1").next_control == "M0"
    rally.add(pen.stamp("M0", "10:15", "1"))
    assert rally.crew_state("1").next_control == "TC1"
    end = told(event, [pen.stamp("TC1", "10:40", "1")]).sheet("1").last
    assert next_control(look_ups.Road(event), end) is None
