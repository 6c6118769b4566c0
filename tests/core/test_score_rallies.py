"""Rallies of scores and of coefficients, from stamps to the list, in any order of arrival."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.core.rallies import Pen, at, crews, everything, ranks, regularity, span, stage_rally, told
from tests.core.test_average_trials import trial
from timing.core.decisions import CorrectTime, Penalise, Role, SetNotional
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.preset import Better, CoefficientMode, CoefficientSource, Preset, Unit
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import ResultStatus, StageResult
from timing.core.stage_amounts import stage_amount
from timing.presets import load_preset

TABLE = tuple(Decimal(score) for score in (420, 395, 370, 345, 320, 295, 270, 245, 0))
MILLE_MIGLIA = replace(load_preset("MILLE_MIGLIA"), score_table=TABLE)
LINES = ("L0", "L1", "L2", "L3")


def entered(coefficients: Mapping[str, str], years: Mapping[str, int] | None = None) -> EntryList:
    listed = crews(*coefficients).by_number
    return EntryList(
        {
            car: replace(
                entry,
                coefficient=Decimal(coefficients[car]) if coefficients[car] else None,
                year=(years or {}).get(car, entry.year),
            )
            for car, entry in listed.items()
        }
    )


def mille_miglia(**changes: object) -> Event:
    """The OM Superba of 1927 (car 1) and the Fiat 750 GT Zagato of 1957 (car 2)."""
    event = regularity(entered({"1": "1.80", "2": "1.25"}))
    return replace(event, preset=replace(MILLE_MIGLIA, **changes))  # type: ignore[arg-type]


def chain(pen: Pen, car: str, minute: int, *off: int) -> list[Record]:
    """A crew on the chained tests of 15, 21 and 12 s, each so many hundredths of a second late."""
    records = [pen.stamp("TC0", f"10:{int(car) - 1:02d}:10", car)]
    second = 500
    for line, (target, late) in zip(
        LINES, ((0, 0), *zip((1500, 2100, 1200), off, strict=False)), strict=False
    ):
        second += target + late
        records.append(pen.stamp(line, f"10:{minute}:{second // 100:02d}.{second % 100:02d}", car))
    return records


def shuffled(event: Event, records: Sequence[Record]) -> Rally:
    mixed = list(records)
    random.Random(11).shuffle(mixed)
    rally = told(event, records)
    assert everything(told(event, mixed)) == everything(rally)
    return rally


def result(rally: Rally, stage: str, car: str) -> StageResult:
    found = rally.stage_result(stage, car)
    assert found is not None
    return found


def score(rally: Rally, stage: str, car: str) -> str:
    event = rally.event
    found = result(rally, stage, car)
    amount = stage_amount(event.itinerary.stages[stage], found, event.entries.by_number[car], event.preset)
    return str(amount)


def test_one_penalty_in_the_om_superba_beats_none_in_the_fiat_on_the_test_and_in_the_list() -> None:
    """Gazzetta dello Sport, 18 May 2017: 420 for 0 penalties, 395 for 1; coefficients 1.80 and 1.25."""
    pen = Pen()
    rally = shuffled(mille_miglia(), [*chain(pen, "1", 20, 1), *chain(pen, "2", 21, 0)])
    assert [score(rally, "PC1", car) for car in ("1", "2")] == ["711.00", "525.00"]
    assert [result(rally, "PC1", car).rank for car in ("1", "2")] == [1, 2]
    assert result(rally, "PC1", "2").gap == Decimal("186.00")
    rows = rally.classification("overall").rows
    assert [str(rows[car].total) for car in ("1", "2")] == ["711.00", "525.00"]
    assert (rows["1"].rank, rows["2"].rank, rows["2"].gap) == (1, 2, Decimal("186.00"))


def test_a_perfect_test_of_the_om_superba_is_756() -> None:
    pen = Pen()
    assert score(told(mille_miglia(), chain(pen, "1", 20, 0)), "PC1", "1") == "756.00"


def test_three_minutes_late_at_a_time_control_take_away_three_hundred() -> None:
    pen = Pen()
    records = [
        *chain(pen, "1", 20, 0, 0, 0),
        pen.stamp("TC1", "10:48:59", "1"),
        pen.stamp("CT1", "10:30", "1"),
    ]
    rally = shuffled(mille_miglia(), records)
    row = rally.classification("overall").rows["1"]
    assert (row.penalties, row.total) == (300, 3 * 756 - 300)


def test_a_missed_line_scores_nothing_and_spoils_both_tests_of_the_chain() -> None:
    pen = Pen()
    records = [record for record in chain(pen, "1", 20, 0, 0, 0) if "L1" not in record.key]
    rally = shuffled(mille_miglia(), records)
    assert [score(rally, stage, "1") for stage in ("PC1", "PC2", "PC3")] == ["0.00", "0.00", "756.00"]
    row = rally.classification("overall").rows["1"]
    assert (row.total, row.stages_done, row.complete) == (756, 3, True)


def test_a_missed_line_may_still_score_what_the_regulations_say() -> None:
    pen = Pen()
    records = [record for record in chain(pen, "1", 20, 0, 0, 0) if "L1" not in record.key]
    rally = shuffled(mille_miglia(missed_line=10), records)
    assert [score(rally, stage, "1") for stage in ("PC1", "PC2", "PC3")] == ["18.00", "18.00", "756.00"]


def test_without_a_score_table_for_trials_an_official_gives_the_score() -> None:
    pen = Pen()
    records = [
        *chain(pen, "1", 20, 0, 0, 0),
        pen.stamp("TC1", "10:45:30", "1"),
        pen.stamp("CT1", "10:30", "1"),
        pen.stamp("M0", "10:50:00", "1"),
        pen.stamp("M1", "10:57:33", "1"),
    ]
    rally = shuffled(mille_miglia(), records)
    open_ = result(rally, "PM1", "1")
    assert (open_.status, open_.marks, open_.reason) == (
        ResultStatus.MISSING,
        ("?",),
        "no score table for such a test",
    )
    assert rally.classification("overall").rows["1"].rank is None
    rally.add(pen.rule(SetNotional("PM1", "1", points=Decimal(350)), role=Role.CLERK))
    assert score(rally, "PM1", "1") == "630.00"
    assert rally.classification("overall").rows["1"].rank == 1
    tabled = mille_miglia(avg_score_table=tuple(Decimal(n) for n in (400, 300, 200, 100, 0)))
    assert score(told(tabled, records), "PM1", "1") == "180.00"


def test_each_point_of_a_trial_scores_by_itself_and_a_missed_one_scores_nothing() -> None:
    rules = replace(MILLE_MIGLIA, avg_score_table=tuple(Decimal(n) for n in (100, 60, 30, 10, 0)))
    event = trial(rules, entered({"1": "1.80"}))
    pen = Pen()
    begin = at("10:30:00")
    ends = (("M1", "7:30"), ("M2", "15:02"), ("M3", "22:31"))
    points = [pen.stamp(name, "10:30", "1", at=begin + span(took)) for name, took in ends]
    start = pen.stamp("M0", "10:30:00", "1")
    assert score(shuffled(event, [start, *points]), "PM", "1") == "342.00"
    assert score(shuffled(event, [start, points[0], points[2]]), "PM", "1") == "288.00"


def test_an_officials_penalty_lowers_a_score() -> None:
    pen = Pen()
    act = Penalise("1", "stopped in the zone", points=Decimal(100), control="L1")
    rally = told(mille_miglia(), [*chain(pen, "1", 20, 0), pen.rule(act, role=Role.CLERK)])
    assert rally.classification("overall").rows["1"].total == 656


def test_scores_are_ranked_on_their_exact_value_however_they_are_printed() -> None:
    table = (Decimal("100.001"), Decimal("100.000"), Decimal(0))
    event = replace(
        regularity(entered({"1": "1", "2": "1"})), preset=replace(MILLE_MIGLIA, score_table=table)
    )
    pen = Pen()
    rally = told(event, [*chain(pen, "1", 20, 1), *chain(pen, "2", 21, 0)])
    assert ranks(rally) == {"2": 1, "1": 2}


# coefficients on penalties ------------------------------------------------------------------------

YEARS: dict[str, object] = {
    "coefficient_mode": CoefficientMode.PENALTY_TIMES,
    "coefficient_source": CoefficientSource.YEAR,
}


def swiss(**changes: object) -> Event:
    """Car 1 of 1934, car 2 of 1979, car 3 of 1971."""
    years = {"1": 1934, "2": 1979, "3": 1971}
    return regularity(entered({"1": "", "2": "", "3": ""}, years), **{**YEARS, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("tests", [1, 3])
def test_37_penalties_of_1934_beat_30_of_1979_and_100_of_1971_cost_171(tests: int) -> None:
    """RAID marathon endurance: penalties times 1.yy; Regolamento raduni di precisione 2019."""
    spread = {1: ((37,), (30,), (100,)), 3: ((30, 4, 3), (0, 0, 30), (50, 25, 25))}[tests]
    pen = Pen()
    records = [
        record
        for car, off in zip(("1", "2", "3"), spread, strict=True)
        for record in chain(pen, car, 19 + int(car), *off)
    ]
    rally = shuffled(swiss(), records)
    rows = rally.classification("overall").rows
    assert [str(rows[car].total) for car in ("1", "2", "3")] == ["49.58", "53.70", "171.00"]
    assert [rows[car].rank for car in ("1", "2", "3")] == [1, 2, 3]
    # The test itself shows penalties before the coefficient.
    assert result(rally, "PC1", "1").points == spread[0][0]


def test_time_controls_are_weighed_only_where_the_regulations_say_so() -> None:
    pen = Pen()
    records = [*chain(pen, "3", 22, 100), pen.stamp("TC1", "10:48:00", "3"), pen.stamp("CT1", "10:40", "3")]
    for weighed, total in ((False, "271.00"), (True, "342.00")):
        rally = shuffled(swiss(coefficient_on_controls=weighed), records)
        row = rally.classification("overall").rows["3"]
        assert f"{row.total:.2f}" == total
        amounts = [penalty.amount for penalty in rally.crew_state("3").penalties]
        assert amounts == [Decimal(171 if weighed else 100)]


def test_an_officials_penalty_is_never_weighed() -> None:
    pen = Pen()
    act = Penalise("3", "zone", points=Decimal(100), control="L1")
    rally = told(
        swiss(coefficient_on_controls=True), [*chain(pen, "3", 22, 0), pen.rule(act, role=Role.CLERK)]
    )
    assert rally.classification("overall").rows["3"].total == 100


def test_the_worst_test_is_dropped_and_no_penalty_of_a_control() -> None:
    """RAID marathon endurance drops each crew's worst test."""
    pen = Pen()
    records = [
        *chain(pen, "1", 20, 5, 300, 7),
        pen.stamp("TC1", "10:46:00", "1"),
        pen.stamp("CT1", "10:40", "1"),
    ]
    rally = shuffled(regularity(crews("1"), drop_worst=1), records)
    assert rally.classification("overall").rows["1"].total == 5 + 7 + 100
    best = shuffled(
        replace(mille_miglia(drop_worst=1)),
        [*chain(pen, "1", 20, 5, 0, 1), pen.stamp("TC1", "10:48:00", "1")],
    )
    assert best.classification("overall").rows["1"].total == 756 + 711 - 300


