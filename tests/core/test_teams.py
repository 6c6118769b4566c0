"""Teams: the sum of their best crews."""

from dataclasses import replace
from decimal import Decimal

from tests.core.rallies import Pen, crews, span, stage_rally, told
from tests.core.test_score_rallies import chain, entered, mille_miglia
from timing.core.decisions import Penalise, Retire, Role, SetNotional
from timing.core.entries import EntryList
from timing.core.event import Event, TeamRule
from timing.core.instant import SECOND
from timing.core.rally import Rally
from timing.core.records import Record

#: Car by car.
TEAMS = ("Reds", "Reds", "Reds", "Blues", "Blues", "", "Greens")


def event(count: int = 2) -> Event:
    made = stage_rally(crews(*(str(n) for n in range(1, 8))))
    entries = {
        car: replace(entry, team=team)
        for (car, entry), team in zip(made.entries.by_number.items(), TEAMS, strict=True)
    }
    return replace(made, entries=EntryList(entries), team_rule=TeamRule(count=count))


def times(pen: Pen, stage: str = "SS1", **of_car: str) -> list[Record]:
    return [
        pen.rule(SetNotional(stage, car.removeprefix("car"), span(time)), f"{stage}{car}")
        for car, time in of_car.items()
    ]


def started(pen: Pen) -> list[Record]:
    return times(
        pen,
        car1="5:00.0",
        car2="5:30.0",
        car3="5:10.0",
        car4="5:04.0",
        car5="5:05.0",
        car6="4:00.0",
        car7="4:00.0",
    )


def test_the_best_two_of_each_team_add_up() -> None:
    rally = told(event(), started(Pen()))
    rows = rally.classification("teams").rows
    assert [(name, row.rank, row.total, row.gap) for name, row in rows.items()] == [
        ("Blues", 1, span("10:09.0"), 0),
        ("Reds", 2, span("10:10.0"), SECOND),
        ("Greens", None, None, None),
    ]
    assert (rows["Reds"].crews, rows["Blues"].crews) == (("1", "3"), ("4", "5"))


def test_a_team_with_too_few_crews_has_no_place_and_it_says_why() -> None:
    greens = told(event(), started(Pen())).classification("teams").rows["Greens"]
    assert (greens.status, greens.complete, greens.cause) == (
        "NOT_CLASSIFIED",
        False,
        "1 of 2 crews have a place",
    )
    # Before the crews have driven the team is still in it.
    assert Rally(event()).classification("teams").rows["Reds"].status == "CLASSIFIED"


def test_a_penalty_or_a_retirement_changes_who_counts() -> None:
    pen = Pen()
    rally = told(event(), started(pen))
    assert rally.classification("teams").rows["Reds"].crews == ("1", "3")
    rally.add(pen.rule(Penalise("3", "late", time=60 * SECOND), "late", Role.CLERK))
    rally.add(pen.stamp("TC0", "09:43:10", "4"))
    rally.add(pen.rule(Retire("4", None, "clutch"), "out", Role.CLERK))
    rows = rally.classification("teams").rows
    assert (rows["Reds"].crews, rows["Reds"].total, rows["Reds"].rank) == (("1", "2"), span("10:30.0"), 1)
    assert (rows["Blues"].rank, rows["Blues"].status) == (None, "NOT_CLASSIFIED")


def test_teams_whose_crews_have_done_other_stages_have_no_gap() -> None:
    pen = Pen()
    rally = told(event(), [*started(pen), *times(pen, "SS2", car1="5:00.0")])
    rows = rally.classification("teams").rows
    assert [(name, row.stages_done, row.gap) for name, row in rows.items()][:2] == [
        ("Reds", 3, 0),
        ("Blues", 2, None),
    ]


def test_without_a_rule_or_without_teams_there_is_no_such_list() -> None:
    assert "teams" not in Rally(replace(event(), team_rule=None)).scopes()
    assert "teams" not in Rally(replace(stage_rally(), team_rule=TeamRule())).scopes()


def test_a_team_carries_the_penalties_and_the_marks_of_the_crews_that_count() -> None:
    pen = Pen()
    rally = told(event(), started(pen))
    rally.add(pen.rule(Penalise("1", "speeding", time=3 * SECOND), "speeding", Role.CLERK))
    rally.add(pen.rule(Penalise("2", "speeding", time=90 * SECOND), "also", Role.CLERK))
    rows = rally.classification("teams").rows
    reds, blues = rows["Reds"], rows["Blues"]
    # Car 2 does not count for its team, so its penalty does not either.
    assert (reds.crews, reds.total, reds.penalties) == (("1", "3"), span("10:13.0"), 3 * SECOND)
    assert (blues.penalties, rows["Greens"].penalties) == (0, None)
    assert (reds.marks, blues.marks) == (("N", "P"), ("N",))
    assert [(row.car, row.order, row.gap, row.to_previous) for row in rows.values()] == [
        ("Blues", 0, 0, None),
        ("Reds", 1, 4 * SECOND, 4 * SECOND),
        ("Greens", 2, None, None),
    ]


def test_teams_without_a_place_stand_behind_in_the_order_of_the_entry_list() -> None:
    # Three crews are needed: the Reds have them, but none has driven; the others can never have them.
    rows = Rally(event(count=3)).classification("teams").rows
    assert [(name, row.status, row.fails) for name, row in rows.items()] == [
        ("Reds", "CLASSIFIED", 0),
        ("Blues", "NOT_CLASSIFIED", 0),
        ("Greens", "NOT_CLASSIFIED", 0),
    ]


def test_where_the_highest_score_wins_the_best_crews_of_a_team_are_those_with_the_most() -> None:
    entries = entered({"1": "1", "2": "1", "3": "1", "4": "1"})
    named = {
        car: replace(entry, team=team)
        for (car, entry), team in zip(entries.by_number.items(), ("A", "A", "A", "B"), strict=True)
    }
    scores = replace(mille_miglia(), entries=EntryList(named), team_rule=TeamRule(count=1))
    pen = Pen()
    records = [
        record
        for car, off in (("1", 4), ("2", 1), ("3", 2), ("4", 3))
        for record in chain(pen, car, 20 + int(car), off, 0, 0)
    ]
    rows = told(scores, records).classification("teams").rows
    assert [(name, row.crews, row.total, row.gap) for name, row in rows.items()] == [
        ("A", ("2",), Decimal(395 + 420 + 420), 0),
        ("B", ("4",), Decimal(345 + 420 + 420), 50),
    ]
