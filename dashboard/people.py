"""Signing in by personal link, and the list of people with their offices."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from dashboard.access import COOKIE, SESSION_LIFE, Person
from dashboard.messages import Json
from dashboard.problems import Problem
from dashboard.service import PersonOf, ServiceOf, somebody
from timing.core.decisions import Role
from timing.core.instant import SECOND, format_instant

router = APIRouter(tags=["people"])

#: Who appoints whom: the clerk of the course runs the marshals, each office its own staff.
_APPOINTS: dict[Role, frozenset[Role]] = {
    Role.CLERK: frozenset({Role.MARSHAL, Role.CLERK, Role.SPECTATOR}),
    Role.TIMEKEEPER: frozenset({Role.MARSHAL, Role.TIMEKEEPER}),
    Role.STEWARD: frozenset({Role.STEWARD}),
}


class TokenIn(BaseModel):
    """The token of a personal link."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=1, max_length=100)]


class AccessIn(BaseModel):
    """Register a person (`name`, `roles`, `controls`), or `revoke` or `renew` one by id."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    roles: list[Role] = []
    controls: list[str] = []
    revoke: str | None = None
    renew: str | None = None


_NO_LONGER = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Rallykeeper: link not valid</title>
<h1>This personal link does not hold</h1>
<p>It was mistyped, replaced by a newer one or ended. Ask the person who gave it to you for a new one, or see
<a href="/">the public board</a>.</p>
</html>
"""


@router.get("/l/{token}", include_in_schema=False)
async def personal_link(token: str, service: ServiceOf, request: Request) -> Response:
    """Open a personal link: start a session and go to the person's own page."""
    opened = service.access.open_session(token)
    if opened is None and "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(_NO_LONGER, status_code=403)
    if opened is None:
        raise Problem(403, "This personal link does not hold (any longer). Ask for a new one.")
    person, session = opened
    at_control = person.role is Role.MARSHAL and len(person.controls) > 0
    response = RedirectResponse(f"/control/{person.controls[0]}" if at_control else "/", status_code=303)
    _set_cookie(response, session, secure=request.url.scheme == "https")
    return response


@router.get("/api/session")
async def session(person: PersonOf) -> Json:
    """Who the browser's session belongs to; a spectator without one."""
    if person is None:
        return {"role": Role.SPECTATOR.value, "roles": [Role.SPECTATOR.value], "name": "", "controls": []}
    return {**_described(person), "device": person.device}


@router.post("/api/session")
async def open_session(sent: TokenIn, request: Request, response: Response, service: ServiceOf) -> Json:
    """Exchange a personal link's token for a session cookie."""
    opened = service.access.open_session(sent.token)
    if opened is None:
        raise Problem(403, "This personal link does not hold (any longer). Ask for a new one.")
    person, token = opened
    _set_cookie(response, token, secure=request.url.scheme == "https")
    return {**_described(person), "device": person.device}


@router.delete("/api/session", status_code=204)
async def close_session(request: Request, response: Response, service: ServiceOf, person: PersonOf) -> None:
    """End this browser's session."""
    token = request.cookies.get(COOKIE)
    if token and person is not None:
        service.access.close_session(token)
    response.delete_cookie(COOKIE, path="/")


@router.get("/api/access")
async def people(service: ServiceOf, person: PersonOf) -> Json:
    """Everybody with a personal link, for those who may give one out, and when they were seen last.

    `at` and `seen` are the service's own wall time, also where the rally's clock is another. `changes` says
    whose link this person may end or renew, `appoints` to which roles they may give one.
    """
    appointer = _appointing(person)
    appoints, seen = _appoints(appointer), service.access.seen()
    rows = []
    for known in service.access.people():
        row = {"id": known.id, **_described(known), "revoked": known.revoked}
        row |= {"changes": known.roles <= appoints, "screens": 0, "you": known.id == appointer.id}
        if known.id in seen:
            at, row["screens"] = seen[known.id]
            row["seen"] = format_instant(at)
        rows.append(row)
    return {
        "at": format_instant(service.access.now()),
        "appoints": [role.value for role in Role if role in appoints],
        "people": rows,
    }


@router.post("/api/access", status_code=201)
async def access(sent: AccessIn, service: ServiceOf, person: PersonOf, request: Request) -> Json:
    """Register a person and return their personal link, once; or revoke or renew one."""
    appointer = _appointing(person)
    if sent.revoke is not None or sent.renew is not None:
        return _change(sent, service, appointer, request)
    if sent.name is None or not sent.roles:
        raise Problem(422, "A new person needs a name and at least one role.")
    _may_appoint(appointer, frozenset(sent.roles))
    unknown = [control for control in sent.controls if control not in service.event.itinerary.controls]
    if unknown:
        raise Problem(422, f"There is no control {unknown[0]!r}.")
    added, token = service.access.add(sent.name, sent.roles, sent.controls)
    return {"id": added.id, **_described(added), "link": f"{request.base_url}l/{token}"}


def _change(sent: AccessIn, service: ServiceOf, appointer: Person, request: Request) -> Json:
    wanted = sent.revoke or sent.renew or ""
    found = next((known for known in service.access.people() if known.id == wanted), None)
    if found is None:
        raise Problem(404, f"There is nobody with the id {wanted!r}.")
    _may_appoint(appointer, found.roles)
    if sent.revoke is not None:
        service.access.revoke(found.id)
        return {"id": found.id, "revoked": True}
    token = service.access.renew(found.id)
    return {"id": found.id, **_described(found), "link": f"{request.base_url}l/{token}"}


def _appointing(person: Person | None) -> Person:
    known = somebody(person)
    if not known.roles & _APPOINTS.keys():
        raise Problem(403, "Personal links are given out by the clerk of the course and the officials.")
    return known


def _appoints(appointer: Person) -> frozenset[Role]:
    return frozenset(role for office in appointer.roles for role in _APPOINTS.get(office, ()))


def _may_appoint(appointer: Person, roles: frozenset[Role]) -> None:
    allowed = _appoints(appointer)
    if not roles <= allowed:
        beyond = ", ".join(sorted(roles - allowed))
        raise Problem(403, f"{appointer.name} cannot appoint or change: {beyond}.")


def _described(person: Person) -> Json:
    return {
        "role": person.role.value,
        "roles": sorted(role.value for role in person.roles),
        "name": person.name,
        "controls": list(person.controls),
    }


def _set_cookie(response: Response, token: str, *, secure: bool) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=SESSION_LIFE // SECOND,
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )
