"""What the two example events promise: their size, their parts, and roads that are hard to match."""

import datetime as dt
import itertools
import math
from collections import Counter
from pathlib import Path

import pytest

from simulators.road_line import RoadLine, build_line, distance
from simulators.roads import SPACING, read_waypoints
from timing.core.event import Event
from timing.core.instant import HOUR, MINUTE, parse_instant
from timing.core.itinerary import TIME_CONTROLS, ControlKind, StageKind
from timing.core.preset import SectionOrigin
from timing.event_folder import load_event

EVENTS = Path(__file__).resolve().parents[2] / "simulators" / "events"


def load(name: str) -> Event:
    loaded = load_event(EVENTS / name)
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.event is not None
    return loaded.event


def roads(name: str) -> dict[int, RoadLine]:
    return {
        int(path.stem[4:]): build_line(read_waypoints(path.read_text(encoding="utf-8")), SPACING)
        for path in sorted((EVENTS / name / "waypoints").iterdir())
    }


@pytest.fixture(scope="module")
def mille() -> Event:
    return load("california-mille")


@pytest.fixture(scope="module")
def night() -> Event:
    return load("night-stages")


def test_seventy_cars_of_1927_to_1957_are_entered_with_crews_and_trackers(mille: Event) -> None:
    cars = [entry for entry in mille.entries.by_number.values() if not entry.course_car]
    assert len(cars) == 70
    years = [entry.year or 0 for entry in cars]
    assert (min(years), max(years)) == (1927, 1957)
    assert [entry.start_offset for entry in cars] == [place * MINUTE for place in range(70)]
    assert all(
        entry.driver and entry.codriver and entry.tracker for entry in mille.entries.by_number.values()
    )
    periods = {"A": (0, 1939), "B": (1940, 1950), "C": (1951, 1954), "D": (1955, 1957)}
    for entry in cars:
        first, last = periods[entry.class_]
        assert first <= (entry.year or 0) <= last
        assert entry.coefficient is not None
        assert 1 + (entry.year or 0) % 100 / 100 == pytest.approx(float(entry.coefficient))


def test_the_mille_is_longer_than_1500_km_over_five_legs() -> None:
    lengths = {leg: road.length / 1000 for leg, road in roads("california-mille").items()}
    assert sorted(lengths) == [1, 2, 3, 4, 5]
    assert sum(lengths.values()) >= 1500
    assert all(250 < length < 380 for length in lengths.values())


def test_the_mille_has_its_tests_trials_and_passage_controls(mille: Event) -> None:
    kinds = Counter(stage.kind for stage in mille.itinerary.stages.values())
    assert kinds[StageKind.REG_TEST] >= 40
    assert kinds[StageKind.AVG_TRIAL] == 5
    assert sum(c.kind is ControlKind.PASSAGE for c in mille.itinerary.controls.values()) >= 10
    finishes = {stage.finish for stage in mille.itinerary.stages.values()}
    chained = [stage for stage in mille.itinerary.stages.values() if stage.start in finishes]
    assert len(chained) >= 20
    changed = [c for c in mille.itinerary.controls.values() if c.kind is ControlKind.AVG_TRIAL and c.average]
    assert len(changed) > 5


def test_every_line_of_a_test_has_a_timer_that_day(mille: Event) -> None:
    timed = {a.control: a for device in mille.devices.values() for a in device.assignments}
    for control in mille.itinerary.controls.values():
        if control.kind is ControlKind.REG_TEST:
            day = mille.itinerary.legs[control.leg].day
            since, until = timed[control.id].since, timed[control.id].until
            assert since is not None
            assert until is not None
            assert since <= mille.time.at(day, 8 * HOUR) < mille.time.at(day, 20 * HOUR) <= until


def test_no_part_of_the_mille_asks_for_more_than_50_km_an_hour(mille: Event) -> None:
    assert mille.preset.section_origin is SectionOrigin.PREVIOUS_TC
    for leg in mille.itinerary.legs.values():
        timed = [mille.itinerary.controls[ident] for ident in leg.controls]
        timed = [control for control in timed if control.kind in TIME_CONTROLS]
        for before, control in itertools.pairwise(timed):
            assert before.metres is not None
            assert control.metres is not None
            assert control.target is not None
            assert (control.metres - before.metres) / 1000 / (control.target / HOUR) < 50


def test_tests_last_between_8_and_60_seconds(mille: Event) -> None:
    for stage in mille.itinerary.stages.values():
        if stage.kind is StageKind.REG_TEST:
            assert stage.target is not None
            assert 8_000_000 <= stage.target <= 60_000_000


