"""A marshal's control without network: nothing pressed is lost, and every time is right by rally time."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Service

STAMP = ".stamps .stamp"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
#: A phone whose clock is wrong by so many ms: every way in which a page can ask for it.
WRONG_CLOCK = """(() => {
  const by = %d, Own = Date;
  const now = () => Own.now() + by;
  globalThis.Date = class extends Own {
    constructor(...given) { given.length === 0 ? super(now()) : super(...given); }
    static now() { return now(); }
  };
})();"""

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def phone(own_service: Service, contexts: Contexts) -> Callable[..., Page]:
    """A marshal's phone with the page of a control open, able to live without network."""

    def make(control: str = "TC1", role: str = "marshal") -> Page:
        return opened(own_service, contexts, control, role)

    return make


def opened(
    service: Service, contexts: Contexts, control: str = "TC1", role: str = "marshal", wrong_ms: int = 0
) -> Page:
    context = contexts(**PHONE)
    if wrong_ms:
        context.add_init_script(WRONG_CLOCK % wrong_ms)
    page = context.new_page()
    page.goto(service.told["links"][role])
    page.goto(f"{service.url}/control/{control}")
    ready(page)
    return page


def ready(page: Page) -> None:
    expect(page.locator(".worker")).to_have_class(re.compile("is-ready"), timeout=15_000)
    expect(page.locator(".clock-quality")).to_contain_text("Time ±")


def type_number(page: Page, number: str) -> None:
    for key in number:
        page.locator(".pad-keys").get_by_role("button", name=key, exact=True).tap()
    page.locator(".pad-keys .enter").tap()


def unsent(page: Page, count: int) -> None:
    expect(page.locator(".unsent-count")).to_have_attribute("data-unsent", str(count), timeout=20_000)


def stamps_of(service: Service, control: str) -> dict[str, Any]:
    with service.signed_in("timekeeper") as desk:
        state = desk.get("/api/live").json()["state"]
        return dict(state["controls"][control].get("stamps", {}))


def eventually(check: Callable[[], Any], within: float = 15.0) -> Any:
    deadline = time.monotonic() + within
    while True:
        found = check()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


@contextmanager
def no_network(page: Page) -> Iterator[None]:
    page.context.set_offline(True)
    try:
        yield
    finally:
        page.context.set_offline(False)


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


def test_a_stamp_whose_answer_was_lost_counts_once(own_service: Service, phone: Callable[..., Page]) -> None:
    page = phone()
    lost = [True]

    def lose(route: Any) -> None:
        route.fetch()  # the service has it; the phone does not hear of that
        if lost:
            lost.clear()
            route.abort()
        else:
            route.continue_()

    page.context.route("**/stamps", lose)
    page.locator(".stamp-now").tap()
    unsent(page, 0)
    assert len(eventually(lambda: stamps_of(own_service, "TC1"))) == 1
    expect(page.locator(STAMP)).to_have_count(1)


