"""Why a result is what it is: every step with the records it rests on."""

from decimal import Decimal

from tests.core.rallies import Pen, Road, at, crews, regularity, span, stage_rally, told
from timing.core.decisions import (
    AssignStart,
    CancelStage,
    CorrectTime,
    MarkSpurious,
    Penalise,
    Role,
    SetNotional,
)
from timing.core.itinerary import ControlKind, StageKind
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.results import Step
from timing.presets import load_preset


def flat(steps: tuple[Step, ...]) -> list[Step]:
    return [step for one in steps for step in (one, *flat(one.steps))]


def texts(rally: Rally, stage: str, car: str = "1") -> dict[str, str]:
    return {step.what: step.value for step in flat(rally.explain(stage, car).steps)}


def test_a_stage_time_is_told_from_raw_stamps_to_the_rank() -> None:
    pen = Pen()
    start = pen.stamp("SS1.START", "10:00:00", "1")
    finish = pen.stamp("SS1.FF", "10:06:17.3962", "1", channel="C1")
    second = pen.stamp("SS1.FF", "10:06:17.58", "1", channel="C1")
    hand = pen.stamp("SS1.FF", "10:06:17.60", "1", source=Source.H, device="hand")
    rally = told(stage_rally(), [start, finish, second, hand])
    told_ = texts(rally, "SS1")
    assert told_["assigned start at SS1.START by M"] == "10:00"
    assert told_["time at SS1.FF by source A, car by device"] == "10:06:17.396200"
    assert told_["finish - start"] == "6:17.396200"
    assert told_["time, subtracted, then cut at 1 decimals"] == "6:17.3"
    assert told_["rank on the stage"] == "1"
    named = {seq for step in flat(rally.explain("SS1", "1").steps) for seq in step.records}
    assert named == {r.seq for r in (start, finish, second, hand)}
    assert any("DUPLICATE_EDGE" in what for what in told_)
    assert "stamp of hand, ASSIGNED: A goes before it here" in told_


def test_discarded_stamps_are_told_with_their_reason() -> None:
    pen = Pen()
    early = pen.stamp("SS1.FF", "09:30:00", "1")
    false = pen.stamp("SS1.FF", "10:05:00", "1")
    records = [early, false, pen.stamp("SS1.START", "10:00:00", "1"), pen.stamp("SS1.FF", "10:06:00", "1")]
    rally = told(stage_rally(), [*records, pen.rule(MarkSpurious(false.key))])
    told_ = texts(rally, "SS1")
    assert "stamp of A-SS1.FF, OUTSIDE_WINDOW: before the car started SS1" in told_


def test_a_test_is_told_down_to_its_points() -> None:
    pen = Pen()
    records = [
        pen.stamp("L0", "10:20:05.00", "1"),
        pen.stamp("L1", "10:20:19.88", "1"),
        pen.rule(Penalise("1", "stopped in the zone", points=Decimal(100), stage="PC1"), role=Role.CLERK),
    ]
    told_ = texts(told(regularity(), records), "PC1")
    assert told_["time, both readings cut, then subtracted at 2 decimals"] == "0:14.88"
    assert told_["against 0:15.00"] == "-0.12"
    assert told_["penalty points"] == "12"
    assert told_["penalty: stopped in the zone"] == "100"


def test_an_average_trial_is_told_point_by_point() -> None:
    pen = Pen()
    records = [pen.stamp("M0", "10:50:00", "1"), pen.stamp("M1", "10:57:33.9", "1")]
    told_ = texts(told(regularity(), records), "PM1")
    assert told_["point M1"] == "+3 = 3"


def test_rulings_are_told_with_their_author() -> None:
    pen = Pen()
    records = [
        pen.rule(CorrectTime("SS1.FF", "1", at("10:06:00")), "fix"),
        pen.rule(SetNotional("SS1", "1", span("6:12")), "scratch", Role.CLERK, text="road blocked"),
        pen.rule(CancelStage("SS1"), "off", Role.CLERK, text="no ambulance"),
    ]
    told_ = texts(told(stage_rally(), records), "SS1")
    assert told_["time at SS1.FF by the Official Timekeeper (D/fix)"] == "10:06"
    assert told_["notional time by An Official"] == "road blocked"
    assert told_["the stage is cancelled"] == "no ambulance"


def test_what_is_lacking_is_told() -> None:
    pen = Pen()
    rally = told(stage_rally(), [pen.stamp("SS3.S1", "33:08:00", "1"), pen.stamp("TC5", "33:40:00", "1")])
    told_ = texts(rally, "SS3")
    assert told_["assumed start, by the schedule"] == "09:03"
    assert "no time at SS3.FF" in told_
    assert told_["MISSING"] == "no finish time, and the car was seen later"
    assert "no start time at SS1.START" in texts(rally, "SS1")


def test_an_out_time_that_nobody_stamped_is_told_with_the_schedule_it_comes_from() -> None:
    road, pen = Road(), Pen()
    road.put("R1", ControlKind.RESTART, "1", first="10:00")
    road.put("CP1", ControlKind.REG_TEST, "6", stage="T1")
    road.put("BARN", ControlKind.SELF_START, "8")
    road.put("CP2", ControlKind.REG_TEST, "10", stage="T2")
    road.time("T1", StageKind.REG_TEST, "R1", "CP1", target="5:25.2")
    road.time("T2", StageKind.REG_TEST, "BARN", "CP2", target="4:00")
    event = road.event(load_preset("TSD_HUNDREDTH"), crews("1", "2"))
    records = [
        pen.stamp("CP1", "10:06:25.2", "2"),
        pen.stamp("BARN", "10:20:02", "2"),
        pen.stamp("CP2", "10:24:00", "2"),
    ]
    rally = told(event, records)
    first, second = (texts(rally, stage, "2") for stage in ("T1", "T2"))
    assert first["out time at R1 by the schedule"] == "10:01"
    assert second["time at BARN by source A, car by device"] == "10:20:02.000000"
    assert second["the crew's own start, at the whole minute"] == "10:20"
    assert not any(what.startswith("no time") for what in {**first, **second})
    rally.add(pen.rule(AssignStart("R1", "2", at("10:02")), "moved"))
    assert texts(rally, "T1", "2")["start at R1 assigned by an official"] == "10:02"
