"""Certified and issued documents: canonical JSON, signed, and the same again from the same journal.

A document says by which rules its results are, out of which records, by whose decision; `results_digest`
is the SHA-256 that this decision names, of every exact value. The file is one JSON object: `document`,
its SHA-256 and the Timekeeper's signature of its canonical form (RFC 8785).
"""

import dataclasses
import hashlib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import partial

from dashboard.amounts import resolution_of
from dashboard.document_rows import list_rows, stage_rows
from dashboard.document_rules import rounding, rules_in_force
from timing.core.canonical import Plain, canonical
from timing.core.decisions import Decision
from timing.core.event import Event
from timing.core.instant import format_duration, format_instant
from timing.core.official_fold import OfficialFold
from timing.core.official_sheets import ListSheet, StageSheet, list_results_of, stage_results_of
from timing.core.preset import Unit
from timing.core.publication_acts import Finalise, Reopen
from timing.core.publication_states import ListState, Phase, Version, protest_until, protest_window, stages_of
from timing.signatures import SigningKey

FORMAT = "rallykeeper-document/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document with its name, its canonical bytes and those of the exact results that it is of."""

    id: str
    document: dict[str, Plain]
    results: bytes

    @property
    def text(self) -> bytes:
        """What is signed."""
        return canonical(self.document)


def documents_of(fold: OfficialFold, public_key: str, known: Container[str] = ()) -> Iterator[Made]:
    """Yield every document that the journal gives, in the order in which they were decided.

    Args:
        fold: the rally and its publications.
        public_key: the key that signs; the document names it.
        known: the ids of documents that need not be made.
    """
    for due in documents_due(fold, public_key):
        if due.id not in known:
            yield due.make(due.id)


@dataclass(frozen=True, slots=True)
class Due:
    """A document that a decision (the record `seq`) made due, the digest of its results, and its maker.

    `version_seq` is the record that made these results a version; a list becomes official later.
    """

    seq: int
    id: str
    results_digest: str
    make: Callable[[str], Made]
    version_seq: int


def documents_due(fold: OfficialFold, public_key: str) -> list[Due]:
    """Return every document that is due, in the order of the decisions, without making any."""
    return sorted(_all(fold, public_key), key=lambda due: due.seq)


def _all(fold: OfficialFold, public_key: str) -> Iterator[Due]:
    publications = fold.publications
    for stage, state in publications.published.stages.items():
        for version in state.versions:
            sheet = publications.stage_versions[stage, version.number]
            ident = f"stage-{stage}-v{version.number}"
            yield Due(
                version.seq,
                ident,
                version.digest,
                partial(_of_stage, fold, version, sheet, public_key),
                version.seq,
            )
    for scope, listed in publications.published.lists.items():
        for version in listed.versions:
            make = partial(
                _of_list, fold, listed, version, publications.list_versions[scope, version.number], public_key
            )
            ident = f"list-{scope}-v{version.number}"
            yield Due(version.seq, ident, version.digest, partial(make, None), version.seq)
            for count, final in enumerate(_finals(listed, version)):
                name = f"{ident}-official{count + 1 if count else ''}"
                yield Due(final[0], name, version.digest, partial(make, final), version.seq)


def signed(made: Made, key: SigningKey) -> bytes:
    """Return a document's file: the document, its digest and its signature."""
    text = made.text
    return canonical(
        {
            "document": made.document,
            "sha256": hashlib.sha256(text).hexdigest(),
            "signature": {"algorithm": "Ed25519", "public_key": key.public, "value": key.sign(text)},
        }
    )


def _reopened(state: ListState) -> list[tuple[int, Reopen]]:
    return [(seq, decision.act) for seq, decision in state.acts if isinstance(decision.act, Reopen)]


def _finals(state: ListState, version: Version) -> list[tuple[int, Decision]]:
    """The decisions that made a version official."""
    return [
        (seq, decision)
        for seq, decision in state.acts
        if isinstance(decision.act, Finalise) and decision.act.version == version.number
    ]


