"""A marshal's phone for the tests: its page, its keys, its network, its clock."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Service

STAMP = ".stamps .stamp"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
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
