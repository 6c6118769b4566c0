"""What anybody may read over HTTP: rally, entries, itinerary, live state, standings, results, and why."""

import asyncio
import itertools
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from dashboard.amounts import amount
from dashboard.as_of import View, view_of
from dashboard.board import LIVE, hidden, names_hidden, text_of
from dashboard.documents.sheet_pdf import Paper
from dashboard.hub import Audience
from dashboard.messages import Json, plain, snapshot_message
from dashboard.problems import Problem
from dashboard.service import PersonOf, Service, ServiceOf, official
from dashboard.sheet_pages import Format, PaperOf, attachment, stage_pdf, standings_pdf
from dashboard.standings import standing_rows
from dashboard.tables import RESULT_COLUMNS, STANDING_COLUMNS, result_table, standing_table, write_csv
from timing.core.entries import Entry
from timing.core.instant import format_duration, format_instant
from timing.core.itinerary import Control
from timing.core.results import PenaltyRow
from timing.journal.record import encode_body

router = APIRouter(prefix="/api", tags=["read"])

AsOf = Annotated[
    str | None,
    Query(description="As the journal gave it up to this record's number, or up to this instant (RFC 3339)."),
]
_MOST_RECORDS = 1000


@router.get("/rally")
async def rally(service: ServiceOf, person: PersonOf) -> Json:
    """The rally, its Official Timekeeper, legs, classes and the scopes of its classifications."""
    event = service.event
    legs = {
        str(leg.number): {"day": leg.day.isoformat(), "name": leg.name}
        for leg in event.itinerary.legs.values()
    }
    head = service.document(person).get("rally", {})
    return {**head, "legs": legs, "classes": dict(event.classes), "scopes": list(service.rally.scopes())}


@router.get("/entries")
async def entries(service: ServiceOf) -> Json:
    """The entry list, in start order."""
    return {"entries": [_entry(entry) for entry in service.event.entries.by_number.values()]}


@router.get("/itinerary")
async def itinerary(service: ServiceOf, person: PersonOf) -> Json:
    """The controls and stages in road order; the public does not see secret ones."""
    event = service.event
    everything = service.audience(person) is Audience.OFFICIALS
    controls = [
        _control(control)
        for control in event.itinerary.controls.values()
        if everything or not hidden(event, control)
    ]
    stages = [
        _present(
            id=stage.id,
            name=stage.name,
            kind=stage.kind.value,
            leg=stage.leg,
            **{
                end: control
                for end, control in (("start", stage.start), ("finish", stage.finish))
                if everything or not hidden(event, event.itinerary.controls[control])
            },
        )
        for stage in event.itinerary.stages.values()
    ]
    return {"controls": controls, "stages": stages}


@router.get("/live")
async def live(
    service: ServiceOf,
    person: PersonOf,
    if_none_match: Annotated[str | None, Header()] = None,
    as_of: AsOf = None,
) -> Response:
    """The live document as the websocket's first message gives it; `ETag` names its number."""
    if as_of is not None:
        view = await view_of(service, person, as_of)
        message = snapshot_message(view.place or 0, format_instant(view.until), view.document)
        return Response(message, media_type="application/json")
    audience = service.audience(person)
    newest = service.hub.view(audience).snapshot()
    tag = f'"{audience.value}-{newest.seq}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Cookie"}
    if if_none_match is not None and tag in (
        part.strip().removeprefix("W/") for part in if_none_match.split(",")
    ):
        return Response(status_code=304, headers=headers)
    return Response(newest.payload, media_type="application/json", headers=headers)


@router.get("/standings/{scope}")
async def standings(
    scope: str,
    request: Request,
    service: ServiceOf,
    person: PersonOf,
    format: Format = "json",
    as_of: AsOf = None,
    paper: PaperOf = Paper.A4,
) -> Response:
    """One classification, such as `overall`, `leg-N`, `class-ID`, `section-ID` or `teams`."""
    view = await view_of(service, person, as_of)
    document = view.document
    rows = document.get("standings", {}).get(scope)
    if rows is None:
        rows = _off_the_board(service, view, person, scope)
    if format == "pdf":
        return await standings_pdf(service, request, view, scope, rows, paper)
    if format == "csv":
        return _csv(f"standings-{scope}", STANDING_COLUMNS, standing_table(rows, document.get("cars", {})))
    return JSONResponse(
        {
            "scope": scope,
            "unit": view.rally.classification(scope).unit.value,
            "publication": document.get("publications", {}).get(scope, {"state": LIVE}),
            **view.said,
            "rows": rows,
        }
    )


def _off_the_board(service: Service, view: View, person: PersonOf, scope: str) -> Json:
    """A list that the live document does not carry, as it is now."""
    if scope not in service.rally.scopes():
        raise Problem(404, f"There is no classification {scope!r}.", known=list(service.rally.scopes()))
    if service.audience(person) is Audience.PUBLIC and service.event.public.delay:
        raise Problem(403, "While the public board runs behind, this list is for officials.")
    rows: Json = plain(standing_rows(view.rally, scope))
    return rows


