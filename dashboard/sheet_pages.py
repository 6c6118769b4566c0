"""Sheets over HTTP: results as PDF, and the lists of the notice board as PDF, CSV and JSON."""

import itertools
import logging
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from dashboard.as_of import View, view_of
from dashboard.documents.content import sheet_of
from dashboard.documents.corrections import corrections
from dashboard.documents.lists import list_names
from dashboard.documents.live import Seen, live_list, live_stage
from dashboard.documents.sheet import Sheet, linked
from dashboard.documents.sheet_pdf import Paper, TypesetError, sheet_pdf
from dashboard.documents.sheet_text import sheet_csv, sheet_json
from dashboard.hub import Audience
from dashboard.messages import Json
from dashboard.press import Press
from dashboard.problems import Problem
from dashboard.service import PersonOf, Service, ServiceOf, official
from timing.core.instant import SECOND, floor_to

log = logging.getLogger(__name__)

router = APIRouter(prefix="/api", tags=["documents"])

Format = Annotated[Literal["json", "csv", "pdf"], Query(description="How the sheet is written.")]
PaperOf = Annotated[Paper, Query(description="The paper of a PDF.")]
CORRECTIONS = "corrections"
PRESS = Press()


@router.get("/sheets")
async def sheets(service: ServiceOf, person: PersonOf) -> Json:
    """The names of the lists for the notice board that this person may see."""
    names = list(list_names(service.event))
    return {"sheets": [*names, CORRECTIONS] if service.audience(person) is Audience.OFFICIALS else names}


@router.get("/sheets/{name}")
async def sheet(
    name: str,
    request: Request,
    service: ServiceOf,
    person: PersonOf,
    format: Format = "json",
    paper: PaperOf = Paper.A4,
    as_of: Annotated[str | None, Query(description="As of a record's number or an instant.")] = None,
) -> Response:
    """A list for the notice board: `start-list-N`, `penalties`, `retirements`, `classes`, `corrections`.

    The log of corrections names secret places and is for officials.
    """
    made = list_names(service.event)
    if name not in made and name != CORRECTIONS:
        raise Problem(404, f"There is no sheet {name!r}.", known=[*made, CORRECTIONS])
    if name == CORRECTIONS:
        official(person)
    elif service.audience(person) is Audience.PUBLIC and service.event.public.delay:
        raise Problem(403, "While the public board runs behind, this list is for officials.")
    view = await view_of(service, person, as_of)
    seen = seen_in(service, view)
    if name == CORRECTIONS:
        written = await PRESS.make(partial(_corrections, service, seen, view.place))
    else:
        written = made[name](seen, view.rally)
    if format == "json":
        return JSONResponse(sheet_json(written))
    if format == "csv":
        return attachment(sheet_csv(written), f"{name}.csv")
    return await pdf(written, name, online(service, request, f"/api/sheets/{name}?format=pdf"), paper)


def _corrections(service: Service, seen: Seen, place: int | None) -> Sheet:
    upto = service.journal.head()[0] if place is None else place
    return corrections(seen, itertools.takewhile(lambda record: record.seq <= upto, service.journal.read()))


def seen_in(service: Service, view: View) -> Seen:
    """Return what a person sees, as far as sheets show it; to the second, so that it is set but once."""
    document = view.document
    return Seen(
        event=service.event,
        at=floor_to(view.until, SECOND),
        cars=document.get("cars", {}),
        stages=document.get("stages", {}),
        simulated=document.get("rally", {}).get("simulated", False),
    )


async def stage_pdf(service: Service, request: Request, view: View, stage: str, paper: Paper) -> Response:
    """Return the live results of a stage as PDF."""
    rows = view.document.get("results", {}).get(stage, {})
    document = live_stage(seen_in(service, view), service.event.itinerary.stages[stage], rows)
    link = online(service, request, f"/stages/{stage}")
    return await pdf(sheet_of(document), f"results-{stage}", link, paper)


async def standings_pdf(
    service: Service, request: Request, view: View, scope: str, rows: Json, paper: Paper
) -> Response:
    """Return a live classification as PDF."""
    issued = view.document.get("publications", {}).get(scope)
    document = live_list(seen_in(service, view), scope, rows, issued)
    return await pdf(sheet_of(document), f"standings-{scope}", online(service, request, "/"), paper)


async def pdf(sheet: Sheet, name: str, link: str, paper: Paper) -> Response:
    """Return a sheet as PDF with the QR code of a link.

    Raises:
        Problem: 500 when it cannot be set.
    """
    try:
        text = await PRESS.make(partial(sheet_pdf, linked(sheet, link), paper))
    except TypesetError as error:
        log.exception("%s", name)
        raise Problem(500, "The sheet could not be set; the service's log says why.") from error
    return attachment(text, f"{name}.pdf", inline=True)


def attachment(body: str | bytes, name: str, *, inline: bool = False) -> Response:
    """Return a file to be kept (or, `inline`, shown), by a name that every system takes."""
    safe = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-._") else "_" for sign in name)
    kind = "application/pdf" if isinstance(body, bytes) else "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'{"inline" if inline else "attachment"}; filename="{safe}"'}
    return Response(body, media_type=kind, headers=headers)


def online(service: Service, request: Request, path: str) -> str:
    """Return the address of something online: under the public address, else where the request came to."""
    base = service.public_url or str(request.base_url)
    return f"{base.rstrip('/')}{path}"
