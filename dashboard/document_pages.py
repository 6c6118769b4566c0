"""Certified and issued documents over HTTP, and for officials what is to be settled before the next one."""

import asyncio
import dataclasses
import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from dashboard.acts_in import act_out
from dashboard.documents.content import sheet_of_file
from dashboard.documents.sheet_pdf import Paper
from dashboard.messages import Json
from dashboard.problems import Problem
from dashboard.publication_rows import blocker_rows, changes_by_car
from dashboard.service import PersonOf, Service, ServiceOf, official
from dashboard.sheet_pages import Format, PaperOf, online, pdf
from dashboard.tables import write_csv
from timing.core.admission import Published
from timing.core.official_sheets import (
    Change,
    ListSheet,
    StageSheet,
    difference_digest,
    list_difference,
    stage_difference,
)
from timing.core.publication_acts import AcceptAmendment, Certify, Issue, RefuseAmendment
from timing.signatures import fingerprint

router = APIRouter(prefix="/api", tags=["documents"])

_COLUMNS = (
    "rank", "car", "team", "crew", "vehicle", "class", "time", "deviation", "points", "total", "gap",
    "to_previous", "penalties", "stages_done", "source", "status", "marks", "reason", "derivation",
)  # fmt: skip


@router.get("/documents")
async def documents(service: ServiceOf) -> Json:
    """All certified and issued documents, oldest first, and the public key that signs them."""
    office = service.office
    rows: list[Json] = []
    for facts in office.documents.values():
        row: Json = dataclasses.asdict(facts)
        row["stands"] = _stands(office.published, facts.kind, facts.subject) == facts.version
        if facts.id in office.differing:
            # Said openly: the file stands, while the program or the event folder of today gives another.
            row["differs_from_journal"] = True
        rows.append(row)
    public = office.store.key.public
    return {"public_key": public, "fingerprint": fingerprint(public), "documents": rows}


def _stands(published: Published, kind: str, subject: str) -> int | None:
    state = published.times(subject) if kind == "stage" else published.list(subject)
    return None if state.version is None else state.version.number


@router.get("/documents/{ident}")
async def document(
    ident: str,
    request: Request,
    service: ServiceOf,
    format: Format = "json",
    paper: PaperOf = Paper.A4,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """One document as it was signed (`json`), or its lines (`csv`, `pdf`). It never changes."""
    text = await asyncio.to_thread(_file, service, ident)
    if text is None:
        raise Problem(404, f"There is no document {ident!r}.", known=list(service.office.documents))
    values = json.loads(text)
    tag = f'"{values["sha256"]}-{format}-{paper}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=31536000, immutable"}
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=304, headers=headers)
    if format == "json":
        return Response(text, media_type="application/json", headers=headers)
    if format == "csv":
        return Response(_csv(values["document"]), media_type="text/csv; charset=utf-8", headers=headers)
    sheet = await pdf(
        sheet_of_file(values), ident, online(service, request, f"/api/documents/{ident}"), paper
    )
    sheet.headers.update(headers)
    return sheet


@router.get("/documents/{ident}/results")
async def exact_results(ident: str, service: ServiceOf, person: PersonOf) -> Response:
    """The exact results that a document is of, as the journal names them by digest; for officials.

    They hold what stays out of a public document: the hidden points of average trials.
    """
    official(person)
    known = ident in service.office.documents
    text = await asyncio.to_thread(service.office.store.read_results, ident) if known else None
    if text is None:
        raise Problem(404, f"There is no document {ident!r}.", known=list(service.office.documents))
    return Response(text, media_type="application/json")


def _file(service: Service, ident: str) -> bytes | None:
    return service.office.store.read(ident) if ident in service.office.documents else None


def _csv(document: Json) -> str:
    rows = [[_cell(row.get(column)) for column in _COLUMNS] for row in document["rows"]]
    kept = [index for index in range(len(_COLUMNS)) if any(row[index] for row in rows)]
    return write_csv([_COLUMNS[index] for index in kept], [[row[index] for index in kept] for row in rows])


def _cell(value: Any) -> str:  # noqa: ANN401 - a JSON value
    if value is None:
        return ""
    return str(value["text"]) if isinstance(value, dict) else str(value)


@router.get("/stages/{stage}/checklist")
async def stage_checklist(stage: str, service: ServiceOf, person: PersonOf) -> Json:
    """What keeps a stage or its amendment from being certified, and the decisions to post when ready."""
    official(person)
    if stage not in service.event.itinerary.stages:
        raise Problem(404, f"There is no stage {stage!r}.", known=list(service.event.itinerary.stages))
    sheet = await service.office.sheet(stage=stage)
    assert isinstance(sheet, StageSheet)
    published = service.office.published
    state = published.times(stage)
    head = _head(sheet, state.version.number if state.version else None)
    if state.version is None:
        return {**head, "act": act_out(Certify(stage, sheet.place, sheet.digest))}
    changes = stage_difference(published.certified[stage].rows, sheet.rows)
    if not changes:
        return head
    name = difference_digest(changes)
    return {
        **head,
        "difference": _difference(changes),
        "refused": name in state.refused,
        "act": act_out(AcceptAmendment(stage, sheet.place, sheet.digest)),
        "refuse": act_out(RefuseAmendment(stage, sheet.place, name)),
    }


@router.get("/standings/{scope}/checklist")
async def list_checklist(scope: str, service: ServiceOf, person: PersonOf) -> Json:
    """What keeps a classification from being issued, and the decision to post once it is ready."""
    official(person)
    if scope not in service.rally.scopes():
        raise Problem(404, f"There is no classification {scope!r}.", known=list(service.rally.scopes()))
    sheet = await service.office.sheet(scope=scope)
    assert isinstance(sheet, ListSheet)
    published = service.office.published
    version = published.list(scope).version
    number = version.number if version is not None else 0
    head = _head(sheet, number or None) | {"state": published.list(scope).phase.value}
    if version is not None:
        head["difference"] = _difference(list_difference(published.issued[scope].listed, sheet.listed))
    return {**head, "act": act_out(Issue(scope, sheet.place, sheet.digest, number + 1))}


def _head(sheet: StageSheet | ListSheet, version: int | None) -> Json:
    head: Json = {
        "place": sheet.place,
        "digest": sheet.digest,
        "ready": not sheet.blockers,
        "blockers": blocker_rows(sheet.blockers),
    }
    return head if version is None else {**head, "version": version}


def _difference(changes: tuple[Change, ...]) -> Json:
    return {"digest": difference_digest(changes), "cars": changes_by_car(changes)}
