"""A marshal's control without network: nothing pressed is lost, and every time is right by rally time."""

import json
import re
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import CHROMIUM_ARGUMENTS, Service
from tests.browser.marshal_phone import (
    PHONE,
    STAMP,
    Contexts,
    eventually,
    no_network,
    opened,
    stamps_of,
    type_number,
    unsent,
)


def test_a_control_is_worked_from_the_first_to_the_last_car_without_network(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone()
    page.locator('.due[data-car="1"]').wait_for()
    eventually(lambda: page.evaluate(KEPT_DOCUMENT), 20)
    with no_network(page):
        page.reload()
        expect(page.locator(".warn-offline")).to_be_visible()
        cars = page.locator(".expected .due").count()
        for number in ("1", "2", "3", "17"):
            page.locator(".stamp-now").tap()
            expect(page.locator(f"{STAMP}.open .stamp-car")).to_have_text("?")
            type_number(page, number)
        expect(page.locator(".through li")).to_have_count(4)
        unsent(page, 8)
        assert page.locator(".expected .due").count() == cars - 4
        assert cars > 60, "everybody is on the list, not only those who come next"
        page.reload()
        unsent(page, 8)
        expect(page.locator(".through li")).to_have_count(4)
    unsent(page, 0)
    recorded = stamps_of(own_service, "TC1")
    assert sorted(one.get("car", "?") for one in recorded.values()) == ["1", "17", "2", "3"]
    in_time = sorted(recorded.values(), key=lambda one: str(one["at"]))
    assert [one["car"] for one in in_time] == ["1", "2", "3", "17"], "acts arrive in the order of pressing"


KEPT_DOCUMENT = """() => new Promise((resolve) => {
  const opening = indexedDB.open("rallykeeper");
  opening.onsuccess = () => {
    const things = opening.result.transaction("things").objectStore("things");
    const asked = things.getAllKeys();
    asked.onsuccess = () => {
      opening.result.close();
      resolve(asked.result.includes("document") && asked.result.some((name) => name.startsWith("due ")));
    };
  };
})"""


def test_a_tab_that_is_killed_and_opened_again_without_network_has_lost_nothing(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone()
    eventually(lambda: page.evaluate(KEPT_DOCUMENT), 20)
    context = page.context
    context.set_offline(True)
    page.locator(".stamp-now").tap()
    type_number(page, "21")
    unsent(page, 2)
    pressed = page.locator(f"{STAMP} .stamp-time").inner_text()
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto(f"{own_service.url}/control/TC1")
    unsent(again, 2)
    expect(again.locator(f"{STAMP} .stamp-time")).to_have_text(pressed)
    context.set_offline(False)
    unsent(again, 0)
    found = eventually(lambda: stamps_of(own_service, "TC1"))
    assert [one["car"] for one in found.values()] == ["21"]
    assert pressed in next(iter(found.values()))["text"]


@pytest.mark.parametrize("wrong_ms", [134_300, -7_200_000], ids=["2:14 fast", "2 h slow"])
def test_the_times_of_a_phone_with_a_wrong_clock_are_right(
    real_service: Service, contexts: Contexts, wrong_ms: int
) -> None:
    with real_service.signed_in("timekeeper") as anybody:
        told = datetime.fromisoformat(anybody.get("/api/time").json()["at"])
    to_rally = round((told.timestamp() - time.time()) * 1000)  # noqa: TID251 - the phone's own side
    page = opened(real_service, contexts, role="timekeeper", wrong_ms=to_rally + wrong_ms)
    expect(page.locator(".warn-clock")).to_contain_text("fast" if wrong_ms > 0 else "slow")
    with no_network(page):
        page.locator(".stamp-now").tap()
        shown = page.locator(f"{STAMP} .stamp-time").inner_text()
        unsent(page, 1)
    unsent(page, 0)
    with real_service.signed_in("timekeeper") as desk:
        now = datetime.fromisoformat(desk.get("/api/time").json()["at"])
        found = eventually(lambda: stamps_of(real_service, "TC1"))
        (stamp,) = found.values()
        record = desk.get(f"/api/journal?after={stamp['seq'] - 1}").text
    assert abs((now - datetime.fromisoformat(stamp["at"])).total_seconds()) < 60
    assert shown in stamp["text"]
    assert "phone clock" in stamp["note"], "the officials are told"
    assert re.search(r"offset_us|phone clock", record), "what the phone showed is kept"


def test_a_stamp_whose_answer_is_lost_is_one_stamp_meanwhile_and_counts_once(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone(role="timekeeper")
    lost = [True]

    def lose(route: Any) -> None:
        route.fetch()  # the service has it; the phone does not hear of that
        if lost:
            route.abort()
        else:
            route.continue_()

    page.context.route("**/stamps", lose)
    type_number(page, "5")
    # The stream tells the page of it, however often the answer is lost: with the precision of the record.
    expect(page.locator(f"{STAMP} .stamp-time")).to_have_text(re.compile(r"\d\d:\d\d:\d\d\.\d+"))
    expect(page.locator(STAMP)).to_have_count(1)
    unsent(page, 1)
    # A number taken off meanwhile is off that one stamp.
    page.locator(f"{STAMP} .stamp-main").tap()
    page.get_by_role("button", name="Take the number off").tap()
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("?")
    lost.clear()
    unsent(page, 0)
    (stamp,) = eventually(lambda: stamps_of(own_service, "TC1")).values()
    assert "car" not in stamp
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("?")


def test_acts_of_an_earlier_version_of_the_page_are_taken_over(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone()
    with own_service.signed_in("timekeeper") as desk:
        at = desk.get("/api/time").json()["at"]
    act = {
        "key": "0123456789abcdef",
        "control": "TC1",
        "path": "/api/controls/TC1/stamps",
        "label": "old",
        "body": {"idempotency_key": "0123456789abcdef", "at": at, "car": "6"},
    }
    page.evaluate("(acts) => localStorage.setItem('rallykeeper.outbox', acts)", json.dumps([act]))
    page.reload()
    unsent(page, 0)
    found = eventually(lambda: stamps_of(own_service, "TC1"))
    assert [one["car"] for one in found.values()] == ["6"]


def test_over_plain_http_the_page_says_that_it_must_stay_open_and_keeps_what_is_pressed(
    own_service: Service, browser: Browser
) -> None:
    # A name that is not this machine's own: no secure context, so no worker.
    elsewhere = own_service.url.replace("127.0.0.1", "control.test")
    link = own_service.told["links"]["marshal"].replace("127.0.0.1", "control.test")
    mapped = browser.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=[*CHROMIUM_ARGUMENTS, "--host-resolver-rules=MAP control.test 127.0.0.1"],
    )
    try:
        page = mapped.new_context(**PHONE).new_page()
        page.goto(link)
        page.goto(f"{elsewhere}/control/TC1")
        expect(page.locator(".warn-plain")).to_contain_text("Do not close it until everything is sent")
        expect(page.locator(".clock-quality")).to_contain_text("Time ±")
        page.route("**/stamps", lambda route: route.abort())
        page.locator(".stamp-now").tap()
        unsent(page, 1)
        page.reload()
        unsent(page, 1)
        page.unroute("**/stamps")
        unsent(page, 0)
    finally:
        mapped.close()
    assert len(stamps_of(own_service, "TC1")) == 1


def test_what_one_person_pressed_is_not_sent_under_the_name_of_the_next(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone()
    page.route("**/stamps", lambda route: route.abort())
    page.locator(".stamp-now").tap()
    unsent(page, 1)
    page.goto(own_service.told["links"]["timekeeper"])
    page.unroute("**/stamps")
    page.goto(f"{own_service.url}/control/TC1")
    expect(page.locator(".warn-others")).to_contain_text("1 were pressed under another person's link")
    page.locator(".stamp-now").tap()
    unsent(page, 1)
    page.goto(own_service.told["links"]["marshal"])
    unsent(page, 0)
    devices = {one["device"] for one in stamps_of(own_service, "TC1").values()}
    assert len(devices) == 2


def test_a_new_version_waits_until_it_is_asked_for_and_the_outbox_outlives_it(
    copied_service: Service, contexts: Contexts
) -> None:
    page = opened(copied_service, contexts)
    page.context.route("**/stamps", lambda route: route.abort())
    page.locator(".stamp-now").tap()
    unsent(page, 1)
    page.evaluate("globalThis.before = true")
    script = copied_service.root / "dashboard" / "static" / "sw.js"
    script.write_text(re.sub(r'"([0-9a-f]{16})"', '"0123456789abcdef"', script.read_text()))
    page.evaluate("navigator.serviceWorker.getRegistration('/control').then((one) => one.update())")
    expect(page.locator(".warn-update")).to_be_visible(timeout=15_000)
    assert page.evaluate("globalThis.before") is True, "nothing is loaded under the marshal's hands"
    page.get_by_role("button", name="Change over now").tap()
    page.wait_for_function("globalThis.before === undefined", timeout=15_000)
    unsent(page, 1)
    page.context.unroute("**/stamps")
    unsent(page, 0)
    assert len(eventually(lambda: stamps_of(copied_service, "TC1"))) == 1
