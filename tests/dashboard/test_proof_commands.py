"""`rallykeeper verify` and `replay`: what holds of a document or a journal, and what was tampered with."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.document_store import open_store
from dashboard.official_documents import documents_of, signed
from dashboard.serve import main
from tests.core.publishing import Book, chained, driven
from tests.core.rallies import stage_rally
from timing.core.canonical import canonical
from timing.core.decisions import Retire, Role
from timing.core.readings import Stamp
from timing.core.records import Record
from timing.journal.export import write_records
from timing.signatures import ensure_key


class Drawer:
    """A folder with an exported journal, the documents of it, and the key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.book = Book()
        self.book.drive(1, 2)
        assert self.book.certify("SS1", "SS2") == ""
        assert self.book.issue("leg-1") == ""
        assert self.book.finalise("leg-1") == ""
        self.store = open_store(folder / "data")
        self.store.write(documents_of(self.book.fold, self.store.key.public))
        self.journal = folder / "journal.jsonl"
        self.export(self.book.records)
        self.public = folder / "data" / "keys" / "timekeeper.pub"

    def export(self, records: list[Record]) -> None:
        with self.journal.open("wb") as file:
            write_records(records, file)

    def file(self, ident: str = "stage-SS1-v1") -> Path:
        return self.folder / "data" / "documents" / f"{ident}.json"

    def tampered(self, change: Callable[[dict[str, Any]], None], ident: str = "stage-SS1-v1") -> Path:
        values = json.loads(self.file(ident).read_bytes())
        change(values)
        path = self.folder / "tampered.json"
        path.write_bytes(canonical(values))
        return path


@pytest.fixture
def drawer(tmp_path: Path) -> Drawer:
    return Drawer(tmp_path)


def verify(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[bool, str]:
    with pytest.raises(SystemExit) as ended:
        main(["verify", *(str(argument) for argument in arguments)])
    return ended.value.code == 0, capsys.readouterr().out


def test_a_document_holds_by_itself_and_against_its_journal(
    drawer: Drawer, capsys: pytest.CaptureFixture[str]
) -> None:
    for ident in ("stage-SS1-v1", "stage-SS2-v1", "list-leg-1-v1", "list-leg-1-v1-official"):
        fine, said = verify(capsys, drawer.file(ident))
        assert fine, said
        assert "ask the Official Timekeeper whether that is theirs" in said
        fine, said = verify(capsys, drawer.file(ident), "--journal", drawer.journal, "--key", drawer.public)
        assert fine, said
        assert "signed with the Official Timekeeper's key" in said
        assert "every record is as it was written" in said
        assert "is the decision of An Official on it" in said


def set_time(values: dict[str, Any]) -> None:
    values["document"]["rows"][1]["time"] = {"us": 365_000_000, "text": "6:05.0"}


def set_name(values: dict[str, Any]) -> None:
    values["document"]["rows"][0]["crew"] = "Another Driver"


def set_signature(values: dict[str, Any]) -> None:
    value = values["signature"]["value"]
    values["signature"]["value"] = ("0" if value[0] != "0" else "1") + value[1:]


def set_version(values: dict[str, Any]) -> None:
    values["document"]["version"] = 2


def set_digest_too(values: dict[str, Any]) -> None:
    import hashlib

    set_time(values)
    values["sha256"] = hashlib.sha256(canonical(values["document"])).hexdigest()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (set_time, "the text was changed after it was signed: its SHA-256 is"),
        (set_name, "the text was changed after it was signed: its SHA-256 is"),
        (set_signature, "the signature does not fit"),
        (set_version, "it calls itself 'stage-SS1-v1', but by what it says it is 'stage-SS1-v2'"),
        (set_digest_too, "the signature does not fit: the document or its signature was changed"),
    ],
)
def test_a_changed_document_is_named(
    drawer: Drawer,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, Any]], None],
    sentence: str,
) -> None:
    fine, said = verify(capsys, drawer.tampered(change))
    assert not fine
    assert sentence in said


def test_a_document_cut_off_is_named(drawer: Drawer, capsys: pytest.CaptureFixture[str]) -> None:
    short = drawer.folder / "short.json"
    short.write_bytes(drawer.file().read_bytes()[:-100])
    fine, said = verify(capsys, short)
    assert not fine
    assert "the file was cut off or is no JSON" in said


def test_a_document_signed_again_with_another_key_is_named(
    drawer: Drawer, capsys: pytest.CaptureFixture[str]
) -> None:
    forger = ensure_key(drawer.folder / "forged.key")
    forged = drawer.folder / "forged.json"
    made = next(iter(documents_of(drawer.book.fold, forger.public)))
    made.document["rows"][1]["time"] = {"us": 1, "text": "0:00.0"}  # type: ignore[index, call-overload]
    forged.write_bytes(signed(made, forger))
    fine, said = verify(capsys, forged, "--key", drawer.public)
    assert not fine
    assert "it was signed with another key" in said

    def exchange(values: dict[str, Any]) -> None:
        values["signature"]["public_key"] = forger.public

    fine, said = verify(capsys, drawer.tampered(exchange))
    assert not fine
    assert "the document names another key" in said


def changed(records: list[Record]) -> list[Record]:
    index = next(i for i, each in enumerate(records) if isinstance(each.body, Stamp) and i > 3)
    body = records[index].body
    assert isinstance(body, Stamp)
    return [*records[:index], replace(records[index], body=replace(body, note="x")), *records[index + 1 :]]


def missing(records: list[Record]) -> list[Record]:
    return [*records[:4], *records[5:]]


