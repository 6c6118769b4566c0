"""A signed document proves itself: whatever is changed in its file is noticed, whatever it is."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.official_documents import documents_of, signed
from tests.core.publishing import Book
from timing.core.canonical import canonical
from timing.proof import check_decision, check_document, head_of
from timing.signatures import SigningKey, ensure_key


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return ensure_key(tmp_path_factory.mktemp("keys") / "timekeeper.key")


@pytest.fixture(scope="module")
def book() -> Book:
    book = Book()
    book.drive(1, 2)
    assert book.certify("SS1", "SS2") == ""
    assert book.issue("leg-1") == ""
    return book


@pytest.fixture(scope="module")
def file(book: Book, key: SigningKey) -> bytes:
    return signed(next(iter(documents_of(book.fold, key.public))), key)


def test_a_document_as_it_was_written_holds(file: bytes, key: SigningKey) -> None:
    found = check_document(file, key.public)
    assert found.faults == ()
    assert [text.partition(" ")[0] for text in found.holds] == ["its", "it"]


def test_other_spaces_are_no_other_document(file: bytes, key: SigningKey) -> None:
    found = check_document(json.dumps(json.loads(file), indent=2).encode(), key.public)
    assert found.faults == ()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_byte_that_is_changed_added_or_lost_is_noticed(
    file: bytes, key: SigningKey, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(file) - 1))
    instead = data.draw(st.binary(max_size=2))
    tampered = file[:place] + instead + file[place + 1 :]
    try:
        same = canonical(json.loads(tampered)) == file
    except (ValueError, RecursionError):
        same = False
    assert (check_document(tampered, key.public).faults == ()) is same


def test_a_value_that_is_said_twice_or_written_otherwise_is_noticed(file: bytes, key: SigningKey) -> None:
    twice = file.replace(b'"version":1', b'"version":2,"version":1')
    assert check_document(twice, key.public).faults[0].startswith("this document says 'version' twice")
    value = json.loads(file)["signature"]["value"]
    shouted = file.replace(value.encode(), value.upper().encode())
    assert "the signature does not fit" in check_document(shouted, key.public).faults[0]


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["document", "sha256", "signature", "value", "x"]), inner, max_size=4),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_what_is_no_document_is_told_and_never_an_error(text: bytes) -> None:
    assert check_document(text).faults


def test_a_document_of_another_decision_is_told(book: Book, key: SigningKey) -> None:
    made = {each.id: each.document for each in documents_of(book.fold, key.public)}
    one, other = dict(made["stage-SS1-v1"]), dict(made["stage-SS2-v1"])
    assert check_decision(one, book.records).faults == ()
    assert check_decision(dict(made["list-leg-1-v1"]), book.records).faults == ()
    swapped = {**one, "decision": other["decision"]}
    assert "is of other results" in check_decision(swapped, book.records).faults[0]
    renamed = {**one, "subject": {"stage": "SS2"}}
    (fault,) = check_decision(renamed, book.records).faults
    assert fault.endswith("is about SS1, the document is of 'SS2'")
    version = {**made["list-leg-1-v1"], "version": 2}
    assert "issues version 1, the document says 2" in check_decision(version, book.records).faults[0]
    author = {**one, "decision": {**dict(one["decision"]), "author": "Somebody"}}  # type: ignore[arg-type]
    assert "the author is 'An Official'" in check_decision(author, book.records).faults[0]
    stamp = {**one, "decision": {**dict(one["decision"]), "seq": 3}}  # type: ignore[arg-type]
    assert "record 3 of the journal is not the decision" in check_decision(stamp, book.records).faults[0]
    assert "no record None" in check_decision({**one, "decision": 7}, book.records).faults[0]


def test_a_document_names_the_head_that_its_results_rest_on(book: Book, key: SigningKey) -> None:
    document = dict(next(iter(documents_of(book.fold, key.public))).document)
    place, digest = head_of(document) or (0, b"")
    assert digest == book.records[place - 1].hash
    assert head_of({}) is None
    assert head_of({"records": {"last": "x", "head": ""}}) is None


def test_the_key_of_somebody_else_is_told(file: bytes, tmp_path: Path) -> None:
    other = ensure_key(tmp_path / "other.key")
    (fault,) = check_document(file, other.public).faults
    assert fault.startswith("it was signed with another key")
