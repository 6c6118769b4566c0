import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dashboard.documents.content import sheet_of, sheet_of_file
from dashboard.documents.live import Seen, after, live_list, live_stage
from dashboard.documents.sheet import Block, Sheet, State
from dashboard.documents.sheet_text import sheet_csv, sheet_json
from dashboard.documents.titles import instant_text, list_title
from dashboard.messages import plain
from dashboard.official_documents import documents_of, signed
from dashboard.standings import standing_rows
from tests.core.publishing import Book
from tests.core.rallies import Pen, at, crews, regularity, stage_rally, told
from timing.core.decisions import Penalise, Retire, Role
from timing.core.instant import SECOND
from timing.core.preset import Truncate
from timing.core.scopes import TEAMS
from timing.signatures import SigningKey, ensure_key, fingerprint


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return ensure_key(tmp_path_factory.mktemp("keys") / "timekeeper.key")


def published(key: SigningKey) -> dict[str, Any]:
    """A rally of three crews, certified, issued and declared official: its documents as they lie on disk."""
    book = Book(stage_rally(crews("1", "2", "3", classes="AAB")))
    book.drive(1, 2, 3)
    charge = Penalise("2", "speeding", time=10 * SECOND, control="TC2")
    book.write(book.pen.rule(charge, "speed", Role.CLERK, "15:00", text="68 km/h"))
    assert book.certify("SS1", "SS2", "SS3") == ""
    assert book.issue("overall") == ""
    assert book.finalise("overall") == ""
    return {made.id: json.loads(signed(made, key)) for made in documents_of(book.fold, key.public)}


def block(sheet: Sheet, title: str) -> list[dict[str, str]]:
    (found,) = (each for each in sheet.blocks if each.title == title)
    return rows(found)


def rows(found: Block) -> list[dict[str, str]]:
    keys = [column.key for column in found.columns]
    return [dict(zip(keys, line, strict=True)) for line in found.lines]


def test_a_certified_stage_says_what_its_document_says(key: SigningKey) -> None:
    file = published(key)["stage-SS1-v1"]
    sheet = sheet_of_file(file)
    assert (sheet.title, sheet.state_text) == ("Stage times SS1", "CERTIFIED v1")
    assert sheet.at_text == "Sun 20 September 2026 18:00:00 (+02:00)"
    assert rows(sheet.blocks[0]) == [
        {"rank": "1", "car": "1", "crew": "Driver 1", "class": "A", "time": "6:10.3", "gap": "",
         "to_previous": ""},
        {"rank": "2", "car": "2", "crew": "Driver 2", "class": "A", "time": "6:11.3", "gap": "+1.0",
         "to_previous": "+1.0"},
        {"rank": "3", "car": "3", "crew": "Driver 3", "class": "B", "time": "6:12.3", "gap": "+2.0",
         "to_previous": "+1.0"},
    ]  # fmt: skip
    assert sheet.notes == ("Times are cut to 0.1 s, never rounded.",)
    assert [each.role for each in sheet.signatories] == ["Official Timekeeper"]
    assert sheet.proof is not None
    assert sheet.proof.digest.replace(" ", "").startswith(file["sha256"][:16])
    assert sheet.proof.key == fingerprint(key.public)


def test_an_official_classification_names_its_state_versions_penalties_and_stewards(key: SigningKey) -> None:
    documents = published(key)
    issued, final = (sheet_of_file(documents[f"list-overall-v1{end}"]) for end in ("", "-official"))
    assert (issued.title, issued.state_text) == ("Provisional classification", "PROVISIONAL v1")
    assert (final.title, final.state_text) == ("Official classification", "OFFICIAL v1")
    assert dict(issued.facts)["Protests until"] == "Sun 20 September 2026 18:50:00 (+02:00)"
    assert dict(final.facts)["Official since"] == "Sun 20 September 2026 19:30:00 (+02:00)"
    assert final.notes == ("Declared official by An Official (steward).",)
    assert [each.role for each in issued.signatories] == ["Clerk of the course", "Official Timekeeper"]
    assert [each.role for each in final.signatories][-1] == "Stewards"
    first, second, third = block(final, "Classified")
    assert (first["car"], first["total"], first["gap"], first["class_rank"]) == ("1", "20:50.8", "", "1")
    assert (second["car"], second["total"], second["gap"], second["class_rank"]) == (
        "3",
        "20:53.0",
        "+2.2",
        "1",
    )
    assert (third["car"], third["total"], third["gap"], third["class_rank"]) == ("2", "21:01.9", "+11.1", "2")
    assert {row["marks"] for row in (first, second, third)} == {"P"}
    charged = block(final, "Penalties")
    speeding = {
        "car": "2", "crew": "Driver 2", "where": "TC2", "rule": "speeding",
        "amount": "0:10.0", "text": "68 km/h",
    }  # fmt: skip
    assert speeding in charged
    assert dict(final.legend).keys() == {"P"}