def test_two_phones_that_give_a_car_two_minutes_both_show_it_and_lose_neither(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    first, second = phone(), phone(role="timekeeper")
    with no_network(first):
        first.locator(".stamp-now").tap()
        type_number(first, "5")
        assert second.evaluate(STAMP_AGO, {"ago": 70_000, "car": "5"}) == 201
    unsent(first, 0)
    for page in (first, second):
        card = page.locator('.card-conflict[data-car="5"]')
        expect(card).to_contain_text("Car 5 has two times")
        expect(card.locator("li")).to_have_count(2)
        expect(card).to_contain_text("another phone")
    expect(first.locator(".card-conflict")).to_contain_text("this phone")
    first.locator(".card-conflict").get_by_role("button", name=re.compile("^Take .* back")).tap()
    for page in (first, second):
        expect(page.locator(".card-conflict")).to_have_count(0)
    unsent(first, 0)
    states = [one["disposition"] for one in stamps_of(own_service, "TC1").values()]
    assert len(states) == 2
    assert states.count("WITHDRAWN") == 1


#: A stamp from this person's phone, some time ago.
STAMP_AGO = """async ({ ago, car }) => {
  const { at } = await (await fetch("/api/time")).json();
  const then = new Date(Date.parse(at) - ago).toISOString();
  const body = JSON.stringify({ idempotency_key: "from-the-other-phone", at: then, car });
  const headers = { "Content-Type": "application/json" };
  return (await fetch("/api/controls/TC1/stamps", { method: "POST", headers, body })).status;
}"""


def test_an_early_car_is_asked_for_its_minute_and_never_blocked(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone("TC5")
    page.locator(".stamp-now").tap()
    page.locator(".due button").first.tap()
    card = page.locator(".card-early")
    expect(card).to_contain_text("EARLY")
    expect(page.locator(".through li")).to_have_count(1)
    card.get_by_role("button", name=re.compile("as stamped")).tap()
    expect(card).to_have_count(0)
    unsent(page, 0)
    expect(page.locator(".through li")).to_have_count(1)


def test_the_crews_own_minute_is_recorded_when_it_comes_and_the_early_stamp_is_taken_back(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone("TC5")
    page.locator(".stamp-now").tap()
    page.locator(".due button").first.tap()
    page.locator(".card-early").get_by_role("button", name=re.compile("its due minute")).tap()
    expect(page.locator(f"{STAMP}.dead")).to_have_count(1)
    expect(page.locator(".outbox")).to_contain_text("1 unsent")
    unsent(page, 1)
    page.locator(".outbox summary").tap()
    expect(page.locator(".outbox li")).to_contain_text("goes at")
    (recorded,) = eventually(lambda: stamps_of(own_service, "TC5")).values()
    assert recorded["disposition"] == "WITHDRAWN"


def test_a_number_half_seen_offers_the_cars_that_it_may_be(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone()
    page.locator(".stamp-now").tap()
    keys = page.locator(".pad-keys")
    keys.get_by_role("button", name="1", exact=True).tap()
    keys.get_by_role("button", name="Any figure").tap()
    offered = page.locator(".matches button")
    expect(offered.first).to_have_attribute("data-car", "10")
    numbers = [button.get_attribute("data-car") or "" for button in offered.all()]
    assert all(re.fullmatch(r"1\d", number) for number in numbers)
    page.locator('.matches button[data-car="14"]').tap()
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("14")


def test_undo_takes_back_what_was_just_pressed(own_service: Service, phone: Callable[..., Page]) -> None:
    page = phone()
    page.locator(".stamp-now").tap()
    type_number(page, "8")
    page.locator(".toast").get_by_role("button", name="Undo").tap()
    expect(page.locator(f"{STAMP} .stamp-car")).to_have_text("?")
    unsent(page, 0)
    page.locator(".stamp-now").tap()
    page.locator(".toast").get_by_role("button", name="Undo").tap()
    expect(page.locator(f"{STAMP}.dead")).to_have_count(1)
    unsent(page, 0)


def test_notes_counts_sos_and_the_sign_off_of_a_day_without_network_arrive(
    own_service: Service, phone: Callable[..., Page]
) -> None:
    page = phone()
    reports = page.locator(".reports")
    with no_network(page):
        reports.get_by_text("Note", exact=True).first.tap()
        reports.locator("textarea").fill("a dog in the zone")
        reports.get_by_role("button", name="Note", exact=True).tap()
        reports.get_by_text("SOS, OK").tap()
        reports.locator(".alerts input").first.fill("4")
        reports.get_by_role("button", name="SOS: send help").tap()
        reports.get_by_role("button", name="Press again to send SOS").tap()
        reports.get_by_text("Count of cars").tap()
        reports.get_by_role("button", name="In +1").tap()
        reports.get_by_role("button", name="Keep and send").tap()
        reports.get_by_text("Sign off", exact=True).tap()
        reports.get_by_role("button", name="Sign the control off").tap()
        unsent(page, 4)
    unsent(page, 0)
    expect(page.locator(".written")).to_contain_text("a dog in the zone")
    expect(page.locator(".control-head")).to_contain_text("Signed off")
    with own_service.signed_in("clerk") as clerk:
        notices = clerk.get("/api/live").json()["state"]["notices"]
    assert any("SOS car 4" in notice["text"] for notice in notices.values())


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
