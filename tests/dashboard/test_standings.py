"""Classifications as the board, the sheets and the command show them."""

from dataclasses import replace
from typing import Any

from dashboard.messages import plain
from dashboard.standings import board_scopes, standing_rows
from dashboard.tables import STANDING_COLUMNS, standing_table
from tests.core.rallies import Pen, crews, regularity, span, stage_rally, told
from timing.core.decisions import Disqualify, Penalise, Retire, Role, SetNotional
from timing.core.entries import EntryList
from timing.core.event import Event, TeamRule
from timing.core.instant import MINUTE, SECOND
from timing.core.itinerary import ControlKind
from timing.core.rally import Rally
from timing.core.records import Record


def times(pen: Pen, **of_car: str) -> list[Record]:
    return [
        pen.rule(SetNotional("SS1", car.removeprefix("car"), span(time)), car) for car, time in of_car.items()
    ]


def in_teams() -> Event:
    event = stage_rally(crews("1", "2", "3", "4", classes="AABB"))
    entries = {
        car: replace(entry, team="Reds" if car in "14" else "Blues", category="old" if car in "12" else "new")
        for car, entry in event.entries.by_number.items()
    }
    return replace(event, entries=EntryList(entries), team_rule=TeamRule(count=2))


def test_the_live_document_carries_the_lists_that_spectators_choose_from() -> None:
    assert board_scopes(Rally(in_teams()).scopes()) == (
        "overall",
        "leg-1",
        "leg-2",
        "class-A",
        "class-B",
        "category-old",
        "category-new",
        "teams",
    )
    assert board_scopes(("overall", "overall-raw", "section-1", "final-leg", "group-P1")) == ("overall",)


def test_the_disqualified_are_named_last_without_times() -> None:
    pen = Pen()
    records = times(pen, car1="5:00.0", car2="5:10.0")
    records += [
        pen.rule(Penalise("1", "speeding", time=10 * SECOND), "fine", Role.CLERK),
        pen.rule(Disqualify("1"), "out", Role.STEWARD, text="underweight"),
    ]
    rows = plain(standing_rows(told(stage_rally(), records), "overall"))
    assert list(rows)[-1] == "1"
    assert rows["1"] == {
        "order": 2,
        "stages_done": 1,
        "status": "DSQ",
        "marks": rows["1"]["marks"],
        "class": "",
    }
    assert rows["2"]["total"]["text"] == "5:10.0"


def test_a_retirement_is_listed_with_its_place_and_reason() -> None:
    pen = Pen()
    records = [*times(pen, car1="5:00.0"), pen.stamp("TC0", "09:40:10", "1")]
    records.append(pen.rule(Retire("1", "TC2", "gearbox"), "out", Role.CLERK))
    rally = told(stage_rally(), records)
    row = plain(standing_rows(rally, "overall"))["1"]
    assert (row["status"], row["stopped_at"], row["cause"]) == ("RETIRED", "TC2", "gearbox")
    cells = dict(zip(STANDING_COLUMNS, standing_table({"1": row}, {})[0], strict=True))
    assert (cells["stopped_at"], cells["cause"], cells["status"]) == ("TC2", "gearbox", "RETIRED")


def test_a_retirement_at_a_secret_place_does_not_give_it_away() -> None:
    event = regularity()
    controls = dict(event.itinerary.controls)
    controls["CT1"] = replace(controls["CT1"], kind=ControlKind.SECRET)
    event = replace(event, itinerary=replace(event.itinerary, controls=controls))
    pen = Pen()
    records = [
        pen.stamp("TC0", "10:00:10", "1"),
        pen.rule(Retire("1", "CT1", "stopped at CT1"), "o", Role.CLERK),
    ]
    row = plain(standing_rows(told(event, records), "overall"))["1"]
    assert row["status"] == "RETIRED"
    assert "CT1" not in repr(row)


def test_teams_are_rows_by_name_with_the_crews_that_count() -> None:
    pen = Pen()
    rally = told(in_teams(), times(pen, car1="5:00.0", car2="5:10.0", car3="5:20.0", car4="5:31.0"))
    rows = plain(standing_rows(rally, "teams"))
    assert [(name, row["rank"], row["total"]["text"], row["crews"]) for name, row in rows.items()] == [
        ("Blues", 1, "10:30.0", "2, 3"),
        ("Reds", 2, "10:31.0", "1, 4"),
    ]


def test_championship_points_are_points_also_where_the_rally_counts_seconds() -> None:
    pen = Pen()
    rally = told(stage_rally(), times(pen, car1="5:00.0", car2="5:10.0"))
    rows = plain(standing_rows(rally, "championship"))
    assert (rows["1"]["total"], rows["2"]["gap"]["text"]) == ({"points": 25, "text": "25"}, "+8")


async def test_lists_that_the_board_does_not_carry_are_asked_for_one_by_one(run: Any) -> None:
    running = await run(event=in_teams())
    async with running.client("spectator") as client:
        live = (await client.get("/api/live")).json()["state"]["standings"]
        final = await client.get("/api/standings/final-leg")
        points = await client.get("/api/standings/championship")
        sheet = await client.get("/api/standings/final-leg?format=csv")
        unknown = await client.get("/api/standings/section-9")
    assert "final-leg" not in live
    assert list(live["teams"]) == ["Reds", "Blues"]
    assert (final.status_code, final.json()["unit"], list(final.json()["rows"])) == (
        200,
        "seconds",
        list("1234"),
    )
    assert (points.json()["unit"], points.json()["rows"]["1"]["total"]["points"]) == ("points", 0)
    assert sheet.text.splitlines()[0] == ",".join(STANDING_COLUMNS)
    assert unknown.status_code == 404
    assert "championship" in unknown.json()["known"]


async def test_a_board_that_runs_behind_is_not_overtaken_by_a_list_that_does_not(run: Any) -> None:
    event = in_teams()
    running = await run(event=replace(event, public=replace(event.public, delay=5 * MINUTE)))
    async with running.client("spectator") as client:
        refused = await client.get("/api/standings/final-leg")
    async with running.client("clerk") as client:
        given = await client.get("/api/standings/final-leg")
    assert (refused.status_code, given.status_code) == (403, 200)
