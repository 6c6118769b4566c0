from dashboard.documents.lists import classes, list_names, penalties, retirements, start_list
from dashboard.documents.live import Seen
from dashboard.documents.sheet import Block, Sheet
from tests.core.publishing import driven
from tests.core.rallies import Pen, at, crews, regularity, stage_rally, told
from timing.core.decisions import Disqualify, Penalise, Retire, Role
from timing.core.event import Event
from timing.core.instant import SECOND


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
        "start-list-1", "start-list-2", "penalties", "retirements", "classes",
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
