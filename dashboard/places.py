"""Where things are, as GeoJSON (RFC 7946): the route, the cars, and the trace of one car."""

import asyncio
import itertools
from collections.abc import Sequence
from math import cos, hypot, radians

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from dashboard.basemap import PATH as BASEMAP
from dashboard.board import is_public, may_place
from dashboard.hub import Audience
from dashboard.messages import Json
from dashboard.problems import Problem
from dashboard.service import PersonOf, Service, ServiceOf
from timing.core.event import Event
from timing.core.instant import SECOND, Instant, format_instant
from timing.core.positions import Position, Tracking
from timing.core.readings import Fix
from timing.riders import fixes_of

router = APIRouter(prefix="/api", tags=["places"])

_GEOJSON = "application/geo+json"
_M_PER_DEGREE = 111_195.0
#: A trace has at most so many points; denser ones are thinned evenly.
_MOST_POINTS = 4000


@router.get("/route")
async def route(service: ServiceOf) -> JSONResponse:
    """Each leg's road as a LineString; `metres` holds the distance along the leg at each point.

    `basemap` is the address of the PMTiles file to draw beneath it, where the organizer has given one.
    """
    features = [
        {
            "type": "Feature",
            "properties": {"leg": leg, "metres": _distances(line)},
            "geometry": {
                "type": "LineString",
                "coordinates": [[round(lon, 6), round(lat, 6)] for lat, lon in line],
            },
        }
        for leg, line in service.event.routes.items()
    ]
    # A member of our own, as RFC 7946 (6.1) allows: where the base map is, if there is one.
    more = {} if service.basemap is None else {"basemap": BASEMAP}
    return JSONResponse(
        {"type": "FeatureCollection", "features": features, **more},
        media_type=_GEOJSON,
        headers={"Cache-Control": "max-age=60"},
    )


@router.get("/positions")
async def positions(service: ServiceOf, person: PersonOf) -> JSONResponse:
    """The cars' latest known places: for the public as late as the board shows them.

    A marshal sees what the public sees, and at once the cars that are due at the own control.
    """
    shown = None if service.audience(person) is Audience.MARSHAL else person
    cars = {**service.document(shown).get("cars", {}), **_coming(service, person)}
    features = [
        {
            "type": "Feature",
            "id": number,
            "properties": {"car": number, **{key: row[key] for key in _SHOWN if key in row}},
            "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
        }
        for number, row in cars.items()
        if "lat" in row
    ]
    return JSONResponse({"type": "FeatureCollection", "features": features}, media_type=_GEOJSON)


_SHOWN = ("crew", "class", "status", "leg", "km", "speed", "course", "at", "off_route")


@router.get("/cars/{car}/trace")
async def trace(car: str, service: ServiceOf, person: PersonOf) -> JSONResponse:
    """A car's way so far, as a LineString with the instant and the distance along the leg at each point."""
    if car not in service.event.entries.by_number:
        raise Problem(404, f"There is no car {car!r}.")
    public = service.audience(person) is not Audience.OFFICIALS
    late = public and car not in _coming(service, person)
    places = await asyncio.to_thread(
        _places, service, car, service.seen_until(None if late else person), public
    )
    feature = {
        "type": "Feature",
        "id": car,
        "properties": {
            "car": car,
            "at": [format_instant(place.at) for place in places],
            "metres": [_metres(service.event, place, public) for place in places],
        },
        "geometry": {
            "type": "LineString",
            "coordinates": [[round(place.lon, 5), round(place.lat, 5)] for place in places],
        },
    }
    return JSONResponse(feature, media_type=_GEOJSON)


def _coming(service: Service, person: PersonOf) -> Json:
    """The officials' rows of the cars whose next control is one that this marshal is posted to."""
    if person is None or service.audience(person) is not Audience.MARSHAL:
        return {}
    cars = service.hub.streams[Audience.OFFICIALS].state.get("cars", {})
    return {number: row for number, row in cars.items() if row.get("next") in person.controls}


def _places(service: Service, car: str, until: Instant, public: bool) -> list[Position]:
    """Match a car's stored fixes to the road again; the places that may be shown, evenly thinned."""
    stored = fixes_of(service.journal, service.ingest.riders, car, until=until + 1)
    fixes = [each.fix for each in stored]
    places = _matched(service.event, car, sorted(fixes, key=lambda fix: fix.at))
    if public:
        places = [p for p in places if is_public(service.event, p.lat, p.lon, p.at)]
    step = max(1, -(-len(places) // _MOST_POINTS))
    return places[::step]


def _metres(event: Event, place: Position, public: bool) -> int:
    """The last sure place on the road, which may be an earlier one than the fix, and as secret; else -1."""
    if place.metres is None or (public and not may_place(event, place)):
        return -1
    return round(place.metres)


def _matched(event: Event, car: str, fixes: Sequence[Fix]) -> list[Position]:
    tracking = Tracking(event)
    places: list[Position] = []
    shown: Instant | None = None
    for fix in fixes:
        tracking.add([(car, fix)])
        place = tracking.position(car)
        if place is not None and place.at != shown and (shown is None or place.at - shown >= SECOND):
            places.append(place)
            shown = place.at
    return places


def _distances(line: Sequence[tuple[float, float]]) -> list[int]:
    """Return the metres from the start at each point of a line of (lat, lon)."""
    metres, whole = [0], 0.0
    for (lat, lon), (next_lat, next_lon) in itertools.pairwise(line):
        east = (next_lon - lon) * cos(radians((lat + next_lat) / 2)) * _M_PER_DEGREE
        whole += hypot(east, (next_lat - lat) * _M_PER_DEGREE)
        metres.append(round(whole))
    return metres[: len(line)]
