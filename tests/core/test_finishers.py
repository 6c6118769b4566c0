"""Who is classified at the end, and from when on anybody is not."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.core.rallies import Pen, Road, at, crews, told
from timing.core.decisions import CancelStage, Retire, Role
from timing.core.event import Event
from timing.core.finishers import Finish
from timing.core.instant import MINUTE
from timing.core.itinerary import ControlKind
from timing.core.preset import FinisherRule
from timing.core.rally import Rally
from timing.core.readings import Heartbeat
from timing.core.records import Record
from timing.core.road import Road as Lookups
from timing.presets import load_preset


def road_of_four(rule: FinisherRule, share: Fraction = Fraction(0)) -> Event:
    """TC0 10:00, two stages of 10 and 30 km, TC1 between them, TC2, and TC3 that closes at 14:00."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.special("SS1", "10", length=10, split=False)
    road.put("TC1", ControlKind.TC, "40", target="1:00:00")
    road.special("SS2", "50", length=30, split=False)
    road.put("TC2", ControlKind.TC, "90", target="1:00:00")
    road.put("TC3", ControlKind.TC, "99", target="0:30:00")
    road.controls["TC3"] = replace(road.controls["TC3"], closes=at("14:00"))
    preset = replace(
        load_preset("FIA_STAGE"),
        finisher_rule=rule,
        finisher_share=share,
        missed_control=0,
        max_late_control=None,
        max_late_total=None,
    )
    return road.event(preset, crews("1", "2", "3"))


def drive(pen: Pen, car: str, *skipped: str) -> list[Record]:
    """A crew's whole way, without the places that it skips."""
    minute = int(car) - 1
    way = {
        "TC0": "10:0{}:10",
        "SS1.START": "10:1{}:00",
        "SS1.FF": "10:2{}:00",
        "TC1": "11:0{}:10",
        "SS2.START": "11:1{}:00",
        "SS2.FF": "11:3{}:00",
        "TC2": "12:0{}:10",
        "TC3": "12:3{}:10",
    }
    return [
        pen.stamp(place, clock.format(minute), car) for place, clock in way.items() if place not in skipped
    ]


def at_the_clock(pen: Pen, clock: str) -> Record:
    """A sign of life of some device that was received at a time of day."""
    return pen.record(Heartbeat(device="x", at=at(clock)), received=at(clock))


def status(rally: Rally, car: str) -> tuple[str, str, int | None]:
    row = rally.classification("overall").rows[car]
    return row.status, row.cause, row.rank


def test_a_crew_under_way_is_classified_until_the_final_control_has_closed() -> None:
    pen = Pen()
    rally = told(road_of_four(FinisherRule.FINAL_CONTROL), [*drive(pen, "1"), *drive(pen, "2", "TC2", "TC3")])
    rally.add(at_the_clock(pen, "13:59"))
    assert status(rally, "2")[:2] == ("CLASSIFIED", "")
    changes = rally.add(at_the_clock(pen, "14:00"))
    assert changes.standings
    assert status(rally, "2") == ("NOT_CLASSIFIED", "did not pass the final control TC3", None)
    assert status(rally, "1") == ("CLASSIFIED", "", 1)
    # A marshal's time that comes in late puts the crew back.
    rally.add(pen.stamp("TC3", "12:31:10", "2"))
    assert status(rally, "2")[0] == "CLASSIFIED"


def test_a_rally_that_runs_late_is_not_cut_off_at_the_printed_hour() -> None:
    pen = Pen()
    late = [pen.stamp("SS1.START", "13:20:00", "2"), pen.stamp("SS1.FF", "13:30:00", "2")]
    rally = told(
        road_of_four(FinisherRule.FINAL_CONTROL), [*drive(pen, "1"), *late, at_the_clock(pen, "14:20")]
    )
    assert status(rally, "2")[0] == "CLASSIFIED"
    rally.add(at_the_clock(pen, "14:30"))
    assert status(rally, "2")[0] == "NOT_CLASSIFIED"


def test_an_unsent_closing_hour_leaves_the_end_to_the_officials() -> None:
    event = road_of_four(FinisherRule.FINAL_CONTROL)
    controls = {c.id: replace(c, closes=None) for c in event.itinerary.controls.values()}
    event = replace(event, itinerary=replace(event.itinerary, controls=controls))
    pen = Pen()
    rally = told(event, [*drive(pen, "1"), *drive(pen, "2", "TC3"), at_the_clock(pen, "23:00")])
    assert status(rally, "2")[0] == "CLASSIFIED"
    rally.add(pen.rule(Retire("2", "TC2", "axle"), role=Role.CLERK))
    assert status(rally, "2") == ("RETIRED", "axle", None)


@pytest.mark.parametrize(
    ("skipped", "expected"),
    [
        ((), ""),
        (("TC1",), ""),  # three of four are two thirds and more
        (("TC1", "TC2"), "passed 2 of 4 controls, 2/3 needed"),
        (("TC3",), "did not pass the final control TC3"),
    ],
)
def test_two_thirds_of_the_controls_and_the_final_one(skipped: tuple[str, ...], expected: str) -> None:
    pen = Pen()
    event = road_of_four(FinisherRule.SHARE_OF_CONTROLS, Fraction(2, 3))
    rally = told(event, [*drive(pen, "1", *skipped), at_the_clock(pen, "15:00")])
    assert status(rally, "1")[:2] == ("NOT_CLASSIFIED" if expected else "CLASSIFIED", expected)


