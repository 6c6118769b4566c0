"""Who has a personal link: the part of the desk where links are made, printed, renewed and ended."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, Service


def people(service: Service, open_page: Open, role: str = "timekeeper", **options: object) -> Page:
    page = open_page(f"{service.url}/desk", service.told["links"][role], **options)
    expect(page.locator(".desk-queue")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.locator(".person").first).to_be_visible()
    return page


def made(page: Page, name: str, role: str, *controls: str) -> str:
    """Give somebody a link by the form; return it."""
    form = page.locator(".person-form")
    form.locator("[name=name]").fill(name)
    form.locator(f"[name=role][value={role}]").check()
    for control in controls:
        form.locator(f'[name=control][value="{control}"]').check()
    form.get_by_role("button", name="Make the link").click()
    expect(page.locator(".link-card h3")).to_have_text(name)
    return page.locator(".link-text").inner_text()


def works(service: Service, link: str) -> bool:
    return httpx.get(link, headers={"Accept": "application/json"}).status_code == 303


def test_a_marshal_is_given_a_link_with_its_code_that_opens_their_own_control(
    own_service: Service, open_page: Open
) -> None:
    page = people(own_service, open_page)
    link = made(page, "Marta at the ford", "marshal", "TC2")
    expect(page.get_by_role("img", name="Personal link of Marta at the ford")).to_be_visible()
    expect(page.locator(".person.open")).to_contain_text("never opened")
    phone = open_page(link, viewport={"width": 390, "height": 844})
    expect(phone).to_have_url(re.compile("/control/TC2$"))
    page.reload()
    row = page.locator(".person").filter(has_text="Marta at the ford")
    expect(row).to_contain_text("here now")
    # It was told once: the page has nothing to show it from again.
    expect(page.locator(".link-card")).to_have_count(0)


def test_a_link_is_renewed_and_ended_by_keyboard_and_the_old_one_shuts(
    own_service: Service, open_page: Open
) -> None:
    page = people(own_service, open_page)
    first = made(page, "Marta", "marshal", "TC2")
    phone = open_page(first)
    marta = page.locator(".person").filter(has_text="Marta")
    page.keyboard.press("Escape")
    for _ in range(page.locator(".person").count()):
        if "open" in (marta.get_attribute("class") or "").split():
            break
        page.keyboard.press("j")
    page.keyboard.press("1")
    expect(page.locator(".link-text")).not_to_have_text(first)
    second = page.locator(".link-text").inner_text()
    assert (works(own_service, first), works(own_service, second)) == (False, True)
    assert phone.request.post(f"{own_service.url}/api/controls/TC2/stamps", data={}).status == 401
    page.keyboard.press("2")
    assert works(own_service, second)
    page.keyboard.press("2")
    expect(marta).to_contain_text("ended")
    assert not works(own_service, second)


def test_each_office_changes_the_links_of_its_own_staff_only(own_service: Service, open_page: Open) -> None:
    page = people(own_service, open_page)
    assert page.locator("[name=role]").evaluate_all("all => all.map(one => one.value)") == [
        "marshal",
        "timekeeper",
    ]
    page.locator(".person").filter(has_text="Clerk of the course").locator("button").click()
    expect(page.locator("[data-chosen]")).to_contain_text("Only an official who may appoint these roles")
    expect(page.locator("[data-act=revoke]")).to_have_count(0)


def test_the_people_fit_a_telephone_and_a_link_prints_alone(own_service: Service, open_page: Open) -> None:
    page = people(own_service, open_page, viewport={"width": 390, "height": 844})
    made(page, "Marta", "marshal", "TC2")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(media="print")
    expect(page.locator(".link-card .qr")).to_be_visible()
    for gone in (".desk-queue", ".person-form", ".head", ".desk-tabs"):
        expect(page.locator(gone).first).to_be_hidden()
