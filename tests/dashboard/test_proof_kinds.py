"""Every kind of document proves itself with nothing but its file, and each of ten changes to it is found."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard import proof_commands
from dashboard.document_store import open_store
from dashboard.official_documents import documents_of
from dashboard.options import parser
from tests.core.publishing import Book
from tests.core.rallies import stage_rally
from tests.core.test_derivation import in_teams
from timing.core.canonical import canonical
from timing.core.decisions import Penalise
from timing.core.entries import EntryList
from timing.core.event import Event
from timing.core.instant import SECOND
from timing.journal.export import read_records, write_records

Papers = Mapping[str, Path]
CHANGED = "the text was changed after it was signed: its SHA-256 is"
UNFIT = "the signature does not fit"


def whole_event() -> Event:
    """A rally with two legs, classes, teams and championship points."""
    event = in_teams(stage_rally())
    named = {car: replace(entry, class_="AB"[int(car) % 2]) for car, entry in event.entries.by_number.items()}
    return replace(event, entries=EntryList(named))


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Papers]:
    """Every stage certified, every list issued and made official, and one of each a second time."""
    folder = tmp_path_factory.mktemp("papers")
    book = Book(whole_event())
    book.drive(1, 2, 3)
    assert book.certify("SS1", "SS2", "SS3") == ""
    for scope in book.fold.rally.scopes():
        assert book.issue(scope, clock="34:00") == "", scope
    book.write(book.pen.rule(Penalise("2", "noise", time=5 * SECOND, control="TC1"), clock="34:05"))
    for scope in book.fold.rally.scopes():
        version = 2 if not book.issue(scope, 2, clock="34:10") else 1
        assert book.finalise(scope, version, clock="35:30") == "", scope
    book.write(book.pen.stamp("SS2.FF", "11:09:58", "2"))
    assert book.fold.amended() == ("SS2",)
    store = open_store(folder / "data")
    made = list(documents_of(book.fold, store.key.public))
    store.write(made)
    with (folder / "journal.jsonl").open("wb") as file:
        write_records(book.records, file)
    return folder, {each.id: folder / "data" / "documents" / f"{each.id}.json" for each in made}


def verify(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[bool, str]:
    asked = parser().parse_args(["verify", *(str(argument) for argument in arguments)])
    status = proof_commands.verify(asked)
    return status == 0, capsys.readouterr().out


def test_every_kind_holds_alone_and_against_its_journal(
    drawer: tuple[Path, Papers], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder, papers = drawer
    scopes = {name.removeprefix("list-").rpartition("-v")[0] for name in papers if name.startswith("list-")}
    assert scopes >= {"overall", "leg-1", "leg-2", "final-leg", "class-A", "class-B", "teams", "championship"}
    assert {"stage-SS1-v1", "stage-SS3-v1", "list-overall-v2", "list-teams-v1"} <= papers.keys()
    key = folder / "data" / "keys" / "timekeeper.pub"
    for ident, path in papers.items():
        # Nothing but the file: no journal, no key, no event folder beside it.
        alone = tmp_path / "alone.json"
        alone.write_bytes(path.read_bytes())
        fine, said = verify(capsys, alone)
        assert fine, (ident, said)
        fine, said = verify(capsys, path, "--journal", folder / "journal.jsonl", "--key", key)
        assert fine, (ident, said)
        assert "every record is as it was written" in said


def test_a_fold_over_the_exported_journal_gives_every_document_again_to_the_byte(
    drawer: tuple[Path, Papers],
) -> None:
    folder, papers = drawer
    with (folder / "journal.jsonl").open("rb") as lines:
        records = list(read_records(lines))
    book = Book(whole_event())
    for first in range(0, len(records), 7):
        book.fold.advance(records[: first + 7])
    again = open_store(folder / "again", folder / "data" / "keys" / "timekeeper.key")
    again.write(documents_of(book.fold, again.key.public))
    written = {path.stem: path for path in (folder / "again" / "documents").glob("*.json")}
    assert {name for name in written if not name.endswith(".results")} == set(papers)
    for ident, path in papers.items():
        assert written[ident].read_bytes() == path.read_bytes()
        results = path.with_name(f"{ident}.results.json")
        assert written[f"{ident}.results"].read_bytes() == results.read_bytes()


def _rows(change: Callable[[list[Any]], object]) -> Callable[[dict[str, Any]], None]:
    return lambda values: (change(values["document"]["rows"]), None)[1]


def _set(value: object, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(values: dict[str, Any]) -> None:
        for name in path[:-1]:
            values = values[name]
        assert values[path[-1]] != value
        values[path[-1]] = value

    return change


def _another_value(rows: list[Any]) -> None:
    name = next(name for name in ("total", "time", "points") if name in rows[0])
    rows[0][name] = {**rows[0][name], "text": "0:00.1"}


def _signed_less(values: dict[str, Any]) -> None:
    value = values["signature"]["value"]
    values["signature"]["value"] = ("0" if value[0] != "0" else "1") + value[1:]


def _digest_too(values: dict[str, Any]) -> None:
    _another_value(values["document"]["rows"])
    values["sha256"] = hashlib.sha256(canonical(values["document"])).hexdigest()


TAMPERED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another value": (_rows(_another_value), CHANGED),
    "a line less": (_rows(lambda rows: rows.pop()), CHANGED),
    "two lines exchanged": (_rows(lambda rows: rows.reverse()), CHANGED),
    "another state": (_set("FINAL", "document", "state"), CHANGED),
    "another author": (_set("Somebody Else", "document", "decision", "author"), CHANGED),
    "another hour": (_set("2026-06-06T00:00:00Z", "document", "decision", "at"), CHANGED),
    "other records": (_set(3, "document", "records", "last"), CHANGED),
    "another version": (_set(7, "document", "version"), "it calls itself"),
    "another signature": (_signed_less, UNFIT),
    "the digest too": (_digest_too, UNFIT),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_changed_copy_of_every_kind_is_found(
    how: str, drawer: tuple[Path, Papers], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    change, sentence = TAMPERED[how]
    for ident, path in drawer[1].items():
        values = json.loads(path.read_bytes())
        if how == "two lines exchanged" and len(values["document"]["rows"]) < 2:
            continue
        change(values)
        copy = tmp_path / "tampered.json"
        copy.write_bytes(canonical(values))
        fine, said = verify(capsys, copy)
        assert not fine, ident
        assert sentence in said, (ident, said)