@router.get("/stages/{stage}/results")
async def stage_results(
    stage: str,
    request: Request,
    service: ServiceOf,
    person: PersonOf,
    format: Format = "json",
    as_of: AsOf = None,
    paper: PaperOf = Paper.A4,
) -> Response:
    """The results of one stage, test or trial."""
    if stage not in service.event.itinerary.stages:
        raise Problem(404, f"There is no stage {stage!r}.", known=list(service.event.itinerary.stages))
    view = await view_of(service, person, as_of)
    document = view.document
    rows = document.get("results", {}).get(stage, {})
    if format == "pdf":
        return await stage_pdf(service, request, view, stage, paper)
    if format == "csv":
        return _csv(f"results-{stage}", RESULT_COLUMNS, result_table(rows, document.get("cars", {})))
    head = document.get("stages", {}).get(stage, {})
    return JSONResponse({"id": stage, "stage": head, **view.said, "rows": rows})


@router.get("/cars/{car}")
async def car(car: str, service: ServiceOf, person: PersonOf, as_of: AsOf = None) -> Json:
    """One car: its row, its results, its penalties and its time at each control."""
    event = service.event
    entry = event.entries.by_number.get(car)
    if entry is None:
        raise Problem(404, f"There is no car {car!r}.")
    view = await view_of(service, person, as_of)
    document = view.document
    results = {stage: rows[car] for stage, rows in document.get("results", {}).items() if car in rows}
    crew = view.rally.crew_state(car)
    everything = service.audience(person) is Audience.OFFICIALS
    return {
        **view.said,
        "car": {"number": car, **document.get("cars", {}).get(car, {})},
        "results": results,
        "penalties": [
            _penalty(service, row, secrets=everything)
            for row in crew.penalties
            if everything or not _at_hidden(service, row)
        ],
        "controls": _control_times(service, view, person, car),
    }


def _control_times(service: Service, view: View, person: PersonOf, car: str) -> Json:
    event, until = service.event, view.until
    everything = service.audience(person) is Audience.OFFICIALS
    times: Json = {}
    for control in event.itinerary.controls.values():
        if hidden(event, control) and not everything:
            continue
        state = view.rally.control_state(control.id)
        chosen = state.arrived.get(car)
        seen = chosen is not None and chosen.at <= until
        due = state.due.get(car)
        if not seen and due is None:
            continue
        times[control.id] = _present(
            due=text_of(due),
            at=format_instant(chosen.at) if chosen is not None and seen else None,
            source=chosen.source if chosen is not None and seen else None,
            marks="".join(chosen.marks) if chosen is not None and seen else None,
        )
    return times


def _at_hidden(service: Service, row: PenaltyRow) -> bool:
    control = service.event.itinerary.controls.get(row.control or "")
    return control is not None and hidden(service.event, control)


@router.get("/journal")
async def journal(
    service: ServiceOf,
    person: PersonOf,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST_RECORDS)] = 200,
) -> Json:
    """The journal's records after a number, for officials."""
    official(person)

    def read() -> list[Json]:
        return [
            {
                "seq": record.seq,
                "received_at": format_instant(record.received_at),
                "origin": record.origin,
                "key": record.key,
                "body": json.loads(encode_body(record.body)),
                "hash": record.hash.hex(),
            }
            for record in itertools.islice(service.journal.read(after), limit)
        ]

    records = await asyncio.to_thread(read)
    return {"records": records, "next": records[-1]["seq"] if records else after}


def _csv(name: str, columns: tuple[str, ...], rows: list[list[str]]) -> Response:
    return attachment(write_csv(columns, rows), f"{name}.csv")


def _present(**fields: Any) -> Json:  # noqa: ANN401 - JSON values
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _entry(entry: Entry) -> Json:
    return _present(
        car_number=entry.car_number,
        driver=entry.driver,
        codriver=entry.codriver or None,
        crew=entry.crew,
        car=entry.car or None,
        year=entry.year,
        **{"class": entry.class_},
        category=entry.category or None,
        nationality=entry.nationality or None,
        start_offset={"us": entry.start_offset, "text": format_duration(entry.start_offset)},
        course_car=entry.course_car or None,
    )


def _control(control: Control) -> Json:
    return _present(
        id=control.id,
        order=control.order,
        leg=control.leg,
        section=control.section,
        kind=control.kind.value,
        name=control.name,
        stage=control.stage,
        km=None if control.metres is None else control.metres / 1000,
        lat=control.lat,
        lon=control.lon,
        first_car=text_of(control.first_car),
    )


def _penalty(service: Service, row: PenaltyRow, *, secrets: bool) -> Json:
    value = amount(service.event, row.amount)
    fields: Mapping[str, Any] = {
        "rule": row.rule,
        "amount": None if value is None else plain(value),
        "control": row.control,
        "stage": row.stage,
        "leg": row.leg,
        "text": (row.text or None) if secrets or not names_hidden(service.event, row.text) else None,
        "undecided": row.undecided or None,
        "records": list(row.records),
    }
    return _present(**fields)
