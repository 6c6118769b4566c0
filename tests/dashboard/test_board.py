from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dashboard.board import Scene
from dashboard.board_officials import SHOWN_STAMPS
from dashboard.hub import Audience
from dashboard.messages import Json, canonical
from dashboard.projector import Projector, Surroundings
from tests.core.rallies import Pen, Road, crews, stage_rally
from timing.core.decisions import Decision, Retire, Role, decision_key
from timing.core.event import Event, HiddenZone, PublicPolicy
from timing.core.instant import HOUR, MINUTE, SECOND, Instant, parse_instant
from timing.core.itinerary import ControlKind, StageKind
from timing.core.positions import Tracking
from timing.core.rally import Rally
from timing.core.readings import Fix, Source, Stamp, reading_key
from timing.core.records import Record
from timing.presets import load_preset

START = parse_instant("2026-06-06T15:00:00Z")  # 08:00 rally time: car 1 starts


class Board:
    """A rally to which a test gives stamps and fixes, and the documents that follow."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.rally = Rally(event)
        self.tracking = Tracking(event)
        self.seq = 0
        self.projector = Projector(
            Scene(event, self.rally, self.tracking, {}),
            lambda: Surroundings(devices={}, links={}, refused={}, refused_count=0, notices={}),
        )
        self.state: dict[Audience, dict[str, Json]] = {audience: {} for audience in Audience}

    def stamp(self, control: str, car: str | None, at: Instant, source: Source = Source.M, n: int = 0) -> str:
        self.seq += 1
        stamp = Stamp(device="m", control=control, source=source, car=car, at=at, boot=1, n=self.seq + n)
        key = reading_key(stamp)
        record = Record(seq=self.seq, received_at=at, origin="web:marshal/Ada", key=key, body=stamp)
        self.projector.changed(self.rally.add(record))
        return key

    def fix(self, car: str, lat: float, lon: float, at: Instant) -> None:
        fix = Fix(device=f"phone-{car}", at=at, lat=lat, lon=lon, speed=12.345, course=359.7, battery=80)
        self.projector.moved(self.tracking.add([(car, fix)], at).cars)

    def look(self, now: Instant = START) -> dict[Audience, dict[str, Json]]:
        for audience, parts in self.projector.project(now).items():
            self.state[audience].update(parts)
        return self.state

    def public(self, now: Instant = START) -> dict[str, Json]:
        return self.look(now)[Audience.PUBLIC]


def walk(value: Any, visit: Callable[[Any], None]) -> None:
    visit(value)
    if isinstance(value, dict):
        for inner in value.values():
            walk(inner, visit)
    assert not isinstance(value, list), "the live document holds no arrays of rows"


def drive_tests(board: Board, car: str, start: Instant, first: int, second: int) -> None:
    board.stamp("TC0", car, start - start % MINUTE)
    board.stamp("T1.0", car, start + 5 * MINUTE, Source.A)
    board.stamp("T1.1", car, start + 5 * MINUTE + first, Source.A)
    board.stamp("T1.2", car, start + 5 * MINUTE + first + second, Source.A)


def test_results_and_standings_follow_the_stamps(event: Event) -> None:
    board = Board(event)
    drive_tests(board, "1", START, 18_050_000, 22_990_000)
    drive_tests(board, "2", START + MINUTE, 18_000_000, 23_000_000)
    state = board.public(START + HOUR)
    row = state["results"]["T1"]["1"]
    assert row["deviation"] == {"us": 50_000, "text": "+0.05"}
    assert row["points"]["points"] == 5
    assert row["rank"] == 2
    assert state["results"]["T2"]["1"]["deviation"]["text"] == "-0.01"
    assert state["results"]["T1"]["2"]["rank"] == 1
    assert state["standings"]["overall"]["1"]["stages_done"] == 2
    assert state["cars"]["1"]["last_test"]["stage"] == "T2"
    assert state["stages"]["T1"]["done"] == 2
    assert state["stages"]["T1"]["target"]["us"] == 18 * SECOND


def test_the_document_holds_no_null_and_no_array(event: Event) -> None:
    board = Board(event)
    drive_tests(board, "1", START, 18_050_000, 22_990_000)
    board.stamp("T1.0", None, START + 20 * MINUTE, Source.A)
    board.fix("1", 34.4487, -119.2431, START)
    for document in board.look(START + HOUR).values():
        walk(document, lambda value: pytest.fail("null in the document") if value is None else None)


def test_secret_points_of_a_trial_never_reach_the_public(event: Event) -> None:
    board = Board(event)
    drive_tests(board, "1", START, 18_000_000, 23_000_000)
    board.stamp("A1.0", "1", START + 20 * MINUTE, Source.A)
    board.stamp("A1.1", "1", START + 24 * MINUTE + 30 * SECOND, Source.A)
    state = board.look(START + HOUR)
    assert b"A1.1" not in canonical(state[Audience.PUBLIC])
    assert b"A1.2" not in canonical(state[Audience.PUBLIC])
    assert state[Audience.PUBLIC]["cars"]["1"]["next"] == "TC1"
    assert "A1.1" in state[Audience.OFFICIALS]["controls"]
    assert "A1.1" in state[Audience.MARSHAL]["controls"]


def test_only_officials_see_batteries_speeds_and_stamps(event: Event) -> None:
    board = Board(event)
    key = board.stamp("T1.0", None, START + 5 * MINUTE, Source.A)
    board.fix("1", 34.4487, -119.2431, START)
    state = board.look()
    official, public, marshal = (
        state[who]["cars"]["1"] for who in (Audience.OFFICIALS, Audience.PUBLIC, Audience.MARSHAL)
    )
    assert official["battery"] == 80
    assert official["speed"] == 12.3
    assert official["course"] == 0
    assert {"battery", "speed", "off_m", "tracker"}.isdisjoint(public)
    assert public["lat"] == 34.4487
    assert {"lat", "lon", "km", "speed", "battery"}.isdisjoint(marshal)
    stamp = state[Audience.MARSHAL]["controls"]["T1.0"]["stamps"][key]
    assert stamp["text"] == "08:05:00.000000"
    assert key.encode() not in canonical(state[Audience.PUBLIC])


def test_the_organizer_may_let_the_public_see_speeds(event: Event) -> None:
    board = Board(replace(event, public=PublicPolicy(speed=True)))
    board.fix("1", 34.4487, -119.2431, START)
    assert board.public()["cars"]["1"]["speed"] == 12.3


@pytest.mark.parametrize(
    ("policy", "shown"),
    [
        (PublicPolicy(), True),
        (PublicPolicy(hours=(8 * HOUR, 20 * HOUR)), True),
        (PublicPolicy(hours=(9 * HOUR, 20 * HOUR)), False),
        (PublicPolicy(hours=(20 * HOUR, 9 * HOUR)), True),
        (PublicPolicy(hidden_zones=(HiddenZone(34.4487, -119.2431, 100),)), False),
        (PublicPolicy(hidden_zones=(HiddenZone(34.4587, -119.2431, 100),)), True),
    ],
)
def test_a_place_is_public_only_within_the_hours_and_outside_hidden_zones(
    event: Event, policy: PublicPolicy, shown: bool
) -> None:
    board = Board(replace(event, public=policy))
    board.fix("1", 34.4487, -119.2431, START)
    state = board.look()
    assert ("lat" in state[Audience.PUBLIC]["cars"]["1"]) is shown
    assert ("km" in state[Audience.PUBLIC]["cars"]["1"]) <= shown
    assert "lat" in state[Audience.OFFICIALS]["cars"]["1"]


def test_a_crew_seen_later_without_a_passage_is_missing_there(event: Event) -> None:
    board = Board(event)
    drive_tests(board, "1", START, 18_000_000, 23_000_000)
    board.stamp("TC1", "1", START + 40 * MINUTE)
    control = board.public(START + HOUR)["controls"]["CP1"]
    assert control["missing"] == 1
    assert control["arrived"] == 0
    assert control["due"] == 3


def test_course_cars_are_followed_and_never_ranked(event: Event) -> None:
    state = Board(event).public()
    assert state["cars"]["0"]["course_car"] is True
    assert "0" not in state["standings"]["overall"]


def test_a_late_record_changes_the_same_rows_as_an_early_one(event: Event) -> None:
    early, late = Board(event), Board(event)
    drive_tests(early, "1", START, 18_050_000, 22_990_000)
    late.look(START)
    at = START + 5 * MINUTE
    late.stamp("T1.2", "1", at + 18_050_000 + 22_990_000, Source.A, n=3)
    late.look(START)
    late.stamp("T1.1", "1", at + 18_050_000, Source.A, n=1)
    late.look(START)
    late.stamp("T1.0", "1", at, Source.A, n=-1)
    late.look(START)
    late.stamp("TC0", "1", START, n=-3)
    one, other = early.public(START), late.public(START)
    for part in ("standings", "results", "stages", "cars"):
        assert canonical(one[part]) == canonical(other[part])


def test_a_retirement_reaches_the_counts_of_all_later_controls_little_by_little(event: Event) -> None:
    board = Board(event)
    board.stamp("TC0", "1", START)
    assert board.public(START)["controls"]["TC1"]["due"] == 4
    decision = Decision(id="d1", act=Retire("1", "TC0"), author="Ada", role=Role.CLERK, at=START)
    record = Record(
        seq=9, received_at=START, origin="web:clerk/Ada", key=decision_key(decision), body=decision
    )
    board.projector.changed(board.rally.add(record))
    for _ in range(len(event.itinerary.controls)):
        board.look(START)
    for document in board.state.values():
        assert {row["due"] for row in document["controls"].values() if row["order"] > 0} == {3}


def test_the_officials_document_of_a_control_stays_small(event: Event) -> None:
    board = Board(event)
    lost = board.stamp("T1.0", None, START, Source.A)
    for n in range(100):
        board.stamp("T1.0", "1", START + (n + 1) * MINUTE, Source.A)
    stamps = board.look(START + 3 * HOUR)[Audience.OFFICIALS]["controls"]["T1.0"]["stamps"]
    assert len(stamps) == SHOWN_STAMPS + 1
    assert lost in stamps, "a stamp that waits for a car is not pushed out by newer ones"


@pytest.mark.parametrize(
    ("finish", "time", "driven"),
    [("10:03:10.04", "3:20.0", {"us": 190_000_000, "text": "3:10.0"}), ("10:04:10", "4:10.0", None)],
)
def test_a_driven_time_stands_beside_another_one_that_is_charged(
    finish: str, time: str, driven: dict[str, object] | None
) -> None:
    pen = Pen()
    board = Board(stage_rally(bogey={"SS1": 200 * SECOND}))
    records = [pen.stamp("SS1.START", "10:00:00", "1"), pen.stamp("SS1.FF", finish, "1")]
    board.projector.changed(board.rally.add_many(records))
    row = board.public()["results"]["SS1"]["1"]
    assert (row["time"]["text"], row.get("driven")) == (time, driven)


def test_an_off_course_checkpoint_never_reaches_the_public() -> None:
    road = Road()
    road.put("OUT", ControlKind.RESTART, "0", first="10:00")
    road.put("TRAP", ControlKind.OFF_COURSE, "3")
    road.put("CP1", ControlKind.REG_TEST, "6", stage="LEG1", target="10:00")
    road.time("LEG1", StageKind.REG_TEST, "OUT", "CP1", target="10:00")
    board = Board(road.event(load_preset("TSD_SECOND"), crews("1")))
    pen = Pen()
    records = [pen.stamp("TRAP", "10:04:00", "1"), pen.stamp("CP1", "10:10:00", "1")]
    board.projector.changed(board.rally.add_many(records))
    assert [row.rule for row in board.rally.crew_state("1").penalties] == ["off course"]
    assert "TRAP" not in canonical(board.public()).decode()


def legs() -> Event:
    """Two legs of a time-speed-distance rally, to checkpoints that nobody knows of."""
    road = Road()
    road.put("OUT", ControlKind.RESTART, "0", first="10:00")
    road.put("CP1", ControlKind.REG_TEST, "6", stage="LEG1", target="10:00")
    road.put("SIGN", ControlKind.TIME_CHECK, "8")
    road.put("CP2", ControlKind.REG_TEST, "9", stage="LEG2", target="5:00")
    road.time("LEG1", StageKind.REG_TEST, "OUT", "CP1", target="10:00")
    road.time("LEG2", StageKind.REG_TEST, "CP1", "CP2", target="5:00")
    return road.event(load_preset("TSD_HUNDREDTH"), crews("1", "2"))


def test_the_checkpoints_of_a_time_speed_distance_rally_never_reach_the_public() -> None:
    board, pen = Board(legs()), Pen()
    first = [pen.stamp("OUT", "10:00:00", "1"), pen.stamp("CP1", "10:10:06", "1")]
    board.projector.changed(board.rally.add_many(first))
    public = board.public()
    text = canonical(public).decode()
    assert "CP1" not in text
    assert "CP2" not in text
    assert public["controls"].keys() == {"OUT", "SIGN"}
    assert public["cars"]["1"]["next"] == "SIGN"
    # A length or an ideal time tells where the line is, until all have been there.
    assert {"km", "finish", "target"}.isdisjoint(public["stages"]["LEG1"])
    assert public["results"]["LEG1"]["1"]["points"]["text"] == "10"
    board.projector.changed(
        board.rally.add_many([pen.stamp("OUT", "10:01:00", "2"), pen.stamp("CP1", "10:11:00", "2")])
    )
    assert board.public()["stages"]["LEG1"]["target"]["text"] == "10.00"
    assert "CP1" in board.look(START)[Audience.OFFICIALS]["controls"]
