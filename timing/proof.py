"""Proving a signed document with nothing but the file, in plain words: what holds and what does not.

What needs the journal as well (its records, the decision, the results anew) is added by whoever has it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from timing.core.canonical import canonical
from timing.core.decisions import Act, Decision
from timing.core.publication_acts import AcceptAmendment, Certify, Issue
from timing.core.records import Record
from timing.signatures import fingerprint, signed_by

_KINDS = {"stage": "stage", "classification": "list"}


@dataclass(frozen=True, slots=True)
class Found:
    """What holds of a document and what does not; `document` is None where the file is none."""

    holds: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    document: dict[str, Any] | None = field(default=None, compare=False)


def check_document(text: bytes, trusted_key: str | None = None) -> Found:
    """Check digest, signature and names of a document's file.

    Args:
        text: the file.
        trusted_key: the Official Timekeeper's public key, as got from them; None where it is not at hand.
    """
    try:
        values = json.loads(text, object_pairs_hook=_once)
    except _TwiceError as error:
        return Found(faults=(f"this document says {error} twice: readers may take one for the other",))
    except (ValueError, RecursionError) as error:
        return Found(faults=(f"this is no whole document: the file was cut off or is no JSON ({error})",))
    parts = _parts(values)
    if parts is None:
        return Found(faults=("this is no signed document: it lacks `document`, `sha256` or `signature`",))
    document, said, public, signature = parts
    try:
        signed = canonical(document)
    except (ValueError, RecursionError) as error:
        return Found(faults=(f"this document has no canonical form: {error}",))
    holds: list[str] = []
    faults: list[str] = []
    actual = hashlib.sha256(signed).hexdigest()
    if actual == said:
        holds.append(f"its SHA-256 is {said}, as the file says")
    else:
        faults.append(
            f"the text was changed after it was signed: its SHA-256 is {actual}, the file says {said}"
        )
    _check_signature(document, signed, public, signature, trusted_key, holds, faults)
    name = _own_name(document)
    if document.get("id") != name:
        faults.append(f"it calls itself {document.get('id')!r}, but by what it says it is {name!r}")
    return Found(tuple(holds), tuple(faults), document)


def _check_signature(
    document: dict[str, Any],
    signed: bytes,
    public: str,
    signature: str,
    trusted_key: str | None,
    holds: list[str],
    faults: list[str],
) -> None:
    name = fingerprint(public)
    if document.get("public_key") != public:
        faults.append(
            f"the signature is said to be by key {name}, but the document names another key, "
            f"{fingerprint(str(document.get('public_key')))}"
        )
    if not signed_by(public, signed, signature):
        faults.append(
            f"the signature does not fit: the document or its signature was changed, or key {name} is not "
            "the one that signed it"
        )
    elif trusted_key is None:
        holds.append(f"it was signed with key {name}: ask the Official Timekeeper whether that is theirs")
    elif trusted_key == public:
        holds.append(f"it was signed with the Official Timekeeper's key {name}")
    else:
        faults.append(
            f"it was signed with another key ({name}) than the Official Timekeeper's "
            f"({fingerprint(trusted_key)})"
        )


def check_decision(document: dict[str, Any], records: Iterable[Record]) -> Found:
    """Check a document against the decision by which it came about, in the journal that it names."""
    said = document.get("decision")
    seq = said.get("seq") if isinstance(said, dict) else None
    record = next((each for each in records if each.seq == seq), None)
    if record is None or not isinstance(said, dict):
        return Found(faults=(f"the journal has no record {seq}, by which the document says it came about",))
    decision = record.body
    if not isinstance(decision, Decision) or decision.id != said.get("id"):
        return Found(faults=(f"record {seq} of the journal is not the decision that the document names",))
    faults: list[str] = []
    if not isinstance(decision.act, Certify | AcceptAmendment | Issue):
        faults.append(f"record {seq} certifies or issues nothing")
    elif decision.act.digest != document.get("results_digest"):
        faults.append(
            f"record {seq} is of other results (digest {decision.act.digest}) than the document "
            f"({document.get('results_digest')})"
        )
    else:
        faults += _other_subject(document, decision.act, seq)
    for name, value in (("author", decision.author), ("role", decision.role.value)):
        if said.get(name) != value:
            faults.append(f"by record {seq} the {name} is {value!r}, the document says {said.get(name)!r}")
    if faults:
        return Found(faults=tuple(faults))
    return Found(holds=(f"record {seq} of the journal is the decision of {decision.author} on it",))


def _other_subject(document: dict[str, Any], act: Act, seq: object) -> list[str]:
    subject = document.get("subject")
    said = subject if isinstance(subject, dict) else {}
    match act:
        case Issue(scope=scope, version=version):
            if said.get("scope") != scope:
                return [f"record {seq} issues {scope}, the document is of {said.get('scope')!r}"]
            if document.get("version") != version:
                return [
                    f"record {seq} issues version {version}, the document says {document.get('version')!r}"
                ]
        case Certify(stage=stage) | AcceptAmendment(stage=stage) if said.get("stage") != stage:
            return [f"record {seq} is about {stage}, the document is of {said.get('stage')!r}"]
        case _:
            pass
    return []


def head_of(document: dict[str, Any]) -> tuple[int, bytes] | None:
    """Return the journal place and hash up to which a document's results go, or None where it names none."""
    records = document.get("records")
    try:
        return int(records["last"]), bytes.fromhex(records["head"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return None


class _TwiceError(Exception):
    """A name that stands twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(repr(name) for name in names if names.count(name) > 1))
    return values


def _parts(values: object) -> tuple[dict[str, Any], str, str, str] | None:
    """The document, its digest, the key and the signature of a file; None where one is lacking."""
    if not isinstance(values, dict):
        return None
    document, signature = values.get("document"), values.get("signature")
    if not isinstance(document, dict) or not isinstance(signature, dict):
        return None
    said = (values.get("sha256"), signature.get("public_key"), signature.get("value"))
    if signature.get("algorithm") != "Ed25519" or not all(isinstance(each, str) for each in said):
        return None
    return document, str(said[0]), str(said[1]), str(said[2])


def _own_name(document: dict[str, Any]) -> str:
    subject = document.get("subject")
    said = subject if isinstance(subject, dict) else {}
    kind = _KINDS.get(str(document.get("kind")), "unknown")
    official = str(document.get("id", "")).rpartition("-")[2] if document.get("state") == "OFFICIAL" else ""
    ending = f"-{official if official.startswith('official') else 'official'}" if official else ""
    return f"{kind}-{said.get('stage', said.get('scope'))}-v{document.get('version')}{ending}"
