"""The organizer's base map: one file, read in ranges, drawn under the road; without it a plain ground."""

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from dashboard.basemap import basemap_of, fault
from tests.browser.conftest import Open, Service, Watched, prepared, running
from tests.browser.marshal_phone import eventually
from tests.browser.pmtiles_file import tile_id, write_pmtiles
from tests.browser.scene import Scene

CALIFORNIA = (-120.0, 32.0, -114.0, 36.0)
CREDIT = '<a href="https://example.org" onclick="alert(1)">© Map makers</a><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose organizer has given a base map."""
    base = prepared(tmp_path_factory.mktemp("mapped"))
    write_pmtiles(base.folder / "basemap.pmtiles", CALIFORNIA, credit=CREDIT)
    for service in running(replace(base)):
        with service.signed_in("marshal") as marshal:
            Scene(service.folder, service.told, marshal).play()
        yield service


def test_the_file_is_served_in_ranges_and_known_by_its_tag(mapped: Service) -> None:
    whole = (mapped.folder / "basemap.pmtiles").read_bytes()
    url = f"{mapped.url}/basemap.pmtiles"
    head = httpx.get(url, headers={"Range": "bytes=0-126"})
    assert (head.status_code, head.content) == (206, whole[:127])
    assert head.headers["content-range"] == f"bytes 0-126/{len(whole)}"
    assert "gzip" not in head.headers.get("content-encoding", "")
    last = httpx.get(url, headers={"Range": "bytes=-10", "If-Range": head.headers["etag"]})
    assert (last.status_code, last.content) == (206, whole[-10:])
    assert httpx.get(url, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert httpx.get(f"{mapped.url}/api/route").json()["basemap"] == "/basemap.pmtiles"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tiles_are_drawn_under_the_road_and_nothing_is_asked_of_others(
    mapped: Service, open_page: Open, watched: Watched, scheme: str
) -> None:
    ranges: list[str | None] = []
    page = open_page("about:blank", color_scheme=scheme)
    page.on(
        "request", lambda sent: ranges.append(sent.headers.get("range")) if "pmtiles" in sent.url else None
    )
    page.goto(f"{mapped.url}/map")
    expect(page.locator(".map-box canvas")).to_be_visible(timeout=20_000)
    expect(page.locator(".map-credit")).to_have_text("© Map makers")
    lake = {"light": (201, 216, 219), "dark": (10, 26, 34)}[scheme]
    assert eventually(lambda: _colours(page)[lake] > 500), "the lakes of the tiles are seen"
    assert len(ranges) >= 2
    assert all(ranges), "read in ranges, never whole"
    here = re.compile(r"(http|ws)://127\.0\.0\.1|blob:|data:|about:")
    assert [url for url in watched.requests if not here.match(url)] == []
    assert watched.complaints == []
    lake = {"light": (201, 216, 219), "dark": (10, 26, 34)}[scheme]
    assert _colours(page)[lake] > 500, "the lakes of the tiles are seen"
    expect(page.locator(".map-page img, .map-credit a")).to_have_count(0)


def test_a_change_of_colours_keeps_the_map(mapped: Service, open_page: Open) -> None:
    page = open_page(f"{mapped.url}/map", color_scheme="light")
    expect(page.locator(".map-credit")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Switch to dark colours").click()
    assert eventually(lambda: _colours(page)[10, 26, 34] > 500)


def test_without_a_base_map_the_ground_is_plain_and_none_is_asked_for(
    service: Service, open_page: Open, watched: Watched
) -> None:
    page = open_page(f"{service.url}/map", color_scheme="light")
    expect(page.locator(".map-box canvas")).to_be_visible(timeout=20_000)
    assert eventually(lambda: _colours(page)[244, 239, 226] > 50_000)
    assert not [url for url in watched.requests if "pmtiles" in url]
    assert "basemap" not in httpx.get(f"{service.url}/api/route").json()
    assert httpx.get(f"{service.url}/basemap.pmtiles").status_code == 404
    assert watched.complaints == []


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "no PMTiles archive"),
        (b"PK\x03\x04" + b"\0" * 200, "no PMTiles archive"),
        (b"PMTiles\x02" + b"\0" * 200, "version 2"),
        (b"PMTiles\x03" + b"\0" * 91 + b"\x02" + b"\0" * 40, "tiles are pictures"),
    ],
    ids=["empty", "another file", "an older version", "pictures"],
)
def test_what_is_no_such_map_is_named_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes, found: str
) -> None:
    path = tmp_path / "basemap.pmtiles"
    path.write_bytes(content)
    assert found in str(fault(path))
    with caplog.at_level(logging.WARNING):
        assert basemap_of(tmp_path) is None
    assert found in caplog.text
    assert str(path) in caplog.text


def test_the_tests_own_archive_numbers_its_tiles_by_the_specification() -> None:
    # Of the specification's table, and of the reference implementation's tests.
    known = {(0, 0, 0): 0, (1, 0, 0): 1, (1, 0, 1): 2, (1, 1, 1): 3, (1, 1, 0): 4, (2, 0, 0): 5}
    known[12, 3423, 1763] = 19078479
    assert {place: tile_id(*place) for place in known} == known


def _colours(page: Page) -> Counter[Any]:
    """How often each colour is on the map, as the screen shows it."""
    shot = Image.open(io.BytesIO(page.locator(".map-box").screenshot())).convert("RGB")
    return Counter(shot.get_flattened_data())
