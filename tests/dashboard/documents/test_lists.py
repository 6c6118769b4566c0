from dataclasses import replace

from dashboard.documents.interim import interim
from dashboard.documents.lists import classes, list_names, penalties, retirements, start_list
from dashboard.documents.live import Seen
from dashboard.documents.sheet import Block, Sheet
from dashboard.standings import standing_rows
from tests.core.publishing import driven
from tests.core.rallies import Pen, Road, at, crews, regularity, stage_rally, told
from timing.core.decisions import Disqualify, Penalise, Retire, Role
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.core.itinerary import ControlKind, StageKind
from timing.core.rally import Rally
from timing.presets import load_preset


def seen(event: Event) -> Seen:
    return Seen(event=event, at=at("20:00:00"), cars={}, stages={})


def rows(found: Block) -> list[dict[str, str]]:
    keys = [column.key for column in found.columns]
    return [dict(zip(keys, line, strict=True)) for line in found.lines]


def only(sheet: Sheet) -> list[dict[str, str]]:
    (found,) = sheet.blocks
    return rows(found)


def test_each_event_has_a_start_list_for_every_leg() -> None:
    assert list(list_names(stage_rally())) == [
        "start-list-1", "start-list-2", "interim", "penalties", "retirements", "classes",
    ]  # fmt: skip


def test_the_start_list_of_the_next_leg_leaves_out_who_is_out_and_gives_positions() -> None:
    pen = Pen()
    event = stage_rally(crews("0", "1", "2", "3"))
    rally = told(event, [*driven(pen, 1, 2), pen.rule(Retire("2", "TC3", "engine"), role=Role.CLERK)])
    first, second = (start_list(seen(event), rally, leg) for leg in (1, 2))
    assert [(row["place"], row["due"], row["car"]) for row in only(first)] == [
        ("", "09:40", "0"), ("1", "09:40", "1"), ("2", "09:41", "2"), ("3", "09:42", "3"),
    ]  # fmt: skip
    assert "rank" not in only(first)[0]
    assert [(row["place"], row["due"], row["car"], row["rank"]) for row in only(second)] == [
        ("", "09:00", "0", ""), ("1", "09:00", "1", "1"), ("2", "09:02", "3", "2"),
    ]  # fmt: skip
    assert dict(second.facts) == {"Day": "Mon 21 September 2026"}


def test_a_control_whose_name_is_its_id_is_named_once() -> None:
    event = stage_rally()
    assert event.itinerary.controls["TC0"].name == "TC0"
    assert start_list(seen(event), told(event, []), 1).blocks[0].title == "TC0"
    square = replace(event.itinerary.controls["TC0"], name="Market square")
    controls = {**event.itinerary.controls, "TC0": square}
    event = replace(event, itinerary=replace(event.itinerary, controls=controls))
    assert start_list(seen(event), told(event, []), 1).blocks[0].title == "TC0 Market square"


def test_penalties_are_listed_with_place_rule_and_remark() -> None:
    pen = Pen()
    event = stage_rally()
    charge = Penalise("2", "speeding", time=10 * SECOND, control="TC1")
    rally = told(event, [*pen.to_first_stage("1", "2"), pen.rule(charge, role=Role.CLERK, text="68 km/h")])
    assert only(penalties(seen(event), rally)) == [
        {"car": "2", "crew": "Driver 2", "where": "TC1", "rule": "speeding", "amount": "0:10.0",
         "text": "68 km/h"}
    ]  # fmt: skip
    assert penalties(seen(event), told(event, [])).blocks[0].empty == "No penalties."


def test_retirements_say_where_a_crew_was_seen_last_and_why() -> None:
    pen = Pen()
    event = stage_rally()
    records = [
        *pen.to_first_stage("1", "2"),
        pen.rule(Retire("2", "TC1", "gearbox"), role=Role.CLERK),
        pen.rule(Disqualify("3"), role=Role.STEWARD),
    ]
    listed = only(retirements(seen(event), told(event, records)))
    assert [(row["car"], row["status"], row["at"], row["clock"], row["cause"]) for row in listed] == [
        ("2", "retired", "TC1", "09:58:10", "gearbox"),
        ("3", "disqualified", "", "", ""),
    ]


