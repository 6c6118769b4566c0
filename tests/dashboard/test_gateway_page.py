"""The gateway's own page, over a real socket."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace

import httpx
import pytest

from dashboard.gateway_http import GatewayHttp, parse_place
from dashboard.gateway_page import facts
from tests.dashboard.test_gateway_command import BAD, GOOD, NOW, PORT


@pytest.fixture
async def http() -> AsyncIterator[GatewayHttp]:
    made = GatewayHttp(lambda: BAD, rally="mille", name="gw <1>")
    await made.open("127.0.0.1", 0)
    yield made
    await made.close()


async def test_the_page_says_what_the_screen_says_and_stands_alone(http: GatewayHttp) -> None:
    async with httpx.AsyncClient(base_url=http.address) as client:
        page = await client.get("/")
        state = (await client.get("/state")).json()
    for words in ("no connection", "connection lost", "900 lines wait", "disk full", "timer-2", "no answer"):
        assert words in page.text
    assert "gw &lt;1&gt;" in page.text, "nothing of a name is markup"
    assert "http://" not in page.text, "nothing comes from elsewhere"
    assert "https://" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert state["spool"]["waiting"] == 900
    assert state["broker"]["up"] is False


async def test_other_addresses_and_methods_are_refused_and_the_next_request_is_served(
    http: GatewayHttp,
) -> None:
    async with httpx.AsyncClient(base_url=http.address) as client:
        assert (await client.get("/etc/passwd")).status_code == 404
        assert (await client.post("/", content=b"x" * 100)).status_code == 405
        assert (await client.head("/")).content == b""
        assert (await client.get("/facts")).status_code == 200


async def test_one_who_says_nothing_or_nonsense_holds_nobody_up(http: GatewayHttp) -> None:
    port = httpx.URL(http.address).port
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\xff" * 20_000)
    async with asyncio.timeout(5):
        await reader.read()
        async with httpx.AsyncClient(base_url=http.address) as client:
            assert (await client.get("/facts")).status_code == 200
    for _, end in (*silent, (reader, writer)):
        end.close()


async def test_a_second_gateway_on_the_machine_takes_the_next_port() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        made = GatewayHttp(lambda: GOOD, rally="mille", name="gw")
        await made.open("127.0.0.1", port)
        assert int(made.address.rstrip("/").rpartition(":")[2]) > port
        await made.close()


async def test_a_port_behind_which_there_is_none_is_an_error_that_a_gateway_survives() -> None:
    with contextlib.suppress(OSError):  # somebody else may have it, which does as well
        taken = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 65535)
    made = GatewayHttp(lambda: GOOD, rally="mille", name="gw")
    with pytest.raises(OSError, match="65535"):
        await made.open("127.0.0.1", 65535)
    taken.close()


def test_the_last_lines_are_shown_newest_first_and_no_byte_of_them_is_markup_or_moves_a_cursor() -> None:
    said = replace(PORT, lines=((NOW, b"first"), (NOW, b"<b>\x1b[2J\xff")))
    text = facts(replace(GOOD, ports=(said,)))
    assert text.index("&lt;b&gt;\\x1b[2J\\xff") < text.index("first")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("off", None),
        ("8080", ("127.0.0.1", 8080)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("[::1]:80", ("::1", 80)),
    ],
)
def test_where_the_page_is(text: str, place: tuple[str, int] | None) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize("text", ["", "on", "host:", ":80", "host:x", "host:70000"])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--page"):
        parse_place(text)
