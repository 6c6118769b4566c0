"""Every door of the service and who may go through it, written down by hand from the regulations of access.

| | spectator | marshal (own control) | clerk of the course | Official Timekeeper | steward |
|---|---|---|---|---|---|
| board, map (public delay) | yes | yes | yes | yes | yes |
| positions without delay, alerts | | cars due | yes | yes | yes |
| stamp, assign a car at own control | | yes | | yes | |
| penalties, notional, retirements, entry list, issue | | | yes | | |
| accept, correct, mark spurious, insert a time, devices, certify, amendments | | | | yes, alone | |
| suspend, finalise | | | | | yes |

Nothing here is derived from the code that guards the doors: write a new one down, or a test fails.
"""

from dataclasses import dataclass
from typing import Any

#: Who knocks. `visitor` has a personal link that gives no office, `phone` the secret of a device.
NOBODY, VISITOR, PHONE = "nobody", "visitor", "phone"
MARSHAL, ELSEWHERE = "marshal", "marshal elsewhere"
CLERK, TIMEKEEPER, STEWARD = "clerk", "timekeeper", "steward"
KNOCKING = (NOBODY, VISITOR, PHONE, MARSHAL, ELSEWHERE, CLERK, TIMEKEEPER, STEWARD)
#: They hold no session: they are asked to sign in where others are refused.
WITHOUT_SESSION = (NOBODY, PHONE)

EVERYBODY = frozenset(KNOCKING)
OFFICIALS = frozenset({CLERK, TIMEKEEPER, STEWARD})
AT_THE_CONTROL = frozenset({MARSHAL, TIMEKEEPER})


@dataclass(frozen=True, slots=True)
class Door:
    """A method and route, an address and body to try it with, who may, and what they are answered."""

    route: str
    address: str
    who: frozenset[str]
    body: dict[str, Any] | None = None
    answer: int = 200
    refusals: tuple[int, ...] = (401, 403)
    """What others are answered: without a session the first, with one the last."""


def _open(route: str, address: str = "", answer: int = 200) -> Door:
    return Door(route, address or route.partition(" ")[2], EVERYBODY, None, answer)


def _officials(route: str, address: str = "") -> Door:
    return Door(route, address or route.partition(" ")[2], OFFICIALS)


def _at_control(what: str, body: dict[str, Any]) -> Door:
    return Door(
        f"POST /api/controls/{{control}}/{what}", f"/api/controls/T1.0/{what}", AT_THE_CONTROL, body, 201
    )


def _appoints(role: str, *who: str) -> Door:
    body = {"name": "New", "roles": [role]}
    return Door("POST /api/access", "/api/access", frozenset(who), body, 201)


