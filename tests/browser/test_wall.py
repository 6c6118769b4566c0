"""The wall display, the small view in other people's pages, and the lists on paper."""

import http.server
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Service, Watched

WALL = {"width": 1920, "height": 1080}


def rows(page: Page) -> list[str]:
    """Return the cars on the wall, from top to bottom."""
    return [str(row.get_attribute("data-car")) for row in page.locator(".wall-table tbody tr").all()]


def test_the_wall_shows_page_after_page_and_begins_again(service: Service, open_page: Open) -> None:
    page = open_page(service.url + "/wall?views=overall,PC2&seconds=3", viewport=WALL)
    order = list(httpx.get(service.url + "/api/standings/overall").json()["rows"])
    expect(page.locator(".wall-title h2")).to_have_text("Overall")
    first = rows(page)
    assert len(first) >= 12
    assert set(first) <= set(order)
    expect(page.locator(".wall-title .facts")).to_have_text("2 of 5", timeout=6_000)
    second = rows(page)
    assert not set(first) & set(second)
    for box in page.locator(".wall-table tbody tr").all():
        place = box.bounding_box()
        assert place is not None
        assert place["y"] + place["height"] <= WALL["height"] - 60
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".wall-title h2")).to_contain_text("PC2")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".wall-title h2")).to_have_text("Overall")
    assert rows(page) == first


def test_the_wall_stops_by_key_by_button_and_while_somebody_points(service: Service, open_page: Open) -> None:
    page = open_page(service.url + "/wall?views=overall&seconds=3", viewport=WALL)
    expect(page.locator(".wall-title .facts")).to_have_text("1 of 5")
    page.keyboard.press("Space")
    expect(page.get_by_text("Stopped")).to_be_visible()
    page.wait_for_timeout(4_000)
    expect(page.locator(".wall-title .facts")).to_have_text("1 of 5")
    page.get_by_role("button", name="Go on").click()
    # The pointer moved to the button: the page rests while somebody is there, then goes on.
    expect(page.locator(".wall-title .facts")).to_have_text("2 of 5", timeout=16_000)


def test_the_wall_goes_on_and_says_how_old_it_is_without_the_service(
    own_service: Service, open_page: Open
) -> None:
    with own_service.signed_in("marshal") as marshal:
        for number in range(1, 41):
            body = {"idempotency_key": f"wall-{number:04}", "at": "2024-04-21T15:00:02Z", "car": str(number)}
            marshal.post("/api/controls/TC1/stamps", json=body).raise_for_status()
    page = open_page(own_service.url + "/wall?views=overall&seconds=3", viewport=WALL)
    expect(page.locator(".wall-table tbody tr").first).to_be_visible()
    own_service.stop()
    expect(page.locator(".banner")).to_contain_text("Connection lost", timeout=10_000)
    expect(page.locator(".wall .link")).to_contain_text("Disconnected")
    before = rows(page)
    expect(page.locator(".wall-table tbody tr").first).not_to_have_attribute(
        "data-car", before[0], timeout=8_000
    )
    own_service.start()
    expect(page.locator(".wall .link")).to_contain_text("Live", timeout=15_000)
    expect(page.locator(".banner")).to_have_count(0)


@contextmanager
def another_site(folder: Path) -> Iterator[str]:
    """Serve a folder from an origin of its own."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object, **named: object) -> None:
            super().__init__(*arguments, directory=str(folder), **named)  # type: ignore[arg-type]

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def framing(folder: Path, address: str) -> None:
    page = (
        f'<!doctype html><title>Club</title><iframe title="Rally" width="340" height="500" src="{address}">'
    )
    (folder / "index.html").write_text(page, encoding="utf-8")


def test_another_site_may_frame_the_small_view(service: Service, open_page: Open, tmp_path: Path) -> None:
    framing(tmp_path, service.url + "/embed?scope=class-C&rows=5&theme=dark&lang=it")
    with another_site(tmp_path) as url:
        page = open_page(url)
        frame = page.frame_locator("iframe")
        expect(frame.locator("tbody tr")).to_have_count(5)
        expect(frame.get_by_role("heading", level=2)).to_have_text("Classe C")
        expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
        expect(frame.get_by_role("link", name="Classifica completa")).to_have_attribute("target", "_blank")
        expect(frame.locator(".head")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/control", "/wall", "/desk", "/stages/PC2"])
def test_no_other_page_may_be_framed(service: Service, open_page: Open, tmp_path: Path, path: str) -> None:
    policy = httpx.get(service.url + path).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    framing(tmp_path, service.url + path)
    with another_site(tmp_path) as url:
        page = open_page(url)
        page.wait_for_timeout(1_500)
        inside = [frame for frame in page.frames if frame is not page.main_frame]
        assert not any(frame.url.startswith(service.url) for frame in inside)


def test_the_organizer_says_whose_pages_may_frame_it(own_service: Service) -> None:
    rally = own_service.folder / "rally.toml"
    text = rally.read_text(encoding="utf-8")
    for said, policy in (
        ('["https://club.example", "http://127.0.0.1:8080"]', "https://club.example http://127.0.0.1:8080"),
        ("[]", "'none'"),
    ):
        own_service.stop()
        rally.write_text(text.replace("[public]\n", f"[public]\nframes = {said}\n"), encoding="utf-8")
        own_service.start()
        headers = httpx.get(own_service.url + "/embed").headers
        assert headers["content-security-policy"].endswith(f"frame-ancestors {policy}")
        assert "script-src 'self'" in headers["content-security-policy"]


def test_a_printed_board_has_every_column_and_its_heads_on_each_page(
    service: Service, open_page: Open, watched: Watched
) -> None:
    pdfium = pytest.importorskip("pypdfium2", reason="reading the print needs pypdfium2")
    page = open_page(service.url + "/?lang=de", color_scheme="dark")
    expect(page.locator("table.standings tbody tr")).to_have_count(70)
    paper = pdfium.PdfDocument(io.BytesIO(page.pdf(format="A4", landscape=True)))
    pages = [paper[number].get_textpage().get_text_range() for number in range(len(paper))]
    assert 2 <= len(pages) <= 6
    assert all("RÜCKSTAND" in text.upper() for text in pages if "Unterwegs" in text)
    everything = "".join(pages)
    assert "California Mille" in pages[0]
    assert "Inoffiziell" in pages[0] or "INOFFIZIELL" in pages[0]
    assert "Alle Klassen" not in everything
    assert all(name in everything for name in ("Weißmüller", "Ollerenshaw", "Prchálek"))
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.locator(".strip")).to_be_hidden()
    expect(page.locator("td.interval").nth(1)).to_be_visible()
    assert watched.complaints == []
