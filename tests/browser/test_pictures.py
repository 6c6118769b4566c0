"""The pictures of the README, taken of the real pages: only when asked for, so that a run leaves no change.

`RALLYKEEPER_PICTURES=1 pytest tests/browser/test_pictures.py`
"""

import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, Open, Service
from tests.browser.trouble import trouble

PICTURES = ROOT / "docs" / "pictures"
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
}
WALL: dict[str, Any] = {"viewport": {"width": 1920, "height": 1080}}
FRAME: dict[str, Any] = {"viewport": {"width": 360, "height": 420}, "device_scale_factor": 2}

pytestmark = pytest.mark.skipif(
    not os.environ.get("RALLYKEEPER_PICTURES"), reason="pictures are taken with RALLYKEEPER_PICTURES=1"
)


@pytest.mark.parametrize(
    ("name", "path", "role", "screen"),
    [
        ("board", "/", None, {**DESK, "color_scheme": "light"}),
        ("board-dark", "/stages/PC2", None, {**DESK, "color_scheme": "dark"}),
        ("board-phone", "/", None, {**PHONE, "color_scheme": "light"}),
        ("map", "/map?car=34", None, {**DESK, "color_scheme": "dark"}),
        ("car", "/cars/10", None, {**DESK, "color_scheme": "light"}),
        ("tests", "/?view=leg-1-all", None, {**DESK, "color_scheme": "light"}),
        ("starts-phone", "/starts", None, {**PHONE, "color_scheme": "light", "locale": "it-IT"}),
        ("penalties-phone", "/penalties", None, {**PHONE, "color_scheme": "dark", "locale": "de-DE"}),
        ("itinerary", "/itinerary", None, {**DESK, "color_scheme": "dark", "locale": "fr-FR"}),
        ("wall", "/wall", None, {**WALL, "color_scheme": "dark"}),
        ("embed", "/embed?scope=class-C&rows=8", None, {**FRAME, "color_scheme": "light"}),
        ("why", "/why/PC2/10", "timekeeper", {**DESK, "color_scheme": "light"}),
        ("control-phone", "/control/PK2", "marshal", {**PHONE, "color_scheme": "light"}),
    ],
)
def test_a_picture_is_taken(
    service: Service, open_page: Open, name: str, path: str, role: str | None, screen: dict[str, Any]
) -> None:
    link = None if role is None else service.told["links"][role]
    page = open_page(service.url + path, link, **screen)
    expect(page.locator(".link.link-live")).to_be_visible()
    if path.startswith("/map"):
        expect(page.locator("canvas")).to_be_visible(timeout=20_000)
        page.wait_for_timeout(3_000)  # the map eases to its car
    else:
        page.wait_for_timeout(1_000)  # traces and penalties are read after the first drawing
    target = PICTURES / f"{name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    assert Path(target).stat().st_size > 20_000


def test_a_picture_of_a_sheet_is_taken(service: Service) -> None:
    pdfium = pytest.importorskip("pypdfium2", reason="pictures of sheets need pypdfium2")
    answer = httpx.get(f"{service.url}/api/standings/overall?format=pdf", timeout=60)
    assert answer.status_code == 200, answer.text
    target = PICTURES / "sheet.png"
    pdfium.PdfDocument(answer.content)[0].render(scale=1.6).to_pil().convert("L").save(target, optimize=True)
    assert target.stat().st_size > 20_000


def test_the_desk_is_pictured_with_a_misread_number_about_to_be_put_right(
    own_service: Service, open_page: Open
) -> None:
    trouble(own_service)
    link = own_service.told["links"]["timekeeper"]
    page = open_page(f"{own_service.url}/desk", link, **DESK, color_scheme="light")
    page.locator(".matter[data-kind=stranger] button").click()
    page.keyboard.press("1")
    expect(page.locator(".draft button.primary")).to_be_enabled(timeout=20_000)
    page.screenshot(path=PICTURES / "desk.png")
