"""Every page, in every language, by day and by night, on a desk and a phone: no violation of WCAG 2.2 AA."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Open, Service
from tests.browser.marshal_phone import STAMP, Contexts, type_number

DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
#: Every page by its role, and what is on it once it is drawn.
PAGES = (
    ("/", None, "table.standings tbody tr"),
    ("/?view=leg-1", None, "table.standings tbody tr"),
    ("/stages/PC1", None, "tbody tr"),
    ("/starts", None, "tbody tr"),
    ("/penalties", None, "main h2"),
    ("/retirements", None, "main h2"),
    ("/itinerary", None, "tbody tr"),
    ("/map", None, ".on-road li"),
    ("/cars/10", None, ".car-page, main h2"),
    ("/wall", None, "tbody tr"),
    ("/embed", None, "tbody tr"),
    ("/control", "marshal", ".control-index li"),
    ("/control/TC1", "marshal", ".control-head"),
    ("/desk", "timekeeper", "main h2"),
    ("/why/PC1/10", "timekeeper", "main h2"),
)
#: English on all four screens, each other language on one, so that every page is seen in every language.
SCREENS = (
    ("en", "light", "desk"),
    ("en", "dark", "phone"),
    ("en", "dark", "desk"),
    ("en", "light", "phone"),
    ("it", "dark", "phone"),
    ("fr", "light", "desk"),
    ("de", "light", "phone"),
    ("es", "dark", "desk"),
)


def visit(page: Page, service: Service, path: str, shown: str, language: str) -> None:
    page.goto(f"{service.url}{path}{'&' if '?' in path else '?'}lang={language}")
    expect(page.locator(shown).first).to_be_visible(timeout=15_000)
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize(("language", "colours", "screen"), SCREENS)
def test_no_page_breaks_a_rule(
    service: Service, contexts: Contexts, language: str, colours: str, screen: str
) -> None:
    wide = DESK if screen == "desk" else PHONE
    page = contexts(**wide, color_scheme=colours, locale=language).new_page()
    signed: str | None = None
    broken: list[str] = []
    for path, role, shown in PAGES:
        if role is not None and role != signed:
            page.goto(service.told["links"][role])
            signed = role
        visit(page, service, path, shown, language)
        broken += [f"{path}: {one}" for one in violations(page)]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_control_at_work_breaks_none_either(own_service: Service, contexts: Contexts, colours: str) -> None:
    """Stamps, questions, warnings, unsent entries, the dialog: what is there only while somebody works."""
    page = contexts(**PHONE, color_scheme=colours).new_page()
    page.goto(own_service.told["links"]["timekeeper"])
    page.goto(f"{own_service.url}/control/TC5")
    page.locator(".stamp-now").wait_for()
    # Before that its own clock is all that the phone has, which shows another year than this rally.
    expect(page.get_by_text(re.compile("Time ±"))).to_be_visible()
    page.route("**/stamps", lambda route: route.abort())
    page.locator(".stamp-now").tap()
    page.locator(".due button").first.tap()
    expect(page.locator(".card-early")).to_be_visible()
    broken = violations(page)
    page.locator(".card-early").get_by_role("button", name=re.compile("as stamped")).tap()
    type_number(page, "99")
    page.locator(f"{STAMP} .stamp-main").first.tap()
    for summary in page.locator(".reports summary, .outbox summary").all():
        summary.tap()
    broken += violations(page)
    page.get_by_role("button", name="Hand over by QR code").first.tap()
    expect(page.locator(".handover-code")).to_be_visible()
    broken += violations(page)
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(("path", "role", "shown"), PAGES)
def test_the_keyboard_reaches_everything_in_the_order_of_reading(
    service: Service, open_page: Open, path: str, role: str | None, shown: str
) -> None:
    page = open_page(service.url + path, None if role is None else service.told["links"][role])
    expect(page.locator(shown).first).to_be_visible(timeout=15_000)
    assert (
        page.locator("[tabindex]").evaluate_all("(all) => all.filter((one) => one.tabIndex > 0).length") == 0
    )
    if path in ("/wall", "/embed"):
        return
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.className")
    assert focused == "skip", "the first stop leads past the head"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = []
    for _ in range(8):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(STOP))
    stops = [stop for stop in seen if stop is not None]
    assert stops, "there is something to reach"
    assert all(stop["visible"] for stop in stops), f"a stop that nobody sees: {stops}"
    assert all(stop["outlined"] for stop in stops), f"a stop that is not marked: {stops}"


#: The element with the focus: where it is, whether it is seen, whether it is marked.
STOP = """() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return null;
  const box = at.getBoundingClientRect();
  const style = getComputedStyle(at);
  return { what: at.outerHTML.slice(0, 80), top: box.top + scrollY, column: Math.round(box.left),
    visible: box.width > 0 && box.height > 0 && style.visibility !== "hidden",
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 };
}"""


@pytest.mark.parametrize("width", [320])
def test_a_page_of_320_pixels_is_read_without_scrolling_sideways(
    service: Service, contexts: Contexts, width: int
) -> None:
    page = contexts(viewport={"width": width, "height": 640}, has_touch=True).new_page()
    signed: str | None = None
    wide: list[str] = []
    for path, role, shown in PAGES:
        if role is not None and role != signed:
            page.goto(service.told["links"][role])
            signed = role
        for language in ("en", "de"):
            visit(page, service, path, shown, language)
            found = page.evaluate("document.documentElement.scrollWidth")
            if found > width:
                wide.append(f"{path} in {language}: {found}")
    assert not wide, wide


def test_nothing_moves_for_who_wants_less_motion(service: Service, contexts: Contexts) -> None:
    page = contexts(**DESK, reduced_motion="reduce").new_page()
    for path, role, shown in PAGES:
        if role is not None:
            continue
        visit(page, service, path, shown, "en")
        moving = page.evaluate(
            """() => document.getAnimations().filter((one) => one.playState === "running")
              .map((one) => one.effect?.target?.outerHTML.slice(0, 80))"""
        )
        assert moving == [], path


def test_a_marshals_targets_are_big_enough_for_gloves(service: Service, contexts: Contexts) -> None:
    page = contexts(**PHONE).new_page()
    page.goto(service.told["links"]["marshal"])
    visit(page, service, "/control/TC1", ".stamp-now", "en")
    small = page.locator(".control-page button:visible").evaluate_all(
        """(all) => all.map((one) => [one.innerText, one.getBoundingClientRect()])
          .filter(([, box]) => box.height < 48 || box.width < 44).map(([text]) => text)"""
    )
    assert small == []
