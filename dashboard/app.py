"""The web application: routes, problem details, security headers, health and metrics."""

from collections.abc import Iterator, Sequence

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import desk, desk_room, marshal, pages, people, places, problems, proposals, results, why
from dashboard.device_pages import router as devices
from dashboard.document_pages import router as documents
from dashboard.gap_pages import router as gaps
from dashboard.marshal_reports import router as marshal_reports
from dashboard.service import Service
from dashboard.sheet_pages import router as sheets

#: Nothing from elsewhere, no inline script. MapLibre draws from data: and blob: images and runs its worker
#: from its own file.
_SOURCES = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
_NOBODY = "'none'"


def content_security_policy(frames: Sequence[str] = ()) -> str:
    """Return the policy of a page that these origins' pages may show in a frame; none by default."""
    return f"{_SOURCES}; frame-ancestors {' '.join(frames) or _NOBODY}"


CONTENT_SECURITY_POLICY = content_security_policy()
_SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), payment=(), usb=()",
}


class SecurityHeaders:
    """Adds the security headers to every response; API answers are not cached unless they say so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith(("/api/", "/l/")):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


def create_app(service: Service) -> FastAPI:
    """Return the application that serves one running rally."""
    app = FastAPI(
        title="Rallykeeper",
        version="1",
        description="Live timing of a rally. Times are integer microseconds with the text every view prints; "
        "instants are RFC 3339 UTC. Errors are problem details (RFC 9457). The live stream is the websocket "
        "/live.",
        docs_url=None,  # these pages would load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        responses={"4XX": {"content": {problems.MEDIA_TYPE: {}}, "description": "A problem document"}},
    )
    app.state.service = service
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(SecurityHeaders)
    problems.install(app)
    routers = (
        why.router,
        results.router,
        places.router,
        gaps,
        marshal.router,
        marshal_reports,
        desk.router,
        desk_room.router,
        proposals.router,
        devices,
        documents,
        sheets,
        people.router,
    )
    for router in routers:
        app.include_router(router)
    _add_health(app, service)
    pages.add_pages(app, service.static, content_security_policy(service.event.public.frames))
    return app


def _add_health(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", tags=["operation"])
    async def healthz() -> PlainTextResponse:
        """The process answers."""
        return PlainTextResponse("ok\n")

    @app.get("/readyz", tags=["operation"])
    async def readyz() -> JSONResponse:
        """The rally is restored and its links are up; else 503 with what is lacking."""
        lacking = service.ready()
        return JSONResponse({"ready": not lacking, "lacking": lacking}, status_code=503 if lacking else 200)

    @app.get("/metrics", tags=["operation"])
    async def metrics(request: Request) -> PlainTextResponse:
        """Counters and gauges in Prometheus' text format."""
        text = "".join(_metric_lines(service))
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _metric_lines(service: Service) -> Iterator[str]:
    named: set[str] = set()
    for name, labels, value in service.metrics():
        if name not in named:
            named.add(name)
            yield f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}\n"
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{inside}}} {value:g}\n" if inside else f"{name} {value:g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
