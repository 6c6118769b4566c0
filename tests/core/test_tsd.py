"""Time-speed-distance rallies: legs in hundredths of a minute or seconds, assigned out times, chains."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.core.rallies import Pen, Road, at, crews, everything, ranks, span, told
from timing.core.decisions import AllowTime, AssignStart, CancelStage, Role, SetTarget
from timing.core.event import Event
from timing.core.instant import MINUTE, Duration
from timing.core.itinerary import ControlKind, Stage, StageKind
from timing.core.preset import Preset
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.records import Record
from timing.core.regularity import TimedTest
from timing.core.results import ResultStatus, StageResult
from timing.folder_ideal import published
from timing.presets import load_preset

HUNDREDTH = load_preset("TSD_HUNDREDTH")
SECONDS = load_preset("TSD_SECOND")
UNIT = MINUTE // 100


def leg(rules: Preset, target: Duration) -> TimedTest:
    stage = Stage(
        id="LEG", order=0, leg=1, kind=StageKind.REG_TEST, name="", start="OUT", finish="IN", target=target
    )
    return TimedTest(stage, rules)


def test_3_and_a_quarter_miles_at_36_mph_are_printed_as_5_42_minutes() -> None:
    """PCA Alpine/Rocky Mountain TSD General Instructions part VII."""
    ideal = Fraction(325, 100) / 36 * 60 * MINUTE
    assert Fraction(541_666, 100_000) < ideal / MINUTE < Fraction(541_667, 100_000)
    assert published(ideal, UNIT) == 542 * UNIT


@pytest.mark.parametrize(
    ("into", "took", "points"),
    [
        ("10:17:25.2", 542, 0),
        ("10:17:25.79", 542, 0),
        ("10:17:30", 550, 8),
        ("10:17:12", 520, 22),
        ("10:24:00", 1200, 500),
    ],
)
def test_one_point_for_each_hundredth_of_a_minute_up_to_five_minutes(
    into: str, took: int, points: int
) -> None:
    """PCA Alpine/Rocky Mountain TSD General Instructions part VII: out 10:12:00, ideal 5.42."""
    found = leg(HUNDREDTH, 542 * UNIT).measure(at("10:12:00"), at(into))
    assert (found.time, found.deviation, found.points) == (took * UNIT, (took - 542) * UNIT, Decimal(points))


@pytest.mark.parametrize(
    ("into", "points"), [("10:17:25.9", 0), ("10:17:31", 6), ("10:17:20", 5), ("10:24:00", 300)]
)
def test_one_point_for_each_second(into: str, points: int) -> None:
    assert leg(SECONDS, span("5:25")).measure(at("10:12:00"), at(into)).points == points


def test_took_16_and_a_half_minutes_for_an_ideal_of_15_2_in_tenths_of_a_minute() -> None:
    """Toronto Autosport Club, rallymaster's notes 307: whole-minute controls, tenths scored."""
    tenths = replace(
        HUNDREDTH, test_resolution=MINUTE // 10, test_unit=MINUTE // 10, test_unit_points=Decimal("0.1")
    )
    found = leg(tenths, span("15:12")).measure(at("10:00:00"), at("10:16:30"))
    assert found.points == Decimal("1.3")


@pytest.mark.parametrize(
    ("into", "allowance", "points"),
    [("10:19:07.2", "1:30", 20), ("10:19:07.2", "2:30", 80), ("10:18:55.2", "1:30", 0)],
)
def test_a_time_allowance_is_taken_off_before_the_time_is_compared(
    into: str, allowance: str, points: int
) -> None:
    """Kitchener-Waterloo Rally Club: 1.7 late with 1.5 allowed, with 2.5; 1.5 late with 1.5."""
    found = leg(HUNDREDTH, 542 * UNIT).measure(at("10:12:00"), at(into), span(allowance))
    assert found.points == points


def test_an_exact_allowance_that_is_no_whole_unit_leaves_the_cut_as_it_is() -> None:
    found = leg(HUNDREDTH, 542 * UNIT).measure(at("10:12:00"), at("10:17:25.5"), 200_000)
    assert found.points == 1  # 325.5 s are 5.42, less 0.2 s are 5.41


# through a whole rally ----------------------------------------------------------------------------


def event(rules: Preset = HUNDREDTH, *, entries: Sequence[str] = ("1", "2", "3")) -> Event:
    """Two legs from restarts (5.42 and 6.00 min) and one chained to the second (4.00), then the end."""
    road = Road()
    road.put("START", ControlKind.TC, "0", first="10:00")
    road.put("R1", ControlKind.RESTART, "1", first="10:11")
    road.put("CP1", ControlKind.REG_TEST, "6", stage="T1")
    road.put("R2", ControlKind.RESTART, "7", first="10:30")
    road.put("CP2", ControlKind.REG_TEST, "12", stage="T2")
    road.put("CP3", ControlKind.REG_TEST, "16", stage="T3")
    road.put("TIMES", ControlKind.TIME_CHECK, "17")
    road.put("END", ControlKind.PASSAGE, "30")
    road.time("T1", StageKind.REG_TEST, "R1", "CP1", target="5:25.2")
    road.time("T2", StageKind.REG_TEST, "R2", "CP2", target="6:00")
    road.time("T3", StageKind.REG_TEST, "CP2", "CP3", target="4:00")
    return road.event(rules, crews(*entries))


