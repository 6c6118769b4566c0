"""Teams, championship points and places on a stage can be worked out again from their derivations."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.core.rallies import Pen, crews, span, stage_rally, told
from timing.core.decisions import SetNotional
from timing.core.derivation import Derivation, recompute
from timing.core.derivation_text import line
from timing.core.entries import EntryList
from timing.core.event import Event, TeamRule
from timing.core.preset import ChampionshipPoints
from timing.core.rally import Rally

POINTS = ChampionshipPoints(overall=(25, 17), final_leg=(5, 4, 3), power_stage=(5,))
TIMES = {
    "1": {"SS1": "5:00.0", "SS3": "6:00.0"},
    "2": {"SS1": "5:10.0", "SS3": "6:30.0"},
    "3": {"SS1": "6:00.0", "SS3": "6:10.0"},
    "4": {"SS1": "6:20.0", "SS3": "6:10.0"},
}


def event() -> Event:
    made = stage_rally(crews(*TIMES), championship=POINTS)
    teams = zip(made.entries.by_number.items(), ("Reds", "Reds", "Blues", "Greens"), strict=True)
    stages = dict(made.itinerary.stages)
    stages["SS3"] = replace(stages["SS3"], power_stage=True)
    return replace(
        made,
        entries=EntryList({car: replace(entry, team=team) for (car, entry), team in teams}),
        itinerary=replace(made.itinerary, stages=stages),
        team_rule=TeamRule(count=2),
    )


@pytest.fixture
def rally() -> Rally:
    pen = Pen()
    return told(
        event(),
        [
            pen.rule(SetNotional(stage, car, span(time)), f"{stage}{car}")
            for car, times in TIMES.items()
            for stage, time in times.items()
        ],
    )


def checked(found: Derivation) -> str:
    assert found.value is None or recompute(found) == found.value
    return line(found)


def test_a_team_is_the_sum_of_its_crews(rally: Rally) -> None:
    assert checked(rally.derivation_of_total("teams", "Reds")) == (
        "TOTAL teams, team Reds: car 1 11:00 + car 2 11:40 = 22:40"
    )
    assert checked(rally.derivation_of_rank("teams", "Reds")) == "RANK teams, team Reds: 0 better → 1"
    blues = rally.derivation_of_total("teams", "Blues")
    assert (blues.value, blues.inputs, blues.words) == (None, (), "1 of 2 crews have a place")


def test_championship_points_are_looked_up_by_place(rally: Rally) -> None:
    found = rally.derivation_of_total("championship", "1")
    assert (found.value, found.named("place power stage")) == (Decimal(35), 1)
    assert checked(found) == (
        "TOTAL championship, car 1: overall 1 → 25, last leg 1 → 5, power stage 1 → 5 = 35 points"
    )
    third = rally.derivation_of_total("championship", "3")
    assert checked(third) == (
        "TOTAL championship, car 3: overall 3 → 0, last leg 2 → 4, power stage 2 → 0 = 4 points"
    )
    for car in TIMES:
        assert rally.derivation_of_total("championship", car).value == (
            rally.classification("championship").rows[car].total
        )
        checked(rally.derivation_of_rank("championship", car))


def test_a_place_on_a_stage_is_how_many_were_better_and_says_who_was_equal(rally: Rally) -> None:
    assert checked(rally.derivation_of_stage_rank("SS1", "3")) == "RANK SS1, car 3: 2 better → 3"
    assert checked(rally.derivation_of_stage_rank("SS3", "4")) == (
        "RANK SS3, car 4: 1 better → 2 (equal with 3)"
    )
    with pytest.raises(KeyError):
        rally.derivation_of_stage_rank("SS2", "1")


def test_a_list_or_a_name_that_is_not_there_is_an_error(rally: Rally) -> None:
    for scope, name in (("teams", "1"), ("overall", "Reds"), ("championship", "Reds"), ("leg-9", "1")):
        with pytest.raises(KeyError):
            rally.derivation_of_total(scope, name)
        with pytest.raises(KeyError):
            rally.derivation_of_rank(scope, name)