@pytest.mark.parametrize(
    ("skipped", "expected"),
    [
        (("SS1.START", "SS1.FF"), ""),
        (("SS2.START", "SS2.FF"), "drove 10.0 of 40.0 stage km, 1/2 needed"),
    ],
)
def test_half_of_the_stage_distance(skipped: tuple[str, ...], expected: str) -> None:
    pen = Pen()
    event = road_of_four(FinisherRule.SHARE_OF_DISTANCE, Fraction(1, 2))
    rally = told(event, drive(pen, "1", *skipped))
    # Seen at the final control, the rally is over for this crew, whoever is still under way.
    assert status(rally, "1")[:2] == ("NOT_CLASSIFIED" if expected else "CLASSIFIED", expected)


def test_an_arrival_that_costs_nothing_puts_a_crew_back_into_its_place() -> None:
    pen = Pen()
    rally = told(
        road_of_four(FinisherRule.FINAL_CONTROL), [*drive(pen, "1", "TC3"), at_the_clock(pen, "15:00")]
    )
    assert status(rally, "1")[0] == "NOT_CLASSIFIED"
    before = rally.sheet("1")
    rally.add(pen.stamp("TC3", "12:30:10", "1"))
    assert (rally.sheet("1").rows, rally.sheet("1").results) == (before.rows, before.results)
    assert status(rally, "1") == ("CLASSIFIED", "", 1)


def test_a_cancelled_stage_is_no_part_of_the_distance() -> None:
    pen = Pen()
    event = road_of_four(FinisherRule.SHARE_OF_DISTANCE, Fraction(1, 2))
    rally = told(event, drive(pen, "1", "SS2.START", "SS2.FF"))
    rally.add(pen.rule(CancelStage("SS2"), "red", Role.CLERK))
    assert status(rally, "1")[0] == "CLASSIFIED"


def test_a_control_that_counts_as_not_visited_does_not_help() -> None:
    """Behind the closing hour or over the lateness that is allowed is as good as not having been there."""
    pen = Pen()
    event = road_of_four(FinisherRule.SHARE_OF_CONTROLS, Fraction(2, 3))
    sheet = told(event, drive(pen, "1", "TC1")).sheet("1")
    finish = Finish(Lookups(event))
    assert finish.lacking(sheet) == ""
    assert finish.lacking(replace(sheet, missed=("TC1", "TC2"))) == "passed 2 of 4 controls, 2/3 needed"
    assert finish.lacking(replace(sheet, missed=("TC1", "TC3"))) == "did not pass the final control TC3"


def test_where_any_crew_is_classified_nobody_is_left_out() -> None:
    pen = Pen()
    rally = told(
        road_of_four(FinisherRule.ANY), [*drive(pen, "1", "TC1", "TC2", "TC3"), at_the_clock(pen, "20:00")]
    )
    assert status(rally, "1")[0] == "CLASSIFIED"


def test_the_rule_judges_the_whole_rally_and_no_leg() -> None:
    pen = Pen()
    rally = told(
        road_of_four(FinisherRule.FINAL_CONTROL), [*drive(pen, "1", "TC3"), at_the_clock(pen, "15:00")]
    )
    assert status(rally, "1")[0] == "NOT_CLASSIFIED"
    assert rally.classification("leg-1").rows["1"].rank == 1


def test_it_does_not_matter_when_the_clock_was_heard() -> None:
    pen = Pen()
    records = [*drive(pen, "1"), *drive(pen, "2", "TC3"), at_the_clock(pen, "15:00")]
    one_by_one = Rally(road_of_four(FinisherRule.FINAL_CONTROL))
    for record in reversed(records):
        one_by_one.add(record)
        one_by_one.classification("overall")
    assert at("15:00") - at("14:00") == 60 * MINUTE
    at_once = told(road_of_four(FinisherRule.FINAL_CONTROL), records)
    found = [dict(rally.classification("overall").rows.items()) for rally in (one_by_one, at_once)]
    assert found[0] == found[1]
    assert found[0]["2"].status == "NOT_CLASSIFIED"


def test_just_the_share_of_the_controls_is_enough() -> None:
    pen = Pen()
    event = road_of_four(FinisherRule.SHARE_OF_CONTROLS, Fraction(3, 4))
    rally = told(event, [*drive(pen, "1", "TC1"), *drive(pen, "2", "TC1", "TC2"), at_the_clock(pen, "15:00")])
    assert status(rally, "1")[:2] == ("CLASSIFIED", "")
    assert status(rally, "2")[:2] == ("NOT_CLASSIFIED", "passed 2 of 4 controls, 3/4 needed")


def test_just_the_share_of_the_stage_distance_is_enough() -> None:
    pen = Pen()
    quarter = road_of_four(FinisherRule.SHARE_OF_DISTANCE, Fraction(1, 4))
    records = [*drive(pen, "1", "SS2.START", "SS2.FF"), at_the_clock(pen, "15:00")]
    assert status(told(quarter, records), "1")[1] == ""
    more = road_of_four(FinisherRule.SHARE_OF_DISTANCE, Fraction(10_001, 40_000))
    assert status(told(more, records), "1")[1] == "drove 10.0 of 40.0 stage km, 10001/40000 needed"
