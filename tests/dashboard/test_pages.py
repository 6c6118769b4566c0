"""The built files go out as the build compressed them, to each client as it asks."""

import gzip
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from fastapi import FastAPI

from dashboard.pages import add_pages

SCRIPT = b"const rally = 1927;\n" * 200
BROTLI = b"as brotli made it"
NAME = "app-ABCDEFGH.js"


class Sent(NamedTuple):
    """An answer with its body as it went over the wire."""

    status: int
    headers: httpx.Headers
    body: bytes


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    static = tmp_path / "static"
    static.mkdir()
    (static / NAME).write_bytes(SCRIPT)
    (static / f"{NAME}.gz").write_bytes(gzip.compress(SCRIPT))
    (static / f"{NAME}.br").write_bytes(BROTLI)
    (static / "plain.js").write_bytes(SCRIPT)
    app = FastAPI()
    add_pages(app, static, "default-src 'none'")
    return app


async def ask(app: FastAPI, name: str, encoding: str) -> Sent:
    """Ask for a built file with an Accept-Encoding."""
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://board") as client,
        client.stream("GET", f"/static/{name}", headers={"Accept-Encoding": encoding}) as answer,
    ):
        body = b"".join([piece async for piece in answer.aiter_raw()])
        return Sent(answer.status_code, answer.headers, body)


@pytest.mark.parametrize(
    ("encoding", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("br; q=0.000", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_a_file_goes_out_as_the_client_takes_it(
    app: FastAPI, encoding: str, coding: str | None
) -> None:
    sent = await ask(app, NAME, encoding)
    assert sent.headers.get("content-encoding") == coding
    assert (gzip.decompress(sent.body) if coding == "gzip" else sent.body) == (
        BROTLI if coding == "br" else SCRIPT
    )
    assert sent.headers["content-type"].startswith("text/javascript")
    assert sent.headers["vary"] == "Accept-Encoding"
    assert "immutable" in sent.headers["cache-control"]


async def test_a_file_that_was_not_compressed_goes_out_as_it_is(app: FastAPI) -> None:
    sent = await ask(app, "plain.js", "br, gzip")
    assert sent.body == SCRIPT
    assert "content-encoding" not in sent.headers
    assert sent.headers["cache-control"] == "no-cache"


async def test_what_is_not_there_is_not_found(app: FastAPI) -> None:
    assert (await ask(app, "other.js", "br")).status == 404
