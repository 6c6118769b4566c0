"""The desk of the officials, worked by keyboard against a running service."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Service
from tests.browser.trouble import at_test, trouble, utc

WORK_OUT_MS = 10_000


@pytest.fixture
def troubled(own_service: Service) -> Service:
    """A service in which six cars have been through the first tests, not without trouble."""
    trouble(own_service)
    return own_service


def at_desk(service: Service, open_page: Open, role: str = "timekeeper", **options: object) -> Page:
    page = open_page(f"{service.url}/desk", service.told["links"][role], **options)
    expect(page.locator(".desk-queue")).to_be_visible(timeout=WORK_OUT_MS)
    return page


def take_up(page: Page, item: str) -> None:
    """Go down the queue by keyboard until a matter is open."""
    matters = page.locator(".matter")
    wanted = page.locator(f'.matter[data-item="{item}"]')
    expect(wanted).to_have_count(1)
    for _ in range(matters.count()):
        if "open" in (wanted.get_attribute("class") or "").split():
            return
        page.keyboard.press("j")
    expect(wanted).to_have_class(re.compile(r"\bopen\b"))


def shown(page: Page) -> None:
    """Wait until what would change is worked out."""
    expect(page.locator(".draft button.primary")).to_be_enabled(timeout=WORK_OUT_MS)


def change(page: Page, sheet: str, car: str, field: str) -> Locator:
    """A value of a car that would change on a sheet."""
    of_car = page.locator(f'.change-sheet[data-sheet="{sheet}"] .change-car').filter(
        has=page.locator(".plate").get_by_text(car, exact=True)
    )
    return of_car.locator(f'li[data-field="{field}"] .change-values')


def results(service: Service, stage: str) -> dict[str, Any]:
    rows: dict[str, Any] = httpx.get(f"{service.url}/api/stages/{stage}/results", timeout=20).json()["rows"]
    return rows


def recorded(service: Service) -> list[dict[str, Any]]:
    """The decisions in the log, newest first."""
    with service.signed_in("timekeeper") as desk:
        rows: list[dict[str, Any]] = desk.get("/api/desk/log").json()["decisions"]
    return rows


def eventually(page: Page, condition: Callable[[], bool]) -> None:
    for _ in range(100):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came to be")


def test_the_queue_names_what_went_wrong_and_nothing_else(troubled: Service, open_page: Open) -> None:
    page = at_desk(troubled, open_page)
    kinds = {
        (item.get_attribute("data-kind"), (item.locator(".matter-where").text_content() or "").strip())
        for item in page.locator(".matter:not([data-kind=clock])").all()
    }
    assert kinds == {
        ("review", "TC2"),
        ("unassigned", "PC1.1"),
        ("missing", "PC1, PC2"),
        ("stranger", "PC1.1"),
        ("review", "PC2.1"),
        ("missing", "PC3"),
    }


def test_a_misread_number_is_put_right_by_keyboard_alone(troubled: Service, open_page: Open) -> None:
    page = at_desk(troubled, open_page)
    assert "time" not in results(troubled, "PC1")["3"]
    stranger = page.locator(".matter[data-kind=stranger]").get_attribute("data-item")
    assert stranger is not None
    take_up(page, stranger)
    page.keyboard.press("1")
    shown(page)
    expect(change(page, "PC1", "3", "time")).to_have_text(re.compile(r"–→0:18\.11"))
    expect(change(page, "PC1", "3", "points")).to_have_text(re.compile("300→11"))
    expect(change(page, "Overall", "8", "total")).to_be_visible()
    assert recorded(troubled) == []
    page.keyboard.press("t")
    page.keyboard.type("card and observer say 3")
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_contain_text("Recorded as #", timeout=WORK_OUT_MS)
    expect(page.locator(f'.matter[data-item="{stranger}"]')).to_have_count(0)
    expect(page.locator('.matter[data-item^="missing-PC1"]')).to_have_count(0)
    (decision,) = recorded(troubled)
    assert decision["act"] == {"type": "AssignCar", "stamp": stranger.removeprefix("stranger-"), "car": "3"}
    assert (decision["role"], decision["reason"]) == ("timekeeper", "WRONG_NUMBER")
    assert decision["text"] == "card and observer say 3"
    assert results(troubled, "PC1")["3"]["time"]["text"] == "0:18.11"


def test_a_false_trigger_is_marked_and_later_counted_again_from_the_log(
    troubled: Service, open_page: Open
) -> None:
    page = at_desk(troubled, open_page)
    dog = page.locator(".matter[data-kind=unassigned]").get_attribute("data-item")
    assert dog is not None
    take_up(page, dog)
    last = page.locator(".choices li").count()
    expect(page.locator(".choices li").nth(last - 1)).to_contain_text("False trigger")
    page.keyboard.press(str(last))
    shown(page)
    expect(page.locator(".effect")).to_contain_text("Nothing on the boards changes.")
    page.keyboard.press("Enter")
    expect(page.locator(f'.matter[data-item="{dog}"]')).to_have_count(0, timeout=WORK_OUT_MS)

    page.keyboard.press("g")
    page.keyboard.press("l")
    entry = page.locator(".entry").first
    expect(entry).to_contain_text("False trigger: timy-1 C1, 09:26:22.9600")
    entry.locator("button").first.click()
    entry.locator(".take-back").click()
    shown(page)
    page.keyboard.press("Enter")
    expect(page.locator(".entry.taken-back")).to_contain_text("False trigger", timeout=WORK_OUT_MS)
    expect(page.locator(".entry").first).to_contain_text(
        "Taken back: False trigger: timy-1 C1, 09:26:22.9600"
    )
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.locator(f'.matter[data-item="{dog}"]')).to_have_count(1, timeout=WORK_OUT_MS)


def test_a_time_is_inserted_with_what_it_changes_in_sight_first(troubled: Service, open_page: Open) -> None:
    page = at_desk(troubled, open_page)
    take_up(page, "missing-PC3-5")
    page.keyboard.press("n")
    page.locator(".form-select").select_option("CorrectTime")
    form = page.locator(".act-form")
    expect(form.locator("[name=control]")).to_have_value("PC3.1")
    expect(form.locator("[name=car]")).to_have_value("5")
    form.locator("[name=at]").fill("9:29:56.x")
    form.locator("[name=at]").press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("write it as 10:20:20.07")
    form.locator("[name=at]").fill("9:29:56.54")
    form.locator("[name=at]").press("Enter")
    shown(page)
    # 09:29:00 + 18.34 + 22.50 + 15.70 s: a fifth of a second early on a target of 15.90 s.
    expect(change(page, "PC3", "5", "deviation")).to_have_text("–→-0.20")
    expect(change(page, "PC3", "5", "points")).to_have_text("300→20")
    assert recorded(troubled) == []
    page.locator(".draft button.primary").click()
    expect(page.locator(".told")).to_be_visible(timeout=WORK_OUT_MS)
    row = results(troubled, "PC3")["5"]
    assert (row["points"]["points"], row["marks"]) == (20, "*")
    assert recorded(troubled)[0]["act"]["at"] == "2024-04-21T16:29:56.540Z"


def test_a_decision_made_in_ignorance_of_a_newer_one_is_told_what_is_new(
    troubled: Service, open_page: Open
) -> None:
    page = at_desk(troubled, open_page)
    take_up(page, "review-PC2.1-4")
    page.keyboard.press("1")
    shown(page)
    at = utc(at_test("4"))
    act = {"type": "CorrectTime", "control": "PC2.1", "car": "4", "at": at.replace(":28:00", ":28:41")}
    with troubled.signed_in("timekeeper") as other:
        sent = other.post("/api/decisions", json={"act": act, "reason": "DEVICE_FAULT", "text": "loop"})
        sent.raise_for_status()
    page.keyboard.press("Enter")
    conflict = page.locator(".draft-fault")
    expect(conflict).to_contain_text("Somebody was faster. Nothing was recorded.", timeout=WORK_OUT_MS)
    expect(conflict).to_contain_text(f"#{sent.json()['seq']}")
    expect(conflict).to_contain_text("Correct time by")
    expect(page.locator(".draft button.primary")).to_be_disabled()
    assert len(recorded(troubled)) == 1
    page.get_by_role("button", name="Look again").click()
    shown(page)
    page.keyboard.press("Enter")
    eventually(page, lambda: len(recorded(troubled)) == 2)


def test_the_clerk_may_penalise_and_not_touch_times(troubled: Service, open_page: Open) -> None:
    page = at_desk(troubled, open_page, "clerk")
    take_up(page, "review-PC2.1-4")
    expect(page.locator(".choices button").first).to_be_disabled()
    page.keyboard.press("1")
    expect(page.locator(".draft")).to_have_count(0)
    titles = page.locator(".form-select option").all_text_contents()
    assert "Penalty" in titles
    assert not {"Insert or correct a time", "Disqualify"} & set(titles)
    page.locator(".form-select").select_option("Penalise")
    page.locator(".act-form [name=car]").select_option("2")
    page.locator(".act-form [name=rule]").fill("speeding in Escondido")
    page.locator(".act-form [name=points]").fill("100")
    page.locator(".act-form button").click()
    shown(page)
    # Nobody has seen it at the passage of Lake Hodges.
    expect(change(page, "Overall", "2", "penalties")).to_have_text("300.00→400.00")
    page.locator(".draft button.primary").click()
    expect(page.locator(".told")).to_be_visible(timeout=WORK_OUT_MS)
    assert recorded(troubled)[0]["role"] == "clerk"


def test_the_checklist_names_what_keeps_a_test_from_being_certified(
    troubled: Service, open_page: Open
) -> None:
    page = at_desk(troubled, open_page)
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.locator('[data-paper="PC1"] button').click()
    checklist = page.locator('[data-checklist="PC1"]')
    expect(checklist).to_contain_text("cars have not driven it yet")
    expect(checklist).to_contain_text("09:26:22.9600, belongs to no car")
    expect(page.locator(".paper-acts")).to_have_count(0)


def test_the_keys_are_listed_and_escape_closes_the_list(troubled: Service, open_page: Open) -> None:
    page = at_desk(troubled, open_page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next, previous matter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("role", [None, "marshal"])
def test_nobody_else_is_let_in(own_service: Service, open_page: Open, role: str | None) -> None:
    link = None if role is None else own_service.told["links"][role]
    page = open_page(f"{own_service.url}/desk", link)
    expect(page.get_by_text("The desk is for the clerk of the course")).to_be_visible()
    expect(page.locator(".matter")).to_have_count(0)
    expect(page.get_by_role("link", name="Desk", exact=True)).to_have_count(0)


def test_the_desk_fits_a_telephone(troubled: Service, open_page: Open) -> None:
    phone = {"width": 390, "height": 844}
    page = at_desk(troubled, open_page, viewport=phone, has_touch=True)
    page.locator(".matter[data-kind=stranger] button").click()
    page.locator(".choices button").first.click()
    shown(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= phone["width"]