def reordered(records: list[Record]) -> list[Record]:
    one, other = replace(records[4], seq=6), replace(records[5], seq=5)
    return [*records[:4], other, one, *records[6:]]


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        (changed, "record 5 was changed after it was written"),
        (missing, "record 5 is missing"),
        (reordered, "record 5 is in the wrong place: it was written as record 6"),
    ],
)
def test_a_record_of_the_journal_that_was_tampered_with_is_named(
    drawer: Drawer,
    capsys: pytest.CaptureFixture[str],
    tamper: Callable[[list[Record]], list[Record]],
    sentence: str,
) -> None:
    drawer.export(tamper(drawer.book.records))
    for arguments in ((drawer.journal,), (drawer.file(), "--journal", drawer.journal)):
        fine, said = verify(capsys, *arguments)
        assert not fine
        assert sentence in said


def test_the_journal_of_another_rally_is_named(drawer: Drawer, capsys: pytest.CaptureFixture[str]) -> None:
    other = [replace(record, received_at=7) for record in drawer.book.records]
    drawer.export(chained(other))
    assert verify(capsys, drawer.journal)[0]
    fine, said = verify(capsys, drawer.file(), "--journal", drawer.journal)
    assert not fine
    last = json.loads(drawer.file().read_bytes())["document"]["records"]["last"]
    assert f"record {last} is not the one expected" in said


def test_a_journal_cut_off_before_the_documents_end_is_named(
    drawer: Drawer, capsys: pytest.CaptureFixture[str]
) -> None:
    drawer.export(drawer.book.records[:10])
    fine, said = verify(capsys, drawer.file(), "--journal", drawer.journal)
    assert not fine
    assert "records after 10 are missing" in said
    assert "the journal has no record" in said


def test_documents_thrown_away_come_back_byte_for_byte(drawer: Drawer) -> None:
    before = {path.name: path.read_bytes() for path in drawer.file().parent.iterdir()}
    assert len(before) == 8
    again = Book(stage_rally())
    again.fold.advance(drawer.book.records)
    for path in drawer.file().parent.iterdir():
        path.unlink()
    assert drawer.store.write(documents_of(again.fold, drawer.store.key.public)) == []
    assert {path.name: path.read_bytes() for path in drawer.file().parent.iterdir()} == before


def test_a_document_that_is_there_is_never_written_again(drawer: Drawer) -> None:
    path = drawer.file()
    before = path.read_bytes()
    assert path.stat().st_mode & 0o222 == 0
    path.chmod(0o644)
    path.write_bytes(before + b"\n")
    assert drawer.store.write(documents_of(drawer.book.fold, drawer.store.key.public)) == ["stage-SS1-v1"]
    assert path.read_bytes() == before + b"\n"


def test_a_result_sheet_names_rules_rounding_records_and_author(drawer: Drawer) -> None:
    document = json.loads(drawer.file().read_bytes())["document"]
    upto = document["records"]["last"]
    assert document["records"]["head"] == drawer.book.records[upto - 1].hash.hex()
    assert document["rules"]["preset"] == "FIA_STAGE"
    assert document["rounding"]["text"] == "cut to 0.1 s, never rounded"
    assert document["decision"]["role"] == "timekeeper"
    row = document["rows"][1]
    assert (row["car"], row["rank"], row["time"]) == ("2", 2, {"us": 371_300_000, "text": "6:11.3"})
    assert "10:07:11.31" in row["derivation"]
    issued = json.loads(drawer.file("list-leg-1-v1").read_bytes())["document"]
    assert (issued["state"], issued["protest_until"]) == ("PROVISIONAL", "2026-09-20T16:50:00.000Z")
    final = json.loads(drawer.file("list-leg-1-v1-official").read_bytes())["document"]
    assert (final["state"], final["final"]["role"]) == ("OFFICIAL", "steward")


def test_the_key_is_made_with_the_office_of_the_timekeeper(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def access(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["access", str(tmp_path), *arguments])
        capsys.readouterr()
        return int(ended.value.code or 0)

    key, elsewhere = tmp_path / "data" / "keys" / "timekeeper.key", tmp_path / "stick" / "timekeeper.key"
    assert access("--name", "Ada", "--role", "marshal") == 0
    assert not key.exists()
    assert access("--name", "Tim", "--role", "timekeeper", "--key", str(elsewhere)) == 0
    assert (key.exists(), elsewhere.exists()) == (False, True)
    assert access("--name", "Tom", "--role", "timekeeper") == 0
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o640)
    assert access("--name", "Tom", "--role", "timekeeper") == 1


def test_a_crew_that_retired_on_the_stage_is_not_on_the_road_in_a_certified_sheet() -> None:
    book = Book()
    finish = ("SS1.FF", "2")
    drives = driven(book.pen, 1)
    book.pen.seq = 0
    for record in drives:
        body = record.body
        if not isinstance(body, Stamp) or (body.control, body.car) != finish:
            book.write(book.pen.record(body))
    assert book.certify("SS1") == "Car 2 is on it, or its finish is lacking."
    book.write(book.pen.rule(Retire("2", "SS1.START"), role=Role.CLERK))
    assert book.certify("SS1") == ""
    (made,) = documents_of(book.fold, "00" * 32)
    rows = {row["car"]: row for row in json.loads(made.text)["rows"]}
    assert (rows["2"]["status"], rows["2"]["crew_status"]) == ("NOT_FINISHED", "RETIRED")
    assert "time" not in rows["2"]
    assert rows["3"]["rank"] == 2