#: $STAMP and $DECISION stand for a stamp and a decision of the test, $TOKEN for a link's, $KEY for a new one.
DOORS: tuple[Door, ...] = (
    # The board and what is published: everybody's.
    _open("GET /api/rally"),
    _open("GET /api/entries"),
    _open("GET /api/itinerary"),
    _open("GET /api/live"),
    _open("GET /api/cars/{car}", "/api/cars/1"),
    _open("GET /api/cars/{car}/trace", "/api/cars/1/trace"),
    _open("GET /api/gaps/{stage}/{car}", "/api/gaps/T1/1"),
    _open("GET /api/positions"),
    _open("GET /api/route"),
    _open("GET /api/time"),
    _open("GET /api/standings/{scope}", "/api/standings/overall"),
    _open("GET /api/stages/{stage}/results", "/api/stages/T1/results"),
    _open("GET /api/why/{stage}/{car}", "/api/why/T1/1"),
    _open("GET /api/documents"),
    _open("GET /api/documents/{ident}", "/api/documents/stage-T1-v1"),
    _open("GET /api/sheets"),
    _open("GET /api/sheets/{name}", "/api/sheets/penalties"),
    # Signing in and out.
    _open("GET /l/{token}", "/l/$TOKEN", 303),
    _open("GET /api/session"),
    Door("POST /api/session", "/api/session", EVERYBODY, {"token": "$TOKEN"}),
    _open("DELETE /api/session", "/api/session", 204),
    # For those who run the machine; no result and no name is in it.
    _open("GET /healthz"),
    _open("GET /readyz"),
    _open("GET /metrics"),
    _open("GET /openapi.json"),
    # The pages themselves hold no data.
    _open("GET /"),
    _open("GET /map"),
    _open("GET /wall"),
    _open("GET /embed"),
    _open("GET /devices"),
    _open("GET /itinerary"),
    _open("GET /starts"),
    _open("GET /penalties"),
    _open("GET /retirements"),
    _open("GET /cars/{rest:path}", "/cars/1"),
    _open("GET /stages/{rest:path}", "/stages/T1"),
    _open("GET /control"),
    _open("GET /control/{rest:path}", "/control/T1.0"),
    _open("GET /desk"),
    _open("GET /desk/{rest:path}", "/desk/log"),
    _open("GET /why/{rest:path}", "/why/T1/1"),
    _open("GET /sw.js"),
    _open("GET /static", "/static/index.html"),
    _open("GET /basemap.pmtiles"),
    # How a phone comes to trust the venue's own authority.
    _open("GET /trust"),
    _open("GET /trust/ca.cer"),
    _open("GET /trust/ca.mobileconfig"),
    _open("GET /trust/qr.svg"),
    _open("GET /trust/trust.css"),
    # The points of an average trial are secret, and so is what a stage of them rests on.
    Door(
        "GET /api/why/{stage}/{car}",
        "/api/why/A1/1",
        EVERYBODY - {NOBODY, VISITOR, PHONE},
        refusals=(403, 403),
    ),
    # Rally headquarters.
    _officials("GET /api/journal"),
    _officials("GET /api/access"),
    _officials("GET /api/proposals"),
    _officials("GET /api/desk"),
    _officials("GET /api/desk/log"),
    _officials("GET /api/desk/log/{seq}", "/api/desk/log/$DECISION"),
    _officials("GET /api/devices"),
    _officials("GET /api/documents/{ident}/results", "/api/documents/stage-T1-v1/results"),
    _officials("GET /api/stages/{stage}/checklist", "/api/stages/T1/checklist"),
    _officials("GET /api/standings/{scope}/checklist", "/api/standings/overall/checklist"),
    _officials("GET /api/sheets/{name}", "/api/sheets/corrections"),
    # At a control: its marshal, and the Official Timekeeper.
    Door("GET /api/controls/{control}/expected", "/api/controls/T1.0/expected", AT_THE_CONTROL),
    _at_control("stamps", {"idempotency_key": "$KEY"}),
    _at_control("remarks", {"idempotency_key": "$KEY", "text": "a tree on the road"}),
    _at_control("alerts", {"idempotency_key": "$KEY", "kind": "HAZARD", "car": "1"}),
    # One's own stamp only: that of a device is nobody's to take back here.
    Door(
        "POST /api/controls/{control}/withdrawals",
        "/api/controls/T1.0/withdrawals",
        frozenset(),
        {"stamp": "$STAMP"},
    ),
    # Clocks: the Official Timekeeper alone.
    Door(
        "POST /api/devices/{device}/checks",
        "/api/devices/m-T1.0/checks",
        frozenset({TIMEKEEPER}),
        {"at": "2026-06-06T15:00:00Z", "offset": 500, "idempotency_key": "$KEY"},
        201,
    ),
    # What each act needs is in RULINGS; this is that a decision needs an office at all.
    Door(
        "POST /api/decisions",
        "/api/decisions",
        frozenset({CLERK}),
        {"act": {"type": "Retire", "car": "4"}},
        201,
    ),
    # Who appoints whom: no office gives out another's.
    _appoints("spectator", CLERK),
    _appoints("marshal", CLERK, TIMEKEEPER),
    _appoints("clerk", CLERK),
    _appoints("timekeeper", TIMEKEEPER),
    _appoints("steward", STEWARD),
    # Phones post positions with the secret of a device; no person's session opens this door.
    Door("GET /ingest/{app}", "/ingest/osmand?lat=34.4&lon=-119.2", frozenset({PHONE}), refusals=(401, 401)),
    Door(
        "POST /ingest/{app}",
        "/ingest/owntracks",
        frozenset({PHONE}),
        {"_type": "lwt", "tst": 1},
        refusals=(401, 401),
    ),
    Door(
        "GET /ingest/{app}/{device}/{secret}", "/ingest/osmand/phone-1/$SECRET?lat=34.4&lon=-119.2", EVERYBODY
    ),
    Door(
        "POST /ingest/{app}/{device}/{secret}",
        "/ingest/osmand/phone-1/$SECRET?lat=34.4&lon=-119.2",
        EVERYBODY,
    ),
    Door(
        "POST /ingest/{app}/{device}/{secret}",
        "/ingest/osmand/phone-2/$SECRET?lat=34.4&lon=-119.2",
        frozenset(),
        refusals=(403, 403),
    ),
)