def test_a_special_stage_is_no_test_and_is_never_dropped() -> None:
    pen = Pen()
    road = stage_rally(crews("1"), drop_worst=1)
    records = [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:06:10", "1"),
    ]
    assert told(road, records).classification("overall").rows["1"].total == 370 * SECOND


def test_the_worst_test_is_the_worst_after_a_correction() -> None:
    pen = Pen()
    rally = told(regularity(crews("1"), drop_worst=1), chain(pen, "1", 20, 5, 300, 7))
    records = chain(Pen(), "1", 20, 5, 0, 7)
    at_l2 = next(record.body.at for record in records if "L2" in record.key)
    rally.add(pen.rule(CorrectTime("L2", "1", at_l2)))
    found = [result(rally, stage, "1").points for stage in ("PC1", "PC2", "PC3")]
    assert found == [5, 0, 300]
    assert rally.classification("overall").rows["1"].total == 5


def test_bulletin_tables_hold_from_their_control_on() -> None:
    event = mille_miglia()
    order = event.itinerary.controls["L1"].order
    changed = replace(MILLE_MIGLIA, score_table=(Decimal(100), Decimal(0)))
    pen = Pen()
    rally = told(replace(event, rules_from=((order, changed),)), chain(pen, "1", 20, 0, 0))
    assert [score(rally, stage, "1") for stage in ("PC1", "PC2")] == ["756.00", "180.00"]


def test_the_preset_is_what_these_numbers_say() -> None:
    preset: Preset = load_preset("MILLE_MIGLIA")
    assert (preset.unit, preset.better, preset.coefficient_mode) == (
        Unit.SCORE,
        Better.HIGHEST,
        CoefficientMode.SCORE_TIMES,
    )
    assert (preset.score_table, preset.tc_late_per_min, preset.missed_line) == ((), 100, 0)