def test_what_nobody_has_decided_is_never_shown_as_nothing(key: SigningKey) -> None:
    document = published(key)["list-overall-v1"]["document"]
    row = next(row for row in document["rows"] if row["car"] == "1")
    row["penalty_rows"] = [{"rule": "missed control", "control": "PK1"}]
    row["marks"] = ["P", "?"]
    sheet = sheet_of(document)
    missed = [line for line in block(sheet, "Penalties") if line["rule"] == "missed control"]
    assert [(line["where"], line["amount"]) for line in missed] == [("PK1", "to be decided ?")]
    assert dict(sheet.legend)["?"] == "under review, or for an official to decide"


def test_the_sheet_of_a_document_rests_on_that_document_alone(key: SigningKey) -> None:
    document = published(key)["list-overall-v1"]["document"]
    document["rows"][0]["crew"] = "Somebody else"
    document["rows"][0]["total"] = {"us": 1, "text": "0:00.1"}
    row = block(sheet_of(document), "Classified")[0]
    assert (row["crew"], row["total"]) == ("Somebody else", "0:00.1")


def test_a_live_sheet_has_no_signature_no_version_and_says_that_it_is_unofficial() -> None:
    pen = Pen()
    rally = told(stage_rally(), [*pen.to_first_stage("1", "2")])
    seen = Seen(event=rally.event, at=at("12:00:00"), cars={"1": {"crew": "A / B", "car": "Fiat"}}, stages={})
    sheet = sheet_of(live_list(seen, "overall", plain(standing_rows(rally, "overall"))))
    assert (sheet.state, sheet.state_text, sheet.version) == (State.LIVE, "LIVE · UNOFFICIAL", None)
    assert (sheet.signatories, sheet.proof) == ((), None)
    assert sheet.title == "Live classification"
    assert block(sheet, "Classified")[0]["crew"] == "A / B"


def test_a_list_that_the_stewards_suspended_says_so() -> None:
    seen = Seen(event=stage_rally(), at=at("12:00:00"), cars={}, stages={})
    issued = {"state": "PROVISIONAL", "version": 2}
    counts = "Issued: what counts is the signed document list-overall-v2."
    assert sheet_of(live_list(seen, "overall", {}, issued)).notes == (counts,)
    told = sheet_of(live_list(seen, "overall", {}, {**issued, "state": "SUSPENDED"})).notes
    assert told == (counts, "The stewards have suspended it: a protest or an inquiry is open.")


def test_the_groups_of_a_classification_are_apart_and_say_where_and_why() -> None:
    pen = Pen()
    records = pen.to_first_stage("1", "2", "3")
    records.append(pen.rule(Retire("2", "TC1", "gearbox"), role=Role.CLERK))
    rally = told(stage_rally(), records)
    seen = Seen(event=rally.event, at=at("12:00:00"), cars={}, stages={})
    sheet = sheet_of(live_list(seen, "overall", plain(standing_rows(rally, "overall"))))
    assert [row["car"] for row in block(sheet, "Classified")] == ["1", "3"]
    (out,) = block(sheet, "Retired")
    assert (out["car"], out["stopped_at"], out["cause"]) == ("2", "TC1", "gearbox")