_AT = "2026-06-06T15:05:00.000Z"

#: Who may take which kind of decision, with one of each as a page sends it. $STAMP is a stamp at T1.0.
RULINGS: dict[str, tuple[frozenset[str], dict[str, Any]]] = {
    # At the own control a marshal says which car it was; all else about times is the Official Timekeeper's.
    "AssignCar": (frozenset({MARSHAL, TIMEKEEPER}), {"stamp": "$STAMP", "car": "2"}),
    "MarkSpurious": (frozenset({TIMEKEEPER}), {"stamp": "$STAMP"}),
    "Restore": (frozenset({TIMEKEEPER}), {"stamp": "$STAMP"}),
    "CorrectTime": (frozenset({TIMEKEEPER}), {"control": "T1.0", "car": "1", "at": _AT}),
    "CorrectDevice": (
        frozenset({TIMEKEEPER}),
        {"device": "m-T1.0", "since": _AT, "until": None, "points": [[_AT, 4]]},
    ),
    "AcceptDevice": (frozenset({TIMEKEEPER}), {"device": "m-T1.0"}),
    "DropDevice": (frozenset({TIMEKEEPER}), {"device": "m-T1.0", "until": "2026-06-06T09:00:00Z"}),
    # Where a gate stood decides whose time it is; which tracker is in which car the office knows too.
    "AssignDevice": (frozenset({TIMEKEEPER}), {"device": "m-T1.0", "since": _AT, "control": "T1.1"}),
    "AssignTracker": (frozenset({CLERK, TIMEKEEPER}), {"device": "m-T1.0", "since": _AT, "car": None}),
    "Certify": (frozenset({TIMEKEEPER}), {"stage": "T2", "upto": 1, "digest": "0" * 64}),
    "AcceptAmendment": (frozenset({TIMEKEEPER}), {"stage": "T1", "upto": 1, "digest": "0" * 64}),
    "RefuseAmendment": (frozenset({TIMEKEEPER}), {"stage": "T1", "upto": 1, "digest": "0" * 64}),
    # The start list is the clerk's, a start that was timed otherwise the timekeeper's.
    "AssignStart": (frozenset({CLERK, TIMEKEEPER}), {"control": "TC0", "car": "1", "at": _AT}),
    # Penalties, given times, who competes, the road, and what is published.
    "Penalise": (frozenset({CLERK}), {"car": "1", "rule": "speeding", "points": "100"}),
    "SetNotional": (frozenset({CLERK}), {"stage": "T1", "car": "1", "time": "0:18.00"}),
    "Retire": (frozenset({CLERK}), {"car": "1"}),
    "CancelStage": (frozenset({CLERK}), {"stage": "T1"}),
    "SetTarget": (frozenset({CLERK}), {"stage": "T1", "target": "0:18.10"}),
    "AllowDelay": (frozenset({CLERK}), {"control": "TC0", "car": "1", "minutes": 5}),
    "AllowTime": (frozenset({CLERK}), {"stage": "T1", "car": "1", "time": "0:30"}),
    "RefuseStart": (frozenset({CLERK}), {"stage": "T1", "car": "1"}),
    "FailStage": (frozenset({CLERK}), {"stage": "T1", "car": "1"}),
    "Interrupt": (frozenset({CLERK}), {"stage": "T1", "at": _AT}),
    "ExtendLateness": (frozenset({CLERK}), {"effective_from": "TC0", "max_late_total": 45}),
    "Issue": (frozenset({CLERK}), {"scope": "overall", "upto": 1, "digest": "0" * 64, "version": 1}),
    # Appeals and finality.
    "Reinstate": (frozenset({CLERK, STEWARD}), {"car": "1"}),
    "Disqualify": (frozenset({STEWARD}), {"car": "1"}),
    "Suspend": (frozenset({STEWARD}), {"scope": "overall"}),
    "Finalise": (frozenset({STEWARD}), {"scope": "overall", "version": 1}),
    "Reopen": (frozenset({STEWARD}), {"scope": "overall", "decision_no": "7"}),
    "Protest": (frozenset({CLERK, STEWARD}), {"scope": "overall", "car": "1"}),
    "CloseProtest": (frozenset({STEWARD}), {"protest": "$PROTEST"}),
}