def result(rally: Rally, stage: str, car: str = "1") -> StageResult:
    found = rally.stage_result(stage, car)
    assert found is not None
    return found


def shuffled(event: Event, records: Sequence[Record]) -> Rally:
    """A rally told in two orders of arrival, which must not matter."""
    mixed = list(records)
    random.Random(7).shuffle(mixed)
    rally = told(event, records)
    assert everything(told(event, mixed)) == everything(rally)
    return rally


def test_the_out_time_is_car_zeros_time_plus_the_cars_own_minute() -> None:
    """Cascade Geargrinders, Nervous, part 5."""
    pen = Pen()
    records = [
        pen.stamp("CP1", "10:16:25.2", "1"),
        pen.stamp("CP1", "10:17:30", "2"),
        pen.stamp("CP1", "10:18:12", "3"),
    ]
    rally = shuffled(event(), records)
    assert [result(rally, "T1", car).start for car in ("1", "2", "3")] == [
        at("10:11"),
        at("10:12"),
        at("10:13"),
    ]
    assert [result(rally, "T1", car).points for car in ("1", "2", "3")] == [0, 8, 22]
    assert ranks(rally) == {"1": 1, "2": 2, "3": 3}


def test_an_assigned_out_time_stands_instead_of_the_schedule() -> None:
    pen = Pen()
    records = [
        pen.stamp("CP1", "10:21:25.2", "1"),
        pen.rule(AssignStart("R1", "1", at("10:16:00")), role=Role.CLERK),
    ]
    rally = shuffled(event(), records)
    found = result(rally, "T1")
    assert (found.start, found.points, found.marks) == (at("10:16"), Decimal(0), ())


def test_a_leg_is_not_running_before_the_car_was_seen_though_its_out_time_is_known() -> None:
    rally = told(event(), [])
    assert rally.stage_results("T1") == {}
    pen = Pen()
    rally.add(pen.stamp("R1", "10:10:50", "1", source=Source.G))
    assert result(rally, "T1").status is ResultStatus.RUNNING


def test_a_checkpoint_not_seen_costs_a_thousand_and_each_leg_is_independent() -> None:
    """PCA Alpine/Rocky Mountain TSD General Instructions part VII."""
    pen = Pen()
    lines = (("START", "10:00:10"), ("CP2", "10:36:00"), ("CP3", "10:40:00"))
    records = [pen.stamp(line, clock, "1") for line, clock in lines]
    rally = shuffled(event(), records)
    assert [result(rally, stage).points for stage in ("T1", "T2", "T3")] == [1000, 0, 0]
    assert rally.classification("overall").rows["1"].total == 1000


def test_evansville_the_in_time_of_a_control_is_the_out_time_of_the_next_leg() -> None:
    """nwrally.org: CP2 target 5.00 at 10:17:06, +0.10; CP3 target 4.00 at 10:21:00 took 3.90, -0.10."""
    road = Road()
    road.put("START", ControlKind.TC, "0", first="10:00")
    for place in range(1, 4):
        road.put(f"CP{place}", ControlKind.REG_TEST, str(5 * place), stage=f"T{place}")
    road.time("T2", StageKind.REG_TEST, "CP1", "CP2", target="5:00")
    road.time("T3", StageKind.REG_TEST, "CP2", "CP3", target="4:00")
    pen = Pen()
    stamps = [
        pen.stamp(line, clock, "1")
        for line, clock in (("CP1", "10:12:00"), ("CP2", "10:17:06"), ("CP3", "10:21:00"))
    ]
    rally = shuffled(road.event(HUNDREDTH, crews("1")), stamps)
    assert [result(rally, stage).deviation for stage in ("T2", "T3")] == [10 * UNIT, -10 * UNIT]
    assert [result(rally, stage).points for stage in ("T2", "T3")] == [10, 10]


def test_a_leg_dropped_for_all_counts_for_nobody_and_gives_back_its_allowance() -> None:
    pen = Pen()
    records = [
        pen.stamp("START", "10:00:10", "1"),
        pen.stamp("CP1", "10:16:25.2", "1"),
        pen.stamp("CP2", "10:46:00", "1"),
        pen.rule(AllowTime("T1", "1", span("12:30"), declared_at=at("10:17")), role=Role.CLERK),
        pen.rule(AllowTime("T2", "1", span("9:30"), declared_at=at("10:37")), role=Role.CLERK),
    ]
    rally = told(event(), records)
    # 12.5 of 19.5 min are spent on the first leg: 6.5 are left.
    assert (result(rally, "T2").allowance, result(rally, "T2").points) == (span("6:30"), Decimal(350))
    rally.add(pen.rule(CancelStage("T1"), role=Role.CLERK))
    assert result(rally, "T1").status is ResultStatus.CANCELLED
    assert (result(rally, "T2").allowance, result(rally, "T2").points) == (span("9:30"), Decimal(50))
    assert rally.classification("overall").rows["1"].total == 50