@pytest.mark.parametrize(
    ("name", "leg", "out", "back"),
    [
        ("california-mille", 1, "Garner Valley", "Garner Valley (return)"),
        ("california-mille", 4, "Gorman", "Gorman (return)"),
        ("california-mille", 5, "Sespe Gorge", "Sespe Gorge (return)"),
        ("night-stages", 2, "Passo della Raticosa", "Passo della Raticosa (return)"),
    ],
)
def test_a_road_driven_out_and_back_passes_one_place_twice(name: str, leg: int, out: str, back: str) -> None:
    road = roads(name)[leg]
    assert road.places[back] - road.places[out] > 5_000
    assert distance(road.at(road.places[out]), road.at(road.places[back])) < 1


@pytest.mark.parametrize(
    ("leg", "first", "again"), [(1, "Julian", "Julian again"), (2, "Joshua Tree", "Joshua Tree (return)")]
)
def test_a_road_crosses_itself(leg: int, first: str, again: str) -> None:
    road = roads("california-mille")[leg]
    assert distance(road.at(road.places[first]), road.at(road.places[again])) < 1


@pytest.mark.parametrize("name", ["california-mille", "night-stages"])
def test_hairpins_turn_by_more_than_120_degrees_within_150_m(name: str) -> None:
    sharpest = 0.0
    for road in roads(name).values():
        courses = []
        for a, b in itertools.pairwise(road.points):
            flat = math.cos(math.radians(a.lat))
            courses.append(math.degrees(math.atan2(b.lat - a.lat, (b.lon - a.lon) * flat)))
        for i, course in enumerate(courses):
            for j in range(i + 1, len(courses)):
                if road.metres[j] - road.metres[i + 1] > 150:
                    break
                turn = abs((courses[j] - course + 180) % 360 - 180)
                if turn < 170:  # 180 is the turn at the end of a road out and back
                    sharpest = max(sharpest, turn)
    assert sharpest > 120


def test_the_night_rally_passes_midnight_and_the_change_of_the_clocks(night: Event) -> None:
    assert len([entry for entry in night.entries.by_number.values() if not entry.course_car]) == 20
    assert night.itinerary.legs[1].day == dt.date(2026, 10, 24)
    assert night.time.offset == 2 * HOUR
    regroup = night.itinerary.controls["TC2B"].first_car
    assert regroup == parse_instant("2026-10-25T00:35:00+02:00")
    last = max(entry.start_offset for entry in night.entries.by_number.values() if not entry.course_car)
    second = night.itinerary.controls["TC3C"].first_car
    assert second is not None
    change = parse_instant("2026-10-25T01:00:00Z")
    assert second < change < second + last


def test_the_night_rally_has_six_stages_with_two_timers_at_each_finish(night: Event) -> None:
    stages = list(night.itinerary.stages.values())
    assert [stage.kind for stage in stages] == [StageKind.SS] * 6
    for stage in stages:
        start, finish = (night.itinerary.controls[ident].metres for ident in (stage.start, stage.finish))
        assert start is not None
        assert finish is not None
        assert 5_000 <= finish - start <= 15_000
        sources = [
            a.source for d in night.devices.values() for a in d.assignments if a.control == stage.finish
        ]
        assert sorted(sources) == ["A", "B"]


def test_no_stage_of_the_night_rally_is_driven_against_its_direction_in_the_same_leg(night: Event) -> None:
    for stage in night.itinerary.stages.values():
        road = roads("night-stages")[stage.leg]
        start, finish = (night.itinerary.controls[ident].metres for ident in (stage.start, stage.finish))
        assert start is not None
        assert finish is not None
        inside = [p for p, m in zip(road.points, road.metres, strict=True) if start + 300 < m < finish - 300]
        outside = [p for p, m in zip(road.points, road.metres, strict=True) if not start <= m <= finish]
        nearest = min(distance((p.lat, p.lon), (q.lat, q.lon)) for p in inside[::5] for q in outside[::2])
        assert nearest > 50


def test_no_line_of_a_test_stands_where_its_leg_passes_twice(mille: Event) -> None:
    # A timer there would also see the cars that drive the other way.
    for leg, road in roads("california-mille").items():
        for control in (mille.itinerary.controls[ident] for ident in mille.itinerary.legs[leg].controls):
            if control.kind is ControlKind.REG_TEST:
                assert control.metres is not None
                here = road.at(control.metres)
                elsewhere = [
                    distance(here, (p.lat, p.lon))
                    for p, metres in zip(road.points, road.metres, strict=True)
                    if abs(metres - control.metres) > 1_000
                ]
                assert min(elsewhere) > 100, control.id
