"""The live board in a real browser: what it shows, how it follows, and what it never does."""

import re
import time
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Service, Watched

ROWS = "table.standings tbody tr"


def shown(page: Page, rows: str = ROWS) -> list[str]:
    """Return the car numbers of a table, from top to bottom."""
    return [str(row.get_attribute("data-car")) for row in page.locator(rows).all()]


def ordered(rows: dict[str, Any]) -> list[str]:
    """Return the cars of a list of the service in its own order."""
    return sorted(rows, key=lambda car: int(rows[car]["order"]))


def test_the_board_shows_the_standings_of_the_service(service: Service, open_page: Open) -> None:
    rows = httpx.get(service.url + "/api/standings/overall").json()["rows"]
    page = open_page(service.url)
    expect(page.locator(ROWS)).to_have_count(70)
    assert shown(page) == ordered(rows)
    leader = page.locator(ROWS).first
    assert rows[shown(page)[0]]["rank"] == 1
    expect(leader.locator("td.pos")).to_have_text("1")
    expect(leader.locator("td.total span").first).to_have_text(rows[shown(page)[0]]["total"]["text"])


def test_the_head_names_rally_timekeeper_clock_and_state(service: Service, open_page: Open) -> None:
    page = open_page(service.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text("California Mille")
    expect(page.locator(".timekeeper")).to_contain_text("Philippa Norbury-Hale")
    expect(page.locator(".timekeeper")).to_contain_text("Official Timekeeper")
    expect(page.locator(".clock-time")).to_have_text(re.compile(r"^1[01]:\d\d:\d\d$"))
    expect(page.locator(".clock-zone")).to_contain_text("UTC−7")
    expect(page.locator(".state")).to_contain_text("Unofficial")
    expect(page.locator(".link")).to_contain_text("Live")


def test_the_clock_shows_rally_time_to_a_viewer_in_another_zone(service: Service, open_page: Open) -> None:
    page = open_page(service.url, timezone_id="Asia/Tokyo")
    expect(page.locator(".clock-time")).to_have_text(re.compile(r"^1[01]:\d\d:\d\d$"))


def test_a_test_shows_signed_deviations_and_points(service: Service, open_page: Open) -> None:
    rows = httpx.get(service.url + "/api/stages/PC2/results").json()["rows"]
    page = open_page(service.url + "/stages/PC2")
    first = ordered(rows)[0]
    expect(page.locator(f'tr[data-car="{first}"]')).to_contain_text(rows[first]["deviation"]["text"])
    assert shown(page, "table.results tbody tr") == ordered(rows)
    signs = [row["deviation"]["text"][0] for row in rows.values() if row["deviation"]["us"]]
    assert {"+", "-"} <= set(signs)


def test_a_new_stamp_changes_the_row_and_nothing_is_reloaded(service: Service, open_page: Open) -> None:
    page = open_page(service.url + "/cars/70")
    before = page.locator(".fact", has_text="Total").locator("dd").inner_text()
    page.evaluate("window.stayed = true")
    decision = {"type": "Penalise", "car": "70", "rule": "CLERK", "points": "250"}
    with service.signed_in("clerk") as clerk:
        clerk.post("/api/decisions", json={"act": decision, "text": "test"}).raise_for_status()
    expect(page.locator(".fact", has_text="Total").locator("dd")).not_to_have_text(before, timeout=3_000)
    assert page.evaluate("window.stayed")


def test_a_class_is_listed_by_itself_with_gaps_within_it(service: Service, open_page: Open) -> None:
    rows = httpx.get(service.url + "/api/standings/class-C").json()["rows"]
    page = open_page(service.url)
    page.get_by_role("combobox", name="Class").select_option("C")
    expect(page.locator(ROWS)).to_have_count(len(rows))
    assert shown(page) == ordered(rows)
    gaps = [cell.inner_text() for cell in page.locator(f"{ROWS} td.gap").all()]
    assert gaps[0] == ""
    assert not any(gap.startswith(("-", "−")) or "NaN" in gap for gap in gaps)


def test_a_class_in_one_test_is_ranked_and_measured_within_itself(service: Service, open_page: Open) -> None:
    page = open_page(service.url + "/stages/PC1?class=B")
    rows = page.locator("table.results tbody tr")
    expect(rows.first.locator("td.pos")).to_have_text("1")
    expect(rows.first.locator("td.gap")).to_have_text("")
    assert all(row.locator("td.class").inner_text() == "B" for row in rows.all())


def test_a_crew_is_found_by_a_name_typed_without_its_accents(service: Service, open_page: Open) -> None:
    page = open_page(service.url)
    page.get_by_role("searchbox").fill("kerguelen")
    expect(page.locator(ROWS)).to_have_count(1)
    assert shown(page) == ["8"]
    page.get_by_role("searchbox").fill("nobody at all")
    expect(page.get_by_text("No car fits this filter.")).to_be_visible()


def test_a_name_with_html_in_it_is_text_everywhere(
    service: Service, open_page: Open, watched: Watched
) -> None:
    for path in ("/", "/stages/PC1", "/cars/13", "/map?car=13"):
        page = open_page(service.url + path)
        expect(page.get_by_text("<img src=x onerror=alert(1)> Casalguidi").first).to_be_attached()
        expect(page.locator("img")).to_have_count(0)
    assert watched.complaints == []


def test_no_request_leaves_this_machine_and_nothing_complains(
    service: Service, open_page: Open, watched: Watched
) -> None:
    for path in ("/", "/stages/PC4", "/?view=leg-1", "/cars/10", "/map", "/control"):
        page = open_page(service.url + path)
        expect(page.locator(".link")).to_contain_text("Live")
        if path == "/map":
            expect(page.locator("canvas")).to_be_visible(timeout=20_000)
    here = service.url.removeprefix("http")
    assert watched.requests
    strangers = [
        url for url in watched.requests if not re.match(f"(http|ws){re.escape(here)}|blob:|data:", url)
    ]
    assert strangers == []
    assert watched.complaints == []


def test_the_strip_shows_the_cars_in_the_order_of_the_road(service: Service, open_page: Open) -> None:
    page = open_page(service.url)
    expect(page.locator(".strip .flag").first).to_be_visible()
    places = {}
    for flag in page.locator(".strip .flag").all():
        box = flag.bounding_box()
        title = str(flag.locator("title").text_content())
        assert box is not None
        places[title.split()[1]] = box["x"] + box["width"] / 2
    assert len(places) >= 60
    assert places["1"] > places["30"] > places["69"]


def test_the_map_follows_a_car_and_gives_way_to_the_strip_without_webgl(
    service: Service, open_page: Open
) -> None:
    page = open_page(service.url + "/map")
    expect(page.locator("canvas")).to_be_visible(timeout=20_000)
    page.get_by_role("combobox", name="Follow").select_option("10")
    expect(page.locator(".strip .flag.chosen")).to_be_visible()
    assert page.url.endswith("car=10")

    blind = open_page("about:blank")
    blind.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    blind.goto(service.url + "/map")
    expect(blind.get_by_text("cannot draw the map")).to_be_visible()
    expect(blind.locator(".strip svg")).to_be_visible()


def test_pages_fit_a_telephone_and_a_narrow_one(service: Service, open_page: Open) -> None:
    for width, height in ((390, 844), (320, 640)):
        for path in ("/", "/stages/PC2", "/cars/10", "/map"):
            page = open_page(service.url + path, viewport={"width": width, "height": height}, has_touch=True)
            expect(page.locator(".strip svg")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_the_viewer_chooses_the_colours_and_keeps_them(service: Service, open_page: Open) -> None:
    page = open_page(service.url, color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Switch to dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_car_tells_why_its_time_is_what_it_is(service: Service, open_page: Open) -> None:
    page = open_page(service.url + "/cars/10")
    page.get_by_role("button", name="Why this time: PC1, car 10").click()
    tree = page.locator(".why-tree").first
    expect(tree).to_contain_text("#")
    assert page.locator(".why-tree li").count() >= 3


def test_the_board_draws_seventy_cars_within_two_seconds(service: Service, open_page: Open) -> None:
    page = open_page("about:blank")
    began = time.monotonic()
    page.goto(service.url)
    expect(page.locator(ROWS)).to_have_count(70)
    assert time.monotonic() - began < 2
