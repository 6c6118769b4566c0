"""Regularity: the hundredths of the tests, the seconds of the average trials."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.core.rallies import Pen, Road, at, crews, regularity, span, told
from timing.core.decisions import CorrectTime, Penalise, SetNotional
from timing.core.event import Event
from timing.core.ideal_times import ideal_between
from timing.core.instant import SECOND
from timing.core.itinerary import ControlKind, StageKind
from timing.core.preset import Truncate
from timing.core.rally import Rally
from timing.core.results import ResultStatus, StageResult
from timing.presets import load_preset

HUNDREDTH = SECOND // 100


def result(rally: Rally, stage: str, car: str = "1") -> StageResult:
    found = rally.stage_result(stage, car)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("finish", "hundredths", "points"),
    [
        ("10:20:20.00", 0, 0),
        ("10:20:20.07", 7, 7),
        ("10:20:19.88", -12, 12),
        ("10:20:19.996", -1, 1),
        ("10:20:24.10", 410, 300),
    ],
)
def test_a_test_against_fifteen_seconds(finish: str, hundredths: int, points: int) -> None:
    pen = Pen()
    records = [pen.stamp("L0", "10:20:05.00", "1"), pen.stamp("L1", finish, "1")]
    found = result(told(regularity(), records), "PC1")
    assert (found.deviation, found.points) == (hundredths * HUNDREDTH, Decimal(points))
    assert found.status is ResultStatus.DONE


def test_a_crew_can_check_its_time_from_the_two_printed_slips() -> None:
    pen = Pen()
    records = [pen.stamp("L0", "10:20:05.009", "1"), pen.stamp("L1", "10:20:20.001", "1")]
    # The slips say 05.00 and 20.00; between the two instants are 14.992 s.
    slips = result(told(regularity(), records), "PC1")
    assert (slips.time, slips.points) == (span("15.00"), Decimal(0))
    elapsed = result(told(regularity(test_truncate=Truncate.ELAPSED), records), "PC1")
    assert (elapsed.time, elapsed.points) == (span("14.99"), Decimal(1))


def test_each_chained_test_starts_at_its_own_line() -> None:
    pen = Pen()
    lines = {"L0": "05.00", "L1": "20.07", "L2": "41.05", "L3": "52.98"}
    rally = told(regularity(), [pen.stamp(line, f"10:20:{second}", "1") for line, second in lines.items()])
    found = [result(rally, stage) for stage in ("PC1", "PC2", "PC3")]
    assert [r.deviation for r in found] == [7 * HUNDREDTH, -2 * HUNDREDTH, -7 * HUNDREDTH]
    assert [r.points for r in found] == [7, 2, 7]


def test_a_missing_middle_line_spoils_two_tests_and_waits_for_an_official() -> None:
    pen = Pen()
    lines = {"L0": "05.00", "L2": "41.05", "L3": "52.98"}
    records = [pen.stamp(line, f"10:20:{second}", "1") for line, second in lines.items()]
    rally = told(regularity(), [pen.stamp("TC0", "10:00", "1"), *records])
    assert [result(rally, s).status for s in ("PC1", "PC2", "PC3")] == ["MISSING", "MISSING", "DONE"]
    row = rally.classification("overall").rows["1"]
    assert (row.rank, row.complete, row.marks, row.stages_done) == (None, False, ("?",), 1)
    rally.add(pen.rule(CorrectTime("L1", "1", at("10:20:20.00"))))
    assert [result(rally, s).points for s in ("PC1", "PC2")] == [0, 5]
    assert result(rally, "PC1").marks == ("*",)
    assert rally.classification("overall").rows["1"].rank == 1


def test_a_penalty_of_an_official_stands_for_a_test_without_a_time() -> None:
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:00", "1"),
        pen.stamp("L0", "10:20:05", "1"),
        pen.stamp("L2", "10:20:41", "1"),
    ]
    rally = told(regularity(), records)
    rulings = [Penalise("1", "line", points=Decimal(300), stage=stage) for stage in ("PC1", "PC2")]
    rally.add_many([pen.rule(act, f"p{place}") for place, act in enumerate(rulings)])
    row = rally.classification("overall").rows["1"]
    assert (row.total, row.complete, row.stages_done) == (600, True, 2)


def test_a_missed_line_costs_what_the_regulations_say() -> None:
    pen = Pen()
    records = [pen.stamp("L0", "10:20:05", "1"), pen.stamp("L2", "10:20:41", "1")]
    found = result(told(regularity(missed_line=300), records), "PC1")
    assert (found.points, found.status) == (Decimal(300), ResultStatus.DONE)
    assert found.reason == "a line was missed"


@pytest.mark.parametrize("end", ["10:20:04.00", "10:20:05.00"])
def test_crossing_the_end_not_behind_the_start_is_held(end: str) -> None:
    pen = Pen()
    records = [
        pen.rule(CorrectTime("L0", "1", at("10:20:05.00"))),
        pen.rule(CorrectTime("L1", "1", at(end))),
    ]
    found = result(told(regularity(), records), "PC1")
    assert (found.status, found.rank) == (ResultStatus.HELD, None)


@pytest.mark.parametrize(
    ("took", "deviation", "points"),
    [("7:30.9", 0, 0), ("7:33.9", 3, 3), ("7:26.2", -4, 4), ("13:00", 330, 300)],
)
def test_an_average_trial_over_six_kilometres_at_48(took: str, deviation: int, points: int) -> None:
    pen = Pen()
    start = at("10:50:00.25")
    end = pen.stamp("M1", "10:59:00", "1", at=start + span(took))
    found = result(told(regularity(), [pen.stamp("M0", "10:50:00.25", "1"), end]), "PM1")
    assert (found.deviation, found.points) == (deviation * SECOND, Decimal(points))


def two_speeds() -> Event:
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("M0", ControlKind.AVG_TRIAL, "10", stage="PM", average=45)
    road.put("M1", ControlKind.AVG_TRIAL, "13.2", stage="PM", average=49)
    road.put("M2", ControlKind.AVG_TRIAL, "17.3", stage="PM")
    road.put("TC1", ControlKind.TC, "20", target="1:00:00")
    road.time("PM", StageKind.AVG_TRIAL, "M0", "M2", "M1")
    return road.event(load_preset("ACI_REGULARITY"), crews("1"))


def test_a_change_of_the_average_holds_from_its_point_on_and_stays_exact() -> None:
    itinerary = two_speeds().itinerary
    stage = itinerary.stages["PM"]
    ideal = ideal_between(itinerary, stage, "M0", "M2")
    assert ideal == Fraction(3200 * 3600, 45) * 1000 + Fraction(4100 * 3600, 49) * 1000
    assert int(ideal) == 557_224_489
    assert ideal_between(itinerary, stage, "M1", "M2") == Fraction(4100 * 3600, 49) * 1000
    assert ideal_between(itinerary, stage, "M2", "M1") is None


def test_each_point_of_a_trial_counts_against_the_ideal_from_its_start() -> None:
    pen = Pen()
    start = at("10:30:00")
    records = [
        pen.stamp("M0", "10:30:00", "1"),
        pen.stamp("M1", "10:30:00", "1", at=start + span("4:18.9")),
        pen.stamp("M2", "10:30:00", "1", at=start + span("9:15.1")),
    ]
    found = result(told(two_speeds(), records), "PM")
    # Ideal 256 s and 557.2 s, cut to 557: +2 and -2.
    assert [part.points for part in found.parts] == [2, 2]
    assert [part.deviation for part in found.parts] == [2 * SECOND, -2 * SECOND]
    assert (found.points, found.status) == (Decimal(4), ResultStatus.DONE)


def test_a_hidden_point_that_was_missed_waits_for_an_official_or_costs_its_price() -> None:
    pen = Pen()
    start = at("10:30:00")
    records = [pen.stamp("M0", "10:30:00", "1"), pen.stamp("M2", "10:30:00", "1", at=start + span("9:17.0"))]
    assert result(told(two_speeds(), records), "PM").status is ResultStatus.MISSING
    event = two_speeds()
    priced = replace(event, preset=replace(event.preset, missed_line=300))
    assert result(told(priced, records), "PM").points == 300


def test_a_notional_time_is_scored_like_a_driven_one() -> None:
    pen = Pen()
    records = [
        pen.rule(SetNotional("PC1", "1", span("15.05"))),
        pen.rule(SetNotional("PM1", "2", span("7:33"))),
    ]
    rally = told(regularity(), records)
    test, drive = result(rally, "PC1"), result(rally, "PM1", "2")
    assert (test.points, test.deviation, test.marks) == (Decimal(5), 5 * HUNDREDTH, ("N",))
    assert (drive.points, drive.deviation, drive.time) == (Decimal(3), 3 * SECOND, span("7:33"))