def test_results_that_are_no_times_yet_stand_below_and_say_so() -> None:
    event = regularity()
    rows_shown = {
        "1": {"order": 0, "rank": 1, "status": "DONE", "marks": "", "deviation": {"us": 1, "text": "+0.07"}},
        "2": {"order": 1, "status": "MISSING", "marks": "?"},
        "3": {"order": 2, "status": "HELD", "marks": "?", "time": {"us": 1, "text": "0:02.00"}},
    }
    seen = Seen(event=event, at=at("12:00:00"), cars={}, stages={})
    sheet = sheet_of(live_stage(seen, event.itinerary.stages["PC1"], rows_shown))
    assert sheet.title == "Regularity test PC1"
    assert [each.title for each in sheet.blocks] == [
        "Results",
        "Held for a decision",
        "Time missing, for a decision",
    ]
    assert block(sheet, "Results")[0]["deviation"] == "+0.07"
    assert block(sheet, "Held for a decision") == [{"car": "3", "crew": "", "time": "0:02.00", "marks": "?"}]
    assert dict(sheet.legend).keys() == {"?"}


def test_a_cut_of_clock_readings_is_told_apart_from_a_cut_of_the_difference() -> None:
    event = stage_rally(truncate=Truncate.STAMPS)
    seen = Seen(event=event, at=at("12:00:00"), cars={}, stages={})
    sheet = sheet_of(live_stage(seen, event.itinerary.stages["SS1"], {}))
    assert sheet.notes == ("Clock readings are cut to 0.1 s, never rounded; times are their differences.",)
    assert sheet.blocks[0].empty == "No results yet."


@pytest.mark.parametrize(
    ("over", "said"),
    [((), ""), (("SS1",), "SS1"), (("SS1", "SS2"), "leg 1"), (("SS1", "SS2", "SS3"), "")],
)
def test_the_overall_list_says_up_to_where_it_counts(over: tuple[str, ...], said: str) -> None:
    stages = {stage: {"status": "COMPLETE"} for stage in over}
    seen = Seen(event=stage_rally(), at=at("12:00:00"), cars={}, stages=stages)
    assert after(seen) == said


def test_titles() -> None:
    assert list_title("overall", State.PROVISIONAL, "leg 2") == "Provisional classification after leg 2"
    assert list_title("leg-2", State.OFFICIAL) == "Official classification of leg 2"
    assert list_title("class-H3", State.LIVE, "", {"H3": "up to 1969"}) == (
        "Live classification, class H3 (up to 1969)"
    )
    assert list_title("class-missing", State.LIVE) == "Live classification, no class"
    assert list_title(TEAMS, State.SUSPENDED) == "Suspended classification of teams"
    assert instant_text(at("23:59:59.999999"), "+02:00") == "Sun 20 September 2026 23:59:59 (+02:00)"
    assert instant_text(at("24:00:00"), "-07:00") == "Sun 20 September 2026 15:00:00 (-07:00)"


def test_csv_and_json_carry_marks_and_state_and_no_formula(key: SigningKey, tmp_path: Path) -> None:
    document = published(key)["list-overall-v1"]["document"]
    document["rows"][0]["crew"] = '=HYPERLINK("http://bad.example")'
    sheet = sheet_of(document)
    lines = sheet_csv(sheet).splitlines()
    assert lines[0].startswith("part,rank,car,crew,class,class_rank,")
    assert lines[1].startswith("Classified,1,1,\"'=HYPERLINK(")
    assert all(",PROVISIONAL v1," in line for line in lines[1:])
    told = sheet_json(sheet)
    assert told["parts"][0]["rows"][1]["marks"] == "P"
    assert (told["state"], told["version"]) == ("PROVISIONAL", 1)
    assert told["legend"]["P"]
    json.dumps(told)


def test_points_keep_the_text_that_every_view_prints() -> None:
    event = regularity()
    charge = Pen().rule(Penalise("1", "speeding", points=Decimal(300), control="TC1"), role=Role.CLERK)
    rally = told(event, [charge])
    seen = Seen(event=event, at=at("12:00:00"), cars={}, stages={})
    sheet = sheet_of(live_list(seen, "overall", plain(standing_rows(rally, "overall"))))
    (row,) = (row for row in block(sheet, "Classified") if row["car"] == "1")
    assert row["penalties"] == standing_rows(rally, "overall")["1"].penalties.text  # type: ignore[union-attr]
