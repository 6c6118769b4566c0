"""Running gaps as pages get them: from fixes in the journal, late for the public, silent about secrets."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.gap_ground import GapGround
from simulators.scenario import Scenario, draw
from simulators.tracker import Habits, Tracker
from timing.core.decisions import Decision, Role
from timing.core.device_acts import AssignTracker
from timing.core.event import Event, HiddenZone, PublicPolicy
from timing.core.instant import HOUR, MINUTE, SECOND, Instant, format_instant, parse_instant
from timing.core.leg_road import lay_roads
from timing.core.readings import Fix, Source, Stamp
from timing.event_folder import load_event

NIGHT = Path(__file__).resolve().parents[2] / "simulators" / "events" / "night-stages"
STAGE, START, FINISH = "SS1", "SS1.START", "SS1.FF"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    loaded = load_event(NIGHT)
    assert loaded.event is not None
    return draw(loaded.event, 7, frozenset({1}))


@dataclass
class Night:
    """A service to which the first stage of the night is driven, as far as its clock has come."""

    scenario: Scenario
    running: Any
    cars: tuple[str, str, str]

    async def drive(self, until: Instant, *cars: str) -> None:
        self.running.clock.advance(until - self.running.clock.now())
        for car in cars:
            truth = self.scenario.truth[car]
            lines = {START: truth.starts[STAGE], FINISH: truth.crossings[FINISH]}
            stamps = [
                Stamp(device=f"m-{line}", control=line, source=Source.M, car=car, at=at)
                for line, at in lines.items()
                if at <= until
            ]
            await self.running.give(*stamps, *self.fixes(car, until))
        await self.running.settle()

    def fixes(self, car: str, until: Instant) -> list[Fix]:
        truth, device = self.scenario.truth[car], self.scenario.event.entries.by_number[car].tracker
        assert device is not None
        drive = self.scenario.drives[car, 1]
        tracker = Tracker(device, drive, sorted(truth.crossings.values()), 7, Habits(gaps=0.0))
        tracker.skip(truth.starts[STAGE] - 2 * MINUTE)
        messages = [json.loads(message) for message in tracker.take(until)]
        sent = [fix for message in messages for fix in (message if isinstance(message, list) else [message])]
        return [
            Fix(
                device=device,
                at=parse_instant(fix["at"]),
                lat=fix["lat"],
                lon=fix["lon"],
                speed=fix["speed"],
                course=fix.get("course"),
                accuracy=fix["acc"],
                boot=fix["boot"],
                n=fix["n"],
            )
            for fix in sent
        ]

    def begin_again(self) -> None:
        """Let the gaps be as in a new process, with no answer at hand."""
        service = self.running.service
        service.gaps.__init__(service.rally, service.tracking.roads, service.journal, service.ingest.riders)

    def true_gap(self, car: str, against: str, metres: float) -> int:
        road, event = self.scenario.roads[1], self.scenario.event
        begin = event.itinerary.controls[START].metres
        assert begin is not None
        times = []
        for who in (car, against):
            at = self.scenario.drives[who, 1].reaches(road.along(begin + metres))
            assert at is not None
            times.append(at - self.scenario.truth[who].starts[STAGE])
        return times[0] - times[1]

    async def curve(self, car: str, role: str = "spectator") -> Any:
        async with self.running.client(role) as client:
            answer = await client.get(f"/api/gaps/{STAGE}/{car}")
            assert answer.status_code == 200, answer.text
            return answer.json()


@pytest.fixture
async def night(scenario: Scenario, run: Any, request: pytest.FixtureRequest) -> Night:
    policy = getattr(request, "param", scenario.event.public)
    cars = [
        car
        for car in scenario.event.entries.by_number
        if not scenario.event.entries.by_number[car].course_car and FINISH in scenario.truth[car].crossings
    ][:3]
    event: Event = replace(scenario.event, public=policy)
    begins = format_instant(scenario.truth[cars[0]].starts[STAGE] - 5 * MINUTE)
    running = await run(event=event, now=begins)
    return Night(scenario, running, (cars[0], cars[1], cars[2]))


def midway(scenario: Scenario, car: str) -> Instant:
    truth = scenario.truth[car]
    return (truth.starts[STAGE] + truth.crossings[FINISH]) // 2


async def test_a_car_on_the_stage_is_measured_against_the_fastest_within_its_error(night: Night) -> None:
    first, second, third = night.cars
    until = midway(night.scenario, third)
    await night.drive(until, first, second, third)
    curve = await night.curve(third)
    assert curve["estimate"] is True
    times = {car: night.scenario.truth[car] for car in (first, second)}
    fastest = min(times, key=lambda car: times[car].crossings[FINISH] - times[car].starts[STAGE])
    done = night.scenario.truth[fastest].crossings[FINISH] <= until
    assert curve["against"] == (fastest if done else first)
    points = list(zip(curve["metres"], curve["gap"], curve["plus_minus"], strict=True))
    assert len(points) > 50
    right = [abs(gap - night.true_gap(third, curve["against"], m)) <= error for m, gap, error in points if m]
    assert sum(right) >= 0.95 * len(right)
    assert curve["newest"]["gap"]["us"] == curve["gap"][-1]
    assert curve["newest"]["plus_minus"]["text"].startswith("±")


async def test_the_live_row_of_a_car_carries_its_gap_while_it_is_on_the_stage_and_not_behind(
    night: Night, within: Any
) -> None:
    first, second, _ = night.cars
    await night.drive(midway(night.scenario, second), first, second)

    def row() -> Any:
        night.running.service.hub.urge()
        return night.running.service.document(None)["cars"][second].get("gap")

    projector = night.running.service.hub.project.__self__
    projector.moved([first, second])
    await within(5, lambda: (projector.moved([second]), row())[1] is not None)
    gap = row()
    assert (gap["stage"], gap["against"]) == (STAGE, first)
    true = night.true_gap(second, first, gap["km"] * 1000)
    assert abs(gap["gap"]["us"] - true) <= gap["plus_minus"]["us"]
    await night.drive(night.scenario.truth[second].crossings[FINISH] + 5 * SECOND, second)
    await within(5, lambda: row() is None)


async def test_the_leader_itself_is_measured_against_the_second(night: Night) -> None:
    first, second, _ = night.cars
    await night.drive(night.scenario.truth[second].crossings[FINISH] + MINUTE, first, second)
    one, other = await night.curve(first), await night.curve(second)
    assert {one["against"], other["against"]} == {first, second}
    # The official crossings of both ends are part of both ways: at the finish they say the same.
    assert one["gap"][-1] == pytest.approx(-other["gap"][-1], abs=SECOND // 2)


@pytest.mark.parametrize("night", [PublicPolicy(delay=2 * MINUTE)], indirect=True)
async def test_the_public_sees_a_gap_no_earlier_than_the_board_and_officials_at_once(night: Night) -> None:
    first, second, _ = night.cars
    until = midway(night.scenario, second)
    await night.drive(until, first, second)
    public, official = await night.curve(second), await night.curve(second, "clerk")
    assert public["until"] == format_instant(until - 2 * MINUTE)
    assert official["until"] == format_instant(until)
    assert max(official["metres"]) > max(public["metres"], default=0) + 500
    drive, road = night.scenario.drives[second, 1], night.scenario.roads[1]
    begin = night.scenario.event.itinerary.controls[START].metres or 0
    behind = road.official(drive.metres([until - 2 * MINUTE])[0]) - begin
    assert max(public["metres"], default=0) <= behind + 30


@pytest.mark.parametrize("night", [PublicPolicy(delay=2 * MINUTE)], indirect=True)
async def test_what_a_marshal_asks_tells_the_public_nothing_that_came_within_the_delay(night: Night) -> None:
    first, second, _ = night.cars
    await night.drive(midway(night.scenario, second) + 2 * MINUTE, first, second)
    # All of it came just now, also what happened before: the board of the public knows none of it yet.
    assert (await night.curve(second, "clerk"))["metres"]
    assert (await night.curve(second, "marshal"))["metres"] == []
    assert (await night.curve(second))["metres"] == []
    night.running.clock.advance(2 * MINUTE)
    await night.running.settle()
    night.begin_again()
    assert (await night.curve(second, "marshal"))["metres"] == (await night.curve(second))["metres"] != []


async def test_a_car_whose_tracker_was_swapped_has_the_gap_and_the_way_of_the_one_it_carries(
    night: Night,
) -> None:
    first, second, _ = night.cars
    await night.drive(midway(night.scenario, second), first)
    truth = night.scenario.truth[second]
    start = Stamp(device="m", control=START, source=Source.M, car=second, at=truth.starts[STAGE])
    now = night.running.clock.now()
    await night.running.give(start, *(replace(fix, device="SPARE") for fix in night.fixes(second, now)))
    assert (await night.curve(second))["metres"] == []
    act = AssignTracker("SPARE", truth.starts[STAGE] - HOUR, second)
    await night.running.give(Decision(id="swap", act=act, author="A", role=Role.CLERK, at=now))
    night.begin_again()
    curve = await night.curve(second)
    assert len(curve["metres"]) > 50
    async with night.running.client("clerk") as client:
        way = (await client.get(f"/api/cars/{second}/trace")).json()
    assert len(way["geometry"]["coordinates"]) > 50


async def test_the_gap_of_a_hidden_zone_is_for_officials_only(scenario: Scenario, run: Any) -> None:
    cars = [car for car, truth in scenario.truth.items() if FINISH in truth.crossings][2:5]
    lat, lon = scenario.roads[1].line.point_at(7_000.0)
    zone = PublicPolicy(hidden_zones=(HiddenZone(lat, lon, 400.0),))
    begins = format_instant(scenario.truth[cars[0]].starts[STAGE] - 5 * MINUTE)
    running = await run(event=replace(scenario.event, public=zone), now=begins)
    night = Night(scenario, running, (cars[0], cars[1], cars[2]))
    await night.drive(scenario.truth[cars[1]].crossings[FINISH] + MINUTE, *cars[:2])
    begin = scenario.event.itinerary.controls[START].metres or 0
    inside = round(scenario.roads[1].official(7_000.0)) - begin
    public, official = await night.curve(cars[1]), await night.curve(cars[1], "clerk")
    assert not [m for m in public["metres"] if abs(m - inside) < 300]
    assert [m for m in official["metres"] if abs(m - inside) < 300]
    assert public["metres"][-1] == official["metres"][-1]


async def test_a_restart_changes_no_gap(scenario: Scenario, run: Any, night: Night) -> None:
    first, second, _ = night.cars
    until = midway(scenario, second)
    await night.drive(until, first, second)
    before = await night.curve(second)
    night.begin_again()
    assert await night.curve(second) == before


async def test_what_there_is_no_gap_on_is_empty_and_what_is_unknown_is_not_found(run: Any) -> None:
    running = await run()
    async with running.client("spectator") as client:
        answer = await client.get("/api/gaps/T1/1")
        assert answer.status_code == 200
        assert answer.json()["metres"] == []
        assert (await client.get("/api/gaps/NONE/1")).status_code == 404
        assert (await client.get("/api/gaps/T1/NONE")).status_code == 404


def test_on_a_trial_the_public_is_measured_on_beyond_its_hidden_finish_to_the_next_open_control(
    event: Event,
) -> None:
    ground = GapGround(event, lay_roads(event))
    trials = [s for s in ground.stretches.values() if s.stage.kind == "AVG_TRIAL"]
    seen = [stretch for stretch in trials if stretch.public_length is not None]
    assert seen
    for stretch in seen:
        assert (stretch.public_length or 0.0) > stretch.length


def test_a_trial_whose_average_changes_at_a_hidden_point_has_no_public_gap(event: Event) -> None:
    trial = next(s for s in event.itinerary.stages.values() if s.kind == "AVG_TRIAL")
    point = event.itinerary.controls[trial.lines[1]]
    start = event.itinerary.controls[trial.start]
    assert start.average is not None
    for average, known in ((start.average, True), (start.average + 5, False)):
        controls = {**event.itinerary.controls, point.id: replace(point, average=average)}
        changed = replace(event, itinerary=replace(event.itinerary, controls=controls))
        stretch = GapGround(changed, lay_roads(changed)).stretches[trial.id]
        assert (stretch.public_length is not None) is known
        assert stretch.length_for(public=False) is not None
