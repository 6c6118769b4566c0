"""The pages: one built document for every address of the dashboard, and the files it loads."""

import mimetypes
import re
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# Windows' registry may give scripts a type that browsers refuse to run.
for _type, _ending in (("text/javascript", ".js"), ("text/javascript", ".mjs"), ("text/css", ".css")):
    mimetypes.add_type(_type, _ending)
mimetypes.add_type("application/manifest+json", ".webmanifest")

_HASHED = re.compile(r"-[A-Z0-9]{8}\.(js|css)$")
_PAGES = (
    "/",
    "/map",
    "/cars/{rest:path}",
    "/stages/{rest:path}",
    "/starts",
    "/penalties",
    "/retirements",
    "/itinerary",
    "/wall",
    "/control",
    "/control/{rest:path}",
    "/desk",
    "/desk/{rest:path}",
    "/devices",
    "/why/{rest:path}",
)
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Rallykeeper: dashboard not built</title>
<h1>The dashboard is not built</h1>
<p>The service runs and its data is at <a href="/api/live">/api/live</a>, but this installation lacks the
pages. Build them with Node 20 or later in the folder dashboard/web (<code>npm ci</code>, then
<code>npm run build</code>), or install the package again with Node on the PATH.</p>
</html>
"""


#: Compressed copies that the build puts beside a file, the smallest first.
_CODINGS = (("br", ".br"), ("gzip", ".gz"))


class _Files(StaticFiles):
    """Built files: those with a hash in their name never change; others are asked for again each time.

    They go out as the build compressed them: done anew for each of thousands of viewers, it would hold up the
    timing.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        accepted = _accepted(Headers(scope=scope).get("accept-encoding", ""))
        for coding, ending in _CODINGS:
            if coding in accepted and self.lookup_path(path + ending)[1] is not None:
                response = await super().get_response(path + ending, scope)
                response.headers["Content-Encoding"] = coding
                break
        else:
            response = await super().get_response(path, scope)
        response.headers["Vary"] = "Accept-Encoding"
        kept = "public, max-age=31536000, immutable" if _HASHED.search(path) else "no-cache"
        response.headers["Cache-Control"] = kept
        return response


def _accepted(header: str) -> set[str]:
    """Return the codings that a client takes; a weight of 0 refuses one (RFC 9110, 12.4.2)."""
    asked = (word.replace(" ", "").partition(";q=") for word in header.lower().split(","))
    return {coding for coding, _, weight in asked if not weight or weight.strip("0.")}


def add_pages(app: FastAPI, static: Path, frame_policy: str) -> None:
    """Serve the built dashboard from `static`, or a page that says that it was not built.

    `frame_policy` is the content security policy of the one page that others may show in a frame.
    """
    app.mount("/static", _Files(directory=static, check_dir=False), name="static")

    async def page() -> Response:
        index = static / "index.html"
        if not index.is_file():
            return HTMLResponse(_NOT_BUILT, status_code=503)
        return FileResponse(index, media_type="text/html", headers={"Cache-Control": "no-cache"})

    async def embed() -> Response:
        response = await page()
        response.headers["Content-Security-Policy"] = frame_policy
        # A page that isolates itself takes only frames that say that they may be taken.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    async def worker() -> Response:
        script = static / "sw.js"
        if not script.is_file():
            return PlainTextResponse("The dashboard is not built.\n", status_code=404)
        # From the root, because a worker's pages are those beneath its own address.
        return FileResponse(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    app.add_api_route("/sw.js", worker, include_in_schema=False, methods=["GET"])
    app.add_api_route("/embed", embed, include_in_schema=False, methods=["GET"])
    for path in _PAGES:
        app.add_api_route(path, page, include_in_schema=False, methods=["GET"])
