"""Look-ups over the itinerary."""

from dataclasses import replace

from tests.core.rallies import at, crews, regularity, span, stage_rally
from timing.core.instant import MINUTE, SECOND
from timing.core.itinerary import ControlKind
from timing.core.readings import Source
from timing.core.road import Road, family
from timing.presets import load_preset


def test_each_stage_knows_the_arrival_control_before_it() -> None:
    assert Road(stage_rally()).arrival_control == {"SS1": "TC1", "SS2": "TC2", "SS3": "TC4"}


def test_the_control_before_is_one_that_records_every_car() -> None:
    road = Road(stage_rally())
    before = {c.id: (p.id if (p := road.previous(c.id)) else None) for c in road.controls}
    assert before["TC2"] == "SS1.FF"
    assert before["TC3"] == "SS2.FF"
    assert before["TC4"] is None


def test_a_leg_opens_a_quarter_of_an_hour_before_its_first_car_and_a_tour_with_the_day() -> None:
    assert Road(stage_rally()).opens[1] == at("09:25")
    tour = replace(regularity(), preset=load_preset("TOUR"))
    assert Road(tour).opens[1] == at("00:00")


def test_precedence_goes_by_kind_then_by_family_then_by_the_default() -> None:
    road = Road(stage_rally())
    assert road.precedence["TC1"] == ("M", "G", "A", "B", "H")
    assert road.precedence["SS1.FF"] == ("A", "B", "H", "G", "M")
    assert (family(ControlKind.REGROUP_IN), family(ControlKind.SECRET)) == ("TC", "PASSAGE")
    bare = Road(stage_rally(precedence={}, source_tolerance={}))
    assert bare.precedence["TC1"][0] is Source.M
    assert bare.precedence["SS1.FF"][0] is Source.A
    assert (bare.tolerance["TC1"], bare.tolerance["SS1.FF"]) == (MINUTE, 50_000)


def test_travel_goes_by_target_average_or_kilometres() -> None:
    road = Road(regularity())
    by_id = road.by_id
    test = road.travel(by_id["L0"], by_id["L1"])
    assert (test.least, test.usual, test.most) == (span("7.5"), span("15"), span("1:00"))
    assert road.travel(by_id["M0"], by_id["M1"]).usual == span("7:30")
    assert road.travel(by_id["TC0"], by_id["L0"]).usual == 8000 * 3600 * SECOND // 50_000
    assert road.travel(by_id["TC0"], by_id["L0"]) is road.travel(by_id["TC0"], by_id["L0"])
    stages = Road(stage_rally())
    fast = stages.travel(stages.by_id["SS1.START"], stages.by_id["SS1.FF"])
    assert fast.least == span("3:00")
    section = stages.travel(stages.by_id["TC0"], stages.by_id["TC1"])
    assert section.usual == span("17:00")


def test_without_kilometres_anything_within_half_a_day_is_possible() -> None:
    event = regularity()
    controls = {i: replace(c, metres=None) for i, c in event.itinerary.controls.items()}
    road = Road(replace(event, itinerary=replace(event.itinerary, controls=controls)))
    assert road.travel(controls["TC0"], controls["CT1"]).least == 0


def test_a_printed_time_belongs_to_the_first_car_and_moves_with_the_start_order() -> None:
    event = stage_rally(crews("1", "2"))
    road = Road(event)
    second = event.entries.by_number["2"]
    assert road.scheduled(road.by_id["TC0"], second) == at("09:41")
    assert road.scheduled(road.by_id["TC1"], second) is None