def _of_stage(fold: OfficialFold, version: Version, sheet: StageSheet, public_key: str, ident: str) -> Made:
    event, stage = fold.event, fold.event.itinerary.stages[sheet.stage]
    first = event.itinerary.controls[stage.start].order
    last = event.itinerary.controls[stage.finish].order
    subject: dict[str, Plain] = {"stage": stage.id, "name": stage.name, "kind": stage.kind.value}
    if stage.target is not None and event.preset.unit is not Unit.NONE:
        # The printed one; the deviations are from the ideal time as it was put right by then.
        text = format_duration(stage.target, resolution_of(event, stage))
        subject["target"] = {"us": stage.target, "text": text}
    document: dict[str, Plain] = {
        **_head(event, ident, "stage", public_key),
        "subject": subject,
        "state": "CERTIFIED",
        "version": version.number,
        "rules": rules_in_force(event, event.rules_at(first), last),
        "rounding": rounding(event, stage),
        "rows": stage_rows(event, stage, sheet),
        **_origin(fold, version, sheet.digest),
        "decision": _decision(version.seq, version.decision),
    }
    return Made(id=ident, document=document, results=canonical(stage_results_of(stage.id, sheet.rows)))


def _of_list(
    fold: OfficialFold,
    state: ListState,
    version: Version,
    sheet: ListSheet,
    public_key: str,
    final: tuple[int, Decision] | None,
    ident: str,
) -> Made:
    event = fold.event
    counted = stages_of(fold.publications.published.in_scopes, sheet.scope)
    last = max((event.itinerary.controls[event.itinerary.stages[s].finish].order for s in counted), default=0)
    until = protest_until(_up_to(state, version), protest_window(event))
    document: dict[str, Plain] = {
        **_head(event, ident, "classification", public_key),
        "subject": {"scope": sheet.scope, "unit": sheet.listed.unit.value, "stages": list(counted)},
        "state": (Phase.PROVISIONAL if final is None else Phase.OFFICIAL).value,
        "version": version.number,
        "issued_at": format_instant(version.decision.at),
        "protest_until": None if until is None else format_instant(until),
        "rules": rules_in_force(event, event.rules_at(last), last),
        "rows": list_rows(event, sheet),
        **_origin(fold, version, sheet.digest),
        "decision": _decision(version.seq, version.decision),
    }
    before = version.seq if final is None else final[0]
    numbers = [act.decision_no for seq, act in _reopened(state) if seq < before]
    if numbers:
        document["reopened_by"] = list(numbers)
    if final is not None:
        document["final"] = _decision(*final)
    results = canonical(list_results_of(sheet.listed, sheet.penalties))
    return Made(id=ident, document=document, results=results)


def _up_to(state: ListState, version: Version) -> ListState:
    """The state as it was when a version was issued: later versions do not move its protest time."""
    return dataclasses.replace(state, versions=state.versions[: version.number])


def _head(event: Event, ident: str, kind: str, public_key: str) -> dict[str, Plain]:
    return {
        "format": FORMAT,
        "id": ident,
        "kind": kind,
        "event": {
            "id": event.id,
            "name": event.name,
            "edition": event.edition,
            "timezone": event.timezone,
            "utc_offset": event.time.text,
        },
        "official_timekeeper": {"name": event.timekeeper, "line": event.timekeeper_line},
        "public_key": public_key,
    }


def _origin(fold: OfficialFold, version: Version, results_digest: str) -> dict[str, Plain]:
    return {
        "records": {"first": 1, "last": version.upto, "head": fold.hash_at(version.upto).hex()},
        "results_digest": results_digest,
    }


def _decision(seq: int, decision: Decision) -> Plain:
    said: dict[str, Plain] = {
        "seq": seq,
        "id": decision.id,
        "author": decision.author,
        "role": decision.role.value,
        "at": format_instant(decision.at),
        "reason": decision.reason.value if decision.reason is not None else None,
        "text": decision.text or None,
    }
    return {name: value for name, value in said.items() if value is not None}
