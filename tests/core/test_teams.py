"""Teams: the sum of their best crews."""

from dataclasses import replace

from tests.core.rallies import Pen, crews, span, stage_rally, told
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
