"""The base map that the organizer gives: one PMTiles file in the event folder, read in ranges by the pages.

PMTiles (version 3) is an archive of map tiles in one file, whose directory tells a reader which bytes it
wants: so a plain file server is a tile server, and no tile is asked of anybody else.
"""

import logging
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from dashboard.problems import Problem

FILE = "basemap.pmtiles"
PATH = f"/{FILE}"
#: How each such file begins: its name and the version (PMTiles specification, 3.2).
_MAGIC, _VERSION = b"PMTiles", 3
_VECTOR = 1
_TYPE_AT, _HEADER = 99, 127

log = logging.getLogger("rallykeeper.basemap")


def fault(path: Path) -> str | None:
    """Return what is wrong with a base map, None where it can be drawn."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    if len(head) < _HEADER or not head.startswith(_MAGIC):
        return "it is no PMTiles archive"
    if head[len(_MAGIC)] != _VERSION:
        return f"it is PMTiles version {head[len(_MAGIC)]}, expected version {_VERSION} (`pmtiles convert`)"
    if head[_TYPE_AT] != _VECTOR:
        return "its tiles are pictures, expected vector tiles in the schema of Protomaps' basemap"
    return None


def basemap_of(folder: Path) -> Path | None:
    """Return an event's base map, None where there is none or it cannot be drawn."""
    path = folder / FILE
    if not path.exists():
        return None
    wrong = fault(path)
    if wrong is not None:
        log.warning("%s is not used: %s", path, wrong)
        return None
    return path


def basemap_routes(path: Path | None) -> APIRouter:
    """Return the route of the base map: ranges, ETag, and no compression (its tiles are compressed)."""
    router = APIRouter(include_in_schema=False)

    async def basemap() -> Response:
        if path is None:
            raise Problem(404, f"This event has no base map: put {FILE} into its folder.")
        # Asked for again each time, answered by the ETag: a new file is seen at once.
        headers = {"Cache-Control": "no-cache", "Content-Encoding": "identity"}
        return FileResponse(path, media_type="application/vnd.pmtiles", headers=headers)

    router.add_api_route(PATH, basemap, methods=["GET", "HEAD"])
    return router
