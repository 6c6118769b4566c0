"""Championship points from three lists."""

from timing.core.championship import championship_points, points_for
from timing.core.preset import ChampionshipPoints

WORLD = ChampionshipPoints(
    overall=(25, 17, 15, 12, 10, 8, 6, 4, 2, 1), final_leg=(5, 4, 3, 2, 1), power_stage=(5, 4, 3, 2, 1)
)


def test_a_win_of_everything_is_35_points() -> None:
    line = championship_points(WORLD, {"1": 1}, {"1": 1}, {"1": 1})["1"]
    assert (line.overall, line.final_leg, line.power_stage, line.total) == (25, 5, 5, 35)


def test_third_overall_and_second_on_the_last_leg_is_19_points() -> None:
    assert championship_points(WORLD, {"1": 3}, {"1": 2}, {"1": 11})["1"].total == 19


def test_a_restarted_crew_in_14th_place_takes_9_points_on_the_last_day() -> None:
    assert championship_points(WORLD, {"1": 14}, {"1": 1}, {"1": 2})["1"].total == 9


def test_crews_that_share_a_place_all_get_its_points() -> None:
    lines = championship_points(WORLD, {"1": 1, "2": 2, "3": 2, "4": 4}, {}, {})
    assert {car: line.total for car, line in lines.items()} == {"1": 25, "2": 17, "3": 17, "4": 12}


def test_a_crew_without_a_place_has_no_points() -> None:
    assert points_for(None, WORLD.overall) == 0
    assert points_for(11, WORLD.overall) == 0
    assert points_for(10, WORLD.overall) == 1


def test_most_points_come_first_and_equal_ones_in_the_order_of_the_overall_list() -> None:
    lines = championship_points(WORLD, {"1": 6, "2": 9, "3": 11, "4": 12}, {"4": 1}, {"2": 3})
    assert [(car, line.total) for car, line in lines.items()] == [("1", 8), ("2", 5), ("4", 5), ("3", 0)]
