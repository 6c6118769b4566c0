"""Why a fixed penalty or a held time is due can be read from numbers in its derivation."""

from dataclasses import replace

import pytest

from tests.core.rallies import Pen, at, regularity, stage_rally, told
from tests.core.test_visits import road_rally, to_the_end
from timing.core.decisions import CorrectTime, ExtendLateness, Role
from timing.core.derivation import Derivation, recompute
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.preset import OtlEffect
from timing.core.rally import Rally
from timing.core.results import ResultStatus


def late_rally(**rules: object) -> Event:
    made = regularity()
    return replace(made, preset=replace(made.preset, **rules))  # type: ignore[arg-type]


def row(rally: Rally, rule: str, control: str) -> Derivation:
    rows = rally.derivations_of_penalties("1")
    (found,) = [each for each in rows if (each.rule, each.subject) == (rule.upper(), control)]
    assert found.value is None or recompute(found) == found.value
    return found


@pytest.mark.parametrize("effect", [OtlEffect.POINTS, OtlEffect.NOT_VISITED])
def test_lateness_over_a_limit_says_by_how_much(effect: OtlEffect) -> None:
    pen = Pen()
    event = late_rally(max_late_control=15, otl_effect=effect, otl_points=1000)
    records = [pen.stamp("TC0", "10:00:20", "1"), pen.stamp("TC1", "11:05:10", "1")]
    records.append(pen.stamp("TC2", "12:06:00", "1"))
    rule = "over lateness" if effect is OtlEffect.POINTS else "missed control"
    found = row(told(event, records), rule, "TC1")
    assert (found.named("minutes late here"), found.named("allowed")) == (20, 15)
    assert found.named("minutes beyond the limit") == 5
    assert found.value == (1000 if effect is OtlEffect.POINTS else found.named("price"))


def test_an_extended_limit_of_lateness_is_the_one_that_is_named() -> None:
    pen = Pen()
    event = late_rally(max_late_total=10, otl_effect=OtlEffect.POINTS, otl_points=1000)
    records = [pen.stamp("TC0", "10:00:20", "1"), pen.stamp("TC1", "11:05:10", "1")]
    records.append(pen.rule(ExtendLateness("TC1", max_late_total=18), role=Role.CLERK))
    found = row(told(event, records), "over lateness", "TC1")
    assert (found.named("minutes late in all"), found.named("allowed")) == (20, 18)


def test_a_missed_control_says_how_far_on_the_crew_was_seen() -> None:
    pen = Pen()
    records = [pen.stamp("TC0", "10:00:20", "1"), pen.stamp("L0", "10:20:00", "1")]
    records.append(pen.stamp("TC1", "10:45:10", "1"))
    found = row(told(regularity(), records), "missed control", "CT1")
    assert found.named("controls further on") == 1
    assert records[-1].seq in found.records


def test_a_control_visited_twice_says_how_long_after_the_first_time() -> None:
    pen = Pen()
    records = to_the_end(pen, "CT", "CODE", "HIDDEN", "MTC", "TC1")
    rally = told(road_rally(), [*records, pen.stamp("CT", "10:09:00", "1"), pen.stamp("CT", "10:11:00", "1")])
    found = row(rally, "visited twice", "CT")
    assert (found.named("first passing"), found.named("later passing")) == (at("10:07:00"), at("10:09:00"))
    assert found.named("apart") == 120 * SECOND
    assert found.named("beyond one passing") == 120 * SECOND - rally.event.preset.pass_gap


def test_a_time_that_nobody_can_drive_says_how_long_a_car_needs_at_least() -> None:
    pen = Pen()
    event = stage_rally()
    records = [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:01:30", "1"),
    ]
    rally = told(event, records)
    assert rally.sheet("1").results["SS1"].status is ResultStatus.HELD
    found = rally.derivation("SS1", "1")
    limit = event.preset.fastest_average_kmh
    assert (found.named("length in metres"), found.named("fastest average in km/h")) == (10_000, limit)
    needed = found.named("microseconds needed at least")
    assert needed == -(-10_000 * 3600 * SECOND // (limit * 1000))
    assert found.value == recompute(found) == 90 * SECOND < needed


def test_a_test_whose_lines_were_crossed_the_wrong_way_round_shows_both_instants() -> None:
    pen = Pen()
    ends = [
        pen.rule(CorrectTime("L0", "1", at("10:20:06"))),
        pen.rule(CorrectTime("L1", "1", at("10:20:05"))),
    ]
    rally = told(regularity(), ends)
    assert rally.sheet("1").results["PC1"].status is ResultStatus.HELD
    found = rally.derivation("PC1", "1")
    assert (found.named("start"), found.named("finish")) == (at("10:20:06"), at("10:20:05"))
    assert (found.named("elapsed"), found.value) == (-SECOND, None)
