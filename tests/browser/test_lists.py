"""The lists beside the classifications: starts, on stage, penalties, retirements, itinerary, all tests."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser import night
from tests.browser.conftest import NIGHT, Open, Service, Watched, prepared, running
from tests.browser.scene import Scene

LISTS = ("/starts", "/penalties", "/retirements", "/itinerary", "/?view=leg-1-all")
LANGUAGES = ("en", "it", "fr", "de", "es")


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service in the night of stages, with two cars in from the first one."""
    for service in running(prepared(tmp_path_factory.mktemp("night"), NIGHT, night.NOW)):
        night.play(service)
        yield service


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The scene of 70 cars twelve minutes later: none of them has been heard since, and the pages say so."""
    for service in running(prepared(tmp_path_factory.mktemp("silent"))):
        with service.signed_in("marshal") as marshal:
            Scene(service.folder, service.told, marshal).play()
        service.stop()
        [[wall, rally, rate]] = json.loads(service.clock.read_text())
        service.clock.write_text(json.dumps([[wall, rally + 12 * 60 * 1_000_000, rate]]))
        service.start()
        yield service


def test_the_start_list_is_in_order_with_each_start_minute(stages: Service, open_page: Open) -> None:
    page = open_page(stages.url + "/starts")
    rows = page.locator("table.starts tbody tr")
    expect(rows).to_have_count(23)
    assert [row.locator("td").nth(1).inner_text() for row in rows.all()[:4]] == [
        "21:20",
        "21:45",
        "22:00",
        "22:02",
    ]
    assert [row.locator("td.pos").inner_text() for row in rows.all()[:4]] == ["", "", "1", "2"]
    expect(rows.nth(4).locator("td.status")).to_contain_text("On stage")
    page.get_by_role("link", name="Leg 2").click()
    expect(page.get_by_role("heading", name="Start list, leg 2")).to_be_visible()


def test_a_car_between_start_and_finish_is_on_stage_with_its_split_to_the_best(
    stages: Service, open_page: Open
) -> None:
    page = open_page(stages.url + "/starts")
    row = page.locator(".on-stage tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_have_attribute("data-car", "3")
    expect(row).to_contain_text("SS1")
    expect(row).to_contain_text("+6.4")
    expect(row).to_contain_text("Passo del Giogo")


def test_splits_are_gaps_to_the_best_and_the_best_one_its_time(stages: Service, open_page: Open) -> None:
    page = open_page(stages.url + "/stages/SS1")
    expect(page.locator("tr[data-car='1'] td.split")).to_have_text("3:10.0")
    expect(page.locator("tr[data-car='1'] td.split .best")).to_be_visible()
    expect(page.locator("tr[data-car='2'] td.split")).to_have_text("+3.0")
    expect(page.locator("tr[data-car='3'] td.split")).to_have_text("+6.4")


def test_penalties_name_place_rule_and_amount_and_follow_a_new_one(
    stages: Service, open_page: Open, watched: Watched
) -> None:
    page = open_page(stages.url + "/penalties")
    rows = page.locator("table.penalties tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("TC1")
    expect(rows.nth(1)).to_contain_text("late at a time control 2 min")
    expect(rows.nth(1).locator("td.num")).to_contain_text("0:20.0")
    expect(rows.nth(0)).to_contain_text("Baulking")
    page.evaluate("window.stayed = true")
    act = {"type": "Penalise", "car": "3", "rule": "Service outside the zone", "time": "0:30"}
    with stages.signed_in("clerk") as clerk:
        clerk.post("/api/decisions", json={"act": act, "text": "seen"}).raise_for_status()
    expect(rows).to_have_count(3, timeout=8_000)
    expect(page.locator("tr[data-car='3'] td.num")).to_contain_text("0:30.0")
    assert page.evaluate("window.stayed")
    assert watched.complaints == []


def test_retirements_say_where_and_why(stages: Service, open_page: Open) -> None:
    page = open_page(stages.url + "/retirements")
    rows = page.locator("table.retirements tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Retired")
    expect(rows).to_contain_text("TC1")
    expect(rows).to_contain_text("gearbox")
    expect(page.get_by_text("1 crew out")).to_be_visible()


def test_the_itinerary_has_every_open_control_of_every_leg(service: Service, open_page: Open) -> None:
    told = httpx.get(service.url + "/api/itinerary").json()["controls"]
    page = open_page(service.url + "/itinerary")
    expect(page.locator(".itinerary tbody tr")).to_have_count(len(told))
    first = page.locator(".itinerary tbody tr").first
    expect(first).to_contain_text("TC1")
    expect(first).to_contain_text("08:00")
    expect(first).to_contain_text("70 of 70")
    expect(page.locator(".itinerary section").first).to_contain_text("11 timed stretches")


def test_all_tests_of_a_leg_stand_side_by_side_with_signed_deviations(
    service: Service, open_page: Open
) -> None:
    rows = httpx.get(service.url + "/api/stages/PC2/results").json()["rows"]
    page = open_page(service.url + "/?view=leg-1-all")
    expect(page.locator(".across-table tbody tr")).to_have_count(70)
    heads = page.locator(".across-table thead th").all_inner_texts()
    column = [head.upper() for head in heads].index("PC2")
    for car in ("10", "16", "27"):
        cell = page.locator(f".across-table tr[data-car='{car}'] td").nth(column)
        expect(cell).to_contain_text(rows[car]["deviation"]["text"])
        expect(cell.locator(".beside")).to_have_text(rows[car]["points"]["text"])


def test_a_published_list_says_its_state_version_and_time(stages: Service, open_page: Open) -> None:
    page = open_page(stages.url + "/")
    expect(page.locator(".publication")).to_have_text("Unofficial, live times")
    expect(page.locator(".legend")).to_contain_text("notional time")


#: Nothing where the page fits; else what reaches past its edge, but for what can be scrolled by itself.
STICKS_OUT = """(width) => {
  if (document.documentElement.scrollWidth <= width) return [];
  const held = (one) => one !== document.body
    && (getComputedStyle(one).overflowX !== "visible" || held(one.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.getBoundingClientRect().right > width && !held(one.parentElement))
    .map((one) => `${one.tagName}.${one.getAttribute("class")} ${one.getBoundingClientRect().right}`);
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_is_wider_than_its_screen_in_any_language(
    silent: Service, stages: Service, open_page: Open, language: str
) -> None:
    for width, height in ((320, 640), (1440, 900)):
        options = {"viewport": {"width": width, "height": height}, "locale": language}
        page = open_page("about:blank", **options)
        for base in (silent.url, stages.url):
            for path in ("/", "/stages/PC2" if base == silent.url else "/stages/SS1", "/cars/2", *LISTS):
                page.goto(base + path)
                expect(page.locator("main table, main .nothing").first).to_be_visible()
                if path == "/cars/2" and base == silent.url:
                    expect(page.locator(".car-status .age")).to_be_visible()
                assert page.evaluate(STICKS_OUT, width) == [], (path, width)
                table = page.locator(".board-main .sheet").first
                if width > 1000 and table.count() and "all" not in path:
                    inner, outer = table.bounding_box(), page.locator(".board-main").bounding_box()
                    assert inner is not None
                    assert outer is not None
                    assert inner["width"] <= outer["width"] + 1, (path, language)


def test_the_pages_are_reached_by_keyboard_in_the_order_of_the_screen(
    service: Service, open_page: Open
) -> None:
    page = open_page(service.url + "/penalties")
    expect(page.locator("table.penalties")).to_be_visible()
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(
            str(page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel"))
        )
    order = [re.sub(r"\s+", " ", text).strip() for text in seen]
    wanted = ["Skip to the results", "California Mille", "Board", "Start list", "Penalties", "Retirements"]
    assert order[:6] == wanted, order
    assert order[6:8] == ["Itinerary", "Map"]
