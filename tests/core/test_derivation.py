"""Every shown value can be worked out again from its derivation, and printed in one line."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.core.driven import drive_all
from tests.core.kinds import EVENTS, TABLE, regular
from tests.core.rallies import Pen, regularity, span, stage_rally, told
from timing.core.decisions import AllowDelay, CorrectTime, NotionalMethod, Penalise, SetNotional
from timing.core.derivation import Derivation, recompute
from timing.core.derivation_text import line
from timing.core.event import Event, TeamRule
from timing.core.instant import SECOND
from timing.core.preset import ChampionshipPoints, CoefficientMode, Truncate, Unit
from timing.core.rally import Rally
from timing.core.readings import Source
from timing.core.records import Record
from timing.core.results import ResultStatus


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("seed", range(5))
def test_every_shown_value_follows_from_its_steps_alone(name: str, seed: int) -> None:
    event = in_teams(EVENTS[name]())
    rally = told(event, drive_all(event, seed))
    checked = 0
    for derivation in derivations(rally):
        text = line(derivation)
        assert "?" not in text, text
        if derivation.value is not None:
            checked += 1
            again = recompute(derivation)
            assert again == derivation.value, text
            assert isinstance(again, Decimal) is isinstance(derivation.value, Decimal), text
    assert checked


def in_teams(event: Event) -> Event:
    """The same event with two teams, of which one crew counts, and with championship points."""
    named = {
        car: replace(entry, team="" if entry.course_car else ("Reds", "Blues")[place % 2])
        for place, (car, entry) in enumerate(event.entries.by_number.items())
    }
    points = ChampionshipPoints(overall=(25, 17), final_leg=(5,), power_stage=(5, 4))
    return replace(
        event,
        entries=replace(event.entries, by_number=named),
        team_rule=TeamRule(count=1),
        preset=replace(event.preset, championship=points),
    )


def derivations(rally: Rally) -> Iterator[Derivation]:
    event = rally.event
    for car in event.entries.by_number:
        for stage in event.itinerary.stages:
            yield rally.derivation(stage, car)
        for control in rally.sheet(car).check_ins:
            yield rally.derivation_of_check_in(control, car)
        yield from rally.derivations_of_penalties(car)
    for stage in event.itinerary.stages:
        for car in rally.stage_results(stage):
            yield rally.derivation_of_stage_rank(stage, car)
    for scope in rally.scopes():
        for name in rally.classification(scope).rows:
            yield rally.derivation_of_total(scope, name)
            yield rally.derivation_of_rank(scope, name)


@pytest.mark.parametrize("name", EVENTS)
def test_a_derivation_tells_the_numbers_that_are_shown(name: str) -> None:
    event = EVENTS[name]()
    rally = told(event, drive_all(event, 3))
    scopes = [scope for scope in rally.scopes() if scope.startswith(("overall", "leg", "class"))]
    for car in event.entries.by_number:
        for scope in scopes:
            row = rally.classification(scope).rows.get(car)
            if row is not None:
                assert rally.derivation_of_total(scope, car).value == row.total
                assert rally.derivation_of_rank(scope, car).value == row.rank
        for stage in event.itinerary.stages:
            listed = rally.stage_results(stage).get(car)
            if listed is not None:
                assert rally.derivation_of_stage_rank(stage, car).value == listed.rank
            result, derived = rally.sheet(car).results[stage], rally.derivation(stage, car)
            if result.status is not ResultStatus.DONE:
                continue
            assert derived.value is not None or event.preset.unit is Unit.NONE
            for part in ("points", "deviation"):
                shown = getattr(result, part)
                if shown is not None and derived.named(part) is not None:
                    assert derived.named(part) == shown
            assert derived.records or derived.words or not derived.inputs


def one_test(start: str, end: str, event: Event | None = None) -> Rally:
    pen = Pen()
    return told(event or regularity(), [pen.stamp("L0", start, "1"), pen.stamp("L1", end, "1")])


def test_a_test_prints_as_on_the_timekeepers_slip() -> None:
    assert line(one_test("10:20:05.00", "10:20:20.07").derivation("PC1", "1")) == (
        "REG_TEST PC1: 10:20:05.00 → 10:20:20.07 = 15.07 − 15.00 = +0.07 → 7 points (1 per 0.01 s, cap 300)"
    )
    assert line(one_test("10:20:05.00", "10:20:19.996").derivation("PC1", "1")) == (
        "REG_TEST PC1: 10:20:05.00 → 10:20:19.99 = 14.99 − 15.00 = -0.01 → 1 point (1 per 0.01 s, cap 300)"
    )


def test_a_derivation_names_its_records_and_its_steps() -> None:
    found = one_test("10:20:05.004", "10:20:20.079").derivation("PC1", "1")
    assert [(given.name, given.seq) for given in found.inputs][:2] == [("start", 1), ("finish", 2)]
    assert found.records == (1, 2)
    assert [(step.what, str(step.operation), step.value) for step in found.steps][:4] == [
        ("start, cut", "cut", found.named("start") // 10_000 * 10_000),  # type: ignore[operator]
        ("finish, cut", "cut", found.named("finish") // 10_000 * 10_000),  # type: ignore[operator]
        ("elapsed", "subtract", 15_070_000),
        ("time", "cut", 15_070_000),
    ]
    assert (found.named("deviation"), found.named("points"), found.value) == (70_000, 7, 7)


def test_a_score_prints_its_table_and_coefficient() -> None:
    event = regular("MILLE_MIGLIA", score_table=TABLE, coefficient_mode=CoefficientMode.SCORE_TIMES)
    entries = {n: replace(e, coefficient=Decimal("1.80")) for n, e in event.entries.by_number.items()}
    event = replace(event, entries=replace(event.entries, by_number=entries))
    text = line(one_test("10:20:05.00", "10:20:20.01", event).derivation("PC1", "1"))
    assert text.endswith("= 15.01 − 15.00 = +0.01 → 1 point (1 per 0.01 s) → 395 × 1.80 = 711.00")


def test_a_test_in_hundredths_of_a_minute_prints_minutes() -> None:
    text = line(one_test("10:20:05", "10:20:22", regular("TSD_HUNDREDTH")).derivation("PC1", "1"))
    assert "= 0.28 − 0.25 = +0.03 → 3 points (1 per 0.01 min" in text


def test_readings_that_are_not_cut_themselves_are_shown_whole_so_that_the_line_adds_up() -> None:
    rules = replace(regularity().preset, test_resolution=SECOND, test_truncate=Truncate.ELAPSED)
    event = replace(regularity(), preset=rules)
    text = line(one_test("10:20:05.9", "10:20:21", event).derivation("PC1", "1"))
    assert text.startswith("REG_TEST PC1: 10:20:05.9 → 10:20:21 = 15 − 15 = +0 → 0 points")


def test_a_stage_prints_its_time_and_its_bounds() -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.FF", "10:06:04.37", "1"),
    ]
    assert line(told(stage_rally(), records).derivation("SS1", "1")) == (
        "SS SS1: 10:00:00 → 10:06:04.37 = 6:04.3"
    )
    bounded = stage_rally(bogey={"SS1": 370 * SECOND}, stage_max={"SS1": 480 * SECOND})
    assert line(told(bounded, records).derivation("SS1", "1")) == (
        "SS SS1: 10:00:00 → 10:06:04.37 = 6:04.3 → 6:10.0 (at least 6:10.0, at most 8:00.0)"
    )


def test_a_check_in_prints_due_minute_rate_and_cap() -> None:
    pen = Pen()
    records = [pen.stamp("TC0", "10:00:20", "1"), pen.stamp("TC1", "10:47:59", "1")]
    rally = told(regularity(), records)
    assert line(rally.derivation_of_check_in("TC0", "1")) == "TC TC0: due 10:00, in 10:00 = on time"
    assert line(rally.derivation_of_check_in("TC1", "1")) == (
        "TC TC1: due 10:45, in 10:47 = 2 min late → 200 points (100 per min, cap 300)"
    )
    assert line(rally.derivation_of_check_in("TC2", "1")) == "TC TC2: due 11:47 (no check-in)"


def test_a_false_start_prints_wheel_and_start() -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1"),
        pen.stamp("SS1.START", "10:00:00", "1"),
        pen.stamp("SS1.START", "09:59:59.80", "1", source=Source.A, device="wheel"),
        pen.stamp("SS1.FF", "10:06:00", "1"),
    ]
    rally = told(stage_rally(false_start=(10, 60)), records)
    (found,) = rally.derivations_of_penalties("1")
    assert line(found) == (
        "FALSE START SS1.START: 09:59:59.80 before 10:00:00 → 10 s (number 1 of the event)"
    )


def test_a_notional_time_prints_its_method_and_basis() -> None:
    pen = Pen()
    basis = pen.stamp("SS1.FF", "10:05:00", "2")
    given = SetNotional(
        "SS1",
        "1",
        time=span("6:12.3"),
        method=NotionalMethod.SLOWEST_BEFORE,
        place=3,
        basis=(basis.key,),
    )
    rally = told(stage_rally(), [basis, pen.rule(given, "n1")])
    assert line(rally.derivation("SS1", "1")) == (
        f"SS SS1: 6:12.3 (notional by An Official: slowest before 3, on {basis.key})"
    )
    assert rally.derivation("SS1", "1").records == (2,)


def test_a_total_prints_its_rows_and_a_rank_its_tie_break() -> None:
    pen = Pen()
    records: list[Record] = []
    for car, minute in (("1", 0), ("2", 1)):
        records += [pen.stamp("TC0", f"10:0{minute}:10", car), pen.stamp("L0", f"10:2{minute}:05", car)]
        records += [pen.stamp("L1", f"10:2{minute}:20.07", car), pen.stamp("L2", f"10:2{minute}:41.07", car)]
    records.append(pen.rule(Penalise("2", "noise", points=Decimal(5), control="TC0")))
    rally = told(regularity(), records)
    assert line(rally.derivation_of_total("overall", "2")) == (
        "TOTAL overall, car 2: PC1 7 + PC2 0 + TC0 noise 5 = 12 points"
    )
    assert line(rally.derivation_of_rank("overall", "2")) == "RANK overall, car 2: 1 better → 2"
    equal = told(regularity(), records[:-1])
    assert line(equal.derivation_of_rank("overall", "1")).startswith(
        "RANK overall, car 1: 0 better → 1 (equal with 2, parted by "
    )


def test_a_correction_by_an_official_is_named_as_the_record_it_is() -> None:
    pen = Pen()
    records = [pen.stamp("L0", "10:20:05", "1"), pen.stamp("L1", "10:20:22", "1")]
    from_desk = pen.rule(CorrectTime("L1", "1", records[1].body.at - 2 * SECOND))
    found = told(regularity(), [*records, from_desk]).derivation("PC1", "1")
    assert (found.value, found.records) == (0, (1, 3))


def test_an_ideal_time_is_derived_from_its_exact_fraction() -> None:
    pen = Pen()
    records = [pen.stamp("M0", "11:00:00", "1"), pen.stamp("M1", "11:07:33.4", "1")]
    found = told(regularity(), records).derivation("PM1", "1")
    assert found.named("exact ideal time at M1") == Fraction(6, 48) * 3600 * SECOND
    assert line(found) == (
        "AVG_TRIAL PM1: 11:00:00; M1 11:07:33.4: 7:33 − 7:30 = +3 → 3 points (1 per 1 s, cap 300)"
    )


def test_a_due_minute_is_derived_from_where_its_section_begins() -> None:
    pen = Pen()
    rally = told(
        regularity(),
        [
            pen.stamp("TC0", "10:00:20", "1"),
            pen.stamp("TC1", "10:49:59", "1"),
            pen.rule(AllowDelay("TC1", "1", 3)),
        ],
    )
    found = rally.derivation_of_check_in("TC1", "1")
    assert (found.steps[0].what, found.steps[0].operands) == (
        "due",
        ("section begins", "time for the section", "official delay"),
    )
    assert (found.named("official delay"), found.named("minutes late")) == (3 * 60 * SECOND, 1)


def test_another_input_leads_to_another_value() -> None:
    found = one_test("10:20:05.00", "10:20:20.07").derivation("PC1", "1")
    for given in found.inputs:
        if given.name in ("start", "finish", "target"):
            assert isinstance(given.value, int)
            moved = replace(given, value=given.value + 20_000)
            inputs = tuple(moved if each is given else each for each in found.inputs)
            assert recompute(replace(found, inputs=inputs)) in (5, 9)


def test_a_step_that_speaks_of_nothing_is_refused() -> None:
    found = one_test("10:20:05.00", "10:20:20.07").derivation("PC1", "1")
    with pytest.raises(KeyError):
        recompute(replace(found, inputs=found.inputs[1:]))
