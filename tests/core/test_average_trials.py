"""Average trials: averages by category, points measured from the one before, pauses, corrected ideals."""

import random
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.core.rallies import Pen, Road, at, crews, everything, span, told
from timing.core.decisions import CorrectTime, Role, SetNotional, SetTarget, Withdraw
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.itinerary import ControlKind, StageKind
from timing.core.preset import Preset
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import ResultStatus, StageResult
from timing.presets import load_preset

ACI = load_preset("ACI_REGULARITY")
UK = load_preset("MSUK_HISTORIC_ROAD")


def trial(
    preset: Preset = ACI, entries: EntryList | None = None, averages: Mapping[str, Fraction] | None = None
) -> Event:
    """A trial of three points 6 km apart at 48 km/h: 450 s from each to the next."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    for place in range(4):
        road.put(f"M{place}", ControlKind.AVG_TRIAL, str(10 + 6 * place), stage="PM", average=48)
    road.put("TC1", ControlKind.TC, "40", target="2:00:00")
    road.time("PM", StageKind.AVG_TRIAL, "M0", "M3", "M1", "M2")
    if averages is not None:
        road.controls["M0"] = replace(road.controls["M0"], average=None, averages=averages)
        for name in ("M1", "M2", "M3"):
            road.controls[name] = replace(road.controls[name], average=None)
    return road.event(preset, entries or crews("1"))


def drive(pen: Pen, car: str, start: str, *taken: str, points: str = "123") -> list[Record]:
    """Stamps at the start and, so long after it, at the points."""
    begin = at(start)
    stamps = [pen.stamp("M0", start, car)]
    stamps += [
        pen.stamp(f"M{name}", start, car, at=begin + span(time))
        for name, time in zip(points, taken, strict=True)
    ]
    return stamps


def result(rally: Rally, car: str = "1") -> StageResult:
    found = rally.stage_result("PM", car)
    assert found is not None
    return found


def test_the_average_is_that_of_the_crews_category() -> None:
    """Rallye Monte-Carlo Historique: low, middle and high averages by year and engine size."""
    entries = crews("1", "2", "3")
    listed = {
        car: replace(entry, category=category)
        for (car, entry), category in zip(
            entries.by_number.items(), ("low", "high", "unknown to the table"), strict=True
        )
    }
    averages = {"low": Fraction(45), "high": Fraction(50)}
    event = trial(entries=EntryList(listed), averages=averages)
    pen = Pen()
    # 6 km at 45 km/h take 480 s, at 50 km/h 432 s.
    records: list[Record] = []
    for car, start in (("1", "10:30:00"), ("2", "10:31:00"), ("3", "10:32:00")):
        records += drive(pen, car, start, "8:02", points="1")
    rally = told(event, records)
    first = {car: result(rally, car).parts[0] for car in ("1", "2", "3")}
    assert [first[car].deviation for car in ("1", "2")] == [2 * SECOND, 50 * SECOND]
    assert [first[car].ideal for car in ("1", "2")] == [480 * SECOND, 432 * SECOND]
    assert (first["3"].ideal, first["3"].points) == (None, None)
    # A crew without an average of its own has missed nothing: an official decides, whatever a line costs.
    priced = replace(event, preset=replace(ACI, missed_line=300))
    end = pen.stamp("M3", "11:00:00", "3")
    lost = result(told(priced, [*records, end]), "3")
    assert (lost.status, lost.points, lost.reason) == (
        ResultStatus.MISSING,
        None,
        "no ideal time is known",
    )


@pytest.mark.parametrize(("second", "points"), [(0, 0), (7, 7), (-7, 7), (60, 60), (83, 60), (-83, 83)])
def test_uk_regularity_seconds_early_or_late_with_late_capped_at_sixty(second: int, points: int) -> None:
    """Motorsport UK NCR 2026 p464."""
    begin = at("10:30:00")
    pen = Pen()
    records = [
        pen.stamp("M0", "10:30:00", "1"),
        pen.stamp("M1", "10:30:00", "1", at=begin + (450 + second) * SECOND + 999_999),
    ]
    part = result(told(trial(UK), records)).parts[0]
    assert (part.deviation, part.points) == (second * SECOND, Decimal(points))


def test_uk_each_control_is_measured_from_the_preceding_ones_arrival() -> None:
    """Motorsport UK NCR 2026 p453 6.4: being late once costs once."""
    pen = Pen()
    records = drive(pen, "1", "10:30:00", "7:40", "15:10", "22:35")
    random.Random(1).shuffle(records)
    british = result(told(trial(UK), records))
    assert [part.points for part in british.parts] == [10, 0, 5]
    assert british.points == 15
    italian = result(told(trial(), records))
    assert [part.points for part in italian.parts] == [10, 10, 5]


def test_uk_a_control_passed_by_is_not_charged_again_at_the_next_one() -> None:
    pen = Pen()
    records = drive(pen, "1", "10:30:00", "7:40", "22:42", points="13")
    priced = replace(UK, missed_line=60)
    found = result(told(trial(priced), records))
    # From the first point to the third 900 s are ideal; it took 902.
    assert [part.points for part in found.parts] == [10, None, 2]
    assert (found.points, found.status) == (Decimal(72), ResultStatus.DONE)


def test_uk_a_regularity_control_not_visited_is_a_missed_control() -> None:
    """Motorsport UK NCR 2026 p464: 1 minute or 1 fail."""
    pen = Pen()
    records = [pen.stamp("TC0", "10:00", "1"), *drive(pen, "1", "10:30:00", "7:40", "22:42", points="13")]
    rally = told(trial(UK), records)
    assert (result(rally).points, result(rally).status) == (Decimal(12), ResultStatus.DONE)
    (row,) = rally.crew_state("1").penalties
    assert (row.rule, row.control, row.amount) == ("missed control", "M2", 60 * SECOND)
    assert rally.classification("overall").rows["1"].total == 72 * SECOND
    fails = told(trial(replace(UK, fails=True)), records)
    standing = fails.classification("overall").rows["1"]
    assert (standing.fails, standing.total) == (1, 12 * SECOND)
    ruled = pen.rule(CorrectTime("M2", "1", at("10:45:15")))
    rally.add(ruled)
    assert [part.points for part in result(rally).parts] == [10, 5, 3]
    assert rally.crew_state("1").penalties == ()


def test_without_a_time_at_its_start_no_point_of_an_italian_trial_can_be_measured() -> None:
    pen = Pen()
    records = drive(pen, "1", "10:30:00", "7:40", "15:10", "22:35")[1:]
    lost = result(told(trial(), records))
    assert [part.points for part in lost.parts] == [None, None, None]
    assert (lost.status, lost.points) == (ResultStatus.MISSING, None)
    priced = replace(ACI, missed_line=300)
    assert result(told(trial(priced), records)).points == 900
    british = result(told(trial(UK), records))
    assert [part.points for part in british.parts] == [None, 0, 5]


def test_the_time_of_a_trial_is_that_from_its_start_to_its_end_cut_to_seconds() -> None:
    pen = Pen()
    records = drive(pen, "1", "10:30:00", "7:40", "15:10", "22:35.99")
    for rules in (ACI, UK):
        found = result(told(trial(rules), records))
        assert (found.time, found.deviation) == (
            span("22:35"),
            {"preceding": -5, "start": 5}[rules.avg_origin] * SECOND,
        )


def test_seconds_of_a_uk_regularity_are_seconds_of_the_total() -> None:
    pen = Pen()
    rally = told(
        trial(UK), [pen.stamp("TC0", "10:00", "1"), *drive(pen, "1", "10:30:00", "7:40", "15:10", "22:35")]
    )
    assert rally.classification("overall").rows["1"].total == 15 * SECOND


def test_a_corrected_ideal_time_moves_every_crew_and_goes_back_when_it_is_withdrawn() -> None:
    pen = Pen()
    event = trial(entries=crews("1", "2"))
    drives = [
        *drive(pen, "1", "10:30:00", "7:40", "15:10", "22:35"),
        *drive(pen, "2", "10:31:00", "7:30", "15:00", "22:30"),
    ]
    rulings = [
        pen.rule(SetTarget("PM", span("7:40"), "M1"), "ideal", Role.CLERK),
        pen.rule(SetTarget("PM", span("22:35")), "end", Role.CLERK),
    ]
    plain = told(event, drives)
    before = everything(plain)
    moved = plain.add(rulings[0])
    plain.add(rulings[1])
    assert moved.stages == {"PM"}
    assert moved.cars == {"1", "2"}
    assert [part.points for part in result(plain, "1").parts] == [0, 10, 0]
    assert [part.points for part in result(plain, "2").parts] == [10, 0, 5]
    records = [*drives, *rulings]
    random.Random(4).shuffle(records)
    assert everything(told(event, records))["stages"] == everything(plain)["stages"]
    plain.add_many(
        [
            pen.rule(Withdraw("ideal"), "back", Role.CLERK),
            pen.rule(Withdraw("end"), "back2", Role.CLERK),
        ]
    )
    assert everything(plain)["stages"] == before["stages"]


def test_uk_a_corrected_ideal_time_counts_from_the_preceding_control() -> None:
    pen = Pen()
    records = drive(pen, "1", "10:30:00", "7:40", "15:10", "22:40")
    ruling = pen.rule(SetTarget("PM", span("7:32"), "M2"), "ideal", Role.CLERK)
    found = result(told(trial(UK), [*records, ruling]))
    assert [part.points for part in found.parts] == [10, 2, 0]


@pytest.mark.parametrize("point", ["10:29:00", "10:30:00"])
def test_a_point_not_behind_the_one_it_is_measured_from_is_held(point: str) -> None:
    pen = Pen()
    records = [
        pen.rule(CorrectTime("M0", "1", at("10:30:00"))),
        pen.rule(CorrectTime("M1", "1", at(point))),
    ]
    found = result(told(trial(), records))
    assert (found.status, found.marks) == (ResultStatus.HELD, ("*", "?"))
    assert found.reason == "a point was passed before the one that it is measured from"


def test_a_trial_runs_from_its_first_time_on_and_is_done_with_its_last() -> None:
    pen = Pen()
    start, first, second, third = drive(pen, "1", "10:30:00", "7:30", "15:00", "22:30")
    assert told(trial(), []).stage_results("PM") == {}
    for known in ([start], [first], [start, first, second]):
        running = result(told(trial(), known))
        assert (running.status, running.reason) == (ResultStatus.RUNNING, "")
    assert result(told(trial(), [start, first, second, third])).status is ResultStatus.DONE


def test_a_notional_time_stands_for_the_whole_trial() -> None:
    pen = Pen()
    records = [
        *drive(pen, "1", "10:30:00", "7:40", points="1"),
        pen.rule(SetNotional("PM", "1", span("22:33"))),
    ]
    found = result(told(trial(), records))
    assert (found.points, found.parts, found.marks) == (Decimal(3), (), ("N",))


def test_uk_a_crew_that_starts_itself_does_so_at_a_whole_minute() -> None:
    """thewintertrial.nl: the logger starts at a whole minute, within 50 m of the point."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("M0", ControlKind.SELF_START, "10", stage="PM", average=48)
    for place in (1, 2, 3):
        road.put(f"M{place}", ControlKind.AVG_TRIAL, str(10 + 6 * place), stage="PM")
    road.time("PM", StageKind.AVG_TRIAL, "M0", "M3", "M1", "M2")
    pen = Pen()
    records = drive(pen, "1", "10:30:03", "7:30", "14:57", "22:27")
    found = result(told(road.event(UK, crews("1")), records))
    assert found.start == at("10:30:00")
    # 453 s from the whole minute, then 447 and 450 from point to point.
    assert [part.points for part in found.parts] == [3, 3, 0]
