"""A control's page in the hands of a marshal and of the Official Timekeeper."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, Service

STAMP = ".stamps .stamp"


def at_control(
    service: Service, open_page: Open, control: str, role: str = "marshal", **options: object
) -> Page:
    page = open_page(f"{service.url}/control/{control}", service.told["links"][role], **options)
    expect(page.locator(".control-head")).to_contain_text(control)
    return page


def test_a_spectator_is_not_let_in(service: Service, open_page: Open) -> None:
    page = open_page(service.url + "/control/TC4")
    expect(page.get_by_text("This page is for marshals and officials.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Stamp now"))).to_have_count(0)
    expect(page.get_by_role("link", name="Control")).to_have_count(0)


def test_first_the_time_then_the_number(own_service: Service, open_page: Open) -> None:
    page = at_control(own_service, open_page, "TC1")
    page.locator(".stamp-now").click()
    expect(page.locator(STAMP)).to_have_count(1)
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("?")
    expect(page.locator(".pad-for")).to_contain_text("Number for")
    expect(page.locator("[data-unsent='0']")).to_be_visible()
    for key in "17":
        page.locator(".pad-keys").get_by_role("button", name=key, exact=True).click()
    expect(page.locator(".pad-typed")).to_contain_text("17")
    page.locator(".pad-keys .enter").click()
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("17")
    expect(page.locator(".through li")).to_contain_text("17")


def test_one_tap_on_an_expected_car_puts_its_number_to_the_open_stamp(
    own_service: Service, open_page: Open
) -> None:
    page = at_control(own_service, open_page, "TC1")
    page.locator(".stamp-now").click()
    expect(page.locator(f"{STAMP}.open")).to_have_count(1)
    page.locator('.due[data-car="3"] button').click()
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("3")
    expect(page.locator(STAMP)).to_have_count(1)
    expect(page.locator('.due[data-car="3"]')).to_have_count(0)


def test_a_number_begun_stays_with_its_stamp_when_a_newer_one_comes(
    own_service: Service, open_page: Open
) -> None:
    page = at_control(own_service, open_page, "TC1")
    page.locator(".stamp-now").click()
    expect(page.locator(STAMP)).to_have_count(1)
    first = page.locator(STAMP).get_attribute("data-stamp")
    page.keyboard.press("2")
    with own_service.signed_in("timekeeper") as other:
        other.post("/api/controls/TC1/stamps", json={"idempotency_key": "a newer stamp"}).raise_for_status()
    expect(page.locator(STAMP)).to_have_count(2)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(f'{STAMP}[data-stamp="{first}"] .stamp-car')).to_have_text("21")


def test_a_number_that_is_not_entered_is_warned_of_and_the_refusal_is_shown(
    own_service: Service, open_page: Open
) -> None:
    page = at_control(own_service, open_page, "TC1")
    page.keyboard.type("999")
    expect(page.locator(".pad-warning")).to_contain_text("No car 999 is entered.")
    page.keyboard.press("Enter")
    expect(page.locator(".outbox .refused")).to_contain_text("999")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".outbox")).to_have_count(0)


def test_a_stamp_pressed_without_the_network_keeps_its_time_and_counts_once(
    own_service: Service, open_page: Open
) -> None:
    page = at_control(own_service, open_page, "TC1")
    failing = [True]

    def fail_first(route: Route) -> None:
        if failing:
            route.abort()
            return
        route.continue_()

    page.route("**/stamps", fail_first)
    page.locator(".stamp-now").click()
    expect(page.locator(".outbox")).to_contain_text(re.compile(r"1 unsent.*\d\d:\d\d:\d\d"))
    pressed = re.search(r"\d\d:\d\d:\d\d", page.locator(".outbox").inner_text())
    assert pressed is not None
    page.reload()  # the battery ran out
    expect(page.locator(".outbox")).to_contain_text("1 unsent")
    failing.clear()
    expect(page.locator(STAMP)).to_have_count(1, timeout=8_000)
    expect(page.locator(".outbox")).to_have_count(0)
    expect(page.locator(f"{STAMP} .stamp-time")).to_contain_text(pressed[0])


def test_the_official_timekeeper_takes_a_number_off_and_calls_a_stamp_spurious(
    own_service: Service, open_page: Open
) -> None:
    page = at_control(own_service, open_page, "TC1", "timekeeper")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("5")
    page.locator(f"{STAMP} .stamp-main").click()
    page.get_by_role("button", name="Take the number off").click()
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("?")
    page.get_by_role("button", name="Mark spurious").click()
    expect(page.locator(STAMP)).to_have_class(re.compile(r"\bdead\b"))
    page.get_by_role("button", name="Count it again").click()
    expect(page.locator(STAMP)).not_to_have_class(re.compile(r"\bdead\b"))


def test_a_marshal_has_no_button_that_only_the_timekeeper_may_press(
    own_service: Service, open_page: Open
) -> None:
    page = at_control(own_service, open_page, "TC1")
    page.locator(".stamp-now").click()
    expect(page.locator(f"{STAMP}.open")).to_have_count(1)
    expect(page.get_by_role("button", name="Mark spurious")).to_have_count(0)


def test_the_clerk_sees_a_control_and_cannot_stamp(service: Service, open_page: Open) -> None:
    page = at_control(service, open_page, "TC3", "clerk")
    expect(page.locator(STAMP).first).to_be_visible()
    expect(page.locator(".stamp-now")).to_have_count(0)


def test_a_control_works_on_a_telephone_with_targets_for_gloves(service: Service, open_page: Open) -> None:
    phone = {"width": 390, "height": 844}
    page = at_control(service, open_page, "TC4", viewport=phone, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    buttons = page.locator(".control-act button:visible, .due button:visible").all()
    seen = [box for button in buttons if (box := button.bounding_box()) is not None]
    assert len(seen) > 12
    assert [box for box in seen if box["height"] < 56 or box["width"] < 56] == []
