"""Ranks, gaps, ties and groups."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.core.rallies import Pen, Road, at, crews, ranks, regularity, span, stage_rally, statuses, told
from timing.core.decisions import (
    CorrectTime,
    Disqualify,
    Penalise,
    Retire,
    Role,
    SetNotional,
    TimeBasis,
    Withdraw,
)
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.itinerary import ControlKind, StageKind
from timing.core.preset import CoefficientMode, TieBreak
from timing.core.rally import Rally
from timing.core.records import Record
from timing.core.results import Standing
from timing.core.stage_lists import rank_stage
from timing.presets import load_preset

FIA = load_preset("FIA_STAGE")
ACI = load_preset("ACI_REGULARITY")


def stages_only(cars: int = 4, **changes: object) -> Event:
    """Three short special stages and nothing else; cars of classes A, B, A, B."""
    road = Road()
    for number in (1, 2, 3):
        road.special(f"SS{number}", str(20 * number), split=False, length=1)
    numbers = [str(number) for number in range(1, cars + 1)]
    preset = replace(FIA, **changes)  # type: ignore[arg-type]
    return road.event(preset, crews(*numbers, classes="ABAB"))


def notional(pen: Pen, car: str, *times: str) -> list[Record]:
    return [pen.rule(SetNotional(f"SS{n}", car, span(t)), f"{car}-{n}") for n, t in enumerate(times, 1) if t]


def driven(times: dict[str, tuple[str, ...]], event: Event | None = None) -> Rally:
    pen = Pen()
    return told(event or stages_only(), [r for car, each in times.items() for r in notional(pen, car, *each)])


def rows(rally: Rally, scope: str = "overall") -> dict[str, Standing]:
    return dict(rally.classification(scope).rows)


def test_equal_reported_times_share_a_rank_and_the_next_is_skipped() -> None:
    pen = Pen()
    records = [
        pen.stamp(f"SS1.{line}", clock, car)
        for car, end in (("1", "10:07:20.31"), ("2", "10:07:20.38"), ("3", "10:07:21.0"))
        for line, clock in (("START", "10:00:00"), ("FF", end))
    ]
    rally = told(stages_only(), records)
    assert {car: r.rank for car, r in rally.stage_results("SS1").items()} == {"1": 1, "2": 1, "3": 3}
    assert [r.to_previous for r in rally.stage_results("SS1").values()] == [None, 0, 700_000]
    assert [r.gap for r in rally.stage_results("SS1").values()] == [0, 0, 700_000]


def test_a_dead_heat_goes_to_the_better_on_the_first_stage_that_differs() -> None:
    # Equal on the first stage; 5:00.1 and 5:00.0 on the second; equal in all.
    rally = driven({"1": ("6:10.2", "5:00.1", "4:00.0"), "2": ("6:10.2", "5:00.0", "4:00.1")})
    found = rows(rally)
    assert [(car, r.rank, r.gap) for car, r in found.items()][:2] == [("2", 1, 0), ("1", 2, 0)]


def test_crews_that_are_equal_to_the_end_of_the_list_share_a_rank() -> None:
    same = ("6:10.2", "5:00.0", "4:00.0")
    assert ranks(driven({"1": same, "2": same, "3": ("6:10.2", "5:00.0", "4:00.1")})) == {
        "1": 1,
        "2": 1,
        "3": 3,
        "4": None,
    }


def test_the_older_car_wins_a_tie_where_the_regulations_say_so() -> None:
    # Car 1 was built in 1930, car 2 in 1931.
    same = ("6:10.2", "5:00.0", "4:00.0")
    event = stages_only(tie_breaks=(TieBreak.OLDER_CAR,))
    assert ranks(driven({"2": same, "1": same}, event)) == {"1": 1, "2": 2, "3": None, "4": None}


def test_most_zeros_or_the_start_order_may_break_a_tie() -> None:
    pen = Pen()
    lines = {"1": ("15.04", "21.00", "12.00"), "2": ("15.02", "21.01", "12.01")}
    records = [
        pen.rule(SetNotional(f"PC{n}", car, span(t)), f"{car}{n}")
        for car, times in lines.items()
        for n, t in enumerate(times, 1)
    ]
    for tie, expected in ((TieBreak.MOST_ZEROS, (1, 2)), (TieBreak.START_ORDER, (1, 2))):
        found = ranks(told(regularity(tie_breaks=(tie,)), records))
        assert (found["1"], found["2"]) == expected
    shared = ranks(told(regularity(tie_breaks=()), records))
    assert (shared["1"], shared["2"]) == (1, 1)


def test_a_crew_with_fewer_stages_stands_behind_and_no_gap_is_shown() -> None:
    rally = driven({"1": ("6:00", "5:00"), "2": ("5:50",), "3": ("6:01", "5:01")})
    found = rows(rally)
    assert [(car, r.rank, r.stages_done, r.gap) for car, r in found.items()][:3] == [
        ("1", 1, 2, 0),
        ("3", 2, 2, 2 * SECOND),
        ("2", 3, 1, None),
    ]
    assert found["2"].to_previous is None


def test_totals_over_different_stages_give_no_gap_even_when_equally_many() -> None:
    found = rows(driven({"1": ("6:00", "5:00", ""), "2": ("6:00", "", "5:01")}))
    assert found["2"].gap is None


def test_an_incomplete_crew_has_no_place_and_takes_none_from_others() -> None:
    pen = Pen()
    records = [
        *notional(pen, "1", "6:00"),
        pen.stamp("SS1.START", "10:00:00", "2"),
        pen.stamp("SS2.START", "11:00:00", "2"),
        pen.stamp("SS2.FF", "11:01:00", "2"),
    ]
    found = rows(told(stages_only(), records))
    assert (found["1"].rank, found["2"].rank) == (1, None)
    assert (found["2"].complete, found["2"].marks) == (False, ("?",))


def test_groups_stand_in_order_and_only_classified_crews_have_ranks() -> None:
    pen = Pen()
    times = {"1": ("6:00", "5:00"), "2": ("5:00", "4:00"), "3": ("7:00",)}
    records = [r for car, each in times.items() for r in notional(pen, car, *each)]
    records += [
        pen.stamp("SS1.START", "10:00:00", "3"),
        pen.rule(Disqualify("2"), role=Role.STEWARD),
        pen.rule(Retire("3", None, "engine"), role=Role.CLERK),
        pen.rule(Retire("4"), role=Role.CLERK),
    ]
    rally = told(stages_only(), records)
    assert statuses(rally) == {"1": "CLASSIFIED", "3": "RETIRED", "4": "DNS", "2": "DSQ"}
    assert list(ranks(rally).values()) == [1, None, None, None]
    # A retired crew keeps what it drove; retirement is no second penalty.
    assert rows(rally)["3"].total == span("7:00")
    assert rally.crew_state("3").cause == "engine"


def test_inside_the_retired_more_stages_come_first() -> None:
    pen = Pen()
    records = [*notional(pen, "1", "6:00"), *notional(pen, "2", "9:00", "9:00")]
    for car in ("1", "2"):
        records += [
            pen.stamp("SS1.START", "10:00:00", car),
            pen.rule(Retire(car), f"x{car}", role=Role.CLERK),
        ]
    assert list(rows(told(stages_only(2), records))) == ["2", "1"]


def test_class_lists_are_filters_with_their_own_gaps() -> None:
    rally = driven({"1": ("6:00",), "2": ("6:01",), "3": ("6:05",), "4": ("6:09",)})
    overall, of_class = rows(rally), rows(rally, "class-A")
    assert [(car, r.rank, r.gap) for car, r in of_class.items()] == [("1", 1, 0), ("3", 2, 5 * SECOND)]
    gaps = [overall[car].gap for car in ("1", "3")]
    assert [r.gap for r in of_class.values()] == gaps


def test_a_crew_without_a_class_holds_up_nobody() -> None:
    rally = driven({"1": ("6:00",), "5": ("6:01",)}, stages_only(cars=5))
    assert ranks(rally)["5"] == 2
    assert list(rows(rally, "class-missing")) == ["5"]


def test_four_of_sixty_crews_without_a_class_are_ranked_with_the_rest_and_listed_by_themselves() -> None:
    event = stages_only(cars=60)
    incomplete = ("7", "20", "41", "60")
    entries = {
        car: replace(entry, class_="" if car in incomplete else "AB"[int(car) % 2])
        for car, entry in event.entries.by_number.items()
    }
    event = replace(event, entries=EntryList(entries))
    rally = driven({car: (f"6:{int(car) - 1:02}",) for car in entries}, event)
    assert ranks(rally) == {car: int(car) for car in entries}
    assert rally.stage_progress("SS1") == (60, 60)
    assert tuple(rows(rally, "class-missing")) == incomplete
    listed = [car for scope in ("class-A", "class-B", "class-missing") for car in rows(rally, scope)]
    assert sorted(listed) == sorted(entries)


def test_a_crew_whose_class_is_changed_has_one_row_in_the_new_class_and_none_in_the_old() -> None:
    event = stages_only()
    pen = Pen()
    records = [*notional(pen, "1", "6:00", "6:00"), *notional(pen, "2", "6:01", "6:01")]
    before = told(event, records)
    assert next(iter(rows(before, "class-A"))) == "1"
    moved = replace(event.entries.by_number["1"], class_="B")
    changed = replace(event, entries=EntryList({**event.entries.by_number, "1": moved}))
    after = told(changed, [*records, *notional(pen, "1", "", "", "6:00")])
    assert "1" not in rows(after, "class-A")
    assert [(car, row.rank) for car, row in rows(after, "class-B").items()][:2] == [("1", 1), ("2", 2)]
    assert list(rows(after)).count("1") == 1
    assert rows(after)["1"].total == span("18:00")


@pytest.mark.parametrize("course", ["0", "00"])
def test_course_cars_are_timed_and_never_classified(course: str) -> None:
    road = Road()
    road.special("SS1", "20", split=False, length=1)
    event = road.event(FIA, crews("0", "00", "1"))
    pen = Pen()
    records = [
        pen.stamp(f"SS1.{line}", clock, car)
        for car, end in ((course, "09:02:00"), ("1", "09:03:00"))
        for line, clock in (("START", "09:00:00"), ("FF", end))
    ]
    rally = told(event, records)
    assert ranks(rally) == {"1": 1}
    found = rally.stage_results("SS1")
    assert (found[course].rank, found[course].time) == (None, span("2:00"))
    assert (found["1"].rank, found["1"].gap, found["1"].to_previous) == (1, 0, None)
    assert rally.stage_progress("SS1") == (1, 1)


def test_a_tour_shows_its_crews_in_start_order_without_places() -> None:
    event = replace(regularity(), preset=load_preset("TOUR"))
    pen = Pen()
    rally = told(event, [pen.stamp("TC0", "10:30", "3"), pen.stamp("TC1", "11:30", "3")])
    found = rows(rally)
    assert list(found) == ["1", "2", "3"]
    assert {(r.rank, r.total, r.gap, r.penalties) for r in found.values()} == {(None, None, None, None)}


def test_nought_is_a_value_everywhere() -> None:
    pen = Pen()
    records = [
        pen.rule(SetNotional("PC1", "1", span("15.00")), "n"),
        pen.rule(Penalise("2", "x", points=Decimal(0))),
    ]
    rally = told(regularity(), records)
    found = rally.stage_result("PC1", "1")
    assert found is not None
    assert (found.points, found.rank, found.gap) == (Decimal(0), 1, Decimal(0))
    assert rows(rally)["1"].total == Decimal(0)


def coefficients(*cars: tuple[str, str]) -> Event:
    event = regularity(coefficient_mode=CoefficientMode.PENALTY_TIMES)
    entries = {
        number: replace(entry, coefficient=Decimal(dict(cars)[number]))
        for number, entry in event.entries.by_number.items()
        if number in dict(cars)
    }
    return replace(event, entries=replace(event.entries, by_number=entries))


def test_a_coefficient_multiplies_the_points_of_tests_exactly() -> None:
    pen = Pen()
    records = [
        pen.rule(SetNotional("PC1", "1", span("15.37")), "a"),
        pen.rule(SetNotional("PC1", "2", span("15.30")), "b"),
        pen.rule(Penalise("1", "speeding", points=Decimal(0)), "c"),
    ]
    found = rows(told(coefficients(("1", "1.34"), ("2", "1.79")), records))
    assert [(car, r.rank, r.total) for car, r in found.items()] == [
        ("1", 1, Decimal("49.58")),
        ("2", 2, Decimal("53.70")),
    ]


def test_the_worst_test_may_be_dropped() -> None:
    pen = Pen()
    records = [pen.rule(SetNotional(f"PC{n}", "1", span(t)), str(n)) for n, t in ((1, "15.09"), (2, "21.01"))]
    assert rows(told(regularity(drop_worst=1), records))["1"].total == Decimal(1)


def test_a_stage_ranks_special_stages_by_time_and_tests_by_points() -> None:
    event = regularity()
    rally = told(event, [Pen().rule(SetNotional("PC1", "3", span("15.02")))])
    stage = event.itinerary.stages["PC1"]
    assert stage.kind is StageKind.REG_TEST
    sheet = rally.sheet("3")
    assert rank_stage(stage, [(sheet.entry, sheet.results["PC1"])], event.preset)["3"].rank == 1
    assert event.itinerary.controls["TC0"].kind is ControlKind.TC
    assert at("10:00") == event.itinerary.controls["TC0"].first_car


def test_a_lacking_entry_at_a_time_control_costs_no_place_but_is_marked() -> None:
    """A marshal without a network for an hour must not empty the board: the crews keep their places."""
    road = Road()
    road.put("TC1", ControlKind.TC, "0", first="10:00")
    road.put("L0", ControlKind.REG_TEST, "3")
    road.put("L1", ControlKind.REG_TEST, "4")
    road.time("PC1", StageKind.REG_TEST, "L0", "L1", target="15.00")
    pen = Pen()
    records = [
        pen.stamp("TC1", "10:00:30", "1"),
        pen.stamp("L0", "10:20:05", "1"),
        pen.stamp("L1", "10:20:20.05", "1"),
        pen.stamp("L0", "10:21:05", "2"),
        pen.stamp("L1", "10:21:20.01", "2"),
    ]
    found = rows(told(road.event(replace(ACI, missed_control=None), crews("1", "2")), records))
    assert [(found[car].rank, found[car].marks) for car in "12"] == [(2, ()), (1, ("?",))]


def test_the_letters_of_replaced_and_corrected_times_go_on_to_every_list_that_counts_them() -> None:
    pen = Pen()
    records = [
        *pen.to_first_stage("1", "2"),
        *(pen.stamp("SS1.START", f"10:0{place}:00", car) for place, car in enumerate(("1", "2"))),
        *(pen.stamp("SS1.FF", f"10:0{6 + place}:00", car) for place, car in enumerate(("1", "2"))),
    ]
    rally = told(stage_rally(), records)
    replaced = CorrectTime("SS1.FF", "1", at("10:06:00.2"), basis=TimeBasis.REPLACEMENT)
    rally.add(pen.rule(replaced, "eet"))
    corrected = pen.rule(CorrectTime("SS1.FF", "2", at("10:07:00.1")), "slip")
    rally.add(corrected)
    for scope in ("overall", "leg-1"):
        rows = rally.classification(scope).rows
        assert (rows["1"].marks, rows["2"].marks) == (("E",), ("*",))
    # Taken back, the measured time counts again and the letter goes.
    rally.add(pen.rule(Withdraw("slip"), "back", clock="18:01"))
    assert rally.classification("overall").rows["2"].marks == ()