def test_a_secret_place_is_in_no_list() -> None:
    pen = Pen()
    event = regularity()
    stamps = [pen.stamp("M0", "11:02:00", "1"), pen.stamp("M1", "11:09:30", "1")]
    rally = told(event, [*stamps, pen.rule(Retire("1", "M1", "stopped behind M1"), role=Role.CLERK)])
    (row,) = only(retirements(seen(event), rally))
    assert "M1" not in "".join(row.values())
    assert row["status"] == "retired"


def test_each_class_has_a_part_of_its_own() -> None:
    pen = Pen()
    event = stage_rally(crews("1", "2", "3", classes="ABA"))
    sheet = classes(seen(event), told(event, driven(pen, 1)))
    assert [part.title for part in sheet.blocks] == ["Class A", "Class B"]
    assert [[row["car"] for row in rows(part)] for part in sheet.blocks] == [["1", "3"], ["2"]]


def test_the_interim_sheet_shows_the_section_driven_last_between_two_totals() -> None:
    pen = Pen()
    event = stage_rally(crews("1", "2", "3", classes="ABA"))
    charge = Penalise("2", "speeding", time=10 * SECOND, control="TC4")
    rally = told(event, [*driven(pen, 1, 2, 3), pen.rule(charge, role=Role.CLERK)])
    sheet = interim(seen(event), rally)
    assert sheet.title == "Interim results, leg 2"
    found = {row["car"]: row for row in only(sheet)}
    assert found["2"]["SS3"] == "7:20.5"
    assert found["2"]["penalties"] == "0:10.0"
    for car, row in found.items():
        assert row["total"] == standing_row_total(rally, "overall", car)
        assert row["previous"] == standing_row_total(rally, "leg-1", car)
    assert (found["1"]["rank"], found["1"]["class_rank"]) == ("1", "1")
    assert (found["3"]["class"], found["3"]["class_rank"]) == ("A", "2")


def standing_row_total(rally: Rally, scope: str, car: str) -> str:
    total = standing_rows(rally, scope)[car].total
    assert total is not None
    return total.text


def test_the_interim_sheet_goes_on_with_the_first_crew_at_the_next_leg() -> None:
    pen = Pen()
    event = stage_rally()
    charge = Penalise("1", "speeding", time=10 * SECOND, control="TC4")
    records = [*driven(pen, 1, 2), pen.stamp("TC4", "33:00:00", "1"), pen.rule(charge, role=Role.CLERK)]
    (row, *_) = (row for row in only(interim(seen(event), told(event, records))) if row["car"] == "1")
    assert row["penalties"] == "0:10.0"
    assert row["SS3"] == "running"


def test_before_the_start_there_is_nothing_between() -> None:
    event = stage_rally()
    assert interim(seen(event), told(event, [])).blocks[0].empty == "No crew has been seen yet."


def test_a_section_of_many_tests_goes_on_in_further_tables() -> None:
    event = chained(20)
    pen = Pen()
    rally = told(event, [pen.stamp(f"L{n}", f"10:{n + 10}:00", "1") for n in range(21)])
    sheet = interim(seen(event), rally)
    assert sheet.wide
    assert [part.title for part in sheet.blocks] == ["Leg 1", "Leg 1: PC9 to PC16", "Leg 1: PC17 to PC20"]
    first, second, third = (rows(part)[0] for part in sheet.blocks)
    assert [key for key in first if key.startswith("PC")] == [f"PC{n}" for n in range(1, 9)]
    assert second["PC16"] == third["PC20"] == "+0.00"


def chained(count: int) -> Event:
    """A leg of so many tests of a minute each."""
    road = Road()
    road.put("TC0", ControlKind.TC, "0", first="10:00")
    road.put("L0", ControlKind.REG_TEST, "1")
    for number in range(1, count + 1):
        road.put(f"L{number}", ControlKind.REG_TEST, str(1 + number), stage=f"PC{number}", target="1:00.00")
        road.time(f"PC{number}", StageKind.REG_TEST, f"L{number - 1}", f"L{number}", target="1:00.00")
    return road.event(load_preset("ACI_REGULARITY"), crews("1", "2"), {})
