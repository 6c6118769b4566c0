"""The page that helps a phone trust the venue's own certificate authority, and the files that phones take.

It is served over plain HTTP as well, because a phone that does not trust us yet cannot see it otherwise: so
it says how to compare the fingerprint, which somebody between phone and service could not forge.
"""

import html
import plistlib
import uuid
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.app import SecurityHeaders
from dashboard.certificates import Certificates
from dashboard.documents.qr import qr_svg
from dashboard.own_addresses import url_of
from dashboard.trust_words import WORDS, Words, language_of

PATH = "/trust"
_STYLE = Path(__file__).with_name("trust.css")
_CER = "application/x-x509-ca-cert"
_PROFILE = "application/x-apple-aspen-config"


class Trust:
    """What a phone has to know of the authority.

    Args:
        certificates: with an authority of our own.
        secure: the address of the pages, https.
        plain: the address of this page, http.
        title: what phones list the authority as.
    """

    def __init__(self, certificates: Certificates, *, secure: str, plain: str, title: str) -> None:
        self._certificates = certificates
        self._secure, self._plain, self._title = secure, plain, title

    def router(self) -> APIRouter:
        """Return the routes for the service itself, where phones that trust it look again."""
        router = APIRouter(include_in_schema=False)
        for path, answer in self._answers().items():
            router.add_api_route(path, answer, methods=["GET"])
        return router

    def plain_app(self) -> Starlette:
        """Return what is served over plain HTTP: this page, and the way to the secure address."""
        routes = [Route(path, answer) for path, answer in self._answers().items()]
        routes += [Route("/", self._page), Route("/healthz", _alive), Route("/{rest:path}", self._elsewhere)]
        return Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)])

    def _answers(self) -> dict[str, Callable[[Request], Coroutine[Any, Any, Response]]]:
        return {
            PATH: self._page,
            f"{PATH}/ca.cer": self._cer,
            f"{PATH}/ca.mobileconfig": self._profile,
            f"{PATH}/qr.svg": self._qr,
            f"{PATH}/trust.css": _style,
        }

    async def _page(self, request: Request) -> Response:
        wanted = request.query_params.get("lang") or request.headers.get("accept-language", "")
        language = language_of(wanted)
        secure = self._near(self._secure, request)
        page = _page(language, WORDS[language], self._certificates.fingerprint(), secure, self._title)
        return HTMLResponse(page, headers={"Vary": "Accept-Language", "Cache-Control": "no-store"})

    async def _cer(self, request: Request) -> Response:
        return _file(self._certificates.ca_der(), _CER, "rallykeeper-ca.cer")

    async def _profile(self, request: Request) -> Response:
        profile = mobileconfig(self._certificates.ca_der(), self._title)
        return _file(profile, _PROFILE, "rallykeeper-ca.mobileconfig")

    async def _qr(self, request: Request) -> Response:
        return Response(qr_svg(self._near(self._plain, request) + PATH), media_type="image/svg+xml")

    async def _elsewhere(self, request: Request) -> Response:
        where = self._near(self._secure, request) + request.url.path
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(where + query, status_code=307)

    def _near(self, url: str, request: Request) -> str:
        """The address with the host by which this phone reached us, if we are certified for it."""
        host = request.url.hostname or ""
        if host not in self._certificates.names:
            return url
        parts = urlsplit(url)
        return url_of(parts.scheme, host, parts.port)


def mobileconfig(der: bytes, title: str) -> bytes:
    """Return a configuration profile for Apple's systems that holds a certificate authority.

    The same certificate gives the same profile, so that installing it twice leaves one.
    Source: Apple, Device Management, Configuration Profile and CertificateRoot.
    """
    own = uuid.uuid5(uuid.NAMESPACE_OID, der.hex())
    root = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"rallykeeper.ca.{own}",
        "PayloadUUID": str(uuid.uuid5(own, "root")).upper(),
        "PayloadDisplayName": title,
        "PayloadCertificateFileName": "rallykeeper-ca.cer",
        "PayloadContent": der,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"rallykeeper.{own}",
            "PayloadUUID": str(own).upper(),
            "PayloadDisplayName": title,
            "PayloadDescription": "Lets this phone trust the timing service of this rally, and nothing else.",
            "PayloadContent": [root],
        }
    )


async def _alive(request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _style(request: Request) -> Response:
    return FileResponse(_STYLE, media_type="text/css", headers={"Cache-Control": "no-cache"})


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


def _page(language: str, words: Words, fingerprint: str, secure: str, title: str) -> str:
    e = html.escape
    pairs = fingerprint.split(" ")
    lines = "<br>".join(" ".join(pairs[i : i + 8]) for i in range(0, len(pairs), 8))
    return f"""<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{e(words.heading)}: {e(title)}</title>
<link rel="stylesheet" href="{PATH}/trust.css"></head>
<body>
<header><p class="name">{e(title)}</p>
<nav aria-label="{e(words.languages)}">{_languages(language)}</nav></header>
<main>
<h1>{e(words.heading)}</h1>
<p>{e(words.why)}</p>
<div class="ways">
<section><h2>iPhone, iPad</h2>
<p><a class="get" href="{PATH}/ca.mobileconfig">{e(words.get_apple)}</a></p>
<ol>{_steps(words.apple)}</ol></section>
<section><h2>Android</h2>
<p><a class="get" href="{PATH}/ca.cer">{e(words.get_android)}</a></p>
<ol>{_steps(words.android)}</ol></section>
</div>
<section class="compare"><h2>{e(words.compare)}</h2>
<p>{e(words.compare_how)}</p>
<p class="print"><span>SHA-256</span> <code>{lines}</code></p></section>
<section class="next"><div><h2>{e(words.then)}</h2>
<p>{e(words.then_how)}</p>
<p><a class="get" href="{e(secure)}/control">{e(secure)}</a></p>
<p class="soft">{e(words.afterwards)}</p></div>
<figure><img src="{PATH}/qr.svg" alt="{e(words.code)}" width="180" height="180">
<figcaption aria-hidden="true">{e(words.code)}</figcaption></figure></section>
</main></body></html>
"""


def _languages(chosen: str) -> str:
    return " ".join(
        f'<a href="?lang={code}" lang="{code}" hreflang="{code}"'
        f"{' aria-current=true' if code == chosen else ''}>{html.escape(words.own_name)}</a>"
        for code, words in WORDS.items()
    )


def _steps(steps: tuple[str, ...]) -> str:
    return "".join(f"<li>{_marked(step)}</li>" for step in steps)


@cache
def _marked(step: str) -> str:
    """A step with what the phone's own screens say, between asterisks, in bold."""
    parts = html.escape(step).split("*")
    return "".join(f"<b>{part}</b>" if i % 2 else part for i, part in enumerate(parts))