def test_a_corrected_ideal_time_scores_a_leg_again_for_everybody() -> None:
    pen = Pen()
    records = [pen.stamp("CP1", "10:16:25.2", "1"), pen.stamp("CP1", "10:17:30", "2")]
    ruling = pen.rule(SetTarget("T1", span("5:30")), role=Role.CLERK)
    rally = shuffled(event(), [*records, ruling])
    assert [result(rally, "T1", car).points for car in ("1", "2")] == [8, 0]
    assert ranks(rally) == {"2": 1, "1": 2, "3": None}


def test_the_steps_to_a_legs_points_name_the_corrected_ideal_and_the_allowance() -> None:
    pen = Pen()
    records = [
        pen.stamp("CP1", "10:18:55.2", "1"),
        pen.rule(SetTarget("T1", span("5:30")), "ideal", role=Role.CLERK, text="the road was measured anew"),
        pen.rule(AllowTime("T1", "1", span("1:00"), declared_at=at("10:19")), "ta", role=Role.CLERK),
    ]
    steps = {step.what: step.value for step in told(event(), records).explain("T1", "1").steps}
    assert steps["ideal time at CP1 corrected by An Official: the road was measured anew"] == "5.50"
    assert steps["time, subtracted, then cut at 2 decimals of a minute"] == "7.92"
    assert steps["time allowance taken off"] == "-1.50"
    assert steps["against 5.50"] == "+0.92"
    assert steps["penalty points"] == "92"
    assert "asked 1:00 min: raised to the next step" in steps


def test_a_corrected_ideal_time_of_some_other_control_is_no_business_of_a_leg() -> None:
    pen = Pen()
    records = [pen.stamp("CP1", "10:16:25.2", "1")]
    stray = pen.rule(SetTarget("T1", span("5:30"), "CP2"), "stray", role=Role.CLERK)
    named = pen.rule(SetTarget("T1", span("5:30"), "CP1"), "named", role=Role.CLERK, clock="18:01")
    later = pen.rule(SetTarget("T1", span("5:36")), "later", role=Role.CLERK, clock="18:02")
    rally = shuffled(event(), [*records, stray])
    assert (result(rally, "T1").points, rally.target("T1")) == (Decimal(0), span("5:25.2"))
    rally.add(named)
    assert (result(rally, "T1").points, rally.target("T1")) == (Decimal(8), span("5:30"))
    rally.add(later)
    assert (result(rally, "T1").points, rally.target("T1")) == (Decimal(18), span("5:36"))
    assert rally.target("T2") == span("6:00")


def test_a_checkpoint_outside_its_printed_hours_counts_as_not_seen() -> None:
    printed = event()
    controls = dict(printed.itinerary.controls)
    controls["CP1"] = replace(controls["CP1"], opens=at("10:10"), closes=at("10:40"))
    opened = replace(printed, itinerary=replace(printed.itinerary, controls=controls))
    pen = Pen()
    records = [pen.stamp("CP1", "10:40:59.9", "1"), pen.stamp("CP1", "10:41:00", "2")]
    rally = shuffled(opened, records)
    assert [result(rally, "T1", car).points for car in ("1", "2")] == [500, 1000]
    assert result(rally, "T1", "2").reason == "CP1 was closed"
    undecided = told(replace(opened, preset=replace(HUNDREDTH, missed_line=None)), records)
    assert result(undecided, "T1", "2").status is ResultStatus.MISSING


def test_a_checkpoint_may_have_an_opening_time_alone() -> None:
    printed = event()
    controls = dict(printed.itinerary.controls)
    controls["CP1"] = replace(controls["CP1"], opens=at("10:17"))
    opened = replace(printed, itinerary=replace(printed.itinerary, controls=controls))
    pen = Pen()
    records = [pen.stamp("CP1", "10:16:59.9", "1"), pen.stamp("CP1", "10:17:30", "2")]
    rally = shuffled(opened, records)
    assert [result(rally, "T1", car).points for car in ("1", "2")] == [1000, 8]


def test_a_bulletin_lowers_the_cap_of_the_legs_behind_it_and_of_no_other() -> None:
    printed = event()
    order = printed.itinerary.controls["R2"].order
    changed = replace(printed, rules_from=((order, replace(HUNDREDTH, test_cap=100)),))
    pen = Pen()
    records = [pen.stamp("CP1", "10:24:00", "1"), pen.stamp("CP2", "10:44:00", "1")]
    rally = shuffled(changed, records)
    assert [result(rally, stage).points for stage in ("T1", "T2")] == [500, 100]
