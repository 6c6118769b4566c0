"""The running gap against a simulated rally's truth, and where it must admit that it knows little."""

import itertools
import json
import math
from pathlib import Path

import pytest

from simulators.scenario import Scenario, draw
from simulators.tracker import Habits, Tracker
from timing.core.event import Event
from timing.core.instant import MINUTE, SECOND, Instant, parse_instant
from timing.core.live_gap import (
    Elapsed,
    Place,
    Way,
    elapsed_of,
    gap_here,
    gaps,
    ideal_elapsed,
    place_error,
    way_of,
)
from timing.core.readings import Fix
from timing.core.road_tracker import RoadTracker
from timing.event_folder import load_event

NIGHT = Path(__file__).resolve().parents[2] / "simulators" / "events" / "night-stages"
T0: Instant = 1_792_870_000 * SECOND


@pytest.fixture(scope="module")
def night() -> Event:
    loaded = load_event(NIGHT)
    assert loaded.event is not None
    return loaded.event


def steady(pace: float, until: int = 200, error: float = 6.0, every: int = 1) -> list[Place]:
    return [Place(T0 + s * SECOND, pace * s, error) for s in range(0, until, every)]


def at(elapsed: Elapsed, metres: int) -> float:
    return float(elapsed.us[metres // elapsed.step])


def seen_on(scenario: Scenario, car: str, stage: str, habits: Habits) -> list[Place]:
    """What a car's tracker says on a stage, placed on the road as the service does."""
    road = scenario.roads[1]
    event = scenario.event
    found = event.itinerary.stages[stage]
    begin = event.itinerary.controls[found.start].metres
    assert begin is not None
    truth = scenario.truth[car]
    since, until = truth.starts[stage] - 120 * SECOND, truth.crossings[found.finish] + 20 * SECOND
    drive = scenario.drives[car, 1]
    tracker = Tracker("t", drive, sorted(truth.crossings.values()), scenario.seed, habits)
    tracker.skip(since)
    sent = (json.loads(m) for minute in range(30) for m in tracker.take(until + minute * MINUTE))
    fixes = [fix for message in sent for fix in (message if isinstance(message, list) else [message])]
    follows = RoadTracker()
    places = []
    for fix in sorted(fixes, key=lambda fix: str(fix["at"])):
        if parse_instant(fix["at"]) > until:
            break
        reading = Fix(
            device="t",
            at=parse_instant(fix["at"]),
            lat=fix["lat"],
            lon=fix["lon"],
            speed=fix["speed"],
            course=fix.get("course"),
            accuracy=fix["acc"],
        )
        for placed in follows.follow(reading, {1: road}):
            error = place_error(placed.fix.accuracy, placed.off)
            places.append(Place(placed.at, road.official(placed.along) - begin, error))
    return places


@pytest.mark.parametrize("stage", ["SS1", "SS3"])
@pytest.mark.parametrize(
    "habits",
    [
        Habits(gaps=0.0),
        Habits(gaps=0.0, noise=8.0),
        Habits(gaps=0.0, interval=10 * SECOND, near=10 * SECOND),
        Habits(gaps=12.0, gap_s=(20, 60)),
    ],
    ids=["1 Hz", "8 m of noise", "every 10 s", "with gaps"],
)
def test_the_gap_is_within_its_error_of_the_truth_nineteen_times_in_twenty(
    night: Event, stage: str, habits: Habits
) -> None:
    scenario = draw(night, 7, frozenset({1}))
    found = night.itinerary.stages[stage]
    start, finish = (night.itinerary.controls[line].metres for line in (found.start, found.finish))
    assert start is not None
    assert finish is not None
    cars = [
        car
        for car, truth in scenario.truth.items()
        if stage in truth.starts
        and found.finish in truth.crossings
        and not night.entries.by_number[car].course_car
    ]
    known: dict[str, tuple[Elapsed, Instant]] = {}
    for car in cars:
        way = way_of(seen_on(scenario, car, stage, habits))
        assert way is not None
        begun = scenario.truth[car].starts[stage]
        known[car] = elapsed_of(way, begun, finish - start), begun
    good, errors, asked = 0, [], 0
    road = scenario.roads[1]
    leader = cars[0]
    for car in cars[1:]:
        for metres, gap in gaps(known[car][0], known[leader][0], most=50):
            along = road.along(start + metres)
            true = [scenario.drives[who, 1].reaches(along) for who in (car, leader)]
            if true[0] is None or true[1] is None:
                continue
            wanted = (true[0] - known[car][1]) - (true[1] - known[leader][1])
            asked += 1
            good += abs(gap.gap - wanted) <= gap.error
            errors.append(gap.error / SECOND)
    assert asked > 300
    assert good / asked >= 0.95, f"{good} of {asked}"
    # An error that is never wrong because it is huge would say nothing.
    assert sorted(errors)[len(errors) // 2] < (1.6 if habits.interval == SECOND else 6.0)


def test_a_steady_car_is_known_to_a_fraction_of_a_second_and_a_slower_one_less_well() -> None:
    for pace, wide in ((25.0, 0.5), (5.0, 2.5)):
        way = way_of(steady(pace))
        assert way is not None
        elapsed = elapsed_of(way, T0, 900.0)
        assert at(elapsed, 500) == pytest.approx(500 / pace * SECOND, abs=0.01 * SECOND)
        assert 6.0 / pace * SECOND <= float(elapsed.error[500 // elapsed.step]) < wide * SECOND


def test_a_car_that_stood_is_uncertain_there_by_as_long_as_it_stood_and_sure_again_further_on() -> None:
    driven = [Place(T0 + s * SECOND, 20.0 * s, 6.0) for s in range(31)]
    stood = [Place(T0 + (31 + s) * SECOND, 600.0 + 4 * math.sin(s), 6.0) for s in range(60)]
    on = [Place(T0 + (91 + s) * SECOND, 600.0 + 20.0 * s, 6.0) for s in range(1, 30)]
    way = way_of([*driven, *stood, *on])
    assert way is not None
    elapsed = elapsed_of(way, T0, 1_000.0)
    assert float(elapsed.error[600]) > 29 * SECOND
    assert float(elapsed.error[300]) < SECOND
    assert float(elapsed.error[900]) < SECOND
    assert at(elapsed, 900) == pytest.approx(106 * SECOND, abs=SECOND)


def test_where_nothing_was_heard_the_error_spans_the_silence() -> None:
    places = [place for place in steady(20.0) if not 40 * SECOND < place.at - T0 < 100 * SECOND]
    way = way_of(places)
    assert way is not None
    elapsed = elapsed_of(way, T0, 3_000.0)
    middle = float(elapsed.error[1_400 // elapsed.step])
    assert 28 * SECOND < middle < 62 * SECOND
    assert float(elapsed.error[500 // elapsed.step]) < SECOND


def test_a_time_is_known_only_as_far_as_the_car_has_come() -> None:
    way = way_of(steady(20.0, until=50))
    assert way is not None
    elapsed = elapsed_of(way, T0, 2_000.0)
    assert not math.isnan(at(elapsed, 980))
    assert math.isnan(at(elapsed, 990))


def test_places_in_any_order_make_the_same_way() -> None:
    places = steady(20.0, until=40)
    ways = [way_of(order) for order in (places, places[::-1], places[::2] + places[1::2])]
    for one, other in itertools.pairwise(ways):
        assert one is not None
        assert other is not None
        assert (one.metres == other.metres).all()
        assert (one.at == other.at).all()


def test_one_place_is_no_way() -> None:
    assert way_of([]) is None
    assert way_of(steady(20.0, until=1)) is None


def test_a_stretch_that_is_not_shown_leaves_a_hole_up_to_its_neighbours_in_sight() -> None:
    places = [place._replace(shown=not 400 <= place.metres <= 600) for place in steady(20.0)]
    way = way_of(places)
    assert way is not None
    elapsed = elapsed_of(way, T0, 1_000.0)
    assert not math.isnan(at(elapsed, 380))
    assert all(math.isnan(at(elapsed, metres)) for metres in range(381, 620))
    assert not math.isnan(at(elapsed, 621))


def test_the_time_in_a_neutral_stretch_does_not_count() -> None:
    driven = [Place(T0 + s * SECOND, 20.0 * s, 6.0) for s in range(26)]
    slow = [Place(T0 + (25 + s) * SECOND, 500.0 + 2.0 * s, 6.0) for s in range(1, 51)]
    on = [Place(T0 + (75 + s) * SECOND, 600.0 + 20.0 * s, 6.0) for s in range(1, 30)]
    way = way_of([*driven, *slow, *on])
    assert way is not None
    elapsed = elapsed_of(way, T0, 1_000.0, [(500.0, 600.0)])
    assert at(elapsed, 400) == pytest.approx(20 * SECOND, abs=SECOND // 10)
    assert at(elapsed, 550) == pytest.approx(25 * SECOND, abs=SECOND // 10)
    assert at(elapsed, 1_000) == pytest.approx(45 * SECOND, abs=SECOND // 10)


def test_the_ideal_time_follows_the_averages_and_goes_on_with_the_last_one() -> None:
    ideal = ideal_elapsed([(0.0, 0), (1_000.0, 100 * SECOND), (1_500.0, 125 * SECOND)], 2_000.0)
    assert [at(ideal, metres) / SECOND for metres in (0, 500, 1_000, 1_250, 1_500, 2_000)] == pytest.approx(
        [0, 50, 100, 112.5, 125, 150]
    )
    way = way_of(steady(10.0))
    assert way is not None
    behind = dict(gaps(elapsed_of(way, T0 - SECOND, 2_000.0), ideal, most=2_000))
    assert behind[500].gap == pytest.approx(SECOND, abs=10_000)


def test_the_gap_here_is_that_of_the_place_and_grows_more_uncertain_with_its_age() -> None:
    reference = ideal_elapsed([(0.0, 0), (1_000.0, 50 * SECOND)], 1_000.0)
    place = Place(T0 + 27 * SECOND, 500.5, 6.0)
    fresh = gap_here(place, 20.0, T0, reference, place.at)
    assert fresh is not None
    assert fresh.gap == pytest.approx(1_975_000, abs=1_000)
    assert fresh.error == pytest.approx(0.3 * SECOND, abs=1_000)
    old = gap_here(place, 20.0, T0, reference, place.at + 65 * SECOND)
    assert old is not None
    assert old.gap == fresh.gap
    assert old.error == pytest.approx(fresh.error + 6 * SECOND, abs=1_000)
    standing = gap_here(place, 0.0, T0, reference, place.at)
    assert standing is not None
    assert standing.error == pytest.approx(6 * SECOND, abs=1_000)


@pytest.mark.parametrize("metres", [-1.0, 1_001.5, 5_000.0])
def test_there_is_no_gap_where_the_reference_has_not_been(metres: float) -> None:
    reference = ideal_elapsed([(0.0, 0), (1_000.0, 50 * SECOND)], 1_000.0)
    assert gap_here(Place(T0, metres, 6.0), 20.0, T0, reference, T0) is None


def test_a_receiver_that_is_wrong_across_the_road_is_as_wrong_along_it() -> None:
    assert place_error(3.0, 1.0) == pytest.approx(6.0)
    assert place_error(3.0, 30.0) == pytest.approx(32.0)
    assert place_error(None, 0.0) == pytest.approx(10.0 * 4 / 3 + 2.0)
    assert place_error(-1.0, 0.0) == pytest.approx(2.0)


def test_ways_hold_their_arrays_alike() -> None:
    way = way_of(steady(20.0, until=5))
    assert isinstance(way, Way)
    assert len(way.metres) == len(way.at) == len(way.error) == 5
