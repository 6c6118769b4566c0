"""Names are text: on every page, in the frame of another site, on paper and in a spreadsheet."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Service, Watched, prepared, running
from tests.browser.hostile import CONTROL, IMAGE, NAMES, make_hostile
from tests.browser.scene import Scene
from tests.browser.test_axe import PAGES

#: Formulas begin so (OWASP, CSV injection): a spreadsheet must get them as text.
FORMULA = re.compile(r"^[=+\-@\t\r]")
#: Whatever only an attack could have brought in: elements we never make, handlers, foreign addresses.
INJECTED = """() => [
  ...document.querySelectorAll("img[src=x], iframe, object, embed, base, script:not([src]), svg[onload]"),
  ...[...document.querySelectorAll("*")].filter((one) => [...one.attributes].some(({ name, value }) =>
    /^on/i.test(name) || (/^(href|src|action)$/i.test(name)
      && /^\\s*(javascript|data:text)|evil\\.example/i.test(value)))),
].map((one) => one.outerHTML.slice(0, 120))"""
WATCH = """(() => {
  globalThis.violated = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    globalThis.violated.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
})()"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    base = prepared(tmp_path_factory.mktemp("hostile"))
    make_hostile(base.folder)
    for service in running(replace(base)):
        with service.signed_in("marshal") as marshal:
            Scene(service.folder, service.told, marshal).play()
            note = {"idempotency_key": "hostile-note", "kind": "NOTE", "text": f"{IMAGE} {CONTROL}"}
            marshal.post("/api/controls/TC1/remarks", json=note).raise_for_status()
        with service.signed_in("clerk") as clerk:
            act = {"type": "Penalise", "car": "2", "rule": "CLERK", "points": "5"}
            said = {"act": act, "text": f"{IMAGE} =cmd|' /C calc'!A0"}
            clerk.post("/api/decisions", json=said).raise_for_status()
        yield service


def clean(page: Page, watched: Watched, where: str) -> None:
    assert page.evaluate(INJECTED) == [], where
    assert page.evaluate("globalThis.violated") == [], where
    assert watched.complaints == [], where


@pytest.mark.parametrize(("path", "role", "shown"), [*PAGES, ("/why/PC1/1", "timekeeper", "main h2")])
def test_a_page_shows_such_names_as_text_and_runs_nothing(
    hostile: Service, open_page: Open, watched: Watched, path: str, role: str | None, shown: str
) -> None:
    page = open_page("about:blank")
    page.add_init_script(WATCH)
    if role is not None:
        page.goto(hostile.told["links"][role])
    page.goto(hostile.url + path)
    expect(page.locator(shown).first).to_be_visible(timeout=15_000)
    page.wait_for_timeout(600)
    clean(page, watched, path)
    if path in ("/", "/starts"):
        expect(page.get_by_text(IMAGE).first).to_be_visible()
        # A name that turns the writing round turns its own alone.
        assert page.locator("tr[data-car='3']").first.is_visible()


def test_the_car_pages_and_the_control_show_all_of_them(
    hostile: Service, open_page: Open, watched: Watched
) -> None:
    page = open_page("about:blank")
    page.add_init_script(WATCH)
    for car in NAMES:
        page.goto(f"{hostile.url}/cars/{car}")
        expect(page.locator("main h2").first).to_be_visible()
        clean(page, watched, car)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), car
    page.goto(hostile.told["links"]["marshal"])
    page.goto(f"{hostile.url}/control/TC1")
    expect(page.locator(".written").get_by_text(IMAGE).first).to_be_visible()
    clean(page, watched, "control")


def test_nothing_that_is_served_may_run_script_of_its_own(hostile: Service) -> None:
    with hostile.signed_in("timekeeper") as client:
        for path in [*(path for path, _, _ in PAGES), "/sw.js", "/api/live", "/l/wrong", "/nowhere"]:
            answer = client.get(path, headers={"Accept": "text/html"})
            policy = answer.headers["content-security-policy"]
            assert "script-src 'self';" in policy, path
            assert "unsafe" not in policy, path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            if answer.headers["content-type"].startswith("text/html"):
                assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|javascript:", answer.text), path
                assert IMAGE not in answer.text, path


@pytest.mark.parametrize(
    "what",
    ["standings/overall", "standings/leg-1", "sheets/start-list-1", "sheets/penalties", "stages/PC1/results"],
)
def test_a_spreadsheet_gets_text_and_paper_gets_letters(hostile: Service, what: str) -> None:
    address = f"{hostile.url}/api/{what}"
    answer = httpx.get(address, params={"format": "csv"}, timeout=60)
    assert answer.status_code == 200, answer.text
    cells = [cell for row in csv.reader(io.StringIO(answer.text)) for cell in row]
    assert not [cell for cell in cells if FORMULA.match(cell) and not re.fullmatch(r"[+-][\d:.]+", cell)]
    assert any("HYPERLINK" in cell for cell in cells), "it is there, as text"
    paper = httpx.get(address, params={"format": "pdf"}, timeout=120)
    assert paper.status_code == 200, paper.text
    _paper_is_letters(paper.content)


def _paper_is_letters(content: bytes) -> None:
    pypdf = pytest.importorskip("pypdf")
    sheet = pypdf.PdfReader(io.BytesIO(content))
    text = " ".join(page.extract_text() for page in sheet.pages)
    assert "HYPERLINK" in re.sub(r"[\s\u200b]", "", text)
    links: list[Any] = [
        found.get_object().get("/A", {}).get("/URI", "")
        for page in sheet.pages
        for found in page.get("/Annots", [])
    ]
    assert not [link for link in links if "evil" in str(link)], "no link that a stranger wrote"
    assert "/JavaScript" not in str(sheet.trailer["/Root"]), "and nothing that runs"


def test_the_live_document_is_json_and_stays_so(hostile: Service) -> None:
    answer = httpx.get(f"{hostile.url}/api/live")
    assert answer.headers["content-type"].startswith("application/json")
    cars = json.loads(answer.text)["state"]["cars"]
    assert cars["1"]["driver"] == IMAGE
    assert cars["2"]["driver"] == NAMES["2"], "what was written is what is kept"
